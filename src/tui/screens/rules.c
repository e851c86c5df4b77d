/* Rules: the virtual ranked list, of which only the visible rows are ever made. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/model/baseline.h"
#include "tui/app/globals.h"
#include "tui/screens/rules.h"

enum { HEAD = 2 }; /* the filter line and the titles of the columns */

/* Columns and the keys that they sort by (KS_SORT_N: none). */
static const struct {
    const char *title;
    enum ks_sort sort;
    int min, grow, rank;
} table[KS_RULES_COLUMNS] = {
    [KS_RULES_MARK] = {"", KS_SORT_N, 1, 0, 0},
    [KS_RULES_NUMBER] = {"#", KS_SORT_N, 4, 0, 0},
    [KS_RULES_IF] = {"if", KS_SORT_LENGTH, 9, 3, 0},
    [KS_RULES_THEN] = {"then", KS_SORT_LENGTH, 9, 3, 0},
    [KS_RULES_COUNT] = {"together", KS_SORT_COUNT, 8, 0, 1},
    [KS_RULES_COUNT_IF] = {"n(X)", KS_SORT_COUNT_IF, 5, 0, 5},
    [KS_RULES_COUNT_THEN] = {"n(Y)", KS_SORT_COUNT_THEN, 5, 0, 6},
    [KS_RULES_SUPPORT] = {"support", KS_SORT_SUPPORT, 7, 0, 10},
    [KS_RULES_CONFIDENCE] = {"conf", KS_SORT_CONFIDENCE, 5, 0, 8},
    [KS_RULES_CPIR] = {"CPIR", KS_SORT_CPIR, 5, 0, 2},
    [KS_RULES_INTEREST] = {"interest", KS_SORT_INTEREST, 8, 0, 3},
    [KS_RULES_CORRELATION] = {"corr", KS_SORT_CORRELATION, 7, 0, 7},
    [KS_RULES_P] = {"p", KS_SORT_LN_P, 7, 0, 9},
    [KS_RULES_Q] = {"q", KS_SORT_N, 7, 0, 4},
    [KS_RULES_BEFORE] = {"before", KS_SORT_N, 6, 0, 1}, /* with a baseline only */
};

static void *rules_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    (void)number;
    struct ks_rules_screen *s = ks_zalloc(1, sizeof *s);
    if (s == NULL)
        ks_say_status(&app->model, ks_nomem("the rules screen"));
    return s;
}

static void rules_close(struct ks_app *app, void *state)
{
    (void)app;
    struct ks_rules_screen *s = state;
    ks_free(s->rows);
    ks_free(s);
}

static bool ready(const struct ks_model *model)
{
    return model->rules != NULL && model->rules->ranking != NULL;
}

static size_t shown_columns(const struct ks_model *model)
{
    return model->baseline != NULL ? KS_RULES_COLUMNS : KS_RULES_BEFORE;
}

static void fit_columns(const struct ks_model *model, struct ks_rules_screen *s, int w)
{
    char text[64];
    uint32_t l = ready(model) ? model->rules->mined->sets.l : 0;
    int digits = (int)strlen(ks_format_count(text, sizeof text, l));
    int number = (int)strlen(ks_format_count(text, sizeof text, s->list.n));
    int inte = (int)strlen(ks_format_threshold(text, sizeof text, KS_AXIS_INTE, 0, l));
    for (int i = 0; i < KS_RULES_COLUMNS; i++) {
        bool numeric = i > KS_RULES_THEN;
        bool sorts = table[i].sort == model->settings.params.sort && i != KS_RULES_THEN;
        s->columns[i] = (struct ks_column){.title = table[i].title,
                                           .min = table[i].min,
                                           .grow = table[i].grow,
                                           .align = numeric || i == KS_RULES_NUMBER ? KS_RIGHT : KS_LEFT,
                                           .rank = sorts ? 0 : table[i].rank};
    }
    struct ks_column *c = s->columns;
    c[KS_RULES_NUMBER].min = number > 4 ? number : 4;
    c[KS_RULES_COUNT].min = digits > 8 ? digits : 8;
    c[KS_RULES_COUNT_IF].min = c[KS_RULES_COUNT_THEN].min = digits > 5 ? digits : 5;
    c[KS_RULES_INTEREST].min = inte > 8 ? inte : 8;
    c[KS_RULES_CORRELATION].min = digits + 2 > 7 ? digits + 2 : 7;
    c[KS_RULES_BEFORE].w = 0;
    ks_columns_fit(c, shown_columns(model), w, 1);
}

/* Row of the rule that was under the cursor, in the new ranking; its old row where it is gone. */
static uint64_t again(const struct ks_model *model, const struct ks_rules_screen *s)
{
    const struct ks_window_sets *sets = &model->rules->mined->sets;
    uint32_t x = ks_window_sets_find(sets, s->at_items[0]), y = ks_window_sets_find(sets, s->at_items[1]);
    uint64_t row = s->at_pair && x != UINT32_MAX && y != UINT32_MAX ? ks_ranking_find(model->rules->ranking, x, y) : UINT64_MAX;
    return row != UINT64_MAX ? row : s->list.at;
}

static void remember(const struct ks_model *model, struct ks_rules_screen *s)
{
    struct ks_rule rule;
    s->at_pair = s->list.at > 0 && ks_ranking_row(model->rules->ranking, s->list.at, &rule) && rule.n_if == 1 && rule.n_then == 1;
    if (s->at_pair) {
        s->at_items[0] = model->rules->mined->sets.items[rule.items[0]];
        s->at_items[1] = model->rules->mined->sets.items[rule.items[1]];
    }
}

static void fetch(const struct ks_model *model, struct ks_rules_screen *s)
{
    s->n_rows = 0;
    if (!ready(model) || !ks_reserve((void **)&s->rows, &s->cap_rows, (size_t)s->list.visible, sizeof *s->rows))
        return;
    while (s->n_rows < (size_t)s->list.visible &&
           ks_ranking_row(model->rules->ranking, s->list.top + s->n_rows, &s->rows[s->n_rows]))
        s->n_rows++;
}

static void say_thresholds(const struct ks_rules *rules, struct ks_rules_screen *s)
{
    uint32_t l = rules->mined->sets.l;
    const struct ks_thresholds *t = &rules->thresholds;
    ks_format_threshold(s->words[0], sizeof s->words[0], KS_AXIS_SUPP, l > 0 ? (double)t->max_count / l : 0, l);
    ks_format_threshold(s->words[1], sizeof s->words[1], KS_AXIS_INTE, t->min_inte, l);
    ks_format_threshold(s->words[2], sizeof s->words[2], KS_AXIS_CONF, t->min_conf, l);
}

static void rules_layout(struct ks_app *app, void *state, int w, int h)
{
    struct ks_rules_screen *s = state;
    const struct ks_model *model = &app->model;
    int inside = h - 2 - HEAD - (ready(model) && model->rules->limit[0] != '\0' ? 1 : 0);
    if (ready(model) && s->generation != model->rules_generation) {
        s->generation = model->rules_generation;
        s->list.at = s->keep ? again(model, s) : 0;
        s->list.top = s->keep ? s->list.top : 0;
        s->keep = true;
        s->ranging = false;
    }
    ks_list_fit(&s->list, ready(model) ? ks_ranking_rows(model->rules->ranking) : 0, inside > 0 ? inside : 1);
    fetch(model, s);
    if (ready(model)) {
        remember(model, s);
        say_thresholds(model->rules, s);
    }
    fit_columns(model, s, w - 2 - (s->list.n > (uint64_t)s->list.visible) - (model->baseline != NULL));
    s->empty = ready(model) && s->list.n == 0 && model->filter[0] == '\0' && ks_count_compare(model->count, ks_count_of(0)) == 0;
    if (s->empty && s->advice_at != model->generation) {
        ks_advice_make(model, &s->advice);
        s->advice_at = model->generation;
    }
}

static void draw_filter(const struct ks_app *app, const struct ks_rules_screen *s, struct ks_canvas in)
{
    const struct ks_model *model = &app->model;
    char text[512], pass[64], all[64];
    bool typing = s->typing;
    const char *filter = typing ? s->typed : model->filter;
    ks_zone(in, (struct ks_rect){0, 0, in.w, 1}, KS_DO_FILTER, 0);
    if (ks_worker_busy(model->worker, KS_JOB_RULES))
        ks_put_in(in, in.w - 10, 0, 10, KS_RIGHT, KS_ROLE_FAINT, "ranking…");
    if (filter[0] == '\0' && !typing) {
        snprintf(text, sizeof text, "%s rules at minSupp %s, minInte %s, minConf %s",
                 ks_count_format(all, sizeof all, ks_ranking_total(model->rules->ranking), true), s->words[0], s->words[1], s->words[2]);
        ks_put_in(in, 1, 0, in.w - 12, KS_LEFT, KS_ROLE_FAINT, text);
        return;
    }
    ks_count_format(pass, sizeof pass, ks_ranking_total(model->rules->ranking), true);
    ks_count_format(all, sizeof all, model->count, true);
    if (typing && s->wrong[0] != '\0')
        snprintf(text, sizeof text, "✗ %s", s->wrong);
    else
        snprintf(text, sizeof text, "filter %s   %s of %s rules pass", filter, pass, all);
    ks_put_in(in, 1, 0, in.w - 12, KS_LEFT, typing && s->wrong[0] != '\0' ? KS_ROLE_WARN : KS_ROLE_STRONG, text);
}

static void draw_cells(const struct ks_app *app, const struct ks_rules_screen *s, struct ks_canvas in, int y, const struct ks_rule *rule,
                       uint64_t row)
{
    const struct ks_model *model = &app->model;
    const struct ks_rules *rules = model->rules;
    const struct ks_counts *n = &rule->counts;
    const struct ks_column *c = s->columns;
    char t[256];
    bool marked = ks_model_rule_marked(model, rule);
    ks_style style = marked ? KS_ROLE_MARKED : KS_ROLE_TEXT;
    bool ranged = s->ranging && ((row >= s->range && row <= s->list.at) || (row <= s->range && row >= s->list.at));
    ks_column_put(in, y, &c[KS_RULES_MARK], KS_ROLE_MARKED, marked ? "●" : ranged ? "│" : "");
    ks_column_put(in, y, &c[KS_RULES_NUMBER], KS_ROLE_FAINT, ks_format_count(t, sizeof t, row + 1));
    ks_column_put(in, y, &c[KS_RULES_IF], style | KS_BOLD, ks_rule_side(t, sizeof t, rules->mined, rule->items, rule->n_if));
    ks_column_put(in, y, &c[KS_RULES_THEN], style | KS_BOLD,
                  ks_rule_side(t, sizeof t, rules->mined, rule->items + rule->n_if, rule->n_then));
    ks_column_put(in, y, &c[KS_RULES_COUNT], style, ks_format_count(t, sizeof t, n->xy));
    ks_column_put(in, y, &c[KS_RULES_COUNT_IF], style, ks_format_count(t, sizeof t, n->x));
    ks_column_put(in, y, &c[KS_RULES_COUNT_THEN], style, ks_format_count(t, sizeof t, n->y));
    snprintf(t, sizeof t, "%.4f", ks_support(*n));
    ks_column_put(in, y, &c[KS_RULES_SUPPORT], style, t);
    snprintf(t, sizeof t, "%.3f", ks_confidence(*n));
    ks_column_put(in, y, &c[KS_RULES_CONFIDENCE], style, t);
    snprintf(t, sizeof t, "%.3f", ks_cpir(*n));
    ks_column_put(in, y, &c[KS_RULES_CPIR], style, t);
    ks_column_put(in, y, &c[KS_RULES_INTEREST], style,
                  ks_format_threshold(t, sizeof t, KS_AXIS_INTE, ks_interest_value(*n, rules->thresholds.interest), n->l));
    snprintf(t, sizeof t, "%.2f", ks_correlation(*n));
    ks_column_put(in, y, &c[KS_RULES_CORRELATION], style, t);
    ks_column_put(in, y, &c[KS_RULES_P], style, ks_format_ln_p(t, sizeof t, ks_rule_ln_p(rule)));
    int64_t before = ks_baseline_rule(model, rule);
    if (before >= 0)
        ks_column_put(in, y, &c[KS_RULES_BEFORE], before == 0 ? KS_ROLE_WARN : KS_ROLE_FAINT,
                      before == 0 ? "new" : ks_format_count(t, sizeof t, (uint64_t)before));
    ks_column_put(in, y, &c[KS_RULES_Q], style, ks_format_ln_p(t, sizeof t, ks_rule_ln_q(rules, rule)));
}

static void draw_head(const struct ks_model *model, const struct ks_rules_screen *s, struct ks_canvas in, int y)
{
    size_t sorted = KS_RULES_COLUMNS;
    for (size_t i = 0; i < KS_RULES_COLUMNS; i++)
        if (table[i].sort == model->settings.params.sort && sorted == KS_RULES_COLUMNS)
            sorted = i;
    ks_columns_head(in, y, s->columns, shown_columns(model), sorted, model->settings.params.reverse);
    for (int i = 0; i < KS_RULES_COLUMNS; i++)
        if (table[i].sort != KS_SORT_N && s->columns[i].w > 0)
            ks_zone(in, (struct ks_rect){s->columns[i].x, y, s->columns[i].w + 1, 1}, KS_DO_SORT, (int64_t)table[i].sort + 1);
}

static void draw_empty(const struct ks_app *app, const struct ks_rules_screen *s, struct ks_canvas in, int y)
{
    const struct ks_model *model = &app->model;
    if (!s->empty) {
        ks_put(in, 1, y, KS_ROLE_WARN, model->filter[0] != '\0' ? "No rule passes the filter. F shows all." : "");
        return;
    }
    y += ks_put_wrapped(in, 1, y, in.w - 2, 2, KS_ROLE_WARN, s->advice.why);
    for (size_t i = 0; i < s->advice.n; i++, y++) {
        char key[32];
        ks_put_in(in, 1, y, 2, KS_RIGHT, KS_ROLE_TITLE, i == 0 ? ks_action_key_label(key, sizeof key, KS_DO_LOOSEN) : "or");
        ks_put(in, 4, y, KS_ROLE_TEXT, s->advice.way[i].text);
        ks_zone(in, (struct ks_rect){1, y, in.w - 2, 1}, KS_DO_LOOSEN, (int64_t)i);
    }
}

static void rules_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct ks_rules_screen *s = state;
    const struct ks_model *model = &app->model;
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_BORDER, "Rules");
    if (!ready(model)) {
        ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_FAINT,
                       model->capture != NULL ? "Ranking rules…" : model->loading ? "Reading…" : "No capture is open. o opens one.");
        return;
    }
    draw_filter(app, s, in);
    draw_head(model, s, in, 1);
    if (s->list.n == 0)
        draw_empty(app, s, in, HEAD + 1);
    for (size_t i = 0; i < s->n_rows; i++) {
        int y = HEAD + (int)i;
        uint64_t row = s->list.top + i;
        draw_cells(app, s, in, y, &s->rows[i], row);
        if (row == s->list.at)
            ks_restyle(in, (struct ks_rect){0, y, in.w - (s->list.n > (uint64_t)s->list.visible), 1}, KS_ROLE_SELECTED);
        ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, (int64_t)row);
    }
    ks_scrollbar(in, in.w - 1, HEAD, s->list.visible, s->list.top, (uint64_t)s->list.visible, s->list.n);
    if (model->rules->limit[0] != '\0')
        ks_put_in(in, 1, in.h - 1, in.w - 2, KS_LEFT, KS_ROLE_WARN, model->rules->limit);
}

static unsigned sort_by(struct ks_app *app, struct ks_rules_screen *s, const struct ks_request *request)
{
    struct ks_params params = app->model.settings.params;
    enum ks_sort sort = params.sort;
    if (request->text != NULL && request->text[0] != '\0') {
        if (!ks_sort_parse(request->text, &sort)) {
            ks_say(&app->model, KS_SAY_BAD, "sort by one of: %s", ks_setting_info(KS_SET_SORT)->range);
            return KS_FX_DONE;
        }
    } else if (request->clicked) {
        sort = (enum ks_sort)(request->number - 1);
        params.reverse = sort == params.sort ? !params.reverse : false;
    } else {
        int i = 0;
        while (i < KS_RULES_COLUMNS && table[i].sort != sort)
            i++;
        /* The next column that shows and sorts; "then" sorts as "if" does. On a small screen there may be none. */
        for (int n = 1; n <= KS_RULES_COLUMNS && sort == params.sort; n++) {
            int next = (i + n) % KS_RULES_COLUMNS;
            if (table[next].sort != KS_SORT_N && s->columns[next].w > 0 && next != KS_RULES_THEN)
                sort = table[next].sort;
        }
    }
    params.sort = sort;
    s->keep = false;
    ks_say(&app->model, KS_SAY_INFO, "sorted by %s%s", ks_sort_name(sort), params.reverse ? ", weakest first" : "");
    return ks_model_change(&app->model, &params, "sort", true) | KS_FX_DONE;
}

static unsigned reverse(struct ks_app *app, struct ks_rules_screen *s)
{
    struct ks_params params = app->model.settings.params;
    params.reverse = !params.reverse;
    s->keep = false;
    return ks_model_change(&app->model, &params, "reverse", true) | KS_FX_DONE;
}

static unsigned move(struct ks_app *app, struct ks_rules_screen *s, const struct ks_request *request)
{
    if (!ks_list_act(&s->list, (int)request->action, request->number))
        return 0;
    fetch(&app->model, s);
    return KS_FX_DONE;
}

static unsigned copy(struct ks_app *app, const struct ks_rules_screen *s)
{
    char text[512], a[200], b[200];
    struct ks_rule rule;
    const struct ks_model *model = &app->model;
    if (!ready(model) || !ks_ranking_row(model->rules->ranking, s->list.at, &rule))
        return KS_FX_DONE;
    snprintf(text, sizeof text, "%s => %s", ks_rule_side(a, sizeof a, model->rules->mined, rule.items, rule.n_if),
             ks_rule_side(b, sizeof b, model->rules->mined, rule.items + rule.n_if, rule.n_then));
    return ks_copy(app, text);
}

/* Starts an entry of the allow list for the ports of the rule under the cursor. */
static unsigned allow(struct ks_app *app, const struct ks_rules_screen *s)
{
    struct ks_text text = {0};
    char word[40];
    if (s->list.at < s->list.top || s->list.at - s->list.top >= s->n_rows)
        return KS_FX_HANDLED;
    const struct ks_rule *rule = &s->rows[s->list.at - s->list.top];
    const struct ks_window_sets *sets = &app->model.rules->mined->sets;
    for (unsigned i = 0; i < (unsigned)rule->n_if + rule->n_then; i++)
        ks_text_addf(&text, "%s%s", i > 0 ? "," : "", ks_item_format(word, sizeof word, sets->items[rule->items[i]]));
    ks_text_add(&text, " # ");
    if (text.failed)
        ks_say_status(&app->model, ks_nomem("the entry"));
    unsigned effects = text.failed ? KS_FX_DONE : ks_ask_allow(app, ks_text_get(&text));
    ks_text_free(&text);
    return effects;
}

static unsigned rules_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct ks_rules_screen *s = state;
    switch (request->action) {
    case KS_DO_ENTER:
        return s->list.n > 0 ? ks_open(app, "rule", NULL, (int64_t)s->list.at) : KS_FX_HANDLED;
    case KS_DO_LOOSEN:
        return s->empty ? ks_advice_take(&app->model, &s->advice, request->clicked ? (size_t)request->number : 0) | KS_FX_DONE : KS_FX_HANDLED;
    case KS_DO_SORT:
        return sort_by(app, s, request);
    case KS_DO_SORT_REVERSE:
        return reverse(app, s);
    case KS_DO_FILTER:
        return ks_rules_filter(app, s, request);
    case KS_DO_MARK:
    case KS_DO_MARK_RANGE:
    case KS_DO_MARK_ALL:
        return ks_rules_mark(app, s, request->action);
    case KS_DO_COPY:
        return copy(app, s);
    case KS_DO_ALLOW:
        return request->text != NULL && request->text[0] != '\0' ? 0 : allow(app, s);
    case KS_DO_CANCEL:
        if (!s->ranging)
            return 0;
        s->ranging = false;
        return KS_FX_DONE;
    default:
        return move(app, s, request);
    }
}

static bool rules_can(const struct ks_app *app, const void *state, enum ks_action action)
{
    const struct ks_rules_screen *s = state;
    (void)app;
    if (action == KS_DO_LOOSEN)
        return s->empty && s->advice.n > 0;
    bool rows = action == KS_DO_ALLOW || action == KS_DO_MARK || action == KS_DO_MARK_ALL || action == KS_DO_MARK_RANGE || action == KS_DO_SORT;
    return !rows || s->list.n > 0;
}

static void rules_summary(const struct ks_app *app, const void *state, char *out, size_t cap)
{
    const struct ks_rules_screen *s = state;
    char at[32], all[64], marks[48] = "";
    if (!ready(&app->model) || s->list.n == 0) {
        ks_model_summary(&app->model, out, cap);
        return;
    }
    if (app->model.n_marked_rules > 0)
        snprintf(marks, sizeof marks, "%zu marked · ", app->model.n_marked_rules);
    snprintf(out, cap, "%s%s of %s rules", marks, ks_format_count(at, sizeof at, s->list.at + 1),
             ks_count_format(all, sizeof all, ks_ranking_total(app->model.rules->ranking), true));
}

static void rules_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct ks_rules_screen *s = state;
    char a[200], b[200];
    ks_text_addf(out, "rows %" PRIu64 "\nrow %" PRIu64 "\n", s->list.n, s->list.at);
    for (size_t i = 0; i < s->n_rows && ready(&app->model); i++)
        ks_text_addf(out, "rule %s => %s\n", ks_rule_side(a, sizeof a, app->model.rules->mined, s->rows[i].items, s->rows[i].n_if),
                     ks_rule_side(b, sizeof b, app->model.rules->mined, s->rows[i].items + s->rows[i].n_if, s->rows[i].n_then));
}

static bool rules_search(struct ks_app *app, void *state, const char *text, int direction)
{
    return ks_rules_search(app, state, text, direction);
}

const struct ks_screen_ops ks_screen_rules = {
    .name = "rules",
    .title = "Rules",
    .place = KS_ON_RULES,
    .digit = '3',
    .open = rules_open,
    .close = rules_close,
    .layout = rules_layout,
    .draw = rules_draw,
    .act = rules_act,
    .can = rules_can,
    .search = rules_search,
    .summary = rules_summary,
    .dump = rules_dump,
};
