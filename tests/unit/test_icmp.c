/* src/knocks: ICMP requests as parts of knocks, and pings that are none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "knocks/attempts/item.h"
#include "unit/knock_logs.h"

#define PING(length) ((uint32_t)KS_ICMP << 16 | (length))

/* An echo request, or an attempt, by the item. */
static void knock(struct make_log *m, int64_t time, uint32_t source, uint32_t item, enum ks_outcome outcome)
{
    if (item >> 16 < KS_ICMP)
        make_try(m, time, source, TARGET, (uint16_t)(40000 + m->log.n), item, outcome);
    else
        make_event(m, time, source, TARGET, 8 << 8, item, 0,
                   (uint8_t)(KS_MARK_REQUEST | (unsigned)outcome << 2));
}

static int64_t all(struct make_log *m, int64_t time, const uint32_t *items, size_t n, int64_t gap,
                   enum ks_outcome outcome)
{
    for (size_t i = 0; i < n; i++)
        knock(m, time + (int64_t)i * gap, KNOCKER, items[i], outcome);
    return time + (int64_t)n * gap;
}

static void use(struct make_log *m, int64_t time, uint32_t port)
{
    make_try(m, time, KNOCKER, TARGET, (uint16_t)(50000 + m->log.n), port, KS_OPEN);
    make_event(m, time + MS, KNOCKER, TARGET, m->log.sport[m->log.n - 1], port, KS_ACK, 0);
}

static void finish(struct ks_knocks *knocks, struct make_log *m)
{
    ks_knocks_free(knocks);
    ks_log_free(&m->log);
}

static void stands_aside(struct ks_knocks *knocks, struct make_log *m, const char *reason)
{
    assert_int_equal(knocks->standing, 0);
    assert_true(knocks->n >= 1);
    bool said = false;
    for (size_t i = 0; i < knocks->n; i++)
        said = said || strncmp(knocks->at[i].set_aside, reason, strlen(reason)) == 0;
    assert_true(said);
    finish(knocks, m);
}

/* Times that no clock makes. */
static const int64_t moments[] = {100, 700, 2100, 2600};

static void sizes_in_order_that_open_a_port_are_a_knock(void **state)
{
    (void)state;
    static const uint32_t items[] = {PING(100), PING(200), PING(300)};
    for (unsigned answered = 0; answered < 2; answered++) {
        struct make_log m = {0};
        for (size_t k = 0; k < 4; k++) {
            traffic(&m, (moments[k] - 90) * S, (moments[k] - 5) * S, 10 * S);
            use(&m, all(&m, moments[k] * S, items, 3, S / 2, answered != 0 ? KS_OPEN : KS_SILENT) + 2 * S,
                2222);
        }
        struct ks_knocks knocks = find(&m);
        assert_int_equal(knocks.standing, 1);
        ports_are(&knocks.at[0], "icmp/8/0/100 icmp/8/0/200 icmp/8/0/300");
        assert_int_equal(knocks.at[0].n_activations, 4);
        assert_int_equal(knocks.at[0].evidence.opened, 4);
        assert_int_equal(knocks.at[0].evidence.closed, answered != 0 ? 0 : 12);
        finish(&knocks, &m);
    }
}

static void tcp_udp_and_icmp_make_one_sequence(void **state)
{
    (void)state;
    static const uint32_t items[] = {7000, PING(77), UDP(4053), PING(901)};
    struct make_log m = {0};
    for (size_t k = 0; k < 4; k++) {
        traffic(&m, (moments[k] - 90) * S, (moments[k] - 5) * S, 10 * S);
        all(&m, moments[k] * S, items, 4, S / 3, KS_SILENT);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "7000 icmp/8/0/77 udp/4053 icmp/8/0/901");
    assert_int_equal(knocks.at[0].evidence.in_order, 4);
    finish(&knocks, &m);
}

static void sizes_sent_once_before_a_port_opens_are_a_one_shot_knock(void **state)
{
    (void)state;
    static const uint32_t items[] = {PING(417), PING(133), PING(868), 9123};
    struct make_log m = {0};
    traffic(&m, 0, 900 * S, 7 * S);
    use(&m, all(&m, 901 * S, items, 4, S / 4, KS_SILENT) + S, 31337);
    traffic(&m, 910 * S, 1800 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    assert_int_equal(knocks.at[0].kind, KS_KNOCK_ONE_SHOT);
    ports_are(&knocks.at[0], "icmp/8/0/417 icmp/8/0/133 icmp/8/0/868 9123");
    finish(&knocks, &m);
}

/* A ping that runs all the time is no part of the knocks of the same source, and none of them is missed for
 * it. */
static void a_running_ping_is_no_part_of_a_knock(void **state)
{
    (void)state;
    static const uint32_t items[] = {7310, 1999, 30112};
    struct make_log m = {0};
    size_t k = 0;
    for (int64_t t = 0; t < 3000; t++) {
        knock(&m, t * S, KNOCKER, PING(56), KS_OPEN);
        if (t % 31 == 0)
            knock(&m, t * S + S / 9, KNOCKER, PING(500), KS_OPEN);
        if (k < 4 && t == moments[k]) {
            for (size_t i = 0; i < 3; i++) {
                knock(&m, t * S + S / 2, KNOCKER, items[i], KS_REFUSED);
                knock(&m, ++t * S, KNOCKER, PING(56), KS_OPEN);
            }
            k++;
        }
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "7310 1999 30112");
    assert_int_equal(knocks.at[0].n_activations, 4);
    finish(&knocks, &m);
}

static void pings_of_several_sizes_by_a_clock_are_a_health_check(void **state)
{
    (void)state;
    static const uint32_t items[] = {PING(100), PING(500), PING(1000)};
    struct make_log m = {0};
    for (int64_t t = 10; t < 1800; t += 60) {
        all(&m, t * S + t % 7 * 100 * MS, items, 3, S / 5, KS_SILENT);
        use(&m, (t + 9) * S, 8096);
    }
    struct ks_knocks knocks = find(&m);
    stands_aside(&knocks, &m, "health check");
}

static void pings_by_a_clock_are_a_knock_where_the_target_connects_back_or_they_are_five(void **state)
{
    (void)state;
    static const uint32_t items[] = {PING(100), PING(200), PING(300), PING(400), PING(500)};
    for (int back = 0; back < 2; back++) {
        struct make_log m = {0};
        for (int64_t k = 0; k < 14; k++) {
            int64_t last = all(&m, 30 * S + k * 110 * S, items, back ? 3 : 5, 2 * S, KS_SILENT);
            if (back)
                connect_and_send(&m, last + 6 * S, TARGET, KNOCKER, 22);
            else
                use(&m, last + 6 * S, 8022);
        }
        traffic(&m, 1600 * S, 1900 * S, 7 * S);
        struct ks_knocks knocks = find(&m);
        assert_int_equal(knocks.standing, 1);
        assert_int_equal(knocks.at[0].n_activations, 14);
        assert_int_equal(knocks.at[0].opened[0], back ? 22 : 8022);
        finish(&knocks, &m);
    }
}

static void pings_by_a_clock_that_open_nobodys_service_each_time_are_a_knock(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {PING(78), PING(51), PING(173), PING(6)};
    struct make_log m = {0};
    for (int64_t k = 0; k < 20; k++) {
        int64_t last = all(&m, 30 * S + k * 90 * S, sizes, 4, 5 * S, KS_OPEN);
        use(&m, last + S, 27158);
    }
    traffic(&m, 0, 1900 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    assert_int_equal(knocks.at[0].n_activations, 20);
    assert_int_equal(knocks.at[0].opened[0], 27158);
    finish(&knocks, &m);
}

static void answered_pings_that_open_nothing_are_ordinary(void **state)
{
    (void)state;
    static const uint32_t items[] = {PING(100), PING(500), PING(1000)};
    struct make_log m = {0};
    for (size_t k = 0; k < 4; k++)
        all(&m, moments[k] * S, items, 3, S / 5, KS_OPEN);
    struct ks_knocks knocks = find(&m);
    stands_aside(&knocks, &m, "ordinary pings");
}

/* A host that asks another with a short, a long and a short request now and then, some lost. */
static void two_sizes_in_turn_are_ordinary(void **state)
{
    (void)state;
    static const uint32_t items[] = {PING(10), PING(400), PING(10)};
    for (unsigned answered = 0; answered < 2; answered++) {
        struct make_log m = {0};
        for (size_t k = 0; k < 4; k++)
            for (size_t i = 0; i < 3; i++)
                knock(&m, moments[k] * S + (int64_t)i * 4 * S, KNOCKER, items[i],
                      i % 2 == 0 && answered != 0 ? KS_OPEN : KS_SILENT);
        make_try(&m, 2620 * S, KNOCKER, TARGET, 999, 8080, KS_REFUSED);
        use(&m, 2640 * S, 8080); /* once: of no weight */
        struct ks_knocks knocks = find(&m);
        stands_aside(&knocks, &m, "ordinary pings");
    }
}

static void sizes_that_grow_are_path_mtu_discovery(void **state)
{
    (void)state;
    for (unsigned other = 0; other < 2; other++) { /* an ordinary ping may come after them */
        struct make_log m = {0};
        traffic(&m, 0, 600 * S, 7 * S);
        for (uint32_t n = 0; n < 10; n++)
            knock(&m, 600 * S + n * S / 5, KNOCKER, PING(500 + 90 * n), n < 9 ? KS_OPEN : KS_SILENT);
        if (other > 0)
            knock(&m, 603 * S, KNOCKER, PING(36), KS_SILENT);
        use(&m, 605 * S, 5060);
        traffic(&m, 610 * S, 1200 * S, 7 * S);
        struct ks_knocks knocks = find(&m);
        stands_aside(&knocks, &m, "path MTU discovery");
    }
}

/* Every kind of request keeps its type, code and length. */
static void items_of_requests_keep_what_they_are(void **state)
{
    (void)state;
    static const struct {
        enum ks_proto proto;
        unsigned type, code, length;
        const char *want;
    } of[] = {{KS_ICMP, 8, 0, 56, "icmp/8/0/56"},     {KS_ICMP, 8, 9, 120, "icmp/8/9/120"},
              {KS_ICMP, 13, 0, 12, "icmp/13/0/12"},   {KS_ICMP, 17, 255, 65535, "icmp/17/255/65535"},
              {KS_ICMP, 42, 1, 0, "icmp/42/1/0"},     {KS_ICMP6, 128, 0, 300, "icmp6/128/0/300"},
              {KS_ICMP6, 160, 7, 9, "icmp6/160/7/9"}, {KS_UDP, 0, 0, 53, "udp/53"}};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        struct make_log m = {0};
        char text[40];
        make_event(&m, 0, KNOCKER, TARGET, (uint16_t)(of[i].type << 8 | of[i].code), of[i].length, 0,
                   (uint8_t)of[i].proto);
        uint32_t item = ks_item_narrow(&m.log, 0);
        assert_int_equal(ks_item_icmp(item), of[i].proto >= KS_ICMP);
        assert_int_equal(ks_item_low(item), of[i].length);
        assert_true(ks_item_index(item) < KS_ITEMS_MAX);
        assert_string_equal(ks_item_format(text, sizeof text, ks_item_wide(item)), of[i].want);
        ks_log_free(&m.log);
    }
}

/* Pings in two orders and some by themselves: shaping takes an activation all its ports before it grows again, which
 * once ended in a crash. */
static void an_activation_that_loses_all_its_ports_is_left_out(void **state)
{
    (void)state;
    static const struct {
        uint32_t us, length;
    } pings[] = {{0, 116},         {2646039, 196},   {2696324, 52},    {2696701, 180},   {2779830, 500},
                 {10755047, 84},   {10755160, 116},  {10755275, 52},   {148173552, 84},  {172403475, 116},
                 {172453294, 52},  {175049514, 196}, {175100176, 180}, {175183305, 500}, {183158522, 84}};
    struct make_log m = {0};
    for (size_t i = 0; i < sizeof pings / sizeof *pings; i++)
        knock(&m, (int64_t)pings[i].us * 1000, KNOCKER, PING(pings[i].length), KS_SILENT);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    assert_int_equal(knocks.at[0].n_activations, 2);
    assert_int_equal(knocks.at[0].evidence.closed, 8);
    finish(&knocks, &m);
}

/* A monitor pings with two of the knock's sizes every half a minute; the target connects back after each knock. */
static void a_door_that_opens_the_other_way_ends_a_knock_before_what_follows(void **state)
{
    (void)state;
    static const uint32_t knocking[] = {PING(100), PING(200), PING(300)};
    static const uint32_t monitor[] = {PING(100), PING(1000), PING(200)};
    static const int64_t at[] = {74, 107, 391, 436, 543}; /* s */
    struct make_log m = {0};
    for (int64_t i = 0, k = 0; i < 20; i++) {
        all(&m, (3 + 30 * i) * S, monitor, 3, S, KS_SILENT);
        for (; k < 5 && at[k] < 3 + 30 * (i + 1); k++)
            connect_and_send(&m, all(&m, at[k] * S, knocking, 3, 31 * S / 10, KS_SILENT) - S, TARGET, KNOCKER, 8022);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "icmp/8/0/100 icmp/8/0/200 icmp/8/0/300");
    assert_int_equal(knocks.at[0].n_activations, 5);
    assert_int_equal(knocks.at[0].evidence.opened, 5);
    assert_null(strstr(knocks.at[0].why, "another one each time"));
    finish(&knocks, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_in_order_that_open_a_port_are_a_knock),
        cmocka_unit_test(tcp_udp_and_icmp_make_one_sequence),
        cmocka_unit_test(sizes_sent_once_before_a_port_opens_are_a_one_shot_knock),
        cmocka_unit_test(a_running_ping_is_no_part_of_a_knock),
        cmocka_unit_test(pings_of_several_sizes_by_a_clock_are_a_health_check),
        cmocka_unit_test(pings_by_a_clock_are_a_knock_where_the_target_connects_back_or_they_are_five),
        cmocka_unit_test(pings_by_a_clock_that_open_nobodys_service_each_time_are_a_knock),
        cmocka_unit_test(answered_pings_that_open_nothing_are_ordinary),
        cmocka_unit_test(two_sizes_in_turn_are_ordinary),
        cmocka_unit_test(sizes_that_grow_are_path_mtu_discovery),
        cmocka_unit_test(items_of_requests_keep_what_they_are),
        cmocka_unit_test(an_activation_that_loses_all_its_ports_is_left_out),
        cmocka_unit_test(a_door_that_opens_the_other_way_ends_a_knock_before_what_follows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
