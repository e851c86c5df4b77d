/* Ethernet and everything that is found by an EtherType: VLAN tags, MPLS, PPPoE, LLC and SNAP. */
#include <string.h>

#include "capture/layers.h"
#include "capture/ppp.h"

enum {
    ETHER_IPV4 = 0x0800,
    ETHER_IPV6 = 0x86dd,
    ETHER_VLAN = 0x8100,
    ETHER_QINQ = 0x88a8,
    ETHER_QINQ_OLD = 0x9100,
    ETHER_QINQ_OLDER = 0x9200,
    ETHER_QINQ_OLDEST = 0x9300,
    ETHER_MPLS = 0x8847,
    ETHER_MPLS_MULTICAST = 0x8848,
    ETHER_PPP = 0x880b,
    ETHER_PPPOE = 0x8864,
    ETHER_JUMBO_LLC = 0x8870,
    ETHER_MACSEC = 0x88e5,
    ETHER_BACKBONE = 0x88e7, /* 802.1ah */
    ETHER_CISCO_TAG = 0x8909,
    ETHER_VN_TAG = 0x8926,
    ETHER_BRIDGE_TAG = 0x893f, /* 802.1BR */
    ETHER_NSH = 0x894f,        /* network service header */
    ETHER_LENGTH_END = 0x0600  /* below: an 802.3 length */
};

/* Far above what is real; a hostile frame must not make the decoder loop or recurse for long. */
enum { TAGS_MAX = 32, FRAMES_MAX = 4 };

/* A frame within a frame. */
static enum ks_skip inner_ethernet(struct ks_cursor *cursor, struct ks_packet *out)
{
    return cursor->depth++ == FRAMES_MAX ? KS_SKIP_MALFORMED : ks_decode_ethernet(cursor, out);
}

/* IEEE 802.2, and SNAP behind it (RFC 1042). */
enum ks_skip ks_decode_llc(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes3 *llc = KS_TAKE(cursor, 3);
    if (llc == NULL)
        return KS_SKIP_TRUNCATED;
    if (KS_U8(llc, 0) == 0x06 && KS_U8(llc, 1) == 0x06 && KS_U8(llc, 2) == 0x03)
        return ks_decode_ipv4(cursor, out);
    if (KS_U8(llc, 0) != 0xaa || KS_U8(llc, 1) != 0xaa || KS_U8(llc, 2) != 0x03)
        return KS_SKIP_NOT_IP;
    const struct ks_bytes5 *snap = KS_TAKE(cursor, 5);
    if (snap == NULL)
        return KS_SKIP_TRUNCATED;
    uint32_t organisation = (uint32_t)KS_U8(snap, 0) << 16 | KS_BE16(snap, 1);
    uint16_t type = KS_BE16(snap, 3);
    if (organisation == 0x0080c2 && (type == 0x0001 || type == 0x0007)) { /* bridged Ethernet (RFC 2684) */
        if (!ks_skip_bytes(cursor, 2))
            return KS_SKIP_TRUNCATED;
        return inner_ethernet(cursor, out);
    }
    if ((organisation != 0 && organisation != 0x0000f8) || type < ETHER_LENGTH_END)
        return KS_SKIP_NOT_IP;
    return ks_decode_ethertype(type, cursor, out);
}

/* A service chain's header (RFC 8300): its length in words, and what follows it. */
static enum ks_skip nsh(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes4 *head = KS_PEEK(cursor, 4);
    if (head == NULL)
        return KS_SKIP_TRUNCATED;
    size_t length = (size_t)(KS_U8(head, 1) & 63) * 4;
    uint8_t next = KS_U8(head, 3);
    if (length < 8)
        return KS_SKIP_MALFORMED;
    if (!ks_skip_bytes(cursor, length))
        return KS_SKIP_TRUNCATED;
    switch (next) {
    case 1:
        return ks_decode_ipv4(cursor, out);
    case 2:
        return ks_decode_ipv6(cursor, out);
    case 3:
        return inner_ethernet(cursor, out);
    case 5:
        return ks_decode_mpls(cursor, out);
    default:
        return KS_SKIP_NOT_IP;
    }
}

/* MACsec (IEEE 802.1AE, 9.3): behind its tag the EtherType of what is only authenticated can be read, in *type; what is encrypted cannot. */
static enum ks_skip macsec(struct ks_cursor *cursor, uint16_t *type)
{
    enum { ENCRYPTED_OR_CHANGED = 0x0c, CHANNEL = 0x20 };
    const struct ks_bytes6 *tag = KS_PEEK(cursor, 6);
    if (tag == NULL)
        return KS_SKIP_TRUNCATED;
    uint8_t control = KS_U8(tag, 0);
    if ((control & ENCRYPTED_OR_CHANGED) != 0)
        return KS_SKIP_ENCRYPTED;
    const struct ks_bytes2 *next = ks_skip_bytes(cursor, (control & CHANNEL) != 0 ? 14 : 6) ? KS_TAKE(cursor, 2) : NULL;
    if (next == NULL)
        return KS_SKIP_TRUNCATED;
    *type = KS_BE16(next, 0);
    return KS_SKIP_NONE;
}

/* Tags that stand before the next EtherType: the bytes from a tag's own EtherType to the next one; 0 where it is no tag. */
static size_t tag_length(uint16_t type)
{
    switch (type) {
    case ETHER_VLAN:
    case ETHER_QINQ:
    case ETHER_QINQ_OLD:
    case ETHER_QINQ_OLDER:
    case ETHER_QINQ_OLDEST:
        return 2;
    case ETHER_VN_TAG:
        return 4;
    case ETHER_CISCO_TAG:
    case ETHER_BRIDGE_TAG:
        return 6;
    case ETHER_BACKBONE: /* a service tag and the customer's own addresses */
        return 16;
    default:
        return 0;
    }
}

enum ks_skip ks_decode_ethertype(uint16_t type, struct ks_cursor *cursor, struct ks_packet *out)
{
    for (unsigned depth = 0; depth < TAGS_MAX; depth++) {
        if (type == ETHER_IPV4)
            return ks_decode_ipv4(cursor, out);
        size_t tag = tag_length(type);
        if (tag != 0) {
            const struct ks_bytes2 *next = ks_skip_bytes(cursor, tag) ? KS_TAKE(cursor, 2) : NULL;
            if (next == NULL)
                return KS_SKIP_TRUNCATED;
            type = KS_BE16(next, 0);
            continue;
        }
        if (type == ETHER_MACSEC) {
            enum ks_skip skip = macsec(cursor, &type);
            if (skip != KS_SKIP_NONE)
                return skip;
            continue;
        }
        switch (type) {
        case ETHER_IPV6:
            return ks_decode_ipv6(cursor, out);
        case ETHER_MPLS:
        case ETHER_MPLS_MULTICAST:
            return ks_decode_mpls(cursor, out);
        case ETHER_PPPOE:
            return ks_decode_pppoe(cursor, out);
        case ETHER_PPP:
            return ks_decode_ppp(cursor, out);
        case ETHER_NSH:
            return nsh(cursor, out);
        case ETHER_JUMBO_LLC:
            return ks_decode_llc(cursor, out);
        default:
            return type < ETHER_LENGTH_END ? ks_decode_llc(cursor, out) : KS_SKIP_NOT_IP;
        }
    }
    return KS_SKIP_MALFORMED;
}

enum ks_skip ks_decode_ethernet(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes14 *header = KS_TAKE(cursor, 14);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    return ks_decode_ethertype(KS_BE16(header, 12), cursor, out);
}
