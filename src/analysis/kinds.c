/* How much of each kind of item a capture holds: one pass over the log. */
#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"
#include "base/memory.h"

enum { PORTS = 65536 };

struct seen {
    uint8_t port[KS_ITEMS_ICMP][PORTS]; /* tcp, attempts by TCP, syn, udp */
    uint8_t attempt_udp[PORTS];
};

static int by_code(const void *a, const void *b)
{
    ks_item x = *(const ks_item *)a, y = *(const ks_item *)b;
    return (x > y) - (x < y);
}

static uint64_t distinct(ks_item *codes, size_t n)
{
    uint64_t u = 0;
    if (n > 0)
        qsort(codes, n, sizeof *codes, by_code);
    for (size_t i = 0; i < n; i++)
        u += i == 0 || codes[i] != codes[i - 1];
    return u;
}

struct ks_status ks_kinds_count(const struct ks_log *log, struct ks_kind_count out[KS_ITEMS_ICMP + 1])
{
    struct seen *seen = ks_zalloc(1, sizeof *seen);
    ks_item *icmp = NULL, item;
    size_t cap = 0, n = 0;
    memset(out, 0, (KS_ITEMS_ICMP + 1) * sizeof *out);
    if (seen == NULL)
        return ks_nomem("the items of each kind");
    for (size_t e = 0; e < log->n; e++) {
        uint8_t mark = log->mark[e];
        enum ks_proto proto = (enum ks_proto)(mark & KS_MARK_PROTO);
        uint16_t port = log->dport[e];
        if (proto == KS_TCP) {
            out[KS_ITEMS_TCP].events++;
            seen->port[KS_ITEMS_TCP][port] = 1;
            if ((log->flags[e] & (KS_SYN | KS_ACK)) == KS_SYN) {
                out[KS_ITEMS_SYN].events++;
                seen->port[KS_ITEMS_SYN][port] = 1;
            }
        } else if (proto == KS_UDP) {
            out[KS_ITEMS_UDP].events++;
            seen->port[KS_ITEMS_UDP][port] = 1;
        } else if (ks_item_of(log, e, KS_ITEMS_ICMP, &item)) {
            if (!ks_reserve((void **)&icmp, &cap, n + 1, sizeof *icmp)) {
                ks_free(icmp);
                ks_free(seen);
                return ks_nomem("the ICMP requests");
            }
            icmp[n++] = item;
        }
        if (mark & KS_MARK_ATTEMPT) {
            out[KS_ITEMS_ATTEMPTS].events++;
            (proto == KS_UDP ? seen->attempt_udp : seen->port[KS_ITEMS_ATTEMPTS])[port] = 1;
        }
    }
    for (int k = KS_ITEMS_TCP; k < KS_ITEMS_ICMP; k++)
        for (size_t p = 0; p < PORTS; p++)
            out[k].items += seen->port[k][p];
    for (size_t p = 0; p < PORTS; p++)
        out[KS_ITEMS_ATTEMPTS].items += seen->attempt_udp[p];
    out[KS_ITEMS_ICMP].events = n;
    out[KS_ITEMS_ICMP].items = distinct(icmp, n);
    ks_free(icmp);
    ks_free(seen);
    return ks_ok();
}
