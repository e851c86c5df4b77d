/* Which candidates of a target stand for what is there: shorter ones that longer ones explain are left out,
 * chance extensions too, and no attempt is claimed twice. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/sequences/select.h"

enum { COMPARED = 400 };

static bool is_exact(const struct ks_occurrence *o)
{
    return o->missing == 0 && o->in_order;
}

static size_t exact_of(const struct ks_candidate *c)
{
    size_t n = 0;
    for (size_t i = 0; i < c->n; i++)
        n += is_exact(&c->at[i]);
    return n;
}

/* Whether the only two activations follow each other at once: a knock with repeated ports, done once. */
static bool one_burst(const struct ks_tries *t, const struct ks_candidate *c, size_t exact)
{
    if (exact != 2)
        return false;
    const struct ks_occurrence *a = &c->at[0], *b = &c->at[c->n - 1];
    while (a < b && !is_exact(a))
        a++;
    while (b > a && !is_exact(b))
        b--;
    int64_t widest = KS_SECOND / 30, pause = t->at[b->first].time - t->at[a->last].time;
    for (size_t j = 1; j < c->m; j++) {
        int64_t inside = t->at[a->tries[j]].time - t->at[a->tries[j - 1]].time;
        widest = inside > widest ? inside : widest;
    }
    return pause <= 3 * widest;
}

/* Where all of a's places stand next to each other in b; KS_KNOCK_MAX where they do not. */
static size_t contiguous(const struct ks_candidate *a, const struct ks_candidate *b)
{
    for (size_t from = 0; from + a->m <= b->m; from++)
        if (memcmp(a->place, b->place + from, a->m * sizeof *a->place) == 0)
            return from;
    return KS_KNOCK_MAX;
}

/* The shortest pause before port j over the exact activations. */
static int64_t least_pause(const struct ks_tries *t, const struct ks_candidate *c, size_t j)
{
    int64_t least = INT64_MAX;
    for (size_t i = 0; i < c->n; i++)
        if (is_exact(&c->at[i])) {
            int64_t pause = t->at[c->at[i].tries[j]].time - t->at[c->at[i].tries[j - 1]].time;
            least = pause < least ? pause : least;
        }
    return least;
}

/* Whether the ports that b has more than a, which stands in it from `from` on, keep a distance that a's own
 * do not. */
static bool stands_apart(const struct ks_tries *t, const struct ks_candidate *a, const struct ks_candidate *b,
                         size_t from)
{
    int64_t widest = KS_SECOND / 20;
    for (size_t j = 1; j < a->m; j++) {
        int64_t pause = least_pause(t, a, j);
        widest = pause > widest ? pause : widest;
    }
    return (from == 0 || least_pause(t, b, from) / 8 > widest) &&
           (from + a->m == b->m || least_pause(t, b, from + a->m) / 8 > widest);
}

/* Whether the source of position j in an activation is another than that of all others, which are one;
 * KS_NONE: they are all one. */
static bool odd_one(const struct ks_tries *t, const struct ks_candidate *c, const struct ks_occurrence *o,
                    size_t j)
{
    uint32_t pair = KS_NONE;
    for (size_t i = 0; i < c->m; i++) {
        if (i == j || o->tries[i] == KS_NONE)
            continue;
        if (pair != KS_NONE && t->at[o->tries[i]].pair != pair)
            return false;
        pair = t->at[o->tries[i]].pair;
    }
    return true;
}

/* Whether a candidate of mixed sources is one: in half of the activations at least; and not a knock of one
 * source with a stranger's attempt always before or after it. */
static bool is_mixed(const struct ks_tries *t, const struct ks_candidate *c)
{
    size_t mixed = 0, first = 0, last = 0;
    for (size_t i = 0; i < c->n; i++) {
        mixed += !odd_one(t, c, &c->at[i], KS_KNOCK_MAX);
        first += odd_one(t, c, &c->at[i], 0);
        last += odd_one(t, c, &c->at[i], c->m - 1);
    }
    return mixed > 0 && mixed * 2 >= c->n && (c->m == 2 || (first * 5 < c->n * 4 && last * 5 < c->n * 4));
}

/* Whether n places come in a candidate in the same order. */
static bool places_within(const uint32_t *place, size_t n, const struct ks_candidate *c)
{
    size_t i = 0;
    for (size_t j = 0; j < c->m && i < n; j++)
        i += place[i] == c->place[j];
    return i == n;
}

/* Whether all of a's places do. */
static bool within(const struct ks_candidate *a, const struct ks_candidate *b)
{
    return places_within(a->place, a->m, b);
}

/* Whether port j of a candidate is mostly tried by itself; with `also`, whether it is half as often
 * again elsewhere. */
static bool is_stranger(const struct ks_tries *t, const struct ks_candidate *c, size_t j, bool also)
{
    uint32_t all = c->mixed ? t->places[c->place[j]].fresh : 0, held = 0, pairs[KS_PAIRS];
    size_t n_pairs = c->mixed ? 0 : ks_candidate_pairs(t, c, pairs);
    for (size_t p = 0; p < n_pairs; p++) {
        uint32_t link = ks_tries_link(t, pairs[p], c->place[j]);
        all += link == KS_NONE ? 0 : ks_link_lean(t, link);
    }
    for (size_t i = 0; i < c->n; i++)
        held += c->at[i].tries[j] != KS_NONE;
    return also ? 2 * all > 3 * held : all > 2 * held;
}

/* Whether the ports that b has more than a, all of which it has, are a's own (a try that went wrong and the
 * knock) or strangers that happen to be there; these must make it less unlikely as a whole, by far where they
 * are there about as often as elsewhere. */
static bool adds_nothing(const struct ks_tries *t, const struct ks_candidate *a, const struct ks_candidate *b,
                         size_t *n_strangers)
{
    bool strangers = a->ln_p < b->ln_p, by_far = a->ln_p < b->ln_p - 5;
    *n_strangers = 0;
    for (size_t j = 0; j < b->m; j++) {
        bool known = false;
        for (size_t i = 0; i < a->m && !known; i++)
            known = a->place[i] == b->place[j];
        *n_strangers += !known;
        if (!known && !(strangers && is_stranger(t, b, j, by_far)))
            return false;
    }
    return true;
}

struct entry {
    struct ks_candidate *c;
    size_t exact, covered;
    bool likely; /* by chance: a pair of ports that is here for what opens after it */
    bool out;
    bool inside;     /* out, for longer ones explain nearly all of it */
    bool *explained; /* by activation: a longer candidate has it */
};

/* Least likely first. */
static int heavier(const void *x, const void *y)
{
    const struct entry *a = x, *b = y;
    if (a->c->ln_p != b->c->ln_p)
        return a->c->ln_p < b->c->ln_p ? -1 : 1;
    size_t p = a->exact * (a->c->m - 1), q = b->exact * (b->c->m - 1);
    if (p != q)
        return p < q ? 1 : -1;
    if (a->c->m != b->c->m)
        return a->c->m < b->c->m ? 1 : -1;
    if (a->c->mixed != b->c->mixed)
        return a->c->mixed ? 1 : -1;
    return memcmp(a->c->place, b->c->place, a->c->m * sizeof *a->c->place);
}

/* Marks which of the shorter one's activations lie inside one of the longer one's. stamp is by try, zero
 * outside. */
static void explain(const struct entry *longer, struct entry *shorter, uint32_t *stamp)
{
    for (size_t i = 0; i < longer->c->n; i++)
        for (size_t j = 0; j < longer->c->m; j++)
            if (longer->c->at[i].tries[j] != KS_NONE && longer->c->at[i].missing == 0)
                stamp[longer->c->at[i].tries[j]] = (uint32_t)i + 1;
    for (size_t i = 0; i < shorter->c->n; i++) {
        const struct ks_occurrence *o = &shorter->c->at[i];
        uint32_t in = 0;
        bool all = o->missing == 0 && o->in_order && !shorter->explained[i];
        for (size_t j = 0; j < shorter->c->m && all; j++) {
            uint32_t s = stamp[o->tries[j]];
            all = s != 0 && (in == 0 || in == s);
            in = s;
        }
        if (all) {
            shorter->explained[i] = true;
            shorter->covered++;
        }
    }
    for (size_t i = 0; i < longer->c->n; i++)
        for (size_t j = 0; j < longer->c->m; j++)
            if (longer->c->at[i].tries[j] != KS_NONE)
                stamp[longer->c->at[i].tries[j]] = 0;
}

/* Whether every activation that no longer candidate has is followed by one that does within half a minute: a
 * try that went wrong, then the knock. */
static bool only_false_starts(const struct ks_tries *t, const struct entry *a)
{
    for (size_t i = 0; i < a->c->n && a->covered > 0; i++) {
        if (a->explained[i] || !is_exact(&a->c->at[i]))
            continue;
        const struct ks_try *last = &t->at[a->c->at[i].last];
        bool again = false;
        for (size_t k = i + 1; k < a->c->n && !again; k++) {
            const struct ks_try *first = &t->at[a->c->at[k].first];
            if (first->time - last->time > 30 * KS_SECOND)
                break;
            again = a->explained[k];
        }
        if (!again)
            return false;
    }
    return a->covered > 1;
}

/* Whether another longer one goes on differently from the same short one, so that the two explain it: knocks
 * that share a beginning or an end. */
static bool shares(const struct entry *entries, size_t n, size_t s, size_t l)
{
    for (size_t k = 0; k < n; k++)
        if (k != l && entries[k].c->m > entries[s].c->m && entries[k].exact > 1 && entries[l].exact > 1 &&
            entries[k].exact + entries[l].exact + 1 >= entries[s].exact &&
            entries[k].exact + entries[l].exact <= entries[s].exact + 1 &&
            contiguous(entries[s].c, entries[k].c) != KS_KNOCK_MAX)
            return true;
    return false;
}

/* Whether a shorter one, oftener than a longer one, is by far less likely by chance. */
static bool says_more(const struct entry *shorter, const struct entry *longer)
{
    return shorter->exact > longer->exact && shorter->c->ln_p < 2 * longer->c->ln_p - 5;
}

/* Whether candidate b is first and then, and nothing else. */
static bool is_both(const struct ks_candidate *b, const struct ks_candidate *first, const struct ks_candidate *then)
{
    return first->m + then->m == b->m && memcmp(b->place, first->place, first->m * sizeof *b->place) == 0 &&
           memcmp(b->place + first->m, then->place, then->m * sizeof *b->place) == 0;
}

/* Whether candidate b is first and then, of one of which a port may be wanting. */
static bool is_nearly_both(const struct ks_candidate *b, const struct ks_candidate *first, const struct ks_candidate *then)
{
    if (b->m >= first->m + 2 && memcmp(b->place, first->place, first->m * sizeof *b->place) == 0 &&
        b->m + 1 >= first->m + then->m && places_within(b->place + first->m, b->m - first->m, then))
        return true;
    size_t head = b->m - then->m; /* where it is one */
    return b->m >= then->m + 2 && memcmp(b->place + head, then->place, then->m * sizeof *b->place) == 0 &&
           head + 1 >= first->m && places_within(b->place, head, first);
}

/* Whether two take turns the other way round: `then` comes before all of `first`, and `first` after all of `then`. */
static bool turned_round(const struct ks_candidate *first, const struct ks_candidate *then)
{
    return then->at[0].first < first->at[0].first && first->at[first->n - 1].first > then->at[then->n - 1].first;
}

/* Whether there is no candidate of first and then. */
static bool is_none(const struct entry *entries, size_t n, const struct ks_candidate *first, const struct ks_candidate *then)
{
    for (size_t k = 0; k < n; k++)
        if (is_both(entries[k].c, first, then))
            return false;
    return true;
}

/* Whether a longer one is two knocks, of which one follows the other now and then, as one that closes is followed by
 * the next that opens. Each comes oftener, and says more; or they take turns the other way round, where something comes
 * between them that parts them. */
static bool is_two(const struct entry *entries, size_t n, const struct entry *first, const struct entry *then,
                   const struct entry *longer)
{
    if (first->exact <= longer->exact || then->exact <= longer->exact)
        return false;
    if (says_more(first, longer) && says_more(then, longer) && is_both(longer->c, first->c, then->c))
        return true;
    return is_nearly_both(longer->c, first->c, then->c) && turned_round(first->c, then->c) &&
           is_none(entries, n, then->c, first->c);
}

/* Whether it is the shorter one s with another before or after it. */
static bool are_two(const struct entry *entries, size_t n, size_t s, size_t l)
{
    for (size_t k = 0; k < n && entries[s].exact > entries[l].exact; k++)
        if (is_two(entries, n, &entries[s], &entries[k], &entries[l]) || is_two(entries, n, &entries[k], &entries[s], &entries[l]))
            return true;
    return false;
}

/* Short against long: where the longer ones together explain nearly all of a short one it goes; otherwise
 * those that explain only little of it are chance extensions of it, and go. */
static void short_against_long(const struct ks_tries *t, struct entry *entries, size_t n, uint32_t *stamp)
{
    /* A knock with strangers' attempts before or after it is no longer one: those of other sources, such that
     * stand apart and make it less unlikely as a whole, and such that come with some of its activations only.
     */
    for (size_t s = 0; s < n; s++)
        for (size_t l = 0; l < n; l++) {
            const struct ks_candidate *a = entries[s].c, *b = entries[l].c;
            if (b->m <= a->m || entries[s].exact < entries[l].exact || entries[l].out || !within(a, b))
                continue;
            size_t from = a->m > 2 ? contiguous(a, b) : KS_KNOCK_MAX;
            bool others = b->mixed && !a->mixed && b->ln_p > a->ln_p - 2;
            size_t strangers;
            bool nothing = adds_nothing(t, a, b, &strangers);
            /* As often, too, where strangers come all the time, so that they are always near by. */
            bool oftener = entries[s].exact > entries[l].exact || (strangers > 0 && a->ln_p < b->ln_p - 2);
            bool worse = (a->m > 2 && says_more(&entries[s], &entries[l])) || are_two(entries, n, s, l);
            if (worse ||
                (from != KS_KNOCK_MAX && (others || (a->ln_p < b->ln_p - 2 && stands_apart(t, a, b, from) &&
                                                     !shares(entries, n, s, l)))) ||
                (oftener && nothing))
                entries[l].out = true;
        }
    for (size_t m = 2; m < KS_KNOCK_MAX; m++)
        for (size_t s = 0; s < n; s++) {
            struct entry *a = &entries[s];
            if (a->c->m != m || a->out)
                continue;
            for (size_t l = 0; l < n; l++)
                if (entries[l].c->m > m && !entries[l].out && within(a->c, entries[l].c))
                    explain(&entries[l], a, stamp);
            a->inside = a->covered + 1 >= a->exact || a->covered * 5 >= a->exact * 4;
            if (a->inside || only_false_starts(t, a)) {
                a->out = true;
                continue;
            }
            for (size_t l = 0; l < n && !a->likely; l++)
                if (entries[l].c->m > m && !entries[l].out && within(a->c, entries[l].c) &&
                    entries[l].exact * 3 <= a->exact)
                    entries[l].out = true;
        }
}

/* Takes candidates heaviest first; one of whose activations more than half are claimed already is left out.
 * With `inside`, those that longer ones explain: where none of these stayed, nothing has claimed their
 * activations. */
static void claim(struct entry *entries, size_t n, bool inside, bool *used)
{
    for (size_t e = 0; e < n; e++) {
        struct entry *a = &entries[e];
        if (inside ? !a->inside : a->out)
            continue;
        size_t taken = 0;
        for (size_t i = 0; i < a->c->n; i++) {
            bool hit = false;
            for (size_t j = 0; j < a->c->m && !hit && is_exact(&a->c->at[i]); j++)
                hit = used[a->c->at[i].tries[j]];
            taken += hit;
        }
        if (taken * 2 > a->exact || a->exact < taken + 2) {
            a->out = true;
            continue;
        }
        for (size_t i = 0; i < a->c->n; i++)
            for (size_t j = 0; j < a->c->m && is_exact(&a->c->at[i]); j++)
                used[a->c->at[i].tries[j]] = true;
        a->out = false;
    }
}

static void mark(const struct ks_candidate *c, bool *used, bool exact_only, bool value)
{
    for (size_t i = 0; i < c->n; i++)
        for (size_t j = 0; j < c->m; j++)
            if (c->at[i].tries[j] != KS_NONE && (!exact_only || is_exact(&c->at[i])))
                used[c->at[i].tries[j]] = value;
}

/* Looks again for the activations of those that stay, each free of what the others claim. */
static struct ks_status settle(struct ks_hunt *hunt, struct entry *entries, size_t n)
{
    for (size_t e = 0; e < n; e++) {
        if (entries[e].out)
            continue;
        struct ks_candidate *c = entries[e].c;
        mark(c, hunt->used, true, false);
        KS_TRY(ks_activations_find(hunt, c));
        mark(c, hunt->used, false, true);
        ks_candidate_significance(hunt->t, c);
    }
    return ks_ok();
}

static struct ks_status weed(struct ks_hunt *hunt, struct entry *entries, size_t n, uint32_t *stamp)
{
    size_t compared = n < COMPARED ? n : COMPARED;
    for (size_t e = 0; e < n; e++) {
        entries[e].out = e >= compared;
        entries[e].explained = ks_zalloc(entries[e].c->n + 1, sizeof *entries[e].explained);
        if (entries[e].explained == NULL)
            return ks_nomem("choosing among candidates");
    }
    short_against_long(hunt->t, entries, compared, stamp);
    claim(entries, compared, false, hunt->used);
    claim(entries, compared, true, hunt->used);
    return settle(hunt, entries, compared);
}

struct ks_status ks_select(struct ks_hunt *hunt, size_t from, uint32_t *stamp)
{
    size_t n = hunt->found.n - from, kept = 0;
    struct entry *entries = ks_zalloc(n + 1, sizeof *entries);
    if (entries == NULL)
        return ks_nomem("choosing among candidates");
    for (size_t i = 0; i < n; i++) {
        struct ks_candidate *c = &hunt->found.at[from + i];
        ks_candidate_significance(hunt->t, c);
        size_t exact = exact_of(c);
        if (c->mixed && !is_mixed(hunt->t, c)) {
            continue; /* every activation has one source: found among those of one source, too */
        }
        bool likely = c->ln_p >= log(c->mixed ? 0.05 : 0.5);
        if (exact >= 2 && (!likely || (c->m == 2 && ks_opens_each_time(hunt, c))) && !one_burst(hunt->t, c, exact))
            entries[kept++] = (struct entry){.c = c, .exact = exact, .likely = likely};
        else
            hunt->chance++;
    }
    qsort(entries, kept, sizeof *entries, heavier);
    struct ks_status status = weed(hunt, entries, kept, stamp);
    for (size_t e = 0; e < kept; e++) {
        ks_free(entries[e].explained);
        if (!entries[e].out)
            entries[e].c->stays = true;
    }
    ks_free(entries);
    size_t to = from;
    for (size_t i = from; i < hunt->found.n; i++) {
        struct ks_candidate c = hunt->found.at[i];
        if (c.stays && ks_is_ok(status))
            hunt->found.at[to++] = c;
        else
            ks_candidate_free(&c);
    }
    hunt->found.n = to;
    return status;
}
