/* Actions: what a key, a click or a `:` command asks for. The one table is actions.def. */
#ifndef KS_TUI_TOOLKIT_ACTIONS_H
#define KS_TUI_TOOLKIT_ACTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ks_action {
    KS_DO_NOTHING,
#define A(id, name, keys, where, group, argument, when, hint, help) KS_DO_##id,
#include "tui/toolkit/actions.def"
#undef A
    KS_DO_N
};

/* Places: which screen has the keys. A screen's ops name one; rows of the table name any number. */
enum {
    KS_ON_ANY = 1u << 0,
    KS_ON_TUNE = 1u << 1,
    KS_ON_CURVE = 1u << 2,
    KS_ON_RULES = 1u << 3,
    KS_ON_RULE = 1u << 4,
    KS_ON_KNOCKS = 1u << 5,
    KS_ON_KNOCK = 1u << 6,
    KS_ON_PACKETS = 1u << 7,
    KS_ON_CAPTURE = 1u << 8,
    KS_ON_COMPARE = 1u << 9,
    KS_ON_SNAPSHOTS = 1u << 10,
    KS_ON_EXPORT = 1u << 11,
    KS_ON_SETTINGS = 1u << 12,
    KS_ON_HELP = 1u << 13,
    KS_ON_LOG = 1u << 14,
    KS_ON_PROMPT = 1u << 15,
    KS_ON_PACKET = 1u << 16,
    KS_ON_WHY = 1u << 17,
    KS_ON_ALLOWED = 1u << 18
};

enum ks_group { KS_GROUP_MOVE, KS_GROUP_PARAMETER, KS_GROUP_LIST, KS_GROUP_CAPTURE, KS_GROUP_SCREEN, KS_GROUP_PROGRAM, KS_GROUP_N };

enum ks_argument {
    KS_ARG_NONE, KS_ARG_TEXT, KS_ARG_NUMBER, KS_ARG_FILE, KS_ARG_FILES, KS_ARG_SETTING, KS_ARG_SORT, KS_ARG_FILTER,
    KS_ARG_PRESET, KS_ARG_EXPORT, KS_ARG_NARROW, KS_ARG_BIND,
    KS_ARG_SETTING_NAME
};

/* What must be there for an action to make sense; app.c answers. */
enum ks_when {
    KS_WHEN_ALWAYS, KS_WHEN_CAPTURE, KS_WHEN_MINED, KS_WHEN_KNOCKS, KS_WHEN_MARKS, KS_WHEN_UNDO, KS_WHEN_REDO,
    KS_WHEN_SNAPSHOTS, KS_WHEN_FILTERED, KS_WHEN_NARROWED, KS_WHEN_STOPPED
};

struct ks_action_info {
    const char *name, *keys, *hint, *help;
    unsigned where;
    enum ks_group group;
    enum ks_argument argument;
    enum ks_when when;
};

/* Row of an action (KS_DO_NOTHING < action < KS_DO_N). */
const struct ks_action_info *ks_action_info(enum ks_action action);
const char *ks_group_title(enum ks_group group);
/* What an argument looks like in help: "FILE", "" for none. */
const char *ks_argument_text(enum ks_argument argument);
/* The action of a name; KS_DO_NOTHING for an unknown one. A unique beginning is enough. */
enum ks_action ks_action_find(const char *name, size_t len);
/* The action that the table has on a key at a place: the place's own row first, then KS_ON_ANY; KS_DO_NOTHING for none. keymap.h knows the keys in
 * force. */
enum ks_action ks_action_of_key(uint32_t code, unsigned place);
/* The label of an action's first key in force ("" without one). Returns out. */
char *ks_action_key_label(char *out, size_t cap, enum ks_action action);

#endif
