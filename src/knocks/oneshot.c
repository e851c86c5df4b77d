#include "knocks/oneshot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/ports.h"
#include "stats/association.h"

enum { OFTEN = 4, STRANGER = 4 };
#define NEAR (200 * KS_SECOND)  /* between the last closed port and the opening */
#define PAUSE (180 * KS_SECOND) /* between two closed ports at most */
#define FIRST_PAUSE (90 * KS_SECOND)

/* Whether a try may be part of a burst: in vain at a port never open to this source, or answered but nothing
 * was sent; and not tried all the time. */
static bool in_vain(const struct ks_hunt *hunt, uint32_t number)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_try *x = &t->at[number];
    const struct ks_link *link = &t->links[x->link];
    if (x->repeat || hunt->used[number] || link->fresh > OFTEN)
        return false;
    if (x->outcome != KS_OPEN)
        return link->open == 0;
    return t->places[x->place].item >> 16 == KS_TCP && link->open == link->n && !ks_try_sends(t, number);
}

static bool has(const struct ks_tries *t, const struct ks_shot *shot, uint32_t place)
{
    for (size_t i = 0; i < shot->n; i++)
        if (t->at[shot->tries[i]].place == place)
            return true;
    return false;
}

/* ln of how likely n attempts in vain of `all`, spread over the capture at random, come within so many
 * seconds: the first term of the Poisson tail, at each of them. */
static double ln_close(const struct ks_tries *t, size_t n, size_t all, double seconds)
{
    double mu = (double)(all - n + 1) * (seconds + 0.01) / t->seconds, ln_p = log((double)all);
    for (size_t i = 1; i < n; i++)
        ln_p += log(mu / (double)i);
    return ln_p;
}

/* The longest pause before the burst gathered so far: generous against those inside it. */
static int64_t longest_pause(const struct ks_shot *shot, int64_t widest)
{
    if (shot->n == 0)
        return NEAR;
    if (shot->n == 1)
        return FIRST_PAUSE;
    int64_t most = 6 * widest < PAUSE ? 6 * widest : PAUSE;
    return most > 10 * KS_SECOND ? most : 10 * KS_SECOND;
}

/* The widest pause inside a burst. */
static int64_t widest_pause(const struct ks_tries *t, const struct ks_shot *shot)
{
    int64_t widest = 0;
    for (size_t i = 1; i < shot->n; i++) {
        int64_t pause = t->at[shot->tries[i]].time - t->at[shot->tries[i - 1]].time;
        widest = pause > widest ? pause : widest;
    }
    return widest;
}

/* Gathers the burst before an opening, backwards through attempts in vain: down to `stop` (exclusive; the
 * opened port answered there before), or to a pause that is long against those inside the burst; of what is
 * left, as many as are least likely to come so close together by chance (a stray attempt long before makes
 * them more likely). False when it is none, or a scan. */
static bool burst(const struct ks_tries *t, uint32_t opening, const uint32_t *vain, size_t n_vain,
                  uint32_t stop, struct ks_shot *shot)
{
    int64_t later = t->at[opening].time, widest = 0;
    uint32_t distinct = 0;
    size_t best = 0;
    double least = INFINITY;
    shot->n = 0;
    for (size_t k = n_vain; k-- > 0 && (stop == KS_NONE || vain[k] > stop);) {
        const struct ks_try *x = &t->at[vain[k]];
        if (x->link == t->at[opening].link)
            break;
        int64_t gap = later - x->time;
        if (gap > longest_pause(shot, widest))
            break;
        if (shot->n > 0 && gap > widest)
            widest = gap;
        if (shot->n == KS_SHOT_MAX) {
            if (best == KS_SHOT_MAX)
                return false;
            break;
        }
        distinct += !has(t, shot, x->place) && (x->outcome != KS_OPEN || t->places[x->place].open <= OFTEN);
        shot->tries[shot->n++] = vain[k];
        later = x->time;
        if (distinct < 2)
            continue;
        double ln_p = ln_close(t, shot->n, n_vain, (double)(t->at[shot->tries[0]].time - x->time) / 1e9);
        if (ln_p <= least) {
            least = ln_p;
            best = shot->n;
        }
    }
    if (best < 2)
        return false;
    shot->n = best;
    for (size_t i = 0; i < best / 2; i++) {
        uint32_t x = shot->tries[i];
        shot->tries[i] = shot->tries[best - 1 - i];
        shot->tries[best - 1 - i] = x;
    }
    return true;
}

/* ln of how likely one of the other openings, `others` in the capture, comes so soon after the burst. */
static double ln_soon(const struct ks_tries *t, const struct ks_shot *shot, double others)
{
    double seconds = (double)(t->at[shot->opening].time - t->at[shot->tries[shot->n - 1]].time) / 1e9;
    double all =
        t->seconds < 300 ? 300 : t->seconds; /* a short capture says little about how often ports open */
    return log(-expm1(-(others + 0.5) / all * (seconds + 0.05)));
}

/* How likely some port opens anew to this source so soon after the burst. */
static double chance(const struct ks_tries *t, const struct ks_shot *shot)
{
    const struct ks_try *o = &t->at[shot->opening];
    unsigned range = ks_port_range(t->places[o->place].item);
    uint32_t all = shot->mixed ? t->goals[shot->goal].open_links[range] : t->pairs[o->pair].open_links[range];
    return ln_soon(t, shot, (double)all - 1);
}

/* How often ports of a pair answer again that did not answer the time before. */
static uint32_t count_reopened(const struct ks_tries *t, uint32_t number)
{
    const struct ks_pair *pair = &t->pairs[number];
    uint32_t n = 0;
    for (uint32_t l = pair->first_link; l < pair->first_link + pair->n_links; l++) {
        const struct ks_link *link = &t->links[l];
        bool closed = false;
        for (uint32_t i = link->first; i < link->first + link->n && link->open > 0; i++) {
            const struct ks_try *x = &t->at[t->by_link[i]];
            n += closed && x->outcome == KS_OPEN;
            closed = ks_try_closed(t, x);
        }
    }
    return n;
}

/* How likely so many attempts in vain come so close together, `all` being spread over the capture at random.
 */
static double density(const struct ks_tries *t, const struct ks_shot *shot, size_t all)
{
    double seconds = (double)(t->at[shot->tries[shot->n - 1]].time - t->at[shot->tries[0]].time) / 1e9;
    double mu = (double)(all - shot->n + 1) * (seconds + 0.01) / t->seconds;
    double ln_p = ks_poisson_tail_ln(log(mu), shot->n - 1) + log((double)all);
    return ln_p < 0 ? ln_p : 0;
}

/* What going through the attempts keeps. */
struct walk {
    uint32_t goal;
    uint32_t *vain; /* attempts in vain of the pair (or target) at hand */
    size_t n, cap;
    uint32_t reopened; /* openings of ports that were closed before; KS_NONE until counted */
    bool *opens;       /* by attempt in vain: in a burst that an opening follows */
    size_t opens_cap;
};

static struct ks_status keep(struct ks_shots *out, const struct ks_shot *shot)
{
    if (!ks_reserve((void **)&out->at, &out->cap, out->n + 1, sizeof *out->at))
        return ks_nomem("the one-shot knocks");
    out->at[out->n++] = *shot;
    return ks_ok();
}

/* The attempt at the same link before this one (`answered`: the last one that was), or KS_NONE. */
static uint32_t previous_at(const struct ks_tries *t, uint32_t number, bool answered)
{
    const struct ks_link *link = &t->links[t->at[number].link];
    uint32_t low = link->first, high = link->first + link->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (t->by_link[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    while (low > link->first && answered && t->at[t->by_link[low - 1]].outcome != KS_OPEN)
        low--;
    return low > link->first ? t->by_link[low - 1] : KS_NONE;
}

/* Adds the tries of an order that may be part of a burst. */
static bool gather(const struct ks_hunt *hunt, const uint32_t *order, uint32_t first, uint32_t n,
                   bool (*may)(const struct ks_hunt *, uint32_t), struct walk *w)
{
    w->n = 0;
    for (uint32_t p = first; p < first + n; p++) {
        if (!may(hunt, order[p]))
            continue;
        if (!ks_reserve((void **)&w->vain, &w->cap, w->n + 1, sizeof *w->vain))
            return false;
        w->vain[w->n++] = order[p];
    }
    return true;
}

/* Whether the attempts go on over the opening, at their own pace and at other ports: then it is none of
 * theirs. `seen` of the attempts in vain come before the opening. */
static bool goes_on(const struct ks_tries *t, const struct ks_shot *shot, const struct walk *w, size_t seen)
{
    if (seen == w->n)
        return false;
    const struct ks_try *next = &t->at[w->vain[seen]], *last = &t->at[shot->tries[shot->n - 1]];
    return 2 * (next->time - last->time) <= 3 * widest_pause(t, shot) && !has(t, shot, next->place);
}

/* Whether a burst is a part of a scan: marked so, and not by itself but with more of the same in the minute
 * before and after. Bursts before other openings are not of a scan, which leaves attempts that nothing
 * follows. */
static bool in_scan(const struct ks_tries *t, const struct ks_shot *shot, const struct walk *w)
{
    size_t scan = 0, around = 0, most = 2 * shot->n + 8;
    for (size_t i = 0; i < shot->n; i++)
        scan += t->at[shot->tries[i]].scan;
    if (scan * 2 <= shot->n)
        return false;
    for (size_t i = shot->seen;
         i < w->n && around <= most && t->at[w->vain[i]].time - t->at[shot->opening].time < 60 * KS_SECOND;
         i++)
        around += !w->opens[i];
    for (size_t i = shot->seen;
         i-- > 0 && around <= most && t->at[shot->tries[0]].time - t->at[w->vain[i]].time < 60 * KS_SECOND;)
        around += !w->opens[i] && w->vain[i] < shot->tries[0];
    return around > most;
}

/* Drops, of the shots from number `from` on, those that are parts of scans. */
static struct ks_status weed(const struct ks_tries *t, struct walk *w, size_t from, struct ks_shots *out)
{
    if (out->n == from)
        return ks_ok();
    if (!ks_reserve((void **)&w->opens, &w->opens_cap, w->n, sizeof *w->opens))
        return ks_nomem("the one-shot knocks");
    memset(w->opens, 0, w->n * sizeof *w->opens);
    for (size_t i = from; i < out->n; i++) {
        const struct ks_shot *shot = &out->at[i];
        bool used = shot->back || ks_try_sends(t, shot->opening);
        for (size_t k = shot->seen; used && k-- > 0 && w->vain[k] >= shot->tries[0];)
            w->opens[k] = true;
    }
    size_t kept = from;
    for (size_t i = from; i < out->n; i++)
        if (!in_scan(t, &out->at[i], w))
            out->at[kept++] = out->at[i];
    out->n = kept;
    return ks_ok();
}

/* Looks for a burst before an answered attempt; `seen` of the attempts in vain come before it. */
static struct ks_status consider(struct ks_hunt *hunt, uint32_t opening, bool back, struct walk *w,
                                 size_t seen, struct ks_shots *out)
{
    const struct ks_tries *t = hunt->t;
    struct ks_shot shot = {.goal = w->goal, .opening = opening, .place = t->at[opening].place, .back = back};
    if (seen < 2 || t->at[opening].time - t->at[w->vain[seen - 1]].time > NEAR)
        return ks_ok();
    uint32_t previous = previous_at(t, opening, false);
    shot.is_new = t->links[t->at[opening].link].first_open == opening;
    shot.was_closed = !back && previous != KS_NONE && ks_try_closed(t, &t->at[previous]);
    if (!burst(t, opening, w->vain, seen, previous_at(t, opening, true), &shot) || goes_on(t, &shot, w, seen))
        return ks_ok();
    /* Where open ports are knocked at, what opens is told from them by the data that is sent to it. */
    for (size_t i = 0; i < shot.n; i++)
        if (t->at[shot.tries[i]].outcome == KS_OPEN && !back && !ks_try_sends(t, opening))
            return ks_ok();
    shot.ln_dense = density(t, &shot, w->n);
    shot.seen = seen;
    shot.ln_chance = chance(t, &shot);
    if (shot.was_closed && w->reopened == KS_NONE)
        w->reopened = count_reopened(t, t->at[opening].pair);
    if (shot.was_closed)
        shot.ln_reopens = ln_soon(t, &shot, (double)w->reopened - 1);
    return keep(out, &shot);
}

/* Goes through a pair's attempts and the answered ones of the way back, together in time order. */
static struct ks_status in_pair(struct ks_hunt *hunt, uint32_t number, struct walk *w, struct ks_shots *out)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_pair *pair = &t->pairs[number];
    if (pair->n_links < 2)
        return ks_ok();
    uint32_t other = ks_tries_pair(t, t->goals[pair->goal].host, pair->source), q = 0, q_end = 0;
    if (other != KS_NONE && other != number) {
        q = t->pairs[other].first;
        q_end = q + t->pairs[other].n;
    }
    w->goal = pair->goal;
    w->reopened = KS_NONE;
    if (!gather(hunt, t->by_pair, pair->first, pair->n, in_vain, w))
        return ks_nomem("the one-shot knocks");
    size_t seen = 0, from = out->n;
    for (uint32_t p = pair->first; w->n >= 2 && (p < pair->first + pair->n || q < q_end);) {
        bool back = p == pair->first + pair->n || (q < q_end && t->by_pair[q] < t->by_pair[p]);
        uint32_t try = t->by_pair[back ? q++ : p++];
        while (seen < w->n && w->vain[seen] < try)
            seen++;
        if (t->at[try].outcome == KS_OPEN)
            KS_TRY(consider(hunt, try, back, w, seen, out));
    }
    return weed(t, w, from, out);
}

/* Whether a try may be part of a burst from several sources: in vain, by one that hardly tries anything else
 * here, at a port that nobody else tries. */
static bool by_stranger(const struct ks_hunt *hunt, uint32_t number)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_try *x = &t->at[number];
    const struct ks_place *place = &t->places[x->place];
    return x->outcome != KS_OPEN && !x->repeat && !x->scan && !hunt->used[number] && place->open == 0 &&
           place->fresh <= 2 && t->pairs[x->pair].closed_places <= STRANGER &&
           t->fan_out[t->pairs[x->pair].source] <= 2 && t->popular[place->item] <= 2 + 2 * t->typical &&
           !ks_port_registered(place->item);
}

/* Bursts from several sources: at least three strangers' attempts much closer together than these usually
 * come. */
static struct ks_status in_goal(struct ks_hunt *hunt, uint32_t number, struct walk *w, struct ks_shots *out)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_goal *goal = &t->goals[number];
    if (goal->n_pairs < 2 || goal->many)
        return ks_ok();
    if (!gather(hunt, t->by_goal, goal->first, goal->n, by_stranger, w))
        return ks_nomem("the one-shot knocks");
    if (w->n < 3)
        return ks_ok();
    size_t all = w->n, seen = 0;
    for (uint32_t p = goal->first; p < goal->first + goal->n; p++) {
        uint32_t try = t->by_goal[p];
        while (seen < all && w->vain[seen] < try)
            seen++;
        struct ks_shot shot = {.goal = number, .opening = try, .place = t->at[try].place, .mixed = true};
        if (seen < 3 || t->at[try].outcome != KS_OPEN ||
            t->at[try].time - t->at[w->vain[seen - 1]].time > NEAR)
            continue;
        uint32_t previous = previous_at(t, try, false);
        shot.is_new = t->links[t->at[try].link].first_open == try;
        if (!shot.is_new || !burst(t, try, w->vain, seen, KS_NONE, &shot) || shot.n < 3)
            continue;
        uint32_t sources = 1;
        for (size_t i = 1; i < shot.n; i++)
            sources += t->at[shot.tries[i]].pair != t->at[shot.tries[i - 1]].pair;
        shot.ln_dense = density(t, &shot, all);
        if (sources < 2 || shot.ln_dense > log(1e-3))
            continue;
        shot.was_closed = previous != KS_NONE && ks_try_closed(t, &t->at[previous]);
        if (!shot.was_closed && t->places[shot.place].first_open != t->at[try].time)
            continue; /* open to others before: nothing says that these strangers opened it */
        shot.ln_chance = chance(t, &shot);
        shot.ln_reopens = shot.was_closed ? ln_soon(t, &shot, 0) : 0;
        KS_TRY(keep(out, &shot));
    }
    return ks_ok();
}

static int by_burst(const void *x, const void *y)
{
    const struct ks_shot *a = x, *b = y;
    if (a->pair != b->pair)
        return a->pair < b->pair ? -1 : 1;
    if (a->back != b->back)
        return a->back ? 1 : -1;
    if (a->tries[a->n - 1] != b->tries[b->n - 1])
        return a->tries[a->n - 1] < b->tries[b->n - 1] ? -1 : 1;
    return (a->opening > b->opening) - (a->opening < b->opening);
}

enum { VARYING = 3 };

/* Adds, for every source that did it three times or more, its bursts as one group whatever port opened: each
 * with the first port that was new, to which something was sent, soon. */
static struct ks_status gather_varying(const struct ks_tries *t, struct ks_shots *out)
{
    struct ks_shots list = {0};
    struct ks_status status = ks_ok();
    for (size_t i = 0; i < out->n && ks_is_ok(status); i++)
        if (out->at[i].is_new && !out->at[i].mixed && out->at[i].ln_chance < log(0.1) &&
            out->at[i].ln_dense < log(0.3) && (out->at[i].back || ks_try_sends(t, out->at[i].opening))) {
            status = keep(&list, &out->at[i]);
            if (ks_is_ok(status))
                list.at[list.n - 1].varying = true;
        }
    if (list.n > 0)
        qsort(list.at, list.n, sizeof *list.at, by_burst);
    size_t kept = 0;
    for (size_t i = 0; i < list.n; i++) {
        const struct ks_shot *a = &list.at[i], *b = kept > 0 ? &list.at[kept - 1] : NULL;
        if (b == NULL || a->pair != b->pair || a->back != b->back || a->tries[a->n - 1] != b->tries[b->n - 1])
            list.at[kept++] = *a;
    }
    for (size_t i = 0, end; i < kept && ks_is_ok(status); i = end) {
        for (end = i + 1; end < kept && ks_shots_together(&list.at[i], &list.at[end]); end++)
            ;
        for (size_t k = i; k < end && end - i >= VARYING && ks_is_ok(status); k++)
            status = keep(out, &list.at[k]);
    }
    ks_free(list.at);
    return status;
}

static int by_group(const void *x, const void *y)
{
    const struct ks_shot *a = x, *b = y;
    if (a->varying != b->varying)
        return a->varying ? 1 : -1;
    if (!a->varying && a->place != b->place)
        return a->place < b->place ? -1 : 1;
    if (a->goal != b->goal)
        return a->goal < b->goal ? -1 : 1;
    if (a->back != b->back)
        return a->back ? 1 : -1;
    if (a->mixed != b->mixed)
        return a->mixed ? 1 : -1;
    if (a->varying && a->pair != b->pair)
        return a->pair < b->pair ? -1 : 1;
    return (a->opening > b->opening) - (a->opening < b->opening);
}

struct ks_status ks_shots_find(struct ks_hunt *hunt, struct ks_shots *out)
{
    *out = (struct ks_shots){0};
    const struct ks_tries *t = hunt->t;
    struct walk w = {0};
    struct ks_status status = ks_ok();
    for (uint32_t p = 0; p < t->n_pairs && ks_is_ok(status); p++) {
        if ((p & 1023) == 0 && ks_cancelled(hunt->progress))
            status = ks_fail(KS_CANCELLED, "cancelled");
        else
            status = in_pair(hunt, p, &w, out);
    }
    for (uint32_t g = 0; g < t->n_goals && ks_is_ok(status); g++)
        status = in_goal(hunt, g, &w, out);
    ks_free(w.vain);
    ks_free(w.opens);
    for (size_t i = 0; i < out->n; i++)
        out->at[i].pair = t->at[out->at[i].tries[0]].pair;
    if (ks_is_ok(status))
        status = gather_varying(t, out);
    if (out->n > 0)
        qsort(out->at, out->n, sizeof *out->at, by_group);
    return status;
}

void ks_shots_free(struct ks_shots *shots)
{
    ks_free(shots->at);
    *shots = (struct ks_shots){0};
}
