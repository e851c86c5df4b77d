/* Counting rules over a plane of thresholds: a pass over the triples. */
#include "base/memory.h"
#include "mining/index.h"

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
