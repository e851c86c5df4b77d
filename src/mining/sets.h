/* Longer itemsets from the inside: what the ranking needs to list their rules. */
#ifndef KS_MINING_SETS_H
#define KS_MINING_SETS_H

#include "mining/itemsets.h"
#include "mining/ranking.h"

/* A rule between classes: a composition (how many items of which classes) and a split of its positions. It stands for every
 * choice of items. Positions of one class lie together, and those on the left side come first among them. */
struct ks_set_rule {
    uint32_t composition;
    uint32_t x, y;   /* n(X), n(Y) */
    uint16_t left;   /* positions on the left side, as bits */
};

struct ks_composition {
    size_t first;    /* its classes are class_of[first .. first + len), ascending, with repeats */
    uint32_t count;  /* n(I) */
    uint8_t len;
};

struct ks_itemsets {
    const struct ks_pairs *pairs;
    struct ks_composition *composition;
    size_t n_compositions, cap_compositions;
    uint32_t *class_at;
    size_t n_classes, cap_classes;
    struct ks_set_rule *rule;
    size_t n_rules, cap_rules;
    struct ks_count rules[KS_MAX_LEN + 1]; /* by length */
};

/* Items that a rule must hold, and on which side each stands. */
struct ks_fixed {
    const uint32_t *items; /* ascending, distinct */
    size_t n;
    uint16_t left; /* bit i: items[i] is on the left side */
};

/* How many rules a class rule stands for where the fixed items are as said; 0 where they do not fit. */
struct ks_count ks_set_rule_size(const struct ks_itemsets *itemsets, const struct ks_set_rule *rule,
                                 const struct ks_fixed *fixed);

/* The r-th of them (r < the size), in the order of: class by class as in the composition, the left side's items, then the
 * right side's, each as ascending combinations. */
void ks_set_rule_row(const struct ks_itemsets *itemsets, const struct ks_set_rule *rule, const struct ks_fixed *fixed,
                     uint64_t r, struct ks_rule *out);

#endif
