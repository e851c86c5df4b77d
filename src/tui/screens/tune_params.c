/* Tune's parameters: one row each, changed by left and right, typed after Enter. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/app/complete.h"
#include "tui/screens/tune_panes.h"

enum { LABEL_X = 2, VALUE_X = 14 };

static const struct {
    const char *label, *ask;
    enum ks_setting_id id;
} rows[KS_TUNE_PARAMS] = {
    [KS_TUNE_PRESET] = {"preset", "preset (hunt, paper): ", KS_SET_ITEMS},
    [KS_TUNE_ITEMS] = {"items", "items (tcp, attempts, syn, udp, icmp): ", KS_SET_ITEMS},
    [KS_TUNE_WINDOW] = {"window", "window (1000, 30s, session:30s): ", KS_SET_WINDOW},
    [KS_TUNE_SCOPE] = {"scope", "scope (capture, target, pair): ", KS_SET_SCOPE},
    [KS_TUNE_SUPP] = {"minSupp", "minSupp (0..1, auto): ", KS_SET_MIN_SUPP},
    [KS_TUNE_INTE] = {"minInte", "minInte (0..1, auto): ", KS_SET_MIN_INTE},
    [KS_TUNE_CONF] = {"minConf", "minConf (0..1, auto): ", KS_SET_MIN_CONF},
    [KS_TUNE_LENGTH] = {"length", "most items in a rule (2..10): ", KS_SET_MAX_LEN},
    [KS_TUNE_INTEREST] = {"interest", "interest (wu, joint): ", KS_SET_INTEREST},
    [KS_TUNE_MIN_COUNT] = {"min-count", "least windows of a rule: ", KS_SET_MIN_COUNT},
    [KS_TUNE_ACTIVATIONS] = {"activations", "assumed activations (0: none): ", KS_SET_ACTIVATIONS},
};

static bool is_threshold(size_t row)
{
    return row >= KS_TUNE_SUPP && row <= KS_TUNE_CONF;
}

static enum ks_axis axis_of(size_t row)
{
    return row == KS_TUNE_SUPP ? KS_AXIS_SUPP : row == KS_TUNE_INTE ? KS_AXIS_INTE : KS_AXIS_CONF;
}

static const struct ks_setting *setting_of(const struct ks_params *p, size_t row)
{
    return row == KS_TUNE_SUPP ? &p->min_supp : row == KS_TUNE_INTE ? &p->min_inte : &p->min_conf;
}

static void window_text(const struct ks_windowing *w, char *out, size_t cap)
{
    char n[32], s[32];
    if (w->cut == KS_CUT_COUNT && w->stride != w->size)
        snprintf(out, cap, "%s every %s", ks_format_count(n, sizeof n, w->size), ks_format_count(s, sizeof s, w->stride));
    else if (w->cut == KS_CUT_COUNT)
        snprintf(out, cap, "%s events", ks_format_count(n, sizeof n, w->size));
    else
        snprintf(out, cap, "%s%s", w->cut == KS_CUT_SESSION ? "session " : "slices of ", ks_format_span(s, sizeof s, w->ns));
}

static bool as_preset(const struct ks_params *p)
{
    struct ks_params preset = ks_params_preset(p->preset);
    preset.narrow = p->narrow;
    return ks_params_effects(&preset, p) == 0;
}

static void value_text(const struct ks_model *model, size_t row, char *out, size_t cap)
{
    static const char *const items[] = {"TCP packets", "attempts", "TCP SYNs", "UDP datagrams", "ICMP requests"};
    static const char *const scope[] = {"whole capture", "each target", "source and target"};
    const struct ks_params *p = &model->settings.params;
    switch (row) {
    case KS_TUNE_PRESET:
        snprintf(out, cap, "%s%s", ks_preset_name(p->preset), as_preset(p) ? "" : ", changed");
        break;
    case KS_TUNE_ITEMS:
        snprintf(out, cap, "%s", items[p->items]);
        break;
    case KS_TUNE_WINDOW:
        window_text(&p->windowing, out, cap);
        break;
    case KS_TUNE_SCOPE:
        snprintf(out, cap, "%s", scope[p->windowing.scope]);
        break;
    case KS_TUNE_LENGTH:
        snprintf(out, cap, p->max_len == 2 ? "2 items" : "2 to %u items", p->max_len);
        break;
    case KS_TUNE_INTEREST:
        snprintf(out, cap, "%s", p->interest == KS_INTEREST_WU ? "wu: X against Y" : "joint: support");
        break;
    case KS_TUNE_MIN_COUNT:
        snprintf(out, cap, "%u window%s", p->min_count, p->min_count == 1 ? "" : "s");
        break;
    case KS_TUNE_ACTIVATIONS:
        if (p->activations == 0)
            snprintf(out, cap, "not assumed");
        else
            snprintf(out, cap, "%u assumed", p->activations);
        break;
    default:
        snprintf(out, cap, " ");
        break;
    }
}

/* u beside the items, l beside the windows, once they are known for what is asked. */
static void beside_text(const struct ks_model *model, size_t row, char *out, size_t cap)
{
    char n[32];
    out[0] = '\0';
    if (model->mined == NULL || (row != KS_TUNE_ITEMS && row != KS_TUNE_WINDOW))
        return;
    const char *name = row == KS_TUNE_ITEMS ? "u" : "l";
    if (ks_worker_busy(model->worker, KS_JOB_MINE))
        snprintf(out, cap, "%s = …", name);
    else
        snprintf(out, cap, "%s = %s", name,
                 ks_format_count(n, sizeof n, row == KS_TUNE_ITEMS ? model->mined->sets.u : model->mined->sets.l));
}

/* The part of minSupp's slider that Eq. 8 suggests. */
static void draw_range(const struct ks_model *model, const struct ks_tune *t, struct ks_canvas in, int x, int y, int w)
{
    const struct ks_mined *mined = model->mined;
    uint32_t low = model->settings.params.activations > 0 ? model->settings.params.activations : 2;
    if (mined == NULL || mined->curve.l == 0 || !mined->curve.has_high || mined->curve.high < low || w < 5)
        return;
    double from = ks_scale_share(&t->scale, KS_AXIS_SUPP, (double)low / mined->sets.l);
    double to = ks_scale_share(&t->scale, KS_AXIS_SUPP, (double)mined->curve.high / mined->sets.l);
    int a = 1 + (int)lround(from * (w - 3)), b = 1 + (int)lround(to * (w - 3));
    for (int i = a; i <= b; i++)
        ks_put_char(in, x + i, y, KS_ROLE_RANGE, 0x2550);
}

static void draw_threshold(const struct ks_model *model, const struct ks_tune *t, struct ks_canvas in, int y, size_t row, ks_style style)
{
    char value[32];
    enum ks_axis axis = axis_of(row);
    double v = ks_model_threshold(model, rows[row].id);
    uint32_t l = model->mined != NULL ? model->mined->sets.l : 0;
    bool automatic = setting_of(&model->settings.params, row)->automatic;
    if (l == 0) { /* nothing to scale by yet */
        ks_put(in, VALUE_X, y, style, ks_setting_get(&model->settings, rows[row].id, value, sizeof value));
        return;
    }
    ks_format_threshold(value, sizeof value, axis, v, l);
    char widest[32];
    int vw = ks_width(in.grid, ks_format_threshold(widest, sizeof widest, KS_AXIS_INTE, 0, l));
    int w = in.w - VALUE_X - vw - 7;
    if (w >= 5) {
        double share = ks_scale_share(&t->scale, axis, v);
        ks_hline(in, VALUE_X, y, w, KS_ROLE_BORDER);
        ks_slider(in, VALUE_X, y, w, KS_ROLE_BORDER, share);
        if (row == KS_TUNE_SUPP)
            draw_range(model, t, in, VALUE_X, y, w);
        ks_put_char(in, VALUE_X + 1 + (int)lround(share * (w - 3)), y, style | KS_BOLD, 0x25cf);
        ks_zone(in, (struct ks_rect){VALUE_X, y, w, 1}, KS_DO_SELECT, ks_tune_zone(KS_PANE_PARAMS, (int64_t)row | 0x100 | (int64_t)w << 12));
    } else {
        w = -1;
    }
    int x = VALUE_X + w + 1;
    ks_put_in(in, x, y, vw, KS_LEFT, style | KS_BOLD, value);
    if (automatic)
        ks_put(in, x + vw + 1, y, KS_ROLE_FAINT, "auto");
}

static void preset_words(const struct ks_params *p, char *out, size_t cap)
{
    snprintf(out, cap, "%s",
             p->preset == KS_PRESET_HUNT ? "hunt finds knocks in real networks: attempts, in sessions of each source and target. ←→ takes paper."
                                         : "paper is as published: every TCP packet, 1,000 to a window. ←→ takes hunt.");
}

/* What the chosen row means here and why it has its value. */
static void explain(const struct ks_model *model, size_t row, char *out, size_t cap)
{
    const struct ks_mined *mined = model->mined;
    const struct ks_choice *c = &model->choice;
    const struct ks_params *p = &model->settings.params;
    char a[32], b[32];
    if (row == KS_TUNE_PRESET) {
        preset_words(p, out, cap);
        return;
    }
    if (mined == NULL || (!is_threshold(row) && row != KS_TUNE_WINDOW && row != KS_TUNE_ITEMS)) {
        snprintf(out, cap, "%s.", ks_setting_info(rows[row].id)->help);
        return;
    }
    const char *l = ks_format_count(a, sizeof a, mined->sets.l);
    bool automatic = is_threshold(row) && setting_of(p, row)->automatic;
    struct ks_scale scale = {.l = mined->sets.l, .interest = c->thresholds.interest};
    double need = ceil(ks_scale_together(&scale, c->min_inte) - 1e-9);
    if (row == KS_TUNE_ITEMS)
        snprintf(out, cap, "t = %s events, u = %s different items.", ks_format_count(a, sizeof a, mined->sets.t),
                 ks_format_count(b, sizeof b, mined->sets.u));
    else if (row == KS_TUNE_WINDOW)
        snprintf(out, cap, "%s windows, %.3g events in one on average. Enter takes 1000, 30s or session:30s.", l, mined->sets.mean_events);
    else if (row == KS_TUNE_SUPP)
        snprintf(out, cap, "%s%s%sPorts in ≤ %s of %s windows are mined.", automatic ? "Automatic: " : "", automatic ? c->why_supp : "",
                 automatic ? ". " : "", ks_format_count(b, sizeof b, c->thresholds.max_count), l);
    else if (row == KS_TUNE_INTE && automatic)
        snprintf(out, cap, "Automatic: %s.", c->why_inte);
    else if (row == KS_TUNE_INTE)
        snprintf(out, cap, "X and Y together in ≥ %.0f of %s windows. a finds where the count stands clear of chance.", need < 1 ? 1 : need, l);
    else
        snprintf(out, cap, "CPIR: X takes Y this far from its share to certainty. %s%s.", automatic ? "Automatic: " : "",
                 automatic ? c->why_conf : "a: 0.90");
}

void ks_tune_params_draw(const struct ks_app *app, const struct ks_tune *t, struct ks_canvas in)
{
    const struct ks_model *model = &app->model;
    bool keys = t->pane == KS_PANE_PARAMS;
    for (int y = 0; y < t->params.visible && y < in.h && t->params.top + (uint64_t)y < KS_TUNE_PARAMS; y++) {
        size_t row = (size_t)t->params.top + (size_t)y;
        bool here = row == t->params.at;
        ks_style style = here && keys ? KS_ROLE_STRONG : KS_ROLE_TEXT;
        char text[80], beside[48];
        if (here)
            ks_put(in, 0, y, keys ? KS_ROLE_FOCUS : KS_ROLE_FAINT, "▶");
        ks_put(in, LABEL_X, y, here ? style : KS_ROLE_FAINT, rows[row].label);
        ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, ks_tune_zone(KS_PANE_PARAMS, (int64_t)row));
        if (is_threshold(row)) {
            draw_threshold(model, t, in, y, row, style);
            continue;
        }
        value_text(model, row, text, sizeof text);
        beside_text(model, row, beside, sizeof beside);
        int end = ks_put(in, VALUE_X, y, style, text);
        if (here && keys) {
            ks_put(in, VALUE_X - 1, y, KS_ROLE_FOCUS, "◂");
            ks_put(in, end, y, KS_ROLE_FOCUS, "▸");
        }
        int w = ks_width(in.grid, beside);
        if (end + 2 + w <= in.w)
            ks_put(in, in.w - w, y, KS_ROLE_TEXT, beside);
    }
    int y = KS_TUNE_PARAMS + (in.h > KS_TUNE_PARAMS + 4);
    char text[400];
    explain(model, (size_t)t->params.at, text, sizeof text);
    if (y < in.h)
        ks_put_wrapped(in, LABEL_X, y, in.w - LABEL_X - 1, in.h - y, KS_ROLE_FAINT, text);
}

static unsigned accept(struct ks_app *app, void *context, const char *text)
{
    const size_t row = *(const size_t *)context;
    unsigned effects = KS_FX_DONE;
    if (text[0] == '\0')
        return effects;
    if (row == KS_TUNE_PRESET) {
        char command[64];
        snprintf(command, sizeof command, "preset %.40s", text);
        ks_say_status(&app->model, ks_app_command(app, command));
        return effects;
    }
    ks_say_status(&app->model, ks_model_set(&app->model, ks_setting_info(rows[row].id)->name, text, &effects));
    return effects;
}

static void complete(const struct ks_app *app, const char *text, size_t at, struct ks_candidates *out)
{
    (void)app;
    static const char *const words[] = {"hunt", "paper", "tcp", "attempts", "syn", "udp", "icmp", "session:", "capture", "target", "pair", "auto", "wu", "joint"};
    for (size_t i = 0; at > 0 && i < sizeof words / sizeof *words; i++)
        ks_candidate_add(out, text, at, words[i], "");
}

static unsigned ask(struct ks_app *app, size_t row)
{
    static size_t asked; /* outlives the prompt */
    char now[64] = "";
    asked = row;
    if (row != KS_TUNE_PRESET)
        ks_setting_get(&app->model.settings, rows[row].id, now, sizeof now);
    return ks_ask(app, &(struct ks_prompt_options){
                           .label = rows[row].ask, .initial = now, .accept = accept, .complete = complete, .context = &asked});
}

static unsigned change(struct ks_app *app, size_t row, int step)
{
    struct ks_settings changed = app->model.settings;
    if (is_threshold(row))
        return ks_model_step(&app->model, rows[row].id, step) | KS_FX_DONE;
    if (row == KS_TUNE_PRESET) {
        changed.params = ks_params_preset(changed.params.preset == KS_PRESET_HUNT ? KS_PRESET_PAPER : KS_PRESET_HUNT);
        changed.params.narrow = app->model.settings.params.narrow;
    } else {
        ks_setting_step(&changed, rows[row].id, step);
    }
    return ks_model_change(&app->model, &changed.params, row == KS_TUNE_PRESET ? "preset" : rows[row].label, true) | KS_FX_DONE;
}

/* The chosen parameter back to automatic, or to its preset's value. */
static unsigned automatic(struct ks_app *app, size_t row)
{
    struct ks_params p = app->model.settings.params, preset = ks_params_preset(p.preset);
    if (is_threshold(row)) {
        struct ks_setting *s = row == KS_TUNE_SUPP ? &p.min_supp : row == KS_TUNE_INTE ? &p.min_inte : &p.min_conf;
        s->automatic = true;
        return ks_model_change(&app->model, &p, rows[row].label, false) | KS_FX_DONE;
    }
    if (row == KS_TUNE_PRESET) {
        preset.narrow = p.narrow;
        p = preset;
    }
    p.items = row == KS_TUNE_ITEMS ? preset.items : p.items;
    if (row == KS_TUNE_WINDOW || row == KS_TUNE_SCOPE) {
        enum ks_scope scope = row == KS_TUNE_SCOPE ? preset.windowing.scope : p.windowing.scope;
        if (row == KS_TUNE_WINDOW)
            p.windowing = preset.windowing;
        p.windowing.scope = scope;
    }
    p.max_len = row == KS_TUNE_LENGTH ? preset.max_len : p.max_len;
    p.interest = row == KS_TUNE_INTEREST ? preset.interest : p.interest;
    p.min_count = row == KS_TUNE_MIN_COUNT ? preset.min_count : p.min_count;
    p.activations = row == KS_TUNE_ACTIVATIONS ? preset.activations : p.activations;
    ks_say(&app->model, KS_SAY_INFO, "%s as the preset %s has it", rows[row].label, ks_preset_name(preset.preset));
    return ks_model_change(&app->model, &p, rows[row].label, false) | KS_FX_DONE;
}

/* A click on a slider: the zone's number holds the row, a flag and the slider's width. */
static unsigned click_slider(struct ks_app *app, struct ks_tune *t, const struct ks_request *request)
{
    size_t row = (size_t)(request->number & 0xff);
    int w = (int)(request->number >> 12 & 0xffff);
    t->params.at = row;
    if (app->model.mined == NULL || w < 4)
        return KS_FX_DONE;
    double share = (double)(request->x - 1) / (w - 3);
    return ks_model_set_threshold(&app->model, rows[row].id, ks_scale_value(&t->scale, axis_of(row), share)) | KS_FX_DONE;
}

unsigned ks_tune_params_act(struct ks_app *app, struct ks_tune *t, const struct ks_request *request)
{
    size_t row = (size_t)t->params.at;
    switch (request->action) {
    case KS_DO_LEFT:
    case KS_DO_RIGHT:
        return change(app, row, request->action == KS_DO_RIGHT ? 1 : -1);
    case KS_DO_PAGE_UP:
    case KS_DO_PAGE_DOWN:
        return change(app, row, request->action == KS_DO_PAGE_UP ? 10 : -10);
    case KS_DO_TOP:
    case KS_DO_BOTTOM:
        if (!is_threshold(row))
            return KS_FX_HANDLED;
        return ks_model_step(&app->model, rows[row].id, request->action == KS_DO_BOTTOM ? 1000000 : -1000000) | KS_FX_DONE;
    case KS_DO_ENTER:
        return ask(app, row);
    case KS_DO_AUTOMATIC:
        return automatic(app, row);
    case KS_DO_SELECT:
        if (request->clicked && request->number & 0x100)
            return click_slider(app, t, request);
        break;
    default:
        break;
    }
    return ks_list_act(&t->params, (int)request->action, request->number) ? KS_FX_DONE : 0;
}
