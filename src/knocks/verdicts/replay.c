/* Whether activations are copies: captures are put together from recordings that were played several times,
 * and then everything recurs. */
#include <stdlib.h>

#include "knocks/verdicts/build.h"

enum { AROUND = 48, FAR_AROUND = 2000, LOOKED_AT = 8, ENOUGH = 12, TARGETS = 8, PORTS = 24 };

/* Whether a link has an attempt at a time, give or take `about`. */
static bool tried_at(const struct ks_tries *t, const struct ks_link *link, int64_t time, int64_t about)
{
    uint32_t from = ks_link_from(t, link, time - about);
    return from < link->first + link->n && t->at[t->by_link[from]].time <= time + about;
}

/* The first try that is not before a time, which is after all tries before number `from`. */
static size_t forward(const struct ks_tries *t, size_t from, int64_t time)
{
    size_t step = 1, low = from;
    while (low + step <= t->n && t->at[low + step - 1].time < time) {
        low += step;
        step *= 2;
    }
    return ks_tries_between(t, low, low + step <= t->n ? low + step - 1 : t->n, time);
}

/* Whether anybody tries the same port to the microsecond then: recordings are often given other addresses.
 * *from: see forward; the same for a later time then. */
static bool port_tried_at(const struct ks_tries *t, uint32_t item, int64_t time, size_t *from)
{
    const int64_t about = 3 * KS_SECOND / 1000000; /* what rounding of times does */
    *from = forward(t, *from, time - about);
    for (size_t i = *from; i < t->n && t->at[i].time <= time + about; i++)
        if (t->places[t->at[i].place].item == item)
            return true;
    return false;
}

/* What is tried elsewhere around an activation. */
struct elsewhere {
    uint32_t try[2 * FAR_AROUND]; /* by time */
    size_t n;
    const struct ks_activation *around; /* NULL: not gathered yet */
};

/* By its source or by all. */
static void look_elsewhere(const struct ks_tries *t, const struct ks_activation *a, bool by_source, struct elsewhere *out)
{
    size_t here = ks_try_of(t, a->events[0]), reach = by_source ? FAR_AROUND : AROUND;
    size_t from = here > reach ? here - reach : 0, to = t->n - here > reach ? here + reach : t->n;
    out->n = 0;
    out->around = a;
    for (size_t i = from; i < to; i++) {
        const struct ks_try *x = &t->at[i];
        uint32_t source = ks_try_source(t, x), target = t->goals[x->goal].host;
        if ((by_source && source != a->source) || source == a->target || target == a->source || target == a->target)
            continue;
        out->try[out->n++] = (uint32_t)i;
    }
}

/* Whether there are so many targets among the first n. */
static bool at_many(const struct ks_tries *t, const struct elsewhere *e, size_t n)
{
    uint32_t goals[TARGETS];
    size_t n_goals = 0;
    for (size_t i = 0; i < n && n_goals < TARGETS; i++) {
        size_t k = 0;
        while (k < n_goals && goals[k] != t->at[e->try[i]].goal)
            k++;
        if (k == n_goals)
            goals[n_goals++] = t->at[e->try[i]].goal;
    }
    return n_goals == TARGETS;
}

/* Whether other sources than the knocker's try so many ports among the first n. */
static bool by_others(const struct ks_tries *t, const struct elsewhere *e, size_t n)
{
    uint32_t places[PORTS];
    size_t n_places = 0;
    for (size_t i = 0; i < n && n_places < PORTS; i++) {
        const struct ks_try *x = &t->at[e->try[i]];
        size_t k = 0;
        while (k < n_places && places[k] != x->place)
            k++;
        if (k == n_places && ks_try_source(t, x) != e->around->source)
            places[n_places++] = x->place;
    }
    return n_places == PORTS;
}

/* Whether what is tried elsewhere comes again `later` ns after it: most of it, at enough targets, for a source may
 * knock at a few in step; or nearly all that others try at many ports. */
static bool all_again(const struct ks_tries *t, const struct elsewhere *e, int64_t later)
{
    size_t n = e->n, again = 0;
    int64_t about = KS_SECOND / 1000 + later / 1000000;
    while (n > 0 && t->at[e->try[n - 1]].time > t->last - later) /* the sum may be after all time */
        n--;
    size_t most = at_many(t, e, n) ? n - n / 2 : n - n / 10; /* that have to come again */
    if (n < ENOUGH || (most > n - n / 2 && !by_others(t, e, n)))
        return false;
    size_t next = e->try[0]; /* times `later` are later */
    for (size_t i = 0; i < n && again < most && again + n - i >= most; i++) {
        const struct ks_try *x = &t->at[e->try[i]];
        again += tried_at(t, &t->links[x->link], x->time + later, about) ||
                 port_tried_at(t, t->places[x->place].item, x->time + later, &next);
    }
    return again >= most;
}

/* The same around an activation by all or by its source. */
static bool comes_again(const struct ks_tries *t, const struct ks_activation *a, int64_t later, struct elsewhere around[2])
{
    for (unsigned by_source = 0; by_source < 2; by_source++) {
        if (by_source && t->fan_out[a->source] < TARGETS)
            break;
        if (around[by_source].around != a)
            look_elsewhere(t, a, by_source, &around[by_source]);
        if (all_again(t, &around[by_source], later))
            return true;
    }
    return false;
}

bool ks_case_is_copied(const struct ks_case *c, const struct ks_tries *t)
{
    const struct ks_activation *at = c->knock.activations;
    size_t n = c->knock.n_activations < LOOKED_AT ? c->knock.n_activations : LOOKED_AT, copies = 0;
    struct elsewhere around[2];
    bool copy[LOOKED_AT] = {false};
    around[0].around = around[1].around = NULL;
    for (size_t k = 0; k < n; k++)
        for (size_t i = k + 1; i < n; i++) {
            int64_t later = at[i].time - at[k].time;
            copy[i] = copy[i] || (at[k].source == at[i].source && at[k].target == at[i].target && later > 0 &&
                                  comes_again(t, &at[k], later, around));
        }
    for (size_t i = 1; i < n; i++)
        copies += copy[i];
    return copies + 1 >= n;
}
