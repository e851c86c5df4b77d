#include "analysis/discovery.h"

#include <stdatomic.h>

#include "base/ascending.h"
#include "base/limits.h"
#include "base/memory.h"
#include "mining/sort.h"
#include "stats/association.h"

uint64_t ks_infrequent(const struct ks_mined *mined, uint32_t max_count)
{
    uint64_t n = 0;
    for (uint32_t x = 1; x <= max_count && x <= mined->sets.l; x++)
        n += mined->have[x];
    return n;
}

/* Fisher's p of every triple of infrequent items, ascending: key is ln p, value the triple. */
static struct ks_status sort_by_p(const struct ks_mined *mined, uint32_t max_count, struct ks_progress *progress, struct ks_keyed *at,
                                  size_t *n)
{
    size_t n_triples;
    const struct ks_triple *triples = ks_pairs_triples(mined->pairs, &n_triples);
    for (size_t i = 0; i < n_triples; i++) {
        if ((i & 1023) == 0 && ks_cancelled(progress))
            return ks_fail(KS_CANCELLED, "cancelled");
        if (triples[i].y <= max_count)
            at[(*n)++] = (struct ks_keyed){
                ks_real_key(ks_fisher_ln_p(mined->sets.l, triples[i].x, triples[i].y, triples[i].xy)), (uint32_t)i};
    }
    return ks_radix_sort(at, at + *n, *n, progress) ? ks_ok() : ks_fail(KS_CANCELLED, "cancelled");
}

static struct ks_status correct(const struct ks_mined *mined, const struct ks_keyed *at, struct ks_discovery *d)
{
    size_t n_triples;
    const struct ks_triple *triples = ks_pairs_triples(mined->pairs, &n_triples);
    double *weight = ks_alloc(d->n, sizeof *weight);
    d->ln_p = ks_alloc(d->n, sizeof *d->ln_p);
    d->ln_q = ks_alloc(d->n, sizeof *d->ln_q);
    struct ks_status status = ks_nomem("the q-values of all pairs");
    if (weight != NULL && d->ln_p != NULL && d->ln_q != NULL) {
        for (size_t i = 0; i < d->n; i++) {
            d->ln_p[i] = ks_key_real(at[i].key);
            weight[i] = (double)triples[at[i].value].pairs;
        }
        status = ks_benjamini_hochberg(d->ln_p, weight, d->n, ks_count_real(d->pairs), d->ln_q);
    }
    ks_free(weight);
    return status;
}

static struct ks_status make(const struct ks_mined *mined, struct ks_progress *progress, struct ks_discovery *d)
{
    size_t n_triples;
    ks_pairs_triples(mined->pairs, &n_triples);
    if (n_triples > ks_limits()->tests)
        return ks_fail(KS_LIMIT, "the false-discovery correction takes at most %llu different tests", (unsigned long long)ks_limits()->tests);
    struct ks_keyed *at = ks_alloc(2 * n_triples, sizeof *at);
    if (at == NULL)
        return ks_nomem("the p-values of all pairs");
    d->pairs = ks_count_choose(ks_infrequent(mined, d->max_count), 2);
    struct ks_status status = sort_by_p(mined, d->max_count, progress, at, &d->n);
    if (ks_is_ok(status))
        status = correct(mined, at, d);
    ks_free(at);
    return status;
}

struct ks_status ks_discovery_of(struct ks_mined *mined, uint32_t max_count, struct ks_progress *progress, struct ks_discovery **out)
{
    *out = NULL;
    pthread_mutex_lock(&mined->discovery_lock);
    struct ks_discovery *d = mined->discovery;
    if (d != NULL && d->max_count == max_count)
        atomic_fetch_add(&d->holders, 1);
    else
        d = NULL;
    pthread_mutex_unlock(&mined->discovery_lock);
    if (d == NULL) {
        d = ks_zalloc(1, sizeof *d);
        if (d == NULL)
            return ks_nomem("the q-values of all pairs");
        d->max_count = max_count;
        atomic_init(&d->holders, 2); /* the caller's and the mining result's */
        struct ks_status status = make(mined, progress, d);
        if (!ks_is_ok(status)) {
            atomic_store(&d->holders, 1);
            ks_discovery_release(d);
            return status;
        }
        pthread_mutex_lock(&mined->discovery_lock);
        struct ks_discovery *last = mined->discovery;
        mined->discovery = d;
        pthread_mutex_unlock(&mined->discovery_lock);
        ks_discovery_release(last);
    }
    *out = d;
    return ks_ok();
}

void ks_discovery_release(struct ks_discovery *discovery)
{
    if (discovery == NULL || atomic_fetch_sub(&discovery->holders, 1) != 1)
        return;
    ks_free(discovery->ln_p);
    ks_free(discovery->ln_q);
    ks_free(discovery);
}

double ks_discovery_ln_q(const struct ks_discovery *discovery, double ln_p)
{
    /* The first step that is not below ln p: steps are the p-values of the very same triples. */
    size_t step = ks_below_real(discovery->ln_p, discovery->n, ln_p);
    return step < discovery->n ? discovery->ln_q[step] : 0;
}
