/* stats: Table 1 of the capture. */
#include <stdio.h>

#include "base/text.h"
#include "cli/batch.h"

static const char *const proto_name[4] = {"tcp", "udp", "icmp", "icmp6"};
static const char *const proto_text[4] = {"TCP packets", "UDP datagrams", "ICMP packets", "ICMPv6 packets"};

/* Packets with events that are not of the kind that is mined. */
static uint64_t decoded(const struct ks_capture_info *info)
{
    return info->decoded[0] + info->decoded[1] + info->decoded[2] + info->decoded[3];
}

static void json(struct ks_batch *batch, const struct ks_window_sets *s, const struct ks_kind_count *kinds)
{
    struct ks_json j;
    const struct ks_capture_info *info = &batch->capture->info;
    const uint64_t *outcome = batch->capture->outcome;
    ks_batch_json(batch, &j);
    ks_json_uint(&j, "events", s->t);
    ks_json_uint(&j, "items", s->u);
    ks_json_uint(&j, "windows", s->l);
    ks_json_real(&j, "mean_events", s->mean_events);
    ks_json_uint(&j, "packets", info->packets);
    ks_json_uint(&j, "filtered", info->filtered);
    ks_json_object(&j, "skipped");
    for (int i = KS_SKIP_NONE + 1; i < KS_SKIP_N; i++)
        if (info->skipped[i] > 0)
            ks_json_uint(&j, ks_skip_name((enum ks_skip)i), info->skipped[i]);
    ks_json_end(&j);
    ks_json_object(&j, "decoded");
    for (int i = 0; i < 4; i++)
        ks_json_uint(&j, proto_name[i], info->decoded[i]);
    ks_json_end(&j);
    ks_json_object(&j, "kinds");
    for (int k = 0; k <= KS_ITEMS_ICMP; k++) {
        ks_json_object(&j, ks_items_name((enum ks_items)k));
        ks_json_uint(&j, "events", kinds[k].events);
        ks_json_uint(&j, "items", kinds[k].items);
        ks_json_end(&j);
    }
    ks_json_end(&j);
    ks_json_object(&j, "attempts");
    ks_json_uint(&j, "total", batch->capture->attempts);
    for (int i = 0; i < 4; i++)
        ks_json_uint(&j, ks_outcome_name((enum ks_outcome)i), outcome[i]);
    ks_json_end(&j);
    ks_json_uint(&j, "hosts", batch->capture->log.n_hosts);
    ks_json_uint(&j, "cut_packets", info->snapped);
    ks_json_uint(&j, "bytes", info->bytes);
    ks_json_end(&j);
}

static void csv(struct ks_batch *batch, const struct ks_window_sets *s)
{
    struct ks_csv c;
    const struct ks_capture_info *info = &batch->capture->info;
    ks_csv_start(&c, batch->out);
    ks_csv_head(&c, "what,count");
    const struct {
        const char *what;
        uint64_t count;
    } rows[] = {{"packets", info->packets}, {"filtered", info->filtered}, {"events", s->t},
                {"items", s->u},            {"windows", s->l},            {"bytes", info->bytes}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ks_csv_text(&c, rows[i].what);
        ks_csv_uint(&c, rows[i].count);
        ks_csv_end_row(&c);
    }
    for (int i = KS_SKIP_NONE + 1; i < KS_SKIP_N; i++) {
        char what[48];
        snprintf(what, sizeof what, "skipped:%s", ks_skip_name((enum ks_skip)i));
        ks_csv_text(&c, what);
        ks_csv_uint(&c, info->skipped[i]);
        ks_csv_end_row(&c);
    }
}

static void line(struct ks_out *out, const char *what, uint64_t n, const char *note)
{
    char a[32];
    ks_out_putf(out, "  %-26s %15s%s%s\n", what, ks_format_count(a, sizeof a, n), note[0] != '\0' ? "   " : "", note);
}

static void text(struct ks_batch *batch, const struct ks_window_sets *s, const struct ks_kind_count *kinds)
{
    const struct ks_capture_info *info = &batch->capture->info;
    struct ks_out *out = batch->out;
    char a[64], b[64], note[200];
    const uint64_t *outcome = batch->capture->outcome;
    uint64_t skipped = 0;
    for (size_t i = 0; i < info->n_files; i++) {
        const struct ks_file_info *f = &info->files[i];
        ks_out_putf(out, "%s   %s, %s%s%s, %s packets\n", f->name, f->link, f->format, f->compression[0] != 'n' ? ", " : "",
                    f->compression[0] != 'n' ? f->compression : "", ks_format_count(a, sizeof a, f->packets));
    }
    if (info->packets > 0)
        ks_out_putf(out, "%s to %s UTC, %s\n", ks_format_time(a, sizeof a, info->first, 3), ks_format_time(b, sizeof b, info->last, 3),
                    ks_format_span(note, sizeof note, info->last - info->first));
    if (info->partial)
        ks_out_putf(out, "READ ONLY IN PART: %s\n", info->stopped);
    ks_out_put(out, "\n");
    line(out, "packets", info->packets, ks_format_bytes(a, sizeof a, info->bytes));
    if (batch->cli->load.filter != NULL)
        line(out, "left out by the filter", info->filtered, batch->cli->load.filter);
    snprintf(note, sizeof note, "t: %s", ks_items_words(batch->cli->params.items));
    line(out, "events", s->t, note);
    line(out, "items", s->u, "u: distinct");
    char words[128];
    snprintf(note, sizeof note, "l: %s", ks_windowing_words(words, sizeof words, &batch->cli->params.windowing));
    line(out, "windows", s->l, note);
    line(out, "hosts", batch->capture->log.n_hosts, "");
    snprintf(note, sizeof note, "open %s, refused %s, silent %s, unreachable %s", ks_format_count(a, 20, outcome[KS_OPEN]),
             ks_format_count(a + 20, 20, outcome[KS_REFUSED]), ks_format_count(b, 20, outcome[KS_SILENT]),
             ks_format_count(b + 20, 20, outcome[KS_UNREACHABLE]));
    line(out, "attempts", batch->capture->attempts, note);
    ks_out_put(out, "\n");
    for (int i = 0; i < 4; i++)
        if (info->decoded[i] > 0)
            line(out, proto_text[i], info->decoded[i], "");
    for (int i = KS_SKIP_NONE + 1; i < KS_SKIP_N; i++)
        skipped += info->skipped[i];
    line(out, "skipped", skipped, skipped == 0 ? "nothing was left out" : "");
    for (int i = KS_SKIP_NONE + 1; i < KS_SKIP_N; i++)
        if (info->skipped[i] > 0) {
            char what[40];
            snprintf(what, sizeof what, "  %s", ks_skip_name((enum ks_skip)i));
            line(out, what, info->skipped[i], ks_skip_text((enum ks_skip)i));
        }
    if (info->snapped > 0)
        line(out, "cut by the capture", info->snapped, "held only in part");
    ks_out_put(out, "\n  what can be mined (--items)           t, events    u, items\n");
    for (int k = 0; k <= KS_ITEMS_ICMP; k++)
        ks_out_putf(out, "  %-9s %-24s %12s %12s\n", ks_items_name((enum ks_items)k), ks_items_words((enum ks_items)k),
                    ks_format_count(a, sizeof a, kinds[k].events), ks_format_count(b, sizeof b, kinds[k].items));
    if (decoded(info) + skipped != info->packets)
        ks_out_fail(out, ks_fail(KS_FAILED, "packets do not add up"));
}

struct ks_status ks_cmd_stats(struct ks_batch *batch)
{
    const struct ks_params *p = &batch->cli->params;
    struct ks_kind_count kinds[KS_ITEMS_ICMP + 1];
    struct ks_window_sets sets = {0};
    KS_TRY(ks_kinds_count(&batch->capture->log, kinds));
    /* Table 1 needs the windows only, no pairs. */
    struct ks_status status = ks_window_sets_count(&batch->capture->log, p->items, &p->windowing, &p->narrow, NULL, &sets);
    ks_batch_took(batch, "windows");
    if (ks_is_ok(status)) {
        if (batch->cli->format == KS_FORMAT_JSON)
            json(batch, &sets, kinds);
        else if (batch->cli->format == KS_FORMAT_CSV)
            csv(batch, &sets);
        else
            text(batch, &sets, kinds);
    }
    ks_window_sets_free(&sets);
    return status;
}
