#include "knocks/attempts/pings.h"

#include <string.h>

#include "base/memory.h"
#include "knocks/attempts/tries.h"
#include "mining/sort.h"

#define RUN_PAUSE (3 * KS_SECOND) /* between the pings of a run at most */

enum { RUN = 3, ALWAYS = 60 };

/* Gathers all requests: eight marks at a time, most captures have few. */
static struct ks_status gather(const struct ks_log *log, uint32_t **events, size_t *n)
{
    const uint64_t request = UINT64_C(0x0101010101010101) * KS_MARK_REQUEST;
    size_t cap = 0;
    for (size_t i = 0; i < log->n; i += 8) {
        size_t end = i + 8 < log->n ? i + 8 : log->n;
        uint64_t marks = 0;
        memcpy(&marks, log->mark + i, end - i);
        for (size_t e = i; (marks & request) != 0 && e < end; e++)
            if ((log->mark[e] & KS_MARK_REQUEST) != 0) {
                if (!ks_reserve((void **)events, &cap, *n + 1, sizeof **events))
                    return ks_nomem("the ICMP requests");
                (*events)[(*n)++] = (uint32_t)e;
            }
    }
    return ks_ok();
}

static bool alike(const struct ks_log *log, uint32_t x, uint32_t y)
{
    return log->source[x] == log->source[y] && log->target[x] == log->target[y] &&
           ks_item_narrow(log, x) == ks_item_narrow(log, y);
}

/* Marks what is left of n requests of one item between two hosts, in time order. */
static void choose(const struct ks_log *log, const uint32_t *events, const struct ks_keyed *of, size_t n,
                   bool *kept)
{
    size_t runs = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n; end++)
            if (log->time[events[of[end].value]] - log->time[events[of[end - 1].value]] > RUN_PAUSE)
                break;
        for (size_t k = i; k < (end - i < RUN ? end : i + 1); k++)
            kept[of[k].value] = true;
        runs++;
    }
    for (size_t i = 0; i < n && runs > ALWAYS; i++)
        kept[of[i].value] = false;
}

static struct ks_status thin(const struct ks_log *log, uint32_t *events, size_t *n)
{
    struct ks_keyed *by = ks_alloc(2 * *n, sizeof *by);
    bool *kept = ks_zalloc(*n, sizeof *kept);
    if (by == NULL || kept == NULL) {
        ks_free(by);
        ks_free(kept);
        return ks_nomem("the ICMP requests");
    }
    for (size_t i = 0; i < *n; i++)
        by[i] = (struct ks_keyed){ks_item_narrow(log, events[i]), (uint32_t)i};
    ks_radix_sort(by, by + *n, *n, NULL);
    for (size_t i = 0; i < *n; i++)
        by[i].key = (uint64_t)log->source[events[by[i].value]] << 32 | log->target[events[by[i].value]];
    ks_radix_sort(by, by + *n, *n, NULL);
    for (size_t i = 0, end; i < *n; i = end) {
        for (end = i + 1; end < *n && alike(log, events[by[i].value], events[by[end].value]); end++)
            ;
        choose(log, events, by + i, end - i, kept);
    }
    size_t left = 0;
    for (size_t i = 0; i < *n; i++)
        if (kept[i])
            events[left++] = events[i];
    *n = left;
    ks_free(by);
    ks_free(kept);
    return ks_ok();
}

struct ks_status ks_pings_find(const struct ks_log *log, uint32_t **events, size_t *n)
{
    *events = NULL;
    *n = 0;
    KS_TRY(gather(log, events, n));
    return *n > 0 ? thin(log, *events, n) : ks_ok();
}
