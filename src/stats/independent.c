/* Expected number of rules when every item's windows are drawn at random (doc/method.md): a sum of
 * hypergeometric tails over pairs of item counts. */
#include "stats/chance.h"

#include <math.h>

#include "base/memory.h"
#include "stats/least.h"
#include "stats/terms.h"

/* The distinct counts that items have. */
struct level {
    uint32_t n;
    double have;
    double ln_ways;   /* ln n! + ln (l-n)! */
    double ln_follow; /* ln of the largest `have` from here on */
};

struct levels {
    struct level *at;
    size_t n;
};

enum {
    TABLE = 1 << 17,  /* windows up to which ln n! is tabulated */
    COARSE = 12,      /* for the first estimate counts are the same up to 1/12 of themselves ... */
    FINE = 160,       /* ... and where there are very many up to 1/160, or as much more as it takes ... */
    MOST_WORK = 65000 /* ... to have no more work than this many pairs */
};

struct sum {
    uint32_t l;
    struct ks_least least;
    double *ln_factorial; /* of 0..l, where l < TABLE */
    double ln_all;        /* ln l! */
    double ln_negligible; /* pairs of levels that give less are left out */
};

static double ln_factorial(double n)
{
    return n < 1 ? 0 : ks_stirling(n) + 0.5 * log(2 * M_PI * n) + n * (log(n) - 1);
}

static inline double ln_fact(const struct sum *s, uint32_t n)
{
    return s->ln_factorial != NULL ? s->ln_factorial[n] : ln_factorial(n);
}

/* P(N >= there) + P(N >= back), there <= back, `there` above the mean: the first term, and the ratios of
 * those that follow, to 1e-9 of the sum. */
static double tails(const struct sum *s, const struct level *a, const struct level *b, uint32_t there,
                    uint32_t back)
{
    uint32_t x = a->n - there, y = b->n - there, rest = s->l - a->n - b->n + there;
    double ln_first = a->ln_ways + b->ln_ways - s->ln_all - ln_fact(s, there) - ln_fact(s, x) -
                      ln_fact(s, y) - ln_fact(s, rest);
    double i = x, j = y, k = there + 1.0, m = rest + 1.0, sum = 0, term = 1, second = back;
    while (term > sum * 1e-10) {
        sum += k > second ? term + term : term;
        term *= i-- * j-- / (k++ * m++); /* 0 after the last */
    }
    return exp(ln_first) * sum;
}

/* Expected rules of two items with these counts, a's the smaller: what a rule from the rarer item asks is
 * never more. */
static double pair(const struct sum *s, const struct level *a, const struct level *b)
{
    uint32_t there = ks_least_count(&s->least, a->n, b->n, a->n);
    return there == UINT32_MAX ? 0 : tails(s, a, b, there, ks_least_count(&s->least, b->n, a->n, a->n));
}

/* Whether items with x and y >= x windows can be left out, and with them all from x to y: Bernstein's bound
 * on the tail (it holds for drawing with replacement, and so without: Hoeffding 1963), which only grows with
 * y, because the excess that is asked for does not. */
static bool negligible(const struct sum *s, const struct level *a, const struct level *b)
{
    double x = a->n, y = b->n, mean = x * y * s->least.per_l;
    double above = fmax(fmax(s->least.min_inte, s->least.thresholds.min_conf * x * (1 - y * s->least.per_l)),
                        s->least.least - mean);
    if (above <= 0)
        return false;
    double bound = -above * above / (2 * (mean * (1 - x * s->least.per_l) + above / 3));
    return bound + a->ln_follow + b->ln_follow < s->ln_negligible;
}

/* The first level that the i-th has to be paired with. */
static size_t first_partner(const struct sum *s, const struct levels *levels, size_t i)
{
    size_t low = i, high = levels->n;
    while (low < high) {
        size_t half = low + (high - low) / 2;
        if (negligible(s, &levels->at[i], &levels->at[half]))
            low = half + 1;
        else
            high = half;
    }
    return low;
}

/* How much work a sum is, in pairs of which only the first term of their tail counts; about seven standard
 * deviations of further terms cost as much as it. */
static double work_of(const struct sum *s, const struct levels *levels)
{
    double work = 0;
    for (size_t i = 0; i < levels->n; i++) {
        size_t first = first_partner(s, levels, i);
        if (first < levels->n) {
            double x = levels->at[i].n * s->least.per_l,
                   y = levels->at[first + (levels->n - first) / 2].n * s->least.per_l;
            work += (double)(levels->n - first) * (1 + sqrt(x * (1 - x) * y * (1 - y) * s->l) / 7);
        }
    }
    return work;
}

static double add_up(const struct sum *s, const struct levels *levels)
{
    double total = 0;
    for (size_t i = 0; i < levels->n; i++) {
        const struct level *a = &levels->at[i];
        for (size_t j = first_partner(s, levels, i); j < levels->n; j++) {
            const struct level *b = &levels->at[j];
            double pairs = i == j ? a->have * (a->have - 1) / 2 : a->have * b->have;
            total += pairs > 0 ? pairs * pair(s, a, b) : 0;
        }
    }
    return total;
}

/* Puts counts that differ by at most 1/k of themselves together at their mean; k = 0 keeps them apart. */
static void gather(const struct sum *s, const uint64_t *have, uint32_t most, unsigned k, struct levels *out)
{
    out->n = 0;
    for (uint32_t n = 1; n <= most;) {
        uint32_t end = k > 0 ? n + n / k : n;
        double items = 0, windows = 0;
        for (; n <= end && n <= most; n++) {
            items += (double)have[n];
            windows += (double)have[n] * n;
        }
        if (items > 0) {
            uint32_t mean = (uint32_t)(windows / items + 0.5);
            out->at[out->n++] = (struct level){
                .n = mean, .have = items, .ln_ways = ln_fact(s, mean) + ln_fact(s, s->l - mean)};
        }
    }
    double follow = 0;
    for (size_t i = out->n; i-- > 0;) {
        follow = fmax(follow, out->at[i].have);
        out->at[i].ln_follow = log(follow);
    }
}

/* First roughly, so that it is known what matters; then with all counts apart, or, if that is too much work,
 * with as few put together as it takes. */
static double expected(struct sum *s, const uint64_t *have, uint32_t most, struct levels *levels)
{
    gather(s, have, most, COARSE, levels);
    s->ln_negligible = -INFINITY;
    double pairs = 0.5 * (double)levels->n * (double)levels->n, about = fmax(1e-12, add_up(s, levels) * 1e-9);
    s->ln_negligible = log(about / fmax(pairs, 1));
    gather(s, have, most, 0, levels);
    s->ln_negligible = log(about) - 2 * log((double)levels->n + 1);
    for (unsigned k = FINE; k >= COARSE && work_of(s, levels) > MOST_WORK; k -= k / 4)
        gather(s, have, most, k, levels);
    return add_up(s, levels);
}

double ks_chance_independent(const uint64_t *have, uint32_t l, const struct ks_thresholds *thresholds)
{
    uint32_t most = thresholds->max_count < l ? thresholds->max_count : l;
    struct sum s = {.l = l, .least = ks_least_of(l, thresholds), .ln_all = ln_factorial(l)};
    struct levels levels = {0};
    size_t distinct = 0;
    for (uint32_t n = 1; n <= most; n++)
        distinct += have[n] > 0;
    if (distinct == 0)
        return 0;
    levels.at = ks_alloc(distinct, sizeof *levels.at);
    s.ln_factorial = l < TABLE ? ks_alloc((size_t)l + 1, sizeof *s.ln_factorial) : NULL;
    double result = NAN;
    if (levels.at != NULL && (s.ln_factorial != NULL || l >= TABLE)) {
        for (uint32_t n = 0; n <= l && s.ln_factorial != NULL; n++)
            s.ln_factorial[n] = ln_factorial(n);
        result = expected(&s, have, most, &levels);
    }
    ks_free(levels.at);
    ks_free(s.ln_factorial);
    return result;
}
