/* Every target: sequences of one source, then of mixed sources, and what stands for both. Targets have nothing to
 * do with each other, so they are parted in two halves. The capture alone says which is in which and how much work
 * each may do: what is found does not depend on the number of threads. */
#include <string.h>

#include "base/memory.h"
#include "knocks/attempts/halves.h"
#include "knocks/sequences/select.h"
#include "knocks/sequences/slots.h"
#include "knocks/sequences/trails.h"

enum { LEAST = 4, FEW = 500, SPARE = 10000, ODD = 10000 };

struct half {
    struct ks_hunt hunt; /* what is counted and found in this half; the rest is shared */
    uint64_t rare;       /* attempts off busy services at its targets */
    struct ks_status status;
};

struct parted {
    struct half half[2];
    uint64_t work, spare, rare; /* in all */
    const uint8_t *half_of; /* by target */
    uint32_t *stamp;        /* see ks_select; no try is at two targets */
};

static struct ks_status seek(struct ks_hunt *hunt, uint32_t goal, uint64_t share, uint32_t *stamp)
{
    size_t from = hunt->found.n;
    hunt->cut = false;
    hunt->work += share - share / 4;
    struct ks_status status = ks_seek(hunt, goal, false);
    hunt->work += share / 4;
    if (ks_is_ok(status) && hunt->t->goals[goal].n_pairs > 1)
        status = ks_seek(hunt, goal, true);
    hunt->goals_cut += hunt->cut;
    if (ks_is_ok(status))
        status = ks_select(hunt, from, stamp);
    if (ks_is_ok(status) && ks_cancelled(hunt->progress))
        status = ks_fail(KS_CANCELLED, "cancelled");
    return status;
}

static void work(void *context, unsigned number)
{
    struct parted *parted = context;
    struct half *half = &parted->half[number];
    const struct ks_tries *t = half->hunt.t;
    for (uint32_t goal = 0; goal < t->n_goals && ks_is_ok(half->status); goal++) {
        if (parted->half_of[goal] != number)
            continue;
        /* Half of the work is for whoever needs it first; of the other half every target has its share, a
         * quarter of it for mixed sources; pairs of theirs that chance explains have no more than such quarters. Of the
         * spare work likewise, but for a little. */
        double part = t->goals[goal].rare / (double)(parted->rare + 1);
        uint64_t share = (uint64_t)((double)parted->work / 2 * part);
        half->hunt.spare += (uint64_t)((double)parted->spare * part);
        half->hunt.odd += share / 4;
        if (t->goals[goal].rare < LEAST) {
            half->hunt.work += share;
            continue;
        }
        if (number == 0)
            ks_progress_set(half->hunt.progress, goal, t->n_goals);
        half->status = seek(&half->hunt, goal, share, parted->stamp);
    }
}

/* Puts each target into the half that has less to do so far; all into the first where there is little. */
static void part(struct parted *parted, const struct ks_tries *t, uint8_t *half_of)
{
    for (uint32_t goal = 0; goal < t->n_goals; goal++)
        parted->rare += t->goals[goal].rare;
    for (uint32_t goal = 0; goal < t->n_goals; goal++) {
        half_of[goal] = parted->rare >= FEW && parted->half[1].rare < parted->half[0].rare;
        parted->half[half_of[goal]].rare += t->goals[goal].rare;
    }
}

static bool make(struct half *half, const struct ks_hunt *hunt)
{
    half->hunt = *hunt;
    half->hunt.work = hunt->work / 2;
    half->hunt.spare = SPARE;
    half->hunt.odd = ODD;
    half->hunt.slots = ks_slots_new();
    half->hunt.trails = ks_trails_new();
    half->status = ks_ok();
    return half->hunt.slots != NULL && half->hunt.trails != NULL;
}

/* Puts together what the halves found, by target, and adds up what they counted. KS_NOMEM. */
static struct ks_status put_together(struct ks_hunt *hunt, struct parted *parted)
{
    struct ks_candidates *a = &parted->half[0].hunt.found, *b = &parted->half[1].hunt.found;
    size_t i = 0, k = 0;
    if (!ks_reserve((void **)&hunt->found.at, &hunt->found.cap, a->n + b->n, sizeof *hunt->found.at))
        return ks_nomem("the candidates");
    while (i < a->n || k < b->n) {
        bool first = k == b->n || (i < a->n && a->at[i].goal < b->at[k].goal);
        hunt->found.at[hunt->found.n++] = first ? a->at[i++] : b->at[k++];
    }
    a->n = b->n = 0;
    for (unsigned h = 0; h < 2; h++) {
        const struct ks_hunt *one = &parted->half[h].hunt;
        hunt->considered += one->considered;
        hunt->chance += one->chance;
        hunt->sought += one->sought;
        hunt->goals_cut += one->goals_cut;
    }
    return ks_ok();
}

struct ks_status ks_targets_seek(struct ks_hunt *hunt)
{
    uint8_t *half_of = ks_alloc((size_t)hunt->t->n_goals + 1, sizeof *half_of);
    struct parted parted = {
        .work = hunt->work, .spare = hunt->spare, .half_of = half_of, .stamp = ks_zalloc(hunt->t->n + 1, sizeof *parted.stamp)};
    bool room = half_of != NULL && parted.stamp != NULL;
    if (room)
        part(&parted, hunt->t, half_of);
    room = room && make(&parted.half[0], hunt) && make(&parted.half[1], hunt);
    struct ks_status status = room ? ks_ok() : ks_nomem("the search");
    if (ks_is_ok(status)) {
        ks_halves(hunt->two && parted.half[1].rare > 0, work, &parted);
        status = ks_is_ok(parted.half[0].status) ? parted.half[1].status : parted.half[0].status;
    }
    if (ks_is_ok(status))
        status = put_together(hunt, &parted);
    for (unsigned h = 0; h < 2; h++) {
        ks_candidates_free(&parted.half[h].hunt.found);
        ks_slots_free(parted.half[h].hunt.slots);
        ks_trails_free(parted.half[h].hunt.trails);
        ks_free(parted.half[h].hunt.once);
    }
    ks_free(half_of);
    ks_free(parted.stamp);
    return status;
}
