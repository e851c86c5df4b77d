/* Limits that only captures far larger than a test's can reach, lowered: each command says that one was reached, with an exit status that is not 0 where
 * nothing can be given, and the explorer says it, keeps what it had, and goes on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "cli/batch.h"
#include "cli/options.h"
#include "knock_capture.h"
#include "listen.h"
#include "tui/toolkit/keymap.h"
#include "tui/tui.h"

enum { ROOM = 1 << 20 };

static char folder[] = "/tmp/ks-limits-XXXXXX", out[ROOM], said[ROOM];

static void slurp(const char *name, char into[ROOM])
{
    FILE *file = fopen(name, "rb");
    size_t n = file != NULL ? fread(into, 1, ROOM - 1, file) : 0;
    into[n] = '\0';
    if (file != NULL)
        fclose(file);
}

/* Runs a command, its words separated by blanks; fills out and said. Returns the exit status. */
static int command(const char *line)
{
    char words[400], *argv[40];
    int argc = 0;
    struct ks_cli cli;
    snprintf(words, sizeof words, "knockscope %s -o out c.pcap", line);
    for (char *save = NULL, *word = strtok_r(words, " ", &save); word != NULL && argc < 39; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    argv[argc] = NULL;
    unlink("out");
    assert_true(ks_is_ok(ks_cli_parse(argc, argv, &cli)));
    listen_to_stderr();
    int code = ks_cli_run(&cli);
    stop_listening();
    slurp("said", said);
    slurp("out", out);
    ks_cli_free(&cli);
    return code;
}

/* Runs a script in the explorer, then writes the first screen into `out` and messages into `said`. Its windows hold so many events at first. */
static void explore(uint32_t window, const char *steps, const char *screen)
{
    const char *paths[] = {"c.pcap"};
    struct ks_tui_options options = {.load = {.paths = paths, .n_paths = 1}, .params = ks_params_preset(KS_PRESET_PAPER), .script = "steps", .threads = 1,
                                     .params_given = true, .plain_settings = true};
    options.params.windowing.size = options.params.windowing.stride = window;
    options.params.rotations = 2;
    FILE *file = fopen("steps", "w");
    assert_non_null(file);
    assert_true(fprintf(file, ":resize 160x50\n%s%s\n:dump-screen out\n", steps, screen) > 0 && fclose(file) == 0);
    unlink("out");
    ks_keymap_reset();
    listen_to_stderr();
    int code = ks_tui_main(&options);
    stop_listening();
    slurp("said", said);
    slurp("out", out);
    assert_int_equal(code, 0);
}

static void has(const char *text, const char *part)
{
    if (strstr(text, part) == NULL)
        fail_msg("no \"%s\" in: %s", part, text);
}

static void has_not(const char *text, const char *part)
{
    if (strstr(text, part) != NULL)
        fail_msg("\"%s\" in: %s", part, text);
}

/* None but those that a test lowers. */
static struct ks_limits lowered;

static void lower(void)
{
    ks_limits_set(NULL);
    lowered = *ks_limits();
    ks_limits_set(&lowered);
}

/* A command that cannot go on without. */
static void refuses(const char *line, const char *message)
{
    char whole[400];
    snprintf(whole, sizeof whole, "knockscope: %s\n", message);
    assert_int_equal(command(line), KS_EXIT_FAILED);
    assert_string_equal(said, whole);
    assert_int_equal(access("out", F_OK), -1); /* no file that could pass for a result */
}

static void windows(void **state)
{
    (void)state;
    static const char *const mining[] = {"stats", "curve", "sweep --rotations 2", "rules --rotations 2", "evaluate --truth 7001,8002", "why --of 7001,8002",
                                         "export --as csv --select rules"};
    lower();
    assert_int_equal(command("stats --preset paper --window 6"), KS_EXIT_DONE);
    lowered.windows = 9;
    assert_int_equal(command("stats --preset paper --window 6"), KS_EXIT_DONE);
    for (size_t i = 0; i < sizeof mining / sizeof *mining; i++) {
        char line[100];
        snprintf(line, sizeof line, "%s --preset paper --window 5", mining[i]);
        refuses(line, "more than 9 windows: use larger ones");
    }
    explore(6, ":set window 5\n", "L<Home>");
    has(out, "more than 9 windows: use larger ones");
    explore(6, ":set window 5\n", "1");
    has(out, "l 9"); /* what was there before stays */
    has(out, "7001");
    explore(6, ":set window 5\n:set window 27\n", "1"); /* and another change is made */
    has(out, "l 2");
    explore(5, "", "4"); /* knocks need no windows */
    has(out, "7001");
    ks_limits_set(NULL);
}

static void items(void **state)
{
    (void)state;
    lower();
    lowered.items = 7; /* 7001, 8002, 9003, 2222, 80, 443 and 53 */
    assert_int_equal(command("stats"), KS_EXIT_DONE);
    lowered.items = 6;
    refuses("rules --rotations 2", "more than 6 different items");
    refuses("rules --rotations 2 --window 10 --stride 3", "more than 6 different items");
    assert_int_equal(command("rules --rotations 2 --preset paper --items syn"), KS_EXIT_DONE);
    explore(6, ":set items attempts\n", "L<Home>");
    has(out, "more than 6 different items");
    ks_limits_set(NULL);
}

static void overlaps(void **state)
{
    (void)state;
    lower();
    lowered.overlap = 20;
    refuses("rules --preset paper --window 10 --stride 1 --rotations 2", "overlap puts 475 entries into window sets, more than 20: use a larger stride");
    explore(10, ":set stride 1\n", "L<Home>");
    has(out, "more than 20: use a larger stride");
    explore(10, ":set stride 1\n", "1");
    has(out, "7001");
    ks_limits_set(NULL);
}

static void curve(void **state)
{
    (void)state;
    static const char told[] = "there are more windows than the curve is computed for";
    lower();
    lowered.curve = 9;
    assert_int_equal(command("curve --preset paper --window 6"), KS_EXIT_DONE);
    has(out, "expected (Eq. 8)");
    has_not(said, "limit");
    assert_int_equal(command("curve --preset paper --window 5"), KS_EXIT_DONE);
    has(said, "knockscope: limit reached: there are more windows than the curve is computed for\n");
    has(out, "limit    there are more windows than the curve is computed for\n");
    assert_int_equal(command("curve --preset paper --window 5 --format csv -q"), KS_EXIT_DONE);
    has(said, told);
    assert_int_equal(command("curve --preset paper --window 5 --format json -q"), KS_EXIT_DONE);
    has(out, told);
    /* All else is as ever, and the automatic minSupp says what it was chosen without. */
    assert_int_equal(command("rules --preset paper --window 5 --min-supp auto --rotations 2"), KS_EXIT_DONE);
    has(out, "Eq. 8 is not computed for so many windows");
    assert_int_equal(command("rules --window 0.001s --min-supp auto --rotations 2"), KS_EXIT_DONE);
    has(out, "Eq. 8 is not computed for so many windows");
    explore(5, "", "2");
    has(out, "more windows than it is computed for");
    explore(6, "", "2");
    has_not(out, "No curve");
    ks_limits_set(NULL);
}

static void rankings(void **state)
{
    (void)state;
    lower();
    lowered.ranking = 5;
    refuses("rules --preset paper --window 5 --rotations 2 --min-supp 1 --min-inte 0 --min-conf 0", "the ranking has more than 5 entries: raise a threshold");
    explore(5, ":set min-supp 1\n:set min-inte 0\n:set min-conf 0\n3\n", "L<Home>");
    has(out, "more than 5 entries: raise a threshold");
    lowered.ranking = 100; /* pairs only */
    assert_int_equal(command("rules --preset paper --window 5 --rotations 2 --min-supp 1 --min-inte 0 --min-conf 0"), KS_EXIT_DONE);
    refuses("rules --preset paper --window 5 --rotations 2 --min-supp 1 --min-inte 0 --min-conf 0 --max-len 5",
            "the ranking has more than 100 entries: raise a threshold");
    ks_limits_set(NULL);
}

static void corrections(void **state)
{
    (void)state;
    lower();
    lowered.tests = 1;
    refuses("rules --preset paper --window 5 --rotations 2 --min-supp 1 --min-inte 0 --min-conf 0", "the false-discovery correction takes at most 1 different tests");
    explore(5, ":set min-supp 1\n:set min-inte 0\n:set min-conf 0\n3\n", "L<Home>");
    has(out, "takes at most 1 different tests");
    ks_limits_set(NULL);
}

static int make_folder(void **state)
{
    (void)state;
    struct packets p = {0};
    if (!can_listen() || mkdtemp(folder) == NULL || chdir(folder) != 0)
        return -1;
    knock_capture(&p);
    FILE *file = fopen("c.pcap", "wb");
    bool ok = file != NULL && fwrite(p.at, 1, p.n, file) == p.n && fclose(file) == 0;
    packets_free(&p);
    return ok ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"c.pcap", "steps", "said", "out"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)remove(names[i]);
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows), cmocka_unit_test(items), cmocka_unit_test(overlaps), cmocka_unit_test(curve), cmocka_unit_test(rankings), cmocka_unit_test(corrections),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
