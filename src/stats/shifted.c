/* The shifted null: rules counted in captures whose items were rotated against each other
 * (doc/statistics.md). Of each rotation only what can ever pass is kept (n(XY) above its mean), and rotations
 * are merged, so that one pass answers for all of them. */
#include "stats/chance.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

#include "base/ascending.h"
#include "base/memory.h"
#include "stats/least.h"

enum { MOST_THREADS = 64, PAIR_BITS = 20, MOST_PAIRS = (1 << PAIR_BITS) - 1 };

/* Pairs of items with n(XY) = xy in one rotation. */
struct entry {
    uint32_t xy;
    uint32_t of; /* rotation << PAIR_BITS | pairs */
};

/* Where the entries of n(X) = x <= n(Y) = y begin; they come with falling xy, the first has `most`. */
struct cell {
    uint32_t x, y;
    uint32_t first, most;
};

/* One or several rotations. Cells ascend by (x, y); one more stands at the end. */
struct run {
    struct cell *cells;
    struct entry *entries;
    size_t n_cells, n;
    unsigned level; /* how often it was merged */
};

/* The last answer, for those who ask for one rotation after the other. */
struct answer {
    pthread_mutex_t lock;
    bool known;
    struct ks_thresholds thresholds;
    uint64_t *totals; /* per rotation */
};

struct ks_shifted {
    uint32_t l;
    unsigned asked, finished;
    unsigned *order; /* the finished rotations, ascending */
    struct run *runs;
    size_t n_runs;
    struct answer *answer;
};

/* ---- runs ---- */

static void run_free(struct run *run)
{
    ks_free(run->cells);
    ks_free(run->entries);
    *run = (struct run){0};
}

/* Sizes a run for n_cells cells and n entries at most. False when memory is exhausted, or there are more
 * entries than a cell can point to. */
static bool run_make(struct run *run, size_t n_cells, size_t n)
{
    if (n > UINT32_MAX)
        return false;
    *run = (struct run){.cells = ks_alloc(n_cells + 1, sizeof *run->cells),
                        .entries = ks_alloc(n, sizeof *run->entries)};
    if (run->cells != NULL && run->entries != NULL)
        return true;
    run_free(run);
    return false;
}

/* Gives back what was not needed. */
static void run_trim(struct run *run)
{
    run->cells[run->n_cells] = (struct cell){UINT32_MAX, UINT32_MAX, (uint32_t)run->n, 0};
    struct cell *cells = ks_resize(run->cells, run->n_cells + 1, sizeof *cells);
    struct entry *entries = ks_resize(run->entries, run->n > 0 ? run->n : 1, sizeof *entries);
    run->cells = cells != NULL ? cells : run->cells;
    run->entries = entries != NULL ? entries : run->entries;
}

/* Pairs that no threshold lets pass are left out. */
static bool kept(const struct ks_triple *t, uint32_t l)
{
    return ks_excess((struct ks_counts){.x = t->x, .y = t->y, .xy = t->xy, .l = l}) > 0;
}

static bool run_of_pairs(const struct ks_pairs *pairs, unsigned rotation, struct run *out)
{
    size_t n_triples, n = 0, n_cells = 0;
    const struct ks_triple *t = ks_pairs_triples(pairs, &n_triples);
    uint32_t l = ks_pairs_windows(pairs);
    for (size_t i = 0; i < n_triples; i++) {
        n += kept(&t[i], l) ? (size_t)((t[i].pairs + MOST_PAIRS - 1) / MOST_PAIRS) : 0;
        n_cells += i == 0 || t[i].x != t[i - 1].x || t[i].y != t[i - 1].y;
    }
    if (!run_make(out, n_cells, n))
        return false;
    for (size_t i = 0, end; i < n_triples; i = end) {
        for (end = i + 1; end < n_triples && t[end].x == t[i].x && t[end].y == t[i].y; end++)
            ;
        size_t first = out->n;
        for (size_t j = end; j-- > i && kept(&t[j], l);)
            for (uint64_t left = t[j].pairs; left > 0;) {
                uint32_t part = left > MOST_PAIRS ? MOST_PAIRS : (uint32_t)left;
                out->entries[out->n++] = (struct entry){t[j].xy, rotation << PAIR_BITS | part};
                left -= part;
            }
        if (out->n > first)
            out->cells[out->n_cells++] = (struct cell){t[i].x, t[i].y, (uint32_t)first, t[end - 1].xy};
    }
    run_trim(out);
    return true;
}

/* The entries of a's cell i, and of b's cell j, by falling xy. */
static void merge_cell(const struct run *a, size_t i, const struct run *b, size_t j, struct run *out)
{
    const struct entry *p = a->entries + a->cells[i].first, *p_end = a->entries + a->cells[i + 1].first;
    const struct entry *q = b->entries + b->cells[j].first, *q_end = b->entries + b->cells[j + 1].first;
    struct entry *to = out->entries + out->n;
    while (p < p_end && q < q_end)
        *to++ = p->xy >= q->xy ? *p++ : *q++;
    while (p < p_end)
        *to++ = *p++;
    while (q < q_end)
        *to++ = *q++;
    out->n = (size_t)(to - out->entries);
}

static void copy_cell(const struct run *from, size_t i, struct run *out)
{
    size_t n = from->cells[i + 1].first - from->cells[i].first;
    memcpy(out->entries + out->n, from->entries + from->cells[i].first, n * sizeof *out->entries);
    out->n += n;
}

static int cell_compare(const struct cell *a, const struct cell *b)
{
    return a->x != b->x ? (a->x < b->x ? -1 : 1) : a->y != b->y ? (a->y < b->y ? -1 : 1) : 0;
}

/* Both into one, which takes their place; false, with both as they were, when memory is exhausted. */
static bool run_merge(struct run *a, struct run *b)
{
    struct run out;
    if (!run_make(&out, a->n_cells + b->n_cells, a->n + b->n))
        return false;
    for (size_t i = 0, j = 0; i < a->n_cells || j < b->n_cells;) {
        /* The cell at the end is larger than any. */
        int order = cell_compare(&a->cells[i], &b->cells[j]);
        const struct cell *cell = order <= 0 ? &a->cells[i] : &b->cells[j];
        out.cells[out.n_cells++] = (struct cell){cell->x, cell->y, (uint32_t)out.n, cell->most};
        if (order == 0 && b->cells[j].most > cell->most)
            out.cells[out.n_cells - 1].most = b->cells[j].most;
        if (order == 0)
            merge_cell(a, i++, b, j++, &out);
        else if (order < 0)
            copy_cell(a, i++, &out);
        else
            copy_cell(b, j++, &out);
    }
    run_trim(&out);
    out.level = (a->level > b->level ? a->level : b->level) + 1;
    run_free(a);
    run_free(b);
    *a = out;
    return true;
}

/* ---- rotating ---- */

/* splitmix64 (Steele, Lea, Flood 2014): a number from a counter. */
static uint64_t mix(uint64_t z)
{
    z += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* Item i's offset in a rotation, uniform in 0..l-1, from (seed, rotation, i) alone. */
static uint32_t offset_of(uint64_t seed, unsigned rotation, uint32_t i, uint32_t l)
{
    uint64_t state = mix(mix(seed) + rotation) + i * UINT64_C(0x9e3779b97f4a7c15);
    for (;; state = ~mix(state)) {
        /* Lemire 2019: the high half of a product, without the few low ones that would be too many. */
        uint64_t product = (mix(state) >> 32) * l;
        if ((uint32_t)product >= (uint32_t)-l % l)
            return (uint32_t)(product >> 32);
    }
}

/* What does not change from rotation to rotation. */
struct job {
    const struct ks_window_sets *sets;
    uint32_t max_count;
    uint64_t seed;
    uint32_t u; /* items that take part */
    size_t n;   /* their windows in all */
    struct ks_progress *progress;
    struct ks_shifted *out;
    pthread_mutex_t lock; /* guards what follows */
    unsigned next, done;
    bool *finished;
    enum ks_code failed;
};

static bool takes_part(const struct job *job, uint32_t item)
{
    uint32_t n = ks_window_sets_n(job->sets, item);
    return n > 0 && n <= job->max_count;
}

/* Writes a window set, rotated by d, in ascending order. */
static void rotate(const uint32_t *windows, size_t n, uint32_t d, uint32_t l, uint32_t *out)
{
    size_t over = ks_below_u32(windows, n, l - d); /* the first window that goes over the end */
    for (size_t i = over; i < n; i++)
        *out++ = windows[i] - (l - d);
    for (size_t i = 0; i < over; i++)
        *out++ = windows[i] + d;
}

static struct ks_status rotated_sets(const struct job *job, unsigned rotation, struct ks_window_sets *out)
{
    const struct ks_window_sets *sets = job->sets;
    ks_item *items = ks_alloc(job->u, sizeof *items);
    size_t *start = ks_alloc((size_t)job->u + 1, sizeof *start);
    uint32_t *windows = ks_alloc(job->n, sizeof *windows);
    struct ks_status status = ks_nomem("a rotation");
    if (items != NULL && start != NULL && windows != NULL) {
        uint32_t u = 0;
        size_t n = 0;
        for (uint32_t i = 0; i < sets->u; i++) {
            if (!takes_part(job, i))
                continue;
            size_t count = ks_window_sets_n(sets, i);
            items[u] = sets->items[i];
            start[u++] = n;
            rotate(sets->windows + sets->start[i], count, offset_of(job->seed, rotation, i, sets->l), sets->l,
                   windows + n);
            n += count;
        }
        start[u] = n;
        status = ks_window_sets_from(sets->l, u, items, start, windows, out);
    }
    ks_free(items);
    ks_free(start);
    ks_free(windows);
    return status;
}

static struct ks_status make_run(const struct job *job, unsigned rotation, unsigned threads, struct run *out)
{
    struct ks_window_sets sets;
    KS_TRY(rotated_sets(job, rotation, &sets));
    struct ks_pairs *pairs = NULL;
    struct ks_progress progress = {.parent = job->progress};
    struct ks_status status = ks_pairs_mine_triples(&sets, threads, &progress, &pairs);
    if (ks_is_ok(status) && !run_of_pairs(pairs, rotation, out))
        status = ks_nomem("a rotation's triples");
    ks_pairs_free(pairs);
    ks_window_sets_free(&sets);
    return status;
}

/* Adds a run; two that were merged equally often become one, so that every entry is copied only
 * log2(rotations) times. */
static void add_run(struct job *job, struct run run)
{
    struct ks_shifted *s = job->out;
    for (;;) {
        size_t i = 0;
        while (i < s->n_runs && s->runs[i].level != run.level)
            i++;
        if (i == s->n_runs)
            break;
        struct run other = s->runs[i];
        s->runs[i] = s->runs[--s->n_runs];
        pthread_mutex_unlock(&job->lock);
        bool merged = run_merge(&run, &other);
        pthread_mutex_lock(&job->lock);
        if (!merged) {
            s->runs[s->n_runs++] = other;
            break;
        }
    }
    s->runs[s->n_runs++] = run;
}

/* Takes rotations until there are none left. */
static void *work(void *context)
{
    struct job *job = context;
    pthread_mutex_lock(&job->lock);
    while (job->next < job->out->asked && job->failed == KS_OK) {
        unsigned rotation = job->next++;
        pthread_mutex_unlock(&job->lock);
        struct run run = {0};
        struct ks_status status = ks_cancelled(job->progress) ? ks_fail(KS_CANCELLED, "cancelled")
                                                              : make_run(job, rotation, 1, &run);
        pthread_mutex_lock(&job->lock);
        if (ks_is_ok(status)) {
            add_run(job, run);
            job->finished[rotation] = true;
            ks_progress_set(job->progress, ++job->done, job->out->asked);
        } else {
            job->failed = status.code;
        }
    }
    pthread_mutex_unlock(&job->lock);
    return NULL;
}

static void run_workers(struct job *job, unsigned threads)
{
    pthread_t thread[MOST_THREADS];
    unsigned started = 0;
    threads = threads > MOST_THREADS ? MOST_THREADS : threads;
    while (started + 1 < threads && started + 1 < job->out->asked &&
           pthread_create(&thread[started], NULL, work, job) == 0)
        started++;
    work(job);
    for (unsigned i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
}

static void all_into_one(struct ks_shifted *s)
{
    while (s->n_runs > 1 && run_merge(&s->runs[s->n_runs - 2], &s->runs[s->n_runs - 1]))
        s->n_runs--;
}

static struct ks_status report(const struct job *job)
{
    if (job->failed == KS_CANCELLED)
        return ks_fail(KS_CANCELLED, "cancelled after %u of %u rotations", job->done, job->out->asked);
    if (job->failed != KS_OK)
        return ks_fail(job->failed, "memory ran out after %u of %u rotations", job->done, job->out->asked);
    return ks_ok();
}

static struct ks_shifted *shifted_new(uint32_t l, unsigned rotations)
{
    struct ks_shifted *s = ks_zalloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->l = l;
    s->asked = rotations;
    s->order = ks_alloc(rotations, sizeof *s->order);
    s->runs = ks_zalloc(rotations, sizeof *s->runs);
    s->answer = ks_zalloc(1, sizeof *s->answer);
    if (s->answer != NULL) {
        pthread_mutex_init(&s->answer->lock, NULL);
        s->answer->totals = ks_alloc(rotations, sizeof *s->answer->totals);
    }
    if (s->order != NULL && s->runs != NULL && s->answer != NULL && s->answer->totals != NULL)
        return s;
    ks_shifted_free(s);
    return NULL;
}

struct ks_status ks_shifted_make(const struct ks_window_sets *sets, unsigned rotations, uint64_t seed,
                                 uint32_t max_count, unsigned threads, struct ks_progress *progress,
                                 struct ks_shifted **out)
{
    *out = NULL;
    if (rotations > KS_ROTATIONS_MAX)
        return ks_fail(KS_USAGE, "at most %d rotations can be made, not %u", KS_ROTATIONS_MAX, rotations);
    struct job job = {.sets = sets,
                      .max_count = max_count,
                      .seed = seed,
                      .progress = progress,
                      .out = shifted_new(sets->l, rotations),
                      .finished = ks_zalloc(rotations, sizeof *job.finished)};
    if (job.out == NULL || job.finished == NULL) {
        ks_shifted_free(job.out);
        ks_free(job.finished);
        return ks_nomem("the shifted null");
    }
    for (uint32_t i = 0; i < sets->u; i++)
        if (takes_part(&job, i)) {
            job.u++;
            job.n += ks_window_sets_n(sets, i);
        }
    pthread_mutex_init(&job.lock, NULL);
    ks_progress_set(progress, 0, rotations);
    run_workers(&job, threads);
    pthread_mutex_destroy(&job.lock);
    for (unsigned r = 0; r < rotations; r++)
        if (job.finished[r])
            job.out->order[job.out->finished++] = r;
    all_into_one(job.out);
    struct ks_status status = report(&job);
    if (ks_is_ok(status) || job.done > 0)
        *out = job.out;
    else
        ks_shifted_free(job.out);
    ks_free(job.finished);
    return status;
}

void ks_shifted_free(struct ks_shifted *shifted)
{
    if (shifted == NULL)
        return;
    for (size_t i = 0; i < shifted->n_runs && shifted->runs != NULL; i++)
        run_free(&shifted->runs[i]);
    if (shifted->answer != NULL) {
        pthread_mutex_destroy(&shifted->answer->lock);
        ks_free(shifted->answer->totals);
    }
    ks_free(shifted->answer);
    ks_free(shifted->runs);
    ks_free(shifted->order);
    ks_free(shifted);
}

/* ---- counting ---- */

/* Adds a cell's entries with n(XY) >= least. */
static void add_cell(const struct entry *e, const struct entry *end, uint32_t least, uint64_t *totals)
{
    for (; e < end && e->xy >= least; e++)
        totals[e->of >> PAIR_BITS] += e->of & MOST_PAIRS;
}

static void count_run(const struct run *run, const struct ks_least *least, uint64_t *totals)
{
    uint32_t max_count = least->thresholds.max_count;
    for (size_t i = 0; i < run->n_cells && run->cells[i].x <= max_count; i++) {
        const struct cell *c = &run->cells[i];
        uint32_t there = c->y > max_count ? UINT32_MAX : ks_least_count(least, c->x, c->y, c->most);
        if (there == UINT32_MAX)
            continue;
        /* The rule from the commoner item asks for more, or the same. */
        const struct entry *e = run->entries + c->first, *end = run->entries + c[1].first;
        add_cell(e, end, there, totals);
        add_cell(e, end, ks_least_count(least, c->y, c->x, c->most), totals);
    }
}

static bool same(const struct ks_thresholds *a, const struct ks_thresholds *b)
{
    return a->max_count == b->max_count && a->min_count == b->min_count && a->interest == b->interest &&
           !islessgreater(a->min_inte, b->min_inte) && !islessgreater(a->min_conf, b->min_conf);
}

/* The counts of all rotations at the thresholds. The caller holds the answer's lock. */
static const uint64_t *count(const struct ks_shifted *s, const struct ks_thresholds *thresholds)
{
    struct answer *a = s->answer;
    if (a->known && same(&a->thresholds, thresholds))
        return a->totals;
    if (s->asked > 0)
        memset(a->totals, 0, s->asked * sizeof *a->totals);
    struct ks_least least = ks_least_of(s->l, thresholds);
    for (size_t i = 0; i < s->n_runs; i++)
        count_run(&s->runs[i], &least, a->totals);
    a->thresholds = *thresholds;
    a->known = true;
    return a->totals;
}

struct ks_expected ks_shifted_count(const struct ks_shifted *s, const struct ks_thresholds *thresholds)
{
    struct ks_expected e = {.mean = NAN, .sd = NAN, .highest = NAN, .rotations = s->finished};
    if (s->finished == 0)
        return e;
    double sum = 0, squares = 0;
    pthread_mutex_lock(&s->answer->lock);
    const uint64_t *totals = count(s, thresholds);
    e.highest = 0;
    for (unsigned i = 0; i < s->finished; i++) {
        sum += (double)totals[s->order[i]];
        e.highest = fmax(e.highest, (double)totals[s->order[i]]);
    }
    e.mean = sum / s->finished;
    for (unsigned i = 0; i < s->finished; i++)
        squares += pow((double)totals[s->order[i]] - e.mean, 2);
    pthread_mutex_unlock(&s->answer->lock);
    if (s->finished > 1)
        e.sd = sqrt(squares / (s->finished - 1));
    return e;
}

uint64_t ks_shifted_rotation(const struct ks_shifted *s, unsigned rotation,
                             const struct ks_thresholds *thresholds)
{
    if (rotation >= s->finished)
        return 0;
    pthread_mutex_lock(&s->answer->lock);
    uint64_t n = count(s, thresholds)[s->order[rotation]];
    pthread_mutex_unlock(&s->answer->lock);
    return n;
}

unsigned ks_shifted_rotations(const struct ks_shifted *s)
{
    return s->finished;
}
