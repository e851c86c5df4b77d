/* The messages so far, newest last. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/app/app.h"
#include "tui/toolkit/layout.h"

struct log {
    struct ks_list list;
    bool follow; /* stays at the newest */
    int detail;  /* rows below that tell the message under the cursor in full */
};

static void *log_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    (void)number;
    struct log *log = ks_zalloc(1, sizeof *log);
    if (log == NULL)
        ks_say_status(&app->model, ks_nomem("the log"));
    else
        log->follow = true;
    return log;
}

static void log_close(struct ks_app *app, void *state)
{
    (void)app;
    ks_free(state);
}

static uint64_t kept(const struct ks_model *model)
{
    return model->n_messages < KS_MESSAGES ? model->n_messages : KS_MESSAGES;
}

static const struct ks_message *message(const struct ks_model *model, uint64_t i)
{
    return &model->messages[(model->n_messages - kept(model) + i) % KS_MESSAGES];
}

static void log_layout(struct ks_app *app, void *state, int w, int h)
{
    struct log *log = state;
    uint64_t n = kept(&app->model);
    if (log->follow)
        log->list.at = n > 0 ? n - 1 : 0;
    ks_list_fit(&log->list, n, h - 2);
    log->detail = n > 0 ? ks_wrapped_rows(&app->grid, w - 4, message(&app->model, log->list.at)->text) : 0;
    if (log->detail < 2 && w >= 60) /* a short one can be read where it stands */
        log->detail = 0;
    else if (log->detail > (h - 2) / 2 - 1)
        log->detail = (h - 2) / 2 - 1 > 0 ? (h - 2) / 2 - 1 : 0;
    if (log->detail > 0)
        ks_list_fit(&log->list, n, h - 3 - log->detail);
}

static void log_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct log *log = state;
    const struct ks_model *model = &app->model;
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_FOCUS, "Messages");
    if (log->list.n == 0)
        ks_put(in, 1, 0, KS_ROLE_FAINT, "There are no messages yet.");
    int room = in.h - (log->detail > 0 ? log->detail + 1 : 0);
    if (log->detail > 0) {
        ks_box_split(canvas, ks_whole(canvas), room + 1, KS_ROLE_FOCUS, "");
        ks_put_wrapped(in, 1, room + 1, in.w - 2, log->detail, KS_ROLE_TEXT, message(model, log->list.at)->text);
    }
    for (int y = 0; y < room && log->list.top + (uint64_t)y < log->list.n; y++) {
        uint64_t i = log->list.top + (uint64_t)y;
        const struct ks_message *m = message(model, i);
        bool here = i == log->list.at;
        ks_style style = here                     ? KS_ROLE_SELECTED
                         : m->level == KS_SAY_BAD  ? KS_ROLE_BAD
                         : m->level == KS_SAY_WARN ? KS_ROLE_WARN
                                                   : KS_ROLE_TEXT;
        char when[40] = "", text[400];
        if (m->at != 0)
            ks_format_time(when, sizeof when, m->at, 0);
        snprintf(text, sizeof text, " %s%s%s%s", when[0] != '\0' ? when + 11 : "", when[0] != '\0' ? "  " : "",
                 m->level == KS_SAY_BAD ? "! " : m->level == KS_SAY_WARN ? "* " : "  ", m->text);
        ks_put_in(in, 0, y, in.w, KS_LEFT, style, text);
        ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, (int64_t)i);
    }
    ks_scrollbar(canvas, canvas.w - 1, 1, room, log->list.top, (uint64_t)log->list.visible, log->list.n);
}

static unsigned log_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    (void)app;
    struct log *log = state;
    if (!ks_list_act(&log->list, (int)request->action, request->number))
        return 0;
    log->follow = log->list.n == 0 || log->list.at == log->list.n - 1;
    return KS_FX_DONE;
}

static bool log_search(struct ks_app *app, void *state, const char *text, int direction)
{
    struct log *log = state;
    uint64_t n = kept(&app->model);
    for (uint64_t step = direction == 0 ? 0 : 1; step <= n && n > 0; step++) {
        uint64_t i = direction < 0 ? (log->list.at + n - step) % n : (log->list.at + step) % n;
        if (strstr(message(&app->model, i)->text, text) != NULL) {
            log->list.at = i;
            log->follow = false;
            return true;
        }
    }
    return false;
}

static void log_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    (void)app;
    const struct log *log = state;
    ks_text_addf(out, "row %" PRIu64 " of %" PRIu64 "\n", log->list.at + 1, log->list.n);
}

const struct ks_screen_ops ks_screen_log = {
    .name = "log",
    .title = "Messages",
    .place = KS_ON_LOG,
    .open = log_open,
    .close = log_close,
    .layout = log_layout,
    .draw = log_draw,
    .act = log_act,
    .search = log_search,
    .dump = log_dump,
};
