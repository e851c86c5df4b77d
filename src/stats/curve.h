/* The binomial model of how many windows hold a port (the paper's Eq. 6-8), in log space. */
#ifndef KS_STATS_CURVE_H
#define KS_STATS_CURVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/* Eq. 7, 8 for l windows of ws events over u equally likely items. */
struct ks_curve {
    uint32_t l;
    uint64_t u;
    double ws;
    double p;        /* 1 - (1 - 1/u)^ws: a given item is in a given window; may round to 1, ln_q does not */
    double ln_q;     /* ln (1 - 1/u)^ws */
    double mean, sd; /* windows holding an item: l p, sqrt(l p (1 - p)) */
    double *ln_pmf;  /* l + 1: ln P(X = x), -INFINITY where impossible */
    double *cdf;     /* l + 1: P(X <= x), in [0, 1], never falling */
    uint32_t low;    /* suggested minSupp in windows: the assumed number of activations (>= 1) ... */
    uint32_t high; /* ... up to x_eps, the largest x with P(X <= x) <= epsilon; may be < low: then there is no
                      range */
    bool has_high; /* false where even P(X = 0) > epsilon */
    double epsilon;
    uint32_t gradient; /* the x in 1..l with the steepest ascent pmf(x) - pmf(x-1); 0 where nothing rises
                          (mean < 1, l = 0) */
};

/* Computes the curve. l <= 10^7, u >= 1, ws >= 0 finite, activations >= 1, 0 < epsilon < 1 (the paper's
 * picture fits 1e-3). KS_NOMEM, KS_LIMIT (l too large), KS_USAGE. Freed by ks_curve_free whatever the result.
 * */
struct ks_status ks_curve_make(uint32_t l, uint64_t u, double ws, uint32_t activations, double epsilon,
                               struct ks_curve *out);
void ks_curve_free(struct ks_curve *curve);

#endif
