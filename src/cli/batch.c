#include "cli/batch.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

void ks_batch_note(const struct ks_batch *batch, const char *format, ...)
{
    if (batch->cli->quiet)
        return;
    va_list args;
    va_start(args, format);
    fputs("knockscope: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

void ks_batch_limit(struct ks_batch *batch, const char *text)
{
    if (!batch->cli->quiet || batch->cli->format == KS_FORMAT_CSV)
        fprintf(stderr, "knockscope: limit reached: %s\n", text);
    if (batch->n_notes < sizeof batch->note / sizeof *batch->note)
        batch->note[batch->n_notes++] = text;
}

void ks_batch_took(struct ks_batch *batch, const char *what)
{
    char span[32];
    int64_t t = now();
    if (batch->cli->verbose && !batch->cli->quiet)
        ks_batch_note(batch, "%s: %s", what, ks_format_span(span, sizeof span, t - batch->began));
    batch->began = t;
}

struct ks_status ks_batch_load(struct ks_batch *batch)
{
    batch->began = now();
    struct ks_status status = ks_capture_open(&batch->cli->load, batch->progress, NULL, &batch->capture);
    ks_batch_took(batch, "reading");
    if (status.code != KS_CANCELLED && (status.code == KS_PARTIAL || (batch->capture != NULL && batch->capture->info.partial))) {
        batch->partial = true;
        const char *where = batch->capture != NULL ? batch->capture->info.stopped : "";
        fprintf(stderr, "knockscope: read only in part: %s\n", where[0] != '\0' ? where : status.message);
        return ks_ok();
    }
    return status;
}

unsigned ks_cli_threads(const struct ks_cli *cli)
{
    if (cli->threads > 0)
        return cli->threads;
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > 8 ? 8 : (unsigned)n;
}

struct ks_status ks_batch_mine(struct ks_batch *batch)
{
    struct ks_status status = ks_mine(batch->capture, &batch->cli->params, ks_cli_threads(batch->cli), batch->progress, &batch->mined);
    ks_batch_took(batch, "mining");
    return status;
}

struct ks_status ks_batch_choose(struct ks_batch *batch, bool chance)
{
    const struct ks_params *params = &batch->cli->params;
    batch->choice = ks_choose(batch->mined, params, NULL);
    batch->chosen = true;
    if (params->rotations == 0 || (!chance && !params->min_inte.automatic) || batch->mined->sets.u == 0)
        return ks_ok();
    /* A sweep over minSupp needs every item; all else only those that are infrequent. */
    uint32_t most = batch->cli->command == KS_COMMAND_SWEEP && batch->cli->axis == KS_AXIS_SUPP ? batch->mined->sets.l
                                                                                                : batch->choice.thresholds.max_count;
    struct ks_status status =
        ks_shifted_make(&batch->mined->sets, params->rotations, params->seed, most, ks_cli_threads(batch->cli), batch->progress,
                        &batch->shifted);
    ks_batch_took(batch, "chance");
    if (ks_is_ok(status))
        batch->choice = ks_choose(batch->mined, params, batch->shifted);
    return status;
}

void ks_batch_end(struct ks_batch *batch)
{
    ks_shifted_free(batch->shifted);
    ks_mined_release(batch->mined);
    ks_capture_release(batch->capture);
}

const char *ks_items_words(enum ks_items items)
{
    switch (items) {
    case KS_ITEMS_TCP: return "every TCP packet";
    case KS_ITEMS_SYN: return "every TCP SYN";
    case KS_ITEMS_UDP: return "every UDP datagram";
    case KS_ITEMS_ICMP: return "ICMP requests";
    case KS_ITEMS_ATTEMPTS: break;
    }
    return "TCP and UDP attempts";
}

char *ks_windowing_words(char *out, size_t cap, const struct ks_windowing *w)
{
    static const char *const scopes[] = {"", " per target", " per source and target"};
    char n[32], span[32];
    switch (w->cut) {
    case KS_CUT_COUNT:
        if (w->stride != w->size)
            snprintf(out, cap, "%s events every %llu%s", ks_format_count(n, sizeof n, w->size), (unsigned long long)w->stride,
                     scopes[w->scope]);
        else
            snprintf(out, cap, "%s events%s", ks_format_count(n, sizeof n, w->size), scopes[w->scope]);
        break;
    case KS_CUT_TIME:
        snprintf(out, cap, "slices of %s%s", ks_format_span(span, sizeof span, w->ns), scopes[w->scope]);
        break;
    case KS_CUT_SESSION:
        snprintf(out, cap, "sessions ended by %s of silence%s", ks_format_span(span, sizeof span, w->ns), scopes[w->scope]);
        break;
    }
    return out;
}

struct ks_provenance ks_batch_provenance(struct ks_batch *batch, const char (*sha256)[65])
{
    const struct ks_choice *choice = batch->chosen ? &batch->choice : NULL;
    size_t n = ks_params_list(&batch->cli->params, choice, batch->param);
    n += ks_knock_options_list(&batch->cli->knocks, batch->param + n);
    return (struct ks_provenance){
        .capture = &batch->capture->info,
        .sha256 = sha256,
        .filter = batch->cli->load.filter,
        .n_params = n,
        .params = batch->param,
        .n_definitions = ks_params_definitions(&batch->cli->params, batch->definition),
        .definitions = batch->definition,
        .notes = batch->note,
        .n_notes = batch->n_notes,
    };
}

void ks_batch_json(struct ks_batch *batch, struct ks_json *json)
{
    char schema[64];
    struct ks_provenance provenance = ks_batch_provenance(batch, NULL);
    snprintf(schema, sizeof schema, "knockscope.%s/1", ks_command_name(batch->cli->command));
    ks_json_start(json, batch->out, 2);
    ks_json_object(json, NULL);
    ks_provenance_json(&provenance, schema, json);
    if (batch->chosen) {
        ks_json_object(json, "reasons");
        ks_json_text(json, "min_supp", batch->choice.why_supp);
        ks_json_text(json, "min_inte", batch->choice.why_inte);
        ks_json_text(json, "min_conf", batch->choice.why_conf);
        ks_json_end(json);
    }
}

void ks_batch_text(struct ks_batch *batch)
{
    const struct ks_capture_info *info = &batch->capture->info;
    const struct ks_params *p = &batch->cli->params;
    char a[64], b[64], c[128];
    struct ks_out *out = batch->out;
    for (size_t i = 0; i < info->n_files; i++)
        ks_out_putf(out, "%s%s", i > 0 ? ", " : "capture  ", info->files[i].name);
    ks_out_putf(out, ": %s packets", ks_format_count(a, sizeof a, info->packets));
    if (info->packets > 0)
        ks_out_putf(out, " in %s", ks_format_span(b, sizeof b, info->last - info->first));
    if (batch->cli->load.filter != NULL)
        ks_out_putf(out, ", filter %s", batch->cli->load.filter);
    if (info->partial)
        ks_out_putf(out, "\n         READ ONLY IN PART: %s", info->stopped);
    if (batch->mined != NULL) {
        const struct ks_window_sets *s = &batch->mined->sets;
        ks_out_putf(out, "\nitems    %s: t = %s events, u = %s items", ks_items_words(p->items), ks_format_count(a, sizeof a, s->t),
                ks_format_count(b, sizeof b, s->u));
        ks_out_putf(out, "\nwindows  %s: l = %s", ks_windowing_words(c, sizeof c, &p->windowing), ks_format_count(a, sizeof a, s->l));
        if (!s->equal_size)
            ks_out_putf(out, ", %.1f events each on average", s->mean_events);
    }
    ks_out_put(out, "\n");
    for (size_t i = 0; i < batch->n_notes; i++)
        ks_out_putf(out, "limit    %s\n", batch->note[i]);
    if (!batch->chosen)
        return;
    const struct ks_choice *choice = &batch->choice;
    const char *le = batch->utf8 ? "≤" : "<=", *ge = batch->utf8 ? "≥" : ">=";
    ks_out_putf(out, "minSupp  %s %-10.4g in %s %u windows  (%s)\n", le, choice->min_supp, le, choice->thresholds.max_count, choice->why_supp);
    if (batch->cli->command != KS_COMMAND_SWEEP || batch->cli->axis != KS_AXIS_INTE)
        ks_out_putf(out, "minInte  %s %-10.4g (%s)\n", ge, choice->min_inte, choice->why_inte);
    ks_out_putf(out, "minConf  %s %-10.4g (%s)\n", ge, choice->min_conf, choice->why_conf);
}
