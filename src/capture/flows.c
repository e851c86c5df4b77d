#include "capture/flows.h"

#include <string.h>

#include "base/memory.h"

/* When a copy of a SYN or datagram cannot be a retransmission or part of the same exchange. A sender that was
 * answered does not go on for more than its reaction to a refusal (Windows tries again twice, half a second apart);
 * one that was not, retries with pauses that double: the first is 6 s at most, the longest pause of usual settings
 * 64 s, none longer than all before it and a little. (The double of that leaves room for copies that the capture
 * lost. Tools that send the same numbers each time wait as long as they like.) NAT devices forget a UDP flow after a
 * silence of 60 s or so (RFC 4787, 4.3, gives two minutes as the least). No stack sends a SYN again once it
 * has used its port for another one of the same machine: a tool does that gives all its packets one port and number
 * (copies of a whole capture come sooner). */
static const int64_t again_answered = 3000000000;
static const int64_t again_silent = 70000000000;
static const int64_t again_first = 8000000000;
static const int64_t again_udp = 60000000000;
static const int64_t again_elsewhere = 2000000;

void ks_flows_free(struct ks_flows *flows)
{
    struct ks_flow_table *tables[] = {&flows->tcp, &flows->older, &flows->udp, &flows->asked};
    for (size_t i = 0; i < 4; i++) {
        ks_index_free(&tables[i]->index);
        ks_free(tables[i]->at);
        memset(tables[i], 0, sizeof *tables[i]);
    }
}

bool ks_flows_room(struct ks_flows *flows, size_t n)
{
    struct ks_flow_table *tables[] = {&flows->tcp, &flows->older, &flows->udp, &flows->asked};
    for (size_t i = 0; i < 4; i++) {
        struct ks_flow_table *table = tables[i];
        if (!ks_reserve((void **)&table->at, &table->cap, table->n + n, sizeof *table->at) ||
            !ks_index_room(&table->index, n))
            return false;
    }
    return true;
}

static uint32_t ports(uint16_t source, uint16_t target)
{
    return (uint32_t)source << 16 | target;
}

static uint32_t hash_tcp(const struct ks_flows *flows, uint32_t source, uint32_t target, uint16_t sport, uint16_t dport)
{
    return ks_hash4(&flows->key, source, target, ports(sport, dport), 0);
}

static uint32_t hash_older(const struct ks_flows *flows, const struct ks_flow *flow)
{
    return ks_hash4(&flows->key, flow->source, flow->target, ports(flow->sport, flow->dport), flow->isn);
}

/* The same for both directions. */
static uint32_t hash_udp(const struct ks_flows *flows, uint32_t source, uint32_t target, uint16_t sport, uint16_t dport)
{
    bool turn = source > target || (source == target && sport > dport);
    return turn ? ks_hash4(&flows->key, target, source, ports(dport, sport), 1)
                : ks_hash4(&flows->key, source, target, ports(sport, dport), 1);
}

static uint32_t hash_asked(const struct ks_flows *flows, const struct ks_flow *request)
{
    return ks_hash4(&flows->key, request->source, request->target, ports(request->sport, 2), request->isn);
}

void ks_flows_prepare(const struct ks_flows *flows, struct ks_flow_event *event)
{
    if (event->proto == KS_UDP) {
        event->hash = hash_udp(flows, event->source, event->target, event->sport, event->dport);
        ks_index_prefetch(&flows->udp.index, event->hash);
        return;
    }
    if (event->proto != KS_TCP)
        return;
    if (event->kind == KS_SEEN && ks_flows_answers(event->flags))
        event->hash = hash_tcp(flows, event->target, event->source, event->dport, event->sport);
    else
        event->hash = hash_tcp(flows, event->source, event->target, event->sport, event->dport);
    ks_index_prefetch(&flows->tcp.index, event->hash);
}

static bool same_tuple(const struct ks_flow *flow, uint32_t source, uint32_t target, uint16_t sport, uint16_t dport)
{
    return flow->source == source && flow->target == target && flow->sport == sport && flow->dport == dport;
}

static struct ks_flow *find(const struct ks_flow_table *table, uint32_t hash, const struct ks_flow *like, bool isn)
{
    const struct ks_index *index = &table->index;
    for (uint32_t i = hash & index->mask; index->slots[i].at != 0; i = (i + 1) & index->mask) {
        if (index->slots[i].hash != hash)
            continue;
        struct ks_flow *flow = &table->at[index->slots[i].at - 1];
        if (same_tuple(flow, like->source, like->target, like->sport, like->dport) && (!isn || flow->isn == like->isn))
            return flow;
    }
    return NULL;
}

static void add(struct ks_flow_table *table, uint32_t hash, const struct ks_flow *flow)
{
    ks_index_put(&table->index, hash, (uint32_t)table->n);
    table->at[table->n++] = *flow;
}

static void set_outcome(struct ks_log *log, uint32_t event, enum ks_outcome outcome)
{
    enum ks_outcome had = ks_log_outcome(log, event);
    if (had == KS_SILENT || (outcome == KS_OPEN && had != KS_OPEN))
        log->mark[event] = (uint8_t)((log->mark[event] & ~(unsigned)KS_MARK_OUTCOME) | (unsigned)outcome << 2);
}

/* Whether more than `pause` lies between two times; a clock that goes back never counts. */
static bool longer(int64_t from, int64_t to, int64_t pause)
{
    int64_t gap;
    if (__builtin_sub_overflow(to, from, &gap))
        return to > from;
    return gap > pause;
}

static bool mark(struct ks_log *log, struct ks_flow *flow, uint32_t event, unsigned as)
{
    log->mark[event] |= (uint8_t)as;
    flow->event = event;
    return true;
}

/* The longest pause after which a SYN that nobody answered may be sent again. */
static int64_t longest_pause(const struct ks_log *log, const struct ks_flow *flow)
{
    int64_t first = log->time[flow->event];
    if (flow->last <= first)
        return again_first;
    uint64_t since = (uint64_t)flow->last - (uint64_t)first;
    return since > (uint64_t)(again_silent - again_first) / 2 ? again_silent : again_first + 2 * (int64_t)since;
}

/* Whether, since the attempt of a flow, its source port tried another port of the same target; of the last attempts. */
static bool went_elsewhere(const struct ks_log *log, const struct ks_flow *flow)
{
    enum { LOOKED_AT = 64 };
    for (size_t i = log->n_attempts, steps = 0; i-- > 0 && steps < LOOKED_AT && log->attempts[i] > flow->event; steps++) {
        uint32_t other = log->attempts[i];
        if (ks_log_proto(log, other) == KS_TCP && log->sport[other] == flow->sport && log->dport[other] != flow->dport &&
            log->source[other] == flow->source && log->target[other] == flow->target)
            return true;
    }
    return false;
}

/* A SYN whose tuple and ISN are known already. */
static bool copy_of_syn(struct ks_log *log, struct ks_flow *flow, uint32_t event)
{
    int64_t now = log->time[event];
    bool answered = ks_log_outcome(log, flow->event) != KS_SILENT;
    bool anew = longer(flow->last, now, answered ? again_answered : longest_pause(log, flow)) ||
                (longer(flow->last, now, again_elsewhere) && went_elsewhere(log, flow));
    flow->last = now;
    return anew && mark(log, flow, event, KS_MARK_AGAIN);
}

static bool take_syn(struct ks_flows *flows, struct ks_log *log, const struct ks_flow_event *event)
{
    struct ks_flow new = {.source = event->source,
                          .target = event->target,
                          .sport = event->sport,
                          .dport = event->dport,
                          .isn = event->isn,
                          .event = event->event,
                          .last = log->time[event->event]};
    struct ks_flow *latest = find(&flows->tcp, event->hash, &new, false);
    if (latest == NULL) {
        add(&flows->tcp, event->hash, &new);
    } else if (latest->isn == new.isn) {
        return copy_of_syn(log, latest, event->event);
    } else {
        struct ks_flow *older = find(&flows->older, hash_older(flows, &new), &new, true);
        if (older != NULL)
            return copy_of_syn(log, older, event->event);
        add(&flows->older, hash_older(flows, latest), latest);
        *latest = new;
    }
    log->mark[event->event] |= KS_MARK_ATTEMPT;
    return true;
}

/* The attempt of a tuple with this ISN; where there is none, the latest (`exact` false) or NULL. */
static struct ks_flow *tcp_attempt(struct ks_flows *flows, uint32_t hash, struct ks_flow *like, bool exact)
{
    struct ks_flow *latest = find(&flows->tcp, hash, like, false);
    if (latest == NULL || latest->isn == like->isn)
        return latest;
    struct ks_flow *older = flows->older.n != 0 ? find(&flows->older, hash_older(flows, like), like, true) : NULL;
    return older != NULL || exact ? older : latest;
}

static bool take_tcp(struct ks_flows *flows, struct ks_log *log, const struct ks_flow_event *event)
{
    if (!ks_flows_answers(event->flags))
        return (event->flags & (KS_SYN | KS_ACK)) == KS_SYN && take_syn(flows, log, event);
    struct ks_flow like = {.source = event->target,
                           .target = event->source,
                           .sport = event->dport,
                           .dport = event->sport,
                           .isn = event->isn};
    struct ks_flow *flow = tcp_attempt(flows, event->hash, &like, false);
    if (flow != NULL)
        set_outcome(log, flow->event, (event->flags & KS_RST) != 0 ? KS_REFUSED : KS_OPEN);
    return false;
}

/* The longest pause within an exchange of datagrams, before one of the same direction as its first. Who was refused, or
 * sends nothing in them (as tools that knock do), exchanges nothing: one more is sent again at once or meant anew. */
static int64_t udp_pause(const struct ks_log *log, const struct ks_flow *flow, uint32_t event)
{
    enum ks_outcome outcome = ks_log_outcome(log, flow->event);
    if (outcome == KS_REFUSED || outcome == KS_UNREACHABLE)
        return again_answered;
    bool empty = (log->mark[flow->event] & log->mark[event] & KS_MARK_EMPTY) != 0;
    return outcome == KS_SILENT && empty ? again_first : again_udp - 1;
}

static bool take_udp(struct ks_flows *flows, struct ks_log *log, const struct ks_flow_event *event)
{
    int64_t now = log->time[event->event];
    struct ks_flow new = {.source = event->source,
                          .target = event->target,
                          .sport = event->sport,
                          .dport = event->dport,
                          .event = event->event,
                          .last = now};
    struct ks_flow *flow = find(&flows->udp, event->hash, &new, false);
    bool forth = flow != NULL;
    if (flow == NULL) {
        struct ks_flow back = {.source = new.target, .target = new.source, .sport = new.dport, .dport = new.sport};
        flow = find(&flows->udp, event->hash, &back, false);
    }
    if (flow == NULL) {
        add(&flows->udp, event->hash, &new);
        log->mark[event->event] |= KS_MARK_ATTEMPT;
        return true;
    }
    bool anew = longer(flow->last, now, udp_pause(log, flow, event->event));
    flow->last = now;
    if (!forth)
        set_outcome(log, flow->event, KS_OPEN);
    return forth && anew && mark(log, flow, event->event, KS_MARK_AGAIN);
}

/* The type of request that a reply answers (RFC 792, 950, 4443, 4620, 8335); 0 for anything else. */
static uint16_t asked_by(enum ks_proto proto, uint16_t type)
{
    if (proto == KS_ICMP && type == 0)
        return 8;
    if (proto == KS_ICMP)
        return type == 14 || type == 16 || type == 18 || type == 43 ? type - 1 : 0;
    return type == 129 || type == 140 || type == 161 ? type - 1 : 0;
}

static void take_icmp(struct ks_flows *flows, struct ks_log *log, const struct ks_flow_event *event)
{
    bool request = (log->mark[event->event] & KS_MARK_REQUEST) != 0;
    uint16_t type = request ? event->sport >> 8 : asked_by(event->proto, event->sport >> 8);
    if (type == 0)
        return;
    struct ks_flow like = {.source = request ? event->source : event->target,
                           .target = request ? event->target : event->source,
                           .sport = type,
                           .isn = event->isn,
                           .event = event->event};
    uint32_t hash = hash_asked(flows, &like);
    struct ks_flow *flow = find(&flows->asked, hash, &like, true);
    if (!request && flow != NULL)
        set_outcome(log, flow->event, KS_OPEN);
    else if (request && flow != NULL)
        flow->event = event->event;
    else if (request)
        add(&flows->asked, hash, &like);
}

/* A quoted packet is one of ours only in the direction of the attempt, and for TCP only with its ISN: later segments are not attempts. */
static void take_quote(struct ks_flows *flows, struct ks_log *log, const struct ks_flow_event *event)
{
    struct ks_flow like = {.source = event->source,
                           .target = event->target,
                           .sport = event->sport,
                           .dport = event->dport,
                           .isn = event->isn};
    bool udp = event->proto == KS_UDP;
    if (event->proto >= KS_ICMP) {
        like.sport = event->sport >> 8;
        like.dport = 0;
        struct ks_flow *asked = find(&flows->asked, hash_asked(flows, &like), &like, true);
        if (asked != NULL)
            set_outcome(log, asked->event, KS_UNREACHABLE);
        return;
    }
    struct ks_flow *flow = udp ? find(&flows->udp, event->hash, &like, false)
                               : tcp_attempt(flows, event->hash, &like, event->kind != KS_QUOTED_NO_ISN);
    if (flow != NULL)
        set_outcome(log, flow->event, udp && event->kind == KS_QUOTED_PORT ? KS_REFUSED : KS_UNREACHABLE);
}

bool ks_flows_take(struct ks_flows *flows, struct ks_log *log, const struct ks_flow_event *event)
{
    if (event->kind != KS_SEEN) {
        take_quote(flows, log, event);
        return false;
    }
    if (event->proto >= KS_ICMP) {
        take_icmp(flows, log, event);
        return false;
    }
    return event->proto == KS_UDP ? take_udp(flows, log, event) : take_tcp(flows, log, event);
}
