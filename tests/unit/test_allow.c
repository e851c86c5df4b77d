/* src/knocks/allow: entries read, added, taken away and written as they were; knocks judged again by another list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/text.h"
#include "knocks/allow.h"
#include "unit/knock_logs.h"

static const char file[] = "# known here\n\n445,139 10.0.0.9   # printers\nudp/27960 # a game  \n10.0.0.3 2001:db8::1\n";

static struct ks_allow *parsed(const char *text)
{
    struct ks_allow *allow;
    assert_int_equal(ks_allow_parse(text, strlen(text), "test", &allow).code, KS_OK);
    return allow;
}

static void prints(const struct ks_allow *allow, const char *want)
{
    struct ks_text text = {0};
    ks_allow_print(allow, &text);
    assert_string_equal(ks_text_get(&text), want);
    ks_text_free(&text);
}

static void entries_are_read_with_their_reasons_and_lines(void **state)
{
    (void)state;
    struct ks_allow *allow = parsed(file);
    assert_int_equal(ks_allow_count(allow), 3);
    assert_string_equal(ks_allow_entry(allow, 0).what, "445,139 10.0.0.9");
    assert_string_equal(ks_allow_entry(allow, 0).reason, "printers");
    assert_int_equal(ks_allow_entry(allow, 0).line, 3);
    assert_string_equal(ks_allow_entry(allow, 1).what, "udp/27960");
    assert_string_equal(ks_allow_entry(allow, 1).reason, "a game");
    assert_string_equal(ks_allow_entry(allow, 2).what, "10.0.0.3 2001:db8::1");
    assert_string_equal(ks_allow_entry(allow, 2).reason, "no reason given");
    prints(allow, file);
    ks_allow_free(allow);
    assert_int_equal(ks_allow_count(NULL), 0);
}

static void what_is_added_and_taken_away_leaves_the_rest_as_it_was(void **state)
{
    (void)state;
    struct ks_allow *allow = parsed(file);
    assert_int_equal(ks_allow_add(allow, "7000 # new").code, KS_OK);
    assert_string_equal(ks_allow_entry(allow, 3).reason, "new");
    assert_int_equal(ks_allow_entry(allow, 3).line, 6);
    ks_allow_remove(allow, 0);
    assert_int_equal(ks_allow_entry(allow, 2).line, 5);
    prints(allow, "# known here\n\nudp/27960 # a game  \n10.0.0.3 2001:db8::1\n7000 # new\n");
    ks_allow_remove(allow, 2);
    assert_int_equal(ks_allow_add(allow, "8000 # newer").code, KS_OK);
    prints(allow, "# known here\n\nudp/27960 # a game  \n10.0.0.3 2001:db8::1\n8000 # newer\n");
    ks_allow_free(allow);
}

static void what_is_no_entry_changes_nothing(void **state)
{
    (void)state;
    struct ks_allow *allow = parsed(file);
    static const char *const wrong[] = {"", "  ", "# only words", "445 nonsense # x", "1.2.3.4 1.2.3.5 1.2.3.6 # three", "445 # a\n446 # b",
                                        "tcp/445,139 10.0.0.9 # there already"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(ks_allow_add(allow, wrong[i]).code, KS_USAGE);
    prints(allow, file);
    ks_allow_free(allow);
    static const char binary[] = "445 # a\n44\0005\n";
    struct ks_status status = ks_allow_parse(binary, sizeof binary - 1, "odd", &allow);
    assert_int_equal(status.code, KS_USAGE);
    assert_non_null(strstr(status.message, "odd, line 2"));
    ks_allow_free(allow);
}

/* Two knocks by the same source at two targets' worth of ports; the lists below set one or both aside. */
static void knocks_are_judged_again_at_once(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t one[] = {7000, 8001, 9009}, two[] = {4001, 5002, 6003, 7777};
    for (int64_t k = 0; k < 4; k++) {
        int64_t last = send(&m, k * 900 * S, KNOCKER, 0, one, 3, 100 * MS, KS_REFUSED);
        make_try(&m, last + S, KNOCKER, TARGET, (uint16_t)(50000 + k), 22, KS_OPEN);
        send(&m, k * 900 * S + 400 * S, CLIENT, 0, two, 4, 100 * MS, KS_REFUSED);
    }
    struct ks_knocks knocks = find(&m);
    size_t standing = knocks.standing, n = knocks.n;
    assert_true(standing >= 2);
    struct ks_allow *allow = parsed("7000,8001,9009 # the build server's door\n");
    assert_int_equal(ks_knocks_allow(&knocks, &m.log, allow).code, KS_OK);
    assert_int_equal(knocks.standing, standing - 1);
    bool seen = false;
    for (size_t i = 0; i < knocks.n; i++) {
        assert_true((knocks.at[i].set_aside == NULL) == (i < knocks.standing));
        if (knocks.at[i].set_aside != NULL && strcmp(knocks.at[i].set_aside, "allow list: the build server's door") == 0) {
            assert_int_equal(ks_allow_find(allow, &m.log, &knocks.at[i]), 0);
            assert_null(knocks.at[i].verdict);
            seen = true;
        }
    }
    assert_true(seen);
    ks_allow_free(allow);
    assert_int_equal(ks_knocks_allow(&knocks, &m.log, NULL).code, KS_OK);
    assert_int_equal(knocks.standing, standing);
    assert_int_equal(knocks.n, n);
    struct ks_knocks again = find(&m);
    for (size_t i = 0; i < n; i++) /* the same as if it had never been allowed */
        assert_int_equal(knocks.at[i].activations[0].time, again.at[i].activations[0].time);
    ks_knocks_free(&again);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

static void every_failed_allocation_is_reported(void **state)
{
    (void)state;
    bool done = false;
    for (size_t n = 1; !done && n < 200; n++) {
        struct ks_allow *allow;
        ks_memory_fail_from(n);
        struct ks_status status = ks_allow_parse(file, strlen(file), "test", &allow);
        ks_memory_fail_from(0);
        done = ks_is_ok(status);
        assert_true(done || status.code == KS_NOMEM);
        ks_allow_free(allow);
    }
    assert_true(done);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_are_read_with_their_reasons_and_lines),
        cmocka_unit_test(what_is_added_and_taken_away_leaves_the_rest_as_it_was),
        cmocka_unit_test(what_is_no_entry_changes_nothing),
        cmocka_unit_test(knocks_are_judged_again_at_once),
        cmocka_unit_test(every_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
