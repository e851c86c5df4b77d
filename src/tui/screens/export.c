/* Exporting: what, in which form, to which file, with a preview. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "tui/app/app.h"
#include "tui/toolkit/layout.h"
#include "tui/model/outbound.h"
#include "tui/app/complete.h"

enum { FIELD_WHAT, FIELD_FORMAT, FIELD_FILE, FIELD_REPLACE, FIELDS, PREVIEW = 32768, PREVIEW_ROWS = 60 };

struct export {
    int field;
    enum ks_pick pick;
    size_t row; /* the knock under the cursor, or SIZE_MAX */
    enum ks_format format;
    char path[1024];
    bool own_path; /* typed, so that it does not follow the format */
    bool replace;
    struct ks_text preview;
    char problem[320];
    int scroll;
    bool stale; /* the preview is to be made again */
};

static const char *const pick_text[KS_PICK_N] = {
    [KS_PICK_KNOCKS_MARKED] = "the marked knocks",
    [KS_PICK_KNOCK] = "the knock under the cursor",
    [KS_PICK_KNOCKS] = "all knocks that stand",
    [KS_PICK_RULES_MARKED] = "the marked rules",
    [KS_PICK_RULES] = "the rules as they are listed",
};

static bool about_rules(enum ks_pick pick)
{
    return pick == KS_PICK_RULES || pick == KS_PICK_RULES_MARKED;
}

static bool fits(enum ks_format format, enum ks_pick pick)
{
    const struct ks_format_info *info = ks_format_info(format);
    return about_rules(pick) ? info->rules : info->knocks;
}

static void name_file(struct export *x)
{
    if (!x->own_path)
        snprintf(x->path, sizeof x->path, "%s.%s", about_rules(x->pick) ? "rules" : "knocks", ks_format_info(x->format)->extension);
    x->stale = true;
    x->scroll = 0;
}

/* The next thing that there is anything of, in either direction. */
static void change_pick(const struct ks_model *model, struct export *x, int by)
{
    for (int i = 0; i < KS_PICK_N; i++) {
        x->pick = (enum ks_pick)(((int)x->pick + KS_PICK_N + by) % KS_PICK_N);
        if (ks_outbound_count(model, x->pick, x->row) > 0)
            break;
    }
    while (!fits(x->format, x->pick))
        x->format = (enum ks_format)((x->format + 1) % KS_FORMAT_N);
    name_file(x);
}

static void change_format(struct export *x, int by)
{
    do
        x->format = (enum ks_format)(((int)x->format + KS_FORMAT_N + by) % KS_FORMAT_N);
    while (!fits(x->format, x->pick));
    name_file(x);
}

static void export_done(void *owner, void *context, struct ks_status status)
{
    struct ks_model *model = owner;
    struct ks_outbound *o = context;
    char n[32];
    if (ks_is_ok(status) && o->selection.n_rules > 0)
        ks_say(model, KS_SAY_INFO, "%s rules written to %s%s%s", ks_format_count(n, sizeof n, o->selection.n_rules), o->path,
               o->limit[0] != '\0' ? ": " : "", o->limit);
    else if (ks_is_ok(status))
        ks_say(model, KS_SAY_INFO, "%zu %s written to %s", o->selection.n_knocks, o->selection.n_knocks == 1 ? "knock" : "knocks", o->path);
    else
        ks_say_status(model, status);
}

static struct ks_status export_run(void *context, struct ks_progress *progress)
{
    return ks_outbound_write(context, progress);
}

static void export_drop(void *context)
{
    ks_outbound_free(context);
}

static unsigned write_it(struct ks_app *app, struct export *x)
{
    struct ks_model *model = &app->model;
    struct ks_outbound *o = NULL;
    if (!x->replace && access(x->path, F_OK) == 0) {
        x->field = FIELD_REPLACE;
        ks_say(model, KS_SAY_BAD, "%s is there already: choose another name, or allow it to be replaced", x->path);
        return KS_FX_DONE;
    }
    struct ks_status status = ks_outbound_make(model, x->pick, x->row, 0, &o);
    if (ks_is_ok(status) && (o->path = ks_strdup(x->path)) == NULL)
        status = ks_nomem("the file name");
    if (!ks_is_ok(status)) {
        ks_say_status(model, status);
        ks_outbound_free(o);
        return KS_FX_DONE;
    }
    o->format = x->format;
    o->replace = x->replace;
    ks_say(model, KS_SAY_INFO, "writing %s ...", x->path);
    status = ks_worker_submit(model->worker, &(struct ks_job){KS_JOB_EXPORT, o, export_run, export_done, export_drop});
    ks_say_status(model, status);
    return KS_FX_CLOSE | KS_FX_DONE;
}

/* `:export FORMAT FILE`: what it says is taken at once. */
static bool take_words(struct ks_app *app, struct export *x, const char *text, bool *whole)
{
    char word[32];
    size_t n = strcspn(text, " ");
    *whole = false;
    if (n >= sizeof word)
        n = sizeof word - 1;
    memcpy(word, text, n);
    word[n] = '\0';
    if (!ks_format_parse(word, &x->format)) {
        ks_say(&app->model, KS_SAY_BAD, "no export format is called %s", word);
        return false;
    }
    if (!fits(x->format, x->pick))
        x->pick = about_rules(x->pick) ? (x->row != SIZE_MAX ? KS_PICK_KNOCK : KS_PICK_KNOCKS) : KS_PICK_RULES;
    text += n + strspn(text + n, " ");
    if (text[0] != '\0' && strlen(text) < sizeof x->path) {
        snprintf(x->path, sizeof x->path, "%s", text);
        x->own_path = *whole = true;
    }
    return true;
}

static void *export_open(struct ks_app *app, const char *text, int64_t number)
{
    const struct ks_model *model = &app->model;
    struct export *x = ks_zalloc(1, sizeof *x);
    bool whole = false;
    if (x == NULL) {
        ks_say_status(&app->model, ks_nomem("the export screen"));
        return NULL;
    }
    bool rules = app->depth > 0 && app->stack[0].ops != NULL && strcmp(app->stack[0].ops->name, "rules") == 0;
    x->row = number > 0 ? (size_t)number - 1 : SIZE_MAX;
    x->format = rules ? KS_FORMAT_CSV : KS_FORMAT_MARKDOWN;
    x->field = FIELD_FORMAT;
    static const enum ks_pick order[2][4] = {{KS_PICK_KNOCKS_MARKED, KS_PICK_KNOCK, KS_PICK_KNOCKS, KS_PICK_RULES},
                                             {KS_PICK_RULES_MARKED, KS_PICK_RULES, KS_PICK_KNOCKS_MARKED, KS_PICK_KNOCKS}};
    size_t i = 0;
    while (i < 4 && ks_outbound_count(model, order[rules][i], x->row) == 0)
        i++;
    if (i == 4) {
        ks_say(&app->model, KS_SAY_BAD, "there is nothing to export: no knock stands and no rule passes");
        ks_free(x);
        return NULL;
    }
    x->pick = order[rules][i];
    if (!fits(x->format, x->pick))
        x->format = KS_FORMAT_CSV;
    if (text != NULL && text[0] != '\0' && !take_words(app, x, text, &whole)) {
        ks_free(x);
        return NULL;
    }
    name_file(x);
    if (whole && (write_it(app, x) & KS_FX_CLOSE) != 0) {
        ks_free(x);
        return NULL;
    }
    return x;
}

static void export_close(struct ks_app *app, void *state)
{
    struct export *x = state;
    (void)app;
    ks_text_free(&x->preview);
    ks_free(x);
}

static void make_preview(const struct ks_model *model, struct export *x)
{
    struct ks_outbound *o = NULL;
    ks_text_free(&x->preview);
    x->problem[0] = '\0';
    if (ks_format_info(x->format)->binary) {
        ks_text_add(&x->preview, "The packets of the evidence as a capture file: the attempts, their answers, and the opened connections, byte for "
                                 "byte as they were captured, at their own times.\nBeside it a file with .json at the end says for each packet where "
                                 "it stood in the source.\n");
        return;
    }
    struct ks_status status = ks_outbound_make(model, x->pick, x->row, PREVIEW_ROWS, &o);
    if (ks_is_ok(status)) {
        o->format = x->format;
        status = ks_outbound_preview(o, PREVIEW, &x->preview);
    }
    if (!ks_is_ok(status))
        snprintf(x->problem, sizeof x->problem, "%s", status.message);
    ks_outbound_free(o);
}

static void export_layout(struct ks_app *app, void *state, int w, int h)
{
    struct export *x = state;
    (void)w;
    (void)h;
    if (x->stale)
        make_preview(&app->model, x);
    x->stale = false;
}

static void field(const struct export *x, struct ks_canvas in, int which, const char *label, const char *value, const char *note)
{
    bool here = x->field == which;
    ks_put(in, 0, which, KS_ROLE_CURSOR | KS_BOLD, here ? "▶" : " ");
    ks_put_in(in, 2, which, 10, KS_LEFT, here ? KS_ROLE_STRONG : KS_ROLE_FAINT, label);
    int end = ks_put(in, 12, which, here ? KS_ROLE_SELECTED : KS_ROLE_TEXT, value);
    ks_put(in, end + 2, which, KS_ROLE_FAINT, note);
    ks_zone(in, (struct ks_rect){0, which, in.w, 1}, KS_DO_SELECT, which);
}

static void export_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct export *x = state;
    const struct ks_format_info *info = ks_format_info(x->format);
    struct ks_rect rest = ks_whole(canvas);
    struct ks_canvas in = ks_box(canvas, ks_take_rows(&rest, FIELDS + 3), KS_ROLE_FOCUS, "Export");
    char text[96], n[32];
    snprintf(text, sizeof text, "%s (%s)", pick_text[x->pick],
             ks_format_count(n, sizeof n, ks_outbound_count(&app->model, x->pick, x->row)));
    field(x, in, FIELD_WHAT, "what", text, "");
    field(x, in, FIELD_FORMAT, "as", info->name, info->help);
    field(x, in, FIELD_FILE, "file", x->path, "");
    field(x, in, FIELD_REPLACE, "replace", x->replace ? "yes" : "no", "a file of this name");
    ks_put(in, 2, FIELDS, KS_ROLE_FAINT, x->field == FIELD_FILE ? "Enter types another name · e writes the file"
                                                                : "↑ ↓ choose · ← → change · Enter writes the file · q leaves");
    struct ks_canvas below = ks_box(canvas, rest, KS_ROLE_BORDER, "Preview");
    if (x->problem[0] != '\0') {
        ks_put_wrapped(below, 1, 0, below.w - 2, below.h, KS_ROLE_WARN, x->problem);
        return;
    }
    const char *at = ks_text_get(&x->preview);
    for (int skip = x->scroll; skip > 0 && *at != '\0'; skip--) {
        at += strcspn(at, "\n");
        at += *at != '\0';
    }
    for (int y = 0; y < below.h && *at != '\0'; y++) {
        char row[512];
        size_t len = strcspn(at, "\n"), keep = len < sizeof row - 1 ? len : sizeof row - 1;
        memcpy(row, at, keep);
        row[keep] = '\0';
        if (info->binary) {
            y += ks_put_wrapped(below, 1, y, below.w - 2, below.h - y, KS_ROLE_TEXT, row) - 1;
        } else {
            ks_put_in(below, 1, y, below.w - 2, KS_LEFT, KS_ROLE_TEXT, row);
        }
        at += len;
        at += *at != '\0';
    }
}

static unsigned take_path(struct ks_app *app, void *context, const char *text)
{
    (void)context;
    struct ks_screen *top = ks_app_top(app);
    if (top->ops != &ks_screen_export || text[0] == '\0')
        return KS_FX_DONE;
    struct export *x = top->state;
    enum ks_format format;
    if (strlen(text) >= sizeof x->path) {
        ks_say(&app->model, KS_SAY_BAD, "the file name is too long");
        return KS_FX_DONE;
    }
    snprintf(x->path, sizeof x->path, "%s", text);
    x->own_path = true;
    if (ks_format_of_path(text, &format) && fits(format, x->pick))
        x->format = format;
    x->stale = true;
    return KS_FX_DONE;
}

static void complete_whole_path(const struct ks_app *app, const char *text, size_t at, struct ks_candidates *out)
{
    ks_complete_path(app, text, at, out);
}

static unsigned ask_path(struct ks_app *app, const struct export *x)
{
    return ks_ask(app, &(struct ks_prompt_options){.label = "export to: ",
                                                   .initial = x->path,
                                                   .history = &app->files,
                                                   .accept = take_path,
                                                   .complete = complete_whole_path});
}

static unsigned change(struct ks_app *app, struct export *x, int by)
{
    if (x->field == FIELD_WHAT)
        change_pick(&app->model, x, by);
    else if (x->field == FIELD_FORMAT)
        change_format(x, by);
    else if (x->field == FIELD_REPLACE)
        x->replace = !x->replace;
    return KS_FX_DONE;
}

static unsigned export_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct export *x = state;
    switch (request->action) {
    case KS_DO_UP: x->field = (x->field + FIELDS - 1) % FIELDS; return KS_FX_DONE;
    case KS_DO_DOWN:
    case KS_DO_NEXT_PANE: x->field = (x->field + 1) % FIELDS; return KS_FX_DONE;
    case KS_DO_SELECT:
        if (request->number >= 0 && request->number < FIELDS)
            x->field = (int)request->number;
        return KS_FX_DONE;
    case KS_DO_LEFT: return change(app, x, -1);
    case KS_DO_RIGHT: return change(app, x, 1);
    case KS_DO_PAGE_DOWN: x->scroll += 10; return KS_FX_DONE;
    case KS_DO_PAGE_UP: x->scroll = x->scroll > 10 ? x->scroll - 10 : 0; return KS_FX_DONE;
    case KS_DO_ENTER: return x->field == FIELD_FILE ? ask_path(app, x) : write_it(app, x);
    case KS_DO_EXPORT: return write_it(app, x);
    default: return 0;
    }
}

static void export_summary(const struct ks_app *app, const void *state, char *out, size_t cap)
{
    const struct export *x = state;
    (void)app;
    snprintf(out, cap, "Enter writes %s", x->path);
}

static void export_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct export *x = state;
    (void)app;
    ks_text_addf(out, "export.what %s\nexport.format %s\nexport.path %s\nexport.replace %s\n", pick_text[x->pick],
                 ks_format_info(x->format)->name, x->path, x->replace ? "yes" : "no");
}

const struct ks_screen_ops ks_screen_export = {
    .name = "export",
    .title = "Export",
    .place = KS_ON_EXPORT,
    .open = export_open,
    .close = export_close,
    .layout = export_layout,
    .draw = export_draw,
    .act = export_act,
    .summary = export_summary,
    .dump = export_dump,
};
