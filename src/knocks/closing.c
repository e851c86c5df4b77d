/* Knocks that go with another one: that close what it opened, told by what they follow, and bursts around its
 * activations. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/build.h"

/* Whether b's ports are a's backwards. */
static bool backwards(const struct ks_case *a, const struct ks_case *b)
{
    size_t n = a->knock.n_ports;
    if (n != b->knock.n_ports || n < 2)
        return false;
    for (size_t j = 0; j < n; j++)
        if (a->items[j] != b->items[n - 1 - j])
            return false;
    return true;
}

/* After how many of b's activations the latest one of a by the same source at the same target had opened a
 * port, in `closed` how many of these ports were found closed again later. */
static size_t follows(const struct ks_log *log, const struct ks_case *a, const struct ks_case *b,
                      size_t *closed)
{
    size_t n = 0, k = 0, latest;
    *closed = 0;
    for (size_t i = 0; i < b->knock.n_activations; i++) {
        const struct ks_activation *y = &b->knock.activations[i];
        while (k < a->knock.n_activations && a->knock.activations[k].time < y->time)
            k++;
        for (latest = k; latest > 0; latest--) {
            const struct ks_activation *x = &a->knock.activations[latest - 1];
            if (x->target != y->target || x->source != y->source)
                continue;
            if (x->opened && log->time[x->opening.event] <= y->time) {
                n++;
                *closed += x->opening.closes;
            }
            break;
        }
    }
    return n;
}

static void name(char *out, size_t cap, const struct ks_knock *knock)
{
    char item[32];
    size_t at = 0;
    for (size_t j = 0; j < knock->n_ports && at + 24 < cap; j++)
        at += (size_t)snprintf(out + at, cap - at, "%s%s", j > 0 ? "," : "",
                               ks_item_format(item, sizeof item, knock->ports[j]));
}

void ks_closings_mark(const struct ks_log *log, struct ks_cases *cases)
{
    for (size_t i = 0; i < cases->n; i++)
        for (size_t k = 0; k < cases->n; k++) {
            struct ks_case *a = &cases->at[i], *b = &cases->at[k];
            size_t n = b->knock.n_activations, closed;
            if (a == b || !a->door.there || b->closes[0] != '\0' || a->closes[0] != '\0' ||
                b->knock.kind != KS_KNOCK_RECURRING ||
                a->knock.activations[0].time > b->knock.activations[0].time)
                continue;
            if (a->knock.kind == KS_KNOCK_ONE_SHOT &&
                (ks_one_shot_by_chance(a) || ks_score(a) < KS_LINE_ONE_SHOT))
                continue; /* what would be set aside takes nothing with it */
            bool back = backwards(a, b);
            if (!back && b->door.there)
                continue;
            size_t after = follows(log, a, b, &closed);
            if (after * 3 < 2 * n ||
                (!back && (closed * 2 < after || after * 3 < 2 * a->knock.n_activations)))
                continue;
            name(b->closes, sizeof b->closes, &a->knock);
            name(a->closed_by, sizeof a->closed_by, &b->knock);
        }
}

/* The standing recurring knock that opened the port by this event, or NULL. */
static const struct ks_knock *opener(const struct ks_cases *cases, uint32_t event)
{
    for (size_t i = 0; i < cases->n; i++) {
        const struct ks_knock *k = &cases->at[i].knock;
        for (size_t a = 0; k->kind == KS_KNOCK_RECURRING && k->verdict == NULL && a < k->n_activations; a++)
            if (k->activations[a].opened && k->activations[a].opening.event == event)
                return k;
    }
    return NULL;
}

struct ks_status ks_leftovers_mark(struct ks_cases *cases)
{
    char text[200], words[320];
    for (size_t i = 0; i < cases->n; i++) {
        struct ks_knock *k = &cases->at[i].knock;
        if (k->kind != KS_KNOCK_ONE_SHOT || k->verdict != NULL)
            continue;
        const struct ks_knock *other = NULL;
        size_t explained = 0;
        for (size_t a = 0; a < k->n_activations; a++) {
            const struct ks_knock *by = opener(cases, k->activations[a].opening.event);
            explained += by != NULL;
            other = by != NULL ? by : other;
        }
        if (other == NULL || explained * 5 < k->n_activations * 4)
            continue;
        name(text, sizeof text, other);
        snprintf(words, sizeof words, "attempts around the knock %s, which opens the same port each time",
                 text);
        k->verdict = ks_strdup(words);
        if (k->verdict == NULL)
            return ks_nomem("the reasons");
    }
    return ks_ok();
}
