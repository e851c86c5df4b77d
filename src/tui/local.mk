noinst_LIBRARIES += libtui.a
libtui_a_SOURCES = src/tui/tui.h
libtui_a_CFLAGS = $(AM_CFLAGS) $(CURSES_CFLAGS)
