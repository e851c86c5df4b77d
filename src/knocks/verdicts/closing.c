/* Knocks that go with another one: that close what it opened, told by what they follow, and bursts around its
 * activations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/verdicts/build.h"

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

/* An activation by its source and target. */
struct visit {
    uint32_t source, target;
    uint32_t number, activation; /* the case, and which of its activations */
};

static int by_hosts(const void *x, const void *y)
{
    const struct visit *a = x, *b = y;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->target != b->target)
        return a->target < b->target ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return (a->activation > b->activation) - (a->activation < b->activation);
}

/* Where a case's activations by one source at one target are: rows of `visits`. */
struct member {
    uint32_t number;
    size_t first, n;
    size_t group, group_end; /* the members of the same source and target */
};

/* All activations by source and target, so that a case is held only against those that share some with it. */
struct visits {
    struct visit *at;
    struct member *members; /* by source, target and case */
    size_t *of_case;        /* the members by case; those of case i begin at start[i] */
    size_t *start;          /* one more than there are cases */
    size_t n, n_members;
};

static void free_visits(struct visits *v)
{
    ks_free(v->at);
    ks_free(v->members);
    ks_free(v->of_case);
    ks_free(v->start);
}

/* The members of sorted visits. */
static void find_members(struct visits *v)
{
    size_t group = 0;
    for (size_t i = 0; i < v->n; i++) {
        const struct visit *x = &v->at[i], *before = i > 0 ? &v->at[i - 1] : NULL;
        bool same = before != NULL && before->source == x->source && before->target == x->target;
        if (!same)
            group = v->n_members;
        if (!same || before->number != x->number)
            v->members[v->n_members++] = (struct member){.number = x->number, .first = i, .group = group};
        v->members[v->n_members - 1].n++;
    }
    for (size_t i = v->n_members; i-- > 0;)
        v->members[i].group_end =
            i + 1 < v->n_members && v->members[i + 1].group == v->members[i].group ? v->members[i + 1].group_end : i + 1;
}

/* False: no memory. */
static bool make_visits(const struct ks_cases *cases, struct visits *v)
{
    for (size_t i = 0; i < cases->n; i++)
        v->n += cases->at[i].knock.n_activations;
    v->at = ks_alloc(v->n, sizeof *v->at);
    v->members = ks_alloc(v->n, sizeof *v->members);
    v->of_case = ks_alloc(v->n, sizeof *v->of_case);
    v->start = ks_zalloc(cases->n + 2, sizeof *v->start);
    if (v->at == NULL || v->members == NULL || v->of_case == NULL || v->start == NULL)
        return false;
    size_t n = 0;
    for (size_t i = 0; i < cases->n; i++)
        for (size_t k = 0; k < cases->at[i].knock.n_activations; k++) {
            const struct ks_activation *x = &cases->at[i].knock.activations[k];
            v->at[n++] = (struct visit){x->source, x->target, (uint32_t)i, (uint32_t)k};
        }
    if (n > 0)
        qsort(v->at, n, sizeof *v->at, by_hosts);
    find_members(v);
    for (size_t i = 0; i < v->n_members; i++)
        v->start[v->members[i].number + 2]++;
    for (size_t i = 2; i < cases->n + 2; i++)
        v->start[i] += v->start[i - 1];
    for (size_t i = 0; i < v->n_members; i++) /* start[i + 1] moves on to where case i ends */
        v->of_case[v->start[v->members[i].number + 1]++] = i;
    return true;
}

/* The latest of case a's activations by this source at this target before a time, or NULL. */
static const struct ks_activation *latest(const struct visits *v, const struct ks_case *a, size_t number,
                                          const struct ks_activation *y)
{
    const struct visit want = {.source = y->source, .target = y->target, .number = (uint32_t)number};
    size_t low = v->start[number], high = v->start[number + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct member *m = &v->members[v->of_case[middle]];
        int order = by_hosts(&(struct visit){v->at[m->first].source, v->at[m->first].target, m->number, 0}, &want);
        if (order == 0) {
            size_t from = 0, end = m->n; /* how many are before it */
            while (from < end) {
                size_t at = from + (end - from) / 2;
                if (a->knock.activations[v->at[m->first + at].activation].time < y->time)
                    from = at + 1;
                else
                    end = at;
            }
            return from > 0 ? &a->knock.activations[v->at[m->first + from - 1].activation] : NULL;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* After how many of b's activations the latest one of case a by the same source at the same target had opened
 * a port, in `closed` how many of these ports were found closed again later. */
static size_t follows(const struct ks_log *log, const struct visits *v, const struct ks_case *a, size_t number,
                      const struct ks_case *b, size_t *closed)
{
    size_t n = 0;
    *closed = 0;
    for (size_t i = 0; i < b->knock.n_activations; i++) {
        const struct ks_activation *y = &b->knock.activations[i], *x = latest(v, a, number, y);
        if (x != NULL && x->opened && log->time[x->opening.event] <= y->time) {
            n++;
            *closed += x->opening.closes;
        }
    }
    return n;
}

/* Says in both that b closes what a opens, where it does. */
static void mark_pair(const struct ks_log *log, const struct visits *v, size_t number, struct ks_case *a,
                      struct ks_case *b)
{
    size_t n = b->knock.n_activations, closed;
    bool back = backwards(a, b);
    if (!back && b->door.there)
        return;
    size_t after = follows(log, v, a, number, b, &closed);
    if (after * 3 < 2 * n || (!back && (closed * 2 < after || after * 3 < 2 * a->knock.n_activations)))
        return;
    ks_knock_name(b->closes, sizeof b->closes, &a->knock);
    ks_knock_name(a->closed_by, sizeof a->closed_by, &b->knock);
}

static int by_number(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

struct ks_status ks_closings_mark(const struct ks_log *log, struct ks_cases *cases)
{
    struct visits v = {0};
    uint32_t *others = ks_alloc(cases->n, sizeof *others), *seen = ks_zalloc(cases->n, sizeof *seen);
    bool done = others != NULL && seen != NULL && make_visits(cases, &v);
    for (size_t i = 0; i < cases->n && done; i++) {
        struct ks_case *a = &cases->at[i];
        size_t n = 0;
        if (!a->door.there || a->closes[0] != '\0')
            continue;
        if (a->knock.kind == KS_KNOCK_ONE_SHOT && (ks_one_shot_by_chance(a) || ks_score(a) < KS_LINE_ONE_SHOT))
            continue; /* what would be set aside takes nothing with it */
        for (size_t m = v.start[i]; m < v.start[i + 1]; m++) {
            const struct member *own = &v.members[v.of_case[m]];
            for (size_t k = own->group; k < own->group_end; k++) {
                uint32_t number = v.members[k].number;
                const struct ks_case *b = &cases->at[number];
                if (number == i || seen[number] == i + 1 || b->closes[0] != '\0' ||
                    b->knock.kind != KS_KNOCK_RECURRING ||
                    a->knock.activations[0].time > b->knock.activations[0].time)
                    continue;
                seen[number] = (uint32_t)i + 1;
                others[n++] = number;
            }
        }
        if (n > 1)
            qsort(others, n, sizeof *others, by_number);
        for (size_t k = 0; k < n; k++)
            mark_pair(log, &v, i, a, &cases->at[others[k]]);
    }
    free_visits(&v);
    ks_free(others);
    ks_free(seen);
    return done ? ks_ok() : ks_nomem("the knocks that close");
}

/* Whether the opening after x, of a one-shot knock, belongs to it rather than to the recurring knock's
 * activation y: its source uses what opened, the other one's does not. */
static bool is_own(const struct ks_log *log, const struct ks_activation *x, const struct ks_activation *y)
{
    uint32_t user = log->source[x->opening.event];
    return !x->opening.back && x->source == user && x->n_sources == 1 && y->source != user && y->n_sources == 1;
}

/* The first of them that opened the port after x, of a one-shot knock, or NULL. */
static const struct ks_knock *opener(const struct ks_log *log, const struct ks_cases *cases,
                                     const struct ks_opener *rows, size_t n, const struct ks_activation *x)
{
    for (size_t i = ks_openers_from(rows, n, x->opening.event); i < n && rows[i].event == x->opening.event; i++) {
        const struct ks_knock *k = &cases->at[rows[i].number].knock;
        if (!is_own(log, x, &k->activations[rows[i].activation]))
            return k;
    }
    return NULL;
}

/* Sets a one-shot knock aside where others open its ports. False: no memory. */
static bool leave_over(const struct ks_log *log, const struct ks_cases *cases, const struct ks_opener *rows, size_t n,
                       struct ks_knock *k)
{
    char text[200], words[320];
    const struct ks_knock *other = NULL;
    size_t explained = 0;
    for (size_t a = 0; a < k->n_activations; a++) {
        const struct ks_knock *by = opener(log, cases, rows, n, &k->activations[a]);
        explained += by != NULL;
        other = by != NULL ? by : other;
    }
    if (other == NULL || explained * 5 < k->n_activations * 4)
        return true;
    ks_knock_name(text, sizeof text, other);
    snprintf(words, sizeof words, "attempts around the knock %s, which opens the same port each time", text);
    k->verdict = ks_strdup(words);
    return k->verdict != NULL;
}

struct ks_status ks_leftovers_mark(const struct ks_log *log, struct ks_cases *cases)
{
    size_t n;
    struct ks_opener *rows = ks_openers(cases, true, &n);
    bool done = rows != NULL;
    for (size_t i = 0; i < cases->n && done; i++)
        if (cases->at[i].knock.kind == KS_KNOCK_ONE_SHOT && cases->at[i].knock.verdict == NULL)
            done = leave_over(log, cases, rows, n, &cases->at[i].knock);
    ks_free(rows);
    return done ? ks_ok() : ks_nomem("the reasons");
}
