/* Itemsets of more than two items and their rules (the paper's Algorithm 1 for K > 2): depth-first over classes of equal window sets, counted
 * with multiplicity. */
#ifndef KS_MINING_ITEMSETS_H
#define KS_MINING_ITEMSETS_H

#include "base/count.h"
#include "mining/pairs.h"

struct ks_itemsets;

/* Itemsets of 3..max_len (<= KS_MAX_LEN) infrequent items that pass the thresholds: n(I) >= min_count, interest >= minInte at every split, and at
 * least one directed split with correlation > 1 and CPIR >= minConf. Shorter ones first, and of a length those with the rarest items first.
 * work: steps allowed (0: the default of 2*10^9, some seconds); when they run out, or 2^22 rules between classes were found, the result is
 * KS_LIMIT with what was found so far valid and the message saying what was left out. KS_NOMEM, KS_CANCELLED likewise. *out is to be freed
 * whatever the result; NULL only for KS_NOMEM. */
struct ks_status ks_itemsets_mine(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, unsigned max_len,
                                  uint64_t work, struct ks_progress *progress, struct ks_itemsets **out);
void ks_itemsets_free(struct ks_itemsets *itemsets);

/* Directed rules of length 3..max_len, all lengths together or one (len = 0: all). */
struct ks_count ks_itemsets_rules(const struct ks_itemsets *itemsets, unsigned len);

/* The smallest support that interest >= min_inte and correlation > 1 allow: (1 - sqrt(1 - 4 minInte))/2; 2 (nothing passes) for min_inte > 1/4. */
double ks_support_bound(double min_inte);

#endif
