#!/bin/sh
# Started through sudo: the capture is read with root's rights, everything else with the invoking user's. And the sandbox from outside.
: "${KS_BIN:?}" "${KS_SRC:?}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0
say() { n=$((n + 1)); if [ "$1" = 0 ]; then echo "ok $n - $2"; else sed 's/^/# /' "$work/err" "$work/out" | head -20; echo "not ok $n - $2"; fi; }
echo 1..5
capture=$work/capture.pcap.gz
cp "$KS_SRC/data/office.pcap.gz" "$capture"
: >"$work/err"; : >"$work/out"
if [ "$(id -u)" = 0 ]; then
    chmod 755 "$work"
    chmod 600 "$capture"
    SUDO_UID=12345 SUDO_GID=12345 "$KS_BIN" stats -v "$capture" >"$work/out" 2>"$work/err" && grep -q 'running as user 12345' "$work/err"
    say $? "a capture that only root may read is read, as the invoking user"
    SUDO_UID=12345 SUDO_GID=12345 "$KS_BIN" stats -o "$work/made" "$capture" >"$work/out" 2>"$work/err"
    [ $? = 1 ] && [ ! -e "$work/made" ]
    say $? "the output is written with the invoking user's rights only"
else
    echo "ok 1 # SKIP needs root"
    echo "ok 2 # SKIP needs root"
    n=2
fi
"$KS_BIN" -V >"$work/out" 2>"$work/err" && grep -q '^sandbox: no new privileges' "$work/out"
say $? "-V says what the sandbox is made of"
chmod 644 "$capture"
mkdir "$work/far" && cp "$KS_SRC/data/office.pcap.gz" "$work/far/other.gz" && mkdir "$work/near" && cp "$capture" "$work/near/one.gz"
# In the sandbox, a script may open what lies beside the first capture, and nothing else.
printf ':open %s\n:dump-model %s\n' "$work/near/one.gz" "$work/near/dump" >"$work/near/script"
(cd "$work/near" && "$KS_BIN" --no-settings --script script one.gz) >"$work/out" 2>"$work/err" && grep -q '^packets 2' "$work/near/dump"
say $? "another capture in the named folder can be opened from inside"
printf ':open %s\n:baseline %s\nL\n:dump-screen %s\n:dump-model %s\n' "$work/far/other.gz" "$work/far/other.gz" \
    "$work/near/log" "$work/near/dump" >"$work/near/script"
(cd "$work/near" && "$KS_BIN" --no-settings --script script one.gz) >"$work/out" 2>"$work/err"
if "$KS_BIN" -V | grep -q Landlock; then
    test "$(grep -c 'outside the sandbox' "$work/near/log")" -ge 2 && grep -q '^packets 2' "$work/near/dump"
    say $? "a capture elsewhere cannot, and the first one stays"
else
    echo "ok 5 # SKIP no Landlock in this kernel"
fi
