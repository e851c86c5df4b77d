/* The explorer on a real (pseudo-)terminal: start, every way to end, signals, sizes, keys. */
#define _GNU_SOURCE 1
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "pty.h"

#define LOADED "  u " /* of line 1, "t 1,000  u 100  l 10", once the capture is mined */

static char office[4096];
static struct pty pty; /* one at a time */

static int cleanup(void **state)
{
    (void)state;
    pty_free(&pty);
    return 0;
}

static void start_on(const char *term, const char *extra)
{
    const char *arguments[] = {"--no-settings", office, extra, NULL};
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .term = term, .in = -1, .out = -1});
}

static void start(void)
{
    start_on(NULL, NULL);
    pty_wait_text(&pty, "office.pcap.gz");
    pty_wait_text(&pty, LOADED);
    pty_wait_idle(&pty, 0);
}

static bool sanitized(void)
{
    const char *flags = getenv("KS_SANITIZED");
    return flags != NULL && strstr(flags, "sanitize") != NULL;
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Processor time of all threads of the program so far, microseconds. */
static int64_t processor_us(pid_t pid)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    const char *at = strrchr(text, ')');
    assert_non_null(at);
    for (int field = 0; field < 12; field++)
        at = strchr(at + 1, ' ');
    char *end;
    unsigned long ticks = strtoul(at, &end, 10);
    ticks += strtoul(end, NULL, 10);
    return (int64_t)ticks * 1000000 / sysconf(_SC_CLK_TCK);
}

static void starts_in_the_alternate_screen_and_leaves_it(void **state)
{
    (void)state;
    start();
    assert_true(pty.alternate);
    assert_true(pty.mouse);
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_true(WIFEXITED(pty.status));
    assert_int_equal(WEXITSTATUS(pty.status), 0);
    pty_assert_sane(&pty);
}

static void q_on_a_main_screen_quits(void **state)
{
    (void)state;
    start();
    pty_type(&pty, "?"); /* the help lies on top: q closes it first */
    pty_type(&pty, "q");
    pty_wait_text(&pty, LOADED);
    pty_send(&pty, "q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
    pty_assert_sane(&pty);
}

static void dies_of(int number)
{
    start();
    kill(pty.program, number);
    pty_wait_end(&pty);
    pty_assert_sane(&pty);
    assert_true(WIFSIGNALED(pty.status));
    assert_int_equal(WTERMSIG(pty.status), number);
}

static void sigterm_ends_it_with_the_terminal_sane(void **state)
{
    (void)state;
    dies_of(SIGTERM);
}

static void sighup_ends_it_with_the_terminal_sane(void **state)
{
    (void)state;
    dies_of(SIGHUP);
}

static void sigint_from_outside_ends_it_with_the_terminal_sane(void **state)
{
    (void)state;
    dies_of(SIGINT);
}

/* A sanitizer turns the signal into a report and an exit status of its own. */
static void crashes_by(int number)
{
    start();
    kill(pty.program, number);
    pty_wait_end(&pty);
    pty_assert_sane(&pty);
    if (!sanitized() || number == SIGABRT) {
        assert_true(WIFSIGNALED(pty.status));
        assert_int_equal(WTERMSIG(pty.status), number);
    } else {
        assert_int_not_equal(pty.status, 0);
    }
}

static void a_crash_leaves_the_terminal_sane(void **state)
{
    (void)state;
    crashes_by(SIGSEGV);
}

static void an_abort_leaves_the_terminal_sane(void **state)
{
    (void)state;
    crashes_by(SIGABRT);
}

/* Limits on processor time, timers, what users send by mistake: all of them would end the program. */
static void other_signals_that_end_it_leave_the_terminal_sane(void **state)
{
    (void)state;
    static const int numbers[] = {SIGXCPU, SIGUSR1, SIGALRM, SIGTRAP, SIGQUIT};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (i > 0)
            pty_free(&pty);
        dies_of(numbers[i]);
    }
}

/* As it comes from a shell without job control. */
static void a_signal_that_is_ignored_changes_nothing(void **state)
{
    (void)state;
    const char *arguments[] = {"--no-settings", office, NULL};
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .ignored = SIGQUIT, .in = -1, .out = -1});
    pty_wait_text(&pty, LOADED);
    pty_wait_idle(&pty, 0);
    kill(pty.program, SIGQUIT);
    pty_type(&pty, "?");
    struct termios now;
    assert_int_equal(tcgetattr(pty.master, &now), 0);
    assert_int_equal(now.c_lflag & (tcflag_t)(ICANON | ECHO), 0);
    assert_true(pty.alternate);
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
    pty_assert_sane(&pty);
}

/* Types as fast as the terminal takes it, until the program has ended; sends SIGTERM once the screen shows it. */
static void keys_without_end(const char *begin, const char *keys, const char *shown)
{
    size_t n = strlen(keys);
    start();
    pty_send(&pty, begin);
    bool asked = false;
    for (int64_t until = now_us() + 120000000; !pty.ended;) {
        assert_true(now_us() < until);
        ssize_t wrote = write(pty.master, keys, n);
        (void)wrote; /* full */
        pty_pump(&pty, 0);
        if (!asked && pty_shows(&pty, shown)) {
            kill(pty.program, SIGTERM);
            asked = true;
        }
    }
    pty_wait_end(&pty);
    assert_true(WIFSIGNALED(pty.status));
    assert_int_equal(WTERMSIG(pty.status), SIGTERM);
}

static void keys_without_end_hold_neither_screen_nor_signals_up(void **state)
{
    (void)state;
    keys_without_end(":", "a", "aaaaaa");
    pty_free(&pty);
    keys_without_end("?", "jk", "Help");
    pty_free(&pty);
    keys_without_end("\033[200~", "pasted text ", LOADED);
}

/* The sanitizer's own report is the example of a last word: it must not be lost with the captured standard error. */
static void the_last_words_of_a_crash_are_seen(void **state)
{
    (void)state;
    if (!sanitized()) {
        print_message("# needs a sanitizer, which says something at a crash\n");
        skip();
    }
    start();
    kill(pty.program, SIGSEGV);
    pty_wait_end(&pty);
    bool seen = pty_shows(&pty, "Sanitizer") || pty_shows(&pty, "ABORTING");
    assert_true(seen);
}

static void a_new_size_is_taken_at_once(void **state)
{
    (void)state;
    static const int sizes[][2] = {{132, 43}, {40, 10}, {20, 5}, {1, 1}, {240, 70}, {2, 3}, {80, 24}, {132, 43}};
    start();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        pty_resize(&pty, sizes[i][0], sizes[i][1]);
        if (sizes[i][0] >= 40 && sizes[i][1] >= 5)
            pty_wait_text(&pty, "office");
    }
    pty_wait_text(&pty, LOADED);
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
}

static void stops_and_continues(const char *key)
{
    start();
    if (key != NULL)
        pty_send(&pty, key);
    else
        kill(pty.program, SIGTSTP);
    pty_wait_stop(&pty);
    pty_assert_sane(&pty); /* the shell has its terminal */
    unsigned long before = pty.idle;
    pty_continue(&pty);
    pty_wait_idle(&pty, before);
    assert_true(pty.alternate);
    pty_wait_text(&pty, LOADED);
    struct termios now;
    assert_int_equal(tcgetattr(pty.master, &now), 0);
    assert_int_equal(now.c_lflag & (tcflag_t)(ICANON | ECHO), 0);
    pty_type(&pty, "?"); /* and keys work */
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
    pty_assert_sane(&pty);
}

static void control_z_stops_and_fg_continues(void **state)
{
    (void)state;
    stops_and_continues("\x1a");
}

static void sigtstp_stops_and_sigcont_continues(void **state)
{
    (void)state;
    stops_and_continues(NULL);
}

static void a_size_changed_while_stopped_is_taken(void **state)
{
    (void)state;
    start();
    pty_send(&pty, "\x1a");
    pty_wait_stop(&pty);
    struct winsize size = {.ws_row = 30, .ws_col = 100};
    vterm_set_size(pty.vt, 30, 100);
    assert_int_equal(ioctl(pty.master, TIOCSWINSZ, &size), 0);
    unsigned long before = pty.idle;
    pty_continue(&pty);
    pty_wait_idle(&pty, before);
    pty_wait_text(&pty, LOADED);
    assert_non_null(strstr(pty_row(&pty, 29), "help"));
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
}

static void a_terminal_that_goes_away_ends_it_at_once(void **state)
{
    (void)state;
    start();
    int64_t before = processor_us(pty.program), began = now_us();
    pty_hang_up(&pty);
    pty_wait_end(&pty);
    int64_t used = (int64_t)(pty.used.ru_utime.tv_sec + pty.used.ru_stime.tv_sec) * 1000000 + pty.used.ru_utime.tv_usec +
                   pty.used.ru_stime.tv_usec - before;
    print_message("# ended after %lld us with %lld us of processor time\n", (long long)(now_us() - began), (long long)used);
    assert_true(now_us() - began < (sanitized() ? 10000000 : 3000000)); /* with room for a busy machine */
    assert_true(used < 1000000);
}

static void keys_come_from_the_terminal_while_the_capture_comes_on_standard_input(void **state)
{
    (void)state;
    const char *arguments[] = {"--no-settings", "-", NULL};
    int in = open(office, O_RDONLY | O_CLOEXEC);
    assert_true(in >= 0);
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = in, .out = -1});
    close(in);
    pty_wait_text(&pty, LOADED);
    pty_wait_text(&pty, "standard input");
    pty_type(&pty, "4");
    pty_wait_text(&pty, "999");
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
    pty_assert_sane(&pty);
}

/* Nobody ever writes into the pipe; the program must neither wait for it nor turn in circles. */
static void quits_at_once_while_a_pipe_is_silent(void **state)
{
    (void)state;
    const char *arguments[] = {"--no-settings", "-", NULL};
    int silent[2];
    assert_int_equal(pipe2(silent, O_CLOEXEC), 0);
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = silent[0], .out = -1});
    pty_wait_text(&pty, "standard input");
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
    pty_assert_sane(&pty);
    close(silent[0]);
    close(silent[1]);
}

static void escape_stops_reading_a_silent_pipe(void **state)
{
    (void)state;
    const char *arguments[] = {"--no-settings", "-", NULL};
    int silent[2];
    assert_int_equal(pipe2(silent, O_CLOEXEC), 0);
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = silent[0], .out = -1});
    pty_wait_text(&pty, "standard input");
    pty_send(&pty, "\033");
    pty_wait_text(&pty, "reading was stopped");
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
    close(silent[0]);
    close(silent[1]);
}

static void draws_on_the_terminal_while_standard_output_is_a_closed_pipe(void **state)
{
    (void)state;
    const char *arguments[] = {"--no-settings", office, NULL};
    int closed[2];
    assert_int_equal(pipe2(closed, O_CLOEXEC), 0);
    close(closed[0]);
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = -1, .out = closed[1]});
    close(closed[1]);
    pty_wait_text(&pty, LOADED);
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
    pty_assert_sane(&pty);
}

static void a_batch_command_into_a_closed_pipe_is_quiet(void **state)
{
    (void)state;
    const char *arguments[] = {"rules", "--top", "0", office, NULL};
    int closed[2];
    assert_int_equal(pipe2(closed, O_CLOEXEC), 0);
    close(closed[0]);
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = -1, .out = closed[1]});
    close(closed[1]);
    pty_wait_end(&pty);
    assert_string_equal(pty_row(&pty, 0), "");
    pty_assert_sane(&pty);
}

/* Idleness is a statement about a span of time: half a second in which nothing may happen. */
static void uses_no_processor_when_idle(void **state)
{
    (void)state;
    start();
    while (pty_pump(&pty, 200)) /* all that belongs to the start */
        continue;
    int64_t before = processor_us(pty.program);
    uint64_t bytes = pty.bytes;
    assert_false(pty_pump(&pty, 500));
    assert_int_equal(processor_us(pty.program), before);
    assert_int_equal(pty.bytes, bytes);
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
}

static void a_key_is_followed_by_a_frame(void **state)
{
    (void)state;
    enum { KEYS = 60 };
    int64_t took[KEYS];
    start();
    for (int i = 0; i < KEYS; i++) {
        int64_t began = now_us();
        pty_type(&pty, i % 2 == 0 ? "?" : "q");
        took[i] = now_us() - began;
    }
    for (int i = 1; i < KEYS; i++)
        for (int k = i; k > 0 && took[k] < took[k - 1]; k--) {
            int64_t swap = took[k];
            took[k] = took[k - 1];
            took[k - 1] = swap;
        }
    print_message("# key to frame: median %.1f ms, worst %.1f ms\n", (double)took[KEYS / 2] / 1000, (double)took[KEYS - 1] / 1000);
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
}

static void a_paste_does_nothing(void **state)
{
    (void)state;
    start();
    pty_send(&pty, "\033[200~Q:quit\rQqq\033[201~");
    pty_type(&pty, "?");
    pty_wait_text(&pty, "Help");
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
}

static void recalls_the_last_command_by(const char *up)
{
    pty_type(&pty, ":");
    assert_false(pty_shows(&pty, ":set window"));
    pty_type(&pty, up);
    pty_wait_text(&pty, ":set window");
    pty_send(&pty, "\033");
    pty_wait_text(&pty, LOADED);
    while (pty_shows(&pty, ":set window"))
        assert_true(pty_pump(&pty, 10000));
}

static void arrows_are_read_in_both_cursor_modes(void **state)
{
    (void)state;
    start();
    pty_type(&pty, ":set window\r");
    recalls_the_last_command_by("\033[A");
    recalls_the_last_command_by("\033OA");
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
}

static void a_click_on_a_tab_goes_there(void **state)
{
    (void)state;
    start();
    pty_resize(&pty, 132, 43);
    const char *row = pty_row(&pty, 0), *at = strstr(row, "5 Capture");
    assert_non_null(at);
    char press[64];
    snprintf(press, sizeof press, "\033[<0;%d;1M\033[<0;%d;1m", (int)(at - row) + 3, (int)(at - row) + 3);
    pty_type(&pty, press);
    pty_wait_text(&pty, "[5 Capture]");
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
}

static void y_copies_to_the_terminals_clipboard(void **state)
{
    (void)state;
    start();
    pty_type(&pty, "4");
    pty_wait_text(&pty, "999");
    pty_type(&pty, "y");
    assert_non_null(strstr(pty.copied, "999"));
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
}

static void settings_are_kept_between_runs(void **state)
{
    (void)state;
    char home[] = "/tmp/knockscope-test-XXXXXX", path[4096], text[4096];
    assert_non_null(mkdtemp(home));
    const char *arguments[] = {office, NULL};
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .home = home, .in = -1, .out = -1});
    pty_wait_text(&pty, LOADED);
    pty_type(&pty, ":set theme light\r");
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
    pty_free(&pty);
    snprintf(path, sizeof path, "%s/knockscope/settings", home);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_non_null(strstr(text, "theme = light"));
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .home = home, .in = -1, .out = -1});
    pty_wait_text(&pty, LOADED);
    pty_type(&pty, ":set theme\r");
    pty_wait_text(&pty, "theme = light");
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
    unlink(path);
    snprintf(path, sizeof path, "%s/knockscope", home);
    rmdir(path);
    rmdir(home);
}

static void terminals_that_place_no_cursor_are_refused_in_words(void **state)
{
    (void)state;
    const char *arguments[] = {"--no-settings", office, NULL};
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .term = "dumb", .in = -1, .out = -1});
    pty_wait_end(&pty);
    assert_true(WIFEXITED(pty.status));
    assert_int_equal(WEXITSTATUS(pty.status), 1);
    assert_true(pty_shows(&pty, "cannot place its cursor"));
    pty_assert_sane(&pty);
}

static void an_unknown_terminal_is_refused_in_words(void **state)
{
    (void)state;
    const char *arguments[] = {"--no-settings", office, NULL};
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .term = "no-such-terminal", .in = -1, .out = -1});
    pty_wait_end(&pty);
    assert_true(WIFEXITED(pty.status));
    assert_int_equal(WEXITSTATUS(pty.status), 1);
    assert_true(pty_shows(&pty, "not known here"));
    pty_assert_sane(&pty);
}

static void works_on(const char *term)
{
    start_on(term, NULL);
    pty_wait_text(&pty, LOADED);
    pty_type(&pty, "4");
    pty_wait_text(&pty, "999");
    pty_resize(&pty, 60, 20);
    pty_type(&pty, "?");
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_true(WIFEXITED(pty.status));
    assert_int_equal(WEXITSTATUS(pty.status), 0);
    pty_assert_sane(&pty);
}

static void a_vt100_works(void **state)
{
    (void)state;
    works_on("vt100");
}

static void the_linux_console_works(void **state)
{
    (void)state;
    works_on("linux");
}

static void a_plain_xterm_works(void **state)
{
    (void)state;
    works_on("xterm");
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, cleanup)
    const struct CMUnitTest tests[] = {
        T(starts_in_the_alternate_screen_and_leaves_it),
        T(q_on_a_main_screen_quits),
        T(sigterm_ends_it_with_the_terminal_sane),
        T(sighup_ends_it_with_the_terminal_sane),
        T(sigint_from_outside_ends_it_with_the_terminal_sane),
        T(a_crash_leaves_the_terminal_sane),
        T(an_abort_leaves_the_terminal_sane),
        T(other_signals_that_end_it_leave_the_terminal_sane),
        T(a_signal_that_is_ignored_changes_nothing),
        T(the_last_words_of_a_crash_are_seen),
        T(a_new_size_is_taken_at_once),
        T(control_z_stops_and_fg_continues),
        T(sigtstp_stops_and_sigcont_continues),
        T(a_size_changed_while_stopped_is_taken),
        T(a_terminal_that_goes_away_ends_it_at_once),
        T(keys_come_from_the_terminal_while_the_capture_comes_on_standard_input),
        T(quits_at_once_while_a_pipe_is_silent),
        T(escape_stops_reading_a_silent_pipe),
        T(draws_on_the_terminal_while_standard_output_is_a_closed_pipe),
        T(a_batch_command_into_a_closed_pipe_is_quiet),
        T(uses_no_processor_when_idle),
        T(a_key_is_followed_by_a_frame),
        T(a_paste_does_nothing),
        T(keys_without_end_hold_neither_screen_nor_signals_up),
        T(arrows_are_read_in_both_cursor_modes),
        T(a_click_on_a_tab_goes_there),
        T(y_copies_to_the_terminals_clipboard),
        T(settings_are_kept_between_runs),
        T(terminals_that_place_no_cursor_are_refused_in_words),
        T(an_unknown_terminal_is_refused_in_words),
        T(a_vt100_works),
        T(the_linux_console_works),
        T(a_plain_xterm_works),
    };
    const char *source = getenv("KS_SRC");
    snprintf(office, sizeof office, "%s/data/office.pcap.gz", source != NULL ? source : ".");
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
