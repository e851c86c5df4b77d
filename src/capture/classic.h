/* The records of a pcap file, read in place from large blocks. libpcap judges the file's header and knows its link type; for the
 * commonest form of the format (version 2.4, either byte order, micro- or nanoseconds, a link type that is decoded) its copying of packet
 * after packet is then left out. Everything else is read by libpcap itself.
 * Source: draft-ietf-opsawg-pcap; limits as libpcap 1.10 has them. */
#ifndef KS_CAPTURE_CLASSIC_H
#define KS_CAPTURE_CLASSIC_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "capture/stream.h"

struct ks_classic {
    struct ks_stream *stream;
    uint8_t header[24]; /* the file's, which libpcap looked at */
    bool big, nano;    /* byte order and unit of its fields */
    uint32_t snapshot; /* packets are cut to this length */
    uint8_t *block;    /* NULL while this reader is not in use */
    size_t at, n;      /* unread bytes of the block: [at, n) */
    bool ended;        /* the stream has no more bytes */
    char words[128];   /* why reading failed */
};

enum { KS_CLASSIC_CAPLEN_MAX = 262144 };

/* Starts on a stream of which nothing was read yet, where it has such a file: then *pcap is open (for its link type and filters only) and the
 * reader in use. Otherwise *pcap is NULL and the stream is for libpcap. KS_NOMEM. */
struct ks_status ks_classic_open(struct ks_classic *reader, struct ks_stream *stream, pcap_t **pcap);
void ks_classic_free(struct ks_classic *reader);

/* Gives at most `count` packets to a handler, as pcap_dispatch does with nanosecond precision: how many there were, 0 at the end of the file, -1
 * after a failure, which `words` describes. The bytes are only valid during the call. */
int ks_classic_dispatch(struct ks_classic *reader, int count, pcap_handler handler, u_char *user);

#endif
