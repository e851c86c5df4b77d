/* The ranked rule list with its significance. */
#include <math.h>
#include <stdio.h>

#include "analysis/analysis.h"
#include "analysis/discovery.h"
#include "base/memory.h"
#include "stats/association.h"

static double fisher(struct ks_counts c)
{
    return ks_fisher_ln_p(c.l, c.x, c.y, c.xy);
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
    KS_TRY(ks_discovery_of(rules->mined, rules->thresholds.max_count, progress, &rules->discovery));
    rules->pairs_considered = rules->discovery->pairs;
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
    ks_discovery_release(rules->discovery);
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
    double f = (double)ks_infrequent(rules->mined, rules->thresholds.max_count);
    double ln_q = ln_p + ks_ln_choose(f, k) + log(ldexp(1, (int)k - 1) - 1);
    return ln_q < 0 ? ln_q : 0;
}

double ks_rule_ln_q(const struct ks_rules *rules, const struct ks_rule *rule)
{
    double ln_p = ks_rule_ln_p(rule);
    if (rule->n_if + rule->n_then > 2)
        return longer_ln_q(rules, rule, ln_p);
    return ks_discovery_ln_q(rules->discovery, ln_p);
}

double ks_rule_shift_p(const struct ks_mined *mined, const struct ks_rule *rule)
{
    if (rule->n_if != 1 || rule->n_then != 1)
        return NAN;
    const struct ks_window_sets *s = &mined->sets;
    uint32_t x = rule->items[0], y = rule->items[1];
    return ks_shift_p(s->l, s->windows + s->start[x], ks_window_sets_n(s, x), s->windows + s->start[y], ks_window_sets_n(s, y));
}
