/* Making the grid that counts rules. */
#include "mining/grid.h"

#include "base/memory.h"

enum {
    SUPP = KS_GRID_SUPP,
    INTE = KS_GRID_INTE,
    CONF = KS_GRID_CONF,
    MOST_BUCKETS = 127,
    FEW = 1000 /* triples up to which a pass is fast enough */
};

/* Buckets of each axis where there are many triples. The first has few because what is looked at there lies in long runs. */
static const double most_buckets[KS_GRID_AXES] = {32, 100, 100};

static bool axis_make(struct ks_grid_axis *axis, double low, double high)
{
    axis->base = ks_grid_bits(low);
    axis->bins = (uint32_t)(ks_grid_bits(high) - axis->base) + 1;
    axis->start = ks_zalloc((size_t)axis->bins + 1, sizeof *axis->start);
    axis->bucket = ks_alloc(axis->bins, sizeof *axis->bucket);
    return axis->start != NULL && axis->bucket != NULL;
}

/* Parts the bins into about `buckets` buckets of equal size; a bin with more has a bucket of its own. start[bin + 1] holds how many
 * entries a bin has, and then how many it and those below have. */
static void axis_part(struct ks_grid_axis *axis, double buckets)
{
    size_t all = 0, here = 0;
    unsigned bucket = 0;
    for (uint32_t i = 0; i < axis->bins; i++)
        all += axis->start[i + 1];
    size_t target = (size_t)((double)all / (buckets < 1 ? 1 : buckets)) + 1;
    axis->first[0] = 0;
    for (uint32_t i = 0; i < axis->bins; i++) {
        if (here > 0 && here + axis->start[i + 1] > target && bucket + 1 < MOST_BUCKETS) {
            axis->first[++bucket] = i;
            here = 0;
        }
        axis->bucket[i] = (uint8_t)bucket;
        here += axis->start[i + 1];
        axis->start[i + 1] += axis->start[i];
    }
    axis->buckets = bucket + 1;
    axis->first[axis->buckets] = axis->bins;
}

static void grid_free(struct ks_grid *grid)
{
    for (int a = 0; a < KS_GRID_AXES; a++) {
        ks_free(grid->axis[a].start);
        ks_free(grid->axis[a].bucket);
        ks_free(grid->axis[a].list);
    }
    ks_free(grid->run);
    ks_free(grid->sum);
    memset(grid, 0, sizeof *grid);
}

/* First pass: how many triples there are in each bin; then buckets. */
static bool make_axes(const struct ks_pairs *pairs, struct ks_grid *grid)
{
    struct ks_grid_axis *axis = grid->axis;
    double l = pairs->classes.sets->l, least = 0.5 / (l * l);
    if (!axis_make(&axis[SUPP], 1, l) || !axis_make(&axis[INTE], least, 1) || !axis_make(&axis[CONF], least, 1))
        return false;
    size_t n = 0;
    for (size_t t = 0; t < pairs->n; t++) {
        struct ks_counts c = ks_grid_counts(pairs, t, false);
        grid->rows += t == 0 || c.x != pairs->triples[t - 1].x;
        if (!ks_grid_takes(grid, c))
            continue;
        axis[SUPP].start[ks_grid_bin(&axis[SUPP], c.y) + 1]++;
        axis[INTE].start[ks_grid_bin(&axis[INTE], ks_interest_value(c, grid->interest)) + 1]++;
        axis[CONF].start[ks_grid_bin(&axis[CONF], ks_cpir(c)) + 1]++;
        axis[CONF].start[ks_grid_bin(&axis[CONF], ks_cpir(ks_grid_counts(pairs, t, true))) + 1]++;
        n++;
    }
    /* With few triples fewer buckets, so that the sums take less room than the triples. */
    double share = fmin(1, cbrt((double)n / 600000));
    for (int a = 0; a < KS_GRID_AXES; a++)
        axis_part(&axis[a], most_buckets[a] * share);
    axis[INTE].list = ks_alloc(n, sizeof *axis[INTE].list);
    axis[CONF].list = ks_alloc(2 * n, sizeof *axis[CONF].list);
    grid->run = ks_alloc((size_t)grid->rows * (axis[SUPP].buckets + 1), sizeof *grid->run);
    return axis[INTE].list != NULL && axis[CONF].list != NULL && grid->run != NULL;
}

/* Puts an entry into its bin's list; gives the bucket. */
static inline unsigned axis_put(struct ks_grid_axis *axis, double value, uint32_t entry)
{
    uint32_t bin = ks_grid_bin(axis, value);
    axis->list[axis->start[bin]++] = entry;
    return axis->bucket[bin];
}

/* Buckets of a row from `from` on begin, and so end, at triple t. */
static void end_row(struct ks_grid *grid, size_t row, size_t from, size_t t)
{
    for (size_t i = from; i <= grid->axis[SUPP].buckets; i++)
        grid->run[i * grid->rows + row] = (uint32_t)t;
}

/* Second pass: runs, lists and single sums. Filling moves each bin's start to its end; afterwards they are moved back. */
static void fill(const struct ks_pairs *pairs, struct ks_grid *grid)
{
    struct ks_grid_axis *axis = grid->axis;
    size_t row = 0, known = 0; /* run[] is known for buckets < known of the row */
    for (size_t t = 0; t < pairs->n; t++) {
        struct ks_counts c = ks_grid_counts(pairs, t, false);
        unsigned i = axis[SUPP].bucket[ks_grid_bin(&axis[SUPP], c.y)];
        if (t > 0 && c.x != pairs->triples[t - 1].x) {
            end_row(grid, row++, known, t);
            known = 0;
        }
        for (; known <= i; known++)
            grid->run[known * grid->rows + row] = (uint32_t)t;
        if (!ks_grid_takes(grid, c))
            continue;
        unsigned j = axis_put(&axis[INTE], ks_interest_value(c, grid->interest), (uint32_t)t);
        unsigned k = axis_put(&axis[CONF], ks_cpir(c), 2 * (uint32_t)t);
        grid->sum[ks_grid_at(grid, i + 1, j, k)] += pairs->triples[t].pairs;
        k = axis_put(&axis[CONF], ks_cpir(ks_grid_counts(pairs, t, true)), 2 * (uint32_t)t + 1);
        grid->sum[ks_grid_at(grid, i + 1, j, k)] += pairs->triples[t].pairs;
    }
    end_row(grid, row, known, pairs->n);
    for (int a = INTE; a <= CONF; a++) {
        memmove(axis[a].start + 1, axis[a].start, axis[a].bins * sizeof *axis[a].start);
        axis[a].start[0] = 0;
    }
}

/* From single sums to sums over all that lies below in SUPP and above in INTE and CONF: one direction after the other. */
static void add_up(struct ks_grid *grid)
{
    unsigned ni = grid->axis[SUPP].buckets, nj = grid->axis[INTE].buckets, nk = grid->axis[CONF].buckets;
    uint64_t *sum = grid->sum;
    for (unsigned i = 1; i <= ni; i++) {
        for (unsigned j = 0; j < nj; j++)
            for (unsigned k = nk; k-- > 0;)
                sum[ks_grid_at(grid, i, j, k)] += sum[ks_grid_at(grid, i, j, k + 1)];
        for (unsigned j = nj; j-- > 0;)
            for (unsigned k = 0; k < nk; k++)
                sum[ks_grid_at(grid, i, j, k)] += sum[ks_grid_at(grid, i, j + 1, k)];
        for (unsigned j = 0; j < nj; j++)
            for (unsigned k = 0; k < nk; k++)
                sum[ks_grid_at(grid, i, j, k)] += sum[ks_grid_at(grid, i - 1, j, k)];
    }
}

static bool grid_make(const struct ks_pairs *pairs, enum ks_interest interest, uint32_t min_count, struct ks_grid *grid)
{
    *grid = (struct ks_grid){.interest = interest, .min_count = min_count};
    if (make_axes(pairs, grid)) {
        grid->sum = ks_zalloc(ks_grid_at(grid, grid->axis[SUPP].buckets + 1, 0, 0), sizeof *grid->sum);
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

const struct ks_grid *ks_grid_for(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, bool *locked)
{
    struct ks_grids *grids = pairs->grids;
    *locked = false;
    if (grids == NULL)
        return NULL;
    if (thresholds->interest == KS_INTEREST_WU && thresholds->min_count <= 1)
        return &grids->common;
    pthread_mutex_lock(&grids->lock);
    *locked = true;
    struct ks_grid *other = &grids->other;
    if (!other->made || other->interest != thresholds->interest || other->min_count != thresholds->min_count) {
        grid_free(other);
        grid_make(pairs, thresholds->interest, thresholds->min_count, other);
    }
    return other->made ? other : NULL;
}

void ks_grid_done(const struct ks_pairs *pairs, bool locked)
{
    if (locked)
        pthread_mutex_unlock(&pairs->grids->lock);
}

void ks_cube_free(struct ks_cube *cube)
{
    ks_free(cube->max_count);
    ks_free(cube->min_inte);
    ks_free(cube->layer);
    *cube = (struct ks_cube){0};
}

struct ks_status ks_grid_make(struct ks_pairs *pairs)
{
    if (pairs->n <= FEW || pairs->n > UINT32_MAX / 2)
        return ks_ok();
    struct ks_grids *grids = ks_zalloc(1, sizeof *grids);
    if (grids == NULL)
        return ks_nomem("the grid of rules");
    if (!grid_make(pairs, KS_INTEREST_WU, 1, &grids->common)) {
        ks_free(grids);
        return ks_nomem("the grid of rules");
    }
    pthread_mutex_init(&grids->lock, NULL); /* these cannot fail without attributes */
    pthread_mutex_init(&grids->cube_lock, NULL);
    pairs->grids = grids;
    return ks_ok();
}

void ks_grid_free(struct ks_pairs *pairs)
{
    if (pairs->grids == NULL)
        return;
    grid_free(&pairs->grids->common);
    grid_free(&pairs->grids->other);
    ks_cube_free(&pairs->grids->cube);
    pthread_mutex_destroy(&pairs->grids->lock);
    pthread_mutex_destroy(&pairs->grids->cube_lock);
    ks_free(pairs->grids);
    pairs->grids = NULL;
}
