#!/bin/sh
# Runs a test program of cmocka. Its TAP says "not ok N # SKIP NAME" of a skipped case, which readers of TAP take for a failure.
out=$(mktemp) || exit 99
trap 'rm -f "$out"' EXIT
"$@" >"$out"
status=$?
sed 's/^not ok \([0-9][0-9]*\) # SKIP *\(.*\)/ok \1 - \2 # SKIP not possible here/' "$out"
exit "$status"
