#include "mining/sort.h"

enum { DIGIT = 11, DIGITS = 6 };

bool ks_radix_sort(struct ks_keyed *at, struct ks_keyed *spare, size_t n, struct ks_progress *progress)
{
    const size_t mask = (1 << DIGIT) - 1;
    uint64_t varies = 0; /* bits in which some key differs from the first: other digits need no pass */
    bool sorted = true;
    for (size_t i = 1; i < n; i++) {
        varies |= at[i].key ^ at[0].key;
        sorted = sorted && at[i].key >= at[i - 1].key;
    }
    struct ks_keyed *from = at, *to = spare;
    for (unsigned digit = 0; digit < DIGITS && !sorted; digit++) {
        unsigned shift = digit * DIGIT;
        size_t place[(1 << DIGIT) + 1] = {0};
        if ((varies >> shift & mask) == 0)
            continue;
        if (ks_cancelled(progress))
            return false;
        for (size_t i = 0; i < n; i++)
            place[(from[i].key >> shift & mask) + 1]++;
        for (size_t i = 0; i <= mask; i++)
            place[i + 1] += place[i];
        for (size_t i = 0; i < n; i++)
            to[place[from[i].key >> shift & mask]++] = from[i];
        struct ks_keyed *swap = from;
        from = to;
        to = swap;
    }
    if (from != at)
        memcpy(at, from, n * sizeof *at);
    return true;
}

uint64_t *ks_radix_sort_keys(uint64_t *keys, uint64_t *spare, size_t n)
{
    const size_t mask = (1 << DIGIT) - 1;
    uint64_t varies = 0;
    for (size_t i = 1; i < n; i++)
        varies |= keys[i] ^ keys[0];
    for (unsigned shift = 0; shift < 64; shift += DIGIT) {
        size_t place[(1 << DIGIT) + 1] = {0};
        if ((varies >> shift & mask) == 0)
            continue;
        for (size_t i = 0; i < n; i++)
            place[(keys[i] >> shift & mask) + 1]++;
        for (size_t i = 0; i <= mask; i++)
            place[i + 1] += place[i];
        for (size_t i = 0; i < n; i++)
            spare[place[keys[i] >> shift & mask]++] = keys[i];
        uint64_t *swap = keys;
        keys = spare;
        spare = swap;
    }
    return keys;
}
