/* What the ports of a sequence are tried for besides: a port that comes by itself belongs to no knock. */
#include <math.h>

#include "knocks/sequences/growth.h"

/* What is looked for around the attempts at a port. */
struct around {
    uint32_t place;  /* the port's */
    uint32_t others; /* ports of the candidate that are not this one */
    uint64_t filter; /* a bit for each of the candidate's places, by its number modulo 64 */
    int64_t reach;
    size_t at[KS_KNOCK_MAX], n; /* where the port stands in the candidate */
};

static uint64_t bit_of(uint32_t place)
{
    return UINT64_C(1) << place % 64;
}

/* Whether the candidate holds a try at the port. */
static bool holds(const struct ks_candidate *c, const struct around *around, uint32_t number)
{
    for (size_t k = 0; k < around->n; k++)
        for (size_t i = 0; i < c->n; i++)
            if (c->at[i].tries[around->at[k]] == number && number >= c->at[i].first && number <= c->at[i].last)
                return true;
    return false;
}

static bool is_port_of(const struct ks_candidate *c, const struct around *around, uint32_t place)
{
    for (size_t j = 0; j < c->m && (around->filter & bit_of(place)) != 0; j++)
        if (c->place[j] == place)
            return true;
    return false;
}

/* Whether at least half of the candidate's other ports are tried around this try as well: an activation that
 * lacks some, or one that went wrong. */
static bool near_others(const struct ks_growth *g, const struct around *around, const struct ks_try *x)
{
    enum { STEPS = 20 };
    const struct ks_candidate *c = g->c;
    const uint32_t *order = ks_stream_order(g->hunt->t, c->mixed);
    const uint64_t *lean = c->mixed ? g->hunt->t->lean_goal : g->hunt->t->lean_pair;
    uint32_t first, end, seen = 0, walked = 0, here = ks_stream_at(x, c->mixed);
    bool enough = false;
    ks_stream_range(g->hunt->t, x, c->mixed, &first, &end);
    for (unsigned side = 0; side < 2 && !enough; side++) {
        uint32_t p = side == 0 ? here : here + 1;
        for (unsigned steps = 0; steps < STEPS && !enough; steps++, walked++) {
            p = side == 0 ? ks_lean_before(lean, p, first) : ks_lean_after(lean, p, end);
            if (p == KS_NONE || p >= end)
                break;
            const struct ks_try *y = ks_growth_try(g, order[p]);
            if (y->place == x->place || (side == 0 ? x->time - y->time : y->time - x->time) > around->reach)
                break;
            seen += is_port_of(c, around, y->place);
            enough = seen > 0 && seen * 2 >= around->others;
            p += side;
        }
    }
    ks_charge(g->hunt, 5 + walked);
    return enough;
}

/* How many attempts at the port, of those that the candidate does not hold, have others of its ports near. */
static uint32_t count_near(struct ks_growth *g, uint32_t place)
{
    const struct ks_candidate *c = g->c;
    const struct ks_tries *t = g->hunt->t;
    struct around around = {.place = place, .reach = 3 * g->usual + 2 * KS_SECOND};
    uint32_t near = 0;
    for (size_t j = 0; j < c->m; j++) {
        around.filter |= bit_of(c->place[j]);
        if (c->place[j] == place)
            around.at[around.n++] = j;
    }
    around.others = (uint32_t)(c->m - around.n);
    for (size_t p = 0; p < g->n_pairs; p++) {
        uint32_t link = ks_tries_link(t, g->pairs[p], place);
        for (uint32_t k = 0; link != KS_NONE && k < t->links[link].n; k++) {
            uint32_t number = t->by_link[t->links[link].first + k];
            near += !t->at[number].repeat && !holds(c, &around, number) &&
                    near_others(g, &around, &t->at[number]);
        }
    }
    return near;
}

uint32_t ks_growth_unexplained(struct ks_growth *g, uint32_t place, uint32_t support)
{
    enum { FEW = 64, SEVERAL = 16 };
    const struct ks_candidate *c = g->c;
    const struct ks_tries *t = g->hunt->t;
    bool all = c->mixed || g->n_pairs > SEVERAL; /* very many sources stand for all */
    uint32_t fresh = all ? t->places[place].fresh : 0, held = support;
    ks_charge(g->hunt, 2);
    for (size_t p = 0; p < g->n_pairs && !all; p++) {
        uint32_t link = ks_tries_link(t, g->pairs[p], place);
        fresh += link == KS_NONE ? 0 : ks_link_lean(t, link);
    }
    if (fresh <= held)
        return 0;
    for (size_t j = 0; j < c->m; j++)
        for (size_t i = 0; i < c->n && c->place[j] == place; i++)
            held += c->at[i].tries[j] != KS_NONE;
    if (fresh <= held)
        return 0;
    if (all || c->n > FEW || fresh > 3 * (held + c->n) || ks_growth_try(g, c->at[0].first)->plain ||
        g->looks == 0)
        return fresh - held;
    g->looks--;
    uint32_t near = count_near(g, place);
    near = near > support ? near - support : 0; /* these are near, too */
    return fresh > held + near ? fresh - held - near : 0;
}

double ks_growth_ln_limit(struct ks_growth *g, uint32_t support, uint32_t others, bool outer,
                          int64_t pause, size_t from, size_t to, double usual)
{
    bool whole = from == 0 && to == g->c->m;
    bool far = outer && g->c->m > 2 &&
               !ks_growth_alike(pause, whole ? g->usual : ks_growth_usual_pause(g, from, to));
    double limit = far ? 1e-5 : outer && others <= support && ks_growth_in_step(g, pause) ? 0.05 : usual;
    if (others > support) /* mostly tried by itself: a stranger, unless it is clear that it is none */
        limit *= (double)support / ((double)support + others);
    return log(limit);
}
