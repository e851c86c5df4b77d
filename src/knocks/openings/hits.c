#include "knocks/openings/hits.h"

#include <math.h>
#include <stdlib.h>

#include "base/memory.h"

enum { WALK = 20000 };

static bool is_port_of(const struct ks_candidate *c, uint32_t place)
{
    for (size_t j = 0; j + 1 < c->m; j++)
        if (c->place[j] == place)
            return true;
    return false;
}

static void add(struct ks_hits *hits, struct ks_hit hit)
{
    if (hits->failed || !ks_reserve((void **)&hits->at, &hits->cap, hits->n + 1, sizeof *hits->at)) {
        hits->failed = true;
        return;
    }
    hits->at[hits->n++] = hit;
}

/* The first position in order[first..first+n) whose time is later than `time`. */
static uint32_t after(const struct ks_tries *t, const uint32_t *order, uint32_t first, uint32_t n,
                      int64_t time)
{
    uint32_t low = first, high = first + n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (t->at[order[middle]].time <= time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void ks_hits_gather(const struct ks_hunt *hunt, const struct ks_candidate *c, size_t i, enum ks_who who,
                    struct ks_hits *hits)
{
    const struct ks_tries *t = hunt->t;
    const struct ks_occurrence *o = &c->at[i];
    const struct ks_try *last = &t->at[o->last];
    int64_t until = last->time + hunt->follow;
    for (size_t k = i + 1; k < c->n; k++) {
        const struct ks_try *next = &t->at[c->at[k].first];
        if (next->time >= until)
            break;
        if (c->mixed || who == KS_ANYONE || next->pair == last->pair) {
            until = next->time;
            break;
        }
    }
    const uint32_t *order = t->by_pair;
    const uint64_t *open = who == KS_ANYONE ? t->open_goal : t->open_pair;
    uint32_t first, end;
    if (who == KS_TARGET) {
        uint32_t pair = ks_tries_pair(t, t->goals[c->goal].host, ks_try_source(t, last));
        if (pair == KS_NONE)
            return;
        end = t->pairs[pair].first + t->pairs[pair].n;
        first = after(t, order, t->pairs[pair].first, t->pairs[pair].n, last->time);
    } else if (who == KS_KNOCKER) {
        first = last->at_pair + 1;
        end = t->pairs[last->pair].first + t->pairs[last->pair].n;
    } else {
        order = t->by_goal;
        first = last->at_goal + 1;
        end = t->goals[c->goal].first + t->goals[c->goal].n;
    }
    end = end - first > WALK ? first + WALK : end;
    for (uint32_t p = ks_lean_after(open, first, end); p < end; p = ks_lean_after(open, p + 1, end)) {
        const struct ks_try *x = &t->at[order[p]];
        if (x->time >= until)
            break;
        if (!is_port_of(c, x->place))
            add(hits, (struct ks_hit){.place = x->place,
                                      .activation = (uint32_t)i,
                                      .try = order[p],
                                      .after = x->time - last->time});
    }
}

/* Leaves out the candidate's own ports as a pair sees them. */
static void leave_out(const struct ks_tries *t, const struct ks_candidate *c, uint32_t pair,
                      struct ks_usual *usual)
{
    for (size_t j = 0; j < c->m; j++) {
        uint32_t link = ks_tries_link(t, pair, c->place[j]);
        bool seen = false;
        for (size_t i = 0; i < j && !seen; i++)
            seen = c->place[i] == c->place[j];
        uint32_t *ports = &usual->ports[t->places[c->place[j]].range];
        if (link != KS_NONE && t->links[link].open > 0 && !seen && *ports > 0)
            --*ports;
    }
}

struct ks_usual ks_usual_count(const struct ks_hunt *hunt, const struct ks_candidate *c, enum ks_who who)
{
    const struct ks_tries *t = hunt->t;
    struct ks_usual usual = {.crowded = 0};
    uint32_t last = KS_NONE;
    if (who == KS_ANYONE) {
        for (unsigned r = 0; r < KS_RANGES; r++)
            usual.ports[r] = t->goals[c->goal].open_places[r];
        usual.crowded = t->goals[c->goal].crowded;
    }
    for (size_t i = 0; i < c->n && who != KS_ANYONE; i++) {
        uint32_t pair = t->at[c->at[i].last].pair;
        if (pair == last)
            continue;
        last = pair;
        uint32_t number =
            who == KS_TARGET ? ks_tries_pair(t, t->goals[c->goal].host, t->pairs[pair].source) : pair;
        if (number == KS_NONE)
            continue;
        for (unsigned r = 0; r < KS_RANGES; r++)
            usual.ports[r] += t->pairs[number].open_links[r];
        usual.crowded += t->pairs[number].crowded;
        if (who == KS_KNOCKER)
            leave_out(t, c, pair, &usual);
    }
    return usual;
}

static int by_place(const void *x, const void *y)
{
    const struct ks_hit *a = x, *b = y;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    if (a->activation != b->activation)
        return a->activation < b->activation ? -1 : 1;
    return (a->after > b->after) - (a->after < b->after);
}

void ks_hits_by_place(struct ks_hit *at, size_t n)
{
    if (n > 0)
        qsort(at, n, sizeof *at, by_place);
}

static int by_activation(const void *x, const void *y)
{
    const struct ks_hit *a = x, *b = y;
    if (a->activation != b->activation)
        return a->activation < b->activation ? -1 : 1;
    return (a->after > b->after) - (a->after < b->after);
}

void ks_hits_by_activation(struct ks_hit *at, size_t n)
{
    if (n > 0)
        qsort(at, n, sizeof *at, by_activation);
}

double ks_hit_ln_within(double rate, int64_t ns)
{
    return log(-expm1(-rate * ((double)ns / 1e9 + 0.05)));
}

/* How far apart two are, before and after; a fiftieth of the time is no more alike than that. */
static int64_t apart(const struct ks_hit *a, const struct ks_hit *b)
{
    int64_t between = 2 * llabs(a->after - b->after), least = a->after / 50;
    return between > least ? between : least;
}

/* How far the nearest of n hits of one activation is from another hit. As they are in time order, the distances
 * fall to where a fiftieth of the time is more than twice what lies between, then rise. */
static int64_t nearest(const struct ks_hit *at, size_t n, const struct ks_hit *from)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (2 * (from->after - at[middle].after) <= at[middle].after / 50)
            high = middle;
        else
            low = middle + 1;
    }
    int64_t least = low < n ? apart(&at[low], from) : INT64_MAX;
    int64_t before = low > 0 ? apart(&at[low - 1], from) : INT64_MAX;
    return before < least ? before : least;
}

/* Adds up, over the activations (whose hits are at[start[i]..start[i + 1])) but that of hit `from`, ln of the
 * chance that one is as near to it. */
static double near(const struct ks_hit *at, const uint8_t *start, size_t activations, const struct ks_hit *from,
                   double rate)
{
    double sum = 0;
    for (size_t i = 0; i < activations; i++)
        if (from->activation != at[start[i]].activation)
            sum += ks_hit_ln_within(rate, nearest(&at[start[i]], start[i + 1] - start[i], from));
    return sum;
}

/* Takes, of each activation, the hit that is nearest to hit `from`. */
static void take_near(struct ks_hit *at, size_t n, size_t from)
{
    for (size_t i = 0, end; i < n; i = end) {
        size_t best = i;
        for (end = i; end < n && at[end].activation == at[i].activation; end++) {
            at[end].taken = false;
            if (apart(&at[end], &at[from]) < apart(&at[best], &at[from]))
                best = end;
        }
        at[at[from].activation == at[i].activation ? from : best].taken = true;
    }
}

double ks_hits_alike(struct ks_hit *at, size_t n, double rate)
{
    enum { MANY = 128 };
    uint8_t start[MANY + 1];
    size_t best = 0, count = 0;
    double least = 0;
    if (n > MANY) /* it answers all the time */
        return 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || at[i].activation != at[i - 1].activation)
            start[count++] = (uint8_t)i;
    start[count] = (uint8_t)n;
    for (size_t i = 0; i < n && count > 1; i++) {
        double sum = near(at, start, count, &at[i], rate);
        if (sum < least) {
            least = sum;
            best = i;
        }
    }
    take_near(at, n, best);
    return count < 2 ? 0 : ks_combined_ln_p(count - 1, least) + log((double)n / (double)count);
}

/* What a choice among hits says. */
struct choice {
    double ln_p, after;
    size_t n;
    uint32_t ports[KS_RANGES]; /* taken ones */
};

/* Takes, of each activation, the hit that is least due to chance by the rates of each kind; nearest to hit
 * `from`, or (SIZE_MAX) to the activation. */
static struct choice take(const struct ks_tries *t, struct ks_hit *at, size_t n, const double rate[KS_RANGES],
                          size_t from)
{
    const double likely = log(0.5);
    struct choice c = {.n = 0};
    double sum = 0;
    for (size_t i = 0, end; i < n; i = end) {
        size_t best = i;
        double least = INFINITY;
        for (end = i; end < n && at[end].activation == at[i].activation; end++) {
            int64_t ns = from == SIZE_MAX ? at[end].after : apart(&at[end], &at[from]);
            double expected =
                end == from ? 0 : rate[t->places[at[end].place].range] * ((double)ns / 1e9 + 0.05);
            expected *= at[end].flips ? KS_FLIPS : 1;
            at[end].taken = false;
            if (expected < least) {
                least = expected;
                best = end;
            }
        }
        at[best].chance = best == from ? -INFINITY : log(-expm1(-least));
        if (from != SIZE_MAX && at[best].chance > likely)
            continue;
        at[best].taken = true;
        c.n++;
        c.ports[t->places[at[best].place].range]++;
        c.after += (double)at[best].after / 1e9;
        sum += best != from ? at[best].chance : at[best].flips ? log(KS_FLIPS) : 0;
    }
    if (from == SIZE_MAX)
        c.ln_p = ks_combined_ln_p(c.n, sum);
    else
        c.ln_p = c.n < 2 ? 0 : ks_combined_ln_p(c.n - 1, sum);
    return c;
}

double ks_hits_choose(const struct ks_tries *t, struct ks_hit *at, size_t n, const struct ks_usual *usual,
                      size_t *taken)
{
    enum { MANY = 200 };
    double rate[KS_RANGES];
    size_t of_kind[KS_RANGES] = {0}, best = SIZE_MAX;
    for (unsigned r = 0; r < KS_RANGES; r++)
        rate[r] = (usual->ports[r] + 0.5) / t->seconds;
    struct choice c = take(t, at, n, rate, SIZE_MAX);
    double rest = t->seconds - c.after > t->seconds / 4 ? t->seconds - c.after : t->seconds / 4;
    for (unsigned r = 0; r < KS_RANGES; r++)
        rate[r] = ((usual->ports[r] > c.ports[r] ? usual->ports[r] - c.ports[r] : 0) + 0.5) / rest;
    rate[KS_CROWDED] *= KS_CROWD;
    for (size_t i = 0; i < n; i++)
        of_kind[t->places[at[i].place].range]++;
    c = take(t, at, n, rate, SIZE_MAX);
    double least = c.ln_p;
    *taken = c.n;
    for (size_t i = 0; i < n && n <= MANY; i++) {
        c = take(t, at, n, rate, i);
        c.ln_p += log((double)of_kind[t->places[at[i].place].range] + 1);
        if (c.n > 1 && c.ln_p < least) {
            least = c.ln_p;
            best = i;
            *taken = c.n;
        }
    }
    take(t, at, n, rate, best);
    return least;
}
