# The labelled corpus: knocks planted into backgrounds, and what the program makes of them.
TESTS += tests/corpus/test_corpus.py
EXTRA_DIST += tests/corpus/backgrounds.py tests/corpus/corpus.py tests/corpus/evaluate.py tests/corpus/judge.py \
	tests/corpus/plant.py tests/corpus/real.py tests/corpus/styles.py tests/corpus/test_corpus.py tests/corpus/traffic.py \
	tests/corpus/wire.py

# make evaluate [CASES=400] [EVALUATE='--styles chaff,busy --verbose']: recall, precision and rank per kind of knock.
CASES = 120
evaluate: knockscope$(EXEEXT)
	python3 $(top_srcdir)/tests/corpus/evaluate.py --bin $(abs_top_builddir)/knockscope$(EXEEXT) --cases $(CASES) $(EVALUATE)
.PHONY: evaluate
