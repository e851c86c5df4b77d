/* The stream of events that are mined, read in blocks. */
#ifndef KS_MINING_PICK_H
#define KS_MINING_PICK_H

#include "mining/cutting.h"

enum { PICK = 1024 };

/* The next events of the stream, and the place of each one's item. */
struct pick {
    size_t n;
    uint32_t event[PICK], place[PICK];
};

/* Makes room for items and begins with the first pass of so many. KS_NOMEM. */
struct ks_status ks_pick_start(struct cut *c, unsigned passes);
/* Goes back to the beginning of the stream. */
void ks_pick_again(struct cut *c);
/* The next events of the stream, at least one; false at its end or when c->status says why not. */
bool ks_pick_next(struct cut *c, struct pick *pick);
/* After a pass that has met all items (last[] of each is not UNSEEN): gives them their numbers, ascending with their codes. KS_NOMEM, KS_LIMIT. */
struct ks_status ks_pick_number(struct cut *c);
void ks_pick_end(struct cut *c);

#endif
