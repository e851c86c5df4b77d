/* The event log: every TCP, UDP and ICMP packet of a capture as one row of columns, at most 32 bytes an event. */
#ifndef KS_CAPTURE_LOG_H
#define KS_CAPTURE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

enum ks_proto { KS_TCP = 0, KS_UDP = 1, KS_ICMP = 2, KS_ICMP6 = 3 };

/* What answered an attempt. */
enum ks_outcome { KS_SILENT = 0, KS_OPEN = 1, KS_REFUSED = 2, KS_UNREACHABLE = 3 };

/* TCP flags as on the wire (RFC 9293). */
enum { KS_FIN = 1, KS_SYN = 2, KS_RST = 4, KS_PSH = 8, KS_ACK = 16, KS_URG = 32 };

/* The mark column: protocol, outcome and what kind of access it is. */
enum {
    KS_MARK_PROTO = 0x03,      /* enum ks_proto */
    KS_MARK_OUTCOME = 0x0c,    /* enum ks_outcome << 2; meaningful on attempts and ICMP requests */
    KS_MARK_ATTEMPT = 0x10,    /* opens a connection: first SYN without ACK of (addresses, ports, ISN), or the first datagram
                                  of a UDP flow (either direction of the five-tuple, whole capture) */
    KS_MARK_AGAIN = 0x20,      /* not an attempt by that definition, but no retransmission, for it is late, or answered, or its source port went elsewhere: the
                                  same tuple and ISN reused by a tool with fixed numbers (see flows.c); knocks/ counts it in */
    KS_MARK_REQUEST = 0x40,    /* an ICMP request (echo, timestamp, information, address mask; ICMPv6 echo and node information) */
    KS_MARK_EMPTY = 0x80       /* no payload beyond the transport header */
};

struct ks_address {
    uint8_t bytes[16]; /* network order; IPv4 in the first four */
    uint8_t version;   /* 4 or 6 */
};

/* Times beyond these (in 1823 and 2116) become the nearest within, so that the difference of any two fits. Seconds of 32 bits end before. */
#define KS_TIME_MIN (-(INT64_C(1) << 62))
#define KS_TIME_MAX ((INT64_C(1) << 62) - 1)

/* Columns of equal length n. Events are in capture order; times may go backwards where the capture's do. */
struct ks_log {
    size_t n;
    int64_t *time;    /* nanoseconds since the epoch, KS_TIME_MIN..KS_TIME_MAX */
    uint32_t *source; /* index into hosts */
    uint32_t *target;
    uint16_t *sport; /* source port; ICMP: type << 8 | code */
    uint16_t *dport; /* destination port; ICMP: payload length in bytes, after the 8-byte header */
    uint8_t *flags;  /* TCP flags; 0 otherwise */
    uint8_t *mark;
    uint32_t *packet; /* number of the packet in the capture, from 1 over all files */

    uint32_t *attempts; /* events with KS_MARK_ATTEMPT or KS_MARK_AGAIN, ascending */
    size_t n_attempts;

    struct ks_address *hosts;
    size_t n_hosts;
};

static inline enum ks_proto ks_log_proto(const struct ks_log *log, size_t event)
{
    return (enum ks_proto)(log->mark[event] & KS_MARK_PROTO);
}

static inline enum ks_outcome ks_log_outcome(const struct ks_log *log, size_t event)
{
    return (enum ks_outcome)((log->mark[event] & KS_MARK_OUTCOME) >> 2);
}

void ks_log_free(struct ks_log *log);

/* Copies the first n events (all their hosts) of a log into *out, which is freed by ks_log_free. KS_NOMEM. */
struct ks_status ks_log_copy(const struct ks_log *log, size_t n, struct ks_log *out);

/* An address as text: "10.0.0.1", "2001:db8::1" (RFC 5952). Returns out (cap >= 46). */
char *ks_format_address(char *out, size_t cap, const struct ks_address *address);

/* Reads either form; false where the text is no address. */
bool ks_parse_address(const char *text, struct ks_address *out);

/* "open", "refused", "silent", "unreachable". */
const char *ks_outcome_name(enum ks_outcome outcome);

#endif
