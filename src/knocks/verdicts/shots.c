/* From bursts and the openings that follow them to cases: one for every target and opened port. */
#include <math.h>
#include <stdlib.h>

#include "base/memory.h"
#include "knocks/verdicts/build.h"
#include "knocks/bursts/burst.h"

#define UNLIKELY 0.01 /* what is less so by chance needs no other evidence */

static int by_value(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* Openings of the shots' port that no burst precedes: before the last shot, by the same sources or by others;
 * and long after it by the same. An open door may be used for several connections, not for all day: what goes
 * beyond that would be there without the bursts. */
static void other_openings(const struct ks_hunt *hunt, const struct ks_shot *shots, size_t n,
                           struct ks_case *c)
{
    enum { SEVERAL = 4 };
    const struct ks_tries *t = hunt->t;
    const struct ks_place *place = &t->places[shots[0].place];
    size_t next = 0, after = 0;
    int64_t excused = INT64_MIN;
    uint32_t pair = t->at[shots[0].opening].pair;
    for (uint32_t i = place->first; i < place->first + place->n; i++) {
        uint32_t number = t->by_place[i];
        const struct ks_try *x = &t->at[number];
        if (x->outcome != KS_OPEN)
            continue;
        while (next < n && shots[next].opening <= number) {
            excused = t->at[shots[next].opening].time + hunt->follow;
            pair = t->at[shots[next].opening].pair;
            next++;
        }
        if (x->time <= excused && x->pair == pair) {
            c->door.before += n > 1 && next < n && ++after > SEVERAL * next;
            continue;
        }
        if (next == n)
            c->later += x->pair == pair;
        else if (x->pair == pair)
            c->door.before++;
        else
            c->door.before_others++;
    }
}

/* Whether a burst has two ports that no ordinary client looks for. */
static bool has_secret(const struct ks_tries *t, const struct ks_shot *shot)
{
    size_t n = 0;
    for (size_t j = 0; j < shot->n; j++) {
        const struct ks_place *place = &t->places[t->at[shot->tries[j]].place];
        n += !place->registered && !place->sought &&
             (j == 0 || t->at[shot->tries[j]].place != t->at[shot->tries[j - 1]].place);
    }
    return n > 1;
}

/* What the bursts of one pair of hosts are together. */
struct of_pair {
    uint32_t pair;
    bool secret;  /* one of them has a secret */
    size_t steps; /* their attempts but one of each */
    size_t tries; /* their attempts */
};

static int by_pair(const void *x, const void *y)
{
    const struct of_pair *a = x, *b = y;
    return (a->pair > b->pair) - (a->pair < b->pair);
}

/* Gathers n shots by pair, ascending: *m rows, freed by ks_free; NULL: no memory. */
static struct of_pair *gather_pairs(const struct ks_tries *t, const struct ks_shot *shots, size_t n, size_t *m)
{
    struct of_pair *rows = ks_alloc(n, sizeof *rows);
    *m = 0;
    if (rows == NULL)
        return NULL;
    for (size_t k = 0; k < n; k++)
        rows[k] = (struct of_pair){shots[k].pair, has_secret(t, &shots[k]), shots[k].n - 1, shots[k].n};
    qsort(rows, n, sizeof *rows, by_pair);
    for (size_t k = 0; k < n; k++) {
        if (*m > 0 && rows[*m - 1].pair == rows[k].pair) {
            rows[*m - 1].secret |= rows[k].secret;
            rows[*m - 1].steps += rows[k].steps;
            rows[*m - 1].tries += rows[k].tries;
        } else {
            rows[(*m)++] = rows[k];
        }
    }
    return rows;
}

/* The row of a pair that is among them. */
static const struct of_pair *find_pair(const struct of_pair *rows, size_t m, uint32_t pair)
{
    size_t low = 0, high = m;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle].pair <= pair)
            low = middle;
        else
            high = middle;
    }
    return &rows[low];
}

/* ln of how likely openings, wherever they are, have attempts in vain so shortly before them, as often as the
 * same sources try in vain; the other attempts of a burst do not count. pairs: m rows of the shots. */
static double ln_precede(const struct ks_tries *t, const struct ks_shot *shots, size_t n, const struct of_pair *pairs,
                         size_t m)
{
    double sum = 0, whole = t->seconds < 300 ? 300 : t->seconds;
    for (size_t k = 0; k < n; k++) {
        size_t own = find_pair(pairs, m, shots[k].pair)->steps;
        double ends = shots[k].all > own ? (double)(shots[k].all - own) : 1;
        int64_t after = t->at[shots[k].opening].time - t->at[shots[k].tries[shots[k].n - 1]].time;
        sum += log(-expm1(-ends / whole * ((double)after / 1e9 + 0.05)));
    }
    return ks_combined_ln_p(n, sum);
}

/* The attempts in vain that a shot's source makes but for the group's other shots; pairs: m rows of these. */
static size_t others_in_vain(const struct ks_shot *shot, const struct of_pair *pairs, size_t m)
{
    size_t own = find_pair(pairs, m, shot->pair)->tries - shot->n;
    return shot->all > own + shot->n ? shot->all - own : shot->n;
}

/* Fills a case from n shots at one port of one target. */
static struct ks_status fill_one_shot(struct ks_hunt *hunt, const struct ks_shot *shots, size_t n,
                                      struct ks_case *c)
{
    const struct ks_tries *t = hunt->t;
    uint32_t place[KS_SHOT_MAX];
    for (size_t j = 0; j < shots[0].n; j++)
        place[j] = t->at[shots[0].tries[j]].place;
    uint32_t *pairs = ks_alloc(n * KS_SHOT_MAX, sizeof *pairs);
    size_t n_rows = 0;
    struct of_pair *rows = gather_pairs(t, shots, n, &n_rows);
    c->knock.activations = ks_zalloc(n, sizeof *c->knock.activations);
    bool failed =
        pairs == NULL || rows == NULL || c->knock.activations == NULL || !ks_case_set_ports(c, t, place, shots[0].n);
    size_t closed = 0, new = 0, n_pairs = 0;
    if (!shots[0].varying)
        other_openings(hunt, shots, n, c);
    double others = (double)c->door.before + c->later; /* the port is used without a burst, too */
    for (size_t k = 0; k < n && !failed; k++) {
        const struct ks_shot *shot = &shots[k];
        struct ks_activation *a = &c->knock.activations[k];
        failed = !ks_activation_set(a, t, shot->tries, shot->n);
        if (failed)
            break;
        c->knock.n_activations++;
        a->exact = true;
        ks_activation_set_opening(a, t, shot->opening, shot->back, t->at[shot->tries[shot->n - 1]].time);
        if (k == 0) /* the others may have other ports */
            ks_case_runs_on(c, t, shot->tries, shot->n);
        c->knock.ln_p += fmax(shot->ln_chance, others > 0 ? ks_burst_ln_soon(t, shot, others) : -INFINITY);
        closed += shot->was_closed;
        new += shot->is_new;
        c->ln_dense += shot->ln_dense / (double)n;
        c->ln_loosest = k == 0 ? shot->ln_dense : fmax(c->ln_loosest, shot->ln_dense);
        c->ln_alone += ks_burst_ln_dense(t, shot, others_in_vain(shot, rows, n_rows)) / (double)n;
        c->ln_reopens += shot->ln_reopens / (double)n;
        c->closed_again += shot->closed_again;
        c->apart += shot->apart;
        c->unused += !shot->back && !ks_try_sends(t, shot->opening);
        for (size_t j = 0; j < shot->n; j++)
            pairs[n_pairs++] = t->at[shot->tries[j]].pair;
        ks_door_history(t, shot->opening, &c->door);
        failed = !ks_knock_add_opened(&c->knock, ks_item_wide(t->places[shot->place].item));
    }
    double precede = n > 1 && !failed ? ln_precede(t, shots, n, rows, n_rows) : -INFINITY;
    struct ks_status status = failed ? ks_nomem("the one-shot knocks") : ks_ok();
    if (!failed) {
        c->knock.ln_p = fmax(ks_combined_ln_p(n, c->knock.ln_p), precede);
        if (c->knock.ln_p > log(UNLIKELY) && c->door.before == 0) { /* late doors may take turns with bursts */
            double turns = ks_bursts_ln_turns(t, shots, n) + log(2);
            c->knock.ln_p = turns < c->knock.ln_p ? turns : c->knock.ln_p;
        }
        c->door.there = true;
        c->door.place = shots[0].place;
        c->door.back = shots[0].back;
        c->door.others = shots[0].other;
        c->door.hits = n;
        c->door.was_closed = closed * 2 >= n;
        c->all_new = new == n;
        c->door.varying = shots[0].varying && n > 1;
        c->knock.one_time = n > 1;
        status = ks_case_summarise(c, t);
        c->knock.evidence.in_order = (uint32_t)n;
        c->knock.evidence.ln_mu = c->knock.ln_p;
        qsort(pairs, n_pairs, sizeof *pairs, by_value);
        ks_case_look_around(c, t, pairs, n_pairs);
    }
    ks_free(pairs);
    ks_free(rows);
    return status;
}

/* Shots at one port of one target, and how strong they are together. */
struct group {
    size_t first, n;
    double score;
};

static int stronger_group(const void *x, const void *y)
{
    const struct group *a = x, *b = y;
    if (a->score != b->score)
        return a->score < b->score ? 1 : -1;
    return (a->first > b->first) - (a->first < b->first);
}

/* Builds a case from the shots of a group whose attempts are not used yet, at the end of `out`; none where
 * none is left. */
static struct ks_status add_group(struct ks_hunt *hunt, const struct ks_shot *shots, size_t n,
                                  struct ks_shot *left, struct ks_cases *out)
{
    const struct ks_tries *t = hunt->t;
    size_t kept = 0;
    struct ks_case all = {0};
    if (!shots[0].varying)
        other_openings(hunt, shots, n, &all);
    bool mostly = all.door.before <= n; /* few openings without a burst: the port opens by them alone */
    bool secret = false;                /* some burst has ports that no ordinary client looks for: */
    size_t m;                           /* then those of sources without are left out */
    struct of_pair *pairs = gather_pairs(t, shots, n, &m);
    if (pairs == NULL)
        return ks_nomem("the one-shot knocks");
    for (size_t k = 0; k < m && !secret; k++)
        secret = pairs[k].secret;
    for (size_t k = 0; k < n; k++) {
        bool used = (!mostly && !shots[k].is_new && !shots[k].was_closed) ||
                    (secret && !find_pair(pairs, m, shots[k].pair)->secret);
        for (size_t j = 0; j < shots[k].n && !used; j++)
            used = hunt->used[shots[k].tries[j]];
        if (!used)
            left[kept++] = shots[k];
    }
    ks_free(pairs);
    if (kept == 0 || (shots[0].varying && kept < KS_SHOTS_VARYING))
        return ks_ok();
    struct ks_case *c = ks_case_new(out, KS_KNOCK_ONE_SHOT);
    return c == NULL ? ks_nomem("the one-shot knocks") : fill_one_shot(hunt, left, kept, c);
}

/* A group whose opening may be due to chance has no claim while there is another. */
static double group_score(const struct ks_case *c)
{
    return ks_score(c) - (ks_one_shot_by_chance(c) ? 100 : 0);
}

/* Scores every group by itself. */
static struct ks_status score_groups(struct ks_hunt *hunt, const struct ks_shots *shots, struct group *groups,
                                     size_t *n, struct ks_shot *left)
{
    struct ks_cases scratch = {0};
    struct ks_status status = ks_ok();
    *n = 0;
    for (size_t i = 0, end; i < shots->n && ks_is_ok(status); i = end) {
        const struct ks_shot *s = &shots->at[i];
        for (end = i; end < shots->n && ks_shots_together(s, &shots->at[end]); end++)
            ;
        status = add_group(hunt, s, end - i, left, &scratch);
        if (ks_is_ok(status) && scratch.n > 0)
            groups[(*n)++] =
                (struct group){.first = i, .n = end - i, .score = group_score(&scratch.at[scratch.n - 1])};
        ks_cases_free(&scratch);
    }
    return status;
}

struct ks_status ks_cases_one_shot(struct ks_hunt *hunt, const struct ks_shots *shots, struct ks_cases *out)
{
    struct group *groups = ks_alloc(shots->n + 1, sizeof *groups);
    struct ks_shot *left = ks_alloc(shots->n + 1, sizeof *left);
    size_t n = 0;
    struct ks_status status = groups == NULL || left == NULL ? ks_nomem("the one-shot knocks") : ks_ok();
    if (ks_is_ok(status))
        status = score_groups(hunt, shots, groups, &n, left);
    if (n > 0)
        qsort(groups, n, sizeof *groups, stronger_group);
    for (size_t g = 0; g < n && ks_is_ok(status); g++) {
        size_t before = out->n;
        status = add_group(hunt, &shots->at[groups[g].first], groups[g].n, left, out);
        for (size_t k = groups[g].first; k < groups[g].first + groups[g].n && out->n > before; k++)
            for (size_t j = 0; j < shots->at[k].n; j++)
                hunt->used[shots->at[k].tries[j]] = true;
    }
    ks_free(groups);
    ks_free(left);
    return status;
}
