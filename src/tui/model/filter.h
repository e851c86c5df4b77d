/* The filter language of the rules screen: "port:999 cpir>0.9 count>=3". Terms are joined by and.
 *   port:ITEM, or just ITEM                     the rule holds this item
 *   KEY OP NUMBER, OP one of > >= < <= = !=    KEY one of support confidence cpir interest correlation count count-if count-then p */
#ifndef KS_TUI_MODEL_FILTER_H
#define KS_TUI_MODEL_FILTER_H

#include "analysis/analysis.h"

enum { KS_FILTER_TERMS = 16 };

struct ks_filter {
    struct ks_filter_term {
        int key, op;
        double value;
    } terms[KS_FILTER_TERMS];
    size_t n_terms;
    uint32_t must[KS_MAX_LEN];
    size_t n_must;
    struct ks_rule_filter rules;
};

/* Compiles a filter for a mining result. KS_USAGE says what is wrong and where; an item that does not occur is KS_USAGE too. */
struct ks_status ks_filter_make(const char *text, const struct ks_mined *mined, struct ks_filter *out);
/* What ks_rules_make takes; NULL where the filter lets everything pass. Valid as long as the filter stays where it is. */
const struct ks_rule_filter *ks_filter_rules(struct ks_filter *filter);
void ks_filter_free(struct ks_filter *filter);

#endif
