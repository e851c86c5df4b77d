/* Attempts planned in any order for the tests of src/knocks. After cmocka.h. */
#ifndef KS_TESTS_KNOCK_PLAN_H
#define KS_TESTS_KNOCK_PLAN_H

#include "unit/knock_logs.h"

/* An attempt at a time. */
struct planned {
    int64_t time;
    uint32_t source, target, item;
    enum ks_outcome outcome;
};

/* Attempts gathered in any order, put into a log by time. */
struct plan {
    struct planned at[4000];
    size_t n;
};

static inline void add(struct plan *p, int64_t time, uint32_t source, uint32_t target, uint32_t item,
                enum ks_outcome outcome)
{
    assert_true(p->n < sizeof p->at / sizeof *p->at);
    p->at[p->n++] = (struct planned){time, source, target, item, outcome};
}

static inline void add_all(struct plan *p, int64_t time, const uint32_t *items, size_t n, int64_t gap)
{
    for (size_t i = 0; i < n; i++)
        add(p, time + (int64_t)i * gap, KNOCKER, TARGET, items[i], KS_REFUSED);
}

static inline int by_time(const void *x, const void *y)
{
    const struct planned *a = x, *b = y;
    return (a->time > b->time) - (a->time < b->time);
}

static inline struct ks_knocks find_planned(struct plan *p, struct make_log *m)
{
    qsort(p->at, p->n, sizeof *p->at, by_time);
    for (size_t i = 0; i < p->n; i++) {
        const struct planned *a = &p->at[i];
        make_try(m, a->time, a->source, a->target, (uint16_t)(20000 + i), a->item, a->outcome);
        if (a->outcome == KS_OPEN) /* who opens a port uses it */
            make_event(m, a->time + MS, a->source, a->target, (uint16_t)(20000 + i), a->item, KS_ACK, 0);
    }
    p->n = 0;
    return find(m);
}

static inline void finish(struct ks_knocks *knocks, struct make_log *m)
{
    ks_knocks_free(knocks);
    ks_log_free(&m->log);
}

#endif
