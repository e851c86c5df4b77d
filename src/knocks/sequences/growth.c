#include "knocks/sequences/growth.h"

#include <math.h>

#include "base/ascending.h"

/* ln of the chance that a place turns up within so many seconds and attempts. */
double ks_growth_ln_chance(const struct ks_growth *g, const struct ks_try *x, double seconds, double steps)
{
    const struct ks_tries *t = g->hunt->t;
    double n, total;
    if (g->c->mixed) {
        n = t->places[x->place].fresh;
        total =
            ks_stream_steps(t, true, t->goals[x->goal].first, t->goals[x->goal].first + t->goals[x->goal].n);
    } else {
        n = x->outcome == KS_OPEN ? t->links[x->link].quiet : t->links[x->link].fresh;
        total = t->pairs[x->pair].fresh;
    }
    if (total < 1000) /* few attempts say little about what follows what */
        total = 1000;
    double in_time = n * (seconds + 1e-3) / t->seconds, in_steps = n * steps / total;
    /* What a scan tries is counted in attempts, for it comes all at once; what a service sees, in time. */
    double rate = in_time > in_steps || x->outcome == KS_OPEN ? in_time : in_steps;
    return log(-expm1(-rate));
}

/* Whether the port of a try was open to its source before the candidate's first occurrence. */
bool ks_growth_open_before(const struct ks_growth *g, const struct ks_try *x)
{
    const struct ks_tries *t = g->hunt->t;
    uint32_t first = t->links[x->link].first_open;
    return first != KS_NONE && t->at[first].time < t->at[g->c->at[0].first].time;
}

/* The median of n times, which it sorts. There are few. */
static int64_t median(int64_t *times, size_t n)
{
    ks_sort_few_i64(times, n);
    return times[n / 2];
}

/* The median pause before port j (1..m-1) over the sample of occurrences that have it and the one before; -1
 * where none has. */
int64_t ks_growth_pause(struct ks_growth *g, size_t j)
{
    const struct ks_candidate *c = g->c;
    if ((g->pauses >> j & 1) != 0)
        return g->pause[j];
    int64_t pauses[KS_SAMPLE];
    size_t n = 0;
    for (size_t s = 0; s < ks_sample(c); s++) {
        const struct ks_occurrence *o = &c->at[ks_sample_at(c, s)];
        if (o->tries[j] != KS_NONE && o->tries[j - 1] != KS_NONE)
            pauses[n++] = ks_growth_try(g, o->tries[j])->time - ks_growth_try(g, o->tries[j - 1])->time;
    }
    g->pause[j] = n > 0 ? median(pauses, n) : -1;
    g->pauses |= UINT32_C(1) << j;
    return g->pause[j];
}

/* The median of the pauses inside the candidate's ports from..to-1. */
int64_t ks_growth_usual_pause(struct ks_growth *g, size_t from, size_t to)
{
    int64_t pauses[KS_KNOCK_MAX];
    size_t n = 0;
    for (size_t j = from + 1; j < to; j++)
        pauses[n++] = ks_growth_pause(g, j);
    return n > 0 ? median(pauses, n) : 0;
}

/* Whether a pause at an end is of the same kind as those inside: a stranger that comes by now and then stands
 * further off. */
bool ks_growth_alike(int64_t pause, int64_t usual)
{
    return pause / 30 <= (usual > KS_SECOND / 30 ? usual : KS_SECOND / 30);
}

/* Whether it even is about as long as those inside, of which there are several. */
bool ks_growth_in_step(const struct ks_growth *g, int64_t pause)
{
    return g->c->m > 3 && pause / 4 <= g->usual && pause >= g->usual / 4;
}
