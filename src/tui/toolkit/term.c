#define _GNU_SOURCE 1 /* memfd_create */
#include "tui/toolkit/term.h"

#define NCURSES_WIDECHAR 1
#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"

/* What is needed to give the terminal back from a signal handler: only plain data and async-signal-safe calls. */
static struct {
    volatile sig_atomic_t active;
    int fd;
    struct termios modes;
    char reset[256];
    size_t n;
    int stderr_was, stderr_to; /* as in struct ks_term */
} rescue = {.stderr_was = -1, .stderr_to = -1};

/* Crashes first, then what else ends a program that does not look after it. */
static const int fatal_signals[] = {SIGSEGV, SIGBUS, SIGFPE,  SIGILL,  SIGABRT, SIGTRAP,   SIGSYS,
                                    SIGQUIT, SIGXCPU, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF};
enum { FATAL = sizeof fatal_signals / sizeof *fatal_signals };
static struct sigaction former[FATAL];

enum { PASTE_BEGIN = KEY_MAX + 1, PASTE_END };

struct ks_term {
    FILE *in, *out;
    bool own; /* /dev/tty was opened */
    FILE *keys; /* opened for reading alone, `in` then; or NULL */
    SCREEN *screen;
    bool colours;
    int max_colours;
    enum ks_theme theme;
    bool themed;
    bool mouse;
    struct ks_paste paste;
    struct ks_cell *shown; /* what the terminal has */
    int w, h;
    int stderr_was; /* the real standard error while it is captured; -1: not captured */
    int stderr_to;
    int64_t click_at;
    int click_x, click_y;
};

/* What was said so far, and what will still be said of the crash, belongs on the terminal that has been given back. */
static void release_stderr(void)
{
    char text[1024];
    ssize_t n;
    if (rescue.stderr_was < 0)
        return;
    dup2(rescue.stderr_was, STDERR_FILENO);
    lseek(rescue.stderr_to, 0, SEEK_SET);
    while ((n = read(rescue.stderr_to, text, sizeof text)) > 0 && write(STDERR_FILENO, text, (size_t)n) == n)
        continue;
}

static void on_fatal(int number)
{
    if (rescue.active) {
        rescue.active = 0;
        ssize_t wrote = write(rescue.fd, rescue.reset, rescue.n);
        (void)wrote;
        tcsetattr(rescue.fd, TCSANOW, &rescue.modes);
        release_stderr();
    }
    for (int i = 0; i < FATAL; i++)
        if (fatal_signals[i] == number)
            sigaction(number, &former[i], NULL); /* a sanitizer's handler, or the default */
    raise(number);
}

/* A terminfo string without its padding marks; empty where the terminal has none. */
static void add_reset(const char *capability)
{
    const char *s = tigetstr(capability);
    if (s == NULL || s == (char *)-1)
        return;
    for (; *s != '\0' && rescue.n < sizeof rescue.reset; s++) {
        if (s[0] == '$' && s[1] == '<') {
            const char *end = strchr(s, '>');
            if (end != NULL) {
                s = end;
                continue;
            }
        }
        rescue.reset[rescue.n++] = *s;
    }
}

static void add_reset_text(const char *text)
{
    for (; *text != '\0' && rescue.n < sizeof rescue.reset; text++)
        rescue.reset[rescue.n++] = *text;
}

static bool has_capability(const char *name)
{
    const char *s = tigetstr(name);
    return s != NULL && s != (char *)-1 && s[0] != '\0';
}

static void prepare_rescue(const struct ks_term *term, const struct termios *modes)
{
    rescue.fd = fileno(term->out);
    rescue.modes = *modes;
    rescue.n = 0;
    if (has_capability("XM") || has_capability("kmous"))
        add_reset_text("\033[?1000l\033[?1006l");
    if (has_capability("BE"))
        add_reset_text("\033[?2004l");
    add_reset("sgr0");
    add_reset("cnorm");
    add_reset("rmkx");
    add_reset("rmcup");
    rescue.active = 1;
    /* A stack that ran over leaves no room for the handler: it has one of its own, where a sanitizer did not bring one. */
    static char stack[32768];
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack}, now;
    if (sigaltstack(NULL, &now) == 0 && (now.ss_flags & SS_DISABLE) != 0)
        sigaltstack(&own, NULL);
    struct sigaction action = {.sa_handler = on_fatal, .sa_flags = SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < FATAL; i++)
        if (sigaction(fatal_signals[i], NULL, &former[i]) == 0 && former[i].sa_handler != SIG_IGN)
            sigaction(fatal_signals[i], &action, NULL);
}

static void end_rescue(void)
{
    if (!rescue.active)
        return;
    rescue.active = 0;
    for (int i = 0; i < FATAL; i++)
        sigaction(fatal_signals[i], &former[i], NULL);
}

/* Messages of libraries must not tear the screen: they wait in memory. Where standard error is no terminal it is left alone. */
static void capture_stderr(struct ks_term *term)
{
    term->stderr_was = term->stderr_to = -1;
    if (!isatty(STDERR_FILENO))
        return;
    term->stderr_to = memfd_create("stderr", MFD_CLOEXEC);
    if (term->stderr_to < 0)
        return;
    fflush(stderr);
    term->stderr_was = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    if (term->stderr_was < 0)
        return;
    dup2(term->stderr_to, STDERR_FILENO);
    rescue.stderr_to = term->stderr_to;
    rescue.stderr_was = term->stderr_was;
}

static void replay_stderr(struct ks_term *term)
{
    fflush(stderr);
    release_stderr();
    if (term->stderr_was >= 0)
        close(term->stderr_was);
    if (term->stderr_to >= 0)
        close(term->stderr_to);
    rescue.stderr_was = rescue.stderr_to = -1;
}

static void put(const struct ks_term *term, const char *text)
{
    fputs(text, term->out);
    fflush(term->out);
}

static void set_mouse(struct ks_term *term, bool on)
{
    mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
    mouseinterval(0);
    term->mouse = on;
}

/* Whether colours are wanted at all (https://no-color.org: set and not empty). */
static bool want_colours(enum ks_colour colour)
{
    const char *no = getenv("NO_COLOR");
    return colour == KS_COLOUR_ALWAYS || (colour == KS_COLOUR_AUTO && (no == NULL || no[0] == '\0'));
}

static struct ks_status start_curses(struct ks_term *term, const struct ks_term_options *options)
{
    const char *name = getenv("TERM");
    struct termios modes;
    if (tcgetattr(fileno(term->in), &modes) != 0)
        return ks_fail(KS_FAILED, "the terminal gives no access to its modes");
    if (name == NULL || name[0] == '\0')
        return ks_fail(KS_FAILED, "TERM is not set; the explorer needs a terminal, batch commands and --script do not");
    term->screen = newterm(NULL, term->out, term->in);
    if (term->screen == NULL)
        return ks_fail(KS_FAILED, "the terminal type %s is not known here; try TERM=vt100, or a batch command", name);
    if (!has_capability("cup")) {
        endwin();
        return ks_fail(KS_FAILED, "a %s terminal cannot place its cursor; batch commands and --script do without", name);
    }
    prepare_rescue(term, &modes);
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(25);
    meta(stdscr, TRUE);
    define_key("\033[200~", PASTE_BEGIN);
    define_key("\033[201~", PASTE_END);
    if (has_capability("BE"))
        put(term, "\033[?2004h");
    term->colours = want_colours(options->colour) && has_colors() && start_color() == OK;
    term->max_colours = term->colours ? COLORS : 0;
    set_mouse(term, options->mouse);
    return ks_ok();
}

/* The terminal once more, for keys: curses reads the rest of a mouse report without looking whether it is there, and a broken one would hold everything
 * up. Not blocking must be an open file's own: the shell shares standard input. NULL: it stays as it is. */
static FILE *open_keys(const struct ks_term *term)
{
    char name[256];
    const char *path = "/dev/tty";
    if (!term->own && ttyname_r(fileno(term->in), name, sizeof name) == 0)
        path = name;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (fd >= 0 && file == NULL)
        close(fd);
    return file;
}

struct ks_status ks_term_open(const struct ks_term_options *options, struct ks_term **out)
{
    *out = NULL;
    struct ks_term *term = ks_zalloc(1, sizeof *term);
    if (term == NULL)
        return ks_nomem("the terminal");
    term->in = stdin;
    term->out = stdout;
    term->click_x = -1;
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        FILE *tty = fopen("/dev/tty", "r+e");
        if (tty == NULL) {
            ks_free(term);
            return ks_fail(KS_FAILED, "there is no terminal to draw on; batch commands and --script need none");
        }
        term->own = true;
        term->in = term->out = tty;
    }
    FILE *blocking = term->in;
    term->keys = open_keys(term);
    if (term->keys != NULL)
        term->in = term->keys;
    struct ks_status status = start_curses(term, options);
    if (!ks_is_ok(status)) {
        if (term->keys != NULL)
            fclose(term->keys);
        if (term->own)
            fclose(blocking);
        ks_free(term);
        return status;
    }
    capture_stderr(term);
    *out = term;
    return status;
}

void ks_term_close(struct ks_term *term)
{
    if (term == NULL)
        return;
    if (has_capability("BE"))
        put(term, "\033[?2004l");
    set_mouse(term, false);
    endwin();
    end_rescue();
    replay_stderr(term);
    delscreen(term->screen);
    if (term->keys != NULL)
        fclose(term->keys);
    if (term->own)
        fclose(term->out);
    ks_free(term->shown);
    ks_free(term);
}

int ks_term_fd(const struct ks_term *term)
{
    return fileno(term->in);
}

/* --- keys --- */

static const struct {
    int from;
    uint32_t to;
} key_map[] = {
    {KEY_UP, KS_KEY_UP},       {KEY_DOWN, KS_KEY_DOWN},   {KEY_LEFT, KS_KEY_LEFT},
    {KEY_RIGHT, KS_KEY_RIGHT}, {KEY_HOME, KS_KEY_HOME},   {KEY_END, KS_KEY_END},
    {KEY_PPAGE, KS_KEY_PAGE_UP}, {KEY_NPAGE, KS_KEY_PAGE_DOWN}, {KEY_IC, KS_KEY_INSERT},
    {KEY_DC, KS_KEY_DELETE},   {KEY_ENTER, KS_KEY_ENTER}, {KEY_BTAB, KS_KEY_BACKTAB},
    {KEY_BACKSPACE, KS_KEY_BACKSPACE}, {KEY_SLEFT, KS_KEY_LEFT | KS_KEY_CTRL}, {KEY_SRIGHT, KS_KEY_RIGHT | KS_KEY_CTRL},
    {KEY_FIND, KS_KEY_HOME},   {KEY_SELECT, KS_KEY_END},
};

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static uint32_t mouse_key(struct ks_term *term, struct ks_key *out)
{
    MEVENT event;
    if (getmouse(&event) != OK)
        return KS_KEY_NONE;
    out->x = event.x;
    out->y = event.y;
    if (event.bstate & BUTTON4_PRESSED)
        return KS_KEY_WHEEL_UP;
    if (event.bstate & BUTTON5_PRESSED)
        return KS_KEY_WHEEL_DOWN;
    if (!(event.bstate & BUTTON1_PRESSED))
        return KS_KEY_NONE;
    int64_t now = now_ms();
    bool again = term->click_x == event.x && term->click_y == event.y && now - term->click_at < 400;
    term->click_at = now;
    term->click_x = again ? -1 : event.x;
    term->click_y = event.y;
    return again ? KS_KEY_DOUBLE : KS_KEY_CLICK;
}

static uint32_t plain_key(wint_t c)
{
    switch (c) {
    case '\r':
    case '\n':
        return KS_KEY_ENTER;
    case '\t':
        return KS_KEY_TAB;
    case 0x7f:
    case 0x08:
        return KS_KEY_BACKSPACE;
    case 0x1b:
        return KS_KEY_ESCAPE;
    case 0:
        return ' ' | KS_KEY_CTRL;
    default:
        break;
    }
    if (c < 0x20) /* a control character is the lower-case letter with Ctrl */
        return (uint32_t)(c + (c <= 26 ? 0x60 : 0x40)) | KS_KEY_CTRL;
    return (uint32_t)c;
}

/* The last character of an arrow's sequence, in the cursor mode that terminfo does not have. */
static uint32_t cursor_key(wint_t c)
{
    static const char letters[] = "ABCDHF";
    static const uint32_t keys[] = {KS_KEY_UP, KS_KEY_DOWN, KS_KEY_RIGHT, KS_KEY_LEFT, KS_KEY_HOME, KS_KEY_END};
    const char *at = c > 0 && c < 0x80 ? strchr(letters, (int)c) : NULL;
    return at != NULL ? keys[at - letters] : KS_KEY_NONE;
}

/* What follows an escape that no terminfo entry knows: a control sequence is read to its end and dropped (late answers of the terminal, keys of
 * another one); any other character is Alt with it. */
static uint32_t after_escape(void)
{
    wint_t c;
    int got = get_wch(&c);
    if (got == ERR)
        return KS_KEY_ESCAPE;
    if (got != OK)
        return KS_KEY_NONE;
    if (c == '[') {
        while ((got = get_wch(&c)) == OK && !(c >= 0x40 && c <= 0x7e))
            continue;
        return got == OK ? cursor_key(c) : KS_KEY_NONE;
    }
    if (c == ']' || c == 'P' || c == '_' || c == '^') { /* a string: to BEL or ESC \ */
        while (get_wch(&c) == OK && c != 0x07)
            if (c == 0x1b) {
                get_wch(&c);
                break;
            }
        return KS_KEY_NONE;
    }
    if (c == 'O')
        return get_wch(&c) == OK ? cursor_key(c) : KS_KEY_NONE;
    return plain_key(c) | KS_KEY_ALT;
}

static uint32_t function_key(struct ks_term *term, int code, struct ks_key *out)
{
    if (code == KEY_MOUSE)
        return mouse_key(term, out);
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return KS_KEY_F1 + (uint32_t)(code - KEY_F(1));
    for (size_t i = 0; i < sizeof key_map / sizeof *key_map; i++)
        if (key_map[i].from == code)
            return key_map[i].to;
    return KS_KEY_NONE;
}

int ks_term_key(struct ks_term *term, struct ks_key *out)
{
    enum { AT_ONCE = 4096 }; /* of what is no key, before signals are looked at */
    for (int i = 0; i < AT_ONCE; i++) {
        wint_t c;
        int got = get_wch(&c);
        if (got == ERR)
            return 0;
        *out = (struct ks_key){.code = KS_KEY_NONE};
        bool function = got == KEY_CODE_YES;
        if (ks_paste_takes(&term->paste, function && c == PASTE_BEGIN, function && c == PASTE_END, now_ms()))
            continue;
        if (got == KEY_CODE_YES)
            out->code = function_key(term, (int)c, out);
        else
            out->code = c == 0x1b ? after_escape() : plain_key(c);
        if (out->code != KS_KEY_NONE)
            return 1;
    }
    return 1;
}

/* --- cells --- */

void ks_term_size(struct ks_term *term, int *w, int *h)
{
    struct winsize size;
    if (ioctl(fileno(term->out), TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0 &&
        (size.ws_row != LINES || size.ws_col != COLS))
        resizeterm(size.ws_row, size.ws_col);
    *w = COLS > 0 ? COLS : 80;
    *h = LINES > 0 ? LINES : 24;
}

static void apply_theme(struct ks_term *term, enum ks_theme theme)
{
    bool own_ground = term->colours && use_default_colors() == OK;
    for (short role = 0; term->colours && role < KS_ROLE_N; role++) {
        struct ks_look look = ks_theme_look(theme, (enum ks_cell_role)role, term->max_colours);
        short fg = look.fg < 0 && !own_ground ? COLOR_WHITE : look.fg;
        short bg = look.bg < 0 && !own_ground ? COLOR_BLACK : look.bg;
        init_pair((short)(role + 1), fg, bg);
    }
    struct ks_look ground = ks_theme_look(theme, KS_ROLE_TEXT, term->max_colours);
    bkgdset((chtype)' ' | (term->colours && ground.bg >= 0 ? COLOR_PAIR(KS_ROLE_TEXT + 1) : 0));
    term->theme = theme;
    term->themed = true;
}

static void put_cell(const struct ks_term *term, int x, int y, const struct ks_cell *cell)
{
    unsigned role = cell->style & KS_ROLE_MASK;
    struct ks_look look = ks_theme_look(term->theme, (enum ks_cell_role)role, term->max_colours);
    unsigned attr = look.attr | (cell->style & ~(unsigned)KS_ROLE_MASK);
    attr_t on = (attr & KS_BOLD ? A_BOLD : 0) | (attr & KS_UNDERLINE ? A_UNDERLINE : 0) |
                (attr & KS_REVERSE ? A_REVERSE : 0) | (attr & KS_DIM ? A_DIM : 0);
    wchar_t text[3] = {(wchar_t)cell->c, (wchar_t)cell->mark, 0};
    cchar_t wide;
    short pair = term->colours && term->theme != KS_THEME_MONO ? (short)(role + 1) : 0;
    if (setcchar(&wide, text, on, pair, NULL) == OK)
        mvadd_wch(y, x, &wide);
}

static bool same(const struct ks_cell *a, const struct ks_cell *b)
{
    return a->c == b->c && a->mark == b->mark && a->style == b->style && a->width == b->width;
}

void ks_term_show(struct ks_term *term, const struct ks_grid *grid, enum ks_theme theme, bool mouse, bool repaint)
{
    size_t n = (size_t)grid->w * (size_t)grid->h;
    if (mouse != term->mouse)
        set_mouse(term, mouse);
    if (!term->themed || theme != term->theme) {
        apply_theme(term, theme);
        repaint = true;
    }
    if (term->shown == NULL || term->w != grid->w || term->h != grid->h) {
        struct ks_cell *cells = ks_zalloc(n, sizeof *cells);
        ks_free(term->shown);
        term->shown = cells;
        term->w = grid->w;
        term->h = grid->h;
        repaint = true;
    }
    if (repaint) {
        clearok(stdscr, TRUE);
        erase();
    }
    for (int y = 0; y < grid->h; y++)
        for (int x = 0; x < grid->w; x++) {
            size_t i = (size_t)y * (size_t)grid->w + (size_t)x;
            const struct ks_cell *cell = &grid->cells[i];
            if (cell->width == 0 || (!repaint && term->shown != NULL && same(cell, &term->shown[i])))
                continue;
            put_cell(term, x, y, cell);
        }
    if (term->shown != NULL)
        memcpy(term->shown, grid->cells, n * sizeof *grid->cells);
    curs_set(grid->cursor_x >= 0);
    if (grid->cursor_x >= 0)
        move(grid->cursor_y, grid->cursor_x);
    refresh();
}

void ks_term_suspend(struct ks_term *term)
{
    if (has_capability("BE"))
        put(term, "\033[?2004l");
    endwin();
    rescue.active = 0;
    struct sigaction standard = {.sa_handler = SIG_DFL}, ours;
    sigemptyset(&standard.sa_mask);
    sigaction(SIGTSTP, &standard, &ours);
    kill(0, SIGTSTP); /* the whole job, so that a pipe into it stops too */
    /* Here it goes on after SIGCONT. */
    sigaction(SIGTSTP, &ours, NULL);
    rescue.active = 1;
    if (has_capability("BE"))
        put(term, "\033[?2004h");
    term->themed = false; /* the next frame takes the terminal again and draws everything */
}

void ks_term_copy(struct ks_term *term, const char *text)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strlen(text);
    fputs("\033]52;c;", term->out);
    for (size_t i = 0; i < n; i += 3) {
        uint32_t bits = 0;
        for (size_t k = 0; k < 3; k++)
            bits = bits << 8 | (i + k < n ? (unsigned char)text[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            fputc(i + k > n ? '=' : digit[bits >> (18 - 6 * k) & 63], term->out);
    }
    put(term, "\a");
}

void ks_term_tell_idle(struct ks_term *term, unsigned long n)
{
    fprintf(term->out, "\033]7777;idle %lu\a", n);
    fflush(term->out);
}
