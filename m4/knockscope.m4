# KS_C17: the language that the sources are written in.
AC_DEFUN([KS_C17], [
  AC_MSG_CHECKING([whether $CC accepts -std=gnu17])
  ks_saved="$CFLAGS"; CFLAGS="$CFLAGS -std=gnu17"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stdatomic.h>
_Static_assert(__STDC_VERSION__ >= 201710L, "C17");]], [[]])],
    [AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])
     AC_MSG_ERROR([knockscope is written in C17; use gcc 8 or clang 7 or newer])])
  CFLAGS="$ks_saved"
  KS_STD="-std=gnu17"; AC_SUBST([KS_STD])
])

# KS_NEED(VARIABLE, pkg-config module, Debian package, what for)
AC_DEFUN([KS_NEED], [
  PKG_CHECK_MODULES([$1], [$2], [],
    [AC_MSG_ERROR([$4 needs $2, which pkg-config does not find.
  On Debian or Ubuntu: apt-get install $3   (or let ./bootstrap run install everything)])])
])

# KS_DEPENDENCIES: the libraries, found by pkg-config, each missing one named with its package.
AC_DEFUN([KS_DEPENDENCIES], [
  PKG_PROG_PKG_CONFIG([0.29])
  AS_IF([test -z "$PKG_CONFIG"], [AC_MSG_ERROR([pkg-config is missing: apt-get install pkg-config])])
  KS_NEED([PCAP], [libpcap >= 1.9], [libpcap-dev], [reading captures])
  KS_NEED([GSL], [gsl >= 2.5], [libgsl-dev], [the statistics])
  KS_NEED([CURSES], [ncursesw >= 6.0], [libncurses-dev], [the explorer])
  KS_NEED([ARCHIVE], [libarchive >= 3.4], [libarchive-dev], [compressed captures])
  KS_NEED([ZLIB], [zlib >= 1.2.9], [zlib1g-dev], [gzip captures])
  KS_NEED([JANSSON], [jansson >= 2.11], [libjansson-dev], [JSON])
  KS_NEED([NETTLE], [nettle >= 3.5], [nettle-dev], [the SHA-256 of a capture])
  KS_NEED([SECCOMP], [libseccomp >= 2.4], [libseccomp-dev], [the sandbox])
  PKG_CHECK_MODULES([CMOCKA], [cmocka >= 1.1], [ks_cmocka=yes], [ks_cmocka=no])
  PKG_CHECK_MODULES([VTERM], [vterm >= 0.1], [ks_vterm=yes], [ks_vterm=no])
  AS_IF([test x$ks_cmocka = xno], [AC_MSG_WARN([cmocka is missing: make check leaves out the unit tests (apt-get install libcmocka-dev)])])
  AS_IF([test x$ks_vterm = xno], [AC_MSG_WARN([libvterm is missing: make check leaves out the tests on a terminal (apt-get install libvterm-dev)])])
  AM_CONDITIONAL([HAVE_CMOCKA], [test x$ks_cmocka = xyes])
  AM_CONDITIONAL([HAVE_VTERM], [test x$ks_vterm = xyes])
  AC_CHECK_HEADERS([linux/landlock.h])
])

# KS_TRY_FLAG(flag, variable): adds the flag to the variable where the compiler knows it.
AC_DEFUN([KS_TRY_FLAG], [
  ks_saved="$CFLAGS"; CFLAGS="$CFLAGS -Werror $1"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[]], [[]])], [$2="$$2 $1"], [])
  CFLAGS="$ks_saved"
])

# KS_WARNINGS: every warning that we live by; errors with --enable-werror.
AC_DEFUN([KS_WARNINGS], [
  AC_ARG_ENABLE([werror], [AS_HELP_STRING([--enable-werror], [treat warnings as errors])], [], [enable_werror=no])
  KS_WARN=
  m4_foreach_w([ks_flag], [-Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wformat=2 -Wvla -Wstrict-prototypes
    -Wmissing-prototypes -Wold-style-definition -Wcast-align -Wcast-qual -Wpointer-arith -Wwrite-strings -Wundef
    -Wnull-dereference -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wimplicit-fallthrough],
    [KS_TRY_FLAG(ks_flag, [KS_WARN])])
  AS_IF([test x$enable_werror = xyes], [KS_WARN="$KS_WARN -Werror"])
  AC_SUBST([KS_WARN])
])

# KS_SANITIZERS: --enable-sanitizers=address,undefined (or thread); also --enable-coverage.
AC_DEFUN([KS_SANITIZERS], [
  AC_ARG_ENABLE([sanitizers], [AS_HELP_STRING([--enable-sanitizers=LIST], [build with -fsanitize=LIST])],
    [], [enable_sanitizers=no])
  AC_ARG_ENABLE([coverage], [AS_HELP_STRING([--enable-coverage], [build for gcov])], [], [enable_coverage=no])
  KS_SAN=
  AS_CASE([$enable_sanitizers], [no], [],
    [yes], [KS_SAN="-fsanitize=address,undefined"], [KS_SAN="-fsanitize=$enable_sanitizers"])
  AS_IF([test -n "$KS_SAN"], [KS_SAN="$KS_SAN -fno-omit-frame-pointer -fno-sanitize-recover=all"])
  AS_IF([test x$enable_coverage = xyes], [KS_SAN="$KS_SAN --coverage"
    AC_DEFINE_UNQUOTED([KS_COUNTS], ["$(pwd)"], [where gcov's counts are written, which the sandbox lets pass])])
  AC_SUBST([KS_SAN])
])

# KS_FUZZERS: --enable-fuzzers builds the targets of tests/fuzz with libFuzzer (clang). Without it, or where the compiler has none, they are
# linked with a driver of our own that runs the corpus and simple changes of it.
AC_DEFUN([KS_FUZZERS], [
  AC_ARG_ENABLE([fuzzers], [AS_HELP_STRING([--enable-fuzzers], [build the fuzz targets with libFuzzer (clang)])],
    [], [enable_fuzzers=no])
  ks_libfuzzer=no; KS_FUZZ_LD=; KS_FUZZ_EDGES=
  AS_IF([test x$enable_fuzzers = xyes], [
    AC_MSG_CHECKING([whether $CC has libFuzzer])
    ks_saved="$CFLAGS"; CFLAGS="$CFLAGS -fsanitize=fuzzer"
    AC_LINK_IFELSE([AC_LANG_SOURCE([[#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *b, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *b, size_t n) { return n > 0 && b[0] == 1 ? 0 : 0; }]])],
      [ks_libfuzzer=yes; KS_FUZZ_LD=-fsanitize=fuzzer; KS_SAN="$KS_SAN -fsanitize=fuzzer-no-link"], [])
    AS_IF([test x$ks_libfuzzer = xyes], [
      CFLAGS="$ks_saved -fsanitize=fuzzer-no-link -fsanitize-coverage-ignorelist=$srcdir/tests/fuzz/uncounted"
      AC_COMPILE_IFELSE([AC_LANG_PROGRAM()], [KS_SAN="$KS_SAN -fsanitize-coverage-ignorelist=\$(top_srcdir)/tests/fuzz/uncounted"
        KS_FUZZ_EDGES=-fno-sanitize-coverage=trace-cmp], [])])
    CFLAGS="$ks_saved"
    AC_MSG_RESULT([$ks_libfuzzer])
  ])
  AM_CONDITIONAL([LIBFUZZER], [test x$ks_libfuzzer = xyes])
  AC_SUBST([KS_FUZZ_LD]) AC_SUBST([KS_FUZZ_EDGES])
])

# KS_HARDENING: flags that make a bug in a packet parser harder to use; left out under sanitizers, which bring their own.
AC_DEFUN([KS_HARDENING], [
  AC_ARG_ENABLE([hardening], [AS_HELP_STRING([--disable-hardening], [build without hardening flags])],
    [], [enable_hardening=yes])
  KS_HARDEN=; KS_HARDEN_LD=
  AS_IF([test x$enable_hardening = xyes && test x$enable_sanitizers = xno], [
    m4_foreach_w([ks_flag], [-fstack-protector-strong -fstack-clash-protection -fcf-protection -fPIE],
      [KS_TRY_FLAG(ks_flag, [KS_HARDEN])])
    KS_HARDEN="$KS_HARDEN -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"
    KS_HARDEN_LD="-pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack"
  ])
  AC_SUBST([KS_HARDEN]) AC_SUBST([KS_HARDEN_LD])
])
