/* Openings that two knocks claim. */
#include <stdlib.h>

#include "base/memory.h"
#include "knocks/verdicts/build.h"

struct claims {
    uint32_t *events;
    size_t n, cap;
};

static int by_number(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* The openings that the source of a one-shot knock uses itself, where the knock would stand. False: no
 * memory.
 */
static bool gather(const struct ks_log *log, const struct ks_cases *cases, struct claims *out)
{
    for (size_t i = 0; i < cases->n; i++) {
        const struct ks_case *c = &cases->at[i];
        if (c->knock.kind != KS_KNOCK_ONE_SHOT || ks_one_shot_by_chance(c) || ks_score(c) < KS_LINE_ONE_SHOT)
            continue;
        if (!ks_reserve((void **)&out->events, &out->cap, out->n + c->knock.n_activations,
                        sizeof *out->events))
            return false;
        for (size_t k = 0; k < c->knock.n_activations; k++) {
            const struct ks_activation *a = &c->knock.activations[k];
            if (a->n_sources == 1 && !a->opening.back && log->source[a->opening.event] == a->source)
                out->events[out->n++] = a->opening.event;
        }
    }
    if (out->n > 1)
        qsort(out->events, out->n, sizeof *out->events, by_number);
    return true;
}

/* Takes an activation's opening away where it is claimed and another source uses it. */
static bool takes(const struct ks_log *log, const struct claims *claims, const struct ks_activation *a)
{
    return a->opened && !a->opening.back && a->n_sources == 1 && log->source[a->opening.event] != a->source &&
           bsearch(&a->opening.event, claims->events, claims->n, sizeof *claims->events, by_number) != NULL;
}

/* What the knock opens without the openings that it lost. */
static bool count_again(struct ks_case *c)
{
    struct ks_knock *k = &c->knock;
    size_t opened = 0;
    k->n_opened = 0;
    for (size_t i = 0; i < k->n_activations; i++) {
        if (!k->activations[i].opened)
            continue;
        opened++;
        if (!ks_knock_add_opened(k, k->activations[i].opening.item))
            return false;
    }
    k->evidence.opened = (uint32_t)opened;
    c->door.hits = opened;
    if (2 * opened < k->n_activations || opened == 0) {
        c->door.weak = opened > 0;
        c->door.there = c->door.was_closed = c->door.closes = false;
        c->door_item = 0;
        c->door_udp = false;
    }
    return true;
}

static int by_event(const void *x, const void *y)
{
    const struct ks_opener *a = x, *b = y;
    if (a->event != b->event)
        return a->event < b->event ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

struct ks_opener *ks_openers(const struct ks_cases *cases, bool standing, size_t *n)
{
    size_t most = 0;
    for (size_t i = 0; i < cases->n; i++)
        most += cases->at[i].knock.kind == KS_KNOCK_RECURRING ? cases->at[i].knock.n_activations : 0;
    struct ks_opener *rows = ks_alloc(most, sizeof *rows);
    *n = 0;
    for (size_t i = 0; i < cases->n && rows != NULL; i++) {
        const struct ks_knock *k = &cases->at[i].knock;
        bool all = k->kind == KS_KNOCK_RECURRING && !(standing && k->verdict != NULL);
        for (size_t a = 0; all && a < k->n_activations; a++)
            if (k->activations[a].opened)
                rows[(*n)++] = (struct ks_opener){k->activations[a].opening.event, (uint32_t)i, (uint32_t)a};
    }
    if (*n > 1)
        qsort(rows, *n, sizeof *rows, by_event);
    return rows;
}

size_t ks_openers_from(const struct ks_opener *rows, size_t n, uint32_t event)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle].event < event)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void lose(struct ks_activation *a)
{
    a->opened = false;
    a->opening = (struct ks_opening){0};
}

bool ks_opens_as_usual(const struct ks_log *log, const struct ks_knock *k, size_t i, int64_t after)
{
    int64_t shortest = INT64_MAX, longest = -1;
    for (size_t j = 0; j < k->n_activations; j++) {
        const struct ks_activation *a = &k->activations[j];
        if (j == i || !a->opened)
            continue;
        int64_t other = log->time[a->opening.event] - log->time[a->events[a->n_events - 1]];
        shortest = other < shortest ? other : shortest;
        longest = other > longest ? other : longest;
    }
    return longest >= 0 && after >= shortest / 2 && after <= 2 * longest;
}

/* Whether what opens after activation number i comes as late as usual. */
static bool is_usual(const struct ks_log *log, const struct ks_knock *k, size_t i)
{
    const struct ks_activation *a = &k->activations[i];
    return ks_opens_as_usual(log, k, i, log->time[a->opening.event] - log->time[a->events[a->n_events - 1]]);
}

/* Whether the later of two knocks that claim an opening has it: its openings are the surer, or this one is as late as
 * usual for it alone. */
static bool is_later_ones(const struct ks_log *log, const struct ks_case *far, size_t far_at, const struct ks_case *near,
                          size_t near_at)
{
    if (!far->door.there || far->door.claim > near->door.claim)
        return true;
    return is_usual(log, &near->knock, near_at) && !is_usual(log, &far->knock, far_at);
}

/* Of two recurring knocks that claim an opening, the one whose activation lies between the other's and the
 * opening has it, where that is likelier: the other one closes what it opens, or comes before it.
 * False: no memory. */
static bool settle_rows(const struct ks_log *log, struct ks_cases *cases, const struct ks_opener *rows, size_t n,
                        bool *lost)
{
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && rows[end].event == rows[i].event; end++)
            ;
        for (size_t x = i; x < end; x++) {
            struct ks_case *far = &cases->at[rows[x].number];
            struct ks_activation *a = &far->knock.activations[rows[x].activation];
            for (size_t y = i; y < end && a->opened; y++) {
                const struct ks_case *near = &cases->at[rows[y].number];
                const struct ks_activation *b = &near->knock.activations[rows[y].activation];
                if (!b->opened || !near->door.there || b->source != a->source || b->target != a->target ||
                    b->time <= log->time[a->events[a->n_events - 1]] ||
                    !is_later_ones(log, far, rows[x].activation, near, rows[y].activation))
                    continue;
                lose(a);
                lost[rows[x].number] = true;
            }
        }
    }
    for (size_t i = 0; i < cases->n; i++)
        if (lost[i] && !count_again(&cases->at[i]))
            return false;
    return true;
}

/* The same for all. False: no memory. */
static bool settle_recurring(const struct ks_log *log, struct ks_cases *cases)
{
    size_t n;
    struct ks_opener *rows = ks_openers(cases, false, &n);
    bool *lost = ks_zalloc(cases->n + 1, sizeof *lost);
    bool done = rows != NULL && lost != NULL && settle_rows(log, cases, rows, n, lost);
    ks_free(rows);
    ks_free(lost);
    return done;
}

struct ks_status ks_claims_settle(const struct ks_log *log, struct ks_cases *cases)
{
    struct claims claims = {0};
    bool done = gather(log, cases, &claims);
    for (size_t i = 0; i < cases->n && claims.n > 0 && done; i++) {
        struct ks_case *c = &cases->at[i];
        bool lost = false;
        for (size_t k = 0; c->knock.kind == KS_KNOCK_RECURRING && k < c->knock.n_activations; k++) {
            struct ks_activation *a = &c->knock.activations[k];
            if (!takes(log, &claims, a))
                continue;
            lose(a);
            lost = true;
        }
        done = !lost || count_again(c);
    }
    ks_free(claims.events);
    done = done && settle_recurring(log, cases);
    return done ? ks_ok() : ks_nomem("the openings");
}
