#include "capture/pipeline.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"
#include "capture/build.h"
#include "capture/publish.h"

/* Waking a thread costs as much as taking in a few hundred packets: who sleeps is left to sleep until half the ring waits for him. */
enum { RING = 16, WAKE = RING / 2 };

struct ks_pipeline {
    struct ks_builder builder;
    struct ks_log *log;
    struct ks_capture_info *info;
    struct ks_publish *publish;
    struct ks_status status; /* of the batches; under the lock */
    bool threaded;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled, freed;
    size_t handed, taken; /* batches handed on, and of them taken in; under the lock, as what follows */
    size_t wanted;        /* of `taken`, by the caller, who waits for it */
    bool urgent;          /* what was handed on is not to wait for more */
    bool ending;
    struct ks_batch *ring[RING];
};

/* A failure leaves this batch and all later ones out, so that the log has no hole. */
static struct ks_status take(struct ks_pipeline *pipeline, const struct ks_batch *batch)
{
    struct ks_status status = ks_builder_take(&pipeline->builder, batch);
    if (!ks_is_ok(status))
        return status;
    ks_tally_add(&batch->tally, pipeline->info);
    ks_publish_tell(pipeline->publish, pipeline->info->packets + pipeline->info->filtered);
    if (ks_publish_wanted(pipeline->publish))
        ks_publish_give(pipeline->publish, pipeline->log, pipeline->info);
    return status;
}

static bool enough(const struct ks_pipeline *pipeline)
{
    size_t ready = pipeline->handed - pipeline->taken;
    return ready >= WAKE || pipeline->ending || (pipeline->urgent && ready != 0);
}

/* Everything is taken in: waits for enough more, or the end. Under the lock. */
static void await_enough(struct ks_pipeline *pipeline)
{
    pipeline->urgent = false;
    while (!enough(pipeline))
        pthread_cond_wait(&pipeline->filled, &pipeline->lock);
}

static void *run(void *user)
{
    struct ks_pipeline *pipeline = user;
    pthread_mutex_lock(&pipeline->lock);
    for (;;) {
        if (pipeline->taken == pipeline->handed)
            await_enough(pipeline);
        if (pipeline->taken == pipeline->handed)
            break;
        const struct ks_batch *batch = pipeline->ring[pipeline->taken % RING];
        struct ks_status status = pipeline->status;
        pthread_mutex_unlock(&pipeline->lock);
        if (ks_is_ok(status))
            status = take(pipeline, batch);
        pthread_mutex_lock(&pipeline->lock);
        pipeline->status = status;
        if (++pipeline->taken == pipeline->wanted)
            pthread_cond_signal(&pipeline->freed);
    }
    pthread_mutex_unlock(&pipeline->lock);
    return NULL;
}

/* The second thread takes no signals: they are the caller's business. */
static bool start_thread(struct ks_pipeline *pipeline)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = pthread_create(&pipeline->thread, NULL, run, pipeline) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

static void release(struct ks_pipeline *pipeline)
{
    for (size_t i = 0; i < RING; i++)
        ks_free(pipeline->ring[i]);
    ks_free(pipeline);
}

struct ks_pipeline *ks_pipeline_start(struct ks_log *log, struct ks_capture_info *info, struct ks_publish *publish)
{
    struct ks_pipeline *pipeline = ks_zalloc(1, sizeof *pipeline);
    if (pipeline == NULL)
        return NULL;
    for (size_t i = 0; i < RING; i++) {
        pipeline->ring[i] = ks_alloc(1, sizeof *pipeline->ring[i]);
        if (pipeline->ring[i] == NULL) {
            release(pipeline);
            return NULL;
        }
    }
    pipeline->log = log;
    pipeline->info = info;
    pipeline->publish = publish;
    pipeline->status = ks_ok();
    ks_builder_start(&pipeline->builder, log);
    pthread_mutex_init(&pipeline->lock, NULL); /* never fails without attributes on Linux */
    pthread_cond_init(&pipeline->filled, NULL);
    pthread_cond_init(&pipeline->freed, NULL);
    pipeline->threaded = start_thread(pipeline);
    return pipeline;
}

/* The caller waits until so many batches are taken in. Under the lock. */
static void await_taken(struct ks_pipeline *pipeline, size_t n)
{
    pipeline->wanted = n;
    while (pipeline->taken < n)
        pthread_cond_wait(&pipeline->freed, &pipeline->lock);
}

static void hurry(struct ks_pipeline *pipeline)
{
    pipeline->urgent = true;
    pthread_cond_signal(&pipeline->filled);
}

struct ks_batch *ks_pipeline_batch(struct ks_pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    if (pipeline->handed - pipeline->taken == RING)
        await_taken(pipeline, pipeline->handed - WAKE);
    struct ks_batch *batch = pipeline->ring[pipeline->handed % RING];
    pthread_mutex_unlock(&pipeline->lock);
    ks_batch_clear(batch);
    return batch;
}

struct ks_status ks_pipeline_submit(struct ks_pipeline *pipeline, struct ks_batch *batch, bool now)
{
    if (!pipeline->threaded) {
        if (ks_is_ok(pipeline->status))
            pipeline->status = take(pipeline, batch);
        return pipeline->status;
    }
    pthread_mutex_lock(&pipeline->lock);
    pipeline->handed++;
    struct ks_status status = pipeline->status;
    if (now)
        hurry(pipeline);
    else if (enough(pipeline))
        pthread_cond_signal(&pipeline->filled);
    pthread_mutex_unlock(&pipeline->lock);
    return status;
}

struct ks_status ks_pipeline_drain(struct ks_pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    hurry(pipeline);
    await_taken(pipeline, pipeline->handed);
    struct ks_status status = pipeline->status;
    pthread_mutex_unlock(&pipeline->lock);
    return status;
}

struct ks_status ks_pipeline_finish(struct ks_pipeline *pipeline)
{
    pthread_mutex_lock(&pipeline->lock);
    pipeline->ending = true;
    pthread_cond_signal(&pipeline->filled);
    pthread_mutex_unlock(&pipeline->lock);
    if (pipeline->threaded)
        pthread_join(pipeline->thread, NULL);
    struct ks_status status = pipeline->status;
    ks_builder_finish(&pipeline->builder);
    pthread_cond_destroy(&pipeline->filled);
    pthread_cond_destroy(&pipeline->freed);
    pthread_mutex_destroy(&pipeline->lock);
    release(pipeline);
    return status;
}
