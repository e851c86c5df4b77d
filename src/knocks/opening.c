#include "knocks/opening.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stats/association.h"

enum { WALK = 20000 };

/* How likely a port that is tried in vain just before a knock answers after it, but for the knock. */
#define FLIPS 0.1

/* An answered attempt in the time after an activation. */
struct hit {
    uint32_t place, activation, try;
    int64_t after;
    double chance; /* ln of the chance that a port of its range opens so soon; set by choose */
    bool taken;    /* the one of its activation that is least due to chance; set by choose */
};

struct hits {
    struct hit *at;
    size_t n, cap;
    bool failed;
};

/* Whose answered attempts count: the knocking source's, anyone's, or the target's own towards the source. */
enum who { KNOCKER, ANYONE, TARGET };

static bool is_port_of(const struct ks_candidate *c, uint32_t place, bool but_last)
{
    for (size_t j = 0; j + but_last < c->m; j++)
        if (c->place[j] == place)
            return true;
    return false;
}

static void add(struct hits *hits, struct hit hit)
{
    if (hits->failed || !ks_reserve((void **)&hits->at, &hits->cap, hits->n + 1, sizeof *hits->at)) {
        hits->failed = true;
        return;
    }
    hits->at[hits->n++] = hit;
}

/* The first position in order[first..first+n) whose time is later than `time`. */
static uint32_t after(const struct ks_tries *t, const uint32_t *order, uint32_t first, uint32_t n,
                      int64_t time)
{
    uint32_t low = first, high = first + n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (t->at[order[middle]].time <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Gathers the answered attempts in the window after activation i. */
static void gather(const struct ks_hunt *hunt, const struct ks_candidate *c, size_t i, enum who who,
                   struct hits *hits)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_occurrence *o = &c->at[i];
    const struct ks_try *last = &t->at[o->last];
    int64_t until = last->time + hunt->follow;
    for (size_t k = i + 1; k < c->n; k++) {
        const struct ks_try *next = &t->at[c->at[k].first];
        if (next->time >= until)
            break;
        if (c->mixed || who == ANYONE || next->pair == last->pair) {
            until = next->time;
            break;
        }
    }
    const uint32_t *order = t->by_pair;
    uint32_t first, end;
    if (who == TARGET) {
        uint32_t pair = ks_tries_pair(t, t->goals[c->goal].host, ks_try_source(t, last));
        if (pair == KS_NONE)
            return;
        end = t->pairs[pair].first + t->pairs[pair].n;
        first = after(t, order, t->pairs[pair].first, t->pairs[pair].n, last->time);
    } else if (who == KNOCKER) {
        first = last->at_pair + 1;
        end = t->pairs[last->pair].first + t->pairs[last->pair].n;
    } else {
        order = t->by_goal;
        first = last->at_goal + 1;
        end = t->goals[c->goal].first + t->goals[c->goal].n;
    }
    for (uint32_t p = first; p < end && p < first + WALK; p++) {
        const struct ks_try *x = &t->at[order[p]];
        if (x->time >= until)
            break;
        if (x->outcome == KS_OPEN && !is_port_of(c, x->place, true))
            add(hits, (struct hit){.place = x->place,
                                   .activation = (uint32_t)i,
                                   .try = order[p],
                                   .after = x->time - last->time});
    }
}

static int by_place(const void *x, const void *y)
{
    const struct hit *a = x, *b = y;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    if (a->activation != b->activation)
        return a->activation < b->activation ? -1 : 1;
    return (a->after > b->after) - (a->after < b->after);
}

/* Answered attempts at a place, by the pairs that knock (or by anyone), in all and before a time. */
static void count_open(const struct ks_tries *t, const struct ks_candidate *c, const struct hit *hits,
                       size_t n, enum who who, uint32_t *all, uint32_t *before)
{
    int64_t start = t->at[c->at[0].last].time;
    *all = *before = 0;
    if (who == ANYONE) {
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
static bool flips(const struct ks_tries *t, const struct ks_candidate *c, const struct hit *hit)
{
    const struct ks_link *link = &t->links[t->at[hit->try].link];
    bool closed = false;
    for (uint32_t i = link->first; i < link->first + link->n && t->by_link[i] < hit->try; i++) {
        const struct ks_try *x = &t->at[t->by_link[i]];
        closed = ks_try_closed(t, x) && t->at[c->at[hit->activation].first].time - x->time < 120 * KS_SECOND;
    }
    return closed;
}

/* Judges one place's hits; takes it when it is the least due to chance so far. Other than chance: a port that
 * was used before the first activation was not opened by it. */
static void weigh(const struct ks_tries *t, const struct ks_candidate *c, const struct hit *hits, size_t n,
                  size_t groups, enum who who, struct ks_door *door)
{
    uint32_t all, before;
    count_open(t, c, hits, n, who, &all, &before);
    double sum = 0;
    size_t seen = 0;
    for (size_t h = 0; h < n; h++)
        seen += h == 0 || hits[h].activation != hits[h - 1].activation;
    /* What follows an opening may be many connections over the open door: they count less than what comes
     * before. */
    double outside = all > seen + before ? (double)all - (double)seen - before : 0;
    double rate = (before + 0.3 * outside + 0.5) / t->seconds;
    for (size_t h = 0; h < n; h++) {
        if (h > 0 && hits[h].activation == hits[h - 1].activation)
            continue;
        sum += log(-expm1(-rate * ((double)hits[h].after / 1e9 + 0.05)));
        if (flips(t, c, &hits[h]))
            sum += log(FLIPS);
    }
    double ln_p =
        log((double)groups) + ks_combined_ln_p(seen, sum) + ks_ln_choose((double)c->n, (double)seen);
    if (t->places[hits[0].place].item >> 16 == KS_UDP || (who != TARGET && !ks_try_sends(t, hits[0].try)))
        ln_p += 4; /* any answered datagram looks like that; and who opens a port uses it */
    if (door->there && ln_p >= door->ln_p)
        return;
    door->there = true;
    door->place = hits[0].place;
    door->back = who == TARGET;
    door->others = who == ANYONE;
    door->ln_p = ln_p;
    door->hits = seen;
    door->before = before;
    for (size_t i = 0; i < c->n; i++)
        door->tries[i] = KS_NONE;
    for (size_t h = n; h-- > 0;)
        door->tries[hits[h].activation] = hits[h].try;
}

/* The first answered attempt at its link, that is a port new to the source. */
static bool is_new(const struct ks_tries *t, uint32_t number, bool anyone)
{
    if (anyone && t->at[number].time != t->places[t->at[number].place].first_open)
        return false;
    return t->links[t->at[number].link].first_open == number;
}

/* How many ports of a range become open to the pairs that knock, the candidate's own left out. */
static uint32_t new_ports(const struct ks_tries *t, const struct ks_candidate *c, unsigned range)
{
    uint32_t n = 0, last = KS_NONE;
    for (size_t i = 0; i < c->n; i++) {
        uint32_t pair = t->at[c->at[i].last].pair;
        for (uint32_t l = t->pairs[pair].first_link;
             pair != last && l < t->pairs[pair].first_link + t->pairs[pair].n_links; l++)
            n += t->links[l].open > 0 && ks_port_range(t->places[t->links[l].place].item) == range &&
                 !is_port_of(c, t->links[l].place, false);
        last = pair;
    }
    return n;
}

static int by_activation(const void *x, const void *y)
{
    const struct hit *a = x, *b = y;
    if (a->activation != b->activation)
        return a->activation < b->activation ? -1 : 1;
    return (a->after > b->after) - (a->after < b->after);
}

/* Takes, of each activation's hits (sorted by activation), the one least due to chance: ports open at
 * different rates in different ranges, `rate` per second. Counts the taken ones by range and adds up how long
 * after the knocks they come; returns the sum of their chances' logarithms. */
static double take_least(const struct ks_tries *t, struct hit *at, size_t n, const double rate[3],
                         uint32_t taken[3], double *after)
{
    double sum = 0;
    *after = 0;
    taken[0] = taken[1] = taken[2] = 0;
    for (size_t i = 0, end; i < n; i = end) {
        size_t best = i;
        for (end = i; end < n && at[end].activation == at[i].activation; end++) {
            double seconds = (double)at[end].after / 1e9 + 0.05;
            at[end].chance = log(-expm1(-rate[ks_port_range(t->places[at[end].place].item)] * seconds));
            at[end].taken = false;
            if (at[end].chance < at[best].chance)
                best = end;
        }
        at[best].taken = true;
        taken[ks_port_range(t->places[at[best].place].item)]++;
        *after += (double)at[best].after / 1e9;
        sum += at[best].chance;
    }
    return sum;
}

/* The same, by the rates at which ports open (all: how many do, by range) apart from those that are taken, in
 * the time that does not lie between a knock and what is taken. */
static double choose(const struct ks_tries *t, struct hit *at, size_t n, const uint32_t all[3])
{
    double rate[3], after;
    uint32_t taken[3];
    for (unsigned r = 0; r < 3; r++)
        rate[r] = (all[r] + 0.5) / t->seconds;
    take_least(t, at, n, rate, taken, &after);
    double rest = t->seconds - after > t->seconds / 4 ? t->seconds - after : t->seconds / 4;
    for (unsigned r = 0; r < 3; r++)
        rate[r] = ((all[r] > taken[r] ? all[r] - taken[r] : 0) + 0.5) / rest;
    return take_least(t, at, n, rate, taken, &after);
}

/* A knock may open another port each time: weighs the ports that become open to the source for the first
 * time, soonest after each activation, as if they were one. */
static void weigh_new(const struct ks_tries *t, const struct ks_candidate *c, struct hits *hits, bool anyone,
                      struct ks_door *door)
{
    size_t kept = 0;
    for (size_t i = 0; i < hits->n; i++)
        if (is_new(t, hits->at[i].try, anyone))
            hits->at[kept++] = hits->at[i];
    if (kept == 0)
        return;
    qsort(hits->at, kept, sizeof *hits->at, by_activation);
    uint32_t all[3];
    for (unsigned r = 0; r < 3; r++)
        all[r] = anyone ? t->goals[c->goal].open_links[r] : new_ports(t, c, r);
    size_t seen = 0;
    double sum = choose(t, hits->at, kept, all);
    for (size_t i = 0; i < kept; i++)
        if (hits->at[i].taken)
            hits->at[seen++] = hits->at[i];
    kept = seen;
    double ln_p = log(2) + ks_combined_ln_p(seen, sum) + ks_ln_choose((double)c->n, (double)seen);
    if (door->there && ln_p + 2 >= door->ln_p)
        return;
    *door = (struct ks_door){.there = true,
                             .varying = true,
                             .others = anyone,
                             .place = hits->at[0].place,
                             .ln_p = ln_p,
                             .hits = seen,
                             .tries = door->tries};
    for (size_t i = 0; i < c->n; i++)
        door->tries[i] = KS_NONE;
    for (size_t i = kept; i-- > 0;)
        door->tries[hits->at[i].activation] = hits->at[i].try;
}

static bool search(const struct ks_hunt *hunt, const struct ks_candidate *c, enum who who,
                   struct ks_door *door)
{
    struct hits hits = {0};
    for (size_t i = 0; i < c->n; i++)
        gather(hunt, c, i, who, &hits);
    if (!hits.failed && hits.n > 0) {
        qsort(hits.at, hits.n, sizeof *hits.at, by_place);
        size_t groups = 0;
        for (size_t i = 0; i < hits.n; i++)
            groups += i == 0 || hits.at[i].place != hits.at[i - 1].place;
        for (size_t i = 0, end; i < hits.n; i = end) {
            for (end = i; end < hits.n && hits.at[end].place == hits.at[i].place; end++)
                ;
            weigh(hunt->t, c, &hits.at[i], end - i, groups, who, door);
        }
        if (who != TARGET)
            weigh_new(hunt->t, c, &hits, who == ANYONE, door);
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

/* A knock may open now this port, now that one: names, for the activations that the port was not found after,
 * the first other one that opens about as soon after it. */
static bool name_others(const struct ks_hunt *hunt, const struct ks_candidate *c, struct ks_door *door)
{
    const struct ks_tries *t = hunt->t;
    int64_t longest = 0;
    for (size_t i = 0; i < c->n; i++)
        if (door->tries[i] != KS_NONE) {
            int64_t after = t->at[door->tries[i]].time - t->at[c->at[i].last].time;
            longest = after > longest ? after : longest;
        }
    struct hits hits = {0};
    for (size_t i = 0; i < c->n; i++) {
        if (door->tries[i] != KS_NONE)
            continue;
        hits.n = 0;
        gather(hunt, c, i, door->back ? TARGET : door->others ? ANYONE : KNOCKER, &hits);
        for (size_t h = 0; h < hits.n && door->tries[i] == KS_NONE; h++)
            if (hits.at[h].after <= 2 * longest + 2 * KS_SECOND && opens(t, hits.at[h].try)) {
                door->tries[i] = hits.at[h].try;
                door->hits++;
            }
    }
    ks_free(hits.at);
    return !hits.failed;
}

/* How many ports of a range the target opens to those who knock, at their machines. */
static uint32_t back_ports(const struct ks_tries *t, const struct ks_candidate *c, unsigned range)
{
    uint32_t n = 0, last = KS_NONE;
    for (size_t i = 0; i < c->n; i++) {
        uint32_t pair = ks_tries_pair(t, t->goals[c->goal].host, ks_try_source(t, &t->at[c->at[i].last]));
        n += pair != KS_NONE && pair != last ? t->pairs[pair].open_links[range] : 0;
        last = pair;
    }
    return n;
}

/* Names what opened anew after most activations although chance could explain it: the analyst is to see it,
 * the rank does not count it. */
static bool name_weakly(const struct ks_hunt *hunt, const struct ks_candidate *c, enum who who,
                        struct ks_door *door)
{
    const struct ks_tries *t = hunt->t;
    struct hits hits = {0};
    uint32_t all[3];
    size_t kept = 0, likely = 0;
    for (size_t i = 0; i < c->n; i++)
        gather(hunt, c, i, who, &hits);
    for (size_t i = 0; i < hits.n; i++) {
        const struct hit *h = &hits.at[i];
        const struct ks_place *place = &t->places[h->place];
        const struct ks_link *link = &t->links[t->at[h->try].link];
        bool first = place->first_open == t->at[h->try].time; /* for anyone */
        bool rare = place->open <= c->n + 1;                  /* hardly used but after the knock */
        if (link->open > 3 * c->n + 3)                        /* a service that answers at times */
            continue;
        if (who == TARGET || rare ||
            (answers_anew(t, h->try) &&
             (first || (!is_udp(t, h->place) && (who == KNOCKER || link->first_open != h->try)))))
            hits.at[kept++] = *h;
    }
    if (kept > 0) {
        qsort(hits.at, kept, sizeof *hits.at, by_activation);
        for (unsigned r = 0; r < 3; r++)
            all[r] = who == TARGET   ? back_ports(t, c, r)
                     : who == ANYONE ? t->goals[c->goal].open_links[r]
                                     : new_ports(t, c, r);
        choose(t, hits.at, kept, all);
        for (size_t i = 0; i < kept; i++) /* any answered datagram looks like an opening */
            likely += hits.at[i].taken &= hits.at[i].chance < log(is_udp(t, hits.at[i].place) ? 0.2 : 0.35);
    }
    if (likely > 1 && likely * 10 >= c->n * 7 && !hits.failed) {
        door->weak = true;
        door->back = who == TARGET;
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
    bool closed = false;
    for (uint32_t i = link->first; i < link->first + link->n; i++) {
        const struct ks_try *x = &t->at[t->by_link[i]];
        if (x->time < o->time)
            closed = ks_try_closed(t, x);
        else if (ks_try_closed(t, x))
            door->closes = true;
    }
    door->was_closed |= closed;
    door->shut_to_others |= place->n - place->open > link->n - link->open;
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
        done = search(hunt, c, KNOCKER, out);
    done = done && search(hunt, c, TARGET, out);
    if (done && (!out->there || out->ln_p > log(1e-3))) {
        struct ks_door other = *out;
        other.there = false;
        other.tries = ks_alloc(c->n + 1, sizeof *other.tries);
        done = other.tries != NULL && search(hunt, c, ANYONE, &other);
        if (done && other.there && (!out->there || other.ln_p + 3 < out->ln_p)) {
            ks_free(out->tries);
            *out = other;
        } else {
            ks_free(other.tries);
        }
    }
    if (!done)
        return ks_nomem("the openings");
    bool seldom = out->hits * 5 < c->n; /* what opens after one activation in many is no door */
    if (out->there && (seldom || out->ln_p > ln_limit(c, out))) {
        out->there = false;
        for (size_t i = 0; i < c->n; i++)
            out->tries[i] = KS_NONE;
    }
    bool named = out->there;
    for (enum who who = c->mixed ? ANYONE : KNOCKER; !named && done && who <= TARGET; who++) {
        done = name_weakly(hunt, c, who, out);
        named = out->weak;
    }
    if (!done)
        return ks_nomem("the openings");
    if (out->there && out->hits < c->n && !name_others(hunt, c, out))
        return ks_nomem("the openings");
    for (size_t i = 0; out->there && i < c->n; i++)
        if (out->tries[i] != KS_NONE)
            ks_door_history(hunt->t, out->tries[i], out);
    return ks_ok();
}

void ks_door_free(struct ks_door *door)
{
    ks_free(door->tries);
    door->tries = NULL;
}
