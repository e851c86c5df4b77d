/* One frame in, its transport header out. A pure function of bytes: no state, no allocation, no I/O. */
#ifndef KS_CAPTURE_DECODE_H
#define KS_CAPTURE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/load.h"
#include "capture/log.h"

struct ks_packet {
    struct ks_address source, target;
    enum ks_proto proto;
    uint16_t sport, dport; /* ICMP: type << 8 | code, and payload length */
    uint8_t flags;         /* TCP */
    uint32_t seq, ack;     /* TCP; ICMP: seq is the identifier and number of what asks and answers */
    uint32_t payload;      /* bytes after the transport header, from the IP length */
    bool request;          /* ICMP: asks for an answer */
    bool quotes;           /* ICMP: destination unreachable with the refused packet's header in `quoted` */
    struct {
        struct ks_address source, target;
        enum ks_proto proto;
        uint16_t sport, dport;
        uint32_t seq;
        bool has_seq;
    } quoted;
};

/* Whether frames of this link type (DLT_ value) are decoded at all. */
bool ks_decode_knows(int link_type);

/* Decodes caplen bytes of a frame. KS_SKIP_NONE and *out filled, or the reason why not (*out undefined).
 * Sources: IEEE 802.1Q/ad, RFC 3032 (MPLS), RFC 2516 (PPPoE), RFC 791, RFC 8200, RFC 9293, RFC 768, RFC 792, RFC 4443. */
enum ks_skip ks_decode(int link_type, const uint8_t *frame, size_t caplen, struct ks_packet *out);

#endif
