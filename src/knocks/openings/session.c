#include "knocks/openings/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static int by_event(const void *x, const void *y)
{
    const struct ks_session *a = x, *b = y;
    return (a->event > b->event) - (a->event < b->event);
}

/* A key that both directions of a connection share. */
static uint64_t key_of(const struct ks_log *log, uint32_t event)
{
    uint64_t a = (uint64_t)log->source[event] << 16 | log->sport[event];
    uint64_t b = (uint64_t)log->target[event] << 16 | log->dport[event];
    uint64_t low = a < b ? a : b, high = a < b ? b : a;
    return (low * UINT64_C(0x9e3779b97f4a7c15)) ^ (high * UINT64_C(0xc2b2ae3d27d4eb4f)) ^
           ks_log_proto(log, event);
}

static bool same(const struct ks_log *log, uint32_t x, uint32_t y)
{
    if (ks_log_proto(log, x) != ks_log_proto(log, y))
        return false;
    return (log->source[x] == log->source[y] && log->target[x] == log->target[y] &&
            log->sport[x] == log->sport[y] && log->dport[x] == log->dport[y]) ||
           (log->source[x] == log->target[y] && log->target[x] == log->source[y] &&
            log->sport[x] == log->dport[y] && log->dport[x] == log->sport[y]);
}

/* The sessions by their key: open addressing. A slot holds a session's number + 1. */
struct table {
    uint32_t *slot;
    size_t n_slots;
    bool *wanted; /* by host */
    uint64_t ports[1024]; /* a bit for each sum of two ports that a session has, modulo their number */
};

/* The bit of a connection's two ports, in either direction. */
static uint16_t sum_of(const struct ks_log *log, uint32_t event)
{
    return (uint16_t)(log->sport[event] + log->dport[event]);
}

static size_t slot_of(const struct table *t, uint64_t key)
{
    return (size_t)(key ^ key >> 29) & (t->n_slots - 1);
}

/* Counts an event in the session of its connection; a session's own event takes the connection over. */
static void count(const struct ks_log *log, struct table *t, struct ks_session *sessions, uint32_t event,
                  size_t *next, size_t n)
{
    size_t h = slot_of(t, key_of(log, event));
    while (t->slot[h] != 0 && !same(log, sessions[t->slot[h] - 1].event, event))
        h = (h + 1) & (t->n_slots - 1);
    while (*next < n && sessions[*next].event < event)
        ++*next;
    if (*next < n && sessions[*next].event == event) {
        t->slot[h] = (uint32_t)*next + 1;
        ++*next;
    }
    if (t->slot[h] == 0)
        return;
    struct ks_session *s = &sessions[t->slot[h] - 1];
    int64_t lasted = log->time[event] - log->time[s->event];
    s->packets++;
    s->lasted = lasted > s->lasted ? lasted : s->lasted;
    s->data |= (log->mark[event] & KS_MARK_EMPTY) == 0;
}

struct ks_status ks_sessions_measure(const struct ks_log *log, struct ks_session *sessions, size_t n)
{
    if (n == 0)
        return ks_ok();
    qsort(sessions, n, sizeof *sessions, by_event);
    struct table t = {.n_slots = 16};
    while (t.n_slots < 4 * n)
        t.n_slots *= 2;
    t.slot = ks_zalloc(t.n_slots, sizeof *t.slot);
    t.wanted = ks_zalloc(log->n_hosts + 1, sizeof *t.wanted);
    if (t.slot == NULL || t.wanted == NULL) {
        ks_free(t.slot);
        ks_free(t.wanted);
        return ks_nomem("measuring connections");
    }
    for (size_t i = 0; i < n; i++) {
        t.wanted[log->source[sessions[i].event]] = true;
        t.wanted[log->target[sessions[i].event]] = true;
        uint16_t sum = sum_of(log, sessions[i].event);
        t.ports[sum / 64] |= UINT64_C(1) << sum % 64;
    }
    size_t next = 0;
    for (uint32_t event = sessions[0].event; event < log->n; event++) {
        uint16_t sum = sum_of(log, event);
        if ((t.ports[sum / 64] >> sum % 64 & 1) != 0 && t.wanted[log->source[event]] && t.wanted[log->target[event]])
            count(log, &t, sessions, event, &next, n);
    }
    ks_free(t.slot);
    ks_free(t.wanted);
    return ks_ok();
}

const struct ks_session *ks_session_of(const struct ks_session *sessions, size_t n, uint32_t event)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sessions[middle].event < event)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && sessions[low].event == event ? &sessions[low] : NULL;
}
