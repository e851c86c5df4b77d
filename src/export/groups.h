/* Traces that differ in their times only, gathered: one clause of a filter each. */
#ifndef KS_EXPORT_GROUPS_H
#define KS_EXPORT_GROUPS_H

#include <stddef.h>

#include "base/status.h"
#include "export/evidence.h"

/* Up to this many traces make a filter; more are refused (KS_USAGE), since no filter language takes a text
 * without end. */
enum { KS_FILTER_TRACES_MAX = 2000 };

/* Traces ordered so that those with equal sources, target, ports and unreachables stand together:
 * members[start[g] .. start[g+1]). */
struct ks_groups {
    const struct ks_trace **members;
    size_t *start;
    size_t n;
};

/* KS_NOMEM, KS_USAGE. Freed by ks_groups_free whatever the result. */
struct ks_status ks_groups_make(const struct ks_evidence_list *list, struct ks_groups *out);
void ks_groups_free(struct ks_groups *groups);

/* Whether a trace's ports hold one of this protocol. */
bool ks_trace_has(const struct ks_trace *trace, enum ks_proto proto);

#endif
