#include "export/groups.h"

#include <stdlib.h>

#include "base/memory.h"

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_hosts(const struct ks_trace *a, const struct ks_trace *b)
{
    int order = compare_u64(a->target, b->target);
    if (order == 0)
        order = compare_u64(a->n_sources, b->n_sources);
    for (size_t i = 0; i < a->n_sources && order == 0; i++)
        order = compare_u64(a->sources[i], b->sources[i]);
    if (order == 0)
        order = compare_u64(a->n_ports, b->n_ports);
    for (size_t i = 0; i < a->n_ports && order == 0; i++)
        order = compare_u64(a->ports[i], b->ports[i]);
    return order != 0 ? order : compare_u64(a->unreachable, b->unreachable);
}

static int compare_traces(const void *a, const void *b)
{
    const struct ks_trace *const *x = a, *const *y = b;
    int order = compare_hosts(*x, *y);
    if (order == 0)
        order = ((*x)->from > (*y)->from) - ((*x)->from < (*y)->from);
    return order != 0 ? order : (*x > *y) - (*x < *y);
}

struct ks_status ks_groups_make(const struct ks_evidence_list *list, struct ks_groups *out)
{
    *out = (struct ks_groups){0};
    if (list->n_traces > KS_FILTER_TRACES_MAX)
        return ks_fail(KS_USAGE,
                       "%zu activations are too many for a filter (%d at most): choose fewer knocks",
                       list->n_traces, KS_FILTER_TRACES_MAX);
    out->members = ks_alloc(list->n_traces, sizeof *out->members);
    out->start = ks_alloc(list->n_traces + 1, sizeof *out->start);
    if (out->members == NULL || out->start == NULL)
        return ks_nomem("a filter");
    for (size_t i = 0; i < list->n_traces; i++)
        out->members[i] = &list->traces[i];
    if (list->n_traces > 0)
        qsort(out->members, list->n_traces, sizeof *out->members, compare_traces);
    for (size_t i = 0; i < list->n_traces; i++)
        if (i == 0 || compare_hosts(out->members[i - 1], out->members[i]) != 0)
            out->start[out->n++] = i;
    out->start[out->n] = list->n_traces;
    return ks_ok();
}

void ks_groups_free(struct ks_groups *groups)
{
    ks_free(groups->members);
    ks_free(groups->start);
    *groups = (struct ks_groups){0};
}

bool ks_trace_has(const struct ks_trace *trace, enum ks_proto proto)
{
    for (size_t i = 0; i < trace->n_ports; i++)
        if (ks_item_proto(trace->ports[i]) == proto)
            return true;
    return false;
}
