noinst_LIBRARIES += libstats.a
libstats_a_CPPFLAGS = $(AM_CPPFLAGS) $(GSL_CFLAGS)
libstats_a_SOURCES = src/stats/association.c src/stats/association.h src/stats/chance.h src/stats/curve.c src/stats/curve.h \
	src/stats/independent.c src/stats/least.h src/stats/shift.c src/stats/shifted.c src/stats/terms.c src/stats/terms.h
libstats_a_CFLAGS = $(AM_CFLAGS) $(KS_FUZZ_EDGES) # its edges are enough, see tests/fuzz
