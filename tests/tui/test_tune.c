/* Tune's scales, and what it says when no rule passes, on a capture. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tui/model/advice.h"
#include "tui/model/scale.h"

static struct ks_capture *capture;
static struct ks_mined *mined;

static int load(void **state)
{
    (void)state;
    static char path[4096];
    static const char *paths[] = {path};
    const char *source = getenv("KS_SRC");
    snprintf(path, sizeof path, "%s/data/office.pcap.gz", source != NULL ? source : ".");
    struct ks_load_options options = {.paths = paths, .n_paths = 1};
    struct ks_params params = ks_params_preset(KS_PRESET_HUNT);
    return !ks_is_ok(ks_capture_open(&options, NULL, NULL, &capture)) || !ks_is_ok(ks_mine(capture, &params, 1, NULL, &mined));
}

static int release(void **state)
{
    (void)state;
    ks_mined_release(mined);
    ks_capture_release(capture);
    return 0;
}

static const enum ks_axis axes[] = {KS_AXIS_SUPP, KS_AXIS_INTE, KS_AXIS_CONF};

static void shares_rise_with_values_from_end_to_end(void **state)
{
    (void)state;
    for (enum ks_interest interest = KS_INTEREST_WU; interest <= KS_INTEREST_JOINT; interest++) {
        struct ks_scale scale = ks_scale_make(mined, interest);
        assert_int_equal(scale.l, mined->sets.l);
        assert_true(scale.rules_max > 0);
        for (size_t a = 0; a < 3; a++) {
            double last = -1;
            for (int i = 0; i <= 1000; i++) {
                double share = ks_scale_share(&scale, axes[a], i / 1000.0);
                assert_true(share >= last && share >= 0 && share <= 1);
                last = share;
            }
            assert_true(ks_scale_share(&scale, axes[a], 0) == 0);
            assert_true(last == 1);
        }
    }
}

/* A click on a slider and the knob that follows it stand at the same place. */
static void a_share_leads_to_a_value_and_back(void **state)
{
    (void)state;
    for (enum ks_interest interest = KS_INTEREST_WU; interest <= KS_INTEREST_JOINT; interest++) {
        struct ks_scale scale = ks_scale_make(mined, interest);
        for (int i = 0; i <= 100; i++) {
            double share = i / 100.0;
            for (size_t a = 1; a < 3; a++)
                assert_true(fabs(ks_scale_share(&scale, axes[a], ks_scale_value(&scale, axes[a], share)) - share) < 1e-6);
            /* minSupp stands on whole windows: half a window is as far as it may be off. */
            double n = ks_scale_value(&scale, KS_AXIS_SUPP, share) * scale.l;
            assert_true(fabs(n - round(n)) < 1e-6);
            assert_true(fabs(n - exp(share * log(scale.n_max))) <= 0.5 + 1e-9);
        }
    }
}

static void a_click_outside_is_an_end(void **state)
{
    (void)state;
    struct ks_scale scale = ks_scale_make(mined, KS_INTEREST_WU);
    for (size_t a = 0; a < 3; a++) {
        assert_true(ks_scale_value(&scale, axes[a], -1) == ks_scale_value(&scale, axes[a], 0));
        assert_true(ks_scale_value(&scale, axes[a], 7) == ks_scale_value(&scale, axes[a], 1));
        assert_true(ks_scale_value(&scale, axes[a], (double)NAN) == ks_scale_value(&scale, axes[a], 0));
    }
    scale = (struct ks_scale){0}; /* nothing mined */
    for (size_t a = 0; a < 3; a++)
        assert_true(ks_scale_share(&scale, axes[a], 0.5) >= 0 && ks_scale_value(&scale, axes[a], 0.5) <= 1);
}

/* An item's interest with itself, were it two items: what `together` undoes. */
static void shared_windows_follow_from_min_inte(void **state)
{
    (void)state;
    struct ks_scale scale = {.l = 62, .interest = KS_INTEREST_WU};
    for (uint32_t c = 0; c <= 31; c++) {
        double s = c / 62.0;
        assert_true(fabs(ks_scale_together(&scale, s - s * s) - c) < 1e-6);
    }
    scale.interest = KS_INTEREST_JOINT;
    assert_true(fabs(ks_scale_together(&scale, 5 / 62.0) - 5) < 1e-9);
}

static void neighbouring_steps_can_be_told_apart(void **state)
{
    (void)state;
    char a[40], b[40];
    for (uint32_t l = 2; l <= 20000; l = l * 3 / 2 + 1)
        for (uint32_t n = 1; n < l && n < 50; n++) {
            ks_format_threshold(a, sizeof a, KS_AXIS_SUPP, (double)n / l, l);
            ks_format_threshold(b, sizeof b, KS_AXIS_SUPP, (double)(n + 1) / l, l);
            assert_string_not_equal(a, b);
        }
}

static void every_step_changes_the_count_and_nothing_between_does(void **state)
{
    (void)state;
    static double values[20000];
    for (size_t a = 0; a < 3; a++) {
        struct ks_thresholds t = {.max_count = mined->sets.l / 4, .min_inte = 0.01, .min_conf = 0.5, .min_count = 1};
        size_t n = ks_pairs_steps(mined->pairs, &t, axes[a], values, 20000);
        assert_true(n > 2 && n < 20000);
        uint64_t last = 0;
        for (size_t i = 0; i < n; i++) {
            double before = i > 0 ? (values[i - 1] + values[i]) / 2 : values[i] / 2, at = values[i];
            uint64_t count[2];
            for (int k = 0; k < 2; k++) {
                double v = k == 0 ? before : at;
                struct ks_thresholds here = t;
                if (axes[a] == KS_AXIS_SUPP)
                    here.max_count = ks_max_count(v, mined->sets.l);
                else if (axes[a] == KS_AXIS_INTE)
                    here.min_inte = v;
                else
                    here.min_conf = v;
                count[k] = ks_pairs_count(mined->pairs, &here);
            }
            if (i > 0)
                assert_int_not_equal(count[1], last);
            if (i > 0) /* minSupp bounds from above, the others from below */
                assert_int_equal(count[0], axes[a] == KS_AXIS_SUPP ? last : count[1]);
            last = count[1];
        }
    }
}

/* A model as the explorer has it, with these thresholds in force. */
static struct ks_model *model_at(double supp, double inte, double conf)
{
    static struct ks_model model;
    model = (struct ks_model){.capture = capture, .mined = mined};
    model.settings.params = ks_params_preset(KS_PRESET_HUNT);
    model.settings.params.min_supp = (struct ks_setting){.value = supp};
    model.settings.params.min_inte = (struct ks_setting){.value = inte};
    model.settings.params.min_conf = (struct ks_setting){.value = conf};
    model.choice = ks_choose(mined, &model.settings.params, NULL);
    return &model;
}

static void advice_keeps_its_word(void **state)
{
    (void)state;
    static const double points[][3] = {{0.25, 0.24, 0.9}, {0.25, 0.0874 + 1e-4, 1}, {0.02, 0.1, 0.9}, {0.016, 0.0312, 1}, {0.3, 0.09, 0.99}};
    unsigned ways = 0;
    for (size_t p = 0; p < sizeof points / sizeof *points; p++) {
        struct ks_model *model = model_at(points[p][0], points[p][1], points[p][2]);
        struct ks_advice advice;
        assert_int_equal(ks_pairs_count(mined->pairs, &model->choice.thresholds), 0);
        ks_advice_make(model, &advice);
        assert_true(advice.n > 0);
        for (size_t i = 0; i < advice.n; i++, ways++) {
            struct ks_choice then = ks_choose(mined, &advice.way[i].params, NULL);
            uint64_t rules = ks_pairs_count(mined->pairs, &then.thresholds);
            char promised[64], n[32];
            snprintf(promised, sizeof promised, ": %s rule%s", ks_format_count(n, sizeof n, rules), rules == 1 ? "" : "s");
            assert_true(rules > 0);
            const char *colon = strrchr(advice.way[i].text, ':');
            if (colon == NULL || strcmp(colon, promised) != 0)
                fail_msg("%s, but there are %s", advice.way[i].text, n);
        }
    }
    assert_true(ways >= 5);
}

/* Two values that a glance cannot tell apart would be no advice. */
static void advice_names_two_different_values(void **state)
{
    (void)state;
    double step = 0.0874089490114464;
    for (double above = 1e-3; above > 1e-9; above /= 10) {
        struct ks_model *model = model_at(0.25, step + above, 0.9);
        struct ks_advice advice;
        char from[40], to[40];
        ks_advice_make(model, &advice);
        assert_true(advice.n > 0);
        assert_int_equal(sscanf(advice.way[0].text, "lower minInte from %39s to %39[0-9.]", from, to), 2);
        assert_string_not_equal(from, to);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_rise_with_values_from_end_to_end),
        cmocka_unit_test(a_share_leads_to_a_value_and_back),
        cmocka_unit_test(a_click_outside_is_an_end),
        cmocka_unit_test(shared_windows_follow_from_min_inte),
        cmocka_unit_test(neighbouring_steps_can_be_told_apart),
        cmocka_unit_test(every_step_changes_the_count_and_nothing_between_does),
        cmocka_unit_test(advice_keeps_its_word),
        cmocka_unit_test(advice_names_two_different_values),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests_name("tune", tests, load, release);
}
