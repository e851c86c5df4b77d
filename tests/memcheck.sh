#!/bin/sh
# valgrind's memcheck over every batch command, some exports and a script of the explorer, on the beginning of the bundled capture.
: "${KS_BIN:=./knockscope}" "${KS_SRC:=.}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
gzip -dc "$KS_SRC/data/office.pcap.gz" | head -c 300000 >"$work/c.pcap" # its end is within a packet
cd "$work" || exit 1
printf '1 <Right>\n2\n3 <Enter> q\n4 <Enter> p q q\n5 , <Esc> ?\n:quit\n' >steps
n=0 failed=0
set -f
while read -r line; do
    n=$((n + 1))
    # shellcheck disable=SC2086 # a line of words
    valgrind -q --suppressions="$KS_SRC/tests/valgrind.exceptions" --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,possible "$KS_BIN" $line c.pcap >out 2>said </dev/null
    status=$?
    case $status in
    0 | 4) echo "ok $n - $line" ;; # 4: what was read before the cut
    *)
        sed 's/^/# /' said | head -n 40
        echo "not ok $n - $line (status $status)"
        failed=1
        ;;
    esac
done <<'END'
stats --no-sandbox
curve --no-sandbox
sweep --no-sandbox --rotations 2
rules --no-sandbox --rotations 2 --max-len 3 --top 50
knocks --no-sandbox --rotations 2 --format json
evaluate --no-sandbox --truth 999,888
why --no-sandbox --rotations 2 --of 999,888
export --no-sandbox --rotations 2 --as markdown
export --no-sandbox --rotations 2 --as pcap -o e.pcap
--no-sandbox --no-settings --rotations 2 --script steps
END
echo "1..$n"
exit $failed
