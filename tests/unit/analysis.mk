# unit tests of src/analysis
check_PROGRAMS += tests/unit/test_choose
TESTS += tests/unit/test_choose
tests_unit_test_choose_SOURCES = tests/unit/test_choose.c
tests_unit_test_choose_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_choose_LDADD = $(KS_TEST_LIBS)
