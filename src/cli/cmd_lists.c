/* rules and knocks: the ranked lists. export: the same lists in the forms that other tools take. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/batch.h"
#include "cli/select.h"
#include "cli/table.h"
#include "export/rows.h"

static void side(char *out, size_t cap, const ks_item *items, unsigned n)
{
    size_t used = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < n && used < cap; i++) {
        char label[40];
        int wrote = snprintf(out + used, cap - used, "%s%s", i > 0 ? ", " : "", ks_item_format(label, sizeof label, items[i]));
        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

static void rules_text(struct ks_batch *batch, const struct ks_selection *s)
{
    static const char *const titles[] = {"#",    "<if",   "<then", "together", "n(X)", "n(Y)", "support", "confidence",
                                         "CPIR", "interest", "correlation", "p", "q", NULL};
    struct ks_table table;
    struct ks_out *out = batch->out;
    char a[256], total[64];
    ks_batch_text(batch);
    ks_out_putf(out, "rules    %s in all", ks_count_format(total, sizeof total, s->total_rules, true));
    if (ks_count_compare(s->total_rules, ks_count_of(s->n_rules)) > 0)
        ks_out_putf(out, ", the first %s by %s", ks_format_count(a, 32, s->n_rules), ks_sort_name(batch->cli->params.sort));
    ks_out_put(out, "\n\n");
    if (s->n_rules == 0) {
        ks_out_put(out, "No rule passes. A larger --min-supp lets in items that are in more windows; a smaller --min-inte or --min-conf\n"
                        "asks for less. `knockscope sweep` shows how many rules each value leaves.\n");
        return;
    }
    ks_table_begin(&table, out, titles);
    struct ks_rule_row row;
    for (uint64_t i = 0; i < s->n_rules && ks_selection_rule(s, i, &row, out) && !ks_out_stopped(out); i++) {
        ks_table_cell(&table, "%llu", (unsigned long long)i + 1);
        side(a, sizeof a, row.items, row.n_if);
        ks_table_cell(&table, "%s", a);
        side(a, sizeof a, row.items + row.n_if, row.n_then);
        ks_table_cell(&table, "%s", a);
        ks_table_cell(&table, "%u", row.counts.xy);
        ks_table_cell(&table, "%u", row.counts.x);
        ks_table_cell(&table, "%u", row.counts.y);
        ks_table_cell(&table, "%.4f", ks_support(row.counts));
        ks_table_cell(&table, "%.3f", ks_confidence(row.counts));
        ks_table_cell(&table, "%.3f", ks_cpir(row.counts));
        ks_table_cell(&table, "%.4f", ks_interest(row.counts));
        ks_table_cell(&table, "%.2f", ks_correlation(row.counts));
        ks_table_cell(&table, "%s", ks_format_ln_p(a, sizeof a, row.ln_p));
        ks_table_cell(&table, "%s", ks_format_ln_p(a, sizeof a, row.ln_q));
    }
    if (!ks_table_end(&table))
        ks_out_fail(out, ks_nomem("the table"));
}

struct ks_status ks_cmd_rules(struct ks_batch *batch)
{
    struct ks_selected selected = {0};
    struct ks_export_options options = {.no_title = true};
    struct ks_status status = ks_select_rules(batch, batch->cli->params.top, &selected);
    if (ks_is_ok(status)) {
        ks_select_finish(batch, &selected);
        if (batch->cli->format == KS_FORMAT_JSON)
            status = ks_write_json(&selected.selection, "knockscope.rules/1", batch->out);
        else if (batch->cli->format == KS_FORMAT_CSV)
            status = ks_write_csv(&selected.selection, &options, batch->out);
        else
            rules_text(batch, &selected.selection);
    }
    ks_selected_free(&selected);
    return status;
}

struct ks_status ks_cmd_knocks(struct ks_batch *batch)
{
    struct ks_selected selected = {0};
    struct ks_export_options options = {.no_title = true, .brief = true};
    struct ks_status status = ks_select_knocks(batch, batch->cli->params.top, NULL, &selected);
    if (ks_is_ok(status) && batch->cli->baseline != NULL)
        status = ks_select_baseline(batch, &selected);
    if (ks_is_ok(status) && batch->cli->mining != NULL)
        ks_batch_note(batch, "--%s changes rules, not knocks, which are looked for in the attempts themselves", batch->cli->mining);
    if (ks_is_ok(status)) {
        ks_select_finish(batch, &selected);
        selected.selection.found = &selected.knocks;
        if (batch->cli->format == KS_FORMAT_JSON)
            status = ks_write_json(&selected.selection, "knockscope.knocks/1", batch->out);
        else if (batch->cli->format == KS_FORMAT_CSV)
            status = ks_write_csv(&selected.selection, &options, batch->out);
        else {
            ks_batch_text(batch);
            status = ks_write_text(&selected.selection, &options, batch->out);
        }
        ks_batch_took(batch, "writing");
    }
    ks_selected_free(&selected);
    return status;
}

struct ks_status ks_cmd_export(struct ks_batch *batch)
{
    const struct ks_cli *cli = batch->cli;
    struct ks_selected selected = {0};
    struct ks_export_options options = cli->export;
    enum ks_format format = cli->format;
    bool rules = cli->select != NULL && strcmp(cli->select, "rules") == 0;
    bool all = cli->select == NULL || strcmp(cli->select, "knocks") == 0;
    if (ks_format_info(format)->binary && cli->output == NULL && isatty(STDOUT_FILENO))
        return ks_fail(KS_USAGE, "a %s is not for a terminal: name a file with -o", ks_format_info(format)->name);
    options.progress = batch->progress;
    options.paths = cli->load.paths;
    options.n_paths = cli->load.n_paths;
    struct ks_status status = rules ? ks_select_rules(batch, cli->params.top, &selected)
                                    : ks_select_knocks(batch, cli->params.top, all ? NULL : cli->select, &selected);
    if (ks_is_ok(status) && all) {
        /* What was set aside is exported only when it is asked for by rank. */
        if (selected.selection.n_knocks > selected.knocks.standing)
            selected.selection.n_knocks = selected.knocks.standing;
        if (selected.selection.n_knocks == 0)
            ks_batch_note(batch, "no knock stands: there is nothing to export but the parameters");
    }
    if (ks_is_ok(status))
        status = ks_select_hashes(batch, &selected);
    if (ks_is_ok(status)) {
        ks_select_finish(batch, &selected);
        status = ks_export_file(format, &selected.selection, &options, cli->output != NULL ? cli->output : "-", cli->force);
    }
    ks_selected_free(&selected);
    return status;
}
