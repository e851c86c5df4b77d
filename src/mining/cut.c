/* From the event log to window sets: the windows of the stream's events, and the turn from "windows of events" to "windows of items". One pass
 * over the log, then counting and sorting of what it met, so time grows in step with events, and with what overlap adds. */
#include <string.h>

#include "base/memory.h"
#include "mining/overlap.h"
#include "mining/pick.h"

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

/* floor((t - t0)/ns), modulo 2^64: the true values span less than 2^64, so they stay distinct. */
static uint64_t slice_of(struct cut *c, int64_t time)
{
    int64_t since, ns = c->how->ns;
    __extension__ typedef __int128 wide;
    if (__builtin_sub_overflow(time, c->t0, &since)) {
        wide far = (wide)time - c->t0;
        wide q = far / ns;
        return (uint64_t)(far % ns < 0 ? q - 1 : q);
    }
    /* Most often that of the event before, which needs no division. */
    if (c->slice_known && since >= c->slice_from && (uint64_t)since - (uint64_t)c->slice_from < (uint64_t)ns)
        return c->slice_number;
    int64_t q = since / ns;
    q -= since % ns < 0;
    c->slice_number = (uint64_t)q;
    c->slice_known = !__builtin_mul_overflow(q, ns, &c->slice_from);
    return c->slice_number;
}

/* Whether `time` comes more than ns after `last`. */
static bool after_gap(int64_t time, int64_t last, int64_t ns)
{
    int64_t gap;
    if (__builtin_sub_overflow(time, last, &gap))
        return time > last;
    return gap > ns;
}

/* A group's next place in its stride: whether a window opens there, or, with NONE in *out, that it lies between windows. */
static bool step_stride(const struct ks_windowing *how, struct group *group)
{
    bool opens = group->phase == 0;
    if (group->phase >= how->size)
        group->window = NONE;
    if (++group->phase == how->stride)
        group->phase = 0;
    return opens;
}

/* The window of a group's slice, which may have been opened before another; *opens where it is new. */
static bool step_slice(struct cut *c, struct group *group, uint32_t g, int64_t time, bool *opens)
{
    uint64_t slice = slice_of(c, time);
    *opens = false;
    if (group->window != NONE && slice == group->slice)
        return true;
    struct ks_slot *slot = ks_map_at(&c->window_of, slice, g);
    if (slot == NULL)
        return ks_cut_fail(c, ks_nomem("the windows"));
    *opens = slot->value == NONE;
    if (*opens)
        slot->value = c->out->l; /* what ks_cut_open gives next */
    group->slice = slice;
    group->window = slot->value;
    return true;
}

/* The window of the stream's next event, without overlap; NONE for one between windows (stride > size). */
static bool next_window(struct cut *c, size_t event, uint32_t *out)
{
    uint32_t g;
    if (!ks_cut_group(c, event, &g))
        return false;
    struct group *group = &c->group[g];
    int64_t time = c->log->time[event];
    bool opens;
    if (c->how->cut == KS_CUT_COUNT)
        opens = step_stride(c->how, group);
    else if (c->how->cut == KS_CUT_SESSION)
        opens = group->window == NONE || after_gap(time, group->last, c->how->ns);
    else if (!step_slice(c, group, g, time, &opens))
        return false;
    if (opens && !ks_cut_open(c, event, &group->window))
        return false;
    group->last = time;
    *out = group->window;
    if (group->window != NONE)
        put_event(&c->out->window[group->window], time);
    return true;
}

/* The windows of a block of events, one by one. */
static bool windows_each(struct cut *c, const struct pick *pick, uint32_t *window)
{
    for (size_t i = 0; i < pick->n; i++)
        if (!next_window(c, pick->event[i], &window[i]))
            return false;
    return true;
}

static void put_run(struct ks_window *window, const int64_t *time, const uint32_t *event, size_t n)
{
    int64_t first = window->first, last = window->last;
    for (size_t i = 0; i < n; i++) {
        int64_t t = time[event[i]];
        first = t < first ? t : first;
        last = t > last ? t : last;
    }
    window->first = first;
    window->last = last;
    window->events += (uint32_t)n;
}

/* The same for windows of so many events of the whole capture: run by run. */
static bool windows_counted(struct cut *c, const struct pick *pick, uint32_t *window)
{
    uint32_t g;
    if (!ks_cut_group(c, pick->event[0], &g))
        return false;
    struct group *group = &c->group[g];
    for (size_t i = 0, run; i < pick->n; i += run) {
        uint64_t phase = group->phase, size = c->how->size;
        uint64_t left = (phase < size ? size : c->how->stride) - phase;
        run = left < pick->n - i ? (size_t)left : pick->n - i;
        if (phase == 0 && !ks_cut_open(c, pick->event[i], &group->window))
            return false;
        if (phase >= size)
            group->window = NONE;
        else
            put_run(&c->out->window[group->window], c->log->time, &pick->event[i], run);
        for (size_t k = i; k < i + run; k++)
            window[k] = group->window;
        group->phase = phase + run == c->how->stride ? 0 : phase + run;
    }
    return true;
}

/* ---- window sets of items ---- */

/* Notes which items a block meets in which windows, each once as far as the last window shows. */
static bool note(struct cut *c, const struct pick *pick, const uint32_t *window, uint32_t *latest)
{
    if (!ks_reserve((void **)&c->entry, &c->cap_entries, c->n_entries + pick->n, sizeof *c->entry))
        return ks_cut_fail(c, ks_nomem("the window sets"));
    struct entry *entry = c->entry;
    size_t n = c->n_entries;
    uint32_t before = *latest;
    bool ascending = true;
    for (size_t i = 0; i < pick->n; i++) {
        uint32_t place = pick->place[i], w = window[i];
        if (w == NONE) { /* between windows: it occurs */
            c->last[place] = c->last[place] == UNSEEN ? NONE : c->last[place];
            continue;
        }
        entry[n] = (struct entry){place, w};
        n += c->last[place] != w;
        c->last[place] = w;
        ascending = ascending && w >= before;
        before = w;
    }
    *latest = before;
    c->ascending = c->ascending && ascending;
    c->n_entries = n;
    return true;
}

/* The pass over the stream: windows, items, entries. */
static struct ks_status meet(struct cut *c)
{
    bool plain = c->how->cut == KS_CUT_COUNT && c->how->scope == KS_SCOPE_CAPTURE;
    struct pick pick;
    uint32_t window[PICK], latest = 0;
    c->ascending = true;
    while (ks_pick_next(c, &pick)) {
        if (c->out->t == 0)
            c->t0 = c->log->time[pick.event[0]];
        c->out->t += pick.n;
        if (!(plain ? windows_counted(c, &pick, window) : windows_each(c, &pick, window)))
            break;
        if (!c->counted && !note(c, &pick, window, &latest))
            break;
        for (size_t i = 0; i < pick.n && c->counted; i++)
            c->last[pick.place[i]] = NONE;
    }
    return c->status;
}

/* Sorts the entries by window, then leaves out those that are there twice. */
static struct ks_status sort_entries(struct cut *c)
{
    uint32_t l = c->out->l;
    size_t n = c->n_entries, *at = ks_zalloc((size_t)l + 1, sizeof *at);
    struct entry *sorted = ks_alloc(n, sizeof *sorted);
    if (at == NULL || sorted == NULL) {
        ks_free(at);
        ks_free(sorted);
        return ks_nomem("the window sets");
    }
    for (size_t i = 0; i < n; i++)
        at[c->entry[i].window + 1]++;
    for (uint32_t w = 0; w < l; w++)
        at[w + 1] += at[w];
    for (size_t i = 0; i < n; i++)
        sorted[at[c->entry[i].window]++] = c->entry[i];
    ks_free(at);
    ks_free(c->entry);
    c->entry = sorted;
    for (size_t i = 0; i < c->n_places; i++)
        c->last[i] = NONE;
    c->n_entries = 0;
    for (size_t i = 0; i < n; i++) {
        struct entry entry = sorted[i];
        sorted[c->n_entries] = entry;
        c->n_entries += c->last[entry.place] != entry.window;
        c->last[entry.place] = entry.window;
    }
    return ks_ok();
}

/* From entries in the order of the windows to the window set of each item. */
static struct ks_status gather(struct cut *c)
{
    struct ks_window_sets *out = c->out;
    size_t n = c->n_entries, *start = ks_zalloc((size_t)out->u + 1, sizeof *start), *cursor = ks_alloc(out->u, sizeof *cursor);
    out->start = start;
    out->windows = ks_alloc(n, sizeof *out->windows);
    if (start == NULL || cursor == NULL || out->windows == NULL) {
        ks_free(cursor);
        return ks_nomem("the window sets");
    }
    for (size_t i = 0; i < n; i++)
        start[c->number[c->entry[i].place] + 1]++;
    for (uint32_t x = 0; x < out->u; x++)
        start[x + 1] += start[x];
    memcpy(cursor, start, out->u * sizeof *cursor);
    for (size_t i = 0; i < n; i++)
        out->windows[cursor[c->number[c->entry[i].place]]++] = c->entry[i].window;
    ks_free(cursor);
    return ks_ok();
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
    bool overlap = c->how->cut == KS_CUT_COUNT && c->how->stride < c->how->size;
    KS_TRY(find_hosts(c));
    KS_TRY(ks_pick_start(c, overlap ? 2 : 1));
    if (overlap)
        return ks_cut_overlap(c);
    KS_TRY(meet(c));
    KS_TRY(ks_pick_number(c));
    if (c->counted)
        return ks_ok();
    if (!c->ascending)
        KS_TRY(sort_entries(c));
    return gather(c);
}

static struct ks_status cut(struct cut *c)
{
    *c->out = (struct ks_window_sets){0};
    c->status = ks_ok();
    struct ks_status status = make(c);
    ks_pick_end(c);
    ks_free(c->host);
    ks_free(c->group);
    ks_free(c->entry);
    ks_map_free(&c->group_of);
    ks_map_free(&c->window_of);
    if (ks_is_ok(status))
        summarise(c->how, c->out);
    else
        ks_window_sets_free(c->out);
    return status;
}

struct ks_status ks_window_sets_make(const struct ks_log *log, enum ks_items items, const struct ks_windowing *windowing,
                                     const struct ks_narrow *narrow, struct ks_progress *progress,
                                     struct ks_window_sets *out)
{
    struct cut c = {.log = log, .items = items, .how = windowing, .narrow = narrow, .progress = progress, .out = out};
    return cut(&c);
}

struct ks_status ks_window_sets_count(const struct ks_log *log, enum ks_items items, const struct ks_windowing *windowing,
                                      const struct ks_narrow *narrow, struct ks_progress *progress, struct ks_window_sets *out)
{
    struct cut c = {.log = log, .items = items, .how = windowing, .narrow = narrow, .progress = progress, .out = out, .counted = true};
    return cut(&c);
}
