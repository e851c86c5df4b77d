/* What a screen is. To add one:
 *
 * 1. Write src/tui/screens/NAME.c with one `const struct ks_screen_ops ks_screen_NAME` (screens/capture.c is the pattern).
 * 2. Add its row to KS_SCREENS below and the file to local.mk.
 * 3. Its own keys: rows in actions.def for its place (KS_ON_...). Open it from elsewhere with ks_open(app, "NAME", text, number).
 *
 * A screen never draws outside `draw`, never waits, never names another screen's functions. Its state is its own memory, made by `open`.
 * All callbacks but draw and dump get the app and may read everything in app->model; they change the model only by the functions of
 * model.h, and return effects (effects.h; KS_FX_DONE is the usual answer, 0 means "not mine"). */
#ifndef KS_TUI_APP_SCREEN_H
#define KS_TUI_APP_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "tui/toolkit/actions.h"
#include "tui/toolkit/grid.h"
#include "tui/toolkit/key.h"

struct ks_app;

/* One action asked for. */
struct ks_request {
    enum ks_action action;
    const char *text; /* what followed the command's name; NULL when it came by key or click */
    int64_t number;   /* of the clicked zone (ks_zone), or of `:go N` counted from 0; 0 by key */
    bool clicked;
    bool command;     /* typed at `:` or in a script: that it does nothing here is to be told */
    int x, y; /* of a click: cells from the zone's top left corner */
};

struct ks_screen_ops {
    const char *name;  /* "rules": for ks_open, `:` and dumps */
    const char *title; /* "Rules" */
    unsigned place;    /* KS_ON_RULES: its keys in actions.def */
    char digit;        /* '3' for a main screen (in line 1, keeps its state), 0 for one that is opened on top */
    bool overlay;      /* drawn over the screen below instead of in its place */

    /* Makes the state for what text and number say; NULL with a message said: not opened. Required. */
    void *(*open)(struct ks_app *app, const char *text, int64_t number);
    /* Frees it. Required. */
    void (*close)(struct ks_app *app, void *state);
    /* Before every frame: fits lists and scroll positions to w x h cells, computes what draw shall only copy. Optional. */
    void (*layout)(struct ks_app *app, void *state, int w, int h);
    /* Draws; the canvas is what lies between line 1 and the last line, or the whole screen for an overlay. Required. */
    void (*draw)(const struct ks_app *app, const void *state, struct ks_canvas canvas);
    /* Does an action. Optional, but then nothing can be done on it. */
    unsigned (*act)(struct ks_app *app, void *state, const struct ks_request *request);
    /* Sees keys before the table of actions does, for typing text; 0 passes the key on. Optional. */
    unsigned (*key)(struct ks_app *app, void *state, struct ks_key key);
    /* Results in the model changed (compare model.generation and its kin). Optional. */
    void (*changed)(struct ks_app *app, void *state);
    /* false: this action is of no use right now, so the footer does not offer it. Optional. */
    bool (*can)(const struct ks_app *app, const void *state, enum ks_action action);
    /* Moves to the next match of text: direction +1 or -1, 0 from the cursor on (while typing). False where there is none. Optional. */
    bool (*search)(struct ks_app *app, void *state, const char *text, int direction);
    /* Right part of the last line, when there is no message; the model's summary where NULL. */
    void (*summary)(const struct ks_app *app, const void *state, char *out, size_t cap);
    /* "name value" lines for :dump-model. Optional. */
    void (*dump)(const struct ks_app *app, const void *state, struct ks_text *out);
};

struct ks_screen {
    const struct ks_screen_ops *ops; /* NULL: not open */
    void *state;
};

/* All screens. Main ones first, in the order of their digits. R(NAME) */
#define KS_SCREENS(R)                                                                                        \
    R(tune)                                                                                                  \
    R(curve)                                                                                                 \
    R(rules)                                                                                                 \
    R(knocks)                                                                                                \
    R(capture)                                                                                               \
    R(export)                                                                                                \
    R(packets)                                                                                               \
    R(packet)                                                                                                \
    R(rule)                                                                                                  \
    R(snapshots)                                                                                             \
    R(allowed)                                                                                               \
    R(compare)                                                                                               \
    R(why)                                                                                                   \
    R(window)                                                                                                \
    R(settings)                                                                                              \
    R(welcome)                                                                                               \
    R(help)                                                                                                  \
    R(log)                                                                                                   \
    R(prompt)

#define R(name) extern const struct ks_screen_ops ks_screen_##name;
KS_SCREENS(R)
#undef R

enum { KS_MAIN_SCREENS = 5 }; /* at most: digits 1 to 5 */

/* The screen of a name; NULL where there is none. */
const struct ks_screen_ops *ks_screen_find(const char *name);
/* The n-th main screen (0 ...) in the order of digits; NULL beyond the last. */
const struct ks_screen_ops *ks_screen_main(size_t n);

#endif
