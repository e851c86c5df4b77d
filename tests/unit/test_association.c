/* src/stats/association: p-values against exact values over the whole range of logarithms, and against
 * counting by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_cdf.h>

#include "base/limits.h"
#include "base/memory.h"
#include "oracle/stats_oracle.h"
#include "stats/association.h"
#include "stats/terms.h"

#pragma GCC diagnostic ignored "-Wunused-const-variable"
#include "oracle/stats_oracle.inc"

static uint64_t seed = 1;

/* A whole number below n (splitmix64). */
static uint32_t draw(uint32_t n)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (uint32_t)((z ^ z >> 31) % n);
}

static uint64_t choose(uint32_t n, uint32_t k)
{
    uint64_t c = 1;
    if (k > n)
        return 0;
    for (uint32_t i = 1; i <= k; i++)
        c = c * (n - k + i) / i;
    return c;
}

static void fisher_agrees_with_exact_values_over_its_whole_range(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fisher_cases / sizeof *fisher_cases; i++) {
        const struct fisher_case *k = &fisher_cases[i];
        double got = ks_fisher_ln_p(k->l, k->x, k->y, k->xy),
               swapped = ks_fisher_ln_p(k->l, k->y, k->x, k->xy);
        if (!near(got, k->ln_p, 1e-12, 1e-3) || !near(swapped, k->ln_p, 1e-12, 1e-3))
            fail_msg("l=%u x=%u y=%u xy=%u: %.17g and %.17g, not %.17g", k->l, k->x, k->y, k->xy, got,
                     swapped, k->ln_p);
    }
}

static void fisher_agrees_with_counting_every_table_up_to_24_windows(void **state)
{
    (void)state;
    for (uint32_t l = 1; l <= 24; l++)
        for (uint32_t x = 0; x <= l; x++)
            for (uint32_t y = 0; y <= l; y++) {
                uint64_t tail = 0;
                for (uint32_t k = x < y ? x : y;; k--) {
                    tail += choose(x, k) * choose(l - x, y < k ? l : y - k);
                    double p = (double)tail / (double)choose(l, y), got = ks_fisher_ln_p(l, x, y, k);
                    if (!near(exp(got), p, 1e-12, 0) || got > 0)
                        fail_msg("l=%u x=%u y=%u xy=%u: %.17g, not %.17g", l, x, y, k, exp(got), p);
                    if (k == 0)
                        break;
                }
                assert_true(isinf(ks_fisher_ln_p(l, x, y, (x < y ? x : y) + 1)));
            }
}

static void fisher_agrees_with_gsl_where_gsl_does_not_underflow(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        uint32_t l = 1 + draw(3000), x = draw(l + 1), y = draw(l + 1), k = 1 + draw((x < y ? x : y) + 1);
        double p = gsl_cdf_hypergeometric_Q(k - 1, x, l - x, y), got = ks_fisher_ln_p(l, x, y, k);
        if (p > 1e-290 && !near(exp(got), p, 1e-9, 0))
            fail_msg("l=%u x=%u y=%u xy=%u: %.17g, not %.17g", l, x, y, k, exp(got), p);
    }
}

/* MathNet issue 679: P(N <= 48) came out above 1. */
static void regression_mathnet_679_cumulative_above_one(void **state)
{
    (void)state;
    double above = ks_fisher_ln_p(1953, 453, 84, 49);
    assert_true(above < 0 && above > -60);
    assert_true(near(above, fisher_cases[1].ln_p, 1e-12, 0));
}

/* scipy issue 8692: ln P(N <= 40) came out above 0. */
static void regression_scipy_8692_logarithm_above_zero(void **state)
{
    (void)state;
    assert_true(near(ks_fisher_ln_p(1600, 50, 300, 41), fisher_cases[3].ln_p, 1e-12, 0));
    for (uint32_t k = 0; k <= 50; k++) {
        double ln_p = ks_fisher_ln_p(1600, 50, 300, k);
        assert_true(ln_p <= 0 && (k == 0 || ln_p <= ks_fisher_ln_p(1600, 50, 300, k - 1)));
    }
}

/* haskell/statistics issue 74, statrs pull request 430: NaN for large populations. */
static void regression_statrs_430_nan_for_large_populations(void **state)
{
    (void)state;
    for (uint32_t k = 0; k <= 200; k++)
        assert_true(ks_fisher_ln_p(20000, 200, 300, k) <= 0); /* false for NaN */
    for (uint32_t k = 0; k <= 1000; k++)
        assert_true(ks_fisher_ln_p(2147483647, 1000000, 1000000, k * 1000) <= 0);
}

/* bedtools2 issue 855: counts beyond 32 bits when multiplied. */
static void regression_bedtools_855_products_beyond_32_bits(void **state)
{
    (void)state;
    double p = ks_fisher_ln_p(2147483647, 1000000, 1000000, 466);
    assert_true(p < 0 && p > -1);
    assert_true(ks_fisher_ln_p(4294967295, 4294967294, 4294967294, 4294967293) >= 0);
    assert_true(near(ks_fisher_ln_p(4294967295, 1, 1, 1), -log(4294967295.0), 1e-14, 0));
}

/* GSL's Q((unsigned)-1, ...) is 0, not 1. */
static void regression_gsl_no_common_window_is_certain(void **state)
{
    (void)state;
    assert_true(ks_fisher_ln_p(100, 10, 10, 0) >= 0);
    assert_true(ks_fisher_ln_p(100, 0, 10, 0) >= 0);
    assert_true(ks_fisher_ln_p(0, 0, 0, 0) >= 0);
}

/* GSL's hypergeometric underflows below 1e-308; the logarithm goes on. */
static void regression_gsl_underflow_keeps_its_logarithm(void **state)
{
    (void)state;
    assert_true(fabs(ks_fisher_ln_p(100000, 100, 100, 100) + 787.5) < 0.05);
    assert_true(ks_fisher_ln_p(1000000, 5000, 5000, 5000) < ks_fisher_ln_p(1000000, 5000, 5000, 4999));
}

/* GSL's draws above the population end the program unless its handler is off. */
static void regression_gsl_impossible_counts_do_not_abort(void **state)
{
    (void)state;
    assert_true(isnan(ks_fisher_ln_p(10, 11, 5, 1)));
    assert_true(isnan(ks_fisher_ln_p(10, 5, 11, 1)));
    assert_true(isinf(ks_fisher_ln_p(10, 5, 5, 6)));
}

static double shift_by_hand(uint32_t l, const uint32_t *x, size_t nx, const uint32_t *y, size_t ny)
{
    bool in[4096] = {false};
    uint32_t first = 0, reach = 0;
    for (size_t j = 0; j < ny; j++)
        in[y[j]] = true;
    for (uint32_t d = 0; d < l; d++) {
        uint32_t n = 0;
        for (size_t i = 0; i < nx; i++)
            n += in[(x[i] + d) % l];
        if (d == 0)
            first = n;
        reach += n >= first;
    }
    return (double)reach / l;
}

static size_t draw_set(uint32_t l, uint32_t of, uint32_t *out)
{
    size_t n = 0;
    for (uint32_t w = 0; w < l; w++)
        if (draw(100) < of)
            out[n++] = w;
    return n;
}

static void shift_p_counts_every_rotation(void **state)
{
    (void)state;
    uint32_t x[256], y[256];
    for (int i = 0; i < 3000; i++) {
        uint32_t l = 1 + draw(200);
        size_t nx = draw_set(l, draw(101), x), ny = draw_set(l, draw(101), y);
        double got = ks_shift_p(l, x, nx, y, ny), want = shift_by_hand(l, x, nx, y, ny);
        if (fabs(got - want) > 1e-12)
            fail_msg("l=%u nx=%zu ny=%zu: %.17g, not %.17g", l, nx, ny, got, want);
    }
}

static void shift_p_of_large_sets_counts_every_rotation(void **state)
{
    (void)state;
    static uint32_t x[4096], y[4096];
    for (int i = 0; i < 4; i++) {
        uint32_t l = 3000 + draw(1000);
        size_t nx = draw_set(l, 60, x), ny = draw_set(l, 60 + (uint32_t)i * 12, y);
        assert_true(fabs(ks_shift_p(l, x, nx, y, ny) - shift_by_hand(l, x, nx, y, ny)) < 1e-12);
    }
}

/* Large sets go through the transform; sets that are whole arcs have overlaps that are known. */
static void shift_p_of_long_runs_is_exact(void **state)
{
    (void)state;
    const uint32_t l = 50021, n = 20000; /* a prime; arcs of 20,000 windows, 5,000 apart: overlap 15,000 */
    uint32_t *x = ks_alloc(n, sizeof *x), *y = ks_alloc(n, sizeof *y);
    assert_non_null(x);
    assert_non_null(y);
    for (uint32_t i = 0; i < n; i++) {
        x[i] = i;
        y[i] = i + 5000;
    }
    assert_true(fabs(ks_shift_p(l, x, n, y, n) - 10001.0 / l) < 1e-12); /* shifts 0 .. 10,000 */
    assert_true(fabs(ks_shift_p(l, x, n, x, n) - 1.0 / l) < 1e-12);
    ks_free(x);
    ks_free(y);
}

static void shift_p_without_overlap_is_one(void **state)
{
    (void)state;
    uint32_t x[] = {0, 1}, y[] = {2};
    assert_true(ks_shift_p(4, x, 2, y, 1) >= 1);
    assert_true(ks_shift_p(4, x, 0, y, 1) >= 1);
    assert_true(ks_shift_p(0, x, 0, y, 0) >= 1);
}

static void shift_p_says_nan_when_memory_is_exhausted(void **state)
{
    (void)state;
    static uint32_t x[4096];
    size_t large = draw_set(4096, 90, x);
    for (size_t n = 1; n <= 2; n++) {
        ks_memory_fail_from(n);
        double p = ks_shift_p(4096, x, large, x, large);
        ks_memory_fail_from(0);
        assert_true(isnan(p));
    }
    ks_memory_fail_from(1);
    double p = ks_shift_p(4096, x, 2, x, 2);
    ks_memory_fail_from(0);
    assert_true(isnan(p));
}

/* The example of Benjamini and Hochberg (1995): 15 p-values, four of them pass at 0.05. */
static void false_discovery_repeats_the_published_example(void **state)
{
    (void)state;
    static const double p[15] = {0.6528, 0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298,
                                 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.7590, 1.0000};
    static const double q[15] = {0.75323076923, 0.0015,        0.003,         0.0095,        0.035625,
                                 0.0603,        0.06385714286, 0.06385714286, 0.0645,        0.0765,
                                 0.486,         0.58118181818, 0.714875,      0.81321428571, 1};
    double ln_p[15], weight[15], ln_q[15];
    int pass = 0;
    for (int i = 0; i < 15; i++) {
        ln_p[i] = log(p[i]);
        weight[i] = 1;
    }
    assert_true(ks_is_ok(ks_benjamini_hochberg(ln_p, weight, 15, 15, ln_q)));
    for (int i = 0; i < 15; i++) {
        assert_true(fabs(exp(ln_q[i]) - q[i]) < 1e-9);
        pass += ln_q[i] <= log(0.05);
    }
    assert_int_equal(pass, 4);
}

/* Against the definition q = min over p_j >= p_i of m p_j / #{p <= p_j}, every test written out. */
static void false_discovery_counts_weights_as_that_many_tests(void **state)
{
    (void)state;
    enum { N = 40 };
    double ln_p[N], weight[N], ln_q[N];
    for (int round = 0; round < 200; round++) {
        double tests = 0;
        for (int i = 0; i < N; i++) {
            ln_p[i] = -(double)draw(30) * 100; /* many ties, far below the smallest double */
            weight[i] = draw(4);
            tests += weight[i];
        }
        double m = tests + draw(1000);
        if (tests < 1)
            continue;
        assert_true(ks_is_ok(ks_benjamini_hochberg(ln_p, weight, N, m, ln_q)));
        for (int i = 0; i < N; i++) {
            double least = 0;
            for (int j = 0; j < N; j++) {
                double rank = 0;
                for (int k = 0; k < N; k++)
                    rank += ln_p[k] <= ln_p[j] ? weight[k] : 0;
                if (ln_p[j] >= ln_p[i] && rank > 0 && log(m) + ln_p[j] - log(rank) < least)
                    least = log(m) + ln_p[j] - log(rank);
            }
            if (weight[i] > 0 && !near(ln_q[i], least, 1e-12, 1))
                fail_msg("ln p %g weight %g: %.17g, not %.17g", ln_p[i], weight[i], ln_q[i], least);
        }
    }
}

static void false_discovery_takes_nothing_and_the_impossible(void **state)
{
    (void)state;
    double none = 0, ln_p[2] = {-INFINITY, NAN}, weight[2] = {1, 1}, ln_q[2];
    assert_true(ks_is_ok(ks_benjamini_hochberg(&none, &none, 0, 0, &none)));
    assert_true(ks_is_ok(ks_benjamini_hochberg(ln_p, weight, 2, 2, ln_q)));
    assert_true(isinf(ln_q[0]) && ln_q[0] < 0 && ln_q[1] >= 0);
    for (size_t n = 1; n <= 2; n++) {
        ks_memory_fail_from(n);
        struct ks_status s = ks_benjamini_hochberg(ln_p, weight, 2, 2, ln_q);
        ks_memory_fail_from(0);
        assert_int_equal(s.code, KS_NOMEM);
    }
}

static void poisson_tail_agrees_with_exact_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof poisson_cases / sizeof *poisson_cases; i++) {
        const struct poisson_case *k = &poisson_cases[i];
        double got = ks_poisson_tail_ln(k->ln_mu, k->n);
        /* mu itself is known to about 1e-15, which the tail feels n - mu times */
        double felt = fabs((double)k->n - exp(k->ln_mu)) * 4e-15;
        if (!near(got, k->ln_p, k->n > 1000000 ? 1e-9 : 1e-12, 1e-3) && fabs(got - k->ln_p) > felt)
            fail_msg("ln mu=%g n=%llu: %.17g, not %.17g", k->ln_mu, (unsigned long long)k->n, got, k->ln_p);
    }
}

static void poisson_tail_is_sensible_at_its_ends(void **state)
{
    (void)state;
    assert_true(ks_poisson_tail_ln(-1e6, 0) >= 0);
    assert_true(near(ks_poisson_tail_ln(-1e6, 3), -3e6 - log(6), 1e-14, 0));
    assert_true(ks_poisson_tail_ln(1e6, 1) >= 0 && ks_poisson_tail_ln(1e6, UINT64_MAX) >= 0);
    assert_true(ks_poisson_tail_ln(-INFINITY, 1) < -1e300 && ks_poisson_tail_ln(INFINITY, 5) >= 0);
    assert_true(isnan(ks_poisson_tail_ln(NAN, 1)));
    assert_true(ks_poisson_tail_ln(0, UINT64_MAX) < -1e20);
    /* It never rises with n, across the border between the two ways of computing. */
    for (double ln_mu = 13.8; ln_mu < 13.83; ln_mu += 0.001)
        for (uint64_t n = 999990; n < 1000010; n++)
            assert_true(ks_poisson_tail_ln(ln_mu, n + 1) < ks_poisson_tail_ln(ln_mu, n));
}

/* doc/statistics.md: five ports five times in an hour within 10 s; three ports 20 or 100 times a day within
 * 30 s. */
static void sequences_by_chance_as_worked_out_by_hand(void **state)
{
    (void)state;
    static const double five[5] = {5, 5, 5, 5, 5}, few[3] = {20, 20, 20}, many[3] = {100, 100, 100};
    double ln_mu = ks_sequence_ln_mu(3600, 10, five, 5);
    /* 3600 (5/3600)^5 10^4 / 24 */
    assert_true(near(ln_mu, log(3600.0) + 5 * log(5.0 / 3600) + 4 * log(10.0) - log(24.0), 1e-14, 0));
    assert_true(fabs(exp(ln_mu) / 7.8e-9 - 1) < 0.01);
    assert_true(fabs(ks_poisson_tail_ln(ln_mu, 5) / M_LN10 + 42.6) < 0.05);
    assert_true(fabs(ks_poisson_tail_ln(ks_sequence_ln_mu(86400, 30, few, 3), 5) / M_LN10 + 18.7) < 0.05);
    assert_true(fabs(ks_poisson_tail_ln(ks_sequence_ln_mu(86400, 30, many, 3), 5) / M_LN10 + 8.2) < 0.05);
    assert_true(isnan(ks_sequence_ln_mu(0, 30, few, 3)) && isnan(ks_sequence_ln_mu(5, 0, few, 3)));
    assert_true(isnan(ks_sequence_ln_mu(5, 5, few, 0)));
}

static void order_agrees_with_exact_fractions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof order_cases / sizeof *order_cases; i++) {
        const struct order_case *k = &order_cases[i];
        double got = ks_order_ln_p(k->m, k->r, k->x);
        if (!near(got, k->ln_p, 1e-12, 1e-3))
            fail_msg("m=%u r=%u x=%u: %.17g, not %.17g", k->m, k->r, k->x, got, k->ln_p);
    }
    assert_true(fabs(exp(ks_order_ln_p(3, 3, 3)) / 0.0278 - 1) < 0.01);
    assert_true(fabs(exp(ks_order_ln_p(5, 5, 5)) / 4.8e-9 - 1) < 0.01);
}

static void order_is_sensible_at_its_ends(void **state)
{
    (void)state;
    assert_true(ks_order_ln_p(0, 5, 5) >= 0 && ks_order_ln_p(1, 5, 5) >= 0 && ks_order_ln_p(4, 5, 0) >= 0);
    assert_true(ks_order_ln_p(4, 0, 0) >= 0 && ks_order_ln_p(4, 1, 1) >= 0);
    assert_true(isinf(ks_order_ln_p(4, 5, 6)) && isinf(ks_order_ln_p(1, 5, 6)));
    assert_true(ks_order_ln_p(100000, 10, 9) < -1e6); /* 1/m! is far below the smallest double */
}

static void ln_choose_agrees_with_whole_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof choose_cases / sizeof *choose_cases; i++) {
        const struct choose_case *k = &choose_cases[i];
        double got = ks_ln_choose(k->n, k->k);
        if (!near(got, k->value, 1e-14, 1))
            fail_msg("C(%g, %g): %.17g, not %.17g", k->n, k->k, got, k->value);
    }
    assert_true(isinf(ks_ln_choose(3, 4)) && isinf(ks_ln_choose(3, -1)) && isnan(ks_ln_choose(NAN, 1)));
    assert_true(fabs(ks_ln_choose(5, 0)) <= 0 && fabs(ks_ln_choose(5, 5)) <= 0 &&
                fabs(ks_ln_choose(0, 0)) <= 0);
    /* Real arguments: C(19.609, 5) as a product, C(2.5, 0.5) = 15/16 pi / (sqrt(pi)/2 * 2) ... */
    assert_true(
        near(ks_ln_choose(19.609, 5), log(19.609 * 18.609 * 17.609 * 16.609 * 15.609 / 120), 1e-13, 0));
    assert_true(near(ks_ln_choose(2.5, 0.5), log(15 / 8.0), 1e-13, 0));
}

static void stirlings_error_agrees_with_60_digit_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof stirling_cases / sizeof *stirling_cases; i++) {
        assert_true(near(ks_stirling((double)(i + 1)), stirling_cases[i], 1e-15, 0));
        /* Between whole numbers GSL takes over; the function falls. */
        double half = ks_stirling((double)i + 1.5);
        assert_true(half < ks_stirling((double)i + 1) && half > ks_stirling((double)i + 2));
    }
}

static void the_version_names_gsl(void **state)
{
    (void)state;
    assert_memory_equal(ks_stats_libraries(), "GSL ", 4);
}

static void more_tests_than_can_be_corrected_are_a_status(void **state)
{
    (void)state;
    struct ks_limits limits = *ks_limits();
    double ln_p[3] = {-1, -2, -3}, weight[3] = {1, 1, 1}, ln_q[3];
    limits.tests = 2;
    ks_limits_set(&limits);
    struct ks_status status = ks_benjamini_hochberg(ln_p, weight, 3, 3, ln_q);
    assert_int_equal(ks_benjamini_hochberg(ln_p, weight, 2, 3, ln_q).code, KS_OK);
    ks_limits_set(NULL);
    assert_int_equal(status.code, KS_LIMIT);
    assert_non_null(strstr(status.message, "at most 2 different tests"));
    assert_int_equal(ks_benjamini_hochberg(ln_p, weight, 3, 3, ln_q).code, KS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_tests_than_can_be_corrected_are_a_status),
        cmocka_unit_test(fisher_agrees_with_exact_values_over_its_whole_range),
        cmocka_unit_test(fisher_agrees_with_counting_every_table_up_to_24_windows),
        cmocka_unit_test(fisher_agrees_with_gsl_where_gsl_does_not_underflow),
        cmocka_unit_test(regression_mathnet_679_cumulative_above_one),
        cmocka_unit_test(regression_scipy_8692_logarithm_above_zero),
        cmocka_unit_test(regression_statrs_430_nan_for_large_populations),
        cmocka_unit_test(regression_bedtools_855_products_beyond_32_bits),
        cmocka_unit_test(regression_gsl_no_common_window_is_certain),
        cmocka_unit_test(regression_gsl_underflow_keeps_its_logarithm),
        cmocka_unit_test(regression_gsl_impossible_counts_do_not_abort),
        cmocka_unit_test(shift_p_counts_every_rotation),
        cmocka_unit_test(shift_p_of_large_sets_counts_every_rotation),
        cmocka_unit_test(shift_p_of_long_runs_is_exact),
        cmocka_unit_test(shift_p_without_overlap_is_one),
        cmocka_unit_test(shift_p_says_nan_when_memory_is_exhausted),
        cmocka_unit_test(false_discovery_repeats_the_published_example),
        cmocka_unit_test(false_discovery_counts_weights_as_that_many_tests),
        cmocka_unit_test(false_discovery_takes_nothing_and_the_impossible),
        cmocka_unit_test(poisson_tail_agrees_with_exact_values),
        cmocka_unit_test(poisson_tail_is_sensible_at_its_ends),
        cmocka_unit_test(sequences_by_chance_as_worked_out_by_hand),
        cmocka_unit_test(order_agrees_with_exact_fractions),
        cmocka_unit_test(order_is_sensible_at_its_ends),
        cmocka_unit_test(ln_choose_agrees_with_whole_numbers),
        cmocka_unit_test(stirlings_error_agrees_with_60_digit_values),
        cmocka_unit_test(the_version_names_gsl),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
