/* What the capture holds: files, Table 1, skipped packets by reason. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/app.h"
#include "tui/layout.h"

struct capture {
    int scroll;
    int rows; /* needed at the present width; set by layout through draw's twin below */
    int h;
};

static void *capture_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    (void)number;
    struct capture *c = ks_zalloc(1, sizeof *c);
    if (c == NULL)
        ks_say_status(&app->model, ks_nomem("the capture screen"));
    return c;
}

static void capture_close(struct ks_app *app, void *state)
{
    (void)app;
    ks_free(state);
}

/* One labelled number; returns the next row. */
static int number_row(struct ks_canvas in, int y, const char *label, uint64_t n, const char *unit)
{
    char text[32];
    ks_put_in(in, 1, y, 22, KS_LEFT, KS_ROLE_FAINT, label);
    ks_put_in(in, 23, y, 15, KS_RIGHT, KS_ROLE_NUMBER, ks_format_count(text, sizeof text, n));
    ks_put(in, 39, y, KS_ROLE_FAINT, unit);
    return y + 1;
}

static int text_row(struct ks_canvas in, int y, const char *label, const char *text, ks_style style)
{
    ks_put_in(in, 1, y, 22, KS_LEFT, KS_ROLE_FAINT, label);
    ks_put_in(in, 24, y, in.w - 25, KS_LEFT, style, text);
    return y + 1;
}

static int draw_files(const struct ks_capture_info *info, struct ks_canvas in, int y)
{
    for (size_t i = 0; i < info->n_files; i++) {
        const struct ks_file_info *f = &info->files[i];
        char text[400], bytes[32];
        snprintf(text, sizeof text, "%s  %s%s%s, %s, %s", f->name, f->format,
                 strcmp(f->compression, "none") == 0 ? "" : " in ", strcmp(f->compression, "none") == 0 ? "" : f->compression,
                 f->link, f->bytes > 0 ? ks_format_bytes(bytes, sizeof bytes, f->bytes) : "size not known");
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
        y = number_row(in, y, "left out by filter", info->filtered, "packets");
    y = number_row(in, y, "attempts", model->capture->log.n_attempts, "");
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
    return text_row(in, y, "bytes on the wire", ks_format_bytes(text, sizeof text, info->bytes), KS_ROLE_TEXT) + 1;
}

static int draw_skipped(const struct ks_capture_info *info, struct ks_canvas in, int y)
{
    uint64_t all = 0;
    for (unsigned i = 1; i < KS_SKIP_N; i++)
        all += info->skipped[i];
    y = number_row(in, y, "skipped", all, all == 0 ? "every packet is in the event log" : "packets, each for one reason:");
    for (unsigned i = 1; i < KS_SKIP_N; i++)
        if (info->skipped[i] > 0)
            y = number_row(in, y, "", info->skipped[i], ks_skip_text((enum ks_skip)i));
    if (info->partial)
        y = text_row(in, y, "stopped early", info->stopped, KS_ROLE_WARN);
    return y;
}

static void capture_layout(struct ks_app *app, void *state, int w, int h)
{
    (void)w;
    struct capture *c = state;
    const struct ks_model *model = &app->model;
    c->h = h > 2 ? h - 2 : 1;
    c->rows = model->capture == NULL ? 1 : 22 + (int)model->capture->info.n_files;
    int most = c->rows > c->h ? c->rows - c->h : 0;
    c->scroll = c->scroll > most ? most : c->scroll;
}

static void capture_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    const struct capture *c = state;
    const struct ks_model *model = &app->model;
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_BORDER, "Capture");
    if (model->capture == NULL) {
        ks_put_wrapped(in, 1, 0, in.w - 2, in.h, KS_ROLE_TEXT,
                       model->loading ? "Reading. What has been read so far shows here in a moment."
                                      : "No capture is open. Press o and type its path; Tab completes it.");
        return;
    }
    int y = draw_files(&model->capture->info, in, -c->scroll);
    y = draw_counts(model, in, y);
    draw_skipped(&model->capture->info, in, y);
    ks_scrollbar(canvas, canvas.w - 1, 1, in.h, (uint64_t)c->scroll, (uint64_t)c->h, (uint64_t)c->rows);
}

static unsigned capture_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    (void)app;
    struct capture *c = state;
    struct ks_list list = {.n = (uint64_t)(c->rows > c->h ? c->rows - c->h + 1 : 1), .at = (uint64_t)c->scroll, .visible = c->h};
    if (!ks_list_act(&list, (int)request->action, request->number))
        return 0;
    c->scroll = (int)list.at;
    return KS_FX_DONE;
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
};
