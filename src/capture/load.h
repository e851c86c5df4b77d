/* Reading captures: files in, event log and account of every packet out. */
#ifndef KS_CAPTURE_LOAD_H
#define KS_CAPTURE_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/progress.h"
#include "base/status.h"
#include "capture/log.h"

/* Why a packet is not in the event log. Every packet read is in the log or counted under exactly one of these. */
enum ks_skip {
    KS_SKIP_NONE = 0,
    KS_SKIP_LINK_TYPE,   /* a link type that is not decoded */
    KS_SKIP_NOT_IP,      /* ARP, STP, LLDP ... */
    KS_SKIP_TRUNCATED,   /* the capture cut it before what is needed */
    KS_SKIP_MALFORMED,   /* lengths or versions contradict each other */
    KS_SKIP_FRAGMENT,    /* a later IP fragment, or a first one too small for the header: no ports in it */
    KS_SKIP_PROTOCOL,    /* an IP protocol other than TCP, UDP, ICMP */
    KS_SKIP_TUNNEL,      /* IP in IP, GRE: the inner packet is not looked at */
    KS_SKIP_ENCRYPTED,   /* ESP: ports not visible */
    KS_SKIP_LIMIT,       /* beyond the announced limit of events */
    KS_SKIP_N
};

/* The reason as an output key: "link-type", "not-ip", "truncated" ... */
const char *ks_skip_name(enum ks_skip skip);
/* The reason in words for people: "ARP, STP and other packets without IP". */
const char *ks_skip_text(enum ks_skip skip);

struct ks_file_info {
    char name[256];        /* as given, made harmless for terminals; a long one without its middle (ks_shorten) */
    size_t path;           /* which of the paths it is, from 0 */
    const char *format;    /* "pcap", "pcapng" */
    const char *compression; /* "none", "gzip", "zstd", "xz", "lz4" */
    char link[64];         /* libpcap's name of the link type, "EN10MB"; its number where it has none */
    int link_type;         /* DLT_ value */
    uint64_t packets;      /* read from this file, before the filter */
    uint64_t bytes;        /* size on disk, 0 where unknown (a pipe) */
};

/* What a load has read and left out. */
struct ks_capture_info {
    struct ks_file_info *files;
    size_t n_files;
    uint64_t packets;   /* that passed the filter: the sum of `decoded` and `skipped` */
    uint64_t filtered;  /* left out by the BPF filter */
    uint64_t bytes;     /* on the wire (original lengths) of the packets that passed */
    uint64_t decoded[4]; /* by enum ks_proto */
    uint64_t skipped[KS_SKIP_N];
    int64_t first, last; /* earliest and latest time of the packets that passed, ns since the epoch; 0 when none */
    uint32_t snapped;   /* packets that the capture holds only in part */
    bool partial;       /* reading stopped before the end */
    char stopped[320];  /* where and why, when partial; empty otherwise */
};

struct ks_load_options {
    const char *const *paths; /* in the order to be read; "-" is standard input */
    size_t n_paths;
    const char *filter;       /* BPF expression or NULL */
    uint64_t max_events;      /* 0: the default limit (2^32 - 2) */
    uint64_t max_expanded;    /* bytes that decompression may yield; 0: no limit but the ratio guard (see stream.h) */
};

/* Reads captures into a log. Also gives, while it runs, a view for others: when *publish (may be NULL) is asked for a snapshot
 * (ks_publish_request) the loader copies what it has so far.
 * KS_OK; KS_PARTIAL (log and info hold what was read, info->stopped says where it ended); KS_CANCELLED (the same);
 * KS_INPUT (nothing could be read: no such file, not a capture, bad filter -> KS_USAGE); KS_NOMEM (what was read is kept).
 * progress counts bytes of input. log and info are to be freed whatever the result. */
struct ks_publish;
struct ks_status ks_load(const struct ks_load_options *options, struct ks_progress *progress, struct ks_publish *publish,
                         struct ks_log *log, struct ks_capture_info *info);

/* The same over one capture that is in memory (the paths of the options are not looked at; it goes by the name "memory"). */
struct ks_status ks_load_bytes(const uint8_t *bytes, size_t n, const struct ks_load_options *options, struct ks_log *log,
                               struct ks_capture_info *info);

void ks_capture_info_free(struct ks_capture_info *info);

/* A snapshot of a running load, handed over without holding the loader up. One consumer thread. */
struct ks_publish *ks_publish_new(void);
void ks_publish_free(struct ks_publish *publish);
/* Asks the loader for a copy at its next pause (every few thousand packets). */
void ks_publish_request(struct ks_publish *publish);
/* Packets read so far, those left out by the filter too; counted at each pause. Any thread. */
uint64_t ks_publish_packets(const struct ks_publish *publish);
/* Takes the copy, if it is there: true and *log, *info are the caller's. */
bool ks_publish_take(struct ks_publish *publish, struct ks_log *log, struct ks_capture_info *info);

/* SHA-256 of a file's bytes as 64 hexadecimal digits. KS_INPUT, KS_CANCELLED. */
struct ks_status ks_file_sha256(const char *path, struct ks_progress *progress, char out[65]);

/* Versions of the libraries that reading uses, one line, static. */
const char *ks_capture_libraries(void);

#endif
