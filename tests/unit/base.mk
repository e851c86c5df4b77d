# unit tests of src/base
check_PROGRAMS += tests/unit/test_base
TESTS += tests/unit/test_base
tests_unit_test_base_SOURCES = tests/unit/test_base.c
tests_unit_test_base_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_base_LDADD = libbase.a $(CMOCKA_LIBS) -lm
