/* The explorer on a pseudo-terminal under attack: hostile names in what it opens, signals at any moment, sizes that no screen has, pipes that close. What the
 * terminal gets holds nothing raw, and afterwards it is as it was. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "pty.h"

#define LOADED "  u " /* of line 1, once the capture is mined */

/* A control sequence, a title, a C1 control, a line end, malformed bytes, a change of direction, an invisible character; and what is to be seen of it. */
static const char raw[] = "evil\033[2J\033]0;owned\a\xc2\x9b\x35n\n\xff\xe2\x80\xae\xe2\x80\x8b.gz", safe[] = "evil?[2J?]0;owned??5n????.gz";
static char office[4096], folder[64];
static struct pty pty;

static int cleanup(void **state)
{
    (void)state;
    pty_free(&pty);
    return 0;
}

static bool sanitized(void)
{
    const char *flags = getenv("KS_SANITIZED");
    return flags != NULL && strstr(flags, "sanitize") != NULL;
}

static void quits(void)
{
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
    pty_assert_sane(&pty);
}

static void a_hostile_name_is_shown_to_the_letter_and_harmless(void **state)
{
    (void)state;
    char line[300];
    const char *arguments[] = {"--no-settings", raw, NULL};
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = -1, .out = -1, .w = 120, .h = 30});
    pty_wait_text(&pty, LOADED);
    pty_wait_idle(&pty, 0);
    snprintf(line, sizeof line, " %s  1 skipped", safe);
    if (strncmp(pty_row(&pty, 0), line, strlen(line)) != 0)
        fail_msg("line 1 is %s", pty_row(&pty, 0));
    pty_type(&pty, "5");
    snprintf(line, sizeof line, "file               %.22s", safe); /* as much as the pane has room for */
    pty_wait_text(&pty, line);
    pty_type(&pty, ":open none\\\033[200~\033]0;owned\a\xc2\x9b\033[201~\r"); /* a paste: its line ends and controls go no further than the prompt */
    pty_wait_text(&pty, "No such file or directory");
    pty_type(&pty, ":filter \xe2\x80\xae\xc2\x9b[31m\r");
    pty_type(&pty, "L");
    pty_wait_text(&pty, "Messages");
    assert_string_equal(pty.foreign, "");
    quits();
}

static void a_missing_file_of_a_hostile_name_is_told_harmlessly(void **state)
{
    (void)state;
    static const char *const ways[][4] = {{"stats", "no\033]0;owned\a\xc2\x9b", NULL}, {"--script", "no\033]0;owned\a\xc2\x9b", NULL},
                                          {"knocks", "--allow", "no\033]0;owned\a\xc2\x9b", NULL}};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        const char *arguments[] = {ways[i][0], ways[i][1], ways[i][2], ways[i][2] != NULL ? office : NULL, NULL};
        pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = -1, .out = -1});
        pty_wait_end(&pty);
        assert_true(pty_shows(&pty, "no?]0;owned??: No such file or directory"));
        assert_string_equal(pty.foreign, "");
        assert_true(WIFEXITED(pty.status) && WEXITSTATUS(pty.status) != 0);
        pty_assert_sane(&pty);
        pty_free(&pty);
    }
}

static void starts(int w, int h)
{
    const char *arguments[] = {"--no-settings", office, NULL};
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = -1, .out = -1, .w = w, .h = h});
    if (w >= 80 && h >= 24)
        pty_wait_text(&pty, LOADED);
    pty_wait_idle(&pty, 0);
}

static void every_signal_that_ends_it_leaves_the_terminal_sane(void **state)
{
    (void)state;
    static const int numbers[] = {SIGQUIT, SIGTERM, SIGHUP, SIGINT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        bool crash = i >= 4;
        starts(80, 24);
        kill(pty.program, numbers[i]);
        pty_wait_end(&pty);
        pty_assert_sane(&pty);
        if (crash && sanitized() && numbers[i] != SIGABRT)
            assert_int_not_equal(pty.status, 0); /* a report and a status of its own */
        else if (!WIFSIGNALED(pty.status) || WTERMSIG(pty.status) != numbers[i])
            fail_msg("signal %d ended it with %x", numbers[i], (unsigned)pty.status);
        pty_free(&pty);
    }
}

/* A second signal while the first is being handled, and signals while it is stopped. */
static void signals_that_come_together_leave_the_terminal_sane(void **state)
{
    (void)state;
    starts(80, 24);
    kill(pty.program, SIGTERM);
    kill(pty.program, SIGHUP);
    kill(pty.program, SIGSEGV);
    pty_wait_end(&pty);
    pty_assert_sane(&pty);
    assert_int_not_equal(pty.status, 0);
    pty_free(&pty);
    starts(80, 24);
    kill(pty.program, SIGTSTP);
    pty_wait_stop(&pty);
    pty_assert_sane(&pty);
    kill(pty.program, SIGTERM);
    pty_continue(&pty);
    pty_wait_end(&pty);
    pty_assert_sane(&pty);
    assert_true(WIFSIGNALED(pty.status) && WTERMSIG(pty.status) == SIGTERM);
}

/* A signal while it starts, at any of its first steps. */
static void a_signal_while_it_starts_leaves_the_terminal_sane(void **state)
{
    (void)state;
    for (int bytes = 0; bytes < 12; bytes++) {
        const char *arguments[] = {"--no-settings", office, NULL};
        pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = -1, .out = -1});
        while (!pty.ended && (pty.program <= 0 || pty.bytes < (uint64_t)bytes * 60))
            assert_true(pty_pump(&pty, 40000));
        kill(pty.program, SIGTERM);
        pty_wait_end(&pty);
        pty_assert_sane(&pty);
        pty_free(&pty);
    }
}

static void sizes_that_no_screen_has_are_survived(void **state)
{
    (void)state;
    static const int sizes[][2] = {{1, 1}, {500, 2}, {2, 500}, {1, 200}, {300, 1}, {500, 200}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        starts(sizes[i][0], sizes[i][1]);
        for (const char *key = "12345?L,"; *key != '\0'; key++)
            pty_type(&pty, (char[]){*key, '\0'});
        pty_resize(&pty, 80, 24);
        pty_wait_text(&pty, "office");
        quits();
        pty_free(&pty);
    }
}

static void a_size_that_changes_while_it_loads_is_taken(void **state)
{
    (void)state;
    const char *arguments[] = {"--no-settings", "-", NULL};
    int pipes[2];
    char part[65536];
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = pipes[0], .out = -1});
    close(pipes[0]);
    FILE *file = fopen(office, "rb");
    assert_non_null(file);
    size_t n;
    static const int sizes[][2] = {{132, 43}, {1, 1}, {80, 24}, {40, 500}, {111, 33}};
    for (int turn = 0; (n = fread(part, 1, sizeof part, file)) > 0; turn++) {
        assert_true(write(pipes[1], part, n) == (ssize_t)n); /* a pipe holds as much as one part: it is read meanwhile */
        turn = feof(file) ? 4 : turn;
        struct winsize size = {.ws_col = (unsigned short)sizes[turn % 5][0], .ws_row = (unsigned short)sizes[turn % 5][1]};
        vterm_set_size(pty.vt, size.ws_row, size.ws_col);
        assert_int_equal(ioctl(pty.master, TIOCSWINSZ, &size), 0);
        while (pty_pump(&pty, 0))
            continue;
    }
    fclose(file);
    close(pipes[1]);
    pty_wait_text(&pty, LOADED);
    quits();
}

/* The pipe that the capture comes through, and the terminal, at once. */
static void a_hang_up_while_a_pipe_is_silent_ends_it(void **state)
{
    (void)state;
    const char *arguments[] = {"--no-settings", "-", NULL};
    int silent[2];
    assert_int_equal(pipe2(silent, O_CLOEXEC), 0);
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = silent[0], .out = -1});
    pty_wait_text(&pty, "standard input");
    pty_hang_up(&pty);
    pty_wait_end(&pty);
    close(silent[0]);
    close(silent[1]);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, cleanup)
    const struct CMUnitTest tests[] = {
        T(a_hostile_name_is_shown_to_the_letter_and_harmless),
        T(a_missing_file_of_a_hostile_name_is_told_harmlessly),
        T(every_signal_that_ends_it_leaves_the_terminal_sane),
        T(signals_that_come_together_leave_the_terminal_sane),
        T(a_signal_while_it_starts_leaves_the_terminal_sane),
        T(sizes_that_no_screen_has_are_survived),
        T(a_size_that_changes_while_it_loads_is_taken),
        T(a_hang_up_while_a_pipe_is_silent_ends_it),
    };
    const char *source = getenv("KS_SRC");
    char *whole = realpath(source != NULL ? source : ".", NULL);
    snprintf(office, sizeof office, "%s/data/office.pcap.gz", whole != NULL ? whole : ".");
    free(whole);
    signal(SIGPIPE, SIG_IGN);
    snprintf(folder, sizeof folder, "/tmp/knockscope-test-XXXXXX");
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || symlink(office, raw) != 0)
        return 1;
    int failed = cmocka_run_group_tests_name("siege", tests, NULL, NULL);
    (void)unlink(raw);
    (void)rmdir(folder);
    return failed;
}
