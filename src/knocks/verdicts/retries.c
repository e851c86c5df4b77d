/* Sequences that recur only because they are parts of knocks that were done once: tries that went wrong before
 * the one that opened a port, and what two knocks begin with. */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "knocks/verdicts/build.h"

/* An attempt of a one-shot knock that was done once. */
struct part {
    uint32_t event, number; /* of its case */
};

struct parts {
    struct part *at;
    size_t n, cap;
};

static int by_event(const void *x, const void *y)
{
    const struct part *a = x, *b = y;
    if (a->event != b->event)
        return a->event < b->event ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* Whether a one-shot knock stands, or would with a little more evidence. */
static bool may_stand(const struct ks_case *c)
{
    return c->knock.verdict == NULL || c->faint;
}

/* The attempts of all such one-shot knocks that were done once, by event. False: no memory. */
static bool gather(const struct ks_cases *cases, struct parts *out)
{
    for (size_t i = 0; i < cases->n; i++) {
        const struct ks_knock *k = &cases->at[i].knock;
        if (k->kind != KS_KNOCK_ONE_SHOT || !may_stand(&cases->at[i]) || k->n_activations != 1)
            continue;
        const struct ks_activation *a = &k->activations[0];
        if (!ks_reserve((void **)&out->at, &out->cap, out->n + a->n_events, sizeof *out->at))
            return false;
        for (size_t j = 0; j < a->n_events; j++)
            out->at[out->n++] = (struct part){a->events[j], (uint32_t)i};
    }
    if (out->n > 1)
        qsort(out->at, out->n, sizeof *out->at, by_event);
    return true;
}

/* Whether a recurring knock may be tries at one that opened a port once: one right after the other, by one
 * source, and nothing opened but after the last. */
static bool at_one_go(const struct ks_log *log, const struct ks_knock *k)
{
    if (k->kind != KS_KNOCK_RECURRING || k->verdict != NULL || k->n_activations < 2 ||
        k->n_activations > KS_TRIES_MOST)
        return false;
    for (size_t i = 0; i + 1 < k->n_activations; i++) {
        const struct ks_activation *a = &k->activations[i], *b = &k->activations[i + 1];
        if (a->opened || a->source != b->source || a->target != b->target || a->n_sources > 1 ||
            b->time - log->time[a->events[a->n_events - 1]] > KS_TRIES_APART)
            return false;
    }
    return true;
}

/* The one-shot knock that may stand and holds more than half of an activation's attempts, and opens the same or (where the
 * activation opens nothing) anything; NULL: there is none. */
static struct ks_case *holder(struct ks_cases *cases, const struct parts *parts, const struct ks_activation *a)
{
    struct ks_case *found = NULL;
    size_t n = 0;
    for (size_t i = 0; i < a->n_events; i++) {
        const struct part want = {a->events[i], 0};
        size_t low = 0, high = parts->n;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (by_event(&parts->at[middle], &want) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == parts->n || parts->at[low].event != a->events[i])
            continue;
        struct ks_case *c = &cases->at[parts->at[low].number]; /* they have no attempt in common */
        n = c == found ? n + 1 : 1;
        found = c;
    }
    if (2 * n <= a->n_events || (a->opened && a->opening.event != found->knock.activations[0].opening.event))
        return NULL;
    return may_stand(found) ? found : NULL;
}

/* Sets aside what is less, of a recurring knock that may be tries at one that opened a port once, and that one.
 * False: no memory. */
static bool mark_tries(const struct ks_log *log, struct ks_cases *cases, const struct parts *parts, struct ks_knock *k)
{
    char text[200], words[320];
    const struct ks_activation *last = &k->activations[k->n_activations - 1];
    struct ks_case *c = at_one_go(log, k) ? holder(cases, parts, last) : NULL;
    if (c == NULL)
        return true;
    struct ks_knock *once = &c->knock, *less = once->activations[0].n_events > last->n_events ? k : once;
    if (less == once && once->verdict != NULL)
        return true;
    if (less == k) { /* that it was tried before is the evidence that was wanting */
        ks_free(once->verdict);
        once->verdict = NULL;
        c->faint = false;
    }
    ks_knock_name(text, sizeof text, less == k ? once : k);
    snprintf(words, sizeof words, "tries at the knock %s, of which the last opened a port", text);
    less->verdict = ks_strdup(words);
    return less->verdict != NULL;
}

/* Whether a one-shot knock begins with an activation and goes on with as many attempts as that or more. */
static bool goes_on(const struct ks_activation *once, const struct ks_activation *a)
{
    if (once->n_events < 2 * a->n_events)
        return false;
    for (size_t i = 0; i < a->n_events; i++)
        if (once->events[i] != a->events[i])
            return false;
    return true;
}

/* Sets a recurring knock aside that is no more than what several knocks begin with, which were done once each.
 * False: no memory. */
static bool mark_beginning(struct ks_cases *cases, const struct parts *parts, struct ks_knock *k)
{
    char text[200], words[320];
    const struct ks_knock *first = NULL;
    if (k->kind != KS_KNOCK_RECURRING || k->verdict != NULL || k->n_activations > KS_TRIES_MOST)
        return true;
    for (size_t i = 0; i < k->n_activations; i++) {
        const struct ks_case *once = holder(cases, parts, &k->activations[i]);
        if (once == NULL || once->knock.verdict != NULL || !goes_on(&once->knock.activations[0], &k->activations[i]))
            return true;
        first = i == 0 ? &once->knock : first;
    }
    ks_knock_name(text, sizeof text, first);
    snprintf(words, sizeof words, "the beginning of the knock %s and of others, done once each", text);
    k->verdict = ks_strdup(words);
    return k->verdict != NULL;
}

struct ks_status ks_retries_mark(const struct ks_log *log, struct ks_cases *cases)
{
    struct parts parts = {0};
    bool done = gather(cases, &parts);
    for (size_t i = 0; i < cases->n && done; i++) {
        struct ks_knock *k = &cases->at[i].knock;
        done = mark_tries(log, cases, &parts, k) && mark_beginning(cases, &parts, k);
    }
    ks_free(parts.at);
    return done ? ks_ok() : ks_nomem("the reasons");
}
