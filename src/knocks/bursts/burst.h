/* Bursts of attempts in vain, and how likely they and what opens after them are by chance. Internal to
 * src/knocks. */
#ifndef KS_KNOCKS_BURST_H
#define KS_KNOCKS_BURST_H

#include "knocks/bursts/oneshot.h"

enum { KS_OFTEN = 4 };                 /* a port that is tried more often is no part of a burst */
#define KS_SHOT_NEAR (200 * KS_SECOND) /* between the last attempt and the opening at most */

/* An opening comes too soon after a burst to be one of many: of the same port, or of any. */
enum { KS_SURE_PORT = 1, KS_SURE = 2 };

/* Sums over pauses, by which a rhythm is known. */
struct ks_pauses {
    double sum, squares, n;
};

/* Going back through attempts in vain, as far as that has been of use. */
struct ks_back {
    size_t from, all, spared; /* from the last of so many, where so many count; 0: not begun */
    bool ended;       /* no more belong to those gathered */
    uint32_t tries[KS_SHOT_MAX]; /* those gathered, the latest first */
    size_t n, best;
    struct ks_back_at { /* after n of them: how many are best, and ln of how likely they are by chance; see burst.c */
        size_t best;
        double chosen;
    } at[KS_SHOT_MAX + 2];
    int64_t later, widest; /* time of the last one gathered; the widest pause */
    uint32_t distinct;
    double ln_all, least, chosen;
    struct ks_pauses pauses; /* between the first `summed` */
    size_t summed;
};

enum { KS_STRAYS = 10 }; /* stray attempts between a burst and what it opens, at most */

/* What going through the attempts of a pair (or target) keeps. */
struct ks_walk {
    uint32_t goal;
    size_t from;    /* number of the first shot at the target */
    uint32_t *vain; /* attempts in vain */
    size_t n, cap;
    size_t spared; /* of them, those that are known to be of other bursts than the one that is gathered */
    bool *opens;   /* by attempt in vain: in a burst that an opening follows */
    uint8_t *sure; /* by attempt in vain: how sure it is that its burst opens something */
    bool *closing; /* by attempt in vain: in a burst that is an earlier one backwards */
    size_t opens_cap, sure_cap, closing_cap;
    uint32_t *openings; /* strangers: answered attempts at ports that are new to their source */
    size_t n_openings, openings_cap;
    uint32_t *odd; /* strangers: all attempts that may be added to a burst */
    size_t n_odd, odd_cap;
    uint32_t reopened; /* openings of ports that were closed before; KS_NONE until counted */
    struct ks_back back[KS_STRAYS + 1]; /* by number of stray attempts */
};

/* Empties w->vain, for other attempts. */
static inline void ks_walk_begin(struct ks_walk *w)
{
    w->n = 0;
    for (size_t i = 0; i <= KS_STRAYS; i++)
        w->back[i].from = 0;
}

/* Whether a try may be part of a burst: in vain at a port never open to this source, or answered but nothing
 * was sent; and not tried all the time. */
bool ks_burst_may(const struct ks_hunt *hunt, uint32_t number);

/* Whether the attempts go on over the opening, at their own pace and at other ports: then it is none of
 * theirs. `seen` of the attempts in vain come before the opening. */
bool ks_burst_goes_on(const struct ks_tries *t, const struct ks_shot *shot, const struct ks_walk *w,
                      size_t seen);

/* Gathers in w->vain the tries of an order's part that may be parts of a burst. False: no memory. */
bool ks_walk_gather(const struct ks_hunt *hunt, const uint32_t *order, uint32_t first, uint32_t n,
                    bool (*may)(const struct ks_hunt *, uint32_t), struct ks_walk *w);

/* Gathers the burst before an opening, backwards through the `seen` attempts in vain (w->vain) before it: down
 * to `stop` (exclusive; the opened port answered there before), or to a pause that is long against those
 * inside the burst; of what is left, as many as are least likely to come so close together by chance (a stray
 * attempt out of rhythm makes them more likely). Stray attempts, out of its rhythm, may come before the opening:
 * up to three, ten where the port is new to the source. Tries that went wrong just before are left out. False
 * when it is none, or a scan. */
bool ks_burst_gather(const struct ks_tries *t, uint32_t opening, struct ks_walk *w, size_t seen, uint32_t stop,
                     struct ks_shot *shot);

/* Whether a port is tried in a burst; the widest pause inside it. */
bool ks_burst_has(const struct ks_tries *t, const struct ks_shot *shot, uint32_t place);
int64_t ks_burst_widest_pause(const struct ks_tries *t, const struct ks_shot *shot);

/* ln of how likely one of the other openings, `others` in the capture, comes so soon after the burst; of how
 * likely some port opens anew to this source so soon; of how likely so many attempts in vain come so close
 * together, `all` being spread over the capture at random. */
double ks_burst_ln_soon(const struct ks_tries *t, const struct ks_shot *shot, double others);
double ks_burst_ln_new(const struct ks_tries *t, const struct ks_shot *shot);
double ks_burst_ln_dense(const struct ks_tries *t, const struct ks_shot *shot, size_t all);

/* ln of how likely the bursts of one source and the openings of one port, n shots by time, take turns like that
 * by chance, at delays that are so much alike. Of b bursts (those that are no smaller nor slower than the shots) and
 * o openings in random order, r have a burst right before an opening in C(b, r) C(o, r) of the
 * C(b + o, b) orders (doc/statistics.md); how alike delays are is ks_hits_alike's. Times the ports that open to
 * the source. 0 where it says nothing: fewer than three, or several sources. */
double ks_bursts_ln_turns(const struct ks_tries *t, const struct ks_shot *shots, size_t n);

/* Adds a shot. KS_NOMEM. */
struct ks_status ks_shots_keep(struct ks_shots *out, const struct ks_shot *shot);

/* Bursts from several sources at one target: adds them, and takes out those of one source that they hold. */
struct ks_status ks_strangers_find(struct ks_hunt *hunt, uint32_t goal, struct ks_walk *w,
                                   struct ks_shots *out);

/* Bursts of one source at a target before a port answers another source, and nobody before: adds them. */
struct ks_status ks_others_find(struct ks_hunt *hunt, uint32_t goal, struct ks_walk *w, struct ks_shots *out);

#endif
