/* What stands in the slots of a growing sequence: before its first port, between two of them, after its last.
 * A sequence grows port by port, and most slots are then the same as before: what was counted in them is
 * kept. Internal to src/knocks. */
#ifndef KS_KNOCKS_SLOTS_H
#define KS_KNOCKS_SLOTS_H

#include "knocks/sequences/growth.h"

/* A place seen in a slot of an occurrence. Slot s is before the candidate's s-th port. */
struct ks_vote {
    uint32_t place, occurrence;
    uint32_t try;
    float seconds, steps; /* the stretch in which it was seen */
};

struct ks_votes {
    struct ks_vote *at;
    size_t n, cap;
};

/* The stretch of a slot in an occurrence, and how far it was walked. */
struct ks_span {
    uint32_t from, to; /* positions, from inclusive, to exclusive; walked from the known end outwards */
    bool backward;
    int64_t edge;  /* time of the known end */
    int64_t limit; /* longest distance from it; INT64_MAX: both ends are known */
    bool to_end;   /* walked to its other end; else to a position where it was seen that it is enough: */
    uint32_t reach;
    int64_t within, beyond; /* the largest distance that was met up to the limit, and the one that was not; INT64_MAX: none */
};

/* A place in a slot of enough occurrences. */
struct ks_group {
    uint32_t place, support; /* in so many occurrences of the sample */
    uint32_t occurrence, try; /* the first of them, and the try there */
    double ln_p;              /* by chance, before the choice among all places that were met */
};

struct ks_slot {
    struct ks_group *at; /* by place */
    size_t n, cap;
    size_t met; /* places that were met, often or not */
    bool known; /* as the candidate is now */
};

struct ks_memo;

struct ks_slots {
    struct ks_slot slot[KS_KNOCK_MAX + 1];
    int64_t gap[KS_SAMPLE];      /* by occurrence of the sample: how far outside its ends is looked */
    bool gaps;                   /* they are known as the candidate is now */
    uint32_t stamp, stamps;      /* of the occurrences whose votes were gathered last: the first, and how many */
    struct ks_memo *memo;        /* slots counted before at this target */
    struct ks_votes votes, kept; /* of one slot, while it is counted */
    struct ks_listed *listed;    /* its places */
    size_t listed_cap;
};

/* NULL: no memory. */
struct ks_slots *ks_slots_new(void);

/* Forgets everything: for another candidate. */
void ks_slots_clear(struct ks_slots *slots);

/* Forgets what an insertion at `slot` changed; candidate and bounds are as after it. */
void ks_slots_inserted(struct ks_slots *slots, const struct ks_growth *growth, size_t slot);

/* Counts what stands in the slots that are not known. False: no memory. */
bool ks_slots_count(struct ks_slots *slots, struct ks_growth *growth);

/* What stands in the last slot of all occurrences: in slots->kept, by place and occurrence, the nearest try
 * of each, where at least `least` occurrences have the place. False: no memory. */
bool ks_slots_last(struct ks_slots *slots, struct ks_growth *growth, uint32_t least);

/* The nearest try at a place in a slot of an occurrence, or KS_NONE. */
uint32_t ks_slot_find(struct ks_growth *growth, size_t occurrence, size_t slot, uint32_t place);

/* For slots.c: what was counted in a slot before where it would be the same again, from its stretches (true; *failed: no
 * memory), and keeping what was counted, which took so much work. */
bool ks_counted_find(struct ks_slots *slots, struct ks_growth *growth, size_t slot, const struct ks_span *spans, bool *failed);
void ks_counted_keep(struct ks_slots *slots, const struct ks_growth *growth, size_t slot, const struct ks_span *spans,
                     uint64_t work);

void ks_slots_free(struct ks_slots *slots);

#endif
