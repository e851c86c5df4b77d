/* Data for the tests of mining: logs written event by event, and seeded window sets. */
#ifndef KS_TESTS_MINING_DATA_H
#define KS_TESTS_MINING_DATA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "mining/pairs.h"
#include "mining/windows.h"

/* A small generator with a seed (splitmix64). */
static inline uint64_t next_random(uint64_t *seed)
{
    uint64_t z = *seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Window sets of u items in l windows: a third are copies of earlier ones, the others short runs or scattered. */
static inline void make_sets(uint32_t l, uint32_t u, uint64_t seed, struct ks_window_sets *out)
{
    ks_item *items = ks_alloc(u, sizeof *items);
    size_t *start = ks_alloc((size_t)u + 1, sizeof *start);
    uint32_t *windows = ks_alloc((size_t)u * l, sizeof *windows);
    assert_non_null(items);
    assert_non_null(start);
    assert_non_null(windows);
    start[0] = 0;
    for (uint32_t i = 0; i < u; i++) {
        items[i] = 2 * i + 1;
        size_t n = start[i];
        uint64_t kind = next_random(&seed);
        if (i > 0 && kind % 3 == 0) {
            size_t from = kind / 3 % i;
            for (size_t k = start[from]; k < start[from + 1]; k++)
                windows[n++] = windows[k];
        } else {
            uint64_t one_in = 2 + kind / 3 % 8;
            for (uint32_t w = 0; w < l; w++)
                if (next_random(&seed) % one_in == 0)
                    windows[n++] = w;
        }
        start[i + 1] = n;
    }
    assert_int_equal(ks_window_sets_from(l, u, items, start, windows, out).code, KS_OK);
    ks_free(items);
    ks_free(start);
    ks_free(windows);
}

#endif
