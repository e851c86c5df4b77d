/* The pair index from the inside, for the files of mining that read it. */
#ifndef KS_MINING_INDEX_H
#define KS_MINING_INDEX_H

#include "mining/bits.h"
#include "mining/classes.h"
#include "mining/pairs.h"

struct ks_pairs {
    struct ks_classes classes;
    struct ks_bits bits; /* of the heavy classes, without masks */
    struct ks_triple *triples;
    size_t n;
    struct ks_grids *grids; /* what makes counting fast; NULL where a pass over the triples is fast enough */
};

/* Makes and frees the grids of a pair index. KS_NOMEM. */
struct ks_status ks_grid_make(struct ks_pairs *pairs);
void ks_grid_free(struct ks_pairs *pairs);

#endif
