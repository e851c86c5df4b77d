# tests/export: exports held against the programs that they are for
check_PROGRAMS += tests/export/exporter
tests_export_exporter_SOURCES = tests/export/exporter.c
tests_export_exporter_LDADD = $(KS_ENGINE) $(KS_EXTERNAL)
KS_EXPORT_TESTS = tests/export/test_export_packets.py tests/export/test_export_knockd.py tests/export/test_export_detectors.py \
	tests/export/test_export_cli.py
TESTS += $(KS_EXPORT_TESTS)
EXTRA_DIST += $(KS_EXPORT_TESTS) tests/export/knock_capture.py tests/export/suricata_rules.py tests/export/zeek_machine.py
