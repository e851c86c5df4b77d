/* Loading captures in the background, and exploring what has been read so far. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "export/safe_file.h"
#include "tui/model/effects.h"
#include "tui/model/model_jobs.h"

struct load {
    char **paths;
    size_t n;
    char *bpf;
    uint64_t max_events, max_expanded;
    struct ks_publish *publish;
    struct ks_capture *capture;
};

static void free_paths(char **paths, size_t n)
{
    for (size_t i = 0; i < n && paths != NULL; i++)
        ks_free(paths[i]);
    ks_free(paths);
}

static char **copy_paths(const char *const *paths, size_t n)
{
    char **copy = ks_zalloc(n, sizeof *copy);
    for (size_t i = 0; i < n && copy != NULL; i++) {
        copy[i] = ks_strdup(paths[i]);
        if (copy[i] == NULL) {
            free_paths(copy, n);
            return NULL;
        }
    }
    return copy;
}

static void forget_coming(struct ks_model *model)
{
    free_paths(model->coming.paths, model->coming.n_paths);
    ks_free(model->coming.bpf);
    model->coming = (struct ks_coming){0};
}

/* What was read belongs to the names that were waiting for it. */
static void arrive(struct ks_model *model)
{
    struct ks_coming *coming = &model->coming;
    if (!coming->waiting)
        return;
    free_paths(model->paths, model->n_paths);
    ks_free(model->bpf);
    model->paths = coming->paths;
    model->n_paths = coming->n_paths;
    model->bpf = coming->bpf;
    *coming = (struct ks_coming){0};
    ks_model_drop_knocks(model);
}

void ks_model_free_paths(struct ks_model *model)
{
    forget_coming(model);
    free_paths(model->paths, model->n_paths);
    ks_free(model->bpf);
}

static void drop_load(void *context)
{
    struct load *load = context;
    free_paths(load->paths, load->n);
    ks_free(load->bpf);
    ks_publish_free(load->publish);
    ks_capture_release(load->capture);
    ks_free(load);
}

static struct ks_status run_load(void *context, struct ks_progress *progress)
{
    struct load *load = context;
    struct ks_load_options options = {
        .paths = (const char *const *)load->paths, .n_paths = load->n, .filter = load->bpf,
        .max_events = load->max_events, .max_expanded = load->max_expanded};
    return ks_capture_open(&options, progress, load->publish, &load->capture);
}

static void done_load(void *owner, void *context, struct ks_status status)
{
    struct ks_model *model = owner;
    struct load *load = context;
    model->loading = false;
    model->publish = NULL;
    model->load_status = status;
    if (status.code == KS_CANCELLED)
        ks_say(model, KS_SAY_WARN, "reading was stopped%s", load->capture != NULL ? "; what was read is shown" : "");
    else
        ks_say_status(model, status);
    model->generation++;
    if (load->capture == NULL) {
        forget_coming(model);
        return;
    }
    arrive(model);
    struct ks_capture *capture = load->capture;
    char packets[32];
    ks_say(model, KS_SAY_QUIET, "%s packets read", ks_format_count(packets, sizeof packets, capture->info.packets));
    load->capture = NULL;
    ks_model_adopt(model, capture);
}

static int64_t monotonic(void)
{
    struct timespec now;
    return clock_gettime(CLOCK_MONOTONIC, &now) == 0 ? (int64_t)now.tv_sec * 1000000000 + now.tv_nsec : 0;
}

unsigned ks_model_load(struct ks_model *model, const char *const *paths, size_t n_paths, const char *bpf)
{
    struct load *load = ks_zalloc(1, sizeof *load);
    char **kept = copy_paths(paths, n_paths);
    char *kept_bpf = bpf != NULL ? ks_strdup(bpf) : NULL;
    if (load != NULL) {
        load->n = n_paths;
        load->max_events = model->max_events;
        load->max_expanded = model->max_expanded;
        load->paths = copy_paths(paths, n_paths);
        load->bpf = bpf != NULL ? ks_strdup(bpf) : NULL;
        load->publish = ks_publish_new();
    }
    bool whole = load != NULL && kept != NULL && load->paths != NULL && load->publish != NULL &&
                 (bpf == NULL || (load->bpf != NULL && kept_bpf != NULL)) && ks_is_ok(ks_safe_file_keep(paths, n_paths));
    if (!whole) {
        if (load != NULL)
            drop_load(load);
        free_paths(kept, n_paths);
        ks_free(kept_bpf);
        ks_say_status(model, ks_nomem("loading"));
        return KS_FX_DONE;
    }
    forget_coming(model);
    model->coming = (struct ks_coming){kept, n_paths, kept_bpf, true};
    if (model->capture == NULL)
        arrive(model);
    model->publish = load->publish;
    model->loading = true;
    model->load_began = monotonic();
    struct ks_status status =
        ks_worker_submit(model->worker, &(struct ks_job){KS_JOB_LOAD, load, run_load, done_load, drop_load});
    if (!ks_is_ok(status)) {
        model->loading = false;
        model->publish = NULL;
        forget_coming(model);
        ks_say_status(model, status);
    }
    return KS_FX_DONE;
}

unsigned ks_model_stop_loading(struct ks_model *model)
{
    if (!model->loading)
        return 0;
    ks_worker_cancel(model->worker, KS_JOB_LOAD, true);
    return KS_FX_DONE;
}

unsigned ks_model_peek(struct ks_model *model)
{
    struct ks_log log = {0};
    struct ks_capture_info info = {0};
    if (!model->loading || model->publish == NULL || model->scripted || ks_worker_busy(model->worker, KS_JOB_MINE))
        return 0;
    if (!ks_publish_take(model->publish, &log, &info)) {
        ks_publish_request(model->publish);
        return 0;
    }
    struct ks_capture *capture = ks_capture_wrap(&log, &info);
    if (capture == NULL)
        return 0;
    arrive(model);
    ks_model_adopt(model, capture);
    return KS_FX_REDRAW;
}
