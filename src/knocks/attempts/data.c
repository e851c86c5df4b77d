/* Over which answered attempts data was sent, and where the tries are that can be parts of knocks. */
#include <stdlib.h>

#include "base/memory.h"
#include "knocks/attempts/tries.h"

#define SOON (10 * KS_SECOND)

/* The latest answered attempt of each flow: open addressing; a slot holds its number + 1. */
struct flows {
    uint32_t *slot;
    size_t mask;
};

static size_t flow_of(const struct ks_log *log, uint32_t event)
{
    uint64_t a = (uint64_t)log->source[event] << 32 | log->target[event];
    uint64_t b = (uint64_t)log->sport[event] << 16 | log->dport[event];
    uint64_t x = (a ^ b * UINT64_C(0xc2b2ae3d27d4eb4f)) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(x ^ x >> 32);
}

static bool same_flow(const struct ks_log *log, uint32_t x, uint32_t y)
{
    return ks_log_proto(log, x) == ks_log_proto(log, y) && log->sport[x] == log->sport[y] &&
           log->dport[x] == log->dport[y] && log->source[x] == log->source[y] &&
           log->target[x] == log->target[y];
}

/* The slot of an event's flow. */
static uint32_t *slot_of(const struct ks_tries *t, const struct flows *flows, uint32_t event)
{
    size_t h = flow_of(t->log, event) & flows->mask;
    while (flows->slot[h] != 0 && !same_flow(t->log, t->at[flows->slot[h] - 1].event, event))
        h = (h + 1) & flows->mask;
    return &flows->slot[h];
}

static int by_value(const void *x, const void *y)
{
    const uint64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* One pass over the log: every packet with a payload of a flow that an answered attempt began. open: event <<
 * 32 | try of the answered attempts, ascending. */
static void mark_data(struct ks_tries *t, struct flows *flows, const uint64_t *open, size_t n,
                      const uint8_t *source_in)
{
    const struct ks_log *log = t->log;
    for (size_t next = 0; next < n; next++) {
        uint32_t event = (uint32_t)(open[next] >> 32);
        size_t end = next + 1 < n ? (size_t)(open[next + 1] >> 32) : log->n;
        *slot_of(t, flows, event) = (uint32_t)open[next] + 1;
        while (++event < end) {
            if ((log->mark[event] & KS_MARK_EMPTY) != 0 || !source_in[log->source[event]])
                continue;
            uint32_t slot = *slot_of(t, flows, event);
            if (slot != 0 && log->time[event] - t->at[slot - 1].time <= SOON)
                t->sends[slot - 1] = 1;
        }
    }
}

struct ks_status ks_tries_data(struct ks_tries *t)
{
    size_t n = 0;
    bool ascending = true;
    struct flows flows = {.mask = 15};
    uint8_t *source_in = ks_zalloc(t->log->n_hosts + 1, sizeof *source_in);
    uint64_t *open = ks_alloc(t->n + 1, sizeof *open);
    t->sends = ks_zalloc(t->n + 1, sizeof *t->sends);
    for (size_t i = 0; i < t->n && source_in != NULL && open != NULL; i++)
        if (t->at[i].outcome == KS_OPEN) {
            source_in[t->log->source[t->at[i].event]] = 1;
            open[n] = (uint64_t)t->at[i].event << 32 | i;
            ascending = ascending && (n == 0 || open[n] > open[n - 1]);
            n++;
        }
    while (flows.mask < 2 * n)
        flows.mask = 2 * flows.mask + 1;
    flows.slot = ks_zalloc(flows.mask + 1, sizeof *flows.slot);
    bool failed = source_in == NULL || open == NULL || t->sends == NULL || flows.slot == NULL;
    if (!failed && n > 0) {
        if (!ascending) /* the clock of the capture goes back */
            qsort(open, n, sizeof *open, by_value);
        mark_data(t, &flows, open, n, source_in);
    }
    ks_free(source_in);
    ks_free(open);
    ks_free(flows.slot);
    return failed ? ks_nomem("what was sent") : ks_ok();
}

static void set(uint64_t *bits, uint32_t at)
{
    bits[at / 64] |= UINT64_C(1) << at % 64;
}

/* The tries of one link. */
static void lean_link(struct ks_tries *t, struct ks_link *link)
{
    const struct ks_place *place = &t->places[link->place];
    if (place->fresh < 2 && link->open == 0)
        return;
    for (uint32_t i = link->first; i < link->first + link->n; i++) {
        const struct ks_try *now = &t->at[t->by_link[i]];
        bool open = now->outcome == KS_OPEN;
        if (now->repeat || (open && ks_try_sends(t, t->by_link[i])))
            continue;
        link->quiet += open;
        if (place->fresh < 2)
            continue;
        set(t->lean_pair, now->at_pair);
        set(t->lean_goal, now->at_goal);
        if (place->fresh > KS_TOO_OFTEN)
            continue;
        if (open ? !place->busy : link->open == 0)
            set(t->seed_pair, now->at_pair);
        if ((open ? !place->busy : place->open == 0) && !now->scan && !place->sought)
            set(t->seed_goal, now->at_goal);
    }
}

struct ks_status ks_tries_lean(struct ks_tries *t)
{
    uint64_t **const bits[] = {&t->lean_pair, &t->lean_goal, &t->seed_pair, &t->seed_goal, &t->fresh_pair, &t->fresh_goal,
                               &t->open_pair, &t->open_goal};
    for (size_t k = 0; k < sizeof bits / sizeof *bits; k++) {
        *bits[k] = ks_zalloc(t->n / 64 + 2, sizeof **bits[k]);
        if (*bits[k] == NULL)
            return ks_nomem("the attempts that may be knocks");
    }
    for (size_t i = 0; i < t->n; i++) {
        const struct ks_try *now = &t->at[i];
        if (!now->repeat) {
            set(t->fresh_pair, now->at_pair);
            set(t->fresh_goal, now->at_goal);
        }
        if (now->outcome == KS_OPEN) {
            set(t->open_pair, now->at_pair);
            set(t->open_goal, now->at_goal);
        }
    }
    for (uint32_t l = 0; l < t->n_links; l++) {
        lean_link(t, &t->links[l]);
        t->pairs[t->links[l].pair].twice += t->links[l].n > 1 && ks_link_lean(t, l) >= 2;
    }
    for (uint32_t p = 0; p < t->n_places; p++)
        t->goals[t->places[p].goal].twice += t->places[p].fresh >= 2 && !t->places[p].busy;
    return ks_ok();
}

struct ks_status ks_tries_probes(struct ks_tries *t)
{
    uint32_t n = 0, pair = 0, goal = 0;
    for (uint32_t p = 0; p < t->n_pairs; p++)
        n += t->pairs[p].probes;
    if (n == 0)
        return ks_ok();
    t->probes_pair = ks_alloc(t->n + 1, sizeof *t->probes_pair);
    t->probes_goal = ks_alloc(t->n + 1, sizeof *t->probes_goal);
    if (t->probes_pair == NULL || t->probes_goal == NULL)
        return ks_nomem("the scans");
    for (size_t i = 0; i < t->n; i++) {
        t->probes_pair[i] = pair;
        t->probes_goal[i] = goal;
        pair += t->at[t->by_pair[i]].probe;
        goal += t->at[t->by_goal[i]].probe;
    }
    t->probes_pair[t->n] = t->probes_goal[t->n] = n;
    return ks_ok();
}
