/* Why a rule passes or fails: which windows hold what, what each threshold says, and which value would let it pass. */
#ifndef KS_ANALYSIS_WHY_H
#define KS_ANALYSIS_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/analysis.h"

/* The tests of a pair rule, in the order in which they are made. */
enum ks_test { KS_TEST_SUPP, KS_TEST_COUNT, KS_TEST_INTE, KS_TEST_CORRELATION, KS_TEST_CONF, KS_TEST_N };
/* "min-supp", "min-count", "min-inte", "correlation", "min-conf". */
const char *ks_test_name(enum ks_test test);

/* What keeps two items apart in the windows that hold only one of them. */
enum ks_apart { KS_APART_X, KS_APART_Y, KS_APART_SPLIT };

struct ks_why_window {
    uint32_t window;
    enum ks_apart apart; /* only X; only Y; SPLIT: X alone here, Y alone in the next or last window: cut apart at the border */
};

/* One directed rule X => Y between two items. */
struct ks_why {
    ks_item x, y;
    bool present[2];         /* whether the capture's stream has them at all */
    struct ks_counts counts; /* 0 where one is missing */
    bool passes[KS_TEST_N], all;
    double value[KS_TEST_N]; /* what is compared: share of windows of the more frequent, n(XY), interest, correlation, CPIR */
    double need[KS_TEST_N];  /* with what: minSupp, min-count, minInte, 1, minConf */
    double lets[KS_TEST_N];  /* the value of the parameter that would just let it pass; NAN where none would */
    struct ks_why_window *apart; /* windows that hold only one, ascending */
    size_t n_apart;
    uint32_t splits;         /* of them, pairs of neighbours that a border cut apart */
};

/* Explains X => Y at the thresholds. KS_NOMEM. Freed by ks_why_free whatever the result. */
struct ks_status ks_why_make(const struct ks_mined *mined, const struct ks_choice *choice, ks_item x, ks_item y, struct ks_why *out);
void ks_why_free(struct ks_why *why);

/* One sentence: "passes", or what fails and what would help. Returns out. */
char *ks_why_text(char *out, size_t cap, const struct ks_why *why);

/* A sequence in the attempts themselves, whatever the windows: by one source at one target, pauses within it no longer than a gap. A repeated attempt at the
 * port just tried counts as that one. */
struct ks_why_order {
    uint64_t tried[KS_MAX_LEN]; /* attempts at each item in the whole capture */
    uint64_t in_order;          /* times that all were tried in this order */
    uint64_t extra;             /* of them, with attempts at other ports of the target in between */
    uint64_t mixed;             /* times that all were tried, but not in this order */
    uint64_t begun;             /* times that it began in order and broke off ... */
    uint64_t reached[KS_MAX_LEN]; /* ... after the first i + 1 */
};

/* Looks for 2 to KS_MAX_LEN items; gap in ns, 0: 600 s, as knocks are looked for. KS_USAGE for another number, KS_NOMEM. */
struct ks_status ks_why_order(const struct ks_log *log, const ks_item *items, size_t n, int64_t gap, struct ks_why_order *out);

/* One sentence: "tried in this order 5 times", or what is missing. Returns out. */
char *ks_why_order_text(char *out, size_t cap, const ks_item *items, size_t n, const struct ks_why_order *order);

#endif
