/* Gathers weights by (row, column) for one level of the pair index: in a dense table where that pays, else as a list that
 * is sorted and merged. */
#ifndef KS_MINING_TALLY_H
#define KS_MINING_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ks_tally_entry {
    uint64_t key; /* row * columns + column - 1 */
    uint64_t weight;
};

/* Zero-initialise. */
struct ks_tally {
    uint64_t *table; /* dense: one weight per key; all zero between uses */
    size_t cap_table;
    struct ks_tally_entry *list, *spare; /* else */
    size_t n, cap, merged;
    uint64_t columns, cells;
    bool dense;
};

/* Begins a round of rows 0..rows-1 and columns 1..columns, to which at most `most` weights will be added. False when out of
 * memory. */
bool ks_tally_begin(struct ks_tally *tally, uint32_t rows, uint32_t columns, uint64_t most);

/* Adds to the list; see ks_tally_add. */
bool ks_tally_append(struct ks_tally *tally, uint64_t key, uint64_t weight);

/* Adds a weight > 0 at (row, column). False when out of memory. */
static inline bool ks_tally_add(struct ks_tally *tally, uint32_t row, uint32_t column, uint64_t weight)
{
    uint64_t key = row * tally->columns + column - 1;
    if (!tally->dense)
        return ks_tally_append(tally, key, weight);
    tally->table[key] += weight;
    return true;
}

/* Hands over the sums, ascending by (row, column), and ends the round. False as soon as take() gives that. */
bool ks_tally_end(struct ks_tally *tally, bool (*take)(void *context, uint32_t row, uint32_t column, uint64_t weight),
                  void *context);

void ks_tally_free(struct ks_tally *tally);

#endif
