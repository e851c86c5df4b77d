#include "capture/hash.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/memory.h"

enum { SLOTS_FIRST = 1024 };
static const uint32_t slots_max = (uint32_t)1 << 31;

void ks_hash_key_draw(struct ks_hash_key *key)
{
    if (getrandom(key, sizeof *key, GRND_NONBLOCK) == (ssize_t)sizeof *key)
        return;
    /* A kernel without it, or early at boot: the clock and an address are still better than a constant. */
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t x = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec ^ (uint64_t)(uintptr_t)key;
    for (size_t i = 0; i < sizeof key->word / sizeof *key->word; i++) { /* splitmix64 */
        uint64_t z = x += 0x9e3779b97f4a7c15U;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
        z = (z ^ z >> 27) * 0x94d049bb133111ebU;
        key->word[i] = z ^ z >> 31;
    }
}

bool ks_index_room(struct ks_index *index, size_t n)
{
    uint64_t want = (uint64_t)index->n + n;
    uint64_t slots = index->slots != NULL ? (uint64_t)index->mask + 1 : 0;
    if (want * 4 <= slots * 3)
        return true;
    uint64_t grown = slots != 0 ? slots : SLOTS_FIRST;
    while (want * 4 > grown * 3)
        grown *= 2;
    if (grown > slots_max)
        return false;
    struct ks_index larger = {.mask = (uint32_t)(grown - 1)};
    larger.slots = ks_zalloc((size_t)grown, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (uint64_t i = 0; i < slots; i++)
        if (index->slots[i].at != 0)
            ks_index_put(&larger, index->slots[i].hash, index->slots[i].at - 1);
    ks_index_free(index);
    *index = larger;
    return true;
}

void ks_index_free(struct ks_index *index)
{
    ks_free(index->slots);
    memset(index, 0, sizeof *index);
}
