#include "mining/ranking.h"

#include <string.h>

#include "base/limits.h"
#include "base/memory.h"
#include "mining/ahead.h"
#include "mining/index.h"
#include "mining/map.h"
#include "mining/sets.h"
#include "mining/slice.h"
#include "mining/sort.h"

/* Rows read one after the other from which it pays to read ahead: far more than anyone scrolls through without looking back. */
enum { STREAK = 20000 };

/* An entry that is not a triple's direction: a pair of given items, or a rule between classes. */
struct extra {
    uint32_t a, b;  /* item numbers; or the class rule's index and 0 */
    uint32_t xy;
    uint16_t fixed; /* class rules: which of the items asked for are on the left side */
    uint8_t len;
};

/* Entries are numbered: 2 t + d is triple t in direction d (1: the one with the larger count on the left); what lies beyond the triples
 * is in extra[]. Direction 0 of a triple with x = y stands for both. */
struct ks_ranking {
    const struct ks_pairs *pairs;
    const struct ks_itemsets *itemsets;
    struct ks_thresholds thresholds;
    enum ks_sort sort;
    bool reverse;
    double (*ln_p)(struct ks_counts);
    struct ks_rule_filter filter;
    uint32_t *must; /* filter.must, ascending and distinct */
    size_t n_must;

    uint32_t *entry;  /* n, in the ranking's order */
    uint64_t *before; /* n + 1: rows before each, at most 2^63 - 1 */
    size_t n;
    struct extra *extra;
    size_t n_extra, cap_extra;
    struct ks_count total;
    struct ks_slices *slices;
    size_t hint; /* entry of the last row */

    struct ks_ahead *ahead; /* the pairs of the next entries, when rows are asked for one after the other */
    uint64_t next;   /* the row after the last one */
    uint64_t streak; /* rows asked for one after the other so far */
};

static const char *const sort_names[KS_SORT_N] = {
    [KS_SORT_CPIR] = "cpir",         [KS_SORT_CONFIDENCE] = "confidence",   [KS_SORT_SUPPORT] = "support",
    [KS_SORT_INTEREST] = "interest", [KS_SORT_CORRELATION] = "correlation", [KS_SORT_COUNT] = "count",
    [KS_SORT_COUNT_IF] = "count_if", [KS_SORT_COUNT_THEN] = "count_then",   [KS_SORT_LENGTH] = "length",
    [KS_SORT_LN_P] = "ln_p"};

const char *ks_sort_name(enum ks_sort sort)
{
    return sort_names[sort];
}

bool ks_sort_parse(const char *text, enum ks_sort *out)
{
    for (size_t i = 0; i < KS_SORT_N; i++)
        if (strcmp(text, sort_names[i]) == 0) {
            *out = (enum ks_sort)i;
            return true;
        }
    return false;
}

/* ---- entries ---- */

static const struct extra *extra_of(const struct ks_ranking *r, uint32_t entry)
{
    return entry < 2 * r->pairs->n ? NULL : &r->extra[entry - 2 * r->pairs->n];
}

static struct ks_counts counts_of(const struct ks_ranking *r, uint32_t entry)
{
    struct ks_counts c = {.l = ks_pairs_windows(r->pairs)};
    const struct extra *extra = extra_of(r, entry);
    if (extra == NULL) {
        const struct ks_triple *triple = &r->pairs->triples[entry / 2];
        c.x = entry % 2 == 0 ? triple->x : triple->y;
        c.y = entry % 2 == 0 ? triple->y : triple->x;
        c.xy = triple->xy;
    } else if (extra->len == 2) {
        const struct ks_window_sets *sets = ks_pairs_sets(r->pairs);
        c.x = ks_window_sets_n(sets, extra->a);
        c.y = ks_window_sets_n(sets, extra->b);
        c.xy = extra->xy;
    } else {
        c.x = r->itemsets->rule[extra->a].x;
        c.y = r->itemsets->rule[extra->a].y;
        c.xy = extra->xy;
    }
    return c;
}

static unsigned length_of(const struct ks_ranking *r, uint32_t entry)
{
    const struct extra *extra = extra_of(r, entry);
    return extra == NULL ? 2 : extra->len;
}

static struct ks_fixed fixed_of(const struct ks_ranking *r, const struct extra *extra)
{
    return (struct ks_fixed){.items = r->must, .n = r->n_must, .left = extra->fixed};
}

/* How many rows an entry has. */
static struct ks_count size_of(const struct ks_ranking *r, uint32_t entry)
{
    const struct extra *extra = extra_of(r, entry);
    if (extra == NULL) {
        const struct ks_triple *triple = &r->pairs->triples[entry / 2];
        return ks_count_of(triple->x == triple->y ? 2 * triple->pairs : triple->pairs);
    }
    if (extra->len == 2)
        return ks_count_of(1);
    struct ks_fixed fixed = fixed_of(r, extra);
    return ks_set_rule_size(r->itemsets, &r->itemsets->rule[extra->a], &fixed);
}

static bool wanted(const struct ks_ranking *r, struct ks_counts c)
{
    return r->filter.keep == NULL || r->filter.keep(&c, r->filter.context);
}

/* ---- the order ---- */

enum stage { BY_KEY, BY_INTEREST, BY_CPIR, BY_COUNT, BY_SIDES, BY_LENGTH, STAGES };

/* A key that sorts ascending, or descending; what is not a number comes last either way. */
static uint64_t directed(double value, bool descending)
{
    uint64_t key = ks_real_key(value);
    return key == UINT64_MAX || !descending ? key : ~key - 1;
}

/* The key that the ranking is asked to sort by. */
static uint64_t main_key(const struct ks_ranking *r, struct ks_counts c, unsigned length)
{
    double value = 0;
    bool descending = r->sort != KS_SORT_LN_P;
    switch (r->sort) {
    case KS_SORT_CPIR:
        value = ks_cpir(c);
        break;
    case KS_SORT_CONFIDENCE:
        value = ks_confidence(c);
        break;
    case KS_SORT_INTEREST:
        value = (double)ks_excess(c);
        break;
    case KS_SORT_CORRELATION:
        value = ks_correlation(c);
        break;
    case KS_SORT_SUPPORT:
    case KS_SORT_COUNT:
        value = c.xy;
        break;
    case KS_SORT_COUNT_IF:
        value = c.x;
        break;
    case KS_SORT_COUNT_THEN:
        value = c.y;
        break;
    case KS_SORT_LENGTH:
        value = length;
        break;
    case KS_SORT_LN_P:
        value = r->ln_p != NULL ? r->ln_p(c) : 0;
        break;
    case KS_SORT_N:
        break;
    }
    return directed(value, descending != r->reverse);
}

static uint64_t stage_key(const struct ks_ranking *r, enum stage stage, struct ks_counts c, unsigned length)
{
    switch (stage) {
    case BY_KEY:
        return main_key(r, c, length);
    case BY_INTEREST:
        return UINT64_MAX / 2 - (uint64_t)ks_excess(c); /* > 0 in every rule */
    case BY_CPIR:
        return directed(ks_cpir(c), true);
    case BY_COUNT:
        return UINT32_MAX - c.xy;
    case BY_SIDES:
        return (uint64_t)c.x << 32 | c.y;
    case BY_LENGTH:
    case STAGES:
        break;
    }
    return length;
}

static struct ks_status cancelled(void)
{
    return ks_fail(KS_CANCELLED, "ranking was cancelled");
}

/* Sorts the entries: stable sorts from the last stage to the first. */
static struct ks_status sort_entries(struct ks_ranking *r, struct ks_progress *progress)
{
    struct ks_keyed *keyed = ks_alloc(r->n, sizeof *keyed), *spare = ks_alloc(r->n, sizeof *spare);
    struct ks_status status = keyed == NULL || spare == NULL ? ks_nomem("the ranking") : ks_ok();
    for (size_t i = 0; i < r->n && ks_is_ok(status); i++)
        keyed[i].value = r->entry[i];
    for (int stage = STAGES - 1; stage >= 0 && ks_is_ok(status); stage--) {
        ks_progress_set(progress, (uint64_t)(STAGES - stage), STAGES + 1);
        for (size_t i = 0; i < r->n; i++) {
            if (i % 65536 == 0 && ks_cancelled(progress))
                break;
            keyed[i].key = stage_key(r, (enum stage)stage, counts_of(r, keyed[i].value), length_of(r, keyed[i].value));
        }
        if (ks_cancelled(progress) || !ks_radix_sort(keyed, spare, r->n, progress))
            status = cancelled();
    }
    for (size_t i = 0; i < r->n && ks_is_ok(status); i++)
        r->entry[i] = keyed[i].value;
    ks_free(keyed);
    ks_free(spare);
    return status;
}

/* < 0, 0, > 0 as the entry stands before, at or after a rule with these counts and length. */
static int compare(const struct ks_ranking *r, uint32_t entry, struct ks_counts c, unsigned length)
{
    struct ks_counts mine = counts_of(r, entry);
    for (int stage = 0; stage < STAGES; stage++) {
        uint64_t a = stage_key(r, (enum stage)stage, mine, length_of(r, entry));
        uint64_t b = stage_key(r, (enum stage)stage, c, length);
        if (a != b)
            return a < b ? -1 : 1;
    }
    return 0;
}

/* ---- making ---- */

/* Copies the items asked for, ascending and each once. */
static struct ks_status copy_must(struct ks_ranking *r)
{
    r->must = ks_alloc(r->filter.n_must, sizeof *r->must);
    if (r->must == NULL)
        return ks_nomem("the ranking");
    for (size_t i = 0; i < r->filter.n_must; i++) {
        size_t at = r->n_must;
        while (at > 0 && r->must[at - 1] > r->filter.must[i])
            at--;
        if (at > 0 && r->must[at - 1] == r->filter.must[i])
            continue;
        memmove(r->must + at + 1, r->must + at, (r->n_must++ - at) * sizeof *r->must);
        r->must[at] = r->filter.must[i];
    }
    return ks_ok();
}

static bool passes(const struct ks_ranking *r, struct ks_counts c)
{
    return ks_pair_passes(c, &r->thresholds) && wanted(r, c);
}

/* All directions of triples that pass. */
static struct ks_status take_triples(struct ks_ranking *r, struct ks_progress *progress)
{
    size_t cap = 0;
    for (size_t i = 0; i < 2 * r->pairs->n; i++) {
        const struct ks_triple *triple = &r->pairs->triples[i / 2];
        if (i % 65536 == 0 && ks_cancelled(progress))
            return cancelled();
        if ((i % 2 == 1 && triple->x == triple->y) || !passes(r, counts_of(r, (uint32_t)i)))
            continue;
        if (!ks_reserve((void **)&r->entry, &cap, r->n + 1, sizeof *r->entry))
            return ks_nomem("the ranking");
        r->entry[r->n++] = (uint32_t)i;
    }
    return ks_ok();
}

static bool add_extra(struct ks_ranking *r, struct extra extra)
{
    if (!ks_reserve((void **)&r->extra, &r->cap_extra, r->n_extra + 1, sizeof *r->extra))
        return false;
    r->extra[r->n_extra++] = extra;
    return true;
}

static bool add_pair(struct ks_ranking *r, uint32_t x, uint32_t y, uint32_t xy)
{
    const struct ks_window_sets *sets = ks_pairs_sets(r->pairs);
    struct ks_counts c = {ks_window_sets_n(sets, x), ks_window_sets_n(sets, y), xy, sets->l};
    return !passes(r, c) || add_extra(r, (struct extra){.a = x, .b = y, .xy = xy, .len = 2});
}

/* The pair rules of one item, in the order of (X, Y) item numbers; only those with `other` where it is an item. */
static struct ks_status take_item(struct ks_ranking *r, uint32_t item, uint32_t other)
{
    const struct ks_classes *c = &r->pairs->classes;
    const struct ks_window_sets *sets = c->sets;
    if (item >= sets->u)
        return ks_ok();
    uint32_t *shared = ks_zalloc(c->n, sizeof *shared);
    bool ok = shared != NULL;
    for (size_t i = sets->start[item]; i < sets->start[item + 1] && ok; i++)
        for (size_t j = c->row_start[sets->windows[i]]; j < c->row_start[sets->windows[i] + 1]; j++)
            shared[c->row[j]]++;
    for (int turn = 0; turn < 3 && ok; turn++)
        for (uint32_t y = turn == 2 ? item + 1 : 0; y < (turn == 0 ? item : sets->u) && ok; y++) {
            uint32_t xy = c->class_of[y] == KS_NONE ? 0 : shared[c->class_of[y]];
            if (y == item || xy == 0 || (other != KS_NONE && y != other))
                continue;
            ok = turn == 1 ? add_pair(r, item, y, xy) : add_pair(r, y, item, xy);
        }
    ks_free(shared);
    return ok ? ks_ok() : ks_nomem("the ranking");
}

/* Rules of longer itemsets. */
static struct ks_status take_sets(struct ks_ranking *r, struct ks_progress *progress)
{
    const struct ks_itemsets *sets = r->itemsets;
    for (size_t i = 0; i < sets->n_rules; i++) {
        const struct ks_set_rule *rule = &sets->rule[i];
        const struct ks_composition *composition = &sets->composition[rule->composition];
        struct extra extra = {.a = (uint32_t)i, .xy = composition->count, .len = composition->len};
        struct ks_counts c = {rule->x, rule->y, composition->count, ks_pairs_windows(r->pairs)};
        if (i % 65536 == 0 && ks_cancelled(progress))
            return cancelled();
        if (r->n_must > composition->len || !wanted(r, c))
            continue;
        for (uint32_t left = 0; left < 1u << r->n_must; left++) {
            extra.fixed = (uint16_t)left;
            struct ks_fixed fixed = fixed_of(r, &extra);
            struct ks_count size = ks_set_rule_size(sets, rule, &fixed);
            if (ks_count_compare(size, ks_count_of(0)) > 0 && !add_extra(r, extra))
                return ks_nomem("the ranking");
        }
    }
    return ks_ok();
}

static struct ks_status too_many(void)
{
    return ks_fail(KS_LIMIT, "the ranking has more than %llu entries: raise a threshold", (unsigned long long)ks_limits()->ranking);
}

static struct ks_status list_extra(struct ks_ranking *r)
{
    if (r->n_extra == 0)
        return ks_ok();
    if (2 * r->pairs->n + r->n_extra > ks_limits()->ranking)
        return too_many();
    uint32_t *entry = ks_resize(r->entry, r->n + r->n_extra, sizeof *entry);
    if (entry == NULL)
        return ks_nomem("the ranking");
    r->entry = entry;
    for (size_t i = 0; i < r->n_extra; i++)
        r->entry[r->n++] = (uint32_t)(2 * r->pairs->n + i);
    return ks_ok();
}

/* Rows before each entry, and the total. */
static struct ks_status sum_up(struct ks_ranking *r)
{
    r->before = ks_alloc(r->n + 1, sizeof *r->before);
    if (r->before == NULL)
        return ks_nomem("the ranking");
    r->before[0] = 0;
    r->total = ks_count_of(0);
    for (size_t i = 0; i < r->n; i++) {
        r->total = ks_count_add(r->total, size_of(r, r->entry[i]));
        r->before[i + 1] = ks_count_clamp(r->total);
    }
    return ks_ok();
}

/* Makes ahead the slices whose making would be felt. Visits are at most the sum of n(XY) over the item pairs, and at most one level's
 * windows times the other's classes. */
static struct ks_status keep_slices(struct ks_ranking *r, struct ks_progress *progress)
{
    const struct ks_classes *c = &r->pairs->classes;
    for (size_t i = 0, end; i < r->pairs->n; i = end) {
        const struct ks_triple *run = &r->pairs->triples[i];
        ks_u128 visits = 0;
        bool up = false, down = false;
        for (end = i; end < r->pairs->n && r->pairs->triples[end].x == run->x && r->pairs->triples[end].y == run->y; end++)
            visits += (ks_u128)r->pairs->triples[end].pairs * r->pairs->triples[end].xy;
        if (visits <= ks_limits()->visits)
            continue;
        uint32_t a = ks_classes_level(c, run->x), b = ks_classes_level(c, run->y);
        ks_u128 classes_a = c->level_first[a + 1] - c->level_first[a];
        ks_u128 classes_b = c->level_first[b + 1] - c->level_first[b];
        if (classes_a * classes_b * run->x <= ks_limits()->visits)
            continue;
        for (size_t k = i; k < end; k++) {
            up = up || passes(r, counts_of(r, (uint32_t)(2 * k)));
            down = down || passes(r, counts_of(r, (uint32_t)(2 * k + 1)));
        }
        if (up)
            KS_TRY(ks_slices_keep(r->slices, run->x, run->y, progress));
        if (down && run->x != run->y)
            KS_TRY(ks_slices_keep(r->slices, run->y, run->x, progress));
    }
    return ks_ok();
}

static struct ks_status make(struct ks_ranking *r, struct ks_progress *progress)
{
    r->slices = ks_slices_new(r->pairs);
    if (r->slices == NULL)
        return ks_nomem("the ranking");
    KS_TRY(copy_must(r));
    if (r->pairs->n > ks_limits()->ranking / 2)
        return too_many();
    if (r->n_must == 0)
        KS_TRY(take_triples(r, progress));
    else if (r->n_must <= 2)
        KS_TRY(take_item(r, r->must[0], r->n_must == 2 ? r->must[1] : KS_NONE));
    if (r->itemsets != NULL && r->n_must <= KS_MAX_LEN)
        KS_TRY(take_sets(r, progress));
    KS_TRY(list_extra(r));
    KS_TRY(sort_entries(r, progress));
    KS_TRY(sum_up(r));
    if (r->n_must == 0)
        KS_TRY(keep_slices(r, progress));
    ks_progress_set(progress, STAGES + 1, STAGES + 1);
    return ks_ok();
}

struct ks_status ks_ranking_make(const struct ks_pairs *pairs, const struct ks_itemsets *itemsets,
                                 const struct ks_thresholds *thresholds, enum ks_sort sort, bool reverse,
                                 const struct ks_rule_filter *filter, double (*ln_p)(struct ks_counts),
                                 struct ks_progress *progress, struct ks_ranking **out)
{
    *out = NULL;
    struct ks_ranking *r = ks_zalloc(1, sizeof *r);
    if (r == NULL)
        return ks_nomem("the ranking");
    r->pairs = pairs;
    r->itemsets = itemsets;
    r->thresholds = *thresholds;
    r->sort = sort;
    r->reverse = reverse;
    r->ln_p = ln_p;
    if (filter != NULL)
        r->filter = *filter;
    struct ks_status status = make(r, progress);
    r->filter.must = NULL; /* the caller's; r->must is the copy */
    if (ks_is_ok(status))
        *out = r;
    else
        ks_ranking_free(r);
    return status;
}

void ks_ranking_free(struct ks_ranking *ranking)
{
    if (ranking == NULL)
        return;
    ks_ahead_free(ranking->ahead);
    ks_slices_free(ranking->slices);
    ks_free(ranking->must);
    ks_free(ranking->entry);
    ks_free(ranking->before);
    ks_free(ranking->extra);
    ks_free(ranking);
}

/* ---- asking ---- */

struct ks_count ks_ranking_total(const struct ks_ranking *ranking)
{
    return ranking->total;
}

uint64_t ks_ranking_rows(const struct ks_ranking *ranking)
{
    return ranking->before[ranking->n];
}

/* The pair in row r of entry number i. */
static bool pair_row(struct ks_ranking *r, size_t i, uint64_t row, struct ks_rule *out)
{
    if (r->streak >= STREAK && !ks_ahead_covers(r->ahead, i)) {
        ks_ahead_free(r->ahead);
        r->ahead = ks_ahead_make(r->pairs, r->entry, r->before, i, r->n);
        if (r->ahead == NULL)
            r->streak = 0; /* no memory for it: slice by slice, then */
    }
    if (ks_ahead_has(r->ahead, i))
        return ks_ahead_pair(r->ahead, i, row, &out->items[0], &out->items[1]);
    return ks_slices_pair(r->slices, out->counts, row, &out->items[0], &out->items[1]);
}

bool ks_ranking_row(struct ks_ranking *ranking, uint64_t i, struct ks_rule *out)
{
    struct ks_ranking *r = ranking;
    if (i >= r->before[r->n])
        return false;
    size_t low = r->hint;
    if (r->before[low] > i || i >= r->before[low + 1]) {
        size_t high = r->n - 1;
        low = 0;
        while (low < high) {
            size_t middle = low + (high - low + 1) / 2;
            if (r->before[middle] <= i)
                low = middle;
            else
                high = middle - 1;
        }
        r->hint = low;
    }
    r->streak = i == r->next ? r->streak + 1 : 0;
    r->next = i + 1;
    uint32_t entry = r->entry[low];
    const struct extra *extra = extra_of(r, entry);
    out->counts = counts_of(r, entry);
    if (extra != NULL && extra->len > 2) {
        struct ks_fixed fixed = fixed_of(r, extra);
        ks_set_rule_row(r->itemsets, &r->itemsets->rule[extra->a], &fixed, i - r->before[low], out);
        return true;
    }
    out->n_if = out->n_then = 1;
    if (extra == NULL)
        return pair_row(r, low, i - r->before[low], out);
    out->items[0] = extra->a;
    out->items[1] = extra->b;
    return true;
}

/* Windows that two items share. */
static uint32_t overlap(const struct ks_window_sets *sets, uint32_t x, uint32_t y)
{
    const uint32_t *a = sets->windows + sets->start[x], *end_a = sets->windows + sets->start[x + 1];
    const uint32_t *b = sets->windows + sets->start[y], *end_b = sets->windows + sets->start[y + 1];
    uint32_t n = 0;
    while (a < end_a && b < end_b) {
        uint32_t u = *a, v = *b;
        n += u == v;
        a += u <= v;
        b += v <= u;
    }
    return n;
}

uint64_t ks_ranking_find(struct ks_ranking *ranking, uint32_t x, uint32_t y)
{
    struct ks_ranking *r = ranking;
    const struct ks_window_sets *sets = ks_pairs_sets(r->pairs);
    if (x >= sets->u || y >= sets->u || x == y)
        return UINT64_MAX;
    struct ks_counts c = {ks_window_sets_n(sets, x), ks_window_sets_n(sets, y), overlap(sets, x, y), sets->l};
    if (c.xy == 0 || !passes(r, c))
        return UINT64_MAX;
    size_t low = 0, high = r->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(r, r->entry[middle], c, 2);
        const struct extra *extra = extra_of(r, r->entry[middle]);
        if (order == 0 && extra != NULL)
            order = extra->a < x || (extra->a == x && extra->b < y) ? -1 : 0;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == r->n || compare(r, r->entry[low], c, 2) != 0)
        return UINT64_MAX;
    const struct extra *extra = extra_of(r, r->entry[low]);
    if (extra != NULL)
        return extra->a == x && extra->b == y ? r->before[low] : UINT64_MAX;
    uint64_t place = ks_slices_place(r->slices, c, x, y);
    return place == UINT64_MAX || r->before[low] + place >= r->before[r->n] ? UINT64_MAX : r->before[low] + place;
}
