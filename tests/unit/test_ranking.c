/* src/mining: the virtual list of rules. Every row of small rankings is held against an oracle elsewhere (tests/oracle). */
#include <stdlib.h>

#include "mining_data.h"

#include "base/limits.h"
#include "mining/ahead.h"
#include "mining/itemsets.h"
#include "mining/ranking.h"

static const struct ks_thresholds all = {.max_count = UINT32_MAX, .min_count = 1};

struct fixture {
    struct ks_window_sets sets;
    struct ks_pairs *pairs;
};

static void fixture_make(struct fixture *f, uint32_t l, uint32_t u, uint64_t seed)
{
    make_sets(l, u, seed, &f->sets);
    assert_int_equal(ks_pairs_mine(&f->sets, 1, NULL, &f->pairs).code, KS_OK);
}

static void fixture_free(struct fixture *f)
{
    ks_pairs_free(f->pairs);
    ks_window_sets_free(&f->sets);
}

static struct ks_ranking *rank(const struct fixture *f, const struct ks_thresholds *t, enum ks_sort sort,
                               const struct ks_rule_filter *filter)
{
    struct ks_ranking *ranking;
    assert_int_equal(ks_ranking_make(f->pairs, NULL, t, sort, false, filter, NULL, NULL, &ranking).code, KS_OK);
    return ranking;
}

static void sort_keys_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < KS_SORT_N; i++) {
        enum ks_sort sort;
        assert_true(ks_sort_parse(ks_sort_name((enum ks_sort)i), &sort));
        assert_int_equal(sort, i);
    }
    enum ks_sort sort;
    assert_false(ks_sort_parse("lift", &sort));
}

static void a_ranking_has_as_many_rows_as_rules_are_counted(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f, 200, 300, 11);
    uint64_t seed = 4;
    for (int i = 0; i < 50; i++) {
        struct ks_thresholds t = {.max_count = (uint32_t)(next_random(&seed) % 201),
                                  .min_count = 1 + (uint32_t)(next_random(&seed) % 3),
                                  .min_inte = (double)(next_random(&seed) % 100) / 1000,
                                  .min_conf = (double)(next_random(&seed) % 100) / 100,
                                  .interest = (enum ks_interest)(i % 2)};
        struct ks_ranking *ranking = rank(&f, &t, (enum ks_sort)(i % KS_SORT_LN_P), NULL);
        assert_int_equal(ks_ranking_rows(ranking), ks_pairs_count(f.pairs, &t));
        ks_ranking_free(ranking);
    }
    fixture_free(&f);
}

/* Larger than the cache of slices holds at once, asked for in a scattered order and in order. */
static void rows_are_sorted_distinct_and_found_again(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f, 150, 250, 12);
    struct ks_ranking *ranking = rank(&f, &all, KS_SORT_INTEREST, NULL);
    uint64_t rows = ks_ranking_rows(ranking);
    assert_true(rows > 10000);
    struct ks_rule before = {0}, rule;
    for (uint64_t i = 0; i < rows; i++) {
        assert_true(ks_ranking_row(ranking, i, &rule));
        if (i > 0) {
            int64_t a = ks_excess(before.counts), b = ks_excess(rule.counts);
            assert_true(a >= b);
            if (memcmp(&before.counts, &rule.counts, sizeof rule.counts) == 0)
                assert_true(before.items[0] < rule.items[0] ||
                            (before.items[0] == rule.items[0] && before.items[1] < rule.items[1]));
        }
        before = rule;
        if (i % 37 == 0)
            assert_int_equal(ks_ranking_find(ranking, rule.items[0], rule.items[1]), i);
    }
    for (uint64_t i = 0; i < 3000; i++) {
        uint64_t at = i * 48271 % rows;
        assert_true(ks_ranking_row(ranking, at, &rule));
        assert_int_equal(ks_ranking_find(ranking, rule.items[0], rule.items[1]), at);
    }
    assert_false(ks_ranking_row(ranking, rows, &rule));
    assert_false(ks_ranking_row(ranking, UINT64_MAX, &rule));
    assert_true(ks_ranking_find(ranking, 0, 0) == UINT64_MAX);
    assert_true(ks_ranking_find(ranking, 0, 250) == UINT64_MAX);
    ks_ranking_free(ranking);
    fixture_free(&f);
}

/* Read from the first row to the last, rows are gathered ahead; each must be where looking for it alone finds it. */
static void rows_read_in_order_are_those_asked_for_one_by_one(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f, 70, 400, 17);
    static const uint64_t limits[] = {1 << 21, 5000};
    for (size_t k = 0; k < 2; k++)
        for (int sort = 0; sort < KS_SORT_LN_P; sort += 3) {
            struct ks_ranking *ranking = rank(&f, &all, (enum ks_sort)sort, NULL);
            uint64_t rows = ks_ranking_rows(ranking);
            ks_ahead_limit(limits[k]);
            assert_true(rows > 50000);
            for (uint64_t i = 0; i < rows; i++) {
                struct ks_rule rule;
                assert_true(ks_ranking_row(ranking, i, &rule));
                assert_true(rule.n_if == 1 && rule.n_then == 1);
                if (i % 61 == 0 || i > rows - 50)
                    assert_int_equal(ks_ranking_find(ranking, rule.items[0], rule.items[1]), i);
            }
            ks_ranking_free(ranking);
        }
    ks_ahead_limit(1 << 21);
    fixture_free(&f);
}

/* Slices that would be felt are made ahead and kept, others are let go where they take too much memory: the rows are the same. */
static void rows_do_not_depend_on_which_slices_are_kept(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f, 70, 400, 17);
    struct ks_limits limits = *ks_limits();
    for (int sort = 0; sort < KS_SORT_LN_P; sort += 3) {
        struct ks_ranking *usual = rank(&f, &all, (enum ks_sort)sort, NULL);
        for (unsigned way = 0; way < 2; way++) {
            limits.visits = way == 0 ? 0 : UINT64_MAX;
            limits.slices = 1;
            ks_limits_set(&limits);
            struct ks_ranking *other = rank(&f, &all, (enum ks_sort)sort, NULL);
            uint64_t rows = ks_ranking_rows(usual);
            assert_int_equal(ks_ranking_rows(other), rows);
            for (uint64_t i = 0; i < rows; i += 997) {
                struct ks_rule a, b;
                assert_true(ks_ranking_row(usual, i, &a) && ks_ranking_row(other, i, &b));
                assert_int_equal(a.items[0], b.items[0]);
                assert_int_equal(a.items[1], b.items[1]);
                assert_int_equal(ks_ranking_find(other, a.items[0], a.items[1]), i);
            }
            ks_ranking_free(other);
            ks_limits_set(NULL);
        }
        ks_ranking_free(usual);
    }
    fixture_free(&f);
}

/* Memory that runs out for a moment while rows are read in order, one by one and then ahead: a row is right, or missing and there the next time. */
static void rows_are_right_or_missing_where_memory_runs_out_for_a_moment(void **state)
{
    (void)state;
    enum { STREAK = 20000, MORE = 50 };
    struct fixture f;
    fixture_make(&f, 70, 400, 17);
    struct ks_ranking *usual = rank(&f, &all, KS_SORT_INTEREST, NULL);
    for (uint64_t first = 0; first < STREAK; first += STREAK - MORE / 2) {
        bool failed = true;
        for (size_t n = 1, missing = 0; failed; n++) {
            struct ks_ranking *ranking = rank(&f, &all, KS_SORT_INTEREST, NULL);
            struct ks_rule rule, wanted;
            for (uint64_t i = 0; i < first; i++)
                assert_true(ks_ranking_row(ranking, i, &rule));
            ks_memory_fail_between(n, n);
            for (uint64_t i = first; i < first + MORE; i++) {
                if (!ks_ranking_row(ranking, i, &rule)) {
                    missing++;
                    assert_true(ks_ranking_row(ranking, i, &rule));
                }
                failed = ks_memory_asked() >= n;
            }
            ks_memory_fail_from(0);
            assert_true(failed || missing > 1 || first != 0);
            for (uint64_t i = first; i < first + MORE; i++) {
                assert_true(ks_ranking_row(ranking, i, &rule) && ks_ranking_row(usual, i, &wanted));
                assert_memory_equal(rule.items, wanted.items, 2 * sizeof *rule.items);
            }
            ks_ranking_free(ranking);
        }
    }
    ks_ranking_free(usual);
    fixture_free(&f);
}

/* Every pair of items is found where it is listed, and nowhere when it is not. */
static void what_is_not_listed_is_not_found(const struct fixture *f, struct ks_ranking *ranking)
{
    uint32_t u = f->sets.u;
    bool *listed = calloc((size_t)u * u, 1);
    assert_non_null(listed);
    for (uint64_t i = 0; i < ks_ranking_rows(ranking); i++) {
        struct ks_rule rule;
        assert_true(ks_ranking_row(ranking, i, &rule));
        assert_int_equal(ks_ranking_find(ranking, rule.items[0], rule.items[1]), i);
        listed[rule.items[0] * u + rule.items[1]] = true;
    }
    for (uint32_t x = 0; x < u; x++)
        for (uint32_t y = 0; y < u; y++)
            assert_true((ks_ranking_find(ranking, x, y) != UINT64_MAX) == listed[x * u + y]);
    free(listed);
}

static bool only_rare(const struct ks_counts *counts, void *context)
{
    return counts->x <= *(const uint32_t *)context;
}

static void filters_keep_what_they_say(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f, 100, 120, 13);
    uint32_t most = 20, must[] = {7, 7};
    struct ks_rule_filter filter = {.keep = only_rare, .context = &most};
    struct ks_ranking *whole = rank(&f, &all, KS_SORT_COUNT, NULL), *some = rank(&f, &all, KS_SORT_COUNT, &filter);
    uint64_t expected = 0, with = 0;
    struct ks_rule rule;
    for (uint64_t i = 0; i < ks_ranking_rows(whole); i++) {
        assert_true(ks_ranking_row(whole, i, &rule));
        expected += rule.counts.x <= most;
        with += rule.items[0] == 7 || rule.items[1] == 7;
    }
    assert_true(expected > 0 && expected < ks_ranking_rows(whole));
    assert_int_equal(ks_ranking_rows(some), expected);
    what_is_not_listed_is_not_found(&f, some);
    what_is_not_listed_is_not_found(&f, whole);
    ks_ranking_free(some);
    filter = (struct ks_rule_filter){.must = must, .n_must = 2};
    some = rank(&f, &all, KS_SORT_COUNT, &filter);
    assert_int_equal(ks_ranking_rows(some), with);
    for (uint64_t i = 0; i < with; i++) {
        assert_true(ks_ranking_row(some, i, &rule));
        assert_true(rule.items[0] == 7 || rule.items[1] == 7);
        assert_int_equal(ks_ranking_find(some, rule.items[0], rule.items[1]), i);
    }
    what_is_not_listed_is_not_found(&f, some);
    ks_ranking_free(some);
    must[1] = 9;
    some = rank(&f, &all, KS_SORT_INTEREST, &filter);
    what_is_not_listed_is_not_found(&f, some);
    ks_ranking_free(some);
    ks_ranking_free(whole);
    fixture_free(&f);
}

static double no_number(struct ks_counts c)
{
    return c.x % 2 == 0 ? NAN : -(double)c.xy;
}

static void what_has_no_ln_p_comes_last_either_way(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f, 60, 60, 14);
    for (int reverse = 0; reverse < 2; reverse++) {
        struct ks_ranking *ranking;
        assert_int_equal(ks_ranking_make(f.pairs, NULL, &all, KS_SORT_LN_P, reverse != 0, NULL, no_number, NULL, &ranking).code,
                         KS_OK);
        bool even = false;
        for (uint64_t i = 0; i < ks_ranking_rows(ranking); i++) {
            struct ks_rule rule;
            assert_true(ks_ranking_row(ranking, i, &rule));
            assert_true(!even || rule.counts.x % 2 == 0);
            even = rule.counts.x % 2 == 0;
        }
        assert_true(even);
        ks_ranking_free(ranking);
    }
    fixture_free(&f);
}

static void ranking_can_be_cancelled(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f, 60, 60, 15);
    struct ks_progress progress = {0};
    struct ks_ranking *ranking;
    atomic_store(&progress.cancel, true);
    assert_int_equal(ks_ranking_make(f.pairs, NULL, &all, KS_SORT_CPIR, false, NULL, NULL, &progress, &ranking).code, KS_CANCELLED);
    assert_null(ranking);
    fixture_free(&f);
}

static struct ks_progress asked_to_stop;

static double stops(struct ks_counts c)
{
    atomic_store(&asked_to_stop.cancel, true);
    return -(double)c.xy;
}

static void ranking_can_be_cancelled_while_it_sorts(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f, 60, 60, 15);
    struct ks_ranking *ranking;
    assert_int_equal(ks_ranking_make(f.pairs, NULL, &all, KS_SORT_LN_P, false, NULL, stops, &asked_to_stop, &ranking).code, KS_CANCELLED);
    assert_null(ranking);
    fixture_free(&f);
}

static void running_out_of_memory_is_a_status_or_a_missing_row(void **state)
{
    (void)state;
    struct fixture f;
    fixture_make(&f, 60, 60, 16);
    uint32_t must = 3;
    struct ks_limits ahead = *ks_limits();
    ahead.visits = 0; /* all slices are made ahead */
    for (int with = 0; with < 3; with++) {
        struct ks_rule_filter filter = {.must = &must, .n_must = with == 1};
        ks_limits_set(with == 2 ? &ahead : NULL);
        enum ks_code code = KS_NOMEM;
        size_t failures = 0;
        for (size_t n = 1; code == KS_NOMEM; n++) {
            struct ks_ranking *ranking;
            ks_memory_fail_from(n);
            code = ks_ranking_make(f.pairs, NULL, &all, KS_SORT_CPIR, false, &filter, NULL, NULL, &ranking).code;
            ks_memory_fail_from(0);
            failures += code == KS_NOMEM;
            ks_ranking_free(ranking);
        }
        assert_int_equal(code, KS_OK);
        assert_true(failures > 5);
    }
    ks_limits_set(NULL);
    struct ks_ranking *ranking = rank(&f, &all, KS_SORT_CPIR, NULL);
    struct ks_rule wanted, rule;
    assert_true(ks_ranking_row(ranking, 5, &wanted));
    ks_ranking_free(ranking);
    ranking = rank(&f, &all, KS_SORT_CPIR, NULL);
    bool got = false;
    for (size_t n = 1; !got; n++) {
        ks_memory_fail_from(n);
        got = ks_ranking_row(ranking, 5, &rule);
        ks_memory_fail_from(0);
        assert_true(!got || n > 1);
    }
    assert_memory_equal(rule.items, wanted.items, 2 * sizeof *rule.items);
    ks_ranking_free(ranking);
    fixture_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sort_keys_have_names),
        cmocka_unit_test(a_ranking_has_as_many_rows_as_rules_are_counted),
        cmocka_unit_test(rows_are_sorted_distinct_and_found_again),
        cmocka_unit_test(rows_read_in_order_are_those_asked_for_one_by_one),
        cmocka_unit_test(rows_do_not_depend_on_which_slices_are_kept),
        cmocka_unit_test(rows_are_right_or_missing_where_memory_runs_out_for_a_moment),
        cmocka_unit_test(filters_keep_what_they_say),
        cmocka_unit_test(what_has_no_ln_p_comes_last_either_way),
        cmocka_unit_test(ranking_can_be_cancelled),
        cmocka_unit_test(ranking_can_be_cancelled_while_it_sorts),
        cmocka_unit_test(running_out_of_memory_is_a_status_or_a_missing_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
