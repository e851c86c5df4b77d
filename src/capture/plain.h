/* The short way for the frame that nearly all are: TCP in one piece, in IPv4 without options, in plain Ethernet. It gives exactly what ks_decode and
 * ks_batch_add would (tests hold them against each other), with one look at the frame's length and none at anything rarer. */
#ifndef KS_CAPTURE_PLAIN_H
#define KS_CAPTURE_PLAIN_H

#include <stdbool.h>
#include <string.h>

#include "capture/batch.h"
#include "capture/cursor.h"
#include "capture/flows.h"

/* True with *out filled in, but for time and number; false, with *out undefined, for a frame that is to be decoded the long way. */
static inline bool ks_plain(const uint8_t *frame, size_t caplen, struct ks_staged *out)
{
    enum { IPV4 = 0x0800, NO_OPTIONS = 0x45, FRAGMENTS = 0x3fff, TCP = 6, IP_LENGTH = 20, NEEDED = 14 };
    struct ks_cursor cursor = {.at = frame, .end = frame + caplen};
    const struct ks_bytes48 *head = KS_TAKE(&cursor, 48); /* Ethernet, IPv4, TCP up to its flags */
    if (head == NULL || KS_BE16(head, 12) != IPV4 || KS_U8(head, 14) != NO_OPTIONS || (KS_BE16(head, 20) & FRAGMENTS) != 0 ||
        KS_U8(head, 23) != TCP)
        return false;
    size_t length = KS_BE16(head, 16);
    if (length < IP_LENGTH + NEEDED)
        return false;
    size_t header = (size_t)(KS_U8(head, 46) >> 4) * 4;
    header = header < 20 ? 20 : header;
    uint8_t flags = KS_U8(head, 47);
    out->isn = ks_flows_answers(flags) ? KS_BE32(head, 42) - 1 : KS_BE32(head, 38);
    out->sport = KS_BE16(head, 34);
    out->dport = KS_BE16(head, 36);
    out->flags = flags;
    out->mark = (uint8_t)(KS_TCP | (length - IP_LENGTH <= header ? KS_MARK_EMPTY : 0));
    out->version = 4;
    out->quoted = 0;
    memset(out->source, 0, sizeof out->source);
    memset(out->target, 0, sizeof out->target);
    memcpy(out->source, &head->b[26], 4);
    memcpy(out->target, &head->b[30], 4);
    return true;
}

#endif
