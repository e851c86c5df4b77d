/* The model's own state: messages, parameters with their history, marks. What works on it is in the files beside this one, which use it. */
#include "tui/model/model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "tui/model/effects.h"

void ks_say(struct ks_model *model, enum ks_level level, const char *format, ...)
{
    struct ks_message *m = &model->messages[model->n_messages++ % KS_MESSAGES];
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ks_shorten(m->text, sizeof m->text, text, strlen(text));
    m->level = level;
    m->at = 0;
    struct timespec now;
    if (!model->scripted && clock_gettime(CLOCK_REALTIME, &now) == 0)
        m->at = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void ks_say_status(struct ks_model *model, struct ks_status status)
{
    if (status.code != KS_OK && status.code != KS_CANCELLED)
        ks_say(model, status.code == KS_PARTIAL || status.code == KS_LIMIT ? KS_SAY_WARN : KS_SAY_BAD, "%s", status.message);
}

unsigned ks_model_change(struct ks_model *model, const struct ks_params *params, const char *what, bool merge)
{
    unsigned effects = ks_params_effects(&model->settings.params, params);
    if (effects == 0)
        return KS_FX_HANDLED;
    bool last = model->did_at > 0 && model->did_at == model->n_did && !model->did_allow[model->did_at - 1];
    bool same = merge && last && model->now > 0 && strcmp(model->history_what[model->now], what) == 0;
    if (!same) {
        ks_model_did(model, false);
        if (model->now + 1 == KS_UNDO) {
            memmove(model->history, model->history + 1, (KS_UNDO - 1) * sizeof *model->history);
            memmove(model->history_what, model->history_what + 1, (KS_UNDO - 1) * sizeof *model->history_what);
            model->now--;
        }
        model->now++;
        model->n_history = model->now + 1;
    }
    model->history[model->now] = *params;
    snprintf(model->history_what[model->now], sizeof model->history_what[0], "%s", what);
    model->settings.params = *params;
    return effects | KS_FX_DONE;
}

void ks_model_allow_no_redo(struct ks_model *model)
{
    while (model->n_allow_after > 0)
        ks_free(model->allow_after[--model->n_allow_after]);
}

void ks_model_did(struct ks_model *model, bool allow)
{
    if (model->did_at == KS_DID) {
        memmove(model->did_allow, model->did_allow + 1, (KS_DID - 1) * sizeof *model->did_allow);
        model->did_at--;
    }
    model->did_allow[model->did_at++] = allow;
    model->n_did = model->did_at;
    ks_model_allow_no_redo(model);
    model->n_history = model->now + 1;
}

struct ks_status ks_model_set(struct ks_model *model, const char *name, const char *value, unsigned *effects)
{
    enum ks_setting_id id;
    char now[64];
    *effects = KS_FX_DONE;
    if (!ks_setting_find(name, &id))
        return ks_fail(KS_USAGE, "no setting is called %s", name);
    const struct ks_setting_info *info = ks_setting_info(id);
    if (value[0] == '\0') {
        ks_say(model, KS_SAY_INFO, "%s = %s (%s; standard: %s)", info->name,
               ks_setting_get(&model->settings, id, now, sizeof now), info->range, info->standard);
        return ks_ok();
    }
    struct ks_settings changed = model->settings;
    struct ks_status status = ks_setting_set(&changed, id, value);
    if (!ks_is_ok(status))
        return status;
    if (ks_setting_is_parameter(id)) {
        *effects = ks_model_change(model, &changed.params, info->name, false);
    } else {
        model->settings.habits = changed.habits;
        model->settings.kept |= 1u << id;
        *effects = info->effects | KS_FX_DONE;
    }
    ks_say(model, KS_SAY_INFO, "%s = %s", info->name, ks_setting_get(&model->settings, id, now, sizeof now));
    return status;
}

double ks_model_threshold(const struct ks_model *model, enum ks_setting_id threshold)
{
    return threshold == KS_SET_MIN_SUPP   ? model->choice.min_supp
           : threshold == KS_SET_MIN_INTE ? model->choice.min_inte
                                          : model->choice.min_conf;
}

unsigned ks_model_set_threshold(struct ks_model *model, enum ks_setting_id threshold, double value)
{
    struct ks_params params = model->settings.params;
    struct ks_setting *setting = threshold == KS_SET_MIN_SUPP   ? &params.min_supp
                                 : threshold == KS_SET_MIN_INTE ? &params.min_inte
                                                                : &params.min_conf;
    *setting = (struct ks_setting){.automatic = false, .value = value};
    return ks_model_change(model, &params, ks_setting_info(threshold)->name, true);
}

/* A knock's ports as the key of its mark. */
static char *knock_key(const struct ks_knock *knock, struct ks_text *text)
{
    char label[40];
    for (size_t i = 0; i < knock->n_ports; i++)
        ks_text_addf(text, "%s%s", i > 0 ? " " : "", ks_item_format(label, sizeof label, knock->ports[i]));
    return text->failed || text->at == NULL ? NULL : text->at;
}

static size_t find_knock(const struct ks_model *model, const char *key)
{
    size_t i = 0;
    while (i < model->n_marked_knocks && strcmp(model->marked_knocks[i], key) != 0)
        i++;
    return i;
}

bool ks_model_knock_marked(const struct ks_model *model, const struct ks_knock *knock)
{
    if (model->n_marked_knocks == 0)
        return false;
    struct ks_text text = {0};
    const char *key = knock_key(knock, &text);
    bool found = key != NULL && find_knock(model, key) < model->n_marked_knocks;
    ks_text_free(&text);
    return found;
}

bool ks_model_knock_toggle(struct ks_model *model, const struct ks_knock *knock)
{
    struct ks_text text = {0};
    const char *key = knock_key(knock, &text);
    bool marked = false;
    size_t i = key != NULL ? find_knock(model, key) : 0;
    if (key != NULL && i < model->n_marked_knocks) {
        ks_free(model->marked_knocks[i]);
        model->marked_knocks[i] = model->marked_knocks[--model->n_marked_knocks];
    } else if (key != NULL && ks_reserve((void **)&model->marked_knocks, &model->cap_marked_knocks, model->n_marked_knocks + 1,
                                         sizeof *model->marked_knocks)) {
        char *copy = ks_strdup(key);
        if (copy != NULL)
            model->marked_knocks[model->n_marked_knocks++] = copy;
        else
            ks_say_status(model, ks_nomem("the mark"));
        marked = copy != NULL;
    } else {
        ks_say_status(model, ks_nomem("the mark"));
    }
    ks_text_free(&text);
    return marked;
}

/* The key of a rule's mark; false while nothing is mined. */
static bool rule_key(const struct ks_model *model, const struct ks_rule *rule, struct ks_rule_mark *out)
{
    const struct ks_mined *mined = model->rules != NULL ? model->rules->mined : model->mined;
    if (mined == NULL)
        return false;
    memset(out, 0, sizeof *out); /* padding too: marks are compared as bytes */
    out->n_if = rule->n_if;
    out->n_then = rule->n_then;
    for (unsigned i = 0; i < (unsigned)rule->n_if + rule->n_then; i++)
        out->items[i] = mined->sets.items[rule->items[i]];
    return true;
}

static bool same_mark(const struct ks_rule_mark *a, const struct ks_rule_mark *b)
{
    return a->n_if == b->n_if && a->n_then == b->n_then && memcmp(a->items, b->items, sizeof a->items) == 0;
}

static size_t find_rule(const struct ks_model *model, const struct ks_rule_mark *key)
{
    size_t i = 0;
    while (i < model->n_marked_rules && !same_mark(&model->marked_rules[i], key))
        i++;
    return i;
}

bool ks_model_rule_marked(const struct ks_model *model, const struct ks_rule *rule)
{
    struct ks_rule_mark key;
    return model->n_marked_rules > 0 && rule_key(model, rule, &key) && find_rule(model, &key) < model->n_marked_rules;
}

bool ks_model_rule_toggle(struct ks_model *model, const struct ks_rule *rule)
{
    struct ks_rule_mark key;
    if (!rule_key(model, rule, &key))
        return false;
    size_t i = find_rule(model, &key);
    if (i < model->n_marked_rules) {
        model->marked_rules[i] = model->marked_rules[--model->n_marked_rules];
        return false;
    }
    if (!ks_reserve((void **)&model->marked_rules, &model->cap_marked_rules, model->n_marked_rules + 1, sizeof key)) {
        ks_say_status(model, ks_nomem("the mark"));
        return false;
    }
    model->marked_rules[model->n_marked_rules++] = key;
    return true;
}

void ks_model_unmark(struct ks_model *model)
{
    for (size_t i = 0; i < model->n_marked_knocks; i++)
        ks_free(model->marked_knocks[i]);
    model->n_marked_knocks = model->n_marked_rules = 0;
}
