/* How fast reading goes, in numbers and as the line that shows it. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "tui/toolkit/layout.h"
#include "tui/app/loading.h"

static const int64_t MS = 1000000;
static struct ks_grid grid;

static int free_grid(void **state)
{
    (void)state;
    ks_cells_free(&grid);
    return 0;
}

static struct ks_pace steady(int64_t span_ms, uint64_t bytes_per_s, uint64_t packets_per_s, uint64_t total)
{
    struct ks_pace pace = {0};
    for (int64_t ms = 0; ms <= span_ms; ms += 100)
        ks_pace_take(&pace, (1000 + ms) * MS, bytes_per_s * (uint64_t)ms / 1000, packets_per_s * (uint64_t)ms / 1000, total);
    return pace;
}

static void a_steady_stream_has_its_rate(void **state)
{
    (void)state;
    for (int64_t span = 300; span < 20000; span += 700) {
        struct ks_pace pace = steady(span, 50000000, 40000, 0);
        double bytes, packets;
        assert_true(ks_pace_rate(&pace, &bytes, &packets));
        assert_true(bytes > 49e6 && bytes < 51e6);
        assert_true(packets > 39000 && packets < 41000);
        assert_true(ks_pace_left(&pace) < 0); /* nobody knows the end */
    }
}

static void the_rate_is_that_of_the_last_seconds(void **state)
{
    (void)state;
    struct ks_pace pace = steady(10000, 1000000, 1000, 0);
    const struct ks_pace_sample last = pace.sample[pace.n - 1];
    double bytes, packets;
    for (int64_t ms = 100; ms <= 6000; ms += 100)
        ks_pace_take(&pace, last.at + ms * MS, last.bytes, last.packets, 0);
    assert_true(ks_pace_rate(&pace, &bytes, &packets));
    assert_true(bytes == 0 && packets == 0);
    assert_int_equal(pace.moved, last.at);
}

static void time_left_follows_from_rate_and_size(void **state)
{
    (void)state;
    struct ks_pace pace = steady(5000, 10000000, 1000, 100000000); /* half of it after 5 s */
    assert_true(ks_pace_left(&pace) >= 5 && ks_pace_left(&pace) <= 6);
    pace = steady(20000, 10000000, 1000, 100000000); /* more than was said: a file that grew */
    assert_true(ks_pace_left(&pace) == 0);
}

static void one_look_gives_no_rate(void **state)
{
    (void)state;
    struct ks_pace pace = {0};
    double bytes, packets;
    assert_false(ks_pace_rate(&pace, &bytes, &packets));
    ks_pace_take(&pace, 5 * MS, 1000, 10, 2000);
    assert_false(ks_pace_rate(&pace, &bytes, &packets));
    assert_true(ks_pace_left(&pace) < 0);
    ks_pace_take(&pace, 5 * MS, 1000, 10, 2000); /* no time went by */
    assert_false(ks_pace_rate(&pace, &bytes, &packets));
}

static void a_new_load_begins_anew(void **state)
{
    (void)state;
    struct ks_pace pace = steady(5000, 10000000, 1000, 0);
    ks_pace_take(&pace, 7000 * MS, 10, 1, 0);
    assert_int_equal(pace.n, 1);
    assert_int_equal(pace.began, 7000 * MS);
}

static const char *drawn(const struct ks_pace *pace, int w)
{
    static char row[4000];
    assert_true(ks_cells_resize(&grid, w, 1));
    ks_cells_clear(&grid);
    ks_loading_draw(pace, "Esc", ks_canvas_all(&grid));
    ks_cells_row(&grid, 0, row, sizeof row);
    return row;
}

static void the_line_says_the_most_telling_first_at_any_width(void **state)
{
    (void)state;
    struct ks_pace file = steady(4200, 10000000, 12345, 100000000), pipe = steady(4200, 10000000, 12345, 0);
    for (grid.ascii = false;; grid.ascii = true) {
        for (int w = 1; w <= 250; w++) {
            const char *row = drawn(&file, w);
            if (w >= 20)
                assert_non_null(strstr(row, " 42 %"));
            if (w >= 80) {
                assert_non_null(strstr(row, "6 s left"));
                assert_non_null(strstr(row, "Esc stops"));
            }
            if (w >= 132) {
                assert_non_null(strstr(row, "51,849 packets"));
                assert_non_null(strstr(row, "10.0 MB/s"));
            }
            row = drawn(&pipe, w);
            assert_null(strstr(row, "%"));
            assert_null(strstr(row, "left"));
            if (w >= 60)
                assert_non_null(strstr(row, "51,849 packets"));
        }
        if (grid.ascii)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_steady_stream_has_its_rate),
        cmocka_unit_test(the_rate_is_that_of_the_last_seconds),
        cmocka_unit_test(time_left_follows_from_rate_and_size),
        cmocka_unit_test(one_look_gives_no_rate),
        cmocka_unit_test(a_new_load_begins_anew),
        cmocka_unit_test(the_line_says_the_most_telling_first_at_any_width),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests_name("loading", tests, NULL, free_grid);
}
