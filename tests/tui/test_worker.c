/* The explorer's worker: what is told of jobs that are cancelled before they began. */
#include <poll.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tui/model/worker.h"

static sem_t began, go_on;
static unsigned done_calls, drops;
static enum ks_code told;

static struct ks_status wait_for_it(void *context, struct ks_progress *progress)
{
    (void)context;
    (void)progress;
    sem_post(&began);
    sem_wait(&go_on);
    return ks_ok();
}

static struct ks_status at_once(void *context, struct ks_progress *progress)
{
    (void)progress;
    *(bool *)context = true;
    return ks_ok();
}

static void on_done(void *owner, void *context, struct ks_status status)
{
    (void)owner;
    (void)context;
    done_calls++;
    told = status.code;
}

static void on_drop(void *context)
{
    (void)context;
    drops++;
}

static void collect_all(struct ks_worker *worker)
{
    while (!ks_worker_idle(worker)) {
        struct pollfd results = {.fd = ks_worker_fd(worker), .events = POLLIN};
        assert_true(poll(&results, 1, -1) > 0);
        ks_worker_collect(worker);
    }
}

/* A load that waits behind a baseline in its lane and is stopped: the model must hear of it, or it shows "reading" for ever and looks into what was freed. */
static void test_stopped_before_it_began(void **state)
{
    (void)state;
    for (int keep = 0; keep < 2; keep++) {
        struct ks_worker *worker;
        bool ran = false;
        done_calls = drops = 0;
        told = KS_OK;
        assert_true(sem_init(&began, 0, 0) == 0 && sem_init(&go_on, 0, 0) == 0);
        assert_true(ks_is_ok(ks_worker_start(NULL, &worker)));
        assert_true(ks_is_ok(ks_worker_submit(worker, &(struct ks_job){KS_JOB_OTHER, NULL, wait_for_it, NULL, on_drop})));
        sem_wait(&began);
        assert_true(ks_is_ok(ks_worker_submit(worker, &(struct ks_job){KS_JOB_LOAD, &ran, at_once, on_done, on_drop})));
        ks_worker_cancel(worker, KS_JOB_LOAD, keep != 0);
        assert_int_equal(ks_worker_busy(worker, KS_JOB_LOAD), keep);
        sem_post(&go_on);
        collect_all(worker);
        assert_false(ran);
        assert_int_equal(done_calls, keep);
        assert_int_equal(told, keep != 0 ? KS_CANCELLED : KS_OK);
        assert_int_equal(drops, 2);
        ks_worker_stop(worker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stopped_before_it_began)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
