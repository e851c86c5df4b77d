/* The events of one window: those of a rule's items, or all of them. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/app/app.h"
#include "tui/screens/lanes.h"
#include "tui/toolkit/layout.h"
#include "tui/screens/packet.h"

enum { COLUMNS = 6, WORDS = 2 * KS_MAX_LEN };

struct window {
    struct ks_origin origin; /* of the events */
    struct ks_mined *mined; /* held, so that the events stay whatever is mined next */
    uint32_t number;
    uint32_t *events; /* of the window, in the capture's order */
    size_t n_events;
    uint32_t *some;   /* indices into events: those of the items asked for */
    size_t n_some;
    ks_item items[WORDS];
    size_t n_items;
    bool all;
    struct ks_list list;
    struct ks_column columns[COLUMNS];
    char what[200];
};

static void window_close(struct ks_app *app, void *state)
{
    struct window *s = state;
    (void)app;
    ks_mined_release(s->mined);
    ks_origin_free(&s->origin);
    ks_free(s->events);
    ks_free(s->some);
    ks_free(s);
}

static bool asked_for(const struct window *s, ks_item item)
{
    for (size_t i = 0; i < s->n_items; i++)
        if (s->items[i] == item)
            return true;
    return false;
}

static bool same_host(const struct ks_log *log, uint32_t host, const struct ks_address *address)
{
    return memcmp(&log->hosts[host], address, sizeof *address) == 0;
}

/* Whether an event is of the window's group and of what was mined. */
static bool in_group(const struct ks_mined *mined, uint32_t first, size_t e, ks_item *item)
{
    const struct ks_log *log = &mined->capture->log;
    const struct ks_narrow *narrow = &mined->narrow;
    enum ks_scope scope = mined->windowing.scope;
    return ks_item_of(log, e, mined->items, item) && (scope == KS_SCOPE_CAPTURE || log->target[e] == log->target[first]) &&
           (scope != KS_SCOPE_PAIR || log->source[e] == log->source[first]) &&
           (!narrow->by_time || (log->time[e] >= narrow->from && log->time[e] < narrow->to)) &&
           (!narrow->by_host || same_host(log, log->source[e], &narrow->host) || same_host(log, log->target[e], &narrow->host));
}

/* A window's events are the next ones of its group from its first on, as many as it holds. */
static bool gather(struct window *s)
{
    const struct ks_window *w = &s->mined->sets.window[s->number];
    const struct ks_log *log = &s->mined->capture->log;
    s->events = ks_alloc(w->events, sizeof *s->events);
    s->some = ks_alloc(w->events, sizeof *s->some);
    if (s->events == NULL || s->some == NULL)
        return false;
    for (size_t e = w->event; e < log->n && s->n_events < w->events; e++) {
        ks_item item;
        if (!in_group(s->mined, w->event, e, &item))
            continue;
        if (asked_for(s, item))
            s->some[s->n_some++] = (uint32_t)s->n_events;
        s->events[s->n_events++] = (uint32_t)e;
    }
    return true;
}

static void *window_open(struct ks_app *app, const char *text, int64_t number)
{
    struct ks_model *model = &app->model;
    if (model->mined == NULL || model->mined->sets.window == NULL || number < 0 || number >= (int64_t)model->mined->sets.l)
        return NULL;
    struct window *s = ks_zalloc(1, sizeof *s);
    if (s == NULL) {
        ks_say_status(model, ks_nomem("the window's screen"));
        return NULL;
    }
    s->mined = ks_mined_retain(model->mined);
    s->number = (uint32_t)number;
    while (text != NULL && *(text += strspn(text, " ")) != '\0' && s->n_items < WORDS) {
        char word[40];
        size_t n = strcspn(text, " ");
        snprintf(word, sizeof word, "%.*s", (int)(n < 39 ? n : 39), text);
        s->n_items += ks_item_parse(word, &s->items[s->n_items]);
        size_t used = strlen(s->what);
        snprintf(s->what + used, sizeof s->what - used, "%s%s", used > 0 ? ", " : "", word);
        text += n;
    }
    if (!ks_origin_take(model, &s->origin) || !gather(s)) {
        ks_say_status(model, ks_nomem("the window's events"));
        window_close(app, s);
        return NULL;
    }
    s->all = s->n_some == 0;
    return s;
}

static void window_layout(struct ks_app *app, void *state, int w, int h)
{
    static const struct ks_column columns[COLUMNS] = {
        {.title = "packet", .min = 9, .align = KS_RIGHT, .rank = 2}, {.title = "time", .min = 12},
        {.title = "source", .min = 21, .grow = 2},                   {.title = "target", .min = 15, .grow = 2},
        {.title = "item", .min = 9, .grow = 1},                      {.title = "outcome", .min = 11, .rank = 1},
    };
    struct window *s = state;
    memcpy(s->columns, columns, sizeof columns);
    s->columns[1].title = app->model.settings.habits.local_time ? "time" : "time (UTC)";
    ks_columns_fit(s->columns, COLUMNS, w - 4, 1);
    ks_list_fit(&s->list, s->all ? s->n_events : s->n_some, h - 3);
}

static void draw_event(const struct ks_app *app, const struct window *s, struct ks_canvas in, int y, size_t e)
{
    const struct ks_log *log = &s->mined->capture->log;
    char text[96], address[48];
    ks_item item = 0;
    bool attempt = (log->mark[e] & (KS_MARK_ATTEMPT | KS_MARK_AGAIN)) != 0;
    ks_item_of(log, e, s->mined->items, &item);
    bool wanted = asked_for(s, item);
    ks_column_put(in, y, &s->columns[0], KS_ROLE_FAINT, ks_format_count(text, sizeof text, log->packet[e]));
    ks_column_put(in, y, &s->columns[1], KS_ROLE_TEXT, ks_clock(text, sizeof text, log->time[e], false, app->model.settings.habits.local_time));
    ks_format_address(address, sizeof address, &log->hosts[log->source[e]]);
    if (ks_log_proto(log, e) < KS_ICMP)
        snprintf(text, sizeof text, log->hosts[log->source[e]].version == 6 ? "[%s]:%u" : "%s:%u", address, log->sport[e]);
    else
        snprintf(text, sizeof text, "%s", address);
    ks_column_put(in, y, &s->columns[2], KS_ROLE_TEXT, text);
    ks_column_put(in, y, &s->columns[3], KS_ROLE_TEXT, ks_format_address(address, sizeof address, &log->hosts[log->target[e]]));
    ks_column_put(in, y, &s->columns[4], wanted ? KS_ROLE_KNOCK : KS_ROLE_TEXT, ks_item_format(text, sizeof text, item));
    ks_column_put(in, y, &s->columns[5], attempt ? ks_outcome_style(ks_log_outcome(log, e)) : KS_ROLE_FAINT,
                  attempt ? ks_outcome_name(ks_log_outcome(log, e)) : "");
}

static void window_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct window *s = state;
    char title[360], n[32], l[32], count[32];
    snprintf(title, sizeof title, "Window %s of %s · %s%s events%s%s%s", ks_format_count(n, sizeof n, (uint64_t)s->number + 1),
             ks_format_count(l, sizeof l, s->mined->sets.l), s->all ? "all " : "", ks_format_count(count, sizeof count, s->list.n), s->all ? "" : " of ",
             s->all ? "" : s->what, s->n_some == 0 ? "" : s->all ? " · Tab: the rule's" : " · Tab: all");
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_FOCUS, title);
    struct ks_canvas body = ks_sub(in, (struct ks_rect){1, 0, in.w - 2, in.h});
    ks_columns_head(body, 0, s->columns, COLUMNS, COLUMNS, false);
    for (int y = 1; y < in.h && s->list.top + (uint64_t)y - 1 < s->list.n; y++) {
        uint64_t i = s->list.top + (uint64_t)y - 1;
        draw_event(app, s, body, y, s->events[s->all ? i : s->some[i]]);
        if (i == s->list.at)
            ks_restyle(in, (struct ks_rect){0, y, in.w, 1}, KS_ROLE_SELECTED);
        ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, (int64_t)i);
    }
    ks_scrollbar(canvas, canvas.w - 1, 2, in.h - 1, s->list.top, (uint64_t)s->list.visible, s->list.n);
}

/* The packet under the cursor with its bytes. */
static unsigned open_packet(struct ks_app *app, const struct window *s)
{
    size_t n = s->all ? s->n_events : s->n_some;
    uint32_t *events = ks_alloc(n, sizeof *events);
    char title[48];
    if (events == NULL || n == 0) {
        ks_free(events);
        return KS_FX_HANDLED;
    }
    for (size_t i = 0; i < n; i++)
        events[i] = s->events[s->all ? i : s->some[i]];
    snprintf(title, sizeof title, "window %u", s->number + 1);
    struct ks_packet_list list = {&s->origin, events, n, s->list.at, title};
    unsigned effects = ks_show_packet(app, &list);
    ks_free(events);
    return effects;
}

static unsigned window_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct window *s = state;
    if (request->action == KS_DO_NEXT_PANE || request->action == KS_DO_PREVIOUS_PANE) {
        if (s->n_some == 0)
            return KS_FX_DONE;
        /* The event under the cursor stays under it where both lists have it. */
        uint64_t at = s->all ? 0 : s->some[s->list.at];
        while (s->all && at + 1 < s->n_some && s->some[at] < s->list.at)
            at++;
        s->all = !s->all;
        s->list.at = at;
        s->list.n = s->all ? s->n_events : s->n_some;
        return KS_FX_DONE;
    }
    if (request->action == KS_DO_SHOW_PACKET || request->action == KS_DO_ENTER)
        return open_packet(app, s);
    return ks_list_act(&s->list, (int)request->action, request->number) ? KS_FX_DONE : 0;
}

static void window_summary(const struct ks_app *app, const void *state, char *out, size_t cap)
{
    const struct window *s = state;
    char at[32], n[32];
    (void)app;
    snprintf(out, cap, "%s of %s events", ks_format_count(at, sizeof at, s->list.n > 0 ? s->list.at + 1 : 0), ks_format_count(n, sizeof n, s->list.n));
}

static void window_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct window *s = state;
    (void)app;
    ks_text_addf(out, "window %u\nevents %zu\nof the items %zu\n", s->number + 1, s->n_events, s->n_some);
}

const struct ks_screen_ops ks_screen_window = {
    .name = "window",
    .title = "Window",
    .place = KS_ON_PACKETS,
    .open = window_open,
    .close = window_close,
    .layout = window_layout,
    .draw = window_draw,
    .act = window_act,
    .summary = window_summary,
    .dump = window_dump,
};
