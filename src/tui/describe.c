/* The explorer's tables as lines of text, for the manual page and the shells' completions. */
#include <stdio.h>
#include <string.h>

#include "tui/toolkit/actions.h"
#include "tui/model/settings.h"
#include "tui/tui.h"

static const char *const type_names[] = {"choice", "switch", "count", "real", "auto", "window"};

static void places(unsigned where, char *out, size_t cap)
{
    static const char *const name[] = {"everywhere", "tune",    "curve",     "rules",  "rule",     "knocks", "knock", "packets",
                                       "capture",    "compare", "snapshots", "export", "settings", "help",   "log",   "prompt",
                                       "packet",     "why",     "allowed"};
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < sizeof name / sizeof *name; i++) {
        int n = where >> i & 1 ? snprintf(out + used, cap - used, "%s%s", used > 0 ? "," : "", name[i]) : 0;
        used += n > 0 && (size_t)n < cap - used ? (size_t)n : 0;
    }
}

/* Text for man(7): backslashes and a leading dot or quote would be commands. */
static void man_text(const char *text)
{
    if (*text == '.' || *text == '\'')
        fputs("\\&", stdout);
    for (; *text != '\0'; text++) {
        if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '-')
            fputs("\\-", stdout);
        else
            putchar(*text);
    }
}

static void man_actions(void)
{
    for (unsigned g = 0; g < KS_GROUP_N; g++) {
        printf(".SS %s\n", ks_group_title((enum ks_group)g));
        for (unsigned i = 1; i < KS_DO_N; i++) {
            const struct ks_action_info *info = ks_action_info((enum ks_action)i);
            char where[128];
            if (info->group != (enum ks_group)g)
                continue;
            fputs(".TP\n.B \"", stdout);
            man_text(info->keys);
            fputs(info->keys[0] != '\0' ? "   :" : ":", stdout);
            man_text(info->name);
            fputs("\"\n", stdout);
            if (info->argument != KS_ARG_NONE) {
                fputs(".RI ( ", stdout);
                man_text(ks_argument_text(info->argument));
                fputs(" )\n", stdout);
            }
            man_text(info->help);
            places(info->where & ~(unsigned)KS_ON_ANY, where, sizeof where);
            if (where[0] != '\0')
                printf(" (%s)", where);
            fputs(".\n", stdout);
        }
    }
}

static void man_settings(void)
{
    puts(".SS Settings");
    for (unsigned i = 0; i < KS_SET_N; i++) {
        const struct ks_setting_info *info = ks_setting_info((enum ks_setting_id)i);
        fputs(".TP\n.B ", stdout);
        man_text(info->name);
        fputs("\n", stdout);
        man_text(info->help);
        fputs(" (", stdout);
        man_text(info->range);
        fputs("; standard: ", stdout);
        man_text(info->standard);
        fputs(").\n", stdout);
    }
}

bool ks_tui_describe(const char *what)
{
    char where[128];
    if (strcmp(what, "actions") == 0 || strcmp(what, "keys") == 0) {
        for (unsigned i = 1; i < KS_DO_N; i++) {
            const struct ks_action_info *info = ks_action_info((enum ks_action)i);
            places(info->where, where, sizeof where);
            if (what[0] == 'a')
                printf("%s\t%s\t%s\t%s\t%s\t%s\n", info->name, info->keys, where, ks_group_title(info->group),
                       ks_argument_text(info->argument), info->help);
            else if (info->keys[0] != '\0')
                printf("%s\t%s\t%s\n", info->keys, where, info->help);
        }
        return true;
    }
    if (strcmp(what, "settings") == 0) {
        for (unsigned i = 0; i < KS_SET_N; i++) {
            const struct ks_setting_info *info = ks_setting_info((enum ks_setting_id)i);
            printf("%s\t%s\t%s\t%s\t%s\n", info->name, type_names[info->type], info->range, info->standard, info->help);
        }
        return true;
    }
    if (strcmp(what, "man") != 0)
        return false;
    man_actions();
    man_settings();
    return true;
}
