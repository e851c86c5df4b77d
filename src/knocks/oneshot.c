#include "knocks/oneshot.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

enum { OFTEN = 4 };
#define NEAR (120 * KS_SECOND)  /* between the last closed port and the opening */
#define PAUSE (180 * KS_SECOND) /* between two closed ports at most */

/* Whether a try may be part of a burst: in vain, at a port never open to this source, not tried all the time. */
static bool in_vain(const struct ks_hunt *hunt, uint32_t number)
{
    const struct ks_try *x = &hunt->t->at[number];
    const struct ks_link *link = &hunt->t->links[x->link];
    return x->outcome != KS_OPEN && !x->repeat && !x->scan && !hunt->used[number] && link->open == 0 && link->fresh <= OFTEN;
}

static bool has(const struct ks_tries *t, const struct ks_shot *shot, uint32_t place)
{
    for (size_t i = 0; i < shot->n; i++)
        if (t->at[shot->tries[i]].place == place)
            return true;
    return false;
}

static void reverse(uint32_t *at, size_t n)
{
    for (size_t i = 0; i < n / 2; i++) {
        uint32_t x = at[i];
        at[i] = at[n - 1 - i];
        at[n - 1 - i] = x;
    }
}

/* Gathers the burst before an opening, backwards through the pair's attempts in vain: up to the attempt at the opened port before this
 * one (`previous`, or KS_NONE), or a pause that is long against those inside the burst. False when it is none, or a scan. */
static bool burst(const struct ks_tries *t, uint32_t opening, const uint32_t *vain, size_t n_vain, uint32_t previous,
                  struct ks_shot *shot)
{
    const struct ks_try *o = &t->at[opening];
    *shot = (struct ks_shot){.opening = opening, .place = o->place};
    shot->was_closed = previous != KS_NONE && t->at[previous].outcome != KS_OPEN;
    int64_t later = o->time, widest = 0;
    uint32_t distinct = 0;
    for (size_t k = n_vain; k-- > 0 && (previous == KS_NONE || vain[k] > previous);) {
        const struct ks_try *x = &t->at[vain[k]];
        int64_t gap = later - x->time, most = NEAR;
        if (shot->n > 0) {
            most = shot->n == 1 ? 60 * KS_SECOND : 10 * KS_SECOND;
            if (most < 6 * widest)
                most = 6 * widest < PAUSE ? 6 * widest : PAUSE;
        }
        if (gap > most)
            break;
        if (shot->n > 0 && gap > widest)
            widest = gap;
        if (shot->n == KS_SHOT_MAX)
            return false;
        distinct += !has(t, shot, x->place);
        shot->tries[shot->n++] = vain[k];
        later = x->time;
    }
    if (distinct < 2)
        return false;
    reverse(shot->tries, shot->n);
    return true;
}

/* How likely some port opens anew to this source so soon after the burst, `others` opening some time else. */
static double chance(const struct ks_hunt *hunt, const struct ks_shot *shot, uint32_t others)
{
    const struct ks_tries *t = hunt->t;
    double seconds = (double)(t->at[shot->opening].time - t->at[shot->tries[shot->n - 1]].time) / 1e9;
    double all = t->seconds < 300 ? 300 : t->seconds; /* a short capture says little about how often ports open */
    return log(-expm1(-(others + 0.5) / all * (seconds + 0.05)));
}

/* What going through the pairs keeps. */
struct walk {
    uint32_t *vain;     /* attempts in vain of the pair at hand */
    size_t n, cap;
    uint32_t *previous; /* by link: its last attempt so far */
};

static struct ks_status in_pair(struct ks_hunt *hunt, uint32_t number, struct walk *w, struct ks_shots *out)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_pair *pair = &t->pairs[number];
    uint32_t open_links = 0;
    for (uint32_t l = pair->first_link; l < pair->first_link + pair->n_links; l++)
        open_links += t->links[l].open > 0;
    if (open_links == 0 || pair->closed_places < 2)
        return ks_ok();
    w->n = 0;
    for (uint32_t p = pair->first; p < pair->first + pair->n; p++) {
        uint32_t try = t->by_pair[p], link = t->at[try].link, previous = w->previous[link];
        w->previous[link] = try;
        if (in_vain(hunt, try)) {
            if (!ks_reserve((void **)&w->vain, &w->cap, w->n + 1, sizeof *w->vain))
                return ks_nomem("the one-shot knocks");
            w->vain[w->n++] = try;
        }
        struct ks_shot shot;
        if (t->at[try].outcome != KS_OPEN || !burst(t, try, w->vain, w->n, previous, &shot))
            continue;
        shot.ln_chance = chance(hunt, &shot, open_links - 1);
        if (!ks_reserve((void **)&out->at, &out->cap, out->n + 1, sizeof *out->at))
            return ks_nomem("the one-shot knocks");
        out->at[out->n++] = shot;
    }
    return ks_ok();
}

static int by_place(const void *x, const void *y)
{
    const struct ks_shot *a = x, *b = y;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return (a->opening > b->opening) - (a->opening < b->opening);
}

struct ks_status ks_shots_find(struct ks_hunt *hunt, struct ks_shots *out)
{
    *out = (struct ks_shots){0};
    const struct ks_tries *t = hunt->t;
    struct walk w = {.previous = ks_alloc(t->n_links + (size_t)1, sizeof *w.previous)};
    struct ks_status status = w.previous == NULL ? ks_nomem("the one-shot knocks") : ks_ok();
    for (uint32_t l = 0; w.previous != NULL && l < t->n_links; l++)
        w.previous[l] = KS_NONE;
    for (uint32_t p = 0; p < t->n_pairs && ks_is_ok(status); p++) {
        if ((p & 1023) == 0 && ks_cancelled(hunt->progress))
            status = ks_fail(KS_CANCELLED, "cancelled");
        else
            status = in_pair(hunt, p, &w, out);
    }
    ks_free(w.vain);
    ks_free(w.previous);
    if (out->n > 0)
        qsort(out->at, out->n, sizeof *out->at, by_place);
    return status;
}

void ks_shots_free(struct ks_shots *shots)
{
    ks_free(shots->at);
    *shots = (struct ks_shots){0};
}
