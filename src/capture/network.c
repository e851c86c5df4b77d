/* IP and what it carries. The transport header ends where the capture or the IP length ends, whichever is first: cut by the capture it is
 * truncated, cut by the length it is malformed. */
#include <string.h>

#include "capture/layers.h"

enum {
    IP_HOP = 0,
    IP_ICMP = 1,
    IP_IPIP = 4,
    IP_TCP = 6,
    IP_UDP = 17,
    IP_IPV6 = 41,
    IP_ROUTING = 43,
    IP_FRAGMENT = 44,
    IP_GRE = 47,
    IP_ESP = 50,
    IP_AH = 51,
    IP_ICMP6 = 58,
    IP_DESTINATION = 60,
    IP_ETHERIP = 97,
    IP_L2TP = 115,
    IP_MOBILITY = 135,
    IP_MPLS = 137,
    IP_HIP = 139,
    IP_SHIM6 = 140
};

enum { HEADERS_MAX = 64 }; /* extension headers in a chain; real ones have a handful */

/* The rest of an IP packet: its captured bytes and how many there are by the IP length. */
struct rest {
    struct ks_cursor cursor;
    size_t left;
    bool open;  /* the header gives no length: as many as were captured */
    bool first; /* the first of several fragments */
};

/* Why n bytes cannot be read here. */
static enum ks_skip short_of(const struct rest *rest, size_t n)
{
    if (rest->left >= n || rest->open)
        return KS_SKIP_TRUNCATED;
    return rest->first ? KS_SKIP_FRAGMENT : KS_SKIP_MALFORMED; /* a header may be spread over tiny fragments */
}

static void set_address4(struct ks_address *out, const uint8_t *bytes)
{
    memset(out->bytes, 0, sizeof out->bytes);
    memcpy(out->bytes, bytes, 4);
    out->version = 4;
}

static void set_address6(struct ks_address *out, const uint8_t *bytes)
{
    memcpy(out->bytes, bytes, 16);
    out->version = 6;
}

static uint32_t clamp32(size_t n)
{
    return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* Only the ports, numbers and flags are needed: a wrong data offset or checksum does not hide them (RFC 9293, 3.1). */
static enum ks_skip transport_tcp(struct rest *rest, struct ks_packet *out)
{
    const struct ks_bytes14 *tcp = KS_TAKE(&rest->cursor, 14);
    if (tcp == NULL)
        return short_of(rest, 14);
    out->proto = KS_TCP;
    out->sport = KS_BE16(tcp, 0);
    out->dport = KS_BE16(tcp, 2);
    out->seq = KS_BE32(tcp, 4);
    out->ack = KS_BE32(tcp, 8);
    out->flags = KS_U8(tcp, 13);
    size_t header = (size_t)(KS_U8(tcp, 12) >> 4) * 4;
    if (header < 20)
        header = 20;
    out->payload = rest->left > header ? clamp32(rest->left - header) : 0;
    return KS_SKIP_NONE;
}

static enum ks_skip transport_udp(struct rest *rest, struct ks_packet *out)
{
    const struct ks_bytes8 *udp = KS_TAKE(&rest->cursor, 8);
    if (udp == NULL)
        return short_of(rest, 8);
    out->proto = KS_UDP;
    out->sport = KS_BE16(udp, 0);
    out->dport = KS_BE16(udp, 2);
    out->payload = clamp32(rest->left - 8);
    return KS_SKIP_NONE;
}

/* Follows a chain of extension headers from *next to the first that is none (RFC 8200, 4; RFC 4302). A later fragment ends the walk. */
static enum ks_skip walk(struct rest *rest, bool v6, uint8_t *next)
{
    for (unsigned depth = 0; depth < HEADERS_MAX; depth++) {
        bool extension = *next == IP_AH;
        switch (*next) {
        case IP_HOP:
        case IP_ROUTING:
        case IP_FRAGMENT:
        case IP_DESTINATION:
        case IP_MOBILITY:
        case IP_HIP:
        case IP_SHIM6:
            extension = v6;
            break;
        default:
            break;
        }
        if (!extension)
            return KS_SKIP_NONE;
        const struct ks_bytes8 *head = KS_PEEK(&rest->cursor, 8);
        if (head == NULL)
            return short_of(rest, 8);
        size_t length = ((size_t)KS_U8(head, 1) + 1) * 8;
        if (*next == IP_FRAGMENT) {
            if ((KS_BE16(head, 2) & 0xfff8) != 0)
                return KS_SKIP_FRAGMENT;
            rest->first = (KS_BE16(head, 2) & 1) != 0;
            length = 8;
        } else if (*next == IP_AH) {
            length = ((size_t)KS_U8(head, 1) + 2) * 4;
        }
        *next = KS_U8(head, 0);
        if (!ks_skip_bytes(&rest->cursor, length))
            return short_of(rest, length);
        rest->left -= length;
    }
    return KS_SKIP_MALFORMED;
}

/* An IPv4 header: addresses, protocol, and the rest of the packet. A quoted packet's own length says nothing, for it is cut. */
static enum ks_skip header4(struct ks_cursor *cursor, bool quoted, struct ks_address *source, struct ks_address *target,
                            uint8_t *next, struct rest *rest)
{
    struct ks_cursor start = *cursor;
    const struct ks_bytes20 *ip = KS_TAKE(cursor, 20);
    if (ip == NULL) {
        const struct ks_bytes1 *first = KS_PEEK(cursor, 1);
        return first != NULL && KS_U8(first, 0) >> 4 != 4 ? KS_SKIP_MALFORMED : KS_SKIP_TRUNCATED;
    }
    size_t header = (size_t)(KS_U8(ip, 0) & 15) * 4;
    size_t total = KS_BE16(ip, 2);
    if (KS_U8(ip, 0) >> 4 != 4 || header < 20)
        return KS_SKIP_MALFORMED;
    rest->open = total == 0; /* segmentation left to the network card, which would have filled it in */
    if (quoted)
        total = 65535;
    else if (rest->open)
        total = ks_left(&start);
    if (total < header)
        return rest->open ? KS_SKIP_TRUNCATED : KS_SKIP_MALFORMED;
    if (!ks_skip_bytes(cursor, header - 20))
        return KS_SKIP_TRUNCATED;
    rest->cursor = *cursor;
    rest->left = total - header;
    ks_cut(&rest->cursor, rest->left);
    set_address4(source, &ip->b[12]);
    set_address4(target, &ip->b[16]);
    *next = KS_U8(ip, 9);
    if ((KS_BE16(ip, 6) & 0x1fff) != 0)
        return KS_SKIP_FRAGMENT;
    rest->first = (KS_BE16(ip, 6) & 0x2000) != 0;
    return walk(rest, false, next);
}

static enum ks_skip header6(struct ks_cursor *cursor, bool quoted, struct ks_address *source, struct ks_address *target,
                            uint8_t *next, struct rest *rest)
{
    const struct ks_bytes40 *ip = KS_TAKE(cursor, 40);
    if (ip == NULL) {
        const struct ks_bytes1 *first = KS_PEEK(cursor, 1);
        return first != NULL && KS_U8(first, 0) >> 4 != 6 ? KS_SKIP_MALFORMED : KS_SKIP_TRUNCATED;
    }
    if (KS_U8(ip, 0) >> 4 != 6)
        return KS_SKIP_MALFORMED;
    rest->cursor = *cursor;
    rest->left = KS_BE16(ip, 4);
    rest->open = rest->left == 0; /* a jumbogram (RFC 2675), or segmentation left to the network card */
    if (quoted)
        rest->left = 65535;
    else if (rest->open)
        rest->left = ks_left(cursor);
    ks_cut(&rest->cursor, rest->left);
    set_address6(source, &ip->b[8]);
    set_address6(target, &ip->b[24]);
    *next = KS_U8(ip, 6);
    rest->first = false;
    return walk(rest, true, next);
}

/* Echo, timestamp, information, address mask, extended echo (RFC 792, 950, 8335); ICMPv6 echo, node information, extended echo. */
static bool asks(bool v6, uint8_t type)
{
    if (v6)
        return type == 128 || type == 139 || type == 160;
    return type == 8 || type == 13 || type == 15 || type == 17 || type == 42;
}

/* An ICMP request that is given back: its identifier and number tell which. */
static void quote_request(struct ks_cursor cursor, bool v6, struct ks_packet *out)
{
    const struct ks_bytes4 *icmp = KS_TAKE(&cursor, 4);
    const struct ks_bytes4 *number = icmp != NULL ? KS_TAKE(&cursor, 4) : NULL;
    if (number == NULL || !asks(v6, KS_U8(icmp, 0)))
        return;
    out->quoted.proto = v6 ? KS_ICMP6 : KS_ICMP;
    out->quoted.sport = (uint16_t)(KS_U8(icmp, 0) << 8 | KS_U8(icmp, 1));
    out->quoted.dport = 0;
    out->quoted.has_seq = true;
    out->quoted.seq = KS_BE32(number, 0);
    out->quotes = true;
}

/* The packet that a destination unreachable message gives back (RFC 792, RFC 4443 3.1). */
static void quote(struct ks_cursor cursor, bool v6, struct ks_packet *out)
{
    struct rest rest;
    uint8_t next;
    enum ks_skip skip = v6 ? header6(&cursor, true, &out->quoted.source, &out->quoted.target, &next, &rest)
                           : header4(&cursor, true, &out->quoted.source, &out->quoted.target, &next, &rest);
    if (skip == KS_SKIP_NONE && next == (v6 ? IP_ICMP6 : IP_ICMP))
        quote_request(rest.cursor, v6, out);
    if (skip != KS_SKIP_NONE || (next != IP_TCP && next != IP_UDP))
        return;
    const struct ks_bytes4 *ports = KS_TAKE(&rest.cursor, 4);
    if (ports == NULL)
        return;
    out->quoted.proto = next == IP_TCP ? KS_TCP : KS_UDP;
    out->quoted.sport = KS_BE16(ports, 0);
    out->quoted.dport = KS_BE16(ports, 2);
    const struct ks_bytes4 *seq = KS_TAKE(&rest.cursor, 4);
    out->quoted.has_seq = next == IP_TCP && seq != NULL;
    out->quoted.seq = out->quoted.has_seq ? KS_BE32(seq, 0) : 0;
    out->quotes = true;
}

static enum ks_skip transport_icmp(struct rest *rest, bool v6, struct ks_packet *out)
{
    const struct ks_bytes4 *icmp = KS_TAKE(&rest->cursor, 4);
    if (icmp == NULL)
        return short_of(rest, 4);
    uint8_t type = KS_U8(icmp, 0);
    bool echo = v6 ? type == 128 || type == 129 : type == 8 || type == 0;
    const struct ks_bytes4 *number = KS_TAKE(&rest->cursor, 4); /* identifier and sequence number of what asks and answers */
    if (echo && number == NULL)
        return short_of(rest, 8);
    size_t payload = rest->left > 8 ? rest->left - 8 : 0;
    out->proto = v6 ? KS_ICMP6 : KS_ICMP;
    out->sport = (uint16_t)(type << 8 | KS_U8(icmp, 1));
    out->dport = (uint16_t)(payload > 65535 ? 65535 : payload);
    out->payload = clamp32(payload);
    out->request = asks(v6, type);
    out->seq = number != NULL ? KS_BE32(number, 0) : 0;
    if (number != NULL && type == (v6 ? 1 : 3))
        quote(rest->cursor, v6, out);
    return KS_SKIP_NONE;
}

static enum ks_skip transport(uint8_t next, bool v6, struct rest *rest, struct ks_packet *out)
{
    out->flags = 0;
    out->seq = out->ack = 0;
    out->request = out->quotes = false;
    switch (next) {
    case IP_TCP:
        return transport_tcp(rest, out);
    case IP_UDP:
        return transport_udp(rest, out);
    case IP_ICMP:
        return v6 ? KS_SKIP_PROTOCOL : transport_icmp(rest, false, out);
    case IP_ICMP6:
        return v6 ? transport_icmp(rest, true, out) : KS_SKIP_PROTOCOL;
    case IP_IPIP:
    case IP_IPV6:
    case IP_GRE:
    case IP_ETHERIP:
    case IP_L2TP:
    case IP_MPLS:
        return KS_SKIP_TUNNEL;
    case IP_ESP:
        return KS_SKIP_ENCRYPTED;
    default:
        return KS_SKIP_PROTOCOL;
    }
}

/* Nearly every packet comes by here: in one piece (flatten) it takes a quarter less. */
__attribute__((flatten)) enum ks_skip ks_decode_ipv4(struct ks_cursor *cursor, struct ks_packet *out)
{
    struct rest rest;
    uint8_t next;
    enum ks_skip skip = header4(cursor, false, &out->source, &out->target, &next, &rest);
    return skip != KS_SKIP_NONE ? skip : transport(next, false, &rest, out);
}

enum ks_skip ks_decode_ipv6(struct ks_cursor *cursor, struct ks_packet *out)
{
    struct rest rest;
    uint8_t next;
    enum ks_skip skip = header6(cursor, false, &out->source, &out->target, &next, &rest);
    return skip != KS_SKIP_NONE ? skip : transport(next, true, &rest, out);
}

enum ks_skip ks_decode_ip(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes1 *first = KS_PEEK(cursor, 1);
    if (first == NULL)
        return KS_SKIP_TRUNCATED;
    switch (KS_U8(first, 0) >> 4) {
    case 4:
        return ks_decode_ipv4(cursor, out);
    case 6:
        return ks_decode_ipv6(cursor, out);
    default:
        return KS_SKIP_MALFORMED;
    }
}
