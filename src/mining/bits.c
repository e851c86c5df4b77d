#include "mining/bits.h"

#include <string.h>

#include "base/ascending.h"
#include "base/memory.h"

static uint32_t common_plain(const uint64_t *a, const uint64_t *b, size_t words)
{
    uint32_t n = 0;
    for (size_t i = 0; i < words; i++)
        n += (uint32_t)__builtin_popcountll(a[i] & b[i]);
    return n;
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("popcnt"))) static uint32_t common_popcnt(const uint64_t *a, const uint64_t *b, size_t words)
{
    uint32_t n = 0;
    for (size_t i = 0; i < words; i++)
        n += (uint32_t)__builtin_popcountll(a[i] & b[i]);
    return n;
}
#endif

/* Where the classes from `first` on begin in a window's row. */
static size_t row_place(const struct ks_classes *c, uint32_t w, uint32_t first)
{
    size_t start = c->row_start[w];
    return start + ks_below_u32(c->row + start, c->row_start[w + 1] - start, first);
}

/* Class pairs met when the classes from `first` on are walked: over all windows, the pairs of such classes in it. */
static uint64_t visits(const struct ks_classes *c, uint32_t first)
{
    uint64_t n = 0;
    for (uint32_t w = 0; w < c->sets->l; w++) {
        uint64_t here = c->row_start[w + 1] - row_place(c, w, first);
        n += here * (here - (here > 0)) / 2;
    }
    return n;
}

/* Copies the rows without the heavy classes, so that what is walked lies close together. */
static bool keep_light(const struct ks_classes *c, uint32_t first, struct ks_bits *out)
{
    uint32_t l = c->sets->l;
    out->own_start = ks_alloc((size_t)l + 1, sizeof *out->own_start);
    if (out->own_start == NULL)
        return false;
    size_t n = 0;
    for (uint32_t w = 0; w < l; w++) {
        out->own_start[w] = n;
        n += row_place(c, w, first) - c->row_start[w];
    }
    out->own_start[l] = n;
    out->own_light = ks_alloc(n, sizeof *out->own_light);
    if (out->own_light == NULL)
        return false;
    for (uint32_t w = 0; w < l; w++)
        memcpy(out->own_light + out->own_start[w], c->row + c->row_start[w],
               (out->own_start[w + 1] - out->own_start[w]) * sizeof *out->own_light);
    out->light = out->own_light;
    out->light_start = out->own_start;
    return true;
}

struct ks_status ks_bits_make(const struct ks_classes *classes, struct ks_bits *out)
{
    const struct ks_classes *c = classes;
    *out = (struct ks_bits){.first = c->n, .words = (size_t)c->sets->l / 64 + 1, .common = common_plain,
                            .light = c->row,
                            .light_start = c->row_start};
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("popcnt"))
        out->common = common_popcnt;
#endif
    /* From l/32 windows on, l bits take no more room than the list. A visit costs about as much as six words. */
    uint32_t first = c->n;
    while (first > 0 && c->count[first - 1] >= c->sets->l / 32 && c->count[first - 1] > 1)
        first--;
    uint64_t later = c->n - first;
    if (later < 2 || later * (later - 1) / 2 * (out->words / 6 + 4) > visits(c, first))
        return ks_ok();
    out->mask_words = (size_t)(later + 63) / 64;
    out->at = ks_zalloc((size_t)later * out->words, sizeof *out->at);
    out->mask = ks_zalloc(c->sets->l * out->mask_words, sizeof *out->mask);
    if (out->at == NULL || out->mask == NULL || !keep_light(c, first, out))
        return ks_nomem("the window sets as bits");
    for (uint32_t k = first; k < c->n; k++) {
        uint64_t *bits = out->at + (size_t)(k - first) * out->words;
        uint64_t *mask = out->mask + (k - first) / 64;
        const uint32_t *windows = ks_class_windows(c, k);
        for (uint32_t i = 0; i < c->count[k]; i++) {
            bits[windows[i] / 64] |= (uint64_t)1 << windows[i] % 64;
            mask[windows[i] * out->mask_words] |= (uint64_t)1 << (k - first) % 64;
        }
    }
    out->first = first;
    return ks_ok();
}

void ks_bits_trim(struct ks_bits *bits)
{
    ks_free(bits->mask);
    ks_free(bits->own_light);
    ks_free(bits->own_start);
    bits->mask = NULL;
    bits->light = bits->own_light = NULL;
    bits->light_start = bits->own_start = NULL;
}

void ks_bits_free(struct ks_bits *bits)
{
    ks_bits_trim(bits);
    ks_free(bits->at);
    *bits = (struct ks_bits){0};
}
