/* sweep: Table 2, with chance beside every count. */
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/batch.h"
#include "cli/table.h"

enum { MOST_ROWS = 64, BAR = 24 };

static const char *axis_key(enum ks_axis axis)
{
    return axis == KS_AXIS_SUPP ? "min_supp" : axis == KS_AXIS_CONF ? "min_conf" : "min_inte";
}

/* The figure of chance to show: the shifted null where it was drawn, else independent placement. */
static double expected(const struct ks_sweep_row *row)
{
    return row->expected.rotations > 0 ? row->expected.mean : row->independent;
}

static void json(struct ks_batch *batch, const struct ks_sweep_row *rows, size_t n)
{
    struct ks_json j;
    ks_batch_json(batch, &j);
    ks_json_uint(&j, "windows", batch->mined->sets.l);
    ks_json_uint(&j, "items", batch->mined->sets.u);
    ks_json_uint(&j, "events", batch->mined->sets.t);
    ks_json_text(&j, "over", axis_key(batch->cli->axis));
    ks_json_text(&j, "null", batch->shifted != NULL ? "shifted" : "independent");
    ks_json_array(&j, "sweep");
    for (size_t i = 0; i < n; i++) {
        const struct ks_sweep_row *row = &rows[i];
        ks_json_object(&j, NULL);
        ks_json_real(&j, axis_key(batch->cli->axis), row->value);
        ks_json_count(&j, "rules", row->rules);
        ks_json_bool(&j, "at_least", row->at_least);
        ks_json_real(&j, "expected", expected(row));
        ks_json_real(&j, "expected_sd", row->expected.rotations > 1 ? row->expected.sd : NAN);
        ks_json_uint(&j, "rotations", row->expected.rotations);
        ks_json_real(&j, "independent", row->independent);
        ks_json_uint(&j, "together", row->together);
        ks_json_end(&j);
    }
    ks_json_end(&j);
    ks_json_end(&j);
}

static void csv(struct ks_batch *batch, const struct ks_sweep_row *rows, size_t n)
{
    struct ks_csv c;
    char head[128];
    snprintf(head, sizeof head, "%s,together,rules,expected,expected_sd,rotations,independent", axis_key(batch->cli->axis));
    ks_csv_start(&c, batch->out);
    ks_csv_head(&c, head);
    for (size_t i = 0; i < n; i++) {
        ks_csv_real(&c, rows[i].value);
        ks_csv_uint(&c, rows[i].together);
        ks_csv_count(&c, rows[i].rules);
        ks_csv_real(&c, expected(&rows[i]));
        ks_csv_real(&c, rows[i].expected.rotations > 1 ? rows[i].expected.sd : NAN);
        ks_csv_uint(&c, rows[i].expected.rotations);
        ks_csv_real(&c, rows[i].independent);
        ks_csv_end_row(&c);
    }
}

static void chance_cell(struct ks_table *table, double v)
{
    char a[32];
    if (v >= 99.5)
        ks_table_cell(table, "%s", ks_format_count(a, sizeof a, (uint64_t)fmin(round(v), 1e18)));
    else
        ks_table_cell(table, v >= 0.05 || v == 0 ? "%.1f" : "%.1g", v);
}

static void text(struct ks_batch *batch, const struct ks_sweep_row *rows, size_t n)
{
    struct ks_table table;
    struct ks_out *out = batch->out;
    double most = 0;
    bool shifted = batch->shifted != NULL;
    enum ks_axis axis = batch->cli->axis;
    const char *titles[] = {axis == KS_AXIS_INTE ? "minInte" : axis == KS_AXIS_SUPP ? "minSupp" : "minConf",
                            axis == KS_AXIS_INTE ? "together in" : "items in at most",
                            "rules",
                            shifted ? "by chance" : "independent",
                            shifted ? "sd" : "",
                            "<log scale",
                            NULL};
    ks_batch_text(batch);
    if (shifted)
        ks_out_putf(out, "chance   mean of %u rotations of every item's windows (seed %llu)\n", rows[0].expected.rotations,
                    (unsigned long long)batch->cli->params.seed);
    ks_out_put(out, "\n");
    for (size_t i = 0; i < n; i++)
        most = fmax(most, log10(1 + ks_count_real(rows[i].rules)));
    ks_table_begin(&table, out, titles);
    for (size_t i = 0; i < n; i++) {
        char a[64], bar[4 * BAR + 1];
        size_t used = 0;
        ks_table_cell(&table, "%.4f", rows[i].value);
        if (axis == KS_AXIS_INTE && rows[i].together > batch->mined->sets.l)
            ks_table_cell(&table, "no pair can");
        else if (axis == KS_AXIS_INTE)
            ks_table_cell(&table, "%s%u of %u", batch->utf8 ? "≥ " : ">= ", rows[i].together, batch->mined->sets.l);
        else if (axis == KS_AXIS_SUPP)
            ks_table_cell(&table, "%u of %u", ks_max_count(rows[i].value, batch->mined->sets.l), batch->mined->sets.l);
        else
            ks_table_cell(&table, "%u of %u", batch->choice.thresholds.max_count, batch->mined->sets.l);
        ks_table_cell(&table, "%s%s", !rows[i].at_least ? "" : batch->utf8 ? "≥ " : ">= ", ks_count_format(a, sizeof a, rows[i].rules, true));
        chance_cell(&table, expected(&rows[i]));
        if (rows[i].expected.rotations > 1)
            chance_cell(&table, rows[i].expected.sd);
        else
            ks_table_cell(&table, "%s", "");
        int len = most > 0 ? (int)lround(log10(1 + ks_count_real(rows[i].rules)) / most * BAR) : 0;
        for (int k = 0; k < len; k++)
            used += (size_t)snprintf(bar + used, sizeof bar - used, "%s", batch->utf8 ? "█" : "#");
        bar[used] = '\0';
        ks_table_cell(&table, "%s", bar);
    }
    if (!ks_table_end(&table))
        ks_out_fail(out, ks_nomem("the table"));
    if (axis == KS_AXIS_INTE)
        ks_out_putf(out, "\n%s\n", batch->choice.advice ? batch->choice.why_inte : "");
}

struct ks_status ks_cmd_sweep(struct ks_batch *batch)
{
    double fixed[MOST_ROWS];
    const double *values = batch->cli->values;
    size_t n = batch->cli->n_values;
    KS_TRY(ks_batch_mine(batch));
    KS_TRY(ks_batch_choose(batch, true));
    if (n == 0) {
        n = ks_sweep_values(batch->mined, &batch->cli->params, &batch->choice, batch->cli->axis, fixed, MOST_ROWS);
        values = fixed;
    }
    struct ks_sweep_row *rows = ks_zalloc(n, sizeof *rows);
    if (rows == NULL)
        return ks_nomem("the rows");
    struct ks_status status =
        ks_sweep(batch->mined, &batch->cli->params, &batch->choice, batch->shifted, batch->cli->axis, values, n, batch->progress, rows);
    if (status.code == KS_LIMIT) {
        ks_batch_note(batch, "%s", status.message);
        ks_batch_limit(batch, "a limit on work was reached: counts of rules longer than pairs are lower bounds");
        status = ks_ok();
    }
    ks_batch_took(batch, "counting");
    if (ks_is_ok(status)) {
        if (batch->cli->format == KS_FORMAT_JSON)
            json(batch, rows, n);
        else if (batch->cli->format == KS_FORMAT_CSV)
            csv(batch, rows, n);
        else
            text(batch, rows, n);
    }
    ks_free(rows);
    return status;
}
