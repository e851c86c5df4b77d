/* A stable radix sort of keys that carry a number, and reals as keys. */
#ifndef KS_MINING_SORT_H
#define KS_MINING_SORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/progress.h"

struct ks_keyed {
    uint64_t key;
    uint32_t value;
};

/* Sorts at[0..n) by key, ascending and stable; spare holds n more. The result is in at. False when cancelled. */
bool ks_radix_sort(struct ks_keyed *at, struct ks_keyed *spare, size_t n, struct ks_progress *progress);

/* Sorts keys alone; gives whichever of the two arrays of n holds them in the end. */
uint64_t *ks_radix_sort_keys(uint64_t *keys, uint64_t *spare, size_t n);

/* A key that sorts as the real does, ascending: -inf first, -0 as 0, NaN last. */
static inline uint64_t ks_real_key(double value)
{
    uint64_t bits;
    value += 0.0; /* -0 becomes 0 */
    if (value != value)
        return UINT64_MAX;
    memcpy(&bits, &value, sizeof bits);
    return bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
}

/* The real that a key stands for (not one of a NaN). */
static inline double ks_key_real(uint64_t key)
{
    double value;
    key = key >> 63 ? key & ~((uint64_t)1 << 63) : ~key;
    memcpy(&value, &key, sizeof value);
    return value;
}

#endif
