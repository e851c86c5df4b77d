/* src/mining: the pair index. Its counts are held against an oracle elsewhere (tests/oracle); here are its promises beside
 * them: threads, cancelling, memory, and that the ways to count agree on data too large for brute force. */
#include "mining_data.h"

#include <math.h>
#include <stdlib.h>

static struct ks_pairs *mine(const struct ks_window_sets *sets, unsigned threads)
{
    struct ks_pairs *pairs;
    assert_int_equal(ks_pairs_mine(sets, threads, NULL, &pairs).code, KS_OK);
    return pairs;
}

static void threads_do_not_change_the_triples(void **state)
{
    (void)state;
    struct ks_window_sets sets;
    make_sets(300, 400, 1, &sets);
    struct ks_pairs *one = mine(&sets, 1);
    size_t n_one, n_more;
    const struct ks_triple *a = ks_pairs_triples(one, &n_one);
    assert_true(n_one > 1000);
    for (unsigned threads = 0; threads < 6; threads++) {
        struct ks_pairs *more = mine(&sets, threads);
        const struct ks_triple *b = ks_pairs_triples(more, &n_more);
        assert_int_equal(n_one, n_more);
        for (size_t i = 0; i < n_one; i++)
            assert_true(a[i].x == b[i].x && a[i].y == b[i].y && a[i].xy == b[i].xy && a[i].pairs == b[i].pairs);
        ks_pairs_free(more);
    }
    ks_pairs_free(one);
    ks_window_sets_free(&sets);
}

/* What ks_pairs_count gives, from the triples. */
static uint64_t count_slowly(const struct ks_pairs *pairs, const struct ks_thresholds *t)
{
    size_t n;
    const struct ks_triple *at = ks_pairs_triples(pairs, &n);
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        struct ks_counts c = {at[i].x, at[i].y, at[i].xy, ks_pairs_windows(pairs)};
        struct ks_counts turned = {c.y, c.x, c.xy, c.l};
        total += at[i].pairs * ((uint64_t)ks_pair_passes(c, t) + (uint64_t)ks_pair_passes(turned, t));
    }
    return total;
}

/* A threshold that is exactly a value of some triple, a rounding error beside it, or anything. */
static double near(double value, uint64_t *seed)
{
    switch (next_random(seed) % 6) {
    case 0:
        return value;
    case 1:
        return nextafter(value, 2);
    case 2:
        return value + KS_SLACK;
    case 3:
        return nextafter(value + KS_SLACK, 2);
    case 4:
        return nextafter(value + KS_SLACK, 0);
    default:
        return (double)(next_random(seed) % 1000) / 1000 * value;
    }
}

static void counts_agree_with_the_triples_at_every_threshold(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct ks_window_sets sets;
        make_sets(seed % 2 == 0 ? 257 : 90, 500, seed, &sets);
        struct ks_pairs *pairs = mine(&sets, 1);
        size_t n;
        const struct ks_triple *at = ks_pairs_triples(pairs, &n);
        assert_true(n > 4000); /* enough for the grid to be made */
        uint64_t random = seed;
        for (int i = 0; i < 700; i++) {
            const struct ks_triple *some = &at[next_random(&random) % n];
            struct ks_counts c = {some->x, some->y, some->xy, sets.l};
            struct ks_thresholds t = {.max_count = (uint32_t)(next_random(&random) % (sets.l + 2)),
                                      .min_count = next_random(&random) % 3 == 0 ? 1 + (uint32_t)(next_random(&random) % 5) : 1,
                                      .interest = (enum ks_interest)(next_random(&random) % 2)};
            t.min_inte = near(ks_interest_value(c, t.interest), &random);
            t.min_conf = near(fabs(ks_cpir(c)), &random);
            if (next_random(&random) % 4 == 0)
                t.max_count = sets.l;
            if (next_random(&random) % 4 == 0)
                t.min_inte = 0;
            if (next_random(&random) % 4 == 0)
                t.min_conf = 0;
            assert_int_equal(ks_pairs_count(pairs, &t), count_slowly(pairs, &t));
        }
        ks_pairs_free(pairs);
        ks_window_sets_free(&sets);
    }
}

static void a_plane_is_made_of_counts(void **state)
{
    (void)state;
    struct ks_window_sets sets;
    make_sets(120, 300, 9, &sets);
    struct ks_pairs *pairs = mine(&sets, 2);
    static const uint32_t counts[] = {0, 3, 3, 10, 60, 120};
    static const double intes[] = {0, 0.001, 0.001, 0.02, 0.25, 0.9};
    uint64_t out[36];
    for (int kind = 0; kind < 2; kind++) {
        struct ks_thresholds t = {.max_count = 7, .min_count = 1 + (uint32_t)kind, .min_inte = 0.5, .min_conf = 0.1, .interest = (enum ks_interest)kind};
        ks_pairs_plane(pairs, &t, counts, 6, intes, 6, out);
        for (size_t i = 0; i < 6; i++)
            for (size_t j = 0; j < 6; j++) {
                t.max_count = counts[i];
                t.min_inte = intes[j];
                assert_int_equal(out[i * 6 + j], ks_pairs_count(pairs, &t));
            }
        t.max_count = 7;
        ks_pairs_plane(pairs, &t, counts, 0, intes, 6, out);
    }
    /* Kept for the next minConf, made anew for other values, and done without where there is no memory. */
    uint64_t random = 3;
    for (size_t k = 0; k < 60; k++) {
        struct ks_thresholds t = {.min_count = 1 + (uint32_t)(k / 30), .min_conf = (double)(next_random(&random) % 1001) / 1000};
        size_t from = k % 10 == 9 ? 2 : k % 10 == 8 ? 1 : 0;
        ks_memory_fail_from(k % 10 == 8 ? 1 + k / 10 : 0);
        ks_pairs_plane(pairs, &t, counts + from, 6 - from, intes + from, 6 - from, out);
        ks_memory_fail_from(0);
        for (size_t i = 0; i < 6 - from; i++)
            for (size_t j = 0; j < 6 - from; j++) {
                t.max_count = counts[from + i];
                t.min_inte = intes[from + j];
                assert_int_equal(out[i * (6 - from) + j], count_slowly(pairs, &t));
            }
    }
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
}

static void every_step_changes_the_count_and_nothing_between_steps_does(void **state)
{
    (void)state;
    struct ks_window_sets sets;
    make_sets(40, 60, 3, &sets);
    struct ks_pairs *pairs = mine(&sets, 1);
    static double steps[20000];
    for (int axis = 0; axis < 3; axis++) {
        struct ks_thresholds t = {.max_count = 30, .min_count = 1, .min_inte = 0.001, .min_conf = 0.05};
        size_t n = ks_pairs_steps(pairs, &t, (enum ks_axis)axis, steps, 20000);
        assert_true(n > 5 && n < 20000);
        uint64_t last = axis == KS_AXIS_SUPP ? 0 : UINT64_MAX;
        for (size_t i = 0; i < n; i++) {
            double between = i + 1 < n ? (steps[i] + steps[i + 1]) / 2 : steps[i];
            uint64_t at, after;
            t.max_count = axis == KS_AXIS_SUPP ? ks_max_count(steps[i], sets.l) : 30;
            t.min_inte = axis == KS_AXIS_INTE ? steps[i] : 0.001;
            t.min_conf = axis == KS_AXIS_CONF ? steps[i] : 0.05;
            at = ks_pairs_count(pairs, &t);
            t.max_count = axis == KS_AXIS_SUPP ? ks_max_count(between, sets.l) : 30;
            t.min_inte = axis == KS_AXIS_INTE ? between : 0.001;
            t.min_conf = axis == KS_AXIS_CONF ? between : 0.05;
            after = ks_pairs_count(pairs, &t);
            assert_true(axis == KS_AXIS_SUPP ? at > last && after == at : at < last);
            if (axis != KS_AXIS_SUPP && i + 1 < n)
                assert_true(after < at); /* what has exactly the step's value is gone above it */
            last = at;
        }
    }
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* All values of an axis that pass the thresholds, from the triples alone; how many. */
static size_t steps_slowly(const struct ks_pairs *pairs, struct ks_thresholds t, enum ks_axis axis, double *out)
{
    size_t n, have = 0, distinct = 0;
    const struct ks_triple *at = ks_pairs_triples(pairs, &n);
    t.max_count = axis == KS_AXIS_SUPP ? UINT32_MAX : t.max_count;
    t.min_inte = axis == KS_AXIS_INTE ? 0 : t.min_inte;
    t.min_conf = axis == KS_AXIS_CONF ? 0 : t.min_conf;
    for (size_t i = 0; i < 2 * n; i++) {
        const struct ks_triple *a = &at[i / 2];
        struct ks_counts c = {i % 2 == 0 ? a->x : a->y, i % 2 == 0 ? a->y : a->x, a->xy, ks_pairs_windows(pairs)};
        if (ks_pair_passes(c, &t))
            out[have++] = axis == KS_AXIS_SUPP ? (double)a->y / c.l : axis == KS_AXIS_INTE ? ks_interest_value(c, t.interest) : ks_cpir(c);
    }
    qsort(out, have, sizeof *out, ascending);
    for (size_t i = 0; i < have; i++)
        if (distinct == 0 || out[i] > out[distinct - 1] + KS_SLACK)
            out[distinct++] = out[i];
    return distinct;
}

static void steps_of_many_rules_are_values_from_the_first_to_the_last(void **state)
{
    (void)state;
    enum { CAP = 300 };
    struct ks_window_sets sets;
    make_sets(3000, 1200, 5, &sets);
    struct ks_pairs *pairs = mine(&sets, 1);
    size_t n, thinned = 0, whole = 0;
    const struct ks_triple *at = ks_pairs_triples(pairs, &n);
    assert_true(n > 30000); /* more than are gathered without more ado */
    double *all = malloc(2 * n * sizeof *all), steps[CAP];
    assert_non_null(all);
    uint64_t random = 5;
    for (int i = 0; i < 150; i++) {
        enum ks_axis axis = (enum ks_axis)(i % 3);
        const struct ks_triple *some = &at[next_random(&random) % n], *other = i < 90 ? some : &at[next_random(&random) % n];
        struct ks_counts c = {other->x, other->y, other->xy, sets.l}; /* thresholds that exclude each other leave few rules, strewn over the axis */
        struct ks_thresholds t = {.max_count = next_random(&random) % 2 == 0 ? sets.l : some->y,
                                  .min_count = next_random(&random) % 4 == 0 ? 2 : 1,
                                  .min_inte = next_random(&random) % 2 == 0 ? 0 : ks_interest(c),
                                  .min_conf = next_random(&random) % 2 == 0 ? 0 : fmax(0, ks_cpir(c)),
                                  .interest = (enum ks_interest)(next_random(&random) % 2)};
        size_t want = steps_slowly(pairs, t, axis, all), got = ks_pairs_steps(pairs, &t, axis, steps, CAP), from = 0;
        assert_true(got <= want && got <= CAP && (got > 0) == (want > 0));
        for (size_t k = 0; k < got; k++) { /* each is one of them, ascending */
            while (from < want && all[from] + KS_SLACK < steps[k])
                from++;
            assert_true(from < want && fabs(all[from] - steps[k]) <= KS_SLACK);
            from++;
        }
        if (got > 0)
            assert_true(fabs(steps[0] - all[0]) <= KS_SLACK && fabs(steps[got - 1] - all[want - 1]) <= KS_SLACK);
        if (axis == KS_AXIS_SUPP)
            assert_int_equal(got, want < CAP ? want : CAP);
        thinned += got < want;
        whole += got == want;
    }
    assert_true(thinned > 20 && whole > 2); /* both ways were taken */
    free(all);
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
}

static void mining_can_be_cancelled_and_reports_progress(void **state)
{
    (void)state;
    struct ks_window_sets sets;
    struct ks_pairs *pairs;
    make_sets(50, 100, 5, &sets);
    struct ks_progress progress = {0};
    assert_int_equal(ks_pairs_mine(&sets, 1, &progress, &pairs).code, KS_OK);
    assert_true(atomic_load(&progress.total) > 0);
    ks_pairs_free(pairs);
    atomic_store(&progress.cancel, true);
    assert_int_equal(ks_pairs_mine(&sets, 2, &progress, &pairs).code, KS_CANCELLED);
    assert_null(pairs);
    ks_window_sets_free(&sets);
}

static void running_out_of_memory_is_a_status(void **state)
{
    (void)state;
    struct ks_window_sets sets;
    make_sets(300, 80, 6, &sets);
    size_t failures = 0;
    enum ks_code code = KS_NOMEM;
    for (size_t n = 1; code == KS_NOMEM; n++) {
        struct ks_pairs *pairs;
        ks_memory_fail_from(n);
        code = ks_pairs_mine(&sets, 1 + n % 2, NULL, &pairs).code;
        ks_memory_fail_from(0);
        failures += code == KS_NOMEM;
        assert_true((pairs == NULL) == (code != KS_OK));
        ks_pairs_free(pairs);
    }
    assert_int_equal(code, KS_OK);
    assert_true(failures > 10);
    ks_window_sets_free(&sets);
}

/* Few pairs with large counts: the tally keeps a list, not a table. */
static void items_in_very_many_windows_are_counted_right(void **state)
{
    (void)state;
    enum { L = 70000 };
    ks_item items[4] = {1, 2, 3, 4};
    size_t start[5] = {0};
    uint32_t *windows = ks_alloc((size_t)4 * L, sizeof *windows);
    assert_non_null(windows);
    size_t n = 0;
    for (uint32_t i = 0; i < 4; i++) {
        for (uint32_t w = 0; w < L; w++)
            if (w % (i + 1) == 0 && (i < 3 || w < 68000))
                windows[n++] = w;
        start[i + 1] = n;
    }
    struct ks_window_sets sets;
    assert_int_equal(ks_window_sets_from(L, 4, items, start, windows, &sets).code, KS_OK);
    ks_free(windows);
    struct ks_pairs *pairs = mine(&sets, 1);
    static const struct ks_triple want[] = {{17000, 23334, 5667, 1}, {17000, 35000, 17000, 1}, {17000, 70000, 17000, 1},
                                            {23334, 35000, 11667, 1}, {23334, 70000, 23334, 1}, {35000, 70000, 35000, 1}};
    const struct ks_triple *got = ks_pairs_triples(pairs, &n);
    assert_int_equal(n, 6);
    for (size_t i = 0; i < 6; i++)
        assert_true(got[i].x == want[i].x && got[i].y == want[i].y && got[i].xy == want[i].xy && got[i].pairs == 1);
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
}

/* 64 windows as the bits of a word, and how many items have just these. */
struct mask_class {
    uint64_t windows;
    uint32_t size;
};

static void sets_of_classes(const struct mask_class *classes, size_t n, struct ks_window_sets *out)
{
    uint32_t u = 0;
    size_t entries = 0, at = 0;
    for (size_t k = 0; k < n; k++) {
        u += classes[k].size;
        entries += (size_t)classes[k].size * (size_t)__builtin_popcountll(classes[k].windows);
    }
    ks_item *items = ks_alloc(u, sizeof *items);
    size_t *start = ks_zalloc((size_t)u + 1, sizeof *start);
    uint32_t *windows = ks_alloc(entries, sizeof *windows);
    assert_true(items != NULL && start != NULL && windows != NULL);
    uint32_t i = 0;
    for (size_t k = 0; k < n; k++)
        for (uint32_t m = 0; m < classes[k].size; m++) {
            for (uint32_t w = 0; w < 64; w++)
                if (classes[k].windows >> w & 1)
                    windows[at++] = w;
            items[i] = i;
            start[++i] = at;
        }
    assert_int_equal(ks_window_sets_from(64, u, items, start, windows, out).code, KS_OK);
    ks_free(items);
    ks_free(start);
    ks_free(windows);
}

static void add_triple(uint64_t *table, uint32_t x, uint32_t y, uint32_t xy, uint64_t pairs)
{
    if (xy > 0)
        table[((x < y ? x : y) * 65 + (x < y ? y : x)) * 65 + xy] += pairs;
}

static void expect_triples_of(const struct mask_class *classes, size_t n, unsigned threads)
{
    uint64_t *table = ks_zalloc((size_t)65 * 65 * 65, sizeof *table);
    assert_non_null(table);
    for (size_t i = 0; i < n; i++) {
        uint32_t x = (uint32_t)__builtin_popcountll(classes[i].windows);
        add_triple(table, x, x, x, (uint64_t)classes[i].size * (classes[i].size - 1) / 2);
        for (size_t j = i + 1; j < n; j++)
            add_triple(table, x, (uint32_t)__builtin_popcountll(classes[j].windows),
                       (uint32_t)__builtin_popcountll(classes[i].windows & classes[j].windows),
                       (uint64_t)classes[i].size * classes[j].size);
    }
    struct ks_window_sets sets;
    sets_of_classes(classes, n, &sets);
    struct ks_pairs *pairs = mine(&sets, threads);
    size_t got, want = 0;
    const struct ks_triple *at = ks_pairs_triples(pairs, &got);
    for (size_t i = 0; i < (size_t)65 * 65 * 65; i++)
        want += table[i] != 0;
    assert_int_equal(got, want);
    for (size_t i = 0; i < got; i++) {
        assert_int_equal(at[i].pairs, table[(at[i].x * 65 + at[i].y) * 65 + at[i].xy]);
        if (i > 0)
            assert_true(at[i].x > at[i - 1].x || (at[i].x == at[i - 1].x && (at[i].y > at[i - 1].y ||
                        (at[i].y == at[i - 1].y && at[i].xy > at[i - 1].xy))));
    }
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
    ks_free(table);
}

/* From rare to common, so that each way to count is taken: walking, adding masks, common bits. */
static void triples_are_right_whatever_the_counts(void **state)
{
    (void)state;
    static struct mask_class classes[600];
    uint64_t seed = 77;
    for (unsigned round = 0; round < 30; round++) {
        size_t n = 1 + next_random(&seed) % 600;
        for (size_t k = 0; k < n; k++) {
            uint64_t w = next_random(&seed);
            for (uint64_t thin = next_random(&seed) % (round % 2 == 0 ? 7 : 3); thin > 0; thin--)
                w &= next_random(&seed);
            classes[k] = (struct mask_class){w, 1 + (uint32_t)(next_random(&seed) % 20 == 0 ? next_random(&seed) % 50 : 0)};
        }
        expect_triples_of(classes, n, 1 + round % 3);
    }
}

/* A sum over classes holds a weight of 65,535: more has to be put away in time. */
static void triples_are_right_for_very_large_classes(void **state)
{
    (void)state;
    static struct mask_class classes[60];
    uint64_t seed = 78;
    classes[0] = (struct mask_class){1, 70000};
    classes[1] = (struct mask_class){2, 40000};
    classes[2] = (struct mask_class){4, 40000};
    classes[3] = (struct mask_class){8, 1};
    for (size_t k = 4; k < 60; k++)
        classes[k] = (struct mask_class){next_random(&seed) | 5, 1};
    expect_triples_of(classes, 60, 1);
}

static void a_plane_of_many_triples_is_ready_once_it_was_asked_for(void **state)
{
    (void)state;
    static const uint32_t counts[] = {3, 10, 400, 700};
    static const double intes[] = {0, 0.001, 0.02};
    struct ks_thresholds t = {.min_count = 1, .min_conf = 0.1};
    struct ks_window_sets sets;
    uint64_t out[12];
    size_t n;
    make_sets(700, 500, 5, &sets);
    struct ks_pairs *pairs = mine(&sets, 2);
    ks_pairs_triples(pairs, &n);
    assert_true(n > 40000);
    assert_false(ks_pairs_plane_ready(pairs, &t, counts, 4, intes, 3));
    ks_pairs_plane(pairs, &t, counts, 4, intes, 3, out);
    t.min_conf = 0.7;
    assert_true(ks_pairs_plane_ready(pairs, &t, counts, 4, intes, 3));
    assert_false(ks_pairs_plane_ready(pairs, &t, counts, 3, intes, 3));
    t.min_count = 2;
    assert_false(ks_pairs_plane_ready(pairs, &t, counts, 4, intes, 3));
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
    make_sets(60, 60, 5, &sets);
    pairs = mine(&sets, 1);
    assert_true(ks_pairs_plane_ready(pairs, &t, counts, 4, intes, 3)); /* few are counted in no time */
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(threads_do_not_change_the_triples),
        cmocka_unit_test(counts_agree_with_the_triples_at_every_threshold),
        cmocka_unit_test(a_plane_is_made_of_counts),
        cmocka_unit_test(a_plane_of_many_triples_is_ready_once_it_was_asked_for),
        cmocka_unit_test(every_step_changes_the_count_and_nothing_between_steps_does),
        cmocka_unit_test(steps_of_many_rules_are_values_from_the_first_to_the_last),
        cmocka_unit_test(mining_can_be_cancelled_and_reports_progress),
        cmocka_unit_test(running_out_of_memory_is_a_status),
        cmocka_unit_test(triples_are_right_whatever_the_counts),
        cmocka_unit_test(triples_are_right_for_very_large_classes),
        cmocka_unit_test(items_in_very_many_windows_are_counted_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
