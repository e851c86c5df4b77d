/* src/analysis/compare: what a capture has that another has not, by items, hosts, rules and knocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/compare.h"
#include "base/memory.h"
#include "base/text.h"
#include "unit/knock_logs.h"

/* A log of attempts at ports of one target by one source each. */
static void attempts(struct make_log *m, uint32_t source, uint32_t target, const uint32_t *ports, size_t n, int64_t from)
{
    for (size_t i = 0; i < n; i++)
        make_try(m, from + (int64_t)i * MS, source, target, (uint16_t)(40000 + i), ports[i], KS_REFUSED);
}

static void items_are_new_known_and_gone(void **state)
{
    (void)state;
    struct make_log before = {0}, now = {0};
    static const uint32_t old_ports[] = {80, 80, 443, 21}, new_ports[] = {80, 443, 443, 999, UDP(53), 999};
    attempts(&before, 5, 6, old_ports, 4, 0);
    attempts(&now, 7, 6, new_ports, 6, 0);
    struct ks_compared_list list;
    assert_int_equal(ks_compare_items(&before.log, &now.log, KS_ITEMS_ATTEMPTS, NULL, &list).code, KS_OK);
    static const struct {
        const char *item;
        uint64_t before, now;
    } want[] = {{"999", 0, 2}, {"udp/53", 0, 1}, {"443", 1, 2}, {"80", 2, 1}, {"21", 1, 0}};
    assert_int_equal(list.n, 5);
    assert_int_equal(list.n_new, 2);
    assert_int_equal(list.n_gone, 1);
    for (size_t i = 0; i < list.n; i++) {
        char text[40];
        assert_string_equal(ks_item_format(text, sizeof text, list.at[i].item), want[i].item);
        assert_true(list.at[i].before == want[i].before && list.at[i].now == want[i].now);
    }
    ks_compared_free(&list);
    ks_log_free(&before.log);
    ks_log_free(&now.log);
}

static void hosts_are_compared_by_address_not_by_number(void **state)
{
    (void)state;
    struct make_log before = {0}, now = {0};
    static const uint32_t ports[] = {80, 81, 82};
    attempts(&before, 5, 6, ports, 2, 0);
    attempts(&now, 9, 6, ports, 3, 0); /* other numbers: 9, 6 stand where 5, 6 stood */
    attempts(&now, 6, 5, ports, 1, S);
    struct ks_compared_list list;
    assert_int_equal(ks_compare_hosts(&before.log, &now.log, NULL, &list).code, KS_OK);
    assert_int_equal(list.n, 3);
    assert_int_equal(list.n_new, 1);
    assert_int_equal(list.n_gone, 0);
    assert_int_equal(list.at[0].host.bytes[3], 9);
    assert_int_equal(list.at[1].host.bytes[3], 6);
    assert_int_equal(list.at[2].host.bytes[3], 5);
    assert_true(list.at[1].before == before.log.n && list.at[1].now == now.log.n);
    ks_compared_free(&list);
    ks_log_free(&before.log);
    ks_log_free(&now.log);
}

static void empty_captures_compare(void **state)
{
    (void)state;
    struct make_log before = {0}, now = {0};
    static const uint32_t ports[] = {80};
    struct ks_compared_list list;
    assert_int_equal(ks_compare_items(&before.log, &now.log, KS_ITEMS_TCP, NULL, &list).code, KS_OK);
    assert_int_equal(list.n, 0);
    ks_compared_free(&list);
    attempts(&now, 1, 2, ports, 1, 0);
    assert_int_equal(ks_compare_hosts(&before.log, &now.log, NULL, &list).code, KS_OK);
    assert_int_equal(list.n_new, 2);
    ks_compared_free(&list);
    ks_log_free(&now.log);
}

/* Windows of a capture given directly. */
static void windows_of(struct ks_mined *mined, uint32_t l, uint32_t u, const ks_item *items, const size_t *start, const uint32_t *windows)
{
    *mined = (struct ks_mined){0};
    assert_int_equal(ks_window_sets_from(l, u, items, start, windows, &mined->sets).code, KS_OK);
}

static void rules_are_new_where_their_items_were_never_together(void **state)
{
    (void)state;
    static const ks_item items[] = {10, 20, 30, 40};
    static const size_t start[] = {0, 3, 6, 8, 9};
    static const uint32_t windows[] = {0, 2, 4, 1, 2, 4, 0, 3, 4};
    struct ks_mined mined;
    windows_of(&mined, 5, 4, items, start, windows);
    const ks_item both[] = {20, 10}, apart[] = {20, 30}, three[] = {10, 20, 40}, unknown[] = {10, 50}, one[] = {30};
    assert_int_equal(ks_compare_together(&mined, both, 2), 2);
    assert_int_equal(ks_compare_together(&mined, apart, 2), 0);
    assert_int_equal(ks_compare_together(&mined, three, 3), 1);
    assert_int_equal(ks_compare_together(&mined, unknown, 2), 0);
    assert_int_equal(ks_compare_together(&mined, one, 1), 2);
    ks_window_sets_free(&mined.sets);
}

static void a_knock_is_known_by_its_ports_in_order(void **state)
{
    (void)state;
    ks_item a[] = {1, 2, 3}, b[] = {3, 2, 1}, c[] = {1, 2};
    struct ks_knock old = {.ports = a, .n_ports = 3}, other = {.ports = b, .n_ports = 3}, shorter = {.ports = c, .n_ports = 2};
    struct ks_knocks before = {.at = &old, .n = 1};
    assert_ptr_equal(ks_compare_knock(&before, &old), &old);
    assert_null(ks_compare_knock(&before, &other));
    assert_null(ks_compare_knock(&before, &shorter));
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    struct make_log before = {0}, now = {0};
    static const uint32_t ports[] = {80, 81, 82};
    attempts(&before, 5, 6, ports, 2, 0);
    attempts(&now, 9, 6, ports, 3, 0);
    for (int what = 0; what < 2; what++) {
        bool done = false;
        for (size_t n = 1; !done && n < 50; n++) {
            struct ks_compared_list list;
            ks_memory_fail_from(n);
            struct ks_status status = what == 0 ? ks_compare_items(&before.log, &now.log, KS_ITEMS_ATTEMPTS, NULL, &list)
                                                : ks_compare_hosts(&before.log, &now.log, NULL, &list);
            ks_memory_fail_from(0);
            done = ks_is_ok(status);
            assert_true(done || status.code == KS_NOMEM);
            ks_compared_free(&list);
        }
        assert_true(done);
    }
    ks_log_free(&before.log);
    ks_log_free(&now.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_new_known_and_gone),
        cmocka_unit_test(hosts_are_compared_by_address_not_by_number),
        cmocka_unit_test(empty_captures_compare),
        cmocka_unit_test(rules_are_new_where_their_items_were_never_together),
        cmocka_unit_test(a_knock_is_known_by_its_ports_in_order),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
