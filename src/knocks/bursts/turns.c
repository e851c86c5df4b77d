/* Bursts and openings that take turns. */
#include <math.h>

#include "knocks/bursts/burst.h"
#include "knocks/openings/hits.h"
#include "stats/association.h"

enum { FEWEST = 3, MOST_ALIKE = 128 };

/* What a source does in time order, as bursts and openings. */
struct turns {
    uint32_t bursts, openings;
    uint32_t any;   /* bursts, and attempts in vain that are none */
    uint32_t turns; /* a burst and an opening right after it */
};

/* Whether a try opens the shots' port; where it varies, any port for the first time. */
static bool is_opening(const struct ks_tries *t, const struct ks_shot *shot, uint32_t number)
{
    const struct ks_try *x = &t->at[number];
    return x->outcome == KS_OPEN && !x->repeat &&
           (!shot->varying || (t->links[x->link].first_open == number &&
                               !ks_always_open(t, t->links[x->link].open, x->time)));
}

/* Whether it is one in vain at another port than those that open. */
static bool is_vain(const struct ks_tries *t, const struct ks_shot *shot, uint32_t link, uint32_t number)
{
    const struct ks_try *x = &t->at[number];
    return x->outcome != KS_OPEN && !x->repeat && (shot->varying ? t->links[x->link].open == 0 : x->link != link);
}

/* What counts as a burst: so many attempts in vain, none of them longer after the one before. */
struct measure {
    size_t least;
    int64_t pause;
};

/* As the smallest and the slowest of n shots are; any attempt where they are so slow that others would come together
 * as often by chance. */
static struct measure measure_of(const struct ks_tries *t, const struct ks_shot *shots, size_t n)
{
    const double few = 0.05;
    struct measure m = {.least = KS_SHOT_MAX, .pause = KS_SECOND / 10};
    for (size_t k = 0; k < n; k++) {
        int64_t widest = ks_burst_widest_pause(t, &shots[k]);
        m.least = shots[k].n < m.least ? shots[k].n : m.least;
        m.pause = 2 * widest > m.pause ? 2 * widest : m.pause;
    }
    if ((double)shots[0].all / t->seconds * (double)m.pause / 1e9 > few)
        m = (struct measure){.least = 1, .pause = 0};
    return m;
}

/* Where n shots' attempts are, by time. */
struct own {
    const struct ks_shot *shots;
    size_t n, shot, seen; /* attempts of that shot */
};

/* Whether an attempt goes on with a shot's; called for each in time order. */
static bool goes_on(struct own *own, uint32_t number)
{
    while (own->shot < own->n && own->shots[own->shot].tries[own->shots[own->shot].n - 1] < number) {
        own->shot++;
        own->seen = 0;
    }
    bool in_shot = false;
    for (size_t i = 0; own->shot < own->n && i < own->shots[own->shot].n && !in_shot; i++)
        in_shot = own->shots[own->shot].tries[i] == number;
    own->seen += in_shot;
    return in_shot && own->seen > 1;
}

/* Counts them for n shots, by time, of one pair, at one port or one each time. */
static struct turns count(const struct ks_tries *t, const struct ks_shot *shots, size_t n)
{
    struct turns all = {0};
    const struct ks_try *opening = &t->at[shots[0].opening];
    const struct ks_pair *pair = &t->pairs[shots[0].pair], *opener = &t->pairs[opening->pair];
    const struct ks_link *link = &t->links[opening->link];
    const uint32_t *tries = &t->by_pair[pair->first];
    const uint32_t *doors = shots[0].varying ? &t->by_pair[opener->first] : &t->by_link[link->first];
    uint32_t p = 0, n_tries = pair->n, q = 0, n_doors = shots[0].varying ? opener->n : link->n;
    const struct measure m = measure_of(t, shots, n);
    struct own own = {.shots = shots, .n = n};
    size_t together = 0; /* attempts in vain, one soon after the other */
    int64_t last = 0;
    bool last_burst = false;
    while (p < n_tries || q < n_doors) {
        bool at_door = p == n_tries || (q < n_doors && doors[q] <= tries[p]);
        uint32_t number = at_door ? doors[q++] : tries[p++];
        if (at_door ? !is_opening(t, shots, number) : !is_vain(t, shots, opening->link, number))
            continue;
        if (at_door) {
            all.openings++;
            all.turns += last_burst;
            last_burst = false;
            together = 0;
            continue;
        }
        bool joined = goes_on(&own, number) || t->at[number].time - last <= m.pause;
        together = together > 0 && joined ? together + 1 : 1;
        last = t->at[number].time;
        all.any += together == 1;
        all.bursts += together == m.least;
        last_burst = last_burst || together >= m.least;
    }
    return all;
}

/* ln of how likely openings come so nearly as long after n of all that may be bursts as one of them does. */
static double ln_alike(const struct ks_tries *t, const struct ks_shot *shots, size_t n,
                       const struct turns *all)
{
    struct ks_hit hits[MOST_ALIKE];
    if (n > MOST_ALIKE)
        return 0;
    for (size_t k = 0; k < n; k++) {
        int64_t last = t->at[shots[k].tries[shots[k].n - 1]].time;
        hits[k] = (struct ks_hit){.place = shots[k].place,
                                  .activation = (uint32_t)k,
                                  .try = shots[k].opening,
                                  .after = t->at[shots[k].opening].time - last};
    }
    double seconds = (double)(t->at[shots[n - 1].opening].time - t->at[shots[0].tries[0]].time) / 1e9;
    double ln_p = ks_hits_alike(hits, n, (double)all->openings / (seconds + 1)) + log((double)n) +
                  ks_ln_choose(fmax((double)all->any, (double)n), (double)n);
    return ln_p < 0 ? ln_p : 0;
}

double ks_bursts_ln_turns(const struct ks_tries *t, const struct ks_shot *shots, size_t n)
{
    if (n < FEWEST || shots[0].mixed || shots[0].other)
        return 0;
    for (size_t k = 1; k < n; k++)
        if (shots[k].pair != shots[0].pair ||
            (!shots[0].varying && t->at[shots[k].opening].link != t->at[shots[0].opening].link))
            return 0;
    struct turns all = count(t, shots, n);
    double turns = ks_fisher_ln_p(all.bursts + all.openings, all.bursts, all.openings, all.turns);
    double ln_p = ks_combined_ln_p(2, turns + ln_alike(t, shots, n, &all));
    const struct ks_pair *pair = &t->pairs[t->at[shots[0].opening].pair];
    uint32_t ports = 0;
    for (unsigned range = 0; range < KS_RANGES; range++)
        ports += pair->open_links[range];
    ln_p += shots[0].varying || ports < 2 ? 0 : log((double)ports);
    return ln_p < 0 ? ln_p : 0;
}
