/* The ranked rule list with its significance. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/analysis.h"
#include "base/memory.h"
#include "stats/association.h"

static double fisher(struct ks_counts c)
{
    return ks_fisher_ln_p(c.l, c.x, c.y, c.xy);
}

struct step {
    double ln_p, weight;
};

static int by_ln_p(const void *a, const void *b)
{
    double x = ((const struct step *)a)->ln_p, y = ((const struct step *)b)->ln_p;
    return (x > y) - (x < y);
}

/* Infrequent items, and the pairs among them: the m of Benjamini-Hochberg counts those that never meet as well. */
static uint64_t infrequent(const struct ks_mined *mined, uint32_t max_count)
{
    uint64_t n = 0;
    for (uint32_t x = 1; x <= max_count && x <= mined->sets.l; x++)
        n += mined->have[x];
    return n;
}

/* ln q as a step function of ln p over all pairs of infrequent items, whether they pass the other thresholds or not. */
static struct ks_status false_discovery(struct ks_rules *rules, struct ks_progress *progress)
{
    size_t n_triples, n = 0;
    const struct ks_triple *triples = ks_pairs_triples(rules->mined->pairs, &n_triples);
    uint64_t f = infrequent(rules->mined, rules->thresholds.max_count);
    rules->pairs_considered = ks_count_choose(f, 2);
    struct step *step = ks_alloc(n_triples, sizeof *step);
    if (step == NULL)
        return ks_nomem("the p-values of all pairs");
    for (size_t i = 0; i < n_triples; i++) {
        if (triples[i].y > rules->thresholds.max_count)
            continue;
        if ((i & 1023) == 0 && ks_cancelled(progress)) {
            ks_free(step);
            return ks_fail(KS_CANCELLED, "cancelled");
        }
        struct ks_counts c = {triples[i].x, triples[i].y, triples[i].xy, rules->mined->sets.l};
        step[n++] = (struct step){fisher(c), (double)triples[i].pairs};
    }
    qsort(step, n, sizeof *step, by_ln_p);
    rules->q_ln_p = ks_alloc(n, sizeof *rules->q_ln_p);
    rules->q_ln_q = ks_alloc(n, sizeof *rules->q_ln_q);
    double *weight = ks_alloc(n, sizeof *weight);
    struct ks_status status = ks_nomem("the q-values of all pairs");
    if (rules->q_ln_p != NULL && rules->q_ln_q != NULL && weight != NULL) {
        for (size_t i = 0; i < n; i++) {
            rules->q_ln_p[i] = step[i].ln_p;
            weight[i] = step[i].weight;
        }
        rules->n_q = n;
        status = ks_benjamini_hochberg(rules->q_ln_p, weight, n, ks_count_real(rules->pairs_considered), rules->q_ln_q);
    }
    ks_free(weight);
    ks_free(step);
    return status;
}

static struct ks_status fill(struct ks_rules *rules, const struct ks_params *params, const struct ks_rule_filter *filter,
                             struct ks_progress *progress)
{
    if (params->max_len > 2) {
        struct ks_status status =
            ks_itemsets_mine(rules->mined->pairs, &rules->thresholds, params->max_len, 0, progress, &rules->itemsets);
        if (status.code == KS_LIMIT)
            snprintf(rules->limit, sizeof rules->limit, "%s", status.message);
        else if (!ks_is_ok(status))
            return status;
    }
    KS_TRY(false_discovery(rules, progress));
    return ks_ranking_make(rules->mined->pairs, rules->itemsets, &rules->thresholds, params->sort, params->reverse, filter,
                           fisher, progress, &rules->ranking);
}

struct ks_status ks_rules_make(struct ks_mined *mined, const struct ks_params *params, const struct ks_choice *choice,
                               const struct ks_rule_filter *filter, struct ks_progress *progress, struct ks_rules **out)
{
    *out = NULL;
    struct ks_rules *rules = ks_zalloc(1, sizeof *rules);
    if (rules == NULL)
        return ks_nomem("the rules");
    rules->mined = ks_mined_retain(mined);
    rules->thresholds = choice->thresholds;
    struct ks_status status = fill(rules, params, filter, progress);
    if (!ks_is_ok(status)) {
        ks_rules_free(rules);
        return status;
    }
    *out = rules;
    return status;
}

void ks_rules_free(struct ks_rules *rules)
{
    if (rules == NULL)
        return;
    ks_ranking_free(rules->ranking);
    ks_itemsets_free(rules->itemsets);
    ks_free(rules->q_ln_p);
    ks_free(rules->q_ln_q);
    ks_mined_release(rules->mined);
    ks_free(rules);
}

double ks_rule_ln_p(const struct ks_rule *rule)
{
    return fisher(rule->counts);
}

/* Longer rules are no part of the pairs' tests: Bonferroni over all splits of all itemsets of their length. */
static double longer_ln_q(const struct ks_rules *rules, const struct ks_rule *rule, double ln_p)
{
    unsigned k = (unsigned)rule->n_if + rule->n_then;
    double f = (double)infrequent(rules->mined, rules->thresholds.max_count);
    double ln_q = ln_p + ks_ln_choose(f, k) + log(ldexp(1, (int)k - 1) - 1);
    return ln_q < 0 ? ln_q : 0;
}

double ks_rule_ln_q(const struct ks_rules *rules, const struct ks_rule *rule)
{
    double ln_p = ks_rule_ln_p(rule);
    if (rule->n_if + rule->n_then > 2)
        return longer_ln_q(rules, rule, ln_p);
    /* The last step that is not above ln p: steps are the p-values of the very same triples. */
    size_t low = 0, high = rules->n_q;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (rules->q_ln_p[mid] < ln_p)
            low = mid + 1;
        else
            high = mid;
    }
    return low < rules->n_q ? rules->q_ln_q[low] : 0;
}

double ks_rule_shift_p(const struct ks_mined *mined, const struct ks_rule *rule)
{
    if (rule->n_if != 1 || rule->n_then != 1)
        return NAN;
    const struct ks_window_sets *s = &mined->sets;
    uint32_t x = rule->items[0], y = rule->items[1];
    return ks_shift_p(s->l, s->windows + s->start[x], ks_window_sets_n(s, x), s->windows + s->start[y], ks_window_sets_n(s, y));
}
