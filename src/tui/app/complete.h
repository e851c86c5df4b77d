/* What could stand at the cursor of a prompt. */
#ifndef KS_TUI_APP_COMPLETE_H
#define KS_TUI_APP_COMPLETE_H

#include "tui/app/prompt.h"

/* Candidates for a `:` command: names of actions, settings and their values, files. */
void ks_complete_command(const struct ks_app *app, const char *text, size_t at, struct ks_candidates *out);
/* Candidates for a path; the word may be quoted by no means, so blanks are part of it where `whole` is set (the text is one path). */
void ks_complete_path(const struct ks_app *app, const char *text, size_t at, struct ks_candidates *out);
/* Adds a candidate if it starts with the word typed so far. */
void ks_candidate_add(struct ks_candidates *out, const char *word, size_t len, const char *text, const char *tail);

#endif
