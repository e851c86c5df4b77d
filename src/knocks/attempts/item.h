/* Items as the search for knocks holds them: 32 bits, ordered as ks_item is within each protocol. TCP and
 * UDP: protocol << 16 | port. ICMP requests: protocol << 16 | payload length, and above that the kind of
 * request and its code; an echo request's kind and code are 0. Internal to src/knocks. */
#ifndef KS_KNOCKS_ITEM_H
#define KS_KNOCKS_ITEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/log.h"
#include "mining/item.h"

/* Tables by item take the protocol and the port or length: requests of one length share a place. */
enum { KS_ITEMS_PORTS = 2 << 16, KS_ITEMS_MAX = 4 << 16 };

static inline uint32_t ks_item_index(uint32_t item)
{
    return item & (KS_ITEMS_MAX - 1);
}

static inline bool ks_item_icmp(uint32_t item)
{
    return (item >> 17 & 1) != 0;
}

/* Port; ICMP: payload length. */
static inline uint16_t ks_item_low(uint32_t item)
{
    return (uint16_t)item;
}

/* The item of an attempt or an ICMP request, and the item that mining uses for the same. */
uint32_t ks_item_narrow(const struct ks_log *log, size_t event);
ks_item ks_item_wide(uint32_t item);

/* The same back, of a TCP or UDP port. */
static inline uint32_t ks_item_of_port(ks_item item)
{
    return (uint32_t)(item >> 32) << 16 | (uint16_t)item;
}

#endif
