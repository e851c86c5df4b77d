/* The shapes of the reference values in chance_oracle.inc. */
#ifndef KS_ORACLE_CHANCE_H
#define KS_ORACLE_CHANCE_H

#include <stddef.h>
#include <stdint.h>

#include "mining/pairs.h"

/* pairs: n(X) and how many items have it, in turn. */
struct independent_case {
    uint32_t l;
    const uint64_t *pairs;
    size_t n;
    struct ks_thresholds thresholds;
    double expected;
};

/* u items, item i in windows[start[i] .. start[i+1]) of l. */
struct shifted_case {
    uint32_t l, u;
    const size_t *start;
    const uint32_t *windows;
    struct ks_thresholds thresholds;
    double mean;
};

#endif
