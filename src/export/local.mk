noinst_LIBRARIES += libexport.a
libexport_a_SOURCES = src/export/bpf.c src/export/csv.c src/export/csv.h src/export/csv_rows.c src/export/evidence.c \
	src/export/evidence.h src/export/export.h src/export/formats.c src/export/groups.c src/export/groups.h src/export/json.c \
	src/export/json.h src/export/json_rows.c src/export/knockd.c src/export/markdown.c src/export/markdown.h \
	src/export/number.c src/export/number.h src/export/out.c src/export/out.h src/export/packets.c src/export/pcap.c \
	src/export/provenance.c src/export/provenance.h src/export/report.c src/export/rows.c src/export/rows.h src/export/safe_file.c src/export/safe_file.h \
	src/export/selection.h src/export/signature.c src/export/signature.h src/export/suricata.c src/export/text_rows.c \
	src/export/wireshark.c src/export/writers.h src/export/zeek.c
