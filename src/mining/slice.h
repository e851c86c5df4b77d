/* Slices of the pair index: all ordered item pairs of two given counts, found again from the windows when a row asks for
 * them, so that no list of pairs is kept. */
#ifndef KS_MINING_SLICE_H
#define KS_MINING_SLICE_H

#include "mining/index.h"

struct ks_slices;

/* An empty cache of slices. NULL when out of memory. */
struct ks_slices *ks_slices_new(const struct ks_pairs *pairs);
void ks_slices_free(struct ks_slices *slices);

/* The ordered pairs (X, Y) with n(X) = counts.x, n(Y) = counts.y, n(XY) = counts.xy stand in the order of (X, Y) item
 * numbers. Gives the r-th of them; false where there is none or memory ran out. */
bool ks_slices_pair(struct ks_slices *slices, struct ks_counts counts, uint64_t r, uint32_t *x, uint32_t *y);

/* The place of (x, y) among the pairs with these counts, its own; UINT64_MAX when out of memory. */
uint64_t ks_slices_place(struct ks_slices *slices, struct ks_counts counts, uint32_t x, uint32_t y);

/* Makes the slice of ordered pairs with counts (x, y) ahead of time and keeps it for good: for those whose making would be
 * felt. KS_NOMEM, KS_CANCELLED. */
struct ks_status ks_slices_keep(struct ks_slices *slices, uint32_t x, uint32_t y, struct ks_progress *progress);

#endif
