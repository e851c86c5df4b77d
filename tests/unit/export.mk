# unit tests of src/export, and of the parameters' JSON
check_PROGRAMS += tests/unit/test_export_out
TESTS += tests/unit/test_export_out
tests_unit_test_export_out_SOURCES = tests/unit/test_export_out.c
tests_unit_test_export_out_CPPFLAGS = $(KS_TEST_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_export_out_LDADD = libexport.a libbase.a $(JANSSON_LIBS) $(CMOCKA_LIBS) -lm

check_PROGRAMS += tests/unit/test_export_formats
TESTS += tests/unit/test_export_formats
tests_unit_test_export_formats_SOURCES = tests/unit/test_export_formats.c tests/unit/export_fixture.h
tests_unit_test_export_formats_CPPFLAGS = $(KS_TEST_CPPFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_export_formats_LDADD = $(KS_TEST_LIBS)

check_PROGRAMS += tests/unit/test_params_json
TESTS += tests/unit/test_params_json
tests_unit_test_params_json_SOURCES = tests/unit/test_params_json.c
tests_unit_test_params_json_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_unit_test_params_json_LDADD = $(KS_TEST_LIBS)

check_PROGRAMS += tests/unit/test_extract
TESTS += tests/unit/test_extract
tests_unit_test_extract_SOURCES = tests/unit/test_extract.c
tests_unit_test_extract_CPPFLAGS = $(KS_TEST_CPPFLAGS) $(PCAP_CFLAGS)
tests_unit_test_extract_LDADD = libcapture.a libbase.a $(KS_EXTERNAL) $(CMOCKA_LIBS)
