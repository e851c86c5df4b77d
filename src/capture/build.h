/* Filling an event log: packets go in by batches, so that the many places in memory that each one touches are fetched ahead. */
#ifndef KS_CAPTURE_BUILD_H
#define KS_CAPTURE_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/decode.h"
#include "capture/flows.h"
#include "capture/hash.h"
#include "capture/log.h"

enum { KS_BATCH = 64 };

struct ks_builder {
    struct ks_log *log;
    size_t cap, attempts_cap, hosts_cap; /* of the log's columns */
    struct ks_index hosts;               /* over log->hosts */
    struct ks_flows flows;
    size_t n; /* packets waiting in `batch` */
    struct ks_staged {
        struct ks_packet packet;
        int64_t time;
        uint32_t number;
        uint32_t source_hash, target_hash;
    } batch[KS_BATCH];
};

/* Starts filling an empty log. */
void ks_builder_start(struct ks_builder *builder, struct ks_log *log);

/* Makes sure that the next KS_BATCH packets find room whatever they hold. Called when the batch is empty. KS_NOMEM. */
struct ks_status ks_builder_room(struct ks_builder *builder);

/* Where the next packet is to be decoded into; then ks_builder_add. Only after ks_builder_room, at most KS_BATCH times. */
static inline struct ks_packet *ks_builder_next(struct ks_builder *builder)
{
    return &builder->batch[builder->n].packet;
}
void ks_builder_add(struct ks_builder *builder, int64_t time, uint32_t number);

/* Takes the waiting packets into the log. */
void ks_builder_flush(struct ks_builder *builder);

/* Gives back what the log does not use and frees the rest of the builder. The log stays. */
void ks_builder_finish(struct ks_builder *builder);

#endif
