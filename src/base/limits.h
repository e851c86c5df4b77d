/* The ends of what numbers hold and of what is computed, in one place: captures that reach them are far larger than a test can be, so tests lower them. */
#ifndef KS_BASE_LIMITS_H
#define KS_BASE_LIMITS_H

#include <stdint.h>

struct ks_limits {
    uint64_t windows; /* that a stream is cut into: 2^31 - 1 */
    uint64_t items;   /* different ones: 2^32 - 2 */
    uint64_t overlap; /* entries in the sets of windows that overlap: 2^30 */
    uint64_t curve;   /* windows that Eq. 8 is computed for: 10^7 */
    uint64_t ranking; /* entries, triples in both directions and longer rules: 2^32 - 1 */
    uint64_t tests;   /* p-values that are corrected together: 2^32 - 1 */
    uint64_t visits;  /* that a slice of a ranking may take to make while somebody waits; others are made ahead: 300,000 */
    uint64_t slices;  /* bytes of slices that are not kept for good: 64 MiB */
};

/* Those in force. */
const struct ks_limits *ks_limits(void);

/* For tests: other ones, which must stay; NULL: the usual ones. Not thread safe. */
void ks_limits_set(const struct ks_limits *limits);

#endif
