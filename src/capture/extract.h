/* Reads chosen packets of captures again: copies them, unchanged, into a new pcap file, or hands out their bytes. */
#ifndef KS_CAPTURE_EXTRACT_H
#define KS_CAPTURE_EXTRACT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/progress.h"
#include "base/status.h"

/* A packet to copy: its number over all files, from 1, and the time that it had when it was loaded. */
struct ks_extract_packet {
    uint32_t number;
    int64_t time; /* ns since the epoch */
};

struct ks_extract {
    const char *const *paths; /* as they were loaded, in the same order */
    size_t n_paths;
    const struct ks_extract_packet *packets; /* ascending by number */
    size_t n;
    bool (*write)(void *context, const void *bytes,
                  size_t n); /* takes the pcap's bytes; false ends the copying early */
    /* In place of `write`: takes each packet by itself, of whatever link type (DLT_ value); `length` is what it had on
     * the wire, n what the capture kept; the bytes hold during the call only. False ends the reading early. */
    bool (*take)(void *context, const struct ks_extract_packet *packet, int link_type, uint32_t length,
                 const uint8_t *bytes, size_t n);
    void *context;
};

/* Reads the captures again and copies the packets: their bytes, lengths and times as they are (nanoseconds
 * where one has them, otherwise microseconds), link type of the source. A pcap file has one link type:
 * KS_USAGE where the packets come from files that differ in it, and where a capture was standard input.
 * KS_INPUT where a capture cannot be read or is not what was loaded (a packet is missing or has another
 * time), KS_CANCELLED, KS_NOMEM. What `write` or `take` refused is no failure here. *copied (may be NULL) counts the
 * packets. progress counts bytes of input. */
struct ks_status ks_extract(const struct ks_extract *extract, struct ks_progress *progress, uint64_t *copied);

#endif
