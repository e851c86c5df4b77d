/* Tune: parameters, Table 2, the heat map and what the present point finds. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/screens/tune_panes.h"

static const int64_t NO_ROW = 0xffffffff; /* a click beside the rows */

enum { WIDE = 72, HIGH = 16, ROOMY = 27 };

static void *tune_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    (void)number;
    struct ks_tune *t = ks_zalloc(1, sizeof *t);
    if (t == NULL) {
        ks_say_status(&app->model, ks_nomem("the tune screen"));
        return NULL;
    }
    t->params = (struct ks_list){.n = KS_TUNE_PARAMS, .at = KS_TUNE_INTE};
    return t;
}

static void tune_close(struct ks_app *app, void *state)
{
    (void)app;
    struct ks_tune *t = state;
    ks_free(t->heat);
    ks_free(t);
}

/* Small screens show the pane that has the keys; 80x24 leaves out the heat map, which Tab puts in Table 2's place. */
static void place(struct ks_tune *t, int w, int h)
{
    struct ks_rect rest = {0, 0, w, h};
    for (int i = 0; i < KS_PANES; i++)
        t->at[i] = (struct ks_rect){0};
    if (w < WIDE || h < HIGH) {
        t->at[t->pane] = rest;
        return;
    }
    if (h < ROOMY) {
        int low = h - (KS_TUNE_PARAMS + 5);
        t->at[KS_PANE_FINDS] = ks_take_rows(&rest, low < 5 ? -5 : -low);
        t->at[KS_PANE_PARAMS] = ks_take_columns(&rest, w * 19 / 40);
        t->at[t->pane == KS_PANE_HEAT ? KS_PANE_HEAT : KS_PANE_TABLE] = rest;
        return;
    }
    int low = h * 9 / 20 < KS_TUNE_PARAMS + 9 ? h * 9 / 20 : h - KS_TUNE_PARAMS - 9; /* what is left when Table 2 is whole */
    if (h - low < KS_TUNE_PARAMS + 5)
        low = h - KS_TUNE_PARAMS - 5;
    if (h - low > KS_SWEEP_ROWS + 8)
        low = h - KS_SWEEP_ROWS - 8;
    struct ks_rect bottom = ks_take_rows(&rest, -low);
    t->at[KS_PANE_PARAMS] = ks_take_columns(&rest, w > 200 ? 84 : w * 2 / 5);
    t->at[KS_PANE_TABLE] = rest;
    t->at[KS_PANE_HEAT] = ks_take_columns(&bottom, w > 200 ? 84 : w * 3 / 10);
    t->at[KS_PANE_FINDS] = bottom;
}

static void tune_layout(struct ks_app *app, void *state, int w, int h)
{
    struct ks_tune *t = state;
    const struct ks_model *model = &app->model;
    place(t, w, h);
    enum ks_interest interest = model->choice.thresholds.interest;
    if (model->mined == NULL)
        t->scale = (struct ks_scale){0};
    else if (t->scale_mined != model->mined_generation || t->scale.interest != interest || t->scale.l == 0)
        t->scale = ks_scale_make(model->mined, interest);
    t->scale_mined = model->mined_generation;
    ks_list_fit(&t->params, KS_TUNE_PARAMS, t->at[KS_PANE_PARAMS].h - 2);
    ks_tune_table_layout(app, t);
    ks_tune_heat_layout(app, t);
    ks_tune_finds_layout(app, t);
}

static const char *title_of(const struct ks_model *model, enum ks_tune_pane pane, int w, bool alone, char *out, size_t cap)
{
    static const char *const name[] = {"Parameters", "Rules as minInte rises", "Rules over minSupp × minInte", "What this finds"};
    static const char *const brief[] = {"Parameters", "Rules as minInte rises", "Rules, minSupp × minInte", "What this finds"};
    char supp[32], conf[32];
    uint32_t l = model->mined != NULL ? model->mined->sets.l : 0;
    if (pane == KS_PANE_TABLE && l > 0 && w > 56)
        snprintf(out, cap, "%s · minSupp %s, minConf %s", name[pane],
                 ks_format_threshold(supp, sizeof supp, KS_AXIS_SUPP, model->choice.min_supp, l),
                 ks_format_threshold(conf, sizeof conf, KS_AXIS_CONF, model->choice.min_conf, l));
    else
        snprintf(out, cap, "%s", w > 36 ? name[pane] : brief[pane]);
    if (alone)
        snprintf(out + strlen(out), cap - strlen(out), " · Tab");
    return out;
}

static void tune_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    static void (*const draw[])(const struct ks_app *, const struct ks_tune *, struct ks_canvas) = {
        ks_tune_params_draw, ks_tune_table_draw, ks_tune_heat_draw, ks_tune_finds_draw};
    const struct ks_tune *t = state;
    bool alone = t->at[t->pane].w == canvas.w && t->at[t->pane].h == canvas.h;
    for (int i = 0; i < KS_PANES; i++) {
        if (t->at[i].w == 0 || t->at[i].h == 0)
            continue;
        char title[160], here[168];
        bool keys = (int)t->pane == i;
        title_of(&app->model, (enum ks_tune_pane)i, t->at[i].w, alone, title, sizeof title);
        snprintf(here, sizeof here, keys && !alone ? "[%s]" : "%s", title); /* as the tabs in line 1 do, also without colours */
        struct ks_canvas in = ks_box(canvas, t->at[i], keys ? KS_ROLE_FOCUS : KS_ROLE_BORDER, here);
        ks_zone(canvas, t->at[i], KS_DO_SELECT, ks_tune_zone((enum ks_tune_pane)i, NO_ROW));
        draw[i](app, t, in);
    }
}

static unsigned pane_act(struct ks_app *app, struct ks_tune *t, const struct ks_request *request)
{
    static unsigned (*const act[])(struct ks_app *, struct ks_tune *, const struct ks_request *) = {
        ks_tune_params_act, ks_tune_table_act, ks_tune_heat_act, ks_tune_finds_act};
    return act[t->pane](app, t, request);
}

/* A click names the pane and the row: the pane gets the keys, the row the action. */
static unsigned clicked(struct ks_app *app, struct ks_tune *t, const struct ks_request *request)
{
    int64_t pane = (request->number >> 32) - 1, row = request->number & 0xffffffff;
    if (pane < 0 || pane >= KS_PANES)
        return KS_FX_DONE;
    t->pane = (enum ks_tune_pane)pane;
    if (row == NO_ROW)
        return KS_FX_DONE;
    struct ks_request inside = *request;
    inside.number = row;
    return pane_act(app, t, &inside) | KS_FX_DONE;
}

static unsigned automatic(struct ks_app *app, struct ks_tune *t)
{
    struct ks_params params = app->model.settings.params;
    if (t->pane == KS_PANE_TABLE)
        params.min_inte.automatic = true;
    else if (t->pane == KS_PANE_HEAT)
        params.min_inte.automatic = params.min_supp.automatic = true;
    else
        return 0;
    return ks_model_change(&app->model, &params, "automatic", false) | KS_FX_DONE;
}

static unsigned tune_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct ks_tune *t = state;
    if (request->clicked && request->action == KS_DO_SELECT)
        return clicked(app, t, request);
    unsigned effects = request->action == KS_DO_AUTOMATIC ? automatic(app, t) : 0;
    if (effects != 0)
        return effects;
    if (request->action == KS_DO_LOOSEN)
        return t->empty ? ks_advice_take(&app->model, &t->advice, 0) | KS_FX_DONE : KS_FX_HANDLED;
    if (request->action == KS_DO_NEXT_PANE || request->action == KS_DO_PREVIOUS_PANE) {
        unsigned step = request->action == KS_DO_NEXT_PANE ? 1 : KS_PANES - 1;
        t->pane = (enum ks_tune_pane)(((unsigned)t->pane + step) % KS_PANES);
        return KS_FX_DONE;
    }
    return pane_act(app, t, request);
}

static bool tune_can(const struct ks_app *app, const void *state, enum ks_action action)
{
    const struct ks_tune *t = state;
    (void)app;
    return action != KS_DO_LOOSEN || (t->empty && t->advice.n > 0);
}

static void tune_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct ks_tune *t = state;
    static const char *const name[] = {"parameters", "table", "heat", "findings"};
    char value[40], rules[64];
    (void)app;
    ks_text_addf(out, "pane %s\nparameter %u\nverdict %s\n", name[t->pane], (unsigned)t->params.at, t->verdict);
    for (size_t i = 0; i < t->n_rows; i++)
        ks_text_addf(out, "row %s %s%s%s\n", ks_format_real(value, sizeof value, t->rows[i].row.value),
                     ks_count_format(rules, sizeof rules, t->rows[i].row.rules, false), t->rows[i].here ? " here" : "",
                     t->rows[i].clear ? " clear" : "");
    for (size_t i = 0; t->empty && i < t->advice.n; i++)
        ks_text_addf(out, "advice %s\n", t->advice.way[i].text);
}

const struct ks_screen_ops ks_screen_tune = {
    .name = "tune",
    .title = "Tune",
    .place = KS_ON_TUNE,
    .digit = '1',
    .open = tune_open,
    .close = tune_close,
    .layout = tune_layout,
    .draw = tune_draw,
    .act = tune_act,
    .can = tune_can,
    .dump = tune_dump,
};
