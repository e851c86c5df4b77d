/* Classes in many windows ("heavy" ones) as bits. Two of them share as many windows as their common bits; a light class meets
 * them as the sum of its windows' masks. */
#ifndef KS_MINING_BITS_H
#define KS_MINING_BITS_H

#include "base/status.h"
#include "mining/classes.h"

struct ks_bits {
    uint32_t first; /* classes first .. n - 1 are heavy; n where none are */
    size_t words;   /* per class */
    uint64_t *at;   /* class k's windows begin at at[(k - first) * words] */
    uint32_t (*common)(const uint64_t *a, const uint64_t *b, size_t words);
    size_t mask_words; /* per window */
    uint64_t *mask;    /* window w's heavy classes, as k - first, begin at mask[w * mask_words] */
    /* The rows without heavy classes: window w's are light[light_start[w]] .. light[light_start[w + 1] - 1]. */
    const uint32_t *light;
    const size_t *light_start;
    uint32_t *own_light; /* those, or NULL where none are heavy and they are the classes' rows */
    size_t *own_start;
};

/* Decides which classes are heavy, that is, better compared as bits than by walking, and makes their bits and masks: each at most
 * as large as their window lists. KS_NOMEM. */
struct ks_status ks_bits_make(const struct ks_classes *classes, struct ks_bits *out);
void ks_bits_free(struct ks_bits *bits);
/* Frees what only mining needs: masks and light rows. */
void ks_bits_trim(struct ks_bits *bits);

static inline const uint64_t *ks_bits_of(const struct ks_bits *bits, uint32_t k)
{
    return bits->at + (size_t)(k - bits->first) * bits->words;
}

/* How many windows two classes share; both >= first. */
static inline uint32_t ks_bits_common(const struct ks_bits *bits, uint32_t a, uint32_t b)
{
    return bits->common(ks_bits_of(bits, a), ks_bits_of(bits, b), bits->words);
}

/* How many windows a light class with these n windows shares with a heavy one. */
static inline uint32_t ks_bits_shared(const struct ks_bits *bits, const uint32_t *windows, uint32_t n, uint32_t heavy)
{
    const uint64_t *at = ks_bits_of(bits, heavy);
    uint32_t shared = 0;
    for (uint32_t i = 0; i < n; i++)
        shared += (uint32_t)(at[windows[i] / 64] >> windows[i] % 64 & 1);
    return shared;
}

#endif
