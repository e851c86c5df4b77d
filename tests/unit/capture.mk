# unit tests of src/capture
KS_CAPTURE_TESTS = tests/unit/test_decode tests/unit/test_flows tests/unit/test_load \
	tests/unit/test_load_limits tests/unit/test_robust
check_PROGRAMS += $(KS_CAPTURE_TESTS)
TESTS += $(KS_CAPTURE_TESTS)
tests_unit_test_decode_SOURCES = tests/unit/test_decode.c tests/unit/frame.h
tests_unit_test_decode_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_decode_LDADD = libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)
tests_unit_test_flows_SOURCES = tests/unit/test_flows.c tests/unit/frame.h tests/unit/packets.h
tests_unit_test_flows_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_flows_LDADD = libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)
tests_unit_test_load_SOURCES = tests/unit/test_load.c tests/unit/loads.h tests/unit/files.h tests/unit/frame.h tests/unit/packets.h
tests_unit_test_load_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_load_LDADD = libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)
tests_unit_test_load_limits_SOURCES = tests/unit/test_load_limits.c tests/unit/loads.h tests/unit/files.h tests/unit/frame.h \
	tests/unit/packets.h
tests_unit_test_load_limits_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_load_limits_LDADD = libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)
tests_unit_test_robust_SOURCES = tests/unit/test_robust.c tests/unit/loads.h tests/unit/files.h tests/unit/frame.h \
	tests/unit/packets.h
tests_unit_test_robust_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_robust_LDADD = libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)

# what loading makes of a capture, packet by packet, held against tshark
check_PROGRAMS += tests/oracle/log_driver
tests_oracle_log_driver_SOURCES = tests/oracle/log_driver.c
tests_oracle_log_driver_LDADD = libcapture.a libbase.a $(KS_EXTERNAL)
TESTS += tests/oracle/against_tshark.py
EXTRA_DIST += tests/oracle/against_tshark.py
