/* The pair index: every rule between two items, for any thresholds, without a list of them (doc/architecture.md). */
#ifndef KS_MINING_PAIRS_H
#define KS_MINING_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/count.h"
#include "base/progress.h"
#include "base/status.h"
#include "mining/measures.h"
#include "mining/windows.h"

struct ks_pairs; /* refers to the window sets it was mined from: they must outlive it */

/* Mines all pairs of items. threads: 1 or more. KS_NOMEM, KS_CANCELLED. */
struct ks_status ks_pairs_mine(const struct ks_window_sets *sets, unsigned threads, struct ks_progress *progress,
                               struct ks_pairs **out);
/* The same for who only reads the triples: counting is as right, but slow. */
struct ks_status ks_pairs_mine_triples(const struct ks_window_sets *sets, unsigned threads, struct ks_progress *progress,
                                       struct ks_pairs **out);
void ks_pairs_free(struct ks_pairs *pairs);

/* The distinct triples with xy >= 1, ascending by (x, y, xy). */
const struct ks_triple *ks_pairs_triples(const struct ks_pairs *pairs, size_t *n);
uint32_t ks_pairs_windows(const struct ks_pairs *pairs);
const struct ks_window_sets *ks_pairs_sets(const struct ks_pairs *pairs);

/* How many directed rules pass. Exact; <= 1 ms at 950,000 triples. Another kind of interest or minimum count than Wu's and 1 is
 * prepared for when it is first asked for, and kept until another such is asked for (tens of milliseconds). Thread safe. */
uint64_t ks_pairs_count(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds);

/* Counts over a plane: out[i * n_inte + j] for max_count[i] and min_inte[j], both ascending; the rest from thresholds. The first time a
 * pass over the triples; as long as only minConf changes from then on, under a millisecond at 950,000 triples. Thread safe. */
void ks_pairs_plane(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, const uint32_t *max_count, size_t n_count,
                    const double *min_inte, size_t n_inte, uint64_t *out);

/* Whether that takes less than about a millisecond: few triples, or this plane was asked for last and nobody is making another. Thread safe. */
bool ks_pairs_plane_ready(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, const uint32_t *max_count, size_t n_count,
                          const double *min_inte, size_t n_inte);

/* The values of one threshold at which the count changes, the others as given: for sliders. Writes at most cap (>= 1) of them,
 * ascending, and returns how many it wrote (0 also when out of memory): all where they fit and fewer than 20,000 rules are in
 * question, else the first, the last and others spread between. About a millisecond at 950,000 triples. Using one as the
 * threshold keeps everything that has exactly this value. */
enum ks_axis { KS_AXIS_SUPP, KS_AXIS_INTE, KS_AXIS_CONF };
size_t ks_pairs_steps(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, enum ks_axis axis, double *out,
                      size_t cap);

#endif
