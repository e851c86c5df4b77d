#include "knocks/bursts/burst.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "stats/association.h"

#define PAUSE (180 * KS_SECOND) /* between two closed ports at most */
#define FIRST_PAUSE (150 * KS_SECOND)

static bool is_among(const struct ks_tries *t, const uint32_t *tries, size_t n, uint32_t place)
{
    for (size_t i = 0; i < n; i++)
        if (t->at[tries[i]].place == place)
            return true;
    return false;
}

bool ks_burst_has(const struct ks_tries *t, const struct ks_shot *shot, uint32_t place)
{
    return is_among(t, shot->tries, shot->n, place);
}

/* The time over which things happen at random: a short capture says little about how often. */
static double whole(const struct ks_tries *t)
{
    return t->seconds < 300 ? 300 : t->seconds;
}

/* ln n! */
static const double ln_factorial[KS_SHOT_MAX] = {
    0, 0, 0.6931471805599453, 1.791759469228055, 3.1780538303479458, 4.787491742782046, 6.579251212010101,
    8.525161361065415, 10.60460290274525, 12.801827480081469, 15.104412573075516, 17.502307845873887,
    19.987214495661885, 22.552163853123425, 25.19122118273868, 27.89927138384089, 30.671860106080672,
    33.50507345013689, 36.39544520803305, 39.339884187199495, 42.335616460753485, 45.38013889847691,
    48.47118135183523, 51.60667556776438};

/* ln of how likely n attempts in vain of `all`, spread over the capture at random, come within so many
 * seconds: the first term of the Poisson tail, at each of them. */
static double ln_close(const struct ks_tries *t, size_t n, size_t all, double ln_all, double seconds)
{
    double mu = (double)(all - 1) * (seconds + 0.01) / whole(t);
    return ln_all + (double)(n - 1) * log(mu) - ln_factorial[n - 1];
}

/* The longest pause before the n attempts gathered so far: generous against those inside them. */
static int64_t longest_pause(size_t n, int64_t widest)
{
    if (n == 0)
        return KS_SHOT_NEAR;
    if (n == 1)
        return FIRST_PAUSE;
    int64_t times = n == 2 ? 9 : 6; /* one pause alone says less */
    int64_t most = times * widest < PAUSE ? times * widest : PAUSE;
    return most > 10 * KS_SECOND ? most : 10 * KS_SECOND;
}

int64_t ks_burst_widest_pause(const struct ks_tries *t, const struct ks_shot *shot)
{
    int64_t widest = 0;
    for (size_t i = 1; i < shot->n; i++) {
        int64_t pause = t->at[shot->tries[i]].time - t->at[shot->tries[i - 1]].time;
        widest = pause > widest ? pause : widest;
    }
    return widest;
}

/* How often the source tries a burst's port at other times. */
static double tried_elsewhere(const struct ks_tries *t, const struct ks_shot *shot, size_t i)
{
    uint32_t link = t->at[shot->tries[i]].link, inside = 0;
    for (size_t k = 0; k < shot->n; k++)
        inside += t->at[shot->tries[k]].link == link;
    return (double)t->links[link].fresh - inside;
}

/* Takes out what is there anyway: a port that the same source tries so often at other times that it comes
 * into the burst's time by chance; at its ends a service that it tries at other times at all, and a port that is
 * the only one of the burst that it does. Returns the number of different ports that are left. */
static size_t drop_ordinary(const struct ks_tries *t, struct ks_shot *shot)
{
    const double most = 0.05, alone = 0.01; /* times by chance within the burst's time, and a second */
    double seconds = (double)(t->at[shot->tries[shot->n - 1]].time - t->at[shot->tries[0]].time) / 1e9;
    double others[KS_SHOT_MAX];
    size_t kept = 0, distinct = 0, n = shot->n, elsewhere = 0;
    for (size_t i = 0; i < n; i++) {
        others[i] = tried_elsewhere(t, shot, i);
        elsewhere += others[i] > 0;
    }
    for (size_t i = 0; i < n; i++) {
        const struct ks_try *x = &t->at[shot->tries[i]];
        bool seen = false, edge = i == 0 || i + 1 == n;
        double here = others[i] * (seconds + 1) / t->seconds;
        if ((others[i] >= 2 && (here > most || (here > alone && edge && elsewhere == 1))) ||
            (others[i] >= 1 && edge && t->places[x->place].registered))
            continue;
        for (size_t k = 0; k < kept && !seen; k++)
            seen = t->at[shot->tries[k]].link == x->link;
        shot->tries[kept++] = shot->tries[i];
        distinct += !seen;
    }
    shot->n = kept;
    return distinct;
}

/* The pauses of a burst on a scale of logarithms. */
struct rhythm {
    double mean, variance;
};

static double ln_pause(int64_t ns)
{
    return log((double)ns / 1e9 + 1e-3);
}

static void add_pause(struct ks_pauses *p, double ln)
{
    p->sum += ln;
    p->squares += ln * ln;
    p->n++;
}

/* Of one pause or more. */
static struct rhythm rhythm_of(const struct ks_pauses *p)
{
    const double usual = 0.5; /* variance; worth two pauses */
    return (struct rhythm){.mean = p->sum / p->n,
                           .variance = (2 * usual + fmax(0, p->squares - p->sum * p->sum / p->n)) / (p->n + 1)};
}

#define FEW 0.05 /* less than twice the least that ln_own takes as the burst's own share */

/* How many of so many attempts that are strewn over the capture come in a pause. */
static double strewn_in(const struct ks_tries *t, int64_t pause, double others)
{
    return (others + 0.5) / whole(t) * ((double)pause / 1e9 + 1e-3);
}

/* How likely a pause (`ln` of it) is in a burst: by its rhythm, one pause in five being of any length. */
static double density(struct rhythm rhythm, double ln)
{
    const double any = 0.2 / log(1000);
    double off = ln - rhythm.mean;
    return 0.8 * exp(-off * off / 2 / rhythm.variance) / sqrt(2 * M_PI * rhythm.variance) + any;
}

/* ln of how much likelier a pause beside a burst, of that density there, is one of its own than one before or after
 * attempts that its source strews over the capture, `others` of them. */
static double ln_own(const struct ks_tries *t, double own, int64_t pause, double others)
{
    const double odds = 2;
    double expected = strewn_in(t, pause, others);
    return log(odds * own) - log(expected) + expected;
}

#define SURELY 0.185 /* a density from which on ln_own is not negative, whatever is expected: x - ln x is 1 at least */

/* Whether it is not more likely a strewn one. *pauses: those between the first *summed attempts, to which those
 * between all n are added where they matter. */
static bool is_own(const struct ks_tries *t, const uint32_t *tries, size_t n, struct ks_pauses *pauses, size_t *summed,
                   int64_t pause, double others)
{
    if (strewn_in(t, pause, others) < FEW)
        return true;
    for (; *summed < n; ++*summed)
        add_pause(pauses, ln_pause(llabs(t->at[tries[*summed]].time - t->at[tries[*summed - 1]].time)));
    double own = density(rhythm_of(pauses), ln_pause(pause));
    return own >= SURELY || ln_own(t, own, pause, others) >= 0;
}

/* The attempts in vain that are neither a burst's n nor known to be of another one. */
static double strewn(const struct ks_walk *w, size_t n)
{
    return w->n > w->spared + n ? (double)(w->n - w->spared - n) : 0;
}

/* Begins to go back from the last of n attempts in vain, of `all` before the opening. */
static void begin_back(const struct ks_walk *w, struct ks_back *b, size_t n, size_t all)
{
    *b = (struct ks_back){.from = n,
                          .all = all,
                          .spared = w->spared,
                          .ln_all = log((double)all),
                          .least = INFINITY,
                          .chosen = INFINITY,
                          .summed = 1};
}

/* Takes one attempt more into the burst before any opening; false where that has ended: at a pause that is too long, or
 * as it is full. */
static bool go_back(const struct ks_tries *t, const struct ks_walk *w, struct ks_back *b)
{
    if (b->ended)
        return false;
    b->ended = true;
    if (b->n > KS_SHOT_MAX || b->n == b->from)
        return false;
    uint32_t number = w->vain[b->from - 1 - b->n];
    const struct ks_try *x = &t->at[number];
    int64_t gap = b->n > 0 ? b->later - x->time : 0;
    int64_t usual = b->n > 1 ? (t->at[b->tries[0]].time - b->later) / (int64_t)(b->n - 1) : 0;
    bool in_rhythm = b->n < 2 || gap <= (b->n == 2 ? 9 : 4) * usual;
    if (gap > longest_pause(b->n, b->widest) ||
        (b->n > 2 && !is_own(t, b->tries, b->n, &b->pauses, &b->summed, gap, strewn(w, b->n))))
        return false;
    if (gap > b->widest)
        b->widest = gap;
    b->ended = b->n == KS_SHOT_MAX;
    if (b->ended) { /* one more than there may be: of too many there is none, unless fewer have stood out before */
        b->at[++b->n] = (struct ks_back_at){.best = b->best, .chosen = b->best == KS_SHOT_MAX ? (double)NAN : b->chosen};
        return true;
    }
    b->distinct += !is_among(t, b->tries, b->n, x->place) &&
                   (x->outcome != KS_OPEN || t->places[x->place].open <= KS_OFTEN);
    b->tries[b->n++] = number;
    b->later = x->time;
    if (b->distinct >= 2) {
        double seconds = (double)(t->at[b->tries[0]].time - x->time) / 1e9;
        double ln_p = ln_close(t, b->n, b->all, b->ln_all, seconds);
        if (ln_p <= b->least || (in_rhythm && b->best + 1 == b->n)) {
            b->least = ln_p < b->least ? ln_p : b->least;
            b->chosen = ln_p;
            b->best = b->n;
        }
    }
    b->at[b->n] = (struct ks_back_at){.best = b->best, .chosen = b->chosen};
    return true;
}

/* Gathers a burst that ends with the last but `stray` of the `seen` attempts in vain before the opening, of which `all`
 * may be its own. Returns ln of how likely they come so close together by chance; more than 0: none, NAN: too many.
 * Where going back leads does not depend on the opening, only where it stops: many openings may follow one attempt. */
static double gather_last(const struct ks_tries *t, uint32_t opening, struct ks_walk *w, size_t seen, size_t stray,
                          size_t all, uint32_t stop, struct ks_shot *shot)
{
    const struct ks_try *o = &t->at[opening];
    struct ks_back *b = &w->back[stray];
    const uint32_t *end = w->vain + seen - stray;
    size_t n = 0;
    if (b->from != seen - stray || b->all != all || b->spared != w->spared)
        begin_back(w, b, seen - stray, all);
    if (o->time - t->at[end[-1]].time <= KS_SHOT_NEAR)
        while (n < b->from && (stop == KS_NONE || *(end - 1 - n) > stop) && t->at[*(end - 1 - n)].link != o->link &&
               (n < b->n || go_back(t, w, b)))
            n++;
    shot->n = b->at[n].best;
    for (size_t i = 0; i < shot->n; i++)
        shot->tries[i] = *(end - shot->n + i);
    return shot->n >= 2 ? b->at[n].chosen : INFINITY;
}

/* Where a burst is begun anew: after its widest pause, with at least half of the ports before it; where that is
 * one port alone, as in A B A C, by a pause that is far wider than the others. 0: nowhere. */
static size_t begun_anew(const struct ks_tries *t, const struct ks_shot *shot)
{
    int64_t widest = 0, second = 0;
    size_t at = 0, again = 0;
    for (size_t i = 1; i < shot->n; i++) {
        int64_t pause = t->at[shot->tries[i]].time - t->at[shot->tries[i - 1]].time;
        if (pause > widest) {
            second = widest;
            widest = pause;
            at = i;
        } else if (pause > second) {
            second = pause;
        }
    }
    for (size_t i = 0; i < at; i++) {
        bool here = false;
        for (size_t k = at; k < shot->n && !here; k++)
            here = t->at[shot->tries[k]].place == t->at[shot->tries[i]].place;
        again += here;
    }
    if (again == 0 || 2 * again < at || at + 2 > shot->n || at > shot->n - at)
        return 0;
    bool wide = again > 1 ? 2 * widest > 3 * second : widest > 4 * second;
    return wide ? at : 0;
}

/* Leaves out tries that went wrong before the last one. */
static void drop_failed(const struct ks_tries *t, struct ks_shot *shot)
{
    for (size_t at = begun_anew(t, shot); at > 0; at = begun_anew(t, shot)) {
        shot->n -= at;
        memmove(shot->tries, shot->tries + at, shot->n * sizeof *shot->tries);
    }
}

/* Whether the attempt after a burst is out of its rhythm. */
static bool is_far(const struct ks_tries *t, const struct ks_shot *shot, uint32_t next, const struct ks_walk *w)
{
    if (shot->n < 3)
        return false;
    struct ks_pauses pauses = {0};
    size_t summed = 1;
    int64_t pause = t->at[next].time - t->at[shot->tries[shot->n - 1]].time;
    return !is_own(t, shot->tries, shot->n, &pauses, &summed, pause, strewn(w, shot->n));
}

/* Leaves out attempts at a burst's end that are out of the rhythm of those before them: strewn ones. */
static void drop_strewn(const struct ks_tries *t, struct ks_shot *shot, size_t all)
{
    double least = 0, ln[KS_SHOT_MAX];
    int64_t pause[KS_SHOT_MAX];
    size_t kept = shot->n;
    struct ks_pauses pauses = {0};
    if (shot->n < 4)
        return;
    for (size_t i = 1; i < shot->n; i++) {
        pause[i] = t->at[shot->tries[i]].time - t->at[shot->tries[i - 1]].time;
        ln[i] = ln_pause(pause[i]);
    }
    add_pause(&pauses, ln[1]);
    for (size_t n = 3; n < shot->n; n++) {
        add_pause(&pauses, ln[n - 1]);
        struct rhythm rhythm = rhythm_of(&pauses);
        double sum = 0;
        for (size_t i = n; i < shot->n; i++)
            sum += ln_own(t, density(rhythm, ln[i]), pause[i], all > n ? (double)(all - n) : 0);
        if (sum < least) {
            least = sum;
            kept = n;
        }
    }
    shot->n = kept;
}

bool ks_burst_gather(const struct ks_tries *t, uint32_t opening, struct ks_walk *w, size_t seen, uint32_t stop,
                     struct ks_shot *shot)
{
    enum { STRAY = 3, STRAY_NEW = KS_STRAYS };
    const double each = 0.5; /* of choosing among them */
    size_t most = t->links[t->at[opening].link].first_open == opening ? STRAY_NEW : STRAY;
    size_t all = seen > w->spared + 2 ? seen - w->spared : 2;
    double least = gather_last(t, opening, w, seen, 0, all, stop, shot);
    least = isnan(least) ? INFINITY : least;
    /* Stray attempts may come between a burst and what it opens. */
    for (size_t stray = 1; stray <= most && stray + 2 < seen; stray++) {
        uint32_t next = w->vain[seen - stray];
        if ((stop != KS_NONE && next <= stop) || t->at[opening].time - t->at[next].time > KS_SHOT_NEAR)
            break;
        if (strewn_in(t, t->at[next].time - t->at[w->vain[seen - stray - 1]].time, (double)(w->n - w->spared)) < FEW)
            continue; /* it would be the burst's own: see is_far */
        struct ks_shot other = *shot;
        double ln_p = gather_last(t, opening, w, seen, stray, all, stop, &other);
        if (!(ln_p < least) || !is_far(t, &other, next, w))
            continue;
        double seconds = (double)(t->at[opening].time - t->at[other.tries[other.n - 1]].time) / 1e9;
        double mu = strewn(w, other.n) * seconds / whole(t);
        double cost = each * (double)stray - ks_poisson_tail_ln(log(mu), stray);
        if (ln_p + cost < least) {
            *shot = other;
            least = ln_p + cost;
        }
    }
    if (!isfinite(least))
        return false;
    drop_strewn(t, shot, w->n - w->spared);
    drop_failed(t, shot);
    return drop_ordinary(t, shot) >= 2;
}

double ks_burst_ln_soon(const struct ks_tries *t, const struct ks_shot *shot, double others)
{
    double seconds = (double)(t->at[shot->opening].time - t->at[shot->tries[shot->n - 1]].time) / 1e9;
    return log(-expm1(-(others + 0.5) / whole(t) * (seconds + 0.05)));
}

double ks_burst_ln_new(const struct ks_tries *t, const struct ks_shot *shot)
{
    const struct ks_try *o = &t->at[shot->opening];
    unsigned range = t->places[o->place].range;
    uint32_t all = shot->mixed && !shot->back ? t->goals[shot->goal].open_links[range]
                                              : t->pairs[o->pair].open_links[range];
    return ks_burst_ln_soon(t, shot, all > 0 ? (double)all - 1 : 0);
}

double ks_burst_ln_dense(const struct ks_tries *t, const struct ks_shot *shot, size_t all)
{
    double seconds = (double)(t->at[shot->tries[shot->n - 1]].time - t->at[shot->tries[0]].time) / 1e9;
    double mu = (double)(all - shot->n + 1) * (seconds + 0.01) / t->seconds;
    double ln_p = ks_poisson_tail_ln(log(mu), shot->n - 1) + log((double)all);
    return ln_p < 0 ? ln_p : 0;
}

bool ks_burst_may(const struct ks_hunt *hunt, uint32_t number)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_try *x = &t->at[number];
    const struct ks_link *link = &t->links[x->link];
    if (x->repeat || hunt->used[number] || link->fresh > KS_OFTEN)
        return false;
    if (x->outcome != KS_OPEN)
        return link->open == 0;
    return t->places[x->place].item >> 16 == KS_TCP && link->open == link->n && !ks_try_sends(t, number);
}

bool ks_burst_goes_on(const struct ks_tries *t, const struct ks_shot *shot, const struct ks_walk *w,
                      size_t seen)
{
    if (seen == w->n)
        return false;
    const struct ks_try *next = &t->at[w->vain[seen]], *last = &t->at[shot->tries[shot->n - 1]];
    return 2 * (next->time - last->time) <= 3 * ks_burst_widest_pause(t, shot) &&
           !ks_burst_has(t, shot, next->place);
}

bool ks_walk_gather(const struct ks_hunt *hunt, const uint32_t *order, uint32_t first, uint32_t n,
                    bool (*may)(const struct ks_hunt *, uint32_t), struct ks_walk *w)
{
    ks_walk_begin(w);
    for (uint32_t p = first; p < first + n; p++) {
        if (!may(hunt, order[p]))
            continue;
        if (!ks_reserve((void **)&w->vain, &w->cap, w->n + 1, sizeof *w->vain))
            return false;
        w->vain[w->n++] = order[p];
    }
    return true;
}

struct ks_status ks_shots_keep(struct ks_shots *out, const struct ks_shot *shot)
{
    if (!ks_reserve((void **)&out->at, &out->cap, out->n + 1, sizeof *out->at))
        return ks_nomem("the one-shot knocks");
    out->at[out->n++] = *shot;
    return ks_ok();
}
