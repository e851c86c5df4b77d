/* Classes of items with equal window sets, and the windows as rows of classes. */
#include "mining/classes.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mining/map.h"

static uint64_t hash_windows(const uint32_t *windows, size_t n)
{
    uint64_t h = n * 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ windows[i]) * 0xbf58476d1ce4e5b9u ^ h >> 31;
    h = (h ^ h >> 29) * 0x94d049bb133111ebu;
    return h ^ h >> 32;
}

static bool same_windows(const struct ks_window_sets *sets, uint32_t x, uint32_t y)
{
    size_t n = ks_window_sets_n(sets, x);
    return n == ks_window_sets_n(sets, y) &&
           memcmp(sets->windows + sets->start[x], sets->windows + sets->start[y], n * sizeof *sets->windows) == 0;
}

/* Gives every item the smallest item with the same windows, in class_of. */
static struct ks_status find_equal(const struct ks_window_sets *sets, struct ks_progress *progress, uint32_t *class_of)
{
    size_t cap = 16;
    while (cap < (size_t)sets->u * 2)
        cap *= 2;
    uint32_t *table = ks_alloc(cap, sizeof *table);
    uint64_t *hash = ks_alloc(sets->u, sizeof *hash);
    struct ks_status status = table == NULL || hash == NULL ? ks_nomem("the classes of items") : ks_ok();
    if (table != NULL)
        memset(table, 0xff, cap * sizeof *table);
    for (uint32_t x = 0; x < sets->u && ks_is_ok(status); x++) {
        size_t n = ks_window_sets_n(sets, x);
        class_of[x] = KS_NONE;
        if (n == 0)
            continue;
        if (x % 1024 == 0 && ks_cancelled(progress))
            status = ks_fail(KS_CANCELLED, "mining was cancelled");
        hash[x] = hash_windows(sets->windows + sets->start[x], n);
        size_t i = (size_t)hash[x] & (cap - 1);
        while (table[i] != KS_NONE && (hash[table[i]] != hash[x] || !same_windows(sets, table[i], x)))
            i = (i + 1) & (cap - 1);
        if (table[i] == KS_NONE)
            table[i] = x;
        class_of[x] = table[i];
    }
    ks_free(table);
    ks_free(hash);
    return status;
}

/* Orders the representatives by (n, item) with a counting sort, and numbers the classes so. member_start gets the sizes. */
static struct ks_status number_classes(struct ks_classes *c)
{
    const struct ks_window_sets *sets = c->sets;
    uint32_t *place = ks_zalloc((size_t)sets->l + 2, sizeof *place), *number = ks_alloc(sets->u, sizeof *number);
    struct ks_status status = place == NULL || number == NULL ? ks_nomem("the classes of items") : ks_ok();
    if (ks_is_ok(status)) {
        for (uint32_t x = 0; x < sets->u; x++)
            if (c->class_of[x] == x) {
                place[ks_window_sets_n(sets, x) + 1]++;
                c->n++;
            }
        /* place[n + 1] holds how many classes have n windows; then place[n] where the first of them goes. */
        for (size_t n = 0; n <= sets->l; n++) {
            c->levels += place[n + 1] != 0;
            place[n + 1] += place[n];
        }
        c->count = ks_alloc(c->n, sizeof *c->count);
        c->member_start = ks_zalloc((size_t)c->n + 1, sizeof *c->member_start);
        c->level_first = ks_alloc((size_t)c->levels + 1, sizeof *c->level_first);
        if (c->count == NULL || c->member_start == NULL || c->level_first == NULL)
            status = ks_nomem("the classes of items");
    }
    if (ks_is_ok(status)) {
        for (uint32_t x = 0; x < sets->u; x++)
            if (c->class_of[x] == x) {
                number[x] = place[ks_window_sets_n(sets, x)]++;
                c->count[number[x]] = ks_window_sets_n(sets, x);
            }
        for (uint32_t x = 0; x < sets->u; x++)
            if (c->class_of[x] != KS_NONE) {
                c->class_of[x] = number[c->class_of[x]];
                c->member_start[c->class_of[x] + 1]++;
            }
    }
    ks_free(place);
    ks_free(number);
    return status;
}

/* Members of each class, and where each level begins. */
static struct ks_status fill_members(struct ks_classes *c)
{
    c->member = ks_alloc(c->sets->u, sizeof *c->member);
    uint32_t *place = ks_alloc(c->n, sizeof *place);
    if (c->member == NULL || place == NULL) {
        ks_free(place);
        return ks_nomem("the classes of items");
    }
    uint32_t level = 0;
    for (uint32_t k = 0; k < c->n; k++) {
        if (k == 0 || c->count[k] != c->count[k - 1])
            c->level_first[level++] = k;
        c->member_start[k + 1] += c->member_start[k];
        place[k] = c->member_start[k];
    }
    c->level_first[level] = c->n;
    for (uint32_t x = 0; x < c->sets->u; x++)
        if (c->class_of[x] != KS_NONE)
            c->member[place[c->class_of[x]]++] = x;
    ks_free(place);
    return ks_ok();
}

/* The classes of each window. */
static struct ks_status fill_rows(struct ks_classes *c)
{
    uint32_t l = c->sets->l;
    size_t *place = ks_zalloc((size_t)l + 1, sizeof *place);
    c->row_start = place;
    if (place == NULL)
        return ks_nomem("the windows' rows");
    size_t total = 0;
    for (uint32_t k = 0; k < c->n; k++) {
        const uint32_t *windows = ks_class_windows(c, k);
        total += c->count[k];
        for (uint32_t i = 0; i < c->count[k]; i++)
            place[windows[i] + 1]++;
    }
    c->row = ks_alloc(total, sizeof *c->row);
    if (c->row == NULL)
        return ks_nomem("the windows' rows");
    for (uint32_t w = 0; w < l; w++)
        place[w + 1] += place[w];
    /* Filling moves each start to its end; the loop after it moves them back. */
    for (uint32_t k = 0; k < c->n; k++) {
        const uint32_t *windows = ks_class_windows(c, k);
        for (uint32_t i = 0; i < c->count[k]; i++)
            c->row[place[windows[i]]++] = k;
    }
    for (uint32_t w = l; w > 0; w--)
        place[w] = place[w - 1];
    place[0] = 0;
    return ks_ok();
}

struct ks_status ks_classes_make(const struct ks_window_sets *sets, struct ks_progress *progress, struct ks_classes *out)
{
    *out = (struct ks_classes){.sets = sets};
    out->class_of = ks_alloc(sets->u, sizeof *out->class_of);
    if (out->class_of == NULL)
        return ks_nomem("the classes of items");
    KS_TRY(find_equal(sets, progress, out->class_of));
    KS_TRY(number_classes(out));
    KS_TRY(fill_members(out));
    return fill_rows(out);
}

void ks_classes_free(struct ks_classes *classes)
{
    ks_free(classes->class_of);
    ks_free(classes->member_start);
    ks_free(classes->member);
    ks_free(classes->count);
    ks_free(classes->level_first);
    ks_free(classes->row_start);
    ks_free(classes->row);
    *classes = (struct ks_classes){0};
}

uint32_t ks_classes_level(const struct ks_classes *classes, uint32_t n)
{
    uint32_t low = 0, high = classes->levels;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (classes->count[classes->level_first[middle]] < n)
            low = middle + 1;
        else
            high = middle;
    }
    return low < classes->levels && classes->count[classes->level_first[low]] == n ? low : classes->levels;
}
