/* The first minutes with the explorer on a pseudo-terminal: the hint, the way to an export, reading from a pipe, and rest when nothing happens. */
#define _GNU_SOURCE 1
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "pty.h"

#define LOADED "  u " /* of line 1, once the capture is mined */

static char office[4096], home[64], former_folder[4096];
static struct pty pty;

static int make_home(void **state)
{
    (void)state;
    snprintf(home, sizeof home, "/tmp/knockscope-test-XXXXXX");
    return mkdtemp(home) == NULL || chdir(home) != 0;
}

static void read_text(const char *name, char *out, size_t cap)
{
    FILE *file = fopen(name, "re");
    if (file == NULL)
        fail_msg("%s is not there", name);
    size_t n = file != NULL ? fread(out, 1, cap - 1, file) : 0;
    out[n] = '\0';
    if (file != NULL)
        fclose(file);
}

static int cleanup(void **state)
{
    (void)state;
    pty_free(&pty);
    unlink("knockscope/settings");
    rmdir("knockscope");
    unlink("knocks.md");
    if (chdir(former_folder) != 0)
        return 1;
    return rmdir(home); /* nothing else was written */
}

static void start_at_home(void)
{
    const char *arguments[] = {office, NULL};
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .home = home, .in = -1, .out = -1});
}

static void quit(void)
{
    pty_send(&pty, "Q");
    pty_wait_end(&pty);
    assert_int_equal(pty.status, 0);
    pty_assert_sane(&pty);
}

/* The key that the last line shows before a word. */
static char hinted(const char *word)
{
    char wanted[40];
    snprintf(wanted, sizeof wanted, " %s", word);
    const char *row = pty_row(&pty, 23), *at = strstr(row, wanted);
    if (at == NULL || at == row)
        fail_msg("the last line leads to no %s: %s", word, row);
    return at[-1];
}

static void press(char key)
{
    pty_type(&pty, (const char[]){key, '\0'});
}

static void the_hint_comes_at_the_first_start_and_not_again(void **state)
{
    (void)state;
    char text[4096];
    start_at_home();
    pty_wait_text(&pty, "From here to an exported knock");
    pty_wait_text(&pty, LOADED);
    pty_type(&pty, "4"); /* closes it, and does what the hint says of it */
    pty_wait_text(&pty, "[4 Knocks]");
    assert_false(pty_shows(&pty, "From here to"));
    quit();
    pty_free(&pty);
    read_text("knockscope/settings", text, sizeof text);
    assert_non_null(strstr(text, "\nwelcome = off\n"));
    start_at_home();
    pty_wait_text(&pty, LOADED);
    pty_wait_idle(&pty, 0);
    assert_false(pty_shows(&pty, "From here to"));
    pty_type(&pty, ":welcome\r"); /* unless asked for */
    assert_true(pty_shows(&pty, "From here to"));
    pty_type(&pty, "q"); /* which only closes it */
    assert_false(pty_shows(&pty, "From here to"));
    quit();
}

static void the_last_line_leads_to_an_exported_knock_in_under_ten_keys(void **state)
{
    (void)state;
    char text[65536];
    int keys = 0;
    start_at_home();
    pty_wait_text(&pty, "From here to an exported knock");
    pty_wait_text(&pty, LOADED);
    press(' ');
    keys++;
    pty_wait_text(&pty, " knocks  e export"); /* the last line of the hint has no way to the knocks */
    press(hinted("knocks"));
    keys++;
    pty_wait_text(&pty, "999");
    press(hinted("export"));
    keys++;
    pty_wait_text(&pty, "Enter writes knocks.md");
    press('\r');
    keys++;
    pty_wait_text(&pty, "knocks.md");
    quit();
    read_text("knocks.md", text, sizeof text);
    assert_non_null(strstr(text, "999, 888, 777, 666, 555"));
    assert_true(keys < 10);
    print_message("# %d keys from the first start to an exported knock\n", keys);
}

/* Times that any of its threads left the processor, by itself or not. */
static unsigned long switches(pid_t pid)
{
    char path[96], line[200];
    unsigned long sum = 0;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    assert_non_null(tasks);
    for (const struct dirent *e; (e = readdir(tasks)) != NULL;) {
        char status[400];
        if (e->d_name[0] == '.')
            continue;
        snprintf(status, sizeof status, "%s/%s/status", path, e->d_name);
        FILE *file = fopen(status, "re");
        while (file != NULL && fgets(line, sizeof line, file) != NULL) {
            const char *colon = strstr(line, "ctxt_switches:");
            sum += colon != NULL ? strtoul(colon + strlen("ctxt_switches:"), NULL, 10) : 0;
        }
        if (file != NULL)
            fclose(file);
    }
    closedir(tasks);
    return sum;
}

/* The first part of the capture, and then nothing more. */
static int half_a_capture(int *end)
{
    static char bytes[1 << 20];
    int ends[2], file = open(office, O_RDONLY | O_CLOEXEC);
    assert_true(file >= 0);
    ssize_t n = read(file, bytes, sizeof bytes);
    close(file);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, (int)sizeof bytes) >= n / 2);
    assert_int_equal(write(ends[1], bytes, (size_t)n / 2), n / 2);
    *end = ends[1];
    return ends[0];
}

static void a_pipe_shows_what_came_until_it_is_stopped(void **state)
{
    (void)state;
    const char *arguments[] = {"--no-settings", "-", NULL};
    int end, in = half_a_capture(&end);
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = in, .out = -1});
    pty_wait_text(&pty, LOADED); /* what came can be explored */
    pty_wait_text(&pty, "Waiting for more");
    const char *row = pty_row(&pty, 22);
    assert_non_null(strstr(row, " packets"));
    assert_non_null(strstr(row, "Esc stops"));
    assert_null(strstr(row, "%")); /* nobody knows how much a pipe will bring */
    pty_send(&pty, "?"); /* under another screen Esc closes that: another key stops */
    pty_wait_text(&pty, "^c stops");
    pty_send(&pty, "\x03");
    pty_wait_text(&pty, "read in part");
    assert_true(pty_shows(&pty, "Help"));
    pty_type(&pty, "q");
    assert_false(pty_shows(&pty, "Waiting for more"));
    assert_non_null(strstr(pty_row(&pty, 0), "read in part"));
    quit();
    close(in);
    close(end);
}

/* Two seconds of silence: only the clock on the screen ticks, once a second; whoever reads the pipe sleeps. */
static void a_silent_pipe_wakes_nobody_who_reads_it(void **state)
{
    (void)state;
    const char *arguments[] = {"--no-settings", "--rotations", "0", "-", NULL};
    int end, in = half_a_capture(&end);
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = in, .out = -1});
    pty_wait_text(&pty, "Waiting for more");
    for (int i = 0; i < 2; i++)
        pty_pump(&pty, 1000);
    unsigned long before = switches(pty.program);
    for (int i = 0; i < 2; i++)
        pty_pump(&pty, 1000);
    unsigned long after = switches(pty.program);
    print_message("# %lu switches in two silent seconds\n", after - before);
    assert_true(after - before < 12);
    pty_send(&pty, "\x1b"); /* and a key still stops it at once */
    pty_wait_text(&pty, "read in part");
    quit();
    close(in);
    close(end);
}

/* "Permission denied" would send the user to look at the file's permissions. */
static void a_capture_that_the_sandbox_hides_is_told_so(void **state)
{
    (void)state;
    char line[4200];
    const char *arguments[] = {"--no-settings", NULL};
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = -1, .out = -1});
    pty_wait_text(&pty, "No capture is open");
    pty_wait_idle(&pty, 0); /* the whole screen is there */
    bool bounded = pty_shows(&pty, "For your safety");
    snprintf(line, sizeof line, ":open %s\r", office);
    pty_send(&pty, line);
    pty_wait_text(&pty, bounded ? "outside the sandbox" : LOADED);
    quit();
}

/* What is looked for in the background is there before the key that asks for more of it counts. */
static void an_enter_typed_too_early_is_kept(void **state)
{
    (void)state;
    static char large[4100];
    snprintf(large, sizeof large, "%.*sreplica-2.pcap.gz", (int)(strlen(office) - strlen("office.pcap.gz")), office);
    const char *arguments[] = {"--no-settings", "--rotations", "0", large, NULL};
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = -1, .out = -1});
    pty_wait_text(&pty, LOADED);
    pty_wait_idle(&pty, 0);
    pty_send(&pty, "4");
    pty_type(&pty, "p\r");
    pty_wait_text(&pty, "Packet 1 of ");
    quit();
}

/* Idleness is a statement about a span of time: a second in which no thread may wake. */
static void nothing_wakes_it_when_it_is_idle(void **state)
{
    (void)state;
    const char *arguments[] = {"--no-settings", office, NULL};
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = -1, .out = -1});
    pty_wait_text(&pty, LOADED);
    pty_wait_idle(&pty, 0);
    while (pty_pump(&pty, 300)) /* all that belongs to the start */
        continue;
    unsigned long before = switches(pty.program);
    assert_true(before > 0);
    assert_false(pty_pump(&pty, 1000));
    assert_int_equal(switches(pty.program), before);
    quit();
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_home, cleanup)
    const struct CMUnitTest tests[] = {
        T(the_hint_comes_at_the_first_start_and_not_again),
        T(the_last_line_leads_to_an_exported_knock_in_under_ten_keys),
        T(a_pipe_shows_what_came_until_it_is_stopped),
        T(a_silent_pipe_wakes_nobody_who_reads_it),
        T(a_capture_that_the_sandbox_hides_is_told_so),
        T(an_enter_typed_too_early_is_kept),
        T(nothing_wakes_it_when_it_is_idle),
    };
    static char bin[4096];
    const char *source = getenv("KS_SRC"), *program = getenv("KS_BIN");
    char path[4000];
    snprintf(path, sizeof path, "%s/data/office.pcap.gz", source != NULL ? source : ".");
    if (realpath(path, office) == NULL || realpath(program != NULL ? program : "./knockscope", bin) == NULL ||
        getcwd(former_folder, sizeof former_folder) == NULL)
        return 1;
    setenv("KS_BIN", bin, 1); /* the tests change the folder */
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
