/* The virtual list of rules: any row of any ranking of any number of rules, found by prefix sums. */
#ifndef KS_MINING_RANKING_H
#define KS_MINING_RANKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/count.h"
#include "base/progress.h"
#include "base/status.h"
#include "mining/itemsets.h"
#include "mining/pairs.h"

enum { KS_MAX_LEN = 10 }; /* the longest itemset that can be asked for */

struct ks_rule {
    uint32_t items[KS_MAX_LEN]; /* item numbers: the n_if of X ascending, then the n_then of Y ascending */
    uint8_t n_if, n_then;
    struct ks_counts counts; /* n(X), n(Y), n(XY), l */
};

enum ks_sort {
    KS_SORT_CPIR, KS_SORT_CONFIDENCE, KS_SORT_SUPPORT, KS_SORT_INTEREST, KS_SORT_CORRELATION, KS_SORT_COUNT,
    KS_SORT_COUNT_IF, KS_SORT_COUNT_THEN, KS_SORT_LENGTH, KS_SORT_LN_P, KS_SORT_N
};
const char *ks_sort_name(enum ks_sort sort);
bool ks_sort_parse(const char *text, enum ks_sort *out);

/* Narrows a ranking: rules that hold all of `must` (item numbers, either side) and pass `keep` on their counts. */
struct ks_rule_filter {
    const uint32_t *must;
    size_t n_must;
    bool (*keep)(const struct ks_counts *counts, void *context); /* or NULL */
    void *context;
};

struct ks_ranking; /* refers to pairs and itemsets: they must outlive it */

/* Ranks what passes: pairs of `pairs`, and the longer itemsets of `itemsets` (may be NULL). Strongest first (ln p: smallest first; counts,
 * length: largest first); `reverse` turns the key round, not what parts ties; a key that is not a number comes last either way. Ties:
 * - larger interest, larger CPIR, larger count, smaller count_if, smaller count_then, shorter rule; then
 * - pairs by their items' numbers, X before Y;
 * - longer rules by their classes (of items with equal window sets; classes by n, then smallest item): by the list of the classes that occur
 *   (A, A B, A B C, A C ...), by how many items of each, by how many of these in X, by which of the filter's items are in X; then class by
 *   class by the choice of items for X, then for Y, as ascending combinations.
 * filter may be NULL; its keep and context must stay valid as long as the ranking. ln_p computes a rule's ln p for KS_SORT_LN_P (may be NULL
 * otherwise). KS_NOMEM, KS_CANCELLED, KS_LIMIT (more than 2^32 entries). */
struct ks_status ks_ranking_make(const struct ks_pairs *pairs, const struct ks_itemsets *itemsets,
                                 const struct ks_thresholds *thresholds, enum ks_sort sort, bool reverse,
                                 const struct ks_rule_filter *filter, double (*ln_p)(struct ks_counts),
                                 struct ks_progress *progress, struct ks_ranking **out);
void ks_ranking_free(struct ks_ranking *ranking);

/* How many rules it has. */
struct ks_count ks_ranking_total(const struct ks_ranking *ranking);
/* Rows that can be asked for: the total, or 2^63 - 1 where it is larger. */
uint64_t ks_ranking_rows(const struct ks_ranking *ranking);
/* Row i (from 0); false where there is none, or memory ran out. Well under a frame; not thread safe (keeps a cache). Who reads very many
 * rows in order gets them a block at a time: about a microsecond each, with a pause now and then. */
bool ks_ranking_row(struct ks_ranking *ranking, uint64_t i, struct ks_rule *out);
/* The row of a pair rule x => y (item numbers), or UINT64_MAX where it does not pass. */
uint64_t ks_ranking_find(struct ks_ranking *ranking, uint32_t x, uint32_t y);

#endif
