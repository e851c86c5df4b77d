/* The search for knocks, from the log to the ranked list. */
#include "knocks/knocks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "knocks/allow.h"
#include "knocks/verdicts/build.h"
#include "stats/association.h"

enum { LISTED_ASIDE = 500 };

/* False-discovery rate over the sequences of one kind that were considered. */
static struct ks_status correct(struct ks_cases *cases, enum ks_knock_kind kind, uint64_t considered)
{
    double *ln_p = ks_alloc(3 * cases->n + 1, sizeof *ln_p);
    if (ln_p == NULL)
        return ks_nomem("the false-discovery rate");
    double *weight = ln_p + cases->n, *ln_q = weight + cases->n;
    size_t n = 0;
    for (size_t i = 0; i < cases->n; i++)
        if (cases->at[i].knock.kind == kind) {
            ln_p[n] = cases->at[i].knock.ln_p < 0 ? cases->at[i].knock.ln_p : 0;
            weight[n++] = 1;
        }
    double m = considered > n ? (double)considered : (double)n;
    struct ks_status status = n > 0 ? ks_benjamini_hochberg(ln_p, weight, n, m, ln_q) : ks_ok();
    size_t at = 0;
    for (size_t i = 0; i < cases->n && ks_is_ok(status); i++)
        if (cases->at[i].knock.kind == kind)
            cases->at[i].knock.ln_q = ln_q[at++];
    ks_free(ln_p);
    return status;
}

static int by_rank(const void *x, const void *y)
{
    const struct ks_knock *a = x, *b = y;
    if ((a->set_aside != NULL) != (b->set_aside != NULL))
        return a->set_aside != NULL ? 1 : -1;
    if (a->evidence.score != b->evidence.score)
        return a->evidence.score < b->evidence.score ? 1 : -1;
    if (a->ln_p != b->ln_p)
        return a->ln_p < b->ln_p ? -1 : 1;
    if (a->activations[0].time != b->activations[0].time)
        return a->activations[0].time < b->activations[0].time ? -1 : 1;
    return (a->activations[0].events[0] > b->activations[0].events[0]) -
           (a->activations[0].events[0] < b->activations[0].events[0]);
}

struct ks_status ks_knocks_allow(struct ks_knocks *knocks, const struct ks_log *log,
                                 const struct ks_allow *allow)
{
    for (size_t i = 0; i < knocks->n; i++) {
        struct ks_knock *k = &knocks->at[i];
        size_t entry = ks_allow_find(allow, log, k);
        struct ks_text reason = {0};
        char *words = NULL;
        if (entry != SIZE_MAX)
            ks_text_addf(&reason, "allow list: %s", ks_allow_entry(allow, entry).reason);
        if (reason.n > 0 || k->verdict != NULL)
            words = reason.failed ? NULL : ks_strdup(reason.n > 0 ? ks_text_get(&reason) : k->verdict);
        ks_text_free(&reason);
        if (words == NULL && (entry != SIZE_MAX || k->verdict != NULL))
            return ks_nomem("the reasons");
        ks_free(k->set_aside);
        k->set_aside = words;
    }
    qsort(knocks->at, knocks->n, sizeof *knocks->at, by_rank);
    for (knocks->standing = 0; knocks->standing < knocks->n; knocks->standing++)
        if (knocks->at[knocks->standing].set_aside != NULL)
            break;
    return ks_ok();
}

/* Judges every case and moves the knocks to the result. */
static struct ks_status judge_all(struct ks_hunt *hunt, struct ks_cases *cases, const struct ks_allow *allow,
                                  double gate, struct ks_knocks *out)
{
    out->at = ks_zalloc(cases->n + 1, sizeof *out->at);
    if (out->at == NULL)
        return ks_nomem("the knocks");
    for (size_t i = 0; i < cases->n; i++) {
        struct ks_case *c = &cases->at[i];
        KS_TRY(ks_judge(c, gate));
        if (c->knock.verdict == NULL && c->knock.kind == KS_KNOCK_RECURRING && ks_case_is_copied(c, hunt->t))
            KS_TRY(ks_judge_copied(c));
    }
    KS_TRY(ks_retries_mark(hunt->t->log, cases));
    KS_TRY(ks_leftovers_mark(hunt->t->log, cases));
    for (size_t i = 0; i < cases->n; i++) {
        out->at[out->n++] = cases->at[i].knock;
        cases->at[i].knock = (struct ks_knock){0};
    }
    return ks_knocks_allow(out, hunt->t->log, allow);
}

/* How many closed ports are tried too often for a knock's and are no services that many look for. */
static size_t tried_often(const struct ks_tries *t)
{
    size_t n = 0;
    for (uint32_t p = 0; p < t->n_places; p++) {
        const struct ks_place *place = &t->places[p];
        n += place->fresh > KS_TOO_OFTEN && place->open == 0 && !place->busy && !place->sought;
    }
    return n;
}

/* Says what is not listed. KS_NOMEM. */
static struct ks_status announce(const struct ks_hunt *hunt, const struct ks_shots *shots, struct ks_knocks *out)
{
    struct ks_text limit = {0};
    char count[32];
    if (hunt->goals_cut > 0)
        ks_text_addf(
            &limit,
            "at %zu target%s not every pair of ports that recurs was followed up to its end (the strongest come first)",
            hunt->goals_cut, hunt->goals_cut == 1 ? "" : "s");
    if (hunt->sought > 0)
        ks_text_addf(&limit, "%s%s pairs of services, or of ports that many hosts try in vain, were not followed up",
                     limit.n > 0 ? "; " : "", ks_format_count(count, sizeof count, hunt->sought));
    size_t often = tried_often(hunt->t);
    if (often > 0)
        ks_text_addf(&limit, "%s%zu port%s tried more than %d times at a target %s taken for a knock's",
                     limit.n > 0 ? "; " : "", often, often == 1 ? "" : "s", KS_TOO_OFTEN, often == 1 ? "is not" : "are not");
    if (shots->cut > 0)
        ks_text_addf(&limit, "%sbefore %zu opening%s not all the sources that tried other ports were looked at",
                     limit.n > 0 ? "; " : "", shots->cut, shots->cut == 1 ? "" : "s");
    if (out->n > out->standing + LISTED_ASIDE) {
        size_t cut = out->n - out->standing - LISTED_ASIDE;
        for (size_t i = out->n - cut; i < out->n; i++)
            ks_knock_free(&out->at[i]);
        out->n -= cut;
        ks_text_addf(&limit, "%s%s more sequences are set aside", limit.n > 0 ? "; " : "",
                     ks_format_count(count, sizeof count, cut));
    }
    bool failed = limit.failed;
    snprintf(out->limit, sizeof out->limit, "%s", ks_text_get(&limit));
    ks_text_free(&limit);
    return failed ? ks_nomem("the note of what is not listed") : ks_ok();
}

/* How much work on recurring sequences takes less than reading so many packets did. */
static uint64_t work_for(size_t n)
{
    enum { LEAST = 100000, MOST = 300000 };
    uint64_t first = 12 * (uint64_t)n;
    return (first < LEAST ? LEAST : first > MOST ? MOST : first) + 4 * (uint64_t)n;
}

/* Whether a second thread is worth its while: starting it takes as long as hundreds of attempts do. */
static bool use_two(const struct ks_knock_options *options, size_t n)
{
    enum { LEAST = 2000 };
    return n >= LEAST && (options->threads > 1 || (options->threads == 0 && sysconf(_SC_NPROCESSORS_ONLN) > 1));
}

static struct ks_status find(const struct ks_log *log, const struct ks_narrow *narrow,
                             const struct ks_knock_options *options, const struct ks_allow *allow,
                             struct ks_progress *progress, struct ks_knocks *out)
{
    struct ks_tries tries = {0};
    struct ks_hunt hunt = {.t = &tries,
                           .gap = options->gap > 0 ? options->gap : 600 * KS_SECOND,
                           .follow = options->follow > 0 ? options->follow : 300 * KS_SECOND,
                           .progress = progress,
                           .two = use_two(options, log->n_attempts),
                           .work = work_for(log->n),
                           .spare = (uint64_t)log->n / 4};
    struct ks_cases cases = {0};
    struct ks_shots shots = {0};
    struct ks_status status = ks_tries_make(log, narrow, hunt.two, progress, &tries);
    if (ks_is_ok(status)) {
        hunt.used = ks_zalloc(tries.n + 1, sizeof *hunt.used);
        hunt.seen = ks_zalloc(tries.n_places + 1, sizeof *hunt.seen);
        hunt.held = ks_zalloc(tries.n_places + 1, sizeof *hunt.held);
        status = hunt.used == NULL || hunt.seen == NULL || hunt.held == NULL ? ks_nomem("the search")
                                                                             : ks_targets_seek(&hunt);
    }
    if (ks_is_ok(status))
        status = ks_cases_recurring(&hunt, &cases);
    if (ks_is_ok(status))
        status = ks_shots_find(&hunt, &shots);
    if (ks_is_ok(status))
        status = ks_cases_one_shot(&hunt, &shots, &cases);
    if (ks_is_ok(status))
        status = ks_cases_share_doors(&hunt, &cases);
    if (ks_is_ok(status))
        status = ks_cases_measure(log, &cases);
    if (ks_is_ok(status))
        status = ks_claims_settle(log, &cases);
    if (ks_is_ok(status))
        status = ks_cases_share_lost(&hunt, &cases);
    if (ks_is_ok(status))
        status = ks_closings_mark(log, &cases);
    out->candidates = hunt.considered + shots.n;
    if (ks_is_ok(status))
        status = correct(&cases, KS_KNOCK_RECURRING, hunt.considered);
    if (ks_is_ok(status))
        status = correct(&cases, KS_KNOCK_ONE_SHOT, 0);
    if (ks_is_ok(status))
        status = judge_all(&hunt, &cases, allow, options->q_gate > 0 ? options->q_gate : 0.05, out);
    if (ks_is_ok(status))
        status = ks_probes_list(&tries, out);
    if (ks_is_ok(status))
        status = announce(&hunt, &shots, out);
    ks_cases_free(&cases);
    ks_shots_free(&shots);
    ks_candidates_free(&hunt.found);
    ks_free(hunt.used);
    ks_free(hunt.seen);
    ks_free(hunt.held);
    ks_tries_free(&tries);
    return status;
}

struct ks_status ks_knocks_find(const struct ks_log *log, const struct ks_narrow *narrow,
                                const struct ks_knock_options *options, struct ks_progress *progress,
                                struct ks_knocks *out)
{
    *out = (struct ks_knocks){0};
    struct ks_knock_options none = {0};
    if (options == NULL)
        options = &none;
    struct ks_allow *allow = NULL;
    struct ks_status status =
        options->allow_path != NULL ? ks_allow_read(options->allow_path, true, &allow) : ks_ok();
    if (ks_is_ok(status))
        status = find(log, narrow, options, allow, progress, out);
    ks_allow_free(allow);
    if (!ks_is_ok(status))
        ks_knocks_free(out);
    return status;
}

void ks_knocks_free(struct ks_knocks *knocks)
{
    for (size_t i = 0; i < knocks->n; i++)
        ks_knock_free(&knocks->at[i]);
    ks_free(knocks->at);
    ks_free(knocks->scans);
    *knocks = (struct ks_knocks){0};
}
