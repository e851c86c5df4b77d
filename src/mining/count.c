/* Counting rules over a plane of thresholds. */
#include "base/ascending.h"
#include "base/memory.h"
#include "mining/grid.h"
#include "mining/pairs.h"

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

/* From pairs in the cells of the least max_count that lets them in and the largest min_inte that does, to counts. */
static void add_up(uint64_t *plane, size_t n_count, size_t n_inte)
{
    for (size_t i = 0; i < n_count; i++) {
        uint64_t sum = 0;
        for (size_t j = n_inte; j-- > 0;) {
            sum += plane[i * n_inte + j];
            plane[i * n_inte + j] = sum + (i > 0 ? plane[(i - 1) * n_inte + j] : 0);
        }
    }
}

/* ---- without a grid ---- */

static void pass(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, const struct ks_plane *of, uint64_t *out)
{
    struct ks_thresholds rest = *thresholds;
    rest.max_count = UINT32_MAX;
    rest.min_inte = 0;
    memset(out, 0, of->n_count * of->n_inte * sizeof *out);
    for (size_t k = 0; k < pairs->n; k++) {
        struct ks_counts c = ks_grid_counts(pairs, k, false);
        size_t i = ks_below_u32(of->max_count, of->n_count, c.y);
        size_t j = passed(of->min_inte, of->n_inte, ks_interest_value(c, rest.interest));
        if (i < of->n_count && j > 0)
            out[i * of->n_inte + j - 1] += pairs->triples[k].pairs * ((uint64_t)ks_pair_passes(c, &rest) +
                                                                      (uint64_t)ks_pair_passes(ks_grid_counts(pairs, k, true), &rest));
    }
    add_up(out, of->n_count, of->n_inte);
}

/* ---- with one: planes for each bucket of CPIR, kept as long as the same plane is asked for ---- */

static bool is_for(const struct ks_cube *cube, const struct ks_plane *of)
{
    const struct ks_plane *is = &cube->plane;
    return cube->layer != NULL && is->interest == of->interest && is->min_count == of->min_count && is->n_count == of->n_count &&
           is->n_inte == of->n_inte && memcmp(is->max_count, of->max_count, of->n_count * sizeof *of->max_count) == 0 &&
           memcmp(is->min_inte, of->min_inte, of->n_inte * sizeof *of->min_inte) == 0;
}

/* Sums the triples into the layers: each row of one x ascends by y. */
static void cube_fill(const struct ks_pairs *pairs, const struct ks_grid *grid, struct ks_cube *cube, const uint16_t *hint)
{
    const struct ks_plane *of = &cube->plane;
    const struct ks_grid_axis *inte = &grid->axis[KS_GRID_INTE], *conf = &grid->axis[KS_GRID_CONF];
    size_t cells = of->n_count * of->n_inte, i = 0;
    for (size_t t = 0; t < pairs->n; t++) {
        struct ks_counts c = ks_grid_counts(pairs, t, false);
        if (t > 0 && c.x != pairs->triples[t - 1].x)
            i = 0;
        while (i < of->n_count && of->max_count[i] < c.y)
            i++;
        if (i == of->n_count || !ks_grid_takes(grid, c))
            continue;
        double value = ks_interest_value(c, of->interest);
        size_t j = hint[ks_grid_bin(inte, value)];
        while (j < of->n_inte && value + KS_SLACK >= of->min_inte[j])
            j++;
        if (j == 0)
            continue;
        uint64_t *cell = cube->layer + i * of->n_inte + j - 1;
        cell[conf->bucket[ks_grid_bin(conf, ks_cpir(c))] * cells] += pairs->triples[t].pairs;
        cell[conf->bucket[ks_grid_bin(conf, ks_cpir(ks_grid_counts(pairs, t, true)))] * cells] += pairs->triples[t].pairs;
    }
    for (unsigned k = conf->buckets; k-- > 0;) {
        uint64_t *layer = cube->layer + k * cells;
        add_up(layer, of->n_count, of->n_inte);
        for (size_t m = 0; m < cells; m++)
            layer[m] += layer[cells + m];
    }
}

/* Makes the cube anew; without memory there is none. */
static void cube_make(const struct ks_pairs *pairs, const struct ks_grid *grid, const struct ks_plane *of, struct ks_cube *cube)
{
    const struct ks_grid_axis *inte = &grid->axis[KS_GRID_INTE];
    ks_cube_free(cube);
    cube->plane = *of;
    cube->max_count = ks_alloc(of->n_count, sizeof *cube->max_count);
    cube->min_inte = ks_alloc(of->n_inte, sizeof *cube->min_inte);
    cube->layer = ks_zalloc((grid->axis[KS_GRID_CONF].buckets + 1) * of->n_count * of->n_inte, sizeof *cube->layer);
    uint16_t *hint = ks_alloc(inte->bins, sizeof *hint); /* by bin: how many of min_inte its least value passes */
    if (cube->max_count != NULL && cube->min_inte != NULL && cube->layer != NULL && hint != NULL) {
        memcpy(cube->max_count, of->max_count, of->n_count * sizeof *cube->max_count);
        memcpy(cube->min_inte, of->min_inte, of->n_inte * sizeof *cube->min_inte);
        cube->plane.max_count = cube->max_count;
        cube->plane.min_inte = cube->min_inte;
        for (uint32_t bin = 0; bin < inte->bins; bin++)
            hint[bin] = (uint16_t)passed(of->min_inte, of->n_inte, ks_grid_border(inte, bin));
        cube_fill(pairs, grid, cube, hint);
    } else {
        ks_cube_free(cube);
    }
    ks_free(hint);
}

/* The layer nearest to minConf, and what lies between the two one by one. */
static void cube_plane(const struct ks_pairs *pairs, const struct ks_grid *grid, const struct ks_cube *cube, double min_conf, uint64_t *out)
{
    enum { AHEAD = 24 };
    const struct ks_plane *of = &cube->plane;
    const struct ks_grid_axis *conf = &grid->axis[KS_GRID_CONF];
    struct ks_grid_cut cut = ks_grid_cut_below(conf, min_conf);
    size_t cells = of->n_count * of->n_inte;
    const uint64_t *layer = cube->layer + cut.border * cells;
    memset(out, 0, cells * sizeof *out);
    uint32_t end = conf->start[cut.to];
    for (uint32_t at = conf->start[cut.from]; at < end; at++) {
        uint32_t entry = conf->list[at];
        if (at + AHEAD < end)
            __builtin_prefetch(&pairs->triples[conf->list[at + AHEAD] / 2]);
        struct ks_counts c = ks_grid_counts(pairs, entry / 2, entry % 2 == 1);
        if ((ks_cpir(c) + KS_SLACK >= min_conf) != cut.add)
            continue;
        size_t i = ks_below_u32(of->max_count, of->n_count, c.x > c.y ? c.x : c.y);
        size_t j = passed(of->min_inte, of->n_inte, ks_interest_value(c, of->interest));
        if (i < of->n_count && j > 0)
            out[i * of->n_inte + j - 1] += pairs->triples[entry / 2].pairs;
    }
    add_up(out, of->n_count, of->n_inte);
    for (size_t m = 0; m < cells; m++)
        out[m] = cut.add ? layer[m] + out[m] : layer[m] - out[m];
}

/* False where a pass over the triples has to do. */
static bool with_cube(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, const struct ks_plane *of, uint64_t *out)
{
    enum { MOST_CELLS = 1 << 14 };
    bool locked;
    if (pairs->grids == NULL || of->n_count > MOST_CELLS || of->n_inte > MOST_CELLS || of->n_count * of->n_inte > MOST_CELLS)
        return false;
    struct ks_cube *cube = &pairs->grids->cube;
    pthread_mutex_lock(&pairs->grids->cube_lock);
    const struct ks_grid *grid = ks_grid_for(pairs, thresholds, &locked);
    if (grid != NULL && !is_for(cube, of))
        cube_make(pairs, grid, of, cube);
    bool ok = grid != NULL && cube->layer != NULL;
    if (ok)
        cube_plane(pairs, grid, cube, thresholds->min_conf, out);
    ks_grid_done(pairs, locked);
    pthread_mutex_unlock(&pairs->grids->cube_lock);
    return ok;
}

bool ks_pairs_plane_ready(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, const uint32_t *max_count, size_t n_count,
                          const double *min_inte, size_t n_inte)
{
    enum { FEW = 30000 };
    const struct ks_plane of = {thresholds->interest, thresholds->min_count, max_count, min_inte, n_count, n_inte};
    if (pairs->n <= FEW)
        return true;
    if (pairs->grids == NULL || pthread_mutex_trylock(&pairs->grids->cube_lock) != 0)
        return false;
    bool ready = is_for(&pairs->grids->cube, &of);
    pthread_mutex_unlock(&pairs->grids->cube_lock);
    return ready;
}

void ks_pairs_plane(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, const uint32_t *max_count, size_t n_count,
                    const double *min_inte, size_t n_inte, uint64_t *out)
{
    const struct ks_plane of = {thresholds->interest, thresholds->min_count, max_count, min_inte, n_count, n_inte};
    if (n_count > 0 && n_inte > 0 && !with_cube(pairs, thresholds, &of, out))
        pass(pairs, thresholds, &of, out);
}
