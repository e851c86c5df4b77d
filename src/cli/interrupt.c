#include "cli/interrupt.h"

#include <signal.h>
#include <string.h>

static struct ks_progress progress;
static volatile sig_atomic_t came;

_Static_assert(ATOMIC_BOOL_LOCK_FREE == 2, "a signal handler may only use atomics without locks");

static void on_signal(int number)
{
    came = number;
    atomic_store(&progress.cancel, true);
}

struct ks_progress *ks_interrupt_watch(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action, old;
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
