noinst_LIBRARIES += libanalysis.a
libanalysis_a_SOURCES = src/analysis/analysis.h src/analysis/capture.c src/analysis/choose.c src/analysis/compare.c src/analysis/compare.h src/analysis/discovery.c src/analysis/discovery.h src/analysis/kinds.c src/analysis/mined.c \
	src/analysis/params.c src/analysis/params.h src/analysis/params_json.c src/analysis/params_json.h src/analysis/rules.c src/analysis/sweep.c src/analysis/why.c src/analysis/why_order.c src/analysis/why.h
