/* Scripts: the explorer without a terminal.
 *
 * Each line of the file is one step: a line that starts with ':' is a command; one that starts with '#' is a comment; any other is a series of keys in
 * bracket notation (<Down>, <C-l>, <Enter>, <lt> for <, <Space> for a blank; blanks between keys are left out). A step begins when all work that the
 * step before caused is done, so a script needs no pauses and repeats exactly. The screen has 80x24 cells or what COLUMNS and LINES say, and
 * `:resize` changes it. The script ends with its last line, or with :quit. A step that cannot be read ends it with exit status 1. A command that is
 * refused (a value out of its range, a file that is there already) is told on standard error with its line; the script goes on, so that what comes after
 * can show it, and ends with exit status 1. What keys are refused is told on the screen, as it is to a person. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/loop.h"
#include "tui/model/later.h"

/* As a terminal would show it: lists are fitted, clicks find their places. */
static void show(struct ks_app *app)
{
    if (!app->dirty)
        return;
    app->dirty = false;
    ks_app_draw(app);
}

/* Waits until `busy` says no more; false where that cannot be waited for. */
static bool wait_while(struct ks_app *app, bool (*busy)(const struct ks_model *))
{
    while (busy(&app->model)) {
        app->dirty = true; /* what was said to be under way no longer is then */
        struct pollfd results = {.fd = ks_worker_fd(app->model.worker), .events = POLLIN};
        if (poll(&results, 1, -1) < 0 && errno != EINTR)
            return false;
        ks_app_collect(app);
    }
    return true;
}

static bool working(const struct ks_model *model)
{
    return !ks_worker_idle(model->worker);
}

/* Waits until no work is left, that of drawing included. */
static void settle(struct ks_app *app)
{
    while (wait_while(app, working)) {
        show(app);
        if (!working(&app->model))
            return;
    }
}

static struct ks_status press(struct ks_app *app, const char *keys)
{
    while (*keys != '\0' && !app->quit) {
        struct ks_key key;
        if (*keys == ' ') {
            keys++;
            continue;
        }
        if (!ks_key_parse(&keys, &key))
            return ks_fail(KS_USAGE, "there is no key %.20s", keys);
        ks_app_key(app, key);
        if (!wait_while(app, ks_later_waits))
            return ks_fail(KS_FAILED, "cannot wait for the work under way");
        show(app);
    }
    return ks_ok();
}

static int size_from(const char *name, int standard)
{
    const char *text = getenv(name);
    uint64_t n;
    return text != NULL && ks_parse_u64(text, 1, 10000, &n) ? (int)n : standard;
}

static struct ks_status run_step(struct ks_app *app, char *line)
{
    size_t n = strlen(line);
    while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
        line[--n] = '\0';
    const char *step = line + strspn(line, " \t");
    if (step[0] == '\0' || step[0] == '#')
        return ks_ok();
    app->dirty |= app->told != app->model.n_messages;
    app->told = app->model.n_messages;
    return step[0] == ':' && step[1] != '\0' ? ks_app_command(app, step + 1) : press(app, step);
}

/* What was refused since `said` messages were there, by a command of this line. NULL: nothing. */
static const struct ks_message *refused(const struct ks_app *app, const char *line, uint64_t said)
{
    const struct ks_model *model = &app->model;
    uint64_t from = model->n_messages > said + KS_MESSAGES ? model->n_messages - KS_MESSAGES : said;
    if (line[strspn(line, " \t")] != ':')
        return NULL;
    for (uint64_t i = from; i < model->n_messages; i++)
        if (model->messages[i % KS_MESSAGES].level == KS_SAY_BAD)
            return &model->messages[i % KS_MESSAGES];
    return NULL;
}

static bool is_dump(const char *line)
{
    return strncmp(line + strspn(line, " \t"), ":dump", 5) == 0;
}

struct ks_status ks_script_run(struct ks_app *app, const char *path, bool *all_taken)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL)
        return ks_fail(KS_INPUT, "%s: %s", path, strerror(errno));
    struct ks_status status = ks_ok();
    if (!ks_cells_resize(&app->grid, size_from("COLUMNS", 80), size_from("LINES", 24)))
        status = ks_nomem("the screen");
    char *line = NULL;
    size_t cap = 0;
    *all_taken = true;
    if (ks_is_ok(status))
        settle(app);
    for (unsigned number = 1; ks_is_ok(status) && !app->quit && getline(&line, &cap, file) >= 0; number++) {
        char where[64];
        uint64_t said = app->model.n_messages;
        snprintf(where, sizeof where, "script, line %u", number);
        status = ks_within(run_step(app, line), where);
        settle(app);
        const struct ks_message *bad = ks_is_ok(status) ? refused(app, line, said) : NULL;
        if (bad != NULL && is_dump(line)) { /* nothing that comes after can make up for it */
            status = ks_fail(KS_IO, "%s: %s", where, bad->text);
        } else if (bad != NULL) {
            fprintf(stderr, "knockscope: %s: %s\n", where, bad->text);
            *all_taken = false;
        }
    }
    free(line); /* getline's own */
    if (file != stdin)
        fclose(file);
    return status;
}
