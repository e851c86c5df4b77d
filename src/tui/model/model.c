/* The model's own state: parameters with their history, messages, marks, snapshots. What needs the engine is in model_jobs.c. */
#include "tui/model/model.h"
#include "tui/model/baseline.h"
#include "tui/model/bytes.h"
#include "tui/model/overview.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "tui/model/effects.h"
#include "tui/model/model_jobs.h"

struct ks_status ks_model_init(struct ks_model *model, const struct ks_tui_options *options)
{
    model->settings.params = options->params;
    model->history[0] = options->params;
    model->n_history = 1;
    model->threads = options->threads;
    model->knock_options = options->knocks;
    model->knock_options.allow_path = NULL; /* judged apart, model_allow.c */
    model->max_events = options->load.max_events;
    model->max_expanded = options->load.max_expanded;
    model->load_status = ks_ok();
    model->scripted = options->script != NULL;
    return ks_worker_start(model, &model->worker);
}

void ks_model_free(struct ks_model *model)
{
    ks_worker_stop(model->worker); /* first: jobs hold references */
    ks_model_free_results(model);
    ks_bytes_free(model);
    ks_baseline_forget(model);
    ks_model_allow_free(model);
    ks_overview_free(model->overview);
    model->overview = NULL;
    ks_model_unmark(model);
    ks_free(model->marked_knocks);
    ks_free(model->marked_rules);
    ks_model_free_paths(model);
}

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

static unsigned travel(struct ks_model *model, size_t to, size_t changed, const char *verb)
{
    unsigned effects = ks_params_effects(&model->settings.params, &model->history[to]);
    model->now = to;
    model->settings.params = model->history[to];
    ks_say(model, KS_SAY_INFO, "%s: %s", verb, model->history_what[changed]);
    return effects | KS_FX_DONE;
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

unsigned ks_model_undo(struct ks_model *model)
{
    while (model->did_at > 0) {
        bool allow = model->did_allow[model->did_at - 1];
        if (allow && model->n_allow_before > 0)
            return ks_model_allow_undo(model);
        model->did_at--;
        if (!allow && model->now > 0)
            return travel(model, model->now - 1, model->now, "undone");
        /* It is forgotten, and what can be done again stays. */
        memmove(model->did_allow + model->did_at, model->did_allow + model->did_at + 1, (model->n_did - model->did_at - 1) * sizeof *model->did_allow);
        model->n_did--;
    }
    return KS_FX_HANDLED;
}

unsigned ks_model_redo(struct ks_model *model)
{
    if (model->did_at >= model->n_did)
        return KS_FX_HANDLED;
    if (model->did_allow[model->did_at])
        return ks_model_allow_redo(model);
    model->did_at++;
    return model->now + 1 < model->n_history ? travel(model, model->now + 1, model->now + 1, "done again") : KS_FX_HANDLED;
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

unsigned ks_model_snapshot(struct ks_model *model, const char *name)
{
    if (model->mined == NULL)
        return KS_FX_HANDLED;
    if (model->n_snapshots == KS_SNAPSHOTS) {
        memmove(model->snapshots, model->snapshots + 1, (KS_SNAPSHOTS - 1) * sizeof *model->snapshots);
        model->n_snapshots--;
    }
    struct ks_snapshot *s = &model->snapshots[model->n_snapshots];
    *s = (struct ks_snapshot){
        .params = model->settings.params,
        .choice = model->choice,
        .t = model->mined->sets.t,
        .u = model->mined->sets.u,
        .l = model->mined->sets.l,
        .rules = model->count,
        .expected = model->expected,
        .standing = model->knocks != NULL ? model->knocks->standing : 0,
    };
    if (name != NULL && name[0] != '\0')
        ks_sanitise(s->name, sizeof s->name, name, strlen(name));
    else
        snprintf(s->name, sizeof s->name, "%zu", model->n_snapshots + 1);
    if (s->standing > 0)
        ks_knock_text(s->strongest, sizeof s->strongest, &model->knocks->at[0]);
    model->n_snapshots++;
    ks_say(model, KS_SAY_INFO, "snapshot %s kept", s->name);
    return KS_FX_DONE;
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
