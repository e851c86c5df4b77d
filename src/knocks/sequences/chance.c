/* How likely a sequence's activations are by chance. */
#include <math.h>

#include "base/ascending.h"
#include "knocks/sequences/candidate.h"
#include "stats/association.h"

double ks_combined_ln_p(size_t k, double sum)
{
    if (k == 0 || sum >= 0)
        return 0;
    /* e^-x (1 + x + ... + x^(k-1)/(k-1)!), added up from the largest term's side so that nothing overflows.
     */
    enum { FEW = 64 };
    double x = -sum, ln_term = -x, top = -x, total = 0, terms[FEW] = {-x};
    for (size_t i = 1; i < k; i++) {
        ln_term += log(x / (double)i);
        top = ln_term > top ? ln_term : top;
        if (i < FEW)
            terms[i] = ln_term;
    }
    for (size_t i = 0; i < k && i < FEW; i++)
        total += exp(terms[i] - top);
    ln_term = terms[FEW - 1];
    for (size_t i = FEW; i < k; i++) {
        ln_term += log(x / (double)i);
        total += exp(ln_term - top);
    }
    double ln_p = top + log(total);
    return ln_p < 0 ? ln_p : 0;
}

/* ln mu of one stretch: the larger of the forms in time and in attempts. */
static double ln_mu_of(const struct ks_tries *t, const struct ks_candidate *c, const double *n, double total,
                       double seconds, double steps)
{
    double in_time = ks_sequence_ln_mu(t->seconds, seconds, n, c->m);
    if (total < 256)
        total = 256;
    double in_steps = log(total) + ks_ln_choose(steps, (double)(c->m - 1));
    for (size_t j = 0; j < c->m; j++)
        in_steps += log(n[j] / total);
    return in_time > in_steps ? in_time : in_steps;
}

enum { SPANS = 256 };

/* Among how many ports the candidate's were chosen: those of the stream that are tried often enough to have
 * as many activations, twice or more. */
static double choices_of(const struct ks_tries *t, const struct ks_candidate *c, uint32_t pair, uint64_t hits)
{
    double n = 0;
    uint32_t most = c->mixed ? t->goals[c->goal].twice : t->pairs[pair].twice;
    if (most <= 2 || hits <= 2)
        return most > 2 ? most : 2;
    if (c->mixed) {
        const struct ks_goal *g = &t->goals[c->goal];
        for (uint32_t p = g->first_place; p < g->first_place + g->n_places; p++)
            n += t->places[p].fresh >= hits && !t->places[p].busy;
    } else {
        for (uint32_t l = t->pairs[pair].first_link; l < t->pairs[pair].first_link + t->pairs[pair].n_links;
             l++)
            n += ks_link_lean(t, l) >= hits;
    }
    return n > 2 ? n : 2;
}

size_t ks_candidate_pairs(const struct ks_tries *t, const struct ks_candidate *c, uint32_t pairs[KS_PAIRS])
{
    size_t n = 0;
    for (size_t i = 0; i < c->n && n < KS_PAIRS; i++) {
        uint32_t pair = t->at[c->at[i].first].pair;
        bool known = false;
        for (size_t k = n; k-- > 0 && !known;)
            known = pairs[k] == pair;
        if (!known)
            pairs[n++] = pair;
    }
    return n;
}

/* All attempts at a target, scanners' probes left out. */
static double goal_steps(const struct ks_tries *t, uint32_t goal)
{
    return ks_stream_steps(t, true, t->goals[goal].first, t->goals[goal].first + t->goals[goal].n);
}

/* ln mu over all streams of the candidate, for a span in seconds and steps. */
static double ln_mu_all(const struct ks_tries *t, const struct ks_candidate *c, double seconds, double steps)
{
    double n[KS_KNOCK_MAX], mu = 0;
    if (c->mixed) {
        for (size_t j = 0; j < c->m; j++)
            n[j] = t->places[c->place[j]].fresh;
        return ln_mu_of(t, c, n, goal_steps(t, c->goal), seconds, steps);
    }
    uint32_t pairs[KS_PAIRS];
    size_t n_pairs = ks_candidate_pairs(t, c, pairs);
    for (size_t p = 0; p < n_pairs; p++) {
        for (size_t j = 0; j < c->m; j++) {
            uint32_t link = ks_tries_link(t, pairs[p], c->place[j]);
            n[j] = link == KS_NONE || t->links[link].fresh == 0 ? 1 : t->links[link].fresh;
        }
        mu += exp(ln_mu_of(t, c, n, t->pairs[pairs[p]].fresh, seconds, steps));
    }
    return log(mu > 1e-300 ? mu : 1e-300);
}

void ks_candidate_significance(const struct ks_tries *t, struct ks_candidate *c)
{
    /* Spans of the exact activations; p for those within the shortest half, three quarters, all of them: one
     * long one does not spoil it. */
    double seconds[SPANS], steps[SPANS];
    size_t hits = 0, exact = 0;
    for (size_t i = 0; i < c->n; i++) {
        const struct ks_occurrence *o = &c->at[i];
        if (o->missing > 0 || !o->in_order)
            continue;
        exact++;
        if (hits == SPANS)
            continue;
        seconds[hits] = (double)(t->at[o->last].time - t->at[o->first].time) / 1e9 + 1e-3;
        steps[hits++] = ks_stream_steps(t, c->mixed, ks_stream_at(&t->at[o->first], c->mixed),
                                        ks_stream_at(&t->at[o->last], c->mixed));
    }
    c->ln_mu = c->ln_p = 0;
    if (hits == 0)
        return;
    ks_sort_few_real(seconds, hits);
    ks_sort_few_real(steps, hits);
    double choices = choices_of(t, c, t->at[c->at[0].first].pair, exact < 2 ? 2 : exact), best = 0;
    for (unsigned quarter = 2; quarter <= 4; quarter++) {
        size_t within = hits * quarter / 4;
        if (within < 2 && quarter < 4)
            continue;
        double least = (double)(c->m - 1), s = steps[within - 1] > least ? steps[within - 1] : least;
        double ln_mu = ln_mu_all(t, c, seconds[within - 1], s);
        double ln_p = ks_poisson_tail_ln(ln_mu, exact * within / hits) + log(3);
        if (quarter == 4)
            c->ln_mu = ln_mu;
        best = ln_p < best ? ln_p : best;
    }
    best += (double)(c->m - c->trusted) * log(choices);
    c->ln_p = best < 0 ? best : 0;
}
