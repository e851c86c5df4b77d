/* This capture against a baseline: how many knocks, rules, items and hosts are new, and which. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "tui/app/app.h"
#include "tui/model/baseline.h"
#include "tui/toolkit/layout.h"

enum kind { KNOCKS, RULES, ITEMS, HOSTS, KINDS };
enum { COLUMNS = 5, COUNT_ROWS = 6 };

static const char *const kind_names[KINDS] = {"Knocks", "Rules", "Items", "Hosts"};

/* A knock as it is listed: of the suspect, or (gone) of the baseline. */
struct row {
    size_t knock;
    int64_t before; /* activations in the baseline */
    bool gone;
};

struct compare {
    enum kind kind;
    struct ks_list list[KINDS];
    struct ks_column columns[COLUMNS];
    struct row *knocks;
    size_t n_knocks, new_knocks, gone_knocks;
    uint64_t generation;
    struct ks_rect counts_at, list_at;
};

static void *compare_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    (void)number;
    struct compare *s = ks_zalloc(1, sizeof *s);
    if (s == NULL)
        ks_say_status(&app->model, ks_nomem("the comparison"));
    else
        s->generation = UINT64_MAX;
    return s;
}

static void compare_close(struct ks_app *app, void *state)
{
    struct compare *s = state;
    (void)app;
    ks_free(s->knocks);
    ks_free(s);
}

/* Knocks in the order of interest: new ones that stand, new ones set aside, known ones, gone ones. */
static void sort_knocks(const struct ks_model *model, struct compare *s)
{
    const struct ks_baseline *b = model->baseline;
    s->n_knocks = s->new_knocks = s->gone_knocks = 0;
    ks_free(s->knocks);
    s->knocks = NULL;
    if (b == NULL || b->knocks == NULL || model->knocks == NULL)
        return;
    s->knocks = ks_alloc(model->knocks->n + b->knocks->standing + 1, sizeof *s->knocks);
    if (s->knocks == NULL)
        return;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < model->knocks->n; i++) {
            int64_t before = ks_baseline_knock(model, &model->knocks->at[i]);
            if ((before > 0) == (pass == 1))
                s->knocks[s->n_knocks++] = (struct row){i, before, false};
            s->new_knocks += pass == 0 && before == 0 && i < model->knocks->standing;
        }
    for (size_t i = 0; i < b->knocks->standing; i++)
        if (ks_compare_knock(model->knocks, &b->knocks->at[i]) == NULL) {
            s->knocks[s->n_knocks++] = (struct row){i, (int64_t)b->knocks->at[i].n_activations, true};
            s->gone_knocks++;
        }
}

static uint64_t rows(const struct ks_model *model, const struct compare *s, enum kind kind)
{
    const struct ks_baseline *b = model->baseline;
    if (b == NULL || !b->compared)
        return kind == KNOCKS ? s->n_knocks : 0;
    return kind == KNOCKS ? s->n_knocks : kind == RULES ? b->new_rules.n : kind == ITEMS ? b->items.n : b->hosts.n;
}

static void compare_layout(struct ks_app *app, void *state, int w, int h)
{
    static const struct ks_column columns[COLUMNS] = {
        {.title = "", .min = 4},
        {.title = "what", .min = 16, .grow = 3},
        {.title = "baseline", .min = 9, .align = KS_RIGHT},
        {.title = "here", .min = 9, .align = KS_RIGHT},
        {.title = "", .min = 12, .grow = 2, .rank = 1},
    };
    struct compare *s = state;
    const struct ks_model *model = &app->model;
    if (s->generation != model->generation) {
        s->generation = model->generation;
        sort_knocks(model, s);
    }
    struct ks_rect rest = {0, 0, w, h};
    s->counts_at = ks_take_rows(&rest, h >= COUNT_ROWS + 2 + 6 ? COUNT_ROWS + 2 : 0);
    s->list_at = rest;
    for (int k = 0; k < KINDS; k++)
        ks_list_fit(&s->list[k], rows(model, s, (enum kind)k), rest.h - 3);
    memcpy(s->columns, columns, sizeof columns);
    static const char *const notes[KINDS] = {"", "CPIR", "", ""};
    static const char *const unit[KINDS] = {"what", "rule, by windows", "item, by events", "host, by events"};
    s->columns[4].title = notes[s->kind];
    s->columns[1].title = s->kind == KNOCKS ? "knock, by activations" : unit[s->kind];
    ks_columns_fit(s->columns, COLUMNS, w - 4, 2);
}

/* Rows name knocks by their place: never those of older results. */
static void compare_changed(struct ks_app *app, void *state)
{
    struct compare *s = state;
    s->generation = app->model.generation;
    sort_knocks(&app->model, s);
}

static void names_text(char *out, size_t cap, char *const *paths, size_t n)
{
    const char *path = n == 0 ? "" : strcmp(paths[0], "-") == 0 ? "standard input" : paths[0], *slash = strrchr(path, '/');
    char harmless[128];
    const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : path;
    ks_shorten(harmless, sizeof harmless, name, strlen(name));
    if (n > 1)
        snprintf(out, cap, "%s +%u", harmless, (unsigned)(n - 1));
    else
        snprintf(out, cap, "%s", harmless);
}

static void count_text(char *out, size_t cap, uint64_t n, bool known)
{
    if (known)
        ks_format_count(out, cap, n);
    else
        snprintf(out, cap, "…");
}

/* One line of the counts: baseline, here, new, gone; UINT64_MAX: there is no such number. */
static void draw_count(struct ks_canvas in, int y, const char *label, const char *before, const char *now, const char *fresh, const char *gone)
{
    int w = in.w >= 70 ? 14 : 10;
    ks_put_in(in, 1, y, 12, KS_LEFT, KS_ROLE_FAINT, label);
    ks_put_in(in, 13, y, w, KS_RIGHT, y == 0 ? KS_ROLE_TITLE : KS_ROLE_NUMBER, before);
    ks_put_in(in, 13 + w, y, w, KS_RIGHT, y == 0 ? KS_ROLE_TITLE : KS_ROLE_NUMBER, now);
    ks_put_in(in, 13 + 2 * w, y, w, KS_RIGHT, y == 0 ? KS_ROLE_TITLE : KS_ROLE_STRONG, fresh);
    ks_put_in(in, 13 + 3 * w, y, w, KS_RIGHT, y == 0 ? KS_ROLE_TITLE : KS_ROLE_FAINT, gone);
}

static void draw_counts(const struct ks_model *model, const struct compare *s, struct ks_canvas canvas)
{
    const struct ks_baseline *b = model->baseline;
    char title[400], one[170], two[170], t[5][64];
    if (s->counts_at.h == 0)
        return;
    names_text(one, sizeof one, model->paths, model->n_paths);
    names_text(two, sizeof two, b->paths, b->n_paths);
    snprintf(title, sizeof title, "%s against the baseline %s", one, two);
    struct ks_canvas in = ks_box(canvas, s->counts_at, KS_ROLE_BORDER, title);
    bool c = b->compared, there = b->capture != NULL;
    draw_count(in, 0, "", "baseline", "here", "new here", "gone");
    count_text(t[0], sizeof t[0], there ? b->capture->info.packets : 0, there);
    draw_count(in, 1, "packets", t[0], ks_format_count(t[1], sizeof t[1], model->capture->info.packets), "", "");
    count_text(t[0], sizeof t[0], b->hosts.n - b->hosts.n_new, c);
    count_text(t[1], sizeof t[1], b->hosts.n - b->hosts.n_gone, c);
    count_text(t[2], sizeof t[2], b->hosts.n_new, c);
    count_text(t[3], sizeof t[3], b->hosts.n_gone, c);
    draw_count(in, 2, "hosts", t[0], t[1], t[2], t[3]);
    count_text(t[0], sizeof t[0], b->items.n - b->items.n_new, c);
    count_text(t[1], sizeof t[1], b->items.n - b->items.n_gone, c);
    count_text(t[2], sizeof t[2], b->items.n_new, c);
    count_text(t[3], sizeof t[3], b->items.n_gone, c);
    draw_count(in, 3, "items (u)", t[0], t[1], t[2], t[3]);
    count_text(t[2], sizeof t[2], b->new_rules.n_new, c);
    if (c && b->new_rules.looked == KS_COMPARED_RULES) /* the rest was not looked at */
        snprintf(t[2] + strlen(t[2]), sizeof t[2] - strlen(t[2]), "+");
    if (b->mined != NULL)
        ks_count_format(t[0], sizeof t[0], b->rules, true);
    else
        snprintf(t[0], sizeof t[0], "…");
    draw_count(in, 4, "rules", t[0], ks_count_format(t[1], sizeof t[1], model->count, true), t[2], "");
    count_text(t[0], sizeof t[0], b->knocks != NULL ? b->knocks->standing : 0, b->knocks != NULL);
    count_text(t[1], sizeof t[1], model->knocks != NULL ? model->knocks->standing : 0, model->knocks != NULL);
    count_text(t[2], sizeof t[2], s->new_knocks, s->knocks != NULL);
    count_text(t[3], sizeof t[3], s->gone_knocks, s->knocks != NULL);
    draw_count(in, 5, "knocks", t[0], t[1], t[2], t[3]);
}

/* What one row of the list says. */
struct words {
    char what[300], before[32], now[32], note[200];
    bool fresh, gone, aside;
};

static void knock_words(const struct ks_model *model, const struct row *row, struct words *w)
{
    const struct ks_knock *k = row->gone ? &model->baseline->knocks->at[row->knock] : &model->knocks->at[row->knock];
    ks_knock_text(w->what, sizeof w->what, k);
    w->gone = row->gone;
    w->fresh = !row->gone && row->before == 0;
    w->aside = !row->gone && k->set_aside != NULL;
    ks_format_count(w->before, sizeof w->before, (uint64_t)row->before);
    ks_format_count(w->now, sizeof w->now, row->gone ? 0 : k->n_activations);
    snprintf(w->note, sizeof w->note, "%s", w->aside ? k->set_aside : "");
}

static void rule_words(const struct ks_new_rule *r, struct words *w)
{
    size_t used = 0;
    for (unsigned i = 0; i < (unsigned)r->n_if + r->n_then && used < sizeof w->what; i++) {
        char item[40];
        int n = snprintf(w->what + used, sizeof w->what - used, "%s%s", i == 0 ? "" : i == r->n_if ? " ⇒ " : ", ",
                         ks_item_format(item, sizeof item, r->items[i]));
        used += n > 0 ? (size_t)n : 0;
    }
    w->fresh = true;
    snprintf(w->before, sizeof w->before, "0");
    ks_format_count(w->now, sizeof w->now, r->counts.xy);
    snprintf(w->note, sizeof w->note, "%.3f", ks_cpir(r->counts));
}

static void row_words(const struct ks_model *model, const struct compare *s, uint64_t i, struct words *w)
{
    const struct ks_baseline *b = model->baseline;
    *w = (struct words){0};
    if (s->kind == KNOCKS) {
        knock_words(model, &s->knocks[i], w);
        return;
    }
    if (s->kind == RULES) {
        rule_words(&b->new_rules.at[i], w);
        return;
    }
    const struct ks_compared *c = s->kind == ITEMS ? &b->items.at[i] : &b->hosts.at[i];
    if (s->kind == ITEMS)
        ks_item_format(w->what, sizeof w->what, c->item);
    else
        ks_format_address(w->what, sizeof w->what, &c->host);
    ks_format_count(w->before, sizeof w->before, c->before);
    ks_format_count(w->now, sizeof w->now, c->now);
    w->fresh = c->before == 0;
    w->gone = c->now == 0;
}

static void draw_row(const struct compare *s, struct ks_canvas in, int y, const struct words *w, uint64_t i)
{
    struct ks_canvas body = ks_sub(in, (struct ks_rect){1, y, in.w - 2, 1});
    ks_style style = w->aside || w->gone ? KS_ROLE_FAINT : w->fresh ? KS_ROLE_STRONG : KS_ROLE_TEXT;
    ks_column_put(body, 0, &s->columns[0], w->fresh ? KS_ROLE_WARN : KS_ROLE_FAINT, w->fresh ? "new" : w->gone ? "gone" : "");
    ks_column_put(body, 0, &s->columns[1], w->fresh && !w->aside && s->kind == KNOCKS ? KS_ROLE_KNOCK : style, w->what);
    ks_column_put(body, 0, &s->columns[2], style, w->before);
    ks_column_put(body, 0, &s->columns[3], style, w->now);
    ks_column_put(body, 0, &s->columns[4], KS_ROLE_FAINT, w->note);
    if (i == s->list[s->kind].at)
        ks_restyle(in, (struct ks_rect){0, y, in.w, 1}, KS_ROLE_SELECTED);
    ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, (int64_t)i);
}

static const char *nothing(const struct ks_model *model, const struct compare *s)
{
    const struct ks_baseline *b = model->baseline;
    if (ks_worker_busy(model->worker, KS_JOB_OTHER))
        return b->capture == NULL ? "Reading the baseline ..." : "Comparing ...";
    if (b->capture == NULL)
        return "The baseline has not been read: it was stopped. b reads one.";
    return s->kind == RULES ? "No rule here is new: the items of each were together in the baseline too."
           : s->kind == KNOCKS ? "No knocks in either capture."
                               : "Nothing in either capture.";
}

static void compare_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct compare *s = state;
    const struct ks_model *model = &app->model;
    const struct ks_baseline *b = model->baseline;
    if (b == NULL || model->capture == NULL) {
        struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_FOCUS, "Compare");
        ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_TEXT,
                       "There is no baseline. Press b and type the path of a capture from a time when all was well: what is new here against it is listed.");
        return;
    }
    draw_counts(model, s, canvas);
    const struct ks_list *list = &s->list[s->kind];
    struct ks_canvas in = ks_box(canvas, s->list_at, KS_ROLE_FOCUS, "");
    int x = s->list_at.x + 2;
    for (int k = 0; k < KINDS; k++) {
        char text[64];
        bool here = k == (int)s->kind;
        snprintf(text, sizeof text, here ? "[%s]" : " %s ", kind_names[k]);
        int end = ks_put(canvas, x, s->list_at.y, here ? KS_ROLE_FOCUS : KS_ROLE_TITLE, text);
        ks_zone(canvas, (struct ks_rect){x, s->list_at.y, end - x, 1}, KS_DO_NEXT_PANE, k + 1);
        x = end;
    }
    ks_columns_head(ks_sub(in, (struct ks_rect){1, 0, in.w - 2, 1}), 0, s->columns, COLUMNS, COLUMNS, false);
    if (list->n == 0)
        ks_put_wrapped(in, 1, 1, in.w - 2, in.h - 1, KS_ROLE_FAINT, nothing(model, s));
    for (int y = 1; y < in.h && list->top + (uint64_t)y - 1 < list->n; y++) {
        struct words w;
        row_words(model, s, list->top + (uint64_t)y - 1, &w);
        draw_row(s, in, y, &w, list->top + (uint64_t)y - 1);
    }
    ks_scrollbar(canvas, canvas.w - 1, s->list_at.y + 2, in.h - 1, list->top, (uint64_t)list->visible, list->n);
}

/* Goes to what the row is about. */
static unsigned enter(struct ks_app *app, const struct compare *s)
{
    const struct ks_model *model = &app->model;
    const struct ks_list *list = &s->list[s->kind];
    char text[200], a[48], b[48];
    if (list->at >= rows(model, s, s->kind) || s->generation != model->generation)
        return KS_FX_HANDLED;
    switch (s->kind) {
    case KNOCKS: {
        struct row row = s->knocks[list->at];
        if (row.gone) {
            ks_say(&app->model, KS_SAY_INFO, "this knock is in the baseline only");
            return KS_FX_DONE;
        }
        unsigned effects = ks_goto(app, "knocks"); /* frees s */
        ks_app_act(app, &(struct ks_request){.action = KS_DO_SELECT, .number = (int64_t)row.knock});
        return effects;
    }
    case RULES: {
        const struct ks_new_rule *r = &model->baseline->new_rules.at[list->at];
        if (r->n_if != 1 || r->n_then != 1)
            return ks_open(app, "rule", NULL, (int64_t)r->row);
        snprintf(text, sizeof text, "%s %s", ks_item_format(a, sizeof a, r->items[0]), ks_item_format(b, sizeof b, r->items[1]));
        return ks_open(app, "rule", text, 0);
    }
    case ITEMS:
        snprintf(text, sizeof text, "filter port:%s", ks_item_format(a, sizeof a, model->baseline->items.at[list->at].item));
        ks_goto(app, "rules"); /* frees s */
        ks_say_status(&app->model, ks_app_command(app, text));
        return KS_FX_DONE;
    default:
        snprintf(text, sizeof text, "narrow host %s", ks_format_address(a, sizeof a, &model->baseline->hosts.at[list->at].host));
        ks_say_status(&app->model, ks_app_command(app, text));
        return KS_FX_DONE;
    }
}

static unsigned compare_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct compare *s = state;
    switch (request->action) {
    case KS_DO_NEXT_PANE:
    case KS_DO_PREVIOUS_PANE:
    case KS_DO_RIGHT:
    case KS_DO_LEFT: {
        int step = request->action == KS_DO_NEXT_PANE || request->action == KS_DO_RIGHT ? 1 : KINDS - 1;
        bool named = request->clicked && request->number >= 1 && request->number <= KINDS;
        s->kind = named ? (enum kind)(request->number - 1) : (enum kind)(((int)s->kind + step) % KINDS);
        return KS_FX_DONE;
    }
    case KS_DO_COMPARE: return KS_FX_HANDLED;
    case KS_DO_NO_BASELINE:
        ks_baseline_forget(&app->model);
        app->model.generation++;
        return KS_FX_DONE;
    case KS_DO_ENTER: return app->model.baseline != NULL ? enter(app, s) : KS_FX_HANDLED;
    default: return ks_list_act(&s->list[s->kind], (int)request->action, request->number) ? KS_FX_DONE : 0;
    }
}

static bool compare_can(const struct ks_app *app, const void *state, enum ks_action action)
{
    (void)state;
    return action == KS_DO_NO_BASELINE ? app->model.baseline != NULL : action != KS_DO_SEARCH && action != KS_DO_EXPORT;
}

static void compare_summary(const struct ks_app *app, const void *state, char *out, size_t cap)
{
    const struct compare *s = state;
    const struct ks_baseline *b = app->model.baseline;
    char n[32];
    if (b == NULL || !b->compared)
        snprintf(out, cap, "%s", b == NULL ? "no baseline" : "comparing");
    else if (s->kind == KNOCKS)
        snprintf(out, cap, "%zu new knock%s", s->new_knocks, s->new_knocks == 1 ? "" : "s");
    else if (s->kind == RULES)
        snprintf(out, cap, "%s new among the first %" PRIu64, ks_format_count(n, sizeof n, b->new_rules.n_new), b->new_rules.looked);
    else
        snprintf(out, cap, "%s new", ks_format_count(n, sizeof n, s->kind == ITEMS ? b->items.n_new : b->hosts.n_new));
}

static void compare_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct compare *s = state;
    const struct ks_baseline *b = app->model.baseline;
    if (b == NULL || !b->compared || s->generation != app->model.generation)
        return;
    ks_text_addf(out, "compare.hosts %zu new %zu gone\ncompare.items %zu new %zu gone\ncompare.rules %" PRIu64 " new of %" PRIu64 "\n",
                 b->hosts.n_new, b->hosts.n_gone, b->items.n_new, b->items.n_gone, b->new_rules.n_new, b->new_rules.looked);
    ks_text_addf(out, "compare.knocks %zu new %zu gone\n", s->new_knocks, s->gone_knocks);
    for (uint64_t i = 0; i < rows(&app->model, s, s->kind); i++) {
        struct words w;
        row_words(&app->model, s, i, &w);
        ks_text_addf(out, "compare.%s %s %s %s\n", w.fresh ? "new" : w.gone ? "gone" : "known", w.what, w.before, w.now);
    }
}

const struct ks_screen_ops ks_screen_compare = {
    .name = "compare",
    .title = "Compare",
    .place = KS_ON_COMPARE,
    .open = compare_open,
    .close = compare_close,
    .layout = compare_layout,
    .draw = compare_draw,
    .act = compare_act,
    .changed = compare_changed,
    .can = compare_can,
    .summary = compare_summary,
    .dump = compare_dump,
};
