/* The values of a threshold at which the count of rules changes: where a slider stops. With few rules in question all values are
 * gathered and sorted. With many, the bins of the grid are parted evenly and each part gives one value, if one is found soon; where
 * that gives too few, values are rare: then all that pass one of the other thresholds are gone through. */
#include "base/memory.h"
#include "mining/grid.h"
#include "mining/pairs.h"
#include "mining/sort.h"

enum {
    SUPP = KS_GRID_SUPP,
    INTE = KS_GRID_INTE,
    CONF = KS_GRID_CONF,
    ALL = 20000, /* entries that are gathered without more ado */
    AHEAD = 24,  /* entries between asking for a triple's memory and looking at it */
    LOOK = 256,  /* entries looked at in a part before it is given up */
    FAR = 2      /* times that a triple takes longer where triples are read in a list's order */
};

/* What is asked. */
struct ask {
    const struct ks_pairs *pairs;
    const struct ks_grid *grid; /* or NULL */
    struct ks_thresholds rest;  /* with the threshold in question at its loosest */
    enum ks_axis axis;
    int64_t least_excess; /* with less no rule can pass: spares divisions */
    bool *seen; /* by count; SUPP only, or NULL: values that are found already */
    /* One value of each part: the axis's entries in order, equally many of them each. */
    size_t parts;
    double share; /* of an entry in a part */
    double *slot; /* parts + 1, or NULL: the least value of each, -1 where there is none; and the largest of all */
};

/* Values found so far. */
struct found {
    uint64_t *key; /* ks_real_key of each */
    size_t n, cap;
};

/* Which part of the axis a bin belongs to. */
static inline size_t part_of(const struct ask *ask, uint32_t bin)
{
    return (size_t)(ask->grid->axis[(int)ask->axis].start[bin] * ask->share);
}

/* Keeps the least value of each part, and the last of all. */
static inline void put(const struct ask *ask, double value)
{
    double *slot = &ask->slot[part_of(ask, ks_grid_bin(&ask->grid->axis[(int)ask->axis], value))], *last = &ask->slot[ask->parts];
    if (*slot < 0 || value < *slot)
        *slot = value;
    if (value > *last)
        *last = value;
}

/* Which of a triple's directions (as bits) pass, and the values they have. */
static inline unsigned passing(const struct ask *ask, size_t triple, unsigned directions, double value[2])
{
    const struct ks_thresholds *t = &ask->rest;
    struct ks_counts c = ks_grid_counts(ask->pairs, triple, false);
    int64_t excess = ks_excess(c);
    if (!((c.y <= t->max_count) & (c.xy >= t->min_count) & (excess > 0) & (excess >= ask->least_excess)))
        return 0;
    double interest = ks_interest_value(c, t->interest), conf[2] = {0};
    if (interest + KS_SLACK < t->min_inte)
        return 0;
    for (unsigned turned = 0; turned < 2; turned++)
        if (directions >> turned & 1) {
            conf[turned] = ks_cpir(ks_grid_counts(ask->pairs, triple, turned == 1));
            value[turned] = ask->axis == KS_AXIS_SUPP ? (double)c.y / c.l : ask->axis == KS_AXIS_INTE ? interest : conf[turned];
        }
    return directions & ((unsigned)(conf[0] + KS_SLACK >= t->min_conf) | (unsigned)(conf[1] + KS_SLACK >= t->min_conf) << 1);
}

/* Adds the values of those of a triple's directions (as bits) that pass. */
static inline bool add(const struct ask *ask, struct found *found, size_t triple, unsigned directions)
{
    double value[2];
    directions = passing(ask, triple, directions, value);
    if (directions == 3 && value[0] == value[1])
        directions = 1;
    if (directions != 0 && ask->slot == NULL && !ks_reserve((void **)&found->key, &found->cap, found->n + 2, sizeof *found->key))
        return false;
    if (directions != 0 && ask->seen != NULL)
        ask->seen[ask->pairs->triples[triple].y] = true;
    for (int turned = 0; turned < 2; turned++) {
        if ((directions >> turned & 1) == 0)
            continue;
        if (ask->slot != NULL)
            put(ask, value[turned]);
        else
            found->key[found->n++] = ks_real_key(value[turned]);
    }
    return true;
}

/* Sorts the values and leaves one of each that differ by more than the slack. */
static bool sort_distinct(struct found *found)
{
    uint64_t *spare = ks_alloc(found->n, sizeof *spare);
    if (spare == NULL)
        return false;
    uint64_t *sorted = ks_radix_sort_keys(found->key, spare, found->n);
    size_t distinct = 0;
    double last = -1;
    for (size_t i = 0; i < found->n; i++) {
        double value = ks_key_real(sorted[i]);
        if (value > last + KS_SLACK) {
            last = value;
            found->key[distinct++] = sorted[i];
        }
    }
    found->n = distinct;
    ks_free(spare);
    return true;
}

/* ---- through all that pass another threshold ---- */

/* What to go through. */
struct way {
    int axis;       /* the list of this axis; SUPP: the triples themselves, row by row */
    uint32_t from;  /* its first bin (INTE, CONF) */
    size_t entries; /* that pass the axis's threshold */
    size_t cost;    /* in the time that one triple takes where they are read in their order */
};

/* The cheapest way. */
static struct way cheapest(const struct ask *ask)
{
    const struct ks_grid_axis *at = ask->grid->axis;
    const struct ks_thresholds *t = &ask->rest;
    uint32_t count = ks_grid_bin(&at[SUPP], t->max_count);
    struct way way = {.axis = SUPP, .entries = at[SUPP].start[count + 1], .cost = at[SUPP].start[count + 1]};
    for (int a = INTE; a <= CONF; a++) {
        uint32_t bin = ks_grid_first(&at[a], a == INTE ? t->min_inte : t->min_conf);
        size_t n = at[a].start[at[a].bins] - at[a].start[bin];
        if (a != (int)ask->axis && n * FAR < way.cost)
            way = (struct way){a, bin, n, n * FAR};
    }
    return way;
}

/* Asks for the memory of an entry further on: triples of a bin lie all over. */
static inline void ahead(const struct ask *ask, const struct ks_grid_axis *at, uint32_t i, uint32_t end)
{
    if (i + AHEAD < end)
        __builtin_prefetch(&ask->pairs->triples[at->list[i + AHEAD] / (at == &ask->grid->axis[CONF] ? 2 : 1)]);
}

static inline bool known(const struct ask *ask, size_t triple)
{
    return ask->seen != NULL && ask->seen[ask->pairs->triples[triple].y];
}

static bool go_through_list(const struct ask *ask, struct found *found, int axis, uint32_t from)
{
    const struct ks_grid_axis *at = &ask->grid->axis[axis];
    uint32_t directions = axis == CONF ? 2 : 1, end = at->start[at->bins];
    for (uint32_t i = at->start[from]; i < end; i++) {
        ahead(ask, at, i, end);
        if (!known(ask, at->list[i] / directions) && !add(ask, found, at->list[i] / directions, axis == CONF ? 1u << at->list[i] % 2 : 3))
            return false;
    }
    return true;
}

/* In each row of one x the triples ascend by y. */
static bool go_through_rows(const struct ask *ask, struct found *found)
{
    const struct ks_grid *grid = ask->grid;
    const uint32_t *end = grid->run + (size_t)grid->axis[SUPP].buckets * grid->rows;
    for (uint32_t row = 0; row < grid->rows; row++) {
        for (uint32_t t = grid->run[row]; t < end[row] && ask->pairs->triples[t].y <= ask->rest.max_count; t++)
            if (!known(ask, t) && !add(ask, found, t, 3))
                return false;
    }
    return true;
}

static bool go_through(const struct ask *ask, struct found *found, const struct way *way)
{
    return way->axis == SUPP ? go_through_rows(ask, found) : go_through_list(ask, found, way->axis, way->from);
}

/* ---- one of each part ---- */

/* Whether any rule of a bucket of the axis can pass the other thresholds: those in the same buckets as they are counted in. */
static bool possible(const struct ask *ask, const struct ks_grid_outer *outer, unsigned bucket)
{
    const struct ks_grid *grid = ask->grid;
    bool conf = ask->axis == KS_AXIS_CONF;
    unsigned j = conf ? outer->inte : bucket, k = conf ? bucket : outer->conf;
    return grid->sum[ks_grid_at(grid, outer->supp, j, k)] != grid->sum[ks_grid_at(grid, outer->supp, j + !conf, k + conf)];
}

/* The least (or largest) value in a bin, or only the first found; -1 where there is none. *left: entries that may be looked at. */
enum which { FIRST, LEAST, LARGEST };
static double in_bin(const struct ask *ask, uint32_t bin, enum which which, uint32_t *left)
{
    const struct ks_grid_axis *at = &ask->grid->axis[(int)ask->axis];
    bool conf = ask->axis == KS_AXIS_CONF;
    double least = -1, value[2];
    for (uint32_t i = at->start[bin]; i < at->start[bin + 1] && *left > 0 && (least < 0 || which != FIRST); i++, --*left) {
        uint32_t entry = conf ? at->list[i] : 2 * at->list[i];
        ahead(ask, at, i, at->start[at->bins]);
        unsigned directions = passing(ask, entry / 2, conf ? 1u << entry % 2 : 3, value);
        if (directions != 0) {
            double here = value[directions == 2];
            least = least < 0 || (which == LARGEST ? here > least : here < least) ? here : least;
        }
    }
    return least;
}

/* Looks for the largest value, and then for one of each part, the least in the first; how many parts have one. */
static size_t each_part(const struct ask *ask)
{
    const struct ks_grid_axis *at = &ask->grid->axis[(int)ask->axis];
    struct ks_grid_outer outer = ks_grid_outer(ask->grid, &ask->rest);
    double *last = &ask->slot[ask->parts];
    size_t n = 0, part = ask->parts;
    uint32_t left = UINT32_MAX, top = at->bins;
    while (top > 0 && *last < 0)
        if (possible(ask, &outer, at->bucket[--top]))
            *last = in_bin(ask, top, LARGEST, &left);
    for (uint32_t bin = 0; bin <= top && *last >= 0; bin++) {
        if (part_of(ask, bin) != part) {
            part = part_of(ask, bin);
            left = n == 0 ? UINT32_MAX : LOOK;
        }
        if (ask->slot[part] >= 0 || !possible(ask, &outer, at->bucket[bin]))
            continue;
        ask->slot[part] = in_bin(ask, bin, n == 0 ? LEAST : FIRST, &left);
        n += ask->slot[part] >= 0;
    }
    return n;
}

/* At most cap values (cap >= 2): the first, the last and one of each part between; 0 when out of memory. */
static size_t thin(struct ask *ask, const struct way *way, double *out, size_t cap)
{
    const struct ks_grid_axis *at = &ask->grid->axis[(int)ask->axis];
    ask->parts = cap - 1;
    ask->share = (double)ask->parts / ((double)at->start[at->bins] + 1);
    ask->slot = ks_alloc(ask->parts + 1, sizeof *ask->slot);
    if (ask->slot == NULL)
        return 0;
    for (size_t i = 0; i <= ask->parts; i++)
        ask->slot[i] = -1;
    if (each_part(ask) < ask->parts / 8)
        go_through(ask, NULL, way); /* they are rare: all of them */
    size_t n = 0;
    for (size_t i = 0; i < ask->parts; i++)
        if (ask->slot[i] >= 0 && (n == 0 || ask->slot[i] > out[n - 1] + KS_SLACK))
            out[n++] = ask->slot[i];
    double last = ask->slot[ask->parts];
    if (n > 0 && last > out[n - 1] + KS_SLACK)
        out[n++] = last;
    else if (n > 0)
        out[n - 1] = last;
    ks_free(ask->slot);
    return n;
}

/* ---- asking ---- */

/* Where there is no grid. */
static bool go_through_all(const struct ask *ask, struct found *found)
{
    for (size_t t = 0; t < ask->pairs->n; t++)
        if (!known(ask, t) && !add(ask, found, t, 3))
            return false;
    return true;
}

static size_t steps(struct ask *ask, double *out, size_t cap)
{
    struct found found = {0};
    struct way way = {0};
    size_t n = 0;
    if (ask->grid != NULL) {
        way = cheapest(ask);
        if (way.entries > ALL && ask->axis != KS_AXIS_SUPP && cap > 1)
            return thin(ask, &way, out, cap);
    }
    bool ok = true;
    if (ask->axis == KS_AXIS_SUPP) { /* few values, each of many rules */
        ask->seen = ks_zalloc((size_t)ks_pairs_windows(ask->pairs) + 1, sizeof *ask->seen);
        ok = ask->seen != NULL;
    }
    ok = ok && (ask->grid == NULL ? go_through_all(ask, &found) : go_through(ask, &found, &way));
    if (ok && sort_distinct(&found)) {
        n = found.n < cap ? found.n : cap;
        for (size_t i = 0; i < n; i++) /* the first, the last and even ones between */
            out[i] = ks_key_real(found.key[n > 1 ? (size_t)((ks_u128)i * (found.n - 1) / (n - 1)) : 0]);
    }
    ks_free(ask->seen);
    ks_free(found.key);
    return n;
}

size_t ks_pairs_steps(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, enum ks_axis axis, double *out,
                      size_t cap)
{
    bool locked;
    struct ask ask = {.pairs = pairs, .rest = *thresholds, .axis = axis};
    if (axis == KS_AXIS_SUPP)
        ask.rest.max_count = UINT32_MAX;
    if (axis == KS_AXIS_INTE)
        ask.rest.min_inte = 0;
    if (axis == KS_AXIS_CONF)
        ask.rest.min_conf = 0;
    if (thresholds->interest == KS_INTEREST_WU)
        ask.least_excess = (int64_t)fmin(9e18, (ask.rest.min_inte - 2 * KS_SLACK) * (double)ks_pairs_windows(pairs) * ks_pairs_windows(pairs));
    ask.grid = ks_grid_for(pairs, thresholds, &locked);
    size_t n = steps(&ask, out, cap);
    ks_grid_done(pairs, locked);
    return n;
}
