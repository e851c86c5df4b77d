#!/bin/sh
# The manual page and the completions say what the program's tables say: no drift.
: "${KS_BIN:?}" "${KS_SRC:?}"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
n=0
check() { # name, command...
    n=$((n + 1))
    name=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        echo "ok $n - $name"
    else
        sed 's/^/# /' "$work/out" | head -40
        echo "not ok $n - $name"
    fi
}
echo 1..6
check "the generator runs" sh "$KS_SRC/doc/generate.sh" "$KS_BIN" "$KS_SRC" "$work"
check "knockscope.1 is as the tables give it (make docs brings it up to date)" diff -u "$KS_SRC/knockscope.1" "$work/knockscope.1"
check "the bash completion is as the tables give it" diff -u "$KS_SRC/completion/knockscope.bash" "$work/completion/knockscope.bash"
check "the zsh completion is as the tables give it" diff -u "$KS_SRC/completion/_knockscope" "$work/completion/_knockscope"
check "bash takes its completion" bash -n "$KS_SRC/completion/knockscope.bash"
every_option() {
    "$KS_BIN" --describe options | cut -f1 | while read -r option; do
        grep -q -- "$(printf '%s' "$option" | sed 's/-/\\\\-/g')" "$KS_SRC/knockscope.1" || { echo "$option is missing"; exit 1; }
    done
}
check "every option is in the manual" every_option
