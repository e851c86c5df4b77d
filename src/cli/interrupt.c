#include "config.h" /* pipe2 */

#include "cli/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static struct ks_progress progress;
static volatile sig_atomic_t came;

_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "a signal handler may only use atomics without locks");

static int wake[2] = {-1, -1};

static void on_signal(int number)
{
    int saved = errno;
    came = number;
    atomic_store(&progress.cancel, true);
    ssize_t wrote = wake[1] >= 0 ? write(wake[1], "", 1) : 0;
    (void)wrote;
    errno = saved;
}

struct ks_progress *ks_interrupt_watch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action, old;
    if (wake[0] < 0 && pipe2(wake, O_CLOEXEC | O_NONBLOCK) == 0) /* without it a wait looks for itself now and then */
        progress.wake = wake[0] + 1;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = (int)(SA_RESETHAND | (unsigned)SA_RESTART);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    return &progress;
}

void ks_interrupt_finish(void)
{
    if (came == 0)
        return;
    signal(came, SIG_DFL);
    raise(came);
}
