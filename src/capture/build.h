/* Filling an event log from batches: hosts are numbered, columns written, attempts and outcomes found. */
#ifndef KS_CAPTURE_BUILD_H
#define KS_CAPTURE_BUILD_H

#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/batch.h"
#include "capture/flows.h"
#include "capture/hash.h"
#include "capture/log.h"

struct ks_builder {
    struct ks_log *log;
    size_t cap, attempts_cap, hosts_cap; /* of the log's columns */
    struct ks_index hosts4, hosts6;      /* over log->hosts, by version */
    struct ks_flows flows;
};

/* Starts filling an empty log. */
void ks_builder_start(struct ks_builder *builder, struct ks_log *log);

/* Takes a batch into the log: all of it, or, when memory is exhausted (KS_NOMEM), nothing. */
struct ks_status ks_builder_take(struct ks_builder *builder, const struct ks_batch *batch);

/* Gives back what the log does not use and frees the rest of the builder. The log stays. */
void ks_builder_finish(struct ks_builder *builder);

#endif
