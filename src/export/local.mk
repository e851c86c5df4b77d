noinst_LIBRARIES += libexport.a
libexport_a_SOURCES = src/export/csv.c src/export/csv.h src/export/csv_rows.c src/export/evidence.c src/export/evidence.h \
	src/export/export.h src/export/json.c src/export/json.h src/export/json_rows.c src/export/number.c \
	src/export/number.h src/export/out.c src/export/out.h src/export/provenance.c src/export/provenance.h \
	src/export/rows.h src/export/safe_file.c src/export/safe_file.h src/export/selection.h src/export/text_rows.c
