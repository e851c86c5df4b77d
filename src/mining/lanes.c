#include "mining/lanes.h"

#include <string.h>

#include "base/memory.h"

/* Word j's planes lie together: plane p of it at [j * PLANES + p]. Sums likewise, number v's words after number v - 1's. */
enum { PLANES = 32, SUM_PLANES = 16 };

bool ks_lanes_make(struct ks_lanes *lanes, const struct ks_bits *bits)
{
    *lanes = (struct ks_lanes){.bits = bits, .words = bits->mask_words};
    lanes->plane = ks_alloc(lanes->words * PLANES, sizeof *lanes->plane);
    lanes->sum = ks_zalloc(lanes->words * SUM_PLANES * KS_LANES_FEW, sizeof *lanes->sum);
    return lanes->plane != NULL && lanes->sum != NULL;
}

void ks_lanes_free(struct ks_lanes *lanes)
{
    ks_free(lanes->plane);
    ks_free(lanes->sum);
}

/* Adds one to the counters of the lanes in `carry`. */
static inline void add(uint64_t *plane, uint64_t carry)
{
    for (; carry != 0; plane++) {
        uint64_t next = *plane & carry;
        *plane ^= carry;
        carry = next;
    }
}

void ks_lanes_count(struct ks_lanes *lanes, const uint32_t *windows, uint32_t n)
{
    lanes->planes = 0;
    while (n >> lanes->planes != 0)
        lanes->planes++;
    const uint64_t *mask = lanes->bits->mask + windows[0] * lanes->words;
    for (size_t j = 0; j < lanes->words; j++) {
        uint64_t *plane = lanes->plane + j * PLANES;
        plane[0] = mask[j];
        for (unsigned p = 1; p < lanes->planes; p++)
            plane[p] = 0;
    }
    for (uint32_t i = 1; i < n; i++) {
        mask = lanes->bits->mask + windows[i] * lanes->words;
        for (size_t j = 0; j < lanes->words; j++)
            add(lanes->plane + j * PLANES, mask[j]);
    }
}

bool ks_lanes_sum(struct ks_lanes *lanes, uint32_t n, uint32_t size, const struct ks_lanes_out *out)
{
    if (lanes->weight + size > KS_LANES_MOST && !ks_lanes_flush(lanes, n, out))
        return false;
    lanes->weight += size;
    for (uint32_t v = 1; v <= n; v++)
        for (size_t j = 0; j < lanes->words; j++) {
            const uint64_t *plane = lanes->plane + j * PLANES;
            uint64_t *sum = lanes->sum + ((v - 1) * lanes->words + j) * SUM_PLANES;
            uint64_t share = ~(uint64_t)0; /* lanes whose counter is v */
            for (unsigned p = 0; p < lanes->planes; p++)
                share &= v >> p & 1 ? plane[p] : ~plane[p];
            for (uint32_t rest = size; rest != 0 && share != 0; rest >>= 1, sum++)
                if (rest & 1)
                    add(sum, share);
        }
    return true;
}

/* A lane's counter. */
static inline uint32_t counter(const uint64_t *plane, unsigned planes, unsigned lane)
{
    uint32_t n = 0;
    for (unsigned p = 0; p < planes; p++)
        n |= (uint32_t)(plane[p] >> lane & 1) << p;
    return n;
}

static inline uint64_t any(const uint64_t *plane, unsigned planes)
{
    uint64_t lanes = 0;
    for (unsigned p = 0; p < planes; p++)
        lanes |= plane[p];
    return lanes;
}

bool ks_lanes_flush(struct ks_lanes *lanes, uint32_t n, const struct ks_lanes_out *out)
{
    bool ok = true;
    for (uint32_t v = 1; v <= n && lanes->weight > 0; v++)
        for (size_t j = 0; j < lanes->words; j++) {
            uint64_t *sum = lanes->sum + ((v - 1) * lanes->words + j) * SUM_PLANES;
            for (uint64_t left = any(sum, SUM_PLANES); left != 0; left &= left - 1) {
                unsigned lane = (unsigned)__builtin_ctzll(left);
                const struct ks_class_info *info = &out->info[j * 64 + lane];
                ok = ks_tally_add(out->tally, info->level - out->level, v,
                                  (uint64_t)counter(sum, SUM_PLANES, lane) * info->size) && ok;
            }
            memset(sum, 0, SUM_PLANES * sizeof *sum);
        }
    lanes->weight = 0;
    return ok;
}

bool ks_lanes_each(const struct ks_lanes *lanes, uint32_t size, const struct ks_lanes_out *out)
{
    bool ok = true;
    for (size_t j = 0; j < lanes->words; j++) {
        const uint64_t *plane = lanes->plane + j * PLANES;
        for (uint64_t left = any(plane, lanes->planes); left != 0; left &= left - 1) {
            unsigned lane = (unsigned)__builtin_ctzll(left);
            const struct ks_class_info *info = &out->info[j * 64 + lane];
            ok = ks_tally_add(out->tally, info->level - out->level, counter(plane, lanes->planes, lane),
                              (uint64_t)size * info->size) && ok;
        }
    }
    return ok;
}
