/* Captures in memory for tests: packets of any kind at any time, written as a pcap file. */
#ifndef KS_TESTS_PACKETS_H
#define KS_TESTS_PACKETS_H

#include <pcap/dlt.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "capture/log.h"
#include "frame.h"

#define MS ((int64_t)1000000)
#define SECOND ((int64_t)1000000000)

/* A growing file of raw IP packets with nanoseconds, little endian. */
struct packets {
    uint8_t *at;
    size_t n, cap;
    uint32_t count;
};

static inline void packets_raw(struct packets *packets, const void *bytes, size_t n)
{
    while (packets->cap - packets->n < n) {
        packets->cap = packets->cap * 2 + 65536;
        packets->at = realloc(packets->at, packets->cap);
        if (packets->at == NULL)
            abort();
    }
    memcpy(packets->at + packets->n, bytes, n);
    packets->n += n;
}

static inline void packets_le32(struct packets *packets, uint32_t value)
{
    uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16), (uint8_t)(value >> 24)};
    packets_raw(packets, bytes, sizeof bytes);
}

static inline void packets_start(struct packets *packets, uint32_t link_type)
{
    packets_le32(packets, 0xa1b23c4d);
    packets_le32(packets, 4U << 16 | 2);
    packets_le32(packets, 0);
    packets_le32(packets, 0);
    packets_le32(packets, 65535);
    packets_le32(packets, link_type);
}

/* Adds a frame as captured at a time; the file's header comes by itself with the first. */
static inline void packets_add(struct packets *packets, int64_t time, const struct frame *frame)
{
    if (packets->n == 0)
        packets_start(packets, DLT_RAW);
    packets_le32(packets, (uint32_t)(time / SECOND));
    packets_le32(packets, (uint32_t)(time % SECOND));
    packets_le32(packets, (uint32_t)frame->n);
    packets_le32(packets, (uint32_t)frame->n);
    packets_raw(packets, frame->at, frame->n);
    packets->count++;
}

static inline void packets_free(struct packets *packets)
{
    free(packets->at);
    memset(packets, 0, sizeof *packets);
}

/* An IPv4 header from 10.0.0.a to 10.0.0.b with `rest` bytes to follow. */
static inline void frame_ipv4(struct frame *frame, unsigned a, unsigned b, unsigned protocol, size_t rest)
{
    frame_hex(frame, "4500");
    frame_be16(frame, (unsigned)(20 + rest));
    frame_hex(frame, "0001 0000 40");
    frame_byte(frame, protocol);
    frame_hex(frame, "0000");
    frame_be32(frame, 0x0a000000U + a);
    frame_be32(frame, 0x0a000000U + b);
}

static inline void frame_tcp(struct frame *frame, unsigned sport, unsigned dport, uint32_t seq, uint32_t ack, unsigned flags)
{
    frame_be16(frame, sport);
    frame_be16(frame, dport);
    frame_be32(frame, seq);
    frame_be32(frame, ack);
    frame_byte(frame, 0x50);
    frame_byte(frame, flags);
    frame_hex(frame, "2000 0000 0000");
}

static inline void packets_tcp(struct packets *packets, int64_t time, unsigned a, unsigned sport, unsigned b, unsigned dport,
                               unsigned flags, uint32_t seq, uint32_t ack)
{
    struct frame frame = {0};
    frame_ipv4(&frame, a, b, 6, 20);
    frame_tcp(&frame, sport, dport, seq, ack, flags);
    packets_add(packets, time, &frame);
}

static inline void packets_udp(struct packets *packets, int64_t time, unsigned a, unsigned sport, unsigned b, unsigned dport)
{
    struct frame frame = {0};
    frame_ipv4(&frame, a, b, 17, 12);
    frame_be16(&frame, sport);
    frame_be16(&frame, dport);
    frame_hex(&frame, "000c 0000 61626364");
    packets_add(packets, time, &frame);
}

/* The same with nothing in it. */
static inline void packets_udp_empty(struct packets *packets, int64_t time, unsigned a, unsigned sport, unsigned b,
                                     unsigned dport)
{
    struct frame frame = {0};
    frame_ipv4(&frame, a, b, 17, 8);
    frame_be16(&frame, sport);
    frame_be16(&frame, dport);
    frame_hex(&frame, "0008 0000");
    packets_add(packets, time, &frame);
}

/* Destination unreachable from 10.0.0.by to 10.0.0.a, about a packet of 10.0.0.a to 10.0.0.b; quoted: bytes of its transport header. */
static inline void packets_unreachable(struct packets *packets, int64_t time, unsigned by, unsigned code, unsigned protocol,
                                       unsigned a, unsigned sport, unsigned b, unsigned dport, uint32_t seq, size_t quoted)
{
    struct frame frame = {0}, inner = {0};
    frame_ipv4(&inner, a, b, protocol, 20);
    frame_tcp(&inner, sport, dport, seq, 0, KS_SYN);
    inner.n = 20 + quoted;
    frame_ipv4(&frame, by, a, 1, 8 + inner.n);
    frame_byte(&frame, 3);
    frame_byte(&frame, code);
    frame_hex(&frame, "0000 00000000");
    for (size_t i = 0; i < inner.n; i++)
        frame_byte(&frame, inner.at[i]);
    packets_add(packets, time, &frame);
}

#endif
