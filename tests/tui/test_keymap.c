/* Keys of the user's own, and the settings file that holds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui/toolkit/key.h"
#include "tui/toolkit/keymap.h"
#include "tui/model/settings.h"

static char note[200];

static int forget(void **state)
{
    (void)state;
    ks_keymap_reset();
    return 0;
}

static void take(const char *words, unsigned line)
{
    struct ks_status status = ks_keymap_take(words, line, note, sizeof note);
    if (!ks_is_ok(status))
        fail_msg("%s: %s", words, status.message);
}

static enum ks_action at(const char *key, unsigned place)
{
    struct ks_key parsed;
    assert_true(ks_key_parse(&key, &parsed));
    return ks_keymap_find(parsed.code, place, NULL);
}

static void without_lines_the_table_holds(void **state)
{
    (void)state;
    uint32_t keys[KS_KEYS_MAX];
    for (unsigned i = 1; i < KS_DO_N; i++) {
        const char *table = ks_action_info((enum ks_action)i)->keys;
        struct ks_key key;
        size_t n = ks_keymap_keys((enum ks_action)i, keys);
        assert_int_equal(n > 0, ks_key_parse(&table, &key));
        if (n > 0)
            assert_int_equal(keys[0], key.code);
    }
}

static void a_bound_key_does_its_action_and_comes_first(void **state)
{
    (void)state;
    char label[32];
    take("bind <C-e> export", 1);
    assert_string_equal(note, "");
    assert_int_equal(at("<C-e>", KS_ON_KNOCKS), KS_DO_EXPORT);
    assert_int_equal(at("e", KS_ON_KNOCKS), KS_DO_EXPORT); /* the table's key stays */
    assert_string_equal(ks_action_key_label(label, sizeof label, KS_DO_EXPORT), "^e");
}

static void an_action_known_everywhere_takes_the_key_on_every_screen(void **state)
{
    (void)state;
    assert_int_equal(at("x", KS_ON_KNOCKS), KS_DO_ASIDE);
    take("bind x log", 1);
    assert_int_equal(at("x", KS_ON_KNOCKS), KS_DO_LOG);
    assert_int_equal(at("x", KS_ON_CURVE), KS_DO_LOG);
    assert_non_null(strstr(note, "no key now")); /* set-aside or loosen */
}

static void an_action_of_one_screen_leaves_the_key_to_the_others(void **state)
{
    (void)state;
    take("bind q mark", 1);
    assert_string_equal(note, "");
    assert_int_equal(at("q", KS_ON_RULES), KS_DO_MARK);
    assert_int_equal(at("q", KS_ON_CAPTURE), KS_DO_BACK);
}

static void the_later_of_two_lines_holds_and_both_are_named(void **state)
{
    (void)state;
    take("bind <F5> export", 3);
    take("bind <F5> log", 7);
    assert_non_null(strstr(note, "export"));
    assert_non_null(strstr(note, "line 3"));
    assert_int_equal(at("<F5>", KS_ON_TUNE), KS_DO_LOG);
    take("bind <F6> set-aside", 8); /* two places: no conflict */
    take("bind <F6> loosen", 9);
    assert_string_equal(note, "");
    assert_int_equal(at("<F6>", KS_ON_KNOCKS), KS_DO_ASIDE);
    assert_int_equal(at("<F6>", KS_ON_TUNE), KS_DO_LOOSEN);
}

static void an_unbound_key_does_nothing_until_it_is_bound(void **state)
{
    (void)state;
    uint32_t keys[KS_KEYS_MAX];
    take("unbind x", 1);
    assert_int_equal(at("x", KS_ON_KNOCKS), KS_DO_NOTHING);
    assert_int_equal(at("x", KS_ON_TUNE), KS_DO_NOTHING);
    assert_int_equal(ks_keymap_keys(KS_DO_ASIDE, keys), 0);
    take("bind x set-aside", 2);
    assert_int_equal(at("x", KS_ON_KNOCKS), KS_DO_ASIDE);
    assert_int_equal(at("x", KS_ON_TUNE), KS_DO_NOTHING);
    take("unbind x", 3);
    assert_int_equal(at("x", KS_ON_KNOCKS), KS_DO_NOTHING);
}

static void text_goes_with_the_key(void **state)
{
    (void)state;
    const char *text = NULL;
    take("bind <F5>   set  min-supp 0.3  ", 1);
    assert_int_equal(ks_keymap_find(KS_KEY_F1 + 4, KS_ON_RULES, &text), KS_DO_SET);
    assert_string_equal(text, "min-supp 0.3");
}

static void terminals_send_some_keys_alike(void **state)
{
    (void)state;
    take("bind <C-M> log", 1);
    assert_int_equal(ks_keymap_find(KS_KEY_ENTER, KS_ON_CAPTURE, NULL), KS_DO_LOG);
    take("bind <C-E> export", 2);
    assert_int_equal(ks_keymap_find('e' | KS_KEY_CTRL, KS_ON_CAPTURE, NULL), KS_DO_EXPORT);
}

static void nonsense_is_refused_in_words(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"bind", "key"}, {"bind x", "action"}, {"bind <NoKey> quit", "<NoKey>"}, {"bind x dance", "dance"}, {"bind x qui", "qui"},
        {"unbind", "key"}, {"unbind x y", "one key"}, {"bind <Click> quit", "<Click>"}, {"bind xy quit", "xy"}, {"bind x quit now", "nothing after"},
        {"dance x y", "bind KEY"}, {"", "bind KEY"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        size_t n;
        struct ks_status status = ks_keymap_take(wrong[i][0], 1, note, sizeof note);
        assert_int_equal(status.code, KS_USAGE);
        if (strstr(status.message, wrong[i][1]) == NULL)
            fail_msg("%s: %s", wrong[i][0], status.message);
        ks_keymap_bindings(&n);
        assert_int_equal(n, 0);
    }
}

static void the_last_key_to_quit_stays(void **state)
{
    (void)state;
    take("unbind Q", 1);
    take("unbind q", 2);
    take("unbind <BS>", 3);
    assert_int_equal(ks_keymap_take("unbind :", 4, note, sizeof note).code, KS_USAGE);
    assert_int_equal(at(":", KS_ON_TUNE), KS_DO_COMMAND);
}

static void there_is_an_end_to_lines(void **state)
{
    (void)state;
    char words[64];
    int taken = 0;
    for (int i = 0; i < KS_BINDINGS + 5; i++) {
        char key[8];
        uint32_t c = 0x4e00 + (uint32_t)i;
        snprintf(key, sizeof key, "%c%c%c", (int)(0xe0 | c >> 12), (int)(0x80 | (c >> 6 & 63)), (int)(0x80 | (c & 63)));
        snprintf(words, sizeof words, "bind %s log", key);
        taken += ks_is_ok(ks_keymap_take(words, 1, note, sizeof note));
    }
    assert_int_equal(taken, KS_BINDINGS);
}

static char said[2000];

static void complain(void *context, const char *text)
{
    (void)context;
    size_t n = strlen(said);
    snprintf(said + n, sizeof said - n, "%s\n", text);
}

static void read_file(const char *path, char *out, size_t cap)
{
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t n = fread(out, 1, cap - 1, file);
    fclose(file);
    out[n] = '\0';
}

static void make_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void a_file_is_told_by_line_and_the_rest_holds(void **state)
{
    (void)state;
    char path[] = "/tmp/knockscope-settings-XXXXXX";
    struct ks_settings s = {.habits = ks_habits_standard(), .params = ks_params_preset(KS_PRESET_HUNT)};
    bool found;
    said[0] = '\0';
    make_file(path, "# mine\ntheme = light\nbind q dance\ncolour = blue\nnonsense\nbind <F5> log\nmouse = maybe\nmin-supp = 0.25\n");
    assert_true(ks_is_ok(ks_settings_read(&s, path, false, &found, complain, NULL)));
    assert_true(found);
    assert_int_equal(s.habits.theme, KS_THEME_LIGHT);
    assert_int_equal(at("<F5>", KS_ON_TUNE), KS_DO_LOG);
    assert_true(s.params.min_supp.automatic); /* parameters were not asked for */
    static const char *const expected[] = {"line 3: no action is called dance", "line 4: no setting is called colour", "line 5: neither",
                                           "line 7: mouse is"};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        if (strstr(said, expected[i]) == NULL)
            fail_msg("%s is not in\n%s", expected[i], said);
    assert_non_null(strstr(said, path));
    assert_null(strstr(said, "line 2"));
    assert_true(ks_is_ok(ks_settings_read(&s, path, true, &found, complain, NULL)));
    assert_false(s.params.min_supp.automatic);
    unlink(path);
    assert_true(ks_is_ok(ks_settings_read(&s, path, true, &found, complain, NULL)));
    assert_false(found);
}

static void writing_keeps_comments_order_and_what_is_not_known(void **state)
{
    (void)state;
    char path[] = "/tmp/knockscope-settings-XXXXXX", text[2000];
    struct ks_settings s = {.habits = ks_habits_standard(), .params = ks_params_preset(KS_PRESET_HUNT)};
    bool found;
    make_file(path, "# mine\n\ntheme = light\nfuture = 1\nbind <F5> log\nbind <F6> log\nmin-supp = 0.25\ntheme = dark\nlast = line");
    assert_true(ks_is_ok(ks_settings_read(&s, path, false, &found, complain, NULL)));
    s.habits.theme = KS_THEME_CONTRAST;
    s.habits.mouse = false;
    s.kept |= 1u << KS_SET_MOUSE;
    take("bind <F5> export knockd", 0);
    assert_true(ks_is_ok(ks_settings_write(&s, path)));
    read_file(path, text, sizeof text);
    static const char before[] = "# mine\n\ntheme = contrast\nfuture = 1\nbind <F6> log\nmin-supp = 0.25\nlast = line\n";
    assert_int_equal(strncmp(text, before, sizeof before - 1), 0);
    assert_non_null(strstr(text, "\nmouse = off\n"));
    assert_non_null(strstr(text, "\nbind <F5> export knockd\n"));
    char again[2000];
    assert_true(ks_is_ok(ks_settings_write(&s, path)));
    read_file(path, again, sizeof again);
    assert_string_equal(again, text); /* nothing new: nothing changes */
    unlink(path);
}

static void a_paste_ends_with_its_mark_or_after_a_pause(void **state)
{
    (void)state;
    struct ks_paste paste = {0};
    assert_false(ks_paste_takes(&paste, false, false, 1000000));
    assert_true(ks_paste_takes(&paste, true, false, 1000001));
    assert_true(ks_paste_takes(&paste, false, false, 1005001)); /* a slow line */
    assert_true(ks_paste_takes(&paste, true, false, 1006000));  /* within another */
    assert_true(ks_paste_takes(&paste, false, true, 1006001));
    assert_false(ks_paste_takes(&paste, false, false, 1006002));
    assert_true(ks_paste_takes(&paste, false, true, 1006003)); /* an end without a beginning is no key either */
    assert_true(ks_paste_takes(&paste, true, false, 1007000));
    assert_true(ks_paste_takes(&paste, false, false, 1012000));
    assert_false(ks_paste_takes(&paste, false, false, 1017001)); /* its end was lost */
    assert_false(ks_paste_takes(&paste, false, false, 1017002));
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, forget)
    const struct CMUnitTest tests[] = {
        T(a_paste_ends_with_its_mark_or_after_a_pause),
        T(without_lines_the_table_holds),
        T(a_bound_key_does_its_action_and_comes_first),
        T(an_action_known_everywhere_takes_the_key_on_every_screen),
        T(an_action_of_one_screen_leaves_the_key_to_the_others),
        T(the_later_of_two_lines_holds_and_both_are_named),
        T(an_unbound_key_does_nothing_until_it_is_bound),
        T(text_goes_with_the_key),
        T(terminals_send_some_keys_alike),
        T(nonsense_is_refused_in_words),
        T(the_last_key_to_quit_stays),
        T(there_is_an_end_to_lines),
        T(a_file_is_told_by_line_and_the_rest_holds),
        T(writing_keeps_comments_order_and_what_is_not_known),
    };
    return cmocka_run_group_tests_name("keymap", tests, NULL, NULL);
}
