/* Snapshots side by side: one column each, the present first; Enter goes back to one. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/app/app.h"
#include "tui/toolkit/layout.h"
#include "tui/model/scale.h"

struct snapshots {
    struct ks_list list; /* columns: 0 is the present, then the newest snapshot ... */
    int shown, column;   /* columns that fit, and how wide each is */
    int top;             /* first row below the names that shows, where they do not all fit */
    int room;            /* rows below the names */
    bool compact;        /* no blank rows between */
};

enum { LABEL = 12, COLUMN = 20, NARROW_COLUMN = 13, BLANKS = 2 };

enum row { NAME, PRESET, ITEMS, WINDOW, SCOPE, SUPP, INTE, CONF, LENGTH, EVENTS, DISTINCT, WINDOWS, RULES, CHANCE, KNOCKS, STRONGEST, ROWS };

static const char *const labels[ROWS] = {"",        "preset",   "items",    "window", "scope",      "minSupp", "minInte", "minConf",
                                         "length",  "events t", "items u",  "windows l", "rules", "by chance", "knocks", "strongest"};

static void *snapshots_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    (void)number;
    struct snapshots *s = ks_zalloc(1, sizeof *s);
    if (s == NULL)
        ks_say_status(&app->model, ks_nomem("the snapshots screen"));
    else
        s->list.at = app->model.n_snapshots > 0 ? 1 : 0;
    return s;
}

static void snapshots_close(struct ks_app *app, void *state)
{
    (void)app;
    ks_free(state);
}

static void snapshots_layout(struct ks_app *app, void *state, int w, int h)
{
    struct snapshots *s = state;
    s->column = w < LABEL + 2 * COLUMN + 2 ? NARROW_COLUMN : COLUMN;
    s->shown = (w - 2 - LABEL) / s->column;
    s->room = h - 3 > 0 ? h - 3 : 0;
    s->compact = s->room < ROWS + BLANKS;
    int most = s->compact && s->room < ROWS - 1 ? ROWS - 1 - s->room : 0;
    s->top = s->top > most ? most : s->top;
    s->shown = s->shown < 1 ? 1 : s->shown;
    ks_list_fit(&s->list, app->model.n_snapshots + 1, s->shown);
}

/* Where a row stands; rows that are scrolled away stand below the last one. */
static int row_y(const struct snapshots *s, int row)
{
    if (row == NAME)
        return 0;
    if (!s->compact)
        return row + 1 + (row >= EVENTS);
    return row <= s->top ? s->room + 1 : row - s->top;
}

/* The present as a snapshot. */
static struct ks_snapshot present(const struct ks_model *model)
{
    struct ks_snapshot s = {.name = "now",
                            .params = model->settings.params,
                            .choice = model->choice,
                            .rules = model->count,
                            .expected = model->expected,
                            .standing = model->knocks != NULL ? model->knocks->standing : 0};
    if (model->mined != NULL) {
        s.t = model->mined->sets.t;
        s.u = model->mined->sets.u;
        s.l = model->mined->sets.l;
    }
    if (s.standing > 0)
        ks_knock_text(s.strongest, sizeof s.strongest, &model->knocks->at[0]);
    return s;
}

static void threshold_text(char *out, size_t cap, enum ks_axis axis, double value, uint32_t l, bool automatic)
{
    char number[40];
    snprintf(out, cap, "%s%s", ks_format_threshold(number, sizeof number, axis, value, l), automatic ? " auto" : "");
}

static void cell_text(const struct ks_snapshot *s, enum row row, char *out, size_t cap)
{
    const struct ks_params *p = &s->params;
    out[0] = '\0';
    switch (row) {
    case NAME:
        snprintf(out, cap, "%s", s->name);
        break;
    case PRESET:
        snprintf(out, cap, "%s", ks_preset_name(p->preset));
        break;
    case ITEMS:
        snprintf(out, cap, "%s", ks_items_name(p->items));
        break;
    case WINDOW:
        ks_windowing_format(out, cap, &p->windowing);
        break;
    case SCOPE:
        snprintf(out, cap, "%s", ks_scope_name(p->windowing.scope));
        break;
    case SUPP:
        threshold_text(out, cap, KS_AXIS_SUPP, s->choice.min_supp, s->l, p->min_supp.automatic);
        break;
    case INTE:
        threshold_text(out, cap, KS_AXIS_INTE, s->choice.min_inte, s->l, p->min_inte.automatic);
        break;
    case CONF:
        threshold_text(out, cap, KS_AXIS_CONF, s->choice.min_conf, s->l, p->min_conf.automatic);
        break;
    case LENGTH:
        snprintf(out, cap, p->max_len == 2 ? "2 items" : "2 to %u items", p->max_len);
        break;
    case EVENTS:
        ks_format_count(out, cap, s->t);
        break;
    case DISTINCT:
        ks_format_count(out, cap, s->u);
        break;
    case WINDOWS:
        ks_format_count(out, cap, s->l);
        break;
    case RULES:
        ks_count_format(out, cap, s->rules, true);
        break;
    case CHANCE:
        if (s->expected.rotations == 0)
            snprintf(out, cap, "…");
        else if (isnan(s->expected.sd))
            snprintf(out, cap, "%.1f", s->expected.mean);
        else
            snprintf(out, cap, "%.1f ± %.1f", s->expected.mean, s->expected.sd);
        break;
    case KNOCKS:
        ks_format_count(out, cap, s->standing);
        break;
    default:
        snprintf(out, cap, "%s", s->strongest[0] != '\0' ? s->strongest : "none");
        break;
    }
}

static const struct ks_snapshot *column(const struct ks_model *model, const struct ks_snapshot *now, size_t i)
{
    return i == 0 ? now : &model->snapshots[model->n_snapshots - i];
}

static void snapshots_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct snapshots *s = state;
    const struct ks_model *model = &app->model;
    struct ks_snapshot now = present(model);
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_FOCUS,
                                 canvas.w >= 50 ? "Snapshots · ←→ choose, Enter goes back to one" : "Snapshots");
    for (int r = 0; r < ROWS; r++)
        ks_put_in(in, 1, row_y(s, r), LABEL - 2, KS_LEFT, KS_ROLE_FAINT, labels[r]);
    for (size_t i = 0; i < (size_t)s->shown && s->list.top + i < s->list.n; i++) {
        size_t index = (size_t)s->list.top + i;
        const struct ks_snapshot *snap = column(model, &now, index);
        int x = LABEL + (int)i * s->column;
        bool here = index == s->list.at;
        for (int r = 0; r < ROWS; r++) {
            char text[200], mine[200];
            int y = row_y(s, r);
            cell_text(snap, (enum row)r, text, sizeof text);
            cell_text(&now, (enum row)r, mine, sizeof mine);
            bool differs = index > 0 && r != NAME && strcmp(text, mine) != 0;
            ks_style style = r == NAME ? KS_ROLE_TITLE | KS_BOLD : differs ? KS_ROLE_STRONG : KS_ROLE_TEXT;
            if (r == STRONGEST) /* sequences are long: they wrap */
                ks_put_wrapped(in, x, y, s->column - 2, in.h - y, snap->standing > 0 ? KS_ROLE_KNOCK : KS_ROLE_FAINT, text);
            else
                ks_put_in(in, x, y, s->column - 2, KS_LEFT, style, text);
            if (differs && r != STRONGEST)
                ks_put_char(in, x - 1, y, KS_ROLE_WARN, 0x2260);
        }
        if (here) {
            ks_put(in, x - 1, 0, KS_ROLE_TITLE, "▶");
            ks_restyle(in, (struct ks_rect){x - 1, 0, s->column - 1, 1}, KS_ROLE_SELECTED);
        }
        ks_zone(in, (struct ks_rect){x, 0, s->column - 1, in.h}, KS_DO_SELECT, (int64_t)index);
    }
}

static unsigned snapshots_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct snapshots *s = state;
    struct ks_model *model = &app->model;
    enum ks_action action = request->action == KS_DO_LEFT    ? KS_DO_UP
                            : request->action == KS_DO_RIGHT ? KS_DO_DOWN
                                                             : request->action;
    bool rows = s->compact && s->room < ROWS - 1; /* not all fit: up and down are for them */
    if (rows && (request->action == KS_DO_UP || request->action == KS_DO_DOWN)) {
        s->top += request->action == KS_DO_DOWN ? 1 : s->top > 0 ? -1 : 0;
        return KS_FX_DONE;
    }
    if (action == KS_DO_APPLY || action == KS_DO_ENTER) {
        if (s->list.at == 0 || s->list.at > model->n_snapshots)
            return KS_FX_CLOSE | KS_FX_DONE;
        const struct ks_snapshot *snap = &model->snapshots[model->n_snapshots - (size_t)s->list.at];
        ks_say(model, KS_SAY_INFO, "back to snapshot %s; u undoes it", snap->name);
        return ks_model_change(model, &snap->params, "snapshot", false) | KS_FX_CLOSE | KS_FX_DONE;
    }
    return ks_list_act(&s->list, (int)action, request->number) ? KS_FX_DONE : 0;
}

const struct ks_screen_ops ks_screen_snapshots = {
    .name = "snapshots",
    .title = "Snapshots",
    .place = KS_ON_SNAPSHOTS,
    .open = snapshots_open,
    .close = snapshots_close,
    .layout = snapshots_layout,
    .draw = snapshots_draw,
    .act = snapshots_act,
};
