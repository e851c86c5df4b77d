#include "knocks/attempts/halves.h"

#include <pthread.h>
#include <signal.h>

struct second {
    void (*work)(void *context, unsigned half);
    void *context;
};

static void *run(void *user)
{
    const struct second *second = user;
    second->work(second->context, 1);
    return NULL;
}

/* The second thread takes no signals: they are the caller's business. */
static bool start(pthread_t *thread, struct second *second)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = pthread_create(thread, NULL, run, second) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

void ks_halves(bool two, void (*work)(void *context, unsigned half), void *context)
{
    struct second second = {.work = work, .context = context};
    pthread_t thread;
    bool started = two && start(&thread, &second);
    work(context, 0);
    if (started)
        pthread_join(thread, NULL);
    else
        work(context, 1);
}
