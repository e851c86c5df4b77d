/* The explorer's worker without threads, in place of src/tui/model/worker.c: jobs wait as there, and are done one after another when results are collected.
 * A fuzz target then gives the same coverage for the same input, and spends its time on what it is for; threads and their order are the business of the
 * tests under ThreadSanitizer. */
#include "tui/model/worker.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/memory.h"

/* At most one of each kind waits, as in the real one; nothing runs while the loop's side does something else. */
struct ks_worker {
    void *owner;
    int always; /* a file that is always readable: poll comes back at once */
    struct ks_job waiting[KS_JOB_N];
    bool is_waiting[KS_JOB_N];
    bool cancelled[KS_JOB_N]; /* its done is called all the same */
};

const char *ks_job_name(enum ks_job_kind kind)
{
    static const char *const name[KS_JOB_N] = {"reading", "mining", "ranking", "chance",
                                               "chance", "knocks", "exporting", "comparing", "packets", "counting", "packets", "why"};
    return name[kind];
}

struct ks_status ks_worker_start(void *owner, struct ks_worker **out)
{
    *out = ks_zalloc(1, sizeof **out);
    if (*out == NULL)
        return ks_nomem("the worker");
    (*out)->owner = owner;
    (*out)->always = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return ks_ok();
}

void ks_worker_cancel(struct ks_worker *w, enum ks_job_kind kind, bool keep_result)
{
    if (!w->is_waiting[kind])
        return;
    w->cancelled[kind] = keep_result;
    if (keep_result)
        return;
    w->is_waiting[kind] = false;
    if (w->waiting[kind].drop != NULL)
        w->waiting[kind].drop(w->waiting[kind].context);
}

void ks_worker_stop(struct ks_worker *w)
{
    if (w == NULL)
        return;
    for (unsigned i = 0; i < KS_JOB_N; i++)
        ks_worker_cancel(w, (enum ks_job_kind)i, false);
    close(w->always);
    ks_free(w);
}

struct ks_status ks_worker_submit(struct ks_worker *w, const struct ks_job *job)
{
    struct ks_job copy = *job; /* the one superseded may own what holds it */
    ks_worker_cancel(w, copy.kind, false);
    w->waiting[copy.kind] = copy;
    w->is_waiting[copy.kind] = true;
    w->cancelled[copy.kind] = false;
    return ks_ok();
}

int ks_worker_fd(const struct ks_worker *w)
{
    return w->always;
}

/* Does one job, the lowest kind first: later ones build on it. */
unsigned ks_worker_collect(struct ks_worker *w)
{
    for (unsigned i = 0; i < KS_JOB_N; i++) {
        if (!w->is_waiting[i])
            continue;
        struct ks_progress progress = {0};
        struct ks_job job = w->waiting[i];
        w->is_waiting[i] = false;
        struct ks_status status = w->cancelled[i] ? ks_fail(KS_CANCELLED, "cancelled") : job.run(job.context, &progress);
        if (job.done != NULL)
            job.done(w->owner, job.context, status);
        if (job.drop != NULL)
            job.drop(job.context);
        return job.done != NULL;
    }
    return 0;
}

bool ks_worker_busy(const struct ks_worker *w, enum ks_job_kind kind)
{
    return w->is_waiting[kind];
}

bool ks_worker_idle(const struct ks_worker *w)
{
    for (unsigned i = 0; i < KS_JOB_N; i++)
        if (w->is_waiting[i])
            return false;
    return true;
}

double ks_worker_share(const struct ks_worker *worker, enum ks_job_kind kind, uint64_t *done, uint64_t *total)
{
    (void)worker;
    (void)kind;
    if (done != NULL)
        *done = 0;
    if (total != NULL)
        *total = 0;
    return -1;
}
