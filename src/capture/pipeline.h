/* Two threads for a load: the caller reads and decodes, a second one takes the batches into the event log and its account. Where no thread
 * can be had, the caller does both. Log and account always agree with each other. */
#ifndef KS_CAPTURE_PIPELINE_H
#define KS_CAPTURE_PIPELINE_H

#include <stdbool.h>

#include "base/status.h"
#include "capture/batch.h"
#include "capture/load.h"
#include "capture/log.h"

struct ks_pipeline;

/* Starts over an empty log and account, which are the pipeline's until ks_pipeline_finish (the account also between ks_pipeline_drain and the
 * next ks_pipeline_submit is the caller's). publish may be NULL. NULL when out of memory. */
struct ks_pipeline *ks_pipeline_start(struct ks_log *log, struct ks_capture_info *info, struct ks_publish *publish);

/* An empty batch to fill; waits for one. */
struct ks_batch *ks_pipeline_batch(struct ks_pipeline *pipeline);

/* Hands the filled batch on (one per ks_pipeline_batch, in order); `now` says that it is not to wait for others. The status of all batches taken in so far: KS_NOMEM when one found no
 * room: it and all after it are left out of log and account. */
struct ks_status ks_pipeline_submit(struct ks_pipeline *pipeline, struct ks_batch *batch, bool now);

/* Waits until everything that was handed on is in the log. */
struct ks_status ks_pipeline_drain(struct ks_pipeline *pipeline);

/* The same, then gives the log its final size and frees the pipeline. */
struct ks_status ks_pipeline_finish(struct ks_pipeline *pipeline);

#endif
