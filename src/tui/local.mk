# The explorer: a folder includes only those that stand above it here, and its door (tui.h, options.h)
noinst_LIBRARIES += libtui.a

# Cells, keys, themes, layout, the terminal: knows nothing of captures
libtui_a_SOURCES = src/tui/toolkit/actions.c src/tui/toolkit/actions.def src/tui/toolkit/actions.h src/tui/toolkit/draw.c \
	src/tui/toolkit/edit.c src/tui/toolkit/edit.h src/tui/toolkit/glyph.c src/tui/toolkit/glyph.h src/tui/toolkit/grid.c \
	src/tui/toolkit/grid.h src/tui/toolkit/key.c src/tui/toolkit/key.h src/tui/toolkit/keymap.c src/tui/toolkit/keymap.h \
	src/tui/toolkit/layout.c src/tui/toolkit/layout.h src/tui/toolkit/term.c src/tui/toolkit/term.h src/tui/toolkit/theme.c \
	src/tui/toolkit/theme.h

# What the screens show, and the work off the loop
libtui_a_SOURCES += src/tui/model/advice.c src/tui/model/advice.h src/tui/model/baseline.c src/tui/model/baseline.h src/tui/model/bytes.c \
	src/tui/model/bytes.h src/tui/model/effects.h src/tui/model/filter.c src/tui/model/filter.h src/tui/model/later.c src/tui/model/later.h src/tui/model/plane.c src/tui/model/plane.h \
	src/tui/model/model.c src/tui/model/model.h \
	src/tui/model/model_allow.c src/tui/model/model_jobs.c src/tui/model/model_jobs.h src/tui/model/model_load.c src/tui/model/model_text.c src/tui/model/model_whole.c \
	src/tui/model/outbound.c src/tui/model/outbound.h src/tui/model/overview.c src/tui/model/overview.h src/tui/model/scale.c \
	src/tui/model/scale.h src/tui/model/settings.c src/tui/model/settings.def src/tui/model/settings.h src/tui/model/settings_file.c \
	src/tui/model/settings_step.c src/tui/model/worker.c src/tui/model/worker.h

# The stack of screens, its frame, prompts, actions and dumps
libtui_a_SOURCES += src/tui/app/act.c src/tui/app/app.c src/tui/app/app.h src/tui/app/complete.c src/tui/app/complete.h \
	src/tui/app/dump.c src/tui/app/dump.h src/tui/app/frame.c src/tui/app/globals.c src/tui/app/globals.h \
	src/tui/app/loading.c src/tui/app/loading.h src/tui/app/prompt.c src/tui/app/prompt.h src/tui/app/screen.h

# One file per screen, or a few that share a header
libtui_a_SOURCES += src/tui/screens/allowed.c src/tui/screens/capture.c src/tui/screens/compare.c src/tui/screens/curve.c \
	src/tui/screens/export.c src/tui/screens/help.c src/tui/screens/knocks.c src/tui/screens/lanes.c src/tui/screens/lanes.h \
	src/tui/screens/log.c src/tui/screens/packet.c src/tui/screens/packet.h src/tui/screens/packets.c src/tui/screens/rule.c \
	src/tui/screens/rule.h src/tui/screens/rule_parts.c src/tui/screens/rules.c src/tui/screens/rules.h src/tui/screens/rules_marks.c \
	src/tui/screens/settings.c src/tui/screens/snapshots.c src/tui/screens/tune.c src/tui/screens/tune_panes.h src/tui/screens/tune_finds.c \
	src/tui/screens/tune_heat.c src/tui/screens/tune_params.c src/tui/screens/tune_table.c src/tui/screens/welcome.c src/tui/screens/why.c \
	src/tui/screens/window.c

# The loop and scripts
libtui_a_SOURCES += src/tui/describe.c src/tui/loop.c src/tui/loop.h src/tui/options.h src/tui/script.c src/tui/tui.c src/tui/tui.h

libtui_a_CFLAGS = $(AM_CFLAGS) $(CURSES_CFLAGS) $(KS_FUZZ_EDGES)
