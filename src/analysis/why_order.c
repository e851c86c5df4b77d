/* How far a sequence is to be found in the attempts, and where it breaks. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/why.h"
#include "base/memory.h"
#include "base/text.h"
#include "export/evidence.h"

/* One attempt of a source at a target. */
struct try {
    uint64_t pair; /* source << 32 | target */
    int64_t time;
    uint32_t event;
    uint8_t at; /* its place among the distinct items asked for; OTHER */
};

enum { OTHER = 255 };

static int by_pair(const void *x, const void *y)
{
    uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;
    return (a > b) - (a < b);
}

static int by_time(const void *x, const void *y)
{
    const struct try *a = x, *b = y;
    if (a->pair != b->pair)
        return a->pair < b->pair ? -1 : 1;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return (a->event > b->event) - (a->event < b->event);
}

static uint64_t pair_of(const struct ks_log *log, uint32_t event)
{
    return (uint64_t)log->source[event] << 32 | log->target[event];
}

/* The first place of an item in the sequence, or OTHER. */
static uint8_t place(const ks_item *items, size_t n, ks_item item)
{
    for (size_t i = 0; i < n; i++)
        if (items[i] == item)
            return (uint8_t)i;
    return OTHER;
}

/* What is looked through: the attempts, and the ICMP requests where one is asked for. NULL when out of memory. */
static uint32_t *stream_of(const struct ks_log *log, const ks_item *items, size_t n, size_t *n_stream)
{
    size_t cap = 0;
    uint32_t *stream = NULL;
    bool icmp = false;
    for (size_t i = 0; i < n; i++)
        icmp = icmp || ks_item_proto(items[i]) >= KS_ICMP;
    *n_stream = log->n_attempts;
    if (!ks_reserve((void **)&stream, &cap, log->n_attempts + 1, sizeof *stream))
        return NULL;
    if (log->n_attempts > 0)
        memcpy(stream, log->attempts, log->n_attempts * sizeof *stream);
    if (!icmp)
        return stream;
    *n_stream = 0;
    for (size_t e = 0; e < log->n; e++) {
        if ((log->mark[e] & (KS_MARK_ATTEMPT | KS_MARK_AGAIN | KS_MARK_REQUEST)) == 0)
            continue;
        if (!ks_reserve((void **)&stream, &cap, *n_stream + 1, sizeof *stream)) {
            ks_free(stream);
            return NULL;
        }
        stream[(*n_stream)++] = (uint32_t)e;
    }
    return stream;
}

/* Distinct sources and targets that have to do with any of the items, ascending; NULL when out of memory. */
static uint64_t *pairs_of(const struct ks_log *log, const uint32_t *stream, size_t n_stream, const ks_item *items, size_t n,
                          struct ks_why_order *out, size_t *n_pairs)
{
    size_t many = 0, kept = 0;
    for (size_t i = 0; i < n_stream; i++)
        many += place(items, n, ks_event_item(log, stream[i])) != OTHER;
    uint64_t *pairs = ks_alloc(many, sizeof *pairs);
    if (pairs == NULL)
        return NULL;
    for (size_t i = 0, at = 0; i < n_stream; i++) {
        uint8_t where = place(items, n, ks_event_item(log, stream[i]));
        if (where == OTHER)
            continue;
        out->tried[where]++;
        pairs[at++] = pair_of(log, stream[i]);
    }
    for (size_t i = 0; i < n; i++)
        out->tried[i] = out->tried[place(items, n, items[i])]; /* of repeated items, too */
    if (many > 0)
        qsort(pairs, many, sizeof *pairs, by_pair);
    for (size_t i = 0; i < many; i++)
        if (i == 0 || pairs[i] != pairs[i - 1])
            pairs[kept++] = pairs[i];
    *n_pairs = kept;
    return pairs;
}

/* All attempts of these pairs by pair and time; NULL when out of memory. */
static struct try *tries_of(const struct ks_log *log, const uint32_t *stream, size_t n_stream, const ks_item *items, size_t n,
                            const uint64_t *pairs, size_t n_pairs, size_t *n_tries)
{
    struct try *tries = NULL;
    size_t cap = 0;
    *n_tries = 0;
    if (!ks_reserve((void **)&tries, &cap, 1, sizeof *tries))
        return NULL;
    for (size_t i = 0; i < n_stream && n_pairs > 0; i++) {
        uint32_t e = stream[i];
        uint64_t pair = pair_of(log, e);
        if (bsearch(&pair, pairs, n_pairs, sizeof *pairs, by_pair) == NULL)
            continue;
        if (!ks_reserve((void **)&tries, &cap, *n_tries + 1, sizeof *tries)) {
            ks_free(tries);
            return NULL;
        }
        tries[(*n_tries)++] = (struct try){pair, log->time[e], e, place(items, n, ks_event_item(log, e))};
    }
    if (*n_tries > 0)
        qsort(tries, *n_tries, sizeof *tries, by_time);
    return tries;
}

/* One stretch of attempts without a long pause. */
static void follow(const struct try *tries, size_t n_tries, const ks_item *items, size_t n, struct ks_why_order *out)
{
    size_t k = 0, whole = 0;
    bool extra = false, seen[KS_MAX_LEN] = {false}, all = true;
    for (size_t i = 0; i < n_tries; i++) {
        uint8_t at = tries[i].at;
        if (at == OTHER) {
            extra = extra || k > 0;
            continue;
        }
        ks_item item = items[at];
        seen[at] = true;
        if (item == items[k]) {
            extra = extra && k > 0;
            k++;
        } else if (k == 0 || (item == items[k - 1] && !(k == 1 && extra))) {
            continue; /* not begun, or sent again */
        } else if (item == items[0]) {
            out->begun++;
            out->reached[k - 1]++;
            k = 1;
            extra = false;
        } else {
            out->begun++;
            out->reached[k - 1]++;
            k = 0;
        }
        if (k == n) {
            out->in_order++;
            out->extra += extra;
            whole++;
            k = 0;
        }
    }
    if (k > 0) {
        out->begun++;
        out->reached[k - 1]++;
    }
    for (size_t i = 0; i < n; i++)
        all = all && seen[place(items, n, items[i])];
    out->mixed += all && whole == 0;
}

struct ks_status ks_why_order(const struct ks_log *log, const ks_item *items, size_t n, int64_t gap, struct ks_why_order *out)
{
    size_t n_stream = 0, n_pairs = 0, n_tries = 0;
    *out = (struct ks_why_order){0};
    if (n < 2 || n > KS_MAX_LEN)
        return ks_fail(KS_USAGE, "a sequence has 2 to %d items", KS_MAX_LEN);
    if (gap <= 0)
        gap = INT64_C(600000000000);
    uint32_t *stream = stream_of(log, items, n, &n_stream);
    uint64_t *pairs = stream != NULL ? pairs_of(log, stream, n_stream, items, n, out, &n_pairs) : NULL;
    struct try *tries = pairs != NULL ? tries_of(log, stream, n_stream, items, n, pairs, n_pairs, &n_tries) : NULL;
    ks_free(stream);
    ks_free(pairs);
    if (tries == NULL)
        return ks_nomem("the sequence");
    for (size_t i = 0; i < n_tries;) {
        size_t end = i + 1;
        while (end < n_tries && tries[end].pair == tries[i].pair && tries[end].time - tries[end - 1].time <= gap)
            end++;
        follow(tries + i, end - i, items, n, out);
        i = end;
    }
    ks_free(tries);
    return ks_ok();
}

static const char *times(uint64_t n)
{
    return n == 1 ? "" : "s";
}

char *ks_why_order_text(char *out, size_t cap, const ks_item *items, size_t n, const struct ks_why_order *order)
{
    char item[40], count[32];
    size_t used = 0, most = 0;
    for (size_t i = 0; i < n; i++)
        if (order->tried[i] == 0) {
            snprintf(out, cap, "%s is never tried", ks_item_format(item, sizeof item, items[i]));
            return out;
        }
    if (order->in_order > 0) {
        snprintf(out, cap, "tried in this order %s time%s", ks_format_count(count, sizeof count, order->in_order), times(order->in_order));
        used = strlen(out);
        if (order->extra > 0)
            snprintf(out + used, cap - used, ", %s with other ports in between", ks_format_count(count, sizeof count, order->extra));
    } else if (order->mixed > 0) {
        snprintf(out, cap, "never tried in this order, but %s time%s in another", ks_format_count(count, sizeof count, order->mixed), times(order->mixed));
    } else {
        snprintf(out, cap, "never tried together by one source at one target");
    }
    used = strlen(out);
    for (size_t i = 0; i + 1 < n; i++)
        if (order->reached[i] > order->reached[most])
            most = i;
    if (order->begun > 0 && used < cap)
        snprintf(out + used, cap - used, "; begun and broken off %s time%s, most often before %s", ks_format_count(count, sizeof count, order->begun),
                 times(order->begun), ks_item_format(item, sizeof item, items[most + 1]));
    return out;
}
