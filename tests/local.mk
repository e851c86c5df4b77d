# Every test speaks TAP, so that each single case is counted.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_COMPILER = $(SHELL) $(top_srcdir)/tests/cmocka.sh
EXTRA_DIST += tests/cmocka.sh tests/static.sh tests/memcheck.sh tests/cppcheck.exceptions tests/valgrind.exceptions .clang-tidy
TEST_EXTENSIONS = .sh .py
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = $(SHELL)
PY_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_COMPILER = python3
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	KS_BIN='$(abs_top_builddir)/knockscope'; export KS_BIN; \
	KS_SRC='$(abs_top_srcdir)'; export KS_SRC; \
	KS_BUILD='$(abs_top_builddir)'; export KS_BUILD; \
	KS_SANITIZED='$(KS_SAN)'; export KS_SANITIZED; \
	LC_ALL=C.UTF-8; export LC_ALL; TZ=UTC; export TZ; PYTHONDONTWRITEBYTECODE=1; export PYTHONDONTWRITEBYTECODE; \
	ASAN_OPTIONS=detect_leaks=1:abort_on_error=0; export ASAN_OPTIONS; \
	UBSAN_OPTIONS=print_stacktrace=1; export UBSAN_OPTIONS;

if HAVE_CMOCKA
include tests/unit/base.mk
include tests/unit/capture.mk
include tests/unit/mining.mk
include tests/unit/stats.mk
include tests/unit/knocks.mk
include tests/unit/export.mk
include tests/unit/analysis.mk
include tests/unit/memory.mk
include tests/tui/local.mk
endif
include tests/cli/local.mk
include tests/export/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/corpus/local.mk

# All tests in a build of its own for gcov; the lines that ran per folder, and in capture and mining those that did not.
EXTRA_DIST += tests/coverage.py
coverage:
	$(MKDIR_P) coverage
	cd coverage && { test -f config.status || $(abs_top_srcdir)/configure -q --enable-coverage --disable-hardening CFLAGS='-O0 -g'; } && \
	find . -name '*.gcda' -delete && $(MAKE) $(AM_MAKEFLAGS) && { $(MAKE) $(AM_MAKEFLAGS) check || echo "some tests failed: see above"; }
	python3 $(srcdir)/tests/coverage.py coverage capture mining
.PHONY: coverage
