# unit tests of src/capture
KS_CAPTURE_TESTS = tests/unit/test_decode tests/unit/test_flows
check_PROGRAMS += $(KS_CAPTURE_TESTS)
TESTS += $(KS_CAPTURE_TESTS)
tests_unit_test_decode_SOURCES = tests/unit/test_decode.c tests/unit/frame.h
tests_unit_test_decode_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_decode_LDADD = libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)
tests_unit_test_flows_SOURCES = tests/unit/test_flows.c tests/unit/frame.h tests/unit/packets.h
tests_unit_test_flows_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_flows_LDADD = libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)
