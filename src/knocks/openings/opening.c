#include "knocks/openings/opening.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/openings/hits.h"
#include "stats/association.h"

#define LOOSE 2 /* minus ln of p for each opening, below which others may have what opens */

/* Answered attempts at a place, by the pairs that knock (or by anyone), in all and before a time. */
static void count_open(const struct ks_tries *t, const struct ks_candidate *c, const struct ks_hit *hits,
                       size_t n, enum ks_who who, uint32_t *all, uint32_t *before)
{
    int64_t start = t->at[c->at[0].last].time;
    *all = *before = 0;
    if (who == KS_ANYONE) {
        const struct ks_place *place = &t->places[hits[0].place];
        *all = place->open;
        for (uint32_t i = place->first; i < place->first + place->n; i++) {
            const struct ks_try *x = &t->at[t->by_place[i]];
            if (x->time >= start)
                break;
            *before += x->outcome == KS_OPEN;
        }
        return;
    }
    uint32_t last = KS_NONE;
    for (size_t h = 0; h < n; h++) {
        uint32_t number = t->at[hits[h].try].link;
        if (number == last)
            continue;
        last = number;
        const struct ks_link *link = &t->links[number];
        *all += link->open;
        for (uint32_t i = link->first; i < link->first + link->n; i++) {
            const struct ks_try *x = &t->at[t->by_link[i]];
            if (x->time >= start)
                break;
            *before += x->outcome == KS_OPEN;
        }
    }
}

/* Whether the port was tried in vain by the same source not long before it answers, and not open since. */
static bool flips(const struct ks_tries *t, const struct ks_candidate *c, const struct ks_hit *hit)
{
    const struct ks_link *link = &t->links[t->at[hit->try].link];
    bool closed = false;
    for (uint32_t i = link->first; i < link->first + link->n && t->by_link[i] < hit->try; i++) {
        const struct ks_try *x = &t->at[t->by_link[i]];
        closed = ks_try_closed(t, x) && t->at[c->at[hit->activation].first].time - x->time < 120 * KS_SECOND;
    }
    return closed;
}

/* How often ports that were tried in vain answer, of those where a place's hits are. */
static size_t count_turns(const struct ks_tries *t, const struct ks_hit *hits, size_t n)
{
    size_t turns = 0;
    uint32_t last = KS_NONE;
    for (size_t h = 0; h < n; h++) {
        const struct ks_link *link = &t->links[t->at[hits[h].try].link];
        bool closed = false;
        for (uint32_t i = link->first; i < link->first + link->n && link->first != last; i++) {
            const struct ks_try *x = &t->at[t->by_link[i]];
            turns += closed && x->outcome == KS_OPEN;
            closed = ks_try_closed(t, x);
        }
        last = link->first;
    }
    return turns;
}

/* How often a port answers, in a second, but for the knock: by what came before the first activation, and the
 * rest, of which a few for each activation count less, for an open door may be used for several connections;
 * one that a service hands out, as often as any other. */
static double rate_of(const struct ks_tries *t, const struct ks_usual *usual, uint32_t place, uint32_t before,
                      double outside, size_t seen)
{
    double several = fmin(outside, 4 * (double)seen);
    double rate = (before + 0.3 * several + (outside - several) + 0.5) / t->seconds;
    if (t->places[place].range != KS_CROWDED)
        return rate;
    return fmax(rate, (usual->crowded + 0.5) / (usual->ports[KS_CROWDED] + 1.0) / t->seconds);
}

/* ln of what an answer says less than it seems: who opens a port uses it; of ports that hosts exchange
 * datagrams over there may be many; and a knock hardly opens what a service hands out. */
static double ln_idle(const struct ks_tries *t, const struct ks_usual *usual, const struct ks_hit *hit,
                      enum ks_who who)
{
    if (t->places[hit->place].range == KS_DATAGRAMS)
        return 1 + fmin(3, log(fmax(1, usual->ports[KS_DATAGRAMS])));
    double crowd = t->places[hit->place].range == KS_CROWDED ? log(KS_CROWD) : 0;
    return crowd + (who != KS_TARGET && !ks_try_sends(t, hit->try) ? 4 : 0);
}

/* A knock opens each time: what an activation without an opening says against that, as ln of a chance. */
static double ln_missing(const struct ks_candidate *c, size_t seen)
{
    return 1.5 * (double)(c->n - seen);
}

/* Judges one place's hits, soon after the activations or about as long after each; takes it when it is the
 * least due to chance so far, of `groups` places of its kind that have any. Other than chance: a port that was
 * used before the first activation was not opened by it. */
static void weigh(const struct ks_tries *t, const struct ks_candidate *c, struct ks_hit *hits, size_t n,
                  const struct ks_usual *usual, size_t groups, enum ks_who who, struct ks_door *door)
{
    uint32_t all, before;
    count_open(t, c, hits, n, who, &all, &before);
    double sum = 0;
    size_t seen = 0, flipped = 0;
    for (size_t h = 0; h < n; h++)
        seen += h == 0 || hits[h].activation != hits[h - 1].activation;
    double outside = all > seen + before ? (double)all - (double)seen - before : 0;
    double rate = rate_of(t, usual, hits[0].place, before, outside, seen);
    for (size_t h = 0; h < n; h++) {
        hits[h].taken = h == 0 || hits[h].activation != hits[h - 1].activation;
        if (!hits[h].taken)
            continue;
        sum += ks_hit_ln_within(rate, hits[h].after);
        flipped += flips(t, c, &hits[h]);
    }
    if (before > 0 && flipped == 0 && outside > (double)seen)
        return; /* its user had it before, never found it closed and comes more often without the knock */
    size_t turns = flipped > 0 ? count_turns(t, hits, n) : 0;
    if (turns > flipped + 2 && turns * 4 > flipped * 5) /* it comes and goes without the knock, too */
        flipped = 0;
    if (t->places[hits[0].place].range == KS_CROWDED && groups < usual->ports[KS_CROWDED])
        groups = usual->ports[KS_CROWDED];
    double shut = (double)flipped * log(KS_FLIPS);
    double soon = ks_combined_ln_p(seen, sum + shut), alike = ks_hits_alike(hits, n, rate) + shut;
    double ln_p = fmin(soon, alike) + log(2) + log((double)groups) + ks_ln_choose((double)c->n, (double)seen) +
                  ln_idle(t, usual, &hits[0], who);
    double claim = ln_p + ln_missing(c, seen);
    if (door->there && claim >= door->claim)
        return;
    door->there = true;
    door->claim = claim;
    door->place = hits[0].place;
    door->back = who == KS_TARGET;
    door->others = who == KS_ANYONE;
    door->ln_p = ln_p;
    door->hits = seen;
    door->before = before;
    for (size_t i = 0; i < c->n; i++)
        door->tries[i] = KS_NONE;
    for (size_t h = n; h-- > 0;)
        if (soon <= alike || hits[h].taken)
            door->tries[hits[h].activation] = hits[h].try;
}

/* The first answered attempt at its link, that is a port new to the source. */
static bool is_new(const struct ks_tries *t, uint32_t number, bool anyone)
{
    if (anyone && t->at[number].time != t->places[t->at[number].place].first_open)
        return false;
    const struct ks_link *link = &t->links[t->at[number].link];
    return link->first_open == number && !ks_always_open(t, link->open, t->at[number].time);
}

/* A knock may open another port each time: weighs the ports that become open to the source for the first
 * time, one after each activation, as if they were one. */
static void weigh_new(const struct ks_tries *t, const struct ks_candidate *c, struct ks_hits *hits,
                      const struct ks_usual *usual, bool anyone, struct ks_door *door)
{
    size_t kept = 0;
    for (size_t i = 0; i < hits->n; i++)
        if (is_new(t, hits->at[i].try, anyone)) {
            hits->at[kept] = hits->at[i];
            hits->at[kept].flips = flips(t, c, &hits->at[i]);
            kept++;
        }
    if (kept == 0)
        return;
    ks_hits_by_activation(hits->at, kept);
    size_t seen;
    double ln_p = ks_hits_choose(t, hits->at, kept, usual, &seen);
    ln_p += log(2) + ks_ln_choose((double)c->n, (double)seen);
    size_t taken = 0;
    for (size_t i = 0; i < kept; i++)
        if (hits->at[i].taken)
            hits->at[taken++] = hits->at[i];
    kept = taken;
    double claim = ln_p + ln_missing(c, seen);
    if (door->there && claim + 2 >= door->claim)
        return;
    *door = (struct ks_door){.there = true,
                             .varying = true,
                             .others = anyone,
                             .place = hits->at[0].place,
                             .ln_p = ln_p,
                             .claim = claim,
                             .hits = seen,
                             .tries = door->tries};
    for (size_t i = 0; i < c->n; i++)
        door->tries[i] = KS_NONE;
    for (size_t i = kept; i-- > 0;)
        door->tries[hits->at[i].activation] = hits->at[i].try;
}

static bool search(const struct ks_hunt *hunt, const struct ks_candidate *c, enum ks_who who,
                   struct ks_door *door)
{
    struct ks_hits hits = {0};
    for (size_t i = 0; i < c->n; i++)
        ks_hits_gather(hunt, c, i, who, &hits);
    if (!hits.failed && hits.n > 0) {
        struct ks_usual usual = ks_usual_count(hunt, c, who);
        ks_hits_by_place(hits.at, hits.n);
        size_t groups[KS_RANGES] = {0};
        for (size_t i = 0; i < hits.n; i++)
            groups[hunt->t->places[hits.at[i].place].range] += i == 0 || hits.at[i].place != hits.at[i - 1].place;
        for (size_t i = 0, end; i < hits.n; i = end) {
            for (end = i; end < hits.n && hits.at[end].place == hits.at[i].place; end++)
                ;
            weigh(hunt->t, c, &hits.at[i], end - i, &usual, groups[hunt->t->places[hits.at[i].place].range], who,
                  door);
        }
        if (who != KS_TARGET)
            weigh_new(hunt->t, c, &hits, &usual, who == KS_ANYONE, door);
    }
    ks_free(hits.at);
    return !hits.failed;
}

/* Whether an answered attempt is at a port that answers this source for the first time or did not answer the
 * time before. */
static bool answers_anew(const struct ks_tries *t, uint32_t number)
{
    uint32_t before = ks_previous_at(t, number);
    return t->links[t->at[number].link].first_open == number ||
           (before != KS_NONE && ks_try_closed(t, &t->at[before]));
}

static bool is_udp(const struct ks_tries *t, uint32_t place)
{
    return t->places[place].item >> 16 == KS_UDP;
}

/* Whether it opens something: and it is a connection over which something is sent. */
static bool opens(const struct ks_tries *t, uint32_t number)
{
    return answers_anew(t, number) && t->places[t->at[number].place].item >> 16 == KS_TCP &&
           ks_try_sends(t, number);
}

/* Whether an answered attempt is at a port that is hardly used, and none that a service hands out. */
static bool is_seldom(const struct ks_tries *t, const struct ks_candidate *c, const struct ks_hit *hit)
{
    const struct ks_place *place = &t->places[hit->place];
    return place->item >> 16 == KS_TCP && place->range != KS_CROWDED &&
           t->links[t->at[hit->try].link].open <= c->n + 1 && ks_try_sends(t, hit->try);
}

/* A knock may open now this port, now that one: names, for the activations that the port was not found after,
 * the first other one that opens about as soon after it; or that is hardly used and comes when the others do,
 * for another knock may have opened it, too. */
static bool name_others(const struct ks_hunt *hunt, const struct ks_candidate *c, struct ks_door *door)
{
    const struct ks_tries *t = hunt->t;
    int64_t longest = 0, shortest = INT64_MAX;
    for (size_t i = 0; i < c->n; i++)
        if (door->tries[i] != KS_NONE) {
            int64_t after = t->at[door->tries[i]].time - t->at[c->at[i].last].time;
            longest = after > longest ? after : longest;
            shortest = after < shortest ? after : shortest;
        }
    struct ks_hits hits = {0};
    for (size_t i = 0; i < c->n; i++) {
        if (door->tries[i] != KS_NONE)
            continue;
        uint32_t named = KS_NONE, also = KS_NONE;
        hits.n = 0;
        ks_hits_gather(hunt, c, i, door->back ? KS_TARGET : door->others ? KS_ANYONE : KS_KNOCKER, &hits);
        for (size_t h = 0; h < hits.n && named == KS_NONE; h++) {
            const struct ks_hit *hit = &hits.at[h];
            if (hit->after <= 2 * longest + 2 * KS_SECOND && opens(t, hit->try))
                named = hit->try;
            else if (also == KS_NONE && 3 * hit->after >= 2 * shortest && 2 * hit->after <= 3 * longest &&
                     is_seldom(t, c, hit))
                also = hit->try;
        }
        door->tries[i] = named != KS_NONE ? named : also;
        door->hits += door->tries[i] != KS_NONE;
    }
    ks_free(hits.at);
    return !hits.failed;
}

/* Names what opened anew after most activations although chance could explain it: the analyst is to see it,
 * the rank does not count it. */
static bool name_weakly(const struct ks_hunt *hunt, const struct ks_candidate *c, enum ks_who who,
                        struct ks_door *door)
{
    const struct ks_tries *t = hunt->t;
    struct ks_hits hits = {0};
    size_t kept = 0, likely = 0;
    for (size_t i = 0; i < c->n; i++)
        ks_hits_gather(hunt, c, i, who, &hits);
    for (size_t i = 0; i < hits.n; i++) {
        const struct ks_hit *h = &hits.at[i];
        const struct ks_place *place = &t->places[h->place];
        const struct ks_link *link = &t->links[t->at[h->try].link];
        bool first = place->first_open == t->at[h->try].time; /* for anyone */
        bool rare = place->open <= c->n + 1;                  /* hardly used but after the knock */
        if (link->open > 3 * c->n + 3)                        /* a service that answers at times */
            continue;
        if (who == KS_TARGET || rare ||
            (answers_anew(t, h->try) &&
             (first || (!is_udp(t, h->place) && (who == KS_KNOCKER || link->first_open != h->try)))))
            hits.at[kept++] = *h;
    }
    if (kept > 0) {
        struct ks_usual usual = ks_usual_count(hunt, c, who);
        size_t taken;
        ks_hits_by_activation(hits.at, kept);
        ks_hits_choose(t, hits.at, kept, &usual, &taken);
        for (size_t i = 0; i < kept; i++) /* any answered datagram looks like an opening */
            likely += hits.at[i].taken = hits.at[i].taken && hits.at[i].chance < log(is_udp(t, hits.at[i].place) ? 0.2 : 0.35);
    }
    if (likely > 1 && likely * 10 >= c->n * 7 && !hits.failed) {
        door->weak = true;
        door->back = who == KS_TARGET;
        for (size_t i = 0; i < kept; i++)
            if (hits.at[i].taken)
                door->tries[hits.at[i].activation] = hits.at[i].try;
    }
    ks_free(hits.at);
    return !hits.failed;
}

void ks_door_history(const struct ks_tries *t, uint32_t opening, struct ks_door *door)
{
    const struct ks_try *o = &t->at[opening];
    const struct ks_link *link = &t->links[o->link];
    const struct ks_place *place = &t->places[o->place];
    door->closes |= link->last_closed >= o->time;
    door->was_closed |= ks_link_closed_before(t, link, o->time);
    door->shut_to_others |= place->n - place->open > link->n - link->open;
}

/* How the ports answered before and after they opened. What opens to others was closed only where most of it
 * was: of so many, some port always is. */
static void find_history(const struct ks_tries *t, const struct ks_candidate *c, struct ks_door *door)
{
    size_t closed = 0;
    for (size_t i = 0; door->there && i < c->n; i++) {
        if (door->tries[i] == KS_NONE)
            continue;
        struct ks_door one = {0};
        ks_door_history(t, door->tries[i], &one);
        closed += one.was_closed;
        door->shut_to_others |= one.shut_to_others;
        door->closes |= one.closes;
    }
    door->was_closed = door->others ? 2 * closed > door->hits : closed > 0;
}

/* ln of the largest p at which an opening counts. After each activation of a sequence that is a knock beyond
 * doubt, one is to be expected: less has to be shown where the port was never open before. */
static double ln_limit(const struct ks_candidate *c, const struct ks_door *door)
{
    if (door->others)
        return log(0.01);
    if (door->hits * 4 < c->n) /* rarely */
        return log(0.005);
    return c->ln_p < -12 && door->hits == c->n && door->before == 0 ? log(0.3) : log(0.05);
}

struct ks_status ks_door_find(const struct ks_hunt *hunt, const struct ks_candidate *c, struct ks_door *out)
{
    *out = (struct ks_door){0};
    out->tries = ks_alloc(c->n + 1, sizeof *out->tries);
    if (out->tries == NULL)
        return ks_nomem("the openings");
    for (size_t i = 0; i < c->n; i++)
        out->tries[i] = KS_NONE;
    bool done = true;
    if (!c->mixed)
        done = search(hunt, c, KS_KNOCKER, out);
    done = done && search(hunt, c, KS_TARGET, out);
    if (done && (!out->there || out->ln_p > log(1e-3) || out->ln_p > -LOOSE * (double)out->hits)) {
        struct ks_door other = *out;
        other.there = false;
        other.tries = ks_alloc(c->n + 1, sizeof *other.tries);
        done = other.tries != NULL && search(hunt, c, KS_ANYONE, &other);
        if (done && other.there && (!out->there || other.claim + 3 < out->claim)) {
            ks_free(out->tries);
            *out = other;
        } else {
            ks_free(other.tries);
        }
    }
    if (!done)
        return ks_nomem("the openings");
    /* What opens after one activation in many is no door; to others, after less than half of them. */
    bool seldom = out->hits * (out->others ? 2 : 5) < c->n;
    if (out->there && (seldom || out->ln_p > ln_limit(c, out))) {
        out->there = false;
        for (size_t i = 0; i < c->n; i++)
            out->tries[i] = KS_NONE;
    }
    bool named = out->there;
    for (enum ks_who who = c->mixed ? KS_ANYONE : KS_KNOCKER; !named && done && who <= KS_TARGET; who++) {
        done = name_weakly(hunt, c, who, out);
        named = out->weak;
    }
    if (!done)
        return ks_nomem("the openings");
    if (out->there && out->hits < c->n && !name_others(hunt, c, out))
        return ks_nomem("the openings");
    find_history(hunt->t, c, out);
    return ks_ok();
}

void ks_door_free(struct ks_door *door)
{
    ks_free(door->tries);
    door->tries = NULL;
}
