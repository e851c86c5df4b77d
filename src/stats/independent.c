/* Expected number of rules when every item's windows are drawn at random (DESIGN.md 2): a sum of hypergeometric tails over pairs of item counts. */
#include "stats/chance.h"

#include <math.h>

#include "base/memory.h"
#include "stats/least.h"
#include "stats/terms.h"

/* The distinct counts that items have. */
struct level {
    uint32_t n;
    double have;
    double ln_have;
    double ln_ways; /* ln n! + ln (l-n)! */
};

enum { TABLE = 1 << 17 };

struct sum {
    uint32_t l;
    struct ks_least least;
    struct level *levels;
    size_t n_levels;
    double *ln_factorial; /* of 0..l, where l < TABLE */
    double ln_all;        /* ln l! */
    double total;
    double ln_negligible; /* pairs whose tails times weights are smaller are left out */
};

static double ln_factorial(double n)
{
    return n < 1 ? 0 : ks_stirling(n) + 0.5 * log(2 * M_PI * n) + n * (log(n) - 1);
}

static inline double ln_fact(const struct sum *s, uint32_t n)
{
    return s->ln_factorial != NULL ? s->ln_factorial[n] : ln_factorial(n);
}

/* P(N >= c) for c above the mean: the first term and the ratios of those that follow, to 1e-10 of itself. */
static double tail(const struct sum *s, const struct level *a, const struct level *b, uint32_t c)
{
    uint32_t x = a->n, y = b->n;
    uint32_t rest = s->l - x - y + c;
    double ln_first = a->ln_ways + b->ln_ways - s->ln_all - ln_fact(s, c) - ln_fact(s, x - c) - ln_fact(s, y - c) - ln_fact(s, rest);
    double i = x - c, j = y - c, k = c + 1.0, m = rest + 1.0;
    double total = 1, term = 1;
    for (; i > 0 && term > total * 1e-10; i--, j--, k++, m++) {
        term *= i * j / (k * m);
        total += term;
    }
    return exp(ln_first) * total;
}

/* Bernstein's bound on the tail, as a logarithm (it holds for sampling with replacement, and so without: Hoeffding 1963). */
static double ln_bound(const struct sum *s, uint32_t x, uint32_t y, uint32_t c)
{
    double mean = (double)x * y / s->l, above = c - mean;
    return -above * above / (2 * (mean * (1 - (double)x / s->l) + above / 3));
}

static double pair(const struct sum *s, const struct level *a, const struct level *b)
{
    uint32_t c = ks_least_count(&s->least, a->n, b->n);
    if (c == UINT32_MAX || a->ln_have + b->ln_have + ln_bound(s, a->n, b->n, c) < s->ln_negligible)
        return 0;
    double p = tail(s, a, b, c);
    uint32_t back = ks_least_count(&s->least, b->n, a->n);
    if (back == c)
        return 2 * p;
    return back == UINT32_MAX ? p : p + tail(s, a, b, back);
}

static void add_up(struct sum *s)
{
    for (size_t i = 0; i < s->n_levels; i++) {
        const struct level *a = &s->levels[i];
        double row = a->have * (a->have - 1) / 2 * pair(s, a, a);
        for (size_t j = i + 1; j < s->n_levels; j++)
            row += a->have * s->levels[j].have * pair(s, a, &s->levels[j]);
        s->total += row;
        s->ln_negligible = log(s->total * 1e-8) - 2 * log((double)s->n_levels);
    }
}

double ks_chance_independent(const uint64_t *have, uint32_t l, const struct ks_thresholds *thresholds)
{
    uint32_t most = thresholds->max_count < l ? thresholds->max_count : l;
    struct sum s = {.l = l, .least = ks_least_of(l, thresholds), .ln_all = ln_factorial(l), .ln_negligible = -INFINITY};
    for (uint32_t n = 1; n <= most; n++)
        s.n_levels += have[n] > 0;
    if (s.n_levels == 0)
        return 0;
    s.levels = ks_alloc(s.n_levels, sizeof *s.levels);
    s.ln_factorial = l < TABLE ? ks_alloc((size_t)l + 1, sizeof *s.ln_factorial) : NULL;
    double expected = NAN;
    if (s.levels != NULL && (s.ln_factorial != NULL || l >= TABLE)) {
        for (uint32_t n = 0; n <= l && s.ln_factorial != NULL; n++)
            s.ln_factorial[n] = ln_factorial(n);
        s.n_levels = 0;
        for (uint32_t n = 1; n <= most; n++)
            if (have[n] > 0)
                s.levels[s.n_levels++] = (struct level){n, (double)have[n], log((double)have[n]), ln_fact(&s, n) + ln_fact(&s, l - n)};
        add_up(&s);
        expected = s.total;
    }
    ks_free(s.levels);
    ks_free(s.ln_factorial);
    return expected;
}
