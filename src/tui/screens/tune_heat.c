/* Tune's heat map: rule counts over minSupp x minInte, the present point as a cross-hair. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/model/plane.h"
#include "tui/screens/tune_panes.h"

static int label_width(const struct ks_tune *t)
{
    char text[32];
    ks_format_threshold(text, sizeof text, KS_AXIS_SUPP, 0, t->scale.l);
    return (int)strlen(text) + 1;
}

/* Rows from one window to the most any item has, wider apart as they grow; no count twice. */
static int make_rows(struct ks_tune *t, int most)
{
    int n = 0;
    for (int i = 0; i < most; i++) {
        double share = most > 1 ? (double)i / (most - 1) : 1;
        uint32_t count = (uint32_t)lround(exp(share * log(t->scale.n_max)));
        if (n > 0 && count <= t->heat_count[n - 1])
            count = t->heat_count[n - 1] + 1;
        if (count > t->scale.n_max)
            break;
        t->heat_count[n++] = count;
    }
    return n;
}

static bool same_plane(const struct ks_model *model, const struct ks_tune *t, int w, int rows)
{
    const struct ks_thresholds *a = &t->heat_at, *b = &model->choice.thresholds;
    return t->heat != NULL && t->heat_mined == model->mined_generation && t->heat_w == w && rows == t->heat_h && a->min_conf == b->min_conf &&
           a->min_count == b->min_count && a->interest == b->interest;
}

void ks_tune_heat_layout(struct ks_app *app, struct ks_tune *t)
{
    const struct ks_model *model = &app->model;
    const struct ks_rect *at = &t->at[KS_PANE_HEAT];
    if (at->w == 0 || model->mined == NULL || t->scale.l == 0)
        return;
    int w = at->w - 2 - label_width(t), h = at->h - 3;
    w = w > KS_HEAT_W ? KS_HEAT_W : w;
    h = h > KS_HEAT_H ? KS_HEAT_H : h;
    if (w < 2 || h < 1) {
        t->heat_w = 0;
        return;
    }
    int rows = make_rows(t, h);
    if (same_plane(model, t, w, rows))
        return;
    t->heat_w = 0;
    uint64_t *heat = ks_resize(t->heat, (size_t)w * (size_t)rows, sizeof *heat);
    if (heat == NULL)
        return;
    t->heat = heat;
    for (int i = 0; i < w; i++)
        t->heat_inte[i] = ks_scale_value(&t->scale, KS_AXIS_INTE, (double)i / (w - 1));
    if (!ks_model_plane(&app->model, t->heat_count, (size_t)rows, t->heat_inte, (size_t)w, heat))
        return;
    t->heat_w = w;
    t->heat_h = rows;
    t->heat_mined = model->mined_generation;
    t->heat_at = model->choice.thresholds;
    t->heat_most = heat[(size_t)(rows - 1) * (size_t)w];
}

/* The cell of the present point. */
static void point(const struct ks_app *app, const struct ks_tune *t, int *column, int *row)
{
    const struct ks_choice *c = &app->model.choice;
    *column = (int)lround(ks_scale_share(&t->scale, KS_AXIS_INTE, c->min_inte) * (t->heat_w - 1));
    *row = 0;
    while (*row + 1 < t->heat_h && t->heat_count[*row + 1] <= c->thresholds.max_count)
        ++*row;
}

static void draw_axes(const struct ks_app *app, const struct ks_tune *t, struct ks_canvas in, int x0, int column, int row)
{
    char text[32];
    const struct ks_choice *c = &app->model.choice;
    for (int i = 0; i < t->heat_h; i++) {
        int y = t->heat_h - 1 - i;
        double v = i == row ? c->min_supp : (double)t->heat_count[i] / t->scale.l;
        ks_put_in(in, 0, y, x0 - 1, KS_RIGHT, i == row ? KS_ROLE_STRONG : KS_ROLE_FAINT,
                  ks_format_threshold(text, sizeof text, KS_AXIS_SUPP, v, t->scale.l));
    }
    int w = ks_width(in.grid, ks_format_threshold(text, sizeof text, KS_AXIS_INTE, c->min_inte, t->scale.l));
    int here = x0 + column - w / 2;
    here = here + w > in.w ? in.w - w : here < 0 ? 0 : here;
    for (int x = x0; x + w <= x0 + t->heat_w; x += w + 4)
        if (x + w < here || x > here + w)
            ks_put(in, x, t->heat_h, KS_ROLE_FAINT,
                   ks_format_threshold(text, sizeof text, KS_AXIS_INTE, t->heat_inte[x - x0], t->scale.l));
    ks_put(in, here, t->heat_h, KS_ROLE_STRONG, ks_format_threshold(text, sizeof text, KS_AXIS_INTE, c->min_inte, t->scale.l));
}

void ks_tune_heat_draw(const struct ks_app *app, const struct ks_tune *t, struct ks_canvas in)
{
    if (app->model.mined != NULL && t->heat_w == 0 && ks_worker_busy(app->model.worker, KS_JOB_PLANE))
        ks_put(in, 1, 0, KS_ROLE_FAINT, "counting …");
    if (app->model.mined == NULL || t->heat_w == 0 || t->heat == NULL)
        return;
    int x0 = label_width(t), column, row;
    point(app, t, &column, &row);
    double whole = log1p((double)t->heat_most);
    for (int i = 0; i < t->heat_h; i++)
        for (int j = 0; j < t->heat_w; j++) {
            int x = x0 + j, y = t->heat_h - 1 - i;
            uint64_t n = t->heat[(size_t)i * (size_t)t->heat_w + (size_t)j];
            bool cross = i == row || j == column;
            if (n > 0)
                ks_shade(in, x, y, 0.02 + 0.98 * log1p((double)n) / whole);
            else if (cross)
                ks_put_char(in, x, y, KS_ROLE_CURSOR, i == row ? 0x2500 : 0x2502);
            if (i == row && j == column)
                ks_put_char(in, x, y, KS_ROLE_CURSOR | KS_REVERSE, 0x253c);
            else if (cross && n > 0)
                ks_restyle(in, (struct ks_rect){x, y, 1, 1}, KS_ROLE_CURSOR);
        }
    draw_axes(app, t, in, x0, column, row);
    ks_zone(in, (struct ks_rect){x0, 0, t->heat_w, t->heat_h}, KS_DO_SELECT, ks_tune_zone(KS_PANE_HEAT, 0));
}

static unsigned go(struct ks_app *app, struct ks_tune *t, int column, int row)
{
    struct ks_params params = app->model.settings.params;
    params.min_inte = (struct ks_setting){false, t->heat_inte[column]};
    params.min_supp = (struct ks_setting){false, (double)t->heat_count[row] / t->scale.l};
    return ks_model_change(&app->model, &params, "minSupp and minInte", true) | KS_FX_DONE;
}

/* The next column whose value lies beyond the present minInte. */
static int beside(const struct ks_app *app, const struct ks_tune *t, int column, int step)
{
    double now = app->model.choice.min_inte;
    int j = column;
    while (j >= 0 && j < t->heat_w && (step > 0 ? t->heat_inte[j] <= now + KS_SLACK : t->heat_inte[j] >= now - KS_SLACK))
        j += step;
    return j < 0 ? 0 : j >= t->heat_w ? t->heat_w - 1 : j;
}

unsigned ks_tune_heat_act(struct ks_app *app, struct ks_tune *t, const struct ks_request *request)
{
    if (app->model.mined == NULL || t->heat_w == 0)
        return 0;
    int column, row;
    point(app, t, &column, &row);
    switch (request->action) {
    case KS_DO_LEFT:
        return ks_model_set_threshold(&app->model, KS_SET_MIN_INTE, t->heat_inte[beside(app, t, column, -1)]) | KS_FX_DONE;
    case KS_DO_RIGHT:
        return ks_model_set_threshold(&app->model, KS_SET_MIN_INTE, t->heat_inte[beside(app, t, column, 1)]) | KS_FX_DONE;
    case KS_DO_UP:
    case KS_DO_DOWN:
        row += request->action == KS_DO_UP ? 1 : -1;
        if (row < 0 || row >= t->heat_h)
            return KS_FX_DONE;
        return ks_model_set_threshold(&app->model, KS_SET_MIN_SUPP, (double)t->heat_count[row] / t->scale.l) | KS_FX_DONE;
    case KS_DO_SELECT:
        column = request->x < 0 ? 0 : request->x >= t->heat_w ? t->heat_w - 1 : request->x;
        row = t->heat_h - 1 - request->y;
        return request->clicked && row >= 0 && row < t->heat_h ? go(app, t, column, row) : KS_FX_HANDLED;
    case KS_DO_ENTER:
        return ks_goto(app, "rules");
    default:
        return 0;
    }
}
