/* The shapes of the reference values in stats_oracle.inc, and how near a result must be. */
#ifndef KS_ORACLE_STATS_H
#define KS_ORACLE_STATS_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

struct curve_case {
    uint32_t l;
    uint64_t u;
    double ws, p, ln_q, mean, sd;
    int64_t high[3]; /* for epsilon 1e-2, 1e-3, 1e-6; -1: none */
    uint32_t gradient;
    uint32_t first, n; /* its points */
};

struct curve_point {
    uint32_t x;
    double ln_pmf, cdf;
};

struct fisher_case {
    uint32_t l, x, y, xy;
    double ln_p;
};

struct poisson_case {
    double ln_mu;
    uint64_t n;
    double ln_p;
};

struct order_case {
    uint32_t m, r, x;
    double ln_p;
};

struct choose_case {
    double n, k, value;
};

/* Equal, or within tolerance relative to the larger of the wanted value and `least`. */
static inline bool near(double got, double want, double tolerance, double least)
{
    if (isinf(want) || isinf(got))
        return isinf(want) && isinf(got) && signbit(want) == signbit(got);
    return fabs(got - want) <= tolerance * fmax(fabs(want), least);
}

#endif
