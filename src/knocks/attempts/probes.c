/* Probes: what a port scanner sends from one source port. They are
 * taken out before anything else is looked for, so that a knock before, after or between them stands alone.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "knocks/knocks.h"
#include "knocks/attempts/tries.h"

enum { SPORTS = 65536, PROBES = 20, NEXT = 8, LISTED = 100 };
#define PAUSE (2 * KS_SECOND) /* between two probes of a scan at most */

/* The probes that came last from one source port. */
struct run {
    int64_t time;       /* of the last one */
    uint32_t number, n; /* of the run; different ports in it */
    uint32_t last;      /* try, or KS_NONE */
    uint16_t sport;
};

struct ks_probes {
    uint16_t slot[SPORTS]; /* by source port: where its run is, if it has one */
    struct run *run;       /* of one pair */
    size_t n, cap;
    uint32_t runs;    /* so far, of all pairs */
    uint32_t *before; /* by position in by_pair: the try before it in its run, or KS_NONE */
};

/* The run of a source port, new and without a number where it has none; NULL: no memory. */
static struct run *run_of(struct ks_probes *p, uint16_t sport)
{
    if (p->slot[sport] < p->n && p->run[p->slot[sport]].sport == sport)
        return &p->run[p->slot[sport]];
    if (!ks_reserve((void **)&p->run, &p->cap, p->n + 1, sizeof *p->run))
        return NULL;
    p->slot[sport] = (uint16_t)p->n;
    p->run[p->n] = (struct run){.sport = sport};
    return &p->run[p->n++];
}

/* Marks a run that has become long enough: those before a marked one are marked already. */
static void mark_run(struct ks_tries *t, const struct ks_probes *p, uint32_t last)
{
    for (uint32_t i = last; i != KS_NONE && !t->at[i].probe; i = p->before[t->at[i].at_pair])
        t->at[i].probe = t->at[i].repeat = true;
}

/* *any: whether there are any. False: no memory. */
static bool one_source_port(struct ks_tries *t, struct ks_probes *p, uint32_t number, bool *any)
{
    const struct ks_pair *pair = &t->pairs[number];
    *any = false;
    p->n = 0;
    for (uint32_t i = pair->first; i < pair->first + pair->n; i++) {
        const struct ks_try *now = &t->at[t->by_pair[i]];
        struct ks_link *link = &t->links[now->link];
        if (ks_item_icmp(t->places[now->place].item))
            continue;
        uint16_t sport = t->log->sport[now->event];
        struct run *run = run_of(p, sport);
        if (run == NULL)
            return false;
        if (run->number == 0 || now->time - run->time > PAUSE)
            *run = (struct run){.sport = sport, .number = ++p->runs, .last = KS_NONE};
        run->n += link->visits != run->number;
        link->visits = run->number;
        run->time = now->time;
        p->before[i] = run->last;
        run->last = t->by_pair[i];
        if (run->n < PROBES)
            continue;
        mark_run(t, p, run->last);
        *any = true;
    }
    return true;
}

/* Scanners try lost probes again, from one of the next source ports. */
static void tried_again(struct ks_tries *t, uint32_t number)
{
    const struct ks_pair *pair = &t->pairs[number];
    for (uint32_t l = pair->first_link; l < pair->first_link + pair->n_links; l++) {
        const struct ks_link *link = &t->links[l];
        const struct ks_try *probe = NULL;
        for (uint32_t i = link->first; i < link->first + link->n; i++) {
            struct ks_try *now = &t->at[t->by_link[i]];
            if (probe != NULL && !now->probe &&
                abs(t->log->sport[now->event] - t->log->sport[probe->event]) <= NEXT)
                now->probe = now->repeat = true;
            probe = now->probe ? now : probe;
        }
    }
}

struct ks_status ks_probes_mark(struct ks_tries *t)
{
    struct ks_probes *p = NULL;
    bool failed = false;
    for (uint32_t n = 0; n < t->n_pairs && !failed; n++) {
        if (t->pairs[n].n_links < PROBES)
            continue;
        if (p == NULL) {
            p = ks_zalloc(1, sizeof *p);
            if (p != NULL)
                p->before = ks_alloc(t->n + 1, sizeof *p->before);
            failed = p == NULL || p->before == NULL;
        }
        bool any = false;
        failed = failed || !one_source_port(t, p, n, &any);
        if (any)
            tried_again(t, n);
    }
    if (p != NULL) {
        ks_free(p->before);
        ks_free(p->run);
    }
    ks_free(p);
    return failed ? ks_nomem("the scans") : ks_ok();
}

static struct ks_scan scan_of(const struct ks_tries *t, const struct ks_pair *pair)
{
    struct ks_scan scan = {.source = pair->source,
                           .target = t->goals[pair->goal].host,
                           .probes = pair->probes,
                           .first = INT64_MAX,
                           .last = INT64_MIN};
    for (uint32_t l = pair->first_link; l < pair->first_link + pair->n_links; l++) {
        const struct ks_link *link = &t->links[l];
        bool probed = false;
        for (uint32_t i = link->first; i < link->first + link->n; i++) {
            const struct ks_try *now = &t->at[t->by_link[i]];
            if (!now->probe)
                continue;
            probed = true;
            scan.first = now->time < scan.first ? now->time : scan.first;
            scan.last = now->time > scan.last ? now->time : scan.last;
        }
        scan.ports += probed;
    }
    return scan;
}

static int by_probes(const void *x, const void *y)
{
    const struct ks_scan *a = x, *b = y;
    if (a->probes != b->probes)
        return a->probes < b->probes ? 1 : -1;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return a->source != b->source ? (a->source > b->source) - (a->source < b->source)
                                  : (a->target > b->target) - (a->target < b->target);
}

struct ks_status ks_probes_list(const struct ks_tries *t, struct ks_knocks *out)
{
    for (uint32_t p = 0; p < t->n_pairs; p++) {
        out->all_scans += t->pairs[p].probes > 0;
        out->all_probes += t->pairs[p].probes;
    }
    if (out->all_scans == 0)
        return ks_ok();
    struct ks_scan *scans = ks_alloc(out->all_scans, sizeof *scans);
    if (scans == NULL)
        return ks_nomem("the scans");
    size_t n = 0;
    for (uint32_t p = 0; p < t->n_pairs; p++)
        if (t->pairs[p].probes > 0)
            scans[n++] = scan_of(t, &t->pairs[p]);
    qsort(scans, n, sizeof *scans, by_probes);
    out->n_scans = n < LISTED ? n : LISTED;
    out->scans = scans;
    return ks_ok();
}
