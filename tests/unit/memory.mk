# memory that runs out, in the whole program
check_PROGRAMS += tests/unit/test_memory
TESTS += tests/unit/test_memory
tests_unit_test_memory_SOURCES = tests/unit/test_memory.c tests/unit/knock_capture.h tests/unit/packets.h tests/unit/frame.h
tests_unit_test_memory_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_memory_LDADD = $(KS_LIBS) $(KS_EXTERNAL) $(CMOCKA_LIBS)
