/* Whether items lie together more than chance would have it: Fisher, shifts, false discovery, order. All
 * p-values as ln p. */
#ifndef KS_STATS_ASSOCIATION_H
#define KS_STATS_ASSOCIATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* ln P(N >= xy), N ~ hypergeometric(x marked of l, y drawn): Fisher's one-sided test. 0 (p = 1) for xy <=
 * max(0, x + y - l); -INFINITY for the impossible xy > min(x, y). Exact where GSL's CDF underflows
 * (doc/statistics.md). Any x, y <= l. Thread safe. */
double ks_fisher_ln_p(uint32_t l, uint32_t x, uint32_t y, uint32_t xy);

/* Exact shift p-value: the share of the l rotations of X's windows against Y's whose overlap is >= n(XY), 1/l
 * at least. Windows ascending, < l. O(l + nx ny), or O(l log l) where the sets are large; memory O(l). NAN
 * when out of memory. */
double ks_shift_p(uint32_t l, const uint32_t *x, size_t nx, const uint32_t *y, size_t ny);

/* Benjamini-Hochberg over m tests, of which n are given with multiplicities: p-values ln_p[i] stand for
 * weight[i] tests each, all others have p = 1. Writes ln q for each (the largest of tests with equal p, 0 at
 * most). A NaN counts as p = 1. O(n). KS_NOMEM, KS_LIMIT (n > 2^32 - 1). */
struct ks_status ks_benjamini_hochberg(const double *ln_p, const double *weight, size_t n, double m,
                                       double *ln_q);

/* ln P(Poisson(mu) >= n), mu given as ln mu; 0 for n = 0. */
double ks_poisson_tail_ln(double ln_mu, uint64_t n);

/* ln of the expected chance occurrences of m ordered items within span w: ln(T prod(n_i/T) w^(m-1)/(m-1)!)
 * (doc/statistics.md). T, w in seconds > 0, n_i events > 0. */
double ks_sequence_ln_mu(double t, double w, const double *n, size_t m);

/* Upper bound of ln P(at least x of r occurrences of m distinct items show one same order): min(0, ln(m!) +
 * ln Q_Bin(r, 1/m!)(x-1)), for x = r: -(r-1) ln m! (doc/statistics.md). */
double ks_order_ln_p(uint32_t m, uint32_t r, uint32_t x);

/* ln C(n, k); -INFINITY for k > n. */
double ks_ln_choose(double n, double k);

/* Version of GSL, static. */
const char *ks_stats_libraries(void);

#endif
