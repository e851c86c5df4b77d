/* The stack of screens: opening, closing, passing keys and effects. */
#include "tui/app/app.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/app/globals.h"
#include "tui/toolkit/keymap.h"

static const struct ks_screen_ops *const screens[] = {
#define R(name) &ks_screen_##name,
    KS_SCREENS(R)
#undef R
};
enum { SCREENS = sizeof screens / sizeof *screens };

const struct ks_screen_ops *ks_screen_find(const char *name)
{
    for (size_t i = 0; i < SCREENS; i++)
        if (strcmp(screens[i]->name, name) == 0)
            return screens[i];
    return NULL;
}

const struct ks_screen_ops *ks_screen_main(size_t n)
{
    for (size_t i = 0; i < SCREENS; i++)
        if (screens[i]->digit != 0 && n-- == 0)
            return screens[i];
    return NULL;
}

static bool is_main(const struct ks_screen_ops *ops)
{
    return ops->digit != 0;
}

struct ks_screen *ks_app_top(struct ks_app *app)
{
    return &app->stack[app->depth - 1];
}

static void close_top(struct ks_app *app)
{
    struct ks_screen *top = ks_app_top(app);
    if (!is_main(top->ops))
        top->ops->close(app, top->state);
    app->depth--;
}

/* The main screen's place where its state is kept, opened when need be. */
static struct ks_screen *main_screen(struct ks_app *app, const struct ks_screen_ops *ops)
{
    for (size_t i = 0; i < KS_MAIN_SCREENS; i++) {
        struct ks_screen *s = &app->main[i];
        if (s->ops == NULL) {
            void *state = ops->open(app, NULL, 0);
            if (state == NULL)
                return NULL;
            *s = (struct ks_screen){ops, state};
        }
        if (s->ops == ops)
            return s;
    }
    return NULL;
}

unsigned ks_goto(struct ks_app *app, const char *name)
{
    const struct ks_screen_ops *ops = ks_screen_find(name);
    if (ops == NULL || !is_main(ops))
        return 0;
    struct ks_screen *s = main_screen(app, ops);
    if (s == NULL) {
        ks_say_status(&app->model, ks_nomem("a screen"));
        return KS_FX_DONE;
    }
    while (app->depth > 0)
        close_top(app);
    app->stack[app->depth++] = *s;
    return KS_FX_DONE;
}

unsigned ks_open(struct ks_app *app, const char *name, const char *text, int64_t number)
{
    const struct ks_screen_ops *ops = ks_screen_find(name);
    if (ops == NULL)
        return 0;
    if (is_main(ops))
        return ks_goto(app, name);
    if (app->depth == KS_STACK) {
        ks_say(&app->model, KS_SAY_WARN, "too many screens are open; q closes one");
        return KS_FX_DONE;
    }
    void *state = ops->open(app, text, number);
    if (state != NULL)
        app->stack[app->depth++] = (struct ks_screen){ops, state};
    return KS_FX_DONE;
}

struct ks_status ks_app_init(struct ks_app *app, const struct ks_tui_options *options)
{
    struct ks_status status = ks_model_init(&app->model, options);
    app->dirty = app->repaint = true;
    if (!ks_is_ok(status))
        return status;
    const struct ks_screen_ops *first = ks_screen_main(0);
    if (first == NULL || ks_goto(app, first->name) == 0 || app->depth == 0)
        return ks_nomem("the first screen");
    return status;
}

void ks_app_free(struct ks_app *app)
{
    while (app->depth > 0)
        close_top(app);
    for (size_t i = 0; i < KS_MAIN_SCREENS; i++)
        if (app->main[i].ops != NULL)
            app->main[i].ops->close(app, app->main[i].state);
    ks_history_free(&app->commands);
    ks_history_free(&app->searches);
    ks_history_free(&app->filters);
    ks_history_free(&app->files);
    ks_history_free(&app->whys);
    ks_model_free(&app->model);
    ks_cells_free(&app->grid);
    ks_free(app->copy);
}

/* Says where to, behind what the handler said. */
static void save(struct ks_app *app)
{
    struct ks_model *model = &app->model;
    char shown[200];
    if (app->settings_path[0] == '\0')
        return;
    struct ks_status status = ks_settings_write(&model->settings, app->settings_path);
    model->settings.kept &= ks_settings_habits();
    ks_say_status(model, status);
    if (!ks_is_ok(status))
        return;
    app->settings_found = true;
    struct ks_message *last = &model->messages[(model->n_messages + KS_MESSAGES - 1) % KS_MESSAGES];
    ks_config_shown(shown, sizeof shown, app->settings_path);
    if (model->n_messages > app->told && last->level == KS_SAY_INFO) {
        size_t n = strlen(last->text);
        snprintf(last->text + n, sizeof last->text - n, " · kept in %s", shown);
    } else {
        ks_say(model, KS_SAY_QUIET, "settings kept in %s", shown);
    }
}

void ks_app_effects(struct ks_app *app, unsigned effects)
{
    if (effects & KS_FX_CLOSE) {
        if (app->depth > 1)
            close_top(app);
        effects |= KS_FX_REDRAW;
    }
    if (effects & (KS_FX_REMINE | KS_FX_RECOUNT | KS_FX_RERANK | KS_FX_RESHIFT)) {
        ks_model_apply(&app->model, effects);
        for (size_t i = 0; i < app->depth; i++)
            if (app->stack[i].ops->changed != NULL)
                app->stack[i].ops->changed(app, app->stack[i].state);
    }
    if (effects & KS_FX_LOOK)
        app->repaint = true;
    if (effects & KS_FX_SAVE)
        save(app);
    if (effects & KS_FX_QUIT)
        app->quit = true;
    if (effects & ~(unsigned)KS_FX_HANDLED)
        app->dirty = true;
}

void ks_app_collect(struct ks_app *app)
{
    if (ks_worker_collect(app->model.worker) == 0)
        return;
    app->dirty = true;
    /* Main screens below the stack get no `changed`: they compare the model's generations when they are laid out. */
    for (size_t i = 0; i < app->depth; i++)
        if (app->stack[i].ops->changed != NULL)
            app->stack[i].ops->changed(app, app->stack[i].state);
}

static bool when(const struct ks_model *m, enum ks_when condition)
{
    switch (condition) {
    case KS_WHEN_ALWAYS:
        return true;
    case KS_WHEN_CAPTURE:
        return m->capture != NULL;
    case KS_WHEN_MINED:
        return m->mined != NULL;
    case KS_WHEN_KNOCKS:
        return m->knocks != NULL && m->knocks->n > 0;
    case KS_WHEN_MARKS:
        return m->n_marked_knocks + m->n_marked_rules > 0;
    case KS_WHEN_UNDO:
        return m->did_at > 0;
    case KS_WHEN_REDO:
        return m->did_at < m->n_did;
    case KS_WHEN_SNAPSHOTS:
        return m->n_snapshots > 0;
    case KS_WHEN_FILTERED:
        return m->filter[0] != '\0';
    case KS_WHEN_STOPPED:
        return m->stopped != 0;
    case KS_WHEN_NARROWED:
        return m->settings.params.narrow.by_host || m->settings.params.narrow.by_time;
    }
    return false;
}

static const char *why_not(enum ks_when condition)
{
    switch (condition) {
    case KS_WHEN_CAPTURE:
        return "no capture is open yet; o opens one";
    case KS_WHEN_MINED:
        return "nothing is mined yet";
    case KS_WHEN_KNOCKS:
        return "there are no knocks";
    case KS_WHEN_MARKS:
        return "nothing is marked";
    case KS_WHEN_UNDO:
        return "there is nothing to undo";
    case KS_WHEN_REDO:
        return "there is nothing to do again";
    case KS_WHEN_SNAPSHOTS:
        return "there are no snapshots; S keeps one";
    case KS_WHEN_FILTERED:
        return "there is no filter";
    case KS_WHEN_STOPPED:
        return "nothing was stopped";
    case KS_WHEN_NARROWED:
        return "the whole capture is analysed already";
    case KS_WHEN_ALWAYS:
        break;
    }
    return "";
}

bool ks_app_can(const struct ks_app *app, enum ks_action action)
{
    const struct ks_screen *top = &app->stack[app->depth - 1];
    return when(&app->model, ks_action_info(action)->when) &&
           (top->ops->can == NULL || top->ops->can(app, top->state, action));
}

void ks_app_act(struct ks_app *app, const struct ks_request *request)
{
    if (request->action <= KS_DO_NOTHING || request->action >= KS_DO_N)
        return;
    const struct ks_action_info *info = ks_action_info(request->action);
    if (!when(&app->model, info->when)) {
        bool missing = info->when != KS_WHEN_UNDO && info->when != KS_WHEN_REDO && info->when != KS_WHEN_FILTERED &&
                       info->when != KS_WHEN_STOPPED && info->when != KS_WHEN_NARROWED; /* of these the wish is fulfilled already */
        ks_say(&app->model, request->command && missing ? KS_SAY_BAD : KS_SAY_INFO, "%s", why_not(info->when));
        app->dirty = true;
        return;
    }
    struct ks_screen *top = ks_app_top(app);
    unsigned effects = top->ops->act != NULL ? top->ops->act(app, top->state, request) : 0;
    if (effects == 0)
        effects = ks_global_act(app, request);
    if (effects == 0 && request->command) {
        ks_say(&app->model, KS_SAY_BAD, "%s does nothing on this screen", info->name);
        effects = KS_FX_DONE;
    }
    ks_app_effects(app, effects);
}

static void click(struct ks_app *app, struct ks_key key)
{
    if (key.code == KS_KEY_WHEEL_UP || key.code == KS_KEY_WHEEL_DOWN) {
        ks_app_act(app, &(struct ks_request){.action = key.code == KS_KEY_WHEEL_UP ? KS_DO_UP : KS_DO_DOWN, .number = 3});
        return;
    }
    const struct ks_zone *zone = ks_cells_zone(&app->grid, key.x, key.y);
    if (zone == NULL)
        return;
    struct ks_request request = {.action = (enum ks_action)zone->action, .number = zone->number, .clicked = true,
                                 .x = key.x - zone->at.x, .y = key.y - zone->at.y};
    ks_app_act(app, &request);
    if (key.code == KS_KEY_DOUBLE && request.action == KS_DO_SELECT)
        ks_app_act(app, &(struct ks_request){.action = KS_DO_ENTER});
}

void ks_app_key(struct ks_app *app, struct ks_key key)
{
    if (app->told != app->model.n_messages) { /* a key takes the message away */
        app->told = app->model.n_messages;
        app->dirty = true;
    }
    struct ks_screen *top = ks_app_top(app);
    unsigned effects = top->ops->key != NULL ? top->ops->key(app, top->state, key) : 0;
    if (effects != 0) {
        ks_app_effects(app, effects);
        return;
    }
    if (key.code >= KS_KEY_CLICK && key.code <= KS_KEY_WHEEL_DOWN) {
        click(app, key);
        return;
    }
    const char *text;
    enum ks_action action = ks_keymap_find(key.code, top->ops->place, &text);
    if (action != KS_DO_NOTHING && text != NULL) {
        char line[160];
        snprintf(line, sizeof line, "%s %s", ks_action_info(action)->name, text);
        ks_say_status(&app->model, ks_app_command(app, line));
    } else if (action != KS_DO_NOTHING) {
        ks_app_act(app, &(struct ks_request){.action = action});
    }
}

unsigned ks_copy(struct ks_app *app, const char *text)
{
    if (!app->model.settings.habits.clipboard) {
        ks_say(&app->model, KS_SAY_INFO, "copying is switched off (:set clipboard on)");
        return KS_FX_DONE;
    }
    ks_free(app->copy);
    app->copy = ks_strdup(text);
    ks_say(&app->model, KS_SAY_INFO, "copied %s", text);
    return KS_FX_DONE;
}

unsigned ks_app_search(struct ks_app *app, int direction)
{
    struct ks_screen *top = ks_app_top(app);
    if (app->search[0] == '\0' || top->ops->search == NULL)
        ks_say(&app->model, KS_SAY_INFO, app->search[0] == '\0' ? "nothing was searched for yet; / does" : "there is nothing to search here");
    else if (!top->ops->search(app, top->state, app->search, direction))
        ks_say(&app->model, KS_SAY_INFO, "%s is not here", app->search);
    return KS_FX_DONE;
}
