/* One rule: why it passes or fails, number by number, and the windows it rests on. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/model/effects.h"
#include "tui/screens/lanes.h"
#include "tui/screens/rule.h"

static bool take(const struct ks_model *model, struct ks_rule_screen *s, uint64_t row)
{
    struct ks_rule rule;
    if (model->rules == NULL || model->rules->ranking == NULL || !ks_ranking_row(model->rules->ranking, row, &rule))
        return false;
    const ks_item *items = model->rules->mined->sets.items;
    s->n[0] = rule.n_if;
    s->n[1] = rule.n_then;
    for (unsigned i = 0; i < rule.n_if; i++)
        s->side[0][i] = items[rule.items[i]];
    for (unsigned i = 0; i < rule.n_then; i++)
        s->side[1][i] = items[rule.items[rule.n_if + i]];
    s->row = row;
    s->mined_at = 0;
    s->list = (struct ks_list){0};
    s->all = false;
    return true;
}

/* "999 888": the pair rule of two items, whether it passes or not. */
static bool take_text(const struct ks_model *model, struct ks_rule_screen *s, const char *text)
{
    char a[40], b[40];
    if (sscanf(text, "%39s %39s", a, b) != 2 || !ks_item_parse(a, &s->side[0][0]) || !ks_item_parse(b, &s->side[1][0]))
        return false;
    s->n[0] = s->n[1] = 1;
    s->row = UINT64_MAX;
    if (model->rules != NULL && model->rules->ranking != NULL) {
        const struct ks_window_sets *sets = &model->rules->mined->sets;
        uint32_t x = ks_window_sets_find(sets, s->side[0][0]), y = ks_window_sets_find(sets, s->side[1][0]);
        if (x != UINT32_MAX && y != UINT32_MAX)
            s->row = ks_ranking_find(model->rules->ranking, x, y);
    }
    return true;
}

static void *rule_open(struct ks_app *app, const char *text, int64_t number)
{
    struct ks_rule_screen *s = ks_zalloc(1, sizeof *s);
    if (s == NULL) {
        ks_say_status(&app->model, ks_nomem("the rule's screen"));
        return NULL;
    }
    bool ok = text != NULL && text[0] != '\0' ? take_text(&app->model, s, text) : take(&app->model, s, (uint64_t)number);
    if (!ok) {
        ks_say(&app->model, KS_SAY_INFO, "there is no such rule");
        ks_free(s);
        return NULL;
    }
    return s;
}

static void rule_close(struct ks_app *app, void *state)
{
    struct ks_rule_screen *s = state;
    (void)app;
    for (int i = 0; i < 3; i++)
        ks_free(s->windows[i]);
    ks_free(s->held);
    ks_free(s);
}

static void rule_layout(struct ks_app *app, void *state, int w, int h)
{
    struct ks_rule_screen *s = state;
    const struct ks_model *model = &app->model;
    (void)w;
    if (s->mined_at != model->mined_generation || s->rules_at != model->rules_generation) {
        ks_rule_work(model, s);
        s->mined_at = model->mined_generation;
        s->rules_at = model->rules_generation;
    }
    s->gap = h >= 28;
    int fixed = 1 + KS_RULE_TABLE_ROWS + KS_RULE_FORMULA_ROWS + 3 * s->gap;
    int left = h - 2 - fixed - 1;
    if (s->n_windows[2] == 0)
        s->all = true;
    ks_list_fit(&s->list, s->all ? s->n_held : s->n_windows[2], left > 3 ? left : 3);
    int need = fixed + 1 + s->list.visible, room = h - 2;
    int most = need > room ? need - room : 0;
    s->scroll = s->scroll > most ? most : s->scroll < 0 ? 0 : s->scroll;
}

static void draw_verdict(const struct ks_model *model, const struct ks_rule_screen *s, struct ks_canvas in, int y)
{
    char fails[120], text[300], n[32], l[32];
    ks_rule_fails(model, &s->rule.counts, fails, sizeof fails);
    bool holds = fails[0] == '\0';
    snprintf(text, sizeof text, "%s%s. Together in %s of %s windows%s", holds ? "✓ holds" : "✗ does not hold: fails ", fails,
             ks_format_count(n, sizeof n, s->rule.counts.xy), ks_format_count(l, sizeof l, s->rule.counts.l), s->splits == 0 ? "." : "");
    if (s->splits > 0)
        snprintf(text + strlen(text), sizeof text - strlen(text), "; %u time%s a border cut them apart.", s->splits, s->splits == 1 ? "" : "s");
    ks_put_in(in, 1, y, in.w - 2, KS_LEFT, holds ? KS_ROLE_GOOD : KS_ROLE_BAD, text);
}

static void draw_windows(const struct ks_app *app, const struct ks_rule_screen *s, struct ks_canvas in, int y)
{
    const struct ks_window_sets *sets = &app->model.mined->sets;
    char text[400], from[48], span[48], n[32];
    bool local = app->model.settings.habits.local_time;
    struct ks_column c[] = {{"window", 9, 0, KS_RIGHT, 0, 0, 0},
                            {local ? "from" : "from (UTC)", 18, 0, KS_LEFT, 0, 0, 0},
                            {"lasts", 11, 0, KS_RIGHT, 2, 0, 0},
                            {"events", 7, 0, KS_RIGHT, 1, 0, 0},
                            {"holds", 13, 1, KS_LEFT, 0, 0, 0}};
    ks_columns_fit(c, 5, in.w - 2, 2);
    ks_columns_head(in, y, c, 5, 5, false);
    snprintf(text, sizeof text, "%s", s->all ? "Tab: both only" : "Tab: X or Y alone too");
    int w = ks_width(in.grid, text);
    if (c[4].x + 5 + w < in.w)
        ks_put(in, in.w - 1 - w, y, KS_ROLE_FAINT, text);
    for (int i = 0; i < s->list.visible; i++) {
        uint64_t row = s->list.top + (uint64_t)i;
        const struct ks_rule_window *here = ks_rule_window_at(s, row);
        if (here == NULL || here->window >= sets->l)
            break;
        int at = y + 1 + i;
        ks_column_put(in, at, &c[0], KS_ROLE_TEXT, ks_format_count(text, sizeof text, (uint64_t)here->window + 1));
        if (sets->window != NULL) {
            const struct ks_window *window = &sets->window[here->window];
            ks_column_put(in, at, &c[1], KS_ROLE_TEXT, ks_clock(from, sizeof from, window->first, true, local));
            ks_column_put(in, at, &c[2], KS_ROLE_TEXT, ks_format_span(span, sizeof span, window->last - window->first));
            ks_column_put(in, at, &c[3], KS_ROLE_TEXT, ks_format_count(n, sizeof n, window->events));
        }
        snprintf(text, sizeof text, "%s%s%s", here->holds == 3 ? "both" : "only ", here->holds == 3 ? "" : s->label[here->holds - 1],
                 here->split ? ", cut apart by the border" : "");
        ks_column_put(in, at, &c[4], here->holds == 3 ? KS_ROLE_STRONG : here->split ? KS_ROLE_WARN : KS_ROLE_TEXT, text);
        if (row == s->list.at)
            ks_restyle(in, (struct ks_rect){0, at, in.w, 1}, KS_ROLE_SELECTED);
        ks_zone(in, (struct ks_rect){0, at, in.w, 1}, KS_DO_SELECT, (int64_t)row);
    }
    ks_scrollbar(in, in.w - 1, y + 1, s->list.visible, s->list.top, (uint64_t)s->list.visible, s->list.n);
}

static void rule_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct ks_rule_screen *s = state;
    const struct ks_model *model = &app->model;
    char title[400], row[32];
    bool marked = s->known && ks_model_rule_marked(model, &s->rule);
    snprintf(title, sizeof title, "%s%s ⇒ %s", marked ? "● " : "", s->label[0], s->label[1]);
    if (s->row != UINT64_MAX)
        snprintf(title + strlen(title), sizeof title - strlen(title), " · row %s · ←→ other rules", ks_format_count(row, sizeof row, s->row + 1));
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_FOCUS, title);
    if (!s->known) {
        ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_FAINT, "In the present windows these items do not all occur.");
        return;
    }
    int y = -s->scroll;
    draw_verdict(model, s, in, y);
    y += 1 + s->gap;
    int used = ks_rule_table(s, in, y, in.w);
    if (in.w - used >= 24)
        ks_rule_strips(s, in, used + 3, y, in.w - used - 4);
    y += KS_RULE_TABLE_ROWS + s->gap;
    ks_rule_formulas(model, s, in, y);
    draw_windows(app, s, in, y + KS_RULE_FORMULA_ROWS + s->gap);
}

/* The events of the window under the cursor, those of the rule's items first of all. */
static unsigned open_window(struct ks_app *app, const struct ks_rule_screen *s)
{
    const struct ks_rule_window *here = s->known ? ks_rule_window_at(s, s->list.at) : NULL;
    struct ks_text words = {0};
    for (int side = 0; side < 2; side++)
        for (unsigned i = 0; i < s->n[side]; i++) {
            char item[40];
            ks_text_addf(&words, "%s ", ks_item_format(item, sizeof item, s->side[side][i]));
        }
    if (words.failed)
        ks_say_status(&app->model, ks_nomem("the window"));
    unsigned effects = here != NULL && !words.failed ? ks_open(app, "window", ks_text_get(&words), here->window) : KS_FX_HANDLED;
    ks_text_free(&words);
    return effects;
}

/* Moves the thresholds that this rule fails to where it just passes. */
static unsigned loosen(struct ks_app *app, const struct ks_rule_screen *s)
{
    const struct ks_counts *n = &s->rule.counts;
    const struct ks_thresholds *t = &app->model.choice.thresholds;
    struct ks_params params = app->model.settings.params;
    if (!s->known || ks_excess(*n) <= 0 || n->xy == 0) {
        ks_say(&app->model, KS_SAY_INFO, "no threshold lets this rule pass: the two are together no more than apart");
        return KS_FX_DONE;
    }
    uint32_t larger = n->x > n->y ? n->x : n->y;
    if (larger > t->max_count)
        params.min_supp = (struct ks_setting){false, (double)larger / n->l};
    if (n->xy < t->min_count)
        params.min_count = n->xy;
    if (ks_interest_value(*n, t->interest) + KS_SLACK < t->min_inte)
        params.min_inte = (struct ks_setting){false, ks_interest_value(*n, t->interest)};
    if (ks_cpir(*n) + KS_SLACK < t->min_conf)
        params.min_conf = (struct ks_setting){false, ks_cpir(*n)};
    return ks_model_change(&app->model, &params, "loosen", false) | KS_FX_DONE;
}

static bool rule_can(const struct ks_app *app, const void *state, enum ks_action action)
{
    const struct ks_rule_screen *s = state;
    char fails[120];
    if (action != KS_DO_LOOSEN)
        return true;
    return s->known && ks_excess(s->rule.counts) > 0 &&
           ks_rule_fails(&app->model, &s->rule.counts, fails, sizeof fails)[0] != '\0';
}

static unsigned rule_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct ks_rule_screen *s = state;
    switch (request->action) {
    case KS_DO_LEFT:
        if (s->row != UINT64_MAX && s->row > 0)
            take(&app->model, s, s->row - 1);
        return KS_FX_DONE;
    case KS_DO_RIGHT:
        if (s->row != UINT64_MAX && !take(&app->model, s, s->row + 1))
            ks_say(&app->model, KS_SAY_INFO, "this is the last rule");
        return KS_FX_DONE;
    case KS_DO_PAGE_UP:
    case KS_DO_PAGE_DOWN:
        s->scroll += request->action == KS_DO_PAGE_DOWN ? 8 : -8;
        return KS_FX_DONE;
    case KS_DO_ENTER:
        return open_window(app, s);
    case KS_DO_NEXT_PANE:
    case KS_DO_PREVIOUS_PANE:
        s->all = !s->all;
        s->list.at = 0;
        return KS_FX_DONE;
    case KS_DO_LOOSEN:
        return loosen(app, s);
    case KS_DO_MARK:
        if (s->known)
            ks_model_rule_toggle(&app->model, &s->rule);
        return KS_FX_DONE;
    case KS_DO_COPY: {
        char text[400];
        snprintf(text, sizeof text, "%s => %s", s->label[0], s->label[1]);
        return ks_copy(app, text);
    }
    default:
        return ks_list_act(&s->list, (int)request->action, request->number) ? KS_FX_DONE : 0;
    }
}

static void rule_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct ks_rule_screen *s = state;
    char fails[120];
    ks_text_addf(out, "rule %s => %s\n", s->label[0], s->label[1]);
    if (s->known)
        ks_text_addf(out, "counts %u %u %u %u\nfails %s\n", s->rule.counts.x, s->rule.counts.y, s->rule.counts.xy, s->rule.counts.l,
                     ks_rule_fails(&app->model, &s->rule.counts, fails, sizeof fails));
}

const struct ks_screen_ops ks_screen_rule = {
    .name = "rule",
    .title = "Rule",
    .place = KS_ON_RULE,
    .open = rule_open,
    .close = rule_close,
    .layout = rule_layout,
    .draw = rule_draw,
    .act = rule_act,
    .can = rule_can,
    .dump = rule_dump,
};
