#include "tui/model/later.h"

#include "base/memory.h"

static void release(struct ks_later *later)
{
    if (--later->refs > 0)
        return;
    if (later->work != NULL)
        later->drop(later->work);
    ks_free(later);
}

static struct ks_status run(void *context, struct ks_progress *progress)
{
    struct ks_later *later = context;
    return later->run(later->work, progress);
}

static void done(void *owner, void *context, struct ks_status status)
{
    struct ks_later *later = context;
    (void)owner;
    later->ended = true;
    later->status = status;
}

static void drop(void *context)
{
    struct ks_later *later = context;
    if (!later->ended) { /* superseded or cancelled: nobody shall wait for it */
        later->ended = true;
        later->status = ks_fail(KS_CANCELLED, "stopped");
    }
    release(later);
}

struct ks_later *ks_later_start(struct ks_model *model, enum ks_job_kind kind, void *work,
                                struct ks_status (*what)(void *work, struct ks_progress *progress), void (*free_work)(void *work))
{
    struct ks_later *later = ks_alloc(1, sizeof *later);
    if (later == NULL) {
        free_work(work);
        ks_say_status(model, ks_nomem(ks_job_name(kind)));
        return NULL;
    }
    *later = (struct ks_later){.work = work, .run = what, .drop = free_work, .refs = 2, .status = ks_ok()};
    ks_say_status(model, ks_worker_submit(model->worker, &(struct ks_job){kind, later, run, done, drop}));
    return later;
}

void ks_later_leave(struct ks_later *later)
{
    if (later != NULL)
        release(later);
}

bool ks_later_waits(const struct ks_model *model)
{
    return ks_worker_busy(model->worker, KS_JOB_PACKETS) || ks_worker_busy(model->worker, KS_JOB_WHY);
}
