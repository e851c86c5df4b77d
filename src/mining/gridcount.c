/* Counting rules at any thresholds without a pass over the triples. */
#include "mining/grid.h"
#include "mining/pairs.h"

enum {
    SUPP = KS_GRID_SUPP,
    INTE = KS_GRID_INTE,
    CONF = KS_GRID_CONF,
    AHEAD = 24 /* entries between asking for a triple's memory and looking at it */
};

static inline bool passes(double value, double threshold)
{
    return value + KS_SLACK >= threshold;
}

/* The cut for a threshold in this bin. upward: what is above passes. */
static struct ks_grid_cut cut_at(const struct ks_grid_axis *axis, uint32_t bin, bool upward)
{
    unsigned bucket = axis->bucket[bin];
    uint32_t first = axis->first[bucket], end = axis->first[bucket + 1];
    uint32_t below = axis->start[bin + 1] - axis->start[first], above = axis->start[end] - axis->start[bin];
    bool near_first = below < above; /* fewer entries between the bucket's first border and the threshold */
    struct ks_grid_cut cut = {.border = near_first ? bucket : bucket + 1, .add = near_first != upward};
    cut.from = near_first ? first : bin;
    cut.to = near_first ? bin + 1 : end;
    return cut;
}

struct ks_grid_cut ks_grid_cut_below(const struct ks_grid_axis *axis, double threshold)
{
    uint32_t bin = ks_grid_first(axis, threshold);
    if (bin == 0 && passes(0, threshold))
        return (struct ks_grid_cut){0};
    return cut_at(axis, bin, true);
}

/* The larger count that every rule in buckets < border of SUPP has at most. */
static uint32_t most_count(const struct ks_grid_axis *supp, unsigned border)
{
    double limit = ks_grid_border(supp, supp->first[border]);
    return border == 0 ? 0 : isinf(limit) ? UINT32_MAX : (uint32_t)ceil(limit) - 1;
}

/* Rules of a triple in both directions whose CPIR passes. */
static inline uint64_t both(const struct ks_pairs *pairs, size_t triple, double min_conf)
{
    return pairs->triples[triple].pairs * ((uint64_t)passes(ks_cpir(ks_grid_counts(pairs, triple, false)), min_conf) +
                                           (uint64_t)passes(ks_cpir(ks_grid_counts(pairs, triple, true)), min_conf));
}

/* Rules between the border and max_count that pass all else. In each row the triples of a bucket lie together, ascending by y. */
static uint64_t between_supp(const struct ks_pairs *pairs, const struct ks_grid *grid, const struct ks_grid_cut *cut,
                             const struct ks_thresholds *t)
{
    const uint32_t *first = grid->run + (size_t)(cut->add ? cut->border : cut->border - 1) * grid->rows, *end = first + grid->rows;
    uint64_t n = 0;
    for (uint32_t row = 0; row < grid->rows; row++) {
        if (row + AHEAD < grid->rows)
            __builtin_prefetch(&pairs->triples[cut->add ? first[row + AHEAD] : end[row + AHEAD] - (end[row + AHEAD] > 0)]);
        for (uint32_t i = 0; i < end[row] - first[row]; i++) {
            uint32_t at = cut->add ? first[row] + i : end[row] - 1 - i;
            struct ks_counts c = ks_grid_counts(pairs, at, false);
            if ((c.y <= t->max_count) != cut->add)
                break;
            if (ks_grid_takes(grid, c) && passes(ks_interest_value(c, t->interest), t->min_inte))
                n += both(pairs, at, t->min_conf);
        }
    }
    return n;
}

/* Asks for the memory of an entry further on: triples of a bin lie all over. */
static inline void ahead(const struct ks_pairs *pairs, const struct ks_grid_axis *axis, uint32_t at, uint32_t end, uint32_t directions)
{
    if (at + AHEAD < end)
        __builtin_prefetch(&pairs->triples[axis->list[at + AHEAD] / directions]);
}

/* Rules between the border and minInte with a count of at most `most` and enough CPIR. */
static uint64_t between_inte(const struct ks_pairs *pairs, const struct ks_grid *grid, const struct ks_grid_cut *cut,
                             const struct ks_thresholds *t, uint32_t most)
{
    const struct ks_grid_axis *axis = &grid->axis[INTE];
    uint32_t end = axis->start[cut->to];
    uint64_t n = 0;
    for (uint32_t at = axis->start[cut->from]; at < end; at++) {
        ahead(pairs, axis, at, end, 1);
        struct ks_counts c = ks_grid_counts(pairs, axis->list[at], false);
        if (c.y <= most && passes(ks_interest_value(c, t->interest), t->min_inte) == cut->add)
            n += both(pairs, axis->list[at], t->min_conf);
    }
    return n;
}

/* Rules between the border and minConf with a count of at most `most` and an interest of at least `least`. */
static uint64_t between_conf(const struct ks_pairs *pairs, const struct ks_grid *grid, const struct ks_grid_cut *cut,
                             const struct ks_thresholds *t, uint32_t most, double least)
{
    const struct ks_grid_axis *axis = &grid->axis[CONF];
    uint32_t end = axis->start[cut->to];
    uint64_t n = 0;
    for (uint32_t at = axis->start[cut->from]; at < end; at++) {
        ahead(pairs, axis, at, end, 2);
        struct ks_counts c = ks_grid_counts(pairs, axis->list[at] / 2, axis->list[at] % 2 == 1);
        if (c.x <= most && c.y <= most && passes(ks_cpir(c), t->min_conf) == cut->add &&
            ks_interest_value(c, t->interest) >= least)
            n += pairs->triples[axis->list[at] / 2].pairs;
    }
    return n;
}

static inline uint64_t apply(uint64_t n, const struct ks_grid_cut *cut, uint64_t between)
{
    return cut->add ? n + between : n - between;
}

struct ks_grid_outer ks_grid_outer(const struct ks_grid *grid, const struct ks_thresholds *t)
{
    const struct ks_grid_axis *supp = &grid->axis[SUPP], *inte = &grid->axis[INTE], *conf = &grid->axis[CONF];
    return (struct ks_grid_outer){supp->bucket[ks_grid_bin(supp, t->max_count)] + 1u, inte->bucket[ks_grid_first(inte, t->min_inte)],
                                  conf->bucket[ks_grid_first(conf, t->min_conf)]};
}

uint64_t ks_grid_count(const struct ks_pairs *pairs, const struct ks_grid *grid, const struct ks_thresholds *t)
{
    const struct ks_grid_axis *axis = grid->axis;
    if (t->max_count == 0)
        return 0;
    struct ks_grid_cut i = cut_at(&axis[SUPP], ks_grid_bin(&axis[SUPP], t->max_count), false);
    struct ks_grid_cut j = ks_grid_cut_below(&axis[INTE], t->min_inte), k = ks_grid_cut_below(&axis[CONF], t->min_conf);
    uint64_t n = grid->sum[ks_grid_at(grid, i.border, j.border, k.border)];
    /* One threshold after the other moves from its border to its place. */
    uint32_t most = most_count(&axis[SUPP], i.border);
    n = apply(n, &k, between_conf(pairs, grid, &k, t, most, ks_grid_border(&axis[INTE], axis[INTE].first[j.border])));
    n = apply(n, &j, between_inte(pairs, grid, &j, t, most));
    return apply(n, &i, between_supp(pairs, grid, &i, t));
}

static uint64_t pass_count(const struct ks_pairs *pairs, const struct ks_thresholds *t)
{
    uint64_t n = 0;
    for (size_t i = 0; i < pairs->n; i++)
        n += pairs->triples[i].pairs * ((uint64_t)ks_pair_passes(ks_grid_counts(pairs, i, false), t) +
                                        (uint64_t)ks_pair_passes(ks_grid_counts(pairs, i, true), t));
    return n;
}

uint64_t ks_pairs_count(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds)
{
    bool locked;
    const struct ks_grid *grid = ks_grid_for(pairs, thresholds, &locked);
    uint64_t n = grid != NULL ? ks_grid_count(pairs, grid, thresholds) : pass_count(pairs, thresholds);
    ks_grid_done(pairs, locked);
    return n;
}
