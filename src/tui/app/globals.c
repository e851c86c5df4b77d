#include "tui/app/globals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sandbox.h"
#include "tui/toolkit/keymap.h"
#include "tui/model/baseline.h"
#include "tui/app/complete.h"
#include "tui/app/dump.h"

enum { WORDS = 64 };

bool ks_split_words(const char *text, char **words, size_t cap, size_t *n)
{
    *n = 0;
    while (*(text += strspn(text, " ")) != '\0' && *n < cap) {
        struct ks_text word = {0};
        for (; *text != '\0' && *text != ' '; text++) {
            if (*text == '\\' && text[1] != '\0')
                text++;
            ks_text_addn(&word, text, 1);
        }
        if (word.failed || word.at == NULL) {
            ks_text_free(&word);
            while (*n > 0)
                ks_free(words[--*n]);
            return false;
        }
        words[(*n)++] = word.at;
    }
    return true;
}

static unsigned ask_or_do(struct ks_app *app, const struct ks_request *request, const struct ks_prompt_options *options)
{
    if (request->text != NULL && request->text[0] != '\0')
        return options->accept(app, NULL, request->text);
    return ks_ask(app, options);
}

/* Whether a file could be read but for the sandbox: permissions allow it, opening does not. */
static bool out_of_reach(const char *path)
{
    if (!ks_sandbox_state()->files || strcmp(path, "-") == 0)
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool refused = fd < 0 && errno == EACCES && access(path, R_OK) == 0;
    if (fd >= 0)
        close(fd);
    return refused;
}

static bool within_reach(struct ks_model *model, char *const *paths, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (out_of_reach(paths[i])) {
            ks_say(model, KS_SAY_BAD, "outside the sandbox (start with it, or with --no-sandbox): %s", paths[i]);
            return false;
        }
    return true;
}

/* Loads what the words of a text name, by `load` in the folders within reach. */
static unsigned load_named(struct ks_app *app, const char *text,
                           unsigned (*load)(struct ks_model *model, const char *const *paths, size_t n),
                           bool *loaded)
{
    char *words[WORDS];
    size_t n;
    unsigned effects = KS_FX_DONE;
    *loaded = false;
    if (!ks_split_words(text, words, WORDS, &n))
        return effects;
    if (n > 0 && within_reach(&app->model, words, n)) {
        effects = load(&app->model, (const char *const *)words, n);
        *loaded = true;
    }
    for (size_t i = 0; i < n; i++)
        ks_free(words[i]);
    return effects;
}

static unsigned load_captures(struct ks_model *model, const char *const *paths, size_t n)
{
    return ks_model_load(model, paths, n, model->bpf);
}

static unsigned load_files(struct ks_app *app, void *context, const char *text)
{
    (void)context;
    bool loaded;
    return load_named(app, text, load_captures, &loaded);
}

static unsigned load_baseline(struct ks_app *app, void *context, const char *text)
{
    (void)context;
    bool load;
    unsigned effects = load_named(app, text, ks_baseline_load, &load);
    const struct ks_screen *top = ks_app_top(app);
    if (load && strcmp(top->ops->name, "compare") != 0)
        effects |= ks_open(app, "compare", NULL, 0);
    return effects;
}

/* The comparison, or first the question with what to compare. */
static unsigned compare(struct ks_app *app)
{
    if (app->model.baseline != NULL)
        return ks_open(app, "compare", NULL, 0);
    return ks_ask(app, &(struct ks_prompt_options){
                           .label = "baseline: ", .history = &app->files, .accept = load_baseline, .complete = ks_complete_path});
}

static unsigned search_for(struct ks_app *app, void *context, const char *text)
{
    (void)context;
    if (text[0] != '\0')
        snprintf(app->search, sizeof app->search, "%s", text);
    return ks_app_search(app, 1);
}

static unsigned set_filter(struct ks_app *app, void *context, const char *text)
{
    (void)context;
    struct ks_model *model = &app->model;
    if (strlen(text) >= sizeof model->filter) {
        ks_say(model, KS_SAY_BAD, "the filter is too long");
        return KS_FX_DONE;
    }
    snprintf(model->filter, sizeof model->filter, "%s", text);
    return KS_FX_RERANK | KS_FX_DONE;
}

static unsigned why(struct ks_app *app, void *context, const char *text)
{
    (void)context;
    return text[strspn(text, " ")] != '\0' ? ks_open(app, "why", text, 0) : KS_FX_DONE;
}

/* An entry needs its reason: who reads the list later has nothing else. */
static unsigned allow(struct ks_app *app, void *context, const char *text)
{
    (void)context;
    const char *hash = strchr(text, '#');
    if (text[strspn(text, " ")] == '\0')
        return KS_FX_DONE;
    if (hash == NULL || hash[1 + strspn(hash + 1, " ")] == '\0') {
        ks_say(&app->model, KS_SAY_BAD, "nothing was put on the allow list: the reason must stand behind #");
        return KS_FX_DONE;
    }
    return ks_model_allow_add(&app->model, text);
}

unsigned ks_ask_allow(struct ks_app *app, const char *initial)
{
    return ks_ask(app, &(struct ks_prompt_options){.label = "allow (# reason): ", .initial = initial, .accept = allow});
}

static unsigned narrow(struct ks_app *app, const char *text)
{
    struct ks_params params = app->model.settings.params;
    char *words[4];
    size_t n;
    unsigned effects = KS_FX_DONE;
    int64_t from, to;
    if (text == NULL || !ks_split_words(text, words, 4, &n))
        return 0;
    if (n == 2 && strcmp(words[0], "host") == 0 && ks_parse_address(words[1], &params.narrow.host)) {
        params.narrow.by_host = true;
        effects |= ks_model_change(&app->model, &params, "narrow", false);
    } else if (n == 3 && strcmp(words[0], "time") == 0 && ks_parse_moment(words[1], &from) && ks_parse_moment(words[2], &to) && from < to) {
        params.narrow.by_time = true;
        params.narrow.from = from;
        params.narrow.to = to;
        effects |= ks_model_change(&app->model, &params, "narrow", false);
    } else {
        ks_say(&app->model, KS_SAY_BAD, "narrow host ADDRESS, or narrow time FROM TO in seconds since the epoch");
    }
    while (n > 0)
        ks_free(words[--n]);
    return effects;
}

static unsigned widen(struct ks_app *app)
{
    struct ks_params params = app->model.settings.params;
    params.narrow = (struct ks_narrow){0};
    return ks_model_change(&app->model, &params, "widen", false);
}

static unsigned preset(struct ks_app *app, const char *text)
{
    struct ks_params now = app->model.settings.params;
    enum ks_preset want = now.preset == KS_PRESET_HUNT ? KS_PRESET_PAPER : KS_PRESET_HUNT;
    if (text != NULL && text[0] != '\0') {
        if (strcmp(text, "hunt") != 0 && strcmp(text, "paper") != 0) {
            ks_say(&app->model, KS_SAY_BAD, "the presets are hunt and paper");
            return KS_FX_DONE;
        }
        want = text[0] == 'h' ? KS_PRESET_HUNT : KS_PRESET_PAPER;
    }
    struct ks_params params = ks_params_preset(want);
    params.narrow = now.narrow;
    ks_say(&app->model, KS_SAY_INFO, "preset %s", ks_preset_name(want));
    return ks_model_change(&app->model, &params, "preset", false) | KS_FX_DONE;
}

static unsigned all_automatic(struct ks_app *app)
{
    struct ks_params params = app->model.settings.params;
    params.min_supp.automatic = params.min_inte.automatic = params.min_conf.automatic = true;
    return ks_model_change(&app->model, &params, "automatic", false);
}

static unsigned set_value(struct ks_app *app, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return ks_open(app, "settings", NULL, 0);
    char name[64];
    unsigned effects = KS_FX_DONE;
    size_t len = strcspn(text, " =");
    snprintf(name, sizeof name, "%.*s", (int)(len < 63 ? len : 63), text);
    const char *value = text + len;
    value += strspn(value, " =");
    ks_say_status(&app->model, ks_model_set(&app->model, name, value, &effects));
    return effects;
}

/* `:reset NAME` from any screen; the settings screen knows which one is meant without a name. */
static unsigned reset(struct ks_app *app, const char *name)
{
    unsigned effects = KS_FX_DONE;
    enum ks_setting_id id;
    if (name == NULL || name[0] == '\0')
        return ks_open(app, "settings", NULL, 0);
    if (!ks_setting_find(name, &id))
        ks_say_status(&app->model, ks_fail(KS_USAGE, "no setting is called %s", name));
    else
        ks_say_status(&app->model, ks_model_set(&app->model, ks_setting_info(id)->name, ks_setting_info(id)->standard, &effects));
    return effects;
}

/* `:bind`, `:unbind`: the words as in the settings file. */
static unsigned bind(struct ks_app *app, const struct ks_request *request)
{
    char words[256], note[200];
    snprintf(words, sizeof words, "%s %s", ks_action_info(request->action)->name, request->text != NULL ? request->text : "");
    struct ks_status status = ks_keymap_take(words, 0, note, sizeof note);
    if (!ks_is_ok(status)) {
        ks_say_status(&app->model, status);
        return KS_FX_DONE;
    }
    ks_say(&app->model, note[0] != '\0' ? KS_SAY_WARN : KS_SAY_INFO, "%s%s%s", words, note[0] != '\0' ? ": " : "", note);
    return KS_FX_SAVE | KS_FX_DONE;
}

static unsigned next_theme(struct ks_app *app)
{
    unsigned effects;
    enum ks_theme theme = (enum ks_theme)(((unsigned)app->model.settings.habits.theme + 1) % KS_THEME_N);
    ks_say_status(&app->model, ks_model_set(&app->model, "theme", ks_theme_name(theme), &effects));
    return effects;
}

/* close: what is on top comes before what runs. */
static unsigned cancel(struct ks_app *app, bool close)
{
    struct ks_model *model = &app->model;
    if (app->depth > 1 && (close || (!model->loading && ks_model_pending(model) == NULL)))
        return KS_FX_CLOSE | KS_FX_DONE;
    if (model->loading)
        return ks_model_stop_loading(model);
    const char *pending = ks_model_pending(model);
    if (pending == NULL)
        return KS_FX_DONE;
    char key[32];
    ks_action_key_label(key, sizeof key, KS_DO_RESUME);
    ks_say(model, KS_SAY_WARN, "stopped: %s; %s goes on", pending, key[0] != '\0' ? key : ":resume");
    ks_model_stop(model);
    return KS_FX_DONE;
}

static unsigned save_settings(struct ks_app *app)
{
    if (app->settings_path[0] == '\0') {
        ks_say(&app->model, KS_SAY_BAD, "settings are not kept: there is no folder for them");
        return KS_FX_DONE;
    }
    app->model.settings.kept = (1u << KS_SET_N) - 1;
    ks_say(&app->model, KS_SAY_INFO, "all settings and parameters");
    return KS_FX_SAVE | KS_FX_DONE;
}

static unsigned dump(struct ks_app *app, const struct ks_request *request)
{
    char *words[2];
    size_t n;
    if (request->text == NULL || !ks_split_words(request->text, words, 2, &n))
        return KS_FX_DONE;
    if (n == 0) {
        ks_say(&app->model, KS_SAY_BAD, "a file name must follow");
        return KS_FX_DONE;
    }
    struct ks_status status = request->action == KS_DO_DUMP_MODEL
                                  ? ks_dump_model(app, words[0])
                                  : ks_dump_screen(app, words[0], n > 1 && strcmp(words[1], "attributes") == 0);
    while (n > 0)
        ks_free(words[--n]);
    ks_say_status(&app->model, status);
    return KS_FX_DONE;
}

static unsigned resize(struct ks_app *app, const char *text)
{
    int w, h;
    if (app->term != NULL || text == NULL || sscanf(text, "%5dx%5d", &w, &h) != 2 || w < 1 || h < 1) {
        ks_say(&app->model, KS_SAY_BAD, app->term != NULL ? "the terminal has its own size" : "resize 80x24");
        return KS_FX_DONE;
    }
    if (!ks_cells_resize(&app->grid, w, h))
        ks_say_status(&app->model, ks_nomem("the screen"));
    return KS_FX_DONE;
}

static unsigned ask_something(struct ks_app *app, const struct ks_request *request)
{
    switch (request->action) {
    case KS_DO_SEARCH:
        return ask_or_do(app, request,
                         &(struct ks_prompt_options){.label = "/", .history = &app->searches, .accept = search_for});
    case KS_DO_LOAD:
        return ask_or_do(app, request,
                         &(struct ks_prompt_options){
                             .label = "open: ", .history = &app->files, .accept = load_files, .complete = ks_complete_path});
    case KS_DO_COMPARE:
        return compare(app);
    case KS_DO_BASELINE:
        return ask_or_do(app, request,
                         &(struct ks_prompt_options){
                             .label = "baseline: ", .history = &app->files, .accept = load_baseline, .complete = ks_complete_path});
    case KS_DO_WHY:
        return ask_or_do(app, request, &(struct ks_prompt_options){.label = "why (999 888 ...): ", .history = &app->whys, .accept = why});
    case KS_DO_ALLOW:
        return ask_or_do(app, request, &(struct ks_prompt_options){.label = "allow (# reason): ", .accept = allow});
    case KS_DO_FILTER:
        return ask_or_do(app, request,
                         &(struct ks_prompt_options){
                             .label = "filter: ", .initial = app->model.filter, .history = &app->filters, .accept = set_filter});
    default:
        return 0;
    }
}

static unsigned parameter(struct ks_app *app, const struct ks_request *request)
{
    struct ks_model *model = &app->model;
    switch (request->action) {
    case KS_DO_RESUME:
        return KS_FX_RECOUNT | KS_FX_DONE;
    case KS_DO_UNDO:
        return ks_model_undo(model);
    case KS_DO_REDO:
        return ks_model_redo(model);
    case KS_DO_SNAPSHOT:
        return ks_model_snapshot(model, request->text);
    case KS_DO_PRESET:
        return preset(app, request->text);
    case KS_DO_ALL_AUTOMATIC:
        return all_automatic(app);
    case KS_DO_RESET:
        return reset(app, request->text);
    case KS_DO_SET:
        return set_value(app, request->text);
    case KS_DO_INTE_LESS:
    case KS_DO_INTE_MORE:
        return ks_model_step(model, KS_SET_MIN_INTE, request->action == KS_DO_INTE_MORE ? 1 : -1);
    case KS_DO_SUPP_LESS:
    case KS_DO_SUPP_MORE:
        return ks_model_step(model, KS_SET_MIN_SUPP, request->action == KS_DO_SUPP_MORE ? 1 : -1);
    case KS_DO_CONF_LESS:
    case KS_DO_CONF_MORE:
        return ks_model_step(model, KS_SET_MIN_CONF, request->action == KS_DO_CONF_MORE ? 1 : -1);
    case KS_DO_UNFILTER:
        return set_filter(app, NULL, "");
    case KS_DO_UNMARK:
        ks_model_unmark(model);
        return KS_FX_DONE;
    case KS_DO_NARROW:
        return narrow(app, request->text);
    case KS_DO_WIDEN:
        return widen(app);
    default:
        return 0;
    }
}

static unsigned program(struct ks_app *app, const struct ks_request *request)
{
    switch (request->action) {
    case KS_DO_BACK:
        return app->depth > 1 ? KS_FX_CLOSE | KS_FX_DONE : KS_FX_QUIT | KS_FX_DONE;
    case KS_DO_CANCEL:
        return cancel(app, true);
    case KS_DO_STOP:
        return cancel(app, false);
    case KS_DO_QUIT:
        return KS_FX_QUIT | KS_FX_DONE;
    case KS_DO_THEME:
        return next_theme(app);
    case KS_DO_REDRAW:
        return KS_FX_LOOK | KS_FX_DONE;
    case KS_DO_SUSPEND:
        app->suspend = app->term != NULL;
        return KS_FX_DONE;
    case KS_DO_SAVE_SETTINGS:
        return save_settings(app);
    case KS_DO_BIND:
    case KS_DO_UNBIND:
        return bind(app, request);
    case KS_DO_DUMP_SCREEN:
    case KS_DO_DUMP_MODEL:
        return dump(app, request);
    case KS_DO_RESIZE:
        return resize(app, request->text);
    case KS_DO_NEXT:
    case KS_DO_PREVIOUS:
        return ks_app_search(app, request->action == KS_DO_NEXT ? 1 : -1);
    default:
        return 0;
    }
}

unsigned ks_global_act(struct ks_app *app, const struct ks_request *request)
{
    unsigned effects = program(app, request);
    if (effects == 0)
        effects = parameter(app, request);
    if (effects == 0)
        effects = ask_something(app, request);
    if (effects != 0)
        return effects;
    const struct ks_action_info *info = ks_action_info(request->action);
    bool screen = info->group == KS_GROUP_SCREEN || request->action == KS_DO_EXPORT || request->action == KS_DO_SNAPSHOTS;
    return screen ? ks_open(app, info->name, request->text, request->number) : 0;
}
