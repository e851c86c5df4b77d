/* Where something opens inside a sequence: a knock ends there. */
#include <math.h>
#include <string.h>

#include "base/ascending.h"
#include "knocks/sequences/growth.h"
#include "stats/association.h"
#include "stats/terms.h"

enum { WALK = 400 };

/* How a port that answers between two ports of an occurrence opened there, least sure first. */
enum opens { OPENS_NOT, OPENS_ONCE, OPENS_EACH_TIME, OPENS_CLOSED_BEFORE };

/* Its source had found it closed the time before, or it answers that source hardly anywhere but between the
 * ports j - 1 and j, and there most times, or once at all. A service that is used meanwhile answers between other
 * ports as well, and before and after the sequence. */
static enum opens opens_here(const struct ks_growth *g, size_t j, uint32_t number, bool passing)
{
    const struct ks_tries *t = g->hunt->t;
    const struct ks_candidate *c = g->c;
    const struct ks_link *link = &t->links[t->at[number].link];
    uint32_t here = 0, times = 0;
    if (t->at[number].flips)
        return OPENS_CLOSED_BEFORE;
    if (!ks_try_sends(t, number))
        return OPENS_NOT;
    if (c->m == 2)
        return OPENS_NOT; /* there is nowhere else */
    size_t i = 0, last = c->n;
    for (uint32_t k = link->first; k < link->first + link->n; k++) {
        uint32_t x = t->by_link[k];
        while (i < c->n && (c->at[i].tries[j] == KS_NONE || c->at[i].tries[j] < x))
            i++;
        if (i == c->n || t->at[x].outcome != KS_OPEN || c->at[i].tries[j - 1] == KS_NONE || c->at[i].tries[j - 1] > x)
            continue;
        here++;
        times += i != last;
        last = i;
    }
    ks_charge(g->hunt, 2 + (link->n + c->n) / 8);
    if (passing ? link->open > times : here * 3 <= link->open * 2)
        return OPENS_NOT;
    return (size_t)times * 10 >= c->n * 7 ? OPENS_EACH_TIME : link->open == 1 ? OPENS_ONCE : OPENS_NOT;
}

struct opening {
    uint32_t number;
    enum opens how;
};

/* Takes a try between the ports j - 1 and j for the opening, where it is a surer one: an answered attempt at a port
 * that was not open before, that sends or was in vain the time before; where nobody waits for it (`passing`), and it
 * was not in vain the time before, not one that serves others, or is used oftener. */
static void consider(const struct ks_growth *g, size_t j, uint32_t number, bool passing, struct opening *best)
{
    const struct ks_tries *t = g->hunt->t;
    const struct ks_try *x = &t->at[number];
    if (x->outcome != KS_OPEN || t->places[x->place].busy)
        return;
    uint32_t own = t->links[x->link].open;
    bool serves = t->places[x->place].open > own || own > 2 * g->c->n;
    if ((ks_growth_open_before(g, x) || (passing && serves)) && !x->flips)
        return; /* what an activation before opened is closed again */
    enum opens how = opens_here(g, j, number, passing);
    if (how > best->how)
        *best = (struct opening){number, how};
}

/* Goes through what the target tries at the knocker between two tries: some doors open the other way. */
static void consider_back(const struct ks_growth *g, const struct ks_occurrence *o, size_t j, bool passing,
                          struct opening *best)
{
    const struct ks_tries *t = g->hunt->t;
    uint32_t from = o->tries[j - 1], to = o->tries[j], host = t->goals[g->c->goal].host;
    uint32_t back = t->opens[host] ? ks_tries_pair(t, host, ks_try_source(t, &t->at[from])) : KS_NONE;
    if (back == KS_NONE || !t->pairs[back].answers)
        return;
    const uint32_t *tries = t->by_pair + t->pairs[back].first;
    size_t n = t->pairs[back].n, i = ks_below_u32(tries, n, from);
    for (unsigned steps = 0; i < n && tries[i] < to && steps < WALK; i++, steps++)
        consider(g, j, tries[i], passing, best);
}

/* The surest opening between the ports j - 1 and j of an occurrence, or KS_NONE. */
static uint32_t opening_between(const struct ks_growth *g, const struct ks_occurrence *o, size_t j, bool passing)
{
    const struct ks_tries *t = g->hunt->t;
    const uint32_t *order = ks_stream_order(t, g->c->mixed);
    const uint64_t *open = g->c->mixed ? t->open_goal : t->open_pair;
    uint32_t from = o->tries[j - 1], to = o->tries[j];
    struct opening best = {KS_NONE, OPENS_NOT};
    if (from == KS_NONE || to == KS_NONE)
        return KS_NONE;
    uint32_t first = ks_growth_position(g, from) + 1, end = ks_growth_position(g, to);
    for (uint32_t p = ks_lean_after(open, first, end);
         p < end && ks_stream_steps(t, g->c->mixed, first, p) < WALK && best.how < OPENS_EACH_TIME;
         p = ks_lean_after(open, p + 1, end))
        consider(g, j, order[p], passing, &best);
    if (!g->c->mixed && best.how < OPENS_EACH_TIME)
        consider_back(g, o, j, passing, &best);
    return best.number;
}

/* Whether the pause before port j is about as long as the others: nobody waits there for what opened. */
static bool is_passing(struct ks_growth *g, size_t j)
{
    int64_t here = ks_growth_pause(g, j), longest = -1;
    for (size_t k = 1; k < g->c->m; k++) {
        int64_t pause = k == j ? -1 : ks_growth_pause(g, k);
        longest = pause > longest ? pause : longest;
    }
    return longest >= 0 && here <= 3 * longest;
}

/* The seconds between the ports j - 1 and j of an occurrence, and a little. */
static double stretch(const struct ks_growth *g, const struct ks_occurrence *o, size_t j)
{
    return (double)(ks_growth_try(g, o->tries[j])->time - ks_growth_try(g, o->tries[j - 1])->time) / 1e9 + 0.05;
}

/* ln of the chance that `rate` openings a second have one in so many seconds. */
static double ln_opens(double rate, double seconds)
{
    return log(-expm1(-rate * seconds));
}

/* ln of the chance that of a port's answers so many come in stretches that are `share` of the capture. */
static double ln_share(size_t n, uint32_t open, double share)
{
    struct ks_odds odds = ks_odds_from_ln_q(log1p(-fmin(share, 0.999)));
    return ks_ln_binomial_tail((double)n, fmax((double)n, open), &odds);
}

/* How many ports open to the source of a try (to anybody, where the sources are mixed) at some time. */
static double open_links(const struct ks_growth *g, uint32_t number)
{
    const struct ks_tries *t = g->hunt->t;
    const uint32_t *open =
        g->c->mixed ? t->goals[g->c->goal].open_links : t->pairs[ks_growth_try(g, number)->pair].open_links;
    double n = 0;
    for (unsigned r = 0; r < KS_RANGES; r++)
        n += open[r];
    return n;
}

/* Whether the ports from j on begin as the first ones do, or are those before j backwards: two knocks that share a
 * beginning, or one and the one that closes. */
static bool begins_again(const struct ks_candidate *c, size_t j)
{
    if (j + 2 > c->m || j + 2 > KS_KNOCK_MAX || j < 2)
        return false;
    return (c->place[j] == c->place[0] && c->place[j + 1] == c->place[1]) ||
           (c->place[j] == c->place[j - 1] && c->place[j + 1] == c->place[j - 2]);
}

/* Whether something opens between the ports j - 1 and j of most occurrences: one port that was closed the time before;
 * or, more than by chance, any port, for new ones are there all the time between some hosts, or one and the same; or
 * anything in each of them, where the ports say that another knock begins. */
static bool opens_inside(struct ks_growth *g, size_t j)
{
    const struct ks_candidate *c = g->c;
    const struct ks_tries *t = g->hunt->t;
    size_t sample = ks_sample(c), opens = 0, same = 0, flips = 0;
    double sum = 0, sum_same = 0, choices = 1, seconds = 0;
    uint32_t place = KS_NONE, open = 0;
    bool passing = is_passing(g, j);
    for (size_t s = 0; s < sample; s++) {
        const struct ks_occurrence *o = &c->at[ks_sample_at(c, s)];
        if (o->tries[j - 1] == KS_NONE || o->tries[j] == KS_NONE)
            continue;
        seconds += stretch(g, o, j);
        uint32_t x = opening_between(g, o, j, passing);
        if (x == KS_NONE)
            continue;
        choices = open_links(g, x);
        opens++;
        sum += ln_opens(fmax(choices - 0.5, 0.5) / t->seconds, stretch(g, o, j));
        place = place == KS_NONE ? t->at[x].place : place;
        if (t->at[x].place != place)
            continue;
        same++;
        open = g->n_pairs == 1 ? t->links[t->at[x].link].open : t->places[place].open;
        flips += t->at[x].flips;
        sum_same += ln_opens(t->links[t->at[x].link].open / t->seconds, stretch(g, o, j));
    }
    if (flips > 1 && flips * 10 >= sample * 7)
        return true;
    if (same == sample && flips > 0 && flips + 1 == sample && !passing) /* nobody tried it before the first */
        return true;
    if (opens * 2 <= sample)
        return false;
    if (opens == sample && begins_again(c, j))
        return true;
    return ks_combined_ln_p(opens, sum) + ks_ln_choose((double)sample, (double)opens) <= log(0.01) ||
           (same * 10 >= sample * 7 && fmin(ks_combined_ln_p(same, sum_same), ln_share(same, open, seconds / t->seconds)) +
                                               log(choices) <= log(0.05));
}

void ks_growth_cut(struct ks_growth *g)
{
    struct ks_candidate *c = g->c;
    size_t from = 0, to = c->m;
    for (size_t j = 1; j < c->m; j++) {
        if (!opens_inside(g, j))
            continue;
        if (j <= g->seed)
            from = j;
        else if (j < to)
            to = j;
    }
    if (from == 0 && to == c->m)
        return;
    g->seed_matters = true;
    for (size_t i = 0; i < c->n; i++) {
        memmove(c->at[i].tries, c->at[i].tries + from, (to - from) * sizeof *c->at[i].tries);
        for (size_t j = to - from; j < c->m; j++)
            c->at[i].tries[j] = KS_NONE;
    }
    memmove(c->place, c->place + from, (to - from) * sizeof *c->place);
    c->m = to - from;
    ks_growth_changed(g);
    if (c->m < 2)
        c->n = 0;
}
