/* IEEE 802.11 data frames, and the headers that capturing radios put before them. */
#include <string.h>

#include "capture/layers.h"

enum { WLAN_DATA = 2, WLAN_PROTECTED = 0x4000, WLAN_ORDER = 0x8000, WLAN_TO_AND_FROM = 0x0300 };

/* A frame, perhaps with its header padded to a multiple of four. Frames that carry several packets (A-MSDU) are not taken apart. */
static enum ks_skip wlan(struct ks_cursor *cursor, bool padded, struct ks_packet *out)
{
    const struct ks_bytes2 *control = KS_PEEK(cursor, 2);
    if (control == NULL)
        return KS_SKIP_TRUNCATED;
    unsigned flags = KS_LE16(control, 0);
    unsigned type = flags >> 2 & 3, subtype = flags >> 4 & 15;
    if (type != WLAN_DATA || (subtype & 4) != 0) /* management, control, or data without a body */
        return KS_SKIP_NOT_IP;
    size_t header = (flags & WLAN_TO_AND_FROM) == WLAN_TO_AND_FROM ? 30 : 24;
    bool several = false;
    if ((subtype & 8) != 0) { /* quality of service */
        struct ks_cursor ahead = *cursor;
        const struct ks_bytes2 *qos = ks_skip_bytes(&ahead, header) ? KS_TAKE(&ahead, 2) : NULL;
        if (qos == NULL)
            return KS_SKIP_TRUNCATED;
        several = (KS_U8(qos, 0) & 0x80) != 0;
        header += (flags & WLAN_ORDER) != 0 ? 6 : 2;
    }
    if (padded)
        header = (header + 3) & ~(size_t)3;
    if (!ks_skip_bytes(cursor, header))
        return KS_SKIP_TRUNCATED;
    if ((flags & WLAN_PROTECTED) != 0)
        return KS_SKIP_ENCRYPTED;
    return several ? KS_SKIP_TUNNEL : ks_decode_llc(cursor, out);
}

enum ks_skip ks_decode_wlan(struct ks_cursor *cursor, struct ks_packet *out)
{
    return wlan(cursor, false, out);
}

/* Radiotap (radiotap.org): of its fields only the flags matter, which say whether the 802.11 header is padded. */
enum ks_skip ks_decode_radiotap(struct ks_cursor *cursor, struct ks_packet *out)
{
    struct ks_cursor fields = *cursor;
    const struct ks_bytes8 *head = KS_TAKE(&fields, 8);
    if (head == NULL)
        return KS_SKIP_TRUNCATED;
    size_t length = KS_LE16(head, 2), used = 8;
    uint32_t present = KS_LE32(head, 4);
    if (length < 8)
        return KS_SKIP_MALFORMED;
    ks_cut(&fields, length - 8);
    for (uint32_t word = present; word >> 31 != 0; used += 4) {
        const struct ks_bytes4 *more = KS_TAKE(&fields, 4);
        if (more == NULL)
            return ks_left(cursor) < length ? KS_SKIP_TRUNCATED : KS_SKIP_MALFORMED;
        word = KS_LE32(more, 0);
    }
    bool padded = false;
    if ((present & 1) != 0) /* a 64-bit time, aligned */
        ks_skip_bytes(&fields, used % 8 + 8);
    if ((present & 2) != 0) {
        const struct ks_bytes1 *flags = KS_TAKE(&fields, 1);
        padded = flags != NULL && (KS_U8(flags, 0) & 0x20) != 0;
    }
    if (!ks_skip_bytes(cursor, length))
        return KS_SKIP_TRUNCATED;
    return wlan(cursor, padded, out);
}

enum ks_skip ks_decode_avs(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes8 *head = KS_PEEK(cursor, 8);
    if (head == NULL)
        return KS_SKIP_TRUNCATED;
    size_t length = KS_BE32(head, 4);
    if (length < 8)
        return KS_SKIP_MALFORMED;
    return ks_skip_bytes(cursor, length) ? wlan(cursor, false, out) : KS_SKIP_TRUNCATED;
}

/* 144 bytes, or the AVS form where it says so by its magic number. */
enum ks_skip ks_decode_prism(struct ks_cursor *cursor, struct ks_packet *out)
{
    const struct ks_bytes4 *magic = KS_PEEK(cursor, 4);
    if (magic != NULL && (KS_BE32(magic, 0) & 0xfffff000) == 0x80211000)
        return ks_decode_avs(cursor, out);
    return ks_skip_bytes(cursor, 144) ? wlan(cursor, false, out) : KS_SKIP_TRUNCATED;
}
