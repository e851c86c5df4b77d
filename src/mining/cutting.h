/* A cut under way: what is known of the stream so far, its groups and its windows. Below pick.c, which reads the stream, and cut.c and overlap.c,
 * which make window sets of it. */
#ifndef KS_MINING_CUTTING_H
#define KS_MINING_CUTTING_H

#include "mining/map.h"
#include "mining/windows.h"

#define NONE KS_NONE
enum { PLACES_PORT = 2 * 65536 };

struct group {
    uint64_t count; /* events so far */
    uint64_t phase; /* events since its last window started, modulo the stride */
    int64_t last;   /* time of the last one */
    uint64_t slice;
    uint32_t window; /* that its last event is in */
};

/* An item was met in a window: an entry of a window set, or one that is there already. */
struct entry {
    uint32_t place, window;
};

struct cut {
    const struct ks_log *log;
    enum ks_items items;
    const struct ks_windowing *how;
    const struct ks_narrow *narrow;
    struct ks_progress *progress;
    struct ks_window_sets *out;
    struct ks_status status; /* the first failure */
    bool counted;            /* only windows and items are wanted, no window sets */
    bool *host;              /* per host: whether narrow->host is it; NULL without narrowing */

    size_t at; /* how far the pass over the stream is: an event, or a place in the log's list of attempts */
    uint64_t work, passes;

    /* Items by place: TCP ports, UDP ports, then the others in the order in which they come. */
    size_t n_places;
    uint32_t *last;   /* the last window that an item was met in, NONE: in none, UNSEEN: it does not occur */
    uint32_t *number; /* of the item */
    size_t cap_last, cap_number;
    ks_item *other; /* the codes of places from PLACES_PORT on */
    size_t cap_other;
    struct ks_map place_of; /* of these codes */

    struct ks_map group_of, window_of;
    struct group *group;
    size_t n_groups, cap_groups;
    uint64_t group_key; /* of the last look-up */
    uint32_t group_last;
    size_t cap_windows;

    int64_t t0;           /* time of the stream's first event */
    int64_t slice_from;   /* the slice of the last event begins so long after t0 */
    uint64_t slice_number;
    bool slice_known;

    struct entry *entry; /* in the order of the stream */
    size_t n_entries, cap_entries;
    bool ascending; /* the windows of the entries never fall */
};

#define UNSEEN (NONE - 1)

static inline void put_event(struct ks_window *window, int64_t time)
{
    if (time < window->first)
        window->first = time;
    if (time > window->last)
        window->last = time;
    window->events++;
}

/* Takes a failure down; false. */
bool ks_cut_fail(struct cut *c, struct ks_status status);
/* KS_CANCELLED. */
struct ks_status ks_cut_cancelled(void);
/* A new window that starts with this event, its number in *out; false on failure (KS_LIMIT, KS_NOMEM). */
bool ks_cut_open(struct cut *c, size_t event, uint32_t *out);
/* Makes the group of a key that is not the last one's the last; a new one where there is none. False on failure (KS_NOMEM). */
bool ks_cut_look_up(struct cut *c, uint64_t key);

/* The group of an event, made where it is new; false on failure (KS_NOMEM). */
static inline bool ks_cut_group(struct cut *c, size_t event, uint32_t *out)
{
    uint64_t key = 0;
    if (c->how->scope != KS_SCOPE_CAPTURE)
        key = c->log->target[event];
    if (c->how->scope == KS_SCOPE_PAIR)
        key |= (uint64_t)c->log->source[event] << 32;
    if ((c->n_groups == 0 || key != c->group_key) && !ks_cut_look_up(c, key))
        return false;
    *out = c->group_last;
    return true;
}

#endif
