/* What the formats about packets share: where a packet lies, which items rules name. */
#include <stdlib.h>

#include "base/ascending.h"
#include "base/memory.h"
#include "export/rows.h"
#include "export/writers.h"

bool ks_packet_in_file(const struct ks_provenance *provenance, uint32_t packet, size_t *file,
                       uint32_t *number)
{
    if (provenance == NULL || provenance->capture == NULL || packet == 0)
        return false;
    uint64_t before = 0;
    for (size_t i = 0; i < provenance->capture->n_files; i++) {
        uint64_t n = provenance->capture->files[i].packets;
        if (packet <= before + n) {
            *file = i;
            *number = (uint32_t)(packet - before);
            return true;
        }
        before += n;
    }
    return false;
}

/* Inserts into the ascending list; false when out of memory. */
static bool insert(ks_item **items, size_t *n, size_t *cap, ks_item item)
{
    size_t place = ks_below_u64(*items, *n, item);
    if (place < *n && (*items)[place] == item)
        return true;
    if (!ks_reserve((void **)items, cap, *n + 1, sizeof **items))
        return false;
    for (size_t i = *n; i > place; i--)
        (*items)[i] = (*items)[i - 1];
    (*items)[place] = item;
    (*n)++;
    return true;
}

struct ks_status ks_rule_items(const struct ks_selection *selection, ks_item **items, size_t *n)
{
    enum { ROWS = 1000000 };
    size_t cap = 0;
    struct ks_rule_row row;
    *items = NULL;
    *n = 0;
    for (uint64_t i = 0; i < selection->n_rules; i++) {
        if (i == ROWS)
            return ks_fail(KS_USAGE, "more than 1,000,000 rules are selected: choose fewer for a filter");
        if (!selection->rule_at(selection->context, i, &row))
            return ks_nomem("the rules");
        for (unsigned j = 0; j < row.n_if + row.n_then; j++)
            if (!insert(items, n, &cap, row.items[j]))
                return ks_nomem("the ports of the rules");
        if (*n > KS_RULE_ITEMS_MAX)
            return ks_fail(KS_USAGE, "the selected rules name more than %d ports: choose fewer for a filter",
                           KS_RULE_ITEMS_MAX);
    }
    return ks_ok();
}
