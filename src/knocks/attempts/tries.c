#include "knocks/attempts/tries.h"

#include "base/memory.h"

uint32_t ks_link_from(const struct ks_tries *t, const struct ks_link *link, int64_t time)
{
    uint32_t low = link->first, high = link->first + link->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (t->at[t->by_link[middle]].time < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool ks_link_closed_before(const struct ks_tries *t, const struct ks_link *link, int64_t time)
{
    uint32_t from = ks_link_from(t, link, time);
    return from > link->first && ks_try_closed(t, &t->at[t->by_link[from - 1]]);
}

bool ks_always_open(const struct ks_tries *t, uint32_t open, int64_t first)
{
    enum { OFTEN = 20 };
    return open >= OFTEN && (double)(first - t->first) / 1e9 * open < 3 * t->seconds;
}

void ks_tries_free(struct ks_tries *t)
{
    ks_free(t->at);
    ks_free(t->by_goal);
    ks_free(t->by_pair);
    ks_free(t->by_place);
    ks_free(t->by_link);
    ks_free(t->goals);
    ks_free(t->pairs);
    ks_free(t->places);
    ks_free(t->links);
    ks_free(t->goal_of);
    ks_free(t->fan_out);
    ks_free(t->fan_closed);
    ks_free(t->opens);
    ks_free(t->popular);
    ks_free(t->sends);
    ks_free(t->lean_pair);
    ks_free(t->lean_goal);
    ks_free(t->probes_pair);
    ks_free(t->probes_goal);
    ks_free(t->seed_pair);
    ks_free(t->seed_goal);
    ks_free(t->fresh_pair);
    ks_free(t->fresh_goal);
    ks_free(t->open_pair);
    ks_free(t->open_goal);
    *t = (struct ks_tries){0};
}

uint32_t ks_tries_link(const struct ks_tries *t, uint32_t pair, uint32_t place)
{
    uint32_t low = t->pairs[pair].first_link, high = low + t->pairs[pair].n_links;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (t->links[middle].place < place)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t end = t->pairs[pair].first_link + t->pairs[pair].n_links;
    return low < end && t->links[low].place == place ? low : KS_NONE;
}

uint32_t ks_tries_place(const struct ks_tries *t, uint32_t goal, uint32_t item)
{
    uint32_t low = t->goals[goal].first_place, end = low + t->goals[goal].n_places, high = end;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (t->places[middle].item < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && t->places[low].item == item ? low : KS_NONE;
}

size_t ks_tries_from(const struct ks_tries *t, int64_t time)
{
    return ks_tries_between(t, 0, t->n, time);
}

size_t ks_tries_between(const struct ks_tries *t, size_t low, size_t high, int64_t time)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (t->at[middle].time < time)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t ks_tries_pair(const struct ks_tries *t, uint32_t source, uint32_t target)
{
    uint32_t goal = t->goal_of[target];
    if (goal == KS_NONE)
        return KS_NONE;
    uint32_t low = t->goals[goal].first_pair, end = low + t->goals[goal].n_pairs, high = end;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (t->pairs[middle].source < source)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && t->pairs[low].source == source ? low : KS_NONE;
}
