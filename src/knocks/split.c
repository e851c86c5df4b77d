/* Sequences that hold an opening: a knock, and another one after what it opened, often the one that closes it
 * again. */
#include "base/memory.h"
#include "knocks/build.h"

enum { LEAST = 2 };

/* Whether the port of an answered try was closed to this source the time before. */
static bool flips(const struct ks_tries *t, uint32_t number)
{
    const struct ks_try *x = &t->at[number];
    uint32_t before = ks_previous_at(t, number);
    return x->outcome == KS_OPEN && t->places[x->place].item >> 16 == KS_TCP && before != KS_NONE &&
           ks_try_closed(t, &t->at[before]);
}

static bool has_place(const struct ks_candidate *c, uint32_t place)
{
    for (size_t j = 0; j < c->m; j++)
        if (c->place[j] == place)
            return true;
    return false;
}

/* The try at a place (KS_NONE: any) that flips to open between two ports of an activation; KS_NONE where none
 * does. */
static uint32_t opens_between(const struct ks_tries *t, const struct ks_candidate *c,
                              const struct ks_occurrence *o, size_t j, uint32_t place)
{
    uint32_t before = o->tries[j - 1], after = o->tries[j];
    if (before == KS_NONE || after == KS_NONE || t->at[before].pair != t->at[after].pair)
        return KS_NONE;
    for (uint32_t p = t->at[before].at_pair + 1; p < t->at[after].at_pair; p++) {
        uint32_t number = t->by_pair[p];
        uint32_t here = t->at[number].place;
        if ((place == KS_NONE || here == place) && !has_place(c, here) && flips(t, number))
            return number;
    }
    return KS_NONE;
}

/* Where an opening of the same port parts most activations: the number of ports before it, and the tries that
 * open it by activation; 0: nowhere. */
static size_t parting(const struct ks_tries *t, const struct ks_candidate *c, uint32_t *flip)
{
    for (size_t j = LEAST; j + LEAST <= c->m; j++) {
        uint32_t place = KS_NONE;
        size_t n = 0;
        for (size_t i = 0; i < c->n; i++) {
            flip[i] = opens_between(t, c, &c->at[i], j, place);
            place = flip[i] != KS_NONE ? t->at[flip[i]].place : place;
            n += flip[i] != KS_NONE;
        }
        if (n > 1 && n * 10 >= c->n * 7)
            return j;
    }
    return 0;
}

/* The next try in vain towards an opening from the last port of an activation (later), or from its first port
 * back to it; KS_NONE: there is none. */
static uint32_t beside(const struct ks_tries *t, const struct ks_occurrence *o, uint32_t flip, bool later)
{
    if (flip == KS_NONE || t->at[flip].pair != t->at[o->first].pair)
        return KS_NONE;
    uint32_t from = t->at[later ? o->last : o->first].at_pair, end = t->at[flip].at_pair;
    for (uint32_t p = from;
         later ? p + 1 < end : p > end + 1;) { /* none where the ports come in another order */
        p += later ? 1 : UINT32_MAX;
        const struct ks_try *x = &t->at[t->by_pair[p]];
        if (x->outcome != KS_OPEN && !x->repeat && !x->probe)
            return t->by_pair[p];
    }
    return KS_NONE;
}

/* Takes in ports between a part and the opening that most of its activations have: they were torn off where
 * both parts end in the same ones. Returns whether one was found. */
static bool extend(const struct ks_tries *t, struct ks_candidate *c, const uint32_t *flip, bool later)
{
    uint32_t place = KS_NONE;
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        uint32_t x = beside(t, &c->at[i], flip[i], later);
        place = place == KS_NONE && x != KS_NONE ? t->at[x].place : place;
        n += x != KS_NONE && t->at[x].place == place;
    }
    if (c->m == KS_KNOCK_MAX || n < 2 || n * 10 < c->n * 7)
        return false;
    for (size_t j = c->m; !later && j > 0; j--)
        c->place[j] = c->place[j - 1];
    c->place[later ? c->m : 0] = place;
    for (size_t i = 0; i < c->n; i++) {
        struct ks_occurrence *o = &c->at[i];
        uint32_t x = beside(t, o, flip[i], later);
        x = x != KS_NONE && t->at[x].place == place ? x : KS_NONE;
        for (size_t j = c->m; !later && j > 0; j--)
            o->tries[j] = o->tries[j - 1];
        o->tries[later ? c->m : 0] = x;
        o->missing = (uint8_t)(o->missing + (x == KS_NONE));
        if (x != KS_NONE && later)
            o->last = x;
        else if (x != KS_NONE)
            o->first = x;
    }
    c->m++;
    return true;
}

/* The ports from..to-1 of a candidate with their occurrences, as a candidate of its own. False where memory
 * ran out. */
static bool cut(const struct ks_tries *t, const struct ks_candidate *c, size_t from, size_t to,
                const uint32_t *flip, uint32_t *kept, struct ks_candidate *out)
{
    *out = (struct ks_candidate){.goal = c->goal, .mixed = c->mixed, .m = to - from};
    for (size_t j = from; j < to; j++)
        out->place[j - from] = c->place[j];
    for (size_t i = 0; i < c->n; i++) {
        struct ks_occurrence o = {.first = KS_NONE, .in_order = c->at[i].in_order};
        size_t there = 0;
        for (size_t j = from; j < to; j++) {
            uint32_t number = c->at[i].tries[j];
            o.tries[j - from] = number;
            o.missing = (uint8_t)(o.missing + (number == KS_NONE));
            if (number == KS_NONE)
                continue;
            o.first = there == 0 || number < o.first ? number : o.first;
            o.last = there == 0 || number > o.last ? number : o.last;
            there++;
        }
        if (there < LEAST)
            continue;
        kept[out->n] = flip[i];
        if (!ks_occurrence_add(out, &o))
            return false;
    }
    while (extend(t, out, kept, from == 0))
        ;
    ks_candidate_significance(t, out);
    return true;
}

/* Parts one candidate, if it has to be. False where memory ran out. */
static bool split(struct ks_hunt *hunt, size_t i)
{
    struct ks_candidates *found = &hunt->found;
    size_t n = found->at[i].n, j;
    uint32_t *flip = ks_alloc(2 * n, sizeof *flip);
    struct ks_candidate first = {0}, second = {0};
    bool done = flip != NULL;
    j = done ? parting(hunt->t, &found->at[i], flip) : 0;
    if (j > 0)
        done = ks_reserve((void **)&found->at, &found->cap, found->n + 1, sizeof *found->at) &&
               cut(hunt->t, &found->at[i], 0, j, flip, flip + n, &first) &&
               cut(hunt->t, &found->at[i], j, found->at[i].m, flip, flip + n, &second);
    if (j > 0 && done) {
        first.stays = second.stays = true;
        ks_candidate_free(&found->at[i]);
        found->at[i] = first;
        found->at[found->n++] = second;
    } else {
        ks_candidate_free(&first);
        ks_candidate_free(&second);
    }
    ks_free(flip);
    return done;
}

struct ks_status ks_candidates_split(struct ks_hunt *hunt)
{
    for (size_t i = 0, n = hunt->found.n; i < n; i++) {
        const struct ks_candidate *c = &hunt->found.at[i];
        if (!c->mixed && c->n > 1 && c->m >= (size_t)2 * LEAST && !split(hunt, i))
            return ks_nomem("the knocks");
    }
    return ks_ok();
}
