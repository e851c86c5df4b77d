# unit tests of src/knocks
check_PROGRAMS += tests/unit/test_knocks
TESTS += tests/unit/test_knocks
tests_unit_test_knocks_SOURCES = tests/unit/test_knocks.c tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_knocks_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_knocks_LDADD = libknocks.a libstats.a libmining.a libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_one_shot
TESTS += tests/unit/test_one_shot
tests_unit_test_one_shot_SOURCES = tests/unit/test_one_shot.c tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_one_shot_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_one_shot_LDADD = libknocks.a libstats.a libmining.a libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_allow
TESTS += tests/unit/test_allow
tests_unit_test_allow_SOURCES = tests/unit/test_allow.c tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_allow_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_allow_LDADD = libknocks.a libstats.a libmining.a libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_recurring
TESTS += tests/unit/test_recurring
tests_unit_test_recurring_SOURCES = tests/unit/test_recurring.c tests/unit/knock_plan.h tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_recurring_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_recurring_LDADD = libknocks.a libstats.a libmining.a libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_amid
TESTS += tests/unit/test_amid
tests_unit_test_amid_SOURCES = tests/unit/test_amid.c tests/unit/knock_plan.h tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_amid_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_amid_LDADD = libknocks.a libstats.a libmining.a libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_icmp
TESTS += tests/unit/test_icmp
tests_unit_test_icmp_SOURCES = tests/unit/test_icmp.c tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_icmp_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_icmp_LDADD = libknocks.a libstats.a libmining.a libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_verdicts
TESTS += tests/unit/test_verdicts
tests_unit_test_verdicts_SOURCES = tests/unit/test_verdicts.c tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_verdicts_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_verdicts_LDADD = libknocks.a libstats.a libmining.a libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_scanned
TESTS += tests/unit/test_scanned
tests_unit_test_scanned_SOURCES = tests/unit/test_scanned.c tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_scanned_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_scanned_LDADD = libknocks.a libstats.a libmining.a libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_openings
TESTS += tests/unit/test_openings
tests_unit_test_openings_SOURCES = tests/unit/test_openings.c tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_openings_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_openings_LDADD = libknocks.a libstats.a libmining.a libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_targets
TESTS += tests/unit/test_targets
tests_unit_test_targets_SOURCES = tests/unit/test_targets.c tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_targets_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_targets_LDADD = libknocks.a libstats.a libmining.a libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_turns
TESTS += tests/unit/test_turns
tests_unit_test_turns_SOURCES = tests/unit/test_turns.c tests/unit/knock_logs.h tests/unit/make_log.h
tests_unit_test_turns_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_turns_LDADD = libknocks.a libstats.a libmining.a libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_memo
TESTS += tests/unit/test_memo
tests_unit_test_memo_SOURCES = tests/unit/test_memo.c
tests_unit_test_memo_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_memo_LDADD = libknocks.a libbase.a $(CMOCKA_LIBS)
