#include "knocks/bursts/oneshot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/bursts/burst.h"
#include "knocks/attempts/halves.h"

/* Whether it is told apart from its source's scans, too. */
static bool may_apart(const struct ks_hunt *hunt, uint32_t number)
{
    return !ks_try_in_scan(&hunt->t->at[number]) && ks_burst_may(hunt, number);
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

/* Whether a burst is a part of a scan: marked so, and not by itself but with more of the same in the minute
 * before and after. Bursts before other openings are not of a scan, which leaves attempts that nothing
 * follows. */
static bool in_scan(const struct ks_tries *t, const struct ks_shot *shot, const struct ks_walk *w)
{
    size_t scan = 0, around = 0, most = 2 * shot->n + 8;
    for (size_t i = 0; i < shot->n; i++)
        scan += ks_try_in_scan(&t->at[shot->tries[i]]);
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

/* Whether the attempts after the opening are the burst backwards, as a knock that closes the port again is.
 */
static bool is_closed_again(const struct ks_tries *t, const struct ks_shot *shot, const struct ks_walk *w)
{
    if (shot->seen + shot->n > w->n)
        return false;
    for (size_t i = 0; i < shot->n; i++)
        if (t->at[w->vain[shot->seen + i]].place != t->at[shot->tries[shot->n - 1 - i]].place)
            return false;
    return true;
}

/* Whether a burst holds attempts that close what another one opened. */
static bool in_closing(const struct ks_shot *shot, const struct ks_walk *w)
{
    for (size_t k = shot->seen; k-- > 0 && w->vain[k] >= shot->tries[0];)
        if (w->closing[k])
            return true;
    return false;
}

/* Marks which attempts in vain are in bursts that something follows, and in bursts backwards. */
static struct ks_status mark(const struct ks_tries *t, struct ks_walk *w, size_t from, struct ks_shots *out)
{
    if (!ks_reserve((void **)&w->opens, &w->opens_cap, w->n, sizeof *w->opens) ||
        !ks_reserve((void **)&w->sure, &w->sure_cap, w->n, sizeof *w->sure) ||
        !ks_reserve((void **)&w->closing, &w->closing_cap, w->n, sizeof *w->closing))
        return ks_nomem("the one-shot knocks");
    memset(w->opens, 0, w->n * sizeof *w->opens);
    memset(w->sure, 0, w->n * sizeof *w->sure);
    memset(w->closing, 0, w->n * sizeof *w->closing);
    for (size_t i = from; i < out->n; i++) {
        struct ks_shot *shot = &out->at[i];
        shot->closed_again = is_closed_again(t, shot, w);
        for (size_t k = 0; shot->closed_again && k < shot->n; k++)
            w->closing[shot->seen + k] = true;
        bool used = shot->back || ks_try_sends(t, shot->opening);
        uint8_t sure = 0;
        if (used && shot->ln_chance < log(0.02) && (shot->is_new || shot->was_closed))
            sure = KS_SURE;
        if (used && ks_burst_ln_soon(t, shot, t->links[t->at[shot->opening].link].open) < log(0.02))
            sure |= KS_SURE_PORT;
        for (size_t k = shot->seen; used && k-- > 0 && w->vain[k] >= shot->tries[0];) {
            w->opens[k] = true;
            w->sure[k] |= sure;
        }
    }
    return ks_ok();
}

/* Where the burst before an opening begins at the earliest: after the last attempt at the port that opens
 * which was answered, or was followed by other ports again (a try that failed, not a scan's); tried too
 * early, after the last of them, it ends nothing. `last`: the last attempt in vain; `end`: look before it.
 * KS_NONE: nowhere. */
static uint32_t last_end(const struct ks_tries *t, uint32_t end, uint32_t last)
{
    end = ks_previous_at(t, end);
    while (end != KS_NONE && t->at[end].outcome != KS_OPEN &&
           (end > last || ks_try_in_scan(&t->at[end]) || t->at[end].probe))
        end = ks_previous_at(t, end);
    return end;
}

/* Gathers the burst before an opening. Who asks for the port again and again until it answers may try others
 * meanwhile: where there is no burst after such a try, the one before it counts. */
static bool gather(const struct ks_tries *t, struct ks_walk *w, size_t seen, struct ks_shot *shot)
{
    enum { MOST = 5 };
    uint32_t last = w->vain[seen - 1], end = last_end(t, shot->opening, last);
    bool found = ks_burst_gather(t, shot->opening, w, seen, end, shot);
    for (unsigned k = 0; k < MOST && !found && end != KS_NONE && t->at[end].outcome != KS_OPEN &&
                         t->at[shot->opening].time - t->at[end].time <= KS_SHOT_NEAR;
         k++) {
        end = last_end(t, end, last);
        found = ks_burst_gather(t, shot->opening, w, seen, end, shot);
    }
    return found;
}

/* Whether one burst holds another whole, and more. */
static bool holds(const struct ks_shot *longer, const struct ks_shot *shorter)
{
    size_t from = 0;
    while (from < longer->n && longer->tries[from] != shorter->tries[0])
        from++;
    return longer->n > shorter->n && from + shorter->n <= longer->n &&
           memcmp(longer->tries + from, shorter->tries, shorter->n * sizeof *shorter->tries) == 0;
}

/* How much chance there is in what opens after a burst. */
static void weigh_opening(const struct ks_tries *t, const struct ks_walk *w, struct ks_shot *shot)
{
    shot->ln_chance = ks_burst_ln_new(t, shot);
    if (shot->was_closed)
        shot->ln_reopens = ks_burst_ln_soon(t, shot, (double)w->reopened - 1);
}

/* Whether several of the shots around number i come before openings of the same port; those from `kept` on before it
 * are gone. */
static bool has_company(const struct ks_tries *t, const struct ks_shots *shots, size_t kept, size_t i)
{
    enum { SEVERAL = 4, AROUND = 32 };
    size_t alike = 0, from = i > AROUND ? i - AROUND : 0;
    for (size_t k = from; k < shots->n && k <= i + AROUND; k++)
        alike += (k < kept || k >= i) && t->at[shots->at[k].opening].link == t->at[shots->at[i].opening].link;
    return alike >= SEVERAL;
}

/* Gathers a burst again, where the attempts of other ones that open something for sure do not count as strewn: it
 * may begin earlier; and end later, where several such open the same port. */
static void extend(const struct ks_tries *t, struct ks_walk *w, size_t sure, const struct ks_shots *all, size_t kept,
                   size_t i, struct ks_shot *shot)
{
    struct ks_shot longer = *shot;
    size_t first = shot->seen, own = 0;
    for (; first > 0 && w->vain[first - 1] >= shot->tries[0]; first--)
        own += w->sure[first - 1] != 0;
    w->spared = sure - own;
    if (w->spared > 0 && gather(t, w, shot->seen, &longer) && holds(&longer, shot)) {
        bool free = longer.tries[longer.n - 1] == shot->tries[shot->n - 1] || has_company(t, all, kept, i);
        for (size_t k = first; k-- > 0 && w->vain[k] >= longer.tries[0];)
            free = free && !w->sure[k];
        if (free) {
            *shot = longer;
            weigh_opening(t, w, shot);
        }
    }
    w->spared = 0;
}

/* Drops, of the shots from number `from` on, those that are parts of scans or close a port again. The
 * attempts of other bursts that open something do not make a burst less remarkable. */
static struct ks_status weed(const struct ks_tries *t, struct ks_walk *w, size_t from, struct ks_shots *out)
{
    if (out->n == from)
        return ks_ok();
    KS_TRY(mark(t, w, from, out));
    size_t kept = from, sure = 0, any = 0;
    for (size_t i = 0; i < w->n; i++) {
        sure += (w->sure[i] & KS_SURE) != 0;
        any += w->sure[i] != 0;
    }
    for (size_t i = from; i < out->n; i++) {
        struct ks_shot *shot = &out->at[i];
        if (in_scan(t, shot, w) || in_closing(shot, w))
            continue;
        extend(t, w, any, out, kept, i, shot);
        size_t own = 0;
        for (size_t k = shot->seen; k-- > 0 && w->vain[k] >= shot->tries[0];)
            own += (w->sure[k] & KS_SURE) != 0;
        shot->all = w->n;
        shot->ln_dense = ks_burst_ln_dense(t, shot, w->n - (sure - own));
        out->at[kept++] = *shot;
    }
    out->n = kept;
    return ks_ok();
}

/* Looks for a burst before an answered attempt; `seen` of the attempts in vain come before it. */
static struct ks_status consider(struct ks_hunt *hunt, uint32_t opening, bool back, struct ks_walk *w,
                                 size_t seen, struct ks_shots *out)
{
    const struct ks_tries *t = hunt->t;
    struct ks_shot shot = {.goal = w->goal, .opening = opening, .place = t->at[opening].place, .back = back};
    if (seen < 2 || t->at[opening].time - t->at[w->vain[seen - 1]].time > KS_SHOT_NEAR)
        return ks_ok();
    uint32_t previous = ks_previous_at(t, opening);
    const struct ks_link *link = &t->links[t->at[opening].link];
    shot.was_closed = !back && previous != KS_NONE && ks_try_closed(t, &t->at[previous]);
    shot.is_new = link->first_open == opening &&
                  (shot.was_closed || !ks_always_open(t, link->open, t->at[opening].time));
    if (!gather(t, w, seen, &shot) || ks_burst_goes_on(t, &shot, w, seen))
        return ks_ok();
    /* Where open ports are knocked at, what opens is told from them by the data that is sent to it. */
    for (size_t i = 0; i < shot.n; i++)
        if (t->at[shot.tries[i]].outcome == KS_OPEN && !back && !ks_try_sends(t, opening))
            return ks_ok();
    shot.seen = seen;
    if (shot.was_closed && w->reopened == KS_NONE)
        w->reopened = count_reopened(t, t->at[opening].pair);
    weigh_opening(t, w, &shot);
    return ks_shots_keep(out, &shot);
}

/* Goes through a pair's attempts (those that `may` be in a burst) and the answered ones of the way back,
 * together in time order. */
static struct ks_status walk_pair(struct ks_hunt *hunt, uint32_t number,
                                  bool (*may)(const struct ks_hunt *, uint32_t), struct ks_walk *w,
                                  struct ks_shots *out)
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
    if (!pair->answers && (q == q_end || !t->pairs[other].answers))
        return ks_ok();
    w->goal = pair->goal;
    w->reopened = KS_NONE;
    if (!ks_walk_gather(hunt, t->by_pair, pair->first, pair->n, may, w))
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

/* How many attempts of a burst are of a scan. */
static size_t of_scan(const struct ks_tries *t, const struct ks_shot *shot)
{
    size_t n = 0;
    for (size_t i = 0; i < shot->n; i++)
        n += ks_try_in_scan(&t->at[shot->tries[i]]);
    return n;
}

/* Looks for a pair's bursts among all its attempts and, where its source scans, among those that are told
 * apart from the scan. Of two bursts before one opening the one without a scan's attempts stays, unless the
 * other is what looked like a scan, and nothing else. */
static struct ks_status in_pair(struct ks_hunt *hunt, uint32_t number, struct ks_walk *w,
                                struct ks_shots *out)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_pair *pair = &t->pairs[number];
    size_t from = out->n;
    KS_TRY(walk_pair(hunt, number, ks_burst_may, w, out));
    bool both = pair->scan > 0 && pair->scan < pair->rare;
    if (!both && pair->probes == 0)
        return ks_ok();
    size_t apart = out->n, kept = from;
    if (both)
        KS_TRY(walk_pair(hunt, number, may_apart, w, out));
    for (size_t i = from; i < out->n; i++) {
        struct ks_shot *shot = &out->at[i];
        size_t scan = of_scan(t, shot);
        bool drop = false;
        if (i < apart)
            for (size_t k = apart; k < out->n && !drop; k++)
                drop = out->at[k].opening == shot->opening && scan < shot->n &&
                       (scan > 0 || out->at[k].n >= shot->n);
        for (size_t k = from; k < kept && i >= apart && !drop; k++)
            drop = out->at[k].opening == shot->opening;
        shot->apart = scan == 0;
        /* A scanner finds open ports all the time: what was opened is used. */
        drop = drop || (shot->apart && !shot->back && !ks_try_sends(t, shot->opening));
        if (!drop)
            out->at[kept++] = *shot;
    }
    out->n = kept;
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

/* Keeps, of the bursts of one source by time, one each; each with the first port that opened after it. */
static size_t one_each(struct ks_shot *shots, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct ks_shot *a = &shots[i], *b = kept > 0 ? &shots[kept - 1] : NULL;
        if (b == NULL || a->pair != b->pair || a->back != b->back || a->tries[a->n - 1] != b->tries[b->n - 1])
            shots[kept++] = *a;
    }
    return kept;
}

/* Whether a burst stands out by itself, and is soon followed by the opening. */
static bool is_clear(const struct ks_shot *shot)
{
    return shot->ln_dense < log(0.3) && shot->ln_chance < log(0.1);
}

/* Adds a group of one source where there are enough: those that are clear each, or all where bursts and new
 * ports take turns. */
static struct ks_status add_varying(const struct ks_tries *t, const struct ks_shot *group, size_t n, struct ks_shots *out)
{
    enum { ALL = KS_SHOTS_VARYING + 1 };
    bool all = n >= ALL && ks_bursts_ln_turns(t, group, n) < log(1e-4);
    size_t clear = 0;
    for (size_t k = 0; k < n; k++)
        clear += is_clear(&group[k]);
    struct ks_status status = ks_ok();
    for (size_t k = 0; k < n && (all || clear >= KS_SHOTS_VARYING) && ks_is_ok(status); k++)
        if (all || is_clear(&group[k]))
            status = ks_shots_keep(out, &group[k]);
    return status;
}

/* Adds, for every source that did it often enough, its bursts as one group whatever port opened: each
 * with the first port that was new, to which something was sent. */
static struct ks_status gather_varying(const struct ks_tries *t, struct ks_shots *out)
{
    struct ks_shots list = {0};
    struct ks_status status = ks_ok();
    for (size_t i = 0; i < out->n && ks_is_ok(status); i++)
        if (out->at[i].is_new && !out->at[i].mixed &&
            (out->at[i].back || ks_try_sends(t, out->at[i].opening))) {
            status = ks_shots_keep(&list, &out->at[i]);
            if (ks_is_ok(status))
                list.at[list.n - 1].varying = true;
        }
    if (list.n > 0)
        qsort(list.at, list.n, sizeof *list.at, by_burst);
    size_t kept = list.at != NULL ? one_each(list.at, list.n) : 0;
    for (size_t i = 0, end; i < kept && ks_is_ok(status); i = end) {
        for (end = i + 1; end < kept && ks_shots_together(&list.at[i], &list.at[end]); end++)
            ;
        status = add_varying(t, &list.at[i], end - i, out);
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
    if (a->other != b->other)
        return a->other ? 1 : -1;
    if (a->varying && a->pair != b->pair)
        return a->pair < b->pair ? -1 : 1;
    return (a->opening > b->opening) - (a->opening < b->opening);
}

/* Whether a candidate's occurrences come one right after the other, of one source: tries at one knock, maybe,
 * of which all but the last went wrong. */
static bool at_one_go(const struct ks_tries *t, const struct ks_candidate *c)
{
    if (c->mixed || c->n > KS_TRIES_MOST)
        return false;
    for (size_t k = 1; k < c->n; k++) {
        const struct ks_try *last = &t->at[c->at[k - 1].last], *first = &t->at[c->at[k].first];
        if (last->pair != first->pair || first->time - last->time > KS_TRIES_APART)
            return false;
    }
    return true;
}

/* Gives the attempts of recurring candidates back that are hardly more than chance would give, or may be tries
 * at one knock: they do not keep a burst from being one. An opening may be worth 7 of their logarithm. */
static void give_back(struct ks_hunt *hunt)
{
    double most = log(0.05) + 7 - log((double)(hunt->considered + 1));
    for (size_t i = 0; i < hunt->found.n; i++) {
        const struct ks_candidate *c = &hunt->found.at[i];
        bool back = c->ln_p > most || at_one_go(hunt->t, c);
        for (size_t k = 0; back && k < c->n; k++)
            for (size_t j = 0; j < c->m; j++)
                if (c->at[k].tries[j] != KS_NONE)
                    hunt->used[c->at[k].tries[j]] = false;
    }
}

/* Targets and what is found at them. */
struct part {
    uint32_t first, end;
    struct ks_shots found;
    struct ks_status status;
};

struct parts {
    struct ks_hunt *hunt;
    struct part part[2];
};

static struct ks_status at_target(struct ks_hunt *hunt, uint32_t number, struct ks_walk *w, struct ks_shots *out)
{
    const struct ks_goal *goal = &hunt->t->goals[number];
    w->from = out->n;
    for (uint32_t p = goal->first_pair; p < goal->first_pair + goal->n_pairs; p++)
        KS_TRY(in_pair(hunt, p, w, out));
    KS_TRY(ks_strangers_find(hunt, number, w, out));
    return ks_others_find(hunt, number, w, out);
}

static void look(void *context, unsigned half)
{
    struct parts *parts = context;
    struct part *part = &parts->part[half];
    struct ks_walk w = {0};
    for (uint32_t g = part->first; g < part->end && ks_is_ok(part->status); g++)
        part->status = ks_cancelled(parts->hunt->progress) ? ks_fail(KS_CANCELLED, "cancelled")
                                                           : at_target(parts->hunt, g, &w, &part->found);
    ks_free(w.vain);
    ks_free(w.opens);
    ks_free(w.sure);
    ks_free(w.closing);
    ks_free(w.openings);
    ks_free(w.odd);
}

/* Looks at all targets, those with the first half of the attempts and the others; in `out` what is found, by
 * target. */
static struct ks_status look_at_all(struct ks_hunt *hunt, struct ks_shots *out)
{
    const struct ks_tries *t = hunt->t;
    struct parts parts = {.hunt = hunt};
    struct part *a = &parts.part[0], *b = &parts.part[1];
    while (a->end < t->n_goals && t->goals[a->end].first < t->n / 2)
        a->end++;
    b->first = a->end;
    b->end = t->n_goals;
    ks_halves(hunt->two, look, &parts);
    struct ks_status status = ks_is_ok(a->status) ? b->status : a->status;
    *out = a->found;
    out->cut += b->found.cut;
    if (ks_is_ok(status) && !ks_reserve((void **)&out->at, &out->cap, out->n + b->found.n, sizeof *out->at))
        status = ks_nomem("the one-shot knocks");
    for (size_t i = 0; i < b->found.n && ks_is_ok(status); i++)
        out->at[out->n++] = b->found.at[i];
    ks_shots_free(&b->found);
    return status;
}

struct ks_status ks_shots_find(struct ks_hunt *hunt, struct ks_shots *out)
{
    give_back(hunt);
    const struct ks_tries *t = hunt->t;
    struct ks_status status = look_at_all(hunt, out);
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
