#include "tui/model/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/memory.h"

/* A job on its way. Linked in a lane's queue or in the list of ended ones. */
struct task {
    struct ks_job job;
    struct ks_progress progress;
    struct ks_status status;
    bool wanted; /* done shall be called; changed by the loop's thread only, read by it when collecting */
    struct task *next;
};

enum { LANES = 3 };

struct lane {
    struct ks_worker *worker;
    pthread_t thread;
    pthread_cond_t due;
    int wake[2];        /* readable once the running task is cancelled; written under the lock, and emptied when the next one begins */
    struct task *first; /* queue */
    struct task *running;
};

struct ks_worker {
    void *owner;
    pthread_mutex_t lock; /* guards queues, running, ended, stop; held for pointer moves only */
    bool stop;
    struct lane lane[LANES];
    unsigned lanes; /* started */
    struct task *ended, **ended_tail;
    int pipe[2];
    unsigned pending[KS_JOB_N]; /* tasks not yet collected, by kind; loop's thread only */
};

/* Loading must not hold mining of what is read so far up, nor long statistics the list of rules. */
static const unsigned lane_of[KS_JOB_N] = {
    [KS_JOB_LOAD] = 0,   [KS_JOB_OTHER] = 0,  [KS_JOB_EXPORT] = 0, [KS_JOB_MINE] = 1,
    [KS_JOB_RULES] = 1,  [KS_JOB_CHANCE] = 2, [KS_JOB_SHIFTED] = 2, [KS_JOB_KNOCKS] = 2,
    [KS_JOB_BYTES] = 0,  [KS_JOB_PLANE] = 1,  [KS_JOB_PACKETS] = 1, [KS_JOB_WHY] = 1,
};

const char *ks_job_name(enum ks_job_kind kind)
{
    static const char *const name[KS_JOB_N] = {"reading", "mining", "ranking", "chance",
                                               "chance", "knocks", "exporting", "comparing", "packets", "counting", "packets", "why"};
    return name[kind];
}

/* Hands a task to the loop's side. Under the lock. */
static void end(struct ks_worker *w, struct task *task)
{
    *w->ended_tail = task;
    w->ended_tail = &task->next;
    /* A full pipe is as good as one more byte. */
    while (write(w->pipe[1], "", 1) < 0 && errno == EINTR)
        continue;
}

static void *serve(void *context)
{
    struct lane *lane = context;
    struct ks_worker *w = lane->worker;
    pthread_mutex_lock(&w->lock);
    while (!w->stop) {
        struct task *task = lane->first;
        if (task == NULL) {
            pthread_cond_wait(&lane->due, &w->lock);
            continue;
        }
        lane->first = task->next;
        task->next = NULL;
        lane->running = task;
        for (char bytes[64]; read(lane->wake[0], bytes, sizeof bytes) > 0;)
            continue;
        task->progress.wake = lane->wake[0] + 1;
        pthread_mutex_unlock(&w->lock);
        if (ks_cancelled(&task->progress))
            task->status = ks_fail(KS_CANCELLED, "cancelled");
        else
            task->status = task->job.run(task->job.context, &task->progress);
        pthread_mutex_lock(&w->lock);
        lane->running = NULL;
        end(w, task);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static bool make_pipe(int fds[2])
{
    if (pipe(fds) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        fcntl(fds[i], F_SETFD, FD_CLOEXEC);
        fcntl(fds[i], F_SETFL, O_NONBLOCK);
    }
    return true;
}

struct ks_status ks_worker_start(void *owner, struct ks_worker **out)
{
    struct ks_worker *w = ks_zalloc(1, sizeof *w);
    *out = NULL;
    if (w == NULL)
        return ks_nomem("the worker");
    w->owner = owner;
    w->ended_tail = &w->ended;
    if (!make_pipe(w->pipe)) {
        ks_free(w);
        return ks_fail(KS_FAILED, "cannot make a pipe");
    }
    pthread_mutex_init(&w->lock, NULL);
    /* Signals are the loop's business. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    for (; w->lanes < LANES; w->lanes++) {
        struct lane *lane = &w->lane[w->lanes];
        lane->worker = w;
        if (!make_pipe(lane->wake))
            break;
        pthread_cond_init(&lane->due, NULL);
        if (pthread_create(&lane->thread, NULL, serve, lane) != 0) {
            pthread_cond_destroy(&lane->due);
            close(lane->wake[0]);
            close(lane->wake[1]);
            break;
        }
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (w->lanes < LANES) {
        ks_worker_stop(w);
        return ks_fail(KS_FAILED, "cannot start a thread");
    }
    *out = w;
    return ks_ok();
}

static void drop(struct task *task)
{
    if (task->job.drop != NULL)
        task->job.drop(task->job.context);
    ks_free(task);
}

static void drop_all(struct task *task)
{
    while (task != NULL) {
        struct task *next = task->next;
        drop(task);
        task = next;
    }
}

/* Under the lock. */
static void cancel_running(struct lane *lane)
{
    if (lane->running == NULL)
        return;
    atomic_store(&lane->running->progress.cancel, true);
    while (write(lane->wake[1], "", 1) < 0 && errno == EINTR)
        continue; /* a full pipe is as good as one more byte */
}

void ks_worker_stop(struct ks_worker *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    for (unsigned i = 0; i < w->lanes; i++) {
        cancel_running(&w->lane[i]);
        pthread_cond_signal(&w->lane[i].due);
    }
    pthread_mutex_unlock(&w->lock);
    for (unsigned i = 0; i < w->lanes; i++) {
        pthread_join(w->lane[i].thread, NULL);
        pthread_cond_destroy(&w->lane[i].due);
        close(w->lane[i].wake[0]);
        close(w->lane[i].wake[1]);
        drop_all(w->lane[i].first);
    }
    drop_all(w->ended);
    pthread_mutex_destroy(&w->lock);
    close(w->pipe[0]);
    close(w->pipe[1]);
    ks_free(w);
}

/* Takes queued tasks of a kind out of the lane; marks the running one. Under the lock. */
static struct task *supersede(struct ks_worker *w, enum ks_job_kind kind, bool keep_result)
{
    struct lane *lane = &w->lane[lane_of[kind]];
    struct task *out = NULL;
    for (struct task **at = &lane->first; *at != NULL;) {
        struct task *task = *at;
        if (task->job.kind == kind) {
            *at = task->next;
            task->next = out;
            out = task;
        } else {
            at = &task->next;
        }
    }
    if (lane->running != NULL && lane->running->job.kind == kind) {
        cancel_running(lane);
        if (!keep_result)
            lane->running->wanted = false;
    }
    if (!keep_result)
        for (struct task *task = w->ended; task != NULL; task = task->next)
            if (task->job.kind == kind)
                task->wanted = false;
    return out;
}

struct ks_status ks_worker_submit(struct ks_worker *w, const struct ks_job *job)
{
    struct task *task = ks_zalloc(1, sizeof *task);
    if (task == NULL) {
        job->drop(job->context);
        return ks_nomem(ks_job_name(job->kind));
    }
    task->job = *job;
    task->wanted = true;
    struct lane *lane = &w->lane[lane_of[job->kind]];
    pthread_mutex_lock(&w->lock);
    struct task *old = supersede(w, job->kind, false);
    struct task **at = &lane->first;
    while (*at != NULL && (*at)->job.kind <= job->kind) /* lower kinds first: later ones build on them */
        at = &(*at)->next;
    task->next = *at;
    *at = task;
    pthread_cond_signal(&lane->due);
    pthread_mutex_unlock(&w->lock);
    w->pending[job->kind]++;
    for (struct task *t = old; t != NULL; t = t->next)
        w->pending[t->job.kind]--;
    drop_all(old);
    return ks_ok();
}

void ks_worker_cancel(struct ks_worker *w, enum ks_job_kind kind, bool keep_result)
{
    pthread_mutex_lock(&w->lock);
    struct task *old = supersede(w, kind, keep_result);
    if (keep_result && old != NULL) { /* not begun: its done is told so, or it would wait for ever */
        old->status = ks_fail(KS_CANCELLED, "cancelled");
        end(w, old);
        old = NULL;
    }
    pthread_mutex_unlock(&w->lock);
    for (struct task *t = old; t != NULL; t = t->next)
        w->pending[t->job.kind]--;
    drop_all(old);
}

int ks_worker_fd(const struct ks_worker *w)
{
    return w->pipe[0];
}

unsigned ks_worker_collect(struct ks_worker *w)
{
    char bytes[64];
    while (read(w->pipe[0], bytes, sizeof bytes) > 0)
        continue;
    unsigned delivered = 0;
    for (;;) {
        /* One at a time: a done may submit or cancel, which may concern those that ended too. */
        pthread_mutex_lock(&w->lock);
        struct task *task = w->ended;
        if (task != NULL) {
            w->ended = task->next;
            if (w->ended == NULL)
                w->ended_tail = &w->ended;
        }
        pthread_mutex_unlock(&w->lock);
        if (task == NULL)
            return delivered;
        w->pending[task->job.kind]--;
        if (task->wanted && task->job.done != NULL) {
            task->job.done(w->owner, task->job.context, task->status);
            delivered++;
        }
        drop(task);
    }
}

bool ks_worker_busy(const struct ks_worker *w, enum ks_job_kind kind)
{
    return w->pending[kind] > 0;
}

bool ks_worker_idle(const struct ks_worker *w)
{
    for (unsigned i = 0; i < KS_JOB_N; i++)
        if (w->pending[i] > 0)
            return false;
    return true;
}

double ks_worker_share(const struct ks_worker *worker, enum ks_job_kind kind, uint64_t *done, uint64_t *total)
{
    struct ks_worker *w = (struct ks_worker *)(uintptr_t)worker;
    uint64_t have = 0, all = 0;
    pthread_mutex_lock(&w->lock);
    const struct task *task = w->lane[lane_of[kind]].running;
    if (task != NULL && task->job.kind == kind) {
        have = atomic_load_explicit(&task->progress.done, memory_order_relaxed);
        all = atomic_load_explicit(&task->progress.total, memory_order_relaxed);
    }
    pthread_mutex_unlock(&w->lock);
    if (done != NULL)
        *done = have;
    if (total != NULL)
        *total = all;
    return all > 0 ? (have >= all ? 1 : (double)have / (double)all) : -1;
}
