/* src/knocks/sequences: what was found before, by what it was found from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "knocks/sequences/memo.h"

enum { WORDS = 7 };

static void key_of(uint32_t key[WORDS], uint32_t number)
{
    for (uint32_t i = 0; i < WORDS; i++)
        key[i] = i == number % WORDS ? number : i;
}

/* Adds one word for a key; false where there was no room. */
static bool add(struct ks_memo *memo, const uint32_t *key, size_t n, uint32_t value)
{
    (void)ks_memo_find(memo, key, n);
    size_t at = ks_memo_add(memo, key, n, 1);
    if (at != 0)
        *ks_memo_at(memo, at) = value;
    return at != 0;
}

static void each_key_has_its_own(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct ks_memo *memo = ks_memo_new();
    uint32_t key[WORDS];
    assert_non_null(memo);
    for (uint32_t i = 0; i < MANY; i++) {
        key_of(key, 100 + i);
        assert_null(ks_memo_find(memo, key, WORDS));
        assert_true(add(memo, key, WORDS, i));
    }
    for (uint32_t i = 0; i < MANY; i++) {
        key_of(key, 100 + i);
        const uint32_t *found = ks_memo_find(memo, key, WORDS);
        assert_non_null(found);
        assert_int_equal(*found, i);
        assert_null(ks_memo_before(memo, found, key, WORDS));
        assert_null(ks_memo_find(memo, key, WORDS - 1)); /* what it begins with is another one */
    }
    ks_memo_clear(memo);
    assert_null(ks_memo_find(memo, key, WORDS));
    assert_true(add(memo, key, WORDS, 1));
    assert_int_equal(*ks_memo_find(memo, key, WORDS), 1);
    ks_memo_free(memo);
}

static void what_was_added_last_comes_first(void **state)
{
    (void)state;
    struct ks_memo *memo = ks_memo_new();
    uint32_t key[WORDS], other[WORDS];
    assert_non_null(memo);
    key_of(key, 1000);
    key_of(other, 2000);
    for (uint32_t i = 1; i <= 3; i++) {
        assert_true(add(memo, key, WORDS, i));
        assert_true(add(memo, other, WORDS, 10 * i));
    }
    const uint32_t *found = ks_memo_find(memo, key, WORDS);
    for (uint32_t i = 3; i >= 1; i--) {
        assert_non_null(found);
        assert_int_equal(*found, i);
        found = ks_memo_before(memo, found, key, WORDS);
    }
    assert_null(found);
    ks_memo_free(memo);
}

static void what_has_no_room_is_not_remembered_and_harms_nothing(void **state)
{
    (void)state;
    enum { LONG = 100000 };
    struct ks_memo *memo = ks_memo_new();
    uint32_t key[WORDS], *large = ks_zalloc(LONG, sizeof *large), n = 0;
    assert_non_null(memo);
    assert_non_null(large);
    key_of(key, 1000);
    assert_true(add(memo, key, WORDS, 7));
    ks_memory_fail_from(1);
    large[0] = 99;
    assert_false(add(memo, large, LONG, 0)); /* no memory */
    ks_memory_fail_from(0);
    assert_null(ks_memo_find(memo, large, LONG));
    do
        large[0] = n++;
    while (n < 100 && add(memo, large, LONG, n));
    assert_in_range(n, 2, 99); /* it is bounded */
    assert_null(ks_memo_find(memo, large, LONG));
    assert_int_equal(*ks_memo_find(memo, key, WORDS), 7);
    ks_memo_free(memo);
    ks_free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_key_has_its_own),
        cmocka_unit_test(what_was_added_last_comes_first),
        cmocka_unit_test(what_has_no_room_is_not_remembered_and_harms_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
