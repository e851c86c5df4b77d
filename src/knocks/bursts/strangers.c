/* One-shot knocks from several sources: spoofed, or sent by turns. */
#include <math.h>
#include <stdlib.h>

#include "base/ascending.h"
#include "base/memory.h"
#include "knocks/bursts/burst.h"

enum { STRANGER = 4 };

/* Whether a try is in vain, by one that hardly tries anything else here, at a port that hardly anybody tries
 * here. */
static bool is_odd(const struct ks_hunt *hunt, uint32_t number)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_try *x = &t->at[number];
    const struct ks_place *place = &t->places[x->place];
    return x->outcome != KS_OPEN && !x->repeat && !x->scan && !hunt->used[number] && place->open == 0 &&
           place->fresh <= 2 && t->pairs[x->pair].closed_places <= STRANGER &&
           t->fan_closed[t->pairs[x->pair].source] <= 2;
}

/* Gathers all odd tries at a target, by time. False: no memory. */
static bool gather_odd(const struct ks_hunt *hunt, const struct ks_goal *goal, struct ks_walk *w)
{
    const struct ks_tries *t = hunt->t;
    w->n_odd = 0;
    for (uint32_t p = goal->first; p < goal->first + goal->n; p++) {
        if (!is_odd(hunt, t->by_goal[p]))
            continue;
        if (!ks_reserve((void **)&w->odd, &w->odd_cap, w->n_odd + 1, sizeof *w->odd))
            return false;
        w->odd[w->n_odd++] = t->by_goal[p];
    }
    return true;
}

/* Adds to a burst what comes between its attempts, or in their rhythm before and after them, at ports that
 * say less: services, or what many try; nothing where that is too many. */
static void fill_in(const struct ks_tries *t, const struct ks_walk *w, struct ks_shot *shot)
{
    const uint32_t *odd = w->odd;
    int64_t pause = ks_burst_widest_pause(t, shot);
    size_t first = ks_below_u32(odd, w->n_odd, shot->tries[0]), from = first;
    size_t to = ks_below_u32(odd, w->n_odd, shot->tries[shot->n - 1]);
    while (from > 0 && first - from < KS_SHOT_MAX && t->at[odd[from]].time - t->at[odd[from - 1]].time <= pause)
        from--;
    while (to + 1 < w->n_odd && to - from < KS_SHOT_MAX && odd[to + 1] < shot->opening &&
           t->at[odd[to + 1]].time - t->at[odd[to]].time <= pause)
        to++;
    struct ks_shot all = *shot;
    size_t own = 0;
    all.n = 0;
    for (size_t i = from; i <= to && all.n < KS_SHOT_MAX; i++) {
        own += own < shot->n && shot->tries[own] == odd[i];
        all.tries[all.n++] = odd[i];
    }
    if (own == shot->n)
        *shot = all;
}

static int by_number(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* Gathers what may be part of a burst from several sources, by time: odd tries at ports that are no service's,
 * nor tried by many elsewhere. */
static bool gather(const struct ks_hunt *hunt, const struct ks_goal *goal, struct ks_walk *w)
{
    const struct ks_tries *t = hunt->t;
    ks_walk_begin(w);
    for (uint32_t p = goal->first_place; p < goal->first_place + goal->n_places; p++) {
        const struct ks_place *place = &t->places[p];
        if (place->open > 0 || place->fresh - 1 > 1 || place->registered ||
            t->popular[place->same] > 2 + 2 * t->typical)
            continue;
        for (uint32_t i = place->first; i < place->first + place->n; i++) {
            if (!is_odd(hunt, t->by_place[i]))
                continue;
            if (!ks_reserve((void **)&w->vain, &w->cap, w->n + 1, sizeof *w->vain))
                return false;
            w->vain[w->n++] = t->by_place[i];
        }
    }
    if (w->n > 0)
        qsort(w->vain, w->n, sizeof *w->vain, by_number);
    return true;
}

/* Adds what a pair's source opens first at each port. */
static bool add_openings(const struct ks_tries *t, const struct ks_pair *pair, struct ks_walk *w)
{
    for (uint32_t l = pair->first_link; l < pair->first_link + pair->n_links; l++) {
        if (t->links[l].first_open == KS_NONE)
            continue;
        if (!ks_reserve((void **)&w->openings, &w->openings_cap, w->n_openings + 1, sizeof *w->openings))
            return false;
        w->openings[w->n_openings++] = t->links[l].first_open;
    }
    return true;
}

/* Gathers what may have been opened: the first answered attempt of any source at a port of the target, and of
 * the target at a port of one of the strangers. */
static bool gather_openings(const struct ks_tries *t, const struct ks_goal *goal, struct ks_walk *w)
{
    w->n_openings = 0;
    for (uint32_t p = goal->first_pair; p < goal->first_pair + goal->n_pairs; p++)
        if (!add_openings(t, &t->pairs[p], w))
            return false;
    uint32_t last = KS_NONE;
    for (size_t i = 0; i < w->n && t->opens[goal->host]; i++) {
        uint32_t source = ks_try_source(t, &t->at[w->vain[i]]);
        uint32_t back = source == last ? KS_NONE : ks_tries_pair(t, goal->host, source);
        last = source;
        if (back != KS_NONE && !add_openings(t, &t->pairs[back], w))
            return false;
    }
    if (w->n_openings > 0)
        qsort(w->openings, w->n_openings, sizeof *w->openings, by_number);
    return true;
}

/* Looks for a burst before an opening; `seen` of the attempts in vain come before it. */
static bool consider(const struct ks_tries *t, struct ks_walk *w, size_t seen, struct ks_shot *shot)
{
    const struct ks_try *o = &t->at[shot->opening];
    shot->place = o->place;
    shot->back = o->goal != shot->goal;
    shot->mixed = shot->is_new = true;
    if (seen < 2 || o->time - t->at[w->vain[seen - 1]].time > KS_SHOT_NEAR)
        return false;
    uint32_t previous = ks_previous_at(t, shot->opening);
    shot->was_closed = !shot->back && previous != KS_NONE && ks_try_closed(t, &t->at[previous]);
    if (!shot->was_closed && t->places[shot->place].first_open != o->time)
        return false; /* open to others before: nothing says that these strangers opened it */
    if (!ks_burst_gather(t, shot->opening, w, seen, KS_NONE, shot))
        return false;
    size_t odd = shot->n;
    if (odd < 3)
        fill_in(t, w, shot);
    if (shot->n < 3)
        return false;
    uint32_t sources = 1;
    for (size_t i = 1; i < shot->n; i++)
        sources += t->at[shot->tries[i]].pair != t->at[shot->tries[i - 1]].pair;
    shot->all = w->n + shot->n - odd;
    shot->ln_dense = ks_burst_ln_dense(t, shot, shot->all);
    shot->ln_chance = ks_burst_ln_new(t, shot);
    /* Attempts that could come together by chance may have an opening right after them to show. */
    if (sources < 2 || (shot->ln_dense > log(1e-3) && shot->ln_dense + shot->ln_chance > log(1e-5)))
        return false;
    shot->ln_reopens = shot->was_closed ? ks_burst_ln_soon(t, shot, 0) : 0;
    if (odd >= 3)
        fill_in(t, w, shot);
    return true;
}

/* Whether a burst of one source is a part of one of several. */
static bool is_part(const struct ks_shot *one, const struct ks_shot *all)
{
    size_t in = 0;
    for (size_t i = 0; i < all->n && in < one->n; i++)
        in += all->tries[i] == one->tries[in];
    return in == one->n && one->n < all->n;
}

/* Whether the other sources' attempts are too many to come between and beside one source's by chance; n:
 * attempts by strangers in all. */
static bool belong_together(const struct ks_tries *t, const struct ks_shot *one, const struct ks_shot *all,
                            size_t n)
{
    if (one->n > 2 && 4 * ks_burst_widest_pause(t, one) + KS_SECOND < ks_burst_widest_pause(t, all))
        return false; /* they are out of its rhythm */
    double seconds = (double)(t->at[all->tries[all->n - 1]].time - t->at[all->tries[0]].time) / 1e9;
    double rest = n > all->n ? (double)(n - all->n) : 0;
    double mu = (rest + 0.5) * (seconds + 0.01) / t->seconds, ln_p = 0;
    for (size_t i = 1; i <= all->n - one->n; i++)
        ln_p += log(mu / (double)i);
    return ln_p < log(0.02);
}

struct ks_status ks_strangers_find(struct ks_hunt *hunt, uint32_t number, struct ks_walk *w,
                                   struct ks_shots *out)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_goal *goal = &t->goals[number];
    if (goal->n_pairs < 2 || goal->many)
        return ks_ok();
    if (!goal->answers && t->opens[goal->host] == 0)
        return ks_ok();
    if (!gather(hunt, goal, w))
        return ks_nomem("the one-shot knocks");
    if (w->n < 2)
        return ks_ok();
    if (!gather_openings(t, goal, w) || (w->n_openings > 0 && !gather_odd(hunt, goal, w)))
        return ks_nomem("the one-shot knocks");
    size_t seen = 0;
    for (size_t i = 0; i < w->n_openings; i++) {
        struct ks_shot shot = {.goal = number, .opening = w->openings[i]};
        while (seen < w->n && w->vain[seen] < shot.opening)
            seen++;
        if ((i > 0 && w->openings[i - 1] == shot.opening) || !consider(t, w, seen, &shot))
            continue;
        bool alone = false;
        for (size_t k = w->from; k < out->n; k++) {
            if (out->at[k].opening != shot.opening || out->at[k].mixed || !is_part(&out->at[k], &shot))
                continue;
            alone = !belong_together(t, &out->at[k], &shot, w->n);
            if (!alone)
                out->at[k--] = out->at[--out->n];
        }
        if (!alone)
            KS_TRY(ks_shots_keep(out, &shot));
    }
    return ks_ok();
}
