/* Measures the mining engine on window sets of five shapes and on logs from 10^4 to 10^7 events. Times are for reading: processor time of
 * one thread where nothing else is said, with a yardstick measured in the same run beside them.
 *
 * The shapes follow captures: service ports in most windows; all other ports in a number of windows that falls off as a power law, half of
 * them in one run and half spread; groups of scanned ports with one window set; planted knocks; in the last shape one window with all ports.
 * usage: bench_mining [SHAPES] [GROWTH: largest power of ten] */
#include <inttypes.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "mining/pairs.h"
#include "mining/ranking.h"

struct shape {
    char name;
    uint32_t windows, ports, per_window, services, knocks, knock_ports, knock_windows, scans;
    bool full;
};

static const struct shape shapes[] = {{'a', 20, 560, 100, 25, 1, 4, 4, 6, false},
                                      {'b', 51, 800, 110, 30, 1, 4, 8, 8, false},
                                      {'c', 1000, 20000, 120, 30, 3, 5, 20, 60, false},
                                      {'d', 10000, 60000, 150, 40, 3, 5, 60, 200, false},
                                      {'e', 200, 6000, 120, 30, 3, 5, 8, 30, true}};

static uint64_t random_state;

static uint64_t random_word(void)
{
    uint64_t z = random_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static uint32_t random_below(uint32_t n)
{
    return (uint32_t)(random_word() % n);
}

static double random_unit(void)
{
    return (double)(random_word() >> 11) / 9007199254740992.0;
}

static void *need(void *pointer)
{
    if (pointer == NULL) {
        fprintf(stderr, "bench_mining: out of memory\n");
        exit(1);
    }
    return pointer;
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void)
{
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
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
        uint32_t n = tail_count((k - first + 0.5) / (end - first), high, most), start = random_below(t->windows);
        bool run = random_word() % 2 == 0;
        uint32_t span = run ? n + (uint32_t)(n * 2 * random_unit()) : t->windows;
        for (uint32_t i = 0; i < n;)
            i += put(t, k, start + random_below(span < t->windows ? span : t->windows));
    }
}

static void fill(struct table *t, const struct shape *shape)
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
            uint32_t w = random_below(shape->windows);
            for (uint32_t k = 0; k < shape->knock_ports; k++)
                put(t, port + k, w);
        }
    for (uint32_t s = 0; s < shape->scans; s++) {
        uint32_t n = 5 + random_below(shape->ports / 40 > 36 ? 36 : 9), windows = 1 + random_below(5), start = random_below(shape->windows);
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

static void make_sets(const struct shape *shape, struct ks_window_sets *out)
{
    random_state = (uint64_t)shape->name;
    struct table t = {shape->windows + shape->full, shape->full ? 65535 : shape->ports, NULL};
    t.bit = need(ks_zalloc((size_t)t.windows * t.ports / 8 + 1, 1));
    fill(&t, shape);
    ks_item *items = need(ks_alloc(t.ports, sizeof *items));
    size_t *start = need(ks_alloc((size_t)t.ports + 1, sizeof *start)), n = 0, cap = 0;
    uint32_t *windows = NULL;
    for (uint32_t k = 0; k < t.ports; k++) {
        items[k] = k + 1;
        start[k] = n;
        for (uint32_t w = 0; w < t.windows; w++)
            if (has(&t, k, w)) {
                if (!ks_reserve((void **)&windows, &cap, n + 1, sizeof *windows))
                    need(NULL);
                windows[n++] = w;
            }
    }
    start[t.ports] = n;
    ks_free(t.bit);
    if (!ks_is_ok(ks_window_sets_from(t.windows, t.ports, items, start, windows, out)))
        need(NULL);
    ks_free(items);
    ks_free(start);
    ks_free(windows);
}

/* ---- yardsticks ---- */

/* The bare loop: every pair of items in every window is looked at once, nothing is counted. */
static double bare_loop(const struct ks_window_sets *sets, uint64_t *visits)
{
    size_t entries = sets->start[sets->u];
    size_t *start = need(ks_zalloc((size_t)sets->l + 2, sizeof *start));
    uint32_t *row = need(ks_alloc(entries, sizeof *row));
    for (size_t i = 0; i < entries; i++)
        start[sets->windows[i] + 2]++;
    for (uint32_t w = 0; w < sets->l; w++)
        start[w + 2] += start[w + 1];
    for (uint32_t x = 0; x < sets->u; x++)
        for (size_t i = sets->start[x]; i < sets->start[x + 1]; i++)
            row[start[sets->windows[i] + 1]++] = x;
    double begin = cpu();
    uint64_t sum = 0;
    *visits = 0;
    for (uint32_t w = 0; w < sets->l; w++)
        for (size_t i = start[w]; i < start[w + 1]; i++) {
            for (size_t j = i + 1; j < start[w + 1]; j++)
                sum += row[i] ^ row[j];
            *visits += start[w + 1] - i - 1;
        }
    double took = cpu() - begin;
    __asm__ volatile("" : : "r"(sum)); /* so that the loop is not left out */
    ks_free(start);
    ks_free(row);
    return took;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- measuring ---- */

static void print_times(const char *what, double *at, size_t n)
{
    qsort(at, n, sizeof *at, ascending);
    printf("   %-34s median %8.3f ms   99 %% %8.3f ms   most %8.3f ms\n", what, at[n / 2] * 1e3, at[n * 99 / 100] * 1e3, at[n - 1] * 1e3);
}

/* Thresholds that lie exactly on some triple's values, which is where most is looked at one by one. */
static struct ks_thresholds some_thresholds(const struct ks_pairs *pairs)
{
    size_t n;
    const struct ks_triple *at = ks_pairs_triples(pairs, &n);
    const struct ks_triple *t = &at[random_word() % n];
    uint32_t l = ks_pairs_windows(pairs);
    struct ks_counts c = {t->x, t->y, t->xy, l};
    return (struct ks_thresholds){.max_count = 1 + random_below(random_word() % 2 == 0 ? l : l / 10 + 1),
                                  .min_count = 1,
                                  .min_inte = ks_interest(c),
                                  .min_conf = fmax(0, ks_cpir(c))};
}

static void measure_counts(const struct ks_pairs *pairs)
{
    enum { N = 1000, PASSES = 9 };
    static double took[N], pass[PASSES];
    uint64_t sum = 0, one;
    for (size_t i = 0; i < N; i++) {
        struct ks_thresholds t = some_thresholds(pairs);
        double begin = cpu();
        sum += ks_pairs_count(pairs, &t);
        took[i] = cpu() - begin;
    }
    for (size_t i = 0; i < PASSES; i++) {
        struct ks_thresholds t = some_thresholds(pairs);
        double begin = cpu();
        if (!ks_is_ok(ks_pairs_plane(pairs, &t, &t.max_count, 1, &t.min_inte, 1, &one)))
            need(NULL);
        pass[i] = cpu() - begin;
        sum += one;
    }
    __asm__ volatile("" : : "r"(sum));
    print_times("change of thresholds to count", took, N);
    qsort(pass, PASSES, sizeof *pass, ascending);
    printf("   %-34s        %8.3f ms   (a count takes %.3f of it)\n", "yardstick: a pass over the triples", pass[PASSES / 2] * 1e3,
           took[N / 2] / pass[PASSES / 2]);
}

static void measure_steps(const struct ks_pairs *pairs)
{
    enum { N = 300, CAP = 256 };
    static const char *const name[] = {"steps of minSupp", "steps of minInte", "steps of minConf"};
    static double took[N], out[CAP];
    for (int axis = 0; axis < 3; axis++) {
        for (size_t i = 0; i < N; i++) {
            struct ks_thresholds t = some_thresholds(pairs);
            double begin = cpu();
            ks_pairs_steps(pairs, &t, (enum ks_axis)axis, out, CAP);
            took[i] = cpu() - begin;
        }
        print_times(name[axis], took, N);
    }
}

static void measure_ranking(const struct ks_pairs *pairs, const char *what, const struct ks_thresholds *t, enum ks_sort sort)
{
    enum { N = 300, PAGE = 50, PAGES = 60 };
    static double row[N], page[PAGES];
    struct ks_ranking *ranking;
    struct ks_rule rule;
    double begin = cpu();
    if (!ks_is_ok(ks_ranking_make(pairs, NULL, t, sort, false, NULL, NULL, NULL, &ranking)))
        need(NULL);
    double made = cpu() - begin;
    uint64_t rows = ks_ranking_rows(ranking);
    char text[32];
    printf("   %s, by %s: %s rules, ranked in %.1f ms\n", what, ks_sort_name(sort), ks_format_count(text, sizeof text, rows), made * 1e3);
    for (size_t i = 0; i < N && rows > 0; i++) {
        begin = cpu();
        ks_ranking_row(ranking, random_word() % rows, &rule);
        row[i] = cpu() - begin;
    }
    for (size_t i = 0; i < PAGES && rows > PAGE; i++) {
        uint64_t at = random_word() % (rows - PAGE);
        begin = cpu();
        for (uint64_t k = 0; k < PAGE; k++)
            ks_ranking_row(ranking, at + k, &rule);
        page[i] = cpu() - begin;
    }
    print_times("  any row", row, N);
    if (rows > PAGE)
        print_times("  any page of 50 rows", page, PAGES);
    uint64_t most = rows < 1000000 ? rows : 1000000;
    begin = cpu();
    for (uint64_t i = 0; i < most; i++)
        ks_ranking_row(ranking, i, &rule);
    if (most > 0)
        printf("     %-32s        %8.3f us a row\n", "all rows, one after the other", (cpu() - begin) / (double)most * 1e6);
    ks_ranking_free(ranking);
}

/* The most memory that was resident since the last call with `again`, in KiB; 0 where the system does not say. */
static long peak_kib(bool again)
{
    char line[128];
    long kib = 0;
    malloc_trim(0);
    FILE *file = again ? fopen("/proc/self/clear_refs", "w") : NULL;
    if (file != NULL) {
        fputs("5", file); /* forgets the peak */
        fclose(file);
    }
    file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    if (file != NULL)
        fclose(file);
    return kib;
}

/* The shortest of a few runs with so many threads, wall and processor time. */
static void time_mining(const struct ks_window_sets *sets, unsigned threads, double *wall, double *processor)
{
    *wall = *processor = INFINITY;
    for (int i = 0; i < 5; i++) {
        struct ks_pairs *pairs;
        double w = seconds(CLOCK_MONOTONIC), c = cpu();
        if (!ks_is_ok(ks_pairs_mine(sets, threads, NULL, &pairs)))
            need(NULL);
        *wall = fmin(*wall, seconds(CLOCK_MONOTONIC) - w);
        *processor = fmin(*processor, cpu() - c);
        ks_pairs_free(pairs);
    }
}

static void measure_shape(const struct shape *shape)
{
    struct ks_window_sets sets;
    struct ks_pairs *pairs;
    uint64_t visits;
    make_sets(shape, &sets);
    double bare = bare_loop(&sets, &visits), wall, processor, wall_more, processor_more;
    long before = peak_kib(true);
    if (!ks_is_ok(ks_pairs_mine(&sets, 1, NULL, &pairs)))
        need(NULL);
    long after = peak_kib(false);
    ks_pairs_free(pairs);
    time_mining(&sets, 1, &wall, &processor);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    time_mining(&sets, cores > 1 ? (unsigned)cores : 2, &wall_more, &processor_more);
    if (!ks_is_ok(ks_pairs_mine(&sets, 1, NULL, &pairs)))
        need(NULL);
    size_t triples;
    ks_pairs_triples(pairs, &triples);
    char a[32], b[32], c[32];
    printf("%c  %s windows, %s items, %s pairs of items met in windows\n", shape->name, ks_format_count(a, sizeof a, sets.l),
           ks_format_count(b, sizeof b, sets.u), ks_format_count(c, sizeof c, visits));
    printf("   mining pairs: %.4f s, %s triples, %.1f MiB more; %.2f times a bare loop over those pairs\n", processor,
           ks_format_count(a, sizeof a, triples), (double)(after - before) / 1024, processor / fmax(bare, 1e-9));
    printf("   with %ld threads %.2f of the time (wall clock)\n", cores > 1 ? cores : 2, wall_more / wall);
    measure_counts(pairs);
    measure_steps(pairs);
    struct ks_thresholds rare = {.max_count = ks_max_count(0.2, sets.l), .min_count = 1, .min_conf = 0.9};
    struct ks_thresholds all = {.max_count = sets.l, .min_count = 1};
    measure_ranking(pairs, "minSupp 0.2, minConf 0.9", &rare, KS_SORT_CPIR);
    measure_ranking(pairs, "no thresholds", &all, KS_SORT_INTEREST);
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
    printf("\n");
}

/* ---- growth ---- */

/* A log as a capture might give: half of the events to thirty services, the others to ports near one that moves on. */
static void make_log(size_t n, struct ks_log *log)
{
    *log = (struct ks_log){.n = n, .n_hosts = 200};
    log->time = need(ks_alloc(n, sizeof *log->time));
    log->source = need(ks_alloc(n, sizeof *log->source));
    log->target = need(ks_alloc(n, sizeof *log->target));
    log->sport = need(ks_zalloc(n, sizeof *log->sport));
    log->dport = need(ks_alloc(n, sizeof *log->dport));
    log->flags = need(ks_zalloc(n, sizeof *log->flags));
    log->mark = need(ks_alloc(n, sizeof *log->mark));
    random_state = 7;
    int64_t now = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t word = random_word();
        bool service = word % 2 == 0;
        now += (int64_t)(word >> 40) % 2000000;
        log->time[i] = now;
        log->source[i] = (uint32_t)(word >> 8) % 200;
        log->target[i] = (uint32_t)(word >> 16) % 20;
        log->dport[i] = service ? (uint16_t)(1 + (word >> 24) % 30 * ((word >> 32) % 30) / 30)
                                : (uint16_t)(32768 + (i / 40 + (word >> 24) % 60) % 28000);
        log->mark[i] = KS_TCP | KS_MARK_ATTEMPT;
    }
}

static void free_log(struct ks_log *log)
{
    ks_free(log->time);
    ks_free(log->source);
    ks_free(log->target);
    ks_free(log->sport);
    ks_free(log->dport);
    ks_free(log->flags);
    ks_free(log->mark);
}

static void measure_growth(unsigned most_power)
{
    static const struct {
        const char *name;
        struct ks_windowing how;
    } ways[] = {{"1000", {.cut = KS_CUT_COUNT, .size = 1000, .stride = 1000}},
                {"1000, stride 200", {.cut = KS_CUT_COUNT, .size = 1000, .stride = 200}},
                {"1000 by target", {.cut = KS_CUT_COUNT, .size = 1000, .stride = 1000, .scope = KS_SCOPE_TARGET}},
                {"30s by pair", {.cut = KS_CUT_TIME, .ns = 30000000000, .scope = KS_SCOPE_PAIR}},
                {"session:30s by pair", {.cut = KS_CUT_SESSION, .ns = 30000000000, .scope = KS_SCOPE_PAIR}}};
    printf("Growth: nanoseconds of processor time an event\n   %-22s %12s %10s %10s %10s\n", "windows", "events", "cutting", "mining", "l");
    size_t n = 10000;
    for (unsigned power = 4; power <= most_power; power++, n *= 10) {
        struct ks_log log;
        make_log(n, &log);
        for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
            struct ks_window_sets sets;
            struct ks_pairs *pairs;
            char text[32];
            double begin = cpu();
            if (!ks_is_ok(ks_window_sets_make(&log, KS_ITEMS_TCP, &ways[i].how, NULL, NULL, &sets)))
                need(NULL);
            double cut = cpu() - begin;
            begin = cpu();
            if (!ks_is_ok(ks_pairs_mine(&sets, 1, NULL, &pairs)))
                need(NULL);
            double mined = cpu() - begin;
            printf("   %-22s %12s %10.1f %10.1f %10" PRIu32 "\n", ways[i].name, ks_format_count(text, sizeof text, n), cut / (double)n * 1e9,
                   mined / (double)n * 1e9, sets.l);
            ks_pairs_free(pairs);
            ks_window_sets_free(&sets);
        }
        free_log(&log);
    }
}

int main(int argc, char **argv)
{
    const char *which = argc > 1 ? argv[1] : "abcde";
    uint64_t power = 6;
    if (argc > 2 && !ks_parse_u64(argv[2], 0, 8, &power)) {
        fprintf(stderr, "usage: bench_mining [SHAPES] [GROWTH]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        if (strchr(which, shapes[i].name) != NULL)
            measure_shape(&shapes[i]);
    if (power >= 4)
        measure_growth((unsigned)power);
    return 0;
}
