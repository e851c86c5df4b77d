/* Packets on their way from the reader to the event log: decoded, packed into one cache line each, with the account of all packets read
 * meanwhile. A batch is filled by one thread and taken in by another (pipeline.h). */
#ifndef KS_CAPTURE_BATCH_H
#define KS_CAPTURE_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/decode.h"
#include "capture/load.h"
#include "capture/log.h"

enum { KS_BATCH = 2048, KS_BATCH_QUOTES = 256 };

/* A packet's share of the log and of what answers what. */
struct ks_staged {
    int64_t time;
    uint32_t number; /* of the packet in the capture, from 1 */
    uint32_t isn;    /* TCP: the initial sequence number that a SYN carries, or that an answer acknowledges; ICMP: identifier and number */
    uint16_t sport, dport;
    uint8_t flags;
    uint8_t mark; /* protocol, KS_MARK_REQUEST, KS_MARK_EMPTY */
    uint8_t version;
    uint8_t quoted; /* another tuple is in quotes[quoted - 1]; 0: none */
    uint8_t source[16], target[16];
};

/* The tuple of a packet that an ICMP error gives back. */
struct ks_quoted {
    struct ks_address source, target;
    uint32_t isn;
    uint16_t sport, dport;
    enum ks_proto proto;
    bool has_seq;
    bool port; /* the error says port unreachable */
};

/* What was read; see struct ks_capture_info. */
struct ks_tally {
    uint64_t read, packets, filtered, bytes, snapped;
    uint64_t decoded[4];
    uint64_t skipped[KS_SKIP_N];
    int64_t first, last;
};

struct ks_batch {
    struct ks_tally tally;
    uint64_t expect; /* events of the whole load, as the input so far suggests; 0: nobody knows */
    size_t n, n_quotes;
    struct ks_staged at[KS_BATCH];
    struct ks_quoted quotes[KS_BATCH_QUOTES - 1];
};

static inline void ks_batch_clear(struct ks_batch *batch)
{
    batch->tally = (struct ks_tally){0};
    batch->n = batch->n_quotes = 0;
    batch->expect = 0;
}

/* Whether a batch has to be handed on because KS_BATCH_QUOTES - 1 more packets might not fit. */
static inline bool ks_batch_near_full(const struct ks_batch *batch)
{
    return batch->n > KS_BATCH - KS_BATCH_QUOTES || batch->n_quotes != 0;
}

/* Packs a decoded packet into a batch that has room for it. */
void ks_batch_add(struct ks_batch *batch, const struct ks_packet *packet, int64_t time, uint32_t number);

/* The same for the packet that ks_plain has packed into the batch's next place. */
static inline void ks_batch_plain(struct ks_batch *batch, int64_t time, uint32_t number)
{
    struct ks_staged *staged = &batch->at[batch->n++];
    staged->time = time;
    staged->number = number;
    batch->tally.decoded[KS_TCP]++;
}

/* Adds a tally to the account of a capture and of its last file. */
void ks_tally_add(const struct ks_tally *tally, struct ks_capture_info *info);

#endif
