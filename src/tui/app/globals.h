/* Actions that mean the same on every screen. */
#ifndef KS_TUI_APP_GLOBALS_H
#define KS_TUI_APP_GLOBALS_H

#include "tui/app/app.h"

/* Does an action that the screen on top did not want; 0 where it means nothing at all. */
unsigned ks_global_act(struct ks_app *app, const struct ks_request *request);

/* Splits text at blanks ("\ " is a blank inside a word) into at most cap words; the words are copies to be freed by ks_free each. False when out
 * of memory (nothing to free). */
bool ks_split_words(const char *text, char **words, size_t cap, size_t *n);

/* Asks for an entry of the allow list, starting from `initial` ("445,139 10.0.0.7 # "). Effects. */
unsigned ks_ask_allow(struct ks_app *app, const char *initial);

#endif
