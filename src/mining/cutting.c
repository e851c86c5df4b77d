#include "mining/cutting.h"

#include "base/limits.h"
#include "base/memory.h"

bool ks_cut_fail(struct cut *c, struct ks_status status)
{
    if (ks_is_ok(c->status))
        c->status = status;
    return false;
}

struct ks_status ks_cut_cancelled(void)
{
    return ks_fail(KS_CANCELLED, "cutting windows was cancelled");
}

bool ks_cut_open(struct cut *c, size_t event, uint32_t *out)
{
    struct ks_window_sets *sets = c->out;
    if (sets->l >= ks_limits()->windows)
        return ks_cut_fail(c, ks_fail(KS_LIMIT, "more than %llu windows: use larger ones", (unsigned long long)ks_limits()->windows));
    if (!ks_reserve((void **)&sets->window, &c->cap_windows, (size_t)sets->l + 1, sizeof *sets->window))
        return ks_cut_fail(c, ks_nomem("the windows"));
    int64_t time = c->log->time[event];
    sets->window[sets->l] = (struct ks_window){.first = time, .last = time, .event = (uint32_t)event};
    *out = sets->l++;
    return true;
}

bool ks_cut_look_up(struct cut *c, uint64_t key)
{
    struct ks_slot *slot = ks_map_at(&c->group_of, key, 0);
    if (slot == NULL || !ks_reserve((void **)&c->group, &c->cap_groups, c->n_groups + 1, sizeof *c->group))
        return ks_cut_fail(c, ks_nomem("the groups of windows"));
    if (slot->value == NONE) {
        c->group[c->n_groups] = (struct group){.window = NONE};
        slot->value = (uint32_t)c->n_groups++;
    }
    c->group_key = key;
    c->group_last = slot->value;
    return true;
}
