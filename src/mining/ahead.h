/* Reading ahead: when a ranking is read row after row, the pairs of its next entries are gathered in one go over the windows,
 * rather than slice by slice. */
#ifndef KS_MINING_AHEAD_H
#define KS_MINING_AHEAD_H

#include "mining/index.h"

struct ks_ahead;

/* For tests: how many rows are gathered at once (2^21 unless set). */
void ks_ahead_limit(uint64_t rows);

/* A run of a ranking's entries: entry[i] = 2 t + d stands for triple t in direction d (d = 0 for both where x = y), and has
 * before[i + 1] - before[i] rows; others are larger than 2 n - 1 for n triples. Gathers pairs from entry `first` on, as many entries as
 * there is room for; those with very many rows are left out. NULL when out of memory. */
struct ks_ahead *ks_ahead_make(const struct ks_pairs *pairs, const uint32_t *entry, const uint64_t *before, size_t first,
                               size_t n);
void ks_ahead_free(struct ks_ahead *ahead);

/* Whether entry number i is in the run, and gathered. */
bool ks_ahead_has(const struct ks_ahead *ahead, size_t i);
/* Whether entry number i is in the run or was left out of it. */
bool ks_ahead_covers(const struct ks_ahead *ahead, size_t i);

/* The r-th pair of an entry that is gathered, in the order of item numbers; false when out of memory. */
bool ks_ahead_pair(struct ks_ahead *ahead, size_t i, uint64_t r, uint32_t *x, uint32_t *y);

#endif
