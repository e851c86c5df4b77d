#!/bin/sh
# Static analysis by cppcheck, clang-tidy and clang's analyzer; each is skipped, and that is said, where it is missing. What is no fault is listed with its
# reason in tests/cppcheck.exceptions and .clang-tidy. The analyzer takes long: it looks at the readers of foreign bytes, or with KS_STATIC=all at everything.
#
# Not part of make check, which needs no analyzers: ./bootstrap check runs it, or: KS_SRC=... KS_BUILD=... sh tests/static.sh
: "${KS_BUILD:=.}" "${KS_SRC:=.}" "${KS_STATIC:=readers}"
KS_BUILD=$(cd "$KS_BUILD" && pwd) && cd "$KS_SRC" || exit 1
jobs=$(nproc 2>/dev/null || echo 2)
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
n=0

# report NAME STATUS: one result, with what was found where something was.
report() {
    n=$((n + 1))
    if [ "$2" = 0 ] && ! grep -Eq '(error|warning): ' "$log"; then
        echo "ok $n - $1"
    else
        grep -E '(error|warning|note): ' "$log" | head -n 60 | sed 's/^/# /'
        echo "not ok $n - $1"
        failed=1
    fi
}

missing() {
    n=$((n + 1))
    echo "ok $n - $1 # SKIP $1 is not installed"
}

# tidy CHECKS FILE...
tidy() {
    checks=$1
    shift
    printf '%s\n' "$@" | xargs -P "$jobs" -I{} clang-tidy -quiet "--checks=$checks" {} -- \
        -std=gnu17 -D_GNU_SOURCE -Isrc "-I$KS_BUILD" >"$log" 2>/dev/null
}

failed=0
if command -v cppcheck >/dev/null; then
    cppcheck -j "$jobs" -q --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
        --suppressions-list=tests/cppcheck.exceptions --suppress=missingInclude --suppress=missingIncludeSystem \
        -Isrc "-I$KS_BUILD" src >"$log" 2>&1
    report cppcheck $?
else
    missing cppcheck
fi
if command -v clang-tidy >/dev/null; then
    # shellcheck disable=SC2046 # names without blanks
    set -- $(find src -name '*.c' | LC_ALL=C sort)
    tidy '-clang-analyzer-*' "$@"
    report "clang-tidy over $# files" $?
    if [ "$KS_STATIC" != all ]; then
        set -- src/base/*.c src/capture/*.c src/analysis/params_json.c src/knocks/allow.c src/export/safe_file.c src/export/csv.c \
            src/tui/app/act.c src/tui/app/complete.c src/tui/toolkit/edit.c src/tui/model/filter.c src/tui/toolkit/key.c src/tui/toolkit/keymap.c src/tui/script.c src/tui/model/settings*.c
    fi
    tidy '-*,clang-analyzer-*,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-clang-analyzer-optin.performance.Padding' "$@"
    report "clang's analyzer over $# files" $?
else
    missing clang-tidy
    missing "clang's analyzer"
fi
echo "1..$n"
exit $failed
