/* src/knocks: sequences found, opened ports named, ordinary behaviour set aside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/text.h"
#include "knocks/knocks.h"
#include "unit/knock_logs.h"

static void a_knock_before_each_opening_is_found_with_all_it_says(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {7000, 8001, UDP(9009), 31337};
    for (int64_t k = 0; k < 4; k++) {
        traffic(&m, k * 900 * S, k * 900 * S + 300 * S, 7 * S);
        int64_t last = send(&m, k * 900 * S + 400 * S, KNOCKER, 0, ports, 4, 300 * MS, KS_REFUSED);
        make_try(&m, last + 2 * S, KNOCKER, TARGET, (uint16_t)(50000 + k), 22, KS_OPEN);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    const struct ks_knock *knock = &knocks.at[0];
    ports_are(knock, "7000 8001 udp/9009 31337");
    assert_int_equal(knock->kind, KS_KNOCK_RECURRING);
    assert_int_equal(knock->n_activations, 4);
    assert_int_equal(knock->n_opened, 1);
    assert_int_equal(knock->opened[0], 22);
    assert_int_equal(knock->evidence.opened, 4);
    assert_int_equal(knock->evidence.in_order, 4);
    assert_int_equal(knock->evidence.closed, 16);
    for (int64_t k = 0; k < 4; k++) {
        const struct ks_activation *a = &knock->activations[k];
        assert_int_equal(a->time, k * 900 * S + 400 * S);
        assert_int_equal(m.log.hosts[a->source].bytes[3], KNOCKER);
        assert_int_equal(m.log.hosts[a->target].bytes[3], TARGET);
        assert_int_equal(a->n_events, 4);
        assert_true(a->exact);
        assert_true(a->opened);
        assert_int_equal(a->opening.after, 2 * S);
    }
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_repeated_port_is_kept_and_a_doubled_one_is_not(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {4711, 4711, 815, 815, 4711, 4711};
    for (int64_t k = 0; k < 3; k++)
        send(&m, k * 600 * S, KNOCKER, 0, ports, 6, 100 * MS, KS_SILENT);
    traffic(&m, 1900 * S, 2400 * S, 5 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "4711 815 4711");
    assert_int_equal(knocks.at[0].n_activations, 3);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void spoofed_sources_make_one_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {1061, 20222, 5150, 40404};
    for (int64_t k = 0; k < 3; k++) {
        traffic(&m, k * 600 * S, k * 600 * S + 500 * S, 3 * S);
        send(&m, k * 600 * S + 510 * S, 100 + (uint32_t)k * 10, 1, ports, 4, 50 * MS, KS_SILENT);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "1061 20222 5150 40404");
    assert_true(knocks.at[0].evidence.spoofed);
    assert_int_equal(knocks.at[0].activations[2].n_sources, 4);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void knocks_that_share_a_prefix_are_told_apart(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t one[] = {6001, 7002, 8003, 1234}, other[] = {6001, 7002, 4444, 5999};
    for (int64_t k = 0; k < 3; k++) {
        send(&m, k * 600 * S, KNOCKER, 0, one, 4, 200 * MS, KS_SILENT);
        send(&m, k * 600 * S + 300 * S, KNOCKER, 0, other, 4, 200 * MS, KS_SILENT);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 2);
    assert_int_equal(knocks.at[0].n_activations, 3);
    assert_int_equal(knocks.at[1].n_activations, 3);
    bool swapped = knocks.at[0].ports[2] != 8003;
    ports_are(&knocks.at[swapped], "6001 7002 8003 1234");
    ports_are(&knocks.at[!swapped], "6001 7002 4444 5999");
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_single_burst_before_a_port_opens_is_a_one_shot_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {12345, 1337, 7777};
    traffic(&m, 0, 600 * S, 5 * S);
    make_try(&m, 610 * S, KNOCKER, TARGET, 40001, 8200, KS_REFUSED);
    send(&m, 700 * S, KNOCKER, 0, ports, 3, 500 * MS, KS_SILENT);
    make_try(&m, 703 * S, KNOCKER, TARGET, 40002, 8200, KS_OPEN);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    assert_int_equal(knocks.at[0].kind, KS_KNOCK_ONE_SHOT);
    ports_are(&knocks.at[0], "12345 1337 7777");
    assert_int_equal(knocks.at[0].opened[0], 8200);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_packet_whose_clock_was_not_set_changes_nothing(void **state)
{
    (void)state;
    static const uint32_t ports[] = {12345, 1337, 7777};
    const int64_t day = 86400 * S, begin = 20000 * day;
    double both[4]; /* q and the score */
    for (unsigned wrong = 0; wrong < 4; wrong++) { /* bits: the first packet's clock, the last one's */
        struct make_log m = {0};
        if (wrong & 1)
            make_event(&m, 0, SERVER, CLIENT, 5555, 80, KS_ACK, 0);
        traffic(&m, begin, begin + 600 * S, 5 * S);
        make_try(&m, begin + 610 * S, KNOCKER, TARGET, 40001, 8200, KS_REFUSED);
        send(&m, begin + 700 * S, KNOCKER, 0, ports, 3, 500 * MS, KS_SILENT);
        make_try(&m, begin + 703 * S, KNOCKER, TARGET, 40002, 8200, KS_OPEN);
        if (wrong & 2)
            make_event(&m, begin + 9000 * day, SERVER, CLIENT, 5555, 80, KS_ACK, 0);
        struct ks_knocks knocks = find(&m);
        assert_int_equal(knocks.n, 1);
        both[wrong] = knocks.at[0].ln_q + knocks.at[0].evidence.score;
        assert_true(both[wrong] == both[0]);
        ks_knocks_free(&knocks);
        ks_log_free(&m.log);
    }
}

/* What is tried elsewhere after the first activation, later by the whole range of times, would be after all time. */
static void a_knock_at_both_ends_of_time_is_no_recording(void **state)
{
    (void)state;
    static const uint32_t ports[] = {12345, 1337, 7777};
    struct make_log m = {0};
    send(&m, KS_TIME_MIN + S, KNOCKER, 0, ports, 3, 500 * MS, KS_SILENT);
    for (int64_t i = 0; i < 6; i++) {
        int64_t time = KS_TIME_MAX - (7 - i) * 1000 * S;
        for (uint32_t k = 0; k < 12; k++)
            make_try(&m, time + k * 7 * S, SERVER, 10 + k, (uint16_t)(20000 + m.log.n), fresh_port(k), KS_SILENT);
        send(&m, time + 300 * S + i * i * S, KNOCKER, 0, ports, 3, 500 * MS, KS_SILENT);
        connect_and_send(&m, time + 303 * S + i * i * S, KNOCKER, TARGET, 8200);
    }
    struct ks_knocks knocks = find(&m);
    assert_true(knocks.n > 0);
    assert_null(knocks.at[0].set_aside);
    ports_are(&knocks.at[0], "12345 1337 7777");
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void ordinary_fallback_lists_are_set_aside_with_the_reason(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t mail[] = {993, 143, 995, 110};
    for (int64_t k = 0; k < 8; k++)
        send(&m, k * 300 * S, CLIENT, 0, mail, 4, 20 * MS, KS_REFUSED);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 0);
    assert_true(knocks.n >= 1);
    assert_non_null(strstr(knocks.at[0].set_aside, "mail"));
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_scan_repeated_in_another_order_is_no_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    uint32_t x = 12345;
    for (int64_t k = 0; k < 4; k++) {
        uint32_t ports[500];
        for (uint32_t i = 0; i < 500; i++)
            ports[i] = 1 + i * 7;
        for (uint32_t i = 499; i > 0; i--) {
            x = x * 1664525 + 1013904223;
            uint32_t j = (x >> 8) % (i + 1), swap = ports[i];
            ports[i] = ports[j];
            ports[j] = swap;
        }
        send(&m, k * 900 * S, KNOCKER, 0, ports, 500, 5 * MS, KS_REFUSED);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 0);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void the_allow_list_sets_aside_with_its_reason(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {7000, 8001, 9009};
    for (int64_t k = 0; k < 4; k++)
        send(&m, k * 600 * S, KNOCKER, 0, ports, 3, 100 * MS, KS_REFUSED);
    char path[] = "/tmp/knockscope-allow-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    fputs("# comment\n10.0.0.9 7000\n7000,8001,9009 10.0.0.2  # door of the build server\n", file);
    fclose(file);
    struct ks_knock_options options = {.allow_path = path};
    struct ks_knocks knocks;
    assert_int_equal(ks_knocks_find(&m.log, NULL, &options, NULL, &knocks).code, KS_OK);
    assert_int_equal(knocks.standing, 0);
    assert_string_equal(knocks.at[0].set_aside, "allow list: door of the build server");
    ks_knocks_free(&knocks);
    file = fopen(path, "w");
    fputs("7000 what\n", file);
    fclose(file);
    struct ks_status status = ks_knocks_find(&m.log, NULL, &options, NULL, &knocks);
    assert_int_equal(status.code, KS_USAGE);
    assert_non_null(strstr(status.message, "line 1: 'what'"));
    ks_knocks_free(&knocks);
    remove(path);
    ks_log_free(&m.log);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {7000, 8001, 9009};
    for (int64_t k = 0; k < 3; k++) {
        int64_t last = send(&m, k * 600 * S, KNOCKER, 0, ports, 3, 100 * MS, KS_REFUSED);
        make_try(&m, last + S, KNOCKER, TARGET, (uint16_t)(1000 + k), 22, KS_OPEN);
        send(&m, k * 600 * S + 300 * S, 50 + (uint32_t)k * 9, 1, ports, 3, 100 * MS, KS_SILENT);
    }
    ks_memory_fail_from(0);
    struct ks_knocks knocks = find(&m);
    size_t asked = ks_memory_asked();
    assert_true(asked > 10);
    ks_knocks_free(&knocks);
    for (size_t n = 1; n <= asked; n++) {
        ks_memory_fail_from(n);
        struct ks_status status = ks_knocks_find(&m.log, NULL, NULL, NULL, &knocks);
        ks_memory_fail_from(0);
        assert_int_equal(status.code, KS_NOMEM);
        assert_int_equal(knocks.n, 0);
        ks_knocks_free(&knocks);
    }
    ks_log_free(&m.log);
}

static void an_empty_log_has_no_knocks(void **state)
{
    (void)state;
    struct make_log m = {0};
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.n, 0);
    ks_knocks_free(&knocks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_knock_before_each_opening_is_found_with_all_it_says),
        cmocka_unit_test(a_repeated_port_is_kept_and_a_doubled_one_is_not),
        cmocka_unit_test(spoofed_sources_make_one_knock),
        cmocka_unit_test(knocks_that_share_a_prefix_are_told_apart),
        cmocka_unit_test(a_single_burst_before_a_port_opens_is_a_one_shot_knock),
        cmocka_unit_test(a_packet_whose_clock_was_not_set_changes_nothing),
        cmocka_unit_test(a_knock_at_both_ends_of_time_is_no_recording),
        cmocka_unit_test(ordinary_fallback_lists_are_set_aside_with_the_reason),
        cmocka_unit_test(a_scan_repeated_in_another_order_is_no_knock),
        cmocka_unit_test(the_allow_list_sets_aside_with_its_reason),
        cmocka_unit_test(every_failed_allocation_is_reported),
        cmocka_unit_test(an_empty_log_has_no_knocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
