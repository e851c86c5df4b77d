/* Asking for a line of text: `:`, `/`, the filter, a path, yes or no. */
#ifndef KS_TUI_APP_PROMPT_H
#define KS_TUI_APP_PROMPT_H

#include "tui/app/app.h"

enum { KS_CANDIDATES = 64 };

/* What could stand at the cursor. */
struct ks_candidates {
    size_t from; /* byte where the word to be replaced starts */
    size_t n;
    char text[KS_CANDIDATES][256]; /* whole words, also with what follows them ("set ", "folder/") */
};

struct ks_prompt_options {
    const char *label;   /* ":" or "export to: "; static */
    const char *initial; /* text to start with; NULL: none */
    struct ks_history *history;
    /* Enter: gets the text; the prompt is already closed. */
    unsigned (*accept)(struct ks_app *app, void *context, const char *text);
    /* After every change, and with NULL when given up. Optional. */
    unsigned (*changed)(struct ks_app *app, void *context, const char *text);
    /* Tab: candidates for the word before byte `at` of text. Optional. */
    void (*complete)(const struct ks_app *app, const char *text, size_t at, struct ks_candidates *out);
    void *context; /* not owned */
};

#endif
