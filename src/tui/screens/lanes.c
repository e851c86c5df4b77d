#include "tui/screens/lanes.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "export/evidence.h"

ks_style ks_outcome_style(enum ks_outcome outcome)
{
    switch (outcome) {
    case KS_OPEN: return KS_ROLE_OPENED;
    case KS_REFUSED: return KS_ROLE_REFUSED;
    case KS_UNREACHABLE: return KS_ROLE_UNREACHABLE;
    case KS_SILENT: break;
    }
    return KS_ROLE_SILENT;
}

int64_t ks_lane_span(const struct ks_log *log, const struct ks_knock *knock)
{
    int64_t longest = 0;
    for (size_t i = 0; i < knock->n_activations; i++) {
        const struct ks_activation *a = &knock->activations[i];
        int64_t span = a->n_events > 0 ? log->time[a->events[a->n_events - 1]] - log->time[a->events[0]] : 0;
        longest = span > longest ? span : longest;
    }
    return longest;
}

static int label(char *out, size_t cap, const struct ks_log *log, uint32_t event)
{
    ks_item_format(out, cap, ks_event_item(log, event));
    return (int)strlen(out);
}

int ks_lane_width(const struct ks_log *log, const struct ks_activation *activation)
{
    int w = 0;
    char text[40];
    for (size_t i = 0; i < activation->n_events; i++)
        w += label(text, sizeof text, log, activation->events[i]) + (i > 0);
    return w;
}

void ks_lane_draw(struct ks_canvas canvas, int x, int y, int w, const struct ks_log *log, const struct ks_activation *activation,
                  int64_t span)
{
    struct ks_canvas lane = ks_sub(canvas, (struct ks_rect){x, y, w, 1});
    char text[40];
    int end = 0, need = ks_lane_width(log, activation), spare = w > need ? w - need : 0;
    for (size_t i = 0; i < activation->n_events; i++) {
        uint32_t event = activation->events[i];
        int64_t since = log->time[event] - log->time[activation->events[0]];
        int width = label(text, sizeof text, log, event);
        /* Where it would stand by its time alone, if labels before it left room. */
        int at = span > 0 ? (int)((double)since / (double)span * (w - width)) : end + (i > 0 ? 1 + spare / (int)activation->n_events : 0);
        if (i > 0 && at < end + 1)
            at = end + 1;
        int left = 0; /* what the labels after it need */
        for (size_t j = i + 1; j < activation->n_events; j++) {
            char after[40];
            left += 1 + label(after, sizeof after, log, activation->events[j]);
        }
        if (at > w - left - width)
            at = w - left - width;
        if (i > 0 && at < end + 1)
            at = end + 1;
        for (int gap = end; i > 0 && gap < at; gap++)
            ks_put(lane, gap, 0, KS_ROLE_FAINT, "─");
        ks_put(lane, at, 0, ks_outcome_style(ks_log_outcome(log, event)) | KS_BOLD, text);
        end = at + width;
    }
}

void ks_lane_scale(struct ks_canvas canvas, int x, int y, int w, int64_t span)
{
    char text[32];
    struct ks_canvas lane = ks_sub(canvas, (struct ks_rect){x, y, w, 1});
    ks_put(lane, 0, 0, KS_ROLE_FAINT, "0");
    if (span > 0 && w >= 24)
        ks_put_in(lane, w / 2 - 6, 0, 12, KS_CENTRE, KS_ROLE_FAINT, ks_format_span(text, sizeof text, span / 2));
    if (span > 0)
        ks_put_in(lane, w - 12, 0, 12, KS_RIGHT, KS_ROLE_FAINT, ks_format_span(text, sizeof text, span));
}

char *ks_lane_after(char *out, size_t cap, const struct ks_activation *activation, int room)
{
    const struct ks_opening *o = &activation->opening;
    char item[40], after[24], lasted[24], packets[32];
    const char *closed = o->closes ? ", closed later" : "";
    out[0] = '\0';
    if (!activation->opened)
        return out;
    ks_item_format(item, sizeof item, o->item);
    ks_format_span(after, sizeof after, o->after);
    ks_format_span(lasted, sizeof lasted, o->lasted);
    ks_format_count(packets, sizeof packets, o->packets);
    if (o->back) {
        snprintf(out, cap, "+%s target calls back to %s", after, item);
        return out;
    }
    /* As much as fits whole, the least telling left out first: how long it lasted, then how much was sent. */
    for (int less = o->packets > 0 ? 0 : 2; less < 4; less++) {
        switch (less) {
        case 0: snprintf(out, cap, "+%s %s opened, %s packets in %s%s", after, item, packets, lasted, closed); break;
        case 1: snprintf(out, cap, "+%s %s opened, %s packets%s", after, item, packets, closed); break;
        case 2: snprintf(out, cap, "+%s %s opened%s", after, item, closed); break;
        default: snprintf(out, cap, "+%s %s opened", after, item); break;
        }
        if (strlen(out) <= (size_t)(room > 0 ? room : 0))
            break;
    }
    return out;
}

char *ks_clock(char *out, size_t cap, int64_t ns, bool dated, bool local)
{
    if (local) {
        time_t seconds = (time_t)(ns >= 0 ? ns / 1000000000 : (ns - 999999999) / 1000000000);
        struct tm tm;
        char text[24];
        if (localtime_r(&seconds, &tm) != NULL && strftime(text, sizeof text, dated ? "%m-%d %H:%M:%S" : "%H:%M:%S", &tm) > 0) {
            snprintf(out, cap, "%s.%03d", text, (int)((ns - (int64_t)seconds * 1000000000) / 1000000));
            return out;
        }
    }
    char text[48];
    ks_format_time(text, sizeof text, ns, 3);
    size_t skip = dated ? 5 : 11; /* "2012-05-21 12:53:27.104" without the year, or without the date */
    snprintf(out, cap, "%s", strlen(text) > skip ? text + skip : text);
    return out;
}
