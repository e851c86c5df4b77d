/* Captures opened before privileges were given up, so that they can still be read afterwards. */
#ifndef KS_CAPTURE_HOLD_H
#define KS_CAPTURE_HOLD_H

#include "base/status.h"

/* Opens a path and keeps it open for the life of the process; "-" and what cannot be opened are passed over (opening them later says why). At most 256.
 * Before any thread is started. KS_NOMEM. */
struct ks_status ks_hold(const char *path);

/* A descriptor for reading the path from its start: opened anew, or where that is not allowed any more the held one's copy. -1 with errno. Two readers of
 * one held file at the same time would share its position: the loader and a later export do not overlap. */
int ks_open_capture(const char *path);

#endif
