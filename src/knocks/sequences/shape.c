/* The final shape of a grown sequence. */
#include <math.h>
#include <string.h>

#include "knocks/sequences/growth.h"
#include "stats/association.h"

enum { WALK = 400 };

/* How the ports are tried, while they stay what they are. */
struct own {
    bool is[KS_KNOCK_MAX];          /* here more than by themselves; all where these are fewer than two */
    uint32_t others[KS_KNOCK_MAX];  /* by themselves, so often */
    uint64_t charged[KS_KNOCK_MAX]; /* the work that it took to find that */
};

static void find_own(struct ks_growth *g, struct own *own)
{
    const struct ks_candidate *c = g->c;
    size_t n = 0;
    g->usual = ks_growth_usual_pause(g, 0, c->m);
    g->looks = 2 * KS_KNOCK_MAX;
    for (size_t j = 0; j < c->m; j++) {
        size_t there = 0;
        for (size_t i = 0; i < c->n; i++)
            there += c->at[i].tries[j] != KS_NONE;
        own->charged[j] = g->hunt->work;
        own->others[j] = ks_growth_unexplained(g, c->place[j], 0);
        own->charged[j] -= g->hunt->work;
        own->is[j] = own->others[j] <= there;
        n += own->is[j];
    }
    for (size_t j = 0; j < c->m && n < 2; j++)
        own->is[j] = true;
}

/* How often the rest of the sequence is there at all: the least that one of its own ports but j is tried, or n. It may
 * have grown from where port j is near. (Those tried far oftener belong to another knock as well.) */
static size_t rest_of(const struct ks_growth *g, size_t j, const bool *own)
{
    const struct ks_candidate *c = g->c;
    const struct ks_tries *t = g->hunt->t;
    uint32_t least = KS_NONE;
    for (size_t i = 0; i < c->m && !c->mixed; i++) {
        uint32_t n = 0;
        for (size_t p = 0; p < g->n_pairs && own[i] && i != j; p++) {
            uint32_t link = ks_tries_link(t, g->pairs[p], c->place[i]);
            n += link == KS_NONE ? 0 : ks_link_lean(t, link);
        }
        least = n > 0 && n < least ? n : least;
    }
    return least == KS_NONE || least < c->n || 4 * (size_t)least > 7 * c->n ? c->n : least;
}

/* How many ports the candidate's sources try, at least 2. */
static double ports_of(const struct ks_growth *g)
{
    double most = 2;
    for (size_t p = 0; p < g->n_pairs; p++)
        most = fmax(most, g->hunt->t->pairs[g->pairs[p]].n_links);
    return most;
}

/* Takes out what may stand in the sequence by chance: a port that is tried so often that it would be found
 * that near to the knock's own ports anyway. (Seeds are taken on trust while the sequence grows.) */
static bool due_to_chance(struct ks_growth *g, size_t j, const struct own *ports)
{
    const bool *own = ports->is;
    const struct ks_candidate *c = g->c;
    size_t sample = c->n < KS_SAMPLE ? c->n : KS_SAMPLE, support = 0;
    bool end = c->m > 2 && (j == 0 || j + 1 == c->m);
    int64_t pause = end ? ks_growth_pause(g, j == 0 ? 1 : j) : 0;
    size_t from = j == 0, to = c->m - (j != 0);
    uint32_t others = ports->others[j];
    ks_charge(g->hunt, ports->charged[j]);
    if (others == 0 && (!end || ks_growth_alike(pause, ks_growth_usual_pause(g, from, to))))
        return false;
    ks_charge(g->hunt, 10 + 8 * sample);
    double sum = 0, sum_inside = 0; /* of all; of those between two of the sequence's own ports */
    size_t inside = 0;
    for (size_t s = 0; s < sample; s++) {
        const struct ks_occurrence *o = &c->at[s * c->n / sample];
        if (o->tries[j] == KS_NONE)
            continue;
        uint32_t before = KS_NONE, after = KS_NONE;
        for (size_t i = j; i-- > 0 && before == KS_NONE;)
            before = own[i] ? o->tries[i] : KS_NONE;
        for (size_t i = j + 1; i < c->m && after == KS_NONE; i++)
            after = own[i] ? o->tries[i] : KS_NONE;
        const struct ks_try *x = ks_growth_try(g, o->tries[j]);
        uint32_t left = before != KS_NONE ? before : o->tries[j],
                 right = after != KS_NONE ? after : o->tries[j];
        double ln = ks_growth_ln_chance(
            g, x, (double)(ks_growth_try(g, right)->time - ks_growth_try(g, left)->time) / 1e9,
            ks_stream_steps(g->hunt->t, c->mixed, ks_growth_position(g, left), ks_growth_position(g, right)));
        sum += ln;
        support++;
        if (before != KS_NONE && after != KS_NONE) {
            sum_inside += ln;
            inside++;
        }
    }
    size_t times = sample < c->n ? sample : rest_of(g, j, own);
    double ln_p = ks_combined_ln_p(support, sum);
    if (c->m > 4 && !c->mixed) /* given how far its neighbours are apart, it is there or not: of all ports that may be */
        ln_p = fmin(ln_p, sum_inside + ks_combined_ln_p(support - inside, sum - sum_inside) + log(ports_of(g)));
    return ln_p + ks_ln_choose((double)times, (double)support) >
           ks_growth_ln_limit(g, (uint32_t)support, others, end, pause, from, to, 0.002);
}

/* Whether something opens soon after an occurrence: see opens_between. */
static bool opens_after(const struct ks_growth *g, const struct ks_occurrence *o)
{
    const struct ks_tries *t = g->hunt->t;
    uint32_t back = ks_tries_pair(t, t->goals[g->c->goal].host, ks_try_source(t, ks_growth_try(g, o->last)));
    for (uint32_t l = back == KS_NONE ? 0 : t->pairs[back].first_link;
         back != KS_NONE && l < t->pairs[back].first_link + t->pairs[back].n_links; l++) {
        uint32_t opening = t->links[l].first_open;
        if (opening != KS_NONE && opening > o->last &&
            t->at[opening].time - ks_growth_try(g, o->last)->time <= g->hunt->follow)
            return true;
    }
    const uint32_t *order = ks_stream_order(t, g->c->mixed);
    const uint64_t *open = g->c->mixed ? t->open_goal : t->open_pair;
    uint32_t first, end;
    ks_stream_range(t, ks_growth_try(g, o->last), g->c->mixed, &first, &end);
    first = ks_growth_position(g, o->last) + 1;
    for (uint32_t p = ks_lean_after(open, first, end); p < end && ks_stream_steps(t, g->c->mixed, first, p) < WALK;
         p = ks_lean_after(open, p + 1, end)) {
        const struct ks_try *x = ks_growth_try(g, order[p]);
        if (x->time - ks_growth_try(g, o->last)->time > g->hunt->follow)
            return false;
        if (!t->places[x->place].busy && !ks_growth_open_before(g, x) && ks_try_sends(t, order[p]))
            return true;
    }
    return false;
}

/* Whether a time is before the first occurrence; notes for which others it would be likewise. */
static bool opens_before(struct ks_growth *g, int64_t time)
{
    bool before = time < g->start;
    if (before && time > g->start_above)
        g->start_above = time;
    else if (!before && time < g->start_most)
        g->start_most = time;
    return before;
}

/* Whether the last port is what the others open: closed ones, then one that answers and did not before;
 * unless it comes as fast as they do and something else opens after it. */
static bool ends_in_door(struct ks_growth *g)
{
    const struct ks_candidate *c = g->c;
    size_t open = 0, closed = 0, after = 0;
    for (size_t i = 0; i < c->n; i++) {
        for (size_t j = 0; j < c->m; j++) {
            if (c->at[i].tries[j] == KS_NONE)
                continue;
            bool answered = ks_growth_try(g, c->at[i].tries[j])->outcome == KS_OPEN;
            open += j + 1 == c->m && answered;
            closed += j + 1 < c->m && !answered;
        }
    }
    if (open * 2 <= c->n || closed <= c->n / 2 || opens_before(g, g->hunt->t->places[c->place[c->m - 1]].first_open))
        return false;
    for (size_t i = 0; i < c->n; i++)
        after += opens_after(g, &c->at[i]);
    int64_t usual = ks_growth_usual_pause(g, 0, c->m - 1);
    return after * 2 < c->n ||
           (c->m > 2 && ks_growth_pause(g, c->m - 1) > 5 * (usual > KS_SECOND / 20 ? usual : KS_SECOND / 20));
}

bool ks_growth_drop_door(struct ks_growth *g)
{
    struct ks_candidate *c = g->c;
    if (c->n == 0 || g->open || !ends_in_door(g))
        return false;
    c->m--;
    for (size_t i = 0; i < c->n; i++)
        c->at[i].tries[c->m] = KS_NONE;
    if (c->m < 2)
        c->n = 0;
    return true;
}

static void prune(struct ks_growth *g)
{
    struct ks_candidate *c = g->c;
    ks_growth_drop_door(g);
    struct own own;
    find_own(g, &own);
    for (size_t j = 0; j < c->m && c->m > 2;) {
        if ((j >= g->seed && j < g->seed + c->trusted) || !due_to_chance(g, j, &own)) {
            j++;
            continue;
        }
        for (size_t i = 0; i < c->n; i++) {
            memmove(&c->at[i].tries[j], &c->at[i].tries[j + 1], (c->m - j - 1) * sizeof *c->at[i].tries);
            c->at[i].tries[c->m - 1] = KS_NONE;
        }
        memmove(&c->place[j], &c->place[j + 1], (c->m - j - 1) * sizeof *c->place);
        c->m--;
        g->seed -= j < g->seed;
        ks_growth_changed(g);
        find_own(g, &own);
        j = 0;
    }
    if (c->m == 2 && (due_to_chance(g, 0, &own) || due_to_chance(g, 1, &own)))
        c->n = 0;
}

/* A sequence that is another one twice or more times over is that one. */
static void reduce(struct ks_candidate *c)
{
    for (size_t q = 2; q <= c->m / 2; q++) {
        if (c->m % q != 0)
            continue;
        bool same = true;
        for (size_t j = q; j < c->m && same; j++)
            same = c->place[j] == c->place[j - q];
        if (same) {
            c->m = q;
            return;
        }
    }
}

/* A sequence and the same backwards after it, with or without what it opens between, is a knock and the one
 * that closes the port again: keeps the first. */
static void drop_closing(const struct ks_tries *t, struct ks_candidate *c)
{
    if (c->m < 5 || c->m % 2 == 0)
        return;
    for (size_t j = 0; j < c->m / 2; j++)
        if (c->place[j] != c->place[c->m - 1 - j])
            return;
    size_t kept = c->m / 2 + 1, door = 0;
    for (size_t i = 0; i < c->n; i++)
        door += c->at[i].tries[kept - 1] != KS_NONE && t->at[c->at[i].tries[kept - 1]].outcome == KS_OPEN &&
                c->at[i].tries[0] != KS_NONE && t->at[c->at[i].tries[0]].outcome != KS_OPEN;
    kept -= door * 2 > c->n;
    for (size_t i = 0; i < c->n; i++)
        for (size_t j = kept; j < c->m; j++)
            c->at[i].tries[j] = KS_NONE;
    c->m = kept;
}

/* Whether the candidate is two sequences that follow each other: one pause that dwarfs all others, at least
 * two ports on either side. Each has its own seeds. */
static bool is_two(const struct ks_tries *t, const struct ks_candidate *c)
{
    if (c->m < 4)
        return false;
    int64_t widest = 0, other = 0;
    size_t at = 0;
    for (size_t j = 1; j < c->m; j++) {
        int64_t least = INT64_MAX;
        for (size_t i = 0; i < c->n; i++)
            if (c->at[i].tries[j] != KS_NONE && c->at[i].tries[j - 1] != KS_NONE) {
                int64_t gap = t->at[c->at[i].tries[j]].time - t->at[c->at[i].tries[j - 1]].time;
                least = gap < least ? gap : least;
            }
        if (least == INT64_MAX)
            continue;
        if (least > widest) {
            other = widest;
            widest = least;
            at = j;
        } else if (least > other) {
            other = least;
        }
    }
    bool apart = (widest > 20 * KS_SECOND && widest / 60 > other) || (widest > 5 * KS_SECOND && widest / 1000 > other);
    return at >= 2 && at + 2 <= c->m && apart;
}

/* The longest common subsequence of places[0..n) and places[n..m), at most a few ports each. */
static size_t common(const uint32_t *place, size_t n, size_t m)
{
    uint8_t length[KS_KNOCK_MAX + 1][KS_KNOCK_MAX + 1] = {{0}};
    for (size_t i = n; i-- > 0;)
        for (size_t j = m; j-- > n;) {
            uint8_t best = length[i + 1][j] > length[i][j + 1] ? length[i + 1][j] : length[i][j + 1];
            if (place[i] == place[j])
                best = (uint8_t)(length[i + 1][j + 1] + 1);
            length[i][j] = best;
        }
    return length[0][n];
}

/* A try that went wrong and then the knock again, more than once: keeps the second. The pause between them is
 * the widest. */
static void drop_false_start(const struct ks_tries *t, struct ks_candidate *c)
{
    int64_t widest = 0, other = 0;
    size_t at = 0;
    for (size_t j = 1; j < c->m && c->n > 0; j++) {
        const struct ks_occurrence *o = &c->at[0];
        if (o->tries[j] == KS_NONE || o->tries[j - 1] == KS_NONE)
            continue;
        int64_t gap = t->at[o->tries[j]].time - t->at[o->tries[j - 1]].time;
        if (gap > widest) {
            other = widest;
            widest = gap;
            at = j;
        } else if (gap > other) {
            other = gap;
        }
    }
    if (at < 2 || c->m - at < 3 || c->m - at < at || widest < 3 * other ||
        common(c->place, at, c->m) + 1 < at)
        return;
    for (size_t i = 0; i < c->n; i++) {
        memmove(c->at[i].tries, c->at[i].tries + at, (c->m - at) * sizeof *c->at[i].tries);
        for (size_t j = c->m - at; j < c->m; j++)
            c->at[i].tries[j] = KS_NONE;
    }
    memmove(c->place, c->place + at, (c->m - at) * sizeof *c->place);
    c->m -= at;
}

void ks_growth_shape(struct ks_growth *g)
{
    struct ks_candidate *c = g->c;
    if (!g->open)
        ks_growth_cut(g);
    if (c->n > 0)
        prune(g);
    if (c->n > 0 && is_two(g->hunt->t, c))
        c->n = 0;
    if (c->n == 0)
        return;
    reduce(c);
    drop_closing(g->hunt->t, c);
    drop_false_start(g->hunt->t, c);
}
