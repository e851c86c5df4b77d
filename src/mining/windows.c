#include "mining/windows.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/ascending.h"
#include "base/memory.h"
#include "base/text.h"

static const char *const scope_names[] = {
    [KS_SCOPE_CAPTURE] = "capture", [KS_SCOPE_TARGET] = "target", [KS_SCOPE_PAIR] = "pair"};

struct ks_status ks_windowing_parse(const char *text, struct ks_windowing *out)
{
    uint64_t size;
    int64_t ns;
    if (ks_parse_u64(text, 1, UINT64_MAX, &size)) {
        out->cut = KS_CUT_COUNT;
        out->size = out->stride = size;
        return ks_ok();
    }
    bool session = strncmp(text, "session:", 8) == 0;
    if (ks_parse_span(session ? text + 8 : text, &ns)) {
        out->cut = session ? KS_CUT_SESSION : KS_CUT_TIME;
        out->ns = ns;
        out->stride = 0; /* such windows have none */
        return ks_ok();
    }
    return ks_fail(KS_USAGE, "'%s' is no window: give a number of events (1000), a time (30s) or session:TIME", text);
}

/* A span in the largest unit that it is a whole number of. */
static void format_span(char *out, size_t cap, const char *prefix, int64_t ns)
{
    static const struct {
        int64_t ns;
        const char *unit;
    } units[] = {{86400000000000, "d"}, {3600000000000, "h"}, {60000000000, "m"}, {1000000000, "s"},
                 {1000000, "ms"},       {1000, "us"},         {1, "ns"}};
    size_t i = 0;
    while (ns % units[i].ns != 0)
        i++;
    snprintf(out, cap, "%s%" PRId64 "%s", prefix, ns / units[i].ns, units[i].unit);
}

char *ks_windowing_format(char *out, size_t cap, const struct ks_windowing *windowing)
{
    if (windowing->cut == KS_CUT_COUNT)
        snprintf(out, cap, "%" PRIu64, windowing->size);
    else
        format_span(out, cap, windowing->cut == KS_CUT_SESSION ? "session:" : "", windowing->ns);
    return out;
}

const char *ks_scope_name(enum ks_scope scope)
{
    return scope_names[scope];
}

bool ks_scope_parse(const char *text, enum ks_scope *out)
{
    for (size_t i = 0; i < sizeof scope_names / sizeof *scope_names; i++)
        if (strcmp(text, scope_names[i]) == 0) {
            *out = (enum ks_scope)i;
            return true;
        }
    return false;
}

bool ks_narrow_same(const struct ks_narrow *a, const struct ks_narrow *b)
{
    return a->by_host == b->by_host && a->by_time == b->by_time &&
           (!a->by_host || memcmp(&a->host, &b->host, sizeof a->host) == 0) &&
           (!a->by_time || (a->from == b->from && a->to == b->to));
}

struct ks_status ks_window_sets_from(uint32_t l, uint32_t u, const ks_item *items, const size_t *start,
                                     const uint32_t *windows, struct ks_window_sets *out)
{
    size_t n = start[u];
    *out = (struct ks_window_sets){.l = l, .u = u, .t = n};
    out->items = ks_alloc(u, sizeof *items);
    out->start = ks_alloc((size_t)u + 1, sizeof *start);
    out->windows = ks_alloc(n, sizeof *windows);
    out->window = ks_zalloc(l, sizeof *out->window);
    if (out->items == NULL || out->start == NULL || out->windows == NULL || out->window == NULL) {
        ks_window_sets_free(out);
        return ks_nomem("the window sets");
    }
    if (u > 0)
        memcpy(out->items, items, u * sizeof *items);
    memcpy(out->start, start, ((size_t)u + 1) * sizeof *start);
    if (n > 0)
        memcpy(out->windows, windows, n * sizeof *windows);
    for (size_t i = 0; i < n; i++)
        out->window[windows[i]].events++;
    out->mean_events = l > 0 ? (double)n / l : 0;
    return ks_ok();
}

uint32_t ks_window_sets_find(const struct ks_window_sets *sets, ks_item item)
{
    size_t place = ks_below_u64(sets->items, sets->u, item);
    return place < sets->u && sets->items[place] == item ? (uint32_t)place : UINT32_MAX;
}

void ks_window_sets_free(struct ks_window_sets *sets)
{
    ks_free(sets->items);
    ks_free(sets->start);
    ks_free(sets->windows);
    ks_free(sets->window);
    *sets = (struct ks_window_sets){0};
}
