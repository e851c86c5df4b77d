/* How long connections lasted and whether they carried data: one pass over the log for all that are asked
 * for. Internal to src/knocks. */
#ifndef KS_KNOCKS_SESSION_H
#define KS_KNOCKS_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/log.h"

struct ks_session {
    uint32_t event;   /* the attempt that began it */
    uint32_t packets; /* both directions, from that event on until the same ports are used anew */
    int64_t lasted;   /* first to last packet, ns */
    bool data;        /* some packet has a payload */
};

/* Fills in packets, lasted and data of n sessions given by their events; sorts them by event. O(events).
 * KS_NOMEM. */
struct ks_status ks_sessions_measure(const struct ks_log *log, struct ks_session *sessions, size_t n);

/* The session of an event among n sorted ones, or NULL. */
const struct ks_session *ks_session_of(const struct ks_session *sessions, size_t n, uint32_t event);

#endif
