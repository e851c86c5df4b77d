/* src/knocks: what is set aside, and what looks like it and is not. */
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

/* The knock with these ports, or NULL. */
static const struct ks_knock *knock_with(const struct ks_knocks *knocks, const uint32_t *ports, size_t n)
{
    for (size_t i = 0; i < knocks->n; i++) {
        const struct ks_knock *k = &knocks->at[i];
        bool same = k->n_ports == n;
        for (size_t j = 0; j < n && same; j++)
            same = k->ports[j] == ks_item_port((enum ks_proto)(ports[j] >> 16), (uint16_t)ports[j]);
        if (same)
            return k;
    }
    return NULL;
}

static void equal_steps_are_a_knock_by_a_source_that_tries_other_ports_too(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {9990, 9880, 9770};
    traffic(&m, 0, 3600 * S, 11 * S);
    for (uint32_t k = 0; k < 4; k++) {
        for (uint32_t j = 0; j < 10; j++) { /* chaff, minutes away from the knock */
            uint32_t chaff = 20000 + (k * 10 + j) * 977 % 30000;
            send(&m, k * 800 * S + j * 20 * S, KNOCKER, 0, &chaff, 1, 0, KS_REFUSED);
        }
        send(&m, k * 800 * S + 500 * S, KNOCKER, 0, ports, 3, 200 * MS, KS_REFUSED);
    }
    struct ks_knocks knocks = find(&m);
    const struct ks_knock *knock = knock_with(&knocks, ports, 3);
    assert_non_null(knock);
    assert_null(knock->set_aside);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void equal_steps_are_a_scan_where_the_source_goes_on(void **state)
{
    (void)state;
    struct make_log m = {0};
    traffic(&m, 0, 3600 * S, 11 * S);
    for (uint32_t k = 0; k < 4; k++) /* ten ports in equal steps, with the neighbours that differ each time */
        for (uint32_t j = 0; j < 20; j++) {
            uint32_t port = j < 5 ? 27352 + 10 * j + k : j < 15 ? 27360 + 10 * j : 27361 + 10 * j + k;
            send(&m, k * 800 * S + k * k * 7 * S + j * 100 * MS, KNOCKER, 0, &port, 1, 0, KS_REFUSED);
        }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 0);
    assert_true(knocks.n > 0 && strstr(knocks.at[0].set_aside, "equal steps") != NULL);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void steps_do_not_go_on_at_a_service_that_is_used_all_the_time(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {1111, 2222, 3333};
    for (uint32_t k = 0; k < 30; k++) { /* others, minutes away from the knock */
        uint32_t other = 20000 + k * 977 % 30000;
        send(&m, k * 120 * S, KNOCKER, 0, &other, 1, 0, KS_REFUSED);
    }
    int64_t last = send(&m, 1550 * S, KNOCKER, 0, ports, 3, 120 * MS, KS_REFUSED);
    for (int64_t t = S; t < 3600 * S; t += 5 * S) {
        make_try(&m, t, KNOCKER, TARGET, (uint16_t)(30000 + m.log.n % 30000), 443, KS_OPEN);
        make_try(&m, t + S, KNOCKER, TARGET, (uint16_t)(30000 + m.log.n % 30000), 5000, KS_OPEN);
    }
    make_try(&m, last + 300 * MS, KNOCKER, TARGET, 29999, 8443, KS_OPEN);
    make_event(&m, last + 320 * MS, KNOCKER, TARGET, 29999, 8443, KS_ACK, 0);
    struct ks_knocks knocks = find(&m);
    const struct ks_knock *knock = knock_with(&knocks, ports, 3);
    assert_non_null(knock);
    assert_null(knock->set_aside);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void closed_ports_that_are_no_services_are_no_health_check(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {27411, 9814, 51230}, services[] = {8443, 9100, 5432};
    for (int64_t k = 0; k < 20; k++) {
        traffic(&m, k * 100 * S, k * 100 * S + 60 * S, 9 * S);
        send(&m, k * 100 * S + 70 * S, KNOCKER, 0, ports, 3, 200 * MS, KS_REFUSED);
        send(&m, k * 97 * S + 80 * S, SERVER, 0, services, 3, 200 * MS, KS_REFUSED);
    }
    struct ks_knocks knocks = find(&m);
    const struct ks_knock *knock = knock_with(&knocks, ports, 3), *check = knock_with(&knocks, services, 3);
    assert_non_null(knock);
    assert_null(knock->set_aside);
    assert_int_equal(knock->n_activations, 20);
    assert_true(check == NULL || check->set_aside != NULL);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

/* By the clock, and one of its ports happens to have a service's number. */
static void one_registered_port_of_several_makes_no_health_check(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {841, 774, 284, 417, 646, 248, 47, 209};
    for (int64_t k = 0; k < 20; k++) {
        traffic(&m, k * 32 * S, k * 32 * S + 20 * S, 9 * S);
        send(&m, k * 32 * S + 25 * S, KNOCKER, 0, ports, 8, 50 * MS, KS_REFUSED);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "841 774 284 417 646 248 47 209");
    assert_int_equal(knocks.at[0].n_activations, 20);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

/* Datagrams to ports beside each other, as who looks for a server sends them; `opens`: each time the same
 * port opens that was closed. */
static struct ks_knocks find_datagrams(bool opens)
{
    struct make_log m = {0};
    static const uint32_t ports[] = {UDP(42000), UDP(42001), UDP(42002)}, door = 2222;
    traffic(&m, 0, 3000 * S, 11 * S);
    for (int64_t k = 0; k < 3; k++) {
        send(&m, k * 900 * S + 90 * S, KNOCKER, 0, &door, 1, 0, KS_REFUSED);
        int64_t last = send(&m, k * 900 * S + 100 * S, KNOCKER, 0, ports, 3, 100 * MS, KS_SILENT);
        if (opens)
            send(&m, last + S, KNOCKER, 0, &door, 1, 0, KS_OPEN);
    }
    struct ks_knocks knocks = find(&m);
    ks_log_free(&m.log);
    return knocks;
}

static void neighbouring_datagrams_are_an_enumeration_unless_a_closed_port_opens(void **state)
{
    (void)state;
    static const uint32_t ports[] = {UDP(42000), UDP(42001), UDP(42002)};
    struct ks_knocks knocks = find_datagrams(true);
    const struct ks_knock *knock = knock_with(&knocks, ports, 3);
    assert_non_null(knock);
    assert_null(knock->set_aside);
    assert_int_equal(knock->opened[0], 2222);
    ks_knocks_free(&knocks);
    knocks = find_datagrams(false);
    assert_int_equal(knocks.standing, 0);
    ks_knocks_free(&knocks);
}

/* Two and a half minutes of a busy source, `rounds` times. Its attempts in vain at each peer come in the same
 * order each time only because they are played again; MOVED: the other attempts by and to other hosts each time;
 * SCANNED: by one other source, at one target; SHIFTED: at other times, SCANNED_SHIFTED: both. */
enum round { AGAIN, MOVED, SCANNED, SHIFTED, SCANNED_SHIFTED };

static struct ks_knocks find_rounds(uint32_t rounds, enum round how)
{
    struct make_log m = {0};
    static const uint32_t ports[] = {27411, 9814, 51230};
    bool scanned = how == SCANNED || how == SCANNED_SHIFTED, shifted = how == SHIFTED || how == SCANNED_SHIFTED;
    for (uint32_t k = 0; k < rounds; k++) {
        for (uint32_t j = 0; j < 60; j++)
            make_try(&m, k * 1000 * S + j * 2500 * MS + (shifted ? k * j * 7 * MS : 0),
                     how == MOVED ? 9000 + k : scanned ? 9000 : KNOCKER,
                     scanned ? 100 : 100 + j + (how == MOVED ? 1000 * k : 0), (uint16_t)(40000 + m.log.n), 6881 + j,
                     KS_SILENT);
        send(&m, k * 1000 * S + 151 * S, KNOCKER, 0, ports, 3, 200 * MS, KS_REFUSED);
    }
    struct ks_knocks knocks = find(&m);
    ks_log_free(&m.log);
    return knocks;
}

static void a_recording_played_again_is_told_from_a_knock(void **state)
{
    (void)state;
    static const uint32_t ports[] = {27411, 9814, 51230};
    const struct ks_knock *knock;
    struct ks_knocks knocks;
    for (enum round how = AGAIN; how <= SCANNED; how++) {
        knocks = find_rounds(3, how);
        knock = knock_with(&knocks, ports, 3);
        assert_non_null(knock);
        assert_non_null(knock->set_aside);
        assert_non_null(strstr(knock->set_aside, "played again"));
        ks_knocks_free(&knocks);
    }
    for (enum round how = SHIFTED; how <= SCANNED_SHIFTED; how++) {
        knocks = find_rounds(3, how);
        knock = knock_with(&knocks, ports, 3);
        assert_non_null(knock);
        assert_null(knock->set_aside);
        ks_knocks_free(&knocks);
    }
}

/* Minutes after each activation another port answers that never did before. */
static void late_openings_are_named_but_do_not_count(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {27411, 9814}, doors[] = {4444, 5002};
    double score[2];
    for (int opens = 0; opens < 2; opens++) {
        m = (struct make_log){0};
        for (int64_t k = 0; k < 2; k++) {
            traffic(&m, k * 400 * S, k * 400 * S + 90 * S, 9 * S);
            int64_t last = send(&m, k * 400 * S + 100 * S, KNOCKER, 0, ports, 2, 200 * MS, KS_REFUSED);
            if (opens)
                send(&m, last + 150 * S + k * 20 * S, KNOCKER, 0, &doors[k], 1, 0, KS_OPEN);
            traffic(&m, k * 400 * S + 300 * S, k * 400 * S + 390 * S, 9 * S);
        }
        struct ks_knocks knocks = find(&m);
        const struct ks_knock *knock = knock_with(&knocks, ports, 2);
        assert_non_null(knock);
        assert_null(knock->set_aside);
        assert_int_equal(knock->n_opened, opens ? 2 : 0);
        if (opens) {
            assert_int_equal(knock->opened[0], 4444);
            assert_int_equal(knock->opened[1], 5002);
            assert_non_null(strstr(knock->why, "chance could explain"));
        }
        score[opens] = knock->evidence.score;
        ks_knocks_free(&knocks);
        ks_log_free(&m.log);
    }
    assert_true(score[1] < score[0] + 1);
}

static void datagrams_downwards_are_no_enumeration(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {UDP(27540), UDP(27539), UDP(27538)};
    traffic(&m, 0, 3000 * S, 11 * S);
    for (int64_t k = 0; k < 5; k++)
        send(&m, k * 500 * S + k * k * 7 * S, KNOCKER, 0, ports, 3, 100 * MS, KS_UNREACHABLE);
    struct ks_knocks knocks = find(&m);
    const struct ks_knock *knock = knock_with(&knocks, ports, 3);
    assert_non_null(knock);
    assert_null(knock->set_aside);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

/* Datagrams with content from port 53, as packet tools send them; `server`: of a host that is asked for
 * names. */
static struct ks_knocks find_from_names_port(bool server)
{
    struct make_log m = {0};
    static const uint32_t ports[] = {29367, UDP(29358), UDP(9375)};
    traffic(&m, 0, 3000 * S, 11 * S);
    for (int64_t k = 0; k < 4; k++) {
        int64_t time = k * 600 * S + k * k * 7 * S;
        if (server)
            make_try(&m, time - S, CLIENT, KNOCKER, 40000, UDP(53), KS_SILENT);
        for (int64_t j = 0; j < 3; j++)
            make_event(&m, time + j * 150 * MS, KNOCKER, TARGET, ports[j] >> 16 == KS_UDP ? 53 : 20, ports[j],
                       ports[j] >> 16 == KS_UDP ? 0 : KS_SYN,
                       (uint8_t)(KS_MARK_ATTEMPT | (unsigned)KS_UNREACHABLE << 2));
    }
    struct ks_knocks knocks = find(&m);
    ks_log_free(&m.log);
    return knocks;
}

static void datagrams_from_the_names_port_are_replies_only_of_a_name_server(void **state)
{
    (void)state;
    static const uint32_t ports[] = {29367, UDP(29358), UDP(9375)};
    struct ks_knocks knocks = find_from_names_port(false);
    const struct ks_knock *knock = knock_with(&knocks, ports, 3);
    assert_non_null(knock);
    assert_null(knock->set_aside);
    ks_knocks_free(&knocks);
    knocks = find_from_names_port(true);
    assert_null(knock_with(&knocks, ports, 3));
    ks_knocks_free(&knocks);
}

static void services_that_are_down_for_a_while_are_an_outage(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {22, 3306}, door = 5432;
    traffic(&m, 0, 6000 * S, 11 * S);
    for (uint32_t k = 0; k < 20; k++) { /* of four clients; down from the sixth to the eleventh time */
        enum ks_outcome outcome = k > 5 && k < 12 ? KS_REFUSED : KS_OPEN;
        int64_t last = send(&m, k * 290 * S + k * k * S, 20 + k % 4, 0, ports, 2, 20 * MS, outcome);
        send(&m, last + 20 * MS, 20 + k % 4, 0, &door, 1, 0, outcome);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 0);
    assert_true(knocks.n > 0 && strstr(knocks.at[0].set_aside, "outage") != NULL);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void two_services_before_one_that_others_use_are_an_outage(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {8000, 1521};
    for (int64_t k = 0; k < 30; k++) /* another one has used it all day */
        make_try(&m, k * 60 * S, CLIENT, TARGET, (uint16_t)(20000 + k), 8443, KS_OPEN);
    make_try(&m, 1500 * S, KNOCKER, TARGET, 29998, 8443, KS_REFUSED);
    int64_t last = send(&m, 1550 * S, KNOCKER, 0, ports, 2, 300 * MS, KS_REFUSED);
    make_try(&m, last + 2 * S, KNOCKER, TARGET, 29999, 8443, KS_OPEN);
    make_event(&m, last + 2 * S + MS, KNOCKER, TARGET, 29999, 8443, KS_ACK, 0);
    struct ks_knocks knocks = find(&m);
    const struct ks_knock *knock = knock_with(&knocks, ports, 2);
    assert_non_null(knock);
    assert_non_null(knock->set_aside);
    assert_non_null(strstr(knock->set_aside, "outage"));
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_port_that_another_knock_opened_is_named_for_both(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t first[] = {27411, 9814, 51230}, second[] = {15211, 33871, 6160}, door = 4444;
    traffic(&m, 0, 4000 * S, 11 * S);
    for (int64_t k = 0; k < 3; k++) {
        int64_t last = send(&m, k * 1000 * S + k * k * 7 * S, KNOCKER, 0, first, 3, 200 * MS, KS_REFUSED);
        send(&m, last + S, KNOCKER, 0, &door, 1, 0, KS_OPEN);
        last = send(&m, k * 1000 * S + 500 * S + k * k * 5 * S, KNOCKER, 0, second, 3, 200 * MS, KS_REFUSED);
        send(&m, last + 90 * S, KNOCKER, 0, &door, 1, 0, KS_OPEN);
    }
    struct ks_knocks knocks = find(&m);
    const struct ks_knock *a = knock_with(&knocks, first, 3), *b = knock_with(&knocks, second, 3);
    assert_true(a != NULL && b != NULL);
    for (size_t i = 0; i < 3; i++) {
        assert_true(a->activations[i].opened && a->activations[i].opening.after == S);
        assert_true(b->activations[i].opened && b->activations[i].opening.after == 90 * S);
    }
    assert_int_equal(b->opened[0], 4444);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

/* Around each activation the knocker tries other ports, never the same ones, before the door opens. */
static void attempts_around_a_knock_are_no_knock_of_their_own(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {27411, 9814, 51230}, door = 4444;
    traffic(&m, 0, 3000 * S, 11 * S);
    for (uint32_t k = 0; k < 4; k++) {
        int64_t time = k * 700 * S + k * k * 7 * S;
        uint32_t chaff[3];
        for (uint32_t j = 0; j < 3; j++)
            chaff[j] = 20000 + (k * 3 + j) * 1977 % 20000;
        send(&m, time, KNOCKER, 0, ports, 3, 400 * MS, KS_REFUSED);
        send(&m, time + 100 * MS, KNOCKER, 0, chaff, 3, 400 * MS, KS_REFUSED);
        send(&m, time + 3 * S, KNOCKER, 0, &door, 1, 0, KS_OPEN);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "27411 9814 51230");
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

/* Two scanners try the same two services; a port that was closed opens after one of them. */
static void services_that_scanners_look_for_are_no_knock_for_one_opening(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {27017, 1433}, door = 9968;
    traffic(&m, 0, 4000 * S, 11 * S);
    for (uint32_t k = 0; k < 2; k++) {
        send(&m, k * 1500 * S + 90 * S, KNOCKER, 0, &door, 1, 0, KS_REFUSED);
        send(&m, k * 1500 * S + 100 * S, 20 + k, 0, ports, 2, 20 * MS, KS_REFUSED);
        if (k == 0) {
            uint16_t port = (uint16_t)(40000 + m.log.n);
            make_try(&m, 101 * S, KNOCKER, TARGET, port, door, KS_OPEN);
            make_event(&m, 101 * S + 20 * MS, KNOCKER, TARGET, port, door, KS_ACK, 0);
        }
    }
    struct ks_knocks knocks = find(&m);
    const struct ks_knock *knock = knock_with(&knocks, ports, 2);
    assert_true(knock == NULL || knock->set_aside != NULL);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_knock_ends_where_what_it_opens_opens(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {27411, 9814, 51230}, closing[] = {15211, 33871, 6160}, door = 4444;
    traffic(&m, 0, 4000 * S, 11 * S);
    for (int64_t k = 0; k < 4; k++) {
        int64_t time = k * 900 * S + k * k * 7 * S;
        send(&m, time, KNOCKER, 0, &door, 1, 0, KS_REFUSED);
        send(&m, time + S, KNOCKER, 0, ports, 3, 500 * MS, KS_REFUSED);
        /* The door answers; nothing that is sent over it was recorded. */
        make_try(&m, time + 2500 * MS, KNOCKER, TARGET, (uint16_t)(40000 + m.log.n), door, KS_OPEN);
        send(&m, time + 3 * S, KNOCKER, 0, closing, 3, 500 * MS, KS_REFUSED);
    }
    send(&m, 3600 * S, KNOCKER, 0, &door, 1, 0, KS_REFUSED);
    struct ks_knocks knocks = find(&m);
    const struct ks_knock *knock = knock_with(&knocks, ports, 3), *half = knock_with(&knocks, closing, 3);
    assert_true(knock == &knocks.at[0] && knock->set_aside == NULL);
    assert_int_equal(knock->opened[0], 4444);
    assert_int_equal(knock->n_activations, 4);
    assert_non_null(half);
    assert_non_null(strstr(half->set_aside, "closing half"));
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_steps_are_a_knock_by_a_source_that_tries_other_ports_too),
        cmocka_unit_test(equal_steps_are_a_scan_where_the_source_goes_on),
        cmocka_unit_test(steps_do_not_go_on_at_a_service_that_is_used_all_the_time),
        cmocka_unit_test(two_services_before_one_that_others_use_are_an_outage),
        cmocka_unit_test(closed_ports_that_are_no_services_are_no_health_check),
        cmocka_unit_test(one_registered_port_of_several_makes_no_health_check),
        cmocka_unit_test(neighbouring_datagrams_are_an_enumeration_unless_a_closed_port_opens),
        cmocka_unit_test(datagrams_downwards_are_no_enumeration),
        cmocka_unit_test(datagrams_from_the_names_port_are_replies_only_of_a_name_server),
        cmocka_unit_test(services_that_are_down_for_a_while_are_an_outage),
        cmocka_unit_test(a_port_that_another_knock_opened_is_named_for_both),
        cmocka_unit_test(attempts_around_a_knock_are_no_knock_of_their_own),
        cmocka_unit_test(services_that_scanners_look_for_are_no_knock_for_one_opening),
        cmocka_unit_test(a_knock_ends_where_what_it_opens_opens),
        cmocka_unit_test(late_openings_are_named_but_do_not_count),
        cmocka_unit_test(a_recording_played_again_is_told_from_a_knock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
