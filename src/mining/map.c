#include "mining/map.h"

#include "base/memory.h"

static size_t map_hash(uint64_t a, uint32_t b)
{
    uint64_t h = (a + b * 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
    h = (h ^ h >> 29) * 0x94d049bb133111ebu;
    return (size_t)(h ^ h >> 32);
}

struct ks_slot *ks_map_get(const struct ks_map *map, uint64_t a, uint32_t b)
{
    size_t i = map_hash(a, b) & (map->cap - 1);
    while (map->slot[i].value != KS_NONE && (map->slot[i].a != a || map->slot[i].b != b))
        i = (i + 1) & (map->cap - 1);
    return &map->slot[i];
}

struct ks_slot *ks_map_at(struct ks_map *map, uint64_t a, uint32_t b)
{
    if (map->n >= map->cap / 2) {
        struct ks_map grown = {.cap = map->cap == 0 ? 64 : map->cap * 2, .n = map->n};
        grown.slot = ks_alloc(grown.cap, sizeof *grown.slot);
        if (grown.slot == NULL)
            return NULL;
        for (size_t i = 0; i < grown.cap; i++)
            grown.slot[i].value = KS_NONE;
        for (size_t i = 0; i < map->cap; i++)
            if (map->slot[i].value != KS_NONE)
                *ks_map_get(&grown, map->slot[i].a, map->slot[i].b) = map->slot[i];
        ks_free(map->slot);
        *map = grown;
    }
    struct ks_slot *slot = ks_map_get(map, a, b);
    if (slot->value == KS_NONE) {
        slot->a = a;
        slot->b = b;
        map->n++;
    }
    return slot;
}

struct ks_slot *ks_map_find(const struct ks_map *map, uint64_t a, uint32_t b)
{
    if (map->cap == 0)
        return NULL;
    struct ks_slot *slot = ks_map_get(map, a, b);
    return slot->value == KS_NONE ? NULL : slot;
}

void ks_map_free(struct ks_map *map)
{
    ks_free(map->slot);
    *map = (struct ks_map){0};
}
