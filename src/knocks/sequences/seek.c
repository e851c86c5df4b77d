/* Seeds: ordered pairs of ports that recur close together at one target. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/sequences/memo.h"
#include "knocks/sequences/slots.h"
#include "knocks/sequences/trails.h"
#include "mining/sort.h"

enum { REACH = 8, MAX_SEEDS = 3000, PLAIN = 50, START = 50 };

struct seed {
    uint32_t a, b;    /* places */
    uint32_t count;   /* occurrences that do not overlap */
    uint32_t mixed;   /* of them with two sources */
    uint32_t end;     /* position of the last one's b, + 1 */
    uint32_t plain;   /* occurrences that are plain parts of a scan */
    uint32_t covered; /* occurrences of the largest candidate that has a before b */
    bool known;       /* both ports are services', or tried by many */
    bool odd;         /* of several sources, and no oftener than chance has it */
    double strength;
};

/* Seeds by their two places: open addressing over a growing list. */
struct seeds {
    struct seed *at;
    size_t n, cap;
    uint32_t *slot; /* number of a seed + 1, or 0 */
    size_t n_slots;
    uint64_t *once; /* the hunt's */
    size_t once_mask;
};

static size_t hash(uint32_t a, uint32_t b, size_t n_slots)
{
    uint64_t x = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15); /* a is in the upper half alone */
    return (size_t)(x >> 32 ^ x >> 12) & (n_slots - 1);
}

static bool rehash(struct seeds *s, size_t n_slots)
{
    uint32_t *slot = ks_zalloc(n_slots, sizeof *slot);
    if (slot == NULL)
        return false;
    for (size_t i = 0; i < s->n; i++) {
        size_t h = hash(s->at[i].a, s->at[i].b, n_slots);
        while (slot[h] != 0)
            h = (h + 1) & (n_slots - 1);
        slot[h] = (uint32_t)i + 1;
    }
    ks_free(s->slot);
    s->slot = slot;
    s->n_slots = n_slots;
    return true;
}

/* The seed of two places; a new one where there is none and `add`; NULL where there is none or memory is out.
 */
static struct seed *seed_of(struct seeds *s, uint32_t a, uint32_t b, bool add)
{
    if (s->n_slots > 0) {
        size_t h = hash(a, b, s->n_slots);
        while (s->slot[h] != 0) {
            struct seed *seed = &s->at[s->slot[h] - 1];
            if (seed->a == a && seed->b == b)
                return seed;
            h = (h + 1) & (s->n_slots - 1);
        }
    }
    if (!add || !ks_reserve((void **)&s->at, &s->cap, s->n + 1, sizeof *s->at))
        return NULL;
    if ((s->n + 1) * 2 > s->n_slots && !rehash(s, s->n_slots == 0 ? 1024 : s->n_slots * 2))
        return NULL;
    size_t h = hash(a, b, s->n_slots);
    while (s->slot[h] != 0)
        h = (h + 1) & (s->n_slots - 1);
    s->slot[h] = (uint32_t)s->n + 1;
    s->at[s->n] = (struct seed){.a = a, .b = b};
    return &s->at[s->n++];
}

/* Whether a pair of places was met before (now and then wrongly): those that come once never need a seed. */
static bool met(struct seeds *s, uint32_t a, uint32_t b)
{
    uint64_t x = ((uint64_t)a << 32 | b) * UINT64_C(0xd6e8feb86659fd93);
    x ^= x >> 32;
    uint64_t *word = &s->once[(x >> 6) & s->once_mask], bit = UINT64_C(1) << (x & 63);
    bool there = (*word & bit) != 0;
    *word |= bit;
    return there;
}

/* Room for the pairs of so many attempts, empty. */
static bool make_once(struct ks_hunt *hunt, struct seeds *s, size_t pairs)
{
    enum { MOST = 1 << 18 }; /* 2 MiB stay in a cache */
    size_t words = 16;
    while (words * 8 < pairs && words < MOST)
        words *= 2;
    if (!ks_reserve((void **)&hunt->once, &hunt->once_cap, words, sizeof *hunt->once))
        return false;
    memset(hunt->once, 0, words * sizeof *hunt->once);
    s->once = hunt->once;
    s->once_mask = words - 1;
    return true;
}

static void seeds_free(struct seeds *s)
{
    ks_free(s->at);
    ks_free(s->slot);
}

/* Counts the seeds in one stretch of a stream. */
static bool count_seeds(struct ks_hunt *hunt, struct seeds *s, bool mixed, uint32_t first, uint32_t n,
                        uint32_t reach)
{
    const struct ks_tries *t = hunt->t;
    const uint32_t *order = ks_stream_order(t, mixed);
    struct latest {
        uint32_t place, pair, at;
        int64_t time;
        bool plain;
    } window[REACH]; /* the last eligible tries, newest last */
    uint32_t have = 0;
    const uint64_t *may = mixed ? t->seed_goal : t->seed_pair;
    for (uint32_t i = ks_lean_after(may, first, first + n); i < first + n;
         i = ks_lean_after(may, i + 1, first + n)) {
        const struct ks_try *b = &t->at[order[i]];
        uint32_t back = b->plain ? 1 : reach;
        for (uint32_t w = have; w-- > 0 && back > 0; back--) {
            const struct latest *a = &window[w];
            if (b->time - a->time > hunt->gap)
                break;
            if (a->place == b->place)
                break; /* only the latest a before b, and none across b's own last occurrence */
            if ((a->plain || b->plain) && i - a->at > 1)
                continue; /* in a scan that repeats itself only neighbours count */
            if (!met(s, a->place, b->place))
                continue;
            size_t known = s->n;
            struct seed *seed = seed_of(s, a->place, b->place, true);
            if (seed == NULL)
                return false;
            if (s->n > known) { /* the first time was seen by `met` alone: taken to have been alike */
                seed->count = 1;
                seed->plain = a->plain && b->plain;
                seed->mixed = mixed;
            }
            if (a->at >= seed->end) {
                seed->count++;
                seed->mixed += a->pair != b->pair;
                seed->plain += a->plain && b->plain;
                seed->end = i + 1;
            }
        }
        if (have == reach) {
            memmove(window, window + 1, (reach - 1) * sizeof *window);
            have--;
        }
        window[have++] = (struct latest){b->place, b->pair, i, b->time, b->plain};
    }
    return true;
}

/* Where the seed occurs: each a with the first b after it, before the next a. */
static bool occurrences(struct ks_hunt *hunt, const struct seed *seed, struct ks_candidate *c)
{
    const struct ks_tries *t = hunt->t;
    enum { FAR = 4096 };
    const uint32_t *order = ks_stream_order(t, c->mixed);
    const uint64_t *fresh = c->mixed ? t->fresh_goal : t->fresh_pair;
    const struct ks_place *a = &t->places[seed->a];
    for (uint32_t i = a->first; i < a->first + a->n; i++) {
        const struct ks_try *x = &t->at[t->by_place[i]];
        if (x->repeat || (x->outcome == KS_OPEN && ks_try_sends(t, t->by_place[i])))
            continue;
        uint32_t begin, end, steps = 0;
        ks_stream_range(t, x, c->mixed, &begin, &end);
        begin = ks_stream_at(x, c->mixed) + 1;
        end = end - begin > FAR ? begin + FAR : end;
        for (uint32_t p = ks_lean_after(fresh, begin, end); p < end; p = ks_lean_after(fresh, p + 1, end)) {
            const struct ks_try *y = &t->at[order[p]];
            steps++;
            if (y->time - x->time > hunt->gap || y->place == seed->a)
                break;
            if (y->place != seed->b || (y->outcome == KS_OPEN && ks_try_sends(t, order[p])))
                continue;
            struct ks_occurrence o = {.first = t->by_place[i], .last = order[p], .in_order = true};
            for (size_t j = 0; j < KS_KNOCK_MAX; j++)
                o.tries[j] = KS_NONE;
            o.tries[0] = o.first;
            o.tries[1] = o.last;
            if (!ks_occurrence_add(c, &o))
                return false;
            break;
        }
        ks_charge(hunt, 1 + steps / 4);
    }
    return true;
}

static int by_gap(const void *x, const void *y)
{
    const int64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* Leaves out occurrences whose pause dwarfs the others': an a of one activation with the b of the next. */
static bool drop_outliers(const struct ks_tries *t, struct ks_candidate *c)
{
    int64_t *gaps = ks_alloc(c->n + 1, sizeof *gaps);
    if (gaps == NULL)
        return false;
    for (size_t i = 0; i < c->n; i++)
        gaps[i] = t->at[c->at[i].last].time - t->at[c->at[i].first].time;
    qsort(gaps, c->n, sizeof *gaps, by_gap);
    int64_t most = INT64_MAX, least = c->n > 0 && ks_try_waits(t, c->at[0].first) ? KS_WAIT / 20 : KS_SECOND / 20;
    for (size_t i = 2; i < c->n && most == INT64_MAX; i++)
        if (gaps[i] / 20 > (gaps[i - 1] > least ? gaps[i - 1] : least))
            most = gaps[i - 1];
    ks_free(gaps);
    size_t kept = 0;
    for (size_t i = 0; i < c->n; i++)
        if (t->at[c->at[i].last].time - t->at[c->at[i].first].time <= most)
            c->at[kept++] = c->at[i];
    c->n = kept;
    return true;
}

static int stronger(const void *x, const void *y)
{
    const struct seed *const *p = x, *const *q = y;
    const struct seed *a = *p, *b = *q;
    if (a->strength != b->strength)
        return a->strength < b->strength ? 1 : -1;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return (a->b > b->b) - (a->b < b->b);
}

/* Sorts seeds, strongest first. False: no memory. */
static bool sort_by_strength(struct seed **list, size_t n)
{
    enum { MANY = 256 }; /* fewer are sorted faster by comparing them */
    if (n < MANY) {
        qsort(list, n, sizeof(struct seed *), stronger);
        return true;
    }
    struct ks_keyed *by = ks_alloc(2 * n, sizeof *by);
    struct seed **old = ks_alloc(n, sizeof(struct seed *));
    bool done = by != NULL && old != NULL;
    for (size_t i = 0; i < n && done; i++)
        by[i] = (struct ks_keyed){(uint64_t)list[i]->a << 32 | list[i]->b, (uint32_t)i};
    done = done && ks_radix_sort(by, by + n, n, NULL);
    for (size_t i = 0; i < n && done; i++)
        by[i].key = ~ks_real_key(list[by[i].value]->strength);
    done = done && ks_radix_sort(by, by + n, n, NULL);
    if (done)
        memcpy(old, list, n * sizeof(struct seed *));
    for (size_t i = 0; i < n && done; i++)
        list[i] = old[by[i].value];
    ks_free(by);
    ks_free(old);
    return done;
}

/* Remembers that these pairs of places are explained by a candidate; in a branch, those that it grew from: what
 * its own ports belong to, they tell themselves. */
static void cover(struct ks_hunt *hunt, struct seeds *s, const struct ks_candidate *c)
{
    for (size_t i = 0; i < c->m; i++)
        if (hunt->held[c->place[i]] < c->n)
            hunt->held[c->place[i]] = (uint32_t)c->n;
    size_t own = c->trusted > 0 ? c->trusted : c->m;
    for (size_t i = 0; i < own; i++)
        for (size_t j = i + 1; j < c->m; j++) {
            struct seed *seed = seed_of(s, c->place[i], c->place[j], false);
            if (seed != NULL && seed->covered < c->n)
                seed->covered = (uint32_t)c->n;
        }
}

/* Takes a grown candidate over, unless it is there already. */
static struct ks_status keep(struct ks_hunt *hunt, struct seeds *s, struct ks_candidate *c)
{
    if (c->n < 2) {
        ks_candidate_free(c);
        return ks_ok();
    }
    cover(hunt, s, c);
    for (size_t i = hunt->found.n; i-- > 0 && hunt->found.at[i].goal == c->goal;)
        if (hunt->found.at[i].m == c->m && hunt->found.at[i].mixed == c->mixed &&
            memcmp(hunt->found.at[i].place, c->place, c->m * sizeof *c->place) == 0) {
            ks_candidate_free(c);
            return ks_ok();
        }
    if (!ks_reserve((void **)&hunt->found.at, &hunt->found.cap, hunt->found.n + 1, sizeof *hunt->found.at)) {
        ks_candidate_free(c);
        return ks_nomem("the candidates");
    }
    hunt->found.at[hunt->found.n++] = *c;
    *c = (struct ks_candidate){0};
    return ks_ok();
}

static struct ks_status grow_seed(struct ks_hunt *hunt, struct seeds *s, const struct seed *seed,
                                  uint32_t goal, bool mixed)
{
    struct ks_candidate c = {.goal = goal, .mixed = mixed, .m = 2, .place = {seed->a, seed->b}};
    if (!occurrences(hunt, seed, &c) || !drop_outliers(hunt->t, &c)) {
        ks_candidate_free(&c);
        return ks_nomem("the occurrences of two ports");
    }
    struct ks_candidates branches = {0};
    struct ks_status status = ks_ok();
    if (c.n >= 2)
        status = ks_grow(hunt, &c, mixed ? NULL : &branches);
    if (ks_is_ok(status))
        status = keep(hunt, s, &c);
    for (size_t i = 0; i < branches.n && ks_is_ok(status); i++) {
        status = ks_grow(hunt, &branches.at[i], NULL);
        if (ks_is_ok(status))
            status = keep(hunt, s, &branches.at[i]);
    }
    ks_trail_close(hunt->trails, hunt);
    ks_candidate_free(&c);
    ks_candidates_free(&branches);
    return status;
}

/* The same at the expense of other work, so that others have theirs. */
static struct ks_status grow_apart(struct ks_hunt *hunt, uint64_t *purse, struct seeds *s, const struct seed *seed,
                                   uint32_t goal, bool mixed)
{
    uint64_t work = hunt->work;
    hunt->work = *purse;
    bool cut = hunt->cut;
    hunt->cut = false;
    struct ks_status status = grow_seed(hunt, s, seed, goal, mixed);
    hunt->sought += hunt->cut && seed->known;
    hunt->cut = cut || (hunt->cut && !seed->known);
    ks_charge(hunt, START);
    *purse = hunt->work;
    hunt->work = work;
    return status;
}

/* Whether a seed is a port of a candidate that has been found with one that is mostly tried by itself:
 * growing it would find the same again. */
static bool is_stray(const struct ks_hunt *hunt, const struct seed *seed)
{
    bool a = hunt->held[seed->a] >= seed->count, b = hunt->held[seed->b] >= seed->count;
    return a != b && hunt->t->places[a ? seed->b : seed->a].fresh > 2 * seed->count;
}

/* Whether many come to a port without being told: a knock of such ports alone has little to show. */
static bool is_known(const struct ks_place *place)
{
    return place->sought || place->registered;
}

/* Grows those of a list, strongest first, that nothing found so far explains, but puts those off that are explained
 * for the most part: they would take the work from others, and mostly find the same again. These end at the list's
 * beginning, *later of them; where that is NULL they are grown, too, while there is work left. */
static struct ks_status grow_list(struct ks_hunt *hunt, struct seeds *s, struct seed **list, size_t n, bool repeats,
                                  size_t *later, uint32_t goal, bool mixed)
{
    struct ks_status status = ks_ok();
    bool cut = hunt->cut;
    for (size_t i = 0; i < n && ks_is_ok(status); i++) {
        struct seed *seed = list[i];
        if (seed->covered >= seed->count || is_stray(hunt, seed))
            continue;
        if (repeats && seed->plain * 2 > seed->count)
            continue; /* the scan repeats its own order */
        if (later != NULL && seed->covered * 4 >= seed->count * 3) {
            list[(*later)++] = seed;
            continue;
        }
        if (seed->known && hunt->spare == 0) {
            hunt->sought += later != NULL ? n - i : 0;
            hunt->considered -= later != NULL ? n - i : 0;
            break;
        }
        if (seed->odd && !seed->known && hunt->odd == 0) {
            hunt->cut = hunt->cut || later != NULL;
            continue;
        }
        if (i >= MAX_SEEDS || (hunt->work == 0 && !seed->known && !seed->odd)) {
            hunt->cut = hunt->cut || later != NULL;
            break;
        }
        if (ks_cancelled(hunt->progress))
            status = ks_fail(KS_CANCELLED, "cancelled");
        else
            status = seed->known ? grow_apart(hunt, &hunt->spare, s, seed, goal, mixed)
                     : seed->odd ? grow_apart(hunt, &hunt->odd, s, seed, goal, mixed)
                                 : grow_seed(hunt, s, seed, goal, mixed);
    }
    if (later == NULL)
        hunt->cut = cut; /* what was put off may end anywhere */
    return status;
}

/* Grows the strongest seeds. */
static struct ks_status grow_all(struct ks_hunt *hunt, struct seeds *s, uint32_t goal, bool mixed)
{
    struct seed **list = ks_alloc(s->n + 1, sizeof *list);
    if (list == NULL)
        return ks_nomem("the seeds");
    size_t n = 0, plain = 0;
    for (size_t i = 0; i < s->n; i++) {
        struct seed *seed = &s->at[i];
        if (seed->count < 2 || (mixed && seed->mixed == 0))
            continue;
        double fresh = (double)hunt->t->places[seed->a].fresh + (double)hunt->t->places[seed->b].fresh;
        seed->strength = seed->count * sqrt(2.0 * seed->count / fresh);
        seed->known = is_known(&hunt->t->places[seed->a]) && is_known(&hunt->t->places[seed->b]);
        if (seed->known)
            seed->strength *= 0.001; /* last in line */
        /* Those that meet no oftener than so many attempts would by chance come after those that do. */
        double chance = (double)hunt->t->places[seed->a].fresh * hunt->t->places[seed->b].fresh * REACH /
                        hunt->t->goals[goal].rare;
        seed->odd = mixed && seed->count < 2 * chance;
        if (seed->count < 2 * chance)
            seed->strength *= 0.05;
        if (seed->plain * 2 > seed->count) {
            seed->strength *= 0.1;
            plain++;
        }
        list[n++] = seed;
    }
    hunt->considered += n;
    size_t later = 0;
    if (!sort_by_strength(list, n)) {
        ks_free(list);
        return ks_nomem("the seeds");
    }
    struct ks_status status = grow_list(hunt, s, list, n, plain > PLAIN, &later, goal, mixed);
    if (ks_is_ok(status))
        status = grow_list(hunt, s, list, later, plain > PLAIN, NULL, goal, mixed);
    ks_free(list);
    return status;
}

struct ks_status ks_seek(struct ks_hunt *hunt, uint32_t goal, bool mixed)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_goal *g = &t->goals[goal];
    if (g->rare < 4 || (mixed && ks_lean_after(t->seed_goal, g->first, g->first + g->n) == g->first + g->n))
        return ks_ok();
    struct seeds s = {0};
    uint32_t reach = g->rare <= 100000 ? REACH : g->rare <= 300000 ? 4 : 2;
    if (reach < REACH)
        hunt->cut = true;
    ks_trails_clear(hunt->trails);
    ks_memo_clear(hunt->slots->memo);
    bool done = make_once(hunt, &s, (size_t)g->rare * reach);
    if (mixed && done)
        done = count_seeds(hunt, &s, true, g->first, g->n, reach);
    for (uint32_t p = g->first_pair; !mixed && done && p < g->first_pair + g->n_pairs; p++)
        if (t->pairs[p].rare >= 2)
            done = count_seeds(hunt, &s, false, t->pairs[p].first, t->pairs[p].n, reach);
    struct ks_status status = done ? grow_all(hunt, &s, goal, mixed) : ks_nomem("the seeds");
    seeds_free(&s);
    return status;
}
