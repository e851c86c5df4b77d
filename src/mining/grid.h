/* What makes counting fast, from the inside. Each directed rule has three values: the larger of its sides' counts, its interest
 * and its CPIR; each threshold cuts one of them. Values are parted into fine bins, bins into buckets, and for whole buckets of all
 * three the sums are kept. What lies between a threshold and the nearest border of a bucket is looked at one by one, with the
 * same comparisons as everywhere. */
#ifndef KS_MINING_GRID_H
#define KS_MINING_GRID_H

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "mining/index.h"

enum { KS_GRID_SUPP, KS_GRID_INTE, KS_GRID_CONF, KS_GRID_AXES };

/* Bins are the values that agree in exponent and first bits of the fraction; bin 0 holds what is below, too, and the last what is
 * above. */
struct ks_grid_axis {
    uint64_t base; /* bits of the first bin's values, shifted */
    uint32_t bins;
    uint32_t *start;  /* bins + 1: entries in lower bins; INTE and CONF: where the bin begins in list[] */
    uint8_t *bucket;  /* per bin */
    unsigned buckets;
    uint32_t first[256]; /* buckets + 1: the first bin of each */
    uint32_t *list;   /* bin by bin; INTE: triples; CONF: 2 t + d for triple t in direction d; SUPP: none, see below */
};

/* The grid for one kind of interest and one minimum count. */
struct ks_grid {
    bool made;
    enum ks_interest interest;
    uint32_t min_count;
    struct ks_grid_axis axis[KS_GRID_AXES];
    uint32_t rows;
    uint32_t *run; /* per bucket of SUPP, and one more, and row (distinct x): where the row's triples of that bucket begin */
    uint64_t *sum; /* (i, j, k): rules in buckets < i of SUPP, >= j of INTE, >= k of CONF */
};

/* What a plane of counts is asked for. */
struct ks_plane {
    enum ks_interest interest;
    uint32_t min_count;
    const uint32_t *max_count; /* n_count */
    const double *min_inte;    /* n_inte */
    size_t n_count, n_inte;
};

/* A plane for every bucket of CONF: layer k holds the rules of buckets >= k. */
struct ks_cube {
    struct ks_plane plane; /* of the two arrays here */
    uint32_t *max_count;
    double *min_inte;
    uint64_t *layer; /* n_count * n_inte each; NULL where there is no cube */
};

struct ks_grids {
    struct ks_grid common; /* Wu's interest, no minimum count */
    struct ks_grid other;  /* what else was asked for last; under the lock */
    pthread_mutex_t lock;
    struct ks_cube cube;   /* for the plane that was asked for last; under its lock, which is taken before the other */
    pthread_mutex_t cube_lock;
};

enum { KS_GRID_SHIFT = 44 }; /* eight bits of the fraction */

static inline struct ks_counts ks_grid_counts(const struct ks_pairs *pairs, size_t triple, bool turned)
{
    const struct ks_triple *t = &pairs->triples[triple];
    return (struct ks_counts){turned ? t->y : t->x, turned ? t->x : t->y, t->xy, pairs->classes.sets->l};
}

/* Whether a triple's rules are in the grid. */
static inline bool ks_grid_takes(const struct ks_grid *grid, struct ks_counts c)
{
    return c.xy >= grid->min_count && ks_excess(c) > 0;
}

/* Bits of a positive real, which ascend with it. */
static inline uint64_t ks_grid_bits(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> KS_GRID_SHIFT;
}

static inline uint32_t ks_grid_bin(const struct ks_grid_axis *axis, double value)
{
    uint64_t bits = value > 0 ? ks_grid_bits(value) : 0;
    if (bits < axis->base)
        return 0;
    return bits - axis->base < axis->bins ? (uint32_t)(bits - axis->base) : axis->bins - 1;
}

/* The values of a bin are >= its border and < the next one's. */
static inline double ks_grid_border(const struct ks_grid_axis *axis, uint32_t bin)
{
    if (bin == 0)
        return 0;
    if (bin >= axis->bins)
        return INFINITY;
    uint64_t bits = (axis->base + bin) << KS_GRID_SHIFT;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* The first bin with values that pass a lower threshold; values in it may fail, values in later ones pass. */
static inline uint32_t ks_grid_first(const struct ks_grid_axis *axis, double threshold)
{
    uint32_t bin = ks_grid_bin(axis, threshold);
    while (bin > 0 && ks_grid_border(axis, bin) + KS_SLACK >= threshold)
        bin--; /* values a little below the threshold pass, too */
    return bin;
}

/* The place in sum[], which has one more than there are buckets in each direction. */
static inline size_t ks_grid_at(const struct ks_grid *grid, unsigned i, unsigned j, unsigned k)
{
    return ((size_t)i * (grid->axis[KS_GRID_INTE].buckets + 1) + j) * (grid->axis[KS_GRID_CONF].buckets + 1) + k;
}

/* Makes and frees the grids of a pair index. None for few triples. KS_NOMEM. */
struct ks_status ks_grid_make(struct ks_pairs *pairs);
void ks_grid_free(struct ks_pairs *pairs);

/* The grid for these thresholds' interest and minimum count, or NULL where there is none. To be given back by ks_grid_done with what
 * *locked says. */
const struct ks_grid *ks_grid_for(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, bool *locked);
void ks_grid_done(const struct ks_pairs *pairs, bool locked);

/* What a threshold does to an axis: the sums are taken from or to bucket `border`, and what lies between the threshold and that border
 * is to be added, or to be taken away. It lies in bins from .. to - 1, of which one holds the threshold. */
struct ks_grid_cut {
    unsigned border;
    bool add;
    uint32_t from, to;
};
/* The cut of a lower threshold: minInte or minConf. */
struct ks_grid_cut ks_grid_cut_below(const struct ks_grid_axis *axis, double threshold);

void ks_cube_free(struct ks_cube *cube);

/* Borders of buckets outside which nothing passes: what passes is in buckets < supp, >= inte, >= conf. */
struct ks_grid_outer {
    unsigned supp, inte, conf;
};
struct ks_grid_outer ks_grid_outer(const struct ks_grid *grid, const struct ks_thresholds *thresholds);

/* How many directed rules pass, for the interest and minimum count that the grid was made for. */
uint64_t ks_grid_count(const struct ks_pairs *pairs, const struct ks_grid *grid, const struct ks_thresholds *thresholds);

#endif
