/* src/knocks: what belongs to a knock that recurs, what does not, and what is no knock at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "unit/knock_plan.h"

static struct plan plan;

static void a_port_lost_once_is_missing_there_and_not_in_the_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t all[] = {58826, 45001, 26570}, two[] = {58826, 26570};
    add_all(&plan, 100 * S, all, 3, 11 * S);
    add_all(&plan, 160 * S, two, 2, 22 * S);
    add_all(&plan, 220 * S, all, 3, 11 * S);
    add(&plan, 300 * S, CLIENT, TARGET, 80, KS_OPEN);
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_true(knocks.n >= 1);
    ports_are(&knocks.at[0], "58826 45001 26570");
    assert_int_equal(knocks.at[0].n_activations, 3);
    assert_int_equal(knocks.at[0].activations[1].missing, 1);
    finish(&knocks, &m);
}

static void a_try_that_went_wrong_is_no_activation(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t right[] = {27319, 26138, 23983, 25514}, wrong[] = {41040, 26138, 23983, 25514};
    for (int64_t k = 0; k < 3; k++) {
        if (k > 0)
            add_all(&plan, k * 400 * S + 80 * S, wrong, 4, S);
        add_all(&plan, k * 400 * S + 90 * S, right, 4, S);
        add(&plan, k * 400 * S + 95 * S, KNOCKER, TARGET, 22, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "27319 26138 23983 25514");
    assert_int_equal(knocks.at[0].n_activations, 3);
    for (size_t k = 0; k < 3; k++)
        assert_int_equal(knocks.at[0].activations[k].time, (int64_t)k * 400 * S + 90 * S);
    finish(&knocks, &m);
}

static void an_activation_that_lacks_a_port_but_opens_is_one(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t all[] = {706, 56, 73, 890};
    static const int64_t starts[] = {100, 150, 312, 336, 500};
    for (size_t k = 0; k < 5; k++) { /* the third lacks the first port; the fourth comes soon after it */
        add_all(&plan, starts[k] * S, all + (k == 2), 4 - (k == 2), 5 * MS);
        add(&plan, starts[k] * S + 2 * S, KNOCKER, TARGET, 8022, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "706 56 73 890");
    assert_int_equal(knocks.at[0].n_activations, 5);
    assert_int_equal(knocks.at[0].activations[2].missing, 1);
    finish(&knocks, &m);
}

static void the_knock_that_closes_is_the_other_half_of_the_one_that_opens(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t opens[] = {15174, 10692, 17315, 12848}, closes[] = {12848, 17315, 10692, 15174};
    for (int64_t k = 0; k < 4; k++) {
        add_all(&plan, k * 300 * S, opens, 4, 12 * S);
        add(&plan, k * 300 * S + 38 * S, KNOCKER, TARGET, 22, KS_OPEN);
        add_all(&plan, k * 300 * S + 45 * S, closes, 4, 12 * S);
        add(&plan, k * 300 * S + 90 * S, KNOCKER, TARGET, 22, KS_REFUSED);
    }
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "15174 10692 17315 12848");
    assert_int_equal(knocks.at[0].n_opened, 1);
    assert_non_null(strstr(knocks.at[0].why, "12848,17315,10692,15174 closes it again"));
    assert_true(knocks.n >= 2);
    ports_are(&knocks.at[1], "12848 17315 10692 15174");
    assert_non_null(strstr(knocks.at[1].set_aside, "closing half of the knock 15174,10692,17315,12848"));
    finish(&knocks, &m);
}

static void a_knock_again_from_the_same_source_ports_is_another_try(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t right[] = {25712, 25710, 25708, 25706}, typo[] = {0, 39461, 0, 62820, 0, 11397};
    for (int64_t k = 0; k < 6; k++) {
        int64_t t = k * 60 * S;
        for (uint16_t j = 0; j < 4 && k % 2 == 1; j++) /* as a script of hping does: -s 2700, then 2701, ... */
            make_try(&m, t + j * 90 * MS, KNOCKER, TARGET, (uint16_t)(2700 + j), j == 2 ? typo[k] : right[j], KS_SILENT);
        for (uint16_t j = 0; j < 4; j++)
            make_try(&m, t + 5 * S + j * 90 * MS, KNOCKER, TARGET, (uint16_t)(2700 + j), right[j], KS_SILENT);
        connect_and_send(&m, t + 8 * S, KNOCKER, TARGET, 1234);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "25712 25710 25708 25706");
    assert_int_equal(knocks.at[0].n_activations, 6);
    for (size_t k = 0; k < 6; k++) {
        assert_int_equal(knocks.at[0].activations[k].missing, 0);
        assert_int_equal(knocks.at[0].activations[k].time, (int64_t)k * 60 * S + 5 * S);
    }
    finish(&knocks, &m);
}

/* The last port always comes well after the rest, which both share and which is quick at times: no strangers' attempts, for the two are all there is. */
static void knocks_that_share_all_but_a_late_end_are_two(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t begin[] = {50171, 9350, 43425, 4040}, end[] = {30339, 63279};
    for (int64_t k = 0; k < 8; k++) {
        int64_t last = k * 200 * S;
        for (size_t j = 0; j < 4; j++)
            add(&plan, last += (k * 7 + (int64_t)j * 3) % 4 * S + 20 * MS, KNOCKER, TARGET, begin[j], KS_SILENT);
        add(&plan, last += (3 + k % 2) * S, KNOCKER, TARGET, end[k % 3 == 0], KS_SILENT);
        add(&plan, last + 60 * S, KNOCKER, TARGET, k % 3 == 0 ? 5900 : 3389, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 2);
    ports_are(&knocks.at[0], "50171 9350 43425 4040 30339");
    assert_int_equal(knocks.at[0].n_activations, 5);
    ports_are(&knocks.at[1], "50171 9350 43425 4040 63279");
    assert_int_equal(knocks.at[1].n_activations, 3);
    finish(&knocks, &m);
}

/* By turns, so that together they are a sequence that recurs; each time another port is tried in vain before and opens. */
static void two_slow_knocks_with_one_beginning_that_take_turns_are_two(void **state)
{
    (void)state;
    static const uint32_t begin[] = {16800, 21660, 17361}, end[][2] = {{38273, 63284}, {18294, 27310}};
    static const uint32_t doors[] = {26564, 57541, 4593, 47839};
    static const struct {
        int before, at[5], opens; /* s */
    } times[] = {{37, {38, 65, 92, 119, 146}, 181},
                 {415, {435, 468, 488, 516, 540}, 578},
                 {879, {899, 926, 953, 981, 1007}, 1053},
                 {1296, {1297, 1324, 1350, 1381, 1404}, 1451}};
    struct make_log m = {0};
    for (size_t k = 0; k < 4; k++) {
        add(&plan, times[k].before * S, KNOCKER, TARGET, doors[k], KS_REFUSED);
        for (size_t j = 0; j < 5; j++)
            add(&plan, times[k].at[j] * S, KNOCKER, TARGET, j < 3 ? begin[j] : end[k & 1][j - 3], KS_REFUSED);
        add(&plan, times[k].opens * S, KNOCKER, TARGET, doors[k], KS_OPEN);
    }
    for (int64_t t = 0; t < 1800; t += 10)
        add(&plan, t * S, CLIENT, TARGET, 502, KS_OPEN);
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 2);
    for (size_t i = 0; i < 2; i++) {
        bool first = strstr(knocks.at[i].why, "26564") != NULL;
        ports_are(&knocks.at[i], first ? "16800 21660 17361 38273 63284" : "16800 21660 17361 18294 27310");
        assert_int_equal(knocks.at[i].n_activations, 2);
        assert_int_equal(knocks.at[i].evidence.opened, 2);
    }
    finish(&knocks, &m);
}

/* The attempts alone are no more than chance would give; what opens after each says what they are. */
static void a_slow_pair_of_ports_that_opens_another_each_time_is_a_knock(void **state)
{
    (void)state;
    static const int times[][6] = {/* s: 233 136, opens, 136 233, in vain again */
                                   {108, 145, 155, 157, 194, 0},
                                   {440, 468, 480, 484, 524, 0},
                                   {771, 802, 811, 820, 850, 851},
                                   {1084, 1124, 1135, 1141, 1173, 1174},
                                   {1415, 1450, 1461, 1463, 1492, 0}};
    static const uint32_t ports[] = {233, 136, 54483, 136, 233, 54483};
    struct make_log m = {0};
    add(&plan, 60 * S, KNOCKER, TARGET, 54483, KS_REFUSED);
    for (size_t k = 0; k < sizeof times / sizeof *times; k++)
        for (size_t j = 0; j < 6; j++)
            if (times[k][j] > 0)
                add(&plan, times[k][j] * S, KNOCKER, TARGET, ports[j], j == 2 ? KS_OPEN : KS_REFUSED);
    for (int64_t t = 0; t < 1790; t += 10)
        add(&plan, t * S, CLIENT, TARGET, 80, KS_OPEN);
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_true(knocks.standing > 0);
    ports_are(&knocks.at[0], "233 136");
    assert_int_equal(knocks.at[0].n_activations, 5);
    assert_int_equal(knocks.at[0].evidence.opened, 5);
    finish(&knocks, &m);
}

static void a_knock_is_not_lost_between_the_one_that_closes_and_its_next_activation(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t opens[] = {27008, 28219, 23241}, closes[] = {57325, 56350, 32170};
    static const int64_t after[] = {5, 6, 2, 9, 2, 7, 4, 2, 7, 3, 6, 4, 9, 5, 4}; /* s until it is closed */
    for (int64_t k = 0; k < 15; k++) {
        int64_t start = k * 38 * S;
        add_all(&plan, start, opens, 3, S);
        add(&plan, start + 2 * S + 220 * MS, KNOCKER, TARGET, 22, KS_OPEN);
        add_all(&plan, start + (3 + after[k]) * S, closes, 3, S);
        add(&plan, start + (6 + after[k]) * S, KNOCKER, TARGET, 22, KS_REFUSED);
    }
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "27008 28219 23241");
    assert_int_equal(knocks.at[0].n_activations, 15);
    assert_int_equal(knocks.at[0].evidence.opened, 15);
    assert_non_null(strstr(knocks.at[0].why, "57325,56350,32170 closes it again"));
    assert_true(knocks.n >= 2);
    ports_are(&knocks.at[1], "57325 56350 32170");
    assert_int_equal(knocks.at[1].n_opened, 0);
    assert_non_null(strstr(knocks.at[1].set_aside, "closing half of the knock 27008,28219,23241"));
    finish(&knocks, &m);
}

static void a_quick_knock_and_the_quick_one_that_closes_half_a_minute_before_it_are_two(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t opens[] = {12722, 17853, 13053}, closes[] = {34723, 43379, 51416};
    static const int64_t door[] = {57, 54, 55, 48, 50, 52, 49, 56, 51, 53}, pause[] = {17, 25, 20, 37, 29, 23, 31, 26, 35, 19};
    int64_t start = 70 * S;
    for (uint32_t k = 0; k < 20; k++) {
        add_all(&plan, start, opens, 3, MS / 8);
        start += door[k % 10] * S;
        add(&plan, start, KNOCKER, TARGET, 36925, KS_OPEN);
        add_all(&plan, start + 6 * S, closes, 3, MS / 8);
        add(&plan, start + 8 * S, KNOCKER, TARGET, 36925, KS_REFUSED);
        start += (6 + pause[k % 10]) * S;
    }
    for (int64_t t = 0; t < 1000; t++) /* others */
        add(&plan, t * 2 * S + t * t % 997 * MS, 300 + (uint32_t)t % 7, 20, 443, KS_OPEN);
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "12722 17853 13053");
    assert_int_equal(knocks.at[0].n_activations, 20);
    assert_int_equal(knocks.at[0].opened[0], 36925);
    finish(&knocks, &m);
}

static void sources_that_take_turns_make_one_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {22355, 24205, 29273, 30891, 30530, 23025};
    static const uint32_t from[] = {60, 60, 60, 61, 60, 61};
    for (int64_t k = 0; k < 3; k++) {
        for (size_t j = 0; j < 6; j++)
            add(&plan, k * 700 * S + (int64_t)j * 200 * MS, from[j], TARGET, ports[j], KS_SILENT);
        add(&plan, k * 700 * S + 350 * S, CLIENT, TARGET, 80, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "22355 24205 29273 30891 30530 23025");
    assert_true(knocks.at[0].evidence.spoofed);
    finish(&knocks, &m);
}

static void two_sources_in_turn_count_once_each(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {3111, 2444, 8222};
    for (int64_t k = 0; k < 8; k++)
        for (size_t j = 0; j < 3; j++)
            add(&plan, k * 200 * S + (int64_t)j * 300 * MS, 60 + (uint32_t)(k & 1), TARGET, ports[j],
                KS_REFUSED);
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "3111 2444 8222");
    assert_int_equal(knocks.at[0].n_activations, 8);
    assert_int_equal(knocks.at[0].evidence.sources, 2);
    finish(&knocks, &m);
}

/* Three addresses, each once; the first one's first packet was lost, or it is somebody who tried two of the ports. */
static void a_near_miss_from_a_new_source_that_opens_the_same_port_is_an_activation(void **state)
{
    (void)state;
    static const uint32_t ports[] = {22537, 28893, 25631};
    for (unsigned opens = 0; opens < 2; opens++) {
        struct make_log m = {0};
        traffic(&m, 0, 90 * S, 10 * S);
        for (uint32_t k = 0; k < 3; k++) {
            int64_t time = (100 + 300 * (int64_t)k) * S;
            uint32_t source = 60 + k;
            size_t lost = k == 0;
            send(&m, time, source, 0, ports + lost, 3 - lost, S, KS_REFUSED);
            if (k > 0 || opens > 0)
                connect_and_send(&m, time + 50 * S, source, TARGET, 2222);
            traffic(&m, time + 60 * S, time + 290 * S, 10 * S);
        }
        struct ks_knocks knocks = find(&m);
        assert_int_equal(knocks.standing, 1);
        ports_are(&knocks.at[0], "22537 28893 25631");
        assert_int_equal(knocks.at[0].n_activations, 2 + opens);
        assert_int_equal(knocks.at[0].evidence.opened, 2 + opens);
        finish(&knocks, &m);
    }
}

static void a_peer_to_peer_client_may_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {19255, 2906, 11172};
    for (uint32_t peer = 0; peer < 400; peer++) /* in vain at 400 others */
        add(&plan, (int64_t)peer * 4 * S, KNOCKER, 300 + peer, 6000 + peer * 7, KS_SILENT);
    for (int64_t k = 0; k < 3; k++)
        add_all(&plan, k * 500 * S + 50 * S, ports, 3, 2 * S);
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "19255 2906 11172");
    finish(&knocks, &m);
}

static void mail_clients_that_wait_for_their_server_are_a_fallback_list(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (uint32_t client = 0; client < 9; client++) {
        int64_t start = (int64_t)client * 20 * S;
        add(&plan, start, 50 + client, SERVER, 993, KS_SILENT);
        for (int64_t k = 0; k < 2; k++) {
            add(&plan, start + k * 60 * S + 2 * S, 50 + client, SERVER, 995, KS_SILENT);
            add(&plan, start + k * 60 * S + 4 * S, 50 + client, SERVER, 110, KS_SILENT);
        }
        add(&plan, start + 70 * S, 50 + client, SERVER, 993, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 0);
    assert_true(knocks.n >= 1);
    assert_non_null(strstr(knocks.at[0].set_aside, "fallback list: ports of mail"));
    finish(&knocks, &m);
}

static void datagrams_to_ports_that_follow_each_other_are_enumeration(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {UDP(41015), UDP(41016), UDP(41017), UDP(2978), UDP(2979)};
    for (int64_t k = 0; k < 4; k++) {
        for (size_t j = 0; j < 5; j++)
            add(&plan, k * 300 * S + (int64_t)j * 300 * MS, KNOCKER, TARGET, ports[j], KS_SILENT);
        add(&plan, k * 300 * S + 2 * S, KNOCKER, TARGET, UDP(41018), KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 0);
    assert_true(knocks.n >= 1);
    assert_non_null(strstr(knocks.at[0].set_aside, "enumeration"));
    finish(&knocks, &m);
}

static void a_machine_does_not_knock_at_itself(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {45603, 6500, 13000};
    for (int64_t k = 0; k < 4; k++) {
        for (size_t j = 0; j < 3; j++)
            add(&plan, k * 300 * S + (int64_t)j * S, TARGET, TARGET, ports[j], KS_REFUSED);
        add(&plan, k * 300 * S + 4 * S, TARGET, TARGET, 6633, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_int_equal(knocks.standing, 0);
    assert_true(knocks.n >= 1);
    assert_string_equal(knocks.at[0].set_aside, "a machine to itself");
    finish(&knocks, &m);
}

static void an_open_port_over_which_nothing_is_sent_belongs_to_the_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {7310, 443, 1999, 30112};
    for (int64_t k = 0; k < 4; k++) {
        for (int64_t t = 0; t < 500; t += 50) { /* others use it, and so does the knocker */
            uint32_t who = t % 100 == 0 ? KNOCKER : CLIENT;
            uint16_t port = (uint16_t)(40000 + m.log.n);
            make_try(&m, (k * 600 + t) * S, who, TARGET, port, 443, KS_OPEN);
            make_event(&m, (k * 600 + t) * S + 5 * MS, who, TARGET, port, 443, KS_ACK, 0);
        }
        for (int64_t j = 0; j < 4; j++)
            make_try(&m, (k * 600 + 520) * S + j * 200 * MS, KNOCKER, TARGET, (uint16_t)(40000 + m.log.n),
                     ports[j], ports[j] == 443 ? KS_OPEN : KS_REFUSED);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "7310 443 1999 30112");
    assert_int_equal(knocks.at[0].n_activations, 4);
    finish(&knocks, &m);
}

static void a_clock_that_goes_back_changes_nothing(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {7310, 1999, 30112};
    for (int64_t k = 3; k-- > 0;) { /* the last activation comes first in the capture */
        for (int64_t j = 0; j < 3; j++)
            make_try(&m, (k * 600 + 520) * S + j * 200 * MS, KNOCKER, TARGET, (uint16_t)(40000 + m.log.n),
                     ports[j], KS_REFUSED);
        make_try(&m, (k * 600 + 524) * S, KNOCKER, TARGET, (uint16_t)(50000 + k), 22, KS_OPEN);
        make_event(&m, (k * 600 + 524) * S + MS, KNOCKER, TARGET, (uint16_t)(50000 + k), 22, KS_ACK, 0);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "7310 1999 30112");
    assert_int_equal(knocks.at[0].evidence.opened, 3);
    finish(&knocks, &m);
}

/* One attempt each at ports strewn over the target, in vain, some seconds apart. */
static void strew(struct plan *p, int64_t from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add(p, from + (int64_t)i * 9 * S, KNOCKER, TARGET, (uint32_t)(1500 + i * i * 37 % 60000), KS_REFUSED);
}

static void equal_steps_that_open_a_port_each_time_are_no_scan(void **state)
{
    (void)state;
    static const uint32_t ports[] = {31509, 31508, 31507};
    static struct plan p;
    struct make_log m = {0};
    strew(&p, 0, 60);
    for (int64_t k = 0; k < 3; k++) {
        int64_t t = (700 + k * k * 611 + k * 97) * S;
        add_all(&p, t, ports, 3, S / 2);
        add(&p, t + 3 * S, KNOCKER, TARGET, 4444, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&p, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "31509 31508 31507");
    finish(&knocks, &m);
}

/* Twice is enough to say what a knock opens, minutes later, where the port was tried in vain before or nobody else uses it. */
static void a_late_opening_after_two_activations_is_named(void **state)
{
    (void)state;
    static const uint32_t ports[] = {53493, 57086, 34543, 49460};
    for (unsigned tried = 0; tried < 2; tried++) {
        static struct plan p;
        struct make_log m = {0};
        for (int64_t t = 5; t < 1800; t += 7)
            add(&p, t * S, CLIENT, TARGET, 80, KS_OPEN);
        for (int64_t k = 0; k < 2; k++) {
            int64_t t = (300 + k * 811) * S;
            if (tried != 0)
                add(&p, t - 10 * S, KNOCKER, TARGET, 5900, KS_SILENT);
            add_all(&p, t, ports, 4, S / 2);
            add(&p, t + 120 * S, KNOCKER, TARGET, 5900, KS_OPEN);
        }
        struct ks_knocks knocks = find_planned(&p, &m);
        assert_int_equal(knocks.standing, 1);
        ports_are(&knocks.at[0], "53493 57086 34543 49460");
        assert_int_equal(knocks.at[0].n_opened, 1);
        assert_int_equal(knocks.at[0].opened[0], 5900);
        assert_int_equal(knocks.at[0].evidence.opened, 2);
        finish(&knocks, &m);
    }
}

static void steps_of_a_hundred_twice_are_a_knock(void **state)
{
    (void)state;
    static const uint32_t ports[] = {7000, 8000, 9000};
    static struct plan p;
    struct make_log m = {0};
    for (int64_t t = 5; t < 2000; t += 7)
        add(&p, t * S, CLIENT, TARGET, 80, KS_OPEN);
    add_all(&p, 400 * S, ports, 3, S / 4);
    add_all(&p, 1650 * S, ports, 3, S / 4);
    struct ks_knocks knocks = find_planned(&p, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "7000 8000 9000");
    finish(&knocks, &m);
}

static void closed_ports_that_nobody_else_tries_are_no_health_check(void **state)
{
    (void)state;
    static const uint32_t ports[] = {31222, 54625, 49042, 17633};
    static struct plan p;
    struct make_log m = {0};
    for (int64_t k = 0; k < 20; k++)
        add_all(&p, (10 + k * 60) * S, ports, 4, S / 3);
    struct ks_knocks knocks = find_planned(&p, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "31222 54625 49042 17633");
    finish(&knocks, &m);
}

static void whoever_tries_hundreds_of_targets_may_knock_twice(void **state)
{
    (void)state;
    static const uint32_t ports[] = {191, 11587, 58058, 51842};
    static struct plan p;
    struct make_log m = {0};
    for (uint32_t i = 0; i < 400; i++)
        add(&p, (int64_t)(i * 5) * S, KNOCKER, 1000 + i, 1024 + i * 91 % 60000, KS_SILENT);
    add_all(&p, 433 * S, ports, 4, S / 3);
    add_all(&p, 1651 * S, ports, 4, S / 3);
    struct ks_knocks knocks = find_planned(&p, &m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "191 11587 58058 51842");
    finish(&knocks, &m);
}

/* What kind of ports they are does not matter where a closed port answers after them each time. */
static void datagrams_that_open_a_closed_port_each_time_are_a_knock(void **state)
{
    (void)state;
    static const uint32_t next[] = {UDP(40001), UDP(40002), UDP(40003)}, one[] = {UDP(42159), 42159};
    for (size_t round = 0; round < 2; round++) {
        static struct plan p;
        struct make_log m = {0};
        for (int64_t k = 0; k < 4; k++) {
            int64_t t = (300 + k * k * 211 + k * 97) * S;
            add(&p, t - 20 * S, KNOCKER, TARGET, 3389, KS_REFUSED);
            add_all(&p, t, round == 0 ? next : one, round == 0 ? 3 : 2, S / 2);
            add(&p, t + 3 * S, KNOCKER, TARGET, 3389, KS_OPEN);
        }
        struct ks_knocks knocks = find_planned(&p, &m);
        assert_int_equal(knocks.standing, 1);
        ports_are(&knocks.at[0], round == 0 ? "udp/40001 udp/40002 udp/40003" : "udp/42159 42159");
        finish(&knocks, &m);
    }
}

/* Hundreds of activations are looked at by a sample of them: a port that comes in each of these, and never elsewhere, is the knock's. */
static void a_knock_used_hundreds_of_times_is_found_whole(void **state)
{
    (void)state;
    static const uint32_t ports[] = {24401, 51733, 30911};
    static const unsigned times[] = {25, 105, 150, 200, 300, 390};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct make_log m = {0};
        int64_t at = 100 * S;
        for (unsigned k = 0; k < times[i]; k++) {
            at += 60 * S + (int64_t)(k * 7919 % 6000) * S;
            add_all(&plan, at, ports, 3, 300 * MS);
            add(&plan, at + 1200 * MS, KNOCKER, TARGET, 31337, KS_OPEN);
            add(&plan, at + 20 * S, CLIENT, TARGET, 80, KS_OPEN);
        }
        struct ks_knocks knocks = find_planned(&plan, &m);
        assert_int_equal(knocks.standing, 1);
        ports_are(&knocks.at[0], "24401 51733 30911");
        assert_int_equal(knocks.at[0].n_activations, times[i]);
        finish(&knocks, &m);
    }
}

/* Above the limit it is not found, and that is said. */
static void ports_tried_too_often_for_a_knock_are_told(void **state)
{
    (void)state;
    static const uint32_t ports[] = {24401, 51733, 30911};
    struct make_log m = {0};
    for (unsigned k = 0; k < 401; k++)
        add_all(&plan, 100 * S + k * 60 * S + (int64_t)(k * 7919 % 30) * S, ports, 3, 300 * MS);
    struct ks_knocks knocks = find_planned(&plan, &m);
    assert_string_equal(knocks.limit, "3 ports tried more than 400 times at a target are not taken for a knock's");
    finish(&knocks, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_port_lost_once_is_missing_there_and_not_in_the_knock),
        cmocka_unit_test(a_try_that_went_wrong_is_no_activation),
        cmocka_unit_test(an_activation_that_lacks_a_port_but_opens_is_one),
        cmocka_unit_test(the_knock_that_closes_is_the_other_half_of_the_one_that_opens),
        cmocka_unit_test(a_knock_again_from_the_same_source_ports_is_another_try),
        cmocka_unit_test(knocks_that_share_all_but_a_late_end_are_two),
        cmocka_unit_test(two_slow_knocks_with_one_beginning_that_take_turns_are_two),
        cmocka_unit_test(a_slow_pair_of_ports_that_opens_another_each_time_is_a_knock),
        cmocka_unit_test(a_knock_is_not_lost_between_the_one_that_closes_and_its_next_activation),
        cmocka_unit_test(a_quick_knock_and_the_quick_one_that_closes_half_a_minute_before_it_are_two),
        cmocka_unit_test(sources_that_take_turns_make_one_knock),
        cmocka_unit_test(two_sources_in_turn_count_once_each),
        cmocka_unit_test(a_near_miss_from_a_new_source_that_opens_the_same_port_is_an_activation),
        cmocka_unit_test(a_peer_to_peer_client_may_knock),
        cmocka_unit_test(mail_clients_that_wait_for_their_server_are_a_fallback_list),
        cmocka_unit_test(datagrams_to_ports_that_follow_each_other_are_enumeration),
        cmocka_unit_test(a_machine_does_not_knock_at_itself),
        cmocka_unit_test(an_open_port_over_which_nothing_is_sent_belongs_to_the_knock),
        cmocka_unit_test(a_clock_that_goes_back_changes_nothing),
        cmocka_unit_test(equal_steps_that_open_a_port_each_time_are_no_scan),
        cmocka_unit_test(a_late_opening_after_two_activations_is_named),
        cmocka_unit_test(steps_of_a_hundred_twice_are_a_knock),
        cmocka_unit_test(closed_ports_that_nobody_else_tries_are_no_health_check),
        cmocka_unit_test(whoever_tries_hundreds_of_targets_may_knock_twice),
        cmocka_unit_test(datagrams_that_open_a_closed_port_each_time_are_a_knock),
        cmocka_unit_test(a_knock_used_hundreds_of_times_is_found_whole),
        cmocka_unit_test(ports_tried_too_often_for_a_knock_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
