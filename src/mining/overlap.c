/* Windows that overlap: each event lies in a run of its group's windows. */
#include "mining/overlap.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascending.h"
#include "base/limits.h"
#include "base/memory.h"
#include "mining/pick.h"

enum { PAUSE = 1 << 16 };

/* What the passes over groups share: the stream sorted by group, and each group's windows. */
struct overlap {
    size_t *events;  /* n_groups + 1: group g's events are item[events[g]..], in order */
    size_t *windows; /* n_groups + 1: its windows are number[windows[g]..], ascending */
    uint32_t *item;
    uint32_t *event; /* index into the log */
    uint32_t *number;
};

static void overlap_free(struct overlap *v)
{
    ks_free(v->events);
    ks_free(v->windows);
    ks_free(v->item);
    ks_free(v->event);
    ks_free(v->number);
}

/* First pass: items, groups and windows in the order of the stream. */
static struct ks_status overlap_open(struct cut *c)
{
    struct pick pick;
    uint32_t g, window;
    while (ks_pick_next(c, &pick)) {
        c->out->t += pick.n;
        for (size_t i = 0; i < pick.n; i++) {
            c->last[pick.place[i]] = NONE;
            if (!ks_cut_group(c, pick.event[i], &g))
                return c->status;
            if (c->group[g].count++ % c->how->stride == 0 && !ks_cut_open(c, pick.event[i], &window))
                return c->status;
        }
    }
    return c->status;
}

static struct ks_status overlap_allocate(const struct cut *c, struct overlap *v)
{
    v->events = ks_zalloc(c->n_groups + 1, sizeof *v->events);
    v->windows = ks_zalloc(c->n_groups + 1, sizeof *v->windows);
    v->item = ks_alloc(c->out->t, sizeof *v->item);
    v->event = ks_alloc(c->out->t, sizeof *v->event);
    v->number = ks_alloc(c->out->l, sizeof *v->number);
    if (v->events == NULL || v->windows == NULL || v->item == NULL || v->event == NULL || v->number == NULL)
        return ks_nomem("the windows");
    for (size_t g = 0; g < c->n_groups; g++) {
        v->events[g + 1] = v->events[g] + (size_t)c->group[g].count;
        v->windows[g + 1] = v->windows[g] + (size_t)((c->group[g].count - 1) / c->how->stride) + 1;
        c->group[g].count = 0;
    }
    return ks_ok();
}

/* Second pass: sorts the stream by group, and each group's windows with it. */
static struct ks_status overlap_sort(struct cut *c, struct overlap *v)
{
    struct pick pick;
    uint32_t window = 0, g;
    ks_pick_again(c);
    while (ks_pick_next(c, &pick))
        for (size_t i = 0; i < pick.n; i++) {
            if (!ks_cut_group(c, pick.event[i], &g))
                return c->status;
            uint64_t p = c->group[g].count++;
            if (p % c->how->stride == 0)
                v->number[v->windows[g] + p / c->how->stride] = window++;
            v->item[v->events[g] + p] = c->number[pick.place[i]];
            v->event[v->events[g] + p] = pick.event[i];
        }
    return c->status;
}

/* Number of events and times of a group's windows. */
static void overlap_describe(struct cut *c, const struct overlap *v, size_t g)
{
    const uint32_t *event = v->event + v->events[g];
    size_t n = v->events[g + 1] - v->events[g];
    bool in_order = true;
    for (size_t i = 1; i < n && in_order; i++)
        in_order = c->log->time[event[i]] >= c->log->time[event[i - 1]];
    for (size_t k = v->windows[g]; k < v->windows[g + 1]; k++) {
        struct ks_window *window = &c->out->window[v->number[k]];
        size_t from = (k - v->windows[g]) * (size_t)c->how->stride;
        size_t count = c->how->size < n - from ? (size_t)c->how->size : n - from;
        if (in_order)
            put_event(window, c->log->time[event[from + count - 1]]);
        for (size_t i = 0; i < count && !in_order; i++)
            put_event(window, c->log->time[event[from + i]]);
        window->events = (uint32_t)count;
    }
}

/* Counts the windows of each item in a first round, writes them in a second. */
struct collector {
    struct ks_window_sets *out;
    uint32_t *last; /* per item: one more than the latest place in `number` that it got */
    size_t *cursor; /* per item: where its next window goes; NULL in the first round */
};

static struct ks_status collector_begin(struct collector *k, struct ks_window_sets *out)
{
    *k = (struct collector){.out = out, .last = ks_alloc(out->u, sizeof *k->last)};
    out->start = ks_zalloc((size_t)out->u + 1, sizeof *out->start);
    return k->last != NULL && out->start != NULL ? ks_ok() : ks_nomem("the window sets");
}

/* Between the rounds: from counts to places. */
static struct ks_status collector_turn(struct collector *k)
{
    struct ks_window_sets *out = k->out;
    for (uint32_t i = 0; i < out->u; i++)
        out->start[i + 1] += out->start[i];
    out->windows = ks_alloc(out->start[out->u], sizeof *out->windows);
    k->cursor = ks_alloc(out->u, sizeof *k->cursor);
    if (out->windows == NULL || k->cursor == NULL)
        return ks_nomem("the window sets");
    memcpy(k->cursor, out->start, out->u * sizeof *k->cursor);
    return ks_ok();
}

/* Event p of a group is in its windows k with k stride <= p < k stride + size: a run, of which an item gets those that
 * it does not have yet. */
static struct ks_status overlap_round(struct cut *c, struct overlap *v, struct collector *k, size_t *total)
{
    uint64_t size = c->how->size, stride = c->how->stride;
    memset(k->last, 0, c->out->u * sizeof *k->last);
    for (size_t g = 0; g < c->n_groups; g++) {
        for (size_t i = v->events[g]; i < v->events[g + 1]; i++) {
            if (i % PAUSE == 0 && ks_cancelled(c->progress))
                return ks_cut_cancelled();
            uint64_t p = i - v->events[g];
            size_t low = v->windows[g] + (size_t)(p < size ? 0 : (p - size) / stride + 1);
            size_t high = v->windows[g] + (size_t)(p / stride);
            uint32_t item = v->item[i];
            if (low < k->last[item])
                low = k->last[item];
            if (low > high)
                continue;
            k->last[item] = (uint32_t)high + 1;
            *total += high + 1 - low;
            if (k->cursor == NULL) {
                c->out->start[item + 1] += high + 1 - low;
                continue;
            }
            for (size_t w = low; w <= high; w++)
                c->out->windows[k->cursor[item]++] = v->number[w];
        }
    }
    return ks_ok();
}

/* Windows of several groups come group by group: puts each item's in order. */
static void overlap_order(struct ks_window_sets *sets)
{
    for (uint32_t i = 0; i < sets->u; i++) {
        uint32_t *at = sets->windows + sets->start[i];
        size_t n = sets->start[i + 1] - sets->start[i], j = 1;
        while (j < n && at[j] > at[j - 1])
            j++;
        if (j < n)
            qsort(at, n, sizeof *at, ks_compare_u32);
    }
}

static struct ks_status overlap_collect(struct cut *c, struct overlap *v)
{
    const size_t most = (size_t)ks_limits()->overlap;
    struct collector k;
    size_t total = 0;
    struct ks_status status = collector_begin(&k, c->out);
    if (ks_is_ok(status))
        status = overlap_round(c, v, &k, &total);
    if (ks_is_ok(status) && total > most)
        status = ks_fail(KS_LIMIT, "overlap puts %zu entries into window sets, more than %zu: use a larger stride", total,
                         most);
    if (ks_is_ok(status))
        status = collector_turn(&k);
    if (ks_is_ok(status))
        status = overlap_round(c, v, &k, &total);
    ks_free(k.last);
    ks_free(k.cursor);
    if (ks_is_ok(status) && c->n_groups > 1)
        overlap_order(c->out);
    return status;
}

struct ks_status ks_cut_overlap(struct cut *c)
{
    struct overlap v = {0};
    struct ks_status status = overlap_open(c);
    if (ks_is_ok(status))
        status = ks_pick_number(c);
    if (ks_is_ok(status))
        status = overlap_allocate(c, &v);
    if (ks_is_ok(status))
        status = overlap_sort(c, &v);
    for (size_t g = 0; g < c->n_groups && ks_is_ok(status); g++)
        overlap_describe(c, &v, g);
    if (ks_is_ok(status) && !c->counted)
        status = overlap_collect(c, &v);
    overlap_free(&v);
    return status;
}
