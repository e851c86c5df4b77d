/* Cutting the event stream into windows and gathering each item's window set. */
#ifndef KS_MINING_WINDOWS_H
#define KS_MINING_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/progress.h"
#include "base/status.h"
#include "mining/item.h"

enum ks_cut { KS_CUT_COUNT, KS_CUT_TIME, KS_CUT_SESSION };
enum ks_scope { KS_SCOPE_CAPTURE, KS_SCOPE_TARGET, KS_SCOPE_PAIR };

/* How the stream is cut (doc/method.md). Exactness where the words leave room:
 * - count: within each group of the scope, windows start at its events 0, stride, 2 stride ... while there is such an event, and hold
 *   up to `size` events from there; the last ones are shorter.
 * - time: slice number floor((t - t0)/ns), t0 the time of the stream's first event (over all groups); only slices with events are windows.
 * - session: within each group a window ends when the next event comes more than ns after the last (the one before it in capture order).
 * Groups: the whole capture; or each target; or each ordered (source, target). Windows are numbered by their first event. */
struct ks_windowing {
    enum ks_cut cut;
    uint64_t size;   /* KS_CUT_COUNT: events, >= 1 */
    uint64_t stride; /* KS_CUT_COUNT: events, >= 1 (= size without overlap) */
    int64_t ns;      /* KS_CUT_TIME, KS_CUT_SESSION: nanoseconds, >= 1 */
    enum ks_scope scope;
};

/* Reads "1000", "30s", "session:30s" (the scope is left alone); a KS_USAGE status says what is wrong. */
struct ks_status ks_windowing_parse(const char *text, struct ks_windowing *out);
/* "1000", "30s", "session:30s". Returns out. */
char *ks_windowing_format(char *out, size_t cap, const struct ks_windowing *windowing);
const char *ks_scope_name(enum ks_scope scope);
bool ks_scope_parse(const char *text, enum ks_scope *out);

/* Which events take part, beside their kind. */
struct ks_narrow {
    bool by_host;
    struct ks_address host; /* source or target */
    bool by_time;
    int64_t from, to; /* ns since the epoch, from <= t < to */
};

/* Whether both let the same events through. */
bool ks_narrow_same(const struct ks_narrow *a, const struct ks_narrow *b);

/* Every item's window set W(X), and the windows themselves. Item numbers 0..u-1 ascend with their codes; window numbers 0..l-1
 * with their first event. */
struct ks_window_sets {
    uint64_t t;  /* events in the stream */
    uint32_t u;  /* distinct items */
    uint32_t l;  /* windows */
    ks_item *items;   /* u codes, ascending */
    size_t *start;    /* u + 1: item i's windows are windows[start[i] .. start[i+1]) */
    uint32_t *windows; /* ascending within each item */
    double mean_events; /* mean number of events in a window */
    bool equal_size;  /* cut by count, and every window but the very last (an only one too) holds `size` events */
    struct ks_window {
        int64_t first, last;    /* earliest and latest time of its events, ns since the epoch */
        uint32_t event;         /* its first event in the log */
        uint32_t events;        /* how many events of the stream it holds */
    } *window; /* l */
};

/* Cuts the stream of a log. KS_NOMEM, KS_CANCELLED, KS_LIMIT (more than 2^31 - 1 windows, or overlap that puts more than 2^30 entries
 * into window sets; *out is empty then). *out is freed by ks_window_sets_free whatever the result. Time and memory grow in step with the
 * events and, where windows overlap, with the entries. An item that lies only between windows (stride > size) is in none. */
struct ks_status ks_window_sets_make(const struct ks_log *log, enum ks_items items, const struct ks_windowing *windowing,
                                     const struct ks_narrow *narrow, struct ks_progress *progress,
                                     struct ks_window_sets *out);

/* The same without window sets (`start` and `windows` stay NULL), for who wants t, u, l and the windows only. */
struct ks_status ks_window_sets_count(const struct ks_log *log, enum ks_items items, const struct ks_windowing *windowing,
                                      const struct ks_narrow *narrow, struct ks_progress *progress, struct ks_window_sets *out);

/* Window sets given directly, for tests and benchmarks: l windows, u items, window sets as in the structure (copied). */
struct ks_status ks_window_sets_from(uint32_t l, uint32_t u, const ks_item *items, const size_t *start,
                                     const uint32_t *windows, struct ks_window_sets *out);

/* Number of an item's code, or UINT32_MAX. */
uint32_t ks_window_sets_find(const struct ks_window_sets *sets, ks_item item);

/* n(X) of item number x. */
static inline uint32_t ks_window_sets_n(const struct ks_window_sets *sets, uint32_t x)
{
    return (uint32_t)(sets->start[x + 1] - sets->start[x]);
}

void ks_window_sets_free(struct ks_window_sets *sets);

#endif
