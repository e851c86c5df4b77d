/* A suspect capture against a baseline: what is here that was not there. Everything is compared by what it is (item, address, ports of a knock), never by
 * number, so the two captures share nothing. */
#ifndef KS_ANALYSIS_COMPARE_H
#define KS_ANALYSIS_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/analysis.h"

/* An item or a host with its events in both captures. */
struct ks_compared {
    ks_item item;            /* of items */
    struct ks_address host;  /* of hosts */
    uint64_t before, now;    /* events; 0: it was not there, or is gone */
};

/* What is new first (most events first), then what both have, then what is gone. */
struct ks_compared_list {
    struct ks_compared *at;
    size_t n, n_new, n_gone;
};

/* All items of a kind, whole captures (what is narrowed is not looked at). KS_NOMEM, KS_CANCELLED. Freed by ks_compared_free whatever the result. */
struct ks_status ks_compare_items(const struct ks_log *before, const struct ks_log *now, enum ks_items kind, struct ks_progress *progress,
                                  struct ks_compared_list *out);
/* All hosts, as source or target of an event. The same. */
struct ks_status ks_compare_hosts(const struct ks_log *before, const struct ks_log *now, struct ks_progress *progress,
                                  struct ks_compared_list *out);
void ks_compared_free(struct ks_compared_list *list);

/* In how many windows of the baseline n items (n >= 1) are together; 0 where one does not occur at all. */
uint32_t ks_compare_together(const struct ks_mined *before, const ks_item *items, unsigned n);

/* A rule whose items were together in no window of the baseline. */
struct ks_new_rule {
    ks_item items[KS_MAX_LEN]; /* n_if, then n_then */
    uint8_t n_if, n_then;
    struct ks_counts counts;
    uint64_t row; /* in the ranking */
};

struct ks_new_rules {
    struct ks_new_rule *at; /* the first KS_NEW_RULES, strongest first */
    size_t n;
    uint64_t n_new, looked; /* new ones among the `looked` first of the ranking */
};
enum { KS_NEW_RULES = 1000 };

/* Looks at the first `most` rules of a ranking. KS_NOMEM, KS_CANCELLED. Freed by ks_new_rules_free whatever the result. */
struct ks_status ks_compare_rules(const struct ks_mined *before, struct ks_rules *now, uint64_t most, struct ks_progress *progress,
                                  struct ks_new_rules *out);
void ks_new_rules_free(struct ks_new_rules *rules);

/* The baseline's knock with the same ports in the same order, standing or not; NULL: the knock is new. */
const struct ks_knock *ks_compare_knock(const struct ks_knocks *before, const struct ks_knock *knock);

#endif
