/* What an export is made of: the knocks and rules that were chosen, what they refer to, and how to write
 * them. */
#ifndef KS_EXPORT_SELECTION_H
#define KS_EXPORT_SELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/count.h"
#include "base/progress.h"
#include "capture/log.h"
#include "export/provenance.h"
#include "knocks/knocks.h"
#include "mining/item.h"
#include "mining/measures.h"
#include "mining/ranking.h"

/* A rule with the codes of its items (not their numbers). */
struct ks_rule_row {
    ks_item items[KS_MAX_LEN]; /* the n_if of X, then the n_then of Y */
    unsigned n_if, n_then;
    struct ks_counts counts;
    double ln_p, ln_q;
};

/* A knock with its place in the full list (from 1). */
struct ks_picked {
    const struct ks_knock *knock;
    size_t rank;
    size_t before; /* activations of the same ports in the same order in the baseline, where there is one; 0: the knock is new */
};

/* What a baseline, a capture from before, says of the knocks (analysis/compare.h). */
struct ks_compared_knocks {
    const struct ks_capture_info *capture; /* the baseline */
    size_t knocks;                         /* that stand in it */
    size_t n_new, n_gone;                  /* standing here and nowhere there; standing there and nowhere here */
    const struct ks_knock *const *gone;
};

struct ks_selection {
    const struct ks_log *log; /* the log that the knocks refer to; NULL only where n_knocks = 0 */
    const struct ks_picked *knocks;
    size_t n_knocks;
    /* Rules are fetched one by one, so that a list of any length can be exported: row is 0..n_rules-1; false where
     * memory ran out. Writers call ks_selection_rule. */
    bool (*rule_at)(void *context, uint64_t row, struct ks_rule_row *out);
    void *context;
    uint64_t n_rules;
    struct ks_count total_rules; /* that passed the thresholds, of which n_rules are exported */
    enum ks_items items;         /* what the rules were mined from */
    uint32_t windows;            /* l */
    const struct ks_provenance *provenance;
    const struct ks_knocks *found;             /* text, json: all that the search gave, for what is not listed and for the scans; NULL: untold */
    const struct ks_compared_knocks *compared; /* text, csv, json; NULL: no baseline */
};

/* What can be chosen about an export. Zero is the default for all. */
struct ks_export_options {
    bool any_host;       /* bpf, wireshark, suricata, zeek, knockd: do not tie it to the hosts seen */
    bool frames;         /* wireshark: by frame number: exact in this one file and of no use elsewhere */
    bool vlan;           /* bpf: also behind a VLAN tag (only link types with VLAN tags can compile that) */
    bool brief;          /* text: what is set aside by reason, in a line or two each */
    bool no_title;       /* csv, text: without the lines of provenance at the top */
    uint32_t sid;        /* suricata: the first rule number; 0: 9120501 */
    const char *command; /* knockd: what it runs; NULL: a line to the system log */
    const char *const *paths; /* pcap: the captures, as they were read, in order */
    size_t n_paths;
    struct ks_progress *progress; /* of long exports; may be NULL */
};

#endif
