#include "capture/serial.h"

#include "capture/ppp.h"

enum ks_skip ks_decode_chdlc(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes4 *header = KS_TAKE(cursor, 4);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    uint16_t type = KS_BE16(header, 2);
    if (type < 0x0600) /* addresses the line's own keep-alive */
        return KS_SKIP_NOT_IP;
    return ks_decode_ethertype(type, cursor, out);
}

enum ks_skip ks_decode_chdlc_direction(struct ks_cursor *cursor, struct ks_packet *out)
{
    return ks_skip_bytes(cursor, 1) ? ks_decode_chdlc(cursor, out) : KS_SKIP_TRUNCATED;
}

enum ks_skip ks_decode_ppp_serial(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes2 *framing = KS_PEEK(cursor, 2);
    if (framing != NULL && (KS_U8(framing, 0) == 0x0f || KS_U8(framing, 0) == 0x8f) && KS_U8(framing, 1) == 0)
        return ks_decode_chdlc(cursor, out);
    return ks_decode_ppp(cursor, out);
}

enum ks_skip ks_decode_frame_relay(struct ks_cursor *cursor, struct ks_packet *out)
{
    unsigned n = 0;
    for (bool last = false; !last; n++) {
        const struct ks_bytes1 *address = KS_TAKE(cursor, 1);
        if (address == NULL)
            return KS_SKIP_TRUNCATED;
        last = (KS_U8(address, 0) & 1) != 0;
        if (n == 4 || (last && n == 0))
            return KS_SKIP_MALFORMED;
    }
    const struct ks_bytes2 *type = KS_PEEK(cursor, 2);
    if (type == NULL)
        return KS_SKIP_TRUNCATED;
    if (KS_BE16(type, 0) == 0x0800 || KS_BE16(type, 0) == 0x86dd) { /* Cisco's own form */
        ks_skip_bytes(cursor, 2);
        return ks_decode_ip(cursor, out);
    }
    if (KS_U8(type, 0) != 0x03) /* unnumbered information */
        return KS_SKIP_NOT_IP;
    ks_skip_bytes(cursor, KS_U8(type, 1) == 0 ? 2 : 1); /* a byte of padding may stand before the protocol */
    const struct ks_bytes1 *protocol = KS_TAKE(cursor, 1);
    if (protocol == NULL)
        return KS_SKIP_TRUNCATED;
    switch (KS_U8(protocol, 0)) {
    case 0xcc:
        return ks_decode_ipv4(cursor, out);
    case 0x8e:
        return ks_decode_ipv6(cursor, out);
    case 0x80: {
        const struct ks_bytes5 *snap = KS_TAKE(cursor, 5);
        if (snap == NULL)
            return KS_SKIP_TRUNCATED;
        if (KS_U8(snap, 0) != 0 || KS_BE16(snap, 1) != 0 || KS_BE16(snap, 3) < 0x0600)
            return KS_SKIP_NOT_IP;
        return ks_decode_ethertype(KS_BE16(snap, 3), cursor, out);
    }
    default:
        return KS_SKIP_NOT_IP;
    }
}

enum ks_skip ks_decode_frame_relay_direction(struct ks_cursor *cursor, struct ks_packet *out)
{
    return ks_skip_bytes(cursor, 1) ? ks_decode_frame_relay(cursor, out) : KS_SKIP_TRUNCATED;
}
