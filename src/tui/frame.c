/* The frame around every screen: line 1 says where one is, the last line what can be done. */
#include <stdio.h>
#include <string.h>

#include "tui/app.h"
#include "tui/layout.h"

enum { GAP = 2 };

/* Columns of the tabs in full, or with digits alone. */
static int tabs_width(const struct ks_grid *grid, bool words)
{
    int w = 0;
    const struct ks_screen_ops *ops;
    for (size_t i = 0; (ops = ks_screen_main(i)) != NULL; i++)
        w += 2 + (words ? ks_width(grid, ops->title) + 2 : 1);
    return w;
}

/* "1 Tune", "[2 Curve]" ...: brackets and role mark the present one. */
static void draw_tabs(const struct ks_app *app, struct ks_canvas line, bool words)
{
    int x = 0;
    const struct ks_screen_ops *ops, *now = app->stack[0].ops;
    for (size_t i = 0; (ops = ks_screen_main(i)) != NULL; i++) {
        bool here = ops == now;
        char text[64];
        snprintf(text, sizeof text, words ? "%s%c %s%s" : "%s%c%.0s%s", here ? "[" : " ", ops->digit, ops->title, here ? "]" : " ");
        int end = ks_put(line, x, 0, here ? KS_ROLE_TAB : KS_ROLE_HEADER, text);
        enum ks_action action = ks_action_find(ops->name, strlen(ops->name));
        ks_zone(line, (struct ks_rect){x, 0, end - x, 1}, (int)action, 0);
        x = end;
    }
}

/* The name of what is open: the last part of the path, and how many there are. */
static void capture_name(const struct ks_model *model, char *out, size_t cap)
{
    char harmless[200];
    out[0] = '\0';
    if (model->n_paths == 0)
        return;
    const char *path = strcmp(model->paths[0], "-") == 0 ? "standard input" : model->paths[0];
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL && slash[1] != '\0' ? slash + 1 : path;
    ks_sanitise(harmless, sizeof harmless, name, strlen(name));
    if (model->n_paths > 1)
        snprintf(out, cap, "%s +%zu", harmless, model->n_paths - 1);
    else
        snprintf(out, cap, "%s", harmless);
}

/* One part of line 1 if all of it fits. */
static int part(struct ks_canvas line, int x, ks_style style, const char *text)
{
    int w = ks_width(line.grid, text);
    if (text[0] == '\0' || x + w > line.w)
        return x;
    return ks_put(line, x, 0, style, text) + GAP;
}

static void draw_header(const struct ks_app *app, struct ks_canvas line)
{
    const struct ks_model *model = &app->model;
    char text[320], a[32], b[32], c[32];
    ks_fill(line, ks_whole(line), KS_ROLE_HEADER);
    bool words = tabs_width(line.grid, true) + 24 <= line.w;
    int tabs = tabs_width(line.grid, words);
    if (tabs + 4 > line.w)
        tabs = 0;
    struct ks_rect rest = ks_whole(line);
    struct ks_rect right = ks_take_columns(&rest, -tabs);
    if (tabs > 0)
        draw_tabs(app, ks_sub(line, right), words);
    struct ks_canvas left = ks_sub(line, rest);
    const char *pending = ks_model_pending(model);
    char state[200];
    ks_model_incomplete(model, state, sizeof state);
    /* What is incomplete, then the capture, then the counts, then the program's name: in this order they claim room. */
    int need = ks_width(left.grid, state) + GAP;
    capture_name(model, text, sizeof text);
    int x = 1;
    if (left.w > 14 + need + ks_width(left.grid, text) + 40)
        x = part(left, x, KS_ROLE_HEADER | KS_BOLD, "knockscope");
    if (text[0] != '\0') {
        int room = left.w - x - (state[0] != '\0' ? need : 0);
        int w = ks_width(left.grid, text);
        w = w > room ? (room > 8 ? room : (left.w - x < w ? left.w - x : w)) : w;
        ks_put_in(left, x, 0, w, KS_LEFT, KS_ROLE_HEADER | KS_BOLD, text);
        x += w + GAP;
    } else {
        x = part(left, x, KS_ROLE_HEADER | KS_BOLD, "knockscope");
    }
    if (state[0] != '\0') {
        ks_put_in(left, x, 0, left.w - x < need - GAP ? left.w - x : need - GAP, KS_LEFT, KS_ROLE_HEADER | KS_UNDERLINE, state);
        x += need;
    }
    if (model->mined != NULL) {
        const struct ks_window_sets *sets = &model->mined->sets;
        snprintf(text, sizeof text, "t %s  u %s  l %s", ks_format_count(a, sizeof a, sets->t), ks_format_count(b, sizeof b, sets->u),
                 ks_format_count(c, sizeof c, sets->l));
        x = part(left, x, KS_ROLE_HEADER, text);
    }
    if (pending != NULL && !model->loading) {
        snprintf(text, sizeof text, "%s…", pending);
        part(left, x, KS_ROLE_HEADER | KS_DIM, text);
    }
}

/* Whether the footer offers an action on the top screen: first its own (pass 0), then what is known everywhere. */
static bool offered(const struct ks_app *app, enum ks_action action, unsigned pass)
{
    const struct ks_action_info *info = ks_action_info(action);
    unsigned place = app->stack[app->depth - 1].ops->place;
    bool own = (info->where & place) != 0;
    return info->hint[0] != '\0' && (pass == 0 ? own : !own && (info->where & KS_ON_ANY) != 0) && ks_app_can(app, action);
}

static int hint(struct ks_canvas line, int x, int limit, enum ks_action action)
{
    char key[32];
    ks_action_key_label(key, sizeof key, action);
    const char *word = ks_action_info(action)->hint;
    int w = ks_width(line.grid, key) + 1 + ks_width(line.grid, word);
    if (x + w > limit)
        return x;
    int end = ks_put(line, x, 0, KS_ROLE_KEY, key);
    end = ks_put(line, end + 1, 0, KS_ROLE_FOOTER, word);
    ks_zone(line, (struct ks_rect){x, 0, w, 1}, (int)action, 0);
    return end + GAP;
}

static void draw_hints(const struct ks_app *app, struct ks_canvas line, int limit)
{
    int x = 1;
    /* Help keeps its place at the end as long as anything fits. */
    int reserve = ks_width(line.grid, "? help") + GAP;
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 1; i < KS_DO_N; i++)
            if (i != KS_DO_HELP && offered(app, (enum ks_action)i, pass))
                x = hint(line, x, limit - reserve, (enum ks_action)i);
    hint(line, x, limit, KS_DO_HELP);
}

/* What the user has not seen yet; NULL where there is nothing. */
static const struct ks_message *newest_message(const struct ks_app *app)
{
    const struct ks_model *model = &app->model;
    for (uint64_t n = model->n_messages; n > app->told && n + KS_MESSAGES > model->n_messages; n--)
        if (model->messages[(n - 1) % KS_MESSAGES].level != KS_SAY_QUIET)
            return &model->messages[(n - 1) % KS_MESSAGES];
    return NULL;
}

static void draw_footer(const struct ks_app *app, struct ks_canvas line)
{
    const struct ks_model *model = &app->model;
    const struct ks_screen *top = &app->stack[app->depth - 1];
    char text[512] = "";
    ks_style style = KS_ROLE_FOOTER | KS_BOLD;
    ks_fill(line, ks_whole(line), KS_ROLE_FOOTER);
    const struct ks_message *m = newest_message(app);
    if (m != NULL) {
        snprintf(text, sizeof text, "%s%s", m->level == KS_SAY_BAD ? "! " : "", m->text);
        style = m->level == KS_SAY_INFO ? KS_ROLE_FOOTER : KS_ROLE_FOOTER | KS_BOLD;
    } else if (top->ops->summary != NULL) {
        top->ops->summary(app, top->state, text, sizeof text);
    } else {
        ks_model_summary(model, text, sizeof text);
    }
    int w = ks_width(line.grid, text);
    int most = line.w - 2;
    if (w > most)
        w = most;
    if (w > 0)
        ks_put_in(line, line.w - 1 - w, 0, w, KS_LEFT, style, text);
    draw_hints(app, line, line.w - (w > 0 ? w + 1 + GAP : 1));
}

void ks_app_draw(struct ks_app *app)
{
    struct ks_grid *grid = &app->grid;
    ks_cells_clear(grid);
    grid->ascii = app->force_ascii ? app->model.settings.habits.glyphs != KS_GLYPHS_UNICODE
                                   : app->model.settings.habits.glyphs == KS_GLYPHS_ASCII;
    struct ks_canvas all = ks_canvas_all(grid);
    struct ks_rect rest = ks_whole(all);
    struct ks_rect header = ks_take_rows(&rest, grid->h >= 4 ? 1 : 0);
    struct ks_rect footer = ks_take_rows(&rest, grid->h >= 3 ? -1 : 0);
    size_t base = app->depth - 1; /* the lowest screen that shows */
    while (base > 0 && app->stack[base].ops->overlay)
        base--;
    for (size_t i = base; i < app->depth; i++) {
        const struct ks_screen *s = &app->stack[i];
        struct ks_rect place = s->ops->overlay ? ks_whole(all) : rest;
        if (s->ops->layout != NULL)
            s->ops->layout(app, s->state, place.w, place.h);
        if (i == base) {
            draw_header(app, ks_sub(all, header));
            draw_footer(app, ks_sub(all, footer));
        } else {
            grid->n_zones = 0; /* what lies below is not to be clicked */
        }
        s->ops->draw(app, s->state, ks_sub(all, place));
    }
}
