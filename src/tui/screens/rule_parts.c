/* What one rule's detail shows: its numbers worked out, the 2 x 2 table, the strips of windows and the formulas. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "stats/association.h"
#include "tui/screens/rule.h"

/* Windows that hold all items of a side: a copy, shortest work by intersecting one after the other. */
static bool gather(const struct ks_window_sets *sets, const uint32_t *items, unsigned n, uint32_t **out, size_t *n_out)
{
    size_t have = ks_window_sets_n(sets, items[0]);
    uint32_t *w = ks_alloc(have, sizeof *w);
    if (w == NULL)
        return false;
    if (have > 0)
        memcpy(w, sets->windows + sets->start[items[0]], have * sizeof *w);
    for (unsigned i = 1; i < n; i++) {
        const uint32_t *other = sets->windows + sets->start[items[i]];
        size_t m = ks_window_sets_n(sets, items[i]), kept = 0, j = 0;
        for (size_t k = 0; k < have; k++) {
            while (j < m && other[j] < w[k])
                j++;
            if (j < m && other[j] == w[k])
                w[kept++] = w[k];
        }
        have = kept;
    }
    *out = w;
    *n_out = have;
    return true;
}

static void forget(struct ks_rule_screen *s)
{
    for (int i = 0; i < 3; i++) {
        ks_free(s->windows[i]);
        s->windows[i] = NULL;
        s->n_windows[i] = 0;
    }
    ks_free(s->held);
    s->held = NULL;
    s->n_held = 0;
    s->splits = 0;
    s->known = false;
}

/* Windows of X and of Y merged, and which neighbours a border cut apart. */
static bool merge(struct ks_rule_screen *s)
{
    size_t i = 0, j = 0, n = s->n_windows[0], m = s->n_windows[1];
    s->held = ks_alloc(n + m, sizeof *s->held);
    if (s->held == NULL)
        return false;
    while (i < n || j < m) {
        uint32_t a = i < n ? s->windows[0][i] : UINT32_MAX, b = j < m ? s->windows[1][j] : UINT32_MAX;
        s->held[s->n_held++] = (struct ks_rule_window){a < b ? a : b, (uint8_t)((a <= b) | (b <= a) << 1), false};
        i += a <= b;
        j += b <= a;
    }
    for (size_t k = 0; k + 1 < s->n_held; k++) {
        struct ks_rule_window *one = &s->held[k], *next = one + 1;
        if (!one->split && one->window + 1 == next->window && (one->holds | next->holds) == 3 && (one->holds & next->holds) == 0) {
            one->split = next->split = true;
            s->splits++;
        }
    }
    return true;
}

const struct ks_rule_window *ks_rule_window_at(const struct ks_rule_screen *s, uint64_t i)
{
    if (s->all)
        return i < s->n_held ? &s->held[i] : NULL;
    /* The i-th that holds both: bisection over the windows of both gives its number, and that its place. */
    if (i >= s->n_windows[2])
        return NULL;
    size_t low = 0, high = s->n_held;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (s->held[mid].window < s->windows[2][i])
            low = mid + 1;
        else
            high = mid;
    }
    return low < s->n_held ? &s->held[low] : NULL;
}

/* The items' numbers in the present windows; false where one does not occur. */
static bool number(const struct ks_window_sets *sets, struct ks_rule_screen *s)
{
    unsigned at = 0;
    for (int side = 0; side < 2; side++)
        for (unsigned i = 0; i < s->n[side]; i++) {
            uint32_t item = ks_window_sets_find(sets, s->side[side][i]);
            if (item == UINT32_MAX)
                return false;
            s->rule.items[at++] = item;
        }
    s->rule.n_if = s->n[0];
    s->rule.n_then = s->n[1];
    return true;
}

void ks_rule_work(const struct ks_model *model, struct ks_rule_screen *s)
{
    const struct ks_mined *mined = model->mined;
    enum { SHIFTS = 30000000 }; /* steps of the shift test that are not felt */
    forget(s);
    for (int side = 0; side < 2; side++) {
        size_t used = 0;
        s->label[side][0] = '\0';
        for (unsigned i = 0; i < s->n[side] && used < sizeof s->label[0]; i++) {
            char item[40];
            int n = snprintf(s->label[side] + used, sizeof s->label[0] - used, "%s%s", i > 0 ? ", " : "",
                             ks_item_format(item, sizeof item, s->side[side][i]));
            used += n > 0 ? (size_t)n : 0;
        }
    }
    if (mined == NULL || !number(&mined->sets, s))
        return;
    const uint32_t *items = s->rule.items;
    unsigned all = (unsigned)s->n[0] + s->n[1];
    if (!gather(&mined->sets, items, s->n[0], &s->windows[0], &s->n_windows[0]) ||
        !gather(&mined->sets, items + s->n[0], s->n[1], &s->windows[1], &s->n_windows[1]) ||
        !gather(&mined->sets, items, all, &s->windows[2], &s->n_windows[2]) || !merge(s)) {
        forget(s);
        return;
    }
    s->known = true;
    s->rule.counts = (struct ks_counts){.x = (uint32_t)s->n_windows[0], .y = (uint32_t)s->n_windows[1], .xy = (uint32_t)s->n_windows[2],
                                        .l = mined->sets.l};
    s->ln_p = ks_rule_ln_p(&s->rule);
    s->has_q = model->rules != NULL && model->rules->mined == mined;
    s->ln_q = s->has_q ? ks_rule_ln_q(model->rules, &s->rule) : NAN;
    double work = (double)s->n_windows[0] * (double)s->n_windows[1];
    s->shift_p = all > 2 ? NAN : work > SHIFTS ? -1 : ks_rule_shift_p(mined, &s->rule);
}

char *ks_rule_fails(const struct ks_model *model, const struct ks_counts *n, char *out, size_t cap)
{
    const struct ks_thresholds *t = &model->choice.thresholds;
    const struct {
        bool fails;
        const char *name;
    } all[] = {{n->x > t->max_count || n->y > t->max_count, "minSupp"},
               {n->xy < t->min_count, "min-count"},
               {ks_interest_value(*n, t->interest) + KS_SLACK < t->min_inte, "minInte"},
               {ks_excess(*n) <= 0, "correlation"},
               {ks_cpir(*n) + KS_SLACK < t->min_conf, "minConf"}};
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof all / sizeof *all && used < cap; i++)
        if (all[i].fails) {
            int k = snprintf(out + used, cap - used, "%s%s", used > 0 ? ", " : "", all[i].name);
            used += k > 0 ? (size_t)k : 0;
        }
    return out;
}

int ks_rule_table(const struct ks_rule_screen *s, struct ks_canvas in, int y, int w)
{
    const struct ks_counts *n = &s->rule.counts;
    char x_label[40], y_label[40], not_x[48], not_y[48], text[32];
    bool brief = strlen(s->label[0]) > 14 || strlen(s->label[1]) > 14;
    snprintf(x_label, sizeof x_label, "%.39s", brief ? "X" : s->label[0]);
    snprintf(y_label, sizeof y_label, "%.39s", brief ? "Y" : s->label[1]);
    snprintf(not_x, sizeof not_x, "not %s", x_label);
    snprintf(not_y, sizeof not_y, "not %s", y_label);
    int first = ks_width(in.grid, not_x) + 1, cell = ks_width(in.grid, ks_format_count(text, sizeof text, n->l)) + 2;
    int wide = ks_width(in.grid, not_y) + 2;
    int widths[3] = {cell > ks_width(in.grid, y_label) + 2 ? cell : ks_width(in.grid, y_label) + 2, cell > wide ? cell : wide, cell + 1};
    if (first + widths[0] + widths[1] + widths[2] + 1 > w)
        return 0;
    uint64_t v[3][3] = {{n->xy, n->x - n->xy, n->x}, {n->y - n->xy, (uint64_t)n->l - n->x - n->y + n->xy, (uint64_t)n->l - n->x}, {n->y, (uint64_t)n->l - n->y, n->l}};
    const char *const rows[] = {x_label, not_x, ""};
    int x = 1 + first;
    ks_put_in(in, x, y, widths[0], KS_RIGHT, KS_ROLE_TITLE, y_label);
    ks_put_in(in, x + widths[0], y, widths[1], KS_RIGHT, KS_ROLE_TITLE, not_y);
    for (int i = 0; i < 3; i++) {
        int at = y + 1 + i + (i == 2), cx = x;
        ks_put_in(in, 1, at, first - 1, KS_RIGHT, KS_ROLE_TITLE, rows[i]);
        for (int j = 0; j < 3; j++) {
            ks_style style = i == 0 && j == 0 ? KS_ROLE_STRONG : i == 2 || j == 2 ? KS_ROLE_FAINT : KS_ROLE_TEXT;
            ks_put_in(in, cx, at, widths[j], KS_RIGHT, style, ks_format_count(text, sizeof text, v[i][j]));
            cx += widths[j];
        }
    }
    ks_hline(in, x, y + 3, widths[0] + widths[1] + widths[2], KS_ROLE_BORDER);
    return x + widths[0] + widths[1] + widths[2];
}

/* How many of the ascending windows lie in [from, to). */
static size_t between(const uint32_t *windows, size_t n, double from, double to)
{
    size_t count = 0, low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (windows[mid] < from)
            low = mid + 1;
        else
            high = mid;
    }
    while (low + count < n && windows[low + count] < to)
        count++;
    return count;
}

/* Columns that a window takes where there is room: up to three, the last one left free. */
static int stretch(uint32_t l, int w)
{
    return l == 0 || (uint32_t)w < l ? 1 : (uint32_t)w / l >= 3 ? 3 : (int)((uint32_t)w / l);
}

/* One strip: a cell is one window, or the height of the block says how many of its windows hold the items. */
static void draw_strip(const struct ks_rule_screen *s, struct ks_canvas in, int x, int y, int w, int which, ks_style style)
{
    double per = s->rule.counts.l > (uint32_t)w ? (double)s->rule.counts.l / w : 1;
    int cells = per > 1 ? w : (int)s->rule.counts.l;
    size_t most = 1;
    for (int i = 0; i < cells && per > 1; i++) {
        size_t n = between(s->windows[which], s->n_windows[which], i * per, (i + 1) * per);
        most = n > most ? n : most;
    }
    int wide = stretch(s->rule.counts.l, w);
    for (int i = 0; i < cells; i++) {
        size_t n = between(s->windows[which], s->n_windows[which], i * per, (i + 1) * per);
        uint32_t eighths = per > 1 ? (uint32_t)(3 + 5 * n / most) : 8;
        for (int k = 0; k < wide; k++)
            ks_put_char(in, x + i * wide + k, y, n > 0 ? style : KS_ROLE_FAINT, n > 0 && (k + 1 < wide || wide == 1) ? 0x2580 + eighths : k == 0 ? 0xb7 : ' ');
    }
}

void ks_rule_strips(const struct ks_rule_screen *s, struct ks_canvas in, int x, int y, int w)
{
    static const ks_style style[] = {KS_ROLE_BAR, KS_ROLE_OBSERVED, KS_ROLE_KNOCK};
    uint32_t l = s->rule.counts.l;
    char text[120], n[32];
    int label = ks_width(in.grid, s->label[0]) > ks_width(in.grid, s->label[1]) ? ks_width(in.grid, s->label[0]) : ks_width(in.grid, s->label[1]);
    label = label > 12 ? 12 : label < 4 ? 4 : label;
    int room = w - label - 1;
    if (room < 4 || l == 0)
        return;
    const char *const names[] = {s->label[0], s->label[1], "both"};
    if (l > (uint32_t)room)
        snprintf(text, sizeof text, "windows 1 to %s, %.3g to a cell", ks_format_count(n, sizeof n, l), (double)l / room);
    else
        snprintf(text, sizeof text, "windows 1 to %s", ks_format_count(n, sizeof n, l));
    ks_put_in(in, x + label + 1, y, room, KS_LEFT, KS_ROLE_TITLE, text);
    for (int i = 0; i < 3; i++) {
        ks_put_in(in, x, y + 1 + i, label, KS_RIGHT, KS_ROLE_TITLE, names[i]);
        draw_strip(s, in, x + label + 1, y + 1 + i, room, i, style[i]);
    }
    const struct ks_rule_window *here = ks_rule_window_at(s, s->list.at);
    if (here != NULL) {
        double per = l > (uint32_t)room ? (double)l / room : 1;
        int at = x + label + 1 + (int)(here->window / per) * stretch(l, room);
        ks_put_char(in, at, y + 4, KS_ROLE_CURSOR, 0x25b2);
        snprintf(text, sizeof text, "window %s", ks_format_count(n, sizeof n, (uint64_t)here->window + 1));
        int tw = ks_width(in.grid, text), tx = at - tw / 2;
        int end = x + w - tw;
        ks_put(in, tx > end ? end : tx < x ? x : tx, y + 5, KS_ROLE_FAINT, text);
    }
}

/* One line: name, formula with numbers, value, and how the threshold takes it (pass NULL: none asks). */
static void line(struct ks_canvas in, int y, const char *name, const char *formula, const char *value, const char *threshold, const bool *pass)
{
    int last = 26, values = 11, formulas = in.w - 13 - values - last;
    formulas = formulas > 46 ? 46 : formulas;
    if (formulas < 20) {
        last = in.w - 13 - values - 20;
        formulas = 20;
    }
    ks_put_in(in, 1, y, 12, KS_LEFT, KS_ROLE_TITLE, name);
    ks_put_in(in, 13, y, formulas, KS_LEFT, KS_ROLE_FAINT, formula);
    char text[80];
    snprintf(text, sizeof text, "= %s", value);
    ks_put_in(in, 13 + formulas, y, values, KS_LEFT, KS_ROLE_STRONG, text);
    int x = 13 + formulas + values;
    if (last < 4)
        return;
    int end = x;
    if (pass != NULL)
        end = ks_put(in, x, y, *pass ? KS_ROLE_GOOD : KS_ROLE_BAD, *pass ? "✓ " : "✗ not ");
    ks_put_in(in, end, y, in.w - end, KS_LEFT, pass == NULL ? KS_ROLE_FAINT : *pass ? KS_ROLE_TEXT : KS_ROLE_BAD, threshold);
}

struct numbers {
    char x[32], y[32], xy[32], l[32];
};

static struct numbers spell(const struct ks_counts *n)
{
    struct numbers t;
    ks_format_count(t.x, sizeof t.x, n->x);
    ks_format_count(t.y, sizeof t.y, n->y);
    ks_format_count(t.xy, sizeof t.xy, n->xy);
    ks_format_count(t.l, sizeof t.l, n->l);
    return t;
}

static int measures(const struct ks_model *model, const struct ks_rule_screen *s, struct ks_canvas in, int y)
{
    const struct ks_counts *n = &s->rule.counts;
    const struct ks_thresholds *t = &model->choice.thresholds;
    struct numbers k = spell(n);
    char formula[320], value[40], threshold[80], number[40];
    bool joint = t->interest == KS_INTEREST_JOINT;
    bool pass = ks_interest_value(*n, t->interest) + KS_SLACK >= t->min_inte;
    snprintf(formula, sizeof formula, joint ? "%s / %s%.0s%.0s%.0s" : "|%s×%s − %s×%s| / %s²", k.xy, k.l, k.x, k.y, k.l);
    snprintf(threshold, sizeof threshold, "≥ minInte %s", ks_format_threshold(number, sizeof number, KS_AXIS_INTE, t->min_inte, n->l));
    line(in, y++, joint ? "joint supp." : "interest", formula, ks_format_threshold(value, sizeof value, KS_AXIS_INTE, ks_interest_value(*n, t->interest), n->l),
         threshold, &pass);
    pass = ks_excess(*n) > 0;
    snprintf(formula, sizeof formula, "%s×%s / (%s×%s)", k.xy, k.l, k.x, k.y);
    snprintf(value, sizeof value, "%.2f", n->x > 0 && n->y > 0 ? ks_correlation(*n) : 0);
    line(in, y++, "correlation", formula, value, "> 1", &pass);
    pass = ks_cpir(*n) + KS_SLACK >= t->min_conf;
    snprintf(formula, sizeof formula, "(%s×%s − %s×%s) / (%s×(%s−%s))", k.xy, k.l, k.x, k.y, k.x, k.l, k.y);
    snprintf(value, sizeof value, "%.4f", ks_cpir(*n));
    snprintf(threshold, sizeof threshold, "≥ minConf %s", ks_format_threshold(number, sizeof number, KS_AXIS_CONF, t->min_conf, n->l));
    line(in, y++, "CPIR(Y|X)", formula, value, threshold, &pass);
    snprintf(formula, sizeof formula, "%s / %s", k.xy, k.x);
    snprintf(value, sizeof value, "%.4f", ks_confidence(*n));
    line(in, y++, "confidence", formula, value, "", NULL);
    pass = n->xy >= t->min_count;
    snprintf(formula, sizeof formula, "%s / %s", k.xy, k.l);
    ks_format_threshold(value, sizeof value, KS_AXIS_SUPP, ks_support(*n), n->l);
    snprintf(threshold, sizeof threshold, "n(XY) ≥ min-count %u", t->min_count);
    line(in, y++, "support", formula, value, threshold, &pass);
    uint32_t larger = n->x > n->y ? n->x : n->y;
    pass = larger <= t->max_count;
    snprintf(formula, sizeof formula, "largest of %s, %s, of %s", k.x, k.y, k.l);
    ks_format_threshold(value, sizeof value, KS_AXIS_SUPP, (double)larger / n->l, n->l);
    snprintf(threshold, sizeof threshold, "≤ minSupp %s", ks_format_threshold(number, sizeof number, KS_AXIS_SUPP, model->choice.min_supp, n->l));
    line(in, y++, "rare enough", formula, value, threshold, &pass);
    return y;
}

/* exp(ln p) with two digits; the power alone where a double has none. */
static char *format_p(char *out, size_t cap, double ln_p)
{
    if (ln_p < -690)
        return ks_format_ln_p(out, cap, ln_p);
    snprintf(out, cap, "%.2g", exp(ln_p));
    return out;
}

static int chance(const struct ks_model *model, const struct ks_rule_screen *s, struct ks_canvas in, int y)
{
    const struct ks_counts *n = &s->rule.counts;
    struct numbers k = spell(n);
    char formula[320], value[40], text[160], q[40], pairs[64];
    snprintf(formula, sizeof formula, "P(N ≥ %s), hypergeometric", k.xy);
    text[0] = '\0';
    if (s->has_q)
        snprintf(text, sizeof text, "q %s, %s pairs", format_p(q, sizeof q, s->ln_q),
                 ks_count_format(pairs, sizeof pairs, model->rules->pairs_considered, true));
    line(in, y++, "by chance", formula, format_p(value, sizeof value, s->ln_p), text, NULL);
    if (isnan(s->shift_p))
        return y;
    snprintf(formula, sizeof formula, "of %s rotations, ≥ %s shared", k.l, k.xy);
    if (s->shift_p < 0)
        line(in, y++, "shifted", formula, "…", "too many windows", NULL);
    else {
        snprintf(value, sizeof value, "%.2g", s->shift_p);
        snprintf(text, sizeof text, "%.0f of %s", round(s->shift_p * n->l), k.l);
        line(in, y++, "shifted", formula, value, text, NULL);
    }
    return y;
}

int ks_rule_formulas(const struct ks_model *model, const struct ks_rule_screen *s, struct ks_canvas in, int y)
{
    int from = y;
    y = measures(model, s, in, y);
    y = chance(model, s, in, y);
    const struct ks_counts *n = &s->rule.counts;
    struct ks_counts turned = {.x = n->y, .y = n->x, .xy = n->xy, .l = n->l};
    char text[560], fails[120];
    ks_rule_fails(model, &turned, fails, sizeof fails);
    snprintf(text, sizeof text, "%s ⇒ %s: CPIR %.4f, confidence %.4f; %s%s", s->label[1], s->label[0], ks_cpir(turned), ks_confidence(turned),
             fails[0] == '\0' ? "holds too" : "fails ", fails);
    ks_put_in(in, 1, y, 12, KS_LEFT, KS_ROLE_TITLE, "reverse");
    ks_put_in(in, 13, y, in.w - 13, KS_LEFT, KS_ROLE_TEXT, text);
    return y + 1 - from;
}
