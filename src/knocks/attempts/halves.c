#include "knocks/attempts/halves.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* The half that a second thread may take over. */
struct second {
    void (*work)(void *context, unsigned half);
    void *context;
    atomic_flag taken; /* by one of the two threads */
};

static void take(struct second *second)
{
    if (!atomic_flag_test_and_set(&second->taken))
        second->work(second->context, 1);
}

static void *run(void *user)
{
    take(user);
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
    struct second second = {.work = work, .context = context, .taken = ATOMIC_FLAG_INIT};
    pthread_t thread;
    bool started = two && start(&thread, &second);
    work(context, 0);
    take(&second); /* on a busy machine the other thread may not have begun */
    if (started)
        pthread_join(thread, NULL);
}
