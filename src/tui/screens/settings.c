/* All settings: the table of settings.def with the values of now, changed in place. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "tui/app/app.h"
#include "tui/toolkit/layout.h"
#include "tui/app/complete.h"
#include "tui/model/scale.h"

enum { ROWS = KS_SET_N + 2, HEADING = -1, DETAIL = 4, LEAST_LIST = 4 };

struct settings {
    struct ks_list list;
    int rows[ROWS]; /* settings, or HEADING: the first one of the parameters, the second of the habits */
    size_t n;
    int w, detail; /* width inside; rows that explain the one under the cursor */
};

static void move_to(struct settings *s, enum ks_setting_id id)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->rows[i] == (int)id)
            s->list.at = i;
}

static void *settings_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)number;
    struct settings *s = ks_zalloc(1, sizeof *s);
    if (s == NULL) {
        ks_say_status(&app->model, ks_nomem("the settings"));
        return NULL;
    }
    for (int kind = 0; kind < 2; kind++) {
        s->rows[s->n++] = HEADING;
        for (int i = 0; i < KS_SET_N; i++)
            if (ks_setting_is_parameter((enum ks_setting_id)i) == (kind == 0))
                s->rows[s->n++] = i;
    }
    s->list = (struct ks_list){.n = s->n, .at = 1};
    enum ks_setting_id id;
    if (text != NULL && ks_setting_find(text, &id))
        move_to(s, id);
    else if (text != NULL && text[0] != '\0')
        ks_say(&app->model, KS_SAY_INFO, "no setting is called %s", text);
    return s;
}

static void settings_close(struct ks_app *app, void *state)
{
    (void)app;
    ks_free(state);
}

static void settings_layout(struct ks_app *app, void *state, int w, int h)
{
    struct settings *s = state;
    (void)app;
    s->w = w - 2;
    s->detail = h - 2 >= LEAST_LIST + 1 + DETAIL ? DETAIL : h - 2 >= LEAST_LIST + 3 ? 2 : 0;
    int room = h - 2 - (s->detail > 0 ? s->detail + 1 : 0);
    ks_list_fit(&s->list, s->n, room);
    if (s->list.at == 1 && room > 1) /* the heading comes into view with its first row */
        s->list.top = 0;
}

static enum ks_setting_id chosen(const struct settings *s)
{
    int row = s->rows[s->list.at];
    return row == HEADING ? KS_SET_ITEMS : (enum ks_setting_id)row;
}

static bool at_standard(const struct ks_model *model, enum ks_setting_id id)
{
    char value[64];
    return strcmp(ks_setting_get(&model->settings, id, value, sizeof value), ks_setting_info(id)->standard) == 0;
}

/* As `:set` takes it, and what automatic came to. */
static void value_text(const struct ks_model *model, enum ks_setting_id id, char *out, size_t cap)
{
    char value[64], now[32];
    ks_setting_get(&model->settings, id, value, sizeof value);
    enum ks_axis axis = id == KS_SET_MIN_SUPP ? KS_AXIS_SUPP : id == KS_SET_MIN_INTE ? KS_AXIS_INTE : KS_AXIS_CONF;
    if (ks_setting_info(id)->type == KS_TYPE_AUTO && strcmp(value, "auto") == 0 && model->mined != NULL)
        snprintf(out, cap, "auto: %s",
                 ks_format_threshold(now, sizeof now, axis, ks_model_threshold(model, id), model->mined->sets.l));
    else
        snprintf(out, cap, "%s", value);
}

/* Words joined by commas for a list of choices, the range as it is otherwise. */
static void range_text(enum ks_setting_id id, char *out, size_t cap)
{
    const struct ks_setting_info *info = ks_setting_info(id);
    size_t n = 0;
    for (const char *at = info->range; *at != '\0' && n + 3 < cap; at++) {
        bool join = *at == ' ';
        if (join)
            out[n++] = ',';
        out[n++] = *at;
    }
    out[n] = '\0';
    if (info->type == KS_TYPE_AUTO)
        snprintf(out + n, cap - n, " or auto");
    else if (info->type == KS_TYPE_WINDOW)
        snprintf(out, cap, "a number of events, a time (30s) or session:TIME");
}

static void effect_text(enum ks_setting_id id, char *out, size_t cap)
{
    static const struct {
        unsigned effect;
        const char *words;
    } all[] = {
        {KS_FX_REMINE, "windows are cut and mined again"},
        {KS_FX_RECOUNT, "rules are counted again at once, knocks and chance follow"},
        {KS_FX_RESHIFT, "counts by chance are made again"},
        {KS_FX_RERANK, "rules are put in this order"},
        {KS_FX_LOOK, "the whole screen is drawn anew"},
        {KS_FX_REDRAW, "shown at once"},
        {KS_FX_SAVE, "kept for the next start"},
    };
    unsigned effects = ks_setting_info(id)->effects;
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (effects & all[i].effect && used + strlen(all[i].words) + 3 < cap)
            used += (size_t)snprintf(out + used, cap - used, "%s%s", used > 0 ? "; " : "", all[i].words);
}

static void columns(const struct settings *s, struct ks_column out[5])
{
    out[0] = (struct ks_column){.title = "setting", .min = 11};
    out[1] = (struct ks_column){.title = "value", .min = 15};
    out[2] = (struct ks_column){.title = "standard", .min = 11, .rank = 2};
    out[3] = (struct ks_column){.title = "range", .min = 26, .grow = 1, .rank = 3};
    out[4] = (struct ks_column){.title = "what it is", .min = 24, .grow = 3, .rank = 1};
    ks_columns_fit(out, 5, s->w - 3, 2);
}

static void draw_heading(const struct ks_app *app, struct ks_canvas in, int y, bool habits)
{
    char path[200], text[300];
    if (!habits)
        snprintf(text, sizeof text, "Parameters%s", in.w >= 60 && app->settings_path[0] != '\0' ? " of the analysis: w keeps them for the next start" : " of the analysis");
    else if (app->settings_path[0] == '\0')
        snprintf(text, sizeof text, "Habits%s", in.w >= 60 ? ": not kept, there is no settings file in this run" : ", not kept");
    else
        snprintf(text, sizeof text, "Habits: kept in %s", ks_config_shown(path, sizeof path, app->settings_path));
    ks_put_in(in, 1, y, in.w - 1, KS_LEFT, KS_ROLE_TITLE | KS_BOLD, text);
}

static void draw_setting(const struct ks_app *app, const struct settings *s, struct ks_canvas in, int y, enum ks_setting_id id, bool here)
{
    const struct ks_setting_info *info = ks_setting_info(id);
    struct ks_column c[5];
    char value[80], range[200];
    ks_style style = here ? KS_ROLE_SELECTED : KS_ROLE_TEXT;
    columns(s, c);
    struct ks_canvas row = ks_sub(in, (struct ks_rect){3, y, in.w - 3, 1});
    if (here)
        ks_fill(in, (struct ks_rect){0, y, in.w, 1}, style);
    value_text(&app->model, id, value, sizeof value);
    range_text(id, range, sizeof range);
    bool standard = at_standard(&app->model, id);
    ks_put(in, 1, y, style, here ? "▶" : standard ? " " : "*");
    ks_column_put(row, 0, &c[0], style, info->name);
    ks_column_put(row, 0, &c[1], standard ? style : style | KS_BOLD, value);
    ks_column_put(row, 0, &c[2], here ? style : KS_ROLE_FAINT, info->standard);
    ks_column_put(row, 0, &c[3], here ? style : KS_ROLE_FAINT, range);
    ks_column_put(row, 0, &c[4], style, info->help);
    if (here && info->type != KS_TYPE_REAL) {
        int w = ks_width(in.grid, value);
        ks_put(row, c[1].x - 1, 0, style, "◂");
        ks_put(row, c[1].x + (w < c[1].w ? w : c[1].w), 0, style, "▸");
    }
    ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, -1 - (int64_t)id);
}

static void draw_detail(const struct ks_app *app, const struct settings *s, struct ks_canvas in, int y)
{
    enum ks_setting_id id = chosen(s);
    const struct ks_setting_info *info = ks_setting_info(id);
    char range[200], effect[240], text[700];
    range_text(id, range, sizeof range);
    effect_text(id, effect, sizeof effect);
    snprintf(text, sizeof text, "%s.\nRange: %s. Standard: %s%s.\nEffect: %s.", info->help, range, info->standard,
             at_standard(&app->model, id) ? "" : ", r takes it back", effect);
    ks_put_wrapped(in, 1, y, in.w - 2, s->detail, KS_ROLE_TEXT, text);
}

static void settings_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct settings *s = state;
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_FOCUS,
                                 canvas.w >= 50 ? "Settings ── ←→ change, * differs from the standard" : "Settings");
    int room = in.h - (s->detail > 0 ? s->detail + 1 : 0);
    for (int y = 0; y < room && s->list.top + (uint64_t)y < s->n; y++) {
        size_t i = (size_t)s->list.top + (size_t)y;
        if (s->rows[i] == HEADING)
            draw_heading(app, in, y, i > 0);
        else
            draw_setting(app, s, in, y, (enum ks_setting_id)s->rows[i], i == s->list.at);
    }
    ks_scrollbar(canvas, canvas.w - 1, 1, room, s->list.top, (uint64_t)s->list.visible, s->n);
    if (s->detail == 0)
        return;
    ks_box_split(canvas, ks_whole(canvas), room + 1, KS_ROLE_FOCUS, ks_setting_info(chosen(s))->name);
    draw_detail(app, s, in, room + 1);
}

static unsigned step(struct ks_app *app, enum ks_setting_id id, int by)
{
    struct ks_model *model = &app->model;
    const struct ks_setting_info *info = ks_setting_info(id);
    char value[64];
    unsigned effects;
    if (info->type == KS_TYPE_AUTO && model->mined != NULL)
        return ks_model_step(model, id, by) | KS_FX_DONE;
    struct ks_settings changed = model->settings;
    ks_setting_step(&changed, id, by);
    if (ks_setting_is_parameter(id))
        return ks_model_change(model, &changed.params, info->name, true) | KS_FX_DONE;
    ks_say_status(model, ks_model_set(model, info->name, ks_setting_get(&changed, id, value, sizeof value), &effects));
    return effects;
}

static unsigned accept(struct ks_app *app, void *context, const char *text)
{
    unsigned effects = KS_FX_DONE;
    if (text[0] != '\0')
        ks_say_status(&app->model, ks_model_set(&app->model, context, text, &effects));
    return effects;
}

/* Completion for the value of one setting: the words of its range. */
static void complete(const struct ks_app *app, const char *text, size_t at, struct ks_candidates *out)
{
    const struct settings *s = app->stack[app->depth - 2].state; /* below the prompt */
    const struct ks_setting_info *info = ks_setting_info(chosen(s));
    if (info->type == KS_TYPE_AUTO)
        ks_candidate_add(out, text, at, "auto", "");
    if (info->type == KS_TYPE_WINDOW)
        ks_candidate_add(out, text, at, "session:", "");
}

static unsigned change(struct ks_app *app, const struct settings *s)
{
    static char label[300];
    enum ks_setting_id id = chosen(s);
    const struct ks_setting_info *info = ks_setting_info(id);
    char now[64], range[200];
    if (info->type == KS_TYPE_CHOICE || info->type == KS_TYPE_SWITCH)
        return step(app, id, 1);
    range_text(id, range, sizeof range);
    snprintf(label, sizeof label, "%s (%s): ", info->name, info->type == KS_TYPE_WINDOW ? "1000, 30s, session:30s" : range);
    return ks_ask(app, &(struct ks_prompt_options){.label = label,
                                                   .initial = ks_setting_get(&app->model.settings, id, now, sizeof now),
                                                   .accept = accept,
                                                   .complete = complete,
                                                   .context = (void *)(uintptr_t)info->name});
}

static bool move(struct settings *s, const struct ks_request *request)
{
    uint64_t before = s->list.at;
    if (request->action == KS_DO_SELECT && request->number < 0) {
        move_to(s, (enum ks_setting_id)(-1 - request->number));
        return true;
    }
    if (!ks_list_act(&s->list, (int)request->action, request->number))
        return false;
    if (s->rows[s->list.at] == HEADING) { /* headings are passed over */
        bool up = s->list.at < before && s->list.at > 0;
        s->list.at = up ? s->list.at - 1 : s->list.at + 1;
        ks_list_fit(&s->list, s->n, s->list.visible);
    }
    return true;
}

static unsigned settings_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct settings *s = state;
    unsigned effects = KS_FX_DONE;
    enum ks_setting_id id = chosen(s);
    const struct ks_setting_info *info = ks_setting_info(id);
    switch (request->action) {
    case KS_DO_LEFT:
    case KS_DO_RIGHT:
        return step(app, id, request->action == KS_DO_RIGHT ? 1 : -1);
    case KS_DO_CHANGE:
    case KS_DO_ENTER:
        return change(app, s);
    case KS_DO_RESET:
        if (request->text != NULL && request->text[0] != '\0')
            return 0;
        ks_say_status(&app->model, ks_model_set(&app->model, info->name, info->standard, &effects));
        return effects;
    case KS_DO_SETTINGS: /* the key that opened it, or `:settings NAME` again */
        if (request->text == NULL || !ks_setting_find(request->text, &id))
            return KS_FX_CLOSE | KS_FX_DONE;
        move_to(s, id);
        return KS_FX_DONE;
    default:
        return move(s, request) ? KS_FX_DONE : 0;
    }
}

static bool settings_can(const struct ks_app *app, const void *state, enum ks_action action)
{
    const struct settings *s = state;
    if (action == KS_DO_RESET)
        return !at_standard(&app->model, chosen(s));
    return action != KS_DO_SAVE_SETTINGS || app->settings_path[0] != '\0';
}

static bool holds(const char *in, const char *text)
{
    size_t len = strlen(text);
    for (; *in != '\0'; in++)
        if (strncasecmp(in, text, len) == 0)
            return true;
    return false;
}

static bool settings_search(struct ks_app *app, void *state, const char *text, int direction)
{
    (void)app;
    struct settings *s = state;
    for (size_t step_n = direction == 0 ? 0 : 1; step_n <= s->n; step_n++) {
        size_t i = (size_t)(direction < 0 ? s->list.at + s->n - step_n : s->list.at + step_n) % s->n;
        if (s->rows[i] == HEADING)
            continue;
        const struct ks_setting_info *info = ks_setting_info((enum ks_setting_id)s->rows[i]);
        if (holds(info->name, text) || holds(info->help, text) || holds(info->range, text)) {
            s->list.at = i;
            return true;
        }
    }
    return false;
}

static void settings_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct settings *s = state;
    char value[64];
    enum ks_setting_id id = chosen(s);
    ks_text_addf(out, "settings.name %s\nsettings.value %s\nsettings.standard %s\n", ks_setting_info(id)->name,
                 ks_setting_get(&app->model.settings, id, value, sizeof value), ks_setting_info(id)->standard);
}

const struct ks_screen_ops ks_screen_settings = {
    .name = "settings",
    .title = "Settings",
    .place = KS_ON_SETTINGS,
    .open = settings_open,
    .close = settings_close,
    .layout = settings_layout,
    .draw = settings_draw,
    .act = settings_act,
    .can = settings_can,
    .search = settings_search,
    .dump = settings_dump,
};
