#include "knocks/attempts/item.h"

/* Types of requests by kind, ICMP and ICMPv6 (capture/network.c says which are requests). */
static const uint8_t types[2][5] = {{8, 13, 15, 17, 42}, {128, 139, 160}};

enum { KIND_SHIFT = 18, CODE_SHIFT = 21 };

uint32_t ks_item_narrow(const struct ks_log *log, size_t event)
{
    enum ks_proto proto = ks_log_proto(log, event);
    uint32_t item = (uint32_t)proto << 16 | log->dport[event], kind = 0;
    if (proto < KS_ICMP)
        return item;
    while (kind < 4 && types[proto - KS_ICMP][kind] != log->sport[event] >> 8)
        kind++;
    return item | kind << KIND_SHIFT | (log->sport[event] & 0xffU) << CODE_SHIFT;
}

ks_item ks_item_wide(uint32_t item)
{
    ks_item wide = (ks_item)(item >> 16 & 3) << 32 | (item & 0xffff);
    if (!ks_item_icmp(item))
        return wide;
    uint64_t type = types[(item >> 16 & 3) - KS_ICMP][item >> KIND_SHIFT & 7];
    return wide | type << 24 | (uint64_t)(item >> CODE_SHIFT & 0xff) << 16;
}
