#include "bench/shapes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

const struct bench_shape bench_shapes[BENCH_SHAPES] = {
    {'a', 20, 560, 100, 25, 1, 4, 4, 6, false, 0.010, 0.008, 0.007},
    {'b', 51, 800, 110, 30, 1, 4, 8, 8, false, 0.012, 0.008, 0.008},
    {'c', 1000, 20000, 120, 30, 3, 5, 20, 60, false, 0.94, 1.4, 0.034},
    {'d', 10000, 60000, 150, 40, 3, 5, 60, 200, false, 7.9, 15.7, 0.30},
    {'e', 200, 6000, 120, 30, 3, 5, 8, 30, true, 0, 65, 0.018}};

static uint64_t random_state;

uint64_t bench_random(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t bench_below(uint32_t n)
{
    return (uint32_t)(bench_random() % n);
}

static double random_unit(void)
{
    return (double)(bench_random() >> 11) / 9007199254740992.0;
}

void *bench_need(void *pointer)
{
    if (pointer == NULL) {
        fprintf(stderr, "bench_mining: out of memory\n");
        exit(1);
    }
    return pointer;
}

/* ---- window sets of a shape ---- */

/* Which windows hold which port, as one byte each while it is made. */
struct table {
    uint32_t windows, ports;
    uint8_t *bit;
};

/* Whether it was not there before. */
static bool put(struct table *t, uint32_t port, uint32_t window)
{
    size_t at = (size_t)port * t->windows + window % t->windows;
    uint8_t bit = (uint8_t)(1u << at % 8);
    bool fresh = (t->bit[at / 8] & bit) == 0;
    t->bit[at / 8] |= bit;
    return fresh;
}

static bool has(const struct table *t, uint32_t port, uint32_t window)
{
    size_t at = (size_t)port * t->windows + window;
    return t->bit[at / 8] >> at % 8 & 1;
}

static uint32_t tail_count(double unit, double alpha, uint32_t most)
{
    double n = pow(1 - unit, -1 / (alpha - 1));
    return n >= most ? most : n < 1 ? 1 : (uint32_t)n;
}

/* Ports first..end-1: counts from a power law whose exponent makes `want` entries in all. */
static void put_tail(struct table *t, uint32_t first, uint32_t end, double want)
{
    uint32_t most = t->windows * 6 / 10;
    double low = 1.05, high = 6;
    for (int i = 0; i < 50; i++) {
        double alpha = (low + high) / 2, sum = 0;
        for (uint32_t k = first; k < end; k++)
            sum += tail_count((k - first + 0.5) / (end - first), alpha, most);
        if (sum > want)
            low = alpha;
        else
            high = alpha;
    }
    for (uint32_t k = first; k < end; k++) {
        uint32_t n = tail_count((k - first + 0.5) / (end - first), high, most), start = bench_below(t->windows);
        bool run = bench_random() % 2 == 0;
        uint32_t span = run ? n + (uint32_t)(n * 2 * random_unit()) : t->windows;
        for (uint32_t i = 0; i < n;)
            i += put(t, k, start + bench_below(span < t->windows ? span : t->windows));
    }
}

static void fill(struct table *t, const struct bench_shape *shape)
{
    uint32_t port = 0;
    double entries = 0;
    for (uint32_t i = 0; i < shape->services; i++, port++) {
        double p = fmax(0.25, 1 - i * 0.75 / shape->services);
        for (uint32_t w = 0; w < shape->windows; w++)
            if (random_unit() < p)
                put(t, port, w);
        entries += p * shape->windows;
    }
    for (uint32_t g = 0; g < shape->knocks; g++, port += shape->knock_ports)
        for (uint32_t i = 0; i < shape->knock_windows; i++) {
            uint32_t w = bench_below(shape->windows);
            for (uint32_t k = 0; k < shape->knock_ports; k++)
                put(t, port + k, w);
        }
    for (uint32_t s = 0; s < shape->scans; s++) {
        uint32_t n = 5 + bench_below(shape->ports / 40 > 36 ? 36 : 9), windows = 1 + bench_below(5), start = bench_below(shape->windows);
        for (uint32_t k = 0; k < n; k++, port++)
            for (uint32_t i = 0; i < windows; i++)
                put(t, port, start + i);
        entries += (double)n * windows;
    }
    put_tail(t, port, shape->ports, (double)shape->windows * shape->per_window - entries);
    if (shape->full) /* the window after the last holds every port */
        for (uint32_t k = 0; k < t->ports; k++)
            put(t, k, t->windows - 1);
}

void bench_sets(const struct bench_shape *shape, struct ks_window_sets *out)
{
    random_state = (uint64_t)shape->name;
    struct table t = {shape->windows + shape->full, shape->full ? 65535 : shape->ports, NULL};
    t.bit = bench_need(ks_zalloc((size_t)t.windows * t.ports / 8 + 1, 1));
    fill(&t, shape);
    ks_item *items = bench_need(ks_alloc(t.ports, sizeof *items));
    size_t *start = bench_need(ks_alloc((size_t)t.ports + 1, sizeof *start)), n = 0, cap = 0;
    uint32_t *windows = NULL;
    for (uint32_t k = 0; k < t.ports; k++) {
        items[k] = k + 1;
        start[k] = n;
        for (uint32_t w = 0; w < t.windows; w++)
            if (has(&t, k, w)) {
                if (!ks_reserve((void **)&windows, &cap, n + 1, sizeof *windows))
                    bench_need(NULL);
                windows[n++] = w;
            }
    }
    start[t.ports] = n;
    ks_free(t.bit);
    if (!ks_is_ok(ks_window_sets_from(t.windows, t.ports, items, start, windows, out)))
        bench_need(NULL);
    ks_free(items);
    ks_free(start);
    ks_free(windows);
}

/* ---- logs ---- */

enum { HOSTS = 2000 };

void bench_log(size_t n, struct ks_log *log)
{
    *log = (struct ks_log){.n = n, .n_hosts = HOSTS};
    log->time = bench_need(ks_alloc(n, sizeof *log->time));
    log->source = bench_need(ks_alloc(n, sizeof *log->source));
    log->target = bench_need(ks_alloc(n, sizeof *log->target));
    log->sport = bench_need(ks_zalloc(n, sizeof *log->sport));
    log->dport = bench_need(ks_alloc(n, sizeof *log->dport));
    log->flags = bench_need(ks_zalloc(n, sizeof *log->flags));
    log->mark = bench_need(ks_alloc(n, sizeof *log->mark));
    random_state = 7;
    int64_t now = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t word = bench_random();
        bool service = word % 2 == 0;
        now += (int64_t)(word >> 40) % 2000000;
        log->time[i] = now;
        log->source[i] = (uint32_t)(i / 40000 * 40 + (word >> 8) % 40) % HOSTS; /* forty at a time, for a while */
        log->target[i] = (uint32_t)(word >> 16) % 20;
        log->dport[i] = service ? (uint16_t)(1 + (word >> 24) % 30 * ((word >> 32) % 30) / 30)
                                : (uint16_t)(32768 + (i / 40 + (word >> 24) % 60) % 28000);
        log->mark[i] = KS_TCP | KS_MARK_ATTEMPT;
    }
}
