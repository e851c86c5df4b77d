/* Memory that runs out, at every place: each batch command, each export, and the explorer by a script, with the k-th allocation failing, for good (all after
 * it fail) or for a moment (only it fails). A command then fails with words, tells that it read only a part, or gives exactly what it gives otherwise; the
 * explorer says what it could not do and goes on or ends, and where memory comes back it goes on. Built with sanitizers this is where leaks on the way out show.
 *
 * KS_MEMORY=N tries N places of each: the first ones, and a sample drawn from KS_SEED (all of them where N is large; default 40).
 * KS_MEMORY_PART=I/OF tries one of OF parts of them, so that `make memory` can try them all side by side. */
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

#include "base/memory.h"
#include "cli/batch.h"
#include "cli/options.h"
#include "export/export.h"
#include "knock_capture.h"
#include "listen.h"
#include "tui/toolkit/keymap.h"
#include "tui/tui.h"

static char folder[] = "/tmp/ks-memory-XXXXXX";
static size_t places = 40, part, parts = 1;
static uint64_t seed = 1;

static char *slurp(const char *name, size_t *n)
{
    FILE *file = fopen(name, "rb");
    char *bytes = calloc(1, 1 << 22);
    assert_non_null(bytes);
    *n = file != NULL ? fread(bytes, 1, (1 << 22) - 1, file) : 0;
    if (file != NULL)
        fclose(file);
    return bytes;
}

/* Runs one command line, its words separated by blanks, with the k-th allocation from now failing (0: none) and all after it, or only it; *asked gets
 * how many there were. */
static int command(const char *line, size_t k, bool once, size_t *asked)
{
    char words[400], *argv[40];
    int argc = 0;
    struct ks_cli cli;
    snprintf(words, sizeof words, "%s", line);
    for (char *save = NULL, *word = strtok_r(words, " ", &save); word != NULL && argc < 39; word = strtok_r(NULL, " ", &save))
        argv[argc++] = word;
    argv[argc] = NULL;
    listen_to_stderr();
    ks_memory_fail_between(k, once ? k : SIZE_MAX);
    struct ks_status status = ks_cli_parse(argc, argv, &cli);
    int code;
    if (ks_is_ok(status)) {
        code = ks_cli_run(&cli);
    } else {
        fprintf(stderr, "%s\n", status.message);
        code = KS_EXIT_FAILED;
    }
    *asked = ks_memory_asked();
    ks_memory_fail_from(0);
    ks_cli_free(&cli);
    stop_listening();
    return code;
}

/* The i-th place of those that are tried, of `asked`: all of them one by one, or the first ones so and then any. */
static size_t place(size_t i, size_t asked)
{
    if (asked <= places || i < places / 2)
        return i + 1;
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return 1 + (size_t)(seed >> 33) % asked;
}

/* How many are tried, and whether this process tries the i-th. */
static size_t tries_of(size_t asked)
{
    return asked < places ? asked : places;
}

static bool is_ours(size_t i)
{
    return i % parts == part;
}

/* One failure of a command whose output otherwise is `full`. True where it ended the command. */
static bool hold_one(const char *with_output, size_t k, bool once, const char *full, size_t n_full)
{
    size_t now, n, n_said;
    unlink("out");
    unlink("out.json");
    int code = command(with_output, k, once, &now);
    char *out = slurp("out", &n), *said = slurp("said", &n_said);
    const char *how = once ? "alone" : "and all after it";
    /* Allocations by several threads come in no fixed order: what counts is whether one failed. */
    if (now >= k && code == KS_EXIT_DONE && (n != n_full || memcmp(out, full, n) != 0))
        fail_msg("%s: allocation %zu failed, %s, the output is another, and nothing was told", with_output, k, how);
    if (code != KS_EXIT_DONE && n_said == 0)
        fail_msg("%s: allocation %zu failed, %s, without a word", with_output, k, how);
    if (code != KS_EXIT_DONE && code != KS_EXIT_PARTIAL && code != KS_EXIT_FAILED)
        fail_msg("%s: allocation %zu failed, %s, with exit status %d: %s", with_output, k, how, code, said);
    if (code == KS_EXIT_FAILED && (strstr(said, "memory") == NULL || n != 0))
        fail_msg("%s: allocation %zu failed, %s: %s (%zu bytes of output)", with_output, k, how, said, n);
    free(out);
    free(said);
    return code != KS_EXIT_DONE;
}

static void hold(const char *line)
{
    char with_output[400];
    size_t asked, n_full, tried = 0, failed = 0, failed_once = 0;
    snprintf(with_output, sizeof with_output, "knockscope %s -o out", line);
    unlink("out");
    unlink("out.json");
    assert_int_equal(command(with_output, 0, false, &asked), KS_EXIT_DONE);
    char *full = slurp("out", &n_full);
    assert_true(n_full > 0);
    for (size_t i = 0; i < tries_of(asked); i++) {
        size_t k = place(i, asked);
        if (!is_ours(i))
            continue;
        tried++;
        failed += hold_one(with_output, k, false, full, n_full);
        failed_once += hold_one(with_output, k, true, full, n_full);
    }
    free(full);
    print_message("# %s: %zu allocations, %zu of %zu tried end it, %zu where only one fails\n", line, asked, failed, tried, failed_once);
    assert_true(failed * 2 >= tried); /* most are needed */
}

static void batch_commands(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "stats c.pcap",
        "stats --format json c.pcap c.pcap",
        "curve --preset paper --window 10 c.pcap",
        "sweep --rotations 2 c.pcap",
        "rules --max-len 3 --min-supp 1 --min-inte 0 --min-conf 0 --rotations 2 c.pcap",
        "rules --format csv --window 10 --stride 3 --min-supp 1 --min-inte 0 --sort ln_p c.pcap",
        "knocks --rotations 2 c.pcap",
        "knocks --format json --allow allow c.pcap",
        "evaluate --truth 7001,8002,9003 --format csv c.pcap",
        "why --of 7001,8002 --rotations 2 c.pcap",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        hold(lines[i]);
}

static void exports(void **state)
{
    (void)state;
    for (int i = 0; i < KS_FORMAT_N; i++) {
        char line[100];
        snprintf(line, sizeof line, "export --as %s --rotations 2 c.pcap", ks_format_info((enum ks_format)i)->name);
        hold(line);
    }
}

/* Every screen, with what opens, marks, filters, compares and writes. */
static const char steps[] = ":set rotations 2\n:set max-len 3\n"
                            "1 <Down> <Right> a u <C-r> S\n2 <Right>\n3 <Enter> <Esc> / 7 0 <Enter> n f p o r t : 7 0 0 1 <Enter> F <Space> v\n"
                            "4 <Enter> p <Esc> <Esc> <Space> e <Esc>\n:export markdown r.md\n:export json r.json\n:export pcap r.pcap\n"
                            "5 <Tab> <Down>\n:narrow host 10.0.0.1\n:widen\n5\n:compare\n<Esc>\n:baseline c.pcap\n<Esc> , <Esc> L ? <Esc> <Esc>\n:snapshot one\n1 C <Esc>\n"
                            ":bind <F5> set window 5\n:save-settings\n:open c.pcap\n:set window 10\n:dump-model m\n:dump-screen s attributes\n";

static int explore(size_t k, bool once, size_t *asked)
{
    const char *paths[] = {"c.pcap"};
    struct ks_tui_options options = {.load = {.paths = paths, .n_paths = 1}, .params = ks_params_preset(KS_PRESET_HUNT),
                                     .script = "steps", .knocks = {.allow_path = "allow"}, .threads = 1};
    listen_to_stderr();
    ks_keymap_reset();
    ks_memory_fail_between(k, once ? k : SIZE_MAX);
    int code = ks_tui_main(&options);
    *asked = ks_memory_asked();
    ks_memory_fail_from(0);
    stop_listening();
    return code;
}

/* What the script wrote: its end was reached, or something was said. */
static void hold_explorer(size_t k, bool once)
{
    size_t now, n;
    unlink("s");
    int code = explore(k, once, &now);
    char *said = slurp("said", &n);
    if ((code != 0 && n == 0) || code < 0 || code > 4)
        fail_msg("allocation %zu failed, %s: status %d, %s", k, once ? "alone" : "and all after it", code, said);
    if (code == 0 && access("s", F_OK) != 0)
        fail_msg("allocation %zu failed, %s: the script did not come to its end, and nothing was told", k, once ? "alone" : "and all after it");
    free(said);
}

static void the_explorer(void **state)
{
    (void)state;
    size_t asked, n, tried = 0;
    FILE *file = fopen("steps", "w");
    assert_non_null(file);
    assert_true(fputs(steps, file) >= 0 && fclose(file) == 0);
    setenv("XDG_CONFIG_HOME", folder, 1);
    int code = explore(0, false, &asked);
    char *said = slurp("said", &n);
    if (code != 0)
        fail_msg("status %d: %s", code, said);
    free(said);
    assert_int_equal(access("s", F_OK), 0); /* the script came to its end */
    for (size_t i = 0; i < tries_of(asked); i++) {
        size_t k = place(i, asked);
        if (!is_ours(i))
            continue;
        tried++;
        hold_explorer(k, false);
        hold_explorer(k, true);
    }
    print_message("# %zu allocations, %zu tried\n", asked, tried);
}

static int make_folder(void **state)
{
    (void)state;
    struct packets p = {0};
    const char *wanted = getenv("KS_MEMORY"), *which = getenv("KS_MEMORY_PART"), *given = getenv("KS_SEED");
    if (wanted != NULL)
        places = (size_t)strtoull(wanted, NULL, 10);
    if (given != NULL)
        seed = strtoull(given, NULL, 10);
    if (which != NULL && (sscanf(which, "%zu/%zu", &part, &parts) != 2 || parts == 0 || part >= parts))
        return -1;
    if (places < 4 || !can_listen() || mkdtemp(folder) == NULL || chdir(folder) != 0)
        return -1;
    knock_capture(&p);
    FILE *file = fopen("c.pcap", "wb");
    bool ok = file != NULL && fwrite(p.at, 1, p.n, file) == p.n && fclose(file) == 0;
    packets_free(&p);
    file = fopen("allow", "w");
    return ok && file != NULL && fputs("53 # names\n", file) >= 0 && fclose(file) == 0 ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"c.pcap", "allow", "steps", "said", "out", "out.json", "r.md", "r.json", "r.pcap", "r.pcap.json",
                                        "m", "s", "knockscope/settings", "knockscope/allow", "knockscope"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        (void)remove(names[i]);
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batch_commands),
        cmocka_unit_test(exports),
        cmocka_unit_test(the_explorer),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
