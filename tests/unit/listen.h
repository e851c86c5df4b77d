/* What is said on standard error, into the file `said` of the working folder. */
#ifndef TESTS_UNIT_LISTEN_H
#define TESTS_UNIT_LISTEN_H

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static int real_stderr = -1;

/* Once, before anything is listened to. */
static inline bool can_listen(void)
{
    real_stderr = dup(STDERR_FILENO);
    return real_stderr >= 0;
}

static inline void listen_to_stderr(void)
{
    fflush(stderr);
    assert_non_null(freopen("said", "w", stderr));
}

static inline void stop_listening(void)
{
    fflush(stderr);
    assert_true(dup2(real_stderr, STDERR_FILENO) == STDERR_FILENO);
}

#endif
