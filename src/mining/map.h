/* A hash map from a pair of numbers to a number, for cutting windows. */
#ifndef KS_MINING_MAP_H
#define KS_MINING_MAP_H

#include <stddef.h>
#include <stdint.h>

#define KS_NONE UINT32_MAX

struct ks_slot {
    uint64_t a;
    uint32_t b, value; /* value KS_NONE: empty */
};

/* Zero-initialise. */
struct ks_map {
    struct ks_slot *slot;
    size_t cap, n; /* cap is a power of two, or 0 */
};

/* The slot of a key, made (value KS_NONE) where it is new; the caller must give a new slot its value. NULL when out of
 * memory, with the map unchanged. */
struct ks_slot *ks_map_at(struct ks_map *map, uint64_t a, uint32_t b);
/* The slot of a key that is in the map. */
struct ks_slot *ks_map_get(const struct ks_map *map, uint64_t a, uint32_t b);
/* The slot of a key, or NULL where it is not in the map. */
struct ks_slot *ks_map_find(const struct ks_map *map, uint64_t a, uint32_t b);
void ks_map_free(struct ks_map *map);

#endif
