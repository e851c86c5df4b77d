/* The program under a pseudo-terminal, with a small shell above it (so that it can be stopped and continued) and libvterm as the terminal. */
#ifndef KS_TESTS_PTY_H
#define KS_TESTS_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <termios.h>
#include <vterm.h>

struct pty_options {
    const char *const *arguments; /* after the program's name; NULL at the end */
    const char *term;             /* TERM; NULL: xterm-256color */
    const char *home;             /* folder for the settings; NULL: --no-settings is among the arguments */
    const char *locale;           /* LC_ALL; NULL: C.UTF-8 */
    bool no_color;                /* NO_COLOR is set */
    int ignored;                  /* a signal that the program is started with ignored; 0: none */
    int in, out;                  /* descriptors that become standard input and output; -1: the terminal */
    int w, h;                     /* 0: 80x24 */
};

struct pty {
    int master, events, orders; /* the terminal's other side; what the shell tells; what it is told */
    pid_t shell, program;
    struct termios before;
    VTerm *vt;
    VTermScreen *screen;
    bool alternate, cursor, mouse, ended, stopped;
    int status;             /* of the program, once it ended, as wait() gives it */
    struct rusage used;
    unsigned long idle;     /* frames after which the program said that it waits */
    char osc[4096];         /* the string being read */
    size_t osc_n;
    int osc_state;
    char held[16], last[4]; /* a sequence that has begun, and the character before it: see feed in pty.c */
    size_t held_n, last_n;
    char copied[4096];      /* what OSC 52 brought last */
    char foreign[64];       /* the first thing that no program may send: C1 controls, bytes that are no UTF-8, invisible and direction-changing characters,
                             * strings for the terminal other than those that are known; empty: none */
    uint32_t code;          /* the character being read, and how many bytes of it are missing */
    int missing;
    uint64_t bytes;         /* that the program wrote */
};

/* Each of these fails the test when its condition does not come true in time (a minute: sanitizers on a busy machine). */
void pty_start(struct pty *pty, const struct pty_options *options);
void pty_wait_idle(struct pty *pty, unsigned long after);
void pty_wait_text(struct pty *pty, const char *text);
void pty_wait_end(struct pty *pty);
void pty_wait_stop(struct pty *pty);
void pty_continue(struct pty *pty);

/* Sends bytes, and waits for the next frame after which nothing is left to do. */
void pty_send(struct pty *pty, const char *bytes);
void pty_type(struct pty *pty, const char *bytes);
void pty_resize(struct pty *pty, int w, int h);
/* Takes what has arrived by now or arrives within ms; false where nothing did. */
bool pty_pump(struct pty *pty, int ms);
/* The row as text without trailing blanks; valid until the next call. */
const char *pty_row(struct pty *pty, int y);
bool pty_shows(struct pty *pty, const char *text);
/* The terminal is as it was before the program started. */
void pty_assert_sane(struct pty *pty);
/* Closes the terminal's other side, as a terminal window that goes away does. */
void pty_hang_up(struct pty *pty);
void pty_free(struct pty *pty);

#endif
