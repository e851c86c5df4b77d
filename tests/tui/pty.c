#define _GNU_SOURCE 1
#include "pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
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
#include <utmp.h>

#include <cmocka.h>

/* Only a failure is seen by it: on a busy machine a frame under sanitizers may be slow. */
static int64_t deadline_ms(void)
{
    const char *seconds = getenv("KS_DEADLINE");
    return seconds != NULL ? strtol(seconds, NULL, 10) * 1000 : 40000;
}


/* What the shell tells. */
struct event {
    enum { STARTED, STOPPED, ENDED } what;
    pid_t pid;
    int status;
    struct rusage used;
};

static void tell(int fd, const struct event *event)
{
    if (write(fd, event, sizeof *event) != (ssize_t)sizeof *event)
        _exit(120);
}

static void run_program(const struct pty_options *options)
{
    const char *argv[32] = {getenv("KS_BIN") != NULL ? getenv("KS_BIN") : "./knockscope"};
    size_t n = 1;
    for (const char *const *a = options->arguments; a != NULL && *a != NULL && n < 31; a++)
        argv[n++] = *a;
    if (options->in >= 0)
        dup2(options->in, STDIN_FILENO);
    if (options->out >= 0)
        dup2(options->out, STDOUT_FILENO);
    setenv("TERM", options->term != NULL ? options->term : "xterm-256color", 1);
    setenv("LC_ALL", options->locale != NULL ? options->locale : "C.UTF-8", 1);
    setenv("KNOCKSCOPE_TELL_IDLE", "1", 1);
    unsetenv("LINES");
    unsetenv("COLUMNS");
    if (options->no_color)
        setenv("NO_COLOR", "1", 1);
    else
        unsetenv("NO_COLOR");
    if (options->home != NULL)
        setenv("XDG_CONFIG_HOME", options->home, 1);
    for (int number = 1; number < 32; number++)
        if (number != SIGKILL && number != SIGSTOP)
            signal(number, number == options->ignored ? SIG_IGN : SIG_DFL);
    closefrom(3);
    execv(argv[0], (char *const *)(uintptr_t)argv);
    _exit(121);
}

/* A shell with job control, as small as can be: one job, continued when told so. */
static void run_shell(const struct pty_options *options, int slave, int events, int orders)
{
    login_tty(slave);
    signal(SIGHUP, SIG_IGN);
    signal(SIGTTOU, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    pid_t job = fork();
    if (job == 0) {
        setpgid(0, 0);
        tcsetpgrp(STDIN_FILENO, getpid());
        run_program(options);
    }
    setpgid(job, job);
    struct event event = {.what = STARTED, .pid = job};
    tell(events, &event);
    while (wait4(job, &event.status, WUNTRACED, &event.used) == job) {
        event.what = WIFSTOPPED(event.status) ? STOPPED : ENDED;
        if (event.what == STOPPED)
            tcsetpgrp(STDIN_FILENO, getpgrp());
        tell(events, &event);
        char order;
        if (event.what == ENDED || read(orders, &order, 1) != 1)
            break;
        tcsetpgrp(STDIN_FILENO, job);
        kill(-job, SIGCONT);
    }
    if (event.what != ENDED)
        kill(-job, SIGKILL);
    _exit(0);
}

static int on_property(VTermProp property, VTermValue *value, void *user)
{
    struct pty *pty = user;
    if (property == VTERM_PROP_ALTSCREEN)
        pty->alternate = value->boolean != 0;
    if (property == VTERM_PROP_CURSORVISIBLE)
        pty->cursor = value->boolean != 0;
    return 1;
}

static void take_event(struct pty *pty)
{
    struct event event;
    ssize_t n = read(pty->events, &event, sizeof event);
    if (n != (ssize_t)sizeof event) {
        assert_true(pty->ended); /* the shell goes only after the program */
        close(pty->events);
        pty->events = -1;
        return;
    }
    pty->program = event.pid;
    pty->stopped = event.what == STOPPED;
    if (event.what == ENDED) {
        pty->ended = true;
        pty->status = event.status;
        pty->used = event.used;
    }
}

void pty_start(struct pty *pty, const struct pty_options *options)
{
    static const VTermScreenCallbacks callbacks = {.settermprop = on_property};
    int w = options->w > 0 ? options->w : 80, h = options->h > 0 ? options->h : 24;
    struct winsize size = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
    int slave, events[2], orders[2];
    *pty = (struct pty){.cursor = true};
    assert_int_equal(openpty(&pty->master, &slave, NULL, NULL, &size), 0);
    assert_int_equal(tcgetattr(slave, &pty->before), 0);
    assert_int_equal(pipe2(events, O_CLOEXEC), 0);
    assert_int_equal(pipe2(orders, O_CLOEXEC), 0);
    fcntl(pty->master, F_SETFD, FD_CLOEXEC);
    fcntl(pty->master, F_SETFL, O_NONBLOCK);
    pty->vt = vterm_new(h, w);
    assert_non_null(pty->vt);
    vterm_set_utf8(pty->vt, 1);
    pty->screen = vterm_obtain_screen(pty->vt);
    vterm_screen_set_callbacks(pty->screen, &callbacks, pty);
    vterm_screen_enable_altscreen(pty->screen, 1);
    vterm_screen_reset(pty->screen, 1);
    fflush(NULL);
    pty->shell = fork();
    assert_true(pty->shell >= 0);
    if (pty->shell == 0) {
        close(pty->master); /* or a hang-up would not be one */
        close(events[0]);
        close(orders[1]);
        run_shell(options, slave, events[1], orders[0]);
    }
    close(slave);
    close(events[1]);
    close(orders[0]);
    pty->events = events[0];
    pty->orders = orders[1];
    take_event(pty); /* which process it is: a signal to number 0 would be one to all of us */
}

static int base64_value(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

static void take_osc(struct pty *pty)
{
    pty->osc[pty->osc_n] = '\0';
    if (strncmp(pty->osc, "7777;idle ", 10) == 0)
        pty->idle = strtoul(pty->osc + 10, NULL, 10);
    if (strncmp(pty->osc, "7777;idle ", 10) != 0 && strncmp(pty->osc, "52;c;", 5) != 0 && pty->foreign[0] == '\0')
        snprintf(pty->foreign, sizeof pty->foreign, "OSC %.40s", pty->osc);
    if (strncmp(pty->osc, "52;c;", 5) != 0)
        return;
    unsigned bits = 0, have = 0;
    size_t n = 0;
    for (const char *c = pty->osc + 5; *c != '\0' && base64_value(*c) >= 0; c++) {
        bits = (bits << 6 | (unsigned)base64_value(*c)) & 0xffffff;
        have += 6;
        if (have >= 8) {
            have -= 8;
            pty->copied[n++] = (char)(bits >> have & 0xff);
        }
    }
    pty->copied[n] = '\0';
}

/* Modes that are switched together, ESC [ ? 1006 ; 1000 h, which older versions of libvterm do not take apart. */
static void take_csi(struct pty *pty, char last)
{
    pty->osc[pty->osc_n] = '\0';
    if (pty->osc[0] == '?' && (last == 'h' || last == 'l') && strstr(pty->osc, "1000") != NULL)
        pty->mouse = last == 'h';
}

enum { TEXT, ESCAPE, OSC, CSI };

/* Looks for ESC ] ... BEL and ESC [ ... in what passes. */
static void scan(struct pty *pty, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = bytes[i];
        if (pty->osc_state == OSC && c == '\a') {
            take_osc(pty);
            pty->osc_state = TEXT;
        } else if (pty->osc_state == CSI && c >= 0x40) {
            take_csi(pty, c);
            pty->osc_state = TEXT;
        } else if (pty->osc_state == OSC || pty->osc_state == CSI) {
            if (pty->osc_n + 1 < sizeof pty->osc)
                pty->osc[pty->osc_n++] = c;
        } else {
            pty->osc_state = c == '\033' ? ESCAPE : pty->osc_state != ESCAPE ? TEXT : c == ']' ? OSC : c == '[' ? CSI : TEXT;
            pty->osc_n = 0;
        }
    }
}

/* Looks for what must not be in it. */
static void inspect(struct pty *pty, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n && pty->foreign[0] == '\0'; i++) {
        unsigned char c = (unsigned char)bytes[i];
        bool goes_on = (c & 0xc0) == 0x80;
        if (goes_on != (pty->missing > 0) || c >= 0xf8) {
            snprintf(pty->foreign, sizeof pty->foreign, "byte %02x", c);
        } else if (goes_on) {
            pty->code = pty->code << 6 | (c & 0x3f);
            pty->missing--;
        } else {
            pty->missing = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
            pty->code = c & (0x7fu >> pty->missing);
        }
        uint32_t x = pty->missing > 0 ? 0 : pty->code;
        if ((x >= 0x7f && x < 0xa0) || (x >= 0x200b && x <= 0x200f) || (x >= 0x202a && x <= 0x202e) || (x >= 0x2066 && x <= 0x2069) || x == 0xfeff)
            snprintf(pty->foreign, sizeof pty->foreign, "U+%04X", (unsigned)x);
    }
}

/* Gives bytes to libvterm with "repeat the character" (ESC [ n b) written out: the library before 0.3 takes the cell before the right margin for the
 * margin after it, and the next character goes astray. */
static void feed(struct pty *pty, const char *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = bytes[i];
        if (pty->held_n == 0 && c != '\033') {
            if (((unsigned char)c & 0xc0) != 0x80)
                pty->last_n = 0;
            if (pty->last_n < sizeof pty->last)
                pty->last[pty->last_n++] = c;
            vterm_input_write(pty->vt, &c, 1);
            continue;
        }
        pty->held[pty->held_n++] = c;
        bool digit = c >= '0' && c <= '9';
        if (pty->held_n == 1 || (pty->held_n == 2 && c == '[') || (pty->held_n > 2 && digit && pty->held_n + 1 < sizeof pty->held))
            continue;
        pty->held[pty->held_n] = '\0';
        if (c == 'b' && pty->held_n > 3)
            for (long k = strtol(pty->held + 2, NULL, 10); k > 0; k--)
                vterm_input_write(pty->vt, pty->last, pty->last_n);
        else
            vterm_input_write(pty->vt, pty->held, pty->held_n);
        pty->held_n = 0;
    }
}

bool pty_pump(struct pty *pty, int ms)
{
    struct pollfd fds[] = {{.fd = pty->master, .events = POLLIN}, {.fd = pty->events, .events = POLLIN}};
    if (poll(fds, 2, ms) <= 0)
        return false;
    char bytes[16384];
    ssize_t n = pty->master >= 0 && fds[0].revents != 0 ? read(pty->master, bytes, sizeof bytes) : 0;
    if (n > 0) {
        pty->bytes += (uint64_t)n;
        scan(pty, bytes, (size_t)n);
        inspect(pty, bytes, (size_t)n);
        feed(pty, bytes, (size_t)n);
        return true; /* what was written before the end counts first */
    }
    if (fds[1].revents != 0)
        take_event(pty);
    else if (n < 0 && errno == EIO)
        poll(&fds[1], 1, ms); /* the terminal has nobody any more: only the shell's word is missing */
    return true;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void fail_with_screen(struct pty *pty, const char *what)
{
    int w, h;
    vterm_get_size(pty->vt, &h, &w);
    print_message("# %s; ended %d, status %x, stopped %d, idle %lu; the screen:\n", what, pty->ended, (unsigned)pty->status,
                  pty->stopped, pty->idle);
    for (int y = 0; y < h; y++)
        print_message("# |%s\n", pty_row(pty, y));
    fail_msg("%s", what);
}

#define WAIT_FOR(condition, what)                                                                            \
    for (int64_t until = now_ms() + deadline_ms(); !(condition);)                                              \
        if (now_ms() > until || (pty->ended && pty->events < 0))                                             \
            fail_with_screen(pty, what);                                                                     \
        else                                                                                                 \
            pty_pump(pty, 1000)

void pty_wait_idle(struct pty *pty, unsigned long after)
{
    WAIT_FOR(pty->idle > after, "no frame came");
}

void pty_wait_text(struct pty *pty, const char *text)
{
    WAIT_FOR(pty_shows(pty, text), text);
}

void pty_wait_end(struct pty *pty)
{
    WAIT_FOR(pty->ended && pty->events < 0, "it does not end");
    while (pty->master >= 0 && pty_pump(pty, 0)) { /* the rest of what it wrote */
        struct pollfd left = {.fd = pty->master, .events = POLLIN};
        if (poll(&left, 1, 0) <= 0 || (left.revents & POLLIN) == 0)
            break;
    }
}

void pty_wait_stop(struct pty *pty)
{
    WAIT_FOR(pty->stopped, "it does not stop");
}

void pty_continue(struct pty *pty)
{
    pty->stopped = false;
    assert_int_equal(write(pty->orders, "c", 1), 1);
}

void pty_send(struct pty *pty, const char *bytes)
{
    size_t n = strlen(bytes);
    assert_int_equal(write(pty->master, bytes, n), (ssize_t)n);
}

void pty_type(struct pty *pty, const char *bytes)
{
    unsigned long before = pty->idle;
    pty_send(pty, bytes);
    pty_wait_idle(pty, before);
}

void pty_resize(struct pty *pty, int w, int h)
{
    struct winsize size = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
    unsigned long before = pty->idle;
    vterm_set_size(pty->vt, h, w);
    assert_int_equal(ioctl(pty->master, TIOCSWINSZ, &size), 0);
    pty_wait_idle(pty, before);
}

const char *pty_row(struct pty *pty, int y)
{
    static char row[4096];
    int w, h;
    vterm_get_size(pty->vt, &h, &w);
    VTermRect line = {.start_row = y, .end_row = y + 1, .start_col = 0, .end_col = w};
    size_t n = vterm_screen_get_text(pty->screen, row, sizeof row - 1, line);
    while (n > 0 && (row[n - 1] == ' ' || row[n - 1] == '\n'))
        n--;
    row[n] = '\0';
    return row;
}

bool pty_shows(struct pty *pty, const char *text)
{
    int w, h;
    vterm_get_size(pty->vt, &h, &w);
    for (int y = 0; y < h; y++)
        if (strstr(pty_row(pty, y), text) != NULL)
            return true;
    return false;
}

void pty_assert_sane(struct pty *pty)
{
    struct termios now;
    assert_false(pty->alternate);
    assert_true(pty->cursor);
    assert_false(pty->mouse);
    assert_int_equal(tcgetattr(pty->master, &now), 0);
    assert_int_equal(now.c_iflag, pty->before.c_iflag);
    assert_int_equal(now.c_oflag, pty->before.c_oflag);
    assert_int_equal(now.c_lflag, pty->before.c_lflag);
    assert_int_equal(now.c_cflag, pty->before.c_cflag);
    assert_memory_equal(now.c_cc, pty->before.c_cc, sizeof now.c_cc);
}

void pty_hang_up(struct pty *pty)
{
    close(pty->master);
    pty->master = -1;
}

void pty_free(struct pty *pty)
{
    if (pty->vt == NULL)
        return; /* not started since it was freed last */
    if (pty->master >= 0)
        close(pty->master);
    if (pty->events >= 0)
        close(pty->events);
    close(pty->orders);
    if (!pty->ended && pty->program > 0)
        kill(-pty->program, SIGKILL); /* of a test that failed */
    waitpid(pty->shell, NULL, 0);
    vterm_free(pty->vt);
    pty->vt = NULL;
}
