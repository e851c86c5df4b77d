/* The allow list: knocks that an analyst knows and does not want to see standing. Internal to src/knocks; the
 * file's format is in knocks.h. */
#ifndef KS_KNOCKS_ALLOW_H
#define KS_KNOCKS_ALLOW_H

#include "capture/log.h"
#include "knocks/knocks.h"

struct ks_allow;

/* Reads the file. KS_INPUT (not readable), KS_USAGE (an entry is wrong: file and line in the message),
 * KS_NOMEM. */
struct ks_status ks_allow_read(const char *path, struct ks_allow **out);
void ks_allow_free(struct ks_allow *allow);

/* The reason of the first entry that the knock matches, or NULL. */
const char *ks_allow_match(const struct ks_allow *allow, const struct ks_log *log,
                           const struct ks_knock *knock);

#endif
