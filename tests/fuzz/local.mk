# tests/fuzz: one program for each target; with --enable-fuzzers and clang on libFuzzer, otherwise on a driver of our own
KS_FUZZ_TARGETS = tests/fuzz/fuzz_allow tests/fuzz/fuzz_decode tests/fuzz/fuzz_expand tests/fuzz/fuzz_filter tests/fuzz/fuzz_flows \
	tests/fuzz/fuzz_load tests/fuzz/fuzz_params tests/fuzz/fuzz_script tests/fuzz/fuzz_settings
check_PROGRAMS += $(KS_FUZZ_TARGETS)
TESTS += tests/fuzz/corpus.sh tests/fuzz/attacks.py tests/fuzz/crooked.py tests/fuzz/hostile.py tests/fuzz/endurance.py
EXTRA_DIST += tests/fuzz/corpus.sh tests/fuzz/attacks.py tests/fuzz/crooked.py tests/fuzz/hostile.py tests/fuzz/endurance.py tests/fuzz/make-corpus.py tests/fuzz/corpus tests/fuzz/uncounted
KS_FUZZ_LIBS = libcapture.a libbase.a $(KS_EXTERNAL)
KS_FUZZ_LINK = $(AM_LDFLAGS) $(KS_FUZZ_LD)
KS_FUZZ_INCLUDE = $(AM_CPPFLAGS) -I$(top_srcdir)/tests
if LIBFUZZER
KS_FUZZ_MAIN =
else
KS_FUZZ_MAIN = tests/fuzz/driver.c
endif
tests_fuzz_fuzz_allow_SOURCES = tests/fuzz/fuzz_allow.c tests/fuzz/fuzz.h tests/unit/make_log.h $(KS_FUZZ_MAIN)
tests_fuzz_fuzz_allow_CPPFLAGS = $(KS_FUZZ_INCLUDE)
tests_fuzz_fuzz_allow_LDADD = $(KS_ENGINE) $(KS_EXTERNAL)
tests_fuzz_fuzz_allow_LDFLAGS = $(KS_FUZZ_LINK)
tests_fuzz_fuzz_decode_SOURCES = tests/fuzz/fuzz_decode.c tests/fuzz/fuzz.h $(KS_FUZZ_MAIN)
tests_fuzz_fuzz_decode_CPPFLAGS = $(KS_FUZZ_INCLUDE)
tests_fuzz_fuzz_decode_LDADD = $(KS_FUZZ_LIBS)
tests_fuzz_fuzz_decode_LDFLAGS = $(KS_FUZZ_LINK)
tests_fuzz_fuzz_expand_SOURCES = tests/fuzz/fuzz_expand.c tests/fuzz/fuzz.h $(KS_FUZZ_MAIN)
tests_fuzz_fuzz_expand_CPPFLAGS = $(KS_FUZZ_INCLUDE)
tests_fuzz_fuzz_expand_LDADD = $(KS_FUZZ_LIBS)
tests_fuzz_fuzz_expand_LDFLAGS = $(KS_FUZZ_LINK)
tests_fuzz_fuzz_filter_SOURCES = tests/fuzz/fuzz_filter.c tests/fuzz/fuzz.h tests/unit/make_log.h $(KS_FUZZ_MAIN)
tests_fuzz_fuzz_filter_CPPFLAGS = $(KS_FUZZ_INCLUDE)
tests_fuzz_fuzz_filter_LDADD = $(KS_LIBS) $(KS_EXTERNAL)
tests_fuzz_fuzz_filter_LDFLAGS = $(KS_FUZZ_LINK)
tests_fuzz_fuzz_flows_SOURCES = tests/fuzz/fuzz_flows.c tests/fuzz/fuzz.h $(KS_FUZZ_MAIN)
tests_fuzz_fuzz_flows_CPPFLAGS = $(KS_FUZZ_INCLUDE)
tests_fuzz_fuzz_flows_LDADD = $(KS_FUZZ_LIBS)
tests_fuzz_fuzz_flows_LDFLAGS = $(KS_FUZZ_LINK)
tests_fuzz_fuzz_load_SOURCES = tests/fuzz/fuzz_load.c tests/fuzz/fuzz.h $(KS_FUZZ_MAIN)
tests_fuzz_fuzz_load_CPPFLAGS = $(KS_FUZZ_INCLUDE)
tests_fuzz_fuzz_load_LDADD = $(KS_FUZZ_LIBS)
tests_fuzz_fuzz_load_LDFLAGS = $(KS_FUZZ_LINK)
tests_fuzz_fuzz_params_SOURCES = tests/fuzz/fuzz_params.c tests/fuzz/fuzz.h $(KS_FUZZ_MAIN)
tests_fuzz_fuzz_params_CPPFLAGS = $(KS_FUZZ_INCLUDE)
tests_fuzz_fuzz_params_LDADD = $(KS_ENGINE) $(KS_EXTERNAL)
tests_fuzz_fuzz_params_LDFLAGS = $(KS_FUZZ_LINK)
tests_fuzz_fuzz_script_SOURCES = tests/fuzz/fuzz_script.c tests/fuzz/engine_memo.c tests/fuzz/engine_memo.h tests/fuzz/worker_now.c tests/fuzz/fuzz.h tests/unit/knock_capture.h tests/unit/packets.h tests/unit/frame.h $(KS_FUZZ_MAIN)
tests_fuzz_fuzz_script_CPPFLAGS = $(KS_FUZZ_INCLUDE)
tests_fuzz_fuzz_script_LDADD = $(KS_LIBS) $(KS_EXTERNAL)
tests_fuzz_fuzz_script_LDFLAGS = $(KS_FUZZ_LINK) -Wl,--wrap=fsync,--wrap=ks_app_draw \
	-Wl,--wrap=ks_capture_open,--wrap=ks_mine,--wrap=ks_shifted_make,--wrap=ks_shifted_free,--wrap=ks_knocks_find
tests_fuzz_fuzz_settings_SOURCES = tests/fuzz/fuzz_settings.c tests/fuzz/fuzz.h tests/fuzz/fuzz_file.h $(KS_FUZZ_MAIN)
tests_fuzz_fuzz_settings_CPPFLAGS = $(KS_FUZZ_INCLUDE)
tests_fuzz_fuzz_settings_LDADD = $(KS_LIBS) $(KS_EXTERNAL)
tests_fuzz_fuzz_settings_LDFLAGS = $(KS_FUZZ_LINK)

# AFL++ (Debian: afl++) on the whole reader, in a build of its own below this one, for KS_AFL_SECONDS. It goes on where it stopped; what it finds lies
# in fuzz-afl/findings/default.
KS_AFL_SECONDS = 600
fuzz-afl:
	@command -v afl-clang-fast afl-fuzz >/dev/null || { echo "AFL++ is missing: apt-get install afl++"; exit 1; }
	$(MKDIR_P) fuzz-afl/seeds
	cp -f $(srcdir)/tests/fuzz/corpus/load/* fuzz-afl/seeds
	cd fuzz-afl && { test -f config.status || $(abs_top_srcdir)/configure -q CC=afl-clang-fast --enable-fuzzers CFLAGS='-O2 -g'; } && \
	$(MAKE) $(AM_MAKEFLAGS) tests/fuzz/fuzz_load
	cd fuzz-afl && AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1 AFL_AUTORESUME=1 \
	afl-fuzz -i seeds -o findings -V $(KS_AFL_SECONDS) -- tests/fuzz/fuzz_load
.PHONY: fuzz-afl

# The explorer in use for KS_MINUTES: its memory and open files must not grow.
KS_MINUTES = 60
endurance: knockscope$(EXEEXT)
	$(AM_TESTS_ENVIRONMENT) KS_MINUTES=$(KS_MINUTES) python3 $(srcdir)/tests/fuzz/endurance.py
.PHONY: endurance
