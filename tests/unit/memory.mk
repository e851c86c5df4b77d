# memory that runs out, in the whole program
check_PROGRAMS += tests/unit/test_memory
TESTS += tests/unit/test_memory
tests_unit_test_memory_SOURCES = tests/unit/test_memory.c tests/unit/knock_capture.h tests/unit/listen.h tests/unit/packets.h tests/unit/frame.h
tests_unit_test_memory_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_memory_LDADD = $(KS_LIBS) $(KS_EXTERNAL) $(CMOCKA_LIBS)

# Every place, not a sample, in as many processes as KS_MEMORY_PARTS.
KS_MEMORY_PARTS = 8
memory: tests/unit/test_memory$(EXEEXT)
	@$(AM_TESTS_ENVIRONMENT) KS_MEMORY=1000000; export KS_MEMORY; i=0; pids=; \
	while test $$i -lt $(KS_MEMORY_PARTS); do \
		KS_MEMORY_PART=$$i/$(KS_MEMORY_PARTS) tests/unit/test_memory & pids="$$pids $$!"; i=$$((i + 1)); \
	done; failed=0; for pid in $$pids; do wait $$pid || failed=1; done; exit $$failed

# limits that are out of reach, lowered, in the whole program
check_PROGRAMS += tests/unit/test_far_limits
TESTS += tests/unit/test_far_limits
tests_unit_test_far_limits_SOURCES = tests/unit/test_far_limits.c tests/unit/knock_capture.h tests/unit/listen.h tests/unit/packets.h tests/unit/frame.h
tests_unit_test_far_limits_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_far_limits_LDADD = $(KS_LIBS) $(KS_EXTERNAL) $(CMOCKA_LIBS)
