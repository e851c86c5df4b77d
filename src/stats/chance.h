/* How many rules chance alone would give (doc/method.md, doc/statistics.md). */
#ifndef KS_STATS_CHANCE_H
#define KS_STATS_CHANCE_H

#include <stddef.h>
#include <stdint.h>

#include "base/progress.h"
#include "base/status.h"
#include "mining/pairs.h"
#include "mining/windows.h"

/* Independent placement: the expected number of directed pair rules that pass when every item's windows are
 * drawn at random, keeping n(X): the sum over pairs of item counts of P(hypergeometric overlap passes).
 * have[n] = number of items that lie in exactly n windows, n = 0..l. <= 5 ms at 10,000 windows. Relative
 * error <= 1e-6 up to a few hundred distinct counts that matter; beyond, neighbouring counts are put
 * together, with an error below 2 % (mostly below 0.1 %). What is expected less than once in 10^12 may come
 * out as 0. NAN when memory is exhausted. */
double ks_chance_independent(const uint64_t *have, uint32_t l, const struct ks_thresholds *thresholds);

/* The shifted null: R times every item's window set is rotated by its own random offset (mod l) and the rules
 * are counted again. Keeps counts and runs, breaks what ties items together. */
struct ks_shifted;

enum { KS_ROTATIONS_MAX = 4096 };

/* Mines `rotations` (<= KS_ROTATIONS_MAX, else KS_USAGE) rotated copies, seeded: item i's offset in rotation r depends on
 * (seed, r, i) alone, so neither threads nor max_count change a count. Only items with n <= max_count take
 * part (l: all), so thresholds up to that max_count can be asked for. About 7 bytes for each triple of each
 * rotation are kept. progress counts rotations. KS_CANCELLED and KS_NOMEM keep the rotations finished so far
 * usable (*out not NULL when >= 1). */
struct ks_status ks_shifted_make(const struct ks_window_sets *sets, unsigned rotations, uint64_t seed,
                                 uint32_t max_count, unsigned threads, struct ks_progress *progress,
                                 struct ks_shifted **out);
void ks_shifted_free(struct ks_shifted *shifted);

struct ks_expected {
    double mean, sd; /* of the number of directed rules over the rotations; sd is NAN for fewer than two */
    double highest;  /* the largest count seen in one rotation */
    unsigned rotations;
};

/* Expected number of rules at the thresholds; mean, sd and highest are NAN without rotations. One pass over
 * what all rotations keep together: 10 to 20 ms for 20 rotations of 950,000 triples. Thread safe. */
struct ks_expected ks_shifted_count(const struct ks_shifted *shifted, const struct ks_thresholds *thresholds);

/* The count of one rotation (0 .. rotations - 1) at the thresholds: what a test against the whole null
 * distribution needs. The answers of all rotations are kept until other thresholds are asked for, so asking
 * for one after the other costs one pass. Thread safe. */
uint64_t ks_shifted_rotation(const struct ks_shifted *shifted, unsigned rotation,
                             const struct ks_thresholds *thresholds);

/* How many rotations it holds. */
unsigned ks_shifted_rotations(const struct ks_shifted *shifted);

#endif
