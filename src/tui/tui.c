#include "tui/tui.h"

#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "tui/loop.h"
#include "tui/model/baseline.h"
#include "tui/toolkit/term.h"

static void complain(void *context, const char *text)
{
    ks_say(context, KS_SAY_WARN, "%s", text);
}

/* One complaint is read where it is said; of several only the last would be. */
static void sum_up(struct ks_app *app, uint64_t complaints)
{
    char path[200], key[32];
    ks_action_key_label(key, sizeof key, KS_DO_LOG);
    if (complaints > 1)
        ks_say(&app->model, KS_SAY_WARN, "%u lines of %s need a look; %s shows them", (unsigned)complaints,
               ks_config_shown(path, sizeof path, app->settings_path), key[0] != '\0' ? key : ":log");
}

/* Habits: the table's standard, then the file's, then what the command line said (which is not kept). */
static void find_habits(struct ks_app *app, const struct ks_tui_options *options)
{
    struct ks_habits *habits = &app->model.settings.habits;
    uint64_t said = app->model.n_messages;
    *habits = ks_habits_standard();
    if (!options->plain_settings && ks_config_path(app->settings_path, sizeof app->settings_path, "settings", true))
        ks_say_status(&app->model,
                      ks_settings_read(&app->model.settings, app->settings_path, !options->params_given, &app->settings_found, complain,
                                       &app->model));
    else
        app->settings_path[0] = '\0';
    sum_up(app, app->model.n_messages - said);
    app->model.history[0] = app->model.settings.params; /* undo ends here */
    const char *allow = options->knocks.allow_path;
    if (allow == NULL && app->settings_path[0] != '\0' && ks_config_path(app->allow_path, sizeof app->allow_path, "allow", false))
        allow = app->allow_path;
    ks_model_allow_open(&app->model, allow);
    if (options->theme != NULL && !ks_theme_parse(options->theme, &habits->theme))
        ks_say(&app->model, KS_SAY_WARN, "no theme is called %s; there are dark, light, contrast and mono", options->theme);
    /* Both spellings of the code set are in use. */
    const char *codes = nl_langinfo(CODESET);
    bool utf8 = strcmp(codes, "UTF-8") == 0 || strcmp(codes, "utf8") == 0;
    app->force_ascii = options->ascii || !utf8;
    if (options->ascii)
        habits->glyphs = KS_GLYPHS_ASCII;
}

static unsigned begin(struct ks_app *app, const struct ks_tui_options *options)
{
    if (options->load.n_paths == 0) {
        ks_say(&app->model, KS_SAY_INFO, "o opens a capture, ? helps");
        return 0;
    }
    unsigned effects = ks_model_load(&app->model, options->load.paths, options->load.n_paths, options->load.filter);
    return options->baseline != NULL ? effects | ks_baseline_load(&app->model, &options->baseline, 1) : effects;
}

/* Nothing is kept yet, or the hint is asked for; where its end could not be kept it would come each time, so it never does. */
static bool is_first_run(const struct ks_app *app, const struct ks_tui_options *options)
{
    const struct ks_settings *settings = &app->model.settings;
    bool asked = !app->settings_found || (settings->kept >> KS_SET_WELCOME & 1) != 0;
    return options->script == NULL && app->settings_path[0] != '\0' && settings->habits.welcome && asked;
}

static int run_script(struct ks_app *app, const char *path)
{
    bool all_taken;
    struct ks_status status = ks_script_run(app, path, &all_taken);
    if (!ks_is_ok(status)) {
        fprintf(stderr, "knockscope: %s\n", status.message);
        return 1;
    }
    const struct ks_status *load = &app->model.load_status;
    if (!ks_is_ok(*load))
        fprintf(stderr, "knockscope: %s\n", load->message);
    return ks_is_ok(*load) ? (all_taken ? 0 : 1) : load->code == KS_PARTIAL ? 4 : load->code == KS_INPUT ? 3 : load->code == KS_USAGE ? 2 : 1;
}

static int run_terminal(struct ks_app *app, const struct ks_tui_options *options)
{
    struct ks_term_options how = {.colour = options->colour, .mouse = app->model.settings.habits.mouse};
    struct ks_status status = ks_loop_watch() ? ks_term_open(&how, &app->term) : ks_fail(KS_FAILED, "cannot make a pipe");
    if (!ks_is_ok(status)) {
        fprintf(stderr, "knockscope: %s\n", status.message);
        return 1;
    }
    int die = ks_loop_run(app);
    ks_term_close(app->term);
    ks_loop_unwatch();
    app->term = NULL;
    if (die != 0) { /* of the signal that came, so that the shell sees it */
        signal(die, SIG_DFL);
        raise(die);
    }
    return app->status;
}

int ks_tui_main(const struct ks_tui_options *options)
{
    setlocale(LC_CTYPE, "");
    /* Large: zones of the grid, history, snapshots. */
    struct ks_app *app = ks_zalloc(1, sizeof *app);
    if (app == NULL) {
        fprintf(stderr, "knockscope: memory ran out\n");
        return 1;
    }
    struct ks_status status = ks_app_init(app, options);
    int result = 1;
    if (!ks_is_ok(status)) {
        fprintf(stderr, "knockscope: %s\n", status.message);
    } else {
        find_habits(app, options);
        ks_app_effects(app, begin(app, options));
        if (is_first_run(app, options))
            ks_open(app, "welcome", NULL, 0);
        result = options->script != NULL ? run_script(app, options->script) : run_terminal(app, options);
    }
    ks_app_free(app);
    ks_free(app);
    return result;
}
