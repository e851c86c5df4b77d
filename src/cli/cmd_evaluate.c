/* evaluate: Tables 3 and 4, rules against a known knock. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "cli/batch.h"
#include "cli/table.h"

enum { MOST_TRUTH = 64 };

/* The paper's grid of minSupp over both data sets, and the thresholds that it holds fixed or tries. */
static const double grid_supp[] = {0.1, 0.3, 0.4, 0.5, 0.7};
static const double grid_inte[] = {0, 0.07, 0.17};
static const double grid_conf[] = {0.9};

struct truth {
    char labels[MOST_TRUTH][40];
    uint32_t item[MOST_TRUTH]; /* number, UINT32_MAX where the capture has no such item */
    size_t n;
};

static struct ks_status read_truth(const char *text, const struct ks_window_sets *sets, struct truth *truth)
{
    for (const char *at = text; *at != '\0';) {
        char word[40];
        size_t len = strcspn(at, ",");
        ks_item item;
        if (len < sizeof word) {
            memcpy(word, at, len);
            word[len] = '\0';
        }
        if (len >= sizeof word || !ks_item_parse(word, &item))
            return ks_fail(KS_USAGE, "--truth %s: items such as 999,888,udp/777", text);
        if (truth->n == MOST_TRUTH)
            return ks_fail(KS_USAGE, "--truth: at most %d items", MOST_TRUTH);
        bool twice = false;
        uint32_t number = ks_window_sets_find(sets, item);
        ks_item_format(truth->labels[truth->n], sizeof truth->labels[0], item);
        for (size_t i = 0; i < truth->n; i++)
            twice |= strcmp(truth->labels[i], truth->labels[truth->n]) == 0;
        if (!twice) /* a knock may repeat a port; rules are about sets */
            truth->item[truth->n++] = number;
        at += len;
        if (*at == ',')
            at++;
    }
    return truth->n >= 2 ? ks_ok() : ks_fail(KS_USAGE, "--truth %s: at least two different items", text);
}

static uint32_t overlap(const struct ks_window_sets *s, uint32_t x, uint32_t y)
{
    size_t i = s->start[x], j = s->start[y];
    uint32_t n = 0;
    while (i < s->start[x + 1] && j < s->start[y + 1]) {
        n += s->windows[i] == s->windows[j];
        size_t step = s->windows[i] <= s->windows[j];
        j += s->windows[j] <= s->windows[i];
        i += step;
    }
    return n;
}

static uint64_t correct(const struct ks_window_sets *s, const struct truth *truth, const struct ks_thresholds *t)
{
    uint64_t n = 0;
    for (size_t i = 0; i < truth->n; i++)
        for (size_t j = 0; j < truth->n; j++) {
            uint32_t x = truth->item[i], y = truth->item[j];
            if (i == j || x == UINT32_MAX || y == UINT32_MAX)
                continue;
            struct ks_counts c = {ks_window_sets_n(s, x), ks_window_sets_n(s, y), overlap(s, x, y), s->l};
            n += ks_pair_passes(c, t);
        }
    return n;
}

struct row {
    double supp, inte, conf;
    uint64_t found, correct, possible;
};

static void write_json(struct ks_batch *batch, const struct truth *truth, const struct row *rows, size_t n)
{
    struct ks_json j;
    ks_batch_json(batch, &j);
    ks_json_array(&j, "truth");
    for (size_t i = 0; i < truth->n; i++)
        ks_json_text(&j, NULL, truth->labels[i]);
    ks_json_end(&j);
    ks_json_uint(&j, "windows", batch->mined->sets.l);
    ks_json_array(&j, "rows");
    for (size_t i = 0; i < n; i++) {
        ks_json_object(&j, NULL);
        ks_json_real(&j, "min_supp", rows[i].supp);
        ks_json_real(&j, "min_inte", rows[i].inte);
        ks_json_real(&j, "min_conf", rows[i].conf);
        ks_json_uint(&j, "found", rows[i].found);
        ks_json_uint(&j, "correct", rows[i].correct);
        ks_json_uint(&j, "possible", rows[i].possible);
        ks_json_real(&j, "recall", (double)rows[i].correct / (double)rows[i].possible);
        if (rows[i].found > 0)
            ks_json_real(&j, "precision", (double)rows[i].correct / (double)rows[i].found);
        else
            ks_json_null(&j, "precision");
        ks_json_end(&j);
    }
    ks_json_end(&j);
    ks_json_end(&j);
}

static void write_csv(struct ks_batch *batch, const struct row *rows, size_t n)
{
    struct ks_csv c;
    ks_csv_start(&c, batch->out);
    ks_csv_head(&c, "min_supp,min_inte,min_conf,found,correct,possible,recall,precision");
    for (size_t i = 0; i < n; i++) {
        ks_csv_real(&c, rows[i].supp);
        ks_csv_real(&c, rows[i].inte);
        ks_csv_real(&c, rows[i].conf);
        ks_csv_uint(&c, rows[i].found);
        ks_csv_uint(&c, rows[i].correct);
        ks_csv_uint(&c, rows[i].possible);
        ks_csv_real(&c, (double)rows[i].correct / (double)rows[i].possible);
        if (rows[i].found > 0)
            ks_csv_real(&c, (double)rows[i].correct / (double)rows[i].found);
        else
            ks_csv_text(&c, NULL);
        ks_csv_end_row(&c);
    }
}

static void write_text(struct ks_batch *batch, const struct truth *truth, const struct row *rows, size_t n)
{
    static const char *const titles[] = {"minSupp", "minInte", "minConf", "found", "correct", "possible", "recall", "precision", NULL};
    struct ks_table table;
    char a[32];
    ks_batch_text(batch);
    ks_out_put(batch->out, "truth    ");
    for (size_t i = 0; i < truth->n; i++)
        ks_out_putf(batch->out, "%s%s%s", i > 0 ? ", " : "", truth->labels[i],
                    truth->item[i] == UINT32_MAX ? " (not in the capture)" : "");
    ks_out_put(batch->out, "\n\n");
    ks_table_begin(&table, batch->out, titles);
    for (size_t i = 0; i < n; i++) {
        ks_table_cell(&table, "%.4g", rows[i].supp);
        ks_table_cell(&table, "%.4f", rows[i].inte);
        ks_table_cell(&table, "%.4g", rows[i].conf);
        ks_table_cell(&table, "%s", ks_format_count(a, sizeof a, rows[i].found));
        ks_table_cell(&table, "%llu", (unsigned long long)rows[i].correct);
        ks_table_cell(&table, "%llu", (unsigned long long)rows[i].possible);
        ks_table_cell(&table, "%.2f", (double)rows[i].correct / (double)rows[i].possible);
        if (rows[i].found > 0)
            ks_table_cell(&table, "%.2f", (double)rows[i].correct / (double)rows[i].found);
        else
            ks_table_cell(&table, "%s", "-");
    }
    if (!ks_table_end(&table))
        ks_out_fail(batch->out, ks_nomem("the table"));
}

/* The values of one threshold to try: the one given, the list given for minInte, or the paper's. */
static const double *axis(const struct ks_setting *setting, const double *grid, size_t n_grid, size_t *n)
{
    *n = setting->automatic ? n_grid : 1;
    return setting->automatic ? grid : &setting->value;
}

struct ks_status ks_cmd_evaluate(struct ks_batch *batch)
{
    const struct ks_params *p = &batch->cli->params;
    struct truth truth = {0};
    KS_TRY(ks_batch_mine(batch));
    KS_TRY(read_truth(batch->cli->truth, &batch->mined->sets, &truth));
    size_t n_supp, n_inte, n_conf, n = 0;
    const double *supp = axis(&p->min_supp, grid_supp, sizeof grid_supp / sizeof *grid_supp, &n_supp);
    const double *inte = axis(&p->min_inte, grid_inte, sizeof grid_inte / sizeof *grid_inte, &n_inte);
    const double *conf = axis(&p->min_conf, grid_conf, sizeof grid_conf / sizeof *grid_conf, &n_conf);
    if (batch->cli->n_values > 0) {
        inte = batch->cli->values;
        n_inte = batch->cli->n_values;
    }
    struct row *rows = ks_alloc(n_supp * n_inte * n_conf, sizeof *rows);
    if (rows == NULL)
        return ks_nomem("the grid");
    for (size_t i = 0; i < n_supp; i++)
        for (size_t j = 0; j < n_inte; j++)
            for (size_t k = 0; k < n_conf; k++) {
                struct ks_thresholds t = {.max_count = ks_max_count(supp[i], batch->mined->sets.l), .min_count = p->min_count,
                                          .min_inte = inte[j], .min_conf = conf[k], .interest = p->interest};
                rows[n++] = (struct row){supp[i], inte[j], conf[k], ks_pairs_count(batch->mined->pairs, &t),
                                         correct(&batch->mined->sets, &truth, &t), (uint64_t)truth.n * (truth.n - 1)};
            }
    if (batch->cli->format == KS_FORMAT_JSON)
        write_json(batch, &truth, rows, n);
    else if (batch->cli->format == KS_FORMAT_CSV)
        write_csv(batch, rows, n);
    else
        write_text(batch, &truth, rows, n);
    ks_free(rows);
    return ks_ok();
}
