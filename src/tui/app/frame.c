/* The frame around every screen: line 1 says where one is, the last line what can be done. */
#include <stdio.h>
#include <string.h>

#include "tui/app/app.h"
#include "tui/toolkit/layout.h"

enum { GAP = 2 };

/* How much of the tabs is written out: all; all, with what stands between two shared; the present one; none. */
enum tabs { TABS_FULL, TABS_CLOSE, TABS_HERE, TABS_DIGITS, TABS_NONE };

/* One tab as it is written: "1 Tune", "[2 Curve]": brackets and role mark the present one. */
static const char *tab_text(const struct ks_screen_ops *ops, bool here, enum tabs how, char *out, size_t cap)
{
    bool word = how <= TABS_CLOSE || (how == TABS_HERE && here);
    bool close = how == TABS_CLOSE || how == TABS_DIGITS;
    snprintf(out, cap, "%s%c%s%s%s", here ? "[" : " ", ops->digit, word ? " " : "", word ? ops->title : "", here ? "]" : close ? "" : " ");
    return out;
}

static int tabs_width(const struct ks_app *app, const struct ks_grid *grid, enum tabs how)
{
    int w = 0;
    char text[64];
    const struct ks_screen_ops *ops;
    for (size_t i = 0; how != TABS_NONE && (ops = ks_screen_main(i)) != NULL; i++)
        w += ks_width(grid, tab_text(ops, ops == app->stack[0].ops, how, text, sizeof text));
    return w;
}

static void draw_tabs(const struct ks_app *app, struct ks_canvas line, enum tabs how)
{
    int x = 0;
    const struct ks_screen_ops *ops;
    for (size_t i = 0; (ops = ks_screen_main(i)) != NULL; i++) {
        bool here = ops == app->stack[0].ops;
        char text[64];
        int end = ks_put(line, x, 0, here ? KS_ROLE_TAB : KS_ROLE_HEADER, tab_text(ops, here, how, text, sizeof text));
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
    ks_shorten(harmless, sizeof harmless, name, strlen(name));
    if (model->n_paths > 1)
        snprintf(out, cap, "%s +%zu", harmless, model->n_paths - 1);
    else
        snprintf(out, cap, "%s", harmless);
}

/* What line 1 says on its left, and the columns of each part. */
struct left {
    char name[240], state[200], counts[120];
    int name_w, state_w, counts_w;
};

enum { NAME_LEAST = 12 /* columns that a long name is cut to before t, u and l go */ };

static void find_left(const struct ks_model *model, const struct ks_grid *grid, struct left *out)
{
    char t[32], u[32], l[32];
    capture_name(model, out->name, sizeof out->name);
    if (out->name[0] == '\0')
        snprintf(out->name, sizeof out->name, "knockscope");
    ks_model_incomplete(model, out->state, sizeof out->state);
    out->counts[0] = '\0';
    if (model->mined != NULL) {
        const struct ks_window_sets *sets = &model->mined->sets;
        snprintf(out->counts, sizeof out->counts, "t %s  u %s  l %s", ks_format_count(t, sizeof t, sets->t),
                 ks_format_count(u, sizeof u, sets->u), ks_format_count(l, sizeof l, sets->l));
    }
    out->name_w = ks_width(grid, out->name);
    out->state_w = ks_width(grid, out->state);
    out->counts_w = ks_width(grid, out->counts);
}

/* Columns that the left part takes with a name cut to `name`. */
static int left_width(const struct left *left, int name)
{
    int w = 1 + (left->name_w < name ? left->name_w : name) + GAP;
    return w + (left->state_w > 0 ? left->state_w + GAP : 0) + (left->counts_w > 0 ? left->counts_w + GAP : 0);
}

static void draw_left(const struct ks_app *app, struct ks_canvas line, const struct left *left, bool roomy)
{
    const struct ks_model *model = &app->model;
    const char *pending = ks_model_pending(model);
    int x = 1;
    if (roomy && model->n_paths > 0 && left_width(left, left->name_w) + 12 <= line.w) /* the program's name where there is room to spare */
        x = ks_put(line, x, 0, KS_ROLE_HEADER | KS_BOLD, "knockscope") + GAP;
    int name = line.w - (left_width(left, 0) + x - 1);
    if (name < NAME_LEAST) /* no room for all: the name, then what is incomplete */
        name = line.w - x - (left->state_w > 0 ? left->state_w + GAP : 0);
    name = name < NAME_LEAST ? NAME_LEAST : name;
    name = name > left->name_w ? left->name_w : name;
    ks_put_in(line, x, 0, name, KS_LEFT, KS_ROLE_HEADER | KS_BOLD, left->name);
    x += name + GAP;
    if (left->state_w > 0) {
        ks_put_in(line, x, 0, left->state_w < line.w - x ? left->state_w : line.w - x, KS_LEFT, KS_ROLE_HEADER | KS_UNDERLINE, left->state);
        x += left->state_w + GAP;
    }
    if (left->counts_w > 0 && x + left->counts_w <= line.w)
        x = ks_put(line, x, 0, KS_ROLE_HEADER, left->counts) + GAP;
    if (pending != NULL && !model->loading && x + ks_width(line.grid, pending) + 1 <= line.w)
        ks_putf(line, x, 0, KS_ROLE_HEADER | KS_DIM, "%s…", pending);
}

/* t, u and l stay: first the tabs lose their words, then a long name its end. */
static enum tabs choose_tabs(const struct ks_app *app, const struct ks_grid *grid, const struct left *left, int w)
{
    for (int name = 24; name >= NAME_LEAST; name -= 24 - NAME_LEAST)
        for (enum tabs how = TABS_FULL; how <= (name > NAME_LEAST ? TABS_HERE : TABS_DIGITS); how++)
            if (tabs_width(app, grid, how) + left_width(left, name) <= w)
                return how;
    return tabs_width(app, grid, TABS_DIGITS) + NAME_LEAST + 1 <= w ? TABS_DIGITS : TABS_NONE;
}

static void draw_header(const struct ks_app *app, struct ks_canvas line)
{
    struct left left;
    ks_fill(line, ks_whole(line), KS_ROLE_HEADER);
    find_left(&app->model, line.grid, &left);
    enum tabs how = choose_tabs(app, line.grid, &left, line.w);
    struct ks_rect rest = ks_whole(line);
    struct ks_rect right = ks_take_columns(&rest, -tabs_width(app, line.grid, how));
    if (how != TABS_NONE)
        draw_tabs(app, ks_sub(line, right), how);
    draw_left(app, ks_sub(line, rest), &left, how == TABS_FULL);
}

/* What is known everywhere but leads nowhere from this screen. */
static bool useless(const struct ks_app *app, enum ks_action action)
{
    const struct ks_screen_ops *ops = app->stack[app->depth - 1].ops;
    const unsigned no_results = KS_ON_SETTINGS | KS_ON_HELP | KS_ON_LOG | KS_ON_EXPORT | KS_ON_SNAPSHOTS;
    if (action == KS_DO_EXPORT)
        return (ops->place & no_results) != 0;
    if (action == KS_DO_KNOCKS) /* the way from the first screen to what was found */
        return ops->place != KS_ON_TUNE || app->model.knocks == NULL || app->model.knocks->standing == 0;
    return action == KS_DO_SEARCH && ops->search == NULL;
}

/* Whether the footer offers an action on the top screen: first its own (pass 0), then what is known everywhere. */
static bool offered(const struct ks_app *app, enum ks_action action, unsigned pass)
{
    const struct ks_action_info *info = ks_action_info(action);
    unsigned place = app->stack[app->depth - 1].ops->place;
    bool own = (info->where & place) != 0;
    if (useless(app, action))
        return false;
    return info->hint[0] != '\0' && (pass == 0 ? own : !own && (info->where & KS_ON_ANY) != 0) && ks_app_can(app, action);
}

static int hint(struct ks_canvas line, int x, int limit, enum ks_action action)
{
    char key[32];
    if (ks_action_key_label(key, sizeof key, action)[0] == '\0')
        return x;
    const char *word = ks_action_info(action)->hint;
    int w = ks_width(line.grid, key) + 1 + ks_width(line.grid, word);
    if (x + w > limit)
        return x;
    int end = ks_put(line, x, 0, KS_ROLE_KEY, key);
    end = ks_put(line, end + 1, 0, KS_ROLE_FOOTER, word);
    ks_zone(line, (struct ks_rect){x, 0, w, 1}, (int)action, 0);
    return end + GAP;
}

/* Columns that a hint takes with the gap behind it. */
static int hint_width(const struct ks_app *app, enum ks_action action)
{
    char key[32];
    int w = ks_width(&app->grid, ks_action_key_label(key, sizeof key, action));
    return w > 0 ? w + 1 + ks_width(&app->grid, ks_action_info(action)->hint) + GAP : 0;
}

/* The way on keeps its place as long as anything fits: to the knocks, to an export, to the help. */
static void draw_hints(const struct ks_app *app, struct ks_canvas line, int limit)
{
    static const enum ks_action last[] = {KS_DO_KNOCKS, KS_DO_EXPORT, KS_DO_HELP};
    enum { LAST = sizeof last / sizeof *last };
    bool kept[LAST];
    int x = 1, reserve = 0;
    for (size_t i = LAST; i-- > 0;) {
        int w = hint_width(app, last[i]);
        kept[i] = (offered(app, last[i], 0) || offered(app, last[i], 1)) && x + reserve + w - GAP <= limit;
        reserve += kept[i] ? w : 0;
    }
    for (unsigned pass = 0; pass < 2; pass++)
        for (unsigned i = 1; i < KS_DO_N; i++) {
            enum ks_action action = (enum ks_action)i;
            if (action != KS_DO_KNOCKS && action != KS_DO_EXPORT && action != KS_DO_HELP && offered(app, action, pass))
                x = hint(line, x, limit - reserve, action);
        }
    for (size_t i = 0; i < LAST; i++)
        if (kept[i])
            x = hint(line, x, limit, last[i]);
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
    /* A message may take the whole line; what is only summed up leaves the help its place. */
    int most = line.w - 2 - (m == NULL && line.w >= 40 ? hint_width(app, KS_DO_HELP) : 0);
    if (w > most)
        w = most;
    if (w > 0)
        ks_put_in(line, line.w - 1 - w, 0, w, KS_LEFT, style, text);
    draw_hints(app, line, line.w - (w > 0 ? w + 1 + GAP : 1));
}

/* Fits every screen that shows to its place, and draws it or not. */
static void frame(struct ks_app *app, bool drawn)
{
    struct ks_grid *grid = &app->grid;
    ks_cells_clear(grid);
    grid->ascii = app->force_ascii ? app->model.settings.habits.glyphs != KS_GLYPHS_UNICODE
                                   : app->model.settings.habits.glyphs == KS_GLYPHS_ASCII;
    struct ks_canvas all = ks_canvas_all(grid);
    struct ks_rect rest = ks_whole(all);
    struct ks_rect header = ks_take_rows(&rest, grid->h >= 4 ? 1 : 0);
    struct ks_rect footer = ks_take_rows(&rest, grid->h >= 3 ? -1 : 0);
    if (ks_loading_shows(app)) {
        char key[32];
        bool covered = app->depth > 1; /* there Esc closes what is on top */
        struct ks_rect line = ks_take_rows(&rest, -1);
        if (drawn)
            ks_loading_draw(&app->pace, ks_action_key_label(key, sizeof key, covered ? KS_DO_STOP : KS_DO_CANCEL), ks_sub(all, line));
    }
    size_t base = app->depth - 1; /* the lowest screen that shows */
    while (base > 0 && app->stack[base].ops->overlay)
        base--;
    for (size_t i = base; i < app->depth; i++) {
        const struct ks_screen *s = &app->stack[i];
        struct ks_rect place = s->ops->overlay ? ks_whole(all) : rest;
        if (s->ops->layout != NULL)
            s->ops->layout(app, s->state, place.w, place.h);
        if (!drawn)
            continue;
        if (i == base) {
            draw_header(app, ks_sub(all, header));
            draw_footer(app, ks_sub(all, footer));
        } else {
            grid->n_zones = 0; /* what lies below is not to be clicked */
        }
        s->ops->draw(app, s->state, ks_sub(all, place));
    }
}

void ks_app_draw(struct ks_app *app)
{
    frame(app, true);
}

void ks_app_layout(struct ks_app *app)
{
    frame(app, false);
}
