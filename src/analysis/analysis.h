/* What both front ends hold: a capture and parameters in, results out. The stages are separate because they cost differently: mining happens when the
 * windows change, counting at every key press, chance and knocks in the background. All are pure functions of their arguments, so that a worker may run
 * them while the old results are in use. */
#ifndef KS_ANALYSIS_ANALYSIS_H
#define KS_ANALYSIS_ANALYSIS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/params.h"
#include "base/progress.h"
#include "base/status.h"
#include "capture/load.h"
#include "capture/log.h"
#include "knocks/knocks.h"
#include "mining/itemsets.h"
#include "mining/pairs.h"
#include "mining/ranking.h"
#include "mining/windows.h"
#include "stats/chance.h"
#include "stats/curve.h"

struct ks_discovery; /* analysis/discovery.h */

/* A capture in memory; immutable once made and counted by reference, so that jobs and screens share it. */
struct ks_capture {
    struct ks_log log;
    struct ks_capture_info info;
    uint64_t attempts, outcome[4]; /* events that are attempts (repetitions that count anew are not), and those by enum ks_outcome */
};

/* Loads captures (see ks_load for the statuses). *out is set whenever anything was read. Released by ks_capture_release. */
struct ks_status ks_capture_open(const struct ks_load_options *options, struct ks_progress *progress, struct ks_publish *publish,
                                 struct ks_capture **out);
/* Takes over a log and info (as from ks_publish_take). NULL when out of memory (then they are freed). */
struct ks_capture *ks_capture_wrap(struct ks_log *log, struct ks_capture_info *info);
struct ks_capture *ks_capture_retain(struct ks_capture *capture);
void ks_capture_release(struct ks_capture *capture);

/* t and u of every kind of item (indexed by enum ks_items), whatever is mined. KS_NOMEM. */
struct ks_kind_count {
    uint64_t events, items;
};
struct ks_status ks_kinds_count(const struct ks_log *log, struct ks_kind_count out[KS_ITEMS_ICMP + 1]);

/* Windows cut and pairs mined for one choice of items, windowing and narrowing. Immutable, counted by reference. */
struct ks_mined {
    struct ks_capture *capture;
    enum ks_items items;
    struct ks_windowing windowing;
    struct ks_narrow narrow;
    struct ks_window_sets sets;
    struct ks_pairs *pairs;
    uint64_t *have;        /* l + 1: have[x] items lie in exactly x windows (the observed histogram; have[0] = 0) */
    struct ks_curve curve; /* Eq. 6-8 for these windows; l = 0 where the model has nothing to say (no events, too many windows) */
    double ws;             /* events per window in the model: the window's size, or the mean where sizes vary */
    struct ks_discovery *discovery; /* asked for last; under the lock (discovery.h) */
    pthread_mutex_t discovery_lock;
};
struct ks_status ks_mine(struct ks_capture *capture, const struct ks_params *params, unsigned threads,
                         struct ks_progress *progress, struct ks_mined **out);
struct ks_mined *ks_mined_retain(struct ks_mined *mined);
void ks_mined_release(struct ks_mined *mined);

/* Thresholds in force, each with the reason for its value. */
struct ks_choice {
    double min_supp, min_inte, min_conf;
    struct ks_thresholds thresholds; /* the same as the engine takes them */
    char why_supp[160], why_inte[160], why_conf[160];
    bool advice;    /* some minInte makes the count stand clear of chance */
};
/* Fills in the automatic ones: minSupp from Eq. 6-8 and the observed counts, minInte from the smallest step where the count stands clear of the shifted null
 * (`shifted` may be NULL while it is not there: then minInte stays at 0 and says so), minConf 0.9. */
struct ks_choice ks_choose(const struct ks_mined *mined, const struct ks_params *params, const struct ks_shifted *shifted);

/* One line of Table 2. */
struct ks_sweep_row {
    double value;      /* of the swept threshold */
    uint32_t together; /* minInte: the smallest n(XY) that can pass; else 0 */
    struct ks_count rules;
    bool at_least; /* there are more: a limit on work was reached */
    double independent;          /* expected under independent placement */
    struct ks_expected expected; /* shifted null; rotations = 0 where not computed */
};
/* Counts at each of n values of one threshold, the others from the choice. itemsets longer than pairs are included when params->max_len > 2.
 * shifted may be NULL. KS_NOMEM, KS_CANCELLED, KS_LIMIT (rows valid). */
struct ks_status ks_sweep(const struct ks_mined *mined, const struct ks_params *params, const struct ks_choice *choice,
                          const struct ks_shifted *shifted, enum ks_axis axis, const double *values, size_t n,
                          struct ks_progress *progress, struct ks_sweep_row *rows);

/* The values that a sweep shows when none are asked for: 0 and the steps where another shared window is needed, or the paper's grid. At most cap;
 * returns their number. */
size_t ks_sweep_values(const struct ks_mined *mined, const struct ks_params *params, const struct ks_choice *choice, enum ks_axis axis,
                       double *values, size_t cap);

/* A ranked rule list together with what it refers to. Counted by reference; one user at a time (the ranking caches rows). */
struct ks_rules {
    struct ks_mined *mined;
    struct ks_thresholds thresholds;
    struct ks_itemsets *itemsets; /* NULL for max_len 2 */
    struct ks_ranking *ranking;
    struct ks_discovery *discovery; /* q of pairs */
    struct ks_count pairs_considered; /* the m of q: all pairs of infrequent items */
    char limit[320]; /* what a limit left out; empty when nothing */
};
struct ks_status ks_rules_make(struct ks_mined *mined, const struct ks_params *params, const struct ks_choice *choice,
                               const struct ks_rule_filter *filter, struct ks_progress *progress, struct ks_rules **out);
void ks_rules_free(struct ks_rules *rules);
/* ln p (Fisher, one-sided) and ln q of a rule of the list. */
double ks_rule_ln_p(const struct ks_rule *rule);
double ks_rule_ln_q(const struct ks_rules *rules, const struct ks_rule *rule);
/* Exact shift p-value of a pair rule (NAN for longer ones). */
double ks_rule_shift_p(const struct ks_mined *mined, const struct ks_rule *rule);

/* Items of a rule as text, "999" or "999, 888". Returns out. */
char *ks_rule_side(char *out, size_t cap, const struct ks_mined *mined, const uint32_t *items, unsigned n);

#endif
