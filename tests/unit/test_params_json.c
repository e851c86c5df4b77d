/* src/analysis/params_json: what is written reads back, and what is wrong is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analysis/params_json.h"
#include "base/memory.h"

/* The JSON object of parameters as every output has it; freed by the caller. */
static char *written(const struct ks_params *params, const struct ks_knock_options *knocks, const char *filter)
{
    struct ks_param list[KS_PARAMS_MAX];
    struct ks_choice choice = {.min_supp = 0.25, .min_inte = 0.125, .min_conf = 0.9};
    size_t n = ks_params_list(params, &choice, list);
    n += ks_knock_options_list(knocks, list + n);
    assert_true(n <= KS_PARAMS_MAX);
    struct ks_provenance provenance = {.params = list, .n_params = n, .filter = filter};
    struct ks_text text = {0};
    struct ks_out *out;
    struct ks_json json;
    assert_true(ks_is_ok(ks_out_open_text(&text, 0, NULL, &out)));
    ks_json_start(&json, out, 2);
    ks_json_object(&json, NULL);
    ks_provenance_json(&provenance, "knockscope.rules/1", &json);
    ks_json_end(&json);
    assert_true(ks_is_ok(ks_out_close(out)));
    return text.at;
}

static struct ks_params unlike_any_preset(void)
{
    struct ks_params params = ks_params_preset(KS_PRESET_PAPER);
    params.items = KS_ITEMS_ICMP;
    params.windowing = (struct ks_windowing){.cut = KS_CUT_COUNT, .size = 500, .stride = 125, .scope = KS_SCOPE_TARGET};
    params.narrow.by_host = true;
    assert_true(ks_parse_address("2001:db8::1", &params.narrow.host));
    params.narrow.by_time = true;
    params.narrow.from = INT64_C(1337604807104233001);
    params.narrow.to = INT64_C(1337604807104233002);
    params.min_supp = (struct ks_setting){.value = 0.1};
    params.min_inte = (struct ks_setting){.value = 1.0 / 3};
    params.min_conf = (struct ks_setting){.value = -0.5};
    params.min_count = 3;
    params.max_len = 5;
    params.interest = KS_INTEREST_JOINT;
    params.activations = 5;
    params.sort = KS_SORT_CPIR;
    params.reverse = true;
    params.top = 7;
    params.seed = UINT64_MAX;
    params.rotations = 3;
    params.epsilon = 1e-5;
    params.max_events = 11;
    params.max_expanded = INT64_MAX;
    return params;
}

static void same_params(const struct ks_params *a, const struct ks_params *b)
{
    assert_int_equal(a->preset, b->preset);
    assert_int_equal(a->items, b->items);
    assert_int_equal(a->windowing.cut, b->windowing.cut);
    assert_int_equal(a->windowing.size, b->windowing.size);
    assert_int_equal(a->windowing.stride, b->windowing.stride);
    assert_int_equal(a->windowing.ns, b->windowing.ns);
    assert_int_equal(a->windowing.scope, b->windowing.scope);
    assert_int_equal(a->narrow.by_host, b->narrow.by_host);
    assert_memory_equal(&a->narrow.host, &b->narrow.host, sizeof a->narrow.host);
    assert_int_equal(a->narrow.by_time, b->narrow.by_time);
    assert_true(a->narrow.from == b->narrow.from && a->narrow.to == b->narrow.to);
    const struct ks_setting *x[] = {&a->min_supp, &a->min_inte, &a->min_conf}, *y[] = {&b->min_supp, &b->min_inte, &b->min_conf};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(x[i]->automatic, y[i]->automatic);
        assert_true(x[i]->automatic || x[i]->value == y[i]->value);
    }
    assert_int_equal(a->min_count, b->min_count);
    assert_int_equal(a->max_len, b->max_len);
    assert_int_equal(a->interest, b->interest);
    assert_int_equal(a->activations, b->activations);
    assert_true(a->max_events == b->max_events && a->max_expanded == b->max_expanded);
    assert_int_equal(a->sort, b->sort);
    assert_int_equal(a->reverse, b->reverse);
    assert_int_equal(a->top, b->top);
    assert_true(a->seed == b->seed);
    assert_int_equal(a->rotations, b->rotations);
    assert_true(a->epsilon == b->epsilon);
}

static void parameters_read_back_exactly(void **state)
{
    (void)state;
    struct ks_params all[] = {ks_params_preset(KS_PRESET_HUNT), ks_params_preset(KS_PRESET_PAPER), unlike_any_preset()};
    struct ks_knock_options knocks = {.gap = 5000000000, .follow = 60000000000, .q_gate = 0.01, .allow_path = "allow.txt"};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        char *json = written(&all[i], &knocks, "tcp \"x\"");
        struct ks_params read = unlike_any_preset();
        struct ks_knock_options options = {0};
        struct ks_text filter = {0};
        read.top = 12345;
        struct ks_status status = ks_params_read_text(json, strlen(json), "a.json", &read, &options, &filter);
        if (!ks_is_ok(status))
            print_message("%s\n%s\n", status.message, json);
        assert_true(ks_is_ok(status));
        same_params(&read, &all[i]);
        assert_true(options.gap == knocks.gap && options.follow == knocks.follow && options.q_gate == knocks.q_gate);
        assert_null(options.allow_path); /* the reader's own list stays */
        assert_string_equal(ks_text_get(&filter), "tcp \"x\"");
        ks_text_free(&filter);
        ks_free(json);
    }
}

static void the_object_alone_and_a_part_of_it_do(void **state)
{
    (void)state;
    static const char text[] = "{\"preset\": \"paper\", \"min_supp\": 0.5, \"filter\": null}";
    struct ks_params read = ks_params_preset(KS_PRESET_HUNT), expected = ks_params_preset(KS_PRESET_PAPER);
    struct ks_text filter = {0};
    assert_true(ks_is_ok(ks_params_read_text(text, strlen(text), "x", &read, NULL, &filter)));
    expected.min_supp = (struct ks_setting){.value = 0.5};
    same_params(&read, &expected);
    assert_int_equal(filter.n, 0);
}

static void knock_options_left_to_the_search_stay_so(void **state)
{
    (void)state;
    struct ks_params params = ks_params_preset(KS_PRESET_HUNT);
    struct ks_knock_options knocks = {0}, options = {.gap = 5, .follow = 6, .q_gate = 0.5};
    char *json = written(&params, &knocks, NULL);
    assert_non_null(strstr(json, "\"knock_gap_ns\": null,"));
    assert_true(ks_is_ok(ks_params_read_text(json, strlen(json), "x", &params, &options, NULL)));
    assert_true(options.gap == 0 && options.follow == 0 && options.q_gate == 0);
    ks_free(json);
}

static void a_chosen_threshold_is_told_but_stays_automatic(void **state)
{
    (void)state;
    struct ks_params params = ks_params_preset(KS_PRESET_HUNT), back = ks_params_preset(KS_PRESET_PAPER);
    struct ks_knock_options knocks = {0};
    params.min_conf = (struct ks_setting){.value = 0.75};
    char *json = written(&params, &knocks, NULL);
    assert_non_null(strstr(json, "\"min_supp\": 0.25,\n    \"min_inte\": 0.125,\n    \"min_conf\": 0.75,\n"));
    assert_null(strstr(json, "\"auto\","));
    assert_true(ks_is_ok(ks_params_read_text(json, strlen(json), "f.json", &back, NULL, NULL)));
    assert_true(back.min_supp.automatic && back.min_inte.automatic && !back.min_conf.automatic);
    assert_true(back.min_conf.value == 0.75);
    ks_free(json);
}

/* A value is kept by taking its name out of "auto"; and the older form, "auto" in place of the number, still reads. */
static void automatic_thresholds_can_be_fixed_and_older_files_read(void **state)
{
    (void)state;
    struct ks_params params = ks_params_preset(KS_PRESET_HUNT);
    static const char fixed[] = "{\"params\": {\"min_supp\": 0.25, \"min_inte\": 0.125, \"auto\": [\"min_inte\"]}}";
    static const char older[] = "{\"params\": {\"min_supp\": \"auto\", \"min_supp_chosen\": 0.25, \"min_inte\": 0.5}}";
    assert_true(ks_is_ok(ks_params_read_text(fixed, strlen(fixed), "f.json", &params, NULL, NULL)));
    assert_true(!params.min_supp.automatic && params.min_supp.value == 0.25 && params.min_inte.automatic);
    assert_true(ks_is_ok(ks_params_read_text(older, strlen(older), "f.json", &params, NULL, NULL)));
    assert_true(params.min_supp.automatic && !params.min_inte.automatic && params.min_inte.value == 0.5);
}

/* Found by fuzzing: -0.0 was kept, written as "-0", and that reads back as 0. */
static void negative_zero_reads_back(void **state)
{
    (void)state;
    struct ks_params params = ks_params_preset(KS_PRESET_HUNT);
    static const char zero[] = "{\"params\": {\"min_conf\": -0.0}}";
    assert_true(ks_is_ok(ks_params_read_text(zero, strlen(zero), "f.json", &params, NULL, NULL)));
    struct ks_knock_options knocks = {0};
    char *json = written(&params, &knocks, NULL);
    assert_non_null(strstr(json, "\"min_conf\": 0,"));
    ks_free(json);
}

static void what_is_wrong_is_named_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"", "is not JSON"},
        {"{\"params\": {\"min_supp\": 0.5}", "is not JSON: line 1"},
        {"[]", "holds no parameters"},
        {"{\"schema\": \"knockscope.rules/1\"}", "holds no parameters"},
        {"{\"params\": 3}", "holds no parameters"},
        {"{\"min_sup\": 0.5}", "unknown parameter \"min_sup\""},
        {"{\"preset\": \"other\"}", "\"preset\" must be"},
        {"{\"auto\": \"min_supp\"}", "\"auto\" must be"},
        {"{\"auto\": [\"min_count\"]}", "\"auto\" must be"},
        {"{\"auto\": [1]}", "\"auto\" must be"},
        {"{\"preset\": 1}", "\"preset\" must be"},
        {"{\"items\": \"sctp\"}", "\"items\" must be"},
        {"{\"window\": \"0\"}", "\"window\" must be"},
        {"{\"window\": 1000}", "\"window\" must be"},
        {"{\"window\": \"1000\", \"stride\": 0}", "\"stride\" must be"},
        {"{\"scope\": \"host\"}", "\"scope\" must be"},
        {"{\"host\": \"300.1.1.1\"}", "\"host\" must be"},
        {"{\"from_ns\": 1}", "\"to_ns\""},
        {"{\"from_ns\": 1, \"to_ns\": null}", "\"to_ns\""},
        {"{\"to_ns\": 1}", "\"to_ns\""},
        {"{\"from_ns\": 1.5, \"to_ns\": 2}", "\"from_ns\""},
        {"{\"from_ns\": 2, \"to_ns\": 2}", "\"to_ns\" must be later"},
        {"{\"min_supp\": 1.5}", "\"min_supp\" must be"},
        {"{\"min_supp\": \"automatic\"}", "\"min_supp\" must be"},
        {"{\"min_inte\": true}", "\"min_inte\" must be"},
        {"{\"min_conf\": -2}", "\"min_conf\" must be"},
        {"{\"min_count\": 0}", "\"min_count\" must be"},
        {"{\"max_len\": 11}", "\"max_len\" must be"},
        {"{\"interest\": \"lift\"}", "\"interest\" must be"},
        {"{\"activations\": -1}", "\"activations\" must be"},
        {"{\"sort\": \"beauty\"}", "\"sort\""},
        {"{\"reverse\": \"yes\"}", "\"reverse\" must be"},
        {"{\"top\": \"many\"}", "\"top\" must be"},
        {"{\"seed\": \"18446744073709551616\"}", "\"seed\" must be"},
        {"{\"rotations\": 1e3}", "\"rotations\" must be"},
        {"{\"epsilon\": 1}", "\"epsilon\" must be"},
        {"{\"filter\": 5}", "\"filter\" must be"},
        {"{\"knock_gap_ns\": -1}", "knock_gap_ns must be"},
        {"{\"knock_follow_ns\": \"1s\"}", "knock_follow_ns must be"},
        {"{\"knock_q\": 2}", "knock_q must be"},
        {"{\"top\": 1, \"top\": 2}", "is not JSON"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ks_params read = unlike_any_preset(), expected = unlike_any_preset();
        struct ks_knock_options options = {.gap = 77};
        struct ks_text filter = {0};
        struct ks_status status = ks_params_read_text(wrong[i][0], strlen(wrong[i][0]), "f.json", &read, &options, &filter);
        if (status.code != KS_USAGE || strstr(status.message, wrong[i][1]) == NULL)
            fail_msg("%s: %d %s", wrong[i][0], status.code, status.message);
        assert_ptr_equal(strstr(status.message, "f.json"), status.message);
        same_params(&read, &expected);
        assert_true(options.gap == 77);
        assert_int_equal(filter.n, 0);
    }
}

static void a_file_is_read_and_a_missing_one_told(void **state)
{
    (void)state;
    char path[] = "/tmp/ks-params-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    static const char text[] = "{\"params\": {\"min_supp\": 0.125}}\n";
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    struct ks_params read = ks_params_preset(KS_PRESET_HUNT);
    assert_true(ks_is_ok(ks_params_read_file(path, &read, NULL, NULL)));
    assert_true(read.min_supp.value == 0.125);
    assert_int_equal(read.preset, KS_PRESET_HUNT);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(ks_params_read_file(path, &read, NULL, NULL).code, KS_INPUT);
    assert_int_equal(ks_params_read_file("/", &read, NULL, NULL).code, KS_INPUT);
}

static void definitions_name_the_readings_chosen(void **state)
{
    (void)state;
    const char *wu[KS_DEFINITIONS_MAX], *joint[KS_DEFINITIONS_MAX];
    struct ks_params params = ks_params_preset(KS_PRESET_PAPER);
    size_t n = ks_params_definitions(&params, wu);
    assert_true(n > 0 && n <= KS_DEFINITIONS_MAX);
    params.interest = KS_INTEREST_JOINT;
    assert_int_equal(ks_params_definitions(&params, joint), n);
    assert_non_null(strstr(wu[0], "Wu"));
    assert_non_null(strstr(joint[0], "Table 2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_read_back_exactly),
        cmocka_unit_test(the_object_alone_and_a_part_of_it_do),
        cmocka_unit_test(knock_options_left_to_the_search_stay_so),
        cmocka_unit_test(a_chosen_threshold_is_told_but_stays_automatic),
        cmocka_unit_test(automatic_thresholds_can_be_fixed_and_older_files_read),
        cmocka_unit_test(negative_zero_reads_back),
        cmocka_unit_test(what_is_wrong_is_named_and_changes_nothing),
        cmocka_unit_test(a_file_is_read_and_a_missing_one_told),
        cmocka_unit_test(definitions_name_the_readings_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
