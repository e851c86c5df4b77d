noinst_LIBRARIES += libanalysis.a
libanalysis_a_SOURCES = src/analysis/analysis.h src/analysis/params.h 
