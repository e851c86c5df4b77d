#include "analysis/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Something that is compared, with its events; sorted by key and then added up. */
struct tally {
    ks_item item;
    struct ks_address host;
    uint64_t events;
};

static int by_key(const void *x, const void *y)
{
    const struct tally *a = x, *b = y;
    if (a->item != b->item)
        return a->item < b->item ? -1 : 1;
    if (a->host.version != b->host.version)
        return a->host.version < b->host.version ? -1 : 1;
    return memcmp(a->host.bytes, b->host.bytes, sizeof a->host.bytes);
}

static int by_news(const void *x, const void *y)
{
    const struct ks_compared *a = x, *b = y;
    int kind_a = a->before == 0 ? 0 : a->now > 0 ? 1 : 2, kind_b = b->before == 0 ? 0 : b->now > 0 ? 1 : 2;
    uint64_t more_a = kind_a == 2 ? a->before : a->now, more_b = kind_b == 2 ? b->before : b->now;
    if (kind_a != kind_b)
        return kind_a - kind_b;
    if (more_a != more_b)
        return more_a > more_b ? -1 : 1;
    if (a->item != b->item)
        return a->item < b->item ? -1 : 1;
    if (a->host.version != b->host.version)
        return a->host.version < b->host.version ? -1 : 1;
    return memcmp(a->host.bytes, b->host.bytes, sizeof a->host.bytes);
}

void ks_compared_free(struct ks_compared_list *list)
{
    ks_free(list->at);
    *list = (struct ks_compared_list){0};
}

/* Two sorted tallies merged. */
static struct ks_status merge(const struct tally *before, size_t n, const struct tally *now, size_t m, struct ks_compared_list *out)
{
    out->at = ks_alloc(n + m, sizeof *out->at);
    if (out->at == NULL)
        return ks_nomem("the comparison");
    for (size_t i = 0, j = 0; i < n || j < m;) {
        int order = i == n ? 1 : j == m ? -1 : by_key(&before[i], &now[j]);
        const struct tally *t = order <= 0 ? &before[i] : &now[j];
        out->at[out->n++] = (struct ks_compared){t->item, t->host, order <= 0 ? before[i].events : 0, order >= 0 ? now[j].events : 0};
        out->n_new += order > 0;
        out->n_gone += order < 0;
        i += order <= 0;
        j += order >= 0;
    }
    if (out->n > 0)
        qsort(out->at, out->n, sizeof *out->at, by_news);
    return ks_ok();
}

static int by_item(const void *x, const void *y)
{
    ks_item a = *(const ks_item *)x, b = *(const ks_item *)y;
    return (a > b) - (a < b);
}

/* The items of a log with their events, ascending. */
static struct ks_status tally_items(const struct ks_log *log, enum ks_items kind, struct ks_progress *progress, struct tally **out, size_t *n)
{
    size_t many = 0, all = 0;
    for (size_t e = 0; e < log->n; e++)
        many += ks_item_in(log, e, kind);
    ks_item *items = ks_alloc(many, sizeof *items);
    if (items == NULL)
        return ks_nomem("the comparison");
    for (size_t e = 0; e < log->n; e++) {
        ks_item item;
        if (ks_item_of(log, e, kind, &item))
            items[all++] = item;
    }
    if (ks_cancelled(progress)) {
        ks_free(items);
        return ks_fail(KS_CANCELLED, "cancelled");
    }
    if (many > 0)
        qsort(items, many, sizeof *items, by_item);
    size_t distinct = 0;
    for (size_t i = 0; i < many; i++)
        distinct += i == 0 || items[i] != items[i - 1];
    *out = ks_zalloc(distinct, sizeof **out);
    for (size_t i = 0; *out != NULL && i < many; i++) {
        if (i == 0 || items[i] != items[i - 1])
            (*out)[(*n)++].item = items[i];
        (*out)[*n - 1].events++;
    }
    ks_free(items);
    return *out == NULL ? ks_nomem("the comparison") : ks_ok();
}

/* The hosts of a log with their events, ascending. */
static struct ks_status tally_hosts(const struct ks_log *log, struct tally **out, size_t *n)
{
    *out = ks_zalloc(log->n_hosts, sizeof **out);
    if (*out == NULL)
        return ks_nomem("the comparison");
    for (size_t i = 0; i < log->n_hosts; i++) {
        size_t len = log->hosts[i].version == 4 ? 4 : 16;
        (*out)[i].host.version = log->hosts[i].version;
        memcpy((*out)[i].host.bytes, log->hosts[i].bytes, len);
    }
    for (size_t e = 0; e < log->n; e++) {
        (*out)[log->source[e]].events++;
        if (log->target[e] != log->source[e])
            (*out)[log->target[e]].events++;
    }
    /* A host that only a message quotes has no events. */
    for (size_t i = 0; i < log->n_hosts; i++)
        if ((*out)[i].events > 0)
            (*out)[(*n)++] = (*out)[i];
    if (*n > 0)
        qsort(*out, *n, sizeof **out, by_key);
    return ks_ok();
}

struct ks_status ks_compare_items(const struct ks_log *before, const struct ks_log *now, enum ks_items kind, struct ks_progress *progress,
                                  struct ks_compared_list *out)
{
    struct tally *a = NULL, *b = NULL;
    size_t n = 0, m = 0;
    *out = (struct ks_compared_list){0};
    struct ks_status status = tally_items(before, kind, progress, &a, &n);
    if (ks_is_ok(status))
        status = tally_items(now, kind, progress, &b, &m);
    if (ks_is_ok(status))
        status = merge(a, n, b, m, out);
    ks_free(a);
    ks_free(b);
    return status;
}

struct ks_status ks_compare_hosts(const struct ks_log *before, const struct ks_log *now, struct ks_progress *progress,
                                  struct ks_compared_list *out)
{
    struct tally *a = NULL, *b = NULL;
    size_t n = 0, m = 0;
    *out = (struct ks_compared_list){0};
    struct ks_status status = tally_hosts(before, &a, &n);
    if (ks_is_ok(status))
        status = ks_cancelled(progress) ? ks_fail(KS_CANCELLED, "cancelled") : tally_hosts(now, &b, &m);
    if (ks_is_ok(status))
        status = merge(a, n, b, m, out);
    ks_free(a);
    ks_free(b);
    return status;
}

/* Whether a window is among an item's, by bisection. */
static bool holds(const struct ks_window_sets *sets, uint32_t item, uint32_t window)
{
    size_t low = sets->start[item], high = sets->start[item + 1];
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (sets->windows[mid] < window)
            low = mid + 1;
        else
            high = mid;
    }
    return low < sets->start[item + 1] && sets->windows[low] == window;
}

uint32_t ks_compare_together(const struct ks_mined *before, const ks_item *items, unsigned n)
{
    const struct ks_window_sets *sets = &before->sets;
    uint32_t number[KS_MAX_LEN], rarest = 0, count = 0;
    if (n == 0 || n > KS_MAX_LEN)
        return 0;
    for (unsigned i = 0; i < n; i++) {
        number[i] = ks_window_sets_find(sets, items[i]);
        if (number[i] == UINT32_MAX)
            return 0;
        if (ks_window_sets_n(sets, number[i]) < ks_window_sets_n(sets, number[rarest]))
            rarest = i;
    }
    for (size_t w = sets->start[number[rarest]]; w < sets->start[number[rarest] + 1]; w++) {
        bool all = true;
        for (unsigned i = 0; i < n && all; i++)
            all = i == rarest || holds(sets, number[i], sets->windows[w]);
        count += all;
    }
    return count;
}

void ks_new_rules_free(struct ks_new_rules *rules)
{
    ks_free(rules->at);
    *rules = (struct ks_new_rules){0};
}

struct ks_status ks_compare_rules(const struct ks_mined *before, struct ks_rules *now, uint64_t most, struct ks_progress *progress,
                                  struct ks_new_rules *out)
{
    struct ks_rule rule;
    *out = (struct ks_new_rules){.at = ks_alloc(KS_NEW_RULES, sizeof *out->at)};
    if (out->at == NULL)
        return ks_nomem("the comparison");
    for (; out->looked < most && ks_ranking_row(now->ranking, out->looked, &rule); out->looked++) {
        struct ks_new_rule found = {.n_if = rule.n_if, .n_then = rule.n_then, .counts = rule.counts, .row = out->looked};
        unsigned n = (unsigned)rule.n_if + rule.n_then;
        if (out->looked % 1024 == 0 && ks_cancelled(progress))
            return ks_fail(KS_CANCELLED, "cancelled");
        for (unsigned i = 0; i < n; i++)
            found.items[i] = now->mined->sets.items[rule.items[i]];
        if (ks_compare_together(before, found.items, n) > 0)
            continue;
        out->n_new++;
        if (out->n < KS_NEW_RULES)
            out->at[out->n++] = found;
    }
    return ks_ok();
}

const struct ks_knock *ks_compare_knock(const struct ks_knocks *before, const struct ks_knock *knock)
{
    for (size_t i = 0; i < before->n; i++) {
        const struct ks_knock *k = &before->at[i];
        if (k->n_ports == knock->n_ports && memcmp(k->ports, knock->ports, k->n_ports * sizeof *k->ports) == 0)
            return k;
    }
    return NULL;
}
