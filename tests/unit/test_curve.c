/* src/stats/curve: Eq. 6-8 against 60-digit values, in both tails and at every border. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/memory.h"
#include "oracle/stats_oracle.h"
#include "stats/curve.h"

#pragma GCC diagnostic ignored "-Wunused-const-variable"
#include "oracle/stats_oracle.inc"

static struct ks_curve make(uint32_t l, uint64_t u, double ws, double epsilon)
{
    struct ks_curve c;
    assert_true(ks_is_ok(ks_curve_make(l, u, ws, 5, epsilon, &c)));
    return c;
}

#define check(got, want, tolerance, least, k, x)                                                             \
    do {                                                                                                     \
        if (!near((got), (want), (tolerance), (least)))                                                      \
            fail_msg("%s = %.17g, not %.17g, at l=%u u=%llu ws=%g x=%u", #got, (got), (want), (k)->l,        \
                     (unsigned long long)(k)->u, (k)->ws, (x));                                              \
    } while (0)

static void the_first_dataset_of_the_paper(void **state)
{
    (void)state;
    struct ks_curve c = make(20, 559, 1000, 1e-3);
    assert_true(fabs(c.p - 0.8331) < 5e-5);
    assert_true(fabs(c.mean - 16.66) < 5e-3);
    assert_true(fabs(c.sd - 1.67) < 5e-3);
    assert_int_equal(c.low, 5);
    assert_true(c.has_high);
    assert_int_equal(c.high, 10);
    assert_in_range(c.gradient, 15, 16); /* mean - sd = 15.0 */
    assert_true(fabs(exp(c.ln_pmf[17]) - 0.238) < 5e-4);
    ks_curve_free(&c);
}

static void the_second_dataset_of_the_paper(void **state)
{
    (void)state;
    struct ks_curve c = make(51, 804, 1000, 1e-3);
    assert_true(fabs(c.p - 0.7119) < 5e-5);
    assert_true(fabs(c.mean - 36.31) < 5e-3);
    assert_true(fabs(c.sd - 3.23) < 5e-3);
    assert_int_equal(c.high, 25);
    assert_in_range(c.gradient, 33, 34); /* mean - sd = 33.1 */
    assert_true(fabs(exp(c.ln_pmf[37]) - 0.122) < 5e-4);
    ks_curve_free(&c);
}

/* ln pmf to 1e-13 of its size and 1e-11 absolutely at a million windows; the distribution function to 1e-12
 * of itself. */
static void every_point_agrees_with_60_digit_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof curve_cases / sizeof *curve_cases; i++) {
        const struct curve_case *k = &curve_cases[i];
        struct ks_curve c = make(k->l, k->u, k->ws, 1e-3);
        check(c.p, k->p, 1e-15, 0, k, 0);
        check(c.ln_q, k->ln_q, 1e-15, 0, k, 0);
        check(c.mean, k->mean, 1e-15, 0, k, 0);
        check(c.sd, k->sd, 1e-13, 0, k, 0);
        for (uint32_t j = k->first; j < k->first + k->n; j++) {
            uint32_t x = curve_points[j].x;
            check(c.ln_pmf[x], curve_points[j].ln_pmf, 1e-13, k->l > 10000 ? 100 : 1, k, x);
            check(c.cdf[x], curve_points[j].cdf, k->l > 10000 ? 1e-10 : 1e-12, 0, k, x);
        }
        ks_curve_free(&c);
    }
}

static void the_suggested_range_and_the_gradient_are_exact(void **state)
{
    (void)state;
    static const double epsilon[3] = {1e-2, 1e-3, 1e-6};
    for (size_t i = 0; i < sizeof curve_cases / sizeof *curve_cases; i++) {
        const struct curve_case *k = &curve_cases[i];
        for (size_t e = 0; e < 3; e++) {
            struct ks_curve c = make(k->l, k->u, k->ws, epsilon[e]);
            assert_int_equal(c.has_high ? (int64_t)c.high : -1, k->high[e]);
            assert_int_equal(c.gradient, k->gradient);
            assert_int_equal(c.low, 5);
            ks_curve_free(&c);
        }
    }
}

static void the_distribution_function_never_falls_and_ends_at_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof curve_cases / sizeof *curve_cases; i++) {
        const struct curve_case *k = &curve_cases[i];
        struct ks_curve c = make(k->l, k->u, k->ws, 1e-3);
        for (uint32_t x = 0; x <= k->l; x++) {
            assert_true(c.cdf[x] >= (x == 0 ? 0 : c.cdf[x - 1]) && c.cdf[x] <= 1);
            assert_true(c.ln_pmf[x] <= 0); /* so neither NaN nor a probability above 1 */
        }
        assert_true(c.cdf[k->l] >= 1);
        ks_curve_free(&c);
    }
}

/* With u <= 27 and ws = 1000, p rounds to 1 and GSL's binomial gives 0 below l; the logarithm knows better
 * (doc/statistics.md). */
static void few_items_do_not_round_the_rest_away(void **state)
{
    (void)state;
    struct ks_curve c = make(20, 20, 1000, 1e-3);
    assert_true(c.p >= 1);
    assert_true(fabs(exp(c.ln_pmf[19]) / 1.1e-21 - 1) < 0.05);
    ks_curve_free(&c);
}

static void a_single_item_is_in_every_window(void **state)
{
    (void)state;
    struct ks_curve c = make(20, 1, 1000, 1e-3);
    assert_true(c.p >= 1 && c.sd <= 0 && c.mean >= 20);
    assert_true(c.ln_pmf[20] >= 0);
    for (uint32_t x = 0; x < 20; x++)
        assert_true(isinf(c.ln_pmf[x]) && c.cdf[x] <= 0);
    assert_int_equal(c.high, 19);
    assert_int_equal(c.gradient, 20);
    ks_curve_free(&c);
}

static void an_empty_window_holds_nothing(void **state)
{
    (void)state;
    struct ks_curve c = make(10, 5, 0, 1e-3);
    assert_true(c.p <= 0 && !signbit(c.p) && !signbit(c.mean));
    assert_true(c.ln_pmf[0] >= 0 && isinf(c.ln_pmf[1]) && c.cdf[0] >= 1);
    assert_false(c.has_high);
    assert_int_equal(c.gradient, 0);
    ks_curve_free(&c);
}

static void no_windows_give_one_point(void **state)
{
    (void)state;
    struct ks_curve c = make(0, 5, 10, 1e-3);
    assert_true(c.ln_pmf[0] >= 0 && c.cdf[0] >= 1);
    assert_false(c.has_high);
    assert_int_equal(c.gradient, 0);
    ks_curve_free(&c);
}

static void senseless_arguments_are_refused(void **state)
{
    (void)state;
    struct ks_curve c;
    assert_int_equal(ks_curve_make(20, 0, 10, 1, 1e-3, &c).code, KS_USAGE);
    assert_int_equal(ks_curve_make(20, 5, -1, 1, 1e-3, &c).code, KS_USAGE);
    assert_int_equal(ks_curve_make(20, 5, NAN, 1, 1e-3, &c).code, KS_USAGE);
    assert_int_equal(ks_curve_make(20, 5, INFINITY, 1, 1e-3, &c).code, KS_USAGE);
    assert_int_equal(ks_curve_make(20, 5, 10, 0, 1e-3, &c).code, KS_USAGE);
    assert_int_equal(ks_curve_make(20, 5, 10, 1, 0, &c).code, KS_USAGE);
    assert_int_equal(ks_curve_make(20, 5, 10, 1, 1, &c).code, KS_USAGE);
    assert_int_equal(ks_curve_make(20, 5, 10, 1, NAN, &c).code, KS_USAGE);
    assert_int_equal(ks_curve_make(10000001, 5, 10, 1, 1e-3, &c).code, KS_LIMIT);
    ks_curve_free(&c);
}

static void exhausted_memory_leaves_nothing_behind(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 2; n++) {
        struct ks_curve c;
        ks_memory_fail_from(n);
        struct ks_status s = ks_curve_make(20, 5, 10, 1, 1e-3, &c);
        ks_memory_fail_from(0);
        assert_int_equal(s.code, KS_NOMEM);
        ks_curve_free(&c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_dataset_of_the_paper),
        cmocka_unit_test(the_second_dataset_of_the_paper),
        cmocka_unit_test(every_point_agrees_with_60_digit_values),
        cmocka_unit_test(the_suggested_range_and_the_gradient_are_exact),
        cmocka_unit_test(the_distribution_function_never_falls_and_ends_at_one),
        cmocka_unit_test(few_items_do_not_round_the_rest_away),
        cmocka_unit_test(a_single_item_is_in_every_window),
        cmocka_unit_test(an_empty_window_holds_nothing),
        cmocka_unit_test(no_windows_give_one_point),
        cmocka_unit_test(senseless_arguments_are_refused),
        cmocka_unit_test(exhausted_memory_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
