/* Lets a script ask the mining engine: cases in as text on standard input, plain answers out. See mining_oracle.py. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "mining/itemsets.h"
#include "mining/pairs.h"
#include "mining/ranking.h"
#include "mining/windows.h"

static void die(const char *what)
{
    fprintf(stderr, "mining_driver: %s\n", what);
    exit(1);
}

static void *need(void *pointer)
{
    if (pointer == NULL)
        die("out of memory");
    return pointer;
}

static uint64_t word(void)
{
    uint64_t value;
    if (scanf("%" SCNu64, &value) != 1)
        die("a number was expected");
    return value;
}

static int64_t signed_word(void)
{
    int64_t value;
    if (scanf("%" SCNd64, &value) != 1)
        die("a number was expected");
    return value;
}

static double real(void)
{
    double value;
    if (scanf("%lf", &value) != 1)
        die("a real was expected");
    return value;
}

static void status_line(struct ks_status status)
{
    printf("status %d %s\n", (int)status.code, status.message);
}

static struct {
    struct ks_window_sets sets;
    struct ks_pairs *pairs;
    struct ks_thresholds thresholds;
    struct ks_itemsets *itemsets;
    struct ks_log log;
    uint64_t from; /* first row to print */
} now;

static void forget_mined(void)
{
    ks_itemsets_free(now.itemsets);
    ks_pairs_free(now.pairs);
    ks_window_sets_free(&now.sets);
    now.itemsets = NULL;
    now.pairs = NULL;
}

/* sets L U THREADS, then per item: CODE N WINDOW... */
static void read_sets(void)
{
    forget_mined();
    uint32_t l = (uint32_t)word(), u = (uint32_t)word();
    unsigned threads = (unsigned)word();
    ks_item *items = need(ks_alloc(u, sizeof *items));
    size_t *start = need(ks_alloc((size_t)u + 1, sizeof *start)), cap = 0;
    uint32_t *windows = NULL;
    start[0] = 0;
    for (uint32_t i = 0; i < u; i++) {
        items[i] = word();
        size_t n = (size_t)word();
        if (!ks_reserve((void **)&windows, &cap, start[i] + n, sizeof *windows))
            die("out of memory");
        for (size_t k = 0; k < n; k++)
            windows[start[i] + k] = (uint32_t)word();
        start[i + 1] = start[i] + n;
    }
    if (!ks_is_ok(ks_window_sets_from(l, u, items, start, windows, &now.sets)))
        die("out of memory");
    status_line(ks_pairs_mine(&now.sets, threads, NULL, &now.pairs));
    ks_free(items);
    ks_free(start);
    ks_free(windows);
}

/* The list of attempts as a load makes it; logs of odd length go without, for a log need not have one. */
static void list_attempts(struct ks_log *log)
{
    ks_free(log->attempts);
    log->attempts = log->n % 2 == 0 ? need(ks_alloc(log->n, sizeof *log->attempts)) : NULL;
    log->n_attempts = 0;
    for (size_t i = 0; i < log->n && log->attempts != NULL; i++)
        if ((log->mark[i] & (KS_MARK_ATTEMPT | KS_MARK_AGAIN)) != 0)
            log->attempts[log->n_attempts++] = (uint32_t)i;
}

/* log EVENTS HOSTS, then per event: TIME SOURCE TARGET SPORT DPORT FLAGS MARK. Host i is 10.0.0.i for even i, ::i for odd i. */
static void read_log(void)
{
    ks_free(now.log.time);
    ks_free(now.log.source);
    ks_free(now.log.target);
    ks_free(now.log.sport);
    ks_free(now.log.dport);
    ks_free(now.log.flags);
    ks_free(now.log.mark);
    ks_free(now.log.hosts);
    struct ks_log *log = &now.log;
    log->n = (size_t)word();
    log->n_hosts = (size_t)word();
    log->time = need(ks_alloc(log->n, sizeof *log->time));
    log->source = need(ks_alloc(log->n, sizeof *log->source));
    log->target = need(ks_alloc(log->n, sizeof *log->target));
    log->sport = need(ks_alloc(log->n, sizeof *log->sport));
    log->dport = need(ks_alloc(log->n, sizeof *log->dport));
    log->flags = need(ks_alloc(log->n, sizeof *log->flags));
    log->mark = need(ks_alloc(log->n, sizeof *log->mark));
    log->hosts = need(ks_zalloc(log->n_hosts, sizeof *log->hosts));
    for (size_t i = 0; i < log->n; i++) {
        log->time[i] = signed_word();
        log->source[i] = (uint32_t)word();
        log->target[i] = (uint32_t)word();
        log->sport[i] = (uint16_t)word();
        log->dport[i] = (uint16_t)word();
        log->flags[i] = (uint8_t)word();
        log->mark[i] = (uint8_t)word();
    }
    list_attempts(log);
    for (size_t i = 0; i < log->n_hosts; i++) {
        struct ks_address *host = &log->hosts[i];
        host->version = i % 2 == 0 ? 4 : 6;
        host->bytes[0] = i % 2 == 0 ? 10 : 0;
        host->bytes[i % 2 == 0 ? 3 : 15] = (uint8_t)i;
    }
}

/* cut ITEMS CUT SIZE STRIDE NS SCOPE HOST(-1: all) BY_TIME FROM TO */
static void cut(void)
{
    forget_mined();
    enum ks_items items = (enum ks_items)word();
    struct ks_windowing how;
    how.cut = (enum ks_cut)word();
    how.size = word();
    how.stride = word();
    how.ns = signed_word();
    how.scope = (enum ks_scope)word();
    struct ks_narrow narrow = {0};
    int64_t host = signed_word();
    if (host >= 0) {
        narrow.by_host = true;
        narrow.host = now.log.hosts[host];
    }
    narrow.by_time = word() != 0;
    narrow.from = signed_word();
    narrow.to = signed_word();
    struct ks_window_sets *s = &now.sets, counted;
    status_line(ks_window_sets_make(&now.log, items, &how, &narrow, NULL, s));
    if (!ks_is_ok(ks_window_sets_count(&now.log, items, &how, &narrow, NULL, &counted)))
        die("windows that are only counted");
    if (counted.t != s->t || counted.u != s->u || counted.l != s->l || counted.mean_events != s->mean_events ||
        counted.equal_size != s->equal_size || memcmp(counted.items, s->items, s->u * sizeof *s->items) != 0 ||
        (s->l != 0 && memcmp(counted.window, s->window, s->l * sizeof *s->window) != 0))
        die("windows that are only counted differ");
    ks_window_sets_free(&counted);
    printf("cut %" PRIu64 " %" PRIu32 " %" PRIu32 " %.17g %d\n", s->t, s->u, s->l, s->mean_events, (int)s->equal_size);
    for (uint32_t i = 0; i < s->u; i++) {
        printf("item %" PRIu64, s->items[i]);
        for (size_t k = s->start[i]; k < s->start[i + 1]; k++)
            printf(" %" PRIu32, s->windows[k]);
        printf("\n");
    }
    for (uint32_t w = 0; w < s->l; w++)
        printf("window %" PRId64 " %" PRId64 " %" PRIu32 " %" PRIu32 "\n", s->window[w].first, s->window[w].last,
               s->window[w].event, s->window[w].events);
}

/* thresholds MAX_COUNT MIN_COUNT MIN_INTE MIN_CONF INTEREST */
static void thresholds(void)
{
    now.thresholds.max_count = (uint32_t)word();
    now.thresholds.min_count = (uint32_t)word();
    now.thresholds.min_inte = real();
    now.thresholds.min_conf = real();
    now.thresholds.interest = (enum ks_interest)word();
}

static void triples(void)
{
    size_t n;
    const struct ks_triple *at = ks_pairs_triples(now.pairs, &n);
    printf("triples %zu\n", n);
    for (size_t i = 0; i < n; i++)
        printf("%" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu64 "\n", at[i].x, at[i].y, at[i].xy, at[i].pairs);
}

/* plane N COUNT... M INTE... */
static void plane(void)
{
    size_t n = (size_t)word();
    uint32_t *count = need(ks_alloc(n, sizeof *count));
    for (size_t i = 0; i < n; i++)
        count[i] = (uint32_t)word();
    size_t m = (size_t)word();
    double *inte = need(ks_alloc(m, sizeof *inte));
    for (size_t i = 0; i < m; i++)
        inte[i] = real();
    uint64_t *out = need(ks_zalloc(n * m, sizeof *out));
    ks_pairs_plane(now.pairs, &now.thresholds, count, n, inte, m, out);
    status_line(ks_ok());
    for (size_t i = 0; i < n * m; i++)
        printf("%" PRIu64 "%s", out[i], i + 1 < n * m ? " " : "\n");
    ks_free(count);
    ks_free(inte);
    ks_free(out);
}

/* steps AXIS CAP */
static void steps(void)
{
    enum ks_axis axis = (enum ks_axis)word();
    size_t cap = (size_t)word();
    double *out = need(ks_alloc(cap, sizeof *out));
    size_t n = ks_pairs_steps(now.pairs, &now.thresholds, axis, out, cap);
    printf("steps %zu", n);
    for (size_t i = 0; i < n && i < cap; i++)
        printf(" %.17g", out[i]);
    printf("\n");
    ks_free(out);
}

/* itemsets MAX_LEN WORK */
static void itemsets(void)
{
    ks_itemsets_free(now.itemsets);
    unsigned max_len = (unsigned)word();
    uint64_t work = word();
    status_line(ks_itemsets_mine(now.pairs, &now.thresholds, max_len, work, NULL, &now.itemsets));
    for (unsigned len = 3; len <= max_len; len++) {
        char text[64];
        printf("%s\n", ks_count_format(text, sizeof text, ks_itemsets_rules(now.itemsets, len), false));
    }
}

static bool keep_odd(const struct ks_counts *counts, void *context)
{
    (void)context;
    return (counts->x + counts->y) % 2 == 1;
}

/* A stand-in for ln p that takes both counts alike and has ties. */
static double some_ln_p(struct ks_counts c)
{
    return -(double)((c.x + c.y) % 5 + c.xy);
}

static void print_rule(const struct ks_rule *rule)
{
    for (unsigned i = 0; i < rule->n_if; i++)
        printf("%" PRIu32 " ", rule->items[i]);
    printf(">");
    for (unsigned i = 0; i < rule->n_then; i++)
        printf(" %" PRIu32, rule->items[rule->n_if + i]);
    printf(" | %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", rule->counts.x, rule->counts.y, rule->counts.xy,
           rule->counts.l);
}

/* Rows asked for in a scattered order give the same rules, and every pair rule is found in its row. */
static void scattered(struct ks_ranking *ranking, uint64_t rows)
{
    for (uint64_t i = 0; i < rows; i++) {
        uint64_t at = (i * 7919 + 13) % rows;
        struct ks_rule a, b;
        if (!ks_ranking_row(ranking, at, &a) || !ks_ranking_row(ranking, rows - 1 - at, &b) ||
            !ks_ranking_row(ranking, at, &b) || a.n_if != b.n_if || a.n_then != b.n_then ||
            memcmp(a.items, b.items, (size_t)(a.n_if + a.n_then) * sizeof *a.items) != 0)
            printf("row %" PRIu64 " is not steady\n", at);
        else if (a.n_if == 1 && a.n_then == 1 && ks_ranking_find(ranking, a.items[0], a.items[1]) != at)
            printf("row %" PRIu64 " is not found\n", at);
    }
    struct ks_rule none;
    if (ks_ranking_row(ranking, rows, &none))
        printf("there is a row after the last\n");
}

/* ranking SORT REVERSE WITH_ITEMSETS KEEP N_MUST MUST... MOST (rows to print) */
static void ranking(void)
{
    enum ks_sort sort = (enum ks_sort)word();
    bool reverse = word() != 0, with = word() != 0, keep = word() != 0;
    size_t n_must = (size_t)word();
    uint32_t *must = need(ks_alloc(n_must, sizeof *must));
    for (size_t i = 0; i < n_must; i++)
        must[i] = (uint32_t)word();
    uint64_t most = word();
    struct ks_rule_filter filter = {must, n_must, keep ? keep_odd : NULL, NULL};
    struct ks_ranking *ranking;
    status_line(ks_ranking_make(now.pairs, with ? now.itemsets : NULL, &now.thresholds, sort, reverse, &filter, some_ln_p,
                                NULL, &ranking));
    ks_free(must);
    char text[64];
    uint64_t rows = ks_ranking_rows(ranking);
    printf("rows %" PRIu64 " of %s\n", rows, ks_count_format(text, sizeof text, ks_ranking_total(ranking), false));
    for (uint64_t i = now.from; i < rows && i - now.from < most; i++) {
        struct ks_rule rule;
        if (!ks_ranking_row(ranking, i, &rule))
            printf("no row %" PRIu64 "\n", i);
        else
            print_rule(&rule);
    }
    if (rows <= most)
        scattered(ranking, rows);
    printf("end\n");
    ks_ranking_free(ranking);
}

int main(void)
{
    char command[32];
    static const struct {
        const char *name;
        void (*run)(void);
    } commands[] = {{"sets", read_sets}, {"log", read_log},   {"cut", cut},           {"thresholds", thresholds},
                    {"plane", plane},    {"steps", steps},    {"itemsets", itemsets}, {"ranking", ranking},
                    {"triples", triples}};
    while (scanf("%31s", command) == 1) {
        size_t i = 0, n = sizeof commands / sizeof *commands;
        while (i < n && strcmp(commands[i].name, command) != 0)
            i++;
        if (i < n)
            commands[i].run();
        else if (strcmp(command, "from") == 0)
            now.from = word();
        else if (strcmp(command, "count") == 0)
            printf("count %" PRIu64 "\n", ks_pairs_count(now.pairs, &now.thresholds));
        else
            die("unknown command");
    }
    forget_mined();
    now.log.n = 0;
    ks_free(now.log.time);
    ks_free(now.log.source);
    ks_free(now.log.target);
    ks_free(now.log.sport);
    ks_free(now.log.dport);
    ks_free(now.log.flags);
    ks_free(now.log.mark);
    ks_free(now.log.hosts);
    ks_free(now.log.attempts);
    return 0;
}
