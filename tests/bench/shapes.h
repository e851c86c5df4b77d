/* Data to measure the mining engine on: window sets of five shapes and logs of any length, the same in every run.
 *
 * The shapes follow captures: service ports in most windows; all other ports in a number of windows that falls off as a power law, half of
 * them in one run and half spread; groups of scanned ports with one window set; planted knocks; in the last shape one window with all ports. */
#ifndef KS_BENCH_SHAPES_H
#define KS_BENCH_SHAPES_H

#include "capture/log.h"
#include "mining/windows.h"

struct bench_shape {
    char name;
    uint32_t windows, ports, per_window, services, knocks, knock_ports, knock_windows, scans;
    bool full;
    /* What others take for all rules of pairs in this case, seconds for a whole run (doc/bench.md); 0 where they fail or take over 300. */
    double lcm, apriori, prototype;
};

enum { BENCH_SHAPES = 5 };
extern const struct bench_shape bench_shapes[BENCH_SHAPES];

/* The window sets of a shape. Ends the program when memory is exhausted, as all here do. */
void bench_sets(const struct bench_shape *shape, struct ks_window_sets *out);

/* A log as a capture might give: half of the n events to thirty services, the others to ports near one that moves on. */
void bench_log(size_t n, struct ks_log *log);

uint64_t bench_random(void);
uint32_t bench_below(uint32_t n);

/* The pointer, or the end of the program where it is NULL. */
void *bench_need(void *pointer);

#endif
