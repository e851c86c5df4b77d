/* Sequences that hold an opening: a knock, and another one after what it opened, often the one that closes it
 * again. */
#include "base/memory.h"
#include "knocks/build.h"

enum { LEAST = 2 };

/* Whether the port of an answered try was closed to this source the time before. */
static bool flips(const struct ks_tries *t, uint32_t number)
{
    const struct ks_try *x = &t->at[number];
    const struct ks_link *link = &t->links[x->link];
    const struct ks_try *before = NULL;
    if (x->outcome != KS_OPEN || t->places[x->place].item >> 16 != KS_TCP)
        return false;
    for (uint32_t i = link->first; i < link->first + link->n && t->by_link[i] < number; i++)
        before = &t->at[t->by_link[i]];
    return before != NULL && ks_try_closed(t, before);
}

static bool has_place(const struct ks_candidate *c, uint32_t place)
{
    for (size_t j = 0; j < c->m; j++)
        if (c->place[j] == place)
            return true;
    return false;
}

/* The place (KS_NONE: any) that flips to open between two ports of an activation; KS_NONE where none does. */
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
            return here;
    }
    return KS_NONE;
}

/* Where an opening of the same port parts most activations: the number of ports before it; 0: nowhere. */
static size_t parting(const struct ks_tries *t, const struct ks_candidate *c)
{
    for (size_t j = LEAST; j + LEAST <= c->m; j++) {
        uint32_t place = KS_NONE;
        size_t n = 0;
        for (size_t i = 0; i < c->n; i++) {
            uint32_t here = opens_between(t, c, &c->at[i], j, place);
            place = place == KS_NONE ? here : place;
            n += here != KS_NONE;
        }
        if (n > 1 && n * 10 >= c->n * 7)
            return j;
    }
    return 0;
}

/* The ports from..to-1 of a candidate with their occurrences, as a candidate of its own. False where memory
 * ran out. */
static bool cut(const struct ks_tries *t, const struct ks_candidate *c, size_t from, size_t to,
                struct ks_candidate *out)
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
        if (there >= LEAST && !ks_occurrence_add(out, &o))
            return false;
    }
    ks_candidate_significance(t, out);
    return true;
}

struct ks_status ks_candidates_split(struct ks_hunt *hunt)
{
    struct ks_candidates *found = &hunt->found;
    for (size_t i = 0, n = found->n; i < n; i++) {
        size_t j = found->at[i].mixed || found->at[i].n < 2 ? 0 : parting(hunt->t, &found->at[i]);
        struct ks_candidate first = {0}, second = {0};
        if (j == 0)
            continue;
        if (!ks_reserve((void **)&found->at, &found->cap, found->n + 1, sizeof *found->at) ||
            !cut(hunt->t, &found->at[i], 0, j, &first) ||
            !cut(hunt->t, &found->at[i], j, found->at[i].m, &second)) {
            ks_candidate_free(&first);
            ks_candidate_free(&second);
            return ks_nomem("the knocks");
        }
        first.stays = second.stays = true;
        ks_candidate_free(&found->at[i]);
        found->at[i] = first;
        found->at[found->n++] = second;
    }
    return ks_ok();
}
