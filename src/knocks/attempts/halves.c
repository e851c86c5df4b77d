#include "knocks/attempts/halves.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

/* Work that a second thread may take over; whoever of the two lets go of it last gives it back. None of it is
 * allocated: a thread that comes too late may outlive all else. */
struct second {
    void (*work)(void *context, unsigned half);
    void *context;
    atomic_flag taken;   /* by one of the two threads */
    atomic_uint holders; /* 0: free */
    bool done;           /* under the lock */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;

enum { SEVERAL = 16 }; /* at the same time; what goes beyond has one thread */

static struct second *find_free(void)
{
    static struct second all[SEVERAL];
    for (size_t i = 0; i < SEVERAL; i++) {
        unsigned none = 0;
        if (atomic_compare_exchange_strong(&all[i].holders, &none, 2))
            return &all[i];
    }
    return NULL;
}

static void *run(void *user)
{
    struct second *second = user;
    if (!atomic_flag_test_and_set(&second->taken)) {
        second->work(second->context, 1);
        pthread_mutex_lock(&lock);
        second->done = true;
        pthread_cond_broadcast(&ended);
        pthread_mutex_unlock(&lock);
    }
    atomic_fetch_sub(&second->holders, 1);
    return NULL;
}

/* The second thread takes no signals: they are the caller's business. */
static bool start(struct second *second)
{
    pthread_t thread;
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    bool started = pthread_create(&thread, NULL, run, second) == 0;
    if (started)
        pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return started;
}

/* The second half, here where no other thread has begun with it: on a busy machine it may take long to start. */
static void finish(struct second *second)
{
    if (!atomic_flag_test_and_set(&second->taken)) {
        second->work(second->context, 1);
        return;
    }
    pthread_mutex_lock(&lock);
    while (!second->done)
        pthread_cond_wait(&ended, &lock);
    pthread_mutex_unlock(&lock);
}

void ks_halves(bool two, void (*work)(void *context, unsigned half), void *context)
{
    struct second *second = two ? find_free() : NULL;
    if (second == NULL) {
        work(context, 0);
        work(context, 1);
        return;
    }
    second->work = work;
    second->context = context;
    second->done = false;
    atomic_flag_clear(&second->taken);
    if (!start(second))
        atomic_fetch_sub(&second->holders, 1); /* for the one that is not there */
    work(context, 0);
    finish(second);
    atomic_fetch_sub(&second->holders, 1);
}
