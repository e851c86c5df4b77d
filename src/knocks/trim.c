/* Trimming a grown sequence: what does not belong to it, or belongs to another. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/growth.h"
#include "stats/association.h"

/* A sequence that is another one twice or more times over is that one. */
void ks_trim_reduce(struct ks_candidate *c)
{
    for (size_t q = 2; q <= c->m / 2; q++) {
        if (c->m % q != 0)
            continue;
        bool same = true;
        for (size_t j = q; j < c->m && same; j++)
            same = c->place[j] == c->place[j - q];
        if (same) {
            c->m = q;
            return;
        }
    }
}

/* Whether the candidate is two sequences that follow each other: one pause that dwarfs all others, at least two ports on either side. Each has its
 * own seeds. */
bool ks_trim_is_two(const struct ks_tries *t, const struct ks_candidate *c)
{
    if (c->m < 4)
        return false;
    int64_t widest = 0, other = 0;
    size_t at = 0;
    for (size_t j = 1; j < c->m; j++) {
        int64_t least = INT64_MAX;
        for (size_t i = 0; i < c->n; i++)
            if (c->at[i].tries[j] != KS_NONE && c->at[i].tries[j - 1] != KS_NONE) {
                int64_t gap = t->at[c->at[i].tries[j]].time - t->at[c->at[i].tries[j - 1]].time;
                least = gap < least ? gap : least;
            }
        if (least == INT64_MAX)
            continue;
        if (least > widest) {
            other = widest;
            widest = least;
            at = j;
        } else if (least > other) {
            other = least;
        }
    }
    return at >= 2 && at + 2 <= c->m && widest > 20 * KS_SECOND && widest / 60 > other;
}

/* Whether, in an occurrence, something opens between two of its tries: an answered attempt that sends, at a port that was not open before. */
static bool opens_between(const struct growth *g, uint32_t from, uint32_t to)
{
    const uint32_t *order = ks_stream_order(g->hunt->t, g->c->mixed);
    if (from == KS_NONE || to == KS_NONE)
        return false;
    for (uint32_t p = position(g, from) + 1, steps = 0; p < position(g, to) && steps < WALK; p++, steps++) {
        const struct ks_try *x = try_at(g, order[p]);
        if (x->outcome == KS_OPEN && !g->hunt->t->places[x->place].busy && !open_before(g, x) && ks_try_sends(g->hunt->t, order[p]))
            return true;
    }
    return false;
}

/* ln of the chance that some port opens anew between two tries: new ports are there all the time between some hosts. */
static double ln_opens(const struct growth *g, uint32_t from, uint32_t to)
{
    const struct ks_tries *t = g->hunt->t;
    const uint32_t *open = g->c->mixed ? t->goals[g->c->goal].open_links : t->pairs[try_at(g, from)->pair].open_links;
    double rate = ((double)open[0] + open[1] + open[2] - 0.5) / t->seconds;
    return log(-expm1(-rate * ((double)(try_at(g, to)->time - try_at(g, from)->time) / 1e9 + 0.05)));
}

/* Where something opens inside most occurrences, one knock ends and another (that closes, often) begins: keeps the part that the seed is in;
 * nothing where it lies on both sides. */
void ks_trim_at_opening(struct growth *g)
{
    struct ks_candidate *c = g->c;
    size_t from = 0, to = c->m, sample = c->n < KS_SAMPLE ? c->n : KS_SAMPLE;
    for (size_t j = 1; j < c->m; j++) {
        size_t opens = 0;
        double sum = 0;
        for (size_t s = 0; s < sample; s++) {
            const struct ks_occurrence *o = &c->at[s * c->n / sample];
            if (!opens_between(g, o->tries[j - 1], o->tries[j]))
                continue;
            opens++;
            sum += ln_opens(g, o->tries[j - 1], o->tries[j]);
        }
        if (opens * 2 <= sample || ks_combined_ln_p(opens, sum) + ks_ln_choose((double)sample, (double)opens) > log(0.01))
            continue;
        if (j <= g->seed)
            from = j;
        else if (j < to)
            to = j;
    }
    if (from == 0 && to == c->m)
        return;
    for (size_t i = 0; i < c->n; i++) {
        memmove(c->at[i].tries, c->at[i].tries + from, (to - from) * sizeof *c->at[i].tries);
        for (size_t j = to - from; j < c->m; j++)
            c->at[i].tries[j] = KS_NONE;
    }
    memmove(c->place, c->place + from, (to - from) * sizeof *c->place);
    c->m = to - from;
    if (c->m < 2)
        c->n = 0;
}

/* The longest common subsequence of places[0..n) and places[n..m), at most a few ports each. */
static size_t common(const uint32_t *place, size_t n, size_t m)
{
    uint8_t length[KS_KNOCK_MAX + 1][KS_KNOCK_MAX + 1] = {{0}};
    for (size_t i = n; i-- > 0;)
        for (size_t j = m; j-- > n;) {
            uint8_t best = length[i + 1][j] > length[i][j + 1] ? length[i + 1][j] : length[i][j + 1];
            if (place[i] == place[j])
                best = (uint8_t)(length[i + 1][j + 1] + 1);
            length[i][j] = best;
        }
    return length[0][n];
}

/* A try that went wrong and then the knock again, more than once: keeps the second. The pause between them is the widest. */
void ks_trim_false_start(const struct ks_tries *t, struct ks_candidate *c)
{
    int64_t widest = 0, other = 0;
    size_t at = 0;
    for (size_t j = 1; j < c->m && c->n > 0; j++) {
        const struct ks_occurrence *o = &c->at[0];
        if (o->tries[j] == KS_NONE || o->tries[j - 1] == KS_NONE)
            continue;
        int64_t gap = t->at[o->tries[j]].time - t->at[o->tries[j - 1]].time;
        if (gap > widest) {
            other = widest;
            widest = gap;
            at = j;
        } else if (gap > other) {
            other = gap;
        }
    }
    if (at < 2 || c->m - at < 3 || c->m - at < at || widest < 3 * other || common(c->place, at, c->m) + 1 < at)
        return;
    for (size_t i = 0; i < c->n; i++) {
        memmove(c->at[i].tries, c->at[i].tries + at, (c->m - at) * sizeof *c->at[i].tries);
        for (size_t j = c->m - at; j < c->m; j++)
            c->at[i].tries[j] = KS_NONE;
    }
    memmove(c->place, c->place + at, (c->m - at) * sizeof *c->place);
    c->m -= at;
}
