/* Fig. 1: how many windows an item should be in (Eq. 7, 8) and how many it is in, with the suggested range of minSupp. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "tui/app.h"
#include "tui/layout.h"
#include "tui/settings.h"

enum { AXIS_LEFT = 9, AXIS_RIGHT = 8, NARROWEST = 4 };

struct curve {
    uint32_t at;          /* windows: the cursor */
    uint32_t from, to;    /* windows in view, from <= to */
    uint64_t mined;       /* generation that the view was made for */
    int plot_w, plot_h;   /* cells, as of the last layout */
};

static const struct ks_mined *shown(const struct ks_model *model)
{
    return model->mined != NULL && model->mined->curve.l > 0 ? model->mined : NULL;
}

static void *curve_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    (void)number;
    struct curve *c = ks_zalloc(1, sizeof *c);
    if (c == NULL)
        ks_say_status(&app->model, ks_nomem("the curve screen"));
    else
        c->mined = UINT64_MAX;
    return c;
}

static void curve_close(struct ks_app *app, void *state)
{
    (void)app;
    ks_free(state);
}

/* Starts with everything that has either probability or items in view: with many windows both may crowd at one end. */
static void fit(struct curve *c, const struct ks_mined *m)
{
    uint32_t last = 0, l = m->curve.l;
    for (uint32_t x = 0; x <= l; x++)
        if (m->have[x] > 0 || m->curve.ln_pmf[x] > log(1e-6))
            last = x;
    c->from = 0;
    c->to = last + last / 10 + 2 < l ? last + last / 10 + 2 : l;
    c->at = m->curve.has_high ? m->curve.high : m->curve.low;
    if (c->at > c->to)
        c->at = c->to;
}

static void keep_in_view(struct curve *c, uint32_t l)
{
    uint32_t span = c->to - c->from;
    if (c->at > l)
        c->at = l;
    if (c->at < c->from) {
        c->from = c->at;
        c->to = c->from + span;
    } else if (c->at > c->to) {
        c->to = c->at;
        c->from = c->to - span;
    }
}

static void curve_layout(struct ks_app *app, void *state, int w, int h)
{
    struct curve *c = state;
    const struct ks_mined *m = shown(&app->model);
    c->plot_w = w - 2 - AXIS_LEFT - AXIS_RIGHT;
    c->plot_h = h - 2 - 7;
    if (m != NULL && c->mined != app->model.mined_generation) {
        c->mined = app->model.mined_generation;
        fit(c, m);
    }
}

/* Column of dots (0 .. 2w - 1) at which a number of windows stands. */
static int dot_of(const struct curve *c, int w, double x)
{
    double span = c->to > c->from ? c->to - c->from : 1;
    return (int)lround((x - c->from) / span * (2 * w - 1));
}

/* Highest probability and logarithm of the highest count in view. */
static void scales(const struct curve *c, const struct ks_mined *m, double *pmf, double *count)
{
    *pmf = 0;
    *count = 0;
    for (uint32_t x = c->from; x <= c->to; x++) {
        *pmf = fmax(*pmf, exp(m->curve.ln_pmf[x]));
        *count = fmax(*count, log10(1 + (double)m->have[x]));
    }
}

static void draw_histogram(const struct curve *c, const struct ks_mined *m, struct ks_canvas in, double most)
{
    int high = 4 * in.h, half = (dot_of(c, in.w, c->from + 1) - dot_of(c, in.w, c->from)) / 3;
    for (uint32_t x = c->from; x <= c->to; x++) {
        if (m->have[x] == 0)
            continue;
        int top = high - 1 - (int)lround(log10(1 + (double)m->have[x]) / most * (high - 2));
        int middle = dot_of(c, in.w, x);
        for (int dx = middle - half; dx <= middle + half; dx++)
            ks_dot_line(in, dx, high - 1, dx, top, KS_ROLE_OBSERVED);
    }
}

static void draw_model(const struct curve *c, const struct ks_mined *m, struct ks_canvas in, double most)
{
    int high = 4 * in.h, last_x = 0, last_y = 0;
    for (uint32_t x = c->from; x <= c->to; x++) {
        int dx = dot_of(c, in.w, x), dy = high - 1 - (int)lround(exp(m->curve.ln_pmf[x]) / most * (high - 2));
        if (x > c->from)
            ks_dot_line(in, last_x, last_y, dx, dy, KS_ROLE_CURVE | KS_BOLD);
        last_x = dx;
        last_y = dy;
    }
}

/* A mark with a word under the plot, kept inside it. */
static void mark(struct ks_canvas in, const struct curve *c, int w, int y, double x, ks_style style, const char *glyph, const char *word)
{
    if (x < c->from || x > c->to)
        return;
    int column = AXIS_LEFT + dot_of(c, w, x) / 2, width = ks_width(in.grid, word);
    ks_put(in, column, y, style | KS_BOLD, glyph);
    int at = column + 2 + width <= in.w ? column + 2 : column - 1 - width;
    ks_put(in, at > 0 ? at : 0, y, style, word);
}

static void draw_axes(const struct curve *c, const struct ks_mined *m, struct ks_canvas in, int w, int h, double pmf, double count)
{
    for (int y = 0; y < h; y += h > 8 ? 4 : 2) {
        double share = h > 1 ? 1 - (double)y / h : 1;
        ks_putf_in(in, 0, y, AXIS_LEFT - 2, KS_RIGHT, KS_ROLE_CURVE, "%.3f", pmf * share);
        ks_putf_in(in, AXIS_LEFT + w + 2, y, AXIS_RIGHT - 2, KS_LEFT, KS_ROLE_OBSERVED, "%.0f", pow(10, count * share) - 1);
    }
    ks_vline(in, AXIS_LEFT - 1, 0, h, KS_ROLE_BORDER);
    ks_vline(in, AXIS_LEFT + w, 0, h, KS_ROLE_BORDER);
    ks_hline(in, AXIS_LEFT, h, w, KS_ROLE_BORDER);
    if (m->curve.has_high && m->curve.high >= m->curve.low) {
        double from = fmax(m->curve.low, c->from), to = fmin(m->curve.high, c->to);
        for (int column = dot_of(c, w, from) / 2; from <= to && column <= dot_of(c, w, to) / 2; column++)
            ks_put(in, AXIS_LEFT + column, h, KS_ROLE_RANGE | KS_BOLD, "━");
    }
    int ticks = w / 10 > 0 ? w / 10 : 1;
    for (int i = 0; i <= ticks; i++) {
        uint32_t x = c->from + (uint32_t)((double)(c->to - c->from) * i / ticks + 0.5);
        ks_putf_in(in, AXIS_LEFT + dot_of(c, w, x) / 2 - 4, h + 1, 9, KS_CENTRE, KS_ROLE_FAINT, "%u", x);
    }
}

static void draw_values(const struct ks_model *model, const struct curve *c, const struct ks_mined *m, struct ks_canvas in, int y)
{
    const struct ks_curve *k = &m->curve;
    char a[40], b[40];
    uint64_t below = 0;
    for (uint32_t x = 1; x <= c->at; x++)
        below += m->have[x];
    int x = ks_putf(in, 1, y, KS_ROLE_CURSOR | KS_BOLD, "at %u of %u windows", c->at, k->l);
    x = ks_putf(in, x + 2, y, KS_ROLE_FAINT, "minSupp ");
    x = ks_putf(in, x, y, KS_ROLE_NUMBER | KS_BOLD, "%.4f", (double)c->at / k->l);
    x = ks_put(in, x + 2, y, KS_ROLE_FAINT, "P(X = x) ");
    x = ks_put(in, x, y, KS_ROLE_CURVE, ks_format_ln_p(a, sizeof a, k->ln_pmf[c->at]));
    x = ks_put(in, x + 2, y, KS_ROLE_FAINT, "P(X ≤ x) ");
    x = ks_putf(in, x, y, KS_ROLE_CURVE, k->cdf[c->at] >= 0.001 ? "%.4f" : "%.2g", k->cdf[c->at]);
    x = ks_put(in, x + 2, y, KS_ROLE_FAINT, "items here ");
    x = ks_put(in, x, y, KS_ROLE_OBSERVED, ks_format_count(a, sizeof a, m->have[c->at]));
    x = ks_putf(in, x, y, KS_ROLE_FAINT, ", expected %.3g", (double)k->u * exp(k->ln_pmf[c->at]));
    ks_putf(in, x + 2, y, KS_ROLE_FAINT, "rare so far %s", ks_format_count(b, sizeof b, below));
    x = ks_putf(in, 1, y + 1, KS_ROLE_FAINT, "p = 1 - (1 - 1/%llu)^%.6g = ", (unsigned long long)k->u, k->ws);
    x = ks_putf(in, x, y + 1, KS_ROLE_NUMBER, "%.4f", k->p);
    x = ks_putf(in, x, y + 1, KS_ROLE_FAINT, "   mean %.2f   sd %.2f", k->mean, k->sd);
    if (!m->sets.equal_size)
        ks_put(in, x + 3, y + 1, KS_ROLE_WARN, "windows vary in size: their mean is taken");
    if (k->has_high && k->high >= k->low)
        ks_putf(in, 1, y + 2, KS_ROLE_RANGE, "━ suggested minSupp %.4f to %.4f: %u windows (Eq. 6) to %u (P(X ≤ x) ≤ %g)", (double)k->low / k->l,
                (double)k->high / k->l, k->low, k->high, k->epsilon);
    else
        ks_putf(in, 1, y + 2, KS_ROLE_WARN, "no lower tail: Eq. 8 suggests no upper end; minSupp is %.4g now (%s)", model->choice.min_supp,
                model->choice.why_supp);
}

static void curve_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct curve *c = state;
    const struct ks_model *model = &app->model;
    const struct ks_mined *m = shown(model);
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_BORDER, "Windows that hold an item: by chance (Eq. 7, 8) and observed");
    if (m == NULL) {
        ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_TEXT,
                       model->mined == NULL ? "The curve shows once a capture has been read and cut into windows."
                                            : "No curve: there are no events of this kind, or more windows than the model can tell anything about. "
                                              "Press 1 to change what is mined.");
        return;
    }
    int w = c->plot_w, h = c->plot_h;
    if (w >= NARROWEST && h >= 2) {
        double pmf, count;
        scales(c, m, &pmf, &count);
        struct ks_canvas plot = ks_sub(in, (struct ks_rect){AXIS_LEFT, 0, w, h});
        draw_histogram(c, m, plot, count > 0 ? count : 1);
        draw_model(c, m, plot, pmf > 0 ? pmf : 1);
        draw_axes(c, m, in, w, h, pmf, count);
        int column = dot_of(c, w, c->at) / 2;
        ks_restyle(plot, (struct ks_rect){column, 0, 1, h}, KS_ROLE_CURSOR | KS_REVERSE);
        ks_put_in(in, 0, 0, AXIS_LEFT - 1, KS_LEFT, KS_ROLE_CURVE, "P(X=x)");
        ks_put_in(in, AXIS_LEFT + w + 1, 0, AXIS_RIGHT, KS_LEFT, KS_ROLE_OBSERVED, " items");
        mark(in, c, w, h + 2, model->choice.thresholds.max_count, KS_ROLE_STRONG, "▲", "minSupp now");
        mark(in, c, w, h + 3, m->curve.gradient, KS_ROLE_CURVE, "◆", "steepest ascent");
    }
    int lines = h >= 2 ? h + 4 : 0;
    draw_values(model, c, m, in, lines);
}

static unsigned move(struct curve *c, const struct ks_mined *m, int64_t by)
{
    int64_t at = (int64_t)c->at + by, l = m->curve.l;
    c->at = (uint32_t)(at < 0 ? 0 : at > l ? l : at);
    keep_in_view(c, m->curve.l);
    return KS_FX_DONE;
}

static unsigned zoom(struct curve *c, const struct ks_mined *m, bool closer)
{
    uint32_t span = c->to - c->from, l = m->curve.l;
    uint32_t wanted = closer ? (span > NARROWEST ? span / 2 : span) : (span > l / 2 ? l : span * 2 + 1);
    uint32_t before = span > 0 ? (uint32_t)((double)(c->at - c->from) / span * wanted) : 0;
    c->from = c->at > before ? c->at - before : 0;
    if (wanted > l)
        wanted = l;
    if (c->from + wanted > l)
        c->from = l - wanted;
    c->to = c->from + wanted;
    return KS_FX_DONE;
}

static unsigned curve_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct curve *c = state;
    const struct ks_mined *m = shown(&app->model);
    if (m == NULL)
        return 0;
    int64_t page = (c->to - c->from) / 10 + 1;
    switch (request->action) {
    case KS_DO_LEFT: return move(c, m, -1);
    case KS_DO_RIGHT: return move(c, m, 1);
    case KS_DO_DOWN:
    case KS_DO_PAGE_DOWN: return move(c, m, page);
    case KS_DO_UP:
    case KS_DO_PAGE_UP: return move(c, m, -page);
    case KS_DO_TOP: return move(c, m, -(int64_t)c->at);
    case KS_DO_BOTTOM: return move(c, m, m->curve.l);
    case KS_DO_ZOOM_IN: return zoom(c, m, true);
    case KS_DO_ZOOM_OUT: return zoom(c, m, false);
    case KS_DO_SELECT: return move(c, m, request->number - (int64_t)c->at);
    case KS_DO_APPLY: {
        struct ks_params params = app->model.settings.params;
        params.min_supp = (struct ks_setting){.value = (double)c->at / m->curve.l};
        ks_say(&app->model, KS_SAY_INFO, "minSupp is %.4f: items in %u of %u windows or fewer", params.min_supp.value, c->at, m->curve.l);
        return ks_model_change(&app->model, &params, "min-supp", false) | KS_FX_DONE;
    }
    case KS_DO_AUTOMATIC: {
        struct ks_params params = app->model.settings.params;
        params.min_supp = (struct ks_setting){.automatic = true};
        unsigned effects = ks_model_change(&app->model, &params, "min-supp", false);
        ks_say(&app->model, KS_SAY_INFO, "minSupp is found automatically");
        return effects | KS_FX_DONE;
    }
    default: return 0;
    }
}

static void curve_summary(const struct ks_app *app, const void *state, char *out, size_t cap)
{
    const struct ks_mined *m = shown(&app->model);
    (void)state;
    if (m == NULL)
        snprintf(out, cap, "no curve");
    else
        snprintf(out, cap, "minSupp %.4g · items in %u of %u windows or fewer", app->model.choice.min_supp,
                 app->model.choice.thresholds.max_count, m->sets.l);
}

static void curve_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct curve *c = state;
    const struct ks_mined *m = shown(&app->model);
    char a[40];
    if (m == NULL) {
        ks_text_add(out, "curve none\n");
        return;
    }
    ks_text_addf(out, "curve.at %u\ncurve.from %u\ncurve.to %u\ncurve.low %u\ncurve.high %u\ncurve.gradient %u\n", c->at, c->from, c->to,
                 m->curve.low, m->curve.has_high ? m->curve.high : 0, m->curve.gradient);
    ks_text_addf(out, "curve.ln_pmf %s\ncurve.cdf ", ks_format_real(a, sizeof a, m->curve.ln_pmf[c->at]));
    ks_text_addf(out, "%s\ncurve.observed %llu\n", ks_format_real(a, sizeof a, m->curve.cdf[c->at]), (unsigned long long)m->have[c->at]);
}

const struct ks_screen_ops ks_screen_curve = {
    .name = "curve",
    .title = "Curve",
    .place = KS_ON_CURVE,
    .digit = '2',
    .open = curve_open,
    .close = curve_close,
    .layout = curve_layout,
    .draw = curve_draw,
    .act = curve_act,
    .summary = curve_summary,
    .dump = curve_dump,
};
