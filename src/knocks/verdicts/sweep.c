/* Whether a sequence of ports is a part of a sweep over more of them. */
#include <stdlib.h>

#include "knocks/verdicts/build.h"
#include "knocks/attempts/ports.h"

/* The pause and the range within which a sweep is taken to go on, and by which step (1: any), of a hundred at
 * least; a tenth more or less. */
struct reach {
    int64_t pause;
    uint32_t low, high; /* items */
    uint32_t step;
};

enum { WIDE = 100 };

static bool reach_of(const struct ks_case *c, const struct ks_tries *t, const uint32_t *tries, size_t n,
                     struct reach *reach)
{
    int64_t step = (int64_t)c->items[1] - c->items[0], before = 0;
    bool equal = true, any = false;
    *reach = (struct reach){.low = c->items[0], .high = c->items[0]};
    for (size_t j = 0; j < c->knock.n_ports; j++) {
        equal = equal && (j == 0 || (int64_t)c->items[j] - c->items[j - 1] == step);
        reach->low = c->items[j] < reach->low ? c->items[j] : reach->low;
        reach->high = c->items[j] > reach->high ? c->items[j] : reach->high;
    }
    for (size_t j = 0; j < n; j++) {
        if (tries[j] == KS_NONE)
            continue;
        int64_t time = t->at[tries[j]].time;
        if (any && time - before > reach->pause)
            reach->pause = time - before;
        before = time;
        any = true;
    }
    reach->step = equal && llabs(step) >= WIDE ? (uint32_t)llabs(step) : 1;
    uint32_t margin = equal ? (uint32_t)llabs(step) * 2 : (uint32_t)n + 2;
    reach->pause = 10 * reach->pause + KS_SECOND;
    reach->low -= margin < (reach->low & 0xffff) ? margin : (reach->low & 0xffff);
    reach->high += margin < 0xffff - (reach->high & 0xffff) ? margin : 0xffff - (reach->high & 0xffff);
    return any;
}

static bool in_step(const struct reach *reach, uint32_t first, uint32_t item)
{
    uint32_t off = (uint32_t)llabs((int64_t)item - first) % reach->step;
    return off <= reach->step / 10 || reach->step - off <= reach->step / 10;
}

/* Whether the next attempt at another port, in one direction of the pair's stream, lies within reach. A port
 * that is open to the source again and again is no part of a sweep. */
static bool goes_on(const struct ks_case *c, const struct ks_tries *t, uint32_t from, bool later,
                    const struct reach *reach)
{
    const struct ks_try *here = &t->at[from];
    const struct ks_pair *pair = &t->pairs[here->pair];
    for (uint32_t p = here->at_pair; later ? ++p < pair->first + pair->n : p-- > pair->first;) {
        const struct ks_try *x = &t->at[t->by_pair[p]];
        uint32_t item = t->places[x->place].item;
        bool own = t->links[x->link].open > 1;
        if (llabs(x->time - here->time) > reach->pause)
            return false;
        for (size_t j = 0; j < c->knock.n_ports && !own; j++)
            own = c->items[j] == item;
        if (!own && !x->repeat)
            return item >= reach->low && item <= reach->high && in_step(reach, c->items[0], item);
    }
    return false;
}

void ks_case_runs_on(struct ks_case *c, const struct ks_tries *t, const uint32_t *tries, size_t n)
{
    struct reach reach;
    if (!ks_ports_monotone(c->items, c->knock.n_ports) || !reach_of(c, t, tries, n, &reach))
        return;
    uint32_t first = KS_NONE, last = 0;
    for (size_t j = 0; j < n; j++)
        if (tries[j] != KS_NONE) {
            first = tries[j] < first ? tries[j] : first;
            last = tries[j] > last ? tries[j] : last;
        }
    c->runs_on += goes_on(c, t, first, false, &reach) || goes_on(c, t, last, true, &reach);
}
