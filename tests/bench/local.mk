# tests/bench: `make bench`. Ratios in one run, for reading; no test depends on a time.
EXTRA_PROGRAMS = tests/bench/generate tests/bench/bare
CLEANFILES += $(EXTRA_PROGRAMS)
EXTRA_DIST += tests/bench/load.py
tests_bench_generate_SOURCES = tests/bench/generate.c
tests_bench_bare_SOURCES = tests/bench/bare.c
tests_bench_bare_LDADD = $(PCAP_LIBS)

.PHONY: bench bench-load
bench: bench-load
bench-load: knockscope$(EXEEXT) tests/bench/generate$(EXEEXT) tests/bench/bare$(EXEEXT)
	@KS_BUILD='$(abs_top_builddir)' KS_BIN='$(abs_top_builddir)/knockscope' python3 $(srcdir)/tests/bench/load.py $(BENCH_LOAD)

# Knocks: BENCH_KNOCKS="PACKETS ROUNDS MOST".
EXTRA_DIST += tests/bench/knocks.py
.PHONY: bench-knocks
bench: bench-knocks
bench-knocks: knockscope$(EXEEXT) tests/bench/generate$(EXEEXT)
	@KS_BUILD='$(abs_top_builddir)' KS_BIN='$(abs_top_builddir)/knockscope' python3 $(srcdir)/tests/bench/knocks.py $(BENCH_KNOCKS)

# Mining: BENCH_MINING="SHAPES GROWTH", as "d 0" or "abcde 7".
EXTRA_PROGRAMS += tests/bench/bench_mining
tests_bench_bench_mining_SOURCES = tests/bench/bench_mining.c tests/bench/shapes.c tests/bench/shapes.h
tests_bench_bench_mining_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
tests_bench_bench_mining_LDADD = libmining.a libcapture.a libbase.a -lm

.PHONY: bench-mining
bench: bench-mining
bench-mining: tests/bench/bench_mining$(EXEEXT)
	@tests/bench/bench_mining$(EXEEXT) $(BENCH_MINING)

# make evaluate-chance [RUNS=200] [SEED=1]: whether advice keeps quiet on rotated captures, and expected counts against a Monte-Carlo.
EXTRA_DIST += tests/oracle/evaluate_chance.py
RUNS = 200
SEED = 1
evaluate-chance: knockscope$(EXEEXT)
	@python3 $(srcdir)/tests/oracle/evaluate_chance.py --bin '$(abs_top_builddir)/knockscope$(EXEEXT)' --data '$(srcdir)/data' --runs $(RUNS) --seed $(SEED)
.PHONY: evaluate-chance
