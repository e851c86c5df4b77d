/* knocks --baseline: which knocks are new against a capture from before, and which are gone. */
#include <stdio.h>
#include <string.h>

#include "analysis/compare.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/select.h"

static struct ks_status read_baseline(struct ks_batch *batch, struct ks_selected *out)
{
    const char *path = batch->cli->baseline;
    struct ks_load_options load = batch->cli->load;
    load.paths = &path;
    load.n_paths = 1;
    struct ks_status status = ks_capture_open(&load, batch->progress, NULL, &out->before);
    ks_batch_took(batch, "reading the baseline");
    if (out->before == NULL || status.code == KS_CANCELLED)
        return ks_within(status, "baseline");
    if (status.code == KS_PARTIAL || out->before->info.partial) {
        batch->partial = true;
        fprintf(stderr, "knockscope: the baseline was read only in part: %s\n", out->before->info.stopped);
    }
    return ks_ok();
}

struct ks_status ks_select_baseline(struct ks_batch *batch, struct ks_selected *out)
{
    struct ks_narrow narrow = batch->cli->params.narrow;
    struct ks_compared_knocks *c = &out->compared;
    narrow.by_time = false; /* the other capture has its own time */
    KS_TRY(read_baseline(batch, out));
    KS_TRY(ks_knocks_find(&out->before->log, &narrow, &batch->cli->knocks, batch->progress, &out->knocks_before));
    ks_batch_took(batch, "knocks of the baseline");
    const struct ks_knocks *before = &out->knocks_before;
    const struct ks_knock **gone = ks_alloc(before->standing, sizeof *gone);
    if (gone == NULL)
        return ks_nomem("the comparison");
    out->gone = gone;
    for (size_t i = 0; i < before->standing; i++)
        if (ks_compare_knock(&out->knocks, &before->at[i]) == NULL)
            gone[c->n_gone++] = &before->at[i];
    for (size_t i = 0; i < out->knocks.standing; i++)
        c->n_new += ks_compare_knock(before, &out->knocks.at[i]) == NULL;
    for (size_t i = 0; i < out->selection.n_knocks; i++) {
        const struct ks_knock *same = ks_compare_knock(before, out->picked[i].knock);
        out->picked[i].before = same != NULL ? same->n_activations : 0;
    }
    c->capture = &out->before->info;
    c->knocks = before->standing;
    c->gone = gone;
    out->selection.compared = c;
    return ks_ok();
}
