/* Rules and knocks as CSV: one line per rule, one line per activation of a knock. */
#include <math.h>

#include "base/text.h"
#include "export/evidence.h"
#include "export/number.h"
#include "export/rows.h"

/* A cell of text that was built; the text is freed. */
static void built_cell(struct ks_csv *csv, struct ks_text *text)
{
    if (text->failed)
        ks_out_fail(csv->out, ks_nomem("a cell"));
    else
        ks_csv_text(csv, ks_text_get(text));
    ks_text_free(text);
}

static void items_cell(struct ks_csv *csv, const ks_item *items, size_t n)
{
    struct ks_text text = {0};
    ks_knock_ports_text(&text, items, n, " ");
    built_cell(csv, &text);
}

static void rules_csv(const struct ks_selection *selection, struct ks_csv *csv)
{
    ks_csv_head(
        csv, "if,then,count,count_if,count_then,windows,support,confidence,cpir,interest,correlation,ln_p,q");
    struct ks_rule_row row;
    for (uint64_t i = 0; i < selection->n_rules && !ks_out_stopped(csv->out); i++) {
        if (!ks_selection_rule(selection, i, &row, csv->out))
            break;
        items_cell(csv, row.items, row.n_if);
        items_cell(csv, row.items + row.n_if, row.n_then);
        ks_csv_uint(csv, row.counts.xy);
        ks_csv_uint(csv, row.counts.x);
        ks_csv_uint(csv, row.counts.y);
        ks_csv_uint(csv, row.counts.l);
        ks_csv_real(csv, ks_support(row.counts));
        ks_csv_real(csv, ks_confidence(row.counts));
        ks_csv_real(csv, ks_cpir(row.counts));
        ks_csv_real(csv, ks_interest(row.counts));
        ks_csv_real(csv, ks_correlation(row.counts));
        ks_csv_real(csv, row.ln_p);
        ks_csv_real(csv, exp(row.ln_q));
        ks_csv_end_row(csv);
    }
}

static void address_cell(struct ks_csv *csv, const struct ks_log *log, uint32_t host)
{
    char text[64];
    ks_csv_text(csv, ks_format_address(text, sizeof text, &log->hosts[host]));
}

/* The attempts of an activation: their ports, the pauses between them, outcomes and packet numbers. */
static void attempts_cells(struct ks_csv *csv, const struct ks_log *log,
                           const struct ks_activation *activation)
{
    struct ks_text ports = {0}, delays = {0}, outcomes = {0}, packets = {0};
    char text[64];
    for (size_t i = 0; i < activation->n_events; i++) {
        uint32_t event = activation->events[i];
        const char *space = i > 0 ? " " : "";
        ks_text_addf(&ports, "%s%s", space, ks_item_format(text, sizeof text, ks_event_item(log, event)));
        if (i > 0)
            ks_text_addf(&delays, "%s%s", i > 1 ? " " : "",
                         ks_format_seconds(text, sizeof text,
                                           log->time[event] - log->time[activation->events[i - 1]]));
        ks_text_addf(&outcomes, "%s%s", space, ks_outcome_name(ks_log_outcome(log, event)));
        ks_text_addf(&packets, "%s%u", space, log->packet[event]);
    }
    built_cell(csv, &ports);
    built_cell(csv, &delays);
    built_cell(csv, &outcomes);
    built_cell(csv, &packets);
}

static void activation_csv(struct ks_csv *csv, const struct ks_selection *selection, const struct ks_picked *picked,
                           size_t number)
{
    const struct ks_log *log = selection->log;
    const struct ks_knock *knock = picked->knock;
    const struct ks_activation *activation = &knock->activations[number];
    char text[64];
    ks_csv_uint(csv, picked->rank);
    items_cell(csv, knock->ports, knock->n_ports);
    ks_csv_text(csv, knock->kind == KS_KNOCK_ONE_SHOT ? "one-shot" : "recurring");
    ks_csv_uint(csv, number + 1);
    ks_csv_seconds(csv, activation->time);
    ks_csv_text(csv, ks_format_time(text, sizeof text, activation->time, 9));
    address_cell(csv, log, activation->source);
    address_cell(csv, log, activation->target);
    attempts_cells(csv, log, activation);
    ks_csv_text(csv, activation->exact ? "yes" : "no");
    if (activation->opened) {
        ks_csv_text(csv, ks_item_format(text, sizeof text, activation->opening.item));
        ks_csv_seconds(csv, activation->opening.after);
        ks_csv_uint(csv, log->packet[activation->opening.event]);
    } else {
        for (int i = 0; i < 3; i++)
            ks_csv_text(csv, NULL);
    }
    ks_csv_real(csv, knock->evidence.score);
    ks_csv_real(csv, knock->ln_p);
    ks_csv_real(csv, exp(knock->ln_q));
    ks_csv_text(csv, knock->set_aside);
    if (selection->compared != NULL)
        ks_csv_uint(csv, picked->before);
    ks_csv_end_row(csv);
}

static void knocks_csv(const struct ks_selection *selection, struct ks_csv *csv)
{
#define HEAD \
    "rank,knock,kind,activation,time,time_utc,source,target,ports,delays,outcomes,packets,exact,opened," \
    "opened_after,opened_packet,score,ln_p,q,set_aside"
    ks_csv_head(csv, selection->compared != NULL ? HEAD ",baseline_activations" : HEAD);
#undef HEAD
    for (size_t k = 0; k < selection->n_knocks; k++)
        for (size_t a = 0; a < selection->knocks[k].knock->n_activations && !ks_out_stopped(csv->out); a++)
            activation_csv(csv, selection, &selection->knocks[k], a);
}

struct ks_status ks_write_csv(const struct ks_selection *selection, const struct ks_export_options *options,
                              struct ks_out *out)
{
    if (selection->n_knocks > 0 && selection->n_rules > 0)
        return ks_fail(KS_USAGE, "a CSV file holds one table: choose knocks or rules");
    struct ks_csv csv;
    ks_csv_start(&csv, out);
    if (!options->no_title && selection->provenance != NULL)
        ks_provenance_comment(selection->provenance, "# ", out);
    if (selection->n_knocks > 0 || selection->rule_at == NULL)
        knocks_csv(selection, &csv);
    else
        rules_csv(selection, &csv);
    return ks_out_status(out);
}
