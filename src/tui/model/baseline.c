#include "tui/model/baseline.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "export/safe_file.h"
#include "tui/model/effects.h"

static void free_knocks(struct ks_knocks *knocks)
{
    if (knocks == NULL)
        return;
    ks_knocks_free(knocks);
    ks_free(knocks);
}

static void release(struct ks_baseline *b)
{
    if (b == NULL || --b->refs > 0)
        return;
    for (size_t i = 0; b->paths != NULL && i < b->n_paths; i++)
        ks_free(b->paths[i]);
    ks_free(b->paths);
    free_knocks(b->knocks);
    ks_mined_release(b->mined);
    ks_capture_release(b->capture);
    ks_compared_free(&b->items);
    ks_compared_free(&b->hosts);
    ks_new_rules_free(&b->new_rules);
    ks_free(b);
}

/* What a comparison takes and gives. The baseline itself is only read by the job: results are put into it when it has ended. */
struct work {
    struct ks_baseline *baseline;
    struct ks_capture *now;
    struct ks_mined *mined; /* of now; NULL: nothing to compare yet */
    struct ks_params params;
    struct ks_knock_options knock_options;
    struct ks_choice choice;
    unsigned threads;
    uint64_t max_events, max_expanded;
    char *bpf;
    bool fresh; /* the baseline's windows are to be made (anew) */
    /* results */
    struct ks_capture *capture;
    struct ks_mined *base_mined;
    struct ks_knocks *knocks;
    struct ks_count rules;
    struct ks_compared_list items, hosts;
    struct ks_new_rules new_rules;
    bool compared;
};

static void drop(void *context)
{
    struct work *w = context;
    release(w->baseline);
    ks_capture_release(w->now);
    ks_mined_release(w->mined);
    ks_capture_release(w->capture);
    ks_mined_release(w->base_mined);
    free_knocks(w->knocks);
    ks_compared_free(&w->items);
    ks_compared_free(&w->hosts);
    ks_new_rules_free(&w->new_rules);
    ks_free(w->bpf);
    ks_free(w);
}

/* Windows, count of rules and knocks of the baseline. */
static struct ks_status analyse(struct work *w, struct ks_capture *capture, struct ks_progress *progress)
{
    struct ks_params params = w->params;
    params.narrow.by_time = false; /* the other capture has its own time */
    KS_TRY(ks_mine(capture, &params, w->threads, progress, &w->base_mined));
    struct ks_choice choice = ks_choose(w->base_mined, &params, NULL);
    struct ks_thresholds thresholds = choice.thresholds;
    thresholds.min_inte = w->choice.thresholds.min_inte; /* an automatic one is that of the suspect, so that counts can be compared */
    w->rules = ks_count_of(ks_pairs_count(w->base_mined->pairs, &thresholds));
    w->knocks = ks_zalloc(1, sizeof *w->knocks);
    if (w->knocks == NULL)
        return ks_nomem("the baseline's knocks");
    struct ks_status status =
        ks_knocks_find(&capture->log, &params.narrow, &w->knock_options, progress, w->knocks);
    return status.code == KS_LIMIT ? ks_ok() : status;
}

static struct ks_status compare(struct work *w, struct ks_progress *progress)
{
    const struct ks_baseline *b = w->baseline;
    const struct ks_capture *before = w->capture != NULL ? w->capture : b->capture;
    const struct ks_mined *mined = w->base_mined != NULL ? w->base_mined : b->mined;
    struct ks_rules *rules = NULL;
    if (w->mined == NULL || before == NULL || mined == NULL)
        return ks_ok();
    KS_TRY(ks_compare_items(&before->log, &w->now->log, w->params.items, progress, &w->items));
    KS_TRY(ks_compare_hosts(&before->log, &w->now->log, progress, &w->hosts));
    struct ks_status status = ks_rules_make(w->mined, &w->params, &w->choice, NULL, progress, &rules);
    if (rules != NULL && (ks_is_ok(status) || status.code == KS_LIMIT))
        status = ks_compare_rules(mined, rules, KS_COMPARED_RULES, progress, &w->new_rules);
    ks_rules_free(rules);
    w->compared = ks_is_ok(status);
    return status;
}

static struct ks_status run(void *context, struct ks_progress *progress)
{
    struct work *w = context;
    struct ks_capture *capture = w->baseline->capture;
    struct ks_status read = ks_ok();
    if (capture == NULL) {
        struct ks_load_options options = {.paths = (const char *const *)w->baseline->paths, .n_paths = w->baseline->n_paths, .filter = w->bpf,
                                          .max_events = w->max_events, .max_expanded = w->max_expanded};
        read = ks_capture_open(&options, progress, NULL, &w->capture);
        capture = w->capture;
        if (capture == NULL || read.code == KS_CANCELLED)
            return read;
    }
    if (w->fresh)
        KS_TRY(analyse(w, capture, progress));
    struct ks_status status = compare(w, progress);
    return ks_is_ok(status) ? read : status;
}

static void take(struct ks_baseline *b, struct work *w)
{
    if (w->capture != NULL) {
        b->capture = w->capture;
        w->capture = NULL;
    }
    if (w->base_mined != NULL && w->knocks != NULL) {
        ks_mined_release(b->mined);
        free_knocks(b->knocks);
        b->mined = w->base_mined;
        b->knocks = w->knocks;
        b->rules = w->rules;
        b->params = w->params;
        w->base_mined = NULL;
        w->knocks = NULL;
    }
    if (w->compared) {
        struct ks_compared_list items = b->items, hosts = b->hosts;
        struct ks_new_rules rules = b->new_rules;
        b->items = w->items;
        b->hosts = w->hosts;
        b->new_rules = w->new_rules;
        b->compared = true;
        w->items = items; /* dropped with the work */
        w->hosts = hosts;
        w->new_rules = rules;
    }
}

static void done(void *owner, void *context, struct ks_status status)
{
    struct ks_model *model = owner;
    struct work *w = context;
    struct ks_baseline *b = w->baseline;
    if (b != model->baseline)
        return;
    if (!ks_is_ok(status))
        ks_say_status(model, ks_within(status, "baseline"));
    if (b->capture == NULL && w->capture == NULL) { /* nothing was read */
        ks_baseline_forget(model);
        model->generation++;
        return;
    }
    take(b, w);
    model->generation++;
    if (b->again) /* the suspect's results changed while the baseline was read */
        ks_baseline_compare(model);
}

static struct work *new_work(struct ks_model *model)
{
    struct work *w = ks_zalloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    struct ks_baseline *b = model->baseline;
    w->baseline = b;
    b->refs++;
    w->now = ks_capture_retain(model->capture);
    w->mined = ks_mined_retain(model->mined);
    w->params = model->settings.params;
    w->knock_options = model->knock_options;
    w->choice = model->choice;
    w->threads = model->threads;
    w->max_events = model->max_events;
    w->max_expanded = model->max_expanded;
    w->fresh = b->mined == NULL || (ks_params_effects(&b->params, &w->params) & KS_FX_REMINE) != 0;
    if (model->bpf != NULL && (w->bpf = ks_strdup(model->bpf)) == NULL) {
        drop(w);
        return NULL;
    }
    return w;
}

void ks_baseline_compare(struct ks_model *model)
{
    if (model->baseline == NULL || model->capture == NULL)
        return;
    struct ks_baseline *b = model->baseline;
    b->again = b->capture == NULL && ks_worker_busy(model->worker, KS_JOB_OTHER);
    if (b->again)
        return; /* reading is not begun anew */
    struct work *w = new_work(model);
    if (w == NULL) {
        ks_say_status(model, ks_nomem("the comparison"));
        return;
    }
    ks_say_status(model, ks_worker_submit(model->worker, &(struct ks_job){KS_JOB_OTHER, w, run, done, drop}));
}

unsigned ks_baseline_load(struct ks_model *model, const char *const *paths, size_t n_paths)
{
    struct ks_baseline *b = ks_zalloc(1, sizeof *b);
    bool ok = b != NULL && (b->refs = 1, b->paths = ks_zalloc(n_paths, sizeof *b->paths)) != NULL;
    for (; ok && b->n_paths < n_paths; b->n_paths += ok)
        ok = (b->paths[b->n_paths] = ks_strdup(paths[b->n_paths])) != NULL;
    if (!ok || !ks_is_ok(ks_safe_file_keep(paths, n_paths))) {
        release(b);
        ks_say_status(model, ks_nomem("the baseline"));
        return KS_FX_DONE;
    }
    for (size_t i = 0; i < n_paths; i++)
        if (strcmp(paths[i], "-") == 0) {
            release(b);
            ks_say(model, KS_SAY_BAD, "the baseline must be a file");
            return KS_FX_DONE;
        }
    ks_baseline_forget(model);
    model->baseline = b;
    ks_baseline_compare(model);
    return KS_FX_DONE;
}

void ks_baseline_forget(struct ks_model *model)
{
    if (model->baseline == NULL)
        return;
    release(model->baseline);
    model->baseline = NULL;
}

int64_t ks_baseline_knock(const struct ks_model *model, const struct ks_knock *knock)
{
    const struct ks_baseline *b = model->baseline;
    if (b == NULL || b->knocks == NULL)
        return -1;
    const struct ks_knock *k = ks_compare_knock(b->knocks, knock);
    return k != NULL ? (int64_t)k->n_activations : 0;
}

int64_t ks_baseline_rule(const struct ks_model *model, const struct ks_rule *rule)
{
    const struct ks_baseline *b = model->baseline;
    ks_item items[KS_MAX_LEN];
    unsigned n = (unsigned)rule->n_if + rule->n_then;
    if (b == NULL || b->mined == NULL || model->rules == NULL || n > KS_MAX_LEN)
        return -1;
    for (unsigned i = 0; i < n; i++)
        items[i] = model->rules->mined->sets.items[rule->items[i]];
    return ks_compare_together(b->mined, items, n);
}
