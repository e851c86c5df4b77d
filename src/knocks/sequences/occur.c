/* All activations of a sequence: exact ones by an automaton, near misses by alignment. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/sequences/candidate.h"

/* Tries at the candidate's places, in stream order. */
struct relevant {
    uint32_t *at;
    size_t n, cap;
    bool *taken;
};

static int64_t widest_gap(const struct ks_tries *t, const struct ks_candidate *c)
{
    int64_t widest = 0;
    for (size_t i = 0; i < c->n; i++) {
        int64_t before = INT64_MIN;
        for (size_t j = 0; j < KS_KNOCK_MAX; j++) {
            if (c->at[i].tries[j] == KS_NONE)
                continue;
            int64_t time = t->at[c->at[i].tries[j]].time;
            if (before != INT64_MIN && time - before > widest)
                widest = time - before;
            before = time;
        }
    }
    return widest;
}

/* Whether some attempt of the candidate got no answer: who waits for one tries the next port seconds later. */
static bool waits(const struct ks_tries *t, const struct ks_candidate *c)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t j = 0; j < c->m; j++)
            if (c->at[i].tries[j] != KS_NONE && ks_try_waits(t, c->at[i].tries[j]))
                return true;
    return false;
}

int64_t ks_activations_gap(const struct ks_hunt *hunt, const struct ks_candidate *c)
{
    int64_t widest = widest_gap(hunt->t, c);
    int64_t gap = widest > hunt->gap / 3 ? hunt->gap : 3 * widest;
    int64_t least = waits(hunt->t, c) ? KS_WAIT : 2 * KS_SECOND;
    return gap < least ? least : gap;
}

static size_t distinct_places(const struct ks_candidate *c, uint32_t *out)
{
    size_t n = 0;
    for (size_t j = 0; j < c->m; j++) {
        bool seen = false;
        for (size_t i = 0; i < n && !seen; i++)
            seen = out[i] == c->place[j];
        if (!seen)
            out[n++] = c->place[j];
    }
    return n;
}

static int by_number(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* Sorts numbers, most of which are in order already. */
static void sort_numbers(uint32_t *at, size_t n)
{
    enum { FEW = 24 };
    for (size_t i = 1; i < n; i++) {
        if (at[i] >= at[i - 1])
            continue;
        if (n > FEW) {
            qsort(at, n, sizeof *at, by_number);
            return;
        }
        uint32_t new = at[i];
        size_t to = i;
        for (; to > 0 && at[to - 1] > new; to--)
            at[to] = at[to - 1];
        at[to] = new;
    }
}

static bool add(struct relevant *r, uint32_t number)
{
    if (!ks_reserve((void **)&r->at, &r->cap, r->n + 1, sizeof *r->at))
        return false;
    r->at[r->n++] = number;
    return true;
}

/* Adds the tries first..first+n of an order that are fresh and free. */
static bool add_all(const struct ks_hunt *hunt, struct relevant *r, const uint32_t *order, uint32_t first,
                    uint32_t n)
{
    for (uint32_t i = first; i < first + n; i++)
        if (!hunt->t->at[order[i]].repeat && !hunt->used[order[i]] && !add(r, order[i]))
            return false;
    return true;
}

/* The pairs that tried one of the two rarest places of the candidate. */
static bool pairs_of(const struct ks_hunt *hunt, const struct ks_candidate *c, struct relevant *pairs)
{
    const struct ks_tries *t = hunt->t;
    uint32_t places[KS_KNOCK_MAX];
    size_t n = distinct_places(c, places);
    for (size_t round = 0; round < 2 && round < n; round++) {
        size_t best = round;
        for (size_t i = round + 1; i < n; i++)
            if (t->places[places[i]].n < t->places[places[best]].n)
                best = i;
        uint32_t place = places[best];
        places[best] = places[round];
        places[round] = place;
        for (uint32_t i = t->places[place].first; i < t->places[place].first + t->places[place].n; i++) {
            uint32_t pair = t->at[t->by_place[i]].pair;
            if ((pairs->n == 0 || pairs->at[pairs->n - 1] != pair) && !add(pairs, pair))
                return false;
        }
    }
    sort_numbers(pairs->at, pairs->n);
    size_t kept = 0;
    for (size_t i = 0; i < pairs->n; i++)
        if (i == 0 || pairs->at[i] != pairs->at[i - 1])
            pairs->at[kept++] = pairs->at[i];
    pairs->n = kept;
    return true;
}

/* An unfinished activation that has the candidate's first ports. */
struct chain {
    uint32_t tries[KS_KNOCK_MAX];
    bool there;
};

static bool emit(const struct ks_tries *t, struct ks_candidate *c, const uint32_t *tries)
{
    struct ks_occurrence o = {.first = KS_NONE, .in_order = true};
    for (size_t j = 0; j < KS_KNOCK_MAX; j++)
        o.tries[j] = KS_NONE;
    for (size_t j = 0; j < c->m; j++) {
        o.tries[j] = tries[j];
        if (tries[j] == KS_NONE) {
            o.missing++;
            continue;
        }
        if (o.first == KS_NONE) {
            o.first = o.last = tries[j];
            continue;
        }
        if (t->at[tries[j]].time < t->at[o.last].time || tries[j] < o.last)
            o.in_order = false;
        if (tries[j] < o.first)
            o.first = tries[j];
        if (tries[j] > o.last)
            o.last = tries[j];
    }
    return ks_occurrence_add(c, &o);
}

/* Exact activations that do not overlap, latest start first, in a stretch of one stream. */
static bool exact(const struct ks_tries *t, struct ks_candidate *c, struct relevant *r, int64_t gap)
{
    struct chain chain[KS_KNOCK_MAX] = {0};
    for (size_t i = 0; i < r->n; i++) {
        const struct ks_try *x = &t->at[r->at[i]];
        for (size_t j = c->m; j-- > 0;) {
            if (c->place[j] != x->place)
                continue;
            if (j > 0) {
                if (!chain[j - 1].there || x->time - t->at[r->at[chain[j - 1].tries[j - 1]]].time > gap)
                    continue;
                chain[j] = chain[j - 1];
            }
            chain[j].there = true;
            chain[j].tries[j] = (uint32_t)i;
        }
        if (!chain[c->m - 1].there)
            continue;
        uint32_t tries[KS_KNOCK_MAX];
        for (size_t j = 0; j < c->m; j++) {
            r->taken[chain[c->m - 1].tries[j]] = true;
            tries[j] = r->at[chain[c->m - 1].tries[j]];
        }
        if (!emit(t, c, tries))
            return false;
        for (size_t j = 0; j < c->m; j++)
            chain[j].there = false;
    }
    return true;
}

enum { CLUSTER = 48 };

/* The longest common subsequence of the candidate and a cluster: fills tries (KS_NONE where missing), returns
 * its length. */
static size_t align(const struct ks_tries *t, const struct ks_candidate *c, const uint32_t *cluster, size_t n,
                    uint32_t *tries)
{
    uint8_t length[KS_KNOCK_MAX + 1][CLUSTER + 1] = {{0}};
    for (size_t j = c->m; j-- > 0;)
        for (size_t i = n; i-- > 0;) {
            uint8_t best = length[j + 1][i] > length[j][i + 1] ? length[j + 1][i] : length[j][i + 1];
            if (t->at[cluster[i]].place == c->place[j] && length[j + 1][i + 1] + 1 > best)
                best = (uint8_t)(length[j + 1][i + 1] + 1);
            length[j][i] = best;
        }
    size_t j = 0, i = 0;
    for (size_t k = 0; k < c->m; k++)
        tries[k] = KS_NONE;
    while (j < c->m && i < n) {
        if (t->at[cluster[i]].place == c->place[j] && length[j][i] == length[j + 1][i + 1] + 1) {
            tries[j] = cluster[i];
            j++;
            i++;
        } else if (length[j + 1][i] >= length[j][i + 1]) {
            j++;
        } else {
            i++;
        }
    }
    return length[0][0];
}

/* In another order: the first try of each port. Returns how many ports are there. */
static size_t unordered(const struct ks_tries *t, const struct ks_candidate *c, const uint32_t *cluster,
                        size_t n, uint32_t *tries)
{
    bool taken[CLUSTER] = {false};
    size_t there = 0;
    for (size_t j = 0; j < c->m; j++) {
        tries[j] = KS_NONE;
        for (size_t i = 0; i < n && tries[j] == KS_NONE; i++)
            if (!taken[i] && t->at[cluster[i]].place == c->place[j]) {
                taken[i] = true;
                tries[j] = cluster[i];
                there++;
            }
    }
    return there;
}

static bool near_miss(const struct ks_tries *t, struct ks_candidate *c, const uint32_t *cluster, size_t n)
{
    size_t may_miss = c->m < 4 ? 1 : c->m / 4;
    size_t need = c->m - may_miss;
    if (n < need)
        return true;
    uint32_t tries[KS_KNOCK_MAX];
    size_t ordered = align(t, c, cluster, n, tries);
    if (ordered >= need)
        return emit(t, c, tries);
    if (ordered + 1 + c->m / 3 >= c->m && ordered >= 2 && unordered(t, c, cluster, n, tries) == c->m)
        return emit(t, c, tries);
    return true;
}

/* Activations with a port missing or in another order among what exact ones left. */
static bool near_misses(const struct ks_tries *t, struct ks_candidate *c, const struct relevant *r,
                        int64_t gap)
{
    uint32_t cluster[CLUSTER];
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (r->taken[i])
            continue;
        if (n > 0 && (t->at[r->at[i]].time - t->at[cluster[n - 1]].time > gap || n == CLUSTER)) {
            if (!near_miss(t, c, cluster, n))
                return false;
            n = 0;
        }
        cluster[n++] = r->at[i];
    }
    return n == 0 || near_miss(t, c, cluster, n);
}

static int by_first(const void *x, const void *y)
{
    const struct ks_occurrence *a = x, *b = y;
    return (a->first > b->first) - (a->first < b->first);
}

/* Looks through one stretch of the stream whose relevant tries are in r. */
static bool look(struct ks_hunt *hunt, struct ks_candidate *c, struct relevant *r, int64_t gap)
{
    ks_charge(hunt, 10 + 4 * r->n);
    if (r->n < 2)
        return true;
    sort_numbers(r->at, r->n);
    ks_free(r->taken);
    r->taken = ks_zalloc(r->n, sizeof *r->taken);
    if (r->taken == NULL)
        return false;
    size_t before = c->n;
    if (!exact(hunt->t, c, r, gap))
        return false;
    (void)before;
    return c->m < 3 || near_misses(hunt->t, c, r, gap);
}

/* Whether a port that opens `after` a near miss opens about as soon after most whole activations, or but once or
 * twice at all, where not many do. */
static bool is_door(const struct ks_tries *t, const struct ks_candidate *c, const struct ks_link *link,
                    int64_t after)
{
    size_t whole = 0, opens = 0;
    double open = t->pairs[link->pair].open_links[t->places[link->place].range];
    if (link->open <= 2 && open * (double)after / 1e9 < t->seconds / 10)
        return true;
    for (size_t i = 0; i < c->n; i++) {
        if (c->at[i].missing > 0 || !c->at[i].in_order)
            continue;
        whole++;
        bool again = false;
        for (uint32_t k = link->first; k < link->first + link->n && !again; k++) {
            const struct ks_try *x = &t->at[t->by_link[k]];
            int64_t later = x->time - t->at[c->at[i].last].time;
            again = x->outcome == KS_OPEN && later > 0 && later <= 3 * after + KS_SECOND;
        }
        opens += again;
    }
    return opens * 2 > whole;
}

/* Whether between two attempts of a pair a port was used that was not open before the candidate's first
 * activation, and that opens after others too: then the first of them went right. */
static bool opens_before(const struct ks_tries *t, const struct ks_candidate *c, uint32_t from, uint32_t to)
{
    for (uint32_t p = t->at[from].at_pair + 1; p < t->at[to].at_pair; p++) {
        const struct ks_try *x = &t->at[t->by_pair[p]];
        if (x->outcome == KS_OPEN && ks_try_sends(t, t->by_pair[p]) && !t->places[x->place].busy &&
            t->links[x->link].first_open > c->at[0].first && is_door(t, c, &t->links[x->link], x->time - t->at[from].time))
            return true;
    }
    return false;
}

/* Whether the source of an activation has a whole one, too. */
static bool is_known(const struct ks_tries *t, const struct ks_candidate *c, const struct ks_occurrence *o)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->at[i].missing == 0 && c->at[i].in_order && t->at[c->at[i].first].pair == t->at[o->first].pair)
            return true;
    return false;
}

/* Takes out near misses by sources that never did it whole and for whom nothing opens: two or three of its ports are
 * soon tried by a scanner. */
static void drop_unknown(struct ks_hunt *hunt, struct ks_candidate *c)
{
    enum { MANY = 4, MOST = 1000 };
    if (c->mixed)
        return;
    for (size_t i = 0; i < c->n; i++) {
        struct ks_occurrence *o = &c->at[i];
        bool whole = o->missing == 0 && o->in_order;
        if (!whole && c->m - o->missing < MANY && !is_known(hunt->t, c, o) &&
            (c->n > MOST || !ks_opens_alike(hunt, c, o)))
            o->missing = (uint8_t)c->m;
    }
    size_t kept = 0;
    for (size_t i = 0; i < c->n; i++)
        if (c->at[i].missing < c->m)
            c->at[kept++] = c->at[i];
    c->n = kept;
}

/* Whether an activation is a whole one sent once more: each of its ports again within seconds. */
static bool is_echo(const struct ks_tries *t, const struct ks_candidate *c, const struct ks_occurrence *whole,
                    const struct ks_occurrence *o)
{
    bool echo = whole->missing == 0 && whole->in_order;
    for (size_t j = 0; j < c->m && echo; j++) {
        if (o->tries[j] == KS_NONE)
            continue;
        const struct ks_try *first = &t->at[whole->tries[j]], *again = &t->at[o->tries[j]];
        echo = first->pair == again->pair && first->time < again->time && again->time - first->time <= 3 * KS_SECOND;
    }
    return echo;
}

/* Takes out what went wrong and was done again at once, rightly, or was sent once more in part: they are no
 * activations. */
static void drop_false_starts(const struct ks_tries *t, struct ks_candidate *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct ks_occurrence *o = &c->at[i];
        const struct ks_try *last = &t->at[o->last];
        bool again = o->missing > 0 && kept > 0 && is_echo(t, c, &c->at[kept - 1], o);
        for (size_t k = i + 1; k < c->n && (o->missing > 0 || !o->in_order) && !again; k++) {
            const struct ks_try *next = &t->at[c->at[k].first];
            if (next->time - last->time > 30 * KS_SECOND)
                break;
            again = c->at[k].missing == 0 && c->at[k].in_order &&
                    (c->mixed || (next->pair == last->pair && !opens_before(t, c, o->last, c->at[k].first)));
        }
        if (!again)
            c->at[kept++] = *o;
    }
    c->n = kept;
}

struct ks_status ks_activations_find(struct ks_hunt *hunt, struct ks_candidate *c)
{
    const struct ks_tries *t = hunt->t;
    int64_t gap = ks_activations_gap(hunt, c);
    struct relevant r = {0}, pairs = {0};
    uint32_t places[KS_KNOCK_MAX];
    size_t n = distinct_places(c, places);
    bool done = true;
    c->n = 0;
    if (c->mixed) {
        for (size_t i = 0; i < n && done; i++)
            done = add_all(hunt, &r, t->by_place, t->places[places[i]].first, t->places[places[i]].n);
        done = done && look(hunt, c, &r, gap);
    } else {
        done = pairs_of(hunt, c, &pairs);
        for (size_t p = 0; p < pairs.n && done; p++) {
            r.n = 0;
            for (size_t i = 0; i < n && done; i++) {
                uint32_t link = ks_tries_link(t, pairs.at[p], places[i]);
                if (link != KS_NONE)
                    done = add_all(hunt, &r, t->by_link, t->links[link].first, t->links[link].n);
            }
            done = done && look(hunt, c, &r, gap);
        }
    }
    ks_free(r.at);
    ks_free(r.taken);
    ks_free(pairs.at);
    if (!done)
        return ks_nomem("the activations");
    bool ordered = true;
    for (size_t i = 1; i < c->n && ordered; i++)
        ordered = c->at[i - 1].first <= c->at[i].first;
    if (!ordered)
        qsort(c->at, c->n, sizeof *c->at, by_first);
    drop_unknown(hunt, c);
    drop_false_starts(t, c);
    return ks_ok();
}
