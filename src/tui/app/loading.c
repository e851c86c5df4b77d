#include "tui/app/loading.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tui/app/app.h"
#include "tui/toolkit/layout.h"

static const int64_t SECOND = 1000000000, SPACING = 500000000, SHOWN_AFTER = 300000000, SILENT_AFTER = 2000000000;

void ks_pace_take(struct ks_pace *pace, int64_t now, uint64_t bytes, uint64_t packets, uint64_t total)
{
    struct ks_pace_sample *last = pace->n > 0 ? &pace->sample[pace->n - 1] : NULL;
    if (last == NULL || bytes < last->bytes || packets < last->packets || now < last->at) {
        *pace = (struct ks_pace){.sample = {{now, bytes, packets}}, .n = 1, .total = total, .began = now, .moved = now};
        return;
    }
    pace->total = total;
    if (bytes != last->bytes || packets != last->packets)
        pace->moved = now;
    /* The last one moves along until it is far enough from the one before it. */
    if (pace->n > 1 && last->at - pace->sample[pace->n - 2].at < SPACING) {
        *last = (struct ks_pace_sample){now, bytes, packets};
        return;
    }
    if (pace->n == KS_PACE_SAMPLES)
        memmove(pace->sample, pace->sample + 1, --pace->n * sizeof *pace->sample);
    pace->sample[pace->n++] = (struct ks_pace_sample){now, bytes, packets};
}

bool ks_pace_rate(const struct ks_pace *pace, double *bytes, double *packets)
{
    *bytes = *packets = 0;
    if (pace->n < 2)
        return false;
    const struct ks_pace_sample *from = &pace->sample[0], *to = &pace->sample[pace->n - 1];
    double seconds = (double)(to->at - from->at) / (double)SECOND;
    if (seconds < 0.2)
        return false;
    *bytes = (double)(to->bytes - from->bytes) / seconds;
    *packets = (double)(to->packets - from->packets) / seconds;
    return true;
}

double ks_pace_left(const struct ks_pace *pace)
{
    double bytes, packets;
    if (pace->total == 0 || !ks_pace_rate(pace, &bytes, &packets) || bytes < 1)
        return -1;
    uint64_t done = pace->sample[pace->n - 1].bytes;
    return done >= pace->total ? 0 : ceil((double)(pace->total - done) / bytes);
}

static int64_t lasted(const struct ks_pace *pace)
{
    return pace->n > 0 ? pace->sample[pace->n - 1].at - pace->began : 0;
}

bool ks_loading_shows(const struct ks_app *app)
{
    return app->model.loading && !app->model.scripted && app->grid.h >= 8 && lasted(&app->pace) >= SHOWN_AFTER;
}

/* "12 s", "3 min 5 s", "2 h 10 min". */
static void span_text(char *out, size_t cap, double seconds)
{
    unsigned s = seconds > 359999 ? 359999 : (unsigned)seconds;
    if (s < 60)
        snprintf(out, cap, "%u s", s);
    else if (s < 3600)
        snprintf(out, cap, "%u min %u s", s / 60, s % 60);
    else
        snprintf(out, cap, "%u h %u min", s / 3600, s / 60 % 60);
}

static void add(struct ks_canvas line, int *x, int limit, ks_style style, const char *text)
{
    int w = ks_width(line.grid, text);
    if (text[0] != '\0' && *x + w <= limit)
        *x = ks_put(line, *x, 0, style, text) + 2;
}

void ks_loading_draw(const struct ks_pace *pace, const char *stop_key, struct ks_canvas line)
{
    char text[96], stop[96], n[32];
    double bytes, packets, left = ks_pace_left(pace);
    const struct ks_pace_sample *now = pace->n > 0 ? &pace->sample[pace->n - 1] : &(struct ks_pace_sample){0};
    bool silent = pace->total == 0 && now->at - pace->moved >= SILENT_AFTER;
    bool rate = ks_pace_rate(pace, &bytes, &packets) && !silent;
    ks_fill(line, ks_whole(line), KS_ROLE_FOOTER);
    /* How to stop keeps its place on the right; the rest goes as far as there is room, the most telling first. */
    snprintf(stop, sizeof stop, line.w >= 100 ? "%s stops and keeps what was read" : "%s stops, keeping this", stop_key);
    int limit = line.w - 1, stop_w = ks_width(line.grid, stop), x = 1;
    if (line.w >= 60) {
        limit -= stop_w + 2;
        ks_put(line, line.w - 1 - stop_w, 0, KS_ROLE_FOOTER, stop);
    }
    add(line, &x, limit, KS_ROLE_FOOTER | KS_BOLD, silent ? "Waiting for more" : "Reading");
    if (pace->total > 0) {
        double share = now->bytes >= pace->total ? 1 : (double)now->bytes / (double)pace->total;
        int bar = line.w / 6 > 40 ? 40 : line.w / 6;
        if (bar >= 6) {
            ks_hline(line, x, 0, bar, KS_ROLE_FOOTER | KS_DIM);
            ks_bar(line, x, 0, bar, KS_ROLE_BAR, share);
            x += bar + 1;
        }
        snprintf(text, sizeof text, "%3.0f %%", floor(share * 100));
        add(line, &x, limit, KS_ROLE_FOOTER | KS_BOLD, text);
    }
    if (left >= 0) {
        span_text(n, sizeof n, left);
        snprintf(text, sizeof text, "%s left", n);
        add(line, &x, limit, KS_ROLE_FOOTER, text);
    }
    snprintf(text, sizeof text, "%s packets", ks_format_count(n, sizeof n, now->packets));
    add(line, &x, limit, KS_ROLE_FOOTER, text);
    if (rate) {
        snprintf(text, sizeof text, "%.1f MB/s", bytes / 1e6);
        add(line, &x, limit, KS_ROLE_FOOTER, text);
        snprintf(text, sizeof text, "%s packets/s", ks_format_count(n, sizeof n, (uint64_t)packets));
        add(line, &x, limit, KS_ROLE_FOOTER, text);
    }
    snprintf(text, sizeof text, "%s so far", ks_format_bytes(n, sizeof n, now->bytes));
    add(line, &x, limit, KS_ROLE_FOOTER, text);
}

bool ks_loading_tick(struct ks_app *app, int64_t now)
{
    const struct ks_model *model = &app->model;
    uint64_t done, total;
    if (!model->loading || model->publish == NULL) {
        app->pace.n = 0;
        return false;
    }
    if (app->paced_load != model->load_began) {
        app->paced_load = model->load_began;
        app->pace.n = 0;
    }
    ks_worker_share(model->worker, KS_JOB_LOAD, &done, &total);
    ks_pace_take(&app->pace, now, done, ks_publish_packets(model->publish), total);
    return app->pace.moved == now;
}
