# unit tests of src/analysis
check_PROGRAMS += tests/unit/test_choose
TESTS += tests/unit/test_choose
tests_unit_test_choose_SOURCES = tests/unit/test_choose.c
tests_unit_test_choose_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_choose_LDADD = $(KS_TEST_LIBS)

check_PROGRAMS += tests/unit/test_compare
TESTS += tests/unit/test_compare
tests_unit_test_compare_SOURCES = tests/unit/test_compare.c tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_compare_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_compare_LDADD = $(KS_TEST_LIBS)

check_PROGRAMS += tests/unit/test_why
TESTS += tests/unit/test_why
tests_unit_test_why_SOURCES = tests/unit/test_why.c tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_why_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_why_LDADD = $(KS_TEST_LIBS)
