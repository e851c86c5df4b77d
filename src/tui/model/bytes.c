#include "tui/model/bytes.h"

#include <string.h>

#include "base/memory.h"

enum { MOST = 16 << 20 }; /* bytes kept at once; at least one packet */

struct kept {
    uint32_t number;
    int link_type;
    uint32_t length;
    size_t from, n;
};

/* A reading: what is asked for, then what came of it. */
struct ks_bytes {
    struct ks_origin origin;
    struct ks_extract_packet *wanted;
    size_t n_wanted;
    struct kept *kept; /* n_wanted places */
    size_t n_kept;
    uint8_t *at;
    size_t n, cap;
    bool nomem;
    struct ks_status status;
};

static bool copy_origin(struct ks_capture *capture, char *const *paths, size_t n, struct ks_origin *out)
{
    *out = (struct ks_origin){.capture = ks_capture_retain(capture), .paths = ks_zalloc(n, sizeof *out->paths)};
    for (; out->paths != NULL && out->n_paths < n; out->n_paths++)
        if ((out->paths[out->n_paths] = ks_strdup(paths[out->n_paths])) == NULL)
            return false;
    return out->paths != NULL;
}

bool ks_origin_take(const struct ks_model *model, struct ks_origin *out)
{
    return copy_origin(model->capture, model->paths, model->n_paths, out);
}

void ks_origin_free(struct ks_origin *origin)
{
    for (size_t i = 0; i < origin->n_paths; i++)
        ks_free(origin->paths[i]);
    ks_free(origin->paths);
    ks_capture_release(origin->capture);
    *origin = (struct ks_origin){0};
}

size_t ks_origin_file(const struct ks_origin *origin, uint32_t number, uint64_t *within)
{
    const struct ks_capture_info *info = &origin->capture->info;
    size_t i = 0;
    *within = number;
    while (i + 1 < info->n_files && *within > info->files[i].packets)
        *within -= info->files[i++].packets;
    return i;
}

static void free_bytes(void *context)
{
    struct ks_bytes *b = context;
    if (b == NULL)
        return;
    ks_origin_free(&b->origin);
    ks_free(b->wanted);
    ks_free(b->kept);
    ks_free(b->at);
    ks_free(b);
}

void ks_bytes_free(struct ks_model *model)
{
    free_bytes(model->bytes);
    model->bytes = NULL;
}

static bool keep(void *context, const struct ks_extract_packet *packet, int link_type, uint32_t length, const uint8_t *bytes, size_t n)
{
    struct ks_bytes *b = context;
    if (b->n_kept == b->n_wanted || (b->n_kept > 0 && b->n + n > MOST))
        return false;
    if (!ks_reserve((void **)&b->at, &b->cap, b->n + n, 1)) {
        b->nomem = true;
        return false;
    }
    if (n > 0)
        memcpy(b->at + b->n, bytes, n);
    b->kept[b->n_kept++] = (struct kept){packet->number, link_type, length, b->n, n};
    b->n += n;
    return true;
}

static struct ks_status run(void *context, struct ks_progress *progress)
{
    struct ks_bytes *b = context;
    struct ks_extract extract = {.paths = (const char *const *)b->origin.paths, .n_paths = b->origin.n_paths, .packets = b->wanted,
                                 .n = b->n_wanted, .take = keep, .context = b};
    struct ks_status status = ks_extract(&extract, progress, NULL);
    return b->nomem ? ks_nomem("the packets' bytes") : status;
}

/* Takes the job's result out of its context: what the context keeps is dropped empty. */
static void done(void *owner, void *context, struct ks_status status)
{
    struct ks_model *model = owner;
    struct ks_bytes *b = context, *fresh = ks_alloc(1, sizeof *fresh);
    if (fresh == NULL) {
        ks_say_status(model, ks_nomem("the packets' bytes"));
        return;
    }
    *fresh = *b;
    fresh->status = status;
    *b = (struct ks_bytes){0};
    ks_bytes_free(model);
    model->bytes = fresh;
}

void ks_bytes_read(struct ks_model *model, const struct ks_origin *origin, const struct ks_extract_packet *packets, size_t n)
{
    struct ks_bytes *b = ks_zalloc(1, sizeof *b);
    bool ok = b != NULL && n > 0 && copy_origin(origin->capture, origin->paths, origin->n_paths, &b->origin);
    if (ok) {
        b->wanted = ks_alloc(n, sizeof *b->wanted);
        b->kept = ks_alloc(n, sizeof *b->kept);
        b->n_wanted = n;
    }
    if (!ok || b->wanted == NULL || b->kept == NULL) {
        free_bytes(b);
        ks_say_status(model, ks_nomem("the packets' bytes"));
        return;
    }
    memcpy(b->wanted, packets, n * sizeof *packets);
    ks_say_status(model, ks_worker_submit(model->worker, &(struct ks_job){KS_JOB_BYTES, b, run, done, free_bytes}));
}

/* The last reading if it was of this capture and asked for the packet. */
static const struct ks_bytes *of(const struct ks_model *model, const struct ks_origin *origin, uint32_t number)
{
    const struct ks_bytes *b = model->bytes;
    if (b == NULL || b->origin.capture != origin->capture || b->n_wanted == 0)
        return NULL;
    return number >= b->wanted[0].number && number <= b->wanted[b->n_wanted - 1].number ? b : NULL;
}

bool ks_bytes_find(const struct ks_model *model, const struct ks_origin *origin, uint32_t number, struct ks_packet_bytes *out)
{
    const struct ks_bytes *b = of(model, origin, number);
    size_t low = 0, high = b != NULL ? b->n_kept : 0;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (b->kept[mid].number < number)
            low = mid + 1;
        else
            high = mid;
    }
    if (b == NULL || low >= b->n_kept || b->kept[low].number != number)
        return false;
    const struct kept *k = &b->kept[low];
    *out = (struct ks_packet_bytes){k->number, k->link_type, k->length, b->at + k->from, k->n};
    return true;
}

const char *ks_bytes_problem(const struct ks_model *model, const struct ks_origin *origin, uint32_t number)
{
    const struct ks_bytes *b = of(model, origin, number);
    if (ks_worker_busy(model->worker, KS_JOB_BYTES) || b == NULL)
        return NULL;
    return ks_is_ok(b->status) ? "the capture does not hold it any more" : b->status.message;
}
