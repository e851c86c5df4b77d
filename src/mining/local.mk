noinst_LIBRARIES += libmining.a
libmining_a_SOURCES = src/mining/ahead.c src/mining/ahead.h src/mining/bits.c src/mining/bits.h src/mining/classes.c src/mining/classes.h src/mining/count.c \
	src/mining/cut.c src/mining/cutting.c src/mining/cutting.h src/mining/grid.c src/mining/grid.h src/mining/gridcount.c src/mining/index.h src/mining/item.c src/mining/item.h \
	src/mining/itemsets.c src/mining/itemsets.h src/mining/lanes.c src/mining/lanes.h src/mining/map.c \
	src/mining/map.h src/mining/measures.h src/mining/overlap.c src/mining/overlap.h src/mining/pairs.c src/mining/pairs.h src/mining/pick.c src/mining/pick.h \
	src/mining/ranking.c src/mining/ranking.h src/mining/setrows.c src/mining/sets.h src/mining/slice.c \
	src/mining/slice.h src/mining/sort.c src/mining/sort.h src/mining/splits.c src/mining/splits.h src/mining/steps.c \
	src/mining/tally.c src/mining/tally.h src/mining/windows.c src/mining/windows.h
libmining_a_CFLAGS = $(AM_CFLAGS) $(KS_FUZZ_EDGES) # its edges are enough, see tests/fuzz
