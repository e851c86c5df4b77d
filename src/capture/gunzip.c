#include "capture/gunzip.h"

#include <limits.h>
#include <zlib.h>

#include "base/memory.h"

enum { BLOCK = 1 << 16, GZIP_ONLY = 16 + MAX_WBITS };

struct ks_gunzip {
    z_stream z;
    ks_gunzip_source *source;
    void *user;
    bool between; /* a member has ended: another, padding or nothing follows */
    bool ended;   /* the input has */
    bool starved; /* memory ran out */
    uint8_t block[BLOCK];
};

static void *take_memory(void *user, unsigned n, unsigned size)
{
    (void)user;
    return ks_alloc(n, size);
}

static void give_memory(void *user, void *memory)
{
    (void)user;
    ks_free(memory);
}

struct ks_gunzip *ks_gunzip_new(ks_gunzip_source *source, void *user)
{
    struct ks_gunzip *gunzip = ks_zalloc(1, sizeof *gunzip);
    if (gunzip == NULL)
        return NULL;
    gunzip->source = source;
    gunzip->user = user;
    gunzip->z.zalloc = take_memory;
    gunzip->z.zfree = give_memory;
    if (inflateInit2(&gunzip->z, GZIP_ONLY) != Z_OK) {
        ks_free(gunzip);
        return NULL;
    }
    return gunzip;
}

void ks_gunzip_free(struct ks_gunzip *gunzip)
{
    if (gunzip == NULL)
        return;
    inflateEnd(&gunzip->z);
    ks_free(gunzip);
}

/* Makes input available; false when the source fails. At the end of the input none is. */
static bool fill(struct ks_gunzip *gunzip)
{
    if (gunzip->z.avail_in != 0 || gunzip->ended)
        return true;
    ssize_t n = gunzip->source(gunzip->user, gunzip->block, BLOCK);
    if (n < 0)
        return false;
    gunzip->z.next_in = gunzip->block;
    gunzip->z.avail_in = (unsigned)n;
    gunzip->ended = n == 0;
    return true;
}

/* Between members: passes over zeros, which tapes and block devices put there. 1: another member, 0: the end, -1: the source failed. */
static int next_member(struct ks_gunzip *gunzip)
{
    for (;;) {
        if (!fill(gunzip))
            return -1;
        if (gunzip->z.avail_in == 0)
            return 0;
        if (*gunzip->z.next_in != 0)
            break;
        gunzip->z.next_in++;
        gunzip->z.avail_in--;
    }
    inflateReset(&gunzip->z);
    gunzip->between = false;
    return 1;
}

/* One step; 1: go on, 0: the end, -1: failed. */
static int step(struct ks_gunzip *gunzip, const char **words)
{
    if (gunzip->between)
        return next_member(gunzip);
    if (!fill(gunzip))
        return -1;
    int got = inflate(&gunzip->z, Z_NO_FLUSH);
    if (got == Z_STREAM_END)
        gunzip->between = true;
    else if (got == Z_MEM_ERROR)
        gunzip->starved = true;
    else if (got == Z_BUF_ERROR && gunzip->ended)
        *words = "the data end too early";
    else if (got != Z_OK && got != Z_BUF_ERROR)
        *words = gunzip->z.msg != NULL ? gunzip->z.msg : "not deflated data";
    return *words == NULL && !gunzip->starved ? 1 : -1;
}

bool ks_gunzip_starved(const struct ks_gunzip *gunzip)
{
    return gunzip->starved;
}

ssize_t ks_gunzip_read(struct ks_gunzip *gunzip, void *out, size_t n, const char **words)
{
    unsigned want = n < INT_MAX ? (unsigned)n : INT_MAX;
    gunzip->z.next_out = out;
    gunzip->z.avail_out = want;
    *words = NULL;
    int more = 1;
    while (gunzip->z.avail_out != 0 && more > 0)
        more = step(gunzip, words);
    if (gunzip->z.avail_out != want) { /* a failure is found again by the next call */
        *words = NULL;
        return (ssize_t)(want - gunzip->z.avail_out);
    }
    return more < 0 ? -1 : 0;
}
