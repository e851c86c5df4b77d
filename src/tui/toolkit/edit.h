/* A line of text being edited, with history. Pure: no drawing loop, no terminal. */
#ifndef KS_TUI_TOOLKIT_EDIT_H
#define KS_TUI_TOOLKIT_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "tui/toolkit/grid.h"
#include "tui/toolkit/key.h"

enum { KS_EDIT_MAX = 1024, KS_HISTORY_MAX = 100 };

/* What was entered before, oldest first. Zero-initialise; freed by ks_history_free. */
struct ks_history {
    char *line[KS_HISTORY_MAX];
    size_t n;
};
void ks_history_add(struct ks_history *history, const char *line);
void ks_history_free(struct ks_history *history);

struct ks_edit {
    char text[KS_EDIT_MAX]; /* UTF-8 */
    size_t n;               /* bytes */
    size_t at;              /* the cursor, at a character's start */
    struct ks_history *history; /* may be NULL */
    size_t recall;          /* which line is shown; history->n: the one being typed */
    char draft[KS_EDIT_MAX]; /* what was typed before going up */
};

void ks_edit_set(struct ks_edit *edit, const char *text);
/* Does what a key means in a line (insert, move by character and word, delete, history); false for a key that means nothing here. Enter,
 * Tab and Escape are the caller's. */
bool ks_edit_key(struct ks_edit *edit, struct ks_key key);
/* Replaces bytes from..cursor by text. */
void ks_edit_replace(struct ks_edit *edit, size_t from, const char *text);
/* Draws it into w columns at x, y, scrolled so that the cursor is seen, and shows the cursor. */
void ks_edit_draw(const struct ks_edit *edit, struct ks_canvas canvas, int x, int y, int w);

#endif
