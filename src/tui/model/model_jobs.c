/* Mining, counting, chance, rules and knocks: what the model asks of the engine, at once or in the background. */
#include "tui/model/model_jobs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/ascending.h"
#include "base/memory.h"
#include "tui/model/baseline.h"
#include "tui/model/effects.h"
#include "tui/model/filter.h"

static void null_release(struct ks_null *null_model)
{
    if (null_model == NULL || --null_model->refs > 0)
        return;
    ks_shifted_free(null_model->shifted);
    ks_mined_release(null_model->mined);
    ks_free(null_model);
}

static void free_knocks(struct ks_knocks *knocks)
{
    if (knocks == NULL)
        return;
    ks_knocks_free(knocks);
    ks_free(knocks);
}

void ks_model_drop_knocks(struct ks_model *model)
{
    free_knocks(model->knocks);
    model->knocks = NULL;
    model->sought_in = NULL;
    model->knocks_generation = ++model->generation;
}

void ks_model_free_results(struct ks_model *model)
{
    ks_rules_free(model->rules);
    free_knocks(model->knocks);
    null_release(model->null_model);
    ks_mined_release(model->mined);
    ks_capture_release(model->capture);
    for (unsigned i = 0; i < 3; i++)
        ks_free(model->steps[i]);
    model->rules = NULL;
    model->knocks = NULL;
    model->null_model = NULL;
    model->mined = NULL;
    model->capture = NULL;
}

/* Everything that a background job of the analysis takes and gives; each uses a part. */
struct work {
    struct ks_capture *capture;
    struct ks_mined *mined;
    struct ks_null *null_model;
    struct ks_params params;
    struct ks_knock_options knock_options;
    struct ks_choice choice;
    unsigned threads;
    char filter[256];
    double values[KS_SWEEP_ROWS];
    size_t n_values;
    struct ks_sweep_row rows[KS_SWEEP_ROWS + 1]; /* the last: at the choice itself */
    /* results */
    struct ks_mined *new_mined;
    struct ks_shifted *shifted;
    struct ks_rules *rules;
    struct ks_knocks *knocks;
};

static void drop_work(void *context)
{
    struct work *w = context;
    ks_capture_release(w->capture);
    ks_mined_release(w->mined);
    null_release(w->null_model);
    ks_mined_release(w->new_mined);
    ks_shifted_free(w->shifted);
    ks_rules_free(w->rules);
    free_knocks(w->knocks);
    ks_free(w);
}

/* A job's context filled with what the model has now. */
static struct work *new_work(struct ks_model *model)
{
    struct work *w = ks_zalloc(1, sizeof *w);
    if (w == NULL) {
        ks_say_status(model, ks_nomem("the analysis"));
        return NULL;
    }
    w->capture = model->capture != NULL ? ks_capture_retain(model->capture) : NULL;
    w->mined = ks_mined_retain(model->mined);
    w->null_model = model->null_model;
    if (w->null_model != NULL)
        w->null_model->refs++;
    w->params = model->settings.params;
    w->knock_options = model->knock_options;
    w->choice = model->choice;
    w->threads = model->threads;
    w->n_values = model->n_sweep;
    for (size_t i = 0; i < model->n_sweep; i++)
        w->values[i] = model->sweep[i].value;
    snprintf(w->filter, sizeof w->filter, "%s", model->filter);
    return w;
}

static void submit(struct ks_model *model, enum ks_job_kind kind, struct work *w,
                   struct ks_status (*run)(void *, struct ks_progress *), void (*done)(void *, void *, struct ks_status))
{
    if (w == NULL)
        return;
    ks_say_status(model, ks_worker_submit(model->worker, &(struct ks_job){kind, w, run, done, drop_work}));
}

/* --- knocks --- */

static struct ks_status run_knocks(void *context, struct ks_progress *progress)
{
    struct work *w = context;
    w->knocks = ks_zalloc(1, sizeof *w->knocks);
    if (w->knocks == NULL)
        return ks_nomem("the knocks");
    return ks_knocks_find(&w->capture->log, &w->params.narrow, &w->knock_options, progress, w->knocks);
}

/* What a limit left out; line 1 says only that there is one. */
static void tell_limit(struct ks_model *model, const char *before, const char *now)
{
    if (now[0] != '\0' && strcmp(before, now) != 0)
        ks_say(model, KS_SAY_WARN, "limit reached: %s", now);
}

static void done_knocks(void *owner, void *context, struct ks_status status)
{
    struct ks_model *model = owner;
    struct work *w = context;
    ks_say_status(model, status);
    if (w->knocks == NULL || !ks_is_ok(status)) {
        if (status.code != KS_CANCELLED)
            model->sought_in = NULL; /* for the next change to try again */
        return;
    }
    tell_limit(model, model->knocks != NULL ? model->knocks->limit : "", w->knocks->limit);
    free_knocks(model->knocks);
    model->knocks = w->knocks;
    w->knocks = NULL;
    model->knocks_generation = ++model->generation;
    ks_model_allow_judge(model);
}

/* Knocks depend on the capture and on what it is narrowed to; neither on windows nor on thresholds. */
static void seek_knocks(struct ks_model *model)
{
    const struct ks_narrow *narrow = &model->settings.params.narrow;
    if (model->sought_in == model->capture && ks_narrow_same(&model->sought_narrow, narrow))
        return;
    ks_worker_cancel(model->worker, KS_JOB_KNOCKS, false);
    submit(model, KS_JOB_KNOCKS, new_work(model), run_knocks, done_knocks);
    model->sought_in = model->capture;
    model->sought_narrow = *narrow;
}

/* --- rules --- */

static struct ks_status run_rules(void *context, struct ks_progress *progress)
{
    struct work *w = context;
    struct ks_filter filter;
    KS_TRY(ks_filter_make(w->filter, w->mined, &filter));
    struct ks_status status = ks_rules_make(w->mined, &w->params, &w->choice, ks_filter_rules(&filter), progress, &w->rules);
    ks_filter_free(&filter);
    return status;
}

static void done_rules(void *owner, void *context, struct ks_status status)
{
    struct ks_model *model = owner;
    struct work *w = context;
    ks_say_status(model, status);
    if (w->rules == NULL)
        return;
    tell_limit(model, model->rules != NULL ? model->rules->limit : "", w->rules->limit);
    ks_rules_free(model->rules);
    model->rules = w->rules;
    w->rules = NULL;
    model->rules_generation = ++model->generation;
    ks_baseline_compare(model);
    if (model->filter[0] == '\0' && ks_count_compare(model->count, ks_ranking_total(model->rules->ranking)) != 0)
        model->count = ks_ranking_total(model->rules->ranking); /* rules longer than pairs are known only now */
}

static void submit_rules(struct ks_model *model)
{
    submit(model, KS_JOB_RULES, new_work(model), run_rules, done_rules);
}

/* --- chance and automatic thresholds --- */

static struct ks_status run_chance(void *context, struct ks_progress *progress)
{
    struct work *w = context;
    const struct ks_shifted *shifted = w->null_model != NULL ? w->null_model->shifted : NULL;
    w->choice = ks_choose(w->mined, &w->params, shifted);
    struct ks_status status =
        ks_sweep(w->mined, &w->params, &w->choice, shifted, KS_AXIS_INTE, w->values, w->n_values, progress, w->rows);
    if (!ks_is_ok(status) && status.code != KS_LIMIT)
        return status;
    return ks_sweep(w->mined, &w->params, &w->choice, shifted, KS_AXIS_INTE, &w->choice.min_inte, 1, progress,
                    &w->rows[KS_SWEEP_ROWS]);
}

static void recount(struct ks_model *model);

static void done_chance(void *owner, void *context, struct ks_status status)
{
    struct ks_model *model = owner;
    struct work *w = context;
    if (!ks_is_ok(status) && status.code != KS_LIMIT) {
        ks_say_status(model, status);
        return;
    }
    bool moved = w->choice.min_inte != model->choice.min_inte || w->choice.min_supp != model->choice.min_supp ||
                 w->choice.min_conf != model->choice.min_conf;
    model->choice = w->choice;
    if (moved)
        recount(model);
    memcpy(model->sweep, w->rows, w->n_values * sizeof *w->rows);
    model->n_sweep = w->n_values;
    model->chance_at = w->choice.thresholds;
    model->chance_len = w->params.max_len;
    model->chance_mined = model->mined_generation;
    const struct ks_sweep_row *here = &w->rows[KS_SWEEP_ROWS];
    model->independent = here->independent;
    model->expected = here->expected;
    model->count = here->rules;
    model->generation++;
    if (moved)
        submit_rules(model);
}

static void submit_chance(struct ks_model *model)
{
    submit(model, KS_JOB_CHANCE, new_work(model), run_chance, done_chance);
}

/* --- the shifted null --- */

static struct ks_status run_shifted(void *context, struct ks_progress *progress)
{
    struct work *w = context;
    return ks_shifted_make(&w->mined->sets, w->params.rotations, w->params.seed, w->mined->sets.l, w->threads, progress, &w->shifted);
}

static void done_shifted(void *owner, void *context, struct ks_status status)
{
    struct ks_model *model = owner;
    struct work *w = context;
    ks_say_status(model, status);
    struct ks_null *fresh = w->shifted != NULL && w->mined == model->mined ? ks_zalloc(1, sizeof *fresh) : NULL;
    if (fresh != NULL) {
        *fresh = (struct ks_null){.shifted = w->shifted, .mined = ks_mined_retain(w->mined), .refs = 1};
        w->shifted = NULL;
        null_release(model->null_model);
        model->null_model = fresh;
    }
    submit_chance(model);
}

static void submit_shifted(struct ks_model *model)
{
    if (model->settings.params.rotations == 0) {
        null_release(model->null_model);
        model->null_model = NULL;
        submit_chance(model);
        return;
    }
    submit(model, KS_JOB_SHIFTED, new_work(model), run_shifted, done_shifted);
}

/* --- counting, at once --- */

static bool has_null(const struct ks_model *model)
{
    return model->null_model != NULL && model->null_model->mined == model->mined;
}

/* Whether the sweep's rows, found in the background, still hold: only minInte has moved since. */
static bool sweep_holds(const struct ks_model *model)
{
    const struct ks_thresholds *a = &model->chance_at, *b = &model->choice.thresholds;
    return model->chance_mined == model->mined_generation && a->max_count == b->max_count && a->min_count == b->min_count &&
           a->min_conf == b->min_conf && a->interest == b->interest && model->chance_len == model->settings.params.max_len;
}

/* The choice without waiting for the null: an automatic minInte keeps its last value until the worker has found it anew. */
static void choose_now(struct ks_model *model)
{
    struct ks_params params = model->settings.params;
    double last = model->choice.min_inte;
    char why[sizeof model->choice.why_inte];
    bool keep = params.min_inte.automatic && has_null(model);
    memcpy(why, model->choice.why_inte, sizeof why);
    if (keep)
        params.min_inte = (struct ks_setting){false, last};
    bool advice = model->choice.advice;
    model->choice = ks_choose(model->mined, &params, NULL);
    if (keep)
        memcpy(model->choice.why_inte, why, sizeof why);
    if (sweep_holds(model))
        model->choice.advice = advice;
}

/* The row of minInte itself where Table 2 has it. */
static void recall_here(struct ks_model *model)
{
    for (size_t i = 0; i < model->n_sweep; i++)
        if (model->sweep[i].value == model->choice.min_inte) {
            model->count = model->sweep[i].rules;
            model->independent = model->sweep[i].independent;
            model->expected = model->sweep[i].expected;
        }
}

static void recount(struct ks_model *model)
{
    const struct ks_mined *mined = model->mined;
    double values[KS_SWEEP_ROWS];
    bool holds = sweep_holds(model);
    size_t n_old = model->n_sweep;
    if (!holds)
        model->chance_mined = 0;
    model->count = ks_count_of(ks_pairs_count(mined->pairs, &model->choice.thresholds));
    model->independent = NAN;
    model->expected = (struct ks_expected){0};
    model->n_sweep = ks_sweep_values(mined, &model->settings.params, &model->choice, KS_AXIS_INTE, values, KS_SWEEP_ROWS);
    for (size_t i = 0; i < model->n_sweep; i++) {
        struct ks_thresholds t = model->choice.thresholds;
        struct ks_sweep_row *row = &model->sweep[i];
        if (holds && i < n_old && row->value == values[i])
            continue;
        t.min_inte = values[i];
        double need = t.interest == KS_INTEREST_JOINT ? values[i] : ks_support_bound(values[i]);
        double together = ceil((need - KS_SLACK) * mined->sets.l - 1e-9);
        *row = (struct ks_sweep_row){.value = values[i], .rules = ks_count_of(ks_pairs_count(mined->pairs, &t)), .independent = NAN};
        row->together = together < 1 ? 1 : together > mined->sets.l ? mined->sets.l + 1 : (uint32_t)together;
    }
    recall_here(model);
    model->generation++;
}

/* --- mining --- */

static struct ks_status run_mine(void *context, struct ks_progress *progress)
{
    struct work *w = context;
    return ks_mine(w->capture, &w->params, w->threads, progress, &w->new_mined);
}

static void thresholds_changed(struct ks_model *model)
{
    choose_now(model);
    recount(model);
    bool mining = ks_worker_busy(model->worker, KS_JOB_MINE);
    if (mining)
        return; /* these counts are for the eye; the jobs follow when it is done */
    submit_rules(model);
    if (has_null(model) || model->settings.params.rotations == 0)
        submit_chance(model);
    else if (!ks_worker_busy(model->worker, KS_JOB_SHIFTED))
        submit_shifted(model);
}

static void done_mine(void *owner, void *context, struct ks_status status)
{
    struct ks_model *model = owner;
    struct work *w = context;
    ks_say_status(model, status);
    if (w->new_mined == NULL)
        return;
    ks_mined_release(model->mined);
    model->mined = w->new_mined;
    w->new_mined = NULL;
    null_release(model->null_model);
    model->null_model = NULL;
    model->mined_generation = ++model->generation;
    thresholds_changed(model);
}

void ks_model_stop(struct ks_model *model)
{
    for (unsigned i = KS_JOB_MINE; i < KS_JOB_N; i++) {
        bool derived = i < KS_JOB_EXPORT || i == KS_JOB_BYTES; /* others are asked for by name, not by parameters */
        if (derived && ks_worker_busy(model->worker, (enum ks_job_kind)i))
            model->stopped |= 1u << i;
        ks_worker_cancel(model->worker, (enum ks_job_kind)i, false);
    }
}

/* What was stopped comes back with any other work, or it would stay missing. */
static unsigned with_stopped(struct ks_model *model, unsigned effects)
{
    unsigned stopped = model->stopped;
    if ((effects & (KS_FX_REMINE | KS_FX_RECOUNT | KS_FX_RERANK | KS_FX_RESHIFT)) == 0)
        return effects;
    model->stopped = 0;
    if (stopped & 1u << KS_JOB_KNOCKS)
        model->sought_in = NULL;
    if (stopped & 1u << KS_JOB_MINE)
        return effects | KS_FX_REMINE;
    return effects | (stopped & 1u << KS_JOB_SHIFTED ? KS_FX_RESHIFT : 0) | (stopped != 0 ? KS_FX_RECOUNT : 0);
}

void ks_model_apply(struct ks_model *model, unsigned effects)
{
    if (model->capture == NULL)
        return;
    effects = with_stopped(model, effects);
    if (effects & KS_FX_REMINE) {
        ks_worker_cancel(model->worker, KS_JOB_SHIFTED, false);
        ks_worker_cancel(model->worker, KS_JOB_CHANCE, false);
        ks_worker_cancel(model->worker, KS_JOB_RULES, false);
        submit(model, KS_JOB_MINE, new_work(model), run_mine, done_mine);
    }
    if (effects & (KS_FX_REMINE | KS_FX_RECOUNT | KS_FX_RERANK | KS_FX_RESHIFT))
        seek_knocks(model);
    if (model->mined == NULL)
        return;
    if (effects & KS_FX_RESHIFT) {
        ks_worker_cancel(model->worker, KS_JOB_CHANCE, false);
        submit_shifted(model);
    }
    if (effects & (KS_FX_RECOUNT | KS_FX_REMINE))
        thresholds_changed(model);
    else if (effects & KS_FX_RERANK && !ks_worker_busy(model->worker, KS_JOB_MINE))
        submit_rules(model);
}

void ks_model_adopt(struct ks_model *model, struct ks_capture *capture)
{
    ks_capture_release(model->capture);
    model->capture = capture;
    model->sought_in = NULL; /* its address may be the old one's */
    model->generation++;
    ks_model_apply(model, KS_FX_REMINE);
}

/* --- steps of a slider --- */

enum { MOST_STEPS = 256 }; /* where there are more, the engine leaves some out */

const double *ks_model_steps(struct ks_model *model, enum ks_axis axis, size_t *n)
{
    *n = 0;
    if (model->mined == NULL)
        return NULL;
    struct ks_thresholds t = model->choice.thresholds, *at = &model->steps_at[axis];
    bool same = model->steps[axis] != NULL && model->steps_mined[axis] == model->mined_generation &&
                at->min_count == t.min_count && at->interest == t.interest &&
                (axis == KS_AXIS_SUPP || at->max_count == t.max_count) && (axis == KS_AXIS_INTE || at->min_inte == t.min_inte) &&
                (axis == KS_AXIS_CONF || at->min_conf == t.min_conf);
    if (!same) {
        double *values = ks_alloc(MOST_STEPS, sizeof *values);
        ks_free(model->steps[axis]);
        model->steps[axis] = values;
        model->n_steps[axis] = 0;
        if (values == NULL)
            return NULL;
        model->n_steps[axis] = ks_pairs_steps(model->mined->pairs, &t, axis, values, MOST_STEPS);
        *at = t;
        model->steps_mined[axis] = model->mined_generation;
    }
    *n = model->n_steps[axis];
    return model->steps[axis];
}

/* A slider takes at most about so many key presses from end to end; with more values in between it leaves some out. */
enum { SLIDER_STOPS = 200 };

unsigned ks_model_step(struct ks_model *model, enum ks_setting_id threshold, int steps)
{
    enum ks_axis axis = threshold == KS_SET_MIN_SUPP ? KS_AXIS_SUPP : threshold == KS_SET_MIN_INTE ? KS_AXIS_INTE : KS_AXIS_CONF;
    size_t n;
    const double *values = ks_model_steps(model, axis, &n);
    if (values == NULL || n == 0)
        return KS_FX_HANDLED;
    double now = ks_model_threshold(model, threshold);
    size_t low = ks_below_real(values, n, now - KS_SLACK); /* the first value >= now */
    bool on = low < n && values[low] <= now + KS_SLACK;
    int64_t stride = n > SLIDER_STOPS ? (int64_t)(n / SLIDER_STOPS) : 1;
    /* Going up from between two values the next one is values[low] itself. */
    int64_t to = (int64_t)low + steps * stride - (steps > 0 && !on ? 1 : 0);
    double value = to < 0 ? 0 : values[to >= (int64_t)n ? (int64_t)n - 1 : to];
    if (steps > 0 && value <= now)
        return KS_FX_HANDLED;
    return ks_model_set_threshold(model, threshold, value);
}
