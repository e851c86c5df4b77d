#!/bin/bash
# Records office.pcap.gz: ordinary programs of Debian talk in a network of namespaces for about five minutes, and a knock-activated
# listener is woken in it five times.
#
# usage: record.sh OUTPUT.pcap.gz TRUTH.json      (as root)
# needs: tcpdump iproute2 knockd nginx-light dnsmasq-base bind9-dnsutils openssh-server openssh-client python3-aiosmtpd
#        swaks chrony nmap netcat-openbsd curl openssl python3 nftables iputils-ping
#
# Everything happens in network, mount and process namespaces that are made here and vanish with this script: no packet leaves
# them, no file outside the outputs is touched, no process outlives it.
set -u

if [ "${1-}" != --inside ]; then
    [ $# = 2 ] && [ "$(id -u)" = 0 ] || { sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 2; }
    for program in tcpdump ip knock nginx dnsmasq dig sshd ssh aiosmtpd swaks chronyd nmap nc curl openssl python3 nft ping; do
        command -v "$program" >/dev/null || { echo "record.sh: $program is missing" >&2; exit 1; }
    done
    : >"$1" && : >"$2" || exit 1
    exec timeout -k 10 600 unshare --net --mount --uts --ipc --pid --fork --kill-child --mount-proc -- \
        bash "$(realpath "$0")" --inside "$(realpath "$1")" "$(realpath "$2")"
fi
output=$2
truth=$3
here=$(dirname "$0")

# ---- a place of our own --------------------------------------------------------------------------------------------------

mount --make-rprivate /
mount -t tmpfs tmpfs /mnt && cd /mnt || exit 1
mount -t tmpfs tmpfs /run && mkdir -p /run/netns /run/sshd /run/chrony
chmod 755 /mnt
printf 'nameserver 192.168.20.2\nsearch office.example\noptions timeout:1 attempts:1\n' >resolv.conf
mount --bind resolv.conf "$(realpath -m /etc/resolv.conf 2>/dev/null || echo /etc/resolv.conf)" 2>/dev/null
printf '127.0.0.1 localhost\n' >hosts && mount --bind hosts /etc/hosts
ip link set lo up

# ---- the network: an office with two servers, a printer and five clients; a router; three hosts outside -------------------

ip netns add switch
ip -n switch link add br0 type bridge
ip -n switch link set br0 up
ip netns exec switch sysctl -qw net.ipv6.conf.br0.disable_ipv6=1

attach() { # attach NAME ADDRESS/LEN MAC BRIDGE-NAMESPACE
    [ -e "/run/netns/$1" ] || { ip netns add "$1" && ip -n "$1" link set lo up; }
    ip -n "$4" link add "v-$1" type veth peer name "e-$4" netns "$1" address "$3"
    ip -n "$4" link set "v-$1" master br0 up
    ip -n "$1" link set "e-$4" up
    ip -n "$1" address add "$2" dev "e-$4"
}

office() {
    attach "$1" "192.168.20.$2/24" "02:00:c0:a8:14:$(printf %02x "$2")" switch
    ip -n "$1" address add "fd20::$2/64" dev e-switch nodad
    ip -n "$1" route add default via 192.168.20.1
}
outside() {
    attach "$1" "$2/24" "02:00:cb:00:71:$(printf %02x "${2##*.}")" street
    ip -n "$1" route add default via 203.0.113.1
}

ip netns add street
ip -n street link add br0 type bridge
ip -n street link set br0 up
attach router 192.168.20.1/24 02:00:c0:a8:14:01 switch
attach router 203.0.113.1/24 02:00:cb:00:71:01 street
ip netns exec router sysctl -qw net.ipv4.ip_forward=1
# A way to the world takes its time.
ip netns exec router tc qdisc add dev e-street root netem delay 9ms 2ms 2>/dev/null

office names 2       # DNS and time
office web 10        # the web, a shell; the backdoor
office mail 11       # mail
office printer 40    # switched off behind its firewall
for n in 1 2 3 4 5; do office "client$n" $((100 + n)); done
outside visitor 203.0.113.31
outside site 203.0.113.80
outside intruder 203.0.113.66
# More visitors share one namespace.
for n in 32 33 34 35 36 37 38 39; do ip -n visitor address add "203.0.113.$n/24" dev e-street; done
on() { ip netns exec "$@"; }

on printer nft 'add table ip t; add chain ip t in { type filter hook input priority 0; policy drop; }'

# ---- servers ------------------------------------------------------------------------------------------------------------

mkdir -p www keys
for size in 300 1200 4000 9000 20000 60000; do head -c "$size" /dev/zero | tr '\0' . >"www/$size.html"; done
openssl req -x509 -newkey rsa:2048 -nodes -keyout keys/tls.key -out keys/tls.crt -days 30 -subj /CN=www.office.example 2>/dev/null
cat >nginx.conf <<'END'
worker_processes 1; pid /mnt/nginx-PLACE.pid; error_log /mnt/nginx-PLACE.log; daemon off;
events { worker_connections 200; }
http { access_log off; client_body_temp_path /mnt/t; proxy_temp_path /mnt/t; fastcgi_temp_path /mnt/t; uwsgi_temp_path /mnt/t;
  scgi_temp_path /mnt/t;
  server { listen 80; listen [::]:80; listen 443 ssl; ssl_certificate /mnt/keys/tls.crt; ssl_certificate_key /mnt/keys/tls.key;
    root /mnt/www; } }
END
for place in web site; do
    sed "s/PLACE/$place/" nginx.conf >"nginx-$place.conf"
    on "$place" nginx -c "/mnt/nginx-$place.conf" 2>/dev/null &
done

on names dnsmasq --keep-in-foreground --no-resolv --no-hosts --user=root --pid-file= --port=53 --cache-size=0 \
    --address=/www.office.example/192.168.20.10 --address=/mail.office.example/192.168.20.11 \
    --address=/printer.office.example/192.168.20.40 --address=/example.net/203.0.113.80 --local=/example/ 2>/dev/null &
printf 'local stratum 3\nallow all\ncmdport 0\nport 123\n' >chrony.conf
on names chronyd -x -d -f /mnt/chrony.conf >/dev/null 2>&1 &

ssh-keygen -q -t ed25519 -N '' -f keys/host && ssh-keygen -q -t ed25519 -N '' -f keys/user
cp keys/user.pub keys/authorized && chmod 600 keys/*
on web "$(command -v sshd)" -D -f /dev/null -o HostKey=/mnt/keys/host -o AuthorizedKeysFile=/mnt/keys/authorized -o UsePAM=no \
    -o StrictModes=no -o PidFile=none -o PermitRootLogin=yes -o PasswordAuthentication=no -o PrintMotd=no 2>/dev/null &
on mail aiosmtpd -n -c aiosmtpd.handlers.Sink -l 0.0.0.0:25 2>/dev/null &
on web python3 "$here/responder.py" 999,888,777,666,555 2>responder.log &

# ---- the recording ------------------------------------------------------------------------------------------------------

# What the office's switch sees. 128 bytes of each packet are enough for its headers.
ip netns exec switch tcpdump -q -U -s 128 -i br0 -w /mnt/office.pcap 2>tcpdump.log &
recorder=$!
sleep 2
began=$SECONDS
running() { [ $((SECONDS - began)) -lt 285 ]; }
nap() { sleep "$(awk -v a="$1" -v b="$2" -v s="$RANDOM" 'BEGIN { srand(s); print a + rand() * (b - a) }')"; }
pick() { shift $((RANDOM % $#)); echo "$1"; }

browse() { # browse HOST: the office's own site or another, several pages over one connection or two
    while running; do
        site=$(pick http://www.office.example http://www.example.net https://www.example.net https://www.office.example http://news.example.net)
        on "$1" dig +short +tries=1 +time=1 "${site#*//}" >/dev/null
        on "$1" curl -sk -m 5 -o /dev/null -o /dev/null -o /dev/null -o /dev/null "$site/$(pick 300 1200 4000).html" \
            "$site/$(pick 1200 9000).html" "$site/$(pick 300 1200 20000 60000).html" "$site/absent.html"
        nap 0.6 5
    done
}
post() { # post HOST: now and then a mail
    while running; do
        nap 4 22
        on "$1" swaks --silent 3 --server mail.office.example --from "$1@office.example" --to all@office.example \
            --body "$(head -c $((RANDOM % 6000 + 200)) /dev/zero | tr '\0' m | fold -w 70)" >/dev/null 2>&1
    done
}
administer() { # administer HOST: a shell on the web server
    while running; do
        nap 3 25
        on "$1" timeout 20 ssh -q -i /mnt/keys/user -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
            root@192.168.20.10 "for i in 1 2 3 4 5 6; do ls /usr/bin | head -n $((RANDOM % 60)); sleep 0.$((RANDOM % 9 + 1)); done" \
            >/dev/null 2>&1
    done
}
keep_time() {
    while running; do
        on "$1" timeout 5 chronyd -Q -t 3 -u root "server 192.168.20.2 iburst maxsamples 2" >/dev/null 2>&1
        nap 20 50
    done
}
watch_services() { # a monitor: the same ports in the same order, every ten seconds
    while running; do
        for port in 80 443 22; do on names nc -z -w 1 192.168.20.10 "$port"; done
        on names nc -z -w 1 192.168.20.11 25
        sleep 10
    done
}
look_for_files() { # a client that wants a file server where there is none: two ports at once, both refused
    while running; do
        nap 15 45
        on "$1" nc -z -w 1 192.168.20.11 445 &
        on "$1" nc -z -w 1 192.168.20.11 139
    done
}
print_page() { # the printer never answers: attempts are repeated
    while running; do
        nap 30 80
        on "$1" nc -z -w 4 192.168.20.40 "$(pick 9100 631)"
    done
}
visit() {
    while running; do
        on visitor curl -s -m 5 -o /dev/null -o /dev/null "http://192.168.20.10/$(pick 300 1200 4000 9000).html" \
            "http://192.168.20.10/$(pick 300 20000).html"
        nap 1 6
    done
}
drop_in() { # visitors who come once or twice
    while running; do
        nap 2 14
        on visitor curl -s -m 5 --interface "203.0.113.$((RANDOM % 8 + 32))" -o /dev/null \
            "$(pick http://192.168.20.10 https://192.168.20.10)/$(pick 300 4000 9000).html" -k
    done
}
six() {
    while running; do
        on client3 curl -s -m 5 -o /dev/null "http://[fd20::10]/$(pick 300 1200 9000).html"
        nap 6 20
    done
}
log_lines() { # to a log server that is not there: the host says that the port is unreachable
    while running; do
        on "$1" logger --server 192.168.20.11 --udp --port 514 "client $1 is well"
        nap 10 30
    done
}

{
    for n in 1 2 3 4 5; do browse "client$n" & done
    post client1 & post client4 &
    administer client2 & administer client5 &
    keep_time client3 & keep_time client1 &
    watch_services &
    look_for_files client2 & look_for_files client4 &
    print_page client5 & print_page client3 &
    visit & drop_in & six &
    log_lines client1 & log_lines client4 &
    (sleep 71; on visitor nmap -n -Pn -sS -T4 --max-retries 1 -F 192.168.20.10) &
    (sleep 171; on visitor nmap -n -Pn -sT -T4 -p 21,23,110,143,993,3306,5432,8080 192.168.20.11) &
    (sleep 111; on client5 ping -q -c 5 192.168.20.10; on client1 ping -q -c 3 -s 200 203.0.113.80) &
} >/dev/null 2>&1

# ---- the knock ------------------------------------------------------------------------------------------------------------

tell() { # tell WHO HOW CHOSEN: one line of truth, at the time of the first attempt
    printf '%s{"time": %s, "source": "%s", "target": "192.168.20.10", "ports": [999, 888, 777, 666, 555], "opened": %s, "client": "%s"}' \
        "$separator" "$(date +%s.%N)" "$1" "$3" "$2" >>truth.json
    separator=$',\n '
}
telnet_like() { # blocking connects, one after the other, as a person with telnet would
    for port in 999 888 777 666 555 "$2"; do on "$1" nc -z -w 2 192.168.20.10 "$port"; nap 0.2 0.9; done
}
session() { # uses the listener: a few lines there and back
    nap 0.5 1.2
    printf 'id\nuptime\nexit\n' | on "$1" timeout 8 nc -N -w 5 192.168.20.10 "$2"
}
separator='['
knocking() {
    sleep 19
    for turn in knock:1234 telnet:5002 knock:31337 telnet:1234 knock:1234; do
        chosen=${turn#*:}
        tell 203.0.113.66 "${turn%:*}" "$chosen"
        if [ "${turn%:*}" = knock ]; then
            on intruder knock -d 150 192.168.20.10 999 888 777 666 555 "$chosen"
        else
            telnet_like intruder "$chosen"
        fi
        session intruder "$chosen"
        nap 42 50
    done
}
knocking >/dev/null 2>&1
while running; do sleep 1; done
sleep 3
kill -TERM "$recorder"
wait "$recorder"
printf ']\n' >>truth.json
cat tcpdump.log responder.log
[ "$(grep -c . responder.log)" -ge 5 ] || { echo 'record.sh: the listener was not woken every time' >&2; exit 1; }
gzip -9nc office.pcap >"$output" && cat truth.json >"$truth"
