/* src/stats/chance: both nulls against exact expectations, and the shifted null's promises (seeds, threads,
 * cancelling, memory). */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "oracle/chance_oracle.h"
#include "stats/association.h"
#include "stats/chance.h"
#include "stats/least.h"

#include "oracle/chance_oracle.inc"

enum {
    N_INDEPENDENT = sizeof independent_cases / sizeof *independent_cases,
    N_SHIFTED = sizeof shifted_cases / sizeof *shifted_cases
};

enum { ROTATIONS = 400 };

static uint64_t seed = 1;

static uint32_t draw(uint32_t n)
{
    uint64_t z = seed += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (uint32_t)((z ^ z >> 31) % n);
}

static bool close_to(double got, double want, double relative, double absolute)
{
    return fabs(got - want) <= relative * fabs(want) + absolute;
}

/* ---- the smallest passing overlap ---- */

static uint32_t least_by_trying(uint32_t l, uint32_t x, uint32_t y, const struct ks_thresholds *t)
{
    for (uint32_t n = 1; n <= (x < y ? x : y); n++)
        if (ks_pair_passes((struct ks_counts){.x = x, .y = y, .xy = n, .l = l}, t))
            return n;
    return UINT32_MAX;
}

static void check_least(uint32_t l, uint32_t x, uint32_t y, const struct ks_thresholds *t)
{
    struct ks_least least = ks_least_of(l, t);
    uint32_t got = ks_least_count(&least, x, y, x < y ? x : y), want = least_by_trying(l, x, y, t);
    if (got != want)
        fail_msg("l=%u x=%u y=%u inte=%.17g conf=%.17g: %u, not %u", l, x, y, t->min_inte, t->min_conf, got,
                 want);
}

/* Thresholds that fall exactly on values that rules have: the comparison must come out as in mining. */
static void the_smallest_passing_overlap_is_that_of_mining(void **state)
{
    (void)state;
    for (int i = 0; i < 200000; i++) {
        uint32_t l = 1 + draw(i % 2 == 0 ? 60 : 3000), x = 1 + draw(l), y = 1 + draw(l);
        struct ks_counts at = {.x = 1 + draw(l), .y = 1 + draw(l), .l = l};
        at.xy = draw((at.x < at.y ? at.x : at.y) + 1);
        struct ks_thresholds t = {.max_count = l,
                                  .min_count = 1 + draw(3),
                                  .interest = draw(2) == 0 ? KS_INTEREST_WU : KS_INTEREST_JOINT};
        t.min_inte = draw(3) == 0 ? 0 : draw(2) == 0 ? ks_interest_value(at, t.interest) : draw(30) / 100.0;
        t.min_conf = draw(3) == 0 ? 0 : draw(2) == 0 && at.y < l ? ks_cpir(at) : draw(11) / 10.0;
        check_least(l, x, y, &t);
        at.y = at.y == l ? 1 : at.y;
        if (at.xy <= at.y)
            check_least(l, at.x, at.y, &t);
    }
}

/* ---- independent placement ---- */

static double independent_of(const struct independent_case *k)
{
    uint64_t *have = ks_zalloc((size_t)k->l + 1, sizeof *have);
    assert_non_null(have);
    for (size_t i = 0; i < k->n; i += 2)
        have[k->pairs[i]] = k->pairs[i + 1];
    double got = ks_chance_independent(have, k->l, &k->thresholds);
    ks_free(have);
    return got;
}

static void independent_placement_agrees_with_exact_sums(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_INDEPENDENT; i++) {
        const struct independent_case *k = &independent_cases[i];
        double got = independent_of(k);
        if (!close_to(got, k->expected, 1e-6, 1e-9))
            fail_msg("case %zu, l=%u: %.17g, not %.17g", i, k->l, got, k->expected);
    }
}

/* The plain way: every pair of counts, every direction, one Fisher tail each. */
static double independent_plainly(const uint64_t *have, uint32_t l, const struct ks_thresholds *t)
{
    double sum = 0;
    for (uint32_t x = 1; x <= t->max_count; x++)
        for (uint32_t y = x; y <= t->max_count && have[x] > 0; y++) {
            double pairs =
                x == y ? (double)have[x] * ((double)have[x] - 1) / 2 : (double)have[x] * (double)have[y];
            if (pairs > 0) {
                uint32_t there = least_by_trying(l, x, y, t), back = least_by_trying(l, y, x, t);
                sum +=
                    pairs * exp(ks_fisher_ln_p(l, x, y, there)) + pairs * exp(ks_fisher_ln_p(l, x, y, back));
            }
        }
    return sum;
}

/* A histogram like that of a large capture: many rare items, few common ones, gaps. */
static uint64_t *long_tailed(uint32_t l, uint32_t items)
{
    uint64_t *have = ks_zalloc((size_t)l + 1, sizeof *have);
    assert_non_null(have);
    for (uint32_t i = 0; i < items; i++) {
        double n = pow((draw(1000000) + 1) / 1000001.0, -1 / 0.8);
        have[n >= 0.6 * l ? 6 * (l / 10) : (uint32_t)n]++;
    }
    return have;
}

static void check_plainly(const uint64_t *have, uint32_t l, const struct ks_thresholds *t, double tolerance)
{
    double got = ks_chance_independent(have, l, t), want = independent_plainly(have, l, t);
    if (!close_to(got, want, tolerance, 1e-9))
        fail_msg("n <= %u minInte %g minConf %g: %.17g, not %.17g", t->max_count, t->min_inte, t->min_conf,
                 got, want);
}

static void independent_placement_agrees_with_the_plain_sum(void **state)
{
    (void)state;
    const uint32_t l = 10000;
    uint64_t *have = long_tailed(l, 20000);
    static const double inte[] = {0, 0, 0, 0.0005, 0.001}, conf[] = {0, 0.3, 0.9, 0.3, 0};
    for (size_t i = 0; i < 5; i++) {
        struct ks_thresholds t = {.max_count = 150, .min_count = 1, .min_inte = inte[i], .min_conf = conf[i]};
        check_plainly(have, l, &t, 1e-6);
        t.max_count = 2000; /* some five hundred distinct counts: neighbours are put together */
        check_plainly(have, l, &t, 0.02);
    }
    ks_free(have);
}

/* Windows drawn at random, rules counted, again and again. */
static void independent_placement_agrees_with_drawing(void **state)
{
    (void)state;
    enum { L = 24, U = 30, DRAWS = 4000 };
    uint32_t n[U], mask[U];
    uint64_t have[L + 1] = {0};
    for (uint32_t i = 0; i < U; i++)
        have[n[i] = 1 + draw(i % 3 == 0 ? 12 : 5)]++;
    struct ks_thresholds t = {.max_count = 10, .min_count = 1, .min_inte = 0.03, .min_conf = 0.4};
    double sum = 0, squares = 0;
    for (int round = 0; round < DRAWS; round++) {
        for (uint32_t i = 0; i < U; i++)
            for (mask[i] = 0; (uint32_t)__builtin_popcount(mask[i]) < n[i];)
                mask[i] |= UINT32_C(1) << draw(L);
        double rules = 0;
        for (uint32_t i = 0; i < U; i++)
            for (uint32_t j = 0; j < U; j++)
                rules +=
                    i != j &&
                    ks_pair_passes((struct ks_counts){.x = n[i],
                                                      .y = n[j],
                                                      .l = L,
                                                      .xy = (uint32_t)__builtin_popcount(mask[i] & mask[j])},
                                   &t);
        sum += rules;
        squares += rules * rules;
    }
    double mean = sum / DRAWS, error = sqrt((squares / DRAWS - mean * mean) / DRAWS);
    assert_true(fabs(ks_chance_independent(have, L, &t) - mean) < 4 * error);
}

static void independent_placement_without_items_or_windows_expects_nothing(void **state)
{
    (void)state;
    uint64_t have[6] = {7, 0, 0, 0, 0, 0};
    struct ks_thresholds t = {.max_count = 5, .min_count = 1, .min_conf = 0.5};
    assert_true(fabs(ks_chance_independent(have, 0, &t)) <= 0);
    assert_true(fabs(ks_chance_independent(have, 5, &t)) <= 0);
    have[5] = 3; /* in every window: never positively correlated */
    assert_true(fabs(ks_chance_independent(have, 5, &t)) <= 0);
    have[2] = 3;
    t.max_count = 0;
    assert_true(fabs(ks_chance_independent(have, 5, &t)) <= 0);
    t.max_count = 5;
    t.min_inte = 0.26; /* no rule reaches more than 1/4 */
    assert_true(fabs(ks_chance_independent(have, 5, &t)) <= 0);
}

static void independent_placement_says_nan_when_memory_is_exhausted(void **state)
{
    (void)state;
    uint64_t have[6] = {0, 3, 2, 0, 0, 0};
    struct ks_thresholds t = {.max_count = 5, .min_count = 1};
    for (size_t n = 1; n <= 2; n++) {
        ks_memory_fail_from(n);
        double got = ks_chance_independent(have, 5, &t);
        ks_memory_fail_from(0);
        assert_true(isnan(got));
    }
}

/* ---- the shifted null ---- */

static void sets_of(const struct shifted_case *k, struct ks_window_sets *out)
{
    ks_item items[64];
    assert_true(k->u <= 64);
    for (uint32_t i = 0; i < k->u; i++)
        items[i] = i + 1;
    assert_true(ks_is_ok(ks_window_sets_from(k->l, k->u, items, k->start, k->windows, out)));
}

static struct ks_shifted *shifted_of(const struct ks_window_sets *sets, unsigned rotations, uint64_t from,
                                     uint32_t max_count, unsigned threads)
{
    struct ks_shifted *shifted;
    assert_true(ks_is_ok(ks_shifted_make(sets, rotations, from, max_count, threads, NULL, &shifted)));
    assert_non_null(shifted);
    return shifted;
}

/* Items in runs, in pairs that share their windows, in one and in all windows: the mean over many rotations
 * lies within its error of the exact mean over all rotations. */
static void the_shifted_mean_agrees_with_all_rotations(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SHIFTED; i++) {
        const struct shifted_case *k = &shifted_cases[i];
        struct ks_window_sets sets;
        sets_of(k, &sets);
        struct ks_shifted *shifted = shifted_of(&sets, ROTATIONS, 42, k->l, 1);
        struct ks_expected e = ks_shifted_count(shifted, &k->thresholds);
        assert_int_equal(e.rotations, ROTATIONS);
        if (fabs(e.mean - k->mean) > 4 * e.sd / sqrt(ROTATIONS))
            fail_msg("case %zu, l=%u: %g +- %g, not %g", i, k->l, e.mean, e.sd / sqrt(ROTATIONS), k->mean);
        assert_true(e.sd > 0 && e.highest >= e.mean);
        ks_shifted_free(shifted);
        ks_window_sets_free(&sets);
    }
}

static void the_spread_is_that_of_the_single_rotations(void **state)
{
    (void)state;
    const struct shifted_case *k = &shifted_cases[6];
    struct ks_window_sets sets;
    sets_of(k, &sets);
    struct ks_shifted *shifted = shifted_of(&sets, 7, 5, k->l, 1);
    assert_int_equal(ks_shifted_rotations(shifted), 7);
    double sum = 0, squares = 0, highest = 0;
    for (unsigned r = 0; r < 7; r++) {
        double n = (double)ks_shifted_rotation(shifted, r, &k->thresholds);
        sum += n;
        squares += n * n;
        highest = fmax(highest, n);
    }
    struct ks_expected e = ks_shifted_count(shifted, &k->thresholds);
    assert_true(close_to(e.mean, sum / 7, 1e-12, 0));
    assert_true(close_to(e.sd, sqrt((squares - sum * sum / 7) / 6), 1e-9, 0));
    assert_true(close_to(e.highest, highest, 0, 0));
    assert_int_equal(ks_shifted_rotation(shifted, 7, &k->thresholds), 0);
    ks_shifted_free(shifted);
    ks_window_sets_free(&sets);
}

/* Rotation r hangs on the seed and r alone: not on the number of rotations, the threads or the largest count.
 * */
static void a_rotation_is_the_same_however_it_is_made(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SHIFTED; i++) {
        const struct shifted_case *k = &shifted_cases[i];
        struct ks_window_sets sets;
        sets_of(k, &sets);
        struct ks_shifted *one = shifted_of(&sets, 9, 3, k->l, 1), *two = shifted_of(&sets, 21, 3, k->l, 4);
        struct ks_shifted *few = shifted_of(&sets, 9, 3, k->thresholds.max_count, 2),
                          *other = shifted_of(&sets, 9, 4, k->l, 1);
        unsigned differ = 0;
        for (unsigned r = 0; r < 9; r++) {
            uint64_t n = ks_shifted_rotation(one, r, &k->thresholds);
            assert_int_equal(n, ks_shifted_rotation(two, r, &k->thresholds));
            assert_int_equal(n, ks_shifted_rotation(few, r, &k->thresholds));
            differ += n != ks_shifted_rotation(other, r, &k->thresholds);
        }
        assert_true(differ > 0);
        ks_shifted_free(one);
        ks_shifted_free(two);
        ks_shifted_free(few);
        ks_shifted_free(other);
        ks_window_sets_free(&sets);
    }
}

/* What rotation cannot change is counted exactly: 65,535 items of one window each in a single window are all
 * together in every rotation. */
static void billions_of_rules_are_counted_exactly(void **state)
{
    (void)state;
    enum { U = 65535 };
    ks_item *items = ks_alloc(U, sizeof *items);
    size_t *start = ks_alloc(U + 1, sizeof *start);
    uint32_t *windows = ks_zalloc(U, sizeof *windows);
    assert_true(items != NULL && start != NULL && windows != NULL);
    for (uint32_t i = 0; i < U; i++) {
        items[i] = i;
        start[i] = i;
    }
    start[U] = U;
    struct ks_window_sets sets;
    struct ks_thresholds t = {.max_count = 2, .min_count = 1, .min_conf = 0.9};
    /* Two windows: n in the first and U - n in the second give n (n-1) + (U-n)(U-n-1) rules, at least those
     * of equal halves. */
    assert_true(ks_is_ok(ks_window_sets_from(2, U, items, start, windows, &sets)));
    struct ks_shifted *shifted = shifted_of(&sets, 3, 1, 2, 1);
    for (unsigned r = 0; r < 3; r++) {
        double rules = (double)ks_shifted_rotation(shifted, r, &t), half = U / 2.0;
        double apart = sqrt((rules - 2 * half * (half - 1)) / 2); /* n - U/2, a half-integer */
        assert_true(close_to(apart, floor(apart) + 0.5, 0, 1e-6));
        assert_true(apart < 6 * sqrt(U) / 2); /* six standard deviations */
    }
    ks_shifted_free(shifted);
    ks_window_sets_free(&sets);
    ks_free(items);
    ks_free(start);
    ks_free(windows);
}

/* Every second window: two such items are wholly together or wholly apart, each with chance 1/2. */
static void offsets_are_uniform(void **state)
{
    (void)state;
    static const ks_item items[2] = {1, 2};
    static const size_t start[3] = {0, 5, 6};
    static const uint32_t windows[6] = {0, 2, 4, 6, 8, 3};
    static const struct ks_thresholds t = {.max_count = 10, .min_count = 1};
    struct ks_window_sets sets;
    assert_true(ks_is_ok(ks_window_sets_from(10, 2, items, start, windows, &sets)));
    struct ks_shifted *shifted = shifted_of(&sets, ROTATIONS, 9, 10, 1);
    struct ks_expected e = ks_shifted_count(shifted, &t);
    assert_true(fabs(e.mean - 1) < 4 / sqrt(ROTATIONS)); /* 0 or 2 rules: sd 1 */
    assert_true(close_to(e.highest, 2, 0, 0));
    ks_shifted_free(shifted);
    ks_window_sets_free(&sets);
}

static void nothing_to_rotate_expects_nothing(void **state)
{
    (void)state;
    static const size_t none[1] = {0};
    struct ks_window_sets sets;
    struct ks_thresholds t = {.max_count = 5, .min_count = 1};
    assert_true(ks_is_ok(ks_window_sets_from(0, 0, NULL, none, NULL, &sets)));
    struct ks_shifted *shifted = shifted_of(&sets, 2, 1, 5, 2);
    struct ks_expected e = ks_shifted_count(shifted, &t);
    assert_true(e.rotations == 2 && fabs(e.mean) <= 0 && fabs(e.sd) <= 0);
    ks_shifted_free(shifted);
    shifted = shifted_of(&sets, 0, 1, 5, 2);
    e = ks_shifted_count(shifted, &t);
    assert_true(e.rotations == 0 && isnan(e.mean));
    ks_shifted_free(shifted);
    shifted = shifted_of(&sets, 1, 1, 5, 2);
    assert_true(isnan(ks_shifted_count(shifted, &t).sd));
    ks_shifted_free(shifted);
    assert_int_equal(ks_shifted_make(&sets, 5000, 1, 5, 1, NULL, &shifted).code, KS_USAGE);
    assert_null(shifted);
    ks_window_sets_free(&sets);
}

static void cancelling_before_the_first_rotation_gives_nothing(void **state)
{
    (void)state;
    struct ks_window_sets sets;
    struct ks_progress progress = {0};
    struct ks_shifted *shifted;
    sets_of(&shifted_cases[0], &sets);
    assert_true(ks_is_ok(ks_shifted_make(&sets, 5, 1, 20, 2, &progress, &shifted)));
    assert_int_equal(progress.done, 5);
    assert_int_equal(progress.total, 5);
    ks_shifted_free(shifted);
    progress.cancel = true;
    assert_int_equal(ks_shifted_make(&sets, 5, 1, 20, 2, &progress, &shifted).code, KS_CANCELLED);
    assert_null(shifted);
    ks_window_sets_free(&sets);
}

/* Waits for the first rotations and then cancels. */
static void *cancel_soon(void *context)
{
    struct ks_progress *progress = context;
    while (progress->done < 3)
        sched_yield();
    progress->cancel = true;
    return NULL;
}

static void cancelling_keeps_the_rotations_that_were_finished(void **state)
{
    (void)state;
    const struct shifted_case *k = &shifted_cases[10];
    struct ks_window_sets sets;
    struct ks_progress progress = {0};
    struct ks_shifted *part;
    pthread_t thread;
    sets_of(k, &sets);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, &progress), 0);
    struct ks_status s = ks_shifted_make(&sets, 4096, 8, k->l, 1, &progress, &part);
    pthread_join(thread, NULL);
    assert_int_equal(s.code, KS_CANCELLED);
    assert_non_null(part);
    unsigned finished = ks_shifted_rotations(part);
    assert_true(finished >= 3 && finished < 4096);
    struct ks_shifted *whole = shifted_of(&sets, 3, 8, k->l, 1);
    for (unsigned r = 0; r < 3; r++)
        assert_int_equal(ks_shifted_rotation(part, r, &k->thresholds),
                         ks_shifted_rotation(whole, r, &k->thresholds));
    ks_shifted_free(part);
    ks_shifted_free(whole);
    ks_window_sets_free(&sets);
}

/* Each allocation fails once, and all after it: what was finished before must agree with an undisturbed run.
 * */
static void exhausted_memory_keeps_the_rotations_that_were_finished(void **state)
{
    (void)state;
    const struct shifted_case *k = &shifted_cases[5];
    struct ks_window_sets sets;
    sets_of(k, &sets);
    struct ks_shifted *whole = shifted_of(&sets, 6, 8, k->l, 1), *part;
    unsigned partial = 0;
    for (size_t n = 1;; n++) {
        ks_memory_fail_from(n);
        struct ks_status s = ks_shifted_make(&sets, 6, 8, k->l, 1, NULL, &part);
        size_t asked = ks_memory_asked();
        ks_memory_fail_from(0);
        assert_true(s.code == KS_NOMEM || (part != NULL && ks_is_ok(s)));
        for (unsigned r = 0; part != NULL && r < ks_shifted_rotations(part); r++)
            assert_int_equal(ks_shifted_rotation(part, r, &k->thresholds),
                             ks_shifted_rotation(whole, r, &k->thresholds));
        partial += s.code == KS_NOMEM && part != NULL;
        ks_shifted_free(part);
        if (asked < n)
            break;
    }
    assert_true(partial > 0);
    ks_shifted_free(whole);
    ks_window_sets_free(&sets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_passing_overlap_is_that_of_mining),
        cmocka_unit_test(independent_placement_agrees_with_exact_sums),
        cmocka_unit_test(independent_placement_agrees_with_the_plain_sum),
        cmocka_unit_test(independent_placement_agrees_with_drawing),
        cmocka_unit_test(independent_placement_without_items_or_windows_expects_nothing),
        cmocka_unit_test(independent_placement_says_nan_when_memory_is_exhausted),
        cmocka_unit_test(the_shifted_mean_agrees_with_all_rotations),
        cmocka_unit_test(the_spread_is_that_of_the_single_rotations),
        cmocka_unit_test(a_rotation_is_the_same_however_it_is_made),
        cmocka_unit_test(billions_of_rules_are_counted_exactly),
        cmocka_unit_test(offsets_are_uniform),
        cmocka_unit_test(nothing_to_rotate_expects_nothing),
        cmocka_unit_test(cancelling_before_the_first_rotation_gives_nothing),
        cmocka_unit_test(cancelling_keeps_the_rotations_that_were_finished),
        cmocka_unit_test(exhausted_memory_keeps_the_rotations_that_were_finished),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
