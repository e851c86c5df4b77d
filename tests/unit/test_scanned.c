/* src/knocks: knocks before, after and inside port scans of the same target. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "unit/knock_logs.h"

/* An attempt at a time. */
struct planned {
    int64_t time;
    uint32_t source, port;
    uint16_t sport;
    enum ks_outcome outcome;
};

static struct plan {
    struct planned at[8000];
    size_t n;
} plan;

enum { SCANNER = 7, FREE = 0 }; /* FREE: a source port of its own */

static void add(int64_t time, uint32_t source, uint32_t port, uint16_t sport, enum ks_outcome outcome)
{
    assert_true(plan.n < sizeof plan.at / sizeof *plan.at);
    plan.at[plan.n++] = (struct planned){time, source, port, sport, outcome};
}

static int64_t knock(int64_t time, const uint32_t *ports, size_t n, int64_t gap)
{
    for (size_t i = 0; i < n; i++)
        add(time + (int64_t)i * gap, KNOCKER, ports[i], FREE, KS_SILENT);
    return time + (int64_t)(n - 1) * gap;
}

static uint32_t scanned(uint32_t seed, size_t i)
{
    return 1 + (uint32_t)((i * 7919 + seed * UINT64_C(104729)) % 9973);
}

/* n ports below 10,000 in an order that depends on `seed`, 10 ms apart. Returns the time of the last. */
static int64_t scan(int64_t time, uint32_t source, uint16_t sport, uint32_t seed, size_t n)
{
    for (size_t i = 0; i < n; i++)
        add(time + (int64_t)i * 10 * MS, source, scanned(seed, i), sport, KS_SILENT);
    return time + (int64_t)(n - 1) * 10 * MS;
}

static int by_time(const void *x, const void *y)
{
    const struct planned *a = x, *b = y;
    return (a->time > b->time) - (a->time < b->time);
}

static struct ks_knocks find_planned(struct make_log *m)
{
    qsort(plan.at, plan.n, sizeof *plan.at, by_time);
    for (size_t i = 0; i < plan.n; i++) {
        const struct planned *a = &plan.at[i];
        uint16_t sport = a->sport != FREE ? a->sport : (uint16_t)(20000 + i);
        make_try(m, a->time, a->source, TARGET, sport, a->port, a->outcome);
        if (a->outcome == KS_OPEN) /* who opens a port uses it */
            make_event(m, a->time + MS, a->source, TARGET, sport, a->port, KS_ACK, 0);
    }
    plan.n = 0;
    return find(m);
}

static void finish(struct ks_knocks *knocks, struct make_log *m)
{
    ks_knocks_free(knocks);
    ks_log_free(&m->log);
}

static const uint32_t ports[] = {31141, 22866, 48786};

static void a_knock_done_once_before_a_scan_is_found(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (int64_t t = 0; t < 2000; t += 10)
        add(t * S, CLIENT, 80, FREE, KS_OPEN);
    add(99 * S, KNOCKER, 4321, FREE, KS_SILENT);
    add(knock(100 * S, ports, 3, 100 * MS) + 50 * MS, KNOCKER, 4321, FREE, KS_OPEN);
    scan(105 * S, KNOCKER, 41000, 1, 300);
    struct ks_knocks knocks = find_planned(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "31141 22866 48786");
    assert_int_equal(knocks.at[0].opened[0], 4321);
    finish(&knocks, &m);
}

static void a_knock_done_once_after_a_scan_that_tried_its_ports_too_is_found(void **state)
{
    (void)state;
    struct make_log m = {0};
    static const uint32_t low[] = {1141, 2866, 8786};
    for (int64_t t = 0; t < 2000; t += 10)
        add(t * S, CLIENT, 80, FREE, KS_OPEN);
    int64_t end = scan(100 * S, KNOCKER, 41000, 1, 300);
    for (size_t i = 0; i < 3; i++)
        add(100 * S + (int64_t)i * 700 * MS + 5 * MS, KNOCKER, low[i], 41000, KS_SILENT);
    add(knock(end + S, low, 3, 100 * MS) + 50 * MS, KNOCKER, 4321, FREE, KS_OPEN);
    struct ks_knocks knocks = find_planned(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "1141 2866 8786");
    finish(&knocks, &m);
}

static void a_knock_twice_inside_scans_of_its_source_is_found(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (int64_t k = 0; k < 2; k++) {
        scan((100 + k * 900) * S, KNOCKER, (uint16_t)(41000 + k), (uint32_t)k, 300);
        add(knock((101 + k * 900) * S + 3 * MS, ports, 3, 250 * MS) + 200 * MS, KNOCKER, 4321, FREE, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "31141 22866 48786");
    assert_int_equal(knocks.at[0].n_activations, 2);
    assert_int_equal(knocks.at[0].evidence.opened, 2);
    finish(&knocks, &m);
}

static void a_knock_is_not_the_longer_for_the_probes_between_its_ports(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (int64_t k = 0; k < 2; k++) { /* a hundred probes from port to port, and nothing opens */
        scan((100 + k * 900) * S, KNOCKER, (uint16_t)(41000 + k), (uint32_t)k, 500);
        knock((101 + k * 900) * S + 3 * MS, ports, 3, S);
    }
    struct ks_knocks knocks = find_planned(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "31141 22866 48786");
    assert_int_equal(knocks.at[0].n_activations, 2);
    finish(&knocks, &m);
}

static void a_knock_while_another_scans_the_target_has_one_source(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (int64_t k = 0; k < 2; k++) {
        scan((100 + k * 900) * S, SCANNER, (uint16_t)(41000 + k), (uint32_t)k, 300);
        add(knock((101 + k * 900) * S + 3 * MS, ports, 3, 25 * MS) + 200 * MS, KNOCKER, 4321, FREE, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&m);
    assert_int_equal(knocks.standing, 1);
    ports_are(&knocks.at[0], "31141 22866 48786");
    assert_int_equal(knocks.at[0].activations[1].n_sources, 1);
    finish(&knocks, &m);
}

static void scans_that_find_something_are_no_knocks(void **state)
{
    (void)state;
    struct make_log m = {0};
    for (int64_t k = 0; k < 4; k++) {
        int64_t end = scan((100 + k * 400) * S, SCANNER, (uint16_t)(41000 + k), (uint32_t)k, 300);
        for (uint32_t i = 0; i < 6; i++) /* lost ones are tried again, from the next source port */
            add(end + S + i * 10 * MS, SCANNER, scanned((uint32_t)k, 50 * i + 7), (uint16_t)(41001 + k),
                KS_SILENT);
        add(end + 2 * S, SCANNER, 22, FREE, KS_OPEN);
    }
    struct ks_knocks knocks = find_planned(&m);
    assert_int_equal(knocks.standing, 0);
    finish(&knocks, &m);
}

static void what_was_taken_out_is_told(void **state)
{
    (void)state;
    struct make_log m = {0};
    int64_t end = scan(100 * S, SCANNER, 41000, 1, 300);
    scan(500 * S, KNOCKER, 42000, 2, 50);
    knock(700 * S, ports, 3, 100 * MS);
    struct ks_knocks knocks = find_planned(&m);
    assert_int_equal(knocks.n_scans, 2);
    assert_int_equal(knocks.all_scans, 2);
    assert_int_equal(knocks.all_probes, 350);
    const struct ks_scan *first = &knocks.scans[0];
    assert_int_equal(first->probes, 300);
    assert_int_equal(first->ports, 300);
    assert_true(first->first == m.log.time[0] && first->last - first->first == end - 100 * S);
    assert_int_equal(first->source, m.log.source[0]);
    assert_int_equal(first->target, m.log.target[0]);
    assert_int_equal(knocks.scans[1].probes, 50);
    finish(&knocks, &m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_knock_done_once_before_a_scan_is_found),
        cmocka_unit_test(a_knock_done_once_after_a_scan_that_tried_its_ports_too_is_found),
        cmocka_unit_test(a_knock_twice_inside_scans_of_its_source_is_found),
        cmocka_unit_test(a_knock_is_not_the_longer_for_the_probes_between_its_ports),
        cmocka_unit_test(a_knock_while_another_scans_the_target_has_one_source),
        cmocka_unit_test(scans_that_find_something_are_no_knocks),
        cmocka_unit_test(what_was_taken_out_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
