/* What the model says in words: summaries, what is incomplete, and the dump for scripts. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tui/model/model.h"

char *ks_knock_text(char *out, size_t cap, const struct ks_knock *knock)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < knock->n_ports && used < cap; i++) {
        char label[40];
        int n = snprintf(out + used, cap - used, "%s%s", i > 0 ? " › " : "", ks_item_format(label, sizeof label, knock->ports[i]));
        if (n < 0)
            break;
        if ((size_t)n >= cap - used && cap - used > 0) { /* never half a character at the end */
            out[used] = '\0';
            break;
        }
        used += (size_t)n;
    }
    return out;
}

char *ks_model_summary(const struct ks_model *model, char *out, size_t cap)
{
    char rules[64], knocks[64] = "";
    out[0] = '\0';
    if (model->mined == NULL)
        return out;
    ks_count_format(rules, sizeof rules, model->count, true);
    bool one = ks_count_compare(model->count, ks_count_of(1)) == 0;
    if (model->knocks != NULL)
        snprintf(knocks, sizeof knocks, " · %zu knock%s", model->knocks->standing, model->knocks->standing == 1 ? "" : "s");
    snprintf(out, cap, "%s rule%s%s", rules, one ? "" : "s", knocks);
    return out;
}

const char *ks_model_pending(const struct ks_model *model)
{
    for (unsigned i = 0; i < KS_JOB_N; i++)
        if (ks_worker_busy(model->worker, (enum ks_job_kind)i))
            return ks_job_name((enum ks_job_kind)i);
    return NULL;
}

char *ks_model_incomplete(const struct ks_model *model, char *out, size_t cap)
{
    size_t used = 0;
    out[0] = '\0';
#define ADD(...)                                                                                             \
    do {                                                                                                     \
        if (used < cap) {                                                                                    \
            int ks_n = snprintf(out + used, cap - used, "%s", used > 0 ? " · " : "");                        \
            used += ks_n > 0 ? (size_t)ks_n : 0;                                                             \
        }                                                                                                    \
        if (used < cap) {                                                                                    \
            int ks_n = snprintf(out + used, cap - used, __VA_ARGS__);                                        \
            used += ks_n > 0 ? (size_t)ks_n : 0;                                                             \
        }                                                                                                    \
    } while (0)
    if (model->loading) {
        double share = ks_worker_share(model->worker, KS_JOB_LOAD, NULL, NULL);
        if (share >= 0 && !model->scripted)
            ADD("reading %.0f %%", share * 100);
        else
            ADD("reading");
    } else if (model->capture != NULL && model->capture->info.partial) {
        ADD("read in part");
    }
    if (model->stopped != 0)
        ADD("stopped");
    if (model->settings.params.narrow.by_host || model->settings.params.narrow.by_time)
        ADD("narrowed");
    if (model->capture != NULL) {
        uint64_t skipped = 0;
        for (unsigned i = 0; i < KS_SKIP_N; i++)
            skipped += i == KS_SKIP_NOT_IP || i == KS_SKIP_NONE ? 0 : model->capture->info.skipped[i];
        char n[32];
        if (skipped > 0)
            ADD("%s skipped", ks_format_count(n, sizeof n, skipped));
    }
    if ((model->rules != NULL && model->rules->limit[0] != '\0') || (model->knocks != NULL && model->knocks->limit[0] != '\0'))
        ADD("limit reached");
#undef ADD
    return out;
}

static void dump_params(const struct ks_model *model, struct ks_text *out)
{
    char value[64];
    for (unsigned i = 0; i < KS_SET_N; i++)
        ks_text_addf(out, "set %s %s\n", ks_setting_info((enum ks_setting_id)i)->name,
                     ks_setting_get(&model->settings, (enum ks_setting_id)i, value, sizeof value));
    ks_text_addf(out, "undo %zu of %zu\n", model->now, model->n_history - 1);
    for (size_t i = 0; i < model->n_snapshots; i++)
        ks_text_addf(out, "snapshot %s\n", model->snapshots[i].name);
}

static void dump_results(const struct ks_model *model, struct ks_text *out)
{
    char a[64], b[64];
    if (model->mined == NULL)
        return;
    ks_text_addf(out, "t %" PRIu64 "\nu %" PRIu32 "\nl %" PRIu32 "\n", model->mined->sets.t, model->mined->sets.u,
                 model->mined->sets.l);
    ks_text_addf(out, "min-supp %s (%s)\n", ks_format_real(a, sizeof a, model->choice.min_supp), model->choice.why_supp);
    ks_text_addf(out, "min-inte %s (%s)\n", ks_format_real(a, sizeof a, model->choice.min_inte), model->choice.why_inte);
    ks_text_addf(out, "min-conf %s (%s)\n", ks_format_real(a, sizeof a, model->choice.min_conf), model->choice.why_conf);
    ks_text_addf(out, "rules %s\n", ks_count_format(a, sizeof a, model->count, false));
    for (size_t i = 0; i < model->n_sweep; i++)
        ks_text_addf(out, "sweep %s %s\n", ks_format_real(a, sizeof a, model->sweep[i].value),
                     ks_count_format(b, sizeof b, model->sweep[i].rules, false));
    for (size_t i = 0; model->knocks != NULL && i < model->knocks->n; i++) {
        char text[256];
        const struct ks_knock *k = &model->knocks->at[i];
        ks_text_addf(out, "knock %s (%zu activations)%s%s\n", ks_knock_text(text, sizeof text, k), k->n_activations,
                     k->set_aside != NULL ? " set aside: " : "", k->set_aside != NULL ? k->set_aside : "");
    }
}

void ks_model_dump(const struct ks_model *model, struct ks_text *out)
{
    for (size_t i = 0; i < model->n_paths; i++) {
        char harmless[1024];
        ks_shorten(harmless, sizeof harmless, model->paths[i], strlen(model->paths[i]));
        ks_text_addf(out, "path %s\n", harmless);
    }
    if (model->capture != NULL)
        ks_text_addf(out, "packets %" PRIu64 "\nevents %zu\npartial %s\n", model->capture->info.packets, model->capture->log.n,
                     model->capture->info.partial ? "yes" : "no");
    dump_params(model, out);
    dump_results(model, out);
    for (size_t i = 0; i < model->n_marked_knocks; i++)
        ks_text_addf(out, "marked knock %s\n", model->marked_knocks[i]);
    ks_text_addf(out, "marked rules %zu\n", model->n_marked_rules);
    if (model->filter[0] != '\0')
        ks_text_addf(out, "filter %s\n", model->filter);
    uint64_t first = model->n_messages > KS_MESSAGES ? model->n_messages - KS_MESSAGES : 0;
    for (uint64_t i = first; i < model->n_messages; i++)
        ks_text_addf(out, "message %s\n", model->messages[i % KS_MESSAGES].text);
}
