/* How a long job is watched and stopped from another thread. */
#ifndef KS_BASE_PROGRESS_H
#define KS_BASE_PROGRESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialise. The worker writes done and total and reads cancel; anyone may read or set them at any time. Every
 * function that takes one accepts NULL. */
struct ks_progress {
    atomic_bool cancel;
    _Atomic uint64_t done;  /* units finished (bytes when loading, units of work when mining) */
    _Atomic uint64_t total; /* units in all; 0 while unknown */
    int wake;                   /* a descriptor that is readable once it is cancelled, plus 1; 0: there is none. Set before the work begins */
    struct ks_progress *parent; /* of a part of a larger job: cancelling that one cancels this one; NULL otherwise */
};

static inline bool ks_cancelled(struct ks_progress *progress)
{
    for (; progress != NULL; progress = progress->parent)
        if (atomic_load_explicit(&progress->cancel, memory_order_relaxed))
            return true;
    return false;
}

/* What a wait for something else can wait for as well, so that a cancel ends it at once: a descriptor, or -1. */
static inline int ks_progress_wake(const struct ks_progress *progress)
{
    for (; progress != NULL; progress = progress->parent)
        if (progress->wake != 0)
            return progress->wake - 1;
    return -1;
}

static inline void ks_progress_set(struct ks_progress *progress, uint64_t done, uint64_t total)
{
    if (progress == NULL)
        return;
    atomic_store_explicit(&progress->total, total, memory_order_relaxed);
    atomic_store_explicit(&progress->done, done, memory_order_relaxed);
}

#endif
