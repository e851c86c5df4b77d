#include "capture/publish.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"

struct ks_publish {
    atomic_bool wanted;
    _Atomic uint64_t packets;
    pthread_mutex_t lock; /* of what follows; held only to move pointers */
    bool ready;
    struct ks_log log;
    struct ks_capture_info info;
};

struct ks_publish *ks_publish_new(void)
{
    struct ks_publish *publish = ks_zalloc(1, sizeof *publish);
    if (publish != NULL)
        pthread_mutex_init(&publish->lock, NULL); /* never fails without attributes on Linux */
    return publish;
}

void ks_publish_free(struct ks_publish *publish)
{
    if (publish == NULL)
        return;
    ks_log_free(&publish->log);
    ks_capture_info_free(&publish->info);
    pthread_mutex_destroy(&publish->lock);
    ks_free(publish);
}

void ks_publish_request(struct ks_publish *publish)
{
    atomic_store(&publish->wanted, true);
}

void ks_publish_tell(struct ks_publish *publish, uint64_t packets)
{
    if (publish != NULL)
        atomic_store_explicit(&publish->packets, packets, memory_order_relaxed);
}

uint64_t ks_publish_packets(const struct ks_publish *publish)
{
    return atomic_load_explicit(&publish->packets, memory_order_relaxed);
}

bool ks_publish_take(struct ks_publish *publish, struct ks_log *log, struct ks_capture_info *info)
{
    pthread_mutex_lock(&publish->lock);
    bool ready = publish->ready;
    if (ready) {
        *log = publish->log;
        *info = publish->info;
        memset(&publish->log, 0, sizeof publish->log);
        memset(&publish->info, 0, sizeof publish->info);
        publish->ready = false;
    }
    pthread_mutex_unlock(&publish->lock);
    return ready;
}

bool ks_publish_wanted(struct ks_publish *publish)
{
    return publish != NULL && atomic_load_explicit(&publish->wanted, memory_order_relaxed);
}

bool ks_capture_info_copy(const struct ks_capture_info *info, struct ks_capture_info *out)
{
    *out = *info;
    out->files = ks_alloc(info->n_files, sizeof *info->files);
    if (out->files == NULL) {
        memset(out, 0, sizeof *out);
        return false;
    }
    if (info->n_files != 0)
        memcpy(out->files, info->files, info->n_files * sizeof *info->files);
    return true;
}

void ks_publish_give(struct ks_publish *publish, const struct ks_log *log, const struct ks_capture_info *info)
{
    struct ks_log log_copy;
    struct ks_capture_info info_copy;
    if (!ks_is_ok(ks_log_copy(log, log->n, &log_copy)))
        return;
    if (!ks_capture_info_copy(info, &info_copy)) {
        ks_log_free(&log_copy);
        return;
    }
    atomic_store(&publish->wanted, false);
    pthread_mutex_lock(&publish->lock);
    struct ks_log old_log = publish->log;
    struct ks_capture_info old_info = publish->info;
    publish->log = log_copy;
    publish->info = info_copy;
    publish->ready = true;
    pthread_mutex_unlock(&publish->lock);
    ks_log_free(&old_log);
    ks_capture_info_free(&old_info);
}
