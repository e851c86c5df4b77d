/* The orders that tries are looked at in. Each follows from one that is there by a stable sort of one number
 * more: by target and source from by source, by port from by item, by link from by port. */
#include <string.h>

#include "base/memory.h"
#include "knocks/attempts/halves.h"
#include "knocks/attempts/tries.h"

/* Columns by try: numbers that sorting reads again and again. */
struct columns {
    uint32_t *source, *target, *item, *goal, *pair, *place;
    uint32_t *spare[2], *next[2]; /* while orders are made, by half */
    uint32_t most_item;
};

/* `to` := 0..n-1 sorted by key, which is at most `most`; stable. Least significant digit first, in as few passes as
 * tables of counts that fit the fastest cache allow. spare holds n. */
static void sort(uint32_t *to, uint32_t *spare, size_t n, const uint32_t *key, uint32_t most)
{
    enum { FEW = 1 << 14, BITS = 13, BITS_FEW = 11 };
    unsigned bits = 1, widest = n < FEW ? BITS_FEW : BITS;
    while (bits < 32 && most >> bits != 0)
        bits++;
    unsigned passes = (bits + widest - 1) / widest, digit = (bits + passes - 1) / passes;
    uint32_t count[1 << BITS], mask = (UINT32_C(1) << digit) - 1;
    const uint32_t *from = NULL;
    for (unsigned pass = 0; pass < passes; pass++) {
        unsigned shift = pass * digit;
        uint32_t *out = (passes - pass) % 2 == 1 ? to : spare; /* the last pass ends in `to` */
        memset(count, 0, (mask + 1) * sizeof *count);
        for (size_t i = 0; i < n; i++)
            count[key[i] >> shift & mask]++;
        uint32_t sum = 0;
        for (size_t d = 0; d <= mask; d++) {
            uint32_t c = count[d];
            count[d] = sum;
            sum += c;
        }
        if (from == NULL)
            for (size_t i = 0; i < n; i++)
                out[count[key[i] >> shift & mask]++] = (uint32_t)i;
        else
            for (size_t i = 0; i < n; i++)
                out[count[key[from[i]] >> shift & mask]++] = from[i];
        from = out;
    }
}

/* `to` := `from` sorted by group, stable, where it is known where each group begins: next, by group, which is used up. */
static void deal(const uint32_t *from, uint32_t *to, size_t n, const uint32_t *group, uint32_t *next)
{
    for (size_t i = 0; i < n; i++)
        to[next[group[from[i]]]++] = from[i];
}

static bool columns_make(const struct ks_tries *t, struct columns *c)
{
    uint32_t **const all[] = {&c->source, &c->target, &c->item, &c->goal, &c->pair, &c->place,
                               &c->spare[0], &c->spare[1], &c->next[0], &c->next[1]};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        *all[k] = ks_alloc(t->n + 1, sizeof **all[k]);
        if (*all[k] == NULL)
            return false;
    }
    for (size_t i = 0; i < t->n; i++) {
        uint32_t event = t->at[i].event;
        c->source[i] = t->log->source[event];
        c->target[i] = t->log->target[event];
        c->item[i] = ks_item_narrow(t->log, event);
        c->most_item = c->item[i] > c->most_item ? c->item[i] : c->most_item;
    }
    return true;
}

static void columns_free(struct columns *c)
{
    ks_free(c->source);
    ks_free(c->target);
    ks_free(c->item);
    ks_free(c->goal);
    ks_free(c->pair);
    ks_free(c->place);
    for (unsigned half = 0; half < 2; half++) {
        ks_free(c->spare[half]);
        ks_free(c->next[half]);
    }
}

static uint32_t last_host(const struct ks_tries *t)
{
    return t->log->n_hosts > 0 ? (uint32_t)t->log->n_hosts - 1 : 0;
}

/* Multicast and broadcast addresses: what is sent there wakes nobody by a sequence. */
static bool is_many(const struct ks_address *a)
{
    if (a->version == 6)
        return a->bytes[0] == 0xff;
    return (a->bytes[0] & 0xf0) == 0xe0 || (a->bytes[0] == 255 && a->bytes[3] == 255) || a->bytes[3] == 255;
}

static struct ks_status make_goals(struct ks_tries *t, struct columns *c)
{
    sort(t->by_goal, c->spare[0], t->n, c->target, last_host(t));
    size_t cap = 0;
    t->goal_of = ks_alloc(t->log->n_hosts + 1, sizeof *t->goal_of);
    if (t->goal_of == NULL)
        return ks_nomem("the targets");
    memset(t->goal_of, 0xff, t->log->n_hosts * sizeof *t->goal_of);
    const uint32_t *order = t->by_goal, *target = c->target;
    uint32_t *goals = c->goal;
    for (size_t first = 0, i; first < t->n; first = i) {
        uint32_t host = target[order[first]], goal = t->n_goals;
        for (i = first; i < t->n && target[order[i]] == host; i++)
            goals[order[i]] = goal;
        if (!ks_reserve((void **)&t->goals, &cap, t->n_goals + 1, sizeof *t->goals))
            return ks_nomem("the targets");
        t->goal_of[host] = goal;
        t->goals[t->n_goals++] = (struct ks_goal){
            .host = host, .first = (uint32_t)first, .n = (uint32_t)(i - first), .many = is_many(&t->log->hosts[host])};
    }
    return ks_ok();
}

static struct ks_status make_pairs(struct ks_tries *t, struct columns *c)
{
    sort(c->spare[0], t->by_pair, t->n, c->source, last_host(t));
    for (uint32_t g = 0; g < t->n_goals; g++)
        c->next[0][g] = t->goals[g].first;
    deal(c->spare[0], t->by_pair, t->n, c->goal, c->next[0]);
    size_t cap = 0;
    const uint32_t *order = t->by_pair, *goals = c->goal, *sources = c->source;
    uint32_t *pairs = c->pair;
    for (size_t first = 0, i; first < t->n; first = i) {
        uint32_t goal = goals[order[first]], source = sources[order[first]], pair = t->n_pairs;
        for (i = first; i < t->n && goals[order[i]] == goal && sources[order[i]] == source; i++)
            pairs[order[i]] = pair;
        if (!ks_reserve((void **)&t->pairs, &cap, t->n_pairs + 1, sizeof *t->pairs))
            return ks_nomem("the pairs of hosts");
        if (t->goals[goal].n_pairs++ == 0)
            t->goals[goal].first_pair = pair;
        t->pairs[t->n_pairs++] =
            (struct ks_pair){.source = source, .goal = goal, .first = (uint32_t)first, .n = (uint32_t)(i - first)};
    }
    return ks_ok();
}

static struct ks_status make_places(struct ks_tries *t, struct columns *c)
{
    sort(c->spare[1], t->by_place, t->n, c->item, c->most_item);
    const uint32_t *goals = c->goal, *items = c->item, *order = c->spare[1];
    uint32_t *places = c->place;
    uint32_t last = t->n > 0 ? items[order[0]] : 0, same = 0;
    for (size_t i = 0; i < t->n; i++) { /* in the place, for now, the number of the item */
        same += items[order[i]] != last;
        last = items[order[i]];
        places[order[i]] = same;
    }
    t->n_items = same + 1;
    for (uint32_t g = 0; g < t->n_goals; g++)
        c->next[1][g] = t->goals[g].first;
    deal(c->spare[1], t->by_place, t->n, goals, c->next[1]);
    order = t->by_place;
    t->places = ks_alloc(t->n + 1, sizeof *t->places); /* what is not used of it is never touched */
    if (t->places == NULL)
        return ks_nomem("the ports of targets");
    for (size_t first = 0, i; first < t->n; first = i) {
        uint32_t goal = goals[order[first]], item = items[order[first]], place = t->n_places;
        same = places[order[first]];
        for (i = first; i < t->n && goals[order[i]] == goal && items[order[i]] == item; i++)
            places[order[i]] = place;
        if (t->goals[goal].n_places++ == 0)
            t->goals[goal].first_place = place;
        t->places[t->n_places++] = (struct ks_place){.goal = goal,
                                                     .item = item,
                                                     .same = same,
                                                     .first = (uint32_t)first,
                                                     .n = (uint32_t)(i - first),
                                                     .first_open = INT64_MAX};
    }
    return ks_ok();
}

static struct ks_status make_links(struct ks_tries *t, struct columns *c)
{
    for (uint32_t p = 0; p < t->n_pairs; p++)
        c->next[0][p] = t->pairs[p].first;
    deal(t->by_place, t->by_link, t->n, c->pair, c->next[0]);
    t->links = ks_alloc(t->n + 1, sizeof *t->links); /* what is not used of it is never touched */
    if (t->links == NULL)
        return ks_nomem("the ports as each source sees them");
    const uint32_t *order = t->by_link, *pairs = c->pair, *places = c->place;
    for (size_t first = 0, i; first < t->n; first = i) {
        uint32_t pair = pairs[order[first]], place = places[order[first]], link = t->n_links;
        for (i = first; i < t->n && pairs[order[i]] == pair && places[order[i]] == place; i++) {
            t->at[order[i]].link = link;
            t->at[order[i]].at_link = (uint32_t)i;
        }
        if (t->pairs[pair].n_links++ == 0)
            t->pairs[pair].first_link = link;
        t->links[t->n_links++] = (struct ks_link){.pair = pair,
                                                  .place = place,
                                                  .first = (uint32_t)first,
                                                  .n = (uint32_t)(i - first),
                                                  .first_open = KS_NONE,
                                                  .last_vain = INT64_MIN,
                                                  .last_closed = INT64_MIN};
        t->places[place].sources++;
    }
    return ks_ok();
}

/* Hands the numbers to the tries. */
static void hand_out(struct ks_tries *t, struct columns *c)
{
    for (size_t i = 0; i < t->n; i++) { /* where each stands in an order: the order turned around; the columns are not needed now */
        c->source[t->by_pair[i]] = (uint32_t)i;
        c->target[t->by_goal[i]] = (uint32_t)i;
    }
    for (size_t i = 0; i < t->n; i++) {
        struct ks_try *now = &t->at[i];
        now->goal = c->goal[i];
        now->pair = c->pair[i];
        now->place = c->place[i];
        now->at_pair = c->source[i];
        now->at_goal = c->target[i];
    }
}

/* Pairs and ports have nothing to do with each other. */
struct parts {
    struct ks_tries *t;
    struct columns *c;
    struct ks_status status[2];
};

static void make_parts(void *context, unsigned half)
{
    struct parts *parts = context;
    parts->status[half] = half == 0 ? make_pairs(parts->t, parts->c) : make_places(parts->t, parts->c);
}

struct ks_status ks_tries_lay_out(struct ks_tries *t, bool two)
{
    struct columns c = {0};
    struct parts parts = {.t = t, .c = &c};
    uint32_t **const orders[] = {&t->by_goal, &t->by_pair, &t->by_place, &t->by_link};
    bool room = columns_make(t, &c);
    for (size_t k = 0; k < sizeof orders / sizeof *orders && room; k++) {
        *orders[k] = ks_alloc(t->n + 1, sizeof **orders[k]);
        room = *orders[k] != NULL;
    }
    struct ks_status status = room ? make_goals(t, &c) : ks_nomem("the attempts");
    if (ks_is_ok(status)) {
        ks_halves(two, make_parts, &parts);
        status = ks_is_ok(parts.status[0]) ? parts.status[1] : parts.status[0];
    }
    if (ks_is_ok(status))
        status = make_links(t, &c);
    if (ks_is_ok(status))
        hand_out(t, &c);
    columns_free(&c);
    return status;
}
