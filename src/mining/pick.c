/* The stream of events that are mined, read in blocks: which events take part, and the place of each one's item. A block is small enough for the
 * nearest cache, and within it every step is one tight loop. */
#include "mining/pick.h"

#include <stdlib.h>

#include "base/ascending.h"
#include "base/limits.h"
#include "base/memory.h"

struct ks_status ks_pick_start(struct cut *c, unsigned passes)
{
    c->passes = passes;
    c->n_places = PLACES_PORT;
    if (!ks_reserve((void **)&c->last, &c->cap_last, PLACES_PORT, sizeof *c->last))
        return ks_nomem("the items");
    for (size_t i = 0; i < PLACES_PORT; i++)
        c->last[i] = UNSEEN;
    return ks_ok();
}

void ks_pick_again(struct cut *c)
{
    c->at = 0;
}

void ks_pick_end(struct cut *c)
{
    ks_free(c->last);
    ks_free(c->number);
    ks_free(c->other);
    ks_map_free(&c->place_of);
}

/* The place of an item that is no port, made where it is new; NONE when out of memory. */
static uint32_t place_of_other(struct cut *c, ks_item item)
{
    struct ks_slot *slot = ks_map_at(&c->place_of, item, 0);
    if (slot == NULL)
        return NONE;
    if (slot->value != NONE)
        return slot->value;
    slot->value = 0; /* no hole in the map when what follows fails */
    if (c->n_places >= UNSEEN || !ks_reserve((void **)&c->last, &c->cap_last, c->n_places + 1, sizeof *c->last) ||
        !ks_reserve((void **)&c->other, &c->cap_other, c->n_places - PLACES_PORT + 1, sizeof *c->other))
        return NONE;
    c->last[c->n_places] = UNSEEN;
    c->other[c->n_places - PLACES_PORT] = item;
    return slot->value = (uint32_t)c->n_places++;
}

/* Those events from..to-1 whose items are ports; `items` is known where this is compiled. */
static inline __attribute__((always_inline)) size_t pick_ports(const struct ks_log *log, enum ks_items items, size_t from, size_t to,
                                                               struct pick *pick)
{
    size_t n = 0;
    for (size_t e = from; e < to; e++) {
        pick->event[n] = (uint32_t)e;
        pick->place[n] = (uint32_t)(log->mark[e] & KS_MARK_PROTO) << 16 | log->dport[e];
        n += ks_item_in(log, e, items);
    }
    return n;
}

/* The same over the log's list of attempts. */
static size_t pick_listed(const struct ks_log *log, size_t from, size_t to, struct pick *pick)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++) {
        uint32_t e = log->attempts[i];
        pick->event[n] = e;
        pick->place[n] = (uint32_t)(log->mark[e] & KS_MARK_PROTO) << 16 | log->dport[e];
        n += ks_item_in(log, e, KS_ITEMS_ATTEMPTS);
    }
    return n;
}

/* Events whose items are no ports; their places come later, when it is known which of them take part. */
static size_t pick_others(const struct ks_log *log, enum ks_items items, size_t from, size_t to, struct pick *pick)
{
    size_t n = 0;
    for (size_t e = from; e < to; e++) {
        pick->event[n] = (uint32_t)e;
        pick->place[n] = 0;
        n += ks_item_in(log, e, items);
    }
    return n;
}

static bool place_others(struct cut *c, struct pick *pick)
{
    for (size_t i = 0; i < pick->n; i++) {
        ks_item item;
        if (ks_item_of(c->log, pick->event[i], c->items, &item))
            pick->place[i] = place_of_other(c, item);
        if (pick->place[i] == NONE)
            return ks_cut_fail(c, ks_nomem("the items"));
    }
    return true;
}

/* Leaves only what is between the times and has to do with the host. */
static size_t narrow(const struct cut *c, struct pick *pick, size_t n)
{
    const struct ks_log *log = c->log;
    bool by_time = c->narrow != NULL && c->narrow->by_time;
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t e = pick->event[i];
        pick->event[kept] = e;
        pick->place[kept] = pick->place[i];
        kept += (c->host == NULL || c->host[log->source[e]] || c->host[log->target[e]]) &&
                (!by_time || (log->time[e] >= c->narrow->from && log->time[e] < c->narrow->to));
    }
    return kept;
}

static size_t pick_stretch(const struct cut *c, bool listed, size_t from, size_t to, struct pick *pick)
{
    if (listed)
        return pick_listed(c->log, from, to, pick);
    switch (c->items) {
    case KS_ITEMS_TCP:
        return pick_ports(c->log, KS_ITEMS_TCP, from, to, pick);
    case KS_ITEMS_SYN:
        return pick_ports(c->log, KS_ITEMS_SYN, from, to, pick);
    case KS_ITEMS_UDP:
        return pick_ports(c->log, KS_ITEMS_UDP, from, to, pick);
    case KS_ITEMS_ATTEMPTS:
        return pick_ports(c->log, KS_ITEMS_ATTEMPTS, from, to, pick);
    case KS_ITEMS_ICMP:
        break;
    }
    return pick_others(c->log, KS_ITEMS_ICMP, from, to, pick);
}

bool ks_pick_next(struct cut *c, struct pick *pick)
{
    const struct ks_log *log = c->log;
    bool listed = c->items == KS_ITEMS_ATTEMPTS && log->attempts != NULL;
    size_t end = listed ? log->n_attempts : log->n;
    bool narrowed = c->host != NULL || (c->narrow != NULL && c->narrow->by_time);
    for (pick->n = 0; pick->n == 0 && c->at < end;) {
        size_t to = end - c->at < PICK ? end : c->at + PICK;
        if (ks_cancelled(c->progress))
            return ks_cut_fail(c, ks_cut_cancelled());
        ks_progress_set(c->progress, c->work, c->passes * (uint64_t)end);
        pick->n = pick_stretch(c, listed, c->at, to, pick);
        if (narrowed)
            pick->n = narrow(c, pick, pick->n);
        c->work += to - c->at;
        c->at = to;
    }
    if (c->items == KS_ITEMS_ICMP && !place_others(c, pick))
        return false;
    return pick->n != 0;
}

struct ks_status ks_pick_number(struct cut *c)
{
    struct ks_window_sets *out = c->out;
    size_t n = c->n_places - PLACES_PORT;
    for (size_t i = 0; i < PLACES_PORT; i++)
        n += c->last[i] != UNSEEN;
    if (n > ks_limits()->items)
        return ks_fail(KS_LIMIT, "more than %llu different items", (unsigned long long)ks_limits()->items);
    out->items = ks_alloc(n, sizeof *out->items);
    if (out->items == NULL || !ks_reserve((void **)&c->number, &c->cap_number, c->n_places, sizeof *c->number))
        return ks_nomem("the items");
    uint32_t u = 0;
    for (size_t i = 0; i < PLACES_PORT; i++)
        if (c->last[i] != UNSEEN) {
            c->number[i] = u;
            out->items[u++] = (ks_item)(i >> 16) << 32 | (i & 0xffff);
        }
    uint32_t ports = u;
    for (size_t i = PLACES_PORT; i < c->n_places; i++)
        out->items[u++] = c->other[i - PLACES_PORT];
    qsort(out->items + ports, u - ports, sizeof *out->items, ks_compare_u64);
    for (uint32_t i = ports; i < u; i++)
        c->number[ks_map_get(&c->place_of, out->items[i], 0)->value] = i;
    out->u = u;
    return ks_ok();
}
