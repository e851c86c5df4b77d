/* Counting rules from the triples: at given thresholds, over a plane of them, and where counts change. */
#include <string.h>

#include "base/memory.h"
#include "mining/index.h"
#include "mining/sort.h"

struct ks_status ks_grid_make(struct ks_pairs *pairs)
{
    (void)pairs;
    return ks_ok();
}

void ks_grid_free(struct ks_pairs *pairs)
{
    (void)pairs;
}

static struct ks_counts counts_of(const struct ks_triple *triple, uint32_t l, bool turned)
{
    return (struct ks_counts){.x = turned ? triple->y : triple->x,
                              .y = turned ? triple->x : triple->y,
                              .xy = triple->xy,
                              .l = l};
}

/* Of a triple's two directions, how many pass. */
static unsigned directions(const struct ks_triple *triple, uint32_t l, const struct ks_thresholds *thresholds)
{
    return (unsigned)ks_pair_passes(counts_of(triple, l, false), thresholds) +
           (unsigned)ks_pair_passes(counts_of(triple, l, true), thresholds);
}

uint64_t ks_pairs_count(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds)
{
    uint32_t l = ks_pairs_windows(pairs);
    uint64_t total = 0;
    for (size_t i = 0; i < pairs->n; i++)
        total += pairs->triples[i].pairs * directions(&pairs->triples[i], l, thresholds);
    return total;
}

/* How many of the ascending values are < n. */
static size_t below(const uint32_t *values, size_t n_values, uint32_t n)
{
    size_t low = 0, high = n_values;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (values[middle] < n)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* How many of the ascending thresholds a value passes. */
static size_t passed(const double *values, size_t n_values, double value)
{
    size_t low = 0, high = n_values;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (value + KS_SLACK >= values[middle])
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct ks_status ks_pairs_plane(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, const uint32_t *max_count,
                                size_t n_count, const double *min_inte, size_t n_inte, uint64_t *out)
{
    /* at[i][j]: pairs that need max_count[i] and pass exactly the first j of min_inte. */
    uint64_t *at = ks_zalloc(n_count * (n_inte + 1), sizeof *at);
    if (at == NULL)
        return ks_nomem("the plane of counts");
    uint32_t l = ks_pairs_windows(pairs);
    struct ks_thresholds rest = *thresholds;
    rest.max_count = UINT32_MAX;
    rest.min_inte = 0;
    for (size_t k = 0; k < pairs->n; k++) {
        const struct ks_triple *triple = &pairs->triples[k];
        size_t i = below(max_count, n_count, triple->y);
        uint64_t n = i < n_count ? triple->pairs * directions(triple, l, &rest) : 0;
        if (n > 0)
            at[i * (n_inte + 1) +
               passed(min_inte, n_inte, ks_interest_value(counts_of(triple, l, false), thresholds->interest))] += n;
    }
    for (size_t i = 0; i < n_count; i++) {
        uint64_t sum = 0;
        for (size_t j = n_inte; j > 0; j--) {
            sum += at[i * (n_inte + 1) + j];
            out[i * n_inte + j - 1] = sum + (i > 0 ? out[(i - 1) * n_inte + j - 1] : 0);
        }
    }
    ks_free(at);
    return ks_ok();
}

static double axis_value(struct ks_counts c, enum ks_axis axis, enum ks_interest interest)
{
    switch (axis) {
    case KS_AXIS_SUPP:
        return (double)(c.x > c.y ? c.x : c.y) / c.l;
    case KS_AXIS_INTE:
        return ks_interest_value(c, interest);
    case KS_AXIS_CONF:
        break;
    }
    return ks_cpir(c);
}

/* From sorted values to distinct ones (two within the slack are one step), evenly thinned to cap. */
static size_t distinct(const struct ks_keyed *keyed, size_t n, const double *values, double *out, size_t cap)
{
    size_t steps = 0;
    double last = -1;
    for (size_t i = 0; i < n; i++)
        if (values[keyed[i].value] > last + KS_SLACK) {
            last = values[keyed[i].value];
            steps++;
        }
    size_t kept = steps < cap ? steps : cap, seen = 0, wrote = 0;
    last = -1;
    for (size_t i = 0; i < n && wrote < kept; i++)
        if (values[keyed[i].value] > last + KS_SLACK) {
            last = values[keyed[i].value];
            /* Step number wrote * (steps - 1)/(kept - 1): the first, the last and even ones between. */
            if (seen++ == (kept > 1 ? (size_t)((ks_u128)wrote * (steps - 1) / (kept - 1)) : 0))
                out[wrote++] = last;
        }
    return wrote;
}

size_t ks_pairs_steps(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, enum ks_axis axis, double *out,
                      size_t cap)
{
    struct ks_thresholds rest = *thresholds;
    if (axis == KS_AXIS_SUPP)
        rest.max_count = UINT32_MAX;
    if (axis == KS_AXIS_INTE)
        rest.min_inte = 0;
    if (axis == KS_AXIS_CONF)
        rest.min_conf = 0;
    uint32_t l = ks_pairs_windows(pairs);
    size_t most = 2 * pairs->n, n = 0;
    struct ks_keyed *keyed = ks_alloc(most, sizeof *keyed), *spare = ks_alloc(most, sizeof *spare);
    double *values = ks_alloc(most, sizeof *values);
    if (keyed != NULL && spare != NULL && values != NULL) {
        for (size_t k = 0; k < most; k++) {
            struct ks_counts c = counts_of(&pairs->triples[k / 2], l, k % 2 == 1);
            if (!ks_pair_passes(c, &rest))
                continue;
            values[n] = axis_value(c, axis, thresholds->interest);
            keyed[n] = (struct ks_keyed){ks_real_key(values[n]), (uint32_t)n};
            n++;
        }
        ks_radix_sort(keyed, spare, n, NULL);
        n = distinct(keyed, n, values, out, cap);
    }
    ks_free(keyed);
    ks_free(spare);
    ks_free(values);
    return n;
}
