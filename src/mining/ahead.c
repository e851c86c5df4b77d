#include "mining/ahead.h"

#include <string.h>

#include "base/memory.h"
#include "mining/map.h"
#include "mining/sort.h"

/* Rows gathered at once; a part of them makes an entry so large that it is left out: its slice costs little against listing
 * it. */
static _Atomic uint64_t most_rows = 1 << 21;
enum { LARGE_PART = 32 };

void ks_ahead_limit(uint64_t rows)
{
    most_rows = rows;
}

/* Classes A, B of an entry: X in A and Y in B, as the entry's direction has it (either way round where x = y). */
struct met {
    uint32_t place; /* of the entry in the run */
    uint32_t a, b;
};

struct ks_ahead {
    const struct ks_pairs *pairs;
    const uint32_t *entry;
    size_t first, n; /* the run */
    struct met *met;
    size_t n_met, cap_met;
    size_t *start; /* n + 1: entry first + i's are met[start[i]] .. met[start[i + 1] - 1] */

    size_t open;   /* place of the entry whose pairs are laid out, or n */
    struct ks_keyed *laid;
    size_t n_laid, cap_laid;
};

void ks_ahead_free(struct ks_ahead *ahead)
{
    if (ahead == NULL)
        return;
    ks_free(ahead->met);
    ks_free(ahead->start);
    ks_free(ahead->laid);
    ks_free(ahead);
}

bool ks_ahead_covers(const struct ks_ahead *ahead, size_t i)
{
    return ahead != NULL && i >= ahead->first && i - ahead->first < ahead->n;
}

bool ks_ahead_has(const struct ks_ahead *ahead, size_t i)
{
    return ks_ahead_covers(ahead, i) && ahead->start[i - ahead->first + 1] > ahead->start[i - ahead->first];
}

/* ---- gathering ---- */

/* Which triples are wanted: the entries' places by triple. */
struct wanted {
    struct ks_keyed *at; /* key: triple; value: place in the run; ascending by triple */
    size_t n;
};

static bool list_wanted(struct ks_ahead *ahead, const uint64_t *before, size_t entries, struct wanted *wanted)
{
    uint64_t rows = 0, most = most_rows, large = most / LARGE_PART;
    size_t n = 0;
    for (size_t i = ahead->first; i < entries && rows < most; i++) {
        uint64_t here = before[i + 1] - before[i];
        ahead->n++;
        if (here < large && ahead->entry[i] / 2 < ahead->pairs->n) {
            rows += here;
            n++;
        }
    }
    wanted->at = ks_alloc(2 * n, sizeof *wanted->at);
    if (wanted->at == NULL)
        return false;
    for (size_t i = 0; i < ahead->n; i++) {
        uint64_t here = before[ahead->first + i + 1] - before[ahead->first + i];
        uint32_t entry = ahead->entry[ahead->first + i];
        if (here < large && entry / 2 < ahead->pairs->n)
            wanted->at[wanted->n++] = (struct ks_keyed){entry / 2, (uint32_t)i};
    }
    ks_radix_sort(wanted->at, wanted->at + wanted->n, wanted->n, NULL);
    return true;
}

/* What gathering works with. */
struct gather {
    struct ks_ahead *ahead;
    const struct ks_classes *classes;
    struct ks_map map;  /* (y << 32 | xy) to the first of wanted[] with this triple, for one level */
    const struct wanted *wanted;
    uint32_t *shared;   /* per class; zero between uses */
    uint32_t *touched;
};

static bool add_met(struct gather *g, uint32_t a, uint32_t b, uint32_t shared)
{
    struct ks_ahead *ahead = g->ahead;
    const struct ks_slot *slot = ks_map_find(&g->map, (uint64_t)g->classes->count[b] << 32 | shared, 0);
    if (slot == NULL)
        return true;
    for (size_t i = slot->value; i < g->wanted->n && g->wanted->at[i].key == g->wanted->at[slot->value].key; i++) {
        if (!ks_reserve((void **)&ahead->met, &ahead->cap_met, ahead->n_met + 1, sizeof *ahead->met))
            return false;
        uint32_t place = g->wanted->at[i].value;
        bool turned = ahead->entry[ahead->first + place] % 2 == 1;
        ahead->met[ahead->n_met++] = (struct met){place, turned ? b : a, turned ? a : b};
    }
    return true;
}

/* Class k against itself and all later ones. */
static bool gather_class(struct gather *g, uint32_t k)
{
    const struct ks_classes *c = g->classes;
    const struct ks_bits *bits = &g->ahead->pairs->bits;
    bool ok = ks_class_size(c, k) < 2 || add_met(g, k, k, c->count[k]);
    if (k >= bits->first) {
        for (uint32_t b = k + 1; b < c->n && ok; b++)
            ok = add_met(g, k, b, ks_bits_common(bits, k, b));
        return ok;
    }
    const uint32_t *windows = ks_class_windows(c, k);
    size_t n = 0;
    for (uint32_t i = 0; i < c->count[k]; i++)
        for (size_t at = c->row_start[windows[i] + 1]; at-- > c->row_start[windows[i]] && c->row[at] > k;) {
            g->touched[n] = c->row[at];
            n += g->shared[c->row[at]]++ == 0;
        }
    for (size_t i = 0; i < n; i++) {
        ok = ok && add_met(g, k, g->touched[i], g->shared[g->touched[i]]);
        g->shared[g->touched[i]] = 0;
    }
    return ok;
}

/* The wanted triples of one level of x, from wanted[from] on: all of them are found. */
static bool gather_level(struct gather *g, size_t from, size_t to)
{
    const struct ks_triple *triples = g->ahead->pairs->triples;
    ks_map_free(&g->map);
    for (size_t i = to; i-- > from;) {
        const struct ks_triple *t = &triples[g->wanted->at[i].key];
        struct ks_slot *slot = ks_map_at(&g->map, (uint64_t)t->y << 32 | t->xy, 0);
        if (slot == NULL)
            return false;
        slot->value = (uint32_t)i;
    }
    uint32_t level = ks_classes_level(g->classes, triples[g->wanted->at[from].key].x);
    bool ok = true;
    for (uint32_t k = g->classes->level_first[level]; k < g->classes->level_first[level + 1] && ok; k++)
        ok = gather_class(g, k);
    return ok;
}

static bool gather(struct ks_ahead *ahead, const struct wanted *wanted)
{
    const struct ks_classes *c = &ahead->pairs->classes;
    const struct ks_triple *triples = ahead->pairs->triples;
    struct gather g = {.ahead = ahead, .classes = c, .wanted = wanted};
    g.shared = ks_zalloc(c->n, sizeof *g.shared);
    g.touched = ks_alloc((size_t)c->n + 1, sizeof *g.touched);
    bool ok = g.shared != NULL && g.touched != NULL;
    for (size_t i = 0, end; i < wanted->n && ok; i = end) {
        for (end = i + 1; end < wanted->n && triples[wanted->at[end].key].x == triples[wanted->at[i].key].x;)
            end++;
        ok = gather_level(&g, i, end);
    }
    ks_map_free(&g.map);
    ks_free(g.shared);
    ks_free(g.touched);
    return ok;
}

/* Sorts what was met by entry. */
static bool part(struct ks_ahead *ahead)
{
    struct met *sorted = ks_alloc(ahead->n_met, sizeof *sorted);
    ahead->start = ks_zalloc(ahead->n + 2, sizeof *ahead->start);
    if (sorted == NULL || ahead->start == NULL) {
        ks_free(sorted);
        return false;
    }
    for (size_t i = 0; i < ahead->n_met; i++)
        ahead->start[ahead->met[i].place + 2]++;
    for (size_t i = 2; i < ahead->n + 2; i++)
        ahead->start[i] += ahead->start[i - 1];
    for (size_t i = 0; i < ahead->n_met; i++)
        sorted[ahead->start[ahead->met[i].place + 1]++] = ahead->met[i];
    ks_free(ahead->met);
    ahead->met = sorted;
    return true;
}

struct ks_ahead *ks_ahead_make(const struct ks_pairs *pairs, const uint32_t *entry, const uint64_t *before, size_t first,
                               size_t n)
{
    struct ks_ahead *ahead = ks_zalloc(1, sizeof *ahead);
    struct wanted wanted = {0};
    if (ahead == NULL)
        return NULL;
    *ahead = (struct ks_ahead){.pairs = pairs, .entry = entry, .first = first};
    bool ok = list_wanted(ahead, before, n, &wanted) && gather(ahead, &wanted) && part(ahead);
    ks_free(wanted.at);
    if (!ok) {
        ks_ahead_free(ahead);
        return NULL;
    }
    ahead->open = ahead->n;
    return ahead;
}

/* ---- handing out ---- */

static size_t lay(const struct ks_classes *c, struct ks_keyed *out, size_t n, uint32_t a, uint32_t b)
{
    for (uint32_t i = c->member_start[a]; i < c->member_start[a + 1]; i++)
        for (uint32_t j = c->member_start[b]; j < c->member_start[b + 1]; j++)
            if (c->member[i] != c->member[j])
                out[n++].key = (uint64_t)c->member[i] << 32 | c->member[j];
    return n;
}

/* Lays out the item pairs of an entry, in order. */
static bool lay_out(struct ks_ahead *ahead, size_t place)
{
    const struct ks_classes *c = &ahead->pairs->classes;
    uint32_t entry = ahead->entry[ahead->first + place];
    bool both = ahead->pairs->triples[entry / 2].x == ahead->pairs->triples[entry / 2].y;
    size_t n = 0;
    for (size_t i = ahead->start[place]; i < ahead->start[place + 1]; i++)
        n += (size_t)ks_class_size(c, ahead->met[i].a) * ks_class_size(c, ahead->met[i].b);
    if (!ks_reserve((void **)&ahead->laid, &ahead->cap_laid, 4 * n, sizeof *ahead->laid))
        return false;
    ahead->n_laid = 0;
    for (size_t i = ahead->start[place]; i < ahead->start[place + 1]; i++) {
        const struct met *met = &ahead->met[i];
        ahead->n_laid = lay(c, ahead->laid, ahead->n_laid, met->a, met->b);
        if (both && met->a != met->b)
            ahead->n_laid = lay(c, ahead->laid, ahead->n_laid, met->b, met->a);
    }
    ks_radix_sort(ahead->laid, ahead->laid + ahead->n_laid, ahead->n_laid, NULL);
    ahead->open = place;
    return true;
}

bool ks_ahead_pair(struct ks_ahead *ahead, size_t i, uint64_t r, uint32_t *x, uint32_t *y)
{
    size_t place = i - ahead->first;
    if (ahead->open != place && !lay_out(ahead, place))
        return false;
    if (r >= ahead->n_laid)
        return false;
    *x = (uint32_t)(ahead->laid[r].key >> 32);
    *y = (uint32_t)ahead->laid[r].key;
    return true;
}
