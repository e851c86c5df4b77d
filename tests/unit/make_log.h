/* Logs made by hand for tests: attempts with their outcomes, as the loader would give them. */
#ifndef KS_TESTS_MAKE_LOG_H
#define KS_TESTS_MAKE_LOG_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "capture/log.h"

struct make_log {
    struct ks_log log;
    size_t cap;
};

/* The number of the host 10.0.(id / 256).(id % 256), added when new. */
static inline uint32_t make_host(struct make_log *m, uint32_t id)
{
    struct ks_log *log = &m->log;
    struct ks_address a = {.bytes = {10, 0, (uint8_t)(id >> 8), (uint8_t)id}, .version = 4};
    for (size_t i = 0; i < log->n_hosts; i++)
        if (memcmp(&log->hosts[i], &a, sizeof a) == 0)
            return (uint32_t)i;
    log->hosts = ks_resize(log->hosts, log->n_hosts + 1, sizeof *log->hosts);
    log->hosts[log->n_hosts] = a;
    return (uint32_t)log->n_hosts++;
}

/* One more event. Ports given as protocol << 16 | port. */
static inline void make_event(struct make_log *m, int64_t time, uint32_t source, uint32_t target,
                              uint16_t sport, uint32_t item, uint8_t flags, uint8_t mark)
{
    struct ks_log *log = &m->log;
    if (log->n == m->cap) {
        m->cap = m->cap * 2 + 64;
        log->time = ks_resize(log->time, m->cap, sizeof *log->time);
        log->source = ks_resize(log->source, m->cap, sizeof *log->source);
        log->target = ks_resize(log->target, m->cap, sizeof *log->target);
        log->sport = ks_resize(log->sport, m->cap, sizeof *log->sport);
        log->dport = ks_resize(log->dport, m->cap, sizeof *log->dport);
        log->flags = ks_resize(log->flags, m->cap, sizeof *log->flags);
        log->mark = ks_resize(log->mark, m->cap, sizeof *log->mark);
        log->packet = ks_resize(log->packet, m->cap, sizeof *log->packet);
        log->attempts = ks_resize(log->attempts, m->cap, sizeof *log->attempts);
    }
    size_t i = log->n++;
    log->time[i] = time;
    log->source[i] = make_host(m, source);
    log->target[i] = make_host(m, target);
    log->sport[i] = sport;
    log->dport[i] = (uint16_t)item;
    log->flags[i] = flags;
    log->mark[i] = (uint8_t)(mark | item >> 16);
    log->packet[i] = (uint32_t)i + 1;
    if ((mark & KS_MARK_ATTEMPT) != 0)
        log->attempts[log->n_attempts++] = (uint32_t)i;
}

/* An attempt with its outcome. */
static inline void make_try(struct make_log *m, int64_t time, uint32_t source, uint32_t target,
                            uint16_t sport, uint32_t item, enum ks_outcome outcome)
{
    uint8_t mark = (uint8_t)(KS_MARK_ATTEMPT | KS_MARK_EMPTY | (unsigned)outcome << 2);
    make_event(m, time, source, target, sport, item, item >> 16 == KS_TCP ? KS_SYN : 0, mark);
}

#endif
