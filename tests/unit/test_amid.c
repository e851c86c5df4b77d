/* src/knocks: a knock amid what else its source does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "unit/knock_plan.h"

static struct plan plan;

/* Two ports that are tried in vain all day, at random, happen to come before each activation. */
static void what_comes_together_by_chance_begins_no_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {31141, 22866, 28786, 40555};
    static const uint32_t common[] = {53, 161, 11211, 8081, 6379};
    uint64_t x = 4;
    for (uint32_t k = 0; k < 30; k++)
        for (uint32_t j = 0; j < 7; j++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            int64_t at = (int64_t)(x >> 33) % (j < 5 ? 60000 : j == 5 ? 2000 : 19000);
            add(&plan, k * 60 * S + (j == 6 ? 3 * S : 0) + at * MS, KNOCKER, TARGET,
                j < 5    ? common[j]
                : j == 5 ? 9200
                         : UDP(514),
                KS_REFUSED);
        }
    for (int64_t k = 0; k < 4; k++)
        add_all(&plan, k * 420 * S + 44 * S + 300 * k * MS, ports, 4, 500 * MS);
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "31141 22866 28786 40555");
    assert_int_equal(knocks.at[0].n_activations, 4);
    finish(&knocks, &m);
}

/* A port that is tried in vain now and then stands before most activations, at any distance. */
static void a_port_that_makes_a_knock_likelier_is_a_stranger(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {31141, 22866, 28786};
    static const int64_t starts[] = {161, 316, 432, 611, 728};
    static const struct {
        uint32_t time, port;
    } stray[] = {{139, 9200}, {221, 9200}, {258, 139}, {282, 9200}, {345, 139}, {363, 139}, {369, 8081}, {370, 139},
                 {371, 139},  {390, 9200}, {404, 9200}, {410, 9200}, {438, 8081}, {463, 9200}, {606, 9200}, {731, 139},
                 {743, 139},  {756, 8081}, {793, 139},  {828, 139}};
    for (size_t k = 0; k < sizeof stray / sizeof *stray; k++)
        add(&plan, stray[k].time * S, KNOCKER, TARGET, stray[k].port, KS_REFUSED);
    for (size_t k = 0; k < 5; k++) {
        add_all(&plan, starts[k] * S + 500 * MS, ports, 3, 1200 * MS);
        add(&plan, starts[k] * S + 4 * S, KNOCKER, TARGET, 4444, KS_OPEN);
    }
    for (int64_t t = 0; t < 700; t++)
        add(&plan, 135 * S + t * S, KNOCKER, TARGET, 443, KS_OPEN);
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "31141 22866 28786");
    assert_int_equal(knocks.at[0].n_activations, 5);
    finish(&knocks, &m);
}

/* To a target that nobody else uses: between the ports, two of its services now and then. */
static void services_used_meanwhile_end_no_knock(void **state)
{
    (void)state;
    static const uint32_t ports[] = {13635, 16384, 27542};
    static const uint32_t service[4][2] = {{80, 443}, {443, 80}, {80, 80}, {443, 443}};
    for (size_t m = 2; m < 4; m++) {
        static struct plan p;
        struct make_log log = {0};
        for (int64_t t = 7; t < 3000; t += 20)
            add(&p, t * S, CLIENT, SERVER, 445, KS_OPEN);
        for (int64_t k = 0; k < 4; k++) {
            int64_t t = (300 + k * k * 211 + k * 97) * S;
            add_all(&p, t, ports, m, S);
            for (size_t i = 0; i + 1 < m; i++)
                add(&p, t + (int64_t)i * S + S / 3, KNOCKER, TARGET, service[k][i], KS_OPEN);
            add(&p, t + 6 * S, KNOCKER, TARGET, 3389, KS_OPEN);
        }
        struct ks_knocks knocks = find_planned(&p, &log);
        assert_int_equal(knocks.standing, 1);
        assert_int_equal(knocks.at[0].kind, KS_KNOCK_RECURRING);
        ports_are(&knocks.at[0], m == 2 ? "13635 16384" : "13635 16384 27542");
        assert_int_equal(knocks.at[0].opened[0], 3389);
        assert_int_equal(knocks.at[0].n_activations, 4);
        finish(&knocks, &log);
    }
}

/* A scanner that is given one port after the other: unanswered, each is tried again a second later, from the next
 * source port, when the door is open already or the next port has been tried. */
static void a_scanner_s_second_probe_is_no_attempt(void **state)
{
    (void)state;
    static const uint32_t ports[] = {30698, 44886, 41485};
    struct make_log m = {0};
    for (int64_t k = 0; k < 6; k++) {
        int64_t t = (100 + k * 300 + k * k * 7) * S;
        make_try(&m, t - 50 * S, CLIENT, TARGET, (uint16_t)(30000 + k), 80, KS_OPEN);
        for (size_t i = 0; i < 3; i++) {
            make_try(&m, t + (int64_t)i * 900 * MS, KNOCKER, TARGET, 43543, ports[i], KS_SILENT);
            if (i > 0)
                make_try(&m, t + (int64_t)i * 900 * MS + 100 * MS, KNOCKER, TARGET, 43544, ports[i - 1], KS_SILENT);
        }
        make_try(&m, t + 2100 * MS, KNOCKER, TARGET, (uint16_t)(50000 + k), 8443, KS_OPEN);
        make_event(&m, t + 2150 * MS, KNOCKER, TARGET, (uint16_t)(50000 + k), 8443, KS_ACK, 0);
        make_try(&m, t + 2800 * MS, KNOCKER, TARGET, 43544, ports[2], KS_SILENT);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "30698 44886 41485");
    assert_int_equal(knocks.at[0].n_activations, 6);
    for (size_t k = 0; k < 6; k++)
        assert_int_equal(knocks.at[0].activations[k].n_events, 3);
    finish(&knocks, &m);
}

/* Between the ports of the knock and those that close again, its door opens, and was never tried before; the source
 * opens other ports of the target all the time. */
static void one_port_that_opens_each_time_parts_knock_and_closing(void **state)
{
    (void)state;
    static const uint32_t ports[] = {38018, 22118, 10953}, closing[] = {9531, 40381, 46371};
    static struct plan p;
    struct make_log m = {0};
    for (uint32_t k = 0; k < 400; k++)
        add(&p, k * 5 * S, KNOCKER, TARGET, 49152 + k * 37 % 200, KS_OPEN);
    for (int64_t k = 0; k < 4; k++) {
        int64_t t = (110 + k * 450 + k * k * 13) * S + 700 * MS;
        add_all(&p, t, ports, 3, 2 * S);
        add(&p, t + 5 * S, KNOCKER, TARGET, 1194, KS_OPEN);
        add_all(&p, t + 8 * S, closing, 3, 2 * S);
    }
    struct ks_knocks knocks = find_planned(&p, &m);
    assert_true(knocks.standing >= 1);
    ports_are(&knocks.at[0], "38018 22118 10953");
    assert_int_equal(knocks.at[0].n_activations, 4);
    assert_int_equal(knocks.at[0].opened[0], 1194);
    finish(&knocks, &m);
}

/* Connections to a service between the ports of a knock, at its pace, are no opening that ends it. */
static void ordinary_connections_in_between_cut_no_knock(void **state)
{
    (void)state;
    static const uint32_t ports[] = {558, 249, 7150, 589, 171, 3102};
    static struct plan p;
    struct make_log m = {0};
    for (int64_t t = 7; t < 3000; t += 200)
        add(&p, t * S, CLIENT, TARGET, 445, KS_OPEN);
    for (int64_t k = 0; k < 4; k++) {
        int64_t t = (300 + k * k * 211 + k * 97) * S;
        uint32_t source = KNOCKER + 20 + (uint32_t)k % 3; /* to whom the service is new */
        for (size_t i = 0; i < 6; i++) {
            add(&p, t + (int64_t)i * S / 2, source, TARGET, ports[i], KS_REFUSED);
            if (i == 2 || i == (size_t)k)
                add(&p, t + (int64_t)i * S / 2 + S / 4, source, TARGET, 445, KS_OPEN);
        }
        add(&p, t + 6 * S, source, TARGET, 3389, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&p, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "558 249 7150 589 171 3102");
    assert_int_equal(knocks.at[0].n_activations, 4);
    finish(&knocks, &m);
}

static void a_port_that_is_tried_by_itself_joins_no_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {31141, 22866, 28786};
    for (int64_t t = 0; t < 2000; t += 10)
        add(&plan, t * S, KNOCKER, TARGET, 9091, KS_REFUSED);
    for (int64_t k = 0; k < 3; k++) /* always a moment after it */
        add_all(&plan, k * 600 * S + 300 * S + 400 * MS, ports, 3, 500 * MS);
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "31141 22866 28786");
    assert_int_equal(knocks.at[0].n_activations, 3);
    finish(&knocks, &m);
}

/* A tool that waits for an answer to every attempt: now the next port comes at once, now when it has given up. */
static void who_waits_for_an_answer_goes_on_seconds_later(void **state)
{
    (void)state;
    static const uint32_t ports[] = {9000, 6001};
    static const int64_t waits[] = {20, 30, 1060, 25, 3070, 8100};
    struct make_log m = {0};
    for (int64_t k = 0; k < 6; k++) {
        int64_t t = (100 + k * 300 + k * k * 7) * S;
        add(&plan, t - 40 * S, CLIENT, TARGET, 80, KS_OPEN);
        for (size_t i = 0; i < 2; i++)
            add(&plan, t + (int64_t)i * waits[k] * MS, KNOCKER, TARGET, ports[i], KS_SILENT);
        add(&plan, t + waits[k] * MS + S, KNOCKER, TARGET, 6539, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_true(knocks.standing >= 1);
    ports_are(&knocks.at[0], "9000 6001");
    assert_int_equal(knocks.at[0].n_activations, 6);
    finish(&knocks, &m);
}

static void two_of_three_ports_by_another_source_are_no_activation(void **state)
{
    (void)state;
    static const uint32_t ports[] = {351, 413, 779}, two[] = {351, 779};
    struct make_log m = {0};
    for (int64_t k = 0; k < 4; k++) {
        add_all(&plan, (100 + k * 300 + k * k * 7) * S, ports, 3, 200 * MS);
        add(&plan, (90 + k * 300) * S, CLIENT, TARGET, 80, KS_OPEN);
    }
    for (size_t i = 0; i < 2; i++)
        add(&plan, 600 * S + (int64_t)i * 300 * MS, CLIENT, TARGET, two[i], KS_REFUSED);
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "351 413 779");
    assert_int_equal(knocks.at[0].n_activations, 4);
    finish(&knocks, &m);
}

/* A try that goes wrong a few seconds before each activation, while the source opens new ports of the target all the
 * time, too. */
static void a_wrong_try_between_openings_of_others_is_no_activation(void **state)
{
    (void)state;
    static const uint32_t ports[] = {49578, 31318, 2101, 17454}, wrong[] = {49578, 2101, 17454};
    struct make_log m = {0};
    for (uint32_t k = 0; k < 300; k++)
        add(&plan, k * 5 * S, KNOCKER, TARGET, 50000 + k * 37 % 150, KS_OPEN);
    for (int64_t k = 0; k < 3; k++) {
        int64_t t = (111 + k * 450 + k * k * 13) * S;
        add_all(&plan, t - 12 * S, wrong, 3, 500 * MS);
        add_all(&plan, t, ports, 4, 500 * MS);
        add(&plan, t + 4 * S, KNOCKER, TARGET, 2222, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_true(knocks.standing >= 1);
    ports_are(&knocks.at[0], "49578 31318 2101 17454");
    assert_int_equal(knocks.at[0].n_activations, 3);
    finish(&knocks, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_together_by_chance_begins_no_knock),
        cmocka_unit_test(a_port_that_makes_a_knock_likelier_is_a_stranger),
        cmocka_unit_test(services_used_meanwhile_end_no_knock),
        cmocka_unit_test(a_scanner_s_second_probe_is_no_attempt),
        cmocka_unit_test(one_port_that_opens_each_time_parts_knock_and_closing),
        cmocka_unit_test(ordinary_connections_in_between_cut_no_knock),
        cmocka_unit_test(a_port_that_is_tried_by_itself_joins_no_knock),
        cmocka_unit_test(who_waits_for_an_answer_goes_on_seconds_later),
        cmocka_unit_test(two_of_three_ports_by_another_source_are_no_activation),
        cmocka_unit_test(a_wrong_try_between_openings_of_others_is_no_activation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
