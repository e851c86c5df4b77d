/* What the ports of a sequence are tried for besides: a port that comes by itself belongs to no knock. */
#include <math.h>

#include "knocks/grow.h"

static bool holds(const struct ks_candidate *c, uint32_t number)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t j = 0; j < c->m && number >= c->at[i].first && number <= c->at[i].last; j++)
            if (c->at[i].tries[j] == number)
                return true;
    return false;
}

/* Whether at least half of the candidate's other ports are tried around this try as well: an activation that
 * lacks some, or one that went wrong. */
static bool near_others(const struct ks_growth *g, const struct ks_try *x, int64_t reach)
{
    enum { STEPS = 20 };
    const struct ks_candidate *c = g->c;
    const uint32_t *order = ks_stream_order(g->hunt->t, c->mixed);
    const uint64_t *lean = c->mixed ? g->hunt->t->lean_goal : g->hunt->t->lean_pair;
    uint32_t first, end, seen = 0, others = 0, walked = 0, here = ks_stream_at(x, c->mixed);
    ks_stream_range(g->hunt->t, x, c->mixed, &first, &end);
    for (size_t j = 0; j < c->m; j++)
        others += c->place[j] != x->place;
    for (unsigned side = 0; side < 2; side++) {
        uint32_t p = side == 0 ? here : here + 1;
        unsigned steps = 0;
        for (; steps < STEPS; steps++) {
            p = side == 0 ? ks_lean_before(lean, p, first) : ks_lean_after(lean, p, end);
            if (p == KS_NONE || p >= end)
                break;
            const struct ks_try *y = ks_growth_try(g, order[p]);
            if (y->place == x->place || (side == 0 ? x->time - y->time : y->time - x->time) > reach)
                break;
            bool of_it = false;
            for (size_t j = 0; j < c->m && !of_it; j++)
                of_it = c->place[j] == y->place;
            seen += of_it;
            p += side;
        }
        walked += steps;
    }
    g->hunt->work = g->hunt->work > walked ? g->hunt->work - walked : 0;
    return seen > 0 && seen * 2 >= others;
}

uint32_t ks_growth_unexplained(struct ks_growth *g, uint32_t place, uint32_t support)
{
    enum { FEW = 64, SEVERAL = 16 };
    const struct ks_candidate *c = g->c;
    const struct ks_tries *t = g->hunt->t;
    bool all = c->mixed || g->n_pairs > SEVERAL; /* very many sources stand for all */
    uint32_t fresh = all ? t->places[place].fresh : 0, held = support, near = 0;
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
    int64_t reach = 3 * g->usual + 2 * KS_SECOND;
    for (size_t p = 0; p < g->n_pairs; p++) {
        uint32_t link = ks_tries_link(t, g->pairs[p], place);
        for (uint32_t k = 0; link != KS_NONE && k < t->links[link].n; k++) {
            uint32_t number = t->by_link[t->links[link].first + k];
            near += !t->at[number].repeat && !holds(c, number) && near_others(g, &t->at[number], reach);
        }
    }
    near = near > support ? near - support : 0; /* these are near, too */
    return fresh > held + near ? fresh - held - near : 0;
}

double ks_growth_ln_limit(const struct ks_growth *g, uint32_t support, uint32_t others, bool outer,
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
