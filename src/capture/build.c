#include "capture/build.h"

#include <string.h>

#include "base/memory.h"

void ks_builder_start(struct ks_builder *builder, struct ks_log *log)
{
    memset(builder, 0, sizeof *builder);
    memset(log, 0, sizeof *log);
    builder->log = log;
    ks_hash_key_draw(&builder->flows.key);
}

/* `column` points to a pointer of any type. */
static bool grow(void *column, size_t cap, size_t size)
{
    void *old, *larger;
    memcpy(&old, column, sizeof old);
    larger = ks_resize(old, cap, size);
    if (larger == NULL)
        return false;
    memcpy(column, &larger, sizeof larger);
    return true;
}

/* Columns grow together, by half. A column that could grow when another could not is merely larger than needed. */
static bool grow_columns(struct ks_builder *builder)
{
    struct ks_log *log = builder->log;
    if (builder->cap - log->n >= KS_BATCH && builder->cap != 0)
        return true;
    size_t cap = builder->cap + builder->cap / 2 + 4096;
    if (!grow(&log->time, cap, sizeof *log->time) || !grow(&log->source, cap, sizeof *log->source) ||
        !grow(&log->target, cap, sizeof *log->target) || !grow(&log->sport, cap, sizeof *log->sport) ||
        !grow(&log->dport, cap, sizeof *log->dport) || !grow(&log->flags, cap, sizeof *log->flags) ||
        !grow(&log->mark, cap, sizeof *log->mark) || !grow(&log->packet, cap, sizeof *log->packet))
        return false;
    builder->cap = cap;
    return true;
}

struct ks_status ks_builder_room(struct ks_builder *builder)
{
    struct ks_log *log = builder->log;
    if (!grow_columns(builder) ||
        !ks_reserve((void **)&log->attempts, &builder->attempts_cap, log->n_attempts + KS_BATCH, sizeof *log->attempts))
        return ks_nomem("the event log");
    size_t hosts = (size_t)KS_BATCH * 2;
    if (!ks_reserve((void **)&log->hosts, &builder->hosts_cap, log->n_hosts + hosts, sizeof *log->hosts) ||
        !ks_index_room(&builder->hosts, hosts))
        return ks_nomem("the table of hosts");
    if (!ks_flows_room(&builder->flows, KS_BATCH))
        return ks_nomem("the table of connections");
    return ks_ok();
}

static uint32_t word(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

static uint32_t hash_of(const struct ks_builder *builder, const struct ks_address *address)
{
    const struct ks_hash_key *key = &builder->flows.key;
    if (address->version == 4)
        return ks_hash4(key, word(address->bytes), 0, 0, 0);
    return ks_hash4(key, word(address->bytes), word(address->bytes + 4), word(address->bytes + 8), word(address->bytes + 12));
}

static bool same_address(const struct ks_address *a, const struct ks_address *b)
{
    if (a->version != b->version)
        return false;
    return a->version == 4 ? word(a->bytes) == word(b->bytes) : memcmp(a->bytes, b->bytes, 16) == 0;
}

/* The number of a host; UINT32_MAX where it is not known. */
static uint32_t find_host(const struct ks_builder *builder, uint32_t hash, const struct ks_address *address)
{
    const struct ks_index *index = &builder->hosts;
    for (uint32_t i = hash & index->mask; index->slots[i].at != 0; i = (i + 1) & index->mask)
        if (index->slots[i].hash == hash && same_address(&builder->log->hosts[index->slots[i].at - 1], address))
            return index->slots[i].at - 1;
    return UINT32_MAX;
}

static uint32_t intern(struct ks_builder *builder, uint32_t hash, const struct ks_address *address)
{
    uint32_t number = find_host(builder, hash, address);
    if (number != UINT32_MAX)
        return number;
    struct ks_log *log = builder->log;
    number = (uint32_t)log->n_hosts;
    ks_index_put(&builder->hosts, hash, number);
    log->hosts[log->n_hosts++] = *address;
    return number;
}

void ks_builder_add(struct ks_builder *builder, int64_t time, uint32_t number)
{
    struct ks_staged *staged = &builder->batch[builder->n++];
    staged->time = time;
    staged->number = number;
    staged->source_hash = hash_of(builder, &staged->packet.source);
    staged->target_hash = hash_of(builder, &staged->packet.target);
    ks_index_prefetch(&builder->hosts, staged->source_hash);
    ks_index_prefetch(&builder->hosts, staged->target_hash);
}

/* The part of an ICMP error in attempts and outcomes; false where it quotes hosts that never sent or got anything. */
static bool quoted_event(const struct ks_builder *builder, const struct ks_packet *packet, struct ks_flow_event *event)
{
    const struct ks_address *source = &packet->quoted.source, *target = &packet->quoted.target;
    event->source = find_host(builder, hash_of(builder, source), source);
    event->target = find_host(builder, hash_of(builder, target), target);
    if (event->source == UINT32_MAX || event->target == UINT32_MAX)
        return false;
    event->sport = packet->quoted.sport;
    event->dport = packet->quoted.dport;
    event->proto = packet->quoted.proto;
    event->seq = packet->quoted.seq;
    event->has_seq = packet->quoted.has_seq;
    event->quoted = true;
    event->flags = packet->sport == (packet->proto == KS_ICMP6 ? 0x0104 : 0x0303); /* port unreachable */
    return true;
}

/* Writes one packet's row; true, with *event filled in, when it takes part in attempts and outcomes. */
static bool append(struct ks_builder *builder, const struct ks_staged *staged, struct ks_flow_event *event)
{
    struct ks_log *log = builder->log;
    const struct ks_packet *packet = &staged->packet;
    size_t i = log->n;
    uint32_t source = intern(builder, staged->source_hash, &packet->source);
    uint32_t target = intern(builder, staged->target_hash, &packet->target);
    log->time[i] = staged->time;
    log->source[i] = source;
    log->target[i] = target;
    log->sport[i] = packet->sport;
    log->dport[i] = packet->dport;
    log->flags[i] = packet->flags;
    log->mark[i] = (uint8_t)((unsigned)packet->proto | (packet->request ? KS_MARK_REQUEST : 0U) |
                             (packet->payload == 0 ? KS_MARK_EMPTY : 0U));
    log->packet[i] = staged->number;
    log->n = i + 1;
    event->event = (uint32_t)i;
    if (packet->quotes)
        return quoted_event(builder, packet, event);
    if (!ks_flows_cares(packet->proto, packet->flags))
        return false;
    event->source = source;
    event->target = target;
    event->sport = packet->sport;
    event->dport = packet->dport;
    event->seq = packet->seq;
    event->ack = packet->ack;
    event->proto = packet->proto;
    event->flags = packet->flags;
    event->quoted = event->has_seq = false;
    return true;
}

void ks_builder_flush(struct ks_builder *builder)
{
    struct ks_log *log = builder->log;
    struct ks_flow_event events[KS_BATCH];
    size_t n = 0;
    for (size_t i = 0; i < builder->n; i++) {
        if (!append(builder, &builder->batch[i], &events[n]))
            continue;
        ks_flows_prepare(&builder->flows, &events[n]);
        n++;
    }
    for (size_t i = 0; i < n; i++)
        if (ks_flows_take(&builder->flows, log, &events[i]))
            log->attempts[log->n_attempts++] = events[i].event;
    builder->n = 0;
}

static void shrink(void *column, size_t n, size_t size)
{
    void *old, *smaller;
    memcpy(&old, column, sizeof old);
    smaller = old != NULL ? ks_resize(old, n, size) : NULL;
    if (smaller != NULL)
        memcpy(column, &smaller, sizeof smaller);
}

void ks_builder_finish(struct ks_builder *builder)
{
    struct ks_log *log = builder->log;
    shrink(&log->time, log->n, sizeof *log->time);
    shrink(&log->source, log->n, sizeof *log->source);
    shrink(&log->target, log->n, sizeof *log->target);
    shrink(&log->sport, log->n, sizeof *log->sport);
    shrink(&log->dport, log->n, sizeof *log->dport);
    shrink(&log->flags, log->n, sizeof *log->flags);
    shrink(&log->mark, log->n, sizeof *log->mark);
    shrink(&log->packet, log->n, sizeof *log->packet);
    shrink(&log->attempts, log->n_attempts, sizeof *log->attempts);
    shrink(&log->hosts, log->n_hosts, sizeof *log->hosts);
    ks_index_free(&builder->hosts);
    ks_flows_free(&builder->flows);
}
