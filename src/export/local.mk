noinst_LIBRARIES += libexport.a
libexport_a_SOURCES = src/export/csv.h src/export/export.h src/export/json.h src/export/out.h \
	src/export/provenance.h src/export/rows.h src/export/safe_file.h src/export/selection.h
