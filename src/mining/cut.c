/* From the event log to window sets: which events take part, the number of each item, the windows of each event, and
 * the turn from "windows of events" to "windows of items". Everything is counting and hashing, so time grows in step
 * with events, and with what overlap adds. */
#include "mining/cut.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* The item's place for its number; NULL when out of memory. */
static uint32_t *number_at(struct cut *c, ks_item item)
{
    unsigned proto = (unsigned)(item >> 32);
    if (proto < 2)
        return &c->port[proto][item & 0xffff];
    struct ks_slot *slot = ks_map_at(&c->other, item, 0);
    return slot == NULL ? NULL : &slot->value;
}

struct ks_status ks_cut_cancelled(void)
{
    return ks_fail(KS_CANCELLED, "cutting windows was cancelled");
}

/* ---- items ---- */

static int compare_items(const void *a, const void *b)
{
    ks_item x = *(const ks_item *)a, y = *(const ks_item *)b;
    return (x > y) - (x < y);
}

/* Gives the items that occur their numbers, ascending with their codes. */
static struct ks_status number_items(struct cut *c)
{
    struct ks_window_sets *out = c->out;
    size_t n = c->other.n;
    for (unsigned p = 0; p < 2; p++)
        for (uint32_t i = 0; i < 65536; i++)
            n += c->port[p][i] != NONE;
    if (n >= NONE)
        return ks_fail(KS_LIMIT, "more than 2^32 - 2 distinct items");
    out->items = ks_alloc(n, sizeof *out->items);
    if (out->items == NULL)
        return ks_nomem("the items");
    uint32_t u = 0;
    for (unsigned p = 0; p < 2; p++)
        for (uint32_t i = 0; i < 65536; i++)
            if (c->port[p][i] != NONE) {
                c->port[p][i] = u;
                out->items[u++] = (ks_item)p << 32 | i;
            }
    uint32_t ports = u;
    for (size_t i = 0; i < c->other.cap; i++)
        if (c->other.slot[i].value != NONE)
            out->items[u++] = c->other.slot[i].a;
    qsort(out->items + ports, u - ports, sizeof *out->items, compare_items);
    for (uint32_t i = ports; i < u; i++)
        ks_map_get(&c->other, out->items[i], 0)->value = i;
    out->u = u;
    return ks_ok();
}

/* First pass: which items occur, how many events there are, when the first one was. */
static struct ks_status find_items(struct cut *c)
{
    for (unsigned p = 0; p < 2; p++) {
        c->port[p] = ks_alloc(65536, sizeof *c->port[p]);
        if (c->port[p] == NULL)
            return ks_nomem("the items");
        memset(c->port[p], 0xff, 65536 * sizeof *c->port[p]);
    }
    for (size_t e = 0; e < c->log->n; e++) {
        ks_item item;
        if (paused_cancelled(c, e))
            return ks_cut_cancelled();
        if (!in_stream(c, e, &item))
            continue;
        uint32_t *place = number_at(c, item);
        if (place == NULL)
            return ks_nomem("the items");
        *place = 0;
        if (c->out->t++ == 0)
            c->t0 = c->log->time[e];
    }
    c->work += c->log->n;
    return number_items(c);
}

static struct ks_status find_hosts(struct cut *c)
{
    if (c->narrow == NULL || !c->narrow->by_host)
        return ks_ok();
    c->host = ks_zalloc(c->log->n_hosts, sizeof *c->host);
    if (c->host == NULL)
        return ks_nomem("the hosts");
    const struct ks_address *want = &c->narrow->host;
    size_t bytes = want->version == 4 ? 4 : 16;
    for (size_t i = 0; i < c->log->n_hosts; i++) {
        const struct ks_address *host = &c->log->hosts[i];
        c->host[i] = host->version == want->version && memcmp(host->bytes, want->bytes, bytes) == 0;
    }
    return ks_ok();
}

/* ---- windows ---- */

struct ks_status ks_cut_open(struct cut *c, size_t event, uint32_t *out)
{
    struct ks_window_sets *sets = c->out;
    if (sets->l >= INT32_MAX)
        return ks_fail(KS_LIMIT, "more than 2^31 - 1 windows: use larger ones");
    if (!ks_reserve((void **)&sets->window, &c->cap_windows, (size_t)sets->l + 1, sizeof *sets->window))
        return ks_nomem("the windows");
    int64_t time = c->log->time[event];
    sets->window[sets->l] = (struct ks_window){.first = time, .last = time, .event = (uint32_t)event};
    *out = sets->l++;
    return ks_ok();
}

struct ks_status ks_cut_group(struct cut *c, size_t event, uint32_t *out)
{
    uint64_t key = 0;
    if (c->how->scope != KS_SCOPE_CAPTURE)
        key = c->log->target[event];
    if (c->how->scope == KS_SCOPE_PAIR)
        key |= (uint64_t)c->log->source[event] << 32;
    if (c->n_groups > 0 && key == c->group_key) {
        *out = c->group_last;
        return ks_ok();
    }
    struct ks_slot *slot = ks_map_at(&c->group_of, key, 0);
    if (slot == NULL || !ks_reserve((void **)&c->group, &c->cap_groups, c->n_groups + 1, sizeof *c->group))
        return ks_nomem("the groups of windows");
    if (slot->value == NONE) {
        c->group[c->n_groups] = (struct group){.window = NONE};
        slot->value = (uint32_t)c->n_groups++;
    }
    c->group_key = key;
    c->group_last = *out = slot->value;
    return ks_ok();
}

/* floor((t - t0)/ns), modulo 2^64: the true values span less than 2^64, so they stay distinct. */
static uint64_t slice_of(const struct cut *c, int64_t time)
{
    int64_t since;
    __extension__ typedef __int128 wide;
    if (!__builtin_sub_overflow(time, c->t0, &since)) {
        int64_t q = since / c->how->ns;
        return (uint64_t)(since % c->how->ns < 0 ? q - 1 : q);
    }
    wide far = (wide)time - c->t0;
    wide q = far / c->how->ns;
    return (uint64_t)(far % c->how->ns < 0 ? q - 1 : q);
}

/* Whether `time` comes more than ns after `last`. */
static bool after_gap(int64_t time, int64_t last, int64_t ns)
{
    int64_t gap;
    if (__builtin_sub_overflow(time, last, &gap))
        return time > last;
    return gap > ns;
}

/* The window of the stream's next event, without overlap; NONE for one between windows (stride > size). */
static struct ks_status next_window(struct cut *c, size_t event, uint32_t *out)
{
    uint32_t g;
    KS_TRY(ks_cut_group(c, event, &g));
    struct group *group = &c->group[g];
    int64_t time = c->log->time[event];
    bool opens = group->window == NONE;
    if (c->how->cut == KS_CUT_COUNT) {
        uint64_t at = group->count % c->how->stride;
        opens = at == 0;
        if (at >= c->how->size) {
            group->count++;
            *out = NONE;
            return ks_ok();
        }
    } else if (c->how->cut == KS_CUT_SESSION) {
        opens = opens || after_gap(time, group->last, c->how->ns);
    } else {
        uint64_t slice = slice_of(c, time);
        if (opens || slice != group->slice) {
            struct ks_slot *slot = ks_map_at(&c->window_of, slice, g);
            if (slot == NULL)
                return ks_nomem("the windows");
            opens = slot->value == NONE;
            if (opens)
                slot->value = c->out->l; /* what open_window gives below */
            group->slice = slice;
            group->window = slot->value;
        }
    }
    if (opens)
        KS_TRY(ks_cut_open(c, event, &group->window));
    group->count++;
    group->last = time;
    *out = group->window;
    put_event(&c->out->window[group->window], time);
    return ks_ok();
}

/* Second pass: the window of every event of the stream. */
static struct ks_status find_windows(struct cut *c)
{
    c->of = ks_alloc(c->out->t, sizeof *c->of);
    if (c->of == NULL)
        return ks_nomem("the windows");
    c->ascending = true;
    uint64_t n = 0;
    uint32_t last = 0;
    for (size_t e = 0; e < c->log->n; e++) {
        ks_item item;
        if (paused_cancelled(c, e))
            return ks_cut_cancelled();
        if (!in_stream(c, e, &item))
            continue;
        KS_TRY(next_window(c, e, &c->of[n]));
        if (c->of[n] != NONE) {
            c->ascending = c->ascending && c->of[n] >= last;
            last = c->of[n];
        }
        n++;
    }
    c->work += c->log->n;
    return ks_ok();
}

/* ---- window sets of items ---- */

static inline void collect(struct collector *k, uint32_t item, uint32_t window)
{
    if (k->last[item] == window)
        return;
    k->last[item] = window;
    if (k->cursor == NULL)
        k->out->start[item + 1]++;
    else
        k->out->windows[k->cursor[item]++] = window;
}

struct ks_status ks_collector_begin(struct collector *k, struct ks_window_sets *out)
{
    *k = (struct collector){.out = out, .last = ks_alloc(out->u, sizeof *k->last)};
    out->start = ks_zalloc((size_t)out->u + 1, sizeof *out->start);
    if (k->last == NULL || out->start == NULL)
        return ks_nomem("the window sets");
    memset(k->last, 0xff, out->u * sizeof *k->last);
    return ks_ok();
}

struct ks_status ks_collector_turn(struct collector *k)
{
    struct ks_window_sets *out = k->out;
    for (uint32_t i = 0; i < out->u; i++)
        out->start[i + 1] += out->start[i];
    out->windows = ks_alloc(out->start[out->u], sizeof *out->windows);
    k->cursor = ks_alloc(out->u, sizeof *k->cursor);
    if (out->windows == NULL || k->cursor == NULL)
        return ks_nomem("the window sets");
    memcpy(k->cursor, out->start, out->u * sizeof *k->cursor);
    memset(k->last, 0xff, out->u * sizeof *k->last);
    return ks_ok();
}

void ks_collector_end(struct collector *k)
{
    ks_free(k->last);
    ks_free(k->cursor);
}

/* One round over events whose windows ascend. */
static struct ks_status round_ascending(struct cut *c, struct collector *k)
{
    uint64_t n = 0;
    for (size_t e = 0; e < c->log->n; e++) {
        ks_item item;
        if (paused_cancelled(c, e))
            return ks_cut_cancelled();
        if (!in_stream(c, e, &item))
            continue;
        uint32_t window = c->of[n++];
        if (window != NONE)
            collect(k, number_of(c, item), window);
    }
    c->work += c->log->n;
    return ks_ok();
}

/* The items of each window's events, window by window: a counting sort of the stream. */
static struct ks_status sort_by_window(struct cut *c, uint32_t **items)
{
    const struct ks_window_sets *out = c->out;
    size_t *place = ks_alloc((size_t)out->l + 1, sizeof *place);
    *items = ks_alloc(out->t, sizeof **items);
    if (place == NULL || *items == NULL) {
        ks_free(place);
        return ks_nomem("the window sets");
    }
    place[0] = 0;
    for (uint32_t w = 0; w < out->l; w++)
        place[w + 1] = place[w] + out->window[w].events;
    uint64_t n = 0;
    struct ks_status status = ks_ok();
    for (size_t e = 0; e < c->log->n; e++) {
        ks_item item;
        if (paused_cancelled(c, e)) {
            status = ks_cut_cancelled();
            break;
        }
        if (!in_stream(c, e, &item))
            continue;
        uint32_t window = c->of[n++];
        if (window != NONE)
            (*items)[place[window]++] = number_of(c, item);
    }
    c->work += c->log->n;
    ks_free(place);
    return status;
}

static void round_sorted(const struct ks_window_sets *sets, const uint32_t *items, struct collector *k)
{
    size_t at = 0;
    for (uint32_t w = 0; w < sets->l; w++)
        for (uint32_t i = 0; i < sets->window[w].events; i++)
            collect(k, items[at++], w);
}

static struct ks_status gather(struct cut *c)
{
    struct collector k;
    uint32_t *items = NULL;
    struct ks_status status = ks_collector_begin(&k, c->out);
    if (ks_is_ok(status) && !c->ascending) {
        status = sort_by_window(c, &items);
        ks_free(c->of);
        c->of = NULL;
    }
    for (int round = 0; ks_is_ok(status) && round < 2; round++) {
        if (c->ascending)
            status = round_ascending(c, &k);
        else
            round_sorted(c->out, items, &k);
        if (ks_is_ok(status) && round == 0)
            status = ks_collector_turn(&k);
    }
    ks_free(items);
    ks_collector_end(&k);
    return status;
}

/* ---- all of it ---- */

/* The mean size of the windows, and whether they are equal. */
static void summarise(const struct ks_windowing *how, struct ks_window_sets *sets)
{
    double sum = 0;
    bool equal = how->cut == KS_CUT_COUNT;
    for (uint32_t w = 0; w < sets->l; w++) {
        sum += sets->window[w].events;
        if (sets->window[w].events != how->size && (w + 1 < sets->l || w == 0))
            equal = false;
    }
    sets->mean_events = sets->l > 0 ? sum / sets->l : 0;
    sets->equal_size = equal;
}

static struct ks_status make(struct cut *c)
{
    KS_TRY(find_hosts(c));
    KS_TRY(find_items(c));
    if (c->how->cut == KS_CUT_COUNT && c->how->stride < c->how->size)
        return ks_cut_overlap(c);
    KS_TRY(find_windows(c));
    return gather(c);
}

struct ks_status ks_window_sets_make(const struct ks_log *log, enum ks_items items, const struct ks_windowing *windowing,
                                     const struct ks_narrow *narrow, struct ks_progress *progress,
                                     struct ks_window_sets *out)
{
    *out = (struct ks_window_sets){0};
    struct cut c = {.log = log, .items = items, .how = windowing, .narrow = narrow, .progress = progress, .out = out};
    struct ks_status status = make(&c);
    ks_free(c.host);
    ks_free(c.port[0]);
    ks_free(c.port[1]);
    ks_free(c.group);
    ks_free(c.of);
    ks_map_free(&c.other);
    ks_map_free(&c.group_of);
    ks_map_free(&c.window_of);
    if (ks_is_ok(status))
        summarise(windowing, out);
    else
        ks_window_sets_free(out);
    return status;
}
