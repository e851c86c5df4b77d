#!/bin/sh
# Every fuzz target over its seeds and a fixed number of changes of them (KS_FUZZ_RUNS), from a fixed seed (KS_FUZZ_SEED).
: "${KS_BUILD:=.}" "${KS_SRC:=.}" "${KS_FUZZ_RUNS:=4000}" "${KS_FUZZ_SEED:=1}"
[ ! -w /dev/shm ] || TMPDIR=/dev/shm
work=$(TMPDIR=${TMPDIR-} mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
n=0
for folder in "$KS_SRC"/tests/fuzz/corpus/*; do
    target=$(basename "$folder")
    n=$((n + 1))
    mkdir "$target" && cp "$folder"/* "$target"/ # libFuzzer adds what it finds to the first folder
    case $target in # those that do most in a run do fewer
    script) runs=$((KS_FUZZ_RUNS / 200)) ;;
    expand | load | settings) runs=$((KS_FUZZ_RUNS / 4)) ;;
    *) runs=$KS_FUZZ_RUNS ;;
    esac
    case="fuzz_$target over its seeds and $runs changes of seed $KS_FUZZ_SEED"
    if "$KS_BUILD/tests/fuzz/fuzz_$target" -runs="$runs" -seed="$KS_FUZZ_SEED" "$target" >"$target.out" 2>&1 </dev/null; then
        skipped=$(sed -n 's/^SKIP: //p' "$target.out")
        echo "ok $n - $case${skipped:+ # SKIP $skipped}"
    else
        sed 's/^/# /' "$target.out" | tail -n 60
        # What was found comes last, where no cut of the log leaves it out, with the input (libFuzzer's own or our driver's).
        grep -aE 'does not hold|runtime error|ERROR: |SUMMARY: |^Base64: ' "$target.out" | sed 's/^/# found: /'
        [ ! -e crash-input ] || { printf '# found: crash-input: ' && base64 -w 0 crash-input && echo; }
        echo "not ok $n - $case"
    fi
done
echo "1..$n"
