/* Cutting windows: what cut.c and overlap.c share. */
#ifndef KS_MINING_CUT_H
#define KS_MINING_CUT_H

#include "mining/map.h"
#include "mining/windows.h"

#define NONE KS_NONE
enum { PAUSE = 1 << 16 };

struct group {
    uint64_t count; /* events so far */
    int64_t last;   /* time of the last one */
    uint64_t slice;
    uint32_t window; /* that its last event is in */
};

struct cut {
    const struct ks_log *log;
    enum ks_items items;
    const struct ks_windowing *how;
    const struct ks_narrow *narrow;
    struct ks_progress *progress;
    struct ks_window_sets *out;
    bool *host; /* per host: whether narrow->host is it; NULL without narrowing */

    uint32_t *port[2]; /* number of each TCP and UDP port; NONE where it does not occur */
    struct ks_map other;  /* numbers of the other items */
    int64_t t0;        /* time of the stream's first event */

    struct ks_map group_of, window_of;
    struct group *group;
    size_t n_groups, cap_groups;
    uint64_t group_key; /* of the last look-up */
    uint32_t group_last;
    size_t cap_windows;

    uint32_t *of; /* per event of the stream: its window, or with overlap its group */
    bool ascending; /* the windows in `of` never fall */
    uint64_t work;
};

/* Collects (item, window) pairs that come with ascending windows: a first round counts, a second fills. */
struct collector {
    struct ks_window_sets *out;
    uint32_t *last; /* per item: the last window it was seen in */
    size_t *cursor; /* per item: where its next window goes; NULL in the first round */
};

static inline bool in_stream(const struct cut *c, size_t event, ks_item *item)
{
    if (!ks_item_of(c->log, event, c->items, item))
        return false;
    if (c->host != NULL && !c->host[c->log->source[event]] && !c->host[c->log->target[event]])
        return false;
    return c->narrow == NULL || !c->narrow->by_time ||
           (c->log->time[event] >= c->narrow->from && c->log->time[event] < c->narrow->to);
}

static inline uint32_t number_of(const struct cut *c, ks_item item)
{
    unsigned proto = (unsigned)(item >> 32);
    return proto < 2 ? c->port[proto][item & 0xffff] : ks_map_get(&c->other, item, 0)->value;
}

/* Now and then: tells how far the work is (four or five passes over the log) and whether to stop. */
static inline bool paused_cancelled(struct cut *c, size_t event)
{
    if (event % PAUSE != 0)
        return false;
    ks_progress_set(c->progress, c->work + event, 4 * (uint64_t)c->log->n);
    return ks_cancelled(c->progress);
}

static inline void put_event(struct ks_window *window, int64_t time)
{
    if (time < window->first)
        window->first = time;
    if (time > window->last)
        window->last = time;
    window->events++;
}

/* KS_CANCELLED. */
struct ks_status ks_cut_cancelled(void);
/* A new window that starts with this event, its number in *out. KS_LIMIT, KS_NOMEM. */
struct ks_status ks_cut_open(struct cut *c, size_t event, uint32_t *out);
/* The group of an event, made where it is new. KS_NOMEM. */
struct ks_status ks_cut_group(struct cut *c, size_t event, uint32_t *out);
/* Makes window sets of a stream whose windows overlap. */
struct ks_status ks_cut_overlap(struct cut *c);

/* Before the first round, between the rounds (from counts to places), and after the second. KS_NOMEM. */
struct ks_status ks_collector_begin(struct collector *k, struct ks_window_sets *out);
struct ks_status ks_collector_turn(struct collector *k);
void ks_collector_end(struct collector *k);

#endif
