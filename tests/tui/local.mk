# tests/tui: the explorer, its parts alone, by scripts, and on a pseudo-terminal
if HAVE_VTERM
check_PROGRAMS += tests/tui/test_terminal
TESTS += tests/tui/test_terminal
tests_tui_test_terminal_SOURCES = tests/tui/test_terminal.c tests/tui/pty.c tests/tui/pty.h
tests_tui_test_terminal_CPPFLAGS = $(KS_TEST_CPPFLAGS) $(VTERM_CFLAGS)
tests_tui_test_terminal_LDADD = $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
check_PROGRAMS += tests/tui/test_start
TESTS += tests/tui/test_start
tests_tui_test_start_SOURCES = tests/tui/test_start.c tests/tui/pty.c tests/tui/pty.h
tests_tui_test_start_CPPFLAGS = $(KS_TEST_CPPFLAGS) $(VTERM_CFLAGS)
tests_tui_test_start_LDADD = $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
check_PROGRAMS += tests/tui/test_matrix
TESTS += tests/tui/test_matrix
tests_tui_test_matrix_SOURCES = tests/tui/test_matrix.c tests/tui/pty.c tests/tui/pty.h
tests_tui_test_matrix_CPPFLAGS = $(KS_TEST_CPPFLAGS) $(VTERM_CFLAGS)
tests_tui_test_matrix_LDADD = $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
check_PROGRAMS += tests/tui/test_siege
TESTS += tests/tui/test_siege
tests_tui_test_siege_SOURCES = tests/tui/test_siege.c tests/tui/pty.c tests/tui/pty.h
tests_tui_test_siege_CPPFLAGS = $(KS_TEST_CPPFLAGS) $(VTERM_CFLAGS)
tests_tui_test_siege_LDADD = $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
check_PROGRAMS += tests/tui/test_noise
TESTS += tests/tui/test_noise
tests_tui_test_noise_SOURCES = tests/tui/test_noise.c tests/tui/pty.c tests/tui/pty.h
tests_tui_test_noise_CPPFLAGS = $(KS_TEST_CPPFLAGS) $(VTERM_CFLAGS)
tests_tui_test_noise_LDADD = $(VTERM_LIBS) $(CMOCKA_LIBS) -lutil
endif
TESTS += tests/tui/test_scripts.py tests/tui/test_settings.py tests/tui/test_tuning.py tests/tui/test_monkey.py
EXTRA_DIST += tests/tui/test_scripts.py tests/tui/test_settings.py tests/tui/test_tuning.py tests/tui/test_monkey.py
check_PROGRAMS += tests/tui/test_parts
TESTS += tests/tui/test_parts
tests_tui_test_parts_SOURCES = tests/tui/test_parts.c
tests_tui_test_parts_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_tui_test_parts_LDADD = $(KS_LIBS) $(KS_EXTERNAL) $(CMOCKA_LIBS)
check_PROGRAMS += tests/tui/test_keymap
TESTS += tests/tui/test_keymap
tests_tui_test_keymap_SOURCES = tests/tui/test_keymap.c
tests_tui_test_keymap_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_tui_test_keymap_LDADD = $(KS_LIBS) $(KS_EXTERNAL) $(CMOCKA_LIBS)
check_PROGRAMS += tests/tui/test_loading
TESTS += tests/tui/test_loading
tests_tui_test_loading_SOURCES = tests/tui/test_loading.c
tests_tui_test_loading_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_tui_test_loading_LDADD = $(KS_LIBS) $(KS_EXTERNAL) $(CMOCKA_LIBS)
check_PROGRAMS += tests/tui/test_worker
TESTS += tests/tui/test_worker
tests_tui_test_worker_SOURCES = tests/tui/test_worker.c
tests_tui_test_worker_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_tui_test_worker_LDADD = $(KS_LIBS) $(KS_EXTERNAL) $(CMOCKA_LIBS)
check_PROGRAMS += tests/tui/test_tune
TESTS += tests/tui/test_tune
tests_tui_test_tune_SOURCES = tests/tui/test_tune.c
tests_tui_test_tune_CPPFLAGS = $(KS_TEST_CPPFLAGS)
tests_tui_test_tune_LDADD = $(KS_LIBS) $(KS_EXTERNAL) $(CMOCKA_LIBS)

# 100,000 keys and 5,000 bursts of bytes instead of the few of `make check`
monkey: all
	KS_MONKEY=100000 KS_NOISE=5000 $(MAKE) $(AM_MAKEFLAGS) check TESTS='tests/tui/test_monkey.py tests/tui/test_noise'
