#include "capture/ppp.h"

enum {
    PPP_IPV4 = 0x0021,
    PPP_IPV6 = 0x0057,
    PPP_ENCRYPTED = 0x0053,
    PPP_MPLS = 0x0281,
    PPP_MPLS_MULTICAST = 0x0283
};

enum ks_skip ks_decode_ppp(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes2 *framing = KS_PEEK(cursor, 2);
    if (framing == NULL)
        return KS_SKIP_TRUNCATED;
    if (KS_BE16(framing, 0) == 0xff03)
        ks_skip_bytes(cursor, 2);
    const struct ks_bytes1 *first = KS_TAKE(cursor, 1);
    if (first == NULL)
        return KS_SKIP_TRUNCATED;
    uint16_t protocol = KS_U8(first, 0);
    if ((protocol & 1) == 0) { /* an odd first byte is a whole, compressed protocol field */
        const struct ks_bytes1 *second = KS_TAKE(cursor, 1);
        if (second == NULL)
            return KS_SKIP_TRUNCATED;
        protocol = (uint16_t)(protocol << 8 | KS_U8(second, 0));
    }
    switch (protocol) {
    case PPP_IPV4:
        return ks_decode_ipv4(cursor, out);
    case PPP_IPV6:
        return ks_decode_ipv6(cursor, out);
    case PPP_MPLS:
    case PPP_MPLS_MULTICAST:
        return ks_decode_mpls(cursor, out);
    case PPP_ENCRYPTED:
        return KS_SKIP_ENCRYPTED;
    default:
        return KS_SKIP_NOT_IP;
    }
}

enum ks_skip ks_decode_ppp_direction(struct ks_cursor *cursor, struct ks_packet *out)
{
    return ks_skip_bytes(cursor, 1) ? ks_decode_ppp(cursor, out) : KS_SKIP_TRUNCATED;
}

enum ks_skip ks_decode_pppoe(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes6 *header = KS_TAKE(cursor, 6);
    if (header == NULL)
        return KS_SKIP_TRUNCATED;
    if (KS_U8(header, 0) != 0x11)
        return KS_SKIP_MALFORMED;
    return KS_U8(header, 1) == 0 ? ks_decode_ppp(cursor, out) : KS_SKIP_NOT_IP; /* other codes set the session up */
}
