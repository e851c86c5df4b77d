/* Mining all pairs. Classes come in ascending order of their counts; each walks the later classes of its windows into an
 * accumulator, and what it met is gathered by triple, level by level, so that triples come out sorted. */
#include "mining/pairs.h"

#include <pthread.h>
#include <string.h>

#include "base/ascending.h"
#include "base/memory.h"
#include "mining/grid.h"
#include "mining/index.h"
#include "mining/lanes.h"
#include "mining/tally.h"

enum { MAX_THREADS = 64, CHUNKS = 8 /* per thread */, PREFETCH = 8 /* windows ahead */ };

/* What all workers share. */
struct job {
    const struct ks_classes *classes;
    struct ks_class_info *info; /* per class */
    struct ks_bits bits;     /* of the classes in many windows */
    uint32_t *chunk;         /* n_chunks + 1: borders between chunks, in levels */
    size_t n_chunks;
    struct chunk_result {
        struct ks_triple *at;
        size_t n, cap;
    } *result;               /* per chunk */
    _Atomic size_t next;     /* chunk to be taken */
    _Atomic uint64_t done;   /* class-window visits finished */
    uint64_t total;          /* of them */
    _Atomic int failed;      /* enum ks_code of a worker that gave up */
    struct ks_progress *progress;
};

/* What one worker needs. */
struct worker {
    struct job *job;
    struct rest {
        size_t next, end;
    } *rest;            /* per window: what of its light classes is still to come, as places in bits.light */
    uint8_t *few;       /* per class: windows shared with the current class, where that has at most 255 ... */
    uint32_t *many;     /* ... and where it has more */
    uint32_t *touched;  /* classes met */
    struct ks_tally tally;
    struct ks_lanes lanes;
    pthread_t thread;
};

static bool worker_make(struct worker *worker, struct job *job)
{
    const struct ks_classes *c = job->classes;
    bool wide = job->bits.first > 0 && c->count[job->bits.first - 1] > UINT8_MAX; /* the largest class that is walked */
    *worker = (struct worker){.job = job};
    worker->rest = ks_alloc(c->sets->l, sizeof *worker->rest);
    worker->few = ks_zalloc(c->n, sizeof *worker->few);
    worker->many = ks_zalloc(wide ? c->n : 0, sizeof *worker->many);
    worker->touched = ks_alloc((size_t)c->n + 1, sizeof *worker->touched);
    bool lanes = ks_lanes_make(&worker->lanes, &job->bits);
    return lanes && worker->rest != NULL && worker->few != NULL && worker->many != NULL && worker->touched != NULL;
}

static void worker_free(struct worker *worker)
{
    ks_free(worker->rest);
    ks_free(worker->few);
    ks_free(worker->many);
    ks_free(worker->touched);
    ks_tally_free(&worker->tally);
    ks_lanes_free(&worker->lanes);
}

/* Sets rest[] to class k: a binary search in every row. */
static void seek(struct worker *worker, uint32_t k)
{
    const struct ks_bits *bits = &worker->job->bits;
    for (uint32_t w = 0; w < worker->job->classes->sets->l; w++) {
        size_t first = bits->light_start[w], end = bits->light_start[w + 1];
        worker->rest[w] = (struct rest){first + ks_below_u32(bits->light + first, end - first, k), end};
    }
}

/* Asks for the memory that class k will need: its windows lie all over. */
static inline void prefetch(const struct worker *worker, uint32_t k)
{
    const struct job *job = worker->job;
    if (k >= job->bits.first)
        return;
    const uint32_t *windows = ks_class_windows(job->classes, k);
    for (uint32_t i = 0; i < job->classes->count[k] && i < PREFETCH; i++) {
        __builtin_prefetch(job->bits.light + worker->rest[windows[i]].next);
        if (job->bits.mask != NULL) /* no class is in many windows */
            __builtin_prefetch(job->bits.mask + windows[i] * job->bits.mask_words);
    }
}

/* Walks the light classes after k in its windows; they stand in touched[] with their counts in shared[]. */
#define WALK(name, type)                                                                                     \
    /* NOLINTNEXTLINE(bugprone-macro-parentheses): a type */                                                 \
    static size_t name(struct worker *worker, uint32_t k, type *shared)                                      \
    {                                                                                                        \
        const struct ks_classes *c = worker->job->classes;                                                   \
        const uint32_t *windows = ks_class_windows(c, k), *light = worker->job->bits.light;                  \
        uint32_t *touched = worker->touched;                                                                 \
        size_t n = 0;                                                                                        \
        for (uint32_t i = 0; i < c->count[k]; i++) {                                                         \
            struct rest *rest = &worker->rest[windows[i]];                                                   \
            if (i + PREFETCH < c->count[k])                                                                  \
                __builtin_prefetch(light + worker->rest[windows[i + PREFETCH]].next);                        \
            rest->next++; /* k itself */                                                                     \
            for (size_t at = rest->next; at < rest->end; at++) {                                             \
                touched[n] = light[at];                                                                      \
                n += shared[light[at]]++ == 0;                                                               \
            }                                                                                                \
        }                                                                                                    \
        return n;                                                                                            \
    }
WALK(walk_few, uint8_t)
WALK(walk_many, uint32_t)

/* Adds what a walk has met to the tally and clears shared[]. */
#define ADD_MET(shared)                                                                                      \
    for (size_t i = 0; i < n; i++) {                                                                         \
        uint32_t b = worker->touched[i];                                                                     \
        ok = ks_tally_add(&worker->tally, info[b].level - v, (shared)[b], size * info[b].size) && ok;        \
        (shared)[b] = 0;                                                                                     \
    }

/* A light class against all heavy ones. */
static bool meet_heavy(struct worker *worker, uint32_t v, uint32_t k)
{
    const struct job *job = worker->job;
    const struct ks_lanes_out out = {&worker->tally, job->info + job->bits.first, v};
    uint32_t a = job->classes->count[k], size = job->info[k].size;
    ks_lanes_count(&worker->lanes, ks_class_windows(job->classes, k), a);
    if (a <= KS_LANES_FEW && size <= KS_LANES_MOST)
        return ks_lanes_sum(&worker->lanes, a, size, &out);
    return ks_lanes_each(&worker->lanes, size, &out);
}

/* A heavy class against all later ones. */
static bool meet_bits(struct worker *worker, uint32_t v, uint32_t k)
{
    const struct job *job = worker->job;
    bool ok = true;
    for (uint32_t b = k + 1; b < job->classes->n; b++) {
        uint32_t common = ks_bits_common(&job->bits, k, b);
        if (common > 0)
            ok = ks_tally_add(&worker->tally, job->info[b].level - v, common, (uint64_t)job->info[k].size * job->info[b].size) &&
                 ok;
    }
    return ok;
}

/* Class k of level v against all later ones: into the tally. */
static bool mine_class(struct worker *worker, uint32_t v, uint32_t k)
{
    const struct job *job = worker->job;
    const struct ks_class_info *info = job->info;
    uint32_t a = job->classes->count[k];
    uint64_t size = info[k].size;
    bool ok = true;
    if (k >= job->bits.first) {
        ok = meet_bits(worker, v, k);
    } else if (a <= UINT8_MAX) {
        size_t n = walk_few(worker, k, worker->few);
        ADD_MET(worker->few)
    } else {
        size_t n = walk_many(worker, k, worker->many);
        ADD_MET(worker->many)
    }
    if (k < job->bits.first && job->bits.first < job->classes->n)
        ok = meet_heavy(worker, v, k) && ok;
    if (size > 1)
        ok = ks_tally_add(&worker->tally, 0, a, size * (size - 1) / 2) && ok;
    return ok;
}

struct emit {
    const struct ks_classes *classes;
    struct chunk_result *out;
    uint32_t level, x;
};

static bool emit_triple(void *context, uint32_t row, uint32_t xy, uint64_t pairs)
{
    struct emit *e = context;
    struct chunk_result *out = e->out;
    if (!ks_reserve((void **)&out->at, &out->cap, out->n + 1, sizeof *out->at))
        return false;
    uint32_t y = e->classes->count[e->classes->level_first[e->level + row]];
    out->at[out->n++] = (struct ks_triple){.x = e->x, .y = y, .xy = xy, .pairs = pairs};
    return true;
}

static enum ks_code mine_level(struct worker *worker, uint32_t v, struct chunk_result *out)
{
    struct job *job = worker->job;
    const struct ks_classes *c = job->classes;
    uint32_t first = c->level_first[v], end = c->level_first[v + 1], a = c->count[first];
    uint64_t most = (uint64_t)(end - first) * (c->n - first);
    if (!ks_tally_begin(&worker->tally, c->levels - v, a, most))
        return KS_NOMEM;
    for (uint32_t k = first; k < end; k++) {
        if (ks_cancelled(job->progress))
            return KS_CANCELLED;
        if (k + 2 < c->n)
            prefetch(worker, k + 2);
        if (!mine_class(worker, v, k))
            return KS_NOMEM;
        uint64_t done = atomic_fetch_add_explicit(&job->done, a, memory_order_relaxed) + a;
        if ((k - first) % 64 == 0)
            ks_progress_set(job->progress, done, job->total);
    }
    const struct ks_lanes_out left = {&worker->tally, job->info + job->bits.first, v};
    if (a <= KS_LANES_FEW && !ks_lanes_flush(&worker->lanes, a, &left))
        return KS_NOMEM;
    struct emit emit = {.classes = c, .out = out, .level = v, .x = a};
    return ks_tally_end(&worker->tally, emit_triple, &emit) ? KS_OK : KS_NOMEM;
}

/* Takes chunks until there are none. */
static void *work(void *context)
{
    struct worker *worker = context;
    struct job *job = worker->job;
    for (;;) {
        size_t chunk = atomic_fetch_add(&job->next, 1);
        if (chunk >= job->n_chunks || atomic_load(&job->failed) != KS_OK)
            return NULL;
        uint32_t first = job->classes->level_first[job->chunk[chunk]];
        if (first < job->bits.first)
            seek(worker, first);
        for (uint32_t v = job->chunk[chunk]; v < job->chunk[chunk + 1]; v++) {
            enum ks_code code = mine_level(worker, v, &job->result[chunk]);
            if (code != KS_OK) {
                atomic_store(&job->failed, (int)code);
                return NULL;
            }
        }
    }
}

/* Splits the levels into chunks of about equal cost. The cost of a class is taken as the classes after it in its windows,
 * had all rows the mean length. */
static struct ks_status split(struct job *job, unsigned threads)
{
    const struct ks_classes *c = job->classes;
    size_t chunks = threads > 1 ? (size_t)threads * CHUNKS : 1;
    job->chunk = ks_alloc(chunks + 1, sizeof *job->chunk);
    job->result = ks_zalloc(chunks, sizeof *job->result);
    if (job->chunk == NULL || job->result == NULL)
        return ks_nomem("the pairs");
    /* Sum over classes k of count[k] times the incidences after k: half the square of all incidences in the end. */
    double total = (double)job->total, all = total * total / 2, cost = 0, rest = total;
    job->chunk[0] = 0;
    for (uint32_t v = 0; v < c->levels; v++) {
        double here = (double)c->count[c->level_first[v]] * (c->level_first[v + 1] - c->level_first[v]);
        cost += here * (rest - here / 2);
        rest -= here;
        if (job->n_chunks + 1 < chunks && cost >= all * (double)(job->n_chunks + 1) / (double)chunks)
            job->chunk[++job->n_chunks] = v + 1;
    }
    if (c->levels > job->chunk[job->n_chunks])
        job->chunk[++job->n_chunks] = c->levels;
    return ks_ok();
}

static struct ks_status job_make(struct job *job, const struct ks_classes *classes, unsigned threads,
                                 struct ks_progress *progress)
{
    *job = (struct job){.classes = classes, .progress = progress};
    job->info = ks_alloc(classes->n, sizeof *job->info);
    if (job->info == NULL)
        return ks_nomem("the pairs");
    for (uint32_t v = 0; v < classes->levels; v++)
        for (uint32_t k = classes->level_first[v]; k < classes->level_first[v + 1]; k++) {
            job->info[k] = (struct ks_class_info){.level = v, .size = ks_class_size(classes, k)};
            job->total += classes->count[k];
        }
    KS_TRY(ks_bits_make(classes, &job->bits));
    return split(job, threads);
}

/* Runs the workers; the caller's thread is one of them. Threads that cannot be had are done without. */
static struct ks_status job_run(struct job *job, unsigned threads)
{
    struct worker *workers = ks_zalloc(threads, sizeof *workers);
    if (workers == NULL)
        return ks_nomem("the pairs");
    unsigned started = 1;
    bool ok = true;
    for (unsigned i = 0; i < threads && ok; i++)
        ok = worker_make(&workers[i], job);
    if (ok) {
        while (started < threads && pthread_create(&workers[started].thread, NULL, work, &workers[started]) == 0)
            started++;
        work(&workers[0]);
        for (unsigned i = 1; i < started; i++)
            pthread_join(workers[i].thread, NULL);
    }
    for (unsigned i = 0; i < threads; i++)
        worker_free(&workers[i]);
    ks_free(workers);
    if (!ok || atomic_load(&job->failed) == KS_NOMEM)
        return ks_nomem("the pairs");
    if (atomic_load(&job->failed) == KS_CANCELLED)
        return ks_fail(KS_CANCELLED, "mining was cancelled");
    return ks_ok();
}

/* Puts the chunks' triples after each other. */
static struct ks_status join(struct job *job, struct ks_pairs *pairs)
{
    size_t total = 0;
    for (size_t i = 0; i < job->n_chunks; i++)
        total += job->result[i].n;
    struct ks_triple *at = ks_resize(job->n_chunks > 0 ? job->result[0].at : NULL, total, sizeof *at);
    if (at == NULL)
        return ks_nomem("the triples");
    pairs->n = job->n_chunks > 0 ? job->result[0].n : 0;
    for (size_t i = 1; i < job->n_chunks; i++) {
        if (job->result[i].n > 0)
            memcpy(at + pairs->n, job->result[i].at, job->result[i].n * sizeof *at);
        pairs->n += job->result[i].n;
    }
    if (job->n_chunks > 0)
        job->result[0].at = NULL;
    pairs->triples = at;
    return ks_ok();
}

static void job_free(struct job *job)
{
    for (size_t i = 0; i < job->n_chunks && job->result != NULL; i++)
        ks_free(job->result[i].at);
    ks_bits_free(&job->bits);
    ks_free(job->result);
    ks_free(job->chunk);
    ks_free(job->info);
}

static struct ks_status mine(const struct ks_window_sets *sets, unsigned threads, bool count, struct ks_progress *progress,
                             struct ks_pairs *pairs)
{
    KS_TRY(ks_classes_make(sets, progress, &pairs->classes));
    struct job job;
    threads = threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads;
    struct ks_status status = job_make(&job, &pairs->classes, threads, progress);
    if (ks_is_ok(status))
        status = job_run(&job, threads);
    if (ks_is_ok(status))
        status = join(&job, pairs);
    if (ks_is_ok(status)) {
        ks_bits_trim(&job.bits);
        pairs->bits = job.bits;
        job.bits = (struct ks_bits){0};
    }
    job_free(&job);
    KS_TRY(status);
    return count ? ks_grid_make(pairs) : ks_ok();
}

static struct ks_status make(const struct ks_window_sets *sets, unsigned threads, bool count, struct ks_progress *progress,
                             struct ks_pairs **out)
{
    *out = NULL;
    struct ks_pairs *pairs = ks_zalloc(1, sizeof *pairs);
    if (pairs == NULL)
        return ks_nomem("the pairs");
    struct ks_status status = mine(sets, threads, count, progress, pairs);
    if (ks_is_ok(status))
        *out = pairs;
    else
        ks_pairs_free(pairs);
    return status;
}

struct ks_status ks_pairs_mine(const struct ks_window_sets *sets, unsigned threads, struct ks_progress *progress,
                               struct ks_pairs **out)
{
    return make(sets, threads, true, progress, out);
}

struct ks_status ks_pairs_mine_triples(const struct ks_window_sets *sets, unsigned threads, struct ks_progress *progress,
                                       struct ks_pairs **out)
{
    return make(sets, threads, false, progress, out);
}

void ks_pairs_free(struct ks_pairs *pairs)
{
    if (pairs == NULL)
        return;
    ks_grid_free(pairs);
    ks_bits_free(&pairs->bits);
    ks_classes_free(&pairs->classes);
    ks_free(pairs->triples);
    ks_free(pairs);
}

const struct ks_triple *ks_pairs_triples(const struct ks_pairs *pairs, size_t *n)
{
    *n = pairs->n;
    return pairs->triples;
}

uint32_t ks_pairs_windows(const struct ks_pairs *pairs)
{
    return pairs->classes.sets->l;
}

const struct ks_window_sets *ks_pairs_sets(const struct ks_pairs *pairs)
{
    return pairs->classes.sets;
}
