# The labelled corpus: knocks planted into backgrounds, and what the program makes of them.
TESTS += tests/corpus/test_corpus.py tests/corpus/test_found.py tests/corpus/test_bars.py
EXTRA_DIST += tests/corpus/README.md tests/corpus/around.py tests/corpus/backgrounds.py tests/corpus/clients.py \
	tests/corpus/corpus.py tests/corpus/evaluate.py tests/corpus/judge.py tests/corpus/manners.py tests/corpus/naive.py \
	tests/corpus/pings.py tests/corpus/plan.py tests/corpus/plant.py tests/corpus/real.py tests/corpus/record.sh \
	tests/corpus/record_roles.py tests/corpus/recordings.py tests/corpus/styles.py tests/corpus/table.py \
	tests/corpus/test_bars.py tests/corpus/test_corpus.py tests/corpus/test_found.py tests/corpus/traffic.py tests/corpus/wire.py
EXTRA_DIST += tests/corpus/recorded/knockd-connect-drop.json tests/corpus/recorded/knockd-connect-drop.pcap.xz \
	tests/corpus/recorded/knockd-fixed-rst.json tests/corpus/recorded/knockd-fixed-rst.pcap.xz \
	tests/corpus/recorded/knockd-ipv6-drop.json tests/corpus/recorded/knockd-ipv6-drop.pcap.xz \
	tests/corpus/recorded/knockd-mixed-drop.json tests/corpus/recorded/knockd-mixed-drop.pcap.xz \
	tests/corpus/recorded/knockd-one-time-drop.json tests/corpus/recorded/knockd-one-time-drop.pcap.xz

# make evaluate [CASES=400] [EVALUATE='--styles chaff,busy --verbose']: what is found per kind of knock, beside what is asked for.
CASES = 120
evaluate: knockscope$(EXEEXT)
	python3 $(top_srcdir)/tests/corpus/evaluate.py --bin $(abs_top_builddir)/knockscope$(EXEEXT) --cases $(CASES) $(EVALUATE)
.PHONY: evaluate
