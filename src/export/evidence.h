/* Which packets of the capture are the evidence of a knock: one definition for the pcap, the filters and the
 * lists, so that they agree.
 *
 * A trace is what one activation left. Its packets are
 * - knocking: TCP packets with SYN or RST, UDP datagrams, ICMP requests and replies, between a source of the
 * activation and its target, on an attempted port of the target, from the first attempt to KS_TRACE_TAIL
 * after the last: the attempts, their retransmissions and their answers;
 * - where an attempt was answered by ICMP destination unreachable (a refused datagram was): such messages to
 * a source, in the same time (the log does not keep what they quote);
 * - opened: every packet of the opened connection, both ways, for as long as it lasted. */
#ifndef KS_EXPORT_EVIDENCE_H
#define KS_EXPORT_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/progress.h"
#include "base/status.h"
#include "capture/log.h"
#include "export/selection.h"

#define KS_TRACE_TAIL INT64_C(10000000000) /* ns; an answer or a first retransmission comes within */

struct ks_trace {
    uint32_t knock, activation; /* index in the selection, index in the knock */
    uint32_t *sources;          /* distinct hosts, ascending */
    size_t n_sources;
    uint32_t target;
    ks_item *ports; /* distinct items that were attempted, ascending */
    size_t n_ports;
    int64_t from, to; /* times of the first and the last packet of the knocking */
    bool unreachable; /* ICMP destination unreachable to a source belongs to it */
    bool opened;
    struct {
        enum ks_proto proto;
        uint32_t client, server; /* hosts */
        uint16_t sport, dport;
        int64_t from, to;
    } connection; /* where opened */
};

enum ks_role { KS_PACKET_ATTEMPT, KS_PACKET_REPEAT, KS_PACKET_ANSWER, KS_PACKET_OPENED };

/* One packet of the evidence; a packet that belongs to several traces is listed once, with the first. */
struct ks_evidence_packet {
    uint32_t packet; /* its number in the capture, from 1 over all files */
    uint32_t event;  /* in the log */
    uint32_t trace;
    enum ks_role role;
};

struct ks_evidence_list {
    struct ks_trace *traces; /* by knock, then activation */
    size_t n_traces;
    struct ks_evidence_packet *packets; /* by packet number */
    size_t n_packets;
};

/* Traces and packets of all selected knocks: one pass over the log. KS_NOMEM, KS_CANCELLED. Freed by
 * ks_evidence_list_free whatever the result. */
struct ks_status ks_evidence_gather(const struct ks_selection *selection, struct ks_progress *progress,
                                    struct ks_evidence_list *out);
void ks_evidence_list_free(struct ks_evidence_list *list);

/* "attempt", "repeat", "answer", "opened". */
const char *ks_role_name(enum ks_role role);

/* Parts of an item's code. */
static inline enum ks_proto ks_item_proto(ks_item item)
{
    return (enum ks_proto)(item >> 32 & 3);
}

static inline uint16_t ks_item_number(ks_item item) /* port; ICMP: payload length */
{
    return (uint16_t)(item & 0xffff);
}

static inline uint8_t ks_item_icmp_type(ks_item item)
{
    return (uint8_t)(item >> 24 & 0xff);
}

static inline uint8_t ks_item_icmp_code(ks_item item)
{
    return (uint8_t)(item >> 16 & 0xff);
}

/* The type of the reply to an ICMP or ICMPv6 request (RFC 792, 950, 4443, 4620). */
uint8_t ks_icmp_reply_type(enum ks_proto proto, uint8_t request);

/* The item of an attempt (any event of the log, by its protocol and destination). */
ks_item ks_event_item(const struct ks_log *log, size_t event);

#endif
