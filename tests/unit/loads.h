/* Loads for tests, with the account held against the log each time. */
#ifndef KS_TESTS_LOADS_H
#define KS_TESTS_LOADS_H

#include "capture/load.h"
#include "files.h"

enum { MANY = 6000 };

/* Attempts, answers, data, datagrams, pings, ARP: something of everything, from many hosts. */
static inline void mixed(struct packets *packets, int n)
{
    for (int i = 0; i < n; i++) {
        unsigned a = 1 + (unsigned)i % 700, port = (unsigned)(1 + i / 4 % 3000);
        int64_t time = 1700000000 * SECOND + i * 3 * MS;
        struct frame frame = {0};
        switch (i % 6) {
        case 0:
            packets_tcp(packets, time, a, 40000, 2, port, KS_SYN, (uint32_t)i, 0);
            break;
        case 1:
            packets_tcp(packets, time, 2, port, a - 1, 40000, KS_SYN | KS_ACK, 1, (uint32_t)i);
            break;
        case 2:
            packets_tcp(packets, time, a, 40000, 2, port, KS_ACK | KS_PSH, (uint32_t)i, 2);
            break;
        case 3:
            packets_udp(packets, time, a, 50000, 3, port);
            break;
        case 4:
            frame_ipv4(&frame, a, 2, 1, 8);
            frame_hex(&frame, "0800 0000 0001 0001");
            packets_add(packets, time, &frame);
            break;
        default: /* protocol 89 */
            frame_ipv4(&frame, a, 2, 89, 4);
            frame_zeros(&frame, 4);
            packets_add(packets, time, &frame);
            break;
        }
    }
}

static inline void assert_balanced(const struct ks_log *log, const struct ks_capture_info *info)
{
    uint64_t decoded = 0, skipped = 0, read = 0;
    for (size_t i = 0; i < 4; i++)
        decoded += info->decoded[i];
    for (size_t i = 0; i < KS_SKIP_N; i++)
        skipped += info->skipped[i];
    for (size_t i = 0; i < info->n_files; i++)
        read += info->files[i].packets;
    assert_int_equal(decoded, log->n);
    assert_int_equal(info->packets, decoded + skipped);
    assert_int_equal(read, info->packets + info->filtered);
}

static inline void assert_same_log(const struct ks_log *a, const struct ks_log *b)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->n_attempts, b->n_attempts);
    assert_int_equal(a->n_hosts, b->n_hosts);
    assert_memory_equal(a->time, b->time, a->n * sizeof *a->time);
    assert_memory_equal(a->source, b->source, a->n * sizeof *a->source);
    assert_memory_equal(a->target, b->target, a->n * sizeof *a->target);
    assert_memory_equal(a->sport, b->sport, a->n * sizeof *a->sport);
    assert_memory_equal(a->dport, b->dport, a->n * sizeof *a->dport);
    assert_memory_equal(a->flags, b->flags, a->n * sizeof *a->flags);
    assert_memory_equal(a->mark, b->mark, a->n * sizeof *a->mark);
    assert_memory_equal(a->packet, b->packet, a->n * sizeof *a->packet);
    assert_memory_equal(a->attempts, b->attempts, a->n_attempts * sizeof *a->attempts);
}

static inline void release(struct ks_log *log, struct ks_capture_info *info)
{
    ks_log_free(log);
    ks_capture_info_free(info);
}

static inline struct ks_status load_bytes(const struct packets *packets, struct ks_log *log, struct ks_capture_info *info)
{
    struct ks_load_options options = {0};
    struct ks_status status = ks_load_bytes(packets->at, packets->n, &options, log, info);
    assert_balanced(log, info);
    return status;
}

static inline struct ks_status load_paths(const char *const *paths, size_t n, struct ks_log *log, struct ks_capture_info *info)
{
    struct ks_load_options options = {.paths = paths, .n_paths = n};
    struct ks_status status = ks_load(&options, NULL, NULL, log, info);
    assert_balanced(log, info);
    return status;
}

/* Turns the little-endian nanosecond file of packets_add into another form of pcap. */
static inline void reformat(const struct packets *from, bool big, bool nano, struct packets *to)
{
    const uint8_t *at = from->at, *end = from->at + from->n;
    uint32_t fields[6];
    ng_32(to, big, nano ? 0xa1b23c4d : 0xa1b2c3d4);
    ng_16(to, big, 2);
    ng_16(to, big, 4);
    memcpy(fields, at, 24);
    for (size_t i = 2; i < 6; i++)
        ng_32(to, big, fields[i]);
    for (at += 24; at < end; at += 16 + fields[2]) {
        memcpy(fields, at, 16);
        ng_32(to, big, fields[0]);
        ng_32(to, big, nano ? fields[1] : fields[1] / 1000);
        ng_32(to, big, fields[2]);
        ng_32(to, big, fields[3]);
        packets_raw(to, at + 16, fields[2]);
    }
}

#endif
