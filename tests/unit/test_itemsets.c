/* src/mining: itemsets of more than two items. They are held against an oracle elsewhere (tests/oracle). */
#include "mining_data.h"

#include <math.h>

#include "mining/itemsets.h"
#include "mining/ranking.h"

static void the_support_bound_is_that_of_the_formula(void **state)
{
    (void)state;
    assert_true(ks_support_bound(0) == 0);
    assert_true(ks_support_bound(-1) == 0);
    assert_true(fabs(ks_support_bound(0.07) - 0.0757) < 1e-4);
    assert_true(fabs(ks_support_bound(0.17) - 0.2172) < 1e-4);
    assert_true(ks_support_bound(0.25) == 0.5);
    assert_true(ks_support_bound(0.2500001) == 2);
}

static void a_limit_on_work_is_announced_and_what_was_found_stays(void **state)
{
    (void)state;
    struct ks_window_sets sets;
    struct ks_pairs *pairs;
    make_sets(60, 60, 21, &sets);
    assert_int_equal(ks_pairs_mine(&sets, 1, NULL, &pairs).code, KS_OK);
    struct ks_thresholds t = {.max_count = 60, .min_count = 1};
    struct ks_itemsets *whole, *part;
    assert_int_equal(ks_itemsets_mine(pairs, &t, 3, 0, NULL, &whole).code, KS_OK);
    struct ks_status status = ks_itemsets_mine(pairs, &t, 6, 20000, NULL, &part);
    assert_int_equal(status.code, KS_LIMIT);
    assert_non_null(strstr(status.message, "20,000 steps"));
    assert_non_null(strstr(status.message, "3 items"));
    assert_non_null(strstr(status.message, "longer ones up to 6"));
    struct ks_count some = ks_itemsets_rules(part, 0);
    assert_true(some.n > 0);
    assert_true(ks_count_compare(some, ks_itemsets_rules(whole, 0)) < 0);
    struct ks_ranking *ranking;
    assert_int_equal(ks_ranking_make(pairs, part, &t, KS_SORT_LENGTH, false, NULL, NULL, NULL, &ranking).code, KS_OK);
    assert_int_equal(ks_ranking_rows(ranking), some.n + ks_pairs_count(pairs, &t));
    ks_ranking_free(ranking);
    ks_itemsets_free(whole);
    ks_itemsets_free(part);
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
}

static void thresholds_that_nothing_can_pass_cost_nothing(void **state)
{
    (void)state;
    struct ks_window_sets sets;
    struct ks_pairs *pairs;
    make_sets(60, 60, 22, &sets);
    assert_int_equal(ks_pairs_mine(&sets, 1, NULL, &pairs).code, KS_OK);
    /* minInte 0.17 needs support 0.2172: with minSupp 0.2 there is nothing to look for. */
    struct ks_thresholds t = {.max_count = 12, .min_count = 1, .min_inte = 0.17};
    struct ks_itemsets *itemsets;
    assert_int_equal(ks_itemsets_mine(pairs, &t, 10, 2000, NULL, &itemsets).code, KS_OK);
    assert_true(ks_itemsets_rules(itemsets, 0).n == 0);
    ks_itemsets_free(itemsets);
    t.min_inte = 0.26;
    t.max_count = 60;
    assert_int_equal(ks_itemsets_mine(pairs, &t, 10, 2000, NULL, &itemsets).code, KS_OK);
    assert_true(ks_itemsets_rules(itemsets, 0).n == 0);
    ks_itemsets_free(itemsets);
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
}

static void cancelling_stops_the_search(void **state)
{
    (void)state;
    struct ks_window_sets sets;
    struct ks_pairs *pairs;
    make_sets(60, 60, 23, &sets);
    assert_int_equal(ks_pairs_mine(&sets, 1, NULL, &pairs).code, KS_OK);
    struct ks_thresholds t = {.max_count = 60, .min_count = 1};
    struct ks_progress progress = {0};
    struct ks_itemsets *itemsets;
    atomic_store(&progress.cancel, true);
    assert_int_equal(ks_itemsets_mine(pairs, &t, 5, 0, &progress, &itemsets).code, KS_CANCELLED);
    assert_non_null(itemsets);
    ks_itemsets_free(itemsets);
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
}

static void running_out_of_memory_is_a_status(void **state)
{
    (void)state;
    struct ks_window_sets sets;
    struct ks_pairs *pairs;
    make_sets(30, 20, 24, &sets);
    assert_int_equal(ks_pairs_mine(&sets, 1, NULL, &pairs).code, KS_OK);
    struct ks_thresholds t = {.max_count = 30, .min_count = 2};
    enum ks_code code = KS_NOMEM;
    size_t failures = 0;
    for (size_t n = 1; code == KS_NOMEM; n++) {
        struct ks_itemsets *itemsets;
        ks_memory_fail_from(n);
        code = ks_itemsets_mine(pairs, &t, 4, 0, NULL, &itemsets).code;
        ks_memory_fail_from(0);
        failures += code == KS_NOMEM;
        ks_itemsets_free(itemsets);
    }
    assert_int_equal(code, KS_OK);
    assert_true(failures > 10);
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_support_bound_is_that_of_the_formula),
        cmocka_unit_test(a_limit_on_work_is_announced_and_what_was_found_stays),
        cmocka_unit_test(thresholds_that_nothing_can_pass_cost_nothing),
        cmocka_unit_test(cancelling_stops_the_search),
        cmocka_unit_test(running_out_of_memory_is_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
