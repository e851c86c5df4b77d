/* Fig. 1: how many windows an item should be in (Eq. 7, 8) and how many it is in, with the suggested range of minSupp. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "tui/app/app.h"
#include "tui/toolkit/layout.h"
#include "tui/model/settings.h"

enum { AXIS_LEFT = 9, AXIS_RIGHT = 8, NARROWEST = 4, AXIS_ROWS = 2, MARK_ROWS = 2 };
enum { PART_HERE = 1, PART_RANGE = 2, PART_MODEL = 4, PART_BRIEF = 8 };

struct curve {
    uint32_t at;          /* windows: the cursor */
    uint32_t from, to;    /* windows in view, from <= to */
    uint64_t mined;       /* generation that the view was made for */
    int plot_w, plot_h;   /* cells, as of the last layout; plot_h < 2: no plot */
    unsigned words;       /* which of the texts below the plot there is room for: PART_... */
    int marks;            /* rows of marks between them */
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

/* Words that go on in the next row where they do not fit: at any width nothing is cut that could be read below. */
struct flow {
    struct ks_canvas in;
    int x, y;
    bool draw;
};

/* A label and its value stay together. */
static void put(struct flow *f, ks_style style, const char *label, ks_style value_style, const char *value)
{
    int w = ks_width(f->in.grid, label) + ks_width(f->in.grid, value);
    if (f->x > 1 && f->x + w > f->in.w - 1) {
        f->x = 1;
        f->y++;
    }
    if (f->draw)
        ks_put(f->in, ks_put(f->in, f->x, f->y, style, label), f->y, value_style, value);
    f->x += w + 2;
}

static void end_row(struct flow *f)
{
    f->y += f->x > 1;
    f->x = 1;
}

static void here_words(const struct curve *c, const struct ks_mined *m, struct flow *f)
{
    const struct ks_curve *k = &m->curve;
    char text[64], n[40];
    uint64_t below = 0;
    for (uint32_t x = 1; x <= c->at; x++)
        below += m->have[x];
    snprintf(text, sizeof text, "at %u of %u windows", c->at, k->l);
    put(f, KS_ROLE_CURSOR | KS_BOLD, text, 0, "");
    snprintf(text, sizeof text, "%.4f", (double)c->at / k->l);
    put(f, KS_ROLE_FAINT, "minSupp ", KS_ROLE_NUMBER | KS_BOLD, text);
    put(f, KS_ROLE_FAINT, "P(X = x) ", KS_ROLE_CURVE, ks_format_ln_p(n, sizeof n, k->ln_pmf[c->at]));
    snprintf(text, sizeof text, k->cdf[c->at] >= 0.001 ? "%.4f" : "%.2g", k->cdf[c->at]);
    put(f, KS_ROLE_FAINT, "P(X ≤ x) ", KS_ROLE_CURVE, text);
    put(f, KS_ROLE_FAINT, "items here ", KS_ROLE_OBSERVED, ks_format_count(n, sizeof n, m->have[c->at]));
    snprintf(text, sizeof text, "%.3g", (double)k->u * exp(k->ln_pmf[c->at]));
    put(f, KS_ROLE_FAINT, "expected ", KS_ROLE_CURVE, text);
    put(f, KS_ROLE_FAINT, "in so many or fewer ", KS_ROLE_OBSERVED, ks_format_count(n, sizeof n, below));
    end_row(f);
}

static void range_words(const struct ks_model *model, const struct ks_mined *m, struct flow *f)
{
    const struct ks_curve *k = &m->curve;
    char text[240];
    if (k->has_high && k->high >= k->low) {
        snprintf(text, sizeof text, "━ suggested minSupp %.4f to %.4f:", (double)k->low / k->l, (double)k->high / k->l);
        put(f, KS_ROLE_RANGE, text, 0, "");
        snprintf(text, sizeof text, "%u windows (Eq. 6) to %u", k->low, k->high);
        put(f, KS_ROLE_RANGE, text, 0, "");
        snprintf(text, sizeof text, "(P(X ≤ x) ≤ %g)", k->epsilon);
        put(f, KS_ROLE_RANGE, text, 0, "");
    } else {
        put(f, KS_ROLE_WARN, "no lower tail: Eq. 8 suggests no upper end;", 0, "");
        snprintf(text, sizeof text, "minSupp is %.4g now (%s)", model->choice.min_supp, model->choice.why_supp);
        put(f, KS_ROLE_WARN, text, 0, "");
    }
    end_row(f);
}

static void model_words(const struct ks_mined *m, struct flow *f)
{
    const struct ks_curve *k = &m->curve;
    char text[96], value[40];
    snprintf(text, sizeof text, "p = 1 - (1 - 1/%llu)^%.6g = ", (unsigned long long)k->u, k->ws);
    snprintf(value, sizeof value, "%.4f", k->p);
    put(f, KS_ROLE_FAINT, text, KS_ROLE_NUMBER, value);
    snprintf(text, sizeof text, "mean %.2f", k->mean);
    put(f, KS_ROLE_FAINT, text, 0, "");
    snprintf(text, sizeof text, "sd %.2f", k->sd);
    put(f, KS_ROLE_FAINT, text, 0, "");
    if (!m->sets.equal_size)
        put(f, KS_ROLE_WARN, "windows vary in size: their mean is taken", 0, "");
    end_row(f);
}

/* As much as one row of a small screen holds. */
static void brief_words(const struct curve *c, const struct ks_mined *m, struct flow *f)
{
    const struct ks_curve *k = &m->curve;
    char text[64], n[40];
    snprintf(text, sizeof text, "%u of %u", c->at, k->l);
    put(f, KS_ROLE_CURSOR | KS_BOLD, text, 0, "");
    snprintf(text, sizeof text, k->cdf[c->at] >= 0.001 ? "%.4f" : "%.2g", k->cdf[c->at]);
    put(f, KS_ROLE_FAINT, "P(X ≤ x) ", KS_ROLE_CURVE, text);
    put(f, KS_ROLE_FAINT, "items ", KS_ROLE_OBSERVED, ks_format_count(n, sizeof n, m->have[c->at]));
    end_row(f);
}

/* The parts that there is room for, from row y on; returns the row after them. */
static int words(const struct ks_model *model, const struct curve *c, const struct ks_mined *m, struct ks_canvas in, int y, bool draw)
{
    struct flow f = {in, 1, y, draw};
    if (c->words & PART_HERE)
        here_words(c, m, &f);
    if (c->words & PART_BRIEF)
        brief_words(c, m, &f);
    if (c->words & PART_RANGE)
        range_words(model, m, &f);
    if (c->words & PART_MODEL)
        model_words(m, &f);
    return f.y;
}

/* The plot has at least three rows; for them the texts give way, the one on the model first. */
static void curve_layout(struct ks_app *app, void *state, int w, int h)
{
    static const unsigned parts[] = {PART_HERE | PART_RANGE | PART_MODEL, PART_HERE | PART_RANGE, PART_HERE, PART_BRIEF};
    enum { PARTS = sizeof parts / sizeof *parts };
    struct curve *c = state;
    const struct ks_mined *m = shown(&app->model);
    c->plot_w = w - 2 - AXIS_LEFT - AXIS_RIGHT;
    c->plot_h = 0;
    if (m == NULL)
        return;
    if (c->mined != app->model.mined_generation) {
        c->mined = app->model.mined_generation;
        fit(c, m);
    }
    struct ks_canvas inside = {.grid = &app->grid, .w = w - 2, .h = h - 2};
    for (size_t i = 0; i < (size_t)2 * PARTS && c->plot_h < 3; i++) { /* with marks, then without */
        c->words = parts[i % PARTS];
        c->marks = i < PARTS ? MARK_ROWS : 0;
        c->plot_h = h - 2 - AXIS_ROWS - c->marks - words(&app->model, c, m, inside, 0, false);
    }
    if (c->plot_h < 2 || c->plot_w < NARROWEST) {
        c->plot_h = 0;
        c->words = parts[0];
    }
}

static void curve_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct curve *c = state;
    const struct ks_model *model = &app->model;
    const struct ks_mined *m = shown(model);
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_BORDER, canvas.w >= 66 ? "Windows that hold an item: by chance (Eq. 7, 8) and observed"
                                                                                           : "Windows that hold an item");
    if (m == NULL) {
        ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_TEXT,
                       model->mined == NULL       ? "The curve shows once a capture has been read and cut into windows."
                       : model->mined->sets.u > 0 ? "No curve: there are more windows than it is computed for. Press 1 to take larger ones."
                                                  : "No curve: there are no events of this kind. Press 1 to change what is mined.");
        return;
    }
    int w = c->plot_w, h = c->plot_h;
    if (h >= 2) {
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
        if (c->marks > 0)
            mark(in, c, w, h + 2, model->choice.thresholds.max_count, KS_ROLE_STRONG, "▲", "minSupp now");
        if (c->marks > 0)
            mark(in, c, w, h + 3, m->curve.gradient, KS_ROLE_CURVE, "◆", "steepest ascent");
    }
    words(model, c, m, in, h >= 2 ? h + AXIS_ROWS + c->marks : 0, true);
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
        snprintf(out, cap, "minSupp %.4g · items in ≤ %u of %u windows", app->model.choice.min_supp,
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
