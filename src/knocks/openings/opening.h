/* What a knock opened: a port of the target that starts to answer after it, or a connection back. Internal to
 * src/knocks. */
#ifndef KS_KNOCKS_OPENING_H
#define KS_KNOCKS_OPENING_H

#include "knocks/sequences/candidate.h"

/* The port that opens after a candidate's activations. */
struct ks_door {
    bool there;
    bool weak;       /* not there, but tries holds what opened anew after most activations: chance could explain it */
    uint32_t place;  /* of the target; of the source where `back` */
    bool back;       /* the target connects to the source */
    bool varying;    /* another port each time, never open to the source before; place is the first one's */
    bool others;     /* opened by another source than the knocking one */
    double ln_p;     /* that the openings follow by chance */
    double claim;    /* the same, and the more for each activation that none follows: the least is taken */
    size_t hits;     /* activations that an opening follows */
    bool was_closed; /* tried in vain by the opening source before */
    bool shut_to_others;    /* tried in vain by other sources */
    bool closes;            /* tried in vain by the opening source after an opening */
    uint32_t before;        /* openings by the same sources before the first activation */
    uint32_t before_others; /* one-shot: openings by others that no burst precedes */
    uint32_t *tries;        /* by activation: the opening attempt, or KS_NONE */
};

/* Looks for the port that the candidate opens. KS_NOMEM. Freed by ks_door_free. */
struct ks_status ks_door_find(const struct ks_hunt *hunt, const struct ks_candidate *candidate,
                              struct ks_door *out);
void ks_door_free(struct ks_door *door);

/* How the opening attempt's port answered before and after it: fills was_closed, shut_to_others and closes
 * from one opening. */
void ks_door_history(const struct ks_tries *tries, uint32_t opening, struct ks_door *door);

#endif
