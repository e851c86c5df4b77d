/* The two ways to run the explorer: on a terminal, and by a script without one. */
#ifndef KS_TUI_LOOP_H
#define KS_TUI_LOOP_H

#include "tui/app/app.h"

/* From watching on, signals wait for the loop. It begins before the terminal is changed (curses would have handlers of its own, which
 * leave the mouse on) and ends when it has been given back. False: no pipe could be made. */
bool ks_loop_watch(void);
void ks_loop_unwatch(void);

/* Runs on app->term, while signals are watched, until the user, a signal or the terminal's end says stop. Returns the signal to die of, or 0. */
int ks_loop_run(struct ks_app *app);

/* Runs the steps of a script (script.c documents the language). The status tells the first step that could not be read; *all_taken (set with
 * KS_OK) whether no command was refused. */
struct ks_status ks_script_run(struct ks_app *app, const char *path, bool *all_taken);

#endif
