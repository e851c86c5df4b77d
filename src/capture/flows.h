/* Attempts and what answered them: which events open a connection, which only repeat, and each attempt's outcome. Works on a log's events by
 * their numbers, in capture order.
 *
 * TCP: a SYN without ACK is an attempt when its addresses, ports and initial sequence number (ISN) were never seen together. A SYN/ACK or RST from
 * the target answers the attempt with the ISN that it acknowledges, otherwise the latest one between the same ports.
 * UDP: the first datagram between two ports is an attempt; any datagram back answers it.
 * ICMP: the reply with a request's identifier and number answers it; requests have outcomes, but are no attempts.
 * ICMP destination unreachable answers the attempt, or the request, whose header it quotes.
 * The first answer counts, but open beats the others. */
#ifndef KS_CAPTURE_FLOWS_H
#define KS_CAPTURE_FLOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/decode.h"
#include "capture/hash.h"
#include "capture/log.h"

/* One tuple of addresses and ports, in the direction of its attempt. */
struct ks_flow {
    uint32_t source, target; /* numbers of hosts */
    uint16_t sport, dport;
    uint32_t isn;   /* TCP: of the attempt */
    uint32_t event; /* the attempt, or its latest repetition that counts anew */
    int64_t last;   /* TCP: time of the last copy of this SYN; UDP: of the last datagram in either direction */
};

struct ks_flow_table {
    struct ks_index index;
    struct ks_flow *at;
    size_t n, cap;
};

struct ks_flows {
    struct ks_hash_key key;
    struct ks_flow_table tcp;   /* by tuple: the attempt with the latest new ISN */
    struct ks_flow_table older; /* by tuple and ISN: those before it */
    struct ks_flow_table udp;   /* by tuple, either direction */
    struct ks_flow_table asked; /* ICMP requests: by hosts, type (sport) and identifier and number (isn); the latest */
};

enum ks_flow_kind {
    KS_SEEN,         /* the packet itself */
    KS_QUOTED,       /* an ICMP error about the tuple */
    KS_QUOTED_PORT,  /* one that says port unreachable */
    KS_QUOTED_NO_ISN /* one that cuts a TCP header before the sequence number */
};

/* One event for the table: its tuple (that of the quoted packet where there is one) as numbers of hosts, and what the log does not keep. */
struct ks_flow_event {
    uint32_t event;
    uint32_t source, target;
    uint32_t isn; /* TCP: that a SYN carries, or that an answer acknowledges; ICMP: identifier and number */
    uint32_t hash;
    uint16_t sport, dport;
    uint8_t flags;
    enum ks_proto proto;
    enum ks_flow_kind kind;
};

void ks_flows_free(struct ks_flows *flows);

/* Makes room for n more events; false when memory is exhausted. */
bool ks_flows_room(struct ks_flows *flows, size_t n) __attribute__((warn_unused_result));

/* Whether an event has any part in attempts and outcomes. TCP packets that neither open nor end a connection have none. */
static inline bool ks_flows_cares(enum ks_proto proto, uint8_t flags)
{
    if (proto == KS_TCP)
        return (flags & (KS_SYN | KS_RST)) != 0;
    return true;
}

/* Whether TCP flags answer an attempt of the other direction: SYN/ACK, or RST without the marks of an attempt. */
static inline bool ks_flows_answers(uint8_t flags)
{
    if ((flags & KS_RST) != 0)
        return (flags & (KS_SYN | KS_ACK)) != KS_SYN;
    return (flags & (KS_SYN | KS_ACK)) == (KS_SYN | KS_ACK);
}

/* Fills in the event's hash and brings its slot nearer. */
void ks_flows_prepare(const struct ks_flows *flows, struct ks_flow_event *event);

/* Takes the event in: marks it in the log (KS_MARK_ATTEMPT, KS_MARK_AGAIN) or sets the outcome of the attempt that it answers. True when it was
 * marked. Room was made before. */
bool ks_flows_take(struct ks_flows *flows, struct ks_log *log, const struct ks_flow_event *event);

#endif
