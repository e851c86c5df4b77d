/* Random bytes through a real pseudo-terminal: escape sequences whole and broken, broken UTF-8, mouse reports, pastes. It must stay alive, or leave in order. KS_NOISE
 * sets how many bursts, KS_SEED the seed. */
#define _GNU_SOURCE 1
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "pty.h"

static char office[4096];
static struct pty pty;
static uint64_t seed = 1;
static int wider; /* columns beyond 80 */

static unsigned below(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)((seed >> 33) % n);
}

static void start(void)
{
    const char *arguments[] = {"--no-settings", office, NULL};
    pty_start(&pty, &(struct pty_options){.arguments = arguments, .in = -1, .out = -1});
    wider = 0;
    pty_wait_text(&pty, "  u ");
}

/* Bytes that a terminal may send, and some that none does. Never NUL (it ends the string) and never Ctrl-Z, which stops the program. */
static size_t burst(char *out, size_t cap)
{
    static const char *const finals = "ABCDFHPQRSZ~hlmntuMc";
    size_t n = 0;
    for (unsigned parts = 1 + below(6); parts > 0 && n + 40 < cap; parts--) {
        switch (below(9)) {
        case 0: /* a mouse report, also far outside */
            n += (size_t)snprintf(out + n, cap - n, "\033[<%u;%u;%u%c", below(130), below(2) ? below(90) : below(70000), below(40), below(2) ? 'M' : 'm');
            break;
        case 1: /* an old mouse report, perhaps cut off */
            n += (size_t)snprintf(out + n, cap - n, "\033[M%c%c", (char)(32 + below(90)), (char)(33 + below(90)));
            if (below(2))
                out[n++] = (char)(33 + below(220));
            break;
        case 2: /* a control sequence */
            n += (size_t)snprintf(out + n, cap - n, "\033[%s%u;%u%c", below(4) ? "" : "?", below(300), below(20), finals[below(20)]);
            break;
        case 3: /* cut off anywhere */
            n += (size_t)snprintf(out + n, cap - n, "%.*s", (int)(1 + below(7)), "\033[1;5A\033O");
            break;
        case 4: /* UTF-8, whole and broken */
            n += (size_t)snprintf(out + n, cap - n, "%s", ((const char *[]){"\xc3\xa9", "\xe2\x82", "\xf0\x9f\x98\x80", "\xed\xa0\x80", "\xc0\xaf", "\xff\xfe", "\xe2\x80\xae",
                                                                           "\xcc\x81", "\xf4\x90\x80\x80", "\x80"})[below(10)]);
            break;
        case 5: /* a paste that may not end */
            n += (size_t)snprintf(out + n, cap - n, "\033[200~pasted\r4q%s", below(3) ? "\033[201~" : "");
            break;
        case 6: /* answers to questions that nobody asked */
            n += (size_t)snprintf(out + n, cap - n, "%s", ((const char *[]){"\033]11;rgb:ff/ff/ff\a", "\033P1$r0m\033\\", "\033[?62;c", "\033_x\033\\"})[below(4)]);
            break;
        case 7: /* what people type */
            n += (size_t)snprintf(out + n, cap - n, "%c%c\r", "12345:/wAceopf?"[below(15)], (char)(33 + below(94)));
            break;
        default:
            for (unsigned k = 1 + below(12); k > 0; k--) {
                char c = (char)(1 + below(255));
                out[n++] = c == '\x1a' || c == 'Q' ? 'j' : c;
            }
            break;
        }
    }
    for (size_t i = 0; i < n; i++)
        if (out[i] == '\x1a')
            out[i] = 'k';
    out[n] = '\0';
    return n;
}

/* Another size makes a frame whatever the bytes before meant. False where the program has left. */
static bool answers(void)
{
    unsigned long before = pty.idle;
    time_t began = time(NULL);
    if (pty.master < 0 || pty.ended)
        return false;
    wider = wider % 40 + 1; /* never one that it may still have: a frame may be that of the bytes before */
    int w = 80 + wider, h = 24 + wider % 10;
    struct winsize size = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
    vterm_set_size(pty.vt, h, w);
    ioctl(pty.master, TIOCSWINSZ, &size);
    while (pty.idle <= before && !pty.ended && time(NULL) - began < 60)
        pty_pump(&pty, 1000);
    if (!pty.ended && pty.idle <= before) {
        for (int y = 0; y < h; y++)
            print_message("# %s\n", pty_row(&pty, y));
        fail_msg("no frame came");
    }
    return !pty.ended;
}

static void random_bytes_never_break_it(void **state)
{
    (void)state;
    const char *many = getenv("KS_NOISE"), *given = getenv("KS_SEED");
    unsigned bursts = many != NULL ? (unsigned)strtoul(many, NULL, 10) : 250, left = 0;
    uint64_t sent = 0;
    if (given != NULL)
        seed = strtoull(given, NULL, 10);
    print_message("# %u bursts from seed %llu (KS_NOISE and KS_SEED)\n", bursts, (unsigned long long)seed);
    start();
    for (unsigned turn = 0; turn < bursts; turn++) {
        char bytes[400];
        size_t n = burst(bytes, sizeof bytes);
        ssize_t written = write(pty.master, bytes, n);
        assert_true(written == (ssize_t)n || errno == EIO);
        sent += n;
        bool alive = answers();
        if (alive && turn % 10 != 9)
            continue;
        if (alive) { /* out of whatever was opened, and of a paste without end */
            written = write(pty.master, "\033[201~\033\033\033\033\033\033\033\033", 14);
            alive = answers();
        }
        if (alive)
            continue;
        pty_wait_end(&pty);
        /* It was told to quit: no signal, no sanitizer. But what comes after the bytes that tell it finds a terminal that was given back, where
         * Ctrl-C and Ctrl-\ are signals again. */
        int killed = WIFSIGNALED(pty.status) ? WTERMSIG(pty.status) : 0;
        if ((killed != 0 && killed != SIGINT && killed != SIGQUIT) || (killed != 0 && memchr(bytes, killed == SIGINT ? 3 : 0x1c, n) == NULL)) {
            for (size_t i = 0; i < n; i++)
                print_message("%s%02x", i % 32 == 0 ? "\n# " : " ", (unsigned char)bytes[i]);
            fail_msg("burst %u: signal %d", turn, killed);
        }
        if (killed == 0) { /* such a signal throws away what a terminal has not read yet, the way back to its first screen too */
            assert_int_equal(WEXITSTATUS(pty.status), 0);
            pty_assert_sane(&pty);
        }
        pty_free(&pty);
        left++;
        start();
    }
    print_message("# %llu bytes; %u times the bytes told it to quit\n", (unsigned long long)sent, left);
    assert_true(left * 3 <= bursts);
    pty_send(&pty, "\033[201~");
    answers();
    if (!pty.ended)
        pty_hang_up(&pty);
    pty_wait_end(&pty);
    pty_free(&pty);
}

static int take_away(const char *path, const struct stat *info, int flag, struct FTW *walk)
{
    (void)info;
    (void)flag;
    (void)walk;
    return remove(path);
}

int main(void)
{
    const char *source = getenv("KS_SRC");
    char folder[] = "/tmp/knockscope-noise-XXXXXX";
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_bytes_never_break_it)};
    char relative[4096];
    snprintf(relative, sizeof relative, "%s/data/office.pcap.gz", source != NULL ? source : ".");
    /* What random bytes export lands in a folder of its own. */
    if (realpath(relative, office) == NULL || mkdtemp(folder) == NULL || chdir(folder) != 0)
        return 99;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    nftw(folder, take_away, 8, FTW_DEPTH | FTW_PHYS);
    return failed;
}
