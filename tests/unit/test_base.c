/* src/base: text made harmless, numbers for people, counts that cannot overflow, allocation that can be made to fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/ascending.h"
#include "base/count.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

static void sanitise_makes_controls_and_broken_bytes_harmless(void **state)
{
    (void)state;
    char out[64];
    ks_sanitise(out, sizeof out, "a\x1b[31mb\x07", 8);
    assert_string_equal(out, "a?[31mb?");
    ks_sanitise(out, sizeof out, "\xc3\xa9\xff\xe2\x80\xaex\xc2\x9b", 9);
    assert_string_equal(out, "\xc3\xa9??x?");
    /* A character that does not fit whole is left out. */
    assert_int_equal(ks_sanitise(out, 3, "a\xe2\x94\x80", 4), 1);
    assert_string_equal(out, "a");
    /* Cut off in the middle of a character. */
    ks_sanitise(out, sizeof out, "\xe2\x94", 2);
    assert_string_equal(out, "??");
}

static void what_is_too_long_loses_its_middle(void **state)
{
    (void)state;
    char out[40], text[9000];
    assert_int_equal(ks_shorten(out, sizeof out, "/a/b\x1b", 5), 5);
    assert_string_equal(out, "/a/b?");
    static const char path[] = "/captures/of/the/first/day/and/of/the/second/incident.pcap";
    assert_int_equal(ks_shorten(out, sizeof out, path, sizeof path - 1), 39);
    assert_string_equal(out, "/captures/o ... he/second/incident.pcap");
    for (size_t cap = 24; cap < sizeof out; cap++) { /* never within a character, never beyond the room */
        char wide[120];
        for (size_t i = 0; i < sizeof wide; i += 3)
            memcpy(wide + i, "\xe2\x94\x80", 3);
        size_t n = ks_shorten(out, cap, wide, sizeof wide);
        assert_true(n < cap && strlen(out) == n && (n - 5) % 3 == 0);
        assert_null(strchr(out, '?'));
        assert_non_null(strstr(out, " ... "));
    }
    memset(text, 'd', sizeof text);
    text[sizeof text - 1] = '\0';
    struct ks_status s = ks_within(ks_fail(KS_INPUT, "%.600s: No such file or directory", text), "standard input");
    assert_int_equal(strlen(s.message), sizeof s.message - 1);
    assert_ptr_equal(strstr(s.message, "standard input: ddd"), s.message);
    assert_non_null(strstr(s.message, "ddd: No such file or directory"));
}

static void counts_and_spans_read_like_words(void **state)
{
    (void)state;
    char b[64];
    assert_string_equal(ks_format_count(b, sizeof b, 0), "0");
    assert_string_equal(ks_format_count(b, sizeof b, 999), "999");
    assert_string_equal(ks_format_count(b, sizeof b, 1000), "1,000");
    assert_string_equal(ks_format_count(b, sizeof b, UINT64_MAX), "18,446,744,073,709,551,615");
    assert_string_equal(ks_format_span(b, sizeof b, 1500000000), "1.5 s");
    assert_string_equal(ks_format_span(b, sizeof b, 200000000000), "3 min 20 s");
    assert_string_equal(ks_format_span(b, sizeof b, -2000000), "-2.0 ms");
    assert_string_equal(ks_format_time(b, sizeof b, 0, 3), "1970-01-01 00:00:00.000");
    assert_string_equal(ks_format_time(b, sizeof b, -1, 9), "1969-12-31 23:59:59.999999999");
    assert_string_equal(ks_format_bytes(b, sizeof b, 999), "999 B");
    assert_string_equal(ks_format_bytes(b, sizeof b, 1234567), "1.2 MB");
}

static void reals_read_back_exactly(void **state)
{
    (void)state;
    char b[64];
    double values[] = {0.1, 1.0 / 3, 0.1875, 1e-300, 123456789.125, 0.30000000000000004, 5e-324};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        double back;
        assert_true(ks_parse_real(ks_format_real(b, sizeof b, values[i]), -1e308, 1e308, &back));
        assert_memory_equal(&back, &values[i], sizeof back);
    }
    assert_string_equal(ks_format_real(b, sizeof b, NAN), "nan");
    assert_string_equal(ks_format_real(b, sizeof b, INFINITY), "inf");
    assert_string_equal(ks_format_real(b, sizeof b, -INFINITY), "-inf");
    assert_string_equal(ks_format_ln_p(b, sizeof b, NAN), "-");
    assert_string_equal(ks_format_ln_p(b, sizeof b, -INFINITY), "0");
    assert_string_equal(ks_format_ln_p(b, sizeof b, 0), "1");
    assert_string_equal(ks_format_ln_p(b, sizeof b, -1e6), "1e-434294");
    assert_string_equal(ks_format_real(b, sizeof b, 0.1), "0.1");
}

/* The shortest one, by trying all lengths. */
static void reals_are_as_short_as_can_be(void **state)
{
    (void)state;
    uint64_t bits = UINT64_C(0x9e3779b97f4a7c15);
    for (unsigned i = 0; i < 20000; i++) {
        char b[64], shortest[64];
        double value;
        bits = bits * UINT64_C(6364136223846793005) + 1442695040888963407;
        memcpy(&value, &bits, sizeof value); /* all magnitudes, denormal ones too */
        if (i % 5 == 0)
            value = (double)(int64_t)(bits >> 40) / 1000 - 100;
        else if (i % 5 == 1)
            value = (double)(bits >> 60) * 1e-310;
        if (!isfinite(value))
            continue;
        for (int digits = 1; digits <= 17; digits++) {
            snprintf(shortest, sizeof shortest, "%.*g", digits, value);
            if (strtod(shortest, NULL) == value)
                break;
        }
        assert_string_equal(ks_format_real(b, sizeof b, value), shortest);
    }
}

static void parsers_take_whole_words_only(void **state)
{
    (void)state;
    uint64_t n = 7;
    double v;
    int64_t ns;
    assert_false(ks_parse_u64("", 0, 10, &n));
    assert_false(ks_parse_u64("-1", 0, 10, &n));
    assert_false(ks_parse_u64("1x", 0, 10, &n));
    assert_false(ks_parse_u64("11", 0, 10, &n));
    assert_false(ks_parse_u64("99999999999999999999", 0, UINT64_MAX, &n));
    assert_int_equal(n, 7);
    assert_false(ks_parse_real("nan", -1, 1, &v));
    assert_false(ks_parse_real("0x1", -1, 1, &v));
    assert_false(ks_parse_real("inf", -1e308, 1e308, &v));
    assert_true(ks_parse_real("-0", -1, 1, &v));
    assert_false(signbit(v)); /* what is written reads back the same */
    assert_true(ks_parse_real(".5", 0, 1, &v));
    assert_true(ks_parse_span("30s", &ns));
    assert_int_equal(ns, 30000000000);
    assert_true(ks_parse_span("1.5m", &ns));
    assert_int_equal(ns, 90000000000);
    assert_true(ks_parse_span("500ms", &ns));
    assert_false(ks_parse_span("0s", &ns));
    assert_false(ks_parse_span("30", &ns));
    assert_false(ks_parse_span("s", &ns));
    assert_false(ks_parse_span("1e30d", &ns));
}

static void counts_beyond_64_bits_stay_exact_then_become_powers(void **state)
{
    (void)state;
    char b[64];
    assert_string_equal(ks_count_format(b, sizeof b, ks_count_choose(65535, 2), false), "2147385345");
    assert_string_equal(ks_count_format(b, sizeof b, ks_count_choose(65535, 5), false), "10072076186482751684607");
    assert_string_equal(ks_count_format(b, sizeof b, ks_count_choose(100, 50), true), "100,891,344,545,564,193,334,812,497,256");
    struct ks_count huge = ks_count_choose(65535, 10);
    assert_true(huge.power);
    assert_true(huge.log10 > 41.6 && huge.log10 < 41.61);
    assert_true(ks_count_compare(huge, ks_count_of(UINT64_MAX)) > 0);
    assert_int_equal(ks_count_clamp(huge), INT64_MAX);
    assert_int_equal(ks_count_mul(ks_count_of(0), huge).n, 0);
    assert_true(ks_count_mul(huge, ks_count_of(10)).power);
    assert_true(ks_count_real(ks_count_mul(huge, ks_count_of(10))) > 9.9 * ks_count_real(huge));
    assert_string_equal(ks_count_format(b, sizeof b, huge, true), "4.0e41");
    assert_true(ks_count_add(huge, ks_count_of(1)).power);
    assert_int_equal(ks_count_choose(3, 5).n, 0);
}

/* Against a count one by one, for every length up to nine and every place, with equal values in a row. */
static void bisection_finds_the_first_that_is_not_below(void **state)
{
    (void)state;
    static const uint32_t small[] = {0, 3, 3, 3, 7, 8, 8, UINT32_MAX - 1, UINT32_MAX};
    uint64_t large[9];
    double real[9];
    for (size_t i = 0; i < 9; i++) {
        large[i] = (uint64_t)small[i] << 32 | small[i];
        real[i] = (double)small[i] - 4.5;
    }
    for (size_t n = 0; n <= 9; n++)
        for (size_t k = 0; k < 9; k++)
            for (int beside = small[k] > 0 ? -1 : 0; beside <= (small[k] < UINT32_MAX ? 1 : 0); beside++) {
                uint32_t x = (uint32_t)(small[k] + (int64_t)beside);
                size_t below = 0;
                while (below < n && small[below] < x)
                    below++;
                assert_int_equal(ks_below_u32(small, n, x), below);
                assert_int_equal(ks_below_u64(large, n, (uint64_t)x << 32 | x), below);
                assert_int_equal(ks_below_real(real, n, (double)x - 4.5), below);
                assert_int_equal(ks_compare_u32(&x, &small[k]), beside);
            }
    assert_int_equal(ks_below_real(real, 9, -INFINITY), 0);
    assert_int_equal(ks_below_real(real, 9, INFINITY), 9);
    assert_true(ks_compare_u64(&large[4], &large[8]) < 0 && ks_compare_u64(&large[8], &large[4]) > 0 && ks_compare_u64(&large[1], &large[2]) == 0);
}

static void allocation_refuses_overflow_and_fails_on_request(void **state)
{
    (void)state;
    volatile size_t many = SIZE_MAX / 2;
    assert_null(ks_alloc(many, 3));
    ks_memory_fail_from(2);
    void *first = ks_alloc(1, 1);
    assert_non_null(first);
    assert_null(ks_alloc(1, 1));
    ks_memory_fail_from(0);
    ks_free(first);
    int *items = NULL;
    size_t cap = 0;
    assert_true(ks_reserve((void **)&items, &cap, 17, sizeof *items));
    assert_true(cap >= 17);
    assert_false(ks_reserve((void **)&items, &cap, SIZE_MAX, sizeof *items));
    ks_free(items);
}

static void a_failure_says_where(void **state)
{
    (void)state;
    struct ks_status s = ks_within(ks_fail(KS_INPUT, "no %s\x1b", "magic"), "a.pcap");
    assert_int_equal(s.code, KS_INPUT);
    assert_string_equal(s.message, "a.pcap: no magic?");
    assert_true(ks_is_ok(ks_within(ks_ok(), "x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sanitise_makes_controls_and_broken_bytes_harmless),
        cmocka_unit_test(what_is_too_long_loses_its_middle),
        cmocka_unit_test(counts_and_spans_read_like_words),
        cmocka_unit_test(reals_read_back_exactly),
        cmocka_unit_test(reals_are_as_short_as_can_be),
        cmocka_unit_test(parsers_take_whole_words_only),
        cmocka_unit_test(counts_beyond_64_bits_stay_exact_then_become_powers),
        cmocka_unit_test(bisection_finds_the_first_that_is_not_below),
        cmocka_unit_test(allocation_refuses_overflow_and_fails_on_request),
        cmocka_unit_test(a_failure_says_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
