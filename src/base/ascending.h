/* Numbers in ascending order: finding a place among them, sorting a few, and what qsort and bsearch ask for. */
#ifndef KS_BASE_ASCENDING_H
#define KS_BASE_ASCENDING_H

#include <stddef.h>
#include <stdint.h>

/* How many of n ascending values are < x, and so the place of the first that is not; found by bisection. For 32 bits, 64 bits, and reals
 * (no NaN). */
#define KS_BELOW(name, type)                                         \
    /* NOLINTNEXTLINE(bugprone-macro-parentheses): a type */         \
    static inline size_t name(const type *values, size_t n, type x)  \
    {                                                                \
        size_t low = 0, high = n;                                    \
        while (low < high) {                                         \
            size_t middle = low + (high - low) / 2;                  \
            if (values[middle] < x)                                  \
                low = middle + 1;                                    \
            else                                                     \
                high = middle;                                       \
        }                                                            \
        return low;                                                  \
    }
KS_BELOW(ks_below_u32, uint32_t)
KS_BELOW(ks_below_u64, uint64_t)
KS_BELOW(ks_below_real, double)
#undef KS_BELOW

/* Sorts a few numbers, ascending: where n is small this is the fastest. O(n^2). */
#define KS_SORT_FEW(name, type)                                      \
    /* NOLINTNEXTLINE(bugprone-macro-parentheses): a type */         \
    static inline void name(type *values, size_t n)                  \
    {                                                                \
        for (size_t i = 1; i < n; i++) {                             \
            type moved = values[i];                                  \
            size_t at = i;                                           \
            for (; at > 0 && values[at - 1] > moved; at--)           \
                values[at] = values[at - 1];                         \
            values[at] = moved;                                      \
        }                                                            \
    }
KS_SORT_FEW(ks_sort_few_u32, uint32_t)
KS_SORT_FEW(ks_sort_few_i64, int64_t)
KS_SORT_FEW(ks_sort_few_real, double)
#undef KS_SORT_FEW

/* < 0, 0 or > 0 as the number at a is smaller than that at b, equal, or larger. */
static inline int ks_compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static inline int ks_compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

#endif
