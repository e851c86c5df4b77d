/* Knocks: ordered sequences of items that recur (or open a port once), rebuilt from the events, with their
 * evidence, ranked (doc/method.md). */
#ifndef KS_KNOCKS_KNOCKS_H
#define KS_KNOCKS_KNOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/progress.h"
#include "base/status.h"
#include "capture/log.h"
#include "mining/item.h"
#include "mining/windows.h"

enum ks_knock_kind { KS_KNOCK_RECURRING, KS_KNOCK_ONE_SHOT };

/* A port that an activation opened: closed (or unseen) to the source before, answering within minutes after.
 */
struct ks_opening {
    ks_item item;
    int64_t after;    /* ns from the knock's last attempt to the opening attempt */
    uint32_t event;   /* the attempt that succeeded */
    bool back;        /* the target connected back to a knocker, to `item` there */
    bool closes;      /* seen closed to the same source again later, after this or another activation */
    uint32_t packets; /* TCP packets of the connection, both directions */
    int64_t lasted;   /* ns from its first to its last packet */
};

/* One occurrence of a knock. */
struct ks_activation {
    int64_t time;    /* of its first attempt, ns since the epoch */
    uint32_t source; /* of its first attempt; index into the log's hosts */
    uint32_t target;
    uint32_t n_sources; /* distinct sources of its attempts */
    uint32_t *events;   /* n_events attempts in time order (duplicates already collapsed) */
    size_t n_events;
    bool exact;       /* the knock's ports all there, in its order, nothing missing */
    uint32_t missing; /* ports of the knock not seen in this one */
    struct ks_opening opening;
    bool opened; /* `opening` is valid */
};

struct ks_evidence {
    uint32_t activations;
    uint32_t in_order; /* activations that follow the knock's order */
    double order_ln_p;
    uint32_t attempts, closed;    /* attempts of all activations; of them refused, silent or unreachable */
    uint32_t opened;              /* activations followed by an opening */
    int64_t span_median, gap_max; /* first to last attempt; longest gap inside an activation; ns */
    uint32_t sources, targets;    /* distinct */
    bool spoofed;                 /* sources vary within an activation */
    uint32_t registered;          /* ports that are registered services */
    bool monotone;                /* ports ascend or descend in equal steps: scan-like */
    double focus; /* share of the sources' attempts at the targets that belong to the knock, 0..1 */
    double ln_mu; /* ln expected chance occurrences, window-free Poisson */
    double score; /* what the rank is made of, see judge.c; higher is stronger */
};

struct ks_knock {
    enum ks_knock_kind kind;
    ks_item *ports; /* in order, with repeats; for one-time sequences of one door: the first activation's */
    size_t n_ports;
    struct ks_activation *activations; /* by time */
    size_t n_activations;
    struct ks_evidence evidence;
    double ln_p;     /* of the sequence: P(Poisson(mu) >= activations), Bonferroni for the choice of items
                        included where it was searched */
    double ln_q;     /* over all candidates */
    ks_item *opened; /* distinct opened ports, most frequent first */
    size_t n_opened;
    bool one_time;   /* every activation uses another sequence */
    char *set_aside; /* NULL, or the reason in words: the allow list's, else `verdict` */
    char *verdict;   /* NULL, or why its evidence sets it aside, whatever the allow list says */
    char *why;       /* one line: why it stands where it stands */
};

struct ks_knock_options {
    int64_t
        gap; /* longest pause between two attempts of one knock, ns; 0: chosen from the data (see knocks.c) */
    int64_t follow;         /* how long after a knock an opening counts, ns; 0: 300 s */
    double q_gate;          /* candidates with q above it are set aside; 0: 0.05 */
    unsigned threads;       /* 1: none beside the caller's; 0: a second one where there is a processor for it. What
                             * is found is the same */
    const char *allow_path; /* allow list file, or NULL */
    bool allow_asked;       /* the parameters come from a result made with an allow list, which is to be named again */
};

/* What a port scanner sent to one target: its probes are taken out before knocks are looked for. */
struct ks_scan {
    uint32_t source, target; /* index into the log's hosts */
    uint32_t probes, ports;  /* attempts; different ports */
    int64_t first, last;     /* times of the first and the last probe, ns since the epoch */
};

/* All knocks, ranked: standing ones first (strongest first), then those set aside. */
struct ks_knocks {
    struct ks_knock *at;
    size_t n;
    size_t standing;     /* the first `standing` are not set aside */
    uint64_t candidates; /* how many sequences were considered (the m of q) */
    struct ks_scan *scans; /* most probes first, at most 100 */
    size_t n_scans;
    size_t all_scans;    /* pairs of source and target in all */
    uint64_t all_probes; /* of all of them */
    char limit[512];     /* what a limit on work left out; empty when nothing */
};

/* Finds knocks in a log, in its attempts and pings themselves, so that neither window borders nor thresholds
 * matter. `narrow` and `options` may be NULL. KS_NOMEM, KS_CANCELLED, KS_USAGE (allow list). Freed by
 * ks_knocks_free whatever the result. */
struct ks_status ks_knocks_find(const struct ks_log *log, const struct ks_narrow *narrow,
                                const struct ks_knock_options *options, struct ks_progress *progress,
                                struct ks_knocks *out);
void ks_knocks_free(struct ks_knocks *knocks);

/* Judges knocks again by another allow list (allow.h; NULL: none): set_aside, the order and `standing`.
 * KS_NOMEM: they are as before, or some stand in the old order. */
struct ks_allow;
struct ks_status ks_knocks_allow(struct ks_knocks *knocks, const struct ks_log *log,
                                 const struct ks_allow *allow);

#endif
