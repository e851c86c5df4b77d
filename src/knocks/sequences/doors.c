/* What opens after a candidate's activations, as far as it bears on which of them there are. */
#include "knocks/sequences/candidate.h"

enum { WALK = 400, NEXT = 60 };

/* Whether a port answers the source of an activation in the time after it. */
static bool answers_after(const struct ks_hunt *hunt, const struct ks_occurrence *o, uint32_t place)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_try *last = &t->at[o->last];
    uint32_t link = ks_tries_link(t, last->pair, place);
    for (uint32_t k = 0; link != KS_NONE && k < t->links[link].n; k++) {
        const struct ks_try *x = &t->at[t->by_link[t->links[link].first + k]];
        if (x->outcome == KS_OPEN && x->time > last->time && x->time - last->time <= hunt->follow)
            return true;
    }
    return false;
}

/* After how many whole activations a port answers; whole: of so many. */
static size_t answers(struct ks_hunt *hunt, const struct ks_candidate *c, uint32_t place, size_t *whole)
{
    size_t n = 0;
    *whole = 0;
    for (size_t i = 0; i < c->n; i++) {
        bool is_whole = c->at[i].missing == 0 && c->at[i].in_order;
        *whole += is_whole;
        n += is_whole && answers_after(hunt, &c->at[i], place);
    }
    ks_charge(hunt, c->n);
    return n;
}

bool ks_opens_alike(struct ks_hunt *hunt, const struct ks_candidate *c, const struct ks_occurrence *o)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_try *last = &t->at[o->last];
    uint32_t p = last->at_pair + 1, end = t->pairs[last->pair].first + t->pairs[last->pair].n;
    for (unsigned steps = 0; p < end && steps < WALK; p++, steps++) {
        uint32_t number = t->by_pair[p];
        const struct ks_try *x = &t->at[number];
        if (x->time - last->time > hunt->follow)
            break;
        if (t->links[x->link].first_open != number || t->places[x->place].busy || !ks_try_sends(t, number))
            continue;
        size_t whole, alike = answers(hunt, c, x->place, &whole);
        if (alike * 2 > whole)
            return true;
    }
    return false;
}

bool ks_opens_each_time(struct ks_hunt *hunt, const struct ks_candidate *c)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_try *last = &t->at[c->at[0].last];
    uint32_t p = last->at_pair + 1, end = t->pairs[last->pair].first + t->pairs[last->pair].n;
    for (unsigned steps = 0; p < end && steps < NEXT && !c->mixed; p++, steps++) {
        uint32_t number = t->by_pair[p];
        const struct ks_try *x = &t->at[number];
        if (x->time - last->time > hunt->follow)
            break;
        if (x->outcome != KS_OPEN || t->links[x->link].open > c->n + 1 || t->places[x->place].busy || !ks_try_sends(t, number))
            continue;
        size_t whole, alike = answers(hunt, c, x->place, &whole);
        if (whole > 2 && alike == whole)
            return true;
    }
    return false;
}
