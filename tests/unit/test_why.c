/* src/analysis/why: sequences followed in the attempts, and where they break. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/why.h"
#include "base/memory.h"
#include "unit/knock_logs.h"

static const uint32_t abc[] = {7000, 8001, 9009};
static const ks_item items[] = {7000, 8001, 9009};

static struct ks_why_order order_of(const struct make_log *m, const ks_item *sequence, size_t n)
{
    struct ks_why_order order;
    assert_int_equal(ks_why_order(&m->log, sequence, n, 60 * S, &order).code, KS_OK);
    return order;
}

static void whole_sequences_are_counted_by_source_and_target(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (int64_t k = 0; k < 3; k++)
        send(&m, k * 600 * S, KNOCKER, 0, abc, 3, 100 * MS, KS_REFUSED);
    send(&m, 3000 * S, 20, 1, abc, 3, 100 * MS, KS_REFUSED); /* each port by another source */
    struct ks_why_order order = order_of(&m, items, 3);
    assert_true(order.in_order == 3 && order.extra == 0 && order.mixed == 0);
    assert_true(order.tried[0] == 4 && order.tried[2] == 4);
    assert_true(order.begun == 1 && order.reached[0] == 1); /* the one who came for the first port only */
    char text[300];
    assert_string_equal(ks_why_order_text(text, sizeof text, items, 3, &order),
                        "tried in this order 3 times; begun and broken off 1 time, most often before 8001");
    ks_log_free(&m.log);
}

static void extra_mixed_late_and_repeated_attempts_are_told_apart(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t extra[] = {7000, 22, 8001, 9009}, mixed[] = {9009, 8001, 7000}, again[] = {7000, 7000, 8001, 9009, 9009};
    send(&m, 0, KNOCKER, 0, extra, 4, 100 * MS, KS_REFUSED);
    send(&m, 600 * S, 10, 0, mixed, 3, 100 * MS, KS_REFUSED);
    send(&m, 1200 * S, 11, 0, again, 5, 100 * MS, KS_REFUSED);
    send(&m, 1800 * S, 12, 0, abc, 2, 100 * MS, KS_REFUSED);
    send(&m, 1900 * S, 12, 0, abc + 2, 1, 100 * MS, KS_REFUSED); /* after more than a minute */
    struct ks_why_order order = order_of(&m, items, 3);
    assert_true(order.in_order == 2);
    assert_true(order.extra == 1);
    assert_true(order.mixed == 1);
    assert_true(order.begun == 2 && order.reached[1] == 1 && order.reached[0] == 1);
    ks_log_free(&m.log);
}

static void a_port_may_come_twice_in_a_sequence(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {4711, 815, 4711};
    static const ks_item aba[] = {4711, 815, 4711};
    send(&m, 0, KNOCKER, 0, ports, 3, 100 * MS, KS_SILENT);
    struct ks_why_order order = order_of(&m, aba, 3);
    assert_true(order.in_order == 1 && order.begun == 0);
    assert_true(order.tried[0] == 2 && order.tried[1] == 1 && order.tried[2] == 2);
    ks_log_free(&m.log);
}

static void a_first_port_after_others_begins_anew(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t ports[] = {7000, 22, 7000, 23, 7000, 7000, 8001};
    static const ks_item two[] = {7000, 8001};
    send(&m, 0, KNOCKER, 0, ports, 7, 100 * MS, KS_REFUSED);
    struct ks_why_order order = order_of(&m, two, 2);
    assert_true(order.in_order == 1 && order.extra == 0);
    assert_true(order.begun == 2 && order.reached[0] == 2);
    ks_log_free(&m.log);
}

static void what_is_never_tried_is_named(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const ks_item with[] = {7000, 1};
    char text[300];
    send(&m, 0, KNOCKER, 0, abc, 3, 100 * MS, KS_REFUSED);
    struct ks_why_order order = order_of(&m, with, 2);
    assert_string_equal(ks_why_order_text(text, sizeof text, with, 2, &order), "1 is never tried");
    assert_int_equal(ks_why_order(&m.log, items, 1, 0, &order).code, KS_USAGE);
    ks_log_free(&m.log);
    struct make_log none = {0};
    order = order_of(&none, items, 3);
    assert_true(order.tried[0] == 0 && order.in_order == 0);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    struct make_log m = {0};
    bool done = false;
    send(&m, 0, KNOCKER, 0, abc, 3, 100 * MS, KS_REFUSED);
    for (size_t n = 1; !done && n < 50; n++) {
        struct ks_why_order order;
        ks_memory_fail_from(n);
        struct ks_status status = ks_why_order(&m.log, items, 3, 0, &order);
        ks_memory_fail_from(0);
        done = ks_is_ok(status);
        assert_true(done || status.code == KS_NOMEM);
    }
    assert_true(done);
    ks_log_free(&m.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_sequences_are_counted_by_source_and_target),
        cmocka_unit_test(extra_mixed_late_and_repeated_attempts_are_told_apart),
        cmocka_unit_test(a_port_may_come_twice_in_a_sequence),
        cmocka_unit_test(a_first_port_after_others_begins_anew),
        cmocka_unit_test(what_is_never_tried_is_named),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
