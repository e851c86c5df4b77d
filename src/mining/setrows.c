/* How many rules a rule between classes stands for, and which is the r-th: combinations counted and found by rank. */
#include "mining/sets.h"

#include <string.h>

#include "base/ascending.h"
#include "mining/index.h"

/* One class of a composition: how many items it gives to each side, and which of the fixed items are among them. */
struct part {
    uint32_t class;
    unsigned x, y;         /* items on the left and on the right */
    uint32_t held_x[KS_MAX_LEN], held_y[KS_MAX_LEN]; /* fixed items */
    unsigned n_x, n_y;
};

/* Parts of a class rule; their number. *fits is false where the fixed items cannot be placed. */
static unsigned parts_of(const struct ks_itemsets *itemsets, const struct ks_set_rule *rule, const struct ks_fixed *fixed,
                         struct part *parts, bool *fits)
{
    const struct ks_classes *c = &itemsets->pairs->classes;
    const struct ks_composition *composition = &itemsets->composition[rule->composition];
    unsigned n = 0;
    for (unsigned i = 0; i < composition->len; i++) {
        uint32_t k = itemsets->class_at[composition->first + i];
        if (n == 0 || parts[n - 1].class != k)
            parts[n++] = (struct part){.class = k};
        if (rule->left >> i & 1)
            parts[n - 1].x++;
        else
            parts[n - 1].y++;
    }
    *fits = true;
    for (size_t i = 0; i < fixed->n && *fits; i++) {
        uint32_t k = fixed->items[i] < c->sets->u ? c->class_of[fixed->items[i]] : UINT32_MAX;
        unsigned p = 0;
        while (p < n && parts[p].class != k)
            p++;
        *fits = p < n;
        if (!*fits)
            break;
        if (fixed->left >> i & 1)
            parts[p].held_x[parts[p].n_x++] = fixed->items[i];
        else
            parts[p].held_y[parts[p].n_y++] = fixed->items[i];
        *fits = parts[p].n_x <= parts[p].x && parts[p].n_y <= parts[p].y;
    }
    return n;
}

/* Items of the class that are free to be chosen, and how many of them each side still needs. */
static uint64_t free_items(const struct ks_classes *c, const struct part *part)
{
    return ks_class_size(c, part->class) - part->n_x - part->n_y;
}

struct ks_count ks_set_rule_size(const struct ks_itemsets *itemsets, const struct ks_set_rule *rule,
                                 const struct ks_fixed *fixed)
{
    const struct ks_classes *c = &itemsets->pairs->classes;
    struct part parts[KS_MAX_LEN];
    bool fits;
    unsigned n = parts_of(itemsets, rule, fixed, parts, &fits);
    struct ks_count size = ks_count_of(fits ? 1 : 0);
    for (unsigned p = 0; p < n && fits; p++) {
        uint64_t items = free_items(c, &parts[p]), x = parts[p].x - parts[p].n_x, y = parts[p].y - parts[p].n_y;
        size = ks_count_mul(size, ks_count_choose(items, x));
        size = ks_count_mul(size, ks_count_choose(items - x, y));
    }
    return size;
}

/* Chooses the combination of rank r (in ascending order of combinations) of k out of n candidates: their places. */
static void choose(uint64_t n, unsigned k, uint64_t r, uint64_t *places)
{
    uint64_t first = 0; /* the least candidate still open */
    for (unsigned i = 0; i < k; i++) {
        unsigned left = k - i;
        /* Combinations whose least place is >= p: C(n - p, left). Finds the greatest p with
         * C(n - first, left) - C(n - p, left) <= r. */
        struct ks_count all = ks_count_choose(n - first, left);
        uint64_t low = first, high = n - left;
        while (low < high) {
            uint64_t p = low + (high - low + 1) / 2;
            struct ks_count rest = ks_count_choose(n - p, left);
            if (ks_count_compare(ks_count_add(rest, ks_count_of(r)), all) >= 0)
                low = p;
            else
                high = p - 1;
        }
        if (!all.power)
            r -= (uint64_t)(all.n - ks_count_choose(n - low, left).n);
        places[i] = low;
        first = low + 1;
    }
}

/* Puts an item where it belongs in an ascending list. */
static void insert(uint32_t *items, unsigned n, uint32_t item)
{
    while (n > 0 && items[n - 1] > item) {
        items[n] = items[n - 1];
        n--;
    }
    items[n] = item;
}

/* Takes `want` of the candidates by rank into the list, and out of the candidates. */
static void take(const struct ks_classes *c, const struct part *part, uint32_t *gone, unsigned *n_gone, unsigned want, uint64_t r,
                 uint32_t *items, unsigned n)
{
    uint64_t places[KS_MAX_LEN];
    const uint32_t *member = c->member + c->member_start[part->class];
    uint64_t size = ks_class_size(c, part->class);
    choose(size - *n_gone, want, r, places);
    /* From places among what is left to places among all: each gone item at or before it moves it on by one. gone[] is
     * ascending and does not change here. */
    unsigned before = *n_gone;
    uint32_t taken[KS_MAX_LEN];
    for (unsigned i = 0; i < want; i++) {
        uint64_t at = places[i];
        for (unsigned g = 0; g < before; g++)
            at += gone[g] <= at;
        taken[i] = (uint32_t)at;
    }
    for (unsigned i = 0; i < want; i++) {
        insert(items, n + i, member[taken[i]]);
        insert(gone, (*n_gone)++, taken[i]);
    }
}

/* The place of an item in its class. */
static uint32_t place_in(const struct ks_classes *c, uint32_t k, uint32_t item)
{
    uint32_t start = c->member_start[k];
    return (uint32_t)ks_below_u32(c->member + start, c->member_start[k + 1] - start, item);
}

/* Parts r from the lowest digit up: r modulo the size, and the rest. */
static uint64_t digit(uint64_t *r, struct ks_count size)
{
    uint64_t here = *r;
    if (!size.power && size.n <= UINT64_MAX) {
        here = *r % (uint64_t)size.n;
        *r /= (uint64_t)size.n;
    } else {
        *r = 0;
    }
    return here;
}

void ks_set_rule_row(const struct ks_itemsets *itemsets, const struct ks_set_rule *rule, const struct ks_fixed *fixed,
                     uint64_t r, struct ks_rule *out)
{
    const struct ks_classes *c = &itemsets->pairs->classes;
    struct part parts[KS_MAX_LEN];
    uint64_t rank_x[KS_MAX_LEN], rank_y[KS_MAX_LEN];
    uint32_t x[KS_MAX_LEN], y[KS_MAX_LEN];
    bool fits;
    unsigned n = parts_of(itemsets, rule, fixed, parts, &fits), n_x = 0, n_y = 0;
    for (unsigned p = n; p-- > 0;) {
        uint64_t items = free_items(c, &parts[p]), left = parts[p].x - parts[p].n_x, right = parts[p].y - parts[p].n_y;
        rank_y[p] = digit(&r, ks_count_choose(items - left, right));
        rank_x[p] = digit(&r, ks_count_choose(items, left));
    }
    for (unsigned p = 0; p < n; p++) {
        uint32_t gone[KS_MAX_LEN];
        unsigned n_gone = 0;
        for (unsigned i = 0; i < parts[p].n_x; i++) {
            insert(gone, n_gone++, place_in(c, parts[p].class, parts[p].held_x[i]));
            insert(x, n_x++, parts[p].held_x[i]);
        }
        for (unsigned i = 0; i < parts[p].n_y; i++) {
            insert(gone, n_gone++, place_in(c, parts[p].class, parts[p].held_y[i]));
            insert(y, n_y++, parts[p].held_y[i]);
        }
        unsigned left = parts[p].x - parts[p].n_x, right = parts[p].y - parts[p].n_y;
        take(c, &parts[p], gone, &n_gone, left, rank_x[p], x, n_x);
        n_x += left;
        take(c, &parts[p], gone, &n_gone, right, rank_y[p], y, n_y);
        n_y += right;
    }
    memcpy(out->items, x, n_x * sizeof *x);
    memcpy(out->items + n_x, y, n_y * sizeof *y);
    out->n_if = (uint8_t)n_x;
    out->n_then = (uint8_t)n_y;
}
