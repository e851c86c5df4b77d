/* Table 2: rule counts as one threshold moves, with chance beside each. */
#include <math.h>

#include "analysis/analysis.h"
#include "base/memory.h"

/* minInte as the paper's Table 2 steps it, both data sets' columns together with the two recommended values. */
static const double paper_inte[] = {0,    0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08,
                                    0.10, 0.13, 0.15, 0.17, 0.19, 0.20, 0.25, 0.30, 0.35};
static const double tenths[] = {0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0};

static struct ks_thresholds at(const struct ks_mined *mined, const struct ks_choice *choice, enum ks_axis axis, double value)
{
    struct ks_thresholds t = choice->thresholds;
    if (axis == KS_AXIS_INTE)
        t.min_inte = value;
    else if (axis == KS_AXIS_CONF)
        t.min_conf = value;
    else
        t.max_count = ks_max_count(value, mined->sets.l);
    return t;
}

/* The smallest overlap whose best possible interest (n(X) = n(Y) = n(XY)) reaches the value. */
static uint32_t together(const struct ks_mined *mined, const struct ks_thresholds *t)
{
    uint32_t l = mined->sets.l;
    double need;
    if (l == 0 || t->min_inte <= 0)
        return 1;
    if (t->interest == KS_INTEREST_JOINT)
        need = t->min_inte;
    else
        need = ks_support_bound(t->min_inte);
    double c = ceil((need - KS_SLACK) * l - 1e-9);
    return c < 1 ? 1 : c > l ? l + 1 : (uint32_t)c;
}

static struct ks_status longer(const struct ks_mined *mined, const struct ks_params *params, const struct ks_thresholds *t,
                               struct ks_progress *progress, struct ks_count *rules)
{
    struct ks_itemsets *itemsets = NULL;
    struct ks_status status = ks_itemsets_mine(mined->pairs, t, params->max_len, 0, progress, &itemsets);
    if (itemsets != NULL)
        *rules = ks_count_add(*rules, ks_itemsets_rules(itemsets, 0));
    ks_itemsets_free(itemsets);
    return status;
}

struct ks_status ks_sweep(const struct ks_mined *mined, const struct ks_params *params, const struct ks_choice *choice,
                          const struct ks_shifted *shifted, enum ks_axis axis, const double *values, size_t n,
                          struct ks_progress *progress, struct ks_sweep_row *rows)
{
    struct ks_status result = ks_ok();
    for (size_t i = 0; i < n; i++) {
        if (ks_cancelled(progress))
            return ks_fail(KS_CANCELLED, "cancelled");
        struct ks_thresholds t = at(mined, choice, axis, values[i]);
        struct ks_sweep_row *row = &rows[i];
        *row = (struct ks_sweep_row){.value = values[i], .together = together(mined, &t)};
        row->rules = ks_count_of(ks_pairs_count(mined->pairs, &t));
        row->independent = ks_chance_independent(mined->have, mined->sets.l, &t);
        if (shifted != NULL)
            row->expected = ks_shifted_count(shifted, &t);
        if (params->max_len > 2) {
            struct ks_status status = longer(mined, params, &t, progress, &row->rules);
            row->at_least = status.code == KS_LIMIT;
            if (row->at_least)
                result = status;
            else if (!ks_is_ok(status))
                return status;
        }
    }
    return result;
}

/* Where another shared window is needed, wider apart as the counts grow, up to and including the first row without rules. */
static size_t shared_window_steps(const struct ks_mined *mined, const struct ks_choice *choice, double *values, size_t cap)
{
    uint32_t l = mined->sets.l;
    size_t n = 0;
    if (n < cap)
        values[n++] = 0;
    uint32_t most = choice->thresholds.interest == KS_INTEREST_JOINT ? l : l / 2;
    for (uint32_t c = 2; c <= most && n < cap; c = c < 10 ? c + 1 : c + c / 5) {
        double share = (double)c / l;
        double v = choice->thresholds.interest == KS_INTEREST_JOINT ? share : share - share * share;
        values[n++] = v;
        struct ks_thresholds t = choice->thresholds;
        t.min_inte = v;
        if (ks_pairs_count(mined->pairs, &t) == 0)
            break;
    }
    return n;
}

size_t ks_sweep_values(const struct ks_mined *mined, const struct ks_params *params, const struct ks_choice *choice, enum ks_axis axis,
                       double *values, size_t cap)
{
    const double *fixed = paper_inte;
    size_t n = sizeof paper_inte / sizeof *paper_inte;
    if (axis == KS_AXIS_INTE && params->preset != KS_PRESET_PAPER)
        return shared_window_steps(mined, choice, values, cap);
    if (axis != KS_AXIS_INTE) {
        fixed = tenths;
        n = sizeof tenths / sizeof *tenths;
    }
    for (size_t i = 0; i < n && i < cap; i++)
        values[i] = fixed[i];
    return n < cap ? n : cap;
}
