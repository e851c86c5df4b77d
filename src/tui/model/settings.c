#include "tui/model/settings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tui/model/effects.h"

static const struct ks_setting_info table[KS_SET_N] = {
#define S(id, name, type, range, standard, effects, help)                                                    \
    [KS_SET_##id] = {name, range, standard, help, KS_TYPE_##type, effects},
#include "tui/model/settings.def"
#undef S
};

const struct ks_setting_info *ks_setting_info(enum ks_setting_id id)
{
    return &table[id];
}

bool ks_setting_find(const char *name, enum ks_setting_id *out)
{
    size_t len = strlen(name);
    unsigned matches = 0;
    for (unsigned i = 0; i < KS_SET_N && len > 0; i++) {
        if (strncmp(table[i].name, name, len) != 0)
            continue;
        *out = (enum ks_setting_id)i;
        if (table[i].name[len] == '\0')
            return true;
        matches++;
    }
    return matches == 1;
}

bool ks_setting_is_parameter(enum ks_setting_id id)
{
    return (table[id].effects & KS_FX_SAVE) == 0;
}

uint32_t ks_settings_habits(void)
{
    uint32_t habits = 0;
    for (unsigned i = 0; i < KS_SET_N; i++)
        habits |= ks_setting_is_parameter((enum ks_setting_id)i) ? 0 : 1u << i;
    return habits;
}

struct ks_habits ks_habits_standard(void)
{
    return (struct ks_habits){.theme = KS_THEME_DARK, .glyphs = KS_GLYPHS_AUTO, .mouse = true, .clipboard = true, .welcome = true};
}

/* The n-th word of a row's range. */
static const char *word(enum ks_setting_id id, unsigned n, char *out, size_t cap)
{
    const char *at = table[id].range;
    for (; n > 0 && *at != '\0'; n--) {
        at += strcspn(at, " ");
        at += *at == ' ';
    }
    snprintf(out, cap, "%.*s", (int)strcspn(at, " "), at);
    return out;
}

static bool choose(enum ks_setting_id id, const char *text, unsigned *out)
{
    char one[32];
    for (unsigned i = 0; word(id, i, one, sizeof one)[0] != '\0'; i++)
        if (strcmp(one, text) == 0) {
            *out = i;
            return true;
        }
    return false;
}

/* Choices keep the order of their enumerations. */
static unsigned get_choice(const struct ks_settings *s, enum ks_setting_id id)
{
    switch (id) {
    case KS_SET_ITEMS:
        return (unsigned)s->params.items;
    case KS_SET_SCOPE:
        return (unsigned)s->params.windowing.scope;
    case KS_SET_INTEREST:
        return (unsigned)s->params.interest;
    case KS_SET_SORT:
        return (unsigned)s->params.sort;
    case KS_SET_THEME:
        return (unsigned)s->habits.theme;
    case KS_SET_GLYPHS:
        return (unsigned)s->habits.glyphs;
    case KS_SET_TIME:
        return s->habits.local_time;
    default:
        return 0;
    }
}

static void set_choice(struct ks_settings *s, enum ks_setting_id id, unsigned n)
{
    if (id == KS_SET_ITEMS)
        s->params.items = (enum ks_items)n;
    else if (id == KS_SET_SCOPE)
        s->params.windowing.scope = (enum ks_scope)n;
    else if (id == KS_SET_INTEREST)
        s->params.interest = (enum ks_interest)n;
    else if (id == KS_SET_SORT)
        s->params.sort = (enum ks_sort)n;
    else if (id == KS_SET_THEME)
        s->habits.theme = (enum ks_theme)n;
    else if (id == KS_SET_GLYPHS)
        s->habits.glyphs = (enum ks_glyphs)n;
    else if (id == KS_SET_TIME)
        s->habits.local_time = n != 0;
}

static bool *flag_of(struct ks_settings *s, enum ks_setting_id id)
{
    return id == KS_SET_REVERSE ? &s->params.reverse
           : id == KS_SET_MOUSE ? &s->habits.mouse
           : id == KS_SET_CLIPBOARD ? &s->habits.clipboard
                                    : &s->habits.welcome;
}

static struct ks_setting *auto_of(struct ks_settings *s, enum ks_setting_id id)
{
    return id == KS_SET_MIN_SUPP ? &s->params.min_supp : id == KS_SET_MIN_INTE ? &s->params.min_inte : &s->params.min_conf;
}

static uint64_t get_count(const struct ks_settings *s, enum ks_setting_id id)
{
    const struct ks_params *p = &s->params;
    return id == KS_SET_STRIDE        ? p->windowing.stride
           : id == KS_SET_MIN_COUNT   ? p->min_count
           : id == KS_SET_MAX_LEN     ? p->max_len
           : id == KS_SET_ACTIVATIONS ? p->activations
           : id == KS_SET_ROTATIONS   ? p->rotations
                                      : p->seed;
}

static void set_count(struct ks_settings *s, enum ks_setting_id id, uint64_t n)
{
    struct ks_params *p = &s->params;
    if (id == KS_SET_STRIDE) /* windows that are not cut by count have none */
        p->windowing.stride = n == 0 && p->windowing.cut == KS_CUT_COUNT ? p->windowing.size : n;
    else if (id == KS_SET_MIN_COUNT)
        p->min_count = (uint32_t)n;
    else if (id == KS_SET_MAX_LEN)
        p->max_len = (unsigned)n;
    else if (id == KS_SET_ACTIVATIONS)
        p->activations = (uint32_t)n;
    else if (id == KS_SET_ROTATIONS)
        p->rotations = (unsigned)n;
    else
        p->seed = n;
}

char *ks_setting_get(const struct ks_settings *settings, enum ks_setting_id id, char *out, size_t cap)
{
    struct ks_settings copy = *settings; /* so that one set of accessors serves both directions */
    switch (table[id].type) {
    case KS_TYPE_CHOICE:
        word(id, get_choice(settings, id), out, cap);
        break;
    case KS_TYPE_SWITCH:
        snprintf(out, cap, "%s", *flag_of(&copy, id) ? "on" : "off");
        break;
    case KS_TYPE_COUNT:
        snprintf(out, cap, "%" PRIu64, get_count(settings, id));
        break;
    case KS_TYPE_REAL:
        ks_format_real(out, cap, settings->params.epsilon);
        break;
    case KS_TYPE_AUTO:
        if (auto_of(&copy, id)->automatic)
            snprintf(out, cap, "auto");
        else
            ks_format_real(out, cap, auto_of(&copy, id)->value);
        break;
    case KS_TYPE_WINDOW:
        ks_windowing_format(out, cap, &settings->params.windowing);
        break;
    }
    return out;
}

static bool read_range_real(enum ks_setting_id id, double *low, double *high)
{
    char from[40], to[40];
    const char *dots = strstr(table[id].range, "..");
    if (dots == NULL)
        return false;
    snprintf(from, sizeof from, "%.*s", (int)(dots - table[id].range), table[id].range);
    snprintf(to, sizeof to, "%s", dots + 2);
    return ks_parse_real(from, -1e300, 1e300, low) && ks_parse_real(to, -1e300, 1e300, high);
}

static bool read_range_count(enum ks_setting_id id, uint64_t *low, uint64_t *high)
{
    char from[40];
    const char *dots = strstr(table[id].range, "..");
    if (dots == NULL)
        return false;
    snprintf(from, sizeof from, "%.*s", (int)(dots - table[id].range), table[id].range);
    return ks_parse_u64(from, 0, UINT64_MAX, low) && ks_parse_u64(dots + 2, 0, UINT64_MAX, high);
}

static bool set_number(struct ks_settings *settings, enum ks_setting_id id, const char *text)
{
    double low, high, real;
    uint64_t from, to, count;
    switch (table[id].type) {
    case KS_TYPE_COUNT:
        if (!read_range_count(id, &from, &to) || !ks_parse_u64(text, from, to, &count))
            return false;
        set_count(settings, id, count);
        return true;
    case KS_TYPE_REAL:
        return read_range_real(id, &low, &high) && ks_parse_real(text, low, high, &settings->params.epsilon);
    case KS_TYPE_AUTO:
        if (strcmp(text, "auto") == 0) {
            auto_of(settings, id)->automatic = true;
            return true;
        }
        if (!read_range_real(id, &low, &high) || !ks_parse_real(text, low, high, &real))
            return false;
        *auto_of(settings, id) = (struct ks_setting){.automatic = false, .value = real};
        return true;
    case KS_TYPE_CHOICE:
    case KS_TYPE_SWITCH:
    case KS_TYPE_WINDOW:
        break;
    }
    return false;
}

struct ks_status ks_setting_set(struct ks_settings *settings, enum ks_setting_id id, const char *text)
{
    const struct ks_setting_info *info = &table[id];
    unsigned choice;
    if (info->type == KS_TYPE_WINDOW)
        return ks_windowing_parse(text, &settings->params.windowing);
    if (info->type == KS_TYPE_CHOICE || info->type == KS_TYPE_SWITCH) {
        if (!choose(id, text, &choice))
            return ks_fail(KS_USAGE, "%s is one of: %s", info->name, info->range);
        if (info->type == KS_TYPE_SWITCH)
            *flag_of(settings, id) = choice == 0;
        else
            set_choice(settings, id, choice);
        return ks_ok();
    }
    if (!set_number(settings, id, text))
        return ks_fail(KS_USAGE, "%s is %s%s", info->name, info->type == KS_TYPE_AUTO ? "auto or a number in " : "a number in ",
                       info->range);
    return ks_ok();
}

unsigned ks_params_effects(const struct ks_params *a, const struct ks_params *b)
{
    struct ks_settings one = {.params = *a}, two = {.params = *b};
    unsigned effects = 0;
    for (unsigned i = 0; i < KS_SET_N; i++) {
        char left[64], right[64];
        enum ks_setting_id id = (enum ks_setting_id)i;
        if (ks_setting_is_parameter(id) &&
            strcmp(ks_setting_get(&one, id, left, sizeof left), ks_setting_get(&two, id, right, sizeof right)) != 0)
            effects |= table[i].effects;
    }
    if (!ks_narrow_same(&a->narrow, &b->narrow))
        effects |= KS_FX_REMINE;
    return effects;
}
