#include "mining/tally.h"

#include <string.h>

#include "base/memory.h"

enum {
    MOST_CELLS = 1 << 22, /* of a dense table: 32 MiB */
    LIST = 1 << 16,       /* entries before the list is merged for the first time */
    DIGIT = 11            /* bits of a radix sort's digit */
};

bool ks_tally_begin(struct ks_tally *tally, uint32_t rows, uint32_t columns, uint64_t most)
{
    tally->columns = columns;
    tally->cells = (uint64_t)rows * columns;
    tally->dense = tally->cells <= MOST_CELLS && tally->cells / 2 <= most;
    tally->n = tally->merged = 0;
    if (!tally->dense || tally->cells <= tally->cap_table)
        return true;
    ks_free(tally->table);
    tally->cap_table = 0;
    tally->table = ks_zalloc((size_t)tally->cells, sizeof *tally->table);
    if (tally->table == NULL)
        return false;
    tally->cap_table = (size_t)tally->cells;
    return true;
}

static void insertion_sort(struct ks_tally_entry *at, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct ks_tally_entry one = at[i];
        size_t j = i;
        for (; j > 0 && at[j - 1].key > one.key; j--)
            at[j] = at[j - 1];
        at[j] = one;
    }
}

/* Sorts the list by key: from the lowest digit up, as many digits as the keys have. */
static void radix_sort(struct ks_tally *tally)
{
    for (unsigned shift = 0; shift < 64 && (tally->cells - 1) >> shift != 0; shift += DIGIT) {
        size_t place[(1 << DIGIT) + 1] = {0};
        const size_t mask = (1 << DIGIT) - 1;
        for (size_t i = 0; i < tally->n; i++)
            place[(tally->list[i].key >> shift & mask) + 1]++;
        for (size_t i = 0; i <= mask; i++)
            place[i + 1] += place[i];
        for (size_t i = 0; i < tally->n; i++)
            tally->spare[place[tally->list[i].key >> shift & mask]++] = tally->list[i];
        struct ks_tally_entry *sorted = tally->spare;
        tally->spare = tally->list;
        tally->list = sorted;
    }
}

/* Sorts the list and joins entries of one key. */
static void merge(struct ks_tally *tally)
{
    if (tally->n < 2)
        return;
    if (tally->n < 256)
        insertion_sort(tally->list, tally->n);
    else
        radix_sort(tally);
    size_t n = 0;
    for (size_t i = 1; i < tally->n; i++)
        if (tally->list[i].key == tally->list[n].key)
            tally->list[n].weight += tally->list[i].weight;
        else
            tally->list[++n] = tally->list[i];
    tally->n = n + 1;
    tally->merged = tally->n;
}

bool ks_tally_append(struct ks_tally *tally, uint64_t key, uint64_t weight)
{
    if (tally->n == tally->cap) {
        merge(tally);
        /* Growing only where merging left more than half keeps the cost of each addition bounded. */
        if (tally->n >= tally->cap / 2) {
            size_t cap = tally->cap < LIST ? LIST : tally->cap * 2;
            struct ks_tally_entry *list = ks_resize(tally->list, cap, sizeof *list);
            if (list == NULL)
                return false;
            tally->list = list;
            struct ks_tally_entry *spare = ks_resize(tally->spare, cap, sizeof *spare);
            if (spare == NULL)
                return false;
            tally->spare = spare;
            tally->cap = cap;
        }
    }
    tally->list[tally->n++] = (struct ks_tally_entry){key, weight};
    return true;
}

bool ks_tally_end(struct ks_tally *tally, bool (*take)(void *context, uint32_t row, uint32_t column, uint64_t weight),
                  void *context)
{
    bool ok = true;
    if (tally->dense) {
        uint64_t key = 0;
        for (uint32_t row = 0; key < tally->cells; row++)
            for (uint32_t column = 1; column <= tally->columns; column++, key++)
                if (tally->table[key] != 0) {
                    ok = ok && take(context, row, column, tally->table[key]);
                    tally->table[key] = 0;
                }
        return ok;
    }
    merge(tally);
    for (size_t i = 0; i < tally->n && ok; i++)
        ok = take(context, (uint32_t)(tally->list[i].key / tally->columns),
                  (uint32_t)(tally->list[i].key % tally->columns) + 1, tally->list[i].weight);
    return ok;
}

void ks_tally_free(struct ks_tally *tally)
{
    ks_free(tally->table);
    ks_free(tally->list);
    ks_free(tally->spare);
    *tally = (struct ks_tally){0};
}
