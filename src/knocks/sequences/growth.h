/* A sequence while it grows: what growing it and giving it its final shape share. Internal to src/knocks. */
#ifndef KS_KNOCKS_GROWTH_H
#define KS_KNOCKS_GROWTH_H

#include <string.h>

#include "knocks/sequences/candidate.h"

/* The positions that bound an occurrence: those of its neighbours in the same stretch of the stream. */
struct ks_bounds {
    uint32_t low, high; /* low <= position < high */
};

enum { KS_LOOKS = 12 };

struct ks_growth {
    struct ks_hunt *hunt;
    struct ks_candidate *c;
    struct ks_bounds *bounds; /* by occurrence */
    bool open;                /* the seed's ports were open: only open ones are added */
    int64_t start;            /* of the first occurrence */
    size_t seed;              /* where the first port of the seed is now */
    bool seed_matters;        /* what is found depended on the latter */
    int64_t start_above, start_most; /* and would have been the same for any start in between, the latter included */
    int64_t usual;            /* the usual pause between its ports as it stands */
    uint32_t pairs[KS_PAIRS]; /* the distinct ones of the occurrences; not used where the sources are mixed */
    size_t n_pairs;
    int64_t pause[KS_KNOCK_MAX]; /* by port: the median pause before it */
    uint32_t pauses;             /* a bit for each of them that is known, as the candidate is now */
    unsigned looks; /* how many ports may be looked around closely still; where more fit, it is a scan */
};

static inline const struct ks_try *ks_growth_try(const struct ks_growth *g, uint32_t number)
{
    return &g->hunt->t->at[number];
}

static inline uint32_t ks_growth_position(const struct ks_growth *g, uint32_t number)
{
    return ks_stream_at(ks_growth_try(g, number), g->c->mixed);
}

/* To be called when ports or occurrences of the candidate changed. */
static inline void ks_growth_changed(struct ks_growth *g)
{
    g->pauses = 0;
}

/* The same where all that changed is that a port was put in at `slot`: the pauses before it and after it are others. */
static inline void ks_growth_inserted(struct ks_growth *g, size_t slot)
{
    uint32_t before = (UINT32_C(1) << slot) - 1;
    memmove(&g->pause[slot + 1], &g->pause[slot], (KS_KNOCK_MAX - 1 - slot) * sizeof *g->pause);
    g->pauses = (g->pauses & before) | ((g->pauses & ~before) << 1 & ~(UINT32_C(3) << slot));
}

/* ln of the chance that a try's place turns up within so many seconds and attempts. */
double ks_growth_ln_chance(const struct ks_growth *growth, const struct ks_try *x, double seconds,
                           double steps);

/* Whether the port of a try was open to its source before the candidate's first occurrence. */
bool ks_growth_open_before(const struct ks_growth *growth, const struct ks_try *x);

/* How many attempts at a place there are in the streams of the occurrences (or at the target) by themselves:
 * neither the candidate nor the `support` occurrences that it could be added to hold them, nor are they parts
 * of activations that lack something. */
uint32_t ks_growth_unexplained(struct ks_growth *growth, uint32_t place, uint32_t support);

/* The median pause before port j (1..m-1) over a sample of the occurrences that have it and the one before;
 * -1 where none has. */
int64_t ks_growth_pause(struct ks_growth *growth, size_t j);

/* The median of the pauses inside the ports from..to-1; 0 where there is none. */
int64_t ks_growth_usual_pause(struct ks_growth *growth, size_t from, size_t to);

/* Whether a pause at an end is of the same kind as those inside: a stranger that comes by now and then stands
 * further off. */
bool ks_growth_alike(int64_t pause, int64_t usual);

/* Whether it even is about as long as those inside, of which there are several. */
bool ks_growth_in_step(const struct ks_growth *growth, int64_t pause);

/* ln of the largest p at which a port with `support` attempts in the sequence and `others` by itself belongs
 * to it: `usual`, less where it stands (outer: `pause` away) further off than the ports from..to-1 do among
 * themselves, and where it is tried by itself more than here. */
double ks_growth_ln_limit(struct ks_growth *growth, uint32_t support, uint32_t others, bool outer,
                          int64_t pause, size_t from, size_t to, double usual);

/* Where something opens inside most occurrences, one knock ends and another (that closes, often) begins: keeps the
 * part that the seed is in; candidate->n is 0 where it lies on both sides. */
void ks_growth_cut(struct ks_growth *growth);

/* Gives a grown sequence its final shape: cuts it where something opens inside, takes out what stands in it
 * by chance and what it opens itself, reduces it where it says the same twice. candidate->n is 0 afterwards
 * where nothing is left. */
void ks_growth_shape(struct ks_growth *growth);

/* Takes the last port out where it is what the others open; true then. */
bool ks_growth_drop_door(struct ks_growth *growth);

#endif
