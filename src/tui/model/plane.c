#include "tui/model/plane.h"

#include <string.h>

#include "base/memory.h"

/* A plane to count; its result stays with the pairs, which then answer at once. */
struct plane {
    struct ks_mined *mined; /* held */
    struct ks_thresholds thresholds;
    size_t n_count, n_inte;
    uint32_t *max_count;
    double *min_inte;
    uint64_t *out;
};

static void drop(void *context)
{
    struct plane *p = context;
    ks_mined_release(p->mined);
    ks_free(p->max_count);
    ks_free(p->min_inte);
    ks_free(p->out);
    ks_free(p);
}

static struct ks_status run(void *context, struct ks_progress *progress)
{
    struct plane *p = context;
    (void)progress;
    ks_pairs_plane(p->mined->pairs, &p->thresholds, p->max_count, p->n_count, p->min_inte, p->n_inte, p->out);
    return ks_ok();
}

static void done(void *owner, void *context, struct ks_status status)
{
    struct ks_model *model = owner;
    const struct plane *p = context;
    (void)status;
    if (p->mined == model->mined) /* asked for again without an answer: it cannot be kept, and is counted where it is asked for */
        model->plane_mined = model->mined_generation;
}

bool ks_model_plane(struct ks_model *model, const uint32_t *max_count, size_t n_count, const double *min_inte, size_t n_inte, uint64_t *out)
{
    const struct ks_thresholds *t = &model->choice.thresholds;
    const struct ks_pairs *pairs = model->mined->pairs;
    bool counted = model->plane_mined == model->mined_generation && !ks_worker_busy(model->worker, KS_JOB_PLANE);
    model->plane_mined = 0; /* holds for the one layout that follows */
    if (counted || ks_pairs_plane_ready(pairs, t, max_count, n_count, min_inte, n_inte)) {
        ks_pairs_plane(pairs, t, max_count, n_count, min_inte, n_inte, out);
        return true;
    }
    struct plane *p = ks_worker_busy(model->worker, KS_JOB_PLANE) ? NULL : ks_zalloc(1, sizeof *p);
    if (p == NULL) /* one at a time: when it is there, this one is asked for again */
        return false;
    p->mined = ks_mined_retain(model->mined);
    p->thresholds = *t;
    p->max_count = ks_alloc(n_count, sizeof *p->max_count);
    p->min_inte = ks_alloc(n_inte, sizeof *p->min_inte);
    p->out = ks_alloc(n_count * n_inte, sizeof *p->out);
    if (p->max_count == NULL || p->min_inte == NULL || p->out == NULL) {
        drop(p);
        return false;
    }
    memcpy(p->max_count, max_count, n_count * sizeof *max_count);
    memcpy(p->min_inte, min_inte, n_inte * sizeof *min_inte);
    p->n_count = n_count;
    p->n_inte = n_inte;
    ks_say_status(model, ks_worker_submit(model->worker, &(struct ks_job){KS_JOB_PLANE, p, run, done, drop}));
    return false;
}
