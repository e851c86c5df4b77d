/* The keys in force: those of the table of actions (actions.def) and the user's own, from `bind` and `unbind` lines of the settings file or typed at
 * `:`. One map for the program, changed and asked in the loop's thread only.
 *
 * The user's word stands above the table: a bound key does its action wherever the action is known, and what the table had on the key in those
 * places is gone; an action of one screen leaves an action known everywhere its key on the other screens. The later of two lines for the same key
 * and places holds. Prompts (`:`, `/` ...) take keys as text before any of this. */
#ifndef KS_TUI_TOOLKIT_KEYMAP_H
#define KS_TUI_TOOLKIT_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"
#include "tui/toolkit/actions.h"

enum { KS_KEYS_MAX = 8 /* keys of one action that are told */, KS_BINDINGS = 200 };

/* One line of the user's. */
struct ks_binding {
    uint32_t code;
    enum ks_action action; /* KS_DO_NOTHING: unbound */
    char text[96];         /* what follows the action's name, as at `:`; empty: none */
    unsigned line;         /* of the settings file; 0: typed */
    bool unsaved;          /* typed, and not in the file yet */
};

/* Takes "bind KEY ACTION [TEXT]" or "unbind KEY" (line: its number in the file, 0 when typed). KS_USAGE says what is wrong with it: nothing changed
 * then. note (cap > 0) tells what else changed by it, a conflict with another line or an action left without a key; empty where nothing did. */
struct ks_status ks_keymap_take(const char *words, unsigned line, char *note, size_t cap);
/* Back to the table alone. */
void ks_keymap_reset(void);

/* The action of a key at a place; *text (may be NULL) what follows it, or NULL. KS_DO_NOTHING for none. */
enum ks_action ks_keymap_find(uint32_t code, unsigned place, const char **text);
/* The keys that do an action without text; the user's first. Returns how many stand in out. */
size_t ks_keymap_keys(enum ks_action action, uint32_t out[KS_KEYS_MAX]);

/* All of them as labels: "j ↓"; as many as fit. Returns out. */
char *ks_keymap_labels(char *out, size_t cap, enum ks_action action);

/* The user's lines, oldest first. */
const struct ks_binding *ks_keymap_bindings(size_t *n);
/* A line as it is written: "bind <F5> set min-supp 0.3". Returns out. */
char *ks_binding_text(char *out, size_t cap, const struct ks_binding *binding);
/* Whether this line of a settings file is made void by a typed one that is not saved yet; and: all are saved now. */
bool ks_keymap_replaces(const char *words);
void ks_keymap_saved(void);

#endif
