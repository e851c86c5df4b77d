/* The smallest overlap at which a rule passes: every threshold is monotone in n(XY) once the rule is
 * positively correlated. Used inside src/stats only. */
#ifndef KS_STATS_LEAST_H
#define KS_STATS_LEAST_H

#include <math.h>
#include <stdint.h>

#include "mining/pairs.h"

/* Thresholds made ready for many pairs of counts. */
struct ks_least {
    struct ks_thresholds thresholds;
    uint32_t l;
    double per_l;    /* 1/l */
    double min_inte; /* in windows: of the excess over n(X) n(Y)/l (Wu), or of n(XY) itself (joint) */
    double least;    /* min_count, or what joint interest asks for */
};

static inline struct ks_least ks_least_of(uint32_t l, const struct ks_thresholds *thresholds)
{
    bool joint = thresholds->interest == KS_INTEREST_JOINT;
    double inte = fmin((thresholds->min_inte - KS_SLACK) * l, 2.0 * l),
           min_count = fmax(1, thresholds->min_count);
    return (struct ks_least){.thresholds = *thresholds,
                             .l = l,
                             .per_l = l > 0 ? 1.0 / l : 0,
                             .min_inte = joint ? 0 : fmax(0, inte),
                             .least = joint ? fmax(min_count, inte) : min_count};
}

/* The smallest n(XY) with which X => Y passes, n(X) = x, n(Y) = y <= max_count; UINT32_MAX where no n(XY) <=
 * most <= min(x, y) does. Agrees with ks_pair_passes to the last count. */
static inline uint32_t ks_least_count(const struct ks_least *t, uint32_t x, uint32_t y, uint32_t most)
{
    if (y >= t->l)
        return UINT32_MAX;
    double mean = (double)x * y * t->per_l;
    double conf = (t->thresholds.min_conf - KS_SLACK) * x * (1 - y * t->per_l);
    double wanted = fmax(mean + fmax(t->min_inte, conf), t->least);
    if (!(wanted < most + 1e-6))
        return UINT32_MAX;
    uint32_t n = (uint32_t)wanted;
    double part = wanted - n;
    if (part > 1e-6 && part < 1 - 1e-6)
        return n + 1;
    /* So near a whole number that only the exact comparison can tell. */
    n = n > 1 ? n - 1 : 1;
    while (n <= most &&
           !ks_pair_passes((struct ks_counts){.x = x, .y = y, .xy = n, .l = t->l}, &t->thresholds))
        n++;
    return n <= most ? n : UINT32_MAX;
}

#endif
