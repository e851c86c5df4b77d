/* What the capture holds: Table 1, skipped packets by reason, events over time, ports and hosts; narrowed to a host or a span and back. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sandbox.h"
#include "base/text.h"
#include "tui/app/app.h"
#include "tui/screens/lanes.h"
#include "tui/toolkit/layout.h"
#include "tui/model/overview.h"

enum { PANE_FACTS, PANE_TIME, PANE_PORTS, PANE_HOSTS, PANES };

struct capture {
    int pane;
    int scroll, rows; /* of the facts */
    struct ks_list ports, hosts;
    bool least;       /* the least used first */
    int slot, first, last; /* of the timeline: cursor and what is in view, in slots */
    struct ks_rect at[PANES];
    const struct ks_overview *overview;
};

static void *capture_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    (void)number;
    struct capture *c = ks_zalloc(1, sizeof *c);
    if (c == NULL) {
        ks_say_status(&app->model, ks_nomem("the capture screen"));
        return NULL;
    }
    c->last = KS_OVERVIEW_SLOTS - 1;
    return c;
}

static void capture_close(struct ks_app *app, void *state)
{
    (void)app;
    ks_free(state);
}

/* One labelled number with what it counts, wrapped where the pane is narrow; returns the next row. */
static int number_row(struct ks_canvas in, int y, const char *label, uint64_t n, const char *unit)
{
    char text[32];
    bool narrow = in.w < 60, below = narrow && label[0] == '\0'; /* one of several under a number: long words, so further left */
    int at = below ? 3 : 19, w = narrow ? 9 : 13, x = at + w + 1, rows = 1;
    ks_put_in(in, 1, y, 18, KS_LEFT, KS_ROLE_FAINT, label);
    ks_put_in(in, at, y, w, KS_RIGHT, KS_ROLE_NUMBER, ks_format_count(text, sizeof text, n));
    if (unit[0] != '\0' && in.w - x > 6)
        rows = ks_put_wrapped(in, x, y, in.w - x - 1, 6, KS_ROLE_FAINT, unit);
    return y + (rows > 1 ? rows : 1);
}

static int text_row(struct ks_canvas in, int y, const char *label, const char *text, ks_style style)
{
    ks_put_in(in, 1, y, 18, KS_LEFT, KS_ROLE_FAINT, label);
    return y + ks_put_wrapped(in, 20, y, in.w - 21 > 10 ? in.w - 21 : 10, 6, style, text);
}

static int draw_files(const struct ks_capture_info *info, struct ks_canvas in, int y)
{
    for (size_t i = 0; i < info->n_files; i++) {
        const struct ks_file_info *f = &info->files[i];
        char text[400], bytes[32];
        bool plain = strcmp(f->compression, "none") == 0;
        snprintf(text, sizeof text, "%s  %s%s%s, %s, %s", f->name, f->format, plain ? "" : " in ", plain ? "" : f->compression, f->link,
                 f->bytes > 0 ? ks_format_bytes(bytes, sizeof bytes, f->bytes) : "size not known");
        y = text_row(in, y, i == 0 ? "file" : "", text, KS_ROLE_STRONG);
    }
    return y;
}

static int draw_counts(const struct ks_model *model, struct ks_canvas in, int y)
{
    const struct ks_capture_info *info = &model->capture->info;
    static const char *const protocol[] = {"TCP", "UDP", "ICMP", "ICMPv6"};
    y = number_row(in, y, "packets", info->packets, "");
    for (int i = 0; i < 4; i++)
        if (info->decoded[i] > 0)
            y = number_row(in, y, protocol[i], info->decoded[i], "packets");
    if (info->filtered > 0)
        y = number_row(in, y, "filtered out", info->filtered, "packets");
    y = number_row(in, y, "attempts", model->capture->attempts, "");
    y = number_row(in, y, "hosts", model->capture->log.n_hosts, "");
    if (model->mined != NULL) {
        y = number_row(in, y, "events mined (t)", model->mined->sets.t, ks_items_name(model->mined->items));
        y = number_row(in, y, "items (u)", model->mined->sets.u, "");
        y = number_row(in, y, "windows (l)", model->mined->sets.l, "");
    }
    char text[64], span[40];
    y = text_row(in, y, "from", ks_format_time(text, sizeof text, info->first, 6), KS_ROLE_TEXT);
    y = text_row(in, y, "to", ks_format_time(text, sizeof text, info->last, 6), KS_ROLE_TEXT);
    y = text_row(in, y, "span", ks_format_span(span, sizeof span, info->last - info->first), KS_ROLE_TEXT);
    return text_row(in, y, "bytes on the wire", ks_format_bytes(text, sizeof text, info->bytes), KS_ROLE_TEXT);
}

static int draw_skipped(const struct ks_capture_info *info, struct ks_canvas in, int y)
{
    uint64_t all = 0;
    for (unsigned i = 1; i < KS_SKIP_N; i++)
        all += info->skipped[i];
    y = number_row(in, y, "skipped", all, all == 0 ? "every packet is in the log" : "packets:");
    for (unsigned i = 1; i < KS_SKIP_N; i++)
        if (info->skipped[i] > 0)
            y = number_row(in, y, "", info->skipped[i], ks_skip_text((enum ks_skip)i));
    if (info->snapped > 0)
        y = number_row(in, y, "cut", info->snapped, "held only in part");
    if (info->partial)
        y = text_row(in, y, "stopped early", info->stopped, KS_ROLE_WARN);
    return y;
}

static int draw_facts(const struct ks_model *model, struct ks_canvas in, int y)
{
    const struct ks_narrow *n = &model->settings.params.narrow;
    char text[320];
    y = draw_files(&model->capture->info, in, y);
    y = draw_counts(model, in, y);
    y = draw_skipped(&model->capture->info, in, y);
    if (n->by_host)
        y = text_row(in, y, "narrowed to", ks_format_address(text, sizeof text, &n->host), KS_ROLE_WARN);
    if (n->by_time)
        y = text_row(in, y, "narrowed from", ks_format_time(text, sizeof text, n->from, 3), KS_ROLE_WARN);
    if (n->by_time)
        y = text_row(in, y, "to", ks_format_time(text, sizeof text, n->to, 3), KS_ROLE_WARN);
    if (geteuid() == 0)
        y = text_row(in, y, "running as", "root: a capture needs no such rights", KS_ROLE_WARN);
    return text_row(in, y, "sandbox", ks_sandbox_words(text, sizeof text, ks_sandbox_state()), KS_ROLE_FAINT);
}

static void capture_layout(struct ks_app *app, void *state, int w, int h)
{
    struct capture *c = state;
    struct ks_rect rest = {0, 0, w, h};
    c->overview = ks_overview_want(&app->model);
    memset(c->at, 0, sizeof c->at);
    if (w < 100) { /* one pane at a time beside the facts' own width would be unreadable: the chosen pane takes all */
        c->at[c->pane] = rest;
    } else {
        c->at[PANE_FACTS] = ks_take_columns(&rest, w * 2 / 5);
        c->at[PANE_TIME] = ks_take_rows(&rest, h / 3 > 6 ? h / 3 : 6);
        c->at[PANE_PORTS] = ks_take_columns(&rest, rest.w * 9 / 20 - (rest.w < 76 ? 3 : 0));
        c->at[PANE_HOSTS] = rest;
    }
    int visible = c->at[PANE_FACTS].h - 2, most;
    /* Rows of the facts: drawn where nothing shows. */
    struct ks_canvas nowhere = ks_sub(ks_canvas_all(&app->grid), (struct ks_rect){0, 0, c->at[PANE_FACTS].w - 2, 0});
    c->rows = app->model.capture == NULL || c->at[PANE_FACTS].w < 3 ? 1 : draw_facts(&app->model, nowhere, 0);
    most = c->rows > visible ? c->rows - visible : 0;
    c->scroll = c->scroll > most ? most : c->scroll;
    ks_list_fit(&c->ports, c->overview != NULL ? c->overview->n_ports : 0, c->at[PANE_PORTS].h - 3);
    ks_list_fit(&c->hosts, c->overview != NULL ? c->overview->n_hosts : 0, c->at[PANE_HOSTS].h - 3);
}

/* Events in the slots that a column of dots stands for. */
static uint64_t in_slots(const uint32_t *counts, double from, double to)
{
    uint64_t n = 0;
    int last = (int)to > (int)from ? (int)to : (int)from + 1;
    for (int i = (int)from; i < last && i < KS_OVERVIEW_SLOTS; i++)
        n += counts[i];
    return n;
}

static int64_t time_of(const struct ks_overview *o, double slot)
{
    /* The last one by itself: as a real number it may be rounded to more than fits. */
    return slot >= KS_OVERVIEW_SLOTS ? o->to : o->from + (int64_t)((double)(o->to - o->from) * slot / KS_OVERVIEW_SLOTS);
}

static void draw_time(const struct capture *c, const struct ks_model *model, struct ks_canvas in)
{
    const struct ks_overview *o = c->overview;
    int w = in.w - 2, h = in.h - 2, dots = 2 * w;
    char a[48], b[48];
    if (w < 4 || h < 1)
        return;
    double step = (double)(c->last - c->first + 1) / dots;
    uint64_t most = 1;
    for (int i = 0; i < dots; i++) {
        uint64_t n = in_slots(o->events, c->first + i * step, c->first + (i + 1) * step);
        most = n > most ? n : most;
    }
    struct ks_canvas plot = ks_sub(in, (struct ks_rect){1, 0, w, h});
    for (int i = 0; i < dots; i++) {
        double from = c->first + i * step, to = from + step;
        uint64_t n = in_slots(o->events, from, to), vain = in_slots(o->closed, from, to);
        int top = 4 * h - 1, high = (int)((double)n / (double)most * (4 * h - 1) + 0.999), low = (int)((double)vain / (double)most * (4 * h - 1) + 0.999);
        if (n > 0)
            ks_dot_line(plot, i, top, i, top - high, KS_ROLE_BAR);
        if (vain > 0)
            ks_dot_line(plot, i, top, i, top - low, KS_ROLE_REFUSED);
    }
    int column = (int)((c->slot - c->first) / step / 2);
    if (c->pane == PANE_TIME)
        ks_restyle(plot, (struct ks_rect){column, 0, 1, h}, KS_ROLE_CURSOR | KS_REVERSE);
    bool local = model->settings.habits.local_time, dated = o->to - o->from > INT64_C(64800000000000);
    ks_put(in, 1, h, KS_ROLE_FAINT, ks_clock(a, sizeof a, time_of(o, c->first), dated, local));
    ks_put_in(in, in.w - 20, h, 19, KS_RIGHT, KS_ROLE_FAINT, ks_clock(a, sizeof a, time_of(o, c->last + 1), dated, local));
    double width = step * 2 > 1 ? step * 2 : 1;
    ks_putf(in, 1, h + 1, KS_ROLE_TEXT, "%s: %s events, %" PRIu64 " attempts in vain", ks_clock(a, sizeof a, time_of(o, c->slot), dated, local),
            ks_format_count(b, sizeof b, in_slots(o->events, c->slot, c->slot + width)), in_slots(o->closed, c->slot, c->slot + width));
}

static void draw_ports(const struct capture *c, const struct ks_model *model, struct ks_canvas in)
{
    const struct ks_overview *o = c->overview;
    char text[40], n[32];
    struct ks_column column[] = {{.title = "port", .min = 9, .grow = 1},
                                 {.title = "events", .min = 8, .align = KS_RIGHT},
                                 {.title = "in vain", .min = 7, .align = KS_RIGHT, .rank = 1},
                                 {.title = "windows", .min = 7, .align = KS_RIGHT, .rank = 2}};
    struct ks_canvas body = ks_sub(in, (struct ks_rect){1, 0, in.w - 2, in.h});
    ks_columns_fit(column, 4, body.w < 39 ? body.w : 39, 2 - (body.w < 39));
    ks_columns_head(body, 0, column, 4, 4, false);
    for (int y = 1; y < in.h && c->ports.top + (uint64_t)y - 1 < c->ports.n; y++) {
        uint64_t i = c->ports.top + (uint64_t)y - 1;
        const struct ks_overview_port *p = &o->ports[c->least ? o->n_ports - 1 - i : i];
        ks_column_put(body, y, &column[0], KS_ROLE_STRONG, ks_item_format(text, sizeof text, p->item));
        ks_column_put(body, y, &column[1], KS_ROLE_NUMBER, ks_format_count(n, sizeof n, p->events));
        ks_column_put(body, y, &column[2], p->closed > 0 ? KS_ROLE_REFUSED : KS_ROLE_FAINT, ks_format_count(n, sizeof n, p->closed));
        uint32_t x = model->mined != NULL ? ks_window_sets_find(&model->mined->sets, p->item) : UINT32_MAX;
        ks_column_put(body, y, &column[3], KS_ROLE_TEXT,
                      x == UINT32_MAX ? "" : ks_format_count(n, sizeof n, ks_window_sets_n(&model->mined->sets, x)));
        if (i == c->ports.at && c->pane == PANE_PORTS)
            ks_restyle(in, (struct ks_rect){0, y, in.w, 1}, KS_ROLE_SELECTED);
        ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, (int64_t)PANE_PORTS << 40 | (int64_t)i);
    }
}

static const struct ks_overview_host *host_at(const struct capture *c, uint64_t i)
{
    return &c->overview->hosts[c->least ? c->overview->n_hosts - 1 - i : i];
}

static void draw_hosts(const struct capture *c, struct ks_canvas in)
{
    char text[48], n[32];
    int longest = 9;
    for (uint64_t i = c->hosts.top; i < c->hosts.n && i < c->hosts.top + (uint64_t)c->hosts.visible; i++) {
        int w = (int)strlen(ks_format_address(text, sizeof text, &c->overview->capture->log.hosts[host_at(c, i)->host]));
        longest = w > longest ? w : longest;
    }
    /* Addresses first, then as many numbers as there is room for. */
    struct ks_column column[] = {{.title = "host", .min = longest < 15 ? 15 : longest},
                                 {.title = "tried", .min = 7, .align = KS_RIGHT, .rank = 1},
                                 {.title = "received", .min = 8, .align = KS_RIGHT, .rank = 3},
                                 {.title = "in vain", .min = 7, .align = KS_RIGHT, .rank = 2}};
    struct ks_canvas body = ks_sub(in, (struct ks_rect){1, 0, in.w - 2, in.h});
    ks_columns_fit(column, 4, body.w, 2 - (body.w < 50));
    ks_columns_head(body, 0, column, 4, 4, false);
    for (int y = 1; y < in.h && c->hosts.top + (uint64_t)y - 1 < c->hosts.n; y++) {
        uint64_t i = c->hosts.top + (uint64_t)y - 1;
        const struct ks_overview_host *h = host_at(c, i);
        ks_column_put(body, y, &column[0], KS_ROLE_STRONG, ks_format_address(text, sizeof text, &c->overview->capture->log.hosts[h->host]));
        ks_column_put(body, y, &column[1], KS_ROLE_NUMBER, ks_format_count(n, sizeof n, h->tried));
        ks_column_put(body, y, &column[2], KS_ROLE_NUMBER, ks_format_count(n, sizeof n, h->received));
        ks_column_put(body, y, &column[3], h->closed > 0 ? KS_ROLE_REFUSED : KS_ROLE_FAINT, ks_format_count(n, sizeof n, h->closed));
        if (i == c->hosts.at && c->pane == PANE_HOSTS)
            ks_restyle(in, (struct ks_rect){0, y, in.w, 1}, KS_ROLE_SELECTED);
        ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, (int64_t)PANE_HOSTS << 40 | (int64_t)i);
    }
}

static void capture_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    static const char *const titles[PANES] = {"Capture", "Events over time (lower part: attempts in vain)", "Ports", "Hosts"};
    const struct capture *c = state;
    const struct ks_model *model = &app->model;
    if (model->capture == NULL) {
        struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_BORDER, "Capture");
        bool failed = !model->loading && !ks_is_ok(model->load_status);
        int y = failed ? ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_BAD, model->load_status.message) + 1 : 0;
        ks_put_wrapped(in, 1, y, in.w - 2, in.h - y, KS_ROLE_TEXT,
                       model->loading ? "Reading. What has been read so far shows here in a moment."
                                      : "No capture is open. Press o and type its path; Tab completes it.");
        return;
    }
    for (int p = 0; p < PANES; p++) {
        if (c->at[p].w < 3 || c->at[p].h < 3)
            continue;
        char title[80];
        bool single = c->at[p].w == canvas.w;
        snprintf(title, sizeof title, "%s%s%s", titles[p], (p == PANE_PORTS || p == PANE_HOSTS) && c->least ? ", least used first" : "",
                 single ? " ── Tab: time, ports, hosts" : "");
        struct ks_canvas in = ks_box(canvas, c->at[p], p == c->pane ? KS_ROLE_FOCUS : KS_ROLE_BORDER, title);
        if (p == PANE_FACTS) {
            draw_facts(model, in, -c->scroll);
            ks_scrollbar(canvas, c->at[p].x + c->at[p].w - 1, c->at[p].y + 1, in.h, (uint64_t)c->scroll, (uint64_t)in.h, (uint64_t)c->rows);
        } else if (c->overview == NULL) {
            ks_put(in, 1, 0, KS_ROLE_FAINT, "counting ...");
        } else if (p == PANE_TIME) {
            draw_time(c, model, in);
        } else if (p == PANE_PORTS) {
            draw_ports(c, model, in);
        } else {
            draw_hosts(c, in);
        }
    }
}

static unsigned narrow(struct ks_app *app, const struct capture *c)
{
    struct ks_params params = app->model.settings.params;
    char a[64], b[64];
    if (c->overview == NULL)
        return 0;
    if (c->pane == PANE_HOSTS && c->hosts.n > 0) {
        params.narrow.by_host = true;
        params.narrow.host = c->overview->capture->log.hosts[host_at(c, c->hosts.at)->host];
        ks_say(&app->model, KS_SAY_INFO, "only events from and to %s now; Z takes the whole capture again",
               ks_format_address(a, sizeof a, &params.narrow.host));
    } else if (c->pane == PANE_TIME) {
        params.narrow.by_time = true;
        params.narrow.from = time_of(c->overview, c->first);
        params.narrow.to = time_of(c->overview, c->last + 1) + 1;
        ks_say(&app->model, KS_SAY_INFO, "only events from %s to %s now; Z takes the whole capture again",
               ks_clock(a, sizeof a, params.narrow.from, false, app->model.settings.habits.local_time),
               ks_clock(b, sizeof b, params.narrow.to, false, app->model.settings.habits.local_time));
    } else {
        return 0;
    }
    return ks_model_change(&app->model, &params, "narrow", false) | KS_FX_DONE;
}

static void zoom(struct capture *c, bool closer)
{
    int span = c->last - c->first + 1, wanted = closer ? span / 2 : span * 2;
    if (wanted < 8)
        wanted = span < 8 ? span : 8;
    if (wanted > KS_OVERVIEW_SLOTS)
        wanted = KS_OVERVIEW_SLOTS;
    c->first = c->slot - wanted / 2 > 0 ? c->slot - wanted / 2 : 0;
    if (c->first + wanted > KS_OVERVIEW_SLOTS)
        c->first = KS_OVERVIEW_SLOTS - wanted;
    c->last = c->first + wanted - 1;
}

static bool move_slot(struct capture *c, enum ks_action action)
{
    int span = c->last - c->first + 1, step = c->at[PANE_TIME].w > 4 ? span / (c->at[PANE_TIME].w - 4) : 1, by = step > 0 ? step : 1;
    switch (action) {
    case KS_DO_LEFT: by = -by; break;
    case KS_DO_RIGHT: break;
    case KS_DO_PAGE_UP: by = -span / 4; break;
    case KS_DO_PAGE_DOWN: by = span / 4; break;
    case KS_DO_TOP: by = -KS_OVERVIEW_SLOTS; break;
    case KS_DO_BOTTOM: by = KS_OVERVIEW_SLOTS; break;
    default: return false;
    }
    c->slot += by;
    c->slot = c->slot < 0 ? 0 : c->slot >= KS_OVERVIEW_SLOTS ? KS_OVERVIEW_SLOTS - 1 : c->slot;
    if (c->slot < c->first || c->slot > c->last) {
        c->first = c->slot - span / 2 > 0 ? c->slot - span / 2 : 0;
        if (c->first + span > KS_OVERVIEW_SLOTS)
            c->first = KS_OVERVIEW_SLOTS - span;
        c->last = c->first + span - 1;
    }
    return true;
}

static unsigned capture_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct capture *c = state;
    switch (request->action) {
    case KS_DO_NEXT_PANE: c->pane = (c->pane + 1) % PANES; return KS_FX_DONE;
    case KS_DO_PREVIOUS_PANE: c->pane = (c->pane + PANES - 1) % PANES; return KS_FX_DONE;
    case KS_DO_SORT:
    case KS_DO_SORT_REVERSE: c->least = !c->least; return KS_FX_DONE;
    case KS_DO_NARROW: return request->text != NULL ? 0 : narrow(app, c);
    case KS_DO_ZOOM_IN:
    case KS_DO_ZOOM_OUT:
        c->pane = PANE_TIME;
        zoom(c, request->action == KS_DO_ZOOM_IN);
        return KS_FX_DONE;
    case KS_DO_SELECT:
        if (request->number >> 40 > 0)
            c->pane = (int)(request->number >> 40);
        ks_list_act(c->pane == PANE_PORTS ? &c->ports : &c->hosts, KS_DO_SELECT, request->number & ((INT64_C(1) << 40) - 1));
        return KS_FX_DONE;
    default: break;
    }
    if (c->pane == PANE_TIME)
        return move_slot(c, request->action) ? KS_FX_DONE : 0;
    if (c->pane != PANE_FACTS)
        return ks_list_act(c->pane == PANE_PORTS ? &c->ports : &c->hosts, (int)request->action, request->number) ? KS_FX_DONE : 0;
    int visible = c->at[PANE_FACTS].h - 2;
    struct ks_list list = {.n = (uint64_t)(c->rows > visible ? c->rows - visible + 1 : 1), .at = (uint64_t)c->scroll, .visible = visible};
    if (!ks_list_act(&list, (int)request->action, request->number))
        return 0;
    c->scroll = (int)list.at;
    return KS_FX_DONE;
}

static bool capture_can(const struct ks_app *app, const void *state, enum ks_action action)
{
    const struct capture *c = state;
    (void)app;
    if (action == KS_DO_COMPARE)
        return false;
    if (action == KS_DO_NARROW)
        return c->pane == PANE_HOSTS || c->pane == PANE_TIME;
    if (action == KS_DO_SORT || action == KS_DO_SORT_REVERSE)
        return c->pane == PANE_HOSTS || c->pane == PANE_PORTS;
    return true;
}

static bool capture_search(struct ks_app *app, void *state, const char *text, int direction)
{
    struct capture *c = state;
    bool hosts = c->pane == PANE_HOSTS;
    struct ks_list *list = hosts ? &c->hosts : &c->ports;
    (void)app;
    if (c->overview == NULL || (c->pane != PANE_HOSTS && c->pane != PANE_PORTS))
        return false;
    for (uint64_t step = direction == 0 ? 0 : 1; step <= list->n && list->n > 0; step++) {
        uint64_t i = direction < 0 ? (list->at + 2 * list->n - step) % list->n : (list->at + step) % list->n;
        char label[48];
        if (hosts)
            ks_format_address(label, sizeof label, &c->overview->capture->log.hosts[host_at(c, i)->host]);
        else
            ks_item_format(label, sizeof label, c->overview->ports[c->least ? c->overview->n_ports - 1 - i : i].item);
        if (strstr(label, text) != NULL) {
            list->at = i;
            return true;
        }
    }
    return false;
}

static void capture_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct capture *c = state;
    (void)app;
    ks_text_addf(out, "capture.pane %d\ncapture.ports %" PRIu64 "\ncapture.hosts %" PRIu64 "\ncapture.slot %d\n", c->pane, c->ports.n, c->hosts.n,
                 c->slot);
}

const struct ks_screen_ops ks_screen_capture = {
    .name = "capture",
    .title = "Capture",
    .place = KS_ON_CAPTURE,
    .digit = '5',
    .open = capture_open,
    .close = capture_close,
    .layout = capture_layout,
    .draw = capture_draw,
    .act = capture_act,
    .can = capture_can,
    .search = capture_search,
    .dump = capture_dump,
};
