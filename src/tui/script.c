/* Scripts: the explorer without a terminal.
 *
 * Each line of the file is one step: a line that starts with ':' is a command; one that starts with '#' is a comment; any other is a series of keys in
 * bracket notation (<Down>, <C-l>, <Enter>, <lt> for <, <Space> for a blank; blanks between keys are left out). A step begins when all work that the
 * step before caused is done, so a script needs no pauses and repeats exactly. The screen has 80x24 cells or what COLUMNS and LINES say, and
 * `:resize` changes it. The script ends with its last line, or with :quit. A step that cannot be read ends it with exit status 1. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tui/loop.h"

/* Waits until no work is left. */
static void settle(struct ks_app *app)
{
    while (!ks_worker_idle(app->model.worker)) {
        struct pollfd results = {.fd = ks_worker_fd(app->model.worker), .events = POLLIN};
        if (poll(&results, 1, -1) < 0 && errno != EINTR)
            return;
        ks_app_collect(app);
    }
    ks_app_draw(app); /* as a terminal would show it: lists are fitted, clicks find their places */
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
        ks_app_draw(app);
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
    app->told = app->model.n_messages;
    uint64_t said = app->model.n_messages;
    struct ks_status status = step[0] == ':' && step[1] != '\0' ? ks_app_command(app, step + 1) : press(app, step);
    /* A dump that could not be written is a failure of the script, not only a message. */
    const struct ks_message *last = &app->model.messages[(app->model.n_messages + KS_MESSAGES - 1) % KS_MESSAGES];
    if (ks_is_ok(status) && strncmp(step, ":dump", 5) == 0 && app->model.n_messages > said && last->level == KS_SAY_BAD)
        status = ks_fail(KS_IO, "%s", last->text);
    return status;
}

struct ks_status ks_script_run(struct ks_app *app, const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (file == NULL)
        return ks_fail(KS_INPUT, "%s: %s", path, strerror(errno));
    struct ks_status status = ks_ok();
    if (!ks_cells_resize(&app->grid, size_from("COLUMNS", 80), size_from("LINES", 24)))
        status = ks_nomem("the screen");
    char *line = NULL;
    size_t cap = 0;
    if (ks_is_ok(status))
        settle(app);
    for (unsigned number = 1; ks_is_ok(status) && !app->quit && getline(&line, &cap, file) >= 0; number++) {
        char where[64];
        snprintf(where, sizeof where, "script, line %u", number);
        status = ks_within(run_step(app, line), where);
        settle(app);
    }
    free(line); /* getline's own */
    if (file != stdin)
        fclose(file);
    return status;
}
