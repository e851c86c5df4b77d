noinst_LIBRARIES += libtui.a
libtui_a_SOURCES = src/tui/actions.c src/tui/actions.def src/tui/actions.h src/tui/app.c src/tui/app.h src/tui/command.c \
	src/tui/describe.c src/tui/draw.c src/tui/dump.c src/tui/edit.c src/tui/edit.h src/tui/effects.h src/tui/filter.c \
	src/tui/filter.h src/tui/frame.c src/tui/globals.c src/tui/globals.h src/tui/glyph.c src/tui/glyph.h src/tui/grid.c \
	src/tui/grid.h src/tui/key.c src/tui/key.h src/tui/layout.c src/tui/layout.h src/tui/loop.c src/tui/loop.h \
	src/tui/model.c src/tui/model.h src/tui/model_jobs.c src/tui/model_jobs.h src/tui/model_allow.c src/tui/model_load.c src/tui/model_text.c \
	src/tui/prompt.h src/tui/screen.h src/tui/script.c src/tui/settings.c src/tui/settings.def src/tui/settings.h \
	src/tui/settings_file.c src/tui/term.c src/tui/term.h src/tui/theme.c src/tui/theme.h src/tui/tui.c src/tui/tui.h \
	src/tui/worker.c src/tui/worker.h \
	src/tui/screen_capture.c src/tui/screen_curve.c src/tui/lanes.c src/tui/lanes.h src/tui/outbound.c src/tui/overview.c src/tui/overview.h src/tui/outbound.h src/tui/screen_export.c src/tui/screen_help.c src/tui/screen_knocks.c src/tui/screen_packets.c src/tui/screen_packet.c src/tui/screen_why.c src/tui/screen_compare.c src/tui/baseline.c src/tui/baseline.h src/tui/screen_allowed.c src/tui/packet.h src/tui/bytes.c src/tui/bytes.h src/tui/screen_log.c src/tui/screen_prompt.c
libtui_a_CFLAGS = $(AM_CFLAGS) $(CURSES_CFLAGS)

# Tune, rules, snapshots
libtui_a_SOURCES += src/tui/advice.c src/tui/advice.h src/tui/scale.c src/tui/scale.h src/tui/screen_tune.c \
	src/tui/screen_tune_finds.c src/tui/screen_tune_heat.c src/tui/screen_tune_params.c src/tui/screen_tune_table.c src/tui/tune.h \
	src/tui/rules.h src/tui/screen_rules.c src/tui/screen_rules_marks.c src/tui/rule.h src/tui/screen_rule.c \
	src/tui/screen_rule_parts.c src/tui/screen_snapshots.c src/tui/screen_window.c

# Keys, settings, the first hint
libtui_a_SOURCES += src/tui/loading.c src/tui/loading.h src/tui/keymap.c src/tui/keymap.h src/tui/screen_settings.c src/tui/screen_welcome.c src/tui/settings_step.c
