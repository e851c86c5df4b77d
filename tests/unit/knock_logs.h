/* Logs with knocks in them, for the tests of src/knocks. After cmocka.h. */
#ifndef KS_TESTS_KNOCK_LOGS_H
#define KS_TESTS_KNOCK_LOGS_H

#include "base/text.h"
#include "knocks/knocks.h"
#include "unit/make_log.h"

#define MS INT64_C(1000000)
#define S INT64_C(1000000000)
#define UDP(port) (1U << 16 | (port))

enum { KNOCKER = 1, TARGET = 2, CLIENT = 3, SERVER = 4 };

/* Sends ports in order, `gap` apart, from sources first, first + step, ... Returns the time of the last. */
static inline int64_t send(struct make_log *m, int64_t time, uint32_t source, uint32_t step,
                           const uint32_t *ports, size_t n, int64_t gap, enum ks_outcome outcome)
{
    for (size_t i = 0; i < n; i++)
        make_try(m, time + (int64_t)i * gap, source + (uint32_t)i * step, TARGET,
                 (uint16_t)(40000 + m->log.n), ports[i], outcome);
    return time + (int64_t)(n - 1) * gap;
}

/* Prints what was found, for a failing test. */
static inline void show(const struct ks_knocks *knocks)
{
    char item[32];
    for (size_t i = 0; i < knocks->n; i++) {
        print_message("%zu:", i + 1);
        for (size_t j = 0; j < knocks->at[i].n_ports; j++)
            print_message(" %s", ks_item_format(item, sizeof item, knocks->at[i].ports[j]));
        print_message(" (%s) %s\n", knocks->at[i].why,
                      knocks->at[i].set_aside != NULL ? knocks->at[i].set_aside : "stands");
    }
}

static inline struct ks_knocks find(struct make_log *m)
{
    struct ks_knocks knocks;
    struct ks_status status = ks_knocks_find(&m->log, NULL, NULL, NULL, &knocks);
    assert_string_equal(status.message, "");
    show(&knocks);
    return knocks;
}

static inline void ports_are(const struct ks_knock *knock, const char *want)
{
    struct ks_text text = {0};
    char item[32];
    for (size_t i = 0; i < knock->n_ports; i++)
        ks_text_addf(&text, "%s%s", i > 0 ? " " : "", ks_item_format(item, sizeof item, knock->ports[i]));
    assert_string_equal(ks_text_get(&text), want);
    ks_text_free(&text);
}

/* An ordinary client of the target's web server, all the time. */
static inline void traffic(struct make_log *m, int64_t from, int64_t to, int64_t every)
{
    for (int64_t t = from; t < to; t += every)
        make_try(m, t, CLIENT, TARGET, (uint16_t)(30000 + m->log.n), 80, KS_OPEN);
}

/* A connection over which its source sends something. */
static inline void connect_and_send(struct make_log *m, int64_t time, uint32_t source, uint32_t target,
                                    uint32_t port)
{
    uint16_t sport = (uint16_t)(20000 + m->log.n);
    make_try(m, time, source, target, sport, port, KS_OPEN);
    make_event(m, time + 20 * MS, source, target, sport, port, KS_ACK, 0);
}

/* A port that no other call with a smaller number gives. */
static inline uint32_t fresh_port(uint32_t number)
{
    return 10007 + number * 613 % 50000;
}

#endif
