#include "tui/toolkit/actions.h"

#include <string.h>

#include "tui/toolkit/key.h"

static const struct ks_action_info table[KS_DO_N] = {
    [KS_DO_NOTHING] = {.name = "", .keys = "", .hint = "", .help = ""},
#define A(id, name, keys, where, group, argument, when, hint, help)                                          \
    [KS_DO_##id] = {name, keys, hint, help, where, KS_GROUP_##group, KS_ARG_##argument, KS_WHEN_##when},
#include "tui/toolkit/actions.def"
#undef A
};

const struct ks_action_info *ks_action_info(enum ks_action action)
{
    return &table[action];
}

const char *ks_group_title(enum ks_group group)
{
    static const char *const title[KS_GROUP_N] = {"Moving", "Parameters", "Lists", "Capture", "Screens", "Program"};
    return title[group];
}

const char *ks_argument_text(enum ks_argument argument)
{
    static const char *const text[] = {
        [KS_ARG_NONE] = "",
        [KS_ARG_TEXT] = "[TEXT]",
        [KS_ARG_NUMBER] = "NUMBER",
        [KS_ARG_FILE] = "FILE",
        [KS_ARG_FILES] = "FILE...",
        [KS_ARG_SETTING] = "NAME [VALUE]",
        [KS_ARG_SORT] = "[KEY]",
        [KS_ARG_FILTER] = "[FILTER]",
        [KS_ARG_PRESET] = "[hunt|paper]",
        [KS_ARG_EXPORT] = "[FORMAT [FILE]]",
        [KS_ARG_SETTING_NAME] = "[SETTING]",
        [KS_ARG_BIND] = "KEY ACTION [TEXT]",
        [KS_ARG_NARROW] = "[host ADDRESS | time FROM TO]",
    };
    return text[argument];
}

enum ks_action ks_action_find(const char *name, size_t len)
{
    enum ks_action found = KS_DO_NOTHING;
    unsigned matches = 0;
    for (unsigned i = 1; i < KS_DO_N && len > 0; i++) {
        if (strncmp(table[i].name, name, len) != 0)
            continue;
        if (table[i].name[len] == '\0')
            return (enum ks_action)i;
        found = (enum ks_action)i;
        matches++;
    }
    return matches == 1 ? found : KS_DO_NOTHING;
}

static bool has_key(const char *keys, uint32_t code)
{
    while (*keys != '\0') {
        struct ks_key key;
        if (*keys == ' ')
            keys++;
        else if (!ks_key_parse(&keys, &key))
            return false;
        else if (key.code == code)
            return true;
    }
    return false;
}

enum ks_action ks_action_of_key(uint32_t code, unsigned place)
{
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 1; i < KS_DO_N; i++)
            if ((table[i].where & (pass == 0 ? place : KS_ON_ANY)) != 0 && has_key(table[i].keys, code))
                return (enum ks_action)i;
    return KS_DO_NOTHING;
}
