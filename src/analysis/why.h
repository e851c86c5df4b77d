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

#endif
