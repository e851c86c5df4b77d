#include "capture/build.h"

#include <string.h>

#include "base/memory.h"

enum { GROUP = 64 };

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

/* A column that could grow when another could not is merely larger than needed. */
static bool grow_to(struct ks_builder *builder, size_t cap)
{
    struct ks_log *log = builder->log;
    if (!grow(&log->time, cap, sizeof *log->time) || !grow(&log->source, cap, sizeof *log->source) ||
        !grow(&log->target, cap, sizeof *log->target) || !grow(&log->sport, cap, sizeof *log->sport) ||
        !grow(&log->dport, cap, sizeof *log->dport) || !grow(&log->flags, cap, sizeof *log->flags) ||
        !grow(&log->mark, cap, sizeof *log->mark) || !grow(&log->packet, cap, sizeof *log->packet))
        return false;
    builder->cap = cap;
    return true;
}

/* Columns grow together: to what is expected, where that can be had (it costs nothing until it is written), otherwise by half. */
static bool grow_columns(struct ks_builder *builder, const struct ks_batch *batch)
{
    const struct ks_log *log = builder->log;
    if (builder->cap - log->n >= batch->n)
        return true;
    size_t cap = builder->cap + builder->cap / 2 + 2 * (size_t)KS_BATCH;
    uint64_t expect = batch->expect + batch->expect / 64 + 2 * (uint64_t)KS_BATCH;
    if (log->n >= KS_BATCH && expect > cap && expect < UINT32_MAX && grow_to(builder, (size_t)expect))
        return true;
    return grow_to(builder, cap);
}

/* Makes sure that a batch finds room whatever it holds. */
static struct ks_status make_room(struct ks_builder *builder, const struct ks_batch *batch)
{
    struct ks_log *log = builder->log;
    size_t n = batch->n;
    if (!grow_columns(builder, batch) ||
        !ks_reserve((void **)&log->attempts, &builder->attempts_cap, log->n_attempts + n, sizeof *log->attempts))
        return ks_nomem("the event log");
    if (!ks_reserve((void **)&log->hosts, &builder->hosts_cap, log->n_hosts + n * 2, sizeof *log->hosts) ||
        !ks_index_room(&builder->hosts4, n * 2) || !ks_index_room(&builder->hosts6, n * 2))
        return ks_nomem("the table of hosts");
    if (!ks_flows_room(&builder->flows, n))
        return ks_nomem("the table of connections");
    return ks_ok();
}

static uint32_t word(const uint8_t *bytes)
{
    uint32_t value;
    memcpy(&value, bytes, sizeof value);
    return value;
}

/* Of IPv4 addresses a keyed permutation, so that equal hashes are equal addresses. */
static inline __attribute__((always_inline)) uint32_t hash_address(const struct ks_hash_key *key, unsigned version, const uint8_t *bytes)
{
    if (version != 4)
        return ks_hash4(key, word(bytes), word(bytes + 4), word(bytes + 8), word(bytes + 12));
    uint32_t hash = (word(bytes) ^ (uint32_t)key->word[0]) * ((uint32_t)key->word[1] | 1);
    hash ^= hash >> 16;
    hash *= (uint32_t)key->word[2] | 1;
    hash ^= hash >> 15;
    hash *= (uint32_t)key->word[3] | 1;
    return hash ^ hash >> 16;
}

/* The number of a host; UINT32_MAX where it is not known. IPv4 hashes stand for their addresses (hash_address). */
static inline uint32_t find_host(const struct ks_builder *builder, uint32_t hash, unsigned version, const uint8_t *bytes)
{
    const struct ks_index *index = version == 4 ? &builder->hosts4 : &builder->hosts6;
    for (uint32_t i = hash & index->mask; index->slots[i].at != 0; i = (i + 1) & index->mask)
        if (index->slots[i].hash == hash &&
            (version == 4 || memcmp(builder->log->hosts[index->slots[i].at - 1].bytes, bytes, 16) == 0))
            return index->slots[i].at - 1;
    return UINT32_MAX;
}

static uint32_t intern(struct ks_builder *builder, uint32_t hash, uint8_t version, const uint8_t *bytes)
{
    uint32_t number = find_host(builder, hash, version, bytes);
    if (number != UINT32_MAX)
        return number;
    struct ks_log *log = builder->log;
    number = (uint32_t)log->n_hosts;
    ks_index_put(version == 4 ? &builder->hosts4 : &builder->hosts6, hash, number);
    struct ks_address *host = &log->hosts[log->n_hosts++];
    memcpy(host->bytes, bytes, sizeof host->bytes);
    host->version = version;
    return number;
}

static uint32_t quoted_host(const struct ks_builder *builder, const struct ks_address *address)
{
    return find_host(builder, hash_address(&builder->flows.key, address->version, address->bytes), address->version,
                     address->bytes);
}

/* The part of an ICMP error in attempts and outcomes; false where it quotes hosts that never sent or got anything. */
static bool quoted_event(const struct ks_builder *builder, const struct ks_quoted *quoted, struct ks_flow_event *event)
{
    event->source = quoted_host(builder, &quoted->source);
    event->target = quoted_host(builder, &quoted->target);
    if (event->source == UINT32_MAX || event->target == UINT32_MAX)
        return false;
    event->sport = quoted->sport;
    event->dport = quoted->dport;
    event->proto = quoted->proto;
    event->isn = quoted->isn;
    event->flags = 0;
    event->kind = !quoted->has_seq && quoted->proto == KS_TCP ? KS_QUOTED_NO_ISN
                  : quoted->port                              ? KS_QUOTED_PORT
                                                              : KS_QUOTED;
    return true;
}

/* Writes one packet's row; true, with *event filled in, when it takes part in attempts and outcomes. */
static bool append(struct ks_builder *builder, const struct ks_batch *batch, const struct ks_staged *staged,
                   const uint32_t hashes[2], struct ks_flow_event *event)
{
    struct ks_log *log = builder->log;
    size_t i = log->n;
    enum ks_proto proto = (enum ks_proto)(staged->mark & KS_MARK_PROTO);
    uint32_t source = intern(builder, hashes[0], staged->version, staged->source);
    uint32_t target = intern(builder, hashes[1], staged->version, staged->target);
    log->time[i] = staged->time;
    log->source[i] = source;
    log->target[i] = target;
    log->sport[i] = staged->sport;
    log->dport[i] = staged->dport;
    log->flags[i] = staged->flags;
    log->mark[i] = staged->mark;
    log->packet[i] = staged->number;
    log->n = i + 1;
    event->event = (uint32_t)i;
    if (staged->quoted != 0)
        return quoted_event(builder, &batch->quotes[staged->quoted - 1], event);
    if (!ks_flows_cares(proto, staged->flags))
        return false;
    event->source = source;
    event->target = target;
    event->sport = staged->sport;
    event->dport = staged->dport;
    event->isn = staged->isn;
    event->proto = proto;
    event->flags = staged->flags;
    event->kind = KS_SEEN;
    return true;
}

/* Hashes of a packet's two addresses, whose slots are brought nearer. */
static void prepare(const struct ks_builder *builder, const struct ks_staged *staged, uint32_t hashes[2])
{
    const struct ks_index *index = staged->version == 4 ? &builder->hosts4 : &builder->hosts6;
    hashes[0] = hash_address(&builder->flows.key, staged->version, staged->source);
    hashes[1] = hash_address(&builder->flows.key, staged->version, staged->target);
    ks_index_prefetch(index, hashes[0]);
    ks_index_prefetch(index, hashes[1]);
}

/* A group is few enough that what is fetched ahead for it stays in the nearest cache. */
static void take_group(struct ks_builder *builder, const struct ks_batch *batch, size_t from, size_t to)
{
    struct ks_log *log = builder->log;
    struct ks_flow_event events[GROUP];
    uint32_t hashes[GROUP][2];
    size_t n = 0;
    for (size_t i = from; i < to; i++)
        prepare(builder, &batch->at[i], hashes[i - from]);
    for (size_t i = from; i < to; i++) {
        if (!append(builder, batch, &batch->at[i], hashes[i - from], &events[n]))
            continue;
        ks_flows_prepare(&builder->flows, &events[n]);
        n++;
    }
    for (size_t i = 0; i < n; i++)
        if (ks_flows_take(&builder->flows, log, &events[i]))
            log->attempts[log->n_attempts++] = events[i].event;
}

struct ks_status ks_builder_take(struct ks_builder *builder, const struct ks_batch *batch)
{
    struct ks_status status = make_room(builder, batch);
    if (!ks_is_ok(status))
        return status;
    for (size_t from = 0; from < batch->n; from += GROUP)
        take_group(builder, batch, from, batch->n - from < GROUP ? batch->n : from + GROUP);
    return status;
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
    ks_index_free(&builder->hosts4);
    ks_index_free(&builder->hosts6);
    ks_flows_free(&builder->flows);
}
