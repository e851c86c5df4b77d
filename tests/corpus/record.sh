#!/bin/sh
# Records a capture of a real knockd that is woken by the real knock client, between network namespaces, with ordinary traffic
# around it, and writes the truth beside it. Needs root, ip (iproute2), nft, knockd, knock, tcpdump, python3, xz.
#
#   tests/corpus/record.sh KIND FOLDER        KIND: fixed-rst  mixed-drop  one-time-drop  ipv6-drop  connect-drop
#
# Four namespaces of its own: the server, the knocker, the office and a switch between them. All of it ends within ten minutes and is
# removed, also when it fails. Nothing outside the namespaces is changed.
set -eu

kind=${1:?KIND}
folder=${2:?FOLDER}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
id=ks$$
work=$(mktemp -d)
pids=
export PATH="$PATH:/usr/sbin:/sbin"

finish() {
    for pid in $pids; do
        kill "$pid" 2>/dev/null || true
    done
    for ns in srv knk off swi; do
        ip netns del "$id-$ns" 2>/dev/null || true
    done
    [ -n "${KEEP_WORK-}" ] || rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

# ---- namespaces: a switch with three cables (a bridge on the server itself would hide its resets from tcpdump) ----
ip netns add "$id-swi"
ip -n "$id-swi" link add br0 type bridge
ip -n "$id-swi" link set br0 up
for ns in srv knk off; do
    ip netns add "$id-$ns"
    ip -n "$id-$ns" link set lo up
    ip -n "$id-swi" link add "to-$ns" type veth peer name eth0 netns "$id-$ns"
    ip -n "$id-swi" link set "to-$ns" master br0 up
    ip -n "$id-$ns" link set eth0 up
done
ip -n "$id-srv" addr add 10.77.0.1/24 dev eth0
ip -n "$id-srv" addr add fd77::1/64 dev eth0 nodad
ip -n "$id-knk" addr add 10.77.0.66/24 dev eth0
ip -n "$id-knk" addr add fd77::66/64 dev eth0 nodad
for n in 101 102 103 104 105 106; do
    ip -n "$id-off" addr add "10.77.0.$n/24" dev eth0
    ip -n "$id-off" addr add "fd77::$n/64" dev eth0 nodad
done

# ---- the firewall: web and names for all; the door for those who knocked, for four seconds ----
case $kind in
*-rst) closed='meta l4proto tcp reject with tcp reset; reject' ;;
*) closed='drop' ;;
esac
ip netns exec "$id-srv" nft -f - <<RULES
table inet ks {
    set door4 { type ipv4_addr; flags timeout; }
    set door6 { type ipv6_addr; flags timeout; }
    chain input {
        type filter hook input priority 0; policy accept;
        iif lo accept
        ct state established,related accept
        meta l4proto { icmp, ipv6-icmp } accept
        tcp dport 80 accept
        udp dport 53 accept
        tcp dport 22 ip saddr @door4 accept
        tcp dport 22 ip6 saddr @door6 accept
        $(printf '%s\n' "$closed" | sed 's/; /\n        /')
    }
}
RULES

# ---- knockd ----
python3 "$here/record_roles.py" plan "$kind" "$work"
cat > "$work/knockd.conf" <<CONF
[options]
    logfile = $work/knockd.log
[door]
    $(cat "$work/sequence")
    seq_timeout = 15
    tcpflags = syn
    start_command = nft add element inet ks door4 { %IP% timeout 4s }
    start_command_6 = nft add element inet ks door6 { %IP% timeout 4s }
CONF
ip netns exec "$id-srv" knockd -i eth0 -c "$work/knockd.conf" &
pids="$pids $!"
ip netns exec "$id-srv" timeout 590 tcpdump -i eth0 -s 96 -U -w "$work/all.pcap" ip or ip6 2>/dev/null &
dump=$!
pids="$pids $dump"
ip netns exec "$id-srv" timeout 590 python3 "$here/record_roles.py" serve &
pids="$pids $!"
sleep 1
ip netns exec "$id-off" timeout 590 python3 "$here/record_roles.py" office "$kind" &
office=$!
pids="$pids $office"
ip netns exec "$id-knk" timeout 580 python3 "$here/record_roles.py" knock "$kind" "$work"
kill "$office" 2>/dev/null || true
sleep 1
kill -INT "$dump"
wait "$dump" 2>/dev/null || true
mkdir -p "$folder"
python3 "$here/record_roles.py" truth "$kind" "$work" "$work/all.pcap" > "$folder/knockd-$kind.json"
xz -9e -c "$work/all.pcap" > "$folder/knockd-$kind.pcap.xz"
ls -l "$folder/knockd-$kind.pcap.xz" "$folder/knockd-$kind.json"
