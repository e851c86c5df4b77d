/* What the present point of Tune finds: the strongest knocks and rules, or what to loosen when there are none. */
#include <stdio.h>
#include <string.h>

#include "base/sandbox.h"
#include "tui/screens/tune_panes.h"

enum { REASON_MARGIN = 7 }; /* columns of the pane that a reason leaves free: its frame, 4 before, 1 behind */

static bool has_rules(const struct ks_model *model)
{
    return model->rules != NULL && model->rules->ranking != NULL;
}

/* Rows for the reason of each knock: what the longest needs, where all have as much in `room` rows; else one. */
static size_t reason_rows(const struct ks_app *app, const struct ks_tune *t, size_t standing, size_t room)
{
    const struct ks_knocks *knocks = app->model.knocks;
    int need = 1;
    for (size_t i = 0; i < standing && i < room; i++) {
        int rows = knocks->at[i].why != NULL ? ks_wrapped_rows(&app->grid, t->at[KS_PANE_FINDS].w - REASON_MARGIN, knocks->at[i].why) : 1;
        need = rows > need ? rows : need;
    }
    return standing * ((size_t)need + 1) <= room ? (size_t)need : 1;
}

void ks_tune_finds_layout(struct ks_app *app, struct ks_tune *t)
{
    const struct ks_model *model = &app->model;
    int h = t->at[KS_PANE_FINDS].h - 2;
    size_t standing = model->knocks != NULL ? model->knocks->standing : 0;
    t->n_knocks = t->n_rules = 0;
    t->empty = model->mined != NULL && ks_count_compare(model->count, ks_count_of(0)) == 0;
    if (t->empty && t->advice_at != model->generation) {
        ks_advice_make(model, &t->advice);
        t->advice_at = model->generation;
    }
    if (h < 1)
        return;
    /* Knocks first, with their reasons where there is room; rules take what is left, two lines at least. */
    size_t room = (size_t)h;
    size_t spare = room > 5 ? room - 5 : 1;
    t->knock_lines = room >= 9 ? 1 + reason_rows(app, t, standing, spare / 2) : 1;
    t->n_knocks = standing * t->knock_lines <= spare ? standing : spare / t->knock_lines;
    if (t->n_knocks == 0 && standing > 0)
        t->n_knocks = 1;
    size_t used = 1 + (t->n_knocks > 0 ? t->n_knocks * t->knock_lines : 1) + 1;
    size_t rules = room > used ? room - used : 0;
    rules = rules > KS_TUNE_RULES ? KS_TUNE_RULES : rules;
    if (!t->empty && has_rules(model))
        while (t->n_rules < rules && ks_ranking_row(model->rules->ranking, t->n_rules, &t->rules[t->n_rules]))
            t->n_rules++;
    ks_list_fit(&t->finds, t->n_knocks + (t->empty ? t->advice.n : t->n_rules), h);
}

/* "10.0.0.7 → 10.0.0.2", "3 sources → 10.0.0.9". */
static void who(const struct ks_model *model, const struct ks_knock *k, char *out, size_t cap)
{
    char source[48], target[48];
    const struct ks_log *log = &model->capture->log;
    const struct ks_activation *a = k->n_activations > 0 ? &k->activations[0] : NULL;
    out[0] = '\0';
    if (a == NULL || a->source >= log->n_hosts || a->target >= log->n_hosts)
        return;
    if (k->evidence.sources > 1)
        snprintf(source, sizeof source, "%u %ssources", k->evidence.sources, k->evidence.spoofed ? "spoofed " : "");
    else
        ks_format_address(source, sizeof source, &log->hosts[a->source]);
    if (k->evidence.targets > 1)
        snprintf(target, sizeof target, "%u targets", k->evidence.targets);
    else
        ks_format_address(target, sizeof target, &log->hosts[a->target]);
    snprintf(out, cap, "%s → %s", source, target);
}

static void opened(const struct ks_knock *k, char *out, size_t cap)
{
    char port[40];
    if (k->n_opened == 0)
        snprintf(out, cap, "—");
    else if (k->n_opened == 1)
        snprintf(out, cap, "%s", ks_item_format(port, sizeof port, k->opened[0]));
    else
        snprintf(out, cap, "%s +%zu", ks_item_format(port, sizeof port, k->opened[0]), k->n_opened - 1);
}

enum { NUMBER, SEQUENCE, TIMES, OPENED, ORDER, CLOSED, WHO, KNOCK_COLUMNS };

static const struct ks_column knock_columns[KNOCK_COLUMNS] = {
    [NUMBER] = {"#", 3, 0, KS_RIGHT, 0, 0, 0},
    [SEQUENCE] = {"knock", 27, 3, KS_LEFT, 0, 0, 0},
    [TIMES] = {"times", 5, 0, KS_RIGHT, 0, 0, 0},
    [OPENED] = {"opened", 8, 1, KS_LEFT, 1, 0, 0},
    [ORDER] = {"order", 5, 0, KS_RIGHT, 4, 0, 0},
    [CLOSED] = {"closed", 7, 0, KS_RIGHT, 3, 0, 0},
    [WHO] = {"source → target", 27, 2, KS_LEFT, 2, 0, 0},
};

static void draw_knock(const struct ks_app *app, const struct ks_tune *t, struct ks_canvas in, const struct ks_column *c, int y, size_t i)
{
    const struct ks_knock *k = &app->model.knocks->at[i];
    const struct ks_evidence *e = &k->evidence;
    char text[512];
    snprintf(text, sizeof text, "%zu", i + 1);
    ks_column_put(in, y, &c[NUMBER], KS_ROLE_FAINT, text);
    ks_column_put(in, y, &c[SEQUENCE], KS_ROLE_KNOCK, ks_knock_text(text, sizeof text, k));
    snprintf(text, sizeof text, "%zu×", k->n_activations);
    ks_column_put(in, y, &c[TIMES], KS_ROLE_STRONG, text);
    opened(k, text, sizeof text);
    ks_column_put(in, y, &c[OPENED], k->n_opened > 0 ? KS_ROLE_OPENED : KS_ROLE_FAINT, text);
    snprintf(text, sizeof text, "%u/%u", e->in_order, e->activations);
    ks_column_put(in, y, &c[ORDER], KS_ROLE_TEXT, text);
    snprintf(text, sizeof text, "%u/%u", e->closed, e->attempts);
    ks_column_put(in, y, &c[CLOSED], KS_ROLE_TEXT, text);
    who(&app->model, k, text, sizeof text);
    ks_column_put(in, y, &c[WHO], KS_ROLE_TEXT, text);
    if (t->knock_lines == 2 && k->why != NULL)
        ks_put_in(in, 4, y + 1, in.w - 4, KS_LEFT, KS_ROLE_FAINT, k->why); /* one row: what is cut shows as cut */
    else if (t->knock_lines > 2 && k->why != NULL)
        ks_put_wrapped(in, 4, y + 1, in.w + 2 - REASON_MARGIN, (int)t->knock_lines - 1, KS_ROLE_FAINT, k->why);
}

/* Selected row: reversed where this pane has the keys. */
static void mark_row(const struct ks_tune *t, struct ks_canvas in, int y, int h, size_t entry)
{
    ks_zone(in, (struct ks_rect){0, y, in.w, h}, KS_DO_SELECT, ks_tune_zone(KS_PANE_FINDS, (int64_t)entry));
    if (t->pane == KS_PANE_FINDS && t->finds.at == entry)
        ks_restyle(in, (struct ks_rect){0, y, in.w, 1}, KS_ROLE_SELECTED);
}

static int draw_knocks(const struct ks_app *app, const struct ks_tune *t, struct ks_canvas in, int y)
{
    const struct ks_model *model = &app->model;
    const struct ks_knocks *knocks = model->knocks;
    struct ks_column c[KNOCK_COLUMNS];
    char text[160];
    if (knocks == NULL || t->n_knocks == 0) {
        if (model->stopped & 1u << KS_JOB_KNOCKS)
            snprintf(text, sizeof text, "Stopped before knocks were looked for.");
        else if (knocks == NULL || ks_worker_busy(model->worker, KS_JOB_KNOCKS))
            snprintf(text, sizeof text, "Looking for knocks…");
        else if (knocks->n > 0)
            snprintf(text, sizeof text, "No knock stands out; %zu set aside as ordinary (4 shows why).", knocks->n);
        else
            snprintf(text, sizeof text, "No knock stands out.");
        ks_put_in(in, 1, y, in.w - 2, KS_LEFT, KS_ROLE_FAINT, text);
        return y + 1;
    }
    memcpy(c, knock_columns, sizeof c);
    ks_columns_fit(c, KNOCK_COLUMNS, in.w, 1);
    ks_columns_head(in, y, c, KNOCK_COLUMNS, KNOCK_COLUMNS, false);
    if (knocks->standing > t->n_knocks) {
        snprintf(text, sizeof text, "knock (%zu in all: 4)", knocks->standing);
        ks_column_put(in, y, &c[SEQUENCE], KS_ROLE_TITLE, text);
    }
    y++;
    for (size_t i = 0; i < t->n_knocks && i < knocks->standing; i++, y += (int)t->knock_lines) {
        draw_knock(app, t, in, c, y, i);
        mark_row(t, in, y, (int)t->knock_lines, i);
    }
    return y;
}

enum { SPACE, RULE, TOGETHER, INTEREST, CPIR, CORRELATION, Q, RULE_COLUMNS };

static void draw_rule(const struct ks_app *app, struct ks_canvas in, const struct ks_column *c, int y, const struct ks_rule *rule)
{
    const struct ks_rules *rules = app->model.rules;
    char text[512], a[200], b[200];
    snprintf(text, sizeof text, "%s ⇒ %s", ks_rule_side(a, sizeof a, rules->mined, rule->items, rule->n_if),
             ks_rule_side(b, sizeof b, rules->mined, rule->items + rule->n_if, rule->n_then));
    ks_column_put(in, y, &c[RULE], KS_ROLE_TEXT, text);
    snprintf(text, sizeof text, "%s of %s", ks_format_count(a, sizeof a, rule->counts.xy), ks_format_count(b, sizeof b, rule->counts.l));
    ks_column_put(in, y, &c[TOGETHER], KS_ROLE_NUMBER, text);
    ks_column_put(in, y, &c[INTEREST], KS_ROLE_NUMBER,
                  ks_format_threshold(text, sizeof text, KS_AXIS_INTE, ks_interest_value(rule->counts, rules->thresholds.interest), rule->counts.l));
    snprintf(text, sizeof text, "%.2f", ks_cpir(rule->counts));
    ks_column_put(in, y, &c[CPIR], KS_ROLE_NUMBER, text);
    snprintf(text, sizeof text, "%.1f", ks_correlation(rule->counts));
    ks_column_put(in, y, &c[CORRELATION], KS_ROLE_NUMBER, text);
    ks_column_put(in, y, &c[Q], KS_ROLE_NUMBER, ks_format_ln_p(text, sizeof text, ks_rule_ln_q(rules, rule)));
}

/* How many rules there are, by what they are ordered and the key that lists them all, as far as there is room. */
static void rules_title(const struct ks_model *model, const struct ks_grid *grid, int w, char *out, size_t cap)
{
    char n[64], key[32], rules[96];
    struct ks_count total = ks_ranking_total(model->rules->ranking);
    snprintf(rules, sizeof rules, "%s rule%s", ks_count_format(n, sizeof n, total, true), ks_count_compare(total, ks_count_of(1)) == 0 ? "" : "s");
    ks_action_key_label(key, sizeof key, KS_DO_RULES);
    const char *filtered = model->filter[0] != '\0' ? " that pass the filter" : "";
    snprintf(out, cap, "%s%s by %s (%s: all)", rules, filtered, ks_sort_name(model->settings.params.sort), key);
    if (ks_width(grid, out) > w)
        snprintf(out, cap, "%s%s (%s: all)", rules, filtered, key);
    if (ks_width(grid, out) > w)
        snprintf(out, cap, "%s%s", rules, filtered);
}

static void draw_rules(const struct ks_app *app, const struct ks_tune *t, struct ks_canvas in, int y)
{
    const struct ks_model *model = &app->model;
    struct ks_column c[RULE_COLUMNS] = {
        [SPACE] = {"", 3, 0, KS_LEFT, 0, 0, 0},          [RULE] = {"", 22, 3, KS_LEFT, 0, 0, 0},
        [TOGETHER] = {"together", 15, 0, KS_RIGHT, 1, 0, 0}, [INTEREST] = {"interest", 9, 0, KS_RIGHT, 2, 0, 0},
        [CPIR] = {"CPIR", 5, 0, KS_RIGHT, 3, 0, 0},      [CORRELATION] = {"corr", 8, 0, KS_RIGHT, 5, 0, 0},
        [Q] = {"q", 9, 0, KS_RIGHT, 4, 0, 0},
    };
    char title[200], n[64];
    if (model->mined != NULL) {
        int digits = ks_width(in.grid, ks_format_count(n, sizeof n, model->mined->sets.l));
        c[TOGETHER].min = 2 * digits + 4 > 8 ? 2 * digits + 4 : 8;
    }
    ks_columns_fit(c, RULE_COLUMNS, in.w, 1);
    if (!has_rules(model)) {
        ks_put(in, 1, y, KS_ROLE_FAINT, model->mined != NULL ? "Ranking rules…" : "");
        return;
    }
    rules_title(model, in.grid, c[RULE].w, title, sizeof title);
    c[RULE].title = title;
    ks_columns_head(in, y, c, RULE_COLUMNS, RULE_COLUMNS, false);
    for (size_t i = 0; i < t->n_rules; i++) {
        int at = y + 1 + (int)i;
        draw_rule(app, in, c, at, &t->rules[i]);
        mark_row(t, in, at, 1, t->n_knocks + i);
    }
}

static void draw_advice(const struct ks_tune *t, struct ks_canvas in, int y)
{
    y += ks_put_wrapped(in, 1, y, in.w - 2, 2, KS_ROLE_WARN, t->advice.why);
    for (size_t i = 0; i < t->advice.n; i++, y++) {
        char key[32];
        ks_put_in(in, 1, y, 2, KS_RIGHT, KS_ROLE_TITLE, i == 0 ? ks_action_key_label(key, sizeof key, KS_DO_LOOSEN) : "or");
        ks_put(in, 4, y, KS_ROLE_TEXT, t->advice.way[i].text);
        mark_row(t, in, y, 1, t->n_knocks + i);
    }
}

void ks_tune_finds_draw(const struct ks_app *app, const struct ks_tune *t, struct ks_canvas in)
{
    const struct ks_model *model = &app->model;
    if (model->capture == NULL) {
        ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_TEXT,
                       model->loading ? "Reading. What has been read so far shows here in a moment."
                       : !ks_sandbox_state()->files
                           ? "No capture is open. Press o and type its path; Tab completes it. ? lists all keys."
                           : "No capture is open. Press o and type its path; Tab completes it. ? lists all keys.\nFor your safety only this folder and "
                             "what lies below it can be read now: for a capture elsewhere start knockscope with its path.");
        return;
    }
    if (model->mined == NULL) {
        ks_put(in, 1, 0, KS_ROLE_FAINT, "Cutting windows and mining pairs…");
        return;
    }
    int y = draw_knocks(app, t, in, 0);
    if (t->empty)
        draw_advice(t, in, y);
    else
        draw_rules(app, t, in, y);
}

unsigned ks_tune_finds_act(struct ks_app *app, struct ks_tune *t, const struct ks_request *request)
{
    size_t at = (size_t)t->finds.at;
    if (request->action == KS_DO_ENTER) {
        if (at < t->n_knocks) {
            unsigned effects = ks_open(app, "knock", NULL, (int64_t)at);
            return effects != 0 ? effects : ks_goto(app, "knocks");
        }
        at -= t->n_knocks;
        if (t->empty)
            return ks_advice_take(&app->model, &t->advice, at) | KS_FX_DONE;
        if (at < t->n_rules) {
            unsigned effects = ks_open(app, "rule", NULL, (int64_t)at);
            return effects != 0 ? effects : ks_goto(app, "rules");
        }
        return KS_FX_DONE;
    }
    return ks_list_act(&t->finds, (int)request->action, request->number) ? KS_FX_DONE : 0;
}
