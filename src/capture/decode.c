/* Which link type is decoded by what. The rarer link layers that are a few bytes before IP are here too. */
#include "capture/decode.h"

#include <pcap/dlt.h>

#include "capture/layers.h"
#include "capture/ppp.h"
#include "capture/serial.h"

/* Numbers that pcap/dlt.h names by system, or that are only found in files. */
enum {
    RAW_OPENBSD = 14,  /* DLT_RAW there; a serial line's PPP elsewhere */
    RAW_LINKTYPE = 101 /* LINKTYPE_RAW, where a file says it by that number */
};

enum { FAMILY_IPV4 = 2, FAMILY_IPV6_LINUX = 10, FAMILY_IPV6_WINDOWS = 23, FAMILY_IPV6_BSD = 24, FAMILY_IPV6_FREEBSD = 28,
       FAMILY_IPV6_DARWIN = 30 };

/* Address families differ by system; the one that captured is not known. */
static enum ks_skip family(uint32_t family, struct ks_cursor *cursor, struct ks_packet *out)
{
    switch (family) {
    case FAMILY_IPV4:
        return ks_decode_ipv4(cursor, out);
    case FAMILY_IPV6_LINUX:
    case FAMILY_IPV6_WINDOWS:
    case FAMILY_IPV6_BSD:
    case FAMILY_IPV6_FREEBSD:
    case FAMILY_IPV6_DARWIN:
        return ks_decode_ipv6(cursor, out);
    default:
        return KS_SKIP_NOT_IP;
    }
}

/* The same from four bytes read in both orders: that of the host that captured gives a small number. */
static enum ks_skip host_family(uint32_t big, uint32_t little, struct ks_cursor *cursor, struct ks_packet *out)
{
    return family(big <= 0xffff ? big : little, cursor, out);
}

/* BSD loopback: the family in the byte order of the host that captured. */
static enum ks_skip null(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes4 *header = KS_TAKE(cursor, 4);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    return host_family(KS_BE32(header, 0), KS_LE32(header, 0), cursor, out);
}

/* IPsec's encapsulation on BSD: family, index and flags. Packets are seen before encryption or after decryption. */
static enum ks_skip enc(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes12 *header = KS_TAKE(cursor, 12);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    return host_family(KS_BE32(header, 0), KS_LE32(header, 0), cursor, out);
}

/* OpenBSD's packet filter log: its own length, padded to four, and the family. */
static enum ks_skip pflog(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes2 *header = KS_PEEK(cursor, 2);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    size_t length = ((size_t)KS_U8(header, 0) + 3) & ~(size_t)3;
    uint8_t af = KS_U8(header, 1);
    if (length < 4)
        return KS_SKIP_MALFORMED;
    return ks_skip_bytes(cursor, length) ? family(af, cursor, out) : KS_SKIP_TRUNCATED;
}

/* Solaris: family (its own numbers) in a header of 24 bytes. */
static enum ks_skip ipnet(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes24 *header = KS_TAKE(cursor, 24);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    switch (KS_U8(header, 1)) {
    case 2:
        return ks_decode_ipv4(cursor, out);
    case 26:
        return ks_decode_ipv6(cursor, out);
    default:
        return KS_SKIP_NOT_IP;
    }
}

/* What follows a protocol field of Linux cooked captures: an EtherType, or one of Linux's own small numbers. */
static enum ks_skip cooked(uint16_t hardware, uint16_t protocol, struct ks_cursor *cursor, struct ks_packet *out)
{
    enum { HARDWARE_NETLINK = 824, HARDWARE_CAN = 280, LINUX_8023 = 1, LINUX_8022 = 4 };
    if (hardware == HARDWARE_NETLINK || hardware == HARDWARE_CAN)
        return KS_SKIP_NOT_IP;
    if (protocol == LINUX_8022)
        return ks_decode_llc(cursor, out);
    return protocol < 0x0600 ? KS_SKIP_NOT_IP : ks_decode_ethertype(protocol, cursor, out);
}

static enum ks_skip linux_sll(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes16 *header = KS_TAKE(cursor, 16);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    return cooked(KS_BE16(header, 2), KS_BE16(header, 14), cursor, out);
}

static enum ks_skip linux_sll2(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes20 *header = KS_TAKE(cursor, 20);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    return cooked(KS_BE16(header, 8), KS_BE16(header, 0), cursor, out);
}

/* Token ring: access and frame control, addresses, source routes where the source's first bit says so. */
static enum ks_skip token_ring(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes14 *header = KS_TAKE(cursor, 14);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    if ((KS_U8(header, 1) & 0xc0) != 0x40) /* not LLC */
        return KS_SKIP_NOT_IP;
    if ((KS_U8(header, 8) & 0x80) != 0) {
        const struct ks_bytes2 *routes = KS_PEEK(cursor, 2);
        if (routes == NULL)
            return KS_SKIP_TRUNCATED;
        size_t length = KS_U8(routes, 0) & 31;
        if (length < 2)
            return KS_SKIP_MALFORMED;
        if (!ks_skip_bytes(cursor, length))
            return KS_SKIP_TRUNCATED;
    }
    return ks_decode_llc(cursor, out);
}

static enum ks_skip fddi(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes13 *header = KS_TAKE(cursor, 13);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    return (KS_U8(header, 0) & 0xf0) == 0x50 ? ks_decode_llc(cursor, out) : KS_SKIP_NOT_IP;
}

/* A number of bytes, then LLC, IP or an EtherType. */
static enum ks_skip fibre_channel(struct ks_cursor *cursor, struct ks_packet *out)
{
    return ks_skip_bytes(cursor, 16) ? ks_decode_llc(cursor, out) : KS_SKIP_TRUNCATED;
}

static enum ks_skip slip(struct ks_cursor *cursor, struct ks_packet *out)
{
    return ks_skip_bytes(cursor, 16) ? ks_decode_ip(cursor, out) : KS_SKIP_TRUNCATED;
}

static enum ks_skip firewire(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes18 *header = KS_TAKE(cursor, 18);
    return header != NULL ? ks_decode_ethertype(KS_BE16(header, 16), cursor, out) : KS_SKIP_TRUNCATED;
}

static enum ks_skip infiniband(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes44 *header = KS_TAKE(cursor, 44);
    return header != NULL ? ks_decode_ethertype(KS_BE16(header, 40), cursor, out) : KS_SKIP_TRUNCATED;
}

/* Classical IP over ATM as SunATM gives it: kind of traffic, circuit, then LLC. */
static enum ks_skip sunatm(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes4 *header = KS_TAKE(cursor, 4);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    return (KS_U8(header, 0) & 15) == 2 ? ks_decode_llc(cursor, out) : KS_SKIP_NOT_IP;
}

/* RFC 1483 on ATM: LLC, or IP itself on a circuit of its own. */
static enum ks_skip atm(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes1 *first = KS_PEEK(cursor, 1);
    if (first == NULL)
        return KS_SKIP_TRUNCATED;
    return KS_U8(first, 0) == 0x45 ? ks_decode_ipv4(cursor, out) : ks_decode_llc(cursor, out);
}

static enum ks_skip raw_or_ppp(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes1 *first = KS_PEEK(cursor, 1);
    if (first == NULL)
        return KS_SKIP_TRUNCATED;
    unsigned version = KS_U8(first, 0) >> 4;
    return version == 4 || version == 6 ? ks_decode_ip(cursor, out) : ks_decode_ppp_serial(cursor, out);
}

/* Linux netfilter's log: attributes, one of which is the packet; the header gives its family. */
static enum ks_skip nflog(struct ks_cursor *cursor, struct ks_packet *out)
{
    enum { PAYLOAD = 9 };
    const struct ks_bytes4 *header = KS_TAKE(cursor, 4);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    uint8_t af = KS_U8(header, 0);
    for (;;) {
        const struct ks_bytes4 *attribute = KS_PEEK(cursor, 4);
        if (attribute == NULL)
            return KS_SKIP_TRUNCATED;
        size_t length = KS_LE16(attribute, 0);
        bool payload = (KS_LE16(attribute, 2) & 0x7fff) == PAYLOAD;
        if (length < 4)
            return KS_SKIP_MALFORMED;
        if (payload) {
            ks_cut(cursor, length);
            ks_skip_bytes(cursor, 4);
            return family(af, cursor, out);
        }
        if (!ks_skip_bytes(cursor, (length + 3) & ~(size_t)3))
            return KS_SKIP_TRUNCATED;
    }
}

static enum ks_skip netanalyzer(struct ks_cursor *cursor, struct ks_packet *out)
{
    return ks_skip_bytes(cursor, 4) ? ks_decode_ethernet(cursor, out) : KS_SKIP_TRUNCATED;
}

static enum ks_skip netanalyzer_transparent(struct ks_cursor *cursor, struct ks_packet *out)
{
    return ks_skip_bytes(cursor, 12) ? ks_decode_ethernet(cursor, out) : KS_SKIP_TRUNCATED;
}

static enum ks_skip wrapped(struct ks_cursor *cursor, size_t length, uint32_t link_type, struct ks_packet *out);

/* Per-packet information and its link type (Harald Welte's, for 802.11 mostly). */
static enum ks_skip ppi(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes8 *header = KS_PEEK(cursor, 8);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    size_t length = KS_LE16(header, 2);
    return length < 8 ? KS_SKIP_MALFORMED : wrapped(cursor, length, KS_LE32(header, 4), out);
}

/* Darwin's pktap: its length, a type, the link type of what follows. */
static enum ks_skip pktap(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes12 *header = KS_PEEK(cursor, 12);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    size_t length = KS_LE32(header, 0);
    return length < 12 ? KS_SKIP_MALFORMED : wrapped(cursor, length, KS_LE32(header, 8), out);
}

static ks_decoder *decoder_of(int link_type)
{
    switch (link_type) {
    case DLT_EN10MB:
        return ks_decode_ethernet;
    case DLT_LINUX_SLL:
        return linux_sll;
    case DLT_LINUX_SLL2:
        return linux_sll2;
    case DLT_RAW:
    case RAW_LINKTYPE:
        return ks_decode_ip;
    case RAW_OPENBSD:
    case DLT_PPP_BSDOS:
        return raw_or_ppp;
    case DLT_IPV4:
        return ks_decode_ipv4;
    case DLT_IPV6:
        return ks_decode_ipv6;
    case DLT_NULL:
    case DLT_LOOP:
        return null;
    case DLT_PPP:
        return ks_decode_ppp;
    case DLT_PPP_SERIAL:
        return ks_decode_ppp_serial;
    case DLT_PPP_PPPD:
    case DLT_PPP_WITH_DIR:
        return ks_decode_ppp_direction;
    case DLT_PPP_ETHER:
        return ks_decode_pppoe;
    case DLT_C_HDLC:
        return ks_decode_chdlc;
    case DLT_C_HDLC_WITH_DIR:
        return ks_decode_chdlc_direction;
    case DLT_FRELAY:
        return ks_decode_frame_relay;
    case DLT_FRELAY_WITH_DIR:
        return ks_decode_frame_relay_direction;
    case DLT_IEEE802_11:
        return ks_decode_wlan;
    case DLT_IEEE802_11_RADIO:
        return ks_decode_radiotap;
    case DLT_IEEE802_11_RADIO_AVS:
        return ks_decode_avs;
    case DLT_PRISM_HEADER:
        return ks_decode_prism;
    case DLT_PPI:
        return ppi;
    case DLT_PKTAP:
        return pktap;
    case DLT_IEEE802:
        return token_ring;
    case DLT_FDDI:
        return fddi;
    case DLT_IP_OVER_FC:
        return fibre_channel;
    case DLT_ATM_RFC1483:
    case DLT_ATM_CLIP:
        return atm;
    case DLT_SUNATM:
        return sunatm;
    case DLT_SLIP:
        return slip;
    case DLT_APPLE_IP_OVER_IEEE1394:
        return firewire;
    case DLT_IPOIB:
        return infiniband;
    case DLT_MPLS:
        return ks_decode_mpls;
    case DLT_PFLOG:
        return pflog;
    case DLT_ENC:
        return enc;
    case DLT_IPNET:
        return ipnet;
    case DLT_NFLOG:
        return nflog;
    case DLT_NETANALYZER:
        return netanalyzer;
    case DLT_NETANALYZER_TRANSPARENT:
        return netanalyzer_transparent;
    default:
        return NULL;
    }
}

/* A frame behind a header of the given length; never one of its own kind again. */
static enum ks_skip wrapped(struct ks_cursor *cursor, size_t length, uint32_t link_type, struct ks_packet *out)
{
    ks_decoder *inner = link_type <= 0xffff ? decoder_of((int)link_type) : NULL;
    if (inner == NULL || inner == ppi || inner == pktap)
        return KS_SKIP_LINK_TYPE;
    return ks_skip_bytes(cursor, length) ? inner(cursor, out) : KS_SKIP_TRUNCATED;
}

bool ks_decode_knows(int link_type)
{
    return decoder_of(link_type) != NULL;
}

enum ks_skip ks_decode(int link_type, const uint8_t *frame, size_t caplen, struct ks_packet *out)
{
    struct ks_cursor cursor = {.at = frame, .end = frame + caplen};
    if (link_type == DLT_EN10MB) /* nearly always */
        return ks_decode_ethernet(&cursor, out);
    ks_decoder *decoder = decoder_of(link_type);
    return decoder != NULL ? decoder(&cursor, out) : KS_SKIP_LINK_TYPE;
}
