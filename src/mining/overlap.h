/* Windows that overlap. */
#ifndef KS_MINING_OVERLAP_H
#define KS_MINING_OVERLAP_H

#include "mining/cutting.h"

/* Makes window sets of a stream whose windows overlap. */
struct ks_status ks_cut_overlap(struct cut *c);

#endif
