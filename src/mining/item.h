/* Items: what is mined. A code says what it is; mining itself sees only dense numbers. */
#ifndef KS_MINING_ITEM_H
#define KS_MINING_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/log.h"

/* Which events make the stream, and what their item is. */
enum ks_items {
    KS_ITEMS_TCP,      /* every TCP packet's destination port */
    KS_ITEMS_ATTEMPTS, /* TCP and UDP attempts */
    KS_ITEMS_SYN,      /* every TCP SYN without ACK, retransmissions included */
    KS_ITEMS_UDP,      /* every UDP datagram's destination port */
    KS_ITEMS_ICMP      /* ICMP requests: type, code, payload length */
};

/* An item's code. Ascending codes are the canonical order of items everywhere: TCP ports, UDP ports, ICMP, ICMPv6. */
typedef uint64_t ks_item;

static inline ks_item ks_item_port(enum ks_proto proto, uint16_t port)
{
    return (ks_item)proto << 32 | port;
}

/* Whether an event belongs to the stream. */
static inline bool ks_item_in(const struct ks_log *log, size_t event, enum ks_items items)
{
    uint8_t mark = log->mark[event];
    enum ks_proto proto = (enum ks_proto)(mark & KS_MARK_PROTO);
    switch (items) {
    case KS_ITEMS_TCP:
        return proto == KS_TCP;
    case KS_ITEMS_ATTEMPTS:
        return (mark & KS_MARK_ATTEMPT) != 0 && proto < KS_ICMP;
    case KS_ITEMS_SYN:
        return proto == KS_TCP && (log->flags[event] & (KS_SYN | KS_ACK)) == KS_SYN;
    case KS_ITEMS_UDP:
        return proto == KS_UDP;
    case KS_ITEMS_ICMP:
        return (mark & KS_MARK_REQUEST) != 0;
    }
    return false;
}

/* The item of an event if it belongs to the stream; false otherwise. */
static inline bool ks_item_of(const struct ks_log *log, size_t event, enum ks_items items, ks_item *out)
{
    if (!ks_item_in(log, event, items))
        return false;
    enum ks_proto proto = (enum ks_proto)(log->mark[event] & KS_MARK_PROTO);
    *out = (ks_item)proto << 32 | (proto >= KS_ICMP ? (ks_item)log->sport[event] << 16 : 0) | log->dport[event];
    return true;
}

/* "999", "udp/53", "icmp/8/0/56", "icmp6/128/0/56". Returns out (cap >= 32). */
char *ks_item_format(char *out, size_t cap, ks_item item);
/* Reads those forms, and "tcp/999"; false for anything else. */
bool ks_item_parse(const char *text, ks_item *out);

/* "tcp", "attempts", ... and back (false where unknown). */
const char *ks_items_name(enum ks_items items);
bool ks_items_parse(const char *text, enum ks_items *out);

#endif
