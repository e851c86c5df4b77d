/* src/analysis/choose: automatic thresholds claim something where items are tied together, and keep quiet where only chance and runs are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "analysis/analysis.h"
#include "base/memory.h"

enum { ITEMS = 120, WINDOWS = 60, RUNS = 200 };

static uint64_t random_state;

static uint32_t below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((random_state >> 33) % n);
}

/* Items whose windows come in runs, each rotated by an offset of its own: what ties items together is gone, counts and runs remain. The first `knock` items
 * share `together` windows exactly. */
static void build(struct ks_mined *mined, unsigned knock, unsigned together)
{
    static bool have[ITEMS][WINDOWS];
    ks_item codes[ITEMS];
    size_t start[ITEMS + 1] = {0};
    static uint32_t windows[ITEMS * WINDOWS];
    memset(have, 0, sizeof have);
    uint32_t shared[WINDOWS];
    for (unsigned i = 0; i < together; i++)
        shared[i] = i * (WINDOWS / together) + below(WINDOWS / together);
    for (uint32_t x = 0; x < ITEMS; x++) {
        codes[x] = 1000 + x;
        uint32_t run = 1 + below(8), offset = below(WINDOWS), scattered = below(4);
        if (x < knock) {
            for (unsigned i = 0; i < together; i++)
                have[x][shared[i]] = true;
            continue;
        }
        for (uint32_t i = 0; i < run; i++)
            have[x][(offset + i) % WINDOWS] = true;
        for (uint32_t i = 0; i < scattered; i++)
            have[x][below(WINDOWS)] = true;
    }
    size_t n = 0;
    for (uint32_t x = 0; x < ITEMS; x++) {
        for (uint32_t w = 0; w < WINDOWS; w++)
            if (have[x][w])
                windows[n++] = w;
        start[x + 1] = n;
    }
    memset(mined, 0, sizeof *mined);
    assert_int_equal(ks_window_sets_from(WINDOWS, ITEMS, codes, start, windows, &mined->sets).code, KS_OK);
    assert_int_equal(ks_pairs_mine(&mined->sets, 1, NULL, &mined->pairs).code, KS_OK);
    mined->have = ks_zalloc(WINDOWS + 1, sizeof *mined->have);
    assert_non_null(mined->have);
    for (uint32_t x = 0; x < ITEMS; x++)
        mined->have[ks_window_sets_n(&mined->sets, x)]++;
    assert_int_equal(ks_curve_make(WINDOWS, ITEMS, 500, 2, 1e-3, &mined->curve).code, KS_OK);
}

static void tear_down(struct ks_mined *mined)
{
    ks_curve_free(&mined->curve);
    ks_free(mined->have);
    ks_pairs_free(mined->pairs);
    ks_window_sets_free(&mined->sets);
}

static struct ks_choice choose(struct ks_mined *mined, uint64_t seed)
{
    struct ks_params params = ks_params_preset(KS_PRESET_PAPER);
    struct ks_shifted *shifted = NULL;
    assert_int_equal(ks_shifted_make(&mined->sets, params.rotations, seed, WINDOWS, 1, NULL, &shifted).code, KS_OK);
    struct ks_choice choice = ks_choose(mined, &params, shifted);
    ks_shifted_free(shifted);
    return choice;
}

static void keeps_quiet_where_items_were_rotated(void **state)
{
    (void)state;
    unsigned claims = 0;
    for (uint64_t run = 0; run < RUNS; run++) {
        struct ks_mined mined;
        random_state = run * 7919 + 1;
        build(&mined, 0, 1);
        claims += choose(&mined, run).advice;
        tear_down(&mined);
    }
    print_message("%u of %d rotated captures claimed something\n", claims, RUNS);
    /* One in R + 1 by construction (4.8 % of 200 is 9.5); three standard deviations above that would be a defect. */
    assert_true(claims <= 19);
}

static void claims_a_knock_and_says_why(void **state)
{
    (void)state;
    unsigned claims = 0;
    for (uint64_t run = 0; run < 20; run++) {
        struct ks_mined mined;
        random_state = run * 104729 + 3;
        build(&mined, 6, 6);
        struct ks_choice choice = choose(&mined, run);
        if (choice.advice) {
            claims++;
            assert_true(choice.min_inte > 0 && choice.min_inte <= 0.1 - 0.01 + 1e-9);
            assert_non_null(strstr(choice.why_inte, "by chance"));
            assert_non_null(strstr(choice.why_supp, "Eq. 8"));
        }
        tear_down(&mined);
    }
    assert_true(claims >= 18);
}

static void given_values_stay(void **state)
{
    (void)state;
    struct ks_mined mined;
    random_state = 5;
    build(&mined, 0, 1);
    struct ks_params params = ks_params_preset(KS_PRESET_PAPER);
    params.min_supp = (struct ks_setting){.value = 0.25};
    params.min_inte = (struct ks_setting){.value = 0.07};
    params.min_conf = (struct ks_setting){.value = 0.6};
    params.min_count = 3;
    struct ks_choice choice = ks_choose(&mined, &params, NULL);
    assert_int_equal(choice.thresholds.max_count, 15);
    assert_int_equal(choice.thresholds.min_count, 3);
    assert_true(choice.thresholds.min_inte == 0.07 && choice.thresholds.min_conf == 0.6);
    assert_string_equal(choice.why_inte, "given");
    tear_down(&mined);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_quiet_where_items_were_rotated),
        cmocka_unit_test(claims_a_knock_and_says_why),
        cmocka_unit_test(given_values_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
