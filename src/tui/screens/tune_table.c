/* Tune's Table 2: rule counts as minInte rises, with chance beside each. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/screens/tune_panes.h"

static uint32_t together(const struct ks_scale *scale, double min_inte)
{
    double c = ceil(ks_scale_together(scale, min_inte) - KS_SLACK * scale->l - 1e-9);
    return c < 1 ? 1 : c > scale->l ? scale->l + 1 : (uint32_t)c;
}

/* The sweep's rows and the present minInte among them. */
static void gather(const struct ks_model *model, struct ks_tune *t)
{
    double now = model->choice.min_inte;
    t->n_rows = 0;
    bool put = false;
    for (size_t i = 0; i <= model->n_sweep; i++) {
        bool after = i == model->n_sweep || model->sweep[i].value > now + KS_SLACK;
        bool same = !after && fabs(model->sweep[i].value - now) <= KS_SLACK;
        if (!put && (after || same)) {
            struct ks_tune_row *row = &t->rows[t->n_rows++];
            *row = (struct ks_tune_row){.here = true};
            row->row = (struct ks_sweep_row){.value = now,
                                             .together = together(&t->scale, now),
                                             .rules = model->count,
                                             .at_least = model->rules != NULL && model->rules->limit[0] != '\0',
                                             .independent = model->independent,
                                             .expected = model->expected};
            if (same)
                row->row = model->sweep[i];
            put = true;
            if (same)
                continue;
        }
        if (i < model->n_sweep)
            t->rows[t->n_rows++] = (struct ks_tune_row){.row = model->sweep[i]};
    }
}

static void say_row(struct ks_tune *t, const char *where, const struct ks_tune_row *row)
{
    char rules[64], mean[32], sd[32];
    bool quick;
    size_t n = strlen(t->verdict);
    ks_tune_chance(mean, sizeof mean, sd, sizeof sd, &row->row, &quick);
    snprintf(t->verdict + n, sizeof t->verdict - n, "%s: %s rule%s, by chance %s %s.", where,
             ks_count_format(rules, sizeof rules, row->row.rules, true), ks_count_real(row->row.rules) == 1 ? "" : "s", mean, sd);
}

/* How much of a row's rules chance explains. */
static double share(const struct ks_tune_row *row)
{
    return row->row.expected.mean / ks_count_real(row->row.rules);
}

/* What the table says about chance. */
static void judge(const struct ks_model *model, struct ks_tune *t)
{
    const struct ks_tune_row *best = NULL, *here = NULL;
    bool known = false;
    for (size_t i = 0; i < t->n_rows; i++) {
        struct ks_tune_row *row = &t->rows[i];
        known = known || row->row.expected.rotations > 0;
        here = row->here ? row : here;
        row->clear = model->choice.advice && row->row.expected.rotations > 1 &&
                     ks_count_real(row->row.rules) > row->row.expected.highest;
        /* As the automatic minInte has it: the first where chance explains few of the rules, else where it explains least. */
        if (row->clear && row->row.together >= 2 && (best == NULL || (share(best) > 0.1 && share(row) < share(best))))
            best = row;
    }
    t->verdict[0] = '\0';
    if (here == NULL || model->settings.params.rotations == 0)
        return;
    if (!known) {
        snprintf(t->verdict, sizeof t->verdict, "Finding out what chance gives: every port's windows are rotated at random. Faint numbers: "
                                                "ports on their own, too low.");
        return;
    }
    if (best == NULL) {
        snprintf(t->verdict, sizeof t->verdict, "Nowhere clear of chance: rotating every port's windows at random gives as many rules.");
        return;
    }
    char value[48], where[80];
    ks_format_threshold(value, sizeof value, KS_AXIS_INTE, best->row.value, t->scale.l);
    snprintf(where, sizeof where, share(best) <= 0.1 ? "✓ clear of chance from %s on" : "✓ clearest of chance at %s", value);
    say_row(t, where, best);
    if (here->row.expected.rotations > 0 && ks_count_compare(here->row.rules, best->row.rules) != 0)
        say_row(t, here->clear ? " Here" : " Not clear here", here);
}

void ks_tune_table_layout(struct ks_app *app, struct ks_tune *t)
{
    const struct ks_model *model = &app->model;
    t->n_rows = 0;
    t->verdict[0] = '\0';
    if (model->mined == NULL || t->scale.l == 0) {
        ks_list_fit(&t->table, 0, 1);
        return;
    }
    gather(model, t);
    judge(model, t);
    int inside = t->at[KS_PANE_TABLE].h - 3; /* title row of the columns and the borders */
    int words = inside > 8 ? 3 : inside > 5 ? 2 : 0;
    int visible = inside - words > 0 ? inside - words : 1;
    size_t here = 0;
    while (here + 1 < t->n_rows && !t->rows[here].here)
        here++;
    /* The next rows stay in view: what one more step would give. */
    t->table.at = here + (visible > 4 ? 2 : 0);
    ks_list_fit(&t->table, t->n_rows, visible);
    t->table.at = here > 1 && visible > 4 ? here - 2 : here;
    ks_list_fit(&t->table, t->n_rows, visible);
    t->table.at = here;
}

void ks_tune_chance(char *mean, size_t cap, char *sd, size_t sd_cap, const struct ks_sweep_row *row, bool *independent)
{
    *independent = row->expected.rotations == 0;
    double m = *independent ? row->independent : row->expected.mean, s = row->expected.sd;
    char n[32];
    mean[0] = sd[0] = '\0';
    if (isnan(m))
        return;
    if (m < 99.95)
        snprintf(mean, cap, "%.1f", m);
    else
        ks_format_count(mean, cap, m < 9e18 ? (uint64_t)llround(m) : INT64_MAX);
    if (*independent || isnan(s))
        return;
    if (s < 9.95)
        snprintf(sd, sd_cap, "± %.1f", s);
    else
        snprintf(sd, sd_cap, "± %s", ks_format_count(n, sizeof n, s < 9e18 ? (uint64_t)llround(s) : INT64_MAX));
}

enum { POINT, VALUE, TOGETHER, RULES, CHANCE, SPREAD, CLEAR, BAR, COLUMNS };

/* How many rules, or that there are more. Returns out. */
static char *count_text(char *out, size_t cap, const struct ks_sweep_row *row)
{
    snprintf(out, cap, "%s", row->at_least ? "≥ " : "");
    ks_count_format(out + strlen(out), cap - strlen(out), row->rules, true);
    return out;
}

static void fit(const struct ks_tune *t, struct ks_canvas in, struct ks_column *columns)
{
    char text[80];
    int inte = ks_width(in.grid, ks_format_threshold(text, sizeof text, KS_AXIS_INTE, 0, t->scale.l));
    int most = ks_width(in.grid, ks_format_count(text, sizeof text, t->scale.rules_max));
    if (in.w < 56) { /* as narrow as the largest number there is now */
        char sd[40];
        bool quick;
        most = ks_width(in.grid, ks_count_format(text, sizeof text, t->rows[0].row.rules, true));
        ks_tune_chance(text, sizeof text, sd, sizeof sd, &t->rows[0].row, &quick);
        most = ks_width(in.grid, text) > most ? ks_width(in.grid, text) : most;
    }
    int rules = most > 6 ? most : 6;
    for (size_t i = 0; i < t->n_rows; i++) /* rules longer than pairs, which the scale does not count */
        if (ks_width(in.grid, count_text(text, sizeof text, &t->rows[i].row)) > rules)
            rules = ks_width(in.grid, text);
    int wide = ks_width(in.grid, ks_format_count(text, sizeof text, t->scale.l)) + 3;
    const struct ks_column all[COLUMNS] = {
        [POINT] = {"", 1, 0, KS_LEFT, 0, 0, 0},
        [VALUE] = {"minInte", inte > 7 ? inte : 7, 0, KS_LEFT, 0, 0, 0},
        [TOGETHER] = {"in", wide > 5 ? wide : 5, 0, KS_LEFT, 2, 0, 0},
        [RULES] = {"rules", rules, 0, KS_RIGHT, 0, 0, 0},
        [CHANCE] = {"chance", most > 6 ? most : 6, 0, KS_RIGHT, 1, 0, 0},
        [SPREAD] = {"", most > 6 ? 7 : 5, 0, KS_LEFT, 5, 0, 0},
        [CLEAR] = {"", 1, 0, KS_LEFT, 3, 0, 0},
        [BAR] = {"", 4, 1, KS_LEFT, 4, 0, 0},
    };
    memcpy(columns, all, sizeof all);
    ks_columns_fit(columns, COLUMNS, in.w - (t->table.n > (uint64_t)t->table.visible), 1);
}

/* The bar of a count on a log scale, with a tick where chance alone would end. */
static void draw_bar(const struct ks_tune *t, struct ks_canvas in, const struct ks_column *c, int y, const struct ks_tune_row *row)
{
    double most = 1;
    for (size_t i = 0; i < t->n_rows; i++)
        most = fmax(most, ks_count_real(t->rows[i].row.rules));
    double n = ks_count_real(row->row.rules), whole = log1p(most);
    if (n > 0)
        ks_bar(in, c->x, y, c->w, row->clear ? KS_ROLE_GOOD : KS_ROLE_BAR, log1p(n) / whole);
    double chance = row->row.expected.rotations > 0 ? row->row.expected.mean : NAN;
    if (!isnan(chance)) {
        int x = (int)lround(fmin(1, log1p(chance) / whole) * (c->w - 1));
        ks_put_char(in, c->x + x, y, KS_ROLE_CHANCE | KS_BOLD, 0x2502);
    }
}

static void draw_row(const struct ks_tune *t, struct ks_canvas in, const struct ks_column *columns, int y, size_t i)
{
    const struct ks_tune_row *row = &t->rows[i];
    char text[80], sd[40];
    bool quick;
    ks_style style = row->here ? KS_ROLE_STRONG : KS_ROLE_TEXT;
    ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, ks_tune_zone(KS_PANE_TABLE, (int64_t)i));
    if (row->here)
        ks_column_put(in, y, &columns[POINT], t->pane == KS_PANE_TABLE ? KS_ROLE_FOCUS : KS_ROLE_STRONG, "▶");
    ks_column_put(in, y, &columns[VALUE], style, ks_format_threshold(text, sizeof text, KS_AXIS_INTE, row->row.value, t->scale.l));
    char n[32];
    if (columns[TOGETHER].w > 0) {
        if (row->row.together > t->scale.l)
            snprintf(text, sizeof text, "never");
        else
            snprintf(text, sizeof text, "≥ %s", ks_format_count(n, sizeof n, row->row.together));
        ks_column_put(in, y, &columns[TOGETHER], row->here ? style : KS_ROLE_FAINT, text);
    }
    ks_column_put(in, y, &columns[RULES], style, count_text(text, sizeof text, &row->row));
    ks_tune_chance(text, sizeof text, sd, sizeof sd, &row->row, &quick);
    ks_column_put(in, y, &columns[CHANCE], quick ? KS_ROLE_FAINT : KS_ROLE_CHANCE, text);
    ks_column_put(in, y, &columns[SPREAD], KS_ROLE_CHANCE, sd);
    if (row->clear)
        ks_column_put(in, y, &columns[CLEAR], KS_ROLE_GOOD, "✓");
    if (columns[BAR].w > 0)
        draw_bar(t, in, &columns[BAR], y, row);
}

void ks_tune_table_draw(const struct ks_app *app, const struct ks_tune *t, struct ks_canvas in)
{
    struct ks_column columns[COLUMNS];
    if (t->n_rows == 0) {
        ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_FAINT,
                       app->model.capture == NULL && !app->model.loading ? "No capture is open. o opens one." : "Counts come as soon as windows are mined.");
        return;
    }
    fit(t, in, columns);
    char of[48], n[32];
    snprintf(of, sizeof of, "of %s", ks_format_count(n, sizeof n, t->scale.l));
    columns[TOGETHER].title = of;
    columns[BAR].title = columns[BAR].w >= 19 ? "log scale, │ chance" : columns[BAR].w >= 8 ? "│ chance" : "";
    ks_columns_head(in, 0, columns, COLUMNS, COLUMNS, false);
    int y = 1;
    for (uint64_t i = t->table.top; i < t->n_rows && y <= t->table.visible; i++, y++)
        draw_row(t, in, columns, y, (size_t)i);
    ks_scrollbar(in, in.w - 1, 1, t->table.visible, t->table.top, (uint64_t)t->table.visible, t->table.n);
    y = t->table.visible + 1;
    if ((uint64_t)t->table.visible > t->table.n)
        y = (int)t->table.n + 2;
    if (y < in.h)
        ks_put_wrapped(in, 2, y, in.w - 3, in.h - y, app->model.choice.advice ? KS_ROLE_GOOD : KS_ROLE_FAINT, t->verdict);
}

unsigned ks_tune_table_act(struct ks_app *app, struct ks_tune *t, const struct ks_request *request)
{
    if (request->action == KS_DO_LEFT || request->action == KS_DO_RIGHT)
        return ks_model_step(&app->model, KS_SET_MIN_INTE, request->action == KS_DO_RIGHT ? 1 : -1) | KS_FX_DONE;
    if (request->action == KS_DO_ENTER)
        return ks_goto(app, "rules");
    struct ks_list list = t->table;
    if (t->n_rows == 0 || !ks_list_act(&list, (int)request->action, request->number))
        return 0;
    if (list.at == t->table.at || list.at >= t->n_rows)
        return KS_FX_DONE;
    t->table = list;
    return ks_model_set_threshold(&app->model, KS_SET_MIN_INTE, t->rows[list.at].row.value) | KS_FX_DONE;
}
