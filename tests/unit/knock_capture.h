/* A small capture with a knock, for tests that need any: six times 7001, 8002, 9003 refused and 2222 opened, ordinary traffic between. */
#ifndef KS_TESTS_KNOCK_CAPTURE_H
#define KS_TESTS_KNOCK_CAPTURE_H

#include "packets.h"

static inline void knock_capture(struct packets *p)
{
    static const unsigned ports[] = {7001, 8002, 9003, 2222};
    for (unsigned i = 0; i < 6; i++) {
        int64_t time = (1700000000 + i * 300) * SECOND;
        for (unsigned k = 0; k < 4; k++) {
            packets_tcp(p, time += 50 * MS, 1 + i % 3, 40000 + i * 10 + k, 9, ports[k], KS_SYN, i * 10 + k, 0);
            packets_tcp(p, time += MS, 9, ports[k], 1 + i % 3, 40000 + i * 10 + k, k == 3 ? KS_SYN | KS_ACK : KS_RST | KS_ACK, 5,
                        i * 10 + k + 1);
        }
        packets_udp(p, time += MS, 4, 50000 + i, 9, 53);
        packets_tcp(p, time += MS, 5, 41000 + i, 9, i % 2 != 0 ? 443 : 80, KS_SYN, i, 0);
    }
}

#endif
