# tests/fuzz: one program for each target; with --enable-fuzzers and clang on libFuzzer, otherwise on a driver of our own
KS_FUZZ_TARGETS = tests/fuzz/fuzz_decode tests/fuzz/fuzz_load tests/fuzz/fuzz_params
check_PROGRAMS += $(KS_FUZZ_TARGETS)
TESTS += tests/fuzz/corpus.sh
EXTRA_DIST += tests/fuzz/corpus.sh tests/fuzz/make-corpus.py tests/fuzz/corpus
KS_FUZZ_LIBS = libcapture.a libbase.a $(KS_EXTERNAL)
if LIBFUZZER
KS_FUZZ_MAIN =
else
KS_FUZZ_MAIN = tests/fuzz/driver.c
endif
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c tests/fuzz/fuzz.h $(KS_FUZZ_MAIN)
tests_fuzz_fuzz_decode_LDADD = $(KS_FUZZ_LIBS)
tests_fuzz_fuzz_decode_LDFLAGS = $(AM_LDFLAGS) $(KS_FUZZ_LD)
tests_fuzz_fuzz_load_SOURCES = tests/fuzz/fuzz_load.c tests/fuzz/fuzz.h $(KS_FUZZ_MAIN)
tests_fuzz_fuzz_load_LDADD = $(KS_FUZZ_LIBS)
tests_fuzz_fuzz_load_LDFLAGS = $(AM_LDFLAGS) $(KS_FUZZ_LD)
tests_fuzz_fuzz_params_SOURCES = tests/fuzz/fuzz_params.c tests/fuzz/fuzz.h $(KS_FUZZ_MAIN)
tests_fuzz_fuzz_params_LDADD = $(KS_ENGINE) $(KS_EXTERNAL)
tests_fuzz_fuzz_params_LDFLAGS = $(AM_LDFLAGS) $(KS_FUZZ_LD)
