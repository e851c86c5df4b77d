/* The loader's side of a snapshot's handover (the other side is in load.h). */
#ifndef KS_CAPTURE_PUBLISH_H
#define KS_CAPTURE_PUBLISH_H

#include <stdbool.h>

#include "capture/load.h"

/* Whether a snapshot is asked for. Cheap; publish may be NULL. */
bool ks_publish_wanted(struct ks_publish *publish);

/* Says how many packets were read so far. Cheap; publish may be NULL. */
void ks_publish_tell(struct ks_publish *publish, uint64_t packets);

/* Copies log and info for the consumer, in place of an older copy that was not taken. Without memory for it nothing happens and the request
 * stays. */
void ks_publish_give(struct ks_publish *publish, const struct ks_log *log, const struct ks_capture_info *info);

/* A copy of an account; false when memory is exhausted. */
bool ks_capture_info_copy(const struct ks_capture_info *info, struct ks_capture_info *out);

#endif
