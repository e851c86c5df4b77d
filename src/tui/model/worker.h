/* Work off the loop: jobs run in lanes (one thread each), a newer request of a kind supersedes the older one, and results come back to the
 * loop's thread through a pipe. Nothing here is locked while a job runs or a screen draws. */
#ifndef KS_TUI_MODEL_WORKER_H
#define KS_TUI_MODEL_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/progress.h"
#include "base/status.h"

/* Kinds of work, at most one of each queued and one running. */
enum ks_job_kind {
    KS_JOB_LOAD,    /* reading a capture */
    KS_JOB_MINE,    /* windows and pairs */
    KS_JOB_RULES,   /* the ranked list */
    KS_JOB_CHANCE,  /* automatic thresholds and expected counts */
    KS_JOB_SHIFTED, /* the shifted null */
    KS_JOB_KNOCKS,
    KS_JOB_EXPORT,
    KS_JOB_OTHER,   /* a capture to compare with ... */
    KS_JOB_BYTES,   /* packets read again for their bytes; in one lane with all that reads captures, see hold.h */
    KS_JOB_PLANE,   /* counts for the heat map */
    KS_JOB_PACKETS, /* of an activation */
    KS_JOB_WHY,     /* of typed items */
    KS_JOB_N
};

/* What a screen's header calls it: "reading", "mining" ... */
const char *ks_job_name(enum ks_job_kind kind);

struct ks_job {
    enum ks_job_kind kind;
    void *context; /* owned by the job until it is dropped */
    /* Runs in the lane's thread; touches only its context and what is immutable. */
    struct ks_status (*run)(void *context, struct ks_progress *progress);
    /* Runs in the loop's thread when run has ended and no newer job of the kind was asked for meanwhile: takes results out of context. */
    void (*done)(void *owner, void *context, struct ks_status status);
    /* Frees context, in the loop's thread; always called, after done where that is. */
    void (*drop)(void *context);
};

struct ks_worker;

/* owner is passed to done. KS_FAILED, KS_NOMEM. */
struct ks_status ks_worker_start(void *owner, struct ks_worker **out);
/* Cancels everything, waits for the threads, drops all jobs. NULL is fine. */
void ks_worker_stop(struct ks_worker *worker);

/* Hands a job over (copied); an older one of its kind is dropped or cancelled. KS_NOMEM: the job was dropped. */
struct ks_status ks_worker_submit(struct ks_worker *worker, const struct ks_job *job);
/* Cancels the running and the queued job of a kind. done is not called for them, drop is. keep_result: a running job's done is called with
 * what it gives after the cancel flag (a load keeps what was read), that of one not begun with KS_CANCELLED. */
void ks_worker_cancel(struct ks_worker *worker, enum ks_job_kind kind, bool keep_result);

/* Readable when results wait. */
int ks_worker_fd(const struct ks_worker *worker);
/* Calls done and drop for all that ended; returns how many results were delivered. Loop's thread only. */
unsigned ks_worker_collect(struct ks_worker *worker);

/* Whether a job of this kind is queued, running or waiting to be collected. */
bool ks_worker_busy(const struct ks_worker *worker, enum ks_job_kind kind);
bool ks_worker_idle(const struct ks_worker *worker);
/* Share done of the running job of a kind, 0..1, or < 0 while unknown; *done and *total (may be NULL) its units. */
double ks_worker_share(const struct ks_worker *worker, enum ks_job_kind kind, uint64_t *done, uint64_t *total);

#endif
