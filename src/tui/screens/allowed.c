/* The allow list: its entries, why each is there, and which knocks each sets aside now. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/app/app.h"
#include "tui/app/globals.h"
#include "tui/toolkit/layout.h"

enum { COLUMNS = 4 };

struct allowed {
    struct ks_list list;
    struct ks_column columns[COLUMNS];
    size_t *aside; /* by entry: knocks that it sets aside */
    size_t n;
    uint64_t generation;
    struct ks_rect list_at, knocks_at;
};

static void *allowed_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    struct allowed *s = ks_zalloc(1, sizeof *s);
    if (s == NULL) {
        ks_say_status(&app->model, ks_nomem("the allow list's screen"));
        return NULL;
    }
    s->list.at = number > 0 ? (uint64_t)number : 0;
    s->generation = UINT64_MAX;
    return s;
}

static void allowed_close(struct ks_app *app, void *state)
{
    struct allowed *s = state;
    (void)app;
    ks_free(s->aside);
    ks_free(s);
}

/* Counts once for every change of the knocks or the list. */
static void count(const struct ks_model *model, struct allowed *s)
{
    size_t n = ks_allow_count(model->allow);
    if (s->generation == model->generation && s->n == n)
        return;
    s->generation = model->generation;
    s->n = n;
    ks_free(s->aside);
    s->aside = ks_zalloc(n + 1, sizeof *s->aside);
    for (size_t i = 0; s->aside != NULL && model->knocks != NULL && model->capture != NULL && i < model->knocks->n; i++) {
        size_t entry = ks_allow_find(model->allow, &model->capture->log, &model->knocks->at[i]);
        if (entry < n)
            s->aside[entry]++;
    }
}

static void allowed_layout(struct ks_app *app, void *state, int w, int h)
{
    static const struct ks_column columns[COLUMNS] = {
        {.title = "line", .min = 5, .align = KS_RIGHT, .rank = 2},
        {.title = "ports and addresses", .min = 20, .grow = 1},
        {.title = "sets aside", .min = 10, .align = KS_RIGHT, .rank = 1},
        {.title = "reason", .min = 16, .grow = 2},
    };
    struct allowed *s = state;
    count(&app->model, s);
    struct ks_rect rest = {0, 0, w, h};
    size_t here = s->list.at < s->n && s->aside != NULL ? s->aside[s->list.at] : 0;
    int knocks = here > 0 && h >= 14 ? (int)(here < 6 ? here : 6) + 2 : 0;
    s->knocks_at = ks_take_rows(&rest, -knocks);
    s->list_at = rest;
    ks_list_fit(&s->list, s->n, rest.h - 3);
    memcpy(s->columns, columns, sizeof columns);
    ks_columns_fit(s->columns, COLUMNS, w - 4, 2);
}

static void draw_empty(const struct ks_model *model, struct ks_canvas in)
{
    char text[900];
    snprintf(text, sizeof text,
             "Nothing is on the allow list. A here, on a knock or on a rule puts ports and addresses on it, with the reason: 445,139 192.168.20.11 # printers. "
             "Knocks whose ports and hosts are all in an entry are set aside.\n\n%s%s%s",
             model->allow_path != NULL ? "It is kept in " : "It is kept until the end only; --allow FILE names a file for it.",
             model->allow_path != NULL ? model->allow_path : "", model->allow_path != NULL ? ", which `knockscope knocks --allow FILE` reads too." : "");
    ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_TEXT, text);
}

/* The knocks that the entry under the cursor sets aside. */
static void draw_knocks(const struct ks_model *model, const struct allowed *s, struct ks_canvas canvas)
{
    if (s->knocks_at.h < 3 || model->knocks == NULL || model->capture == NULL)
        return;
    struct ks_canvas in = ks_box(canvas, s->knocks_at, KS_ROLE_BORDER, "What it sets aside");
    int y = 0;
    for (size_t i = 0; i < model->knocks->n && y < in.h; i++) {
        const struct ks_knock *k = &model->knocks->at[i];
        char ports[256];
        if (ks_allow_find(model->allow, &model->capture->log, k) != s->list.at)
            continue;
        ks_putf_in(in, 1, y++, in.w - 2, KS_LEFT, KS_ROLE_TEXT, "%s · %zu time%s%s%s", ks_knock_text(ports, sizeof ports, k), k->n_activations,
                   k->n_activations == 1 ? "" : "s", k->verdict != NULL ? " · aside without it too: " : " · stands without it",
                   k->verdict != NULL ? k->verdict : "");
    }
}

static void allowed_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct allowed *s = state;
    const struct ks_model *model = &app->model;
    char title[300], text[64];
    if (model->allow_path != NULL)
        snprintf(title, sizeof title, "Allow list · %s", model->allow_path);
    else
        snprintf(title, sizeof title, "Allow list · in no file");
    struct ks_canvas in = ks_box(canvas, s->list_at, KS_ROLE_FOCUS, title);
    if (s->n == 0) {
        draw_empty(model, in);
        return;
    }
    struct ks_canvas body = ks_sub(in, (struct ks_rect){1, 0, in.w - 2, in.h});
    ks_columns_head(body, 0, s->columns, COLUMNS, COLUMNS, false);
    for (int y = 1; y < in.h && s->list.top + (uint64_t)y - 1 < s->list.n; y++) {
        uint64_t i = s->list.top + (uint64_t)y - 1;
        if (i >= ks_allow_count(model->allow))
            break;
        struct ks_allow_entry e = ks_allow_entry(model->allow, i);
        size_t n = s->aside != NULL ? s->aside[i] : 0;
        ks_column_put(body, y, &s->columns[0], KS_ROLE_FAINT, ks_format_count(text, sizeof text, e.line));
        ks_column_put(body, y, &s->columns[1], KS_ROLE_KNOCK, e.what);
        snprintf(text, sizeof text, "%zu", n);
        ks_column_put(body, y, &s->columns[2], n > 0 ? KS_ROLE_NUMBER : KS_ROLE_FAINT, text);
        ks_column_put(body, y, &s->columns[3], KS_ROLE_TEXT, e.reason);
        if (i == s->list.at)
            ks_restyle(in, (struct ks_rect){0, y, in.w, 1}, KS_ROLE_SELECTED);
        ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, (int64_t)i);
    }
    ks_scrollbar(canvas, canvas.w - 1, s->list_at.y + 2, in.h - 1, s->list.top, (uint64_t)s->list.visible, s->list.n);
    draw_knocks(model, s, canvas);
}

static unsigned allowed_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct allowed *s = state;
    switch (request->action) {
    case KS_DO_UNALLOW: return ks_model_allow_remove(&app->model, s->list.at);
    case KS_DO_ALLOW: return request->text != NULL && request->text[0] != '\0' ? 0 : ks_ask_allow(app, "");
    case KS_DO_COPY:
        if (s->list.at < ks_allow_count(app->model.allow))
            return ks_copy(app, ks_allow_entry(app->model.allow, s->list.at).what);
        return KS_FX_HANDLED;
    default: return ks_list_act(&s->list, (int)request->action, request->number) ? KS_FX_DONE : 0;
    }
}

static bool allowed_can(const struct ks_app *app, const void *state, enum ks_action action)
{
    const struct allowed *s = state;
    (void)app;
    return action == KS_DO_UNALLOW ? s->n > 0 : action != KS_DO_SEARCH && action != KS_DO_EXPORT;
}

static void allowed_summary(const struct ks_app *app, const void *state, char *out, size_t cap)
{
    const struct allowed *s = state;
    size_t all = 0;
    (void)app;
    for (size_t i = 0; s->aside != NULL && i < s->n; i++)
        all += s->aside[i];
    snprintf(out, cap, "%zu entr%s · %zu knock%s set aside", s->n, s->n == 1 ? "y" : "ies", all, all == 1 ? "" : "s");
}

static void allowed_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    (void)state;
    for (size_t i = 0; i < ks_allow_count(app->model.allow); i++) {
        struct ks_allow_entry e = ks_allow_entry(app->model.allow, i);
        ks_text_addf(out, "allowed %s # %s\nallowed.aside %zu\n", e.what, e.reason, ks_model_allow_count(&app->model, i));
    }
}

const struct ks_screen_ops ks_screen_allowed = {
    .name = "allowed",
    .title = "Allow list",
    .place = KS_ON_ALLOWED,
    .open = allowed_open,
    .close = allowed_close,
    .layout = allowed_layout,
    .draw = allowed_draw,
    .act = allowed_act,
    .can = allowed_can,
    .summary = allowed_summary,
    .dump = allowed_dump,
};
