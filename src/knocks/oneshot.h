/* One-shot knocks: a burst of attempts to closed ports that a port opens after, gathered by the target and that port. Internal to src/knocks. */
#ifndef KS_KNOCKS_ONESHOT_H
#define KS_KNOCKS_ONESHOT_H

#include "knocks/candidate.h"
#include "knocks/opening.h"

enum { KS_SHOT_MAX = 16 };

/* One burst and the opening that follows it. */
struct ks_shot {
    uint32_t tries[KS_SHOT_MAX]; /* in time order */
    size_t n;
    uint32_t goal;    /* their target */
    uint32_t opening; /* the attempt that succeeded */
    uint32_t place;   /* the opened port */
    bool back;        /* the target connected to the source; place is the source's */
    bool was_closed;  /* it was closed to this source before */
    bool is_new;      /* it was never open to this source before */
    bool mixed;       /* the attempts come from several sources */
    double ln_chance; /* that a new port opens to this source so soon by chance (and, mixed, that such attempts come so close together) */
};

struct ks_shots {
    struct ks_shot *at; /* sorted by place, then time */
    size_t n, cap;
};

/* Finds them among the attempts that hunt->used leaves. A burst may be there several times, once for each port that could be what it opened.
 * KS_NOMEM, KS_CANCELLED. Freed by ks_shots_free. */
struct ks_status ks_shots_find(struct ks_hunt *hunt, struct ks_shots *out);
void ks_shots_free(struct ks_shots *shots);

#endif
