/* Growing a pair of ports into the whole sequence: what else stands in the same slot of its occurrences, more
 * often than chance would have it (the idea of seed and extend from sequence alignment). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/sequences/slots.h"
#include "knocks/sequences/trails.h"
#include "stats/association.h"

enum { MAX_BRANCHES = 8, MOST_BRANCHING = 48 };

static void set_bounds(struct ks_growth *g)
{
    const struct ks_tries *t = g->hunt->t;
    for (size_t i = 0; i < g->c->n; i++) {
        const struct ks_occurrence *o = &g->c->at[i];
        struct ks_bounds *b = &g->bounds[i];
        ks_stream_range(t, &t->at[o->first], g->c->mixed, &b->low, &b->high);
        uint32_t here = ks_growth_position(g, o->first), there = ks_growth_position(g, o->last);
        if (i > 0) {
            uint32_t before = ks_growth_position(g, g->c->at[i - 1].last);
            if (before >= b->low && before < here)
                b->low = before + 1;
        }
        if (i + 1 < g->c->n) {
            uint32_t after = ks_growth_position(g, g->c->at[i + 1].first);
            if (after < b->high && after > there)
                b->high = after;
        }
    }
}

static int by_position(const void *x, const void *y)
{
    const struct ks_occurrence *a = x, *b = y;
    return (a->first > b->first) - (a->first < b->first);
}

struct choice {
    uint32_t place;
    size_t slot;
};

/* How far outside its occurrence a try stands. */
static int64_t distance_of(const struct ks_growth *g, size_t slot, uint32_t occurrence, uint32_t number)
{
    const struct ks_occurrence *o = &g->c->at[occurrence];
    int64_t time = ks_growth_try(g, number)->time;
    return slot == 0 ? ks_growth_try(g, o->first)->time - time : time - ks_growth_try(g, o->last)->time;
}

/* Whether a place belongs to the candidate; ln_p: after the choice among all that were met. */
static bool belongs(struct ks_growth *g, size_t slot, const struct ks_group *group, double ln_p)
{
    size_t sample = ks_sample(g->c);
    bool outer = slot == 0 || slot == g->c->m;
    bool everywhere =
        group->support == sample || (sample == g->c->n && !outer && (size_t)group->support * 3 >= sample * 2);
    if (!everywhere && ln_p >= log(0.05))
        return false; /* the most that any port may have */
    /* In the sample so often, in all occurrences as much oftener. */
    uint32_t support = (uint32_t)((uint64_t)group->support * g->c->n / sample);
    uint32_t others = ks_growth_unexplained(g, group->place, support);
    int64_t pause = outer ? distance_of(g, slot, group->occurrence, group->try) : 0;
    bool far = outer && g->c->m > 2 && !ks_growth_alike(pause, g->usual);
    /* Never tried but here: in all occurrences, or between its neighbours in most. */
    bool alone = others == 0 && everywhere && !far;
    return alone || ln_p < ks_growth_ln_limit(g, group->support, others, outer, pause, 0, g->c->m, 0.01);
}

/* The place and slot least due to chance among those that belong to the candidate; false where none does. */
static bool choose(struct ks_growth *g, const struct ks_slots *slots, struct choice *out)
{
    size_t met = 0, place = 0;
    for (size_t k = 0; k <= g->c->m; k++)
        met += slots->slot[k].met;
    double ln_met = log((double)met), before = -INFINITY;
    for (bool first = true;; first = false) {
        /* The next in line, by ln p, then by slot and place. */
        const struct ks_group *next = NULL;
        double ln_p = INFINITY;
        size_t slot = 0, at = 0;
        for (size_t k = 0; k <= g->c->m; k++)
            for (size_t i = 0; i < slots->slot[k].n; i++) {
                double ln = slots->slot[k].at[i].ln_p + ln_met;
                bool done = !first && (ln < before ||
                                       (ln <= before && (k < out->slot || (k == out->slot && i <= place))));
                if (done || (next != NULL && ln >= ln_p))
                    continue;
                next = &slots->slot[k].at[i];
                ln_p = ln;
                slot = k;
                at = i;
            }
        if (next == NULL)
            return false;
        *out = (struct choice){.place = next->place, .slot = slot};
        if (belongs(g, slot, next, ln_p))
            return true;
        before = ln_p;
        place = at;
    }
}

/* Puts the chosen place into the candidate and its tries into every occurrence. */
static void insert(struct ks_growth *g, struct choice choice)
{
    struct ks_candidate *c = g->c;
    for (size_t i = 0; i < c->n; i++) {
        uint32_t try = ks_slot_find(g, i, choice.slot, choice.place);
        struct ks_occurrence *o = &c->at[i];
        memmove(&o->tries[choice.slot + 1], &o->tries[choice.slot], (c->m - choice.slot) * sizeof *o->tries);
        o->tries[choice.slot] = try;
        if (try == KS_NONE)
            o->missing++;
        else if (choice.slot == 0)
            o->first = try;
        else if (choice.slot == c->m)
            o->last = try;
    }
    memmove(&c->place[choice.slot + 1], &c->place[choice.slot], (c->m - choice.slot) * sizeof *c->place);
    c->place[choice.slot] = choice.place;
    c->m++;
    g->seed += choice.slot <= g->seed;
    ks_growth_inserted(g, choice.slot);
    set_bounds(g);
}

/* Adds to `branches` the occurrences that go on with a port which comes nowhere else, when they are several
 * but not most. votes: what stands after them. */
static bool branch(struct ks_growth *g, const struct ks_votes *votes, struct ks_candidates *branches)
{
    const struct ks_candidate *c = g->c;
    for (size_t i = 0, end; i < votes->n && branches->n < MAX_BRANCHES; i = end) {
        const struct ks_vote *first = &votes->at[i];
        for (end = i + 1; end < votes->n && votes->at[end].place == first->place; end++)
            ;
        size_t support = end - i;
        bool new = true;
        for (size_t j = 0; j < c->m && new; j++)
            new = c->place[j] != first->place;
        if (!new || support * 5 >= c->n * 4 ||
            ks_growth_unexplained(g, first->place, (uint32_t)support) > 0 ||
            !ks_growth_alike(8 * distance_of(g, c->m, first->occurrence, first->try), g->usual))
            continue;
        struct ks_candidate b = {.goal = c->goal, .mixed = c->mixed, .m = c->m + 1, .trusted = c->m};
        memcpy(b.place, c->place, sizeof b.place);
        b.place[c->m] = first->place;
        bool done = ks_reserve((void **)&branches->at, &branches->cap, branches->n + 1, sizeof *branches->at);
        for (size_t k = i; k < end && done; k++) {
            struct ks_occurrence o = c->at[votes->at[k].occurrence];
            o.tries[c->m] = votes->at[k].try;
            o.last = votes->at[k].try;
            done = ks_occurrence_add(&b, &o);
        }
        if (!done) {
            ks_candidate_free(&b);
            return false;
        }
        branches->at[branches->n++] = b;
    }
    return true;
}

/* What is needed before looking at what stands around the candidate. */
static void look_around(struct ks_growth *g)
{
    g->looks = KS_LOOKS;
    g->usual = ks_growth_usual_pause(g, 0, g->c->m);
}

/* One step; *grown is false when nothing more belongs to it. `first`: it is a seed; then candidate->n is 0 afterwards
 * where another one has come to the same. */
static struct ks_status step(struct ks_growth *g, struct ks_slots *slots, bool first, bool *grown)
{
    struct choice choice = {0};
    look_around(g);
    if (!ks_slots_count(slots, g))
        return ks_nomem("growing a sequence");
    if (first && g->hunt->work > 0 && ks_trail_reaches(g->hunt->trails, g)) {
        *grown = false;
        g->c->n = 0;
        return ks_ok();
    }
    *grown = choose(g, slots, &choice);
    if (*grown) {
        insert(g, choice);
        ks_slots_inserted(slots, g, choice.slot);
    }
    return ks_ok();
}

/* Looks at how the activations go on: see branch. What comes together by chance is no knock's beginning. */
static struct ks_status branch_off(struct ks_growth *g, struct ks_slots *slots,
                                   struct ks_candidates *branches)
{
    struct ks_candidate *c = g->c;
    if (c->n < 4 || c->n > MOST_BRANCHING || c->m == KS_KNOCK_MAX)
        return ks_ok();
    ks_candidate_significance(g->hunt->t, c);
    if (c->ln_p > log(0.01))
        return ks_ok();
    struct ks_bounds *bounds = ks_resize(g->bounds, c->n, sizeof *bounds);
    if (bounds == NULL)
        return ks_nomem("growing a sequence");
    g->bounds = bounds;
    set_bounds(g);
    look_around(g);
    return ks_slots_last(slots, g, 2) && branch(g, &slots->kept, branches) ? ks_ok()
                                                                           : ks_nomem("growing a sequence");
}

/* How many of the candidate's ports an occurrence has, and which of its tries are its ends. */
static size_t find_ends(const struct ks_candidate *c, struct ks_occurrence *o)
{
    size_t there = 0;
    for (size_t j = 0; j < c->m; j++) {
        if (o->tries[j] == KS_NONE)
            continue;
        o->first = there++ == 0 ? o->tries[j] : o->first;
        o->last = o->tries[j];
    }
    o->missing = (uint8_t)(c->m - there);
    return there;
}

/* Makes the occurrences whole again once ports are taken off them: those that still have two ports stay. False, and
 * nothing is changed, where these are fewer than two. */
static bool trim(struct ks_candidate *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < c->n; i++) {
        struct ks_occurrence o = c->at[i];
        kept += find_ends(c, &o) > 1;
    }
    if (kept < 2)
        return false;
    kept = 0;
    for (size_t i = 0; i < c->n; i++) {
        struct ks_occurrence o = c->at[i];
        if (find_ends(c, &o) > 1)
            c->at[kept++] = o;
    }
    c->n = kept;
    return true;
}

/* Steps until nothing more belongs to it. KS_NOMEM. */
static struct ks_status extend(struct ks_growth *g, bool first)
{
    struct ks_status status = ks_ok();
    set_bounds(g);
    ks_slots_clear(g->hunt->slots);
    bool grown = true;
    while (ks_is_ok(status) && grown && g->c->m < KS_KNOCK_MAX && g->hunt->work > 0)
        status = step(g, g->hunt->slots, first, &grown);
    g->hunt->cut |= grown && g->c->m < KS_KNOCK_MAX && g->hunt->work == 0;
    return status;
}

/* Grows the seed and gives it its shape. `first`: see step. */
static struct ks_status grow_to_shape(struct ks_growth *g, bool first)
{
    struct ks_candidate *c = g->c;
    KS_TRY(extend(g, first));
    if (c->n == 0)
        return ks_ok(); /* known */
    size_t grown = c->m;
    ks_growth_shape(g);
    if (c->m < grown && c->m > 2 && !c->mixed && trim(c)) {
        /* What was taken off an end may be the next activation's beginning, which it kept from being found. */
        ks_growth_changed(g);
        KS_TRY(extend(g, false));
        ks_growth_shape(g);
    }
    if (c->n > 0 && first && g->hunt->work > 0 &&
        ks_trail_finds(g->hunt->trails, g, ks_activations_gap(g->hunt, c)))
        c->n = 0;
    return ks_ok();
}

/* Looks for all activations of a sequence that has its shape, and whether that changes it. */
static struct ks_status find_all(struct ks_growth *g)
{
    struct ks_candidate *c = g->c;
    const struct ks_tries *t = g->hunt->t;
    struct ks_status status = ks_activations_find(g->hunt, c);
    ks_growth_changed(g);
    if (!ks_is_ok(status) || c->n == 0)
        return status;
    if (t->at[c->at[0].first].time < g->start) /* those found now may come before all that it grew from */
        g->start = t->at[c->at[0].first].time;
    size_t m = c->m;
    if (!g->open)
        ks_growth_cut(g);
    if ((ks_growth_drop_door(g) || c->m < m) && c->n > 0)
        status = ks_activations_find(g->hunt, c);
    ks_growth_changed(g);
    return status;
}

struct ks_status ks_grow(struct ks_hunt *hunt, struct ks_candidate *c, struct ks_candidates *branches)
{
    struct ks_growth g = {.hunt = hunt, .c = c, .open = true, .start_above = INT64_MIN, .start_most = INT64_MAX};
    for (size_t i = 0; i < c->n && g.open; i++)
        g.open =
            hunt->t->at[c->at[i].first].outcome == KS_OPEN && hunt->t->at[c->at[i].last].outcome == KS_OPEN;
    bool ordered = true, first = c->trusted == 0;
    for (size_t i = 1; i < c->n && ordered; i++)
        ordered = c->at[i - 1].first <= c->at[i].first;
    if (!ordered)
        qsort(c->at, c->n, sizeof *c->at, by_position);
    g.start = hunt->t->at[c->at[0].first].time;
    for (size_t i = 1; i < c->n; i++)
        if (hunt->t->at[c->at[i].first].time < g.start)
            g.start = hunt->t->at[c->at[i].first].time;
    g.n_pairs = ks_candidate_pairs(hunt->t, c, g.pairs);
    g.bounds = ks_alloc(c->n, sizeof *g.bounds);
    if (g.bounds == NULL)
        return ks_nomem("growing a sequence");
    struct ks_status status = grow_to_shape(&g, first);
    if (ks_is_ok(status) && c->n > 0)
        status = find_all(&g);
    if (ks_is_ok(status) && first)
        ks_trail_shaped(hunt->trails, &g);
    if (ks_is_ok(status) && branches != NULL)
        status = branch_off(&g, hunt->slots, branches);
    ks_free(g.bounds);
    return status;
}
