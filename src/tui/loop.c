#include "tui/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "tui/toolkit/term.h"

static int signal_pipe[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    unsigned char byte = (unsigned char)number;
    ssize_t wrote = write(signal_pipe[1], &byte, 1);
    (void)wrote; /* full: the loop will wake anyway */
    errno = saved;
}

static const int watched[] = {SIGTERM, SIGHUP, SIGINT, SIGWINCH, SIGTSTP, SIGCONT};
enum { WATCHED = sizeof watched / sizeof *watched };
static struct sigaction former[WATCHED];

bool ks_loop_watch(void)
{
    if (pipe(signal_pipe) != 0)
        return false;
    for (int i = 0; i < 2; i++) {
        fcntl(signal_pipe[i], F_SETFD, FD_CLOEXEC);
        fcntl(signal_pipe[i], F_SETFL, O_NONBLOCK);
    }
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < WATCHED; i++)
        sigaction(watched[i], &action, &former[i]);
    return true;
}

void ks_loop_unwatch(void)
{
    for (int i = 0; i < WATCHED; i++)
        sigaction(watched[i], &former[i], NULL);
    close(signal_pipe[0]);
    close(signal_pipe[1]);
}

static int64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

enum { QUICK_TICK = 100, SLOW_TICK = 1000 }; /* ms */
enum { AHEAD = 50000000 }; /* ns that keys typed ahead may take before the screen is shown */

struct loop {
    struct ks_app *app;
    int die;           /* signal to die of */
    bool tell_idle;
    unsigned long idle;
    int tick_wait; /* ms to the next look at work under way */
    int64_t peek_at, peek_wait; /* when what has been read so far is taken over next, ms */
    bool more;                  /* keys were left to be read, for the sake of the screen */
};

static void fit_to_terminal(struct ks_app *app)
{
    int w, h;
    ks_term_size(app->term, &w, &h);
    if ((w != app->grid.w || h != app->grid.h) && !ks_cells_resize(&app->grid, w, h))
        ks_say_status(&app->model, ks_nomem("the screen"));
    app->dirty = app->repaint = true;
}

static void take_signals(struct loop *loop)
{
    unsigned char bytes[64];
    ssize_t n;
    while ((n = read(signal_pipe[0], bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < n; i++) {
            switch (bytes[i]) {
            case SIGWINCH:
            case SIGCONT:
                fit_to_terminal(loop->app);
                break;
            case SIGTSTP:
                loop->app->suspend = true;
                break;
            default:
                loop->die = bytes[i];
                loop->app->quit = true;
            }
        }
}

/* How long nothing has to be done, ms; -1: until something happens. */
static int patience(struct loop *loop)
{
    struct ks_app *app = loop->app;
    if (loop->more)
        return 0;
    if (ks_worker_idle(app->model.worker))
        return -1;
    return loop->tick_wait;
}

static void tick(struct loop *loop)
{
    struct ks_app *app = loop->app;
    bool moved = ks_loading_tick(app, now_ns());
    if (ks_worker_idle(app->model.worker))
        return;
    app->dirty = true;
    /* Progress moves on the screen; a pipe that is silent is looked at less and less often. */
    bool waiting = app->model.loading && !moved;
    loop->tick_wait = waiting && loop->tick_wait < SLOW_TICK ? loop->tick_wait * 2 : waiting ? SLOW_TICK : QUICK_TICK;
    if (!app->model.loading) {
        loop->peek_wait = 0;
        return;
    }
    int64_t now = now_ns() / 1000000;
    if (loop->peek_wait == 0) {
        loop->peek_wait = 300;
        loop->peek_at = now + loop->peek_wait;
    } else if (now >= loop->peek_at) {
        unsigned effects = ks_model_peek(&app->model);
        if (effects != 0) {
            ks_app_effects(app, effects);
            loop->peek_wait *= 2; /* each copy is larger than the last */
        }
        loop->peek_at = now + loop->peek_wait;
    }
}

static void show(struct loop *loop)
{
    struct ks_app *app = loop->app;
    if (app->copy != NULL) {
        ks_term_copy(app->term, app->copy);
        ks_free(app->copy);
        app->copy = NULL;
    }
    if (!app->dirty)
        return;
    ks_app_draw(app);
    ks_term_show(app->term, &app->grid, app->model.settings.habits.theme, app->model.settings.habits.mouse, app->repaint);
    app->dirty = app->repaint = false;
}

static void read_keys(struct loop *loop, short revents)
{
    struct ks_app *app = loop->app;
    struct ks_key key;
    bool any = false;
    int64_t until = now_ns() + AHEAD;
    loop->more = false;
    while (!app->quit && !app->suspend && !loop->more && ks_term_key(app->term, &key) > 0) {
        if (any && app->dirty) /* typed ahead: each key finds the screen that the one before it made */
            ks_app_draw(app);
        if (key.code != KS_KEY_NONE)
            ks_app_key(app, key);
        any = true;
        take_signals(loop); /* a hang-up does not wait until all keys are read, nor does the screen */
        loop->more = now_ns() > until;
    }
    if (any)
        return;
    /* Readable but nothing there: the end of the terminal. A sequence that is still arriving leaves POLLIN with bytes behind it. */
    if (revents & (POLLHUP | POLLERR | POLLNVAL)) {
        loop->die = SIGHUP;
        app->quit = true;
    } else if (revents & POLLIN) {
        struct pollfd again = {.fd = ks_term_fd(app->term), .events = POLLIN};
        char byte;
        if (poll(&again, 1, 0) > 0 && read(again.fd, &byte, 1) <= 0 && errno != EAGAIN && errno != EINTR) {
            loop->die = SIGHUP;
            app->quit = true;
        }
    }
}

int ks_loop_run(struct ks_app *app)
{
    struct loop loop = {.app = app, .tell_idle = getenv("KNOCKSCOPE_TELL_IDLE") != NULL, .tick_wait = QUICK_TICK};
    fit_to_terminal(app);
    bool rested = true;
    while (!app->quit) {
        bool rests = ks_worker_idle(app->model.worker);
        if (rests && !rested) /* also where work ended without a result: what was said to be under way no longer is */
            app->dirty = true;
        rested = rests;
        bool worked = app->dirty;
        show(&loop);
        if (app->suspend) {
            app->suspend = false;
            ks_term_suspend(app->term);
            fit_to_terminal(app);
            take_signals(&loop); /* SIGCONT is among them: one frame is enough for both */
            continue;
        }
        if (worked && loop.tell_idle && !loop.more && ks_worker_idle(app->model.worker))
            ks_term_tell_idle(app->term, ++loop.idle);
        struct pollfd fds[] = {
            {.fd = ks_term_fd(app->term), .events = POLLIN},
            {.fd = signal_pipe[0], .events = POLLIN},
            {.fd = ks_worker_fd(app->model.worker), .events = POLLIN},
        };
        int ready = poll(fds, 3, patience(&loop));
        if (ready < 0 && errno != EINTR)
            break;
        if (fds[1].revents != 0)
            take_signals(&loop);
        if (fds[0].revents != 0 || loop.more)
            read_keys(&loop, fds[0].revents);
        if (fds[2].revents != 0)
            ks_app_collect(app);
        tick(&loop);
    }
    return loop.die;
}
