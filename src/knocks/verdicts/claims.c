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
            a->opened = false;
            a->opening = (struct ks_opening){0};
            lost = true;
        }
        done = !lost || count_again(c);
    }
    ks_free(claims.events);
    return done ? ks_ok() : ks_nomem("the openings");
}
