/* Knocks at many targets, which two threads look through: the result is that of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "unit/knock_logs.h"

enum { TARGETS = 12, FIRST = 100, SCANNERS = 300 };

static uint32_t draw(uint32_t *state, uint32_t below)
{
    *state = *state * 1664525 + 1013904223;
    return (uint32_t)(((uint64_t)*state * below) >> 32);
}

/* Scanners that try services of all targets, each a few at a time, again and again. */
static void scans(struct make_log *m, size_t attempts)
{
    static const uint16_t ports[] = {21,  22,  23,   25,   80,   110,  135,  139,  143,  443,   445,  993,  995, 1433,
                                     1521, 3306, 3389, 5432, 5900, 6379, 8080, 8443, 9200, 11211, 27017};
    uint32_t state = 7;
    for (size_t i = 0; i < attempts; i++) {
        uint32_t scanner = 1000 + draw(&state, SCANNERS), target = FIRST + draw(&state, TARGETS);
        int64_t time = (int64_t)i * 40 * MS;
        for (size_t n = 3 + draw(&state, 6); n > 0 && i < attempts; n--, i++) {
            uint16_t port = ports[draw(&state, 25)];
            make_try(m, time, scanner, target, (uint16_t)(1024 + i), port, i % 3 ? KS_SILENT : KS_REFUSED);
            time += 300 * MS;
        }
    }
}

/* A knock of three ports at every third target, four times, with a door. */
static void plant(struct make_log *m)
{
    for (uint32_t target = 0; target < TARGETS; target += 3)
        for (int64_t k = 0; k < 4; k++) {
            int64_t time = 30 * S + k * 150 * S + target * S;
            for (uint32_t j = 0; j < 3; j++)
                make_try(m, time + j * 200 * MS, KNOCKER, FIRST + target, (uint16_t)(2000 + 10 * k + j),
                         (uint16_t)(20001 + 1111 * j + 7 * target), KS_REFUSED);
            make_try(m, time + S, KNOCKER, FIRST + target, (uint16_t)(2009 + 10 * k), 31337, KS_OPEN);
        }
}

static void one_thread_and_two_find_the_same(void **state)
{
    (void)state;
    struct make_log m = {0};
    scans(&m, 16000);
    plant(&m);
    struct ks_knocks found[2];
    for (unsigned i = 0; i < 2; i++) {
        struct ks_knock_options options = {.threads = 1 + i};
        assert_string_equal(ks_knocks_find(&m.log, NULL, &options, NULL, &found[i]).message, "");
    }
    const struct ks_knocks *a = &found[0], *b = &found[1];
    assert_true(a->n > 4);
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->standing, b->standing);
    assert_int_equal(a->candidates, b->candidates);
    assert_string_equal(a->limit, b->limit);
    for (size_t i = 0; i < a->n; i++) {
        const struct ks_knock *x = &a->at[i], *y = &b->at[i];
        assert_int_equal(x->n_ports, y->n_ports);
        assert_memory_equal(x->ports, y->ports, x->n_ports * sizeof *x->ports);
        assert_memory_equal(&x->ln_p, &y->ln_p, sizeof x->ln_p);
        assert_memory_equal(&x->ln_q, &y->ln_q, sizeof x->ln_q);
        assert_string_equal(x->why, y->why);
        assert_int_equal(x->n_activations, y->n_activations);
        for (size_t k = 0; k < x->n_activations; k++) {
            assert_int_equal(x->activations[k].n_events, y->activations[k].n_events);
            assert_memory_equal(x->activations[k].events, y->activations[k].events,
                                x->activations[k].n_events * sizeof *x->activations[k].events);
        }
    }
    ks_knocks_free(&found[0]);
    ks_knocks_free(&found[1]);
    ks_log_free(&m.log);
}

/* Pairs of services that scanners try are followed up with work of their own: they used up a knock's, which was then
 * found as one-shot bursts only. */
static void scans_for_services_leave_work_for_knocks(void **state)
{
    (void)state;
    struct make_log m = {0};
    scans(&m, 16000);
    plant(&m);
    struct ks_knocks knocks = find(&m);
    assert_true(knocks.standing >= 1);
    for (uint32_t target = 0; target < TARGETS; target += 3) {
        size_t i = 0;
        while (i < knocks.n && (knocks.at[i].n_ports != 3 || knocks.at[i].ports[0] != 20001 + 7 * target))
            i++;
        assert_true(i < knocks.standing);
        assert_int_equal(knocks.at[i].kind, KS_KNOCK_RECURRING);
        assert_int_equal(knocks.at[i].n_activations, 4);
        assert_int_equal(knocks.at[i].n_opened, 1);
        assert_int_equal(knocks.at[i].opened[0], 31337);
    }
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

/* Wherever memory ends: in either thread, both of them, or before and after. */
static void both_threads_report_that_memory_is_out(void **state)
{
    (void)state;
    struct make_log m = {0};
    scans(&m, 3000);
    plant(&m);
    struct ks_knock_options options = {.threads = 2};
    struct ks_knocks knocks;
    ks_memory_fail_from(0);
    assert_string_equal(ks_knocks_find(&m.log, NULL, &options, NULL, &knocks).message, "");
    ks_knocks_free(&knocks);
    size_t asked = ks_memory_asked();
    assert_true(asked > 1000);
    for (size_t n = 1; n + 8 < asked; n += 1 + n / 16) { /* the threads' turns vary: the last ones may not come */
        ks_memory_fail_from(n);
        struct ks_status status = ks_knocks_find(&m.log, NULL, &options, NULL, &knocks);
        ks_memory_fail_from(0);
        assert_int_equal(status.code, KS_NOMEM);
        assert_int_equal(knocks.n, 0);
        ks_knocks_free(&knocks);
    }
    ks_log_free(&m.log);
}

static void a_cancelled_search_stops_both_threads(void **state)
{
    (void)state;
    struct make_log m = {0};
    scans(&m, 3000);
    struct ks_knock_options options = {.threads = 2};
    struct ks_progress progress = {.cancel = true};
    struct ks_knocks knocks;
    assert_int_equal(ks_knocks_find(&m.log, NULL, &options, &progress, &knocks).code, KS_CANCELLED);
    assert_int_equal(knocks.n, 0);
    ks_knocks_free(&knocks);
    ks_log_free(&m.log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_and_two_find_the_same),
        cmocka_unit_test(scans_for_services_leave_work_for_knocks),
        cmocka_unit_test(both_threads_report_that_memory_is_out),
        cmocka_unit_test(a_cancelled_search_stops_both_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
