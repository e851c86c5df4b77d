/* Every screen at every size on every kind of terminal: what a terminal shows is what a script dumps, cell for cell, in both locales, with colours and
 * without. */
#define _GNU_SOURCE 1
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "pty.h"

static const int sizes[][2] = {{80, 24}, {1, 1}, {132, 43}, {20, 5}, {40, 10}, {240, 70}};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* Keys as a terminal sends them, and as a script writes them; `1` leads back. The log tells the time on a terminal and not in scripts: it is compared without. */
static const struct {
    const char *name, *sent, *written;
} screens[] = {
    {"tune", "1", "1"},         {"curve", "2", "2"},           {"rules", "3", "3"},       {"rule", "3\r", "3<Enter>"},
    {"window", "3\r\r", "3<Enter><Enter>"}, {"knocks", "4", "4"}, {"packets", "4p", "4p"}, {"capture", "5", "5"},
    {"help", "?", "?"}, {"settings", ",", ","},    {"snapshots", "SC", "SC"},
    {"allow", "4a", "4a"}, {"compare", "4c\x1b", "4c<Esc>"}, {"why", ":why 999 888 445\r", ":why 999 888 445"}, {"log", "L", "L"},
    {"table", "\t", "<Tab>"},   {"heat", "\t", "<Tab>"},       {"finds", "\t", "<Tab>"},  {"params", "\t", "<Tab>"},
};
enum { SCREENS = sizeof screens / sizeof *screens };

static char office[4096], bin[4096], folder[] = "/tmp/knockscope-matrix-XXXXXX", *dump[2][SIZES][SCREENS];
static struct pty pty;

static int cleanup(void **state)
{
    (void)state;
    pty_free(&pty);
    return 0;
}

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = calloc(1, 400000);
    assert_non_null(file);
    assert_non_null(text);
    size_t n = fread(text, 1, 399999, file);
    fclose(file);
    assert_true(n > 0 && n < 399999);
    return text;
}

/* All dumps of one locale by one script. */
static void make_dumps(int locale)
{
    char path[200];
    snprintf(path, sizeof path, "%s/steps", folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    for (int z = 0; z < SIZES; z++) {
        fprintf(file, ":resize %dx%d\n", sizes[z][0], sizes[z][1]);
        for (int s = 0; s < SCREENS; s++)
            fprintf(file, "%s\n:dump-screen %s/%d-%d\n%s\n", screens[s].written, folder, z, s, strcmp(screens[s].written, "<Tab>") != 0 ? "1" : "");
    }
    assert_int_equal(fclose(file), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setenv("LC_ALL", locale == 0 ? "C" : "C.UTF-8", 1);
        execl(bin, bin, "--no-settings", "--rotations", "3", "--script", path, office, (char *)NULL);
        _exit(121);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    unlink(path);
    for (int z = 0; z < SIZES; z++)
        for (int s = 0; s < SCREENS; s++) {
            snprintf(path, sizeof path, "%s/%d-%d", folder, z, s);
            dump[locale][z][s] = read_whole(path);
            unlink(path);
        }
}

static int make_all_dumps(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return 1;
    make_dumps(0);
    make_dumps(1);
    return rmdir(folder);
}

static int free_dumps(void **state)
{
    (void)state;
    for (int locale = 0; locale < 2; locale++)
        for (int z = 0; z < SIZES; z++)
            for (int s = 0; s < SCREENS; s++)
                free(dump[locale][z][s]);
    return 0;
}

/* "04:10:55  " of a message; scripts have no clock. NULL: the row has none. */
static char *clock_of(char *row)
{
    for (char *at = row; strlen(at) > 10; at++) {
        static const char form[] = "00:00:00  ";
        size_t i = 0;
        while (i < 10 && (form[i] == '0' ? at[i] >= '0' && at[i] <= '9' : at[i] == form[i]))
            i++;
        if (i == 10)
            return at;
    }
    return NULL;
}

static void compare(const char *text, const char *where)
{
    int w, h;
    vterm_get_size(pty.vt, &h, &w);
    for (int y = 0; y < h; y++) {
        size_t n = strcspn(text, "\n");
        char row[2000];
        snprintf(row, sizeof row, "%s", pty_row(&pty, y));
        char *when = strncmp(where, "log", 3) == 0 ? clock_of(row) : NULL;
        if (when != NULL) { /* what stands behind it stands ten cells further, and is cut off so much earlier */
            memmove(when, when + 10, strlen(when + 10) + 1);
            size_t keep = strlen(row) > 12 ? strlen(row) - 12 : 0;
            if (keep > n || strncmp(row, text, keep) != 0)
                fail_msg("%s, row %d:\n  terminal |%s|\n  script   |%.*s|", where, y, row, (int)n, text);
            text += n + (text[n] == '\n');
            continue;
        }
        if (strlen(row) != n || strncmp(row, text, n) != 0)
            fail_msg("%s, row %d:\n  terminal |%s|\n  script   |%.*s|", where, y, row, (int)n, text);
        text += n + (text[n] == '\n');
    }
    assert_int_equal(*text, '\0');
}

/* Cells that have a colour of their own. */
static unsigned coloured(void)
{
    unsigned n = 0;
    int w, h;
    vterm_get_size(pty.vt, &h, &w);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            VTermScreenCell cell;
            assert_int_equal(vterm_screen_get_cell(pty.screen, (VTermPos){.row = y, .col = x}, &cell), 1);
            n += !VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) || !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg);
        }
    return n;
}

static void tour(const char *term, bool colours)
{
    for (int locale = 0; locale < 2; locale++)
        for (int plain = 0; plain < 2; plain++) {
            const char *arguments[] = {"--no-settings", "--rotations", "3", office, NULL};
            pty_start(&pty, &(struct pty_options){.arguments = arguments, .term = term, .locale = locale == 0 ? "C" : "C.UTF-8",
                                                  .no_color = plain != 0, .in = -1, .out = -1});
            pty_wait_text(&pty, "  u ");
            pty_wait_idle(&pty, 0);
            for (int z = 0; z < SIZES; z++) {
                if (z > 0)
                    pty_resize(&pty, sizes[z][0], sizes[z][1]);
                for (int s = 0; s < SCREENS; s++) {
                    char where[120];
                    snprintf(where, sizeof where, "%s at %dx%d, %s%s", screens[s].name, sizes[z][0], sizes[z][1], locale == 0 ? "C" : "C.UTF-8",
                             plain ? ", NO_COLOR" : "");
                    pty_type(&pty, screens[s].sent);
                    compare(dump[locale][z][s], where);
                    unsigned n = coloured();
                    if (plain != 0 || !colours)
                        assert_int_equal(n, 0);
                    else if (sizes[z][0] > 1)
                        assert_true(n > 0);
                    if (strcmp(screens[s].written, "<Tab>") != 0)
                        pty_type(&pty, "1");
                }
            }
            pty_send(&pty, "Q");
            pty_wait_end(&pty);
            assert_int_equal(pty.status, 0);
            pty_assert_sane(&pty);
            pty_free(&pty);
        }
}

static void a_vt100_shows_what_scripts_dump(void **state)
{
    (void)state;
    tour("vt100", false);
}

static void the_linux_console_shows_what_scripts_dump(void **state)
{
    (void)state;
    tour("linux", true);
}

static void an_xterm_with_256_colours_shows_what_scripts_dump(void **state)
{
    (void)state;
    tour("xterm-256color", true);
}

int main(void)
{
#define T(name) cmocka_unit_test_teardown(name, cleanup)
    const struct CMUnitTest tests[] = {
        T(a_vt100_shows_what_scripts_dump),
        T(the_linux_console_shows_what_scripts_dump),
        T(an_xterm_with_256_colours_shows_what_scripts_dump),
    };
    const char *source = getenv("KS_SRC"), *program = getenv("KS_BIN");
    char path[4000];
    snprintf(path, sizeof path, "%s/data/office.pcap.gz", source != NULL ? source : ".");
    if (realpath(path, office) == NULL || realpath(program != NULL ? program : "./knockscope", bin) == NULL)
        return 1;
    setenv("KS_BIN", bin, 1);
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests_name("matrix", tests, make_all_dumps, free_dumps);
}
