/* The stack of screens: opening, closing, effects. */
#include "tui/app/app.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"

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

bool ks_app_ready(const struct ks_app *app, enum ks_action action)
{
    const struct ks_model *m = &app->model;
    switch (ks_action_info(action)->when) {
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

bool ks_app_can(const struct ks_app *app, enum ks_action action)
{
    const struct ks_screen *top = &app->stack[app->depth - 1];
    return ks_app_ready(app, action) && (top->ops->can == NULL || top->ops->can(app, top->state, action));
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
