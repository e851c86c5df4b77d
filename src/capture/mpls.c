#include "capture/layers.h"

/* Far above what is real; a hostile frame must not make the decoder loop for long. */
enum { LABELS_MAX = 32 };

enum ks_skip ks_decode_mpls(struct ks_cursor *cursor, struct ks_packet *out)
{
    for (unsigned depth = 0; depth < LABELS_MAX; depth++) {
        const struct ks_bytes4 *label = KS_TAKE(cursor, 4);
        if (label == NULL)
            return KS_SKIP_TRUNCATED;
        if ((KS_U8(label, 2) & 1) == 0)
            continue;
        const struct ks_bytes1 *first = KS_PEEK(cursor, 1);
        if (first == NULL)
            return KS_SKIP_TRUNCATED;
        unsigned version = KS_U8(first, 0) >> 4;
        return version == 4 || version == 6 ? ks_decode_ip(cursor, out) : KS_SKIP_NOT_IP;
    }
    return KS_SKIP_MALFORMED;
}
