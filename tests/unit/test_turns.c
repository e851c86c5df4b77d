/* src/knocks: bursts that recur in no form, and the late doors that take turns with them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "unit/knock_logs.h"

/* Two ports each time that no other time has, and the door well over a minute later: the pauses between
 * activations are no longer than that, so that an opening says nothing by its being soon. */
static void late_doors_take_turns_with_their_bursts(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (uint32_t k = 0; k < 12; k++) {
        int64_t t = k * 115 * S;
        uint32_t pair[] = {fresh_port(2 * k), fresh_port(2 * k + 1)};
        send(&m, t, KNOCKER, 0, pair, 2, 50 * MS, KS_SILENT);
        connect_and_send(&m, t + 70 * S + k * 7 % 5 * 7 * S, KNOCKER, TARGET, 8443);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 1);
    assert_int_equal(knocks.at[0].kind, KS_KNOCK_ONE_SHOT);
    assert_int_equal(knocks.at[0].n_activations, 12);
    assert_int_equal(knocks.at[0].opened[0], 8443);
    /* 1 / C(24, 12) = 4e-7 */
    assert_true(knocks.at[0].ln_p < log(1e-5));
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

/* The same where another port opens each time, and the knocker tries nothing else: its attempts are never
 * remarkably close together, for they are all there is. With `own`, each in its own time: no doors. */
static void late_doors_that_vary_take_turns_with_their_bursts(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        struct make_log m = {0};
        for (uint32_t k = 0; k < 12; k++) {
            int64_t t = k * 135 * S;
            uint32_t n = 4 * k * k, ports[] = {fresh_port(n), fresh_port(n + 2), fresh_port(n + 1)};
            send(&m, t, KNOCKER, 0, ports, 3, 7 * S, KS_SILENT);
            for (uint32_t i = 0; i < 2 && (own == 0 ? i == 0 : k % 2 == 1); i++)
                connect_and_send(&m, t + (60 + i * 20 + k * 7 % 5) * S, KNOCKER, TARGET, fresh_port(4 * (k - i) * (k - i) + 3));
        }
        struct ks_knocks knocks = find(&m);
        assert_int_equal(knocks.standing, own == 0);
        if (own == 0) {
            assert_true(knocks.at[0].one_time);
            assert_int_equal(knocks.at[0].n_activations, 12);
            assert_int_equal(knocks.at[0].n_opened, 12);
        }
        ks_knocks_free(&knocks);
        ks_log_free(&m.log);
    }
}

/* Three turns come so by chance once in twenty times, but hardly to the second. */
static void three_late_doors_are_told_by_delays_that_are_alike(void **state)
{
    (void)state;
    for (int alike = 1; alike >= 0; alike--) {
        struct make_log m = {0};
        const int64_t begin[] = {100, 480, 900}, delay[] = {141, 142, 139}, other[] = {92, 187, 139};
        traffic(&m, 0, 300 * S, 60 * S);
        for (uint32_t k = 0; k < 3; k++) {
            uint32_t pair[] = {fresh_port(2 * k), fresh_port(2 * k + 1)};
            send(&m, begin[k] * S, KNOCKER, 0, pair, 2, 50 * MS, KS_SILENT);
            connect_and_send(&m, (begin[k] + (alike ? delay : other)[k]) * S, KNOCKER, TARGET, 2222);
        }
        struct ks_knocks knocks = find(&m);
        assert_int_equal(knocks.standing, alike);
        assert_true(knocks.n > 0);
        assert_int_equal(knocks.at[0].n_activations, 3);
        ks_knocks_free(&knocks);
        ks_log_free(&m.log);
    }
}

/* As many of both, each opening with a burst before it somewhere, but each in its own time. */
static void late_openings_that_do_not_take_turns_are_no_doors(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (uint32_t k = 0; k < 12; k++) { /* two bursts, two openings, and so on */
        int64_t t = k * 115 * S;
        uint32_t pair[] = {fresh_port(2 * k), fresh_port(2 * k + 1)};
        send(&m, t, KNOCKER, 0, pair, 2, 50 * MS, KS_SILENT);
        if (k % 2 == 1)
            for (uint32_t i = 0; i < 2; i++)
                connect_and_send(&m, t + (20 + i * 30 + k * 7 % 5 * 11) * S, KNOCKER, TARGET, 8443);
    }
    struct ks_knocks knocks = find(&m);
    assert_int_equal(knocks.standing, 0);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_doors_take_turns_with_their_bursts),
        cmocka_unit_test(late_doors_that_vary_take_turns_with_their_bursts),
        cmocka_unit_test(three_late_doors_are_told_by_delays_that_are_alike),
        cmocka_unit_test(late_openings_that_do_not_take_turns_are_no_doors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
