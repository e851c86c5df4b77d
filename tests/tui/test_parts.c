/* The explorer's parts alone: the grid, layout, the line editor, keys, themes, the tables of actions and settings. */
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui/toolkit/actions.h"
#include "tui/toolkit/edit.h"
#include "tui/toolkit/key.h"
#include "tui/toolkit/layout.h"
#include "tui/model/settings.h"

static struct ks_grid grid; /* zones make it large */
static char text[4096];

static struct ks_canvas canvas_of(int w, int h, bool ascii)
{
    assert_true(ks_cells_resize(&grid, w, h));
    ks_cells_clear(&grid);
    grid.ascii = ascii;
    return ks_canvas_all(&grid);
}

static const char *row(int y)
{
    ks_cells_row(&grid, y, text, sizeof text);
    return text;
}

static int free_grid(void **state)
{
    (void)state;
    ks_cells_free(&grid);
    return 0;
}

static void text_is_clipped_on_every_side(void **state)
{
    (void)state;
    struct ks_canvas all = canvas_of(6, 2, false);
    ks_put(all, -2, 0, KS_ROLE_TEXT, "abcdefghij");
    ks_put(all, 0, -1, KS_ROLE_TEXT, "no");
    ks_put(all, 0, 2, KS_ROLE_TEXT, "no");
    ks_put(all, 6, 1, KS_ROLE_TEXT, "no");
    assert_string_equal(row(0), "cdefgh");
    assert_string_equal(row(1), "");
}

static void a_part_of_a_canvas_clips_to_itself(void **state)
{
    (void)state;
    struct ks_canvas all = canvas_of(8, 3, false);
    ks_put(ks_sub(all, (struct ks_rect){2, 1, 3, 1}), -1, 0, KS_ROLE_TEXT, "abcdefgh");
    assert_string_equal(row(0), "");
    assert_string_equal(row(1), "  bcd");
    ks_put(ks_sub(all, (struct ks_rect){6, 2, 100, 100}), 0, 0, KS_ROLE_TEXT, "xyz");
    assert_string_equal(row(2), "      xy");
}

static void half_a_wide_character_never_shows(void **state)
{
    (void)state;
    struct ks_canvas all = canvas_of(4, 2, false);
    assert_int_equal(ks_put(all, 0, 0, KS_ROLE_TEXT, "漢字"), 4);
    assert_string_equal(row(0), "漢字");
    ks_put(all, 1, 0, KS_ROLE_TEXT, "x"); /* over its right half */
    assert_string_equal(row(0), " x字");
    ks_put(all, 3, 1, KS_ROLE_TEXT, "漢"); /* only half of it would fit */
    assert_string_equal(row(1), "");
}

static void ascii_twins_take_the_width_that_is_measured(void **state)
{
    (void)state;
    static const char *const samples[] = {"999 › 888", "┌─┐", "⇒", "± ≤ ≥ ×", "●━▲", "…", "⣿⠁", "漢字é"};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        struct ks_canvas all = canvas_of(40, 1, true);
        assert_int_equal(ks_put(all, 0, 0, KS_ROLE_TEXT, samples[i]), ks_width(&grid, samples[i]));
        for (const char *c = row(0); *c != '\0'; c++)
            assert_in_range((unsigned char)*c, 0x20, 0x7e);
    }
}

static void control_characters_and_broken_utf8_never_pass(void **state)
{
    (void)state;
    struct ks_canvas all = canvas_of(20, 1, false);
    ks_put(all, 0, 0, KS_ROLE_TEXT, "a\033[2J\x01\x7f\xff\xc3");
    assert_string_equal(row(0), "a?[2J????");
}

static void drawing_is_total_at_any_size(void **state)
{
    (void)state;
    for (int w = 1; w < 12; w++)
        for (int h = 1; h < 6; h++)
            for (int x = -3; x < w + 3; x++) {
                struct ks_canvas all = canvas_of(w, h, (w & 1) != 0);
                struct ks_canvas inside = ks_box(all, (struct ks_rect){x, x, w - x, 7 - x}, KS_ROLE_BORDER, "title");
                assert_true(inside.w >= 0 && inside.h >= 0);
                ks_box_split(all, (struct ks_rect){x, 0, w, h}, 1, KS_ROLE_BORDER, "more");
                ks_put_in(inside, x, 0, w - x, KS_RIGHT, KS_ROLE_TEXT, "12345678");
                ks_put_wrapped(inside, 0, x, w, h, KS_ROLE_TEXT, "some words to be wrapped");
                ks_bar(all, x, 0, w, KS_ROLE_BAR, x / 3.0);
                ks_slider(all, x, 0, w, KS_ROLE_BAR, x == 0 ? (double)NAN : x / 3.0);
                ks_shade(all, x, 0, x / 3.0);
                ks_scrollbar(all, x, 0, h, 3, 2, 9);
                ks_dot_line(all, x, -9, 9, x, KS_ROLE_CURVE);
                ks_cursor(all, x, 0);
                ks_restyle(all, (struct ks_rect){x, x, 99, 99}, KS_ROLE_NONE | KS_BOLD);
            }
}

static void rows_and_columns_taken_never_exceed_the_rest(void **state)
{
    (void)state;
    for (int n = -9; n <= 9; n++)
        for (int h = 0; h < 6; h++) {
            struct ks_rect rest = {2, 3, 7, h}, part = ks_take_rows(&rest, n);
            assert_true(part.h >= 0 && rest.h >= 0);
            assert_int_equal(part.h + rest.h, h);
            assert_int_equal(part.h, abs(n) < h ? abs(n) : h);
            assert_int_equal(n < 0 ? part.y : rest.y, 3 + (n < 0 ? rest.h : part.h));
        }
}

static void columns_fit_every_width_and_the_first_rank_stays(void **state)
{
    (void)state;
    for (int width = 0; width < 60; width++) {
        struct ks_column c[] = {{.title = "a", .min = 6, .rank = 0},
                                {.title = "b", .min = 10, .grow = 1, .rank = 2},
                                {.title = "c", .min = 5, .rank = 1, .align = KS_RIGHT}};
        ks_columns_fit(c, 3, width, 2);
        int end = 0;
        for (int i = 0; i < 3; i++)
            if (c[i].w > 0) {
                assert_true(c[i].x >= end);
                end = c[i].x + c[i].w;
            }
        assert_true(end <= width);
        if (width >= 6)
            assert_true(c[0].w >= 6);
        if (width >= 25)
            assert_true(c[1].w >= 10 && c[2].w == 5);
    }
}

static void a_list_keeps_its_cursor_in_view(void **state)
{
    (void)state;
    struct ks_list list = {0};
    static const int moves[] = {KS_DO_DOWN, KS_DO_PAGE_DOWN, KS_DO_HALF_DOWN, KS_DO_BOTTOM, KS_DO_UP, KS_DO_PAGE_UP, KS_DO_HALF_UP,
                                KS_DO_TOP, KS_DO_SELECT};
    for (uint64_t n = 0; n < 30; n += 7)
        for (int visible = 0; visible < 12; visible += 3)
            for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
                ks_list_fit(&list, n, visible);
                assert_true(ks_list_act(&list, moves[i], 13));
                ks_list_fit(&list, n, visible);
                assert_true(n == 0 ? list.at == 0 : list.at < n);
                if (visible > 0 && n > 0)
                    assert_true(list.top <= list.at && list.at < list.top + (uint64_t)visible);
            }
    assert_false(ks_list_act(&list, KS_DO_QUIT, 0));
}

static void keys(struct ks_edit *edit, const char *names)
{
    struct ks_key key;
    while (*names != '\0') {
        assert_true(ks_key_parse(&names, &key));
        ks_edit_key(edit, key);
    }
}

static void a_line_is_edited_by_whole_characters(void **state)
{
    (void)state;
    static struct ks_edit edit;
    ks_edit_set(&edit, "");
    keys(&edit, "aé漢<BS>b<Home>x<Right><Del>");
    assert_string_equal(edit.text, "xab");
    keys(&edit, "<End>c<Left><Left><C-u>");
    assert_string_equal(edit.text, "bc");
}

static void a_line_that_is_full_takes_no_more(void **state)
{
    (void)state;
    static struct ks_edit edit;
    ks_edit_set(&edit, "");
    for (int i = 0; i < 2 * KS_EDIT_MAX; i++)
        keys(&edit, "漢");
    assert_true(edit.n < KS_EDIT_MAX);
    assert_int_equal(edit.n % 3, 0);
    assert_int_equal(strlen(edit.text), edit.n);
}

static void history_gives_back_the_draft(void **state)
{
    (void)state;
    static struct ks_edit edit;
    static struct ks_history history;
    ks_history_add(&history, "one");
    ks_history_add(&history, "two");
    edit = (struct ks_edit){.history = &history};
    ks_edit_set(&edit, "dra");
    keys(&edit, "<Up>");
    assert_string_equal(edit.text, "two");
    keys(&edit, "<Up><Up>");
    assert_string_equal(edit.text, "one");
    keys(&edit, "<Down><Down>");
    assert_string_equal(edit.text, "dra");
    ks_history_free(&history);
}

static void every_key_of_the_table_has_a_name_that_reads_back(void **state)
{
    (void)state;
    for (unsigned i = 1; i < KS_DO_N; i++) {
        const char *at = ks_action_info((enum ks_action)i)->keys;
        while (*at != '\0') {
            struct ks_key key, again;
            char name[64];
            if (*at == ' ') {
                at++;
                continue;
            }
            assert_true(ks_key_parse(&at, &key));
            const char *back = ks_key_name(name, sizeof name, key.code);
            assert_true(ks_key_parse(&back, &again));
            assert_int_equal(again.code, key.code);
            assert_string_equal(back, "");
        }
    }
}

static void unknown_key_names_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"<", "<>", "<Nothing>", "<C-", "<F13>", "<F0>", "<Click:1>", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const char *at = wrong[i];
        struct ks_key key;
        assert_false(ks_key_parse(&at, &key));
        assert_ptr_equal(at, wrong[i]);
    }
}

static void every_theme_gives_every_role_a_look_that_can_be_read(void **state)
{
    (void)state;
    for (unsigned theme = 0; theme < KS_THEME_N; theme++) {
        enum ks_theme parsed;
        assert_true(ks_theme_parse(ks_theme_name((enum ks_theme)theme), &parsed));
        assert_int_equal(parsed, theme);
        for (unsigned role = 0; role < KS_ROLE_N; role++)
            for (int colours = 0; colours <= 256; colours = colours == 0 ? 8 : colours * 32) {
                struct ks_look look = ks_theme_look((enum ks_theme)theme, (enum ks_cell_role)role, colours);
                assert_true(look.fg >= -1 && look.bg >= -1);
                assert_true(look.fg < (colours < 8 ? 1 : colours) && look.bg < (colours < 8 ? 1 : colours));
                assert_true(look.fg < 0 || look.fg != look.bg); /* text on its own colour */
            }
    }
}

static void names_of_actions_are_unique_and_found(void **state)
{
    (void)state;
    for (unsigned i = 1; i < KS_DO_N; i++) {
        const struct ks_action_info *info = ks_action_info((enum ks_action)i);
        assert_int_equal(ks_action_find(info->name, strlen(info->name)), i);
        assert_true(strlen(info->help) > 10);
        assert_true(info->help[strlen(info->help) - 1] != '.');
        assert_int_not_equal(info->where, 0);
    }
}

static void no_key_has_two_meanings_in_one_place(void **state)
{
    (void)state;
    for (unsigned place = KS_ON_ANY; place <= KS_ON_PROMPT; place <<= 1)
        for (unsigned i = 1; i < KS_DO_N; i++) {
            const struct ks_action_info *info = ks_action_info((enum ks_action)i);
            const char *at = info->keys;
            struct ks_key key;
            if ((info->where & place) == 0)
                continue;
            while (*at != '\0')
                if (*at == ' ')
                    at++;
                else if (ks_key_parse(&at, &key) && ks_action_of_key(key.code, place) != (enum ks_action)i)
                    fail_msg("at place %x a key of %s means %s", place, info->name,
                             ks_action_info(ks_action_of_key(key.code, place))->name);
                else
                    continue;
        }
}

static struct ks_settings standard(void)
{
    return (struct ks_settings){.habits = ks_habits_standard(), .params = ks_params_preset(KS_PRESET_HUNT)};
}

static void every_setting_reads_back_what_it_writes(void **state)
{
    (void)state;
    struct ks_settings s = standard();
    for (unsigned i = 0; i < KS_SET_N; i++) {
        enum ks_setting_id id = (enum ks_setting_id)i, found;
        char value[128], again[128];
        assert_true(ks_setting_find(ks_setting_info(id)->name, &found));
        assert_int_equal(found, id);
        ks_setting_get(&s, id, value, sizeof value);
        assert_true(ks_is_ok(ks_setting_set(&s, id, value)));
        assert_string_equal(ks_setting_get(&s, id, again, sizeof again), value);
        assert_true(ks_is_ok(ks_setting_set(&s, id, ks_setting_info(id)->standard)));
        assert_false(ks_is_ok(ks_setting_set(&s, id, "no such value")));
        assert_false(ks_is_ok(ks_setting_set(&s, id, "")));
    }
}

static void complain(void *context, const char *said)
{
    print_message("# %s\n", said);
    ++*(int *)context;
}

static void a_settings_file_reads_back(void **state)
{
    (void)state;
    char path[] = "/tmp/knockscope-settings-XXXXXX";
    int fd = mkstemp(path), complaints = 0;
    assert_true(fd >= 0);
    close(fd);
    struct ks_settings s = standard(), back = standard();
    bool found;
    s.habits.theme = KS_THEME_CONTRAST;
    s.habits.mouse = false;
    s.params.min_inte = (struct ks_setting){.automatic = false, .value = 0.1};
    s.kept = (1u << KS_SET_N) - 1;
    assert_true(ks_is_ok(ks_settings_write(&s, path)));
    assert_true(ks_is_ok(ks_settings_read(&back, path, true, &found, complain, &complaints)));
    unlink(path);
    assert_int_equal(complaints, 0);
    for (unsigned i = 0; i < KS_SET_N; i++) {
        char a[128], b[128];
        assert_string_equal(ks_setting_get(&s, (enum ks_setting_id)i, a, sizeof a),
                            ks_setting_get(&back, (enum ks_setting_id)i, b, sizeof b));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_clipped_on_every_side),
        cmocka_unit_test(a_part_of_a_canvas_clips_to_itself),
        cmocka_unit_test(half_a_wide_character_never_shows),
        cmocka_unit_test(ascii_twins_take_the_width_that_is_measured),
        cmocka_unit_test(control_characters_and_broken_utf8_never_pass),
        cmocka_unit_test(drawing_is_total_at_any_size),
        cmocka_unit_test(rows_and_columns_taken_never_exceed_the_rest),
        cmocka_unit_test(columns_fit_every_width_and_the_first_rank_stays),
        cmocka_unit_test(a_list_keeps_its_cursor_in_view),
        cmocka_unit_test(a_line_is_edited_by_whole_characters),
        cmocka_unit_test(a_line_that_is_full_takes_no_more),
        cmocka_unit_test(history_gives_back_the_draft),
        cmocka_unit_test(every_key_of_the_table_has_a_name_that_reads_back),
        cmocka_unit_test(unknown_key_names_are_refused),
        cmocka_unit_test(every_theme_gives_every_role_a_look_that_can_be_read),
        cmocka_unit_test(names_of_actions_are_unique_and_found),
        cmocka_unit_test(no_key_has_two_meanings_in_one_place),
        cmocka_unit_test(every_setting_reads_back_what_it_writes),
        cmocka_unit_test(a_settings_file_reads_back),
    };
    setlocale(LC_CTYPE, "C.UTF-8"); /* widths of characters come from it */
    return cmocka_run_group_tests_name("parts", tests, NULL, free_grid);
}
