/* Another capture to compare the present one with: loaded and analysed in the background by the same parameters, compared again whenever the rules change. */
#ifndef KS_TUI_MODEL_BASELINE_H
#define KS_TUI_MODEL_BASELINE_H

#include "analysis/compare.h"
#include "tui/model/model.h"

/* How many rules, strongest first, a comparison looks at. */
enum { KS_COMPARED_RULES = 100000 };

struct ks_baseline {
    unsigned refs; /* loop's thread only */
    char **paths;
    size_t n_paths;
    struct ks_params params; /* by which the following were made */
    struct ks_capture *capture; /* NULL until it has been read */
    struct ks_mined *mined;
    struct ks_knocks *knocks;
    struct ks_count rules;     /* its own, at thresholds chosen for it */
    bool again;                /* to be compared once more when it has been read */
    bool compared;             /* the following hold */
    struct ks_compared_list items, hosts;
    struct ks_new_rules new_rules;
};

/* Reads captures as the baseline. Effects. */
unsigned ks_baseline_load(struct ks_model *model, const char *const *paths, size_t n_paths);
/* Compares again in the background, if there is a baseline and results to compare. */
void ks_baseline_compare(struct ks_model *model);
/* Compares no more. */
void ks_baseline_forget(struct ks_model *model);

/* How often a knock was in the baseline; 0: it is new; -1: not known (yet). */
int64_t ks_baseline_knock(const struct ks_model *model, const struct ks_knock *knock);
/* In how many windows of the baseline a rule's items are together; 0: it is new; -1: not known (yet). */
int64_t ks_baseline_rule(const struct ks_model *model, const struct ks_rule *rule);

#endif
