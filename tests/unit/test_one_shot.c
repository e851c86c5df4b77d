/* src/knocks: bursts that recur in no form, and what opens after them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "unit/knock_logs.h"

static void one_time_pairs_seconds_apart_are_no_scan(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (uint32_t k = 0; k < 40; k++) {
        int64_t t = k * 7 * S;
        uint32_t pair[] = {fresh_port(2 * k),
                           k % 3 == 0 ? UDP(fresh_port(2 * k + 1)) : fresh_port(2 * k + 1)};
        send(&m, t, KNOCKER, 0, pair, 2, 20 * MS, KS_SILENT);
        connect_and_send(&m, t + 1200 * MS, KNOCKER, TARGET, 22);
        if (k % 5 == 4) /* the door is shut again */
            make_try(&m, t + 4 * S, KNOCKER, TARGET, (uint16_t)(50000 + k), 22, KS_SILENT);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    assert_int_equal(knocks.at[0].kind, KS_KNOCK_ONE_SHOT);
    assert_int_equal(knocks.at[0].n_activations, 40);
    assert_int_equal(knocks.at[0].opened[0], 22);
    for (int64_t k = 0; k < 40; k++)
        assert_int_equal(knocks.at[0].activations[k].time, k * 7 * S);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_scan_that_finds_open_ports_is_no_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (uint32_t k = 0; k < 200; k++) {
        uint16_t sport = (uint16_t)(30000 + k);
        make_try(&m, 100 * S + k * 50 * MS, KNOCKER, TARGET, sport, fresh_port(k),
                 k % 40 == 13 ? KS_OPEN : KS_REFUSED);
    }
    traffic(&m, 200 * S, 900 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 0);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_door_that_is_tried_too_early_does_not_end_the_burst(void **state)
{
    (void)state;
    static const uint32_t ports[] = {43169, 14924, 49435, 7003};
    for (int outcome = KS_REFUSED; outcome <= KS_SILENT; outcome++) {
        struct make_log m = {0};
        make_try(&m, 99 * S, KNOCKER, TARGET, 3999, 5002, (enum ks_outcome)outcome);
        int64_t last = send(&m, 100 * S, KNOCKER, 0, ports, 4, 150 * MS, (enum ks_outcome)outcome);
        make_try(&m, last + 2 * S, KNOCKER, TARGET, 4000, 5002, (enum ks_outcome)outcome);
        connect_and_send(&m, last + 6 * S, KNOCKER, TARGET, 5002);
        traffic(&m, 110 * S, 900 * S, 7 * S);
        struct ks_knocks knocks = find(&m);
        assert_int_equal(knocks.standing, 1);
        ports_are(&knocks.at[0], "43169 14924 49435 7003");
        assert_int_equal(knocks.at[0].opened[0], 5002);
        assert_non_null(strstr(knocks.at[0].why, "closed to the source before"));
        ks_knocks_free(&knocks);
        ks_log_free(&m.log);
    }
}

static void what_opens_while_the_burst_goes_on_is_not_its_door(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t first[] = {20202, 10239}, second[] = {20860, 30885};
    int64_t last = send(&m, 100 * S, KNOCKER, 0, first, 2, 200 * MS, KS_REFUSED);
    connect_and_send(&m, last + 90 * MS, KNOCKER, TARGET, 8443);
    last = send(&m, last + 200 * MS, KNOCKER, 0, second, 2, 200 * MS, KS_REFUSED);
    connect_and_send(&m, last + S, KNOCKER, TARGET, 34464);
    traffic(&m, 110 * S, 900 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "20202 10239 20860 30885");
    assert_int_equal(knocks.at[0].opened[0], 34464);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_stray_attempt_seconds_before_a_quick_burst_is_no_part_of_it(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {43169, 14924, 49435, 7003};
    make_try(&m, 93 * S, KNOCKER, TARGET, 3999, 6161, KS_REFUSED);
    int64_t last = send(&m, 100 * S, KNOCKER, 0, ports, 4, 10 * MS, KS_REFUSED);
    connect_and_send(&m, last + 2 * S, KNOCKER, TARGET, 5002);
    traffic(&m, 110 * S, 1900 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "43169 14924 49435 7003");
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void the_same_ports_backwards_close_what_they_opened(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {43169, 14924, 49435}, back[] = {49435, 14924, 43169};
    int64_t last = send(&m, 100 * S, KNOCKER, 0, ports, 3, 100 * MS, KS_SILENT);
    connect_and_send(&m, last + S, KNOCKER, TARGET, 8022);
    last = send(&m, last + 9 * S, KNOCKER, 0, back, 3, 100 * MS, KS_SILENT);
    connect_and_send(&m, last + 3 * S, KNOCKER, TARGET, 9443); /* a port that is new, too */
    traffic(&m, 120 * S, 900 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "43169 14924 49435");
    assert_int_equal(knocks.at[0].n_activations, 1);
    assert_int_equal(knocks.at[0].opened[0], 8022);
    assert_non_null(strstr(knocks.at[0].why, "closed again by the same ports backwards"));
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void sources_that_take_turns_make_one_burst(void **state)
{
    (void)state;
    static const uint32_t ports[] = {27053, 20781, 30774, 27792, 31440};
    for (int way_back = 0; way_back < 2; way_back++) {
        struct make_log m = {0};
        /* One of them is an ordinary host of this network otherwise. */
        for (int64_t t = 0; t < 90; t++)
            connect_and_send(&m, t * S, 202, 10 + (uint32_t)t % 20, 443);
        int64_t t = 100 * S;
        for (uint32_t i = 0; i < 5; i++, t += 300 * MS)
            make_try(&m, t, 200 + i % 4, TARGET, (uint16_t)(40000 + i), ports[i], KS_REFUSED);
        if (way_back)
            connect_and_send(&m, t + S, TARGET, 200, 8022);
        else
            connect_and_send(&m, t + S, 200, TARGET, 8022);
        traffic(&m, 120 * S, 1900 * S, 7 * S);
        struct ks_knocks knocks = find(&m);
        assert_int_equal(knocks.standing, 1);
        ports_are(&knocks.at[0], "27053 20781 30774 27792 31440");
        assert_true(knocks.at[0].evidence.spoofed);
        assert_int_equal(knocks.at[0].opened[0], 8022);
        assert_int_equal(knocks.at[0].activations[0].opening.back, way_back);
        ks_knocks_free(&knocks);
        ks_log_free(&m.log);
    }
}

static void made_up_sources_may_knock_at_a_registered_port(void **state)
{
    (void)state;
    static const uint32_t ports[] = {81, 460, 153};
    struct make_log m = {0};
    traffic(&m, 10 * S, 90 * S, 7 * S);
    for (uint32_t i = 0; i < 3; i++)
        make_try(&m, (100 + i) * S, 200 + i, TARGET, (uint16_t)(40000 + i), ports[i], KS_REFUSED);
    connect_and_send(&m, 103 * S, 202, TARGET, 2222);
    traffic(&m, 120 * S, 1900 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "81 460 153");
    assert_int_equal(knocks.at[0].opened[0], 2222);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_client_that_looks_for_a_game_server_is_no_knocker(void **state)
{
    (void)state;
    struct make_log m = {0};
    traffic(&m, 0, 900 * S, 7 * S);
    static const uint32_t ports[] = {UDP(27016), UDP(27017), UDP(27018), UDP(27020), UDP(3478), UDP(3479)};
    int64_t last = send(&m, 1000 * S, KNOCKER, 0, ports, 6, 30 * MS, KS_SILENT);
    connect_and_send(&m, last + 50 * MS, KNOCKER, TARGET, UDP(27031));
    traffic(&m, 1100 * S, 1900 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 0);
    assert_true(knocks.n > 0);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_service_that_restarts_is_not_what_opened(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {62120, 23364, 46361, 11122};
    for (int64_t t = 5; t < 300; t += 60) /* in use all the time, and away for some seconds now and then */
        connect_and_send(&m, t * S, KNOCKER, TARGET, 50051);
    for (int64_t t = 350; t < 355; t++)
        make_try(&m, t * S, KNOCKER, TARGET, (uint16_t)(3000 + t), 50051, KS_REFUSED);
    int64_t last = send(&m, 350500 * MS, KNOCKER, 0, ports, 4, 1100 * MS, KS_SILENT);
    connect_and_send(&m, last + 1500 * MS, KNOCKER, TARGET, 50051);
    connect_and_send(&m, last + 3 * S, KNOCKER, TARGET, 62140);
    traffic(&m, 360 * S, 1900 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "62120 23364 46361 11122");
    assert_int_equal(knocks.at[0].opened[0], 62140);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void tries_that_failed_at_the_door_are_not_the_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t tries[][3] = {
        {2510, 2031, 2000}, {1111, 2222, 3333}, {1122, 3344, 5566}, {1234, 1337, 7777}};
    int64_t t = S;
    for (size_t k = 0; k < 4; k++) {
        t = send(&m, t, KNOCKER, 0, tries[k], 3, 500 * MS, KS_SILENT) + 500 * MS;
        make_try(&m, t, KNOCKER, TARGET, (uint16_t)(50000 + k), 8200, k < 3 ? KS_REFUSED : KS_OPEN);
        t += 200 * MS;
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "1234 1337 7777");
    assert_int_equal(knocks.at[0].opened[0], 8200);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void scattered_datagrams_before_a_port_opens_are_no_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {UDP(45603), UDP(500), UDP(13000)};
    for (int64_t t = 0; t < 40; t++) /* some stray datagram every minute, and ports open now and then */
        make_try(&m, t * 60 * S, KNOCKER, TARGET, 4000, UDP(20000 + 613 * (uint32_t)t), KS_SILENT);
    for (int64_t t = 0; t < 20; t++)
        connect_and_send(&m, t * 120 * S + S, KNOCKER, TARGET, 9000 + (uint32_t)t * 17);
    make_try(&m, 2000 * S, KNOCKER, TARGET, 3999, 6633, KS_REFUSED);
    int64_t last = send(&m, 2400 * S, KNOCKER, 0, ports, 3, 40 * S, KS_SILENT);
    connect_and_send(&m, last + 170 * S, KNOCKER, TARGET, 6633);
    traffic(&m, 2700 * S, 5000 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 0);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_knock_that_opens_now_this_port_now_that_one_names_each(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {999, 888, 777, 666, 555}, doors[] = {1234, 4321, 1234, 1234, 4321};
    for (int64_t k = 0; k < 5; k++) {
        traffic(&m, k * 600 * S, k * 600 * S + 300 * S, 7 * S);
        make_try(&m, k * 600 * S + 390 * S, KNOCKER, TARGET, (uint16_t)(3000 + k), doors[k], KS_REFUSED);
        int64_t last = send(&m, k * 600 * S + 400 * S, KNOCKER, 0, ports, 5, 200 * MS, KS_REFUSED);
        connect_and_send(&m, last + 1800 * MS, KNOCKER, TARGET, doors[k]);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    assert_int_equal(knocks.at[0].n_opened, 2);
    assert_non_null(
        strstr(knocks.at[0].why, "; ports 1234 and 4321 opened after 5, closed to the source before"));
    for (size_t k = 0; k < 5; k++) {
        assert_true(knocks.at[0].activations[k].opened);
        assert_int_equal(knocks.at[0].activations[k].opening.item, doors[k]);
    }
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void round_numbers_are_a_persons_choice(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {7000, 8000, 9000}; /* two of them registered */
    traffic(&m, 0, 900 * S, 7 * S);
    int64_t last = send(&m, 1000 * S, KNOCKER, 0, ports, 3, 300 * MS, KS_SILENT);
    connect_and_send(&m, last + S, KNOCKER, TARGET, 5125);
    traffic(&m, 1100 * S, 1900 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "7000 8000 9000");
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

/* A scan of n ports of the target by the knocker, from one source port or (0) a new one each. */
static int64_t scan(struct make_log *m, int64_t time, uint32_t n, int64_t gap, uint16_t sport, bool ascending,
                    enum ks_outcome outcome)
{
    for (uint32_t k = 0; k < n; k++)
        make_try(m, time + k * gap, KNOCKER, TARGET,
                 sport != 0 ? sport : (uint16_t)(20000 + m->log.n * 7919 % 20000),
                 ascending ? 100 + k : 1 + k * 7907 % 9973, outcome);
    return time + n * gap;
}

/* One knock that opens a port, alone above the line, told apart from a scan. */
static void stands_apart(struct make_log *m, const char *ports, uint32_t opened)
{
    traffic(m, 400 * S, 1900 * S, 7 * S);
    struct ks_knocks knocks = find(m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], ports);
    assert_int_equal(knocks.at[0].n_activations, 1);
    assert_int_equal(knocks.at[0].opened[0], opened);
    assert_non_null(strstr(knocks.at[0].why, "apart from a scan by the same source"));
    ks_knocks_free(&knocks);
    ks_log_free(&m->log);
}

static const uint32_t hidden[] = {43169, 14924, 49435, 7003};

static void a_knock_inside_a_scan_has_other_source_ports(void **state)
{
    (void)state;
    struct make_log m = {0};
    int64_t t = scan(&m, 100 * S, 150, 10 * MS, 51515, false, KS_REFUSED);
    for (size_t i = 0; i < 4; i++) { /* the scan goes on between its attempts */
        make_try(&m, t + 2 * MS, KNOCKER, TARGET, (uint16_t)(33000 + 1709 * i), hidden[i], KS_REFUSED);
        t = scan(&m, t + 5 * MS, 5, 10 * MS, 51515, false, KS_REFUSED);
    }
    scan(&m, t, 100, 10 * MS, 51515, false, KS_REFUSED);
    connect_and_send(&m, t + 3 * S, KNOCKER, TARGET, 5002);
    stands_apart(&m, "43169 14924 49435 7003", 5002);
}

static void a_knock_before_or_after_a_scan_is_parted_from_it_by_a_pause(void **state)
{
    (void)state;
    for (int after = 0; after < 2; after++) {
        struct make_log m = {0};
        int64_t t = 100 * S;
        if (after)
            t = scan(&m, t, 200, 10 * MS, 0, false, KS_SILENT) + 3 * S;
        t = send(&m, t, KNOCKER, 0, hidden, 4, 20 * MS, KS_SILENT) + S;
        connect_and_send(&m, t, KNOCKER, TARGET, 5002);
        if (!after)
            scan(&m, t + 5 * S, 200, 10 * MS, 0, false, KS_SILENT);
        stands_apart(&m, "43169 14924 49435 7003", 5002);
    }
}

static void a_knock_inside_a_scan_in_order_is_out_of_it(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (uint32_t k = 0; k < 300; k++) {
        int64_t t = 100 * S + k * 20 * MS;
        make_try(&m, t, KNOCKER, TARGET, (uint16_t)(20000 + m.log.n), 1000 + k, KS_REFUSED);
        if (k >= 100 && k < 120 && k % 5 == 0)
            make_try(&m, t + 10 * MS, KNOCKER, TARGET, (uint16_t)(20000 + m.log.n), hidden[(k - 100) / 5],
                     KS_REFUSED);
    }
    connect_and_send(&m, 110 * S, KNOCKER, TARGET, 5002);
    stands_apart(&m, "43169 14924 49435 7003", 5002);
}

static void the_first_probes_of_a_scan_are_no_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    int64_t t = scan(&m, 100 * S, 9, 0, 0, false, KS_SILENT) + 1100 * MS; /* waits for answers first */
    for (uint32_t k = 0; k < 300; k++)
        make_try(&m, t + k * 5 * MS, KNOCKER, TARGET, (uint16_t)(50000 + k), fresh_port(k),
                 k % 100 == 1 ? KS_OPEN : KS_REFUSED);
    traffic(&m, 200 * S, 900 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 0);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_port_may_open_to_another_source(void **state)
{
    (void)state;
    for (int new = 0; new < 2; new ++) {
        struct make_log m = {0};
        traffic(&m, 0, 300 * S, 7 * S);
        if (new == 0) /* the port is open to others all the time: nothing says that it opened */
            connect_and_send(&m, 50 * S, SERVER, TARGET, 5002);
        int64_t last = send(&m, 300 * S, KNOCKER, 0, hidden, 4, 150 * MS, KS_REFUSED);
        connect_and_send(&m, last + 20 * S, SERVER + 1, TARGET, 5002);
        traffic(&m, 330 * S, 1900 * S, 7 * S);
        struct ks_knocks knocks = find(&m);
        assert_int_equal(knocks.standing, new);
        if (new) {
            ports_are(&knocks.at[0], "43169 14924 49435 7003");
            assert_int_not_equal(knocks.at[0].activations[0].source,
                                 m.log.source[knocks.at[0].activations[0].opening.event]);
            assert_int_equal(knocks.at[0].opened[0], 5002);
            assert_non_null(strstr(knocks.at[0].why, "port 5002 opened to another source"));
        }
        ks_knocks_free(&knocks);
        ks_log_free(&m.log);
    }
}

static void a_stray_attempt_after_a_burst_is_no_part_of_it(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (uint32_t k = 0; k < 20; k++) /* it tries others now and then */
        make_try(&m, k * 240 * S, KNOCKER, TARGET, (uint16_t)(20000 + k), fresh_port(k), KS_SILENT);
    int64_t last = send(&m, 2500 * S, KNOCKER, 0, hidden, 4, 3 * S, KS_SILENT);
    make_try(&m, last + 60 * S, KNOCKER, TARGET, 3999, 61234, KS_SILENT);
    connect_and_send(&m, last + 80 * S, KNOCKER, TARGET, 5002);
    traffic(&m, 0, 4800 * S, 31 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "43169 14924 49435 7003");
    assert_int_equal(knocks.at[0].opened[0], 5002);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void attempts_in_vain_all_day_do_not_open_a_port_that_opens_all_day(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (uint32_t k = 0; k < 160; k++)
        make_try(&m, k * 7 * S + k * k % 5 * S, KNOCKER, TARGET, (uint16_t)(20000 + k), fresh_port(k),
                 KS_REFUSED);
    for (uint32_t k = 1; k < 9; k++)
        connect_and_send(&m, k * 131 * S, KNOCKER, TARGET, 49218);
    traffic(&m, 0, 1200 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 0);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void attempts_strewn_before_a_burst_are_no_part_of_it(void **state)
{
    (void)state;
    struct make_log m = {0};
    int64_t t = 0;
    for (uint32_t k = 0; k < 14; k++) { /* all that it tries comes before the opening */
        t = (95 + 75 * k) * S;
        make_try(&m, t, KNOCKER, TARGET, (uint16_t)(20000 + k), fresh_port(k), KS_SILENT);
    }
    int64_t last = send(&m, t + 65 * S, KNOCKER, 0, hidden, 4, 10 * MS, KS_SILENT);
    make_try(&m, last + 13 * S, KNOCKER, TARGET, 3999, 61234, KS_SILENT);
    make_try(&m, last + 25 * S, KNOCKER, TARGET, 4999, 51234, KS_SILENT);
    connect_and_send(&m, last + 50 * S, KNOCKER, TARGET, 22);
    traffic(&m, 0, 2400 * S, 31 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "43169 14924 49435 7003");
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

/* The first try lacks a port, or has a wrong one, and opens nothing; the second one does. */
static void a_knock_that_went_wrong_and_was_done_again_is_one(void **state)
{
    (void)state;
    static const uint32_t wrong[][4] = {{43169, 14924, 49435, 7030}, {43169, 49435, 7003, 0}};
    for (size_t i = 0; i < 2; i++) {
        struct make_log m = {0};
        int64_t last = send(&m, 300 * S, KNOCKER, 0, wrong[i], i == 0 ? 4 : 3, 600 * MS, KS_REFUSED);
        last = send(&m, last + 13 * S, KNOCKER, 0, hidden, 4, 600 * MS, KS_REFUSED);
        connect_and_send(&m, last + 2 * S, KNOCKER, TARGET, 5002);
        traffic(&m, 0, 1900 * S, 31 * S);
        struct ks_knocks knocks = find(&m);
        assert_int_equal(knocks.standing, 1);
        assert_int_equal(knocks.at[0].kind, KS_KNOCK_ONE_SHOT);
        ports_are(&knocks.at[0], "43169 14924 49435 7003");
        assert_int_equal(knocks.at[0].activations[0].opening.after, 2 * S);
        bool told = false;
        for (size_t k = 1; k < knocks.n; k++)
            told = told || strstr(knocks.at[k].set_aside, "of which the last opened a port") != NULL;
        assert_true(told);
        ks_knocks_free(&knocks);
        ks_log_free(&m.log);
    }
}

static void attempts_strewn_after_a_quick_burst_are_no_part_of_it(void **state)
{
    (void)state;
    struct make_log m = {0};
    int64_t last = send(&m, 500 * S, KNOCKER, 0, hidden, 4, 10 * MS, KS_SILENT);
    for (uint32_t k = 0; k < 80; k++) /* several come between the burst and the door, too */
        make_try(&m, (12 + 15 * k) * S + k * k % 7 * S, KNOCKER, TARGET, (uint16_t)(20000 + k), fresh_port(k),
                 KS_SILENT);
    connect_and_send(&m, last + 66 * S, KNOCKER, TARGET, 8443);
    traffic(&m, 0, 1200 * S, 31 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "43169 14924 49435 7003");
    assert_int_equal(knocks.at[0].opened[0], 8443);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_door_may_be_asked_for_while_others_are_tried(void **state)
{
    (void)state;
    struct make_log m = {0};
    int64_t last = send(&m, 500 * S, KNOCKER, 0, hidden, 4, 400 * MS, KS_SILENT);
    for (uint32_t k = 0; k < 3; k++)
        make_try(&m, last + (20 + 25 * k) * S, KNOCKER, TARGET, (uint16_t)(30000 + k), 8443, KS_SILENT);
    for (uint32_t k = 0; k < 13; k++) /* now and then; once before the door opens */
        make_try(&m, (38 + 137 * k) * S, KNOCKER, TARGET, (uint16_t)(20000 + k), fresh_port(k), KS_SILENT);
    connect_and_send(&m, last + 100 * S, KNOCKER, TARGET, 8443);
    traffic(&m, 0, 1900 * S, 31 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "43169 14924 49435 7003");
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_service_that_is_used_all_day_is_not_what_bursts_open(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (uint32_t k = 0; k < 40; k++) /* in vain, in twos */
        make_try(&m, (40 + k / 2 * 58 + k % 2 * 3 + k * k % 7) * S, KNOCKER, TARGET, (uint16_t)(20000 + k),
                 fresh_port(k), KS_SILENT);
    for (uint32_t k = 0; k < 170; k++) /* and the target fetches something back all the time */
        connect_and_send(&m, 45 * S + (k * 7 + k * k % 5) * S, TARGET, KNOCKER, 873);
    traffic(&m, 0, 1200 * S, 31 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 0);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

/* Each within the minutes before an answer of the name server, at no pace of its own. */
static void attempts_without_a_rhythm_open_no_name_service(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const int64_t at[] = {100, 128, 147, 458, 467, 651, 660, 740, 746, 750, 838, 848, 920, 1011, 1077};
    static const int64_t after[] = {190, 477, 668, 860, 872};
    for (uint32_t k = 0; k < sizeof at / sizeof *at; k++)
        make_try(&m, at[k] * S, KNOCKER, TARGET, (uint16_t)(20000 + k), fresh_port(k), KS_REFUSED);
    for (size_t k = 0; k < sizeof after / sizeof *after; k++)
        connect_and_send(&m, after[k] * S, KNOCKER, TARGET, UDP(53));
    for (int64_t t = 0; t < 1200; t += 9)
        connect_and_send(&m, t * S + 500 * MS, KNOCKER, TARGET, 443);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 0);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void what_two_knocks_begin_with_is_no_knock(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t first[] = {769, 439, 269, 230, 717}, second[] = {769, 439, 60417, 27823, 27835};
    traffic(&m, 10 * S, 90 * S, 7 * S);
    int64_t last = send(&m, 100 * S, KNOCKER, 0, first, 5, 200 * MS, KS_REFUSED);
    connect_and_send(&m, last + 250 * MS, KNOCKER, TARGET, 31337);
    last = send(&m, 160 * S, KNOCKER, 0, second, 5, 200 * MS, KS_REFUSED);
    connect_and_send(&m, last + 250 * MS, KNOCKER, TARGET, 57217);
    traffic(&m, 170 * S, 400 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(knocks.at[i].kind, KS_KNOCK_ONE_SHOT);
        assert_int_equal(knocks.at[i].n_ports, 5);
    }
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

/* Most of the attempts of its source are other bursts of the kind: they say nothing against its first ports.
 */
static void a_slow_burst_among_others_is_found_whole(void **state)
{
    (void)state;
    static const int64_t pauses[5][5] = {{2900, 1900, 6000, 5200, 2200},
                                         {3000, 5500, 5400, 1150, 1170},
                                         {2800, 2800, 2550, 4900, 6100},
                                         {3300, 1950, 5500, 2000, 1800},
                                         {3200, 5700, 5300, 1500, 5300}};
    struct make_log m = {0};
    for (uint32_t k = 0; k < 5; k++) {
        int64_t t = (100 + 90 * (int64_t)k) * S;
        for (uint32_t j = 0; j < 6; j++) {
            make_try(&m, t, KNOCKER, TARGET, (uint16_t)(40000 + 10 * k + j), fresh_port(6 * k + j),
                     KS_REFUSED);
            t += j < 5 ? pauses[k][j] * MS : 200 * MS;
        }
        connect_and_send(&m, t, KNOCKER, TARGET, 8022);
    }
    traffic(&m, 560 * S, 600 * S, 7 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    assert_int_equal(knocks.at[0].n_activations, 5);
    for (size_t a = 0; a < 5; a++)
        assert_int_equal(knocks.at[0].activations[a].n_events, 6);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_time_pairs_seconds_apart_are_no_scan),
        cmocka_unit_test(a_scan_that_finds_open_ports_is_no_knock),
        cmocka_unit_test(a_door_that_is_tried_too_early_does_not_end_the_burst),
        cmocka_unit_test(what_opens_while_the_burst_goes_on_is_not_its_door),
        cmocka_unit_test(a_stray_attempt_seconds_before_a_quick_burst_is_no_part_of_it),
        cmocka_unit_test(the_same_ports_backwards_close_what_they_opened),
        cmocka_unit_test(sources_that_take_turns_make_one_burst),
        cmocka_unit_test(made_up_sources_may_knock_at_a_registered_port),
        cmocka_unit_test(a_client_that_looks_for_a_game_server_is_no_knocker),
        cmocka_unit_test(a_service_that_restarts_is_not_what_opened),
        cmocka_unit_test(tries_that_failed_at_the_door_are_not_the_knock),
        cmocka_unit_test(scattered_datagrams_before_a_port_opens_are_no_knock),
        cmocka_unit_test(round_numbers_are_a_persons_choice),
        cmocka_unit_test(a_knock_that_opens_now_this_port_now_that_one_names_each),
        cmocka_unit_test(a_knock_inside_a_scan_has_other_source_ports),
        cmocka_unit_test(a_knock_before_or_after_a_scan_is_parted_from_it_by_a_pause),
        cmocka_unit_test(a_knock_inside_a_scan_in_order_is_out_of_it),
        cmocka_unit_test(the_first_probes_of_a_scan_are_no_knock),
        cmocka_unit_test(a_port_may_open_to_another_source),
        cmocka_unit_test(a_stray_attempt_after_a_burst_is_no_part_of_it),
        cmocka_unit_test(attempts_strewn_before_a_burst_are_no_part_of_it),
        cmocka_unit_test(a_knock_that_went_wrong_and_was_done_again_is_one),
        cmocka_unit_test(attempts_strewn_after_a_quick_burst_are_no_part_of_it),
        cmocka_unit_test(a_door_may_be_asked_for_while_others_are_tried),
        cmocka_unit_test(a_service_that_is_used_all_day_is_not_what_bursts_open),
        cmocka_unit_test(attempts_without_a_rhythm_open_no_name_service),
        cmocka_unit_test(what_two_knocks_begin_with_is_no_knock),
        cmocka_unit_test(a_slow_burst_among_others_is_found_whole),
        cmocka_unit_test(attempts_in_vain_all_day_do_not_open_a_port_that_opens_all_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
