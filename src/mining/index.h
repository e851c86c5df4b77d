/* The pair index from the inside, for the files of mining that read it. */
#ifndef KS_MINING_INDEX_H
#define KS_MINING_INDEX_H

#include "mining/bits.h"
#include "mining/classes.h"
#include "mining/measures.h"

struct ks_pairs {
    struct ks_classes classes;
    struct ks_bits bits; /* of the heavy classes, without masks */
    struct ks_triple *triples;
    size_t n;
    struct ks_grids *grids; /* what makes counting fast; NULL where a pass over the triples is fast enough */
};

#endif
