# unit tests of src/base
check_PROGRAMS += tests/unit/test_base
TESTS += tests/unit/test_base
tests_unit_test_base_SOURCES = tests/unit/test_base.c
tests_unit_test_base_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_base_LDADD = libbase.a $(CMOCKA_LIBS) -lm
check_PROGRAMS += tests/unit/test_sandbox
TESTS += tests/unit/test_sandbox
tests_unit_test_sandbox_SOURCES = tests/unit/test_sandbox.c
tests_unit_test_sandbox_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_sandbox_LDADD = libbase.a $(CMOCKA_LIBS) $(SECCOMP_LIBS) -lm
