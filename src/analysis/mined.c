/* Windows cut, pairs mined, the curve computed: everything that depends on how the stream is cut. */
#include <stdatomic.h>
#include <stdio.h>

#include "analysis/analysis.h"
#include "analysis/discovery.h"
#include "base/limits.h"
#include "base/memory.h"

struct counted_mined {
    struct ks_mined mined; /* first, see capture.c */
    atomic_uint holders;
};

static struct ks_status fill(struct ks_mined *m, const struct ks_params *params, unsigned threads, struct ks_progress *progress)
{
    KS_TRY(ks_window_sets_make(&m->capture->log, m->items, &m->windowing, &m->narrow, progress, &m->sets));
    KS_TRY(ks_pairs_mine(&m->sets, threads, progress, &m->pairs));
    m->have = ks_zalloc((size_t)m->sets.l + 1, sizeof *m->have);
    if (m->have == NULL)
        return ks_nomem("the histogram of items");
    for (uint32_t x = 0; x < m->sets.u; x++)
        m->have[ks_window_sets_n(&m->sets, x)]++;
    m->ws = m->windowing.cut == KS_CUT_COUNT && m->windowing.scope == KS_SCOPE_CAPTURE ? (double)m->windowing.size
                                                                                      : m->sets.mean_events;
    if (m->sets.u == 0 || m->sets.l > ks_limits()->curve)
        return ks_ok();
    uint32_t activations = params->activations > 0 ? params->activations : 2;
    return ks_curve_make(m->sets.l, m->sets.u, m->ws, activations, params->epsilon, &m->curve);
}

struct ks_status ks_mine(struct ks_capture *capture, const struct ks_params *params, unsigned threads,
                         struct ks_progress *progress, struct ks_mined **out)
{
    *out = NULL;
    struct counted_mined *counted = ks_zalloc(1, sizeof *counted);
    if (counted == NULL)
        return ks_nomem("the mining result");
    struct ks_mined *m = &counted->mined;
    atomic_init(&counted->holders, 1);
    pthread_mutex_init(&m->discovery_lock, NULL);
    m->capture = ks_capture_retain(capture);
    m->items = params->items;
    m->windowing = params->windowing;
    m->narrow = params->narrow;
    struct ks_status status = fill(m, params, threads, progress);
    if (!ks_is_ok(status)) {
        ks_mined_release(m);
        return status;
    }
    *out = m;
    return status;
}

struct ks_mined *ks_mined_retain(struct ks_mined *mined)
{
    if (mined != NULL)
        atomic_fetch_add(&((struct counted_mined *)(void *)mined)->holders, 1);
    return mined;
}

void ks_mined_release(struct ks_mined *mined)
{
    if (mined == NULL || atomic_fetch_sub(&((struct counted_mined *)(void *)mined)->holders, 1) != 1)
        return;
    ks_discovery_release(mined->discovery);
    pthread_mutex_destroy(&mined->discovery_lock);
    ks_curve_free(&mined->curve);
    ks_free(mined->have);
    ks_pairs_free(mined->pairs);
    ks_window_sets_free(&mined->sets);
    ks_capture_release(mined->capture);
    ks_free(mined);
}

char *ks_rule_side(char *out, size_t cap, const struct ks_mined *mined, const uint32_t *items, unsigned n)
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < n && used < cap; i++) {
        char label[40];
        int wrote = snprintf(out + used, cap - used, "%s%s", i > 0 ? ", " : "",
                             ks_item_format(label, sizeof label, mined->sets.items[items[i]]));
        if (wrote < 0)
            break;
        used += (size_t)wrote;
    }
    return out;
}
