#include "tui/model/outbound.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

static bool rules_pick(enum ks_pick pick)
{
    return pick == KS_PICK_RULES || pick == KS_PICK_RULES_MARKED;
}

static bool takes(const struct ks_model *model, enum ks_pick pick, size_t row, size_t i)
{
    if (pick == KS_PICK_KNOCK)
        return i == row;
    if (pick == KS_PICK_KNOCKS_MARKED)
        return ks_model_knock_marked(model, &model->knocks->at[i]);
    return i < model->knocks->standing;
}

uint64_t ks_outbound_count(const struct ks_model *model, enum ks_pick pick, size_t row)
{
    uint64_t n = 0;
    if (pick == KS_PICK_RULES)
        return model->rules != NULL ? ks_ranking_rows(model->rules->ranking) : 0;
    if (pick == KS_PICK_RULES_MARKED)
        return model->n_marked_rules;
    for (size_t i = 0; model->knocks != NULL && i < model->knocks->n; i++)
        n += takes(model, pick, row, i);
    return n;
}

void ks_knock_uncopy(struct ks_knock *k)
{
    for (size_t i = 0; k->activations != NULL && i < k->n_activations; i++)
        ks_free(k->activations[i].events);
    ks_free(k->activations);
    ks_free(k->ports);
    ks_free(k->opened);
    ks_free(k->set_aside);
    ks_free(k->why);
}

/* A copy of n elements; NULL when out of memory. */
static void *copy_of(const void *from, size_t n, size_t size)
{
    void *to = ks_alloc(n, size);
    if (to != NULL && n > 0)
        memcpy(to, from, n * size);
    return to;
}

bool ks_knock_copy(struct ks_knock *to, const struct ks_knock *from)
{
    *to = *from;
    to->activations = copy_of(from->activations, from->n_activations, sizeof *from->activations);
    to->ports = copy_of(from->ports, from->n_ports, sizeof *from->ports);
    to->opened = copy_of(from->opened, from->n_opened, sizeof *from->opened);
    to->verdict = NULL;
    to->set_aside = from->set_aside != NULL ? ks_strdup(from->set_aside) : NULL;
    to->why = from->why != NULL ? ks_strdup(from->why) : NULL;
    bool whole = to->activations != NULL && to->ports != NULL && to->opened != NULL && (from->set_aside == NULL || to->set_aside != NULL) &&
                 (from->why == NULL || to->why != NULL);
    for (size_t i = 0; to->activations != NULL && i < from->n_activations; i++) {
        const struct ks_activation *a = &from->activations[i];
        to->activations[i].events = copy_of(a->events, a->n_events, sizeof *a->events);
        whole = whole && to->activations[i].events != NULL;
    }
    return whole;
}

static bool rule_at(void *context, uint64_t row, struct ks_rule_row *out)
{
    const struct ks_outbound *o = context;
    *out = o->rules[row];
    return true;
}

static void row_of(const struct ks_rules *rules, const struct ks_rule *rule, struct ks_rule_row *out)
{
    out->n_if = rule->n_if;
    out->n_then = rule->n_then;
    for (unsigned i = 0; i < out->n_if + out->n_then; i++)
        out->items[i] = rules->mined->sets.items[rule->items[i]];
    out->counts = rule->counts;
    out->ln_p = ks_rule_ln_p(rule);
    out->ln_q = ks_rule_ln_q(rules, rule);
}

static struct ks_status copy_rules(struct ks_outbound *o, const struct ks_model *model, enum ks_pick pick, uint64_t most)
{
    uint64_t have = ks_outbound_count(model, KS_PICK_RULES, 0), wanted = ks_outbound_count(model, pick, 0), n = 0;
    if (wanted > most)
        wanted = most;
    o->rules = ks_alloc(wanted, sizeof *o->rules);
    if (o->rules == NULL)
        return ks_nomem("the rules to export");
    struct ks_rule rule;
    for (uint64_t row = 0; row < have && row < KS_OUTBOUND_RULES && n < wanted; row++) {
        if (!ks_ranking_row(model->rules->ranking, row, &rule))
            return ks_nomem("the rules to export");
        if (pick == KS_PICK_RULES || ks_model_rule_marked(model, &rule))
            row_of(model->rules, &rule, &o->rules[n++]);
    }
    o->selection.rule_at = rule_at;
    o->selection.context = o;
    o->selection.n_rules = n;
    o->selection.total_rules = model->rules != NULL ? ks_ranking_total(model->rules->ranking) : ks_count_of(0);
    if (pick == KS_PICK_RULES && have > n)
        snprintf(o->limit, sizeof o->limit, "the first %llu rules; `knockscope rules --top 0` writes all", (unsigned long long)n);
    return ks_ok();
}

static struct ks_status copy_knocks(struct ks_outbound *o, const struct ks_model *model, enum ks_pick pick, size_t row, uint64_t most)
{
    uint64_t n = ks_outbound_count(model, pick, row);
    if (n > most)
        n = most;
    o->knocks = ks_zalloc(n, sizeof *o->knocks);
    o->picked = ks_zalloc(n, sizeof *o->picked);
    if (o->knocks == NULL || o->picked == NULL)
        return ks_nomem("the knocks to export");
    for (size_t i = 0; i < model->knocks->n && o->selection.n_knocks < n; i++) {
        if (!takes(model, pick, row, i))
            continue;
        size_t k = o->selection.n_knocks++;
        o->picked[k] = (struct ks_picked){.knock = &o->knocks[k], .rank = i + 1};
        if (!ks_knock_copy(&o->knocks[k], &model->knocks->at[i]))
            return ks_nomem("the knocks to export");
    }
    o->selection.knocks = o->picked;
    return ks_ok();
}

static struct ks_status copy_origin(struct ks_outbound *o, const struct ks_model *model)
{
    o->paths = ks_zalloc(model->n_paths, sizeof *o->paths);
    if (o->paths == NULL)
        return ks_nomem("the file names");
    for (; o->n_paths < model->n_paths; o->n_paths++)
        if ((o->paths[o->n_paths] = ks_strdup(model->paths[o->n_paths])) == NULL)
            return ks_nomem("the file names");
    if (model->bpf != NULL && (o->bpf = ks_strdup(model->bpf)) == NULL)
        return ks_nomem("the filter");
    struct ks_params params = model->settings.params;
    params.max_events = model->max_events;
    params.max_expanded = model->max_expanded;
    size_t n = ks_params_list(&params, &model->choice, o->param);
    struct ks_knock_options knocks = model->knock_options;
    knocks.allow_path = ks_allow_count(model->allow) > 0 ? model->allow_path : NULL;
    n += ks_knock_options_list(&knocks, o->param + n);
    o->provenance = (struct ks_provenance){
        .capture = &o->capture->info,
        .filter = o->bpf,
        .params = o->param,
        .n_params = n,
        .definitions = o->definition,
        .n_definitions = ks_params_definitions(&model->settings.params, o->definition),
        .notes = o->note,
    };
    o->selection.provenance = &o->provenance;
    o->selection.log = &o->capture->log;
    o->selection.items = model->mined->items;
    o->selection.windows = model->mined->sets.l;
    o->options.paths = (const char *const *)o->paths;
    o->options.n_paths = o->n_paths;
    return ks_ok();
}

struct ks_status ks_outbound_make(const struct ks_model *model, enum ks_pick pick, size_t row, uint64_t most, struct ks_outbound **out)
{
    *out = NULL;
    if (model->capture == NULL || model->mined == NULL || ks_outbound_count(model, pick, row) == 0)
        return ks_fail(KS_USAGE, "there is nothing of this kind to export");
    struct ks_outbound *o = ks_zalloc(1, sizeof *o);
    if (o == NULL)
        return ks_nomem("the export");
    *out = o;
    o->capture = ks_capture_retain(model->capture);
    if (most == 0 || most > KS_OUTBOUND_RULES)
        most = KS_OUTBOUND_RULES;
    KS_TRY(copy_origin(o, model));
    KS_TRY(rules_pick(pick) ? copy_rules(o, model, pick, most) : copy_knocks(o, model, pick, row, most));
    if (o->limit[0] != '\0')
        o->note[o->provenance.n_notes++] = o->limit;
    return ks_ok();
}

void ks_outbound_free(struct ks_outbound *o)
{
    if (o == NULL)
        return;
    for (size_t i = 0; i < o->selection.n_knocks; i++)
        ks_knock_uncopy(&o->knocks[i]);
    for (size_t i = 0; i < o->n_paths; i++)
        ks_free(o->paths[i]);
    ks_free(o->knocks);
    ks_free(o->picked);
    ks_free(o->rules);
    ks_free(o->paths);
    ks_free(o->bpf);
    ks_free(o->sha256);
    ks_free(o->path);
    ks_capture_release(o->capture);
    ks_free(o);
}

struct ks_status ks_outbound_write(struct ks_outbound *o, struct ks_progress *progress)
{
    KS_TRY(ks_provenance_hashes(&o->capture->info, (const char *const *)o->paths, o->n_paths, progress, &o->sha256));
    o->provenance.sha256 = (const char (*)[65])o->sha256;
    o->options.progress = progress;
    return ks_export_file(o->format, &o->selection, &o->options, o->path, o->replace);
}

struct ks_status ks_outbound_preview(struct ks_outbound *o, size_t limit, struct ks_text *text)
{
    struct ks_out *out;
    KS_TRY(ks_out_open_text(text, limit, NULL, &out));
    struct ks_status status = ks_export_write(o->format, &o->selection, &o->options, out);
    if (!ks_is_ok(status)) {
        ks_out_discard(out);
        return status;
    }
    return ks_out_close(out);
}
