/* Counting rules over a plane of thresholds, and where counts change: each a pass over the triples. */
#include "base/memory.h"
#include "mining/index.h"
#include "mining/sort.h"

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

/* Sorts keys of positive reals and leaves one of each that differ by more than the slack; how many. */
static size_t sort_distinct(uint64_t *keys, uint64_t *spare, size_t n)
{
    uint64_t *sorted = ks_radix_sort_keys(keys, spare, n);
    size_t distinct = 0;
    double last = -1;
    for (size_t i = 0; i < n; i++) {
        double value = ks_key_real(sorted[i]);
        if (value > last + KS_SLACK) {
            last = value;
            keys[distinct++] = sorted[i];
        }
    }
    return distinct;
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
    uint64_t *keys = ks_alloc(most, sizeof *keys), *spare = ks_alloc(most, sizeof *spare);
    if (keys != NULL && spare != NULL) {
        for (size_t k = 0; k < most; k++) {
            struct ks_counts c = counts_of(&pairs->triples[k / 2], l, k % 2 == 1);
            if (!ks_pair_passes(c, &rest))
                continue;
            keys[n++] = ks_real_key(axis_value(c, axis, thresholds->interest));
            if (axis != KS_AXIS_CONF && k % 2 == 0)
                k++; /* the other direction has the same value: only CPIR differs between the two */
        }
        n = sort_distinct(keys, spare, n);
        size_t kept = n < cap ? n : cap;
        for (size_t i = 0; i < kept; i++) /* the first, the last and even ones between */
            out[i] = ks_key_real(keys[kept > 1 ? (size_t)((ks_u128)i * (n - 1) / (kept - 1)) : 0]);
    }
    ks_free(keys);
    ks_free(spare);
    return n;
}
