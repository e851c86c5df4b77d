/* Many small counters side by side: bit j of plane p is digit 2^p of lane j's counter, so that adding a mask of 64 lanes takes a
 * few operations on words. Lane j stands for heavy class number j. */
#ifndef KS_MINING_LANES_H
#define KS_MINING_LANES_H

#include "mining/bits.h"
#include "mining/tally.h"

struct ks_lanes {
    const struct ks_bits *bits;
    size_t words;
    unsigned planes; /* that the counters of the class just counted have */
    uint64_t *plane; /* windows that the class shares with each heavy one */
    uint64_t *sum;   /* over the classes of a level, for each number v of shared windows: weight of those that share v */
    uint32_t weight; /* added to the sums so far */
};

enum {
    KS_LANES_FEW = 15,       /* classes with at most so many windows are summed, others handed out one by one */
    KS_LANES_MOST = UINT16_MAX /* weight that a sum can hold */
};

/* A class's place among the distinct counts, and how many items it has. */
struct ks_class_info {
    uint32_t level, size;
};

/* Where counts go: into a tally whose row 0 is level `level`. */
struct ks_lanes_out {
    struct ks_tally *tally;
    const struct ks_class_info *info; /* of the heavy classes */
    uint32_t level;
};

/* False when out of memory. */
bool ks_lanes_make(struct ks_lanes *lanes, const struct ks_bits *bits);
void ks_lanes_free(struct ks_lanes *lanes);

/* Counts, for a light class with these n windows, how many of them each heavy class has. */
void ks_lanes_count(struct ks_lanes *lanes, const uint32_t *windows, uint32_t n);

/* Adds what was just counted (n <= KS_LANES_FEW windows, weight size <= KS_LANES_MOST) to the sums. False when out of memory. */
bool ks_lanes_sum(struct ks_lanes *lanes, uint32_t n, uint32_t size, const struct ks_lanes_out *out);

/* Puts the sums of classes with n windows into the tally and clears them. */
bool ks_lanes_flush(struct ks_lanes *lanes, uint32_t n, const struct ks_lanes_out *out);

/* Puts what was just counted into the tally with weight size. */
bool ks_lanes_each(const struct ks_lanes *lanes, uint32_t size, const struct ks_lanes_out *out);

#endif
