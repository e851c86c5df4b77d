/* The frame decoder: two bytes of link type, then a frame. */
#include <string.h>

#include "capture/decode.h"
#include "capture/plain.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2)
        return 0;
    int link_type = bytes[0] | bytes[1] << 8;
    struct ks_packet packet;
    enum ks_skip skip = ks_decode(link_type, bytes + 2, n - 2, &packet);
    FUZZ_CHECK(skip < KS_SKIP_N && skip != KS_SKIP_LIMIT);
    if (!ks_decode_knows(link_type))
        FUZZ_CHECK(skip == KS_SKIP_LINK_TYPE);
    struct ks_staged staged;
    bool plain = link_type == 1 && ks_plain(bytes + 2, n - 2, &staged);
    FUZZ_CHECK(!plain || skip == KS_SKIP_NONE);
    if (skip != KS_SKIP_NONE)
        return 0;
    if (plain) { /* the short way gives what the long one gives */
        static struct ks_batch batch;
        staged.time = staged.number = 0;
        ks_batch_clear(&batch);
        ks_batch_add(&batch, &packet, 0, 0);
        FUZZ_CHECK(memcmp(&staged, &batch.at[0], sizeof staged) == 0);
    }
    FUZZ_CHECK(packet.source.version == 4 || packet.source.version == 6);
    FUZZ_CHECK(packet.source.version == packet.target.version);
    FUZZ_CHECK(packet.proto <= KS_ICMP6);
    /* ICMP is of its own version of IP, and only it quotes and asks. */
    FUZZ_CHECK(packet.proto != KS_ICMP || packet.source.version == 4);
    FUZZ_CHECK(packet.proto != KS_ICMP6 || packet.source.version == 6);
    FUZZ_CHECK(packet.proto >= KS_ICMP || (!packet.quotes && !packet.request));
    if (packet.quotes) {
        FUZZ_CHECK(packet.quoted.source.version == packet.source.version);
        /* A request of the same version of IP, by its identifier and number; or a port, of TCP with the sequence number where it is there. */
        FUZZ_CHECK(packet.quoted.proto <= KS_ICMP6);
        FUZZ_CHECK(packet.quoted.proto != KS_ICMP || packet.source.version == 4);
        FUZZ_CHECK(packet.quoted.proto != KS_ICMP6 || packet.source.version == 6);
        FUZZ_CHECK(packet.quoted.proto < KS_ICMP || (packet.quoted.has_seq && packet.quoted.dport == 0));
        FUZZ_CHECK(packet.quoted.proto != KS_UDP || !packet.quoted.has_seq);
    }
    return 0;
}
