/* Itemsets of more than two items. For each length from 3 up, a depth-first search over classes in ascending order of their
 * counts; each node keeps the rows of its windows reduced to classes that can still follow. Interest is not anti-monotone, so
 * only the support bound prunes; splits are tested where an itemset is complete. */
#include "mining/itemsets.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/text.h"
#include "mining/index.h"
#include "mining/map.h"
#include "mining/sets.h"
#include "mining/splits.h"

enum {
    MOST_RULES = 1 << 22, /* class rules kept */
    TEST = 4              /* a step of testing a split costs about as much as so many of walking */
};
static const uint64_t default_work = 2000000000;

double ks_support_bound(double min_inte)
{
    if (min_inte > 0.25)
        return 2;
    return min_inte <= 0 ? 0 : (1 - sqrt(1 - 4 * min_inte)) / 2;
}

/* The windows of a node and what may follow it there: row r holds classes at[start[r]] .. at[start[r + 1] - 1], ascending. */
struct node {
    uint32_t *at;
    size_t n_at, cap_at;
    size_t *start;
    size_t n_rows, cap_start;
    size_t *cursor; /* per row: the next class in it */
    size_t cap_cursor;
    /* Classes that may follow, ascending, each with its rows: row_of[rows[i]] .. row_of[rows[i + 1] - 1]. */
    uint32_t *follow;
    size_t n_follow, cap_follow;
    size_t *rows;
    size_t cap_rows;
    uint32_t *row_of;
    size_t cap_row_of;
};

struct search {
    const struct ks_classes *classes;
    const struct ks_thresholds *thresholds;
    struct ks_itemsets *out;
    struct ks_progress *progress;
    uint32_t low;      /* least n(I) that can pass */
    unsigned len;      /* of the itemsets now sought */
    uint64_t work, limit;
    enum ks_code code; /* why to stop, or KS_OK */
    bool full;         /* stopped by MOST_RULES */
    size_t done;       /* first classes of that length that are finished */
    uint32_t *shared;  /* per class; all zero between uses */
    uint32_t *place;   /* per class: its number in a node's follow[] */
    struct node node[KS_MAX_LEN]; /* node[d] has d classes chosen */
    struct ks_splits splits;
};

/* The least n(I) that can pass: with n(X), n(Y) >= n(I), a positive n(I) l - n(X) n(Y) is at most n(I) (l - n(I)). */
static uint32_t least_count(uint32_t l, const struct ks_thresholds *thresholds)
{
    uint32_t half = thresholds->interest == KS_INTEREST_WU ? l / 2 : l; /* up to here the value grows with n */
    uint32_t low = 1, high = half + 1;
    while (low < high) {
        uint32_t n = low + (high - low) / 2;
        struct ks_counts c = {n, n, n, l};
        if (ks_interest_value(c, thresholds->interest) + KS_SLACK >= thresholds->min_inte)
            high = n;
        else
            low = n + 1;
    }
    if (low > half) /* nothing passes up to the top */
        low = l + 1;
    return low > thresholds->min_count ? low : thresholds->min_count;
}

static bool eligible(const struct search *s, uint32_t k)
{
    return s->classes->count[k] >= s->low && s->classes->count[k] <= s->thresholds->max_count;
}

static bool spend(struct search *s, uint64_t steps)
{
    s->work += steps;
    if (s->code == KS_OK && s->work > s->limit)
        s->code = KS_LIMIT;
    if (s->code == KS_OK && ks_cancelled(s->progress))
        s->code = KS_CANCELLED;
    return s->code == KS_OK;
}

static bool no_memory(struct search *s)
{
    s->code = KS_NOMEM;
    return false;
}

/* Turns a node's rows round: which classes follow, and in which rows. Classes in too few rows are not listed. */
static bool list_follow(struct search *s, struct node *node)
{
    node->n_follow = 0;
    for (size_t i = 0; i < node->n_at; i++) {
        uint32_t k = node->at[i];
        if (s->shared[k]++ != 0)
            continue;
        if (!ks_reserve((void **)&node->follow, &node->cap_follow, node->n_follow + 1, sizeof *node->follow)) {
            for (size_t j = 0; j <= i; j++)
                s->shared[node->at[j]] = 0;
            return no_memory(s);
        }
        node->follow[node->n_follow++] = k;
    }
    ks_sort_classes(node->follow, node->n_follow);
    bool ok = ks_reserve((void **)&node->rows, &node->cap_rows, node->n_follow + 1, sizeof *node->rows) &&
              ks_reserve((void **)&node->row_of, &node->cap_row_of, node->n_at, sizeof *node->row_of) &&
              ks_reserve((void **)&node->cursor, &node->cap_cursor, node->n_rows, sizeof *node->cursor);
    size_t n = 0, total = 0;
    for (size_t i = 0; i < node->n_follow; i++) {
        uint32_t k = node->follow[i], count = s->shared[k];
        s->shared[k] = 0;
        s->place[k] = KS_NONE;
        if (!ok || count < s->low)
            continue;
        s->place[k] = (uint32_t)n;
        node->follow[n] = k;
        node->rows[n++] = total;
        total += count;
    }
    if (!ok)
        return no_memory(s);
    node->n_follow = n;
    node->rows[n] = total;
    /* Fill each class's rows; then move the starts back, which filling has moved to the ends. */
    for (size_t r = 0; r < node->n_rows; r++) {
        node->cursor[r] = node->start[r];
        for (size_t i = node->start[r]; i < node->start[r + 1]; i++)
            if (s->place[node->at[i]] != KS_NONE)
                node->row_of[node->rows[s->place[node->at[i]]]++] = (uint32_t)r;
    }
    for (size_t i = n; i > 0; i--)
        node->rows[i] = node->rows[i - 1];
    node->rows[0] = 0;
    return spend(s, node->n_at + node->n_rows);
}

/* Node 0: every window, with the classes that can take part. */
static bool make_root(struct search *s)
{
    struct node *root = &s->node[0];
    const struct ks_classes *c = s->classes;
    uint32_t l = c->sets->l;
    if (!ks_reserve((void **)&root->start, &root->cap_start, (size_t)l + 1, sizeof *root->start))
        return no_memory(s);
    root->n_at = 0;
    root->n_rows = l;
    for (uint32_t w = 0; w < l; w++) {
        root->start[w] = root->n_at;
        size_t n = c->row_start[w + 1] - c->row_start[w];
        if (!ks_reserve((void **)&root->at, &root->cap_at, root->n_at + n, sizeof *root->at))
            return no_memory(s);
        for (size_t i = c->row_start[w]; i < c->row_start[w + 1]; i++)
            if (eligible(s, c->row[i]))
                root->at[root->n_at++] = c->row[i];
    }
    root->start[l] = root->n_at;
    return list_follow(s, root);
}

/* The node below `node` where its i-th follower is chosen: the followers' rows behind it, without classes that are too rare
 * there. The cursors of those rows stand at the follower, because followers are chosen in ascending order. */
static bool make_child(struct search *s, struct node *node, size_t i, struct node *child)
{
    size_t steps = 0;
    child->n_at = child->n_rows = 0;
    for (size_t j = node->rows[i]; j < node->rows[i + 1]; j++) {
        size_t r = node->row_of[j];
        for (size_t k = node->cursor[r]; k < node->start[r + 1]; k++)
            s->shared[node->at[k]]++;
        steps += node->start[r + 1] - node->cursor[r];
    }
    bool ok = ks_reserve((void **)&child->at, &child->cap_at, steps, sizeof *child->at) &&
              ks_reserve((void **)&child->start, &child->cap_start, node->rows[i + 1] - node->rows[i] + 1,
                         sizeof *child->start);
    for (size_t j = node->rows[i]; j < node->rows[i + 1] && ok; j++) {
        size_t r = node->row_of[j];
        child->start[child->n_rows++] = child->n_at;
        for (size_t k = node->cursor[r]; k < node->start[r + 1]; k++)
            if (s->shared[node->at[k]] >= s->low)
                child->at[child->n_at++] = node->at[k];
    }
    if (ok)
        child->start[child->n_rows] = child->n_at;
    for (size_t j = node->rows[i]; j < node->rows[i + 1]; j++) {
        size_t r = node->row_of[j];
        for (size_t k = node->cursor[r]; k < node->start[r + 1]; k++)
            s->shared[node->at[k]] = 0;
    }
    if (!ok)
        return no_memory(s);
    return spend(s, steps) && list_follow(s, child);
}

/* Moves the cursors of a follower's rows behind it. */
static void step_cursors(struct node *node, size_t i)
{
    for (size_t j = node->rows[i]; j < node->rows[i + 1]; j++) {
        size_t r = node->row_of[j];
        while (node->at[node->cursor[r]] <= node->follow[i])
            if (++node->cursor[r] == node->start[r + 1])
                break;
    }
}

/* The class set is chosen: hands over every itemset of the length sought that takes items of just these classes. */
static void complete(struct search *s, uint32_t count)
{
    uint64_t steps = 0;
    enum ks_code code = ks_splits_test(&s->splits, s->thresholds, count, s->len, s->out, &steps);
    if (code != KS_OK)
        s->code = code;
    else if (spend(s, TEST * steps) && s->out->n_rules > MOST_RULES) {
        s->code = KS_LIMIT;
        s->full = true;
    }
}

/* Whether the split into what was chosen before class k and k passes minInte: the one split whose counts are known beforehand. */
static bool may_pass(const struct search *s, const struct node *node, unsigned depth, uint32_t k, uint32_t count)
{
    struct ks_counts c = {(uint32_t)node->n_rows, s->classes->count[k], count, s->classes->sets->l};
    return depth == 0 || ks_interest_value(c, s->thresholds->interest) + KS_SLACK >= s->thresholds->min_inte;
}

/* Chooses the next class below a node of `depth` classes. */
static void extend(struct search *s, unsigned depth)
{
    struct node *node = &s->node[depth];
    for (size_t i = 0; i < node->n_follow && s->code == KS_OK; i++) {
        uint32_t k = node->follow[i], count = (uint32_t)(node->rows[i + 1] - node->rows[i]);
        step_cursors(node, i);
        ks_splits_push(&s->splits, k);
        if (ks_splits_reach(&s->splits, s->len) && may_pass(s, node, depth, k, count))
            complete(s, count);
        if (depth + 1 < s->len && s->code == KS_OK && make_child(s, node, i, &s->node[depth + 1]))
            extend(s, depth + 1);
        ks_splits_pop(&s->splits);
        if (depth == 0)
            ks_progress_set(s->progress, s->work < s->limit ? s->work : s->limit, s->limit);
        if (depth == 0)
            s->done = i;
    }
}

/* What was left out, in words. */
static struct ks_status limit_message(const struct search *s, unsigned max_len)
{
    const struct node *root = &s->node[0];
    char what[64], longer[64] = "";
    if (s->full)
        ks_format_count(what, sizeof what, MOST_RULES);
    else
        ks_format_count(what, sizeof what, s->limit);
    if (s->len < max_len)
        snprintf(longer, sizeof longer, " and all longer ones up to %u", max_len);
    return ks_fail(KS_LIMIT,
                   "stopped after %s %s: itemsets of %u items are missing from where their rarest item is in %" PRIu32
                   " or more windows on%s; raise minInte or the minimum count",
                   what, s->full ? "rules" : "steps", s->len,
                   s->done < root->n_follow ? s->classes->count[root->follow[s->done]] : 0, longer);
}

static void search_free(struct search *s)
{
    for (size_t d = 0; d < KS_MAX_LEN; d++) {
        ks_free(s->node[d].at);
        ks_free(s->node[d].start);
        ks_free(s->node[d].cursor);
        ks_free(s->node[d].follow);
        ks_free(s->node[d].rows);
        ks_free(s->node[d].row_of);
    }
    ks_free(s->shared);
    ks_free(s->place);
    ks_splits_free(&s->splits);
}

static struct ks_status search(struct search *s, unsigned max_len)
{
    const struct ks_classes *c = s->classes;
    s->shared = ks_zalloc(c->n, sizeof *s->shared);
    s->place = ks_alloc(c->n, sizeof *s->place);
    if (s->shared == NULL || s->place == NULL || !ks_splits_make(&s->splits, c))
        return ks_nomem("the itemsets");
    for (unsigned len = 3; len <= max_len && s->code == KS_OK; len++) {
        s->len = len;
        s->done = 0;
        if (make_root(s))
            extend(s, 0);
    }
    switch (s->code) {
    case KS_OK:
        return ks_ok();
    case KS_LIMIT:
        return limit_message(s, max_len);
    case KS_CANCELLED:
        return ks_fail(KS_CANCELLED, "mining longer itemsets was cancelled");
    default:
        return ks_nomem("the itemsets");
    }
}

struct ks_status ks_itemsets_mine(const struct ks_pairs *pairs, const struct ks_thresholds *thresholds, unsigned max_len,
                                  uint64_t work, struct ks_progress *progress, struct ks_itemsets **out)
{
    struct ks_itemsets *itemsets = ks_zalloc(1, sizeof *itemsets);
    *out = itemsets;
    if (itemsets == NULL)
        return ks_nomem("the itemsets");
    itemsets->pairs = pairs;
    struct search *s = ks_zalloc(1, sizeof *s);
    if (s == NULL)
        return ks_nomem("the itemsets");
    *s = (struct search){.classes = &pairs->classes,
                         .thresholds = thresholds,
                         .out = itemsets,
                         .progress = progress,
                         .limit = work != 0 ? work : default_work};
    s->low = least_count(ks_pairs_windows(pairs), thresholds);
    struct ks_status status = search(s, max_len < KS_MAX_LEN ? max_len : KS_MAX_LEN);
    search_free(s);
    ks_free(s);
    return status;
}

void ks_itemsets_free(struct ks_itemsets *itemsets)
{
    if (itemsets == NULL)
        return;
    ks_free(itemsets->composition);
    ks_free(itemsets->class_at);
    ks_free(itemsets->rule);
    ks_free(itemsets);
}

struct ks_count ks_itemsets_rules(const struct ks_itemsets *itemsets, unsigned len)
{
    struct ks_count total = ks_count_of(0);
    for (unsigned i = 3; i <= KS_MAX_LEN; i++)
        if (len == 0 || i == len)
            total = ks_count_add(total, itemsets->rules[i]);
    return total;
}
