#include "export/evidence.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascending.h"
#include "base/memory.h"

enum part { KNOCKING, UNREACHABLE, CONNECTION };

/* Where to look for the parts of traces between two hosts: sorted by (key, from). */
struct lookup {
    uint64_t
        key; /* pair_key of two hosts; of a source and ANY_HOST for UNREACHABLE, which routers send too */
    int64_t from, to;
    uint32_t trace;
    enum part part;
};

#define ANY_HOST UINT32_MAX

struct lookups {
    struct lookup *at;
    size_t n, cap;
    int64_t longest; /* of to - from */
};

static uint64_t pair_key(uint32_t a, uint32_t b)
{
    return a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
}

const char *ks_role_name(enum ks_role role)
{
    static const char *const name[] = {"attempt", "repeat", "answer", "opened"};
    return name[role];
}

uint8_t ks_icmp_reply_type(enum ks_proto proto, uint8_t request)
{
    if (proto == KS_ICMP && request == 8)
        return 0;                  /* echo */
    return (uint8_t)(request + 1); /* timestamp 13, information 15, address mask 17; ICMPv6 echo 128, node
                                      information 139 */
}

ks_item ks_event_item(const struct ks_log *log, size_t event)
{
    enum ks_proto proto = ks_log_proto(log, event);
    return (ks_item)proto << 32 | (proto >= KS_ICMP ? (ks_item)log->sport[event] << 16 : 0) |
           log->dport[event];
}

static bool has_source(const struct ks_trace *trace, uint32_t host)
{
    return bsearch(&host, trace->sources, trace->n_sources, sizeof host, ks_compare_u32) != NULL;
}

static bool has_port(const struct ks_trace *trace, ks_item item)
{
    return bsearch(&item, trace->ports, trace->n_ports, sizeof item, ks_compare_u64) != NULL;
}

static bool make_trace(const struct ks_log *log, const struct ks_activation *activation,
                       struct ks_trace *trace)
{
    size_t n = activation->n_events;
    trace->sources = ks_alloc(n, sizeof *trace->sources);
    trace->ports = ks_alloc(n, sizeof *trace->ports);
    if (trace->sources == NULL || trace->ports == NULL)
        return false;
    trace->target = activation->target;
    trace->from = trace->to = activation->time;
    for (size_t i = 0; i < n; i++) {
        uint32_t event = activation->events[i];
        trace->sources[i] = log->source[event];
        trace->ports[i] = ks_event_item(log, event);
        if (log->time[event] > trace->to)
            trace->to = log->time[event];
        if (log->time[event] < trace->from)
            trace->from = log->time[event];
        /* A datagram is refused by an ICMP message too. */
        enum ks_outcome outcome = ks_log_outcome(log, event);
        trace->unreachable |=
            outcome == KS_UNREACHABLE || (outcome == KS_REFUSED && ks_log_proto(log, event) != KS_TCP);
    }
    qsort(trace->sources, n, sizeof *trace->sources, ks_compare_u32);
    qsort(trace->ports, n, sizeof *trace->ports, ks_compare_u64);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || trace->sources[i] != trace->sources[i - 1])
            trace->sources[trace->n_sources++] = trace->sources[i];
        if (i == 0 || trace->ports[i] != trace->ports[i - 1])
            trace->ports[trace->n_ports++] = trace->ports[i];
    }
    if (activation->opened) {
        uint32_t event = activation->opening.event;
        trace->opened = true;
        trace->connection.proto = ks_log_proto(log, event);
        trace->connection.client = log->source[event];
        trace->connection.server = log->target[event];
        trace->connection.sport = log->sport[event];
        trace->connection.dport = log->dport[event];
        trace->connection.from = log->time[event];
        trace->connection.to =
            log->time[event] + (activation->opening.lasted > 0 ? activation->opening.lasted : 0);
    }
    return true;
}

static struct ks_status make_traces(const struct ks_selection *selection, struct ks_evidence_list *out)
{
    size_t n = 0;
    for (size_t k = 0; k < selection->n_knocks; k++)
        n += selection->knocks[k].knock->n_activations;
    out->traces = ks_zalloc(n, sizeof *out->traces);
    if (out->traces == NULL)
        return ks_nomem("the evidence");
    for (size_t k = 0; k < selection->n_knocks; k++) {
        const struct ks_knock *knock = selection->knocks[k].knock;
        for (size_t a = 0; a < knock->n_activations; a++) {
            struct ks_trace *trace = &out->traces[out->n_traces++];
            trace->knock = (uint32_t)k;
            trace->activation = (uint32_t)a;
            if (!make_trace(selection->log, &knock->activations[a], trace))
                return ks_nomem("the evidence");
        }
    }
    return ks_ok();
}

static bool add_lookup(struct lookups *all, uint64_t key, int64_t from, int64_t to, size_t trace,
                       enum part part)
{
    if (!ks_reserve((void **)&all->at, &all->cap, all->n + 1, sizeof *all->at))
        return false;
    all->at[all->n++] =
        (struct lookup){.key = key, .from = from, .to = to, .trace = (uint32_t)trace, .part = part};
    if (to - from > all->longest)
        all->longest = to - from;
    return true;
}

static int compare_lookup(const void *a, const void *b)
{
    const struct lookup *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->trace > y->trace) - (x->trace < y->trace);
}

static bool make_lookups(const struct ks_evidence_list *list, struct lookups *all)
{
    for (size_t i = 0; i < list->n_traces; i++) {
        const struct ks_trace *t = &list->traces[i];
        int64_t to = t->to > INT64_MAX - KS_TRACE_TAIL ? INT64_MAX : t->to + KS_TRACE_TAIL;
        for (size_t s = 0; s < t->n_sources; s++) {
            if (!add_lookup(all, pair_key(t->sources[s], t->target), t->from, to, i, KNOCKING))
                return false;
            if (t->unreachable &&
                !add_lookup(all, pair_key(t->sources[s], ANY_HOST), t->from, to, i, UNREACHABLE))
                return false;
        }
        if (t->opened && !add_lookup(all, pair_key(t->connection.client, t->connection.server),
                                     t->connection.from, t->connection.to, i, CONNECTION))
            return false;
    }
    if (all->n > 0)
        qsort(all->at, all->n, sizeof *all->at, compare_lookup);
    return true;
}

/* Whether the event is knocking of the trace (times aside), and as what. */
static bool is_knocking(const struct ks_log *log, const struct ks_trace *trace, size_t event,
                        enum ks_role *role)
{
    enum ks_proto proto = ks_log_proto(log, event);
    uint32_t source = log->source[event], target = log->target[event];
    if (proto == KS_TCP && (log->flags[event] & (KS_SYN | KS_RST)) == 0)
        return false;
    if (target == trace->target && has_source(trace, source) && has_port(trace, ks_event_item(log, event))) {
        *role = KS_PACKET_REPEAT; /* the attempts themselves are marked beforehand */
        return true;
    }
    if (source != trace->target || !has_source(trace, target))
        return false;
    *role = KS_PACKET_ANSWER;
    if (proto <= KS_UDP)
        return has_port(trace, ks_item_port(proto, log->sport[event]));
    for (size_t i = 0; i < trace->n_ports; i++) {
        ks_item item = trace->ports[i];
        if (ks_item_proto(item) == proto && ks_item_number(item) == log->dport[event] &&
            log->sport[event] >> 8 == ks_icmp_reply_type(proto, ks_item_icmp_type(item)))
            return true;
    }
    return false;
}

static bool is_unreachable(const struct ks_log *log, size_t event)
{
    enum ks_proto proto = ks_log_proto(log, event);
    uint8_t type = (uint8_t)(log->sport[event] >> 8);
    return (proto == KS_ICMP && type == 3) || (proto == KS_ICMP6 && type == 1);
}

static bool is_connection(const struct ks_log *log, const struct ks_trace *trace, size_t event)
{
    uint32_t source = log->source[event], target = log->target[event];
    uint16_t sport = log->sport[event], dport = log->dport[event];
    if (ks_log_proto(log, event) != trace->connection.proto)
        return false;
    return (source == trace->connection.client && target == trace->connection.server &&
            sport == trace->connection.sport && dport == trace->connection.dport) ||
           (source == trace->connection.server && target == trace->connection.client &&
            sport == trace->connection.dport && dport == trace->connection.sport);
}

static bool belongs(const struct ks_log *log, const struct ks_trace *trace, enum part part, size_t event,
                    enum ks_role *role)
{
    switch (part) {
    case KNOCKING:
        return is_knocking(log, trace, event, role);
    case UNREACHABLE:
        *role = KS_PACKET_ANSWER;
        return is_unreachable(log, event) && has_source(trace, log->target[event]);
    case CONNECTION:
        *role = KS_PACKET_OPENED;
        return is_connection(log, trace, event);
    }
    return false;
}

/* What is being gathered. */
struct gathering {
    const struct ks_log *log;
    struct ks_evidence_list *list;
    size_t cap;
    struct lookups lookups;
    bool *involved; /* by host */
};

static bool add_packet(struct gathering *g, size_t event, size_t trace, enum ks_role role)
{
    if (!ks_reserve((void **)&g->list->packets, &g->cap, g->list->n_packets + 1, sizeof *g->list->packets))
        return false;
    g->list->packets[g->list->n_packets++] = (struct ks_evidence_packet){
        .packet = g->log->packet[event], .event = (uint32_t)event, .trace = (uint32_t)trace, .role = role};
    return true;
}

/* Adds the event to every trace of this key that it belongs to, and stretches their times to it. False when
 * out of memory. */
static bool look_up(struct gathering *g, uint64_t key, size_t event)
{
    const struct lookups *all = &g->lookups;
    int64_t time = g->log->time[event];
    size_t low = 0, high = all->n;
    while (low < high) { /* the first lookup after (key, time) */
        size_t middle = low + (high - low) / 2;
        if (all->at[middle].key < key || (all->at[middle].key == key && all->at[middle].from <= time))
            low = middle + 1;
        else
            high = middle;
    }
    while (low-- > 0 && all->at[low].key == key && time - all->at[low].from <= all->longest) {
        const struct lookup *at = &all->at[low];
        struct ks_trace *trace = &g->list->traces[at->trace];
        enum ks_role role;
        if (time > at->to || !belongs(g->log, trace, at->part, event, &role))
            continue;
        if (at->part != CONNECTION && time > trace->to)
            trace->to = time;
        if (!add_packet(g, event, at->trace, role))
            return false;
    }
    return true;
}

static int compare_packet(const void *a, const void *b)
{
    const struct ks_evidence_packet *x = a, *y = b;
    if (x->packet != y->packet)
        return x->packet < y->packet ? -1 : 1;
    if (x->role != y->role)
        return x->role < y->role ? -1 : 1;
    return (x->trace > y->trace) - (x->trace < y->trace);
}

/* Each packet once, in the order of the capture. */
static void settle(struct ks_evidence_list *list)
{
    size_t kept = 0;
    if (list->n_packets > 0)
        qsort(list->packets, list->n_packets, sizeof *list->packets, compare_packet);
    for (size_t i = 0; i < list->n_packets; i++)
        if (kept == 0 || list->packets[i].packet != list->packets[kept - 1].packet)
            list->packets[kept++] = list->packets[i];
    list->n_packets = kept;
}

static bool add_attempts(struct gathering *g, const struct ks_selection *selection)
{
    for (size_t t = 0; t < g->list->n_traces; t++) {
        const struct ks_trace *trace = &g->list->traces[t];
        const struct ks_knock *knock = selection->knocks[trace->knock].knock;
        const struct ks_activation *activation = &knock->activations[trace->activation];
        for (size_t i = 0; i < activation->n_events; i++)
            if (!add_packet(g, activation->events[i], t, KS_PACKET_ATTEMPT))
                return false;
        for (size_t s = 0; s < trace->n_sources; s++)
            g->involved[trace->sources[s]] = true;
        g->involved[trace->target] = true;
        if (trace->opened)
            g->involved[trace->connection.client] = g->involved[trace->connection.server] = true;
    }
    return true;
}

static struct ks_status pass_over_log(struct gathering *g, struct ks_progress *progress)
{
    const struct ks_log *log = g->log;
    for (size_t event = 0; event < log->n; event++) {
        if (event % 65536 == 0) {
            if (ks_cancelled(progress))
                return ks_fail(KS_CANCELLED, "cancelled");
            ks_progress_set(progress, event, log->n);
        }
        uint32_t source = log->source[event], target = log->target[event];
        if (!g->involved[target])
            continue;
        if (g->involved[source] && !look_up(g, pair_key(source, target), event))
            return ks_nomem("the evidence");
        if (is_unreachable(log, event) && !look_up(g, pair_key(target, ANY_HOST), event))
            return ks_nomem("the evidence");
    }
    return ks_ok();
}

struct ks_status ks_evidence_gather(const struct ks_selection *selection, struct ks_progress *progress,
                                    struct ks_evidence_list *out)
{
    *out = (struct ks_evidence_list){0};
    if (selection->n_knocks == 0)
        return ks_ok();
    KS_TRY(make_traces(selection, out));
    struct gathering g = {.log = selection->log, .list = out};
    g.involved = ks_zalloc(selection->log->n_hosts, sizeof *g.involved);
    struct ks_status status = ks_ok();
    if (g.involved == NULL || !make_lookups(out, &g.lookups) || !add_attempts(&g, selection))
        status = ks_nomem("the evidence");
    if (ks_is_ok(status))
        status = pass_over_log(&g, progress);
    settle(out);
    ks_free(g.involved);
    ks_free(g.lookups.at);
    return status;
}

void ks_evidence_list_free(struct ks_evidence_list *list)
{
    for (size_t i = 0; i < list->n_traces; i++) {
        ks_free(list->traces[i].sources);
        ks_free(list->traces[i].ports);
    }
    ks_free(list->traces);
    ks_free(list->packets);
    *list = (struct ks_evidence_list){0};
}
