/* Growing a pair of ports into the whole sequence: what else stands in the same slot of its occurrences, more
 * often than chance would have it (the idea of seed and extend from sequence alignment). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/grow.h"
#include "stats/association.h"

enum { OUTER_STEPS = 40, INNER_STEPS = 120, WALK = 400, MAX_BRANCHES = 8, MOST_BRANCHING = 48 };

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
    bool rare;
    float seconds, steps; /* the stretch in which it was seen */
};

struct votes {
    struct vote *at;
    size_t n, cap;
    size_t groups;  /* pairs of slot and place that were met */
    uint32_t least; /* occurrences that must have a place, so attempts that a place must have to be counted */
};

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

/* ln of the chance that a place turns up within so many seconds and attempts. */
double ks_growth_ln_chance(const struct ks_growth *g, const struct ks_try *x, double seconds, double steps)
{
    const struct ks_tries *t = g->hunt->t;
    double n, total;
    if (g->c->mixed) {
        n = t->places[x->place].fresh;
        total = t->goals[x->goal].n;
    } else {
        n = x->outcome == KS_OPEN ? ks_link_quiet(t, x->link) : t->links[x->link].fresh;
        total = t->pairs[x->pair].fresh;
    }
    if (total < 1000) /* few attempts say little about what follows what */
        total = 1000;
    double in_time = n * (seconds + 1e-3) / t->seconds, in_steps = n * steps / total;
    /* What a scan tries is counted in attempts, for it comes all at once; what a service sees, in time. */
    double rate = in_time > in_steps || x->outcome == KS_OPEN ? in_time : in_steps;
    return log(-expm1(-rate));
}

/* Limits on how far outside its ends an occurrence is looked for more: generous against its own gaps. */
static int64_t outer_gap(const struct ks_growth *g, const struct ks_occurrence *o)
{
    int64_t widest = 0, before = INT64_MIN;
    for (size_t j = 0; j < g->c->m; j++) {
        if (o->tries[j] == KS_NONE)
            continue;
        int64_t time = ks_growth_try(g, o->tries[j])->time;
        if (before != INT64_MIN && time - before > widest)
            widest = time - before;
        before = time;
    }
    int64_t limit = widest > g->hunt->gap / 10 ? g->hunt->gap : 10 * widest;
    return limit < 20 * KS_SECOND ? 20 * KS_SECOND : limit;
}

/* Whether the port of a try was open to its source before the candidate's first occurrence. */
bool ks_growth_open_before(const struct ks_growth *g, const struct ks_try *x)
{
    const struct ks_tries *t = g->hunt->t;
    uint32_t first = t->links[x->link].first_open;
    return first != KS_NONE && t->at[first].time < t->at[g->c->at[0].first].time;
}

/* Whether a try may stand in a slot. Among closed ports an open one is part of the knock when nothing is sent
 * over it; before it, it must have been open already: otherwise it is what the knock before this one opened.
 * (What comes last is looked at again by ends_in_door.) */
static bool admissible(const struct ks_growth *g, const struct ks_try *x, size_t slot)
{
    uint32_t number = (uint32_t)(x - g->hunt->t->at);
    if (x->repeat || g->hunt->used[number])
        return false;
    if (slot > 0 && g->c->place[slot - 1] == x->place)
        return false;
    if (slot < g->c->m && g->c->place[slot] == x->place)
        return false;
    if (x->outcome != KS_OPEN)
        return !g->open &&
               (g->c->mixed ? g->hunt->t->places[x->place].open : g->hunt->t->links[x->link].open) == 0;
    if (g->open)
        return !ks_try_sends(g->hunt->t, number);
    if (slot == 0 && !ks_growth_open_before(g, x))
        return false;
    return !ks_try_sends(g->hunt->t, number);
}

struct span {
    uint32_t from, to; /* positions, from inclusive, to exclusive; walked from the known end outwards */
    bool backward;
    int64_t edge;  /* time of the known end */
    int64_t limit; /* longest distance from it */
};

/* The stretch of a slot in an occurrence; false where it has none. */
static bool slot_span(const struct ks_growth *g, size_t index, size_t slot, struct span *out)
{
    const struct ks_occurrence *o = &g->c->at[index];
    uint32_t left = KS_NONE, right = KS_NONE;
    for (size_t j = slot; j-- > 0 && left == KS_NONE;)
        left = o->tries[j];
    for (size_t j = slot; j < g->c->m && right == KS_NONE; j++)
        right = o->tries[j];
    if (left != KS_NONE && right != KS_NONE) {
        out->from = ks_growth_position(g, left) + 1;
        out->to = ks_growth_position(g, right);
        out->backward = false;
        out->edge = ks_growth_try(g, left)->time;
        out->limit = INT64_MAX;
    } else if (left != KS_NONE) {
        out->from = ks_growth_position(g, left) + 1;
        out->to = g->bounds[index].high;
        out->backward = false;
        out->edge = ks_growth_try(g, left)->time;
        out->limit = outer_gap(g, o);
    } else {
        out->from = g->bounds[index].low;
        out->to = ks_growth_position(g, right);
        out->backward = true;
        out->edge = ks_growth_try(g, right)->time;
        out->limit = outer_gap(g, o);
    }
    return out->from < out->to;
}

/* Walks a slot of an occurrence. For each admissible try calls back; stops when the callback says so. */
typedef bool seen_fn(struct ks_growth *g, size_t index, size_t slot, const struct ks_try *x, double seconds,
                     double steps, void *to);

static void walk_slot(struct ks_growth *g, size_t index, size_t slot, seen_fn *seen, void *to)
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
    const uint64_t *lean = g->c->mixed ? g->hunt->t->lean_goal : g->hunt->t->lean_pair;
    uint32_t steps = 0, walked = 0, most = inner ? INNER_STEPS : OUTER_STEPS,
             p = span.backward ? span.to : span.from;
    while (steps < most && walked < WALK) {
        p = span.backward ? ks_lean_before(lean, p, span.from) : ks_lean_after(lean, p, span.to);
        if (p == KS_NONE || p >= span.to)
            break;
        const struct ks_try *x = ks_growth_try(g, order[p]);
        walked++;
        int64_t distance = span.backward ? span.edge - x->time : x->time - span.edge;
        if (distance > span.limit)
            break;
        uint32_t away = span.backward ? span.to - p : p - span.from + 1;
        p += !span.backward;
        if (!admissible(g, x, slot))
            continue;
        if (x->outcome != KS_OPEN || !g->hunt->t->places[x->place].busy)
            steps++;
        if (!seen(g, index, slot, x, inner ? width : (double)distance / 1e9, inner ? all : away, to))
            break;
    }
    g->hunt->work = g->hunt->work > walked ? g->hunt->work - walked : 0;
}

static bool add_vote(struct ks_growth *g, size_t index, size_t slot, const struct ks_try *x, double seconds,
                     double steps, void *to)
{
    struct votes *votes = to;
    if (g->hunt->t->places[x->place].fresh < votes->least)
        return true;
    if (!ks_reserve((void **)&votes->at, &votes->cap, votes->n + 1, sizeof *votes->at)) {
        votes->n = SIZE_MAX;
        return false;
    }
    votes->at[votes->n++] = (struct vote){.place = x->place,
                                          .occurrence = (uint32_t)index,
                                          .try = (uint32_t)(x - g->hunt->t->at),
                                          .slot = (uint8_t)slot,
                                          .seconds = (float)seconds,
                                          .steps = (float)steps};
    return true;
}

struct wanted {
    uint32_t place, try;
};

static bool find_wanted(struct ks_growth *g, size_t index, size_t slot, const struct ks_try *x,
                        double seconds, double steps, void *to)
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

static int by_place(const void *x, const void *y)
{
    const struct vote *a = x, *b = y;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    if (a->occurrence != b->occurrence)
        return a->occurrence < b->occurrence ? -1 : 1;
    if (a->seconds != b->seconds)
        return a->seconds < b->seconds ? -1 : 1;
    return (a->try > b->try) - (a->try < b->try);
}

static int by_span(const void *x, const void *y)
{
    const int64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* The median pause before port j (1..m-1) over the sample of occurrences that have it and the one before; -1
 * where none has. */
int64_t ks_growth_pause(const struct ks_growth *g, size_t j)
{
    const struct ks_candidate *c = g->c;
    int64_t pauses[KS_SAMPLE];
    size_t sample = c->n < KS_SAMPLE ? c->n : KS_SAMPLE, n = 0;
    for (size_t s = 0; s < sample; s++) {
        const struct ks_occurrence *o = &c->at[s * c->n / sample];
        if (o->tries[j] != KS_NONE && o->tries[j - 1] != KS_NONE)
            pauses[n++] = ks_growth_try(g, o->tries[j])->time - ks_growth_try(g, o->tries[j - 1])->time;
    }
    if (n == 0)
        return -1;
    qsort(pauses, n, sizeof *pauses, by_span);
    return pauses[n / 2];
}

/* The median of the pauses inside the candidate's ports from..to-1. */
int64_t ks_growth_usual_pause(const struct ks_growth *g, size_t from, size_t to)
{
    int64_t pauses[KS_KNOCK_MAX];
    size_t n = 0;
    for (size_t j = from + 1; j < to; j++)
        pauses[n++] = ks_growth_pause(g, j);
    if (n == 0)
        return 0;
    qsort(pauses, n, sizeof *pauses, by_span);
    return pauses[n / 2];
}

/* Whether a pause at an end is of the same kind as those inside: a stranger that comes by now and then stands
 * further off. */
bool ks_growth_alike(int64_t pause, int64_t usual)
{
    return pause / 30 <= (usual > KS_SECOND / 30 ? usual : KS_SECOND / 30);
}

/* Whether it even is about as long as those inside, of which there are several. */
bool ks_growth_in_step(const struct ks_growth *g, int64_t pause)
{
    return g->c->m > 3 && pause / 4 <= g->usual && pause >= g->usual / 4;
}

struct choice {
    uint32_t place;
    size_t slot;
    double ln_p;
};

/* How far outside its occurrence a vote stands. */
static int64_t distance_of(const struct ks_growth *g, const struct vote *vote)
{
    const struct ks_occurrence *o = &g->c->at[vote->occurrence];
    int64_t time = ks_growth_try(g, vote->try)->time;
    return vote->slot == 0 ? ks_growth_try(g, o->first)->time - time : time - ks_growth_try(g, o->last)->time;
}

/* The place and slot least due to chance; false where nothing passes. */
static bool choose(struct ks_growth *g, const struct votes *votes, size_t sample, struct choice *out)
{
    size_t need = (sample * 3 + 4) / 5;
    if (need < 2)
        need = 2;
    bool found = false;
    for (size_t i = 0, end; i < votes->n; i = end) {
        size_t support = 0;
        for (end = i; end < votes->n && votes->at[end].place == votes->at[i].place &&
                      votes->at[end].slot == votes->at[i].slot;
             end++)
            support += end == i || votes->at[end].occurrence != votes->at[end - 1].occurrence;
        if (support < need)
            continue;
        double sum = 0;
        for (size_t k = i; k < end; k++)
            if (k == i || votes->at[k].occurrence != votes->at[k - 1].occurrence)
                sum += ks_growth_ln_chance(g, ks_growth_try(g, votes->at[k].try), votes->at[k].seconds,
                                           votes->at[k].steps);
        double ln_p = ks_combined_ln_p(support, sum) + ks_ln_choose((double)sample, (double)support) +
                      log((double)votes->groups);
        if (found && ln_p >= out->ln_p)
            continue;
        bool outer = votes->at[i].slot == 0 || votes->at[i].slot == g->c->m;
        bool everywhere = sample == g->c->n && (support == sample || (!outer && support * 3 >= sample * 2));
        if (!everywhere && ln_p >= log(0.05))
            continue; /* the most that any port may have */
        uint32_t others = ks_growth_unexplained(g, votes->at[i].place, (uint32_t)support);
        int64_t pause = outer ? distance_of(g, &votes->at[i]) : 0;
        bool far = outer && g->c->m > 2 && !ks_growth_alike(pause, g->usual);
        /* Never tried but here: in all occurrences, or between its neighbours in most. */
        bool alone = others == 0 && everywhere && !far;
        if (alone ||
            ln_p < ks_growth_ln_limit(g, (uint32_t)support, others, outer, pause, 0, g->c->m, 0.01)) {
            *out = (struct choice){.place = votes->at[i].place, .slot = votes->at[i].slot, .ln_p = ln_p};
            found = true;
        }
    }
    return found;
}

/* Puts the chosen place into the candidate and its tries into every occurrence. */
static void insert(struct ks_growth *g, struct choice choice)
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
    g->seed += choice.slot <= g->seed;
    set_bounds(g);
}

/* Adds to `branches` the occurrences that go on with a port which comes nowhere else, when they are several
 * but not most. */
static bool branch(struct ks_growth *g, const struct votes *votes, struct ks_candidates *branches)
{
    const struct ks_candidate *c = g->c;
    for (size_t i = 0, end; i < votes->n && branches->n < MAX_BRANCHES; i = end) {
        size_t support = 1;
        for (end = i + 1; end < votes->n && votes->at[end].place == votes->at[i].place &&
                          votes->at[end].slot == votes->at[i].slot;
             end++)
            support += votes->at[end].occurrence != votes->at[end - 1].occurrence;
        bool new = true;
        for (size_t j = 0; j < c->m && new; j++)
            new = c->place[j] != votes->at[i].place;
        if (!new || votes->at[i].slot != c->m || support < 2 || support * 5 >= c->n * 4 ||
            ks_growth_unexplained(g, votes->at[i].place, (uint32_t)support) > 0 ||
            !ks_growth_alike(8 * distance_of(g, &votes->at[i]), g->usual))
            continue;
        struct ks_candidate b = {.goal = c->goal, .mixed = c->mixed, .m = c->m + 1, .trusted = c->m};
        memcpy(b.place, c->place, sizeof b.place);
        b.place[c->m] = votes->at[i].place;
        bool done = ks_reserve((void **)&branches->at, &branches->cap, branches->n + 1, sizeof *branches->at);
        for (size_t k = i; k < end && done; k++) {
            if (k > i && votes->at[k].occurrence == votes->at[k - 1].occurrence)
                continue;
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

/* Of the votes for one slot, from number `from` on and by occurrence, leaves those for places that at least
 * the least number of occurrences have, sorted by place. */
static void keep_frequent(struct ks_hunt *hunt, struct votes *votes, size_t from)
{
    size_t kept = from;
    for (size_t i = from; i < votes->n; i++) {
        struct ks_seen *seen = &hunt->seen[votes->at[i].place];
        votes->groups += seen->n == 0;
        seen->n += seen->n == 0 || seen->last != votes->at[i].occurrence;
        seen->last = votes->at[i].occurrence;
    }
    for (size_t i = from; i < votes->n; i++)
        votes->at[i].rare = hunt->seen[votes->at[i].place].n < votes->least;
    for (size_t i = from; i < votes->n; i++) {
        hunt->seen[votes->at[i].place].n = 0;
        if (!votes->at[i].rare)
            votes->at[kept++] = votes->at[i];
    }
    votes->n = kept;
    if (kept > from + 1)
        qsort(votes->at + from, kept - from, sizeof *votes->at, by_place);
}

/* Gathers what stands in the slots from `slot` on over a sample of the occurrences; by slot and place. */
static bool gather(struct ks_growth *g, struct votes *votes, size_t sample, size_t slot)
{
    struct ks_candidate *c = g->c;
    votes->n = votes->groups = 0;
    g->looks = KS_LOOKS;
    g->usual = ks_growth_usual_pause(g, 0, c->m);
    for (size_t k = slot; k <= c->m; k++) {
        size_t from = votes->n;
        for (size_t s = 0; s < sample; s++) {
            walk_slot(g, s * c->n / sample, k, add_vote, votes);
            if (votes->n == SIZE_MAX) {
                votes->n = 0;
                return false;
            }
        }
        keep_frequent(g->hunt, votes, from);
    }
    return true;
}

/* One step; false when nothing more belongs to it. */
static struct ks_status step(struct ks_growth *g, struct votes *votes, bool *grown)
{
    size_t sample = g->c->n < KS_SAMPLE ? g->c->n : KS_SAMPLE;
    votes->least = sample < 5 ? 2 : (uint32_t)((sample * 3 + 4) / 5);
    if (!gather(g, votes, sample, 0))
        return ks_nomem("growing a sequence");
    struct choice choice = {0};
    *grown = choose(g, votes, sample, &choice);
    if (*grown)
        insert(g, choice);
    return ks_ok();
}

/* Looks at how the activations go on: see branch. */
static struct ks_status branch_off(struct ks_growth *g, struct votes *votes, struct ks_candidates *branches)
{
    struct ks_candidate *c = g->c;
    if (c->n < 4 || c->n > MOST_BRANCHING || c->m == KS_KNOCK_MAX)
        return ks_ok();
    struct ks_bounds *bounds = ks_resize(g->bounds, c->n, sizeof *bounds);
    if (bounds == NULL)
        return ks_nomem("growing a sequence");
    g->bounds = bounds;
    set_bounds(g);
    votes->least = 2;
    return gather(g, votes, c->n, c->m) && branch(g, votes, branches) ? ks_ok()
                                                                      : ks_nomem("growing a sequence");
}

struct ks_status ks_grow(struct ks_hunt *hunt, struct ks_candidate *c, struct ks_candidates *branches)
{
    struct ks_growth g = {.hunt = hunt, .c = c, .open = true};
    for (size_t i = 0; i < c->n && g.open; i++)
        g.open =
            hunt->t->at[c->at[i].first].outcome == KS_OPEN && hunt->t->at[c->at[i].last].outcome == KS_OPEN;
    qsort(c->at, c->n, sizeof *c->at, by_position);
    g.start = hunt->t->at[c->at[0].first].time;
    for (size_t i = 1; i < c->n; i++)
        if (hunt->t->at[c->at[i].first].time < g.start)
            g.start = hunt->t->at[c->at[i].first].time;
    g.n_pairs = ks_candidate_pairs(hunt->t, c, g.pairs);
    g.bounds = ks_alloc(c->n, sizeof *g.bounds);
    if (g.bounds == NULL)
        return ks_nomem("growing a sequence");
    set_bounds(&g);
    struct votes votes = {0};
    struct ks_status status = ks_ok();
    bool grown = true;
    while (ks_is_ok(status) && grown && c->m < KS_KNOCK_MAX && hunt->work > 0)
        status = step(&g, &votes, &grown);
    if (ks_is_ok(status))
        ks_growth_shape(&g);
    if (ks_is_ok(status) && c->n > 0)
        status = ks_activations_find(hunt, c);
    if (ks_is_ok(status) && c->n > 0) { /* those found now may come before all that it grew from */
        if (hunt->t->at[c->at[0].first].time < g.start)
            g.start = hunt->t->at[c->at[0].first].time;
        if (ks_growth_drop_door(&g) && c->n > 0)
            status = ks_activations_find(hunt, c);
    }
    if (ks_is_ok(status) && branches != NULL)
        status = branch_off(&g, &votes, branches);
    ks_free(votes.at);
    ks_free(g.bounds);
    return status;
}
