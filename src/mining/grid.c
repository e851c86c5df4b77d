/* Counting rules at any thresholds without a pass over the triples. Each directed rule has three values: the larger of its sides'
 * counts, its interest and its CPIR; each threshold cuts one of them. The values of each are parted into buckets, and sums over
 * whole buckets of all three are kept. At most one bucket of each is cut by its threshold: the triples in it are looked at one by
 * one, with the same comparisons as everywhere. */
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/memory.h"
#include "mining/index.h"

enum {
    SUPP,
    INTE,
    CONF,
    AXES,
    MOST_BUCKETS = 127,
    SHIFT = 44, /* a bin holds the values that agree in exponent and eight bits of the fraction */
    FEW = 1000, /* triples up to which a pass is fast enough */
    AHEAD = 24  /* entries between asking for a triple's memory and looking at it */
};

/* Buckets of each axis where there are many triples. The first has few because its cut bucket is cheap: its triples lie in long runs. */
static const double most_buckets[AXES] = {32, 100, 100};

struct axis {
    uint64_t base;   /* bits of the first bin's values, shifted */
    uint32_t bins;
    uint32_t *have;  /* per bin: triples or rules in it, while the grid is made */
    uint8_t *bucket; /* per bin */
    unsigned n;      /* buckets */
    double low[MOST_BUCKETS], high[MOST_BUCKETS]; /* least and largest value in each */
    uint32_t *list;  /* bucket by bucket: triples; for CONF rules, 2 t + d for triple t in direction d */
    uint32_t start[MOST_BUCKETS + 1]; /* of each bucket's in list[] */
};

/* The grid for one kind of interest and one minimum count. */
struct grid {
    bool made;
    enum ks_interest interest;
    uint32_t min_count;
    struct axis axis[AXES];
    uint64_t *sum; /* (i, j, k): rules in buckets < i of SUPP, >= j of INTE, >= k of CONF */
};

struct ks_grids {
    struct grid common; /* Wu's interest, no minimum count */
    struct grid other;  /* what else was asked for last; under the lock */
    pthread_mutex_t lock;
};

static inline struct ks_counts counts_of(const struct ks_pairs *pairs, size_t triple, bool turned)
{
    const struct ks_triple *t = &pairs->triples[triple];
    return (struct ks_counts){turned ? t->y : t->x, turned ? t->x : t->y, t->xy, pairs->classes.sets->l};
}

static inline bool takes_part(struct ks_counts c, uint32_t min_count)
{
    return c.xy >= min_count && ks_excess(c) > 0;
}

/* ---- making ---- */

/* Bits of a positive real, which ascend with it. */
static inline uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits >> SHIFT;
}

static inline uint32_t bin_of(const struct axis *axis, double value)
{
    uint64_t bits = bits_of(value);
    if (bits < axis->base)
        return 0;
    return bits - axis->base < axis->bins ? (uint32_t)(bits - axis->base) : axis->bins - 1;
}

static bool axis_make(struct axis *axis, double low, double high)
{
    axis->base = bits_of(low);
    axis->bins = (uint32_t)(bits_of(high) - axis->base) + 1;
    axis->have = ks_zalloc(axis->bins, sizeof *axis->have);
    axis->bucket = ks_alloc(axis->bins, sizeof *axis->bucket);
    return axis->have != NULL && axis->bucket != NULL;
}

/* Parts the bins into about `buckets` buckets of equal size; a bin with more has a bucket of its own. */
static bool axis_part(struct axis *axis, double buckets)
{
    size_t all = 0, here = 0;
    unsigned bucket = 0;
    for (uint32_t i = 0; i < axis->bins; i++)
        all += axis->have[i];
    size_t target = (size_t)((double)all / (buckets < 1 ? 1 : buckets)) + 1;
    for (uint32_t i = 0; i < axis->bins; i++) {
        if (here > 0 && here + axis->have[i] > target && bucket + 1 < MOST_BUCKETS) {
            axis->start[bucket + 1] = axis->start[bucket] + (uint32_t)here;
            bucket++;
            here = 0;
        }
        axis->bucket[i] = (uint8_t)bucket;
        here += axis->have[i];
    }
    axis->start[bucket + 1] = axis->start[bucket] + (uint32_t)here;
    axis->n = bucket + 1;
    for (unsigned b = 0; b < axis->n; b++) {
        axis->low[b] = INFINITY;
        axis->high[b] = -INFINITY;
    }
    ks_free(axis->have);
    axis->have = NULL;
    axis->list = ks_alloc(all, sizeof *axis->list);
    return axis->list != NULL;
}

static void grid_free(struct grid *grid)
{
    for (int a = 0; a < AXES; a++) {
        ks_free(grid->axis[a].have);
        ks_free(grid->axis[a].bucket);
        ks_free(grid->axis[a].list);
    }
    ks_free(grid->sum);
    memset(grid, 0, sizeof *grid);
}

/* The place in sum[], which has one more than there are buckets in each direction. */
static inline size_t sum_at(const struct grid *grid, unsigned i, unsigned j, unsigned k)
{
    return ((size_t)i * (grid->axis[INTE].n + 1) + j) * (grid->axis[CONF].n + 1) + k;
}

/* First pass: how many triples there are in each bin; then buckets. */
static bool make_axes(const struct ks_pairs *pairs, struct grid *grid)
{
    struct axis *axis = grid->axis;
    double l = pairs->classes.sets->l, least = 0.5 / (l * l);
    if (!axis_make(&axis[SUPP], 1, l) || !axis_make(&axis[INTE], least, 1) || !axis_make(&axis[CONF], least, 1))
        return false;
    size_t n = 0;
    for (size_t t = 0; t < pairs->n; t++) {
        struct ks_counts c = counts_of(pairs, t, false);
        if (!takes_part(c, grid->min_count))
            continue;
        axis[SUPP].have[bin_of(&axis[SUPP], c.y)]++;
        axis[INTE].have[bin_of(&axis[INTE], ks_interest_value(c, grid->interest))]++;
        axis[CONF].have[bin_of(&axis[CONF], ks_cpir(c))]++;
        axis[CONF].have[bin_of(&axis[CONF], ks_cpir(counts_of(pairs, t, true)))]++;
        n++;
    }
    /* With few triples fewer buckets, so that the sums take less room than the triples. */
    double share = fmin(1, cbrt((double)n / 600000));
    for (int a = 0; a < AXES; a++)
        if (!axis_part(&axis[a], most_buckets[a] * share))
            return false;
    return true;
}

/* Puts a value into its bucket: the entry into the bucket's list. */
static inline unsigned axis_put(struct axis *axis, double value, uint32_t entry)
{
    unsigned bucket = axis->bucket[bin_of(axis, value)];
    if (value < axis->low[bucket])
        axis->low[bucket] = value;
    if (value > axis->high[bucket])
        axis->high[bucket] = value;
    axis->list[axis->start[bucket]++] = entry;
    return bucket;
}

/* Second pass: lists and single sums. Filling moves each bucket's start to its end; afterwards they are moved back. */
static void fill(const struct ks_pairs *pairs, struct grid *grid)
{
    struct axis *axis = grid->axis;
    for (size_t t = 0; t < pairs->n; t++) {
        struct ks_counts c = counts_of(pairs, t, false);
        if (!takes_part(c, grid->min_count))
            continue;
        unsigned i = axis_put(&axis[SUPP], c.y, (uint32_t)t);
        unsigned j = axis_put(&axis[INTE], ks_interest_value(c, grid->interest), (uint32_t)t);
        unsigned k = axis_put(&axis[CONF], ks_cpir(c), 2 * (uint32_t)t);
        grid->sum[sum_at(grid, i + 1, j, k)] += pairs->triples[t].pairs;
        k = axis_put(&axis[CONF], ks_cpir(counts_of(pairs, t, true)), 2 * (uint32_t)t + 1);
        grid->sum[sum_at(grid, i + 1, j, k)] += pairs->triples[t].pairs;
    }
    for (int a = 0; a < AXES; a++) {
        for (unsigned b = axis[a].n; b > 0; b--)
            axis[a].start[b] = axis[a].start[b - 1];
        axis[a].start[0] = 0;
    }
}

/* From single sums to sums over all that lies below in SUPP and above in INTE and CONF: one direction after the other. */
static void add_up(struct grid *grid)
{
    unsigned ni = grid->axis[SUPP].n, nj = grid->axis[INTE].n, nk = grid->axis[CONF].n;
    for (unsigned i = 1; i <= ni; i++) {
        for (unsigned j = 0; j < nj; j++)
            for (unsigned k = nk; k-- > 0;)
                grid->sum[sum_at(grid, i, j, k)] += grid->sum[sum_at(grid, i, j, k + 1)];
        for (unsigned j = nj; j-- > 0;)
            for (unsigned k = 0; k < nk; k++)
                grid->sum[sum_at(grid, i, j, k)] += grid->sum[sum_at(grid, i, j + 1, k)];
        for (unsigned j = 0; j < nj; j++)
            for (unsigned k = 0; k < nk; k++)
                grid->sum[sum_at(grid, i, j, k)] += grid->sum[sum_at(grid, i - 1, j, k)];
    }
}

static bool grid_make(const struct ks_pairs *pairs, enum ks_interest interest, uint32_t min_count, struct grid *grid)
{
    *grid = (struct grid){.interest = interest, .min_count = min_count};
    if (make_axes(pairs, grid)) {
        grid->sum = ks_zalloc(sum_at(grid, grid->axis[SUPP].n + 1, 0, 0), sizeof *grid->sum);
        grid->made = grid->sum != NULL;
    }
    if (!grid->made) {
        grid_free(grid);
        return false;
    }
    fill(pairs, grid);
    add_up(grid);
    return true;
}

/* ---- asking ---- */

static bool value_passes(const struct ks_thresholds *t, int axis, double value)
{
    if (axis == SUPP)
        return value <= t->max_count;
    return value + KS_SLACK >= (axis == INTE ? t->min_inte : t->min_conf);
}

/* What a threshold does to an axis: buckets from..to-1 pass whole; `cut` (or -1) passes in part. */
struct cut {
    unsigned from, to;
    int cut;
};

static struct cut cut_axis(const struct axis *axis, int which, const struct ks_thresholds *t)
{
    struct cut cut = {0, axis->n, -1};
    if (which == SUPP) {
        while (cut.to > 0 && !value_passes(t, which, axis->high[cut.to - 1])) {
            cut.to--;
            if (value_passes(t, which, axis->low[cut.to]))
                cut.cut = (int)cut.to;
        }
        return cut;
    }
    while (cut.from < cut.to && !value_passes(t, which, axis->low[cut.from])) {
        if (value_passes(t, which, axis->high[cut.from]))
            cut.cut = (int)cut.from;
        cut.from++;
    }
    return cut;
}

/* Rules of a listed triple that pass, both directions. */
static inline uint64_t both_pass(const struct ks_pairs *pairs, size_t triple, const struct ks_thresholds *t)
{
    struct ks_counts c = counts_of(pairs, triple, false), turned = counts_of(pairs, triple, true);
    if (c.y > t->max_count || ks_interest_value(c, t->interest) + KS_SLACK < t->min_inte)
        return 0;
    return pairs->triples[triple].pairs *
           ((uint64_t)(ks_cpir(c) + KS_SLACK >= t->min_conf) + (uint64_t)(ks_cpir(turned) + KS_SLACK >= t->min_conf));
}

/* Asks for the memory of an entry further on: triples of a bucket lie all over. */
static inline void ahead(const struct ks_pairs *pairs, const struct axis *axis, uint32_t at, uint32_t directions)
{
    if (at + AHEAD < axis->start[axis->n])
        __builtin_prefetch(&pairs->triples[axis->list[at + AHEAD] / directions]);
}

/* Rules of a bucket's triples that pass. */
static uint64_t scan(const struct ks_pairs *pairs, const struct axis *axis, unsigned bucket, const struct ks_thresholds *t)
{
    uint64_t n = 0;
    for (uint32_t at = axis->start[bucket]; at < axis->start[bucket + 1]; at++) {
        ahead(pairs, axis, at, 1);
        n += both_pass(pairs, axis->list[at], t);
    }
    return n;
}

static uint64_t grid_count(const struct ks_pairs *pairs, const struct grid *grid, const struct ks_thresholds *t)
{
    const struct axis *supp = &grid->axis[SUPP], *inte = &grid->axis[INTE], *conf = &grid->axis[CONF];
    struct cut i = cut_axis(supp, SUPP, t), j = cut_axis(inte, INTE, t), k = cut_axis(conf, CONF, t);
    uint64_t n = grid->sum[sum_at(grid, i.to, j.from, k.from)];
    /* Each rule outside those sums is counted in the first cut bucket that it is in: SUPP, INTE, CONF. */
    if (i.cut >= 0)
        n += scan(pairs, supp, (unsigned)i.cut, t);
    if (i.to == 0)
        return n;
    struct ks_thresholds whole = *t;
    whole.max_count = (uint32_t)supp->high[i.to - 1];
    if (j.cut >= 0)
        n += scan(pairs, inte, (unsigned)j.cut, &whole);
    if (k.cut < 0 || j.from == inte->n)
        return n;
    for (uint32_t at = conf->start[k.cut]; at < conf->start[k.cut + 1]; at++) {
        ahead(pairs, conf, at, 2);
        struct ks_counts c = counts_of(pairs, conf->list[at] / 2, conf->list[at] % 2 == 1);
        if ((c.x > c.y ? c.x : c.y) <= whole.max_count && ks_interest_value(c, t->interest) >= inte->low[j.from] &&
            ks_cpir(c) + KS_SLACK >= t->min_conf)
            n += pairs->triples[conf->list[at] / 2].pairs;
    }
    return n;
}

static uint64_t pass_count(const struct ks_pairs *pairs, const struct ks_thresholds *t)
{
    uint64_t n = 0;
    for (size_t i = 0; i < pairs->n; i++)
        n += pairs->triples[i].pairs * ((uint64_t)ks_pair_passes(counts_of(pairs, i, false), t) +
                                        (uint64_t)ks_pair_passes(counts_of(pairs, i, true), t));
    return n;
}

uint64_t ks_pairs_count(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds)
{
    struct ks_grids *grids = pairs->grids;
    if (grids == NULL)
        return pass_count(pairs, thresholds);
    if (thresholds->interest == KS_INTEREST_WU && thresholds->min_count <= 1)
        return grid_count(pairs, &grids->common, thresholds);
    pthread_mutex_lock(&grids->lock);
    struct grid *other = &grids->other;
    if (!other->made || other->interest != thresholds->interest || other->min_count != thresholds->min_count) {
        grid_free(other);
        grid_make(pairs, thresholds->interest, thresholds->min_count, other);
    }
    uint64_t n = other->made ? grid_count(pairs, other, thresholds) : pass_count(pairs, thresholds);
    pthread_mutex_unlock(&grids->lock);
    return n;
}

struct ks_status ks_grid_make(struct ks_pairs *pairs)
{
    if (pairs->n <= FEW || pairs->n > UINT32_MAX / 2)
        return ks_ok();
    struct ks_grids *grids = ks_zalloc(1, sizeof *grids);
    if (grids == NULL)
        return ks_nomem("the grid of rules");
    if (!grid_make(pairs, KS_INTEREST_WU, 1, &grids->common) || pthread_mutex_init(&grids->lock, NULL) != 0) {
        grid_free(&grids->common);
        ks_free(grids);
        return ks_nomem("the grid of rules");
    }
    pairs->grids = grids;
    return ks_ok();
}

void ks_grid_free(struct ks_pairs *pairs)
{
    if (pairs->grids == NULL)
        return;
    grid_free(&pairs->grids->common);
    grid_free(&pairs->grids->other);
    pthread_mutex_destroy(&pairs->grids->lock);
    ks_free(pairs->grids);
    pairs->grids = NULL;
}
