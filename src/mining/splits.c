#include "mining/splits.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascending.h"
#include "base/memory.h"

bool ks_splits_make(struct ks_splits *splits, const struct ks_classes *classes)
{
    *splits = (struct ks_splits){.classes = classes};
    splits->mask = ks_zalloc(classes->sets->l, sizeof *splits->mask);
    splits->n[0] = classes->sets->l;
    return splits->mask != NULL;
}

void ks_splits_free(struct ks_splits *splits)
{
    ks_free(splits->mask);
    splits->mask = NULL;
}

void ks_splits_push(struct ks_splits *splits, uint32_t k)
{
    splits->class_at[splits->depth++] = k;
}

void ks_splits_pop(struct ks_splits *splits)
{
    unsigned last = --splits->depth;
    if (splits->counted <= last)
        return;
    const uint32_t *windows = ks_class_windows(splits->classes, splits->class_at[last]);
    for (uint32_t i = 0; i < splits->classes->count[splits->class_at[last]]; i++)
        splits->mask[windows[i]] &= (uint16_t)~(1u << last);
    splits->counted = last;
}

bool ks_splits_reach(const struct ks_splits *splits, unsigned len)
{
    uint64_t items = 0;
    for (unsigned g = 0; g < splits->depth; g++)
        items += ks_class_size(splits->classes, splits->class_at[g]);
    return splits->depth <= len && len <= items;
}

/* Brings n[] up to the whole stack: for each new class, its windows by which of the earlier classes they hold, summed over
 * supersets. */
static void count_subsets(struct ks_splits *splits, uint64_t *steps)
{
    for (; splits->counted < splits->depth; splits->counted++) {
        unsigned g = splits->counted;
        uint32_t k = splits->class_at[g], n_windows = splits->classes->count[k];
        const uint32_t *windows = ks_class_windows(splits->classes, k);
        uint32_t *n = splits->n + ((size_t)1 << g);
        memset(n, 0, sizeof *n << g);
        for (uint32_t i = 0; i < n_windows; i++) {
            n[splits->mask[windows[i]]]++;
            splits->mask[windows[i]] |= (uint16_t)(1u << g);
        }
        for (unsigned bit = 0; bit < g; bit++)
            for (size_t set = 0; set < (size_t)1 << g; set++)
                if ((set >> bit & 1) == 0)
                    n[set] += n[set | (size_t)1 << bit];
        *steps += n_windows + ((uint64_t)g << g);
    }
}

/* How one itemset takes items of the classes, and a split of it: `take[g]` items of class g, `left[g]` of them in X. */
struct split {
    unsigned take[KS_MAX_LEN], left[KS_MAX_LEN];
};

/* The next split in order, from left[] all zero; false after the last. */
static bool next_split(struct split *split, unsigned groups)
{
    for (unsigned g = groups; g-- > 0;) {
        if (split->left[g] < split->take[g]) {
            split->left[g]++;
            return true;
        }
        split->left[g] = 0;
    }
    return false;
}

/* The counts of a split; false where a side is empty. */
static bool split_counts(const struct ks_splits *splits, const struct split *split, uint32_t count, struct ks_counts *out)
{
    unsigned x = 0, y = 0;
    for (unsigned g = 0; g < splits->depth && g < KS_MAX_LEN; g++) {
        x |= (unsigned)(split->left[g] > 0) << g;
        y |= (unsigned)(split->left[g] < split->take[g]) << g;
    }
    *out = (struct ks_counts){splits->n[x], splits->n[y], count, splits->classes->sets->l};
    return x != 0 && y != 0;
}

/* Whether every split passes minInte. */
static bool interesting(const struct ks_splits *splits, const struct ks_thresholds *thresholds, struct split *split,
                        uint32_t count, uint64_t *steps)
{
    memset(split->left, 0, sizeof split->left);
    do {
        struct ks_counts c;
        ++*steps;
        if (split_counts(splits, split, count, &c) &&
            ks_interest_value(c, thresholds->interest) + KS_SLACK < thresholds->min_inte)
            return false;
    } while (next_split(split, splits->depth));
    return true;
}

/* Adds the composition if it is not there yet (it is the last one then). */
static bool add_composition(const struct ks_splits *splits, const struct split *split, uint32_t count, unsigned len,
                            struct ks_itemsets *out)
{
    if (!ks_reserve((void **)&out->composition, &out->cap_compositions, out->n_compositions + 1,
                    sizeof *out->composition) ||
        !ks_reserve((void **)&out->class_at, &out->cap_classes, out->n_classes + len, sizeof *out->class_at))
        return false;
    out->composition[out->n_compositions++] =
        (struct ks_composition){.first = out->n_classes, .count = count, .len = (uint8_t)len};
    for (unsigned g = 0; g < splits->depth; g++)
        for (unsigned i = 0; i < split->take[g]; i++)
            out->class_at[out->n_classes++] = splits->class_at[g];
    return true;
}

static uint16_t left_positions(const struct split *split, unsigned groups)
{
    unsigned bits = 0, at = 0;
    for (unsigned g = 0; g < groups; g++) {
        bits |= ((1u << split->left[g]) - 1) << at;
        at += split->take[g];
    }
    return (uint16_t)bits;
}

/* Adds the directed splits of an itemset that are rules. */
static bool add_rules(const struct ks_splits *splits, const struct ks_thresholds *thresholds, struct split *split,
                      uint32_t count, unsigned len, struct ks_itemsets *out)
{
    bool added = false;
    memset(split->left, 0, sizeof split->left);
    do {
        struct ks_counts c;
        if (!split_counts(splits, split, count, &c) || ks_excess(c) <= 0 ||
            ks_cpir(c) + KS_SLACK < thresholds->min_conf)
            continue;
        if (!added && !add_composition(splits, split, count, len, out))
            return false;
        added = true;
        if (!ks_reserve((void **)&out->rule, &out->cap_rules, out->n_rules + 1, sizeof *out->rule))
            return false;
        struct ks_set_rule rule = {.composition = (uint32_t)(out->n_compositions - 1),
                                   .x = c.x,
                                   .y = c.y,
                                   .left = left_positions(split, splits->depth)};
        out->rule[out->n_rules++] = rule;
        struct ks_fixed none = {0};
        out->rules[len] = ks_count_add(out->rules[len], ks_set_rule_size(out, &rule, &none));
    } while (next_split(split, splits->depth));
    return true;
}

enum ks_code ks_splits_test(struct ks_splits *splits, const struct ks_thresholds *thresholds, uint32_t count, unsigned len,
                            struct ks_itemsets *out, uint64_t *steps)
{
    struct split split = {0};
    unsigned groups = splits->depth, most[KS_MAX_LEN];
    if (groups == 0)
        return KS_OK;
    count_subsets(splits, steps);
    for (unsigned g = 0; g < groups; g++) {
        uint32_t size = ks_class_size(splits->classes, splits->class_at[g]);
        most[g] = size < len - groups + 1 ? size : len - groups + 1;
        split.take[g] = 1;
    }
    /* All ways to take 1..most[g] items of each class g, len in all: an odometer over the classes but the last, which takes
     * the rest. */
    for (;;) {
        unsigned sum = 0, g = groups - 1;
        for (unsigned i = 0; i + 1 < groups; i++)
            sum += split.take[i];
        ++*steps;
        if (sum < len && len - sum <= most[groups - 1]) {
            split.take[groups - 1] = len - sum;
            if (interesting(splits, thresholds, &split, count, steps) &&
                !add_rules(splits, thresholds, &split, count, len, out))
                return KS_NOMEM;
        }
        while (g-- > 0 && split.take[g] == most[g])
            split.take[g] = 1;
        if (g == (unsigned)-1)
            return KS_OK;
        split.take[g]++;
    }
}

void ks_sort_classes(uint32_t *at, size_t n)
{
    if (n < 32)
        ks_sort_few_u32(at, n);
    else
        qsort(at, n, sizeof *at, ks_compare_u32);
}
