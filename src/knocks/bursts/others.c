/* One-shot knocks whose port opens to another source than the knocking one. */
#include <math.h>

#include "knocks/bursts/burst.h"
#include "knocks/attempts/ports.h"

enum { MOST_PAIRS = 32, MOST_TRIES = 20000 };

/* A try that may be part of such a burst: in vain, not a scan's, never answered. */
static bool may(const struct ks_hunt *hunt, uint32_t number)
{
    const struct ks_try *x = &hunt->t->at[number];
    return x->outcome != KS_OPEN && !ks_try_in_scan(x) && ks_burst_may(hunt, number);
}

/* The pairs whose attempts in vain come before an opening, nearest first. Returns how many; *cut where there may be more. */
static size_t pairs_before(const struct ks_hunt *hunt, uint32_t opening, uint32_t pairs[MOST_PAIRS], bool *cut)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_try *o = &t->at[opening];
    const struct ks_goal *goal = &t->goals[o->goal];
    size_t n = 0;
    uint32_t walked = 0;
    *cut = false;
    for (uint32_t p = o->at_goal; p-- > goal->first;) {
        const struct ks_try *x = &t->at[t->by_goal[p]];
        if (o->time - x->time > KS_SHOT_NEAR)
            break;
        if (walked++ == MOST_TRIES || n == MOST_PAIRS) {
            *cut = true;
            break;
        }
        bool known = x->pair == o->pair || t->pairs[x->pair].closed_places < 3 || !may(hunt, t->by_goal[p]);
        for (size_t k = 0; k < n && !known; k++)
            known = pairs[k] == x->pair;
        if (!known)
            pairs[n++] = x->pair;
    }
    return n;
}

/* Looks for one source's burst before an opening to another. */
static bool consider(struct ks_hunt *hunt, uint32_t pair, double rate, struct ks_walk *w,
                     struct ks_shot *shot, bool *failed)
{
    const struct ks_tries *t = hunt->t;
    if (!ks_walk_gather(hunt, t->by_pair, t->pairs[pair].first, t->pairs[pair].n, may, w)) {
        *failed = true;
        return false;
    }
    size_t seen = 0;
    while (seen < w->n && w->vain[seen] < shot->opening)
        seen++;
    if (seen < 3 || !ks_burst_gather(t, shot->opening, w, seen, KS_NONE, shot) || shot->n < 3 ||
        ks_burst_goes_on(t, shot, w, seen))
        return false;
    shot->seen = seen;
    shot->all = w->n;
    shot->ln_dense = ks_burst_ln_dense(t, shot, w->n);
    double seconds = (double)(t->at[shot->opening].time - t->at[shot->tries[shot->n - 1]].time) / 1e9;
    shot->ln_chance = log(-expm1(-rate * (seconds + 0.05)));
    return shot->ln_dense < log(1e-3);
}

/* Whether a source's own port opens with this attempt, as far as is found already. */
static bool is_found(const struct ks_walk *w, const struct ks_shots *out, uint32_t opening)
{
    for (size_t i = w->from; i < out->n; i++)
        if (out->at[i].opening == opening && !out->at[i].back)
            return true;
    return false;
}

/* The burst before the first time that a port of the target answers anybody. */
static struct ks_status at_place(struct ks_hunt *hunt, uint32_t place, struct ks_walk *w,
                                 struct ks_shots *out)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_place *p = &t->places[place];
    uint32_t at = p->first;
    while (at < p->first + p->n && t->at[t->by_place[at]].outcome != KS_OPEN)
        at++;
    uint32_t opening = at < p->first + p->n ? t->by_place[at] : KS_NONE;
    if (opening == KS_NONE || !ks_try_sends(t, opening))
        return ks_ok();
    uint32_t pairs[MOST_PAIRS];
    bool cut;
    size_t n = pairs_before(hunt, opening, pairs, &cut);
    out->cut += cut;
    if (n == 0 || is_found(w, out, opening))
        return ks_ok();
    const struct ks_goal *goal = &t->goals[p->goal];
    double whole = t->seconds < 300 ? 300 : t->seconds;
    double rate = fmax(goal->open_places[p->range] - 0.5, 0.5) / whole;
    uint32_t previous = ks_previous_at(t, opening);
    struct ks_shot best = {.n = 0};
    for (size_t k = 0; k < n; k++) {
        bool failed = false;
        struct ks_shot shot = {
            .goal = p->goal, .opening = opening, .place = place, .other = true, .is_new = true};
        shot.was_closed = previous != KS_NONE && ks_try_closed(t, &t->at[previous]);
        shot.ln_reopens = 0;
        if (consider(hunt, pairs[k], rate, w, &shot, &failed) &&
            (best.n == 0 || shot.ln_dense < best.ln_dense))
            best = shot;
        if (failed)
            return ks_nomem("the one-shot knocks");
    }
    if (best.n == 0)
        return ks_ok();
    if (best.was_closed)
        best.ln_reopens = best.ln_chance;
    return ks_shots_keep(out, &best);
}

struct ks_status ks_others_find(struct ks_hunt *hunt, uint32_t number, struct ks_walk *w,
                                struct ks_shots *out)
{
    const struct ks_goal *goal = &hunt->t->goals[number];
    if (goal->n_pairs < 2 || goal->many)
        return ks_ok();
    for (uint32_t p = goal->first_place; p < goal->first_place + goal->n_places; p++)
        if (hunt->t->places[p].open > 0 && hunt->t->places[p].item >> 16 == KS_TCP)
            KS_TRY(at_place(hunt, p, w, out));
    return ks_ok();
}
