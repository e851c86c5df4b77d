/* Measures the mining engine: `make bench`, doc/bench.md. For reading: no test depends on a time. Times are processor time of one thread
 * where nothing else is said.
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
#include "bench/shapes.h"
#include "mining/pairs.h"
#include "mining/ranking.h"

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

/* ---- a table ---- */

/* One line: what, figures, the bar that they are held against ("" for none) and whether it is met. */
static void row(const char *what, const char *figures, const char *bar, bool met)
{
    printf("  %-35s %-56s %-26s %s\n", what, figures, bar, *bar == '\0' ? "" : met ? "met" : "not met");
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* n times in seconds, and a bar in milliseconds for the 99th percentile (0: none). */
static void row_times(const char *what, double *at, size_t n, double bar_ms)
{
    char figures[80], bar[48] = "";
    qsort(at, n, sizeof *at, ascending);
    double high = at[n * 99 / 100];
    snprintf(figures, sizeof figures, "median %.3f ms   99 %% %.3f   most %.3f", at[n / 2] * 1e3, high * 1e3, at[n - 1] * 1e3);
    if (bar_ms > 0)
        snprintf(bar, sizeof bar, "99 %% <= %g ms", bar_ms);
    row(what, figures, bar, high * 1e3 <= bar_ms);
}

/* ---- yardstick ---- */

/* The bare loop: every pair of items in every window is looked at once, nothing is counted. */
static double bare_loop(const struct ks_window_sets *sets, uint64_t *visits)
{
    size_t entries = sets->start[sets->u];
    size_t *start = bench_need(ks_zalloc((size_t)sets->l + 2, sizeof *start));
    uint32_t *row = bench_need(ks_alloc(entries, sizeof *row));
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

/* ---- asking ---- */

/* Thresholds that lie exactly on some triple's values, which is where most is looked at one by one. */
static struct ks_thresholds some_thresholds(const struct ks_pairs *pairs)
{
    size_t n;
    const struct ks_triple *at = ks_pairs_triples(pairs, &n);
    const struct ks_triple *t = &at[bench_random() % n];
    uint32_t l = ks_pairs_windows(pairs);
    struct ks_counts c = {t->x, t->y, t->xy, l};
    return (struct ks_thresholds){.max_count = 1 + bench_below(bench_random() % 2 == 0 ? l : l / 10 + 1),
                                  .min_count = 1,
                                  .min_inte = ks_interest(c),
                                  .min_conf = fmax(0, ks_cpir(c))};
}

static void measure_counts(const struct ks_pairs *pairs)
{
    enum { N = 4000, STEPS = 300, CAP = 256, PLANES = 20, W = 60, H = 24 };
    static const char *const name[] = {"values where minSupp matters", "values where minInte matters", "values where minConf matters"};
    static double took[N], values[CAP], inte[W];
    static uint32_t counts[H];
    static uint64_t plane[W * H];
    uint64_t sum = 0;
    for (size_t i = 0; i < N; i++) {
        struct ks_thresholds t = some_thresholds(pairs);
        double begin = cpu();
        sum += ks_pairs_count(pairs, &t);
        took[i] = cpu() - begin;
    }
    __asm__ volatile("" : : "r"(sum));
    row_times("a change of thresholds to count", took, N, 1);
    for (int axis = 0; axis < 3; axis++) {
        for (size_t i = 0; i < STEPS; i++) {
            struct ks_thresholds t = some_thresholds(pairs);
            double begin = cpu();
            ks_pairs_steps(pairs, &t, (enum ks_axis)axis, values, CAP);
            took[i] = cpu() - begin;
        }
        row_times(name[axis], took, STEPS, 0);
    }
    for (size_t i = 0; i < W; i++)
        inte[i] = 0.25 * pow((double)i / W, 3);
    for (size_t i = 0; i < H; i++)
        counts[i] = (uint32_t)((i + 1) * ks_pairs_windows(pairs) / H);
    for (size_t i = 0; i < PLANES; i++) {
        struct ks_thresholds t = some_thresholds(pairs);
        double begin = cpu();
        ks_pairs_plane(pairs, &t, counts, H, inte, W, plane);
        took[i] = cpu() - begin;
    }
    char figures[40];
    snprintf(figures, sizeof figures, "%.3f ms", took[0] * 1e3);
    row("a heat map of 60 x 24 counts, anew", figures, "", false);
    row_times("  at another minConf", took + 1, PLANES - 1, 0);
}

/* Rankings at random thresholds by random keys, and pages at random places of each. */
static void measure_rankings(const struct ks_pairs *pairs)
{
    enum { N = 12, PAGE = 50, PAGES = 50 };
    static double made[N], page[N * PAGES];
    uint64_t most = 0;
    size_t pages = 0;
    char text[32], what[64];
    for (size_t i = 0; i < N; i++) {
        struct ks_thresholds t = {.max_count = ks_pairs_windows(pairs), .min_count = 1};
        struct ks_ranking *ranking;
        struct ks_rule rule;
        enum ks_sort sort = i == 0 ? KS_SORT_INTEREST : (enum ks_sort)(bench_random() % KS_SORT_LN_P);
        if (i % 3 != 0)
            t = some_thresholds(pairs);
        double begin = cpu();
        if (!ks_is_ok(ks_ranking_make(pairs, NULL, &t, sort, i % 2 == 1, NULL, NULL, NULL, &ranking)))
            bench_need(NULL);
        made[i] = cpu() - begin;
        uint64_t rows = ks_ranking_rows(ranking);
        most = rows > most ? rows : most;
        for (size_t k = 0; k < PAGES && rows > 0; k++) {
            uint64_t at = bench_random() % rows;
            begin = cpu();
            for (uint64_t r = at; r < at + PAGE; r++)
                ks_ranking_row(ranking, r, &rule);
            page[pages++] = cpu() - begin;
        }
        ks_ranking_free(ranking);
    }
    if (pages > 0)
        row_times("any page of 50 rows, any ranking", page, pages, 16);
    snprintf(what, sizeof what, "to rank up to %s rules", ks_format_count(text, sizeof text, most));
    row_times(what, made, N, 0);
}

/* ---- mining ---- */

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
            bench_need(NULL);
        *wall = fmin(*wall, seconds(CLOCK_MONOTONIC) - w);
        *processor = fmin(*processor, cpu() - c);
        ks_pairs_free(pairs);
    }
}

/* Seconds against what others take. */
static void row_peers(const struct bench_shape *shape, double took)
{
    char figures[80] = "", bar[48];
    size_t n = 0;
    const struct {
        const char *name;
        double took;
    } peer[] = {{"LCM", shape->lcm}, {"apriori", shape->apriori}, {"prototype", shape->prototype}};
    for (size_t i = 0; i < 3; i++)
        if (peer[i].took > 0)
            n += (size_t)snprintf(figures + n, sizeof figures - n, "%s%.4f of %s", n > 0 ? ", " : "", took / peer[i].took, peer[i].name);
    snprintf(bar, sizeof bar, "<= 0.05 of LCM's %g s", shape->lcm);
    row("  against others' figures", figures, shape->name == 'd' ? bar : "", took <= 0.05 * shape->lcm);
}

static void measure_shape(const struct bench_shape *shape)
{
    struct ks_window_sets sets;
    struct ks_pairs *pairs;
    uint64_t visits;
    char a[32], b[32], what[64], figures[80];
    bench_sets(shape, &sets);
    double bare = bare_loop(&sets, &visits), wall, processor, wall_more, processor_more;
    long before = peak_kib(true);
    if (!ks_is_ok(ks_pairs_mine(&sets, 1, NULL, &pairs)))
        bench_need(NULL);
    long after = peak_kib(false);
    ks_pairs_free(pairs);
    time_mining(&sets, 1, &wall, &processor);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    cores = cores > 1 ? cores : 2;
    time_mining(&sets, (unsigned)cores, &wall_more, &processor_more);
    if (!ks_is_ok(ks_pairs_mine(&sets, 1, NULL, &pairs)))
        bench_need(NULL);
    size_t triples;
    ks_pairs_triples(pairs, &triples);
    printf("Case %c: %s windows, %s items, ", shape->name, ks_format_count(a, sizeof a, sets.l), ks_format_count(b, sizeof b, sets.u));
    printf("%s pairs met in windows, %s triples\n", ks_format_count(a, sizeof a, visits), ks_format_count(b, sizeof b, triples));
    snprintf(figures, sizeof figures, "%.4f s (wall %.4f)   %.2f of a bare loop", processor, wall, processor / fmax(bare, 1e-9));
    row("mine all pairs", figures, "", false);
    row_peers(shape, processor);
    snprintf(what, sizeof what, "  with %ld threads", cores);
    snprintf(figures, sizeof figures, "wall %.2f of that with one", wall_more / wall);
    row(what, figures, "", false);
    snprintf(figures, sizeof figures, "%.1f MiB at most", (double)(after - before) / 1024);
    row("  memory for it", figures, "", false);
    measure_counts(pairs);
    measure_rankings(pairs);
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
    printf("\n");
}

/* ---- logs ---- */

/* Cuts and mines a log; wall time and processor time of each of the two. */
static uint32_t cut_and_mine(const struct ks_log *log, const struct ks_windowing *how, unsigned threads, double *wall, double took[2])
{
    struct ks_window_sets sets;
    struct ks_pairs *pairs;
    double start = seconds(CLOCK_MONOTONIC), begin = cpu();
    if (!ks_is_ok(ks_window_sets_make(log, KS_ITEMS_TCP, how, NULL, NULL, &sets)))
        bench_need(NULL);
    took[0] = cpu() - begin;
    begin = cpu();
    if (!ks_is_ok(ks_pairs_mine(&sets, threads, NULL, &pairs)))
        bench_need(NULL);
    took[1] = cpu() - begin;
    *wall = seconds(CLOCK_MONOTONIC) - start;
    uint32_t l = sets.l;
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
    return l;
}

static void measure_windows(size_t n)
{
    static const uint64_t sizes[] = {200, 500, 800, 1000, 1250, 2000, 5000, 10000};
    enum { N = sizeof sizes / sizeof *sizes };
    struct ks_log log;
    double wall[N], took[N], part[2];
    char text[32], what[64], figures[80];
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    bench_log(n, &log);
    for (size_t i = 0; i < N; i++) {
        struct ks_windowing how = {.cut = KS_CUT_COUNT, .size = (uint32_t)sizes[i], .stride = (uint32_t)sizes[i]};
        cut_and_mine(&log, &how, cores > 1 ? (unsigned)cores : 1, &wall[i], part);
        took[i] = part[0] + part[1];
    }
    qsort(wall, N, sizeof *wall, ascending);
    qsort(took, N, sizeof *took, ascending);
    printf("A log of %s events\n", ks_format_count(text, sizeof text, n));
    snprintf(what, sizeof what, "a change of window size (%u of them)", N);
    snprintf(figures, sizeof figures, "median %.3f s wall   most %.3f   (processor %.3f)", wall[N / 2], wall[N - 1], took[N - 1]);
    row(what, figures, "most <= 1 s", wall[N - 1] <= 1);
    size_t bytes = sizeof *log.time + sizeof *log.source + sizeof *log.target + sizeof *log.sport + sizeof *log.dport + sizeof *log.flags +
                   sizeof *log.mark + sizeof *log.packet;
    snprintf(figures, sizeof figures, "%zu bytes, and %zu where it is an attempt", bytes, sizeof *log.attempts);
    row("memory of an event", figures, "<= 32 bytes", bytes + sizeof *log.attempts <= 32);
    ks_log_free(&log);
    printf("\n");
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
    enum { WAYS = sizeof ways / sizeof *ways };
    double last[WAYS][2];
    printf("Growth with the number of events: nanoseconds of processor time for one, and how many times as much the whole took as a tenth\n"
           "of the events did (10 is in step)\n  %-22s %12s %10s %8s %10s %8s %10s\n",
           "windows", "events", "cutting", "times", "mining", "times", "l");
    size_t n = 10000;
    for (unsigned power = 4; power <= most_power; power++, n *= 10) {
        struct ks_log log;
        bench_log(n, &log);
        for (size_t i = 0; i < WAYS; i++) {
            double wall, took[2];
            char text[32], times[2][16] = {"", ""};
            uint32_t l = cut_and_mine(&log, &ways[i].how, 1, &wall, took);
            for (int k = 0; k < 2; k++) {
                if (power > 4)
                    snprintf(times[k], sizeof times[k], "%.1f", took[k] / last[i][k]);
                last[i][k] = took[k];
            }
            printf("  %-22s %12s %10.1f %8s %10.1f %8s %10" PRIu32 "\n", ways[i].name, ks_format_count(text, sizeof text, n),
                   took[0] / (double)n * 1e9, times[0], took[1] / (double)n * 1e9, times[1], l);
        }
        ks_log_free(&log);
    }
}

int main(int argc, char **argv)
{
    const char *which = argc > 1 ? argv[1] : "abcde";
    uint64_t power = 7;
    if (argc > 2 && !ks_parse_u64(argv[2], 0, 8, &power)) {
        fprintf(stderr, "usage: bench_mining [SHAPES] [GROWTH]\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("Mining: processor time of one thread, but where it says wall\n\n");
    for (size_t i = 0; i < BENCH_SHAPES; i++)
        if (strchr(which, bench_shapes[i].name) != NULL)
            measure_shape(&bench_shapes[i]);
    if (power >= 4) {
        measure_windows(5000000);
        measure_growth((unsigned)power);
    }
    return 0;
}
