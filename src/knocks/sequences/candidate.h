/* Candidate sequences while they are found, grown and judged. Internal to src/knocks. */
#ifndef KS_KNOCKS_CANDIDATE_H
#define KS_KNOCKS_CANDIDATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/progress.h"
#include "base/status.h"
#include "knocks/knocks.h"
#include "knocks/attempts/tries.h"

enum {
    KS_KNOCK_MAX = 24, /* ports of a candidate; longer ones are scans */
    KS_SAMPLE = 24,    /* occurrences looked at while a candidate grows */
    KS_PAIRS = 64      /* pairs of hosts told apart in a candidate */
};

/* One occurrence of a candidate. */
struct ks_occurrence {
    uint32_t tries[KS_KNOCK_MAX]; /* by port of the candidate; KS_NONE where missing */
    uint32_t first, last;         /* tries that are there, by time */
    uint8_t missing;
    bool in_order;
};

/* An ordered sequence of places at one target with where it occurs. In a mixed one the attempts of an
 * occurrence come from several sources; otherwise each occurrence has one source. */
struct ks_candidate {
    uint32_t goal;
    bool mixed;
    size_t m;
    uint32_t place[KS_KNOCK_MAX];
    struct ks_occurrence *at; /* by time */
    size_t n, cap;
    double ln_mu, ln_p, ln_q;
    size_t trusted; /* a branch: how many of its places come from the sequence it branched off */
    bool stays;     /* chosen */
};

struct ks_candidates {
    struct ks_candidate *at;
    size_t n, cap;
};

/* In how many occurrences a place has been seen, and in which one last: its stamp (see slots.h). */
struct ks_seen {
    uint32_t n, last;
};

struct ks_slots;  /* slots.h */
struct ks_trails; /* trails.h */

/* A search in progress. */
struct ks_hunt {
    const struct ks_tries *t;
    int64_t gap;    /* longest pause between two attempts of one knock */
    int64_t follow; /* how long after a knock an opening counts */
    struct ks_progress *progress;
    bool two; /* threads: targets are looked at in two halves at the same time */
    struct ks_candidates found;
    uint64_t considered;    /* sequences looked at */
    uint64_t chance;        /* of them no more than chance would give */
    uint64_t work;          /* steps left before the search stops */
    uint64_t spare;         /* beside them, for pairs of services and of ports that many try in vain */
    uint64_t odd;           /* and for pairs that several sources try no oftener than chance has it */
    uint64_t sought;        /* pairs of ports of the first kind that were not followed up */
    size_t goals_cut;       /* targets where the work ran out */
    bool cut;               /* it ran out at this one */
    bool *used;             /* by try: explained by a candidate that stands */
    struct ks_slots *slots; /* what growing counts */
    struct ks_trails *trails; /* growths at this target */
    struct ks_seen *seen;   /* by place; used while a candidate grows, n is 0 outside */
    uint32_t *held;         /* by place: occurrences of the largest candidate found that has it */
    uint64_t *once;         /* a set of pairs of ports that were met once; used while seeds are counted */
    size_t once_cap;
};

/* Takes work from what is left of it: about fifty instructions each. */
static inline void ks_charge(struct ks_hunt *hunt, uint64_t work)
{
    hunt->work = hunt->work > work ? hunt->work - work : 0;
}

/* Looks for recurring sequences at all targets; in hunt->found, by target, those that stand. KS_NOMEM,
 * KS_CANCELLED. */
struct ks_status ks_targets_seek(struct ks_hunt *hunt);

/* Looks for recurring sequences at one target: of one source per occurrence, or of mixed sources. Appends to
 * hunt->found. KS_NOMEM, KS_CANCELLED. */
struct ks_status ks_seek(struct ks_hunt *hunt, uint32_t goal, bool mixed);

/* Grows a sequence of two or more places with its occurrences until nothing more belongs to it (candidate->m,
 * place and at are rewritten), then looks for all its activations, near misses too. Knocks may share a
 * prefix: where only some occurrences go on in the same way, they are added to `branches` (may be NULL) as a
 * longer sequence to be grown in turn. KS_NOMEM. */
struct ks_status ks_grow(struct ks_hunt *hunt, struct ks_candidate *candidate,
                         struct ks_candidates *branches);

/* The longest pause allowed inside an activation: three times what the occurrences have. */
int64_t ks_activations_gap(const struct ks_hunt *hunt, const struct ks_candidate *candidate);

/* Finds every activation of the candidate's places, exact ones first, then near misses (a port missing, another
 * order): of its occurrences no more than that pause counts. KS_NOMEM. */
struct ks_status ks_activations_find(struct ks_hunt *hunt, struct ks_candidate *candidate);

/* Whether a port answers the source of a near miss within the time to follow, for the first time, that answers after most
 * whole activations as well. */
bool ks_opens_alike(struct ks_hunt *hunt, const struct ks_candidate *candidate, const struct ks_occurrence *near_miss);

/* Whether a port that answers hardly otherwise answers after each whole activation, of three at least. Not for mixed
 * sources. */
bool ks_opens_each_time(struct ks_hunt *hunt, const struct ks_candidate *candidate);

/* ln of the expected chance occurrences, window-free Poisson (doc/statistics.md), in time or in attempts,
 * whichever is larger; and ln p with the choice of ports among those of the stream. */
void ks_candidate_significance(const struct ks_tries *tries, struct ks_candidate *candidate);

/* The distinct pairs of hosts of a candidate's occurrences, KS_PAIRS at most; returns how many. */
size_t ks_candidate_pairs(const struct ks_tries *tries, const struct ks_candidate *candidate,
                          uint32_t pairs[KS_PAIRS]);

/* ln of Fisher's combined p-value of k independent p-values whose logarithms add up to `sum` (<= 0):
 * P(Gamma(k) >= -sum). */
double ks_combined_ln_p(size_t k, double sum);

bool ks_occurrence_add(struct ks_candidate *candidate, const struct ks_occurrence *occurrence);
void ks_candidate_free(struct ks_candidate *candidate);
void ks_candidates_free(struct ks_candidates *candidates);

/* How many occurrences of a candidate are looked at, and the i-th of them. */
static inline size_t ks_sample(const struct ks_candidate *c)
{
    return c->n < KS_SAMPLE ? c->n : KS_SAMPLE;
}

static inline size_t ks_sample_at(const struct ks_candidate *c, size_t i)
{
    return c->n <= KS_SAMPLE ? i : i * c->n / KS_SAMPLE;
}

/* Where a try stands in the stream that the candidate is looked for in, and the try at a position. */
static inline uint32_t ks_stream_at(const struct ks_try *t, bool mixed)
{
    return mixed ? t->at_goal : t->at_pair;
}

static inline const uint32_t *ks_stream_order(const struct ks_tries *tries, bool mixed)
{
    return mixed ? tries->by_goal : tries->by_pair;
}

/* How many attempts a stream has in the positions from..to-1, scanners' probes left out: a knock is not the
 * longer for them. */
static inline double ks_stream_steps(const struct ks_tries *tries, bool mixed, uint32_t from, uint32_t to)
{
    const uint32_t *probes = mixed ? tries->probes_goal : tries->probes_pair;
    return (double)to - from - (probes != NULL ? (double)probes[to] - probes[from] : 0);
}

/* The stream's part that a try belongs to: first position and the one after the last. */
static inline void ks_stream_range(const struct ks_tries *tries, const struct ks_try *t, bool mixed,
                                   uint32_t *first, uint32_t *end)
{
    if (mixed) {
        *first = tries->goals[t->goal].first;
        *end = *first + tries->goals[t->goal].n;
    } else {
        *first = tries->pairs[t->pair].first;
        *end = *first + tries->pairs[t->pair].n;
    }
}

#endif
