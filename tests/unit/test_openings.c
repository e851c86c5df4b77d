/* src/knocks: which port a recurring knock is said to open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "unit/knock_logs.h"

enum { HOUR = 3600, TIMES = 3, FIRST_PASSIVE = 49160, PASSIVE = 97 };

static const uint32_t secret[] = {23406, 23404, 41402};
static const int64_t knock_at[TIMES] = {610, 1517, 2533};

/* What a port opens after each knock; 0 seconds: nothing. */
struct doors {
    uint32_t port[TIMES];
    int64_t after[TIMES]; /* seconds */
};

/* A connection over which its source sends something; of UDP, a datagram and its answer. */
static void use(struct make_log *m, int64_t time, uint32_t port)
{
    uint16_t sport = (uint16_t)(20000 + m->log.n % 40000);
    make_try(m, time, KNOCKER, TARGET, sport, port, KS_OPEN);
    make_event(m, time + MS, KNOCKER, TARGET, sport, port, KS_ACK, 0);
}

/* An hour in which the knocker uses a web server every three seconds, `everyday` (0: none) every forty
 * seconds, and every seven one of the ports that a service hands out; with a knock three times. */
static struct make_log an_hour(const struct doors *doors, uint32_t everyday)
{
    struct make_log m = {0};
    uint32_t step = 0;
    for (int64_t second = 0; second < HOUR; second++) {
        int64_t t = second * S;
        for (size_t k = 0; k < TIMES; k++) {
            if (second == knock_at[k])
                send(&m, t, KNOCKER, 0, secret, 3, 100 * MS, KS_REFUSED);
            if (doors->after[k] > 0 && second == knock_at[k] + doors->after[k])
                use(&m, t + 400 * MS, doors->port[k]);
        }
        if (second % 3 == 0)
            use(&m, t + 500 * MS, 80);
        if (everyday != 0 && second % 41 == 13)
            use(&m, t + 600 * MS, everyday);
        if (second % 7 == 2) {
            use(&m, t + 700 * MS, FIRST_PASSIVE + step * step % PASSIVE);
            step += 3;
        }
    }
    return m;
}

/* The knock stands first, and after activation k opened want[k] (0: nothing). */
static void opens(const struct doors *doors, uint32_t everyday, const uint32_t want[TIMES])
{
    struct make_log m = an_hour(doors, everyday);
    struct ks_knocks knocks = find(&m);
    assert_true(knocks.standing > 0);
    ports_are(&knocks.at[0], "23406 23404 41402");
    assert_int_equal(knocks.at[0].n_activations, TIMES);
    for (size_t k = 0; k < TIMES; k++) {
        const struct ks_activation *a = &knocks.at[0].activations[k];
        assert_int_equal(a->opened, want[k] != 0);
        if (want[k] != 0)
            assert_int_equal(a->opening.item, (ks_item)(want[k] >> 16) << 32 | (want[k] & 0xffff));
    }
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void a_late_door_stands_out_of_the_ports_that_a_service_hands_out(void **state)
{
    (void)state;
    static const struct doors doors = {{5002, 5002, 5002}, {118, 126, 131}};
    opens(&doors, 0, doors.port);
}

static void doors_that_vary_are_told_by_delays_that_are_alike(void **state)
{
    (void)state;
    static const struct doors doors = {{3389, 2222, 51160}, {66, 61, 58}};
    opens(&doors, 0, doors.port);
}

static void a_late_door_stands_out_of_a_service_that_is_used_every_day(void **state)
{
    (void)state;
    static const struct doors doors = {{5900, 5900, 5900}, {112, 121, 119}};
    opens(&doors, 5432, doors.port);
}

static void a_late_door_of_datagrams_is_named(void **state)
{
    (void)state;
    static const struct doors doors = {{UDP(51820), UDP(51820), UDP(51820)}, {64, 57, 61}};
    opens(&doors, 0, doors.port);
}

static void what_opens_after_one_of_three_is_not_what_opens_after_all(void **state)
{
    (void)state;
    static const struct doors doors = {{8443, 8443, 8443}, {50, 52, 55}};
    struct make_log m = {0};
    int64_t last = 0;
    for (int64_t second = 0; second < HOUR; second++) {
        for (size_t k = 0; k < TIMES; k++) {
            if (second == knock_at[k])
                last = send(&m, second * S, KNOCKER, 0, secret, 3, 100 * MS, KS_REFUSED);
            if (k == 1 && second == knock_at[k] + 1) /* once, and at once */
                use(&m, last + 900 * MS, 9418);
            if (second == knock_at[k] + doors.after[k])
                use(&m, second * S + 400 * MS, doors.port[k]);
        }
        if (second % 3 == 0)
            use(&m, second * S + 500 * MS, 80);
    }
    struct ks_knocks knocks = find(&m);
    assert_true(knocks.standing > 0);
    assert_int_equal(knocks.at[0].opened[0], 8443);
    assert_int_equal(knocks.at[0].evidence.opened, TIMES);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void nothing_is_named_where_only_the_everyday_ports_answer(void **state)
{
    (void)state;
    static const struct doors none = {{0, 0, 0}, {0, 0, 0}};
    static const uint32_t nothing[TIMES] = {0, 0, 0};
    opens(&none, 5432, nothing);
}

static void a_port_that_is_used_all_day_opens_nothing(void **state)
{
    (void)state;
    static const struct doors doors = {{5432, 5432, 5432}, {1, 1, 1}}; /* each time, but just as often without */
    static const uint32_t nothing[TIMES] = {0, 0, 0};
    opens(&doors, 5432, nothing);
}

static void an_opening_belongs_to_who_uses_it(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t list[] = {27017, 1433}, pair[] = {9488, 1688};
    send(&m, 705 * S, 31, 0, list, 2, 420 * MS, KS_SILENT); /* two that look for data bases */
    send(&m, 762 * S, 32, 0, list, 2, 1770 * MS, KS_SILENT);
    make_try(&m, 800 * S, KNOCKER, TARGET, 29998, 9968, KS_SILENT);
    int64_t last = send(&m, 819 * S, KNOCKER, 0, pair, 2, MS, KS_SILENT);
    use(&m, last + 3 * S, 9968);
    traffic(&m, 0, 3600 * S, 11 * S);
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "9488 1688");
    assert_int_equal(knocks.at[0].opened[0], 9968);
    for (size_t i = 1; i < knocks.n; i++)
        assert_int_equal(knocks.at[i].n_opened, 0);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_door_stands_out_of_the_ports_that_a_service_hands_out),
        cmocka_unit_test(doors_that_vary_are_told_by_delays_that_are_alike),
        cmocka_unit_test(a_late_door_stands_out_of_a_service_that_is_used_every_day),
        cmocka_unit_test(a_late_door_of_datagrams_is_named),
        cmocka_unit_test(what_opens_after_one_of_three_is_not_what_opens_after_all),
        cmocka_unit_test(nothing_is_named_where_only_the_everyday_ports_answer),
        cmocka_unit_test(a_port_that_is_used_all_day_opens_nothing),
        cmocka_unit_test(an_opening_belongs_to_who_uses_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
