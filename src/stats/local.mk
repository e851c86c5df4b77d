noinst_LIBRARIES += libstats.a
libstats_a_SOURCES = src/stats/association.h src/stats/chance.h src/stats/curve.h 
