/* Captures shared by reference between jobs and screens. */
#include <stdatomic.h>

#include "analysis/analysis.h"
#include "base/memory.h"

/* The public structure first, so that a pointer to it is a pointer to this. */
struct counted_capture {
    struct ks_capture capture;
    atomic_uint holders;
};

static void count_attempts(struct ks_capture *capture)
{
    const struct ks_log *log = &capture->log;
    for (size_t i = 0; i < log->n_attempts; i++) {
        uint32_t e = log->attempts[i];
        if ((log->mark[e] & KS_MARK_ATTEMPT) == 0)
            continue;
        capture->attempts++;
        capture->outcome[ks_log_outcome(log, e)]++;
    }
}

struct ks_capture *ks_capture_wrap(struct ks_log *log, struct ks_capture_info *info)
{
    struct counted_capture *counted = ks_zalloc(1, sizeof *counted);
    if (counted == NULL) {
        ks_log_free(log);
        ks_capture_info_free(info);
        return NULL;
    }
    counted->capture.log = *log;
    counted->capture.info = *info;
    count_attempts(&counted->capture);
    atomic_init(&counted->holders, 1);
    *log = (struct ks_log){0};
    *info = (struct ks_capture_info){0};
    return &counted->capture;
}

struct ks_status ks_capture_open(const struct ks_load_options *options, struct ks_progress *progress, struct ks_publish *publish,
                                 struct ks_capture **out)
{
    struct ks_log log = {0};
    struct ks_capture_info info = {0};
    *out = NULL;
    struct ks_status status = ks_load(options, progress, publish, &log, &info);
    if (status.code != KS_OK && status.code != KS_PARTIAL && info.packets + info.filtered == 0 && info.n_files == 0) {
        ks_log_free(&log);
        ks_capture_info_free(&info);
        return status;
    }
    *out = ks_capture_wrap(&log, &info);
    return *out == NULL ? ks_nomem("the capture") : status;
}

struct ks_capture *ks_capture_retain(struct ks_capture *capture)
{
    if (capture != NULL)
        atomic_fetch_add(&((struct counted_capture *)(void *)capture)->holders, 1);
    return capture;
}

void ks_capture_release(struct ks_capture *capture)
{
    if (capture == NULL || atomic_fetch_sub(&((struct counted_capture *)(void *)capture)->holders, 1) != 1)
        return;
    ks_log_free(&capture->log);
    ks_capture_info_free(&capture->info);
    ks_free(capture);
}
