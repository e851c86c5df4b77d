/* False discoveries: q for every pair of infrequent items, kept with what was mined as long as the same items count as infrequent. */
#ifndef KS_ANALYSIS_DISCOVERY_H
#define KS_ANALYSIS_DISCOVERY_H

#include "analysis/analysis.h"

/* How many items are in 1 .. max_count windows. */
uint64_t ks_infrequent(const struct ks_mined *mined, uint32_t max_count);

/* ln q as a step function of ln p over all pairs of items in at most max_count windows, whether they pass other thresholds or not
 * (Benjamini-Hochberg over Fisher's one-sided p, doc/statistics.md). Held by who asked for it. */
struct ks_discovery {
    uint32_t max_count;
    struct ks_count pairs;  /* m: pairs that never meet count as well */
    double *ln_p, *ln_q;    /* n steps, ascending */
    size_t n;
    _Atomic unsigned holders;
};

/* The one for these infrequent items; computed where it is not the one asked for last (half a second for 950,000 triples). KS_NOMEM,
 * KS_CANCELLED. Thread safe. */
struct ks_status ks_discovery_of(struct ks_mined *mined, uint32_t max_count, struct ks_progress *progress, struct ks_discovery **out);
void ks_discovery_release(struct ks_discovery *discovery);

/* ln q of a pair with this ln p, which must be one of theirs. */
double ks_discovery_ln_q(const struct ks_discovery *discovery, double ln_p);

#endif
