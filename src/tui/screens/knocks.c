/* The ranked knocks: what was found, its activations as lanes in time, and why it stands where it stands. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "export/evidence.h"
#include "tui/app/app.h"
#include "tui/model/baseline.h"
#include "tui/app/globals.h"
#include "tui/screens/lanes.h"
#include "tui/toolkit/layout.h"

/* Zones of the second list are told apart from those of the first by this. */
static const int64_t second_list = INT64_C(1) << 40;

enum { PANE_KNOCKS, PANE_ACTIVATIONS, COLUMNS = 9, MEASURED = 500 /* rows whose texts say how wide columns are */ };

struct knocks {
    struct ks_list list, activations;
    int pane;
    bool standing_only; /* what is set aside is hidden */
    uint64_t generation, of; /* of the list; the row whose activations show */
    int sequence_w, hosts_w; /* columns that the longest texts of the list need */
    int activations_h;       /* rows that the most activations of any knock need */
    struct ks_column columns[COLUMNS];
    struct ks_rect list_at, lanes_at, why_at;
    int64_t anchor; /* first row of a range of marks, or -1 */
};

static uint64_t rows(const struct knocks *s, const struct ks_model *model)
{
    if (model->knocks == NULL)
        return 0;
    return s->standing_only ? model->knocks->standing : model->knocks->n;
}

static const struct ks_knock *current(const struct knocks *s, const struct ks_model *model)
{
    return s->list.at < rows(s, model) ? &model->knocks->at[s->list.at] : NULL;
}

static void *knocks_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    struct knocks *s = ks_zalloc(1, sizeof *s);
    if (s == NULL) {
        ks_say_status(&app->model, ks_nomem("the knocks screen"));
        return NULL;
    }
    s->anchor = -1;
    s->list.at = number > 0 ? (uint64_t)number : 0;
    return s;
}

static void knocks_close(struct ks_app *app, void *state)
{
    (void)app;
    ks_free(state);
}

static void hosts_text(char *out, size_t cap, const struct ks_log *log, const struct ks_knock *knock)
{
    char a[48], b[48], many[24];
    if (knock->n_activations == 0) {
        out[0] = '\0';
        return;
    }
    const struct ks_activation *first = &knock->activations[0];
    ks_format_address(a, sizeof a, &log->hosts[first->source]);
    ks_format_address(b, sizeof b, &log->hosts[first->target]);
    if (knock->evidence.sources > 1) {
        snprintf(many, sizeof many, "%u sources", knock->evidence.sources);
        snprintf(out, cap, "%s → %s", many, b);
    } else {
        snprintf(out, cap, "%s → %s", a, b);
    }
    if (knock->evidence.targets > 1) {
        size_t used = strlen(out);
        snprintf(out + used, cap - used, " +%u", knock->evidence.targets - 1);
    }
}

static void fit_columns(const struct ks_model *model, struct knocks *s, int w)
{
    static const struct ks_column columns[COLUMNS] = {
        {.title = "#", .min = 4, .align = KS_RIGHT},
        {.title = "sequence", .min = 30, .grow = 2},
        {.title = "times", .min = 5, .align = KS_RIGHT, .rank = 1},
        {.title = "order", .min = 5, .align = KS_RIGHT, .rank = 5},
        {.title = "closed", .min = 7, .align = KS_RIGHT, .rank = 4},
        {.title = "opened", .min = 7, .grow = 1, .rank = 2},
        {.title = "source → target", .min = 22, .grow = 1, .rank = 6},
        {.title = "q", .min = 8, .grow = 4, .rank = 3},
        {.title = "before", .min = 6, .align = KS_RIGHT, .rank = 1},
    };
    memcpy(s->columns, columns, sizeof columns);
    s->columns[1].min = s->sequence_w < 12 ? 12 : s->sequence_w > 30 ? 30 : s->sequence_w;
    s->columns[6].min = s->hosts_w < 16 ? 16 : s->hosts_w > 46 ? 46 : s->hosts_w;
    ks_columns_fit(s->columns, model->baseline != NULL ? COLUMNS : COLUMNS - 1, w - 5, 2);
}

/* Looks once at a list how wide its texts are. */
static void measure(struct ks_app *app, struct knocks *s)
{
    const struct ks_model *model = &app->model;
    char text[256];
    s->sequence_w = s->hosts_w = s->activations_h = 0;
    for (size_t i = 0; model->knocks != NULL && model->capture != NULL && i < model->knocks->n && i < MEASURED; i++) {
        int w = ks_width(&app->grid, ks_knock_text(text, sizeof text, &model->knocks->at[i]));
        s->sequence_w = w > s->sequence_w ? w : s->sequence_w;
        size_t n = model->knocks->at[i].n_activations < 1000 ? model->knocks->at[i].n_activations : 1000;
        s->activations_h = (int)n + 3 > s->activations_h ? (int)n + 3 : s->activations_h;
        hosts_text(text, sizeof text, &model->capture->log, &model->knocks->at[i]);
        w = ks_width(&app->grid, text);
        s->hosts_w = w > s->hosts_w ? w : s->hosts_w;
    }
}

/* The reasons in words. Returns out. */
static char *why_text(char *out, size_t cap, const struct ks_knock *knock)
{
    const struct ks_evidence *e = &knock->evidence;
    char span[24], q[24];
    snprintf(out, cap, "%s%s%s · q %s · median span %s · %.0f %% of what the source tried there%s",
             knock->set_aside != NULL ? knock->set_aside : "", knock->set_aside != NULL ? " · " : "", knock->why != NULL ? knock->why : "",
             ks_format_ln_p(q, sizeof q, knock->ln_q), ks_format_span(span, sizeof span, e->span_median),
             e->focus * 100, e->spoofed ? " · one source per packet: spoofed" : "");
    return out;
}

/* Rows of the box of reasons: all that they need where the lanes can spare them, at most a third. */
static int why_rows(int room, int reasons, size_t activations)
{
    int lanes = activations < 4 ? (int)activations + 3 : 7;
    int most = room - lanes > room / 3 ? room - lanes : room / 3;
    int want = reasons + 2;
    if (room < 10)
        return 0;
    return want < 4 ? 4 : want < most ? want : most < 4 ? 4 : most;
}

static void knocks_layout(struct ks_app *app, void *state, int w, int h)
{
    struct knocks *s = state;
    const struct ks_model *model = &app->model;
    if (s->generation != model->knocks_generation) {
        s->generation = model->knocks_generation;
        s->anchor = -1;
        measure(app, s);
    }
    uint64_t n = rows(s, model);
    struct ks_rect rest = {0, 0, w, h};
    /* The list takes what it needs up to two fifths, or what no knock's lanes need; the lanes the rest but for the reasons. */
    int wanted = (int)(n < 1000 ? n : 1000) + 3, most = h * 2 / 5 > 5 ? h * 2 / 5 : h / 2;
    if (h - s->activations_h - 6 > most)
        most = h - s->activations_h - 6;
    s->list_at = ks_take_rows(&rest, n == 0 ? h : wanted < most ? wanted : most);
    ks_list_fit(&s->list, n, s->list_at.h - 2);
    fit_columns(model, s, w);
    const struct ks_knock *knock = current(s, model);
    char why[1024];
    int reasons = knock != NULL ? ks_wrapped_rows(&app->grid, w - 4, why_text(why, sizeof why, knock)) : 0;
    s->why_at = ks_take_rows(&rest, -why_rows(rest.h, reasons, knock != NULL ? knock->n_activations : 0));
    s->lanes_at = rest;
    if (s->of != s->list.at) {
        s->of = s->list.at;
        s->activations = (struct ks_list){0};
    }
    ks_list_fit(&s->activations, knock != NULL ? knock->n_activations : 0, s->lanes_at.h - 2);
}

static void opened_text(char *out, size_t cap, const struct ks_knock *knock)
{
    char item[40];
    if (knock->n_opened == 0)
        snprintf(out, cap, "—");
    else if (knock->n_opened == 1)
        snprintf(out, cap, "%s", ks_item_format(item, sizeof item, knock->opened[0]));
    else
        snprintf(out, cap, "%s +%zu", ks_item_format(item, sizeof item, knock->opened[0]), knock->n_opened - 1);
}

static void draw_row(const struct knocks *s, const struct ks_model *model, struct ks_canvas in, int y, uint64_t i)
{
    const struct ks_knock *k = &model->knocks->at[i];
    const struct ks_evidence *e = &k->evidence;
    bool marked = ks_model_knock_marked(model, k), aside = k->set_aside != NULL;
    ks_style style = aside ? KS_ROLE_FAINT : KS_ROLE_TEXT;
    char text[256];
    ks_put(in, 1, y, KS_ROLE_MARKED, marked ? "●" : " ");
    struct ks_canvas row = ks_sub(in, (struct ks_rect){2, y, in.w - 2, 1});
    if (aside)
        snprintf(text, sizeof text, "·");
    else
        snprintf(text, sizeof text, "%" PRIu64, i + 1);
    ks_column_put(row, 0, &s->columns[0], style, text);
    ks_knock_text(text, sizeof text, k);
    ks_column_put(row, 0, &s->columns[1], aside ? KS_ROLE_FAINT : KS_ROLE_KNOCK | KS_BOLD, text);
    snprintf(text, sizeof text, "%zu", k->n_activations);
    ks_column_put(row, 0, &s->columns[2], style, text);
    if (k->one_time)
        snprintf(text, sizeof text, "—");
    else
        snprintf(text, sizeof text, "%u/%u", e->in_order, e->activations);
    ks_column_put(row, 0, &s->columns[3], style, text);
    snprintf(text, sizeof text, "%u/%u", e->closed, e->attempts);
    ks_column_put(row, 0, &s->columns[4], style, text);
    opened_text(text, sizeof text, k);
    ks_column_put(row, 0, &s->columns[5], aside ? style : k->n_opened > 0 ? KS_ROLE_OPENED : style, text);
    hosts_text(text, sizeof text, &model->capture->log, k);
    ks_column_put(row, 0, &s->columns[6], style, text);
    if (aside) { /* as much as there is room for, not the half of a word: the pane below has all */
        size_t name = strcspn(k->set_aside, ":");
        bool whole = ks_width(in.grid, k->set_aside) <= s->columns[7].w;
        snprintf(text, sizeof text, "%.*s", whole ? (int)strlen(k->set_aside) : (int)name, k->set_aside);
        if (ks_width(in.grid, text) > s->columns[7].w)
            snprintf(text, sizeof text, "aside");
    } else {
        ks_format_ln_p(text, sizeof text, k->ln_q);
    }
    ks_column_put(row, 0, &s->columns[7], style, text);
    int64_t before = ks_baseline_knock(model, k);
    if (before >= 0) {
        snprintf(text, sizeof text, "%" PRId64, before);
        ks_column_put(row, 0, &s->columns[8], before == 0 && !aside ? KS_ROLE_WARN | KS_BOLD : KS_ROLE_FAINT, before == 0 ? "new" : text);
    }
    if (i == s->list.at)
        ks_restyle(in, (struct ks_rect){0, y, in.w, 1}, s->pane == PANE_KNOCKS ? KS_ROLE_SELECTED : (KS_ROLE_NONE | KS_BOLD));
    ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, (int64_t)i);
}

static void draw_list(const struct knocks *s, const struct ks_model *model, struct ks_canvas canvas)
{
    size_t recurring = 0, once = 0;
    char title[128];
    for (size_t i = 0; i < model->knocks->standing; i++)
        *(model->knocks->at[i].kind == KS_KNOCK_RECURRING ? &recurring : &once) += 1;
    int used = snprintf(title, sizeof title, "Knocks ── %zu recurring · %zu one-shot · %zu set aside%s", recurring, once,
                        model->knocks->n - model->knocks->standing, s->standing_only ? " (hidden, x shows them)" : "");
    if (model->knocks->all_scans > 0 && used > 0 && (size_t)used < sizeof title)
        snprintf(title + used, sizeof title - (size_t)used, " · %zu port scan%s taken out", model->knocks->all_scans,
                 model->knocks->all_scans == 1 ? "" : "s");
    struct ks_canvas in = ks_box(canvas, s->list_at, s->pane == PANE_KNOCKS ? KS_ROLE_FOCUS : KS_ROLE_BORDER, title);
    ks_columns_head(ks_sub(in, (struct ks_rect){2, 0, in.w - 2, 1}), 0, s->columns, model->baseline != NULL ? COLUMNS : COLUMNS - 1, COLUMNS, false);
    for (int y = 1; y < in.h && s->list.top + (uint64_t)y - 1 < s->list.n; y++)
        draw_row(s, model, in, y, s->list.top + (uint64_t)y - 1);
    ks_scrollbar(canvas, canvas.w - 1, s->list_at.y + 2, in.h - 1, s->list.top, (uint64_t)s->list.visible, s->list.n);
}

/* What the colours of ports mean, in the frame's top line where there is room. */
static void draw_legend(struct ks_canvas canvas, struct ks_rect at, int title_w)
{
    static const enum ks_outcome outcomes[] = {KS_REFUSED, KS_SILENT, KS_OPEN, KS_UNREACHABLE};
    int x = at.w - 34;
    if (x < title_w)
        return;
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
        x = ks_put(canvas, at.x + x, at.y, KS_ROLE_BORDER, " ");
        x = ks_put(canvas, x, at.y, ks_outcome_style(outcomes[i]) | KS_BOLD, ks_outcome_name(outcomes[i])) - at.x;
    }
    ks_put(canvas, at.x + x, at.y, KS_ROLE_BORDER, " ");
}

/* Columns for what followed: what the visible ones need, as long as lanes keep half of the room. */
static int after_width(const struct knocks *s, const struct ks_grid *grid, const struct ks_knock *knock, int room)
{
    char text[160];
    int need = 0, most = room / 2 < room - 30 ? room / 2 : room - 30;
    for (uint64_t i = s->activations.top; i < s->activations.n && i < s->activations.top + (uint64_t)s->activations.visible; i++) {
        int w = ks_width(grid, ks_lane_after(text, sizeof text, &knock->activations[i], INT_MAX));
        need = w > need ? w : need;
    }
    most = need < most ? need : most;
    return most < 8 ? 0 : most;
}

static void draw_lanes(const struct knocks *s, const struct ks_model *model, struct ks_canvas canvas, const struct ks_knock *knock)
{
    const struct ks_log *log = &model->capture->log;
    bool local = model->settings.habits.local_time, several = knock->evidence.sources > 1 || knock->evidence.targets > 1;
    bool dated = log->time[knock->activations[knock->n_activations - 1].events[0]] - knock->activations[0].time > INT64_C(64800000000000);
    char title[200], text[160];
    if (s->columns[6].w > 0)
        snprintf(title, sizeof title, "Activations of row %" PRIu64, s->list.at + 1);
    else /* the list has no room for them */
        snprintf(title, sizeof title, "Row %" PRIu64 " · %s", s->list.at + 1, (hosts_text(text, sizeof text, log, knock), text));
    struct ks_canvas in =
        ks_box(canvas, s->lanes_at, s->pane == PANE_ACTIVATIONS ? KS_ROLE_FOCUS : KS_ROLE_BORDER, title);
    draw_legend(canvas, s->lanes_at, ks_width(canvas.grid, title) + 4);
    int time_w = dated ? 18 : 12, hosts_w = several && in.w > 100 ? 33 : 0;
    int x = 2 + time_w + 2 + (hosts_w > 0 ? hosts_w + 2 : 0), after_w = after_width(s, canvas.grid, knock, in.w - x);
    int lane_w = in.w - x - after_w - (after_w > 0 ? 2 : 0);
    int64_t span = ks_lane_span(log, knock);
    snprintf(text, sizeof text, "time (%s)", local ? "local" : "UTC");
    ks_put_in(in, 2, 0, time_w, KS_LEFT, KS_ROLE_TITLE, text);
    if (hosts_w > 0)
        ks_put_in(in, 2 + time_w + 2, 0, hosts_w, KS_LEFT, KS_ROLE_TITLE, "source → target");
    ks_lane_scale(in, x, 0, lane_w, span);
    if (after_w > 0)
        ks_put_in(in, x + lane_w + 2, 0, after_w, KS_LEFT, KS_ROLE_TITLE, "then");
    for (int y = 1; y < in.h && s->activations.top + (uint64_t)y - 1 < s->activations.n; y++) {
        uint64_t i = s->activations.top + (uint64_t)y - 1;
        const struct ks_activation *a = &knock->activations[i];
        bool here = i == s->activations.at && s->pane == PANE_ACTIVATIONS;
        ks_put(in, 0, y, KS_ROLE_CURSOR | KS_BOLD, here ? "▶" : " ");
        ks_put_in(in, 2, y, time_w, KS_LEFT, here ? KS_ROLE_STRONG : KS_ROLE_TEXT, ks_clock(text, sizeof text, a->time, dated, local));
        if (hosts_w > 0) {
            char from[48], to[48];
            ks_format_address(from, sizeof from, &log->hosts[a->source]);
            ks_format_address(to, sizeof to, &log->hosts[a->target]);
            ks_putf_in(in, 2 + time_w + 2, y, hosts_w, KS_LEFT, KS_ROLE_FAINT, "%s%s → %s", from, a->n_sources > 1 ? " …" : "", to);
        }
        ks_lane_draw(in, x, y, lane_w, log, a, span);
        if (after_w > 0)
            ks_put_in(in, x + lane_w + 2, y, after_w, KS_LEFT, a->opened ? KS_ROLE_OPENED : KS_ROLE_FAINT,
                      a->opened ? ks_lane_after(text, sizeof text, a, after_w) : "");
        ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, second_list + (int64_t)i);
    }
    ks_scrollbar(canvas, canvas.w - 1, s->lanes_at.y + 2, in.h - 1, s->activations.top, (uint64_t)s->activations.visible, s->activations.n);
}

static void draw_why(const struct ks_app *app, const struct knocks *s, struct ks_canvas canvas, const struct ks_knock *knock)
{
    char title[64], text[1024];
    if (s->why_at.h < 3)
        return;
    if (knock->set_aside != NULL)
        snprintf(title, sizeof title, "Why it is set aside");
    else if (s->list.at == 0)
        snprintf(title, sizeof title, "Why it stands first");
    else
        snprintf(title, sizeof title, "Why it stands at %" PRIu64 " of %zu", s->list.at + 1, app->model.knocks->standing);
    struct ks_canvas in = ks_box(canvas, s->why_at, KS_ROLE_BORDER, title);
    ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_TEXT, why_text(text, sizeof text, knock));
}

/* The port scans whose probes were taken out, where no knock needs the room. */
static void draw_scans(const struct ks_model *model, struct ks_canvas in)
{
    const struct ks_knocks *found = model->knocks;
    char time[48], a[48], b[48], n[32];
    ks_putf_in(in, 0, 0, in.w, KS_LEFT, KS_ROLE_TITLE, "probes of port scanners, taken out before (%s)",
               ks_format_count(n, sizeof n, found->all_probes));
    for (int y = 1; y < in.h && (size_t)y <= found->all_scans; y++) {
        size_t left = found->all_scans - (size_t)y + 1;
        if ((size_t)y > found->n_scans || (y == in.h - 1 && left > 1)) {
            ks_putf_in(in, 0, y, in.w, KS_LEFT, KS_ROLE_FAINT, "and %zu more", left);
            break;
        }
        const struct ks_scan *scan = &found->scans[y - 1];
        ks_clock(time, sizeof time, scan->first, true, model->settings.habits.local_time);
        ks_format_address(a, sizeof a, &model->capture->log.hosts[scan->source]);
        ks_format_address(b, sizeof b, &model->capture->log.hosts[scan->target]);
        ks_putf_in(in, 0, y, in.w, KS_LEFT, KS_ROLE_TEXT, "%s  %s → %s  %s probes at %u ports", time, a, b,
                   ks_format_count(n, sizeof n, scan->probes), scan->ports);
    }
}

static void draw_empty(const struct ks_model *model, struct ks_canvas canvas)
{
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_FOCUS, "Knocks");
    const char *text = model->loading ? "Reading ..." : "No capture is open. Press o and type its path.";
    if (model->capture == NULL && !model->loading && !ks_is_ok(model->load_status)) {
        int y = ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_BAD, model->load_status.message) + 1;
        in = ks_sub(in, (struct ks_rect){0, y, in.w, in.h - y});
    }
    if (model->capture != NULL && (model->knocks == NULL || ks_model_pending(model) != NULL))
        text = "Looking for knocks ...";
    else if (model->capture != NULL && model->capture->log.n_attempts == 0)
        text = "There are no attempts in this capture: no TCP SYN and no first datagram of a UDP flow. A knock cannot be seen without them.";
    else if (model->capture != NULL && model->knocks->n > 0)
        text = "No knock stands. Some candidates are set aside: press x to see them with their reasons.";
    else if (model->capture != NULL)
        text = "No knock was found: no sequence of attempts recurs beyond chance, and no burst of attempts to closed ports was followed by a "
               "port that opened.\n\nWhat leaves no sequence cannot be found this way: single-packet authorisation, secrets in sequence numbers. "
               "Press 3 for the rules, 1 for the parameters.";
    int y = ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_TEXT, text) + 1;
    if (model->capture != NULL && model->knocks != NULL && model->knocks->n_scans > 0)
        draw_scans(model, ks_sub(in, (struct ks_rect){1, y, in.w - 2, in.h - y}));
}

static void knocks_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct knocks *s = state;
    const struct ks_model *model = &app->model;
    const struct ks_knock *knock = current(s, model);
    if (knock == NULL || model->capture == NULL) {
        draw_empty(model, canvas);
        return;
    }
    draw_list(s, model, canvas);
    if (s->lanes_at.h >= 3 && knock->n_activations > 0)
        draw_lanes(s, model, canvas, knock);
    draw_why(app, s, canvas, knock);
}

static unsigned mark(struct ks_app *app, struct knocks *s, enum ks_action action)
{
    struct ks_model *model = &app->model;
    const struct ks_knock *knock = current(s, model);
    if (knock == NULL)
        return 0;
    if (action == KS_DO_MARK) {
        ks_model_knock_toggle(model, knock);
        ks_list_act(&s->list, KS_DO_DOWN, 0);
    } else if (action == KS_DO_MARK_ALL) {
        for (uint64_t i = 0; i < rows(s, model); i++)
            if (!ks_model_knock_marked(model, &model->knocks->at[i]))
                ks_model_knock_toggle(model, &model->knocks->at[i]);
    } else if (s->anchor < 0) {
        s->anchor = (int64_t)s->list.at;
        ks_say(model, KS_SAY_INFO, "marking from row %" PRIu64 ": go to the last row and press v again", s->list.at + 1);
    } else {
        uint64_t a = (uint64_t)s->anchor < s->list.at ? (uint64_t)s->anchor : s->list.at;
        uint64_t b = (uint64_t)s->anchor < s->list.at ? s->list.at : (uint64_t)s->anchor;
        for (uint64_t i = a; i <= b && i < rows(s, model); i++)
            if (!ks_model_knock_marked(model, &model->knocks->at[i]))
                ks_model_knock_toggle(model, &model->knocks->at[i]);
        s->anchor = -1;
    }
    return KS_FX_DONE;
}

/* Starts an entry of the allow list for a knock: its ports, and the one host that all activations share. Takes it off where an entry has set it aside. */
static unsigned allow(struct ks_app *app, const struct ks_knock *knock)
{
    const struct ks_log *log = &app->model.capture->log;
    struct ks_text text = {0};
    char word[64];
    size_t entry = ks_allow_find(app->model.allow, log, knock);
    if (entry != SIZE_MAX)
        return ks_model_allow_remove(&app->model, entry);
    for (size_t i = 0; i < knock->n_ports; i++) {
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again = again || knock->ports[k] == knock->ports[i];
        if (!again)
            ks_text_addf(&text, "%s%s", i > 0 ? "," : "", ks_item_format(word, sizeof word, knock->ports[i]));
    }
    if (knock->evidence.targets == 1)
        ks_text_addf(&text, " %s", ks_format_address(word, sizeof word, &log->hosts[knock->activations[0].target]));
    else if (knock->evidence.sources == 1)
        ks_text_addf(&text, " %s", ks_format_address(word, sizeof word, &log->hosts[knock->activations[0].source]));
    ks_text_add(&text, " # ");
    if (text.failed)
        ks_say_status(&app->model, ks_nomem("the entry"));
    unsigned effects = text.failed ? KS_FX_DONE : ks_ask_allow(app, ks_text_get(&text));
    ks_text_free(&text);
    return effects;
}

static unsigned copy(struct ks_app *app, const struct ks_knock *knock)
{
    char ports[256], text[512], hosts[128];
    hosts_text(hosts, sizeof hosts, &app->model.capture->log, knock);
    snprintf(text, sizeof text, "%s  %s", ks_knock_text(ports, sizeof ports, knock), hosts);
    return ks_copy(app, text) | KS_FX_DONE;
}

static unsigned narrow(struct ks_app *app, const struct knocks *s, const struct ks_knock *knock)
{
    struct ks_params params = app->model.settings.params;
    const struct ks_activation *a = &knock->activations[s->activations.at < knock->n_activations ? s->activations.at : 0];
    char text[48];
    params.narrow.by_host = true;
    params.narrow.host = app->model.capture->log.hosts[a->target];
    ks_say(&app->model, KS_SAY_INFO, "only events from and to %s now; Z takes the whole capture again",
           ks_format_address(text, sizeof text, &params.narrow.host));
    return ks_model_change(&app->model, &params, "narrow", false) | KS_FX_DONE;
}

static unsigned knocks_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct knocks *s = state;
    const struct ks_knock *knock = current(s, &app->model);
    switch (request->action) {
    case KS_DO_NEXT_PANE:
    case KS_DO_PREVIOUS_PANE:
        s->pane = knock != NULL && s->pane == PANE_KNOCKS ? PANE_ACTIVATIONS : PANE_KNOCKS;
        return KS_FX_DONE;
    case KS_DO_BACK:
        if (s->pane == PANE_KNOCKS)
            return 0;
        s->pane = PANE_KNOCKS;
        return KS_FX_DONE;
    case KS_DO_ASIDE:
        s->standing_only = !s->standing_only;
        return KS_FX_DONE;
    case KS_DO_MARK:
    case KS_DO_MARK_ALL:
    case KS_DO_MARK_RANGE: return mark(app, s, request->action);
    case KS_DO_UNMARK: ks_model_unmark(&app->model); return KS_FX_DONE;
    default: break;
    }
    if (knock == NULL)
        return 0;
    switch (request->action) {
    case KS_DO_ENTER:
        if (s->pane == PANE_KNOCKS && !request->clicked) {
            s->pane = PANE_ACTIVATIONS;
            return KS_FX_DONE;
        }
        return ks_open(app, "packets", NULL, (int64_t)(s->list.at << 32 | s->activations.at));
    case KS_DO_PACKETS: return ks_open(app, "packets", NULL, (int64_t)(s->list.at << 32 | s->activations.at));
    case KS_DO_ALLOW: return request->text != NULL && request->text[0] != '\0' ? 0 : allow(app, knock);
    case KS_DO_COPY: return copy(app, knock);
    case KS_DO_EXPORT: return ks_open(app, "export", request->text, (int64_t)s->list.at + 1);
    case KS_DO_NARROW:
        if (request->text != NULL)
            return 0; /* `:narrow host ...` is for everyone */
        return narrow(app, s, knock);
    case KS_DO_SELECT:
        if (request->number >= second_list) {
            s->pane = PANE_ACTIVATIONS;
            ks_list_act(&s->activations, KS_DO_SELECT, request->number - second_list);
            return KS_FX_DONE;
        }
        if (request->clicked)
            s->pane = PANE_KNOCKS;
        break;
    default: break;
    }
    struct ks_list *list = s->pane == PANE_ACTIVATIONS ? &s->activations : &s->list;
    return ks_list_act(list, (int)request->action, request->number) ? KS_FX_DONE : 0;
}

static bool knocks_can(const struct ks_app *app, const void *state, enum ks_action action)
{
    const struct knocks *s = state;
    const struct ks_model *model = &app->model;
    if (action == KS_DO_FILTER || action == KS_DO_UNFILTER)
        return false;
    if (action == KS_DO_ASIDE)
        return model->knocks != NULL && model->knocks->n > model->knocks->standing;
    if (action == KS_DO_MARK || action == KS_DO_ALLOW || action == KS_DO_PACKETS || action == KS_DO_NARROW)
        return current(s, model) != NULL;
    return true;
}

static bool knocks_search(struct ks_app *app, void *state, const char *text, int direction)
{
    struct knocks *s = state;
    uint64_t n = rows(s, &app->model);
    for (uint64_t step = direction == 0 ? 0 : 1; step <= n && n > 0; step++) {
        uint64_t i = direction < 0 ? (s->list.at + 2 * n - step) % n : (s->list.at + step) % n;
        const struct ks_knock *k = &app->model.knocks->at[i];
        char ports[256], hosts[128], opened[64];
        ks_knock_text(ports, sizeof ports, k);
        hosts_text(hosts, sizeof hosts, &app->model.capture->log, k);
        opened_text(opened, sizeof opened, k);
        if (strstr(ports, text) != NULL || strstr(hosts, text) != NULL || strstr(opened, text) != NULL ||
            (k->set_aside != NULL && strstr(k->set_aside, text) != NULL)) {
            s->list.at = i;
            s->pane = PANE_KNOCKS;
            return true;
        }
    }
    return false;
}

static void knocks_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct knocks *s = state;
    ks_text_addf(out, "row %" PRIu64 " of %" PRIu64 "\nactivation %" PRIu64 " of %" PRIu64 "\npane %d\nset-aside %s\n", s->list.at + 1,
                 rows(s, &app->model), s->activations.at + 1, s->activations.n, s->pane, s->standing_only ? "hidden" : "shown");
}

const struct ks_screen_ops ks_screen_knocks = {
    .name = "knocks",
    .title = "Knocks",
    .place = KS_ON_KNOCKS,
    .digit = '4',
    .open = knocks_open,
    .close = knocks_close,
    .layout = knocks_layout,
    .draw = knocks_draw,
    .act = knocks_act,
    .can = knocks_can,
    .search = knocks_search,
    .dump = knocks_dump,
};
