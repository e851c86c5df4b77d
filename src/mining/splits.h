/* The splits of an itemset: a stack of distinct classes, n(X) for every subset of it, and all compositions of a given length
 * that take items of just these classes. */
#ifndef KS_MINING_SPLITS_H
#define KS_MINING_SPLITS_H

#include "base/status.h"
#include "mining/index.h"
#include "mining/sets.h"

struct ks_splits {
    const struct ks_classes *classes;
    uint16_t *mask; /* per window: bit i where it holds the i-th class of the stack */
    uint32_t class_at[KS_MAX_LEN];
    unsigned depth;
    unsigned counted; /* n[] is right for subsets of the first `counted` classes */
    uint32_t n[1 << KS_MAX_LEN];
};

/* False when out of memory. */
bool ks_splits_make(struct ks_splits *splits, const struct ks_classes *classes);
void ks_splits_free(struct ks_splits *splits);

/* Puts a class on the stack, and takes the last one off. */
void ks_splits_push(struct ks_splits *splits, uint32_t k);
void ks_splits_pop(struct ks_splits *splits);

/* Whether the classes on the stack have items enough for an itemset of this length that takes one or more of each. */
bool ks_splits_reach(const struct ks_splits *splits, unsigned len);

/* Tests every such itemset (n(I) = count) and adds its rules to `out`; *steps grows by the work done. KS_NOMEM. */
enum ks_code ks_splits_test(struct ks_splits *splits, const struct ks_thresholds *thresholds, uint32_t count, unsigned len,
                            struct ks_itemsets *out, uint64_t *steps);

/* Sorts class numbers, ascending. */
void ks_sort_classes(uint32_t *at, size_t n);

#endif
