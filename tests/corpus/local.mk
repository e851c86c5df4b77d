# The labelled corpus: knocks planted into backgrounds, and what the program makes of them.
TESTS += tests/corpus/test_corpus.py tests/corpus/test_found.py
EXTRA_DIST += tests/corpus/backgrounds.py tests/corpus/corpus.py tests/corpus/evaluate.py tests/corpus/judge.py \
	tests/corpus/pings.py tests/corpus/plant.py tests/corpus/real.py tests/corpus/styles.py tests/corpus/test_corpus.py tests/corpus/test_found.py tests/corpus/traffic.py \
	tests/corpus/wire.py tests/corpus/naive.py tests/corpus/record.sh tests/corpus/record_roles.py
EXTRA_DIST += tests/corpus/recorded/knockd-connect-drop.json tests/corpus/recorded/knockd-connect-drop.pcap.xz \
	tests/corpus/recorded/knockd-fixed-rst.json tests/corpus/recorded/knockd-fixed-rst.pcap.xz \
	tests/corpus/recorded/knockd-ipv6-drop.json tests/corpus/recorded/knockd-ipv6-drop.pcap.xz \
	tests/corpus/recorded/knockd-mixed-drop.json tests/corpus/recorded/knockd-mixed-drop.pcap.xz \
	tests/corpus/recorded/knockd-one-time-drop.json tests/corpus/recorded/knockd-one-time-drop.pcap.xz

# make evaluate [CASES=400] [EVALUATE='--styles chaff,busy --verbose']: recall, precision and rank per kind of knock.
CASES = 120
evaluate: knockscope$(EXEEXT)
	python3 $(top_srcdir)/tests/corpus/evaluate.py --bin $(abs_top_builddir)/knockscope$(EXEEXT) --cases $(CASES) $(EVALUATE)
.PHONY: evaluate
