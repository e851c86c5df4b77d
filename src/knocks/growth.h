/* A candidate while it grows, shared by growing (grow.c) and trimming (trim.c). Internal to src/knocks. */
#ifndef KS_KNOCKS_GROWTH_H
#define KS_KNOCKS_GROWTH_H

#include "knocks/candidate.h"

/* The positions that bound an occurrence: those of its neighbours in the same stretch of the stream. */
struct bounds {
    uint32_t low, high; /* low <= position < high */
};

struct growth {
    struct ks_hunt *hunt;
    struct ks_candidate *c;
    struct bounds *bounds; /* by occurrence */
    bool open;             /* the seed's ports were open: only open ones are added */
    int64_t start;         /* of the first occurrence */
    size_t seed;           /* where the first port of the seed is now */
};

static inline const struct ks_try *try_at(const struct growth *g, uint32_t number)
{
    return &g->hunt->t->at[number];
}

static inline uint32_t position(const struct growth *g, uint32_t number)
{
    return ks_stream_at(try_at(g, number), g->c->mixed);
}

enum { WALK = 400 }; /* positions looked at from an occurrence, at most */

/* Whether the port of a try was open to its source before the candidate's first occurrence. */
static inline bool open_before(const struct growth *g, const struct ks_try *x)
{
    const struct ks_tries *t = g->hunt->t;
    uint32_t first = t->links[x->link].first_open;
    return first != KS_NONE && t->at[first].time < t->at[g->c->at[0].first].time;
}

/* A sequence that repeats a shorter one becomes that; whether it is two knocks in one; cuts at a port that opened inside; drops a false start.
 * What each does in detail stands at its definition. */
void ks_trim_reduce(struct ks_candidate *c);
bool ks_trim_is_two(const struct ks_tries *t, const struct ks_candidate *c);
void ks_trim_at_opening(struct growth *g);
void ks_trim_false_start(const struct ks_tries *t, struct ks_candidate *c);

#endif
