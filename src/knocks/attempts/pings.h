/* ICMP requests as attempts. Internal to src/knocks. */
#ifndef KS_KNOCKS_PINGS_H
#define KS_KNOCKS_PINGS_H

#include "base/status.h"
#include "knocks/attempts/item.h"

/* The requests of a log that may be parts of knocks, as events, ascending. A run of three and more of one
 * size a few seconds apart (ping, traceroute, mtr) is its first one; a size that a source sends a target all
 * the time (monitoring) is left out. KS_NOMEM. *events is freed by ks_free whatever the result. O(n) over the
 * log. */
struct ks_status ks_pings_find(const struct ks_log *log, uint32_t **events, size_t *n);

#endif
