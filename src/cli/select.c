#include "cli/select.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

static bool rule_at(void *context, uint64_t row, struct ks_rule_row *out)
{
    struct ks_rules *rules = context;
    struct ks_rule rule;
    if (!ks_ranking_row(rules->ranking, row, &rule))
        return false;
    out->n_if = rule.n_if;
    out->n_then = rule.n_then;
    for (unsigned i = 0; i < out->n_if + out->n_then; i++)
        out->items[i] = rules->mined->sets.items[rule.items[i]];
    out->counts = rule.counts;
    out->ln_p = ks_rule_ln_p(&rule);
    out->ln_q = ks_rule_ln_q(rules, &rule);
    return true;
}

struct ks_status ks_select_rules(struct ks_batch *batch, uint64_t top, struct ks_selected *out)
{
    KS_TRY(ks_batch_mine(batch));
    KS_TRY(ks_batch_choose(batch, false));
    KS_TRY(ks_rules_make(batch->mined, &batch->cli->params, &batch->choice, NULL, batch->progress, &out->rules));
    ks_batch_took(batch, "ranking");
    struct ks_selection *s = &out->selection;
    uint64_t rows = ks_ranking_rows(out->rules->ranking);
    s->rule_at = rule_at;
    s->context = out->rules;
    s->n_rules = top != 0 && top < rows ? top : rows;
    s->total_rules = ks_ranking_total(out->rules->ranking);
    s->items = batch->mined->items;
    s->windows = batch->mined->sets.l;
    if (out->rules->limit[0] != '\0') {
        ks_batch_limit(batch, out->rules->limit);
    }
    return ks_ok();
}

static struct ks_status pick(const struct ks_knocks *knocks, uint64_t top, const char *ranks, struct ks_selected *out)
{
    size_t n = top != 0 && top < knocks->n ? (size_t)top : knocks->n;
    out->picked = ks_alloc(knocks->n, sizeof *out->picked);
    if (out->picked == NULL)
        return ks_nomem("the selected knocks");
    if (ranks == NULL) {
        for (size_t i = 0; i < n; i++)
            out->picked[i] = (struct ks_picked){.knock = &knocks->at[i], .rank = i + 1};
        out->selection.n_knocks = n;
        return ks_ok();
    }
    size_t picked = 0;
    for (const char *at = ranks; *at != '\0';) {
        char word[24];
        size_t len = strcspn(at, ",");
        uint64_t rank = 0;
        if (len < sizeof word) {
            memcpy(word, at, len);
            word[len] = '\0';
        }
        if (len >= sizeof word || !ks_parse_u64(word, 1, UINT32_MAX, &rank))
            return ks_fail(KS_USAGE, "--select %s: rules, knocks, or ranks such as 1,3", ranks);
        if (rank > knocks->n)
            return ks_fail(KS_USAGE, "--select %s: there are %zu knocks", ranks, knocks->n);
        bool twice = false;
        for (size_t i = 0; i < picked; i++)
            twice |= out->picked[i].rank == rank;
        if (!twice)
            out->picked[picked++] = (struct ks_picked){.knock = &knocks->at[rank - 1], .rank = (size_t)rank};
        at += len;
        if (*at == ',')
            at++;
    }
    out->selection.n_knocks = picked;
    return ks_ok();
}

struct ks_status ks_select_knocks(struct ks_batch *batch, uint64_t top, const char *ranks, struct ks_selected *out)
{
    /* Sequences are found in the events themselves, whatever the windows: nothing is mined for them, which keeps this below the time of reading. */
    KS_TRY(ks_knocks_find(&batch->capture->log, &batch->cli->params.narrow, &batch->cli->knocks, batch->progress, &out->knocks));
    ks_batch_took(batch, "knocks");
    out->selection.log = &batch->capture->log;
    out->selection.items = batch->cli->params.items;
    if (out->knocks.limit[0] != '\0') {
        ks_batch_limit(batch, out->knocks.limit);
    }
    return pick(&out->knocks, top, ranks, out);
}

struct ks_status ks_select_hashes(struct ks_batch *batch, struct ks_selected *out)
{
    KS_TRY(ks_provenance_hashes(&batch->capture->info, batch->cli->load.paths, batch->cli->load.n_paths, batch->progress, &out->sha256));
    ks_batch_took(batch, "hashing");
    return ks_ok();
}

void ks_select_finish(struct ks_batch *batch, struct ks_selected *out)
{
    out->provenance = ks_batch_provenance(batch, (const char (*)[65])out->sha256);
    out->selection.provenance = &out->provenance;
    out->selection.knocks = out->picked;
}

void ks_selected_free(struct ks_selected *selected)
{
    ks_rules_free(selected->rules);
    ks_knocks_free(&selected->knocks);
    ks_free(selected->picked);
    ks_free(selected->gone);
    ks_knocks_free(&selected->knocks_before);
    ks_capture_release(selected->before);
    ks_free(selected->sha256);
    *selected = (struct ks_selected){0};
}
