/* The two ways to run the explorer: on a terminal, and by a script without one. */
#ifndef KS_TUI_LOOP_H
#define KS_TUI_LOOP_H

#include "tui/app/app.h"

/* Runs on app->term until the user, a signal or the terminal's end says stop. Returns the signal to die of, or 0. */
int ks_loop_run(struct ks_app *app);

/* Runs the steps of a script (script.c documents the language). The status tells the first step that could not be read; *all_taken (set with
 * KS_OK) whether no command was refused. */
struct ks_status ks_script_run(struct ks_app *app, const char *path, bool *all_taken);

#endif
