#!/bin/sh
# Every fuzz target over its seeds and a fixed number of changes of them (KS_FUZZ_RUNS).
: "${KS_BUILD:=.}" "${KS_SRC:=.}" "${KS_FUZZ_RUNS:=4000}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
n=0
for folder in "$KS_SRC"/tests/fuzz/corpus/*; do
    target=$(basename "$folder")
    n=$((n + 1))
    mkdir "$target" && cp "$folder"/* "$target"/ # libFuzzer adds what it finds to the first folder
    if "$KS_BUILD/tests/fuzz/fuzz_$target" -runs="$KS_FUZZ_RUNS" -seed=1 "$target" >"$target.out" 2>&1; then
        echo "ok $n - fuzz_$target over its seeds and $KS_FUZZ_RUNS changes"
    else
        sed 's/^/# /' "$target.out" | tail -n 60
        echo "not ok $n - fuzz_$target over its seeds and $KS_FUZZ_RUNS changes"
    fi
done
echo "1..$n"
