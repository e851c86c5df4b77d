/* What takes the whole model: its beginning and its end, undo and redo across all that can change, and snapshots. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/model/baseline.h"
#include "tui/model/bytes.h"
#include "tui/model/effects.h"
#include "tui/model/model_jobs.h"
#include "tui/model/overview.h"

struct ks_status ks_model_init(struct ks_model *model, const struct ks_tui_options *options)
{
    model->settings.params = options->params;
    model->history[0] = options->params;
    model->n_history = 1;
    model->threads = options->threads;
    model->knock_options = options->knocks;
    model->knock_options.allow_path = NULL; /* judged apart, model_allow.c */
    model->max_events = options->load.max_events;
    model->max_expanded = options->load.max_expanded;
    model->load_status = ks_ok();
    model->scripted = options->script != NULL;
    return ks_worker_start(model, &model->worker);
}

void ks_model_free(struct ks_model *model)
{
    ks_worker_stop(model->worker); /* first: jobs hold references */
    ks_model_free_results(model);
    ks_bytes_free(model);
    ks_baseline_forget(model);
    ks_model_allow_free(model);
    ks_overview_free(model->overview);
    model->overview = NULL;
    ks_model_unmark(model);
    ks_free(model->marked_knocks);
    ks_free(model->marked_rules);
    ks_model_free_paths(model);
}

static unsigned travel(struct ks_model *model, size_t to, size_t changed, const char *verb)
{
    unsigned effects = ks_params_effects(&model->settings.params, &model->history[to]);
    model->now = to;
    model->settings.params = model->history[to];
    ks_say(model, KS_SAY_INFO, "%s: %s", verb, model->history_what[changed]);
    return effects | KS_FX_DONE;
}

unsigned ks_model_undo(struct ks_model *model)
{
    while (model->did_at > 0) {
        bool allow = model->did_allow[model->did_at - 1];
        if (allow && model->n_allow_before > 0)
            return ks_model_allow_undo(model);
        model->did_at--;
        if (!allow && model->now > 0)
            return travel(model, model->now - 1, model->now, "undone");
        /* It is forgotten, and what can be done again stays. */
        memmove(model->did_allow + model->did_at, model->did_allow + model->did_at + 1, (model->n_did - model->did_at - 1) * sizeof *model->did_allow);
        model->n_did--;
    }
    return KS_FX_HANDLED;
}

unsigned ks_model_redo(struct ks_model *model)
{
    if (model->did_at >= model->n_did)
        return KS_FX_HANDLED;
    if (model->did_allow[model->did_at])
        return ks_model_allow_redo(model);
    model->did_at++;
    return model->now + 1 < model->n_history ? travel(model, model->now + 1, model->now + 1, "done again") : KS_FX_HANDLED;
}

unsigned ks_model_snapshot(struct ks_model *model, const char *name)
{
    if (model->mined == NULL)
        return KS_FX_HANDLED;
    if (model->n_snapshots == KS_SNAPSHOTS) {
        memmove(model->snapshots, model->snapshots + 1, (KS_SNAPSHOTS - 1) * sizeof *model->snapshots);
        model->n_snapshots--;
    }
    struct ks_snapshot *s = &model->snapshots[model->n_snapshots];
    *s = (struct ks_snapshot){
        .params = model->settings.params,
        .choice = model->choice,
        .t = model->mined->sets.t,
        .u = model->mined->sets.u,
        .l = model->mined->sets.l,
        .rules = model->count,
        .expected = model->expected,
        .standing = model->knocks != NULL ? model->knocks->standing : 0,
    };
    if (name != NULL && name[0] != '\0')
        ks_sanitise(s->name, sizeof s->name, name, strlen(name));
    else
        snprintf(s->name, sizeof s->name, "%zu", model->n_snapshots + 1);
    if (s->standing > 0)
        ks_knock_text(s->strongest, sizeof s->strongest, &model->knocks->at[0]);
    model->n_snapshots++;
    ks_say(model, KS_SAY_INFO, "snapshot %s kept", s->name);
    return KS_FX_DONE;
}
