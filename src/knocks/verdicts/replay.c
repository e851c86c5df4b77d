/* Whether activations are copies: captures are put together from recordings that were played several times,
 * and then everything recurs. */
#include <stdlib.h>

#include "knocks/verdicts/build.h"

enum { AROUND = 48, FAR_AROUND = 2000, LOOKED_AT = 8, ENOUGH = 12, TARGETS = 8 };

/* Whether a link has an attempt at a time, give or take `about`. */
static bool tried_at(const struct ks_tries *t, const struct ks_link *link, int64_t time, int64_t about)
{
    uint32_t low = link->first, high = link->first + link->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (t->at[t->by_link[middle]].time < time - about)
            low = middle + 1;
        else
            high = middle;
    }
    return low < link->first + link->n && t->at[t->by_link[low]].time <= time + about;
}

/* Whether anybody tries the same port to the microsecond then: recordings are often given other addresses. */
static bool port_tried_at(const struct ks_tries *t, uint32_t item, int64_t time)
{
    const int64_t about = 3 * KS_SECOND / 1000000; /* what rounding of times does */
    for (size_t i = ks_tries_from(t, time - about); i < t->n && t->at[i].time <= time + about; i++)
        if (t->places[t->at[i].place].item == item)
            return true;
    return false;
}

/* Whether what is tried elsewhere around an activation, by its source or by all, comes again `later` ns after
 * it: most of it, at enough targets, for a source may knock at a few in step. */
static bool all_again(const struct ks_tries *t, const struct ks_activation *a, int64_t later, bool by_source)
{
    size_t here = ks_try_of(t, a->events[0]), n = 0, again = 0, n_targets = 0,
           reach = by_source ? FAR_AROUND : AROUND;
    uint32_t targets[TARGETS];
    size_t from = here > reach ? here - reach : 0, to = t->n - here > reach ? here + reach : t->n;
    int64_t about = KS_SECOND / 1000 + later / 1000000;
    for (size_t i = from; i < to; i++) {
        const struct ks_try *x = &t->at[i];
        uint32_t source = ks_try_source(t, x), target = t->goals[x->goal].host;
        if (source == a->target || target == a->source || target == a->target ||
            (by_source && source != a->source) || x->time + later > t->last)
            continue;
        n++;
        size_t k = 0;
        while (k < n_targets && targets[k] != target)
            k++;
        if (k == n_targets && n_targets < TARGETS)
            targets[n_targets++] = target;
        again += tried_at(t, &t->links[x->link], x->time + later, about) ||
                 port_tried_at(t, t->places[x->place].item, x->time + later);
    }
    return n >= ENOUGH && n_targets == TARGETS && again * 2 >= n;
}

bool ks_case_is_copied(const struct ks_case *c, const struct ks_tries *t)
{
    const struct ks_activation *at = c->knock.activations;
    size_t n = c->knock.n_activations < LOOKED_AT ? c->knock.n_activations : LOOKED_AT, copies = 0;
    for (size_t i = 1; i < n; i++) {
        bool copy = false;
        for (size_t k = i; k-- > 0 && !copy;) {
            int64_t later = at[i].time - at[k].time;
            copy = at[k].source == at[i].source && at[k].target == at[i].target && later > 0 &&
                   (all_again(t, &at[k], later, false) || all_again(t, &at[k], later, true));
        }
        copies += copy;
    }
    return copies + 1 >= n;
}
