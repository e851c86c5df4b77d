#include "mining/slice.h"

#include <string.h>

#include "base/ascending.h"
#include "base/limits.h"
#include "base/memory.h"
#include "mining/map.h"
#include "mining/sort.h"

enum {
    SLOTS = 512,
    MOST_APART = 1 << 21 /* class pairs noted one by one */
};

/* Ordered pairs with counts (a, b), by shared windows xy; within these X ascends. */
struct slice {
    uint32_t a, b; /* levels */
    bool used;
    size_t bytes;
    size_t n_lists;
    struct list {
        uint32_t xy;
        size_t start; /* of its X in item[]; the next list's start ends it */
    } *list;          /* n_lists + 1, ascending by xy */
    uint32_t *item;   /* X */
    uint64_t *before; /* one more than items: pairs before this X, over all lists */
};

struct ks_slices {
    const struct ks_classes *classes;
    const struct ks_bits *bits;
    struct slice slot[SLOTS];
    size_t bytes;
    struct slice *kept;
    size_t n_kept, cap_kept;
    uint32_t *shared;  /* per class; all zero between uses */
    uint32_t *touched; /* classes */

    /* The partners of the items of a class, as last asked for. */
    bool have_partners;
    uint32_t partner_class, partner_level, partner_xy;
    uint32_t *partner;
    size_t n_partners, cap_partners;
    struct ks_keyed *keyed;
    size_t cap_keyed;
};

/* (class A, xy) with how many items lie in exactly xy windows with each item of A. */
struct met {
    uint32_t a, xy;
    uint64_t n;
};

struct mets {
    struct met *at;
    size_t n, cap;
};

struct ks_slices *ks_slices_new(const struct ks_pairs *pairs)
{
    const struct ks_classes *classes = &pairs->classes;
    struct ks_slices *slices = ks_zalloc(1, sizeof *slices);
    if (slices == NULL)
        return NULL;
    slices->classes = classes;
    slices->bits = &pairs->bits;
    slices->shared = ks_zalloc(classes->n, sizeof *slices->shared);
    slices->touched = ks_alloc((size_t)classes->n + 1, sizeof *slices->touched);
    if (slices->shared == NULL || slices->touched == NULL) {
        ks_slices_free(slices);
        return NULL;
    }
    return slices;
}

static void slice_free(struct slice *slice)
{
    ks_free(slice->list);
    ks_free(slice->item);
    ks_free(slice->before);
    *slice = (struct slice){0};
}

void ks_slices_free(struct ks_slices *slices)
{
    if (slices == NULL)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        slice_free(&slices->slot[i]);
    for (size_t i = 0; i < slices->n_kept; i++)
        slice_free(&slices->kept[i]);
    ks_free(slices->kept);
    ks_free(slices->shared);
    ks_free(slices->touched);
    ks_free(slices->partner);
    ks_free(slices->keyed);
    ks_free(slices);
}

/* ---- which classes of a level share windows with a class ---- */

/* The part of a window's row that holds classes first..end-1. */
static const uint32_t *row_run(const struct ks_classes *c, uint32_t window, uint32_t first, uint32_t end, size_t *n)
{
    const uint32_t *row = c->row + c->row_start[window];
    size_t length = c->row_start[window + 1] - c->row_start[window];
    const uint32_t *low = row;
    for (size_t left = length; left > 0;) {
        size_t half = left / 2;
        if (low[half] < first) {
            low += half + 1;
            left -= half + 1;
        } else {
            left = half;
        }
    }
    const uint32_t *high = low;
    while (high < row + length && *high < end)
        high++;
    *n = (size_t)(high - low);
    return low;
}

static uint64_t level_windows(const struct ks_classes *c, uint32_t v)
{
    return (uint64_t)(c->level_first[v + 1] - c->level_first[v]) * c->count[c->level_first[v]];
}

/* Whether walk() had better compare bits: class k with each class of level b. A bit costs about an eighth of a row's search. */
static bool by_bits(const struct ks_slices *slices, uint32_t k, uint32_t b)
{
    const struct ks_classes *c = slices->classes;
    uint64_t classes = c->level_first[b + 1] - c->level_first[b], searches = (uint64_t)c->count[k] * 8;
    if (c->level_first[b] >= slices->bits->first)
        return k >= slices->bits->first ? classes * slices->bits->words / 2 < searches : classes * c->count[k] < searches;
    return k >= slices->bits->first && level_windows(c, b) < searches;
}

/* Windows that two classes share, at least one of them heavy. */
static uint32_t shared_bits(const struct ks_slices *slices, uint32_t x, uint32_t y)
{
    const struct ks_classes *c = slices->classes;
    uint32_t light = x < y ? x : y, heavy = x < y ? y : x;
    return light >= slices->bits->first ? ks_bits_common(slices->bits, light, heavy)
                                        : ks_bits_shared(slices->bits, ks_class_windows(c, light), c->count[light], heavy);
}

static size_t walk_bits(struct ks_slices *slices, uint32_t k, uint32_t b)
{
    const struct ks_classes *c = slices->classes;
    size_t n = 0;
    for (uint32_t other = c->level_first[b]; other < c->level_first[b + 1]; other++) {
        uint32_t shared = other == k ? 0 : shared_bits(slices, k, other);
        if (shared > 0) {
            slices->shared[other] = shared;
            slices->touched[n++] = other;
        }
    }
    return n;
}

/* Classes of level b that share windows with class k, k itself left out: in touched[], how many windows in shared[]. */
static size_t walk(struct ks_slices *slices, uint32_t k, uint32_t b)
{
    const struct ks_classes *c = slices->classes;
    const uint32_t *windows = ks_class_windows(c, k);
    size_t n = 0;
    if (by_bits(slices, k, b))
        return walk_bits(slices, k, b);
    for (uint32_t i = 0; i < c->count[k]; i++) {
        size_t length;
        const uint32_t *run = row_run(c, windows[i], c->level_first[b], c->level_first[b + 1], &length);
        for (size_t j = 0; j < length; j++) {
            slices->touched[n] = run[j];
            n += slices->shared[run[j]]++ == 0;
        }
    }
    size_t others = 0;
    for (size_t i = 0; i < n; i++)
        if (slices->touched[i] != k)
            slices->touched[others++] = slices->touched[i];
    slices->shared[k] = 0;
    return others;
}

static bool meet(struct mets *mets, uint32_t a, uint32_t xy, uint64_t n)
{
    if (!ks_reserve((void **)&mets->at, &mets->cap, mets->n + 1, sizeof *mets->at))
        return false;
    mets->at[mets->n++] = (struct met){a, xy, n};
    return true;
}

/* What the classes of level a meet in level b, walking from a: sums per (class, xy) at once. */
static enum ks_code meet_from_a(struct ks_slices *slices, uint32_t a, uint32_t b, struct ks_progress *progress,
                                struct mets *mets)
{
    const struct ks_classes *c = slices->classes;
    uint32_t count = c->count[c->level_first[a]];
    uint64_t *sum = ks_zalloc((size_t)count + 1, sizeof *sum);
    enum ks_code code = sum == NULL ? KS_NOMEM : KS_OK;
    for (uint32_t k = c->level_first[a]; k < c->level_first[a + 1] && code == KS_OK; k++) {
        if (ks_cancelled(progress))
            code = KS_CANCELLED;
        size_t n = walk(slices, k, b);
        for (size_t i = 0; i < n; i++)
            sum[slices->shared[slices->touched[i]]] += ks_class_size(c, slices->touched[i]);
        if (a == b)
            sum[count] += ks_class_size(c, k) - 1;
        for (size_t i = 0; i <= n; i++) {
            uint32_t xy = i < n ? slices->shared[slices->touched[i]] : count;
            if (i < n)
                slices->shared[slices->touched[i]] = 0;
            if (sum[xy] != 0 && !meet(mets, k, xy, sum[xy]) && code == KS_OK)
                code = KS_NOMEM;
            sum[xy] = 0;
        }
    }
    ks_free(sum);
    return code;
}

/* The same walking from b, where that has far fewer windows; sums per (class, xy) are left apart. Not for a = b. KS_LIMIT,
 * with *mets to be forgotten, where that takes too much room. */
static enum ks_code meet_from_b(struct ks_slices *slices, uint32_t a, uint32_t b, struct ks_progress *progress,
                                struct mets *mets)
{
    const struct ks_classes *c = slices->classes;
    enum ks_code code = KS_OK;
    for (uint32_t k = c->level_first[b]; k < c->level_first[b + 1] && code == KS_OK; k++) {
        if (ks_cancelled(progress))
            code = KS_CANCELLED;
        size_t n = walk(slices, k, a);
        for (size_t i = 0; i < n; i++) {
            uint32_t other = slices->touched[i];
            if (!meet(mets, other, slices->shared[other], ks_class_size(c, k)) && code == KS_OK)
                code = KS_NOMEM;
            slices->shared[other] = 0;
        }
        if (mets->n > MOST_APART && code == KS_OK)
            code = KS_LIMIT;
    }
    return code;
}

/* ---- a slice from what its classes meet ---- */

/* One entry per (item X, met), sorted by (xy, X). */
static enum ks_code sort_items(const struct ks_classes *c, const struct mets *mets, struct ks_keyed **out, size_t *out_n)
{
    size_t n = 0;
    for (size_t i = 0; i < mets->n; i++)
        n += ks_class_size(c, mets->at[i].a);
    struct ks_keyed *keyed = ks_alloc(n, sizeof *keyed), *spare = ks_alloc(n, sizeof *spare);
    if (keyed == NULL || spare == NULL || n > UINT32_MAX || mets->n > UINT32_MAX) {
        ks_free(keyed);
        ks_free(spare);
        return KS_NOMEM;
    }
    n = 0;
    for (size_t i = 0; i < mets->n; i++) {
        uint32_t k = mets->at[i].a;
        for (uint32_t j = c->member_start[k]; j < c->member_start[k + 1]; j++)
            keyed[n++] = (struct ks_keyed){(uint64_t)mets->at[i].xy << 32 | c->member[j], (uint32_t)i};
    }
    ks_radix_sort(keyed, spare, n, NULL);
    ks_free(spare);
    *out = keyed;
    *out_n = n;
    return KS_OK;
}

/* Joins entries of one (xy, X) and parts the lists. */
static enum ks_code fill(struct slice *slice, const struct mets *mets, const struct ks_keyed *keyed, size_t n)
{
    size_t items = 0, lists = 0;
    for (size_t i = 0; i < n; i++) {
        items += i == 0 || keyed[i].key != keyed[i - 1].key;
        lists += i == 0 || keyed[i].key >> 32 != keyed[i - 1].key >> 32;
    }
    slice->list = ks_alloc(lists + 1, sizeof *slice->list);
    slice->item = ks_alloc(items, sizeof *slice->item);
    slice->before = ks_alloc(items + 1, sizeof *slice->before);
    slice->bytes = (lists + 1) * sizeof *slice->list + items * (sizeof *slice->item + sizeof *slice->before);
    if (slice->list == NULL || slice->item == NULL || slice->before == NULL)
        return KS_NOMEM;
    uint64_t sum = 0;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || keyed[i].key != keyed[i - 1].key) {
            if (i == 0 || keyed[i].key >> 32 != keyed[i - 1].key >> 32)
                slice->list[slice->n_lists++] = (struct list){(uint32_t)(keyed[i].key >> 32), at};
            slice->item[at] = (uint32_t)keyed[i].key;
            slice->before[at++] = sum;
        }
        sum += mets->at[keyed[i].value].n;
    }
    slice->before[at] = sum;
    slice->list[slice->n_lists] = (struct list){UINT32_MAX, at};
    return KS_OK;
}

/* Makes the slice of levels (a, b). */
static enum ks_code slice_make(struct ks_slices *slices, uint32_t a, uint32_t b, struct ks_progress *progress,
                               struct slice *out)
{
    const struct ks_classes *c = slices->classes;
    struct mets mets = {0};
    struct ks_keyed *keyed = NULL;
    size_t n = 0;
    *out = (struct slice){.a = a, .b = b, .used = true};
    enum ks_code code = KS_LIMIT;
    if (level_windows(c, b) < level_windows(c, a) / 4)
        code = meet_from_b(slices, a, b, progress, &mets);
    if (code == KS_LIMIT) {
        mets.n = 0;
        code = meet_from_a(slices, a, b, progress, &mets);
    }
    if (code == KS_OK)
        code = sort_items(c, &mets, &keyed, &n);
    if (code == KS_OK)
        code = fill(out, &mets, keyed, n);
    ks_free(keyed);
    ks_free(mets.at);
    if (code != KS_OK)
        slice_free(out);
    return code;
}

/* ---- the cache ---- */

static size_t slot_of(uint32_t a, uint32_t b)
{
    return (size_t)(((uint64_t)a * 0x9e3779b97f4a7c15u ^ (uint64_t)b * 0xbf58476d1ce4e5b9u) >> 40) % SLOTS;
}

static struct slice *kept(struct ks_slices *slices, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < slices->n_kept; i++)
        if (slices->kept[i].a == a && slices->kept[i].b == b)
            return &slices->kept[i];
    return NULL;
}

/* The slice of levels (a, b), made where it is not there. NULL when out of memory. */
static const struct slice *slice_get(struct ks_slices *slices, uint32_t a, uint32_t b)
{
    struct slice *slot = &slices->slot[slot_of(a, b)];
    if (slot->used && slot->a == a && slot->b == b)
        return slot;
    const struct slice *found = kept(slices, a, b);
    if (found != NULL)
        return found;
    struct slice made;
    if (slice_make(slices, a, b, NULL, &made) != KS_OK)
        return NULL;
    slices->bytes -= slot->bytes;
    slice_free(slot);
    if (slices->bytes + made.bytes > ks_limits()->slices) {
        for (size_t i = 0; i < SLOTS; i++)
            slice_free(&slices->slot[i]);
        slices->bytes = 0;
    }
    *slot = made;
    slices->bytes += made.bytes;
    return slot;
}

struct ks_status ks_slices_keep(struct ks_slices *slices, uint32_t x, uint32_t y, struct ks_progress *progress)
{
    uint32_t a = ks_classes_level(slices->classes, x), b = ks_classes_level(slices->classes, y);
    if (a == slices->classes->levels || b == slices->classes->levels || kept(slices, a, b) != NULL)
        return ks_ok();
    if (!ks_reserve((void **)&slices->kept, &slices->cap_kept, slices->n_kept + 1, sizeof *slices->kept))
        return ks_nomem("the ranking");
    switch (slice_make(slices, a, b, progress, &slices->kept[slices->n_kept])) {
    case KS_OK:
        slices->n_kept++;
        return ks_ok();
    case KS_CANCELLED:
        return ks_fail(KS_CANCELLED, "ranking was cancelled");
    default:
        return ks_nomem("the ranking");
    }
}

static const struct list *list_of(const struct slice *slice, uint32_t xy)
{
    size_t low = 0, high = slice->n_lists;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (slice->list[middle].xy < xy)
            low = middle + 1;
        else
            high = middle;
    }
    return low < slice->n_lists && slice->list[low].xy == xy ? &slice->list[low] : NULL;
}

/* ---- the partners of an item ---- */

static bool add_partners(struct ks_slices *slices, uint32_t k)
{
    const struct ks_classes *c = slices->classes;
    size_t n = ks_class_size(c, k);
    if (!ks_reserve((void **)&slices->partner, &slices->cap_partners, slices->n_partners + n, sizeof *slices->partner))
        return false;
    memcpy(slices->partner + slices->n_partners, c->member + c->member_start[k], n * sizeof *slices->partner);
    slices->n_partners += n;
    return true;
}

static bool sort_partners(struct ks_slices *slices)
{
    size_t n = slices->n_partners;
    if (!ks_reserve((void **)&slices->keyed, &slices->cap_keyed, 2 * n, sizeof *slices->keyed))
        return false;
    for (size_t i = 0; i < n; i++)
        slices->keyed[i].key = slices->partner[i];
    ks_radix_sort(slices->keyed, slices->keyed + n, n, NULL);
    for (size_t i = 0; i < n; i++)
        slices->partner[i] = (uint32_t)slices->keyed[i].key;
    return true;
}

/* The items of level b that share exactly xy windows with the items of class k, ascending; k's own among them where they
 * belong there. False when out of memory. */
static bool partners(struct ks_slices *slices, uint32_t k, uint32_t b, uint32_t xy)
{
    if (slices->have_partners && slices->partner_class == k && slices->partner_level == b && slices->partner_xy == xy)
        return true;
    const struct ks_classes *c = slices->classes;
    slices->have_partners = false;
    slices->n_partners = 0;
    size_t n = walk(slices, k, b), met = 0;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        uint32_t other = slices->touched[i];
        if (slices->shared[other] == xy) {
            ok = ok && add_partners(slices, other);
            met++;
        }
        slices->shared[other] = 0;
    }
    if (xy == c->count[k] && c->count[c->level_first[b]] == xy) {
        ok = ok && add_partners(slices, k);
        met++;
    }
    if (ok && met > 1)
        ok = sort_partners(slices);
    slices->have_partners = ok;
    slices->partner_class = k;
    slices->partner_level = b;
    slices->partner_xy = xy;
    return ok;
}

static size_t partner_place(const struct ks_slices *slices, uint32_t item)
{
    return ks_below_u32(slices->partner, slices->n_partners, item);
}

bool ks_slices_pair(struct ks_slices *slices, struct ks_counts counts, uint64_t r, uint32_t *x, uint32_t *y)
{
    const struct ks_classes *c = slices->classes;
    uint32_t a = ks_classes_level(c, counts.x), b = ks_classes_level(c, counts.y);
    const struct slice *slice = a < c->levels && b < c->levels ? slice_get(slices, a, b) : NULL;
    const struct list *list = slice != NULL ? list_of(slice, counts.xy) : NULL;
    if (list == NULL || r >= slice->before[list[1].start] - slice->before[list->start])
        return false;
    r += slice->before[list->start];
    size_t low = list->start, high = list[1].start - 1; /* the last X with before <= r */
    while (low < high) {
        size_t middle = low + (high - low + 1) / 2;
        if (slice->before[middle] <= r)
            low = middle;
        else
            high = middle - 1;
    }
    *x = slice->item[low];
    size_t place = (size_t)(r - slice->before[low]);
    if (!partners(slices, c->class_of[*x], b, counts.xy))
        return false;
    size_t self = partner_place(slices, *x);
    if (self < slices->n_partners && slices->partner[self] == *x && place >= self)
        place++;
    if (place >= slices->n_partners)
        return false;
    *y = slices->partner[place];
    return true;
}

uint64_t ks_slices_place(struct ks_slices *slices, struct ks_counts counts, uint32_t x, uint32_t y)
{
    const struct ks_classes *c = slices->classes;
    uint32_t a = ks_classes_level(c, counts.x), b = ks_classes_level(c, counts.y);
    const struct slice *slice = a < c->levels && b < c->levels ? slice_get(slices, a, b) : NULL;
    const struct list *list = slice != NULL ? list_of(slice, counts.xy) : NULL;
    if (list == NULL)
        return UINT64_MAX;
    size_t low = list->start + ks_below_u32(slice->item + list->start, list[1].start - list->start, x);
    if (low == list[1].start || slice->item[low] != x || !partners(slices, c->class_of[x], b, counts.xy))
        return UINT64_MAX;
    size_t place = partner_place(slices, y), self = partner_place(slices, x);
    bool own = self < slices->n_partners && slices->partner[self] == x;
    if (place == slices->n_partners || slices->partner[place] != y || x == y)
        return UINT64_MAX;
    return slice->before[low] - slice->before[list->start] + place - (own && self < place ? 1 : 0);
}
