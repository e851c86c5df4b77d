/* The packets of one activation: attempts, retransmissions, answers, and the connection that opened. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "export/evidence.h"
#include "tui/app/app.h"
#include "tui/model/later.h"
#include "tui/model/outbound.h"
#include "tui/screens/lanes.h"
#include "tui/toolkit/layout.h"
#include "tui/screens/packet.h"

enum { COLUMNS = 7 };

/* What is gathered, in the background where the capture is large. */
struct gathering {
    struct ks_capture *capture; /* held */
    struct ks_knock knock;      /* a copy, of one activation alone: the gathering looks at what it is given */
    struct ks_evidence_list evidence;
};

struct packets {
    struct ks_list list;
    struct ks_origin origin;         /* held, so that the events stay whatever is loaded next */
    struct ks_evidence_list evidence; /* its packets are the rows */
    struct ks_later *later;          /* while they are gathered */
    bool enter;                      /* pressed meanwhile */
    struct ks_status status;         /* why there are none */
    int64_t began;
    char title[200], of[48];
    struct ks_column columns[COLUMNS];
};

static void packets_close(struct ks_app *app, void *state)
{
    struct packets *s = state;
    (void)app;
    ks_later_leave(s->later);
    ks_evidence_list_free(&s->evidence);
    ks_origin_free(&s->origin);
    ks_free(s);
}

static void drop(void *work)
{
    struct gathering *g = work;
    ks_evidence_list_free(&g->evidence);
    ks_knock_uncopy(&g->knock);
    ks_capture_release(g->capture);
    ks_free(g);
}

/* The evidence packets of one activation, in the capture's order. */
static struct ks_status gather(void *work, struct ks_progress *progress)
{
    struct gathering *g = work;
    struct ks_picked picked = {.knock = &g->knock, .rank = 1};
    struct ks_selection selection = {.log = &g->capture->log, .knocks = &picked, .n_knocks = 1};
    return ks_evidence_gather(&selection, progress, &g->evidence);
}

static void take(struct packets *s, struct gathering *g, struct ks_status status)
{
    s->evidence = g->evidence;
    g->evidence = (struct ks_evidence_list){0};
    s->status = status;
}

static struct ks_status begin(struct ks_model *model, struct packets *s, const struct ks_knock *knock, size_t activation)
{
    struct ks_knock one = *knock;
    struct gathering *g = ks_zalloc(1, sizeof *g);
    if (g == NULL)
        return ks_nomem("the packets");
    one.activations = &knock->activations[activation];
    one.n_activations = 1;
    g->capture = ks_capture_retain(model->capture);
    if (!ks_knock_copy(&g->knock, &one) || !ks_origin_take(model, &s->origin)) {
        drop(g);
        return ks_nomem("the packets");
    }
    if (model->capture->log.n <= KS_AT_ONCE) {
        take(s, g, gather(g, NULL));
        drop(g);
        return s->status;
    }
    s->later = ks_later_start(model, KS_JOB_PACKETS, g, gather, drop);
    return s->later != NULL ? ks_ok() : ks_nomem("the packets");
}

static void *packets_open(struct ks_app *app, const char *text, int64_t number)
{
    struct ks_model *model = &app->model;
    size_t row = (size_t)((uint64_t)number >> 32), activation = (size_t)((uint64_t)number & UINT32_MAX);
    (void)text;
    if (model->knocks == NULL || model->capture == NULL || row >= model->knocks->n || activation >= model->knocks->at[row].n_activations)
        return NULL;
    struct packets *s = ks_zalloc(1, sizeof *s);
    if (s == NULL) {
        ks_say_status(&app->model, ks_nomem("the packets screen"));
        return NULL;
    }
    const struct ks_knock *knock = &model->knocks->at[row];
    struct ks_status status = begin(model, s, knock, activation);
    if (!ks_is_ok(status)) {
        ks_say_status(&app->model, status);
        packets_close(app, s);
        return NULL;
    }
    char ports[120];
    s->began = knock->activations[activation].time;
    snprintf(s->of, sizeof s->of, "activation %zu of %zu", activation + 1, knock->n_activations);
    snprintf(s->title, sizeof s->title, "Packets of activation %zu of %zu ── %s", activation + 1, knock->n_activations,
             ks_knock_text(ports, sizeof ports, knock));
    return s;
}

/* The packet under the cursor with its bytes. */
static unsigned open_packet(struct ks_app *app, const struct packets *s)
{
    size_t n = s->evidence.n_packets;
    uint32_t *events = ks_alloc(n, sizeof *events);
    if (events == NULL || n == 0) {
        ks_free(events);
        return KS_FX_HANDLED;
    }
    for (size_t i = 0; i < n; i++)
        events[i] = s->evidence.packets[i].event;
    unsigned effects = ks_show_packet(app, &(struct ks_packet_list){&s->origin, events, n, s->list.at, s->of});
    ks_free(events);
    return effects;
}

static void packets_changed(struct ks_app *app, void *state)
{
    struct packets *s = state;
    if (s->later == NULL || !s->later->ended)
        return;
    take(s, s->later->work, s->later->status);
    ks_later_leave(s->later);
    s->later = NULL;
    if (!ks_is_ok(s->status))
        ks_say_status(&app->model, s->status);
    else if (s->enter)
        ks_app_effects(app, open_packet(app, s));
    s->enter = false;
}

static void packets_layout(struct ks_app *app, void *state, int w, int h)
{
    static const struct ks_column columns[COLUMNS] = {
        {.title = "packet", .min = 8, .align = KS_RIGHT},
        {.title = "after", .min = 8, .align = KS_RIGHT},
        {.title = "source", .min = 18, .grow = 2},
        {.title = "target", .min = 18, .grow = 2},
        {.title = "flags", .min = 7, .rank = 2},
        {.title = "what", .min = 11, .rank = 1},
        {.title = "outcome", .min = 11, .rank = 3},
    };
    struct packets *s = state;
    packets_changed(app, s); /* nothing tells of work that was stopped */
    ks_list_fit(&s->list, s->evidence.n_packets, h - 3);
    memcpy(s->columns, columns, sizeof columns);
    ks_columns_fit(s->columns, COLUMNS, w - 4, w >= 100 ? 2 : 1);
}

static void packets_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct packets *s = state;
    const struct ks_log *log = &s->origin.capture->log;
    (void)app;
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_FOCUS, s->title);
    struct ks_canvas body = ks_sub(in, (struct ks_rect){1, 0, in.w - 2, in.h});
    ks_columns_head(body, 0, s->columns, COLUMNS, COLUMNS, false);
    if (s->later != NULL)
        ks_put(body, 0, 1, KS_ROLE_FAINT, "Looking for the packets ...");
    else if (!ks_is_ok(s->status))
        ks_put_wrapped(body, 0, 1, body.w, body.h - 1, KS_ROLE_WARN, s->status.message);
    for (int y = 1; y < in.h && s->list.top + (uint64_t)y - 1 < s->evidence.n_packets; y++) {
        uint64_t i = s->list.top + (uint64_t)y - 1;
        const struct ks_evidence_packet *p = &s->evidence.packets[i];
        uint32_t e = p->event;
        char text[96];
        bool attempt = (log->mark[e] & (KS_MARK_ATTEMPT | KS_MARK_AGAIN)) != 0;
        ks_style style = p->role == KS_PACKET_OPENED ? KS_ROLE_OPENED : p->role == KS_PACKET_ATTEMPT ? KS_ROLE_KNOCK : KS_ROLE_TEXT;
        ks_column_put(body, y, &s->columns[0], KS_ROLE_NUMBER, ks_format_count(text, sizeof text, p->packet));
        text[0] = '+';
        ks_format_span(text + 1, sizeof text - 1, log->time[e] - s->began);
        ks_column_put(body, y, &s->columns[1], KS_ROLE_TEXT, text);
        ks_endpoint_text(text, sizeof text, log, log->source[e], e, log->sport[e]);
        ks_column_put(body, y, &s->columns[2], KS_ROLE_TEXT, text);
        ks_endpoint_text(text, sizeof text, log, log->target[e], e, log->dport[e]);
        ks_column_put(body, y, &s->columns[3], style | (p->role == KS_PACKET_ATTEMPT ? KS_BOLD : 0), text);
        ks_flags_text(text, sizeof text, log, e);
        ks_column_put(body, y, &s->columns[4], KS_ROLE_TEXT, text);
        /* Without a column of its own the outcome stands in for "attempt", which it implies. */
        bool says = attempt && s->columns[6].w == 0;
        ks_column_put(body, y, &s->columns[5], says ? ks_outcome_style(ks_log_outcome(log, e)) : style,
                      says ? ks_outcome_name(ks_log_outcome(log, e)) : ks_role_name(p->role));
        ks_column_put(body, y, &s->columns[6], attempt ? ks_outcome_style(ks_log_outcome(log, e)) : KS_ROLE_FAINT,
                      attempt ? ks_outcome_name(ks_log_outcome(log, e)) : "");
        if (i == s->list.at)
            ks_restyle(in, (struct ks_rect){0, y, in.w, 1}, KS_ROLE_SELECTED);
        ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, (int64_t)i);
    }
    ks_scrollbar(canvas, canvas.w - 1, 2, in.h - 1, s->list.top, (uint64_t)s->list.visible, s->evidence.n_packets);
}

static unsigned packets_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct packets *s = state;
    if (request->action == KS_DO_SHOW_PACKET || request->action == KS_DO_ENTER) {
        s->enter = s->later != NULL;
        return s->enter ? KS_FX_DONE : open_packet(app, s);
    }
    return ks_list_act(&s->list, (int)request->action, request->number) ? KS_FX_DONE : 0;
}

static void packets_summary(const struct ks_app *app, const void *state, char *out, size_t cap)
{
    const struct packets *s = state;
    (void)app;
    char n[32];
    if (s->later != NULL)
        snprintf(out, cap, "looking for packets");
    else
        snprintf(out, cap, "%s packets", ks_format_count(n, sizeof n, s->evidence.n_packets));
}

static void packets_dump(const struct ks_app *app, const void *state, struct ks_text *out)
{
    const struct packets *s = state;
    (void)app;
    for (size_t i = 0; i < s->evidence.n_packets; i++)
        ks_text_addf(out, "packet %u %s\n", s->evidence.packets[i].packet, ks_role_name(s->evidence.packets[i].role));
}

const struct ks_screen_ops ks_screen_packets = {
    .name = "packets",
    .title = "Packets",
    .place = KS_ON_PACKETS,
    .open = packets_open,
    .close = packets_close,
    .layout = packets_layout,
    .draw = packets_draw,
    .act = packets_act,
    .changed = packets_changed,
    .summary = packets_summary,
    .dump = packets_dump,
};
