/* The terminal: cells out, keys in. term.c is the only file that knows curses. */
#ifndef KS_TUI_TOOLKIT_TERM_H
#define KS_TUI_TOOLKIT_TERM_H

#include <stdbool.h>

#include "base/status.h"
#include "tui/toolkit/grid.h"
#include "tui/toolkit/key.h"
#include "tui/toolkit/theme.h"

struct ks_term;

struct ks_term_options {
    enum ks_colour colour;
    bool mouse;
};

/* Takes the terminal over: standard input and output where both are one, /dev/tty otherwise. KS_FAILED says why not. One at a time. */
struct ks_status ks_term_open(const struct ks_term_options *options, struct ks_term **out);
/* Gives it back as it was, then shows what was written to standard error meanwhile. NULL is fine. */
void ks_term_close(struct ks_term *term);

/* To be polled for input. */
int ks_term_fd(const struct ks_term *term);
/* 1: a key, or KS_KEY_NONE after much that was none; 0: nothing more to read now; -1: the terminal is gone. */
int ks_term_key(struct ks_term *term, struct ks_key *out);
/* Its present size, asked anew. */
void ks_term_size(struct ks_term *term, int *w, int *h);
/* Sends the cells that changed (all of them for repaint). */
void ks_term_show(struct ks_term *term, const struct ks_grid *grid, enum ks_theme theme, bool mouse, bool repaint);
/* Gives the terminal back, stops the program like Ctrl-Z does elsewhere, and takes the terminal again when it continues. */
void ks_term_suspend(struct ks_term *term);
/* Asks the terminal to take text into its clipboard: OSC 52, what xterm's control sequences document calls "Manipulate Selection Data". */
void ks_term_copy(struct ks_term *term, const char *text);
/* Writes an OSC string that says "frame n is complete and nothing is left to do"; for tests that watch a terminal. */
void ks_term_tell_idle(struct ks_term *term, unsigned long n);

#endif
