/* Hash tables over numbers that a hostile capture chooses: the key is drawn at random for each load, so that nobody can prepare collisions. */
#ifndef KS_CAPTURE_HASH_H
#define KS_CAPTURE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ks_hash_key {
    uint64_t word[6];
};

/* Draws a key from the system's random source. */
void ks_hash_key_draw(struct ks_hash_key *key);

/* Multilinear hashing, strongly universal in its upper half (D. Lemire, O. Kaser: Strongly universal string hashing is fast, The Computer
 * Journal 57, 2014), mixed once more (the finaliser of MurmurHash3, A. Appleby) so that neighbours scatter. */
static inline uint32_t ks_hash4(const struct ks_hash_key *key, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    uint64_t sum = key->word[0] + key->word[1] * a + key->word[2] * b + key->word[3] * c + key->word[4] * d;
    uint32_t hash = (uint32_t)(sum >> 32);
    hash ^= hash >> 16;
    hash *= 0x85ebca6bU;
    hash ^= hash >> 13;
    hash *= 0xc2b2ae35U;
    return hash ^ hash >> 16;
}

/* An index over records that are kept elsewhere: open addressing, linear probing, at most three quarters full. */
struct ks_index {
    struct ks_slot {
        uint32_t hash;
        uint32_t at; /* number of the record + 1; 0: free */
    } *slots;
    uint32_t mask; /* slots - 1, a power of two less one */
    uint32_t n;
};

/* Makes room for n more records. False, with the index unchanged, when memory is exhausted or 2^31 slots do not suffice. */
bool ks_index_room(struct ks_index *index, size_t n) __attribute__((warn_unused_result));
void ks_index_free(struct ks_index *index);

/* Puts in a record that is not there yet; room was made before. */
static inline void ks_index_put(struct ks_index *index, uint32_t hash, uint32_t record)
{
    uint32_t i = hash & index->mask;
    while (index->slots[i].at != 0)
        i = (i + 1) & index->mask;
    index->slots[i].hash = hash;
    index->slots[i].at = record + 1;
    index->n++;
}

static inline void ks_index_prefetch(const struct ks_index *index, uint32_t hash)
{
    __builtin_prefetch(&index->slots[hash & index->mask]);
}

#endif
