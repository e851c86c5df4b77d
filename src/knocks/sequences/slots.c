#include "knocks/sequences/slots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/sequences/memo.h"
#include "stats/association.h"

enum { OUTER_STEPS = 40, INNER_STEPS = 120, WALK = 400 };

/* A place of a slot while its votes are sorted. */
struct ks_listed {
    uint32_t place, support;
    uint32_t first, n; /* where its votes are put, and how many are there */
};

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

/* Whether a try that may be part of a knock may stand in a slot. Among closed ports an open one is part of the knock
 * when nothing is sent over it (otherwise it is not lean); before it, it must have been open already: otherwise it is what
 * the knock before this one opened. One that was closed the time before has been opened.
 * (What comes last is looked at again by ends_in_door.) */
static inline bool admissible(const struct ks_growth *g, const struct ks_try *x, size_t slot)
{
    const struct ks_tries *t = g->hunt->t;
    if (x->outcome != KS_OPEN)
        return !g->open && (g->c->mixed ? t->places[x->place].open : t->links[x->link].open) == 0;
    return g->open || ((slot > 0 || ks_growth_open_before(g, x)) && !x->flips);
}

/* The stretch of a slot in an occurrence; false where it has none. `limit`: how far outside its ends is looked, -1
 * where that is not known yet. */
static bool slot_span(const struct ks_growth *g, size_t index, size_t slot, int64_t limit, struct ks_span *out)
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
        out->limit = limit < 0 ? outer_gap(g, o) : limit;
    } else {
        out->from = g->bounds[index].low;
        out->to = ks_growth_position(g, right);
        out->backward = true;
        out->edge = ks_growth_try(g, right)->time;
        out->limit = limit < 0 ? outer_gap(g, o) : limit;
    }
    out->to_end = out->from >= out->to;
    out->reach = 0;
    out->within = 0;
    out->beyond = INT64_MAX;
    return !out->to_end;
}

/* Walks the stretch of a slot in an occurrence. For each admissible try calls back, with its position; stops
 * when the callback says so. */
typedef bool seen_fn(void *to, const struct ks_span *span, const struct ks_try *x, uint32_t p);

static inline __attribute__((always_inline)) void walk(const struct ks_growth *g, size_t slot, struct ks_span *of, seen_fn *seen,
                                                       void *to)
{
    const struct ks_span span = *of;
    const struct ks_tries *t = g->hunt->t;
    const struct ks_candidate *c = g->c;
    const uint32_t *order = ks_stream_order(t, c->mixed);
    const uint64_t *lean = c->mixed ? t->lean_goal : t->lean_pair;
    uint32_t left = slot > 0 ? c->place[slot - 1] : KS_NONE, right = slot < c->m ? c->place[slot] : KS_NONE;
    uint32_t steps = 0, walked = 0, most = span.limit == INT64_MAX ? INNER_STEPS : OUTER_STEPS,
             p = span.backward ? span.to : span.from;
    while (steps < most && walked < WALK) {
        p = span.backward ? ks_lean_before(lean, p, span.from) : ks_lean_after(lean, p, span.to);
        if (p == KS_NONE || p >= span.to) {
            of->to_end = true;
            break;
        }
        const struct ks_try *x = &t->at[order[p]];
        uint32_t at = p;
        int64_t distance = span.backward ? span.edge - x->time : x->time - span.edge;
        walked++;
        of->reach = at;
        if (distance > span.limit) {
            of->beyond = distance;
            break;
        }
        of->within = distance > of->within ? distance : of->within;
        p += !span.backward;
        if (x->place == left || x->place == right || !admissible(g, x, slot))
            continue;
        steps += x->outcome != KS_OPEN || !t->places[x->place].busy;
        if (!seen(to, &span, x, at))
            break;
    }
    ks_charge(g->hunt, 10 + walked);
}

/* Votes while they are gathered: of an occurrence, after which so many are left. */
struct turn {
    struct ks_slots *s;
    const struct ks_growth *g;
    size_t index, left;
    uint32_t stamp;
    uint32_t least;  /* occurrences that must have a place, so attempts that a place must have to be counted */
    size_t met, all; /* places; votes */
    bool failed;
};

/* The stretch in which a try was seen. */
static void set_stretch(const struct ks_growth *g, const struct ks_span *span, const struct ks_try *x, uint32_t p, struct ks_vote *vote)
{
    const struct ks_tries *t = g->hunt->t;
    bool mixed = g->c->mixed, inner = span->limit == INT64_MAX;
    int64_t distance = span->backward ? span->edge - x->time : x->time - span->edge;
    if (inner)
        distance = t->at[ks_stream_order(t, mixed)[span->to]].time - span->edge;
    vote->seconds = (float)((double)distance / 1e9);
    vote->steps = (float)(inner            ? ks_stream_steps(t, mixed, span->from, span->to) + 1
                          : span->backward ? ks_stream_steps(t, mixed, p, span->to)
                                           : ks_stream_steps(t, mixed, span->from, p) + 1);
}

/* Counts a vote and a new place, and keeps the vote where its place may still have enough. */
static inline bool add_vote(void *to, const struct ks_span *span, const struct ks_try *x, uint32_t p)
{
    struct turn *turn = to;
    const struct ks_hunt *hunt = turn->g->hunt;
    if (hunt->t->places[x->place].fresh < turn->least)
        return true;
    struct ks_slots *s = turn->s;
    struct ks_seen *seen = &hunt->seen[x->place];
    turn->all++;
    if (seen->last == turn->stamp) {
        if (!span->backward)
            return true; /* farther off than the one before; backwards it may be as near, and earlier */
    } else {
        seen->n = seen->last < s->stamp ? 0 : seen->n;
        turn->met += seen->n++ == 0;
        seen->last = turn->stamp;
    }
    if (seen->n + turn->left < turn->least)
        return true;
    if (!ks_reserve((void **)&s->votes.at, &s->votes.cap, s->votes.n + 1, sizeof *s->votes.at)) {
        turn->failed = true;
        return false;
    }
    struct ks_vote *vote = &s->votes.at[s->votes.n++];
    *vote = (struct ks_vote){.place = x->place, .occurrence = (uint32_t)turn->index, .try = (uint32_t)(x - hunt->t->at)};
    set_stretch(turn->g, span, x, p, vote);
    return true;
}

static int by_place(const void *x, const void *y)
{
    const struct ks_listed *a = x, *b = y;
    return (a->place > b->place) - (a->place < b->place);
}

/* Lists the places that at least `least` occurrences have, by place; leaves in hunt->seen, for each of them,
 * LISTED and where it stands, and zero for all others. False: no memory. */
static bool list_places(struct ks_slots *s, struct ks_hunt *hunt, uint32_t least, size_t *n_listed)
{
    enum { FEW = 24 };
    size_t n = 0;
    for (size_t i = 0; i < s->votes.n; i++) {
        struct ks_seen *seen = &hunt->seen[s->votes.at[i].place];
        if (seen->n >= least) {
            if (!ks_reserve((void **)&s->listed, &s->listed_cap, n + 1, sizeof *s->listed))
                return false;
            struct ks_listed new = {.place = s->votes.at[i].place, .support = seen->n};
            size_t at = n++;
            for (; n <= FEW && at > 0 && s->listed[at - 1].place > new.place; at--)
                s->listed[at] = s->listed[at - 1];
            s->listed[at] = new;
        }
        seen->n = 0;
    }
    if (n > FEW)
        qsort(s->listed, n, sizeof *s->listed, by_place);
    *n_listed = n;
    return true;
}

/* Of the votes for one slot, by occurrence, keeps the nearest of each place and occurrence where enough
 * occurrences have the place; by place and occurrence. */
static bool keep_frequent(struct ks_slots *s, struct ks_hunt *hunt, uint32_t least, size_t *n_listed)
{
    uint32_t total = 0;
    if (!list_places(s, hunt, least, n_listed))
        return false;
    for (size_t i = 0; i < *n_listed; i++) {
        s->listed[i].first = total;
        total += s->listed[i].support;
        hunt->seen[s->listed[i].place] = (struct ks_seen){.n = 1, .last = (uint32_t)i};
    }
    s->kept.n = 0;
    if (!ks_reserve((void **)&s->kept.at, &s->kept.cap, total, sizeof *s->kept.at))
        return false;
    s->kept.n = total;
    for (size_t i = 0; i < s->votes.n; i++) {
        const struct ks_vote *vote = &s->votes.at[i];
        const struct ks_seen *seen = &hunt->seen[vote->place];
        if (seen->n == 0)
            continue;
        struct ks_listed *listed = &s->listed[seen->last];
        struct ks_vote *next = s->kept.at + listed->first + listed->n;
        struct ks_vote *last = listed->n > 0 ? next - 1 : next;
        if (listed->n == 0 || last->occurrence != vote->occurrence) {
            *next = *vote;
            listed->n++;
        } else if (last->seconds == vote->seconds && last->try > vote->try) {
            *last = *vote; /* as far away: the earlier one */
        }
    }
    for (size_t i = 0; i < *n_listed; i++)
        hunt->seen[s->listed[i].place].n = 0;
    return true;
}

/* A stamp for each of n occurrences, higher than all before, by which what was seen in others is told. */
static void renew_stamp(struct ks_slots *s, struct ks_growth *g, size_t n)
{
    if (s->stamp > UINT32_MAX - s->stamps - n) { /* places of targets before are not looked at again */
        const struct ks_goal *goal = &g->hunt->t->goals[g->c->goal];
        memset(&g->hunt->seen[goal->first_place], 0, goal->n_places * sizeof *g->hunt->seen);
        s->stamp = s->stamps = 0;
    }
    s->stamp += s->stamps > 0 ? s->stamps : 1;
    s->stamps = (uint32_t)n;
}

/* Gathers the votes of n occurrences for one slot, those of enough occurrences in s->kept. spans: of each, or NULL. */
static bool gather(struct ks_slots *s, struct ks_growth *g, size_t n, size_t slot, uint32_t least, struct ks_span *spans,
                   size_t *met, size_t *n_listed)
{
    struct turn turn = {.s = s, .g = g, .least = least};
    struct ks_span own = {.from = 0};
    renew_stamp(s, g, n);
    s->votes.n = 0;
    for (size_t i = 0; i < n && !turn.failed; i++) {
        struct ks_span *span = spans != NULL ? &spans[i] : &own;
        turn.index = i * g->c->n / n;
        turn.left = n - 1 - i;
        turn.stamp = s->stamp + (uint32_t)i;
        if (spans == NULL)
            slot_span(g, turn.index, slot, n == ks_sample(g->c) ? s->gap[i] : -1, span);
        if (span->from < span->to)
            walk(g, slot, span, add_vote, &turn);
    }
    *met = turn.met;
    ks_charge(g->hunt, 10 + 4 * turn.all);
    return !turn.failed && keep_frequent(s, g->hunt, least, n_listed);
}

/* Counts one slot over the sample, whose stretches these are. */
static bool count(struct ks_slots *s, struct ks_growth *g, size_t k, struct ks_span *spans)
{
    size_t sample = ks_sample(g->c), need = sample < 3 ? 2 : (sample * 3 + 4) / 5, n_listed;
    struct ks_slot *slot = &s->slot[k];
    slot->n = 0;
    if (!gather(s, g, sample, k, sample < 5 ? 2 : (uint32_t)need, spans, &slot->met, &n_listed) ||
        !ks_reserve((void **)&slot->at, &slot->cap, n_listed, sizeof *slot->at))
        return false;
    const struct ks_vote *vote = s->kept.at;
    for (size_t i = 0; i < n_listed; i++) {
        uint32_t support = s->listed[i].support;
        if (support < need) {
            vote += support;
            continue;
        }
        struct ks_group group = {
            .place = vote->place, .support = support, .occurrence = vote->occurrence, .try = vote->try};
        double sum = 0;
        for (const struct ks_vote *end = vote + support; vote < end; vote++)
            sum += ks_growth_ln_chance(g, ks_growth_try(g, vote->try), vote->seconds, vote->steps);
        ks_charge(g->hunt, 10 + 6 * support);
        group.ln_p = ks_combined_ln_p(support, sum) + ks_ln_choose((double)sample, (double)support);
        slot->at[slot->n++] = group;
    }
    return true;
}

/* Makes a slot known: takes what was counted before where it would be the same, else counts it. */
static bool make_known(struct ks_slots *s, struct ks_growth *g, size_t k)
{
    struct ks_span spans[KS_SAMPLE];
    for (size_t i = 0; i < ks_sample(g->c); i++)
        slot_span(g, ks_sample_at(g->c, i), k, s->gap[i], &spans[i]);
    bool failed = false;
    if (!ks_counted_find(s, g, k, spans, &failed) && !failed) {
        uint64_t work = g->hunt->work;
        failed = !count(s, g, k, spans);
        if (!failed && g->hunt->work > 0)
            ks_counted_keep(s, g, k, spans, work - g->hunt->work);
    }
    s->slot[k].known = true;
    return !failed;
}

bool ks_slots_count(struct ks_slots *s, struct ks_growth *g)
{
    size_t sample = ks_sample(g->c);
    for (size_t i = 0; i < sample && !s->gaps; i++)
        s->gap[i] = outer_gap(g, &g->c->at[ks_sample_at(g->c, i)]);
    s->gaps = true;
    for (size_t k = 0; k <= g->c->m; k++)
        if (!s->slot[k].known && !make_known(s, g, k))
            return false;
    return true;
}

bool ks_slots_last(struct ks_slots *s, struct ks_growth *g, uint32_t least)
{
    size_t met, n_listed;
    for (size_t i = 0; i < ks_sample(g->c); i++)
        s->gap[i] = outer_gap(g, &g->c->at[ks_sample_at(g->c, i)]);
    return gather(s, g, g->c->n, g->c->m, least, NULL, &met, &n_listed);
}

void ks_slots_clear(struct ks_slots *s)
{
    s->gaps = false;
    for (size_t k = 0; k <= KS_KNOCK_MAX; k++)
        s->slot[k].known = false;
}

/* Whether an occurrence of the sample lacks a port: then the slots on either side see past it. */
static bool is_lacking(const struct ks_candidate *c, size_t j)
{
    for (size_t i = 0; i < ks_sample(c); i++)
        if (c->at[ks_sample_at(c, i)].tries[j] == KS_NONE)
            return true;
    return false;
}

/* Forgets the slots after `slot`, and those before it, that can be seen from it. */
static void forget_after(struct ks_slots *s, const struct ks_candidate *c, size_t slot)
{
    for (size_t k = slot + 1; k <= c->m && is_lacking(c, k - 1); k++)
        s->slot[k].known = false;
}

static void forget_before(struct ks_slots *s, const struct ks_candidate *c, size_t slot)
{
    for (size_t k = slot; k-- > 0 && is_lacking(c, k);)
        s->slot[k].known = false;
}

void ks_slots_inserted(struct ks_slots *s, const struct ks_growth *g, size_t slot)
{
    const struct ks_candidate *c = g->c;
    struct ks_slot spare = s->slot[c->m];
    memmove(&s->slot[slot + 1], &s->slot[slot], (c->m - slot) * sizeof *s->slot);
    s->slot[slot] = spare;
    s->slot[slot].known = s->slot[slot + 1].known = false;
    forget_after(s, c, slot + 1);
    forget_before(s, c, slot);
    bool outer = slot == 0 || slot + 1 == c->m;
    for (size_t i = 0; i < ks_sample(c); i++) {
        int64_t gap = outer_gap(g, &c->at[ks_sample_at(c, i)]);
        outer = outer || s->gap[i] != gap;
        s->gap[i] = gap;
    }
    if (outer) { /* what lies outside the ends ends elsewhere */
        s->slot[0].known = s->slot[c->m].known = false;
        forget_after(s, c, 0);
        forget_before(s, c, c->m);
    }
}

struct wanted {
    uint32_t place;
    const struct ks_try *found;
};

static inline bool find_place(void *to, const struct ks_span *span, const struct ks_try *x, uint32_t p)
{
    struct wanted *wanted = to;
    (void)span;
    (void)p;
    if (x->place != wanted->place)
        return true;
    wanted->found = x;
    return false;
}

uint32_t ks_slot_find(struct ks_growth *g, size_t occurrence, size_t slot, uint32_t place)
{
    struct wanted wanted = {.place = place};
    struct ks_span span;
    if (slot_span(g, occurrence, slot, -1, &span))
        walk(g, slot, &span, find_place, &wanted);
    return wanted.found != NULL ? (uint32_t)(wanted.found - g->hunt->t->at) : KS_NONE;
}

struct ks_slots *ks_slots_new(void)
{
    struct ks_slots *s = ks_zalloc(1, sizeof *s);
    if (s != NULL)
        s->memo = ks_memo_new();
    if (s == NULL || s->memo != NULL)
        return s;
    ks_free(s);
    return NULL;
}

void ks_slots_free(struct ks_slots *s)
{
    if (s == NULL)
        return;
    ks_memo_free(s->memo);
    for (size_t k = 0; k <= KS_KNOCK_MAX; k++)
        ks_free(s->slot[k].at);
    ks_free(s->votes.at);
    ks_free(s->kept.at);
    ks_free(s->listed);
    ks_free(s);
}
