/* One-shot knocks: a burst of attempts to closed ports that a port opens after, gathered by the target and
 * that port. Internal to src/knocks. */
#ifndef KS_KNOCKS_ONESHOT_H
#define KS_KNOCKS_ONESHOT_H

#include "knocks/sequences/candidate.h"
#include "knocks/openings/opening.h"

enum {
    KS_SHOT_MAX = 24,
    KS_SHOTS_VARYING = 4 /* bursts before openings of one port each that are no longer each its own knock */
};

/* Who sees a knock fail tries again, within a minute, and not many times. */
enum { KS_TRIES_MOST = 4 };
#define KS_TRIES_APART (60 * KS_SECOND)

/* One burst and the opening that follows it. */
struct ks_shot {
    uint32_t tries[KS_SHOT_MAX]; /* in time order */
    size_t n;
    size_t all;        /* attempts in vain of its pair (of strangers) in the capture */
    size_t seen;       /* attempts in vain of its pair before the opening */
    uint32_t goal;     /* their target */
    uint32_t pair;     /* of the first of them */
    uint32_t opening;  /* the attempt that succeeded */
    uint32_t place;    /* the opened port */
    bool back;         /* the target connected to the source; place is the source's */
    bool was_closed;   /* it was closed to this source before */
    bool is_new;       /* it was never open to this source before */
    bool varying;      /* gathered by its source, whatever port opened; else by the port */
    bool mixed;        /* the attempts come from several sources */
    bool other;        /* it opens to another source */
    bool apart;        /* its source scans the target, but not with these attempts */
    bool closed_again; /* its ports follow the opening backwards */
    double ln_dense;   /* that so many attempts in vain come so close together by chance */
    double ln_reopens; /* that a closed port opens again so soon by chance */
    double ln_chance;  /* that a new port opens to this source so soon by chance */
};

struct ks_shots {
    struct ks_shot *at; /* those that are gathered together next to each other, in time order */
    size_t n, cap;
    size_t cut; /* openings before which very many attempts came: not all their sources were looked at */
};

/* Whether two shots are gathered together. */
static inline bool ks_shots_together(const struct ks_shot *a, const struct ks_shot *b)
{
    if (a->varying != b->varying || a->goal != b->goal || a->back != b->back || a->mixed != b->mixed ||
        a->other != b->other)
        return false;
    return a->varying ? a->pair == b->pair : a->place == b->place;
}

/* Finds them among the attempts that hunt->used leaves. A burst may be there several times, once for each
 * port that could be what it opened. KS_NOMEM, KS_CANCELLED. Freed by ks_shots_free. */
struct ks_status ks_shots_find(struct ks_hunt *hunt, struct ks_shots *out);
void ks_shots_free(struct ks_shots *shots);

#endif
