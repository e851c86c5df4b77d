/* Growing a pair of ports into the whole sequence: what else stands in the same slot of its occurrences, more often than chance would
 * have it (the idea of seed and extend from sequence alignment). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/candidate.h"
#include "stats/association.h"

enum { OUTER_STEPS = 40, INNER_STEPS = 120, WALK = 400 };

bool ks_occurrence_add(struct ks_candidate *c, const struct ks_occurrence *o)
{
    if (!ks_reserve((void **)&c->at, &c->cap, c->n + 1, sizeof *c->at))
        return false;
    c->at[c->n++] = *o;
    return true;
}

void ks_candidate_free(struct ks_candidate *c)
{
    ks_free(c->at);
    c->at = NULL;
    c->n = c->cap = 0;
}

void ks_candidates_free(struct ks_candidates *list)
{
    for (size_t i = 0; i < list->n; i++)
        ks_candidate_free(&list->at[i]);
    ks_free(list->at);
    *list = (struct ks_candidates){0};
}

/* A place seen in a slot of an occurrence. Slot s is before the candidate's s-th port. */
struct vote {
    uint32_t place, occurrence;
    uint32_t try;
    uint8_t slot;
    double ln_chance; /* of seeing this place so near */
};

struct votes {
    struct vote *at;
    size_t n, cap;
};

/* The positions that bound an occurrence: those of its neighbours in the same stretch of the stream. */
struct bounds {
    uint32_t low, high; /* low <= position < high */
};

struct growth {
    struct ks_hunt *hunt;
    struct ks_candidate *c;
    struct bounds *bounds; /* by occurrence */
    bool open;             /* the ports so far were all open */
};

static const struct ks_try *try_at(const struct growth *g, uint32_t number)
{
    return &g->hunt->t->at[number];
}

static uint32_t position(const struct growth *g, uint32_t number)
{
    return ks_stream_at(try_at(g, number), g->c->mixed);
}

static void set_bounds(struct growth *g)
{
    const struct ks_tries *t = g->hunt->t;
    for (size_t i = 0; i < g->c->n; i++) {
        const struct ks_occurrence *o = &g->c->at[i];
        struct bounds *b = &g->bounds[i];
        ks_stream_range(t, &t->at[o->first], g->c->mixed, &b->low, &b->high);
        uint32_t here = position(g, o->first), there = position(g, o->last);
        if (i > 0) {
            uint32_t before = position(g, g->c->at[i - 1].last);
            if (before >= b->low && before < here)
                b->low = before + 1;
        }
        if (i + 1 < g->c->n) {
            uint32_t after = position(g, g->c->at[i + 1].first);
            if (after < b->high && after > there)
                b->high = after;
        }
    }
}

static int by_position_single(const void *x, const void *y)
{
    const struct ks_occurrence *a = x, *b = y;
    return (a->first > b->first) - (a->first < b->first);
}

/* ln of the chance that a place turns up within so many seconds and attempts. */
static double ln_chance(const struct growth *g, const struct ks_try *x, double seconds, double steps)
{
    const struct ks_tries *t = g->hunt->t;
    double n, total;
    if (g->c->mixed) {
        n = t->places[x->place].fresh;
        total = t->goals[x->goal].n;
    } else {
        n = t->links[x->link].fresh;
        total = t->pairs[x->pair].fresh;
    }
    if (total < 64)
        total = 64;
    double in_time = n * (seconds + 1e-3) / t->seconds, in_steps = n * steps / total;
    double rate = in_time > in_steps ? in_time : in_steps;
    return log(-expm1(-rate));
}

/* Limits on how far outside its ends an occurrence is looked for more: generous against its own gaps. */
static int64_t outer_gap(const struct growth *g, const struct ks_occurrence *o)
{
    int64_t widest = 0, before = INT64_MIN;
    for (size_t j = 0; j < g->c->m; j++) {
        if (o->tries[j] == KS_NONE)
            continue;
        int64_t time = try_at(g, o->tries[j])->time;
        if (before != INT64_MIN && time - before > widest)
            widest = time - before;
        before = time;
    }
    int64_t limit = widest > g->hunt->gap / 10 ? g->hunt->gap : 10 * widest;
    return limit < 20 * KS_SECOND ? 20 * KS_SECOND : limit;
}

/* Whether a try may stand in a slot: an opening that follows a knock of closed ports is not part of it. */
static bool admissible(const struct growth *g, const struct ks_try *x, size_t slot)
{
    if (x->repeat || g->hunt->used[x - g->hunt->t->at])
        return false;
    if (slot > 0 && g->c->place[slot - 1] == x->place)
        return false;
    if (slot < g->c->m && g->c->place[slot] == x->place)
        return false;
    if (x->outcome != KS_OPEN || g->open || (slot > 0 && slot < g->c->m))
        return true;
    if (slot == g->c->m)
        return false;
    /* Before the knock: open already when it was first used, or it is what the knock before this one opened. */
    const struct ks_tries *t = g->hunt->t;
    const struct ks_link *link = &t->links[x->link];
    for (uint32_t i = link->first; i < link->first + link->n; i++)
        if (t->at[t->by_link[i]].outcome == KS_OPEN)
            return t->at[t->by_link[i]].time < t->at[g->c->at[0].last].time;
    return false;
}

struct span {
    uint32_t from, to; /* positions, from inclusive, to exclusive; walked from the known end outwards */
    bool backward;
    int64_t edge;      /* time of the known end */
    int64_t limit;     /* longest distance from it */
};

/* The stretch of a slot in an occurrence; false where it has none. */
static bool slot_span(const struct growth *g, size_t index, size_t slot, struct span *out)
{
    const struct ks_occurrence *o = &g->c->at[index];
    uint32_t left = KS_NONE, right = KS_NONE;
    for (size_t j = slot; j-- > 0 && left == KS_NONE;)
        left = o->tries[j];
    for (size_t j = slot; j < g->c->m && right == KS_NONE; j++)
        right = o->tries[j];
    if (left != KS_NONE && right != KS_NONE) {
        out->from = position(g, left) + 1;
        out->to = position(g, right);
        out->backward = false;
        out->edge = try_at(g, left)->time;
        out->limit = INT64_MAX;
    } else if (left != KS_NONE) {
        out->from = position(g, left) + 1;
        out->to = g->bounds[index].high;
        out->backward = false;
        out->edge = try_at(g, left)->time;
        out->limit = outer_gap(g, o);
    } else {
        out->from = g->bounds[index].low;
        out->to = position(g, right);
        out->backward = true;
        out->edge = try_at(g, right)->time;
        out->limit = outer_gap(g, o);
    }
    return out->from < out->to;
}

/* Walks a slot of an occurrence. For each admissible try calls back; stops when the callback says so. */
typedef bool seen_fn(struct growth *g, size_t index, size_t slot, const struct ks_try *x, double seconds, double steps, void *to);

static void walk_slot(struct growth *g, size_t index, size_t slot, seen_fn *seen, void *to)
{
    struct span span;
    if (!slot_span(g, index, slot, &span))
        return;
    const uint32_t *order = ks_stream_order(g->hunt->t, g->c->mixed);
    bool inner = span.limit == INT64_MAX;
    double width = 0, all = 0;
    if (inner) {
        width = (double)(g->hunt->t->at[order[span.to]].time - span.edge) / 1e9;
        all = (double)(span.to - span.from + 1);
    }
    uint32_t steps = 0, walked = 0, most = inner ? INNER_STEPS : OUTER_STEPS;
    for (uint32_t k = 0; k < span.to - span.from && steps < most && walked < WALK; k++) {
        uint32_t p = span.backward ? span.to - 1 - k : span.from + k;
        const struct ks_try *x = try_at(g, order[p]);
        walked++;
        int64_t distance = span.backward ? span.edge - x->time : x->time - span.edge;
        if (distance > span.limit)
            break;
        if (!admissible(g, x, slot))
            continue;
        if (x->outcome != KS_OPEN || !g->hunt->t->places[x->place].busy)
            steps++;
        if (!seen(g, index, slot, x, inner ? width : (double)distance / 1e9, inner ? all : walked, to))
            break;
    }
    g->hunt->work = g->hunt->work > walked ? g->hunt->work - walked : 0;
}

static bool add_vote(struct growth *g, size_t index, size_t slot, const struct ks_try *x, double seconds, double steps, void *to)
{
    struct votes *votes = to;
    if (!ks_reserve((void **)&votes->at, &votes->cap, votes->n + 1, sizeof *votes->at)) {
        votes->n = SIZE_MAX;
        return false;
    }
    votes->at[votes->n++] = (struct vote){.place = x->place,
                                          .occurrence = (uint32_t)index,
                                          .try = (uint32_t)(x - g->hunt->t->at),
                                          .slot = (uint8_t)slot,
                                          .ln_chance = ln_chance(g, x, seconds, steps)};
    return true;
}

struct wanted {
    uint32_t place, try;
};

static bool find_wanted(struct growth *g, size_t index, size_t slot, const struct ks_try *x, double seconds, double steps, void *to)
{
    (void)index;
    (void)slot;
    (void)seconds;
    (void)steps;
    struct wanted *wanted = to;
    if (x->place != wanted->place)
        return true;
    wanted->try = (uint32_t)(x - g->hunt->t->at);
    return false;
}

static int by_slot_and_place(const void *x, const void *y)
{
    const struct vote *a = x, *b = y;
    if (a->slot != b->slot)
        return a->slot < b->slot ? -1 : 1;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    if (a->occurrence != b->occurrence)
        return a->occurrence < b->occurrence ? -1 : 1;
    return (a->ln_chance > b->ln_chance) - (a->ln_chance < b->ln_chance);
}

/* Whether a place occurs nowhere but in the votes for it: in the streams of the occurrences, or at the target. */
static bool exclusive(const struct growth *g, const struct vote *votes, size_t n, size_t support)
{
    const struct ks_tries *t = g->hunt->t;
    if (g->c->mixed)
        return t->places[votes[0].place].fresh <= support;
    uint32_t fresh = 0, last = KS_NONE;
    for (size_t i = 0; i < n; i++) {
        uint32_t link = t->at[votes[i].try].link;
        if (link != last)
            fresh += t->links[link].fresh;
        last = link;
    }
    return fresh <= support;
}

struct choice {
    uint32_t place;
    size_t slot;
    double ln_p;
};

/* The place and slot least due to chance; false where nothing passes. */
static bool choose(const struct growth *g, const struct votes *votes, size_t sample, struct choice *out)
{
    size_t groups = 0;
    for (size_t i = 0; i < votes->n; i++)
        groups += i == 0 || votes->at[i].place != votes->at[i - 1].place || votes->at[i].slot != votes->at[i - 1].slot;
    size_t need = (sample * 3 + 4) / 5;
    if (need < 2)
        need = 2;
    bool found = false;
    for (size_t i = 0; i < votes->n;) {
        size_t end = i, support = 0;
        double sum = 0;
        while (end < votes->n && votes->at[end].place == votes->at[i].place && votes->at[end].slot == votes->at[i].slot) {
            if (end == i || votes->at[end].occurrence != votes->at[end - 1].occurrence) {
                support++;
                sum += votes->at[end].ln_chance;
            }
            end++;
        }
        if (support >= need) {
            double ln_p = sum + ks_ln_choose((double)sample, (double)support) + log((double)groups);
            bool alone = support == sample && exclusive(g, &votes->at[i], end - i, support);
            if ((ln_p < log(0.01) || alone) && (!found || ln_p < out->ln_p)) {
                *out = (struct choice){.place = votes->at[i].place, .slot = votes->at[i].slot, .ln_p = ln_p};
                found = true;
            }
        }
        i = end;
    }
    return found;
}

/* Puts the chosen place into the candidate and its tries into every occurrence. */
static void insert(struct growth *g, struct choice choice)
{
    struct ks_candidate *c = g->c;
    for (size_t i = 0; i < c->n; i++) {
        struct wanted wanted = {.place = choice.place, .try = KS_NONE};
        walk_slot(g, i, choice.slot, find_wanted, &wanted);
        struct ks_occurrence *o = &c->at[i];
        memmove(&o->tries[choice.slot + 1], &o->tries[choice.slot], (c->m - choice.slot) * sizeof *o->tries);
        o->tries[choice.slot] = wanted.try;
        if (wanted.try == KS_NONE)
            o->missing++;
        else if (choice.slot == 0)
            o->first = wanted.try;
        else if (choice.slot == c->m)
            o->last = wanted.try;
    }
    memmove(&c->place[choice.slot + 1], &c->place[choice.slot], (c->m - choice.slot) * sizeof *c->place);
    c->place[choice.slot] = choice.place;
    c->m++;
    set_bounds(g);
}

/* One step; false when nothing more belongs to it. */
static struct ks_status step(struct growth *g, struct votes *votes, bool *grown)
{
    struct ks_candidate *c = g->c;
    size_t sample = c->n < KS_SAMPLE ? c->n : KS_SAMPLE;
    votes->n = 0;
    for (size_t s = 0; s < sample; s++)
        for (size_t slot = 0; slot <= c->m; slot++) {
            walk_slot(g, s * c->n / sample, slot, add_vote, votes);
            if (votes->n == SIZE_MAX) {
                votes->n = 0;
                return ks_nomem("growing a sequence");
            }
        }
    if (votes->n > 0)
        qsort(votes->at, votes->n, sizeof *votes->at, by_slot_and_place);
    struct choice choice = {0};
    *grown = choose(g, votes, sample, &choice);
    if (*grown)
        insert(g, choice);
    return ks_ok();
}

/* A sequence that is another one twice or more times over is that one. */
static void reduce(struct ks_candidate *c)
{
    for (size_t q = 2; q <= c->m / 2; q++) {
        if (c->m % q != 0)
            continue;
        bool same = true;
        for (size_t j = q; j < c->m && same; j++)
            same = c->place[j] == c->place[j - q];
        if (same) {
            c->m = q;
            return;
        }
    }
}

/* Whether the candidate is two sequences that follow each other: one pause that dwarfs all others, at least two ports on either side. Each has its
 * own seeds. */
static bool is_two(const struct ks_tries *t, const struct ks_candidate *c)
{
    if (c->m < 4)
        return false;
    int64_t widest = 0, other = 0;
    size_t at = 0;
    for (size_t j = 1; j < c->m; j++) {
        int64_t least = INT64_MAX;
        for (size_t i = 0; i < c->n; i++)
            if (c->at[i].tries[j] != KS_NONE && c->at[i].tries[j - 1] != KS_NONE) {
                int64_t gap = t->at[c->at[i].tries[j]].time - t->at[c->at[i].tries[j - 1]].time;
                least = gap < least ? gap : least;
            }
        if (least == INT64_MAX)
            continue;
        if (least > widest) {
            other = widest;
            widest = least;
            at = j;
        } else if (least > other) {
            other = least;
        }
    }
    return at >= 2 && at + 2 <= c->m && widest > 20 * KS_SECOND && widest / 60 > other;
}

struct ks_status ks_grow(struct ks_hunt *hunt, struct ks_candidate *c)
{
    struct growth g = {.hunt = hunt, .c = c, .open = true};
    for (size_t i = 0; i < c->n && g.open; i++)
        g.open = hunt->t->at[c->at[i].first].outcome == KS_OPEN && hunt->t->at[c->at[i].last].outcome == KS_OPEN;
    qsort(c->at, c->n, sizeof *c->at, by_position_single);
    g.bounds = ks_alloc(c->n, sizeof *g.bounds);
    if (g.bounds == NULL)
        return ks_nomem("growing a sequence");
    set_bounds(&g);
    struct votes votes = {0};
    struct ks_status status = ks_ok();
    bool grown = true;
    while (ks_is_ok(status) && grown && c->m < KS_KNOCK_MAX && hunt->work > 0)
        status = step(&g, &votes, &grown);
    ks_free(votes.at);
    ks_free(g.bounds);
    if (!ks_is_ok(status))
        return status;
    if (is_two(hunt->t, c)) {
        c->n = 0;
        return ks_ok();
    }
    reduce(c);
    return ks_activations_find(hunt, c);
}
