#include "stats/curve.h"

#include <math.h>

#include "base/limits.h"
#include "base/memory.h"
#include "stats/terms.h"

/* ln (1 - 1/u)^ws. Only libm's log1p: GSL's gives NaN at -1 (doc/statistics.md). */
static double ln_absent(uint64_t u, double ws)
{
    if (ws <= 0)
        return 0;
    return u == 1 ? -INFINITY : ws * log1p(-1 / (double)u);
}

/* Adds with the rounding error kept (Neumaier), so that a million terms lose nothing. */
struct sum {
    double value, error;
};

static void sum_add(struct sum *sum, double x)
{
    double t = sum->value + x;
    sum->error += fabs(sum->value) >= fabs(x) ? sum->value - t + x : x - t + sum->value;
    sum->value = t;
}

/* Below the mean the lower tail is added up, above it the upper one, so both tails keep their leading digits.
 * */
static void fill_cdf(struct ks_curve *c)
{
    uint32_t middle = (uint32_t)c->mean;
    struct sum lower = {0}, upper = {0};
    for (uint32_t x = 0; x <= middle; x++) {
        sum_add(&lower, exp(c->ln_pmf[x]));
        c->cdf[x] = fmin(1, lower.value + lower.error);
    }
    c->cdf[c->l] = 1;
    for (uint32_t x = c->l; x > middle + 1; x--) {
        sum_add(&upper, exp(c->ln_pmf[x]));
        c->cdf[x - 1] = fmax(0, 1 - (upper.value + upper.error));
    }
    for (uint32_t x = 1; x <= c->l; x++)
        c->cdf[x] = fmax(c->cdf[x], c->cdf[x - 1]);
}

/* pmf(x) - pmf(x-1) = pmf(x) ((l+1) p - x) / ((l-x+1) p): no difference of nearly equal numbers. The part
 * beyond the mean falls. */
static uint32_t steepest(const struct ks_curve *c)
{
    uint32_t best = 0;
    double most = 0;
    for (uint32_t x = 1; x <= c->l && x < (c->l + 1.0) * c->p; x++) {
        double rise = exp(c->ln_pmf[x]) * (((c->l + 1.0) * c->p - x) / ((c->l - x + 1.0) * c->p));
        if (rise > most) {
            most = rise;
            best = x;
        }
    }
    return best;
}

static void suggest(struct ks_curve *c, uint32_t activations)
{
    c->low = activations;
    size_t from = 0, to = (size_t)c->l + 1; /* first x with cdf > epsilon */
    while (from < to) {
        size_t half = from + (to - from) / 2;
        if (c->cdf[half] <= c->epsilon)
            from = half + 1;
        else
            to = half;
    }
    c->has_high = from > 0;
    c->high = from > 0 ? (uint32_t)(from - 1) : 0;
    c->gradient = steepest(c);
}

struct ks_status ks_curve_make(uint32_t l, uint64_t u, double ws, uint32_t activations, double epsilon,
                               struct ks_curve *out)
{
    *out = (struct ks_curve){.l = l, .u = u, .ws = ws, .epsilon = epsilon};
    if (l > ks_limits()->curve)
        return ks_fail(KS_LIMIT, "the curve is computed for at most %llu windows, not %u", (unsigned long long)ks_limits()->curve, l);
    if (u < 1)
        return ks_fail(KS_USAGE, "the curve needs at least one item");
    if (!(ws >= 0) || isinf(ws))
        return ks_fail(KS_USAGE, "the curve needs a window size that is finite and not negative");
    if (activations < 1)
        return ks_fail(KS_USAGE, "the number of activations must be at least 1");
    if (!(epsilon > 0 && epsilon < 1))
        return ks_fail(KS_USAGE, "the curve's epsilon must lie between 0 and 1");
    out->ln_pmf = ks_alloc((size_t)l + 1, sizeof *out->ln_pmf);
    out->cdf = ks_alloc((size_t)l + 1, sizeof *out->cdf);
    if (out->ln_pmf == NULL || out->cdf == NULL) {
        ks_curve_free(out);
        return ks_nomem("the curve");
    }
    out->ln_q = ln_absent(u, ws);
    struct ks_odds odds = ks_odds_from_ln_q(out->ln_q);
    out->p = odds.p;
    out->mean = l * odds.p;
    out->sd = sqrt(l * odds.p * odds.q);
    for (uint32_t x = 0; x <= l; x++)
        out->ln_pmf[x] = fmin(0, ks_ln_binomial(x, l, &odds));
    fill_cdf(out);
    suggest(out, activations);
    return ks_ok();
}

void ks_curve_free(struct ks_curve *curve)
{
    ks_free(curve->ln_pmf);
    ks_free(curve->cdf);
    curve->ln_pmf = curve->cdf = NULL;
}
