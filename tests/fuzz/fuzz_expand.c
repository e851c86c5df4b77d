/* Decompression. One byte of how to read, then a compressed file: read in pieces of two sizes it gives the same bytes and the same end, and never
 * more than the limit. With the highest bit set the rest is compressed first, and must come out as it went in. */
#include <string.h>
#include <zlib.h>

#include "capture/stream.h"
#include "fuzz.h"

enum { MOST = 1 << 16 };

struct result {
    uint8_t *at;
    size_t n;
    struct ks_status problem;
    char compression[8];
    bool opened;
};

static struct result expand(const uint8_t *bytes, size_t n, uint64_t limit, size_t piece)
{
    struct result r = {.at = malloc(MOST + 1)};
    struct ks_meter meter = {0};
    struct ks_stream *stream = NULL;
    FUZZ_CHECK(r.at != NULL);
    r.problem = ks_stream_open_bytes(bytes, n, limit, &meter, &stream);
    r.opened = ks_is_ok(r.problem);
    if (!r.opened)
        return r;
    snprintf(r.compression, sizeof r.compression, "%s", ks_stream_compression(stream));
    const uint8_t *peeked = ks_stream_peek(stream, 4);
    uint8_t first[4];
    if (peeked != NULL)
        memcpy(first, peeked, 4);
    for (ssize_t got; r.n < MOST && (got = ks_stream_read(stream, r.at + r.n, piece < MOST - r.n ? piece : MOST - r.n)) > 0;)
        r.n += (size_t)got;
    FUZZ_CHECK(peeked == NULL || (r.n >= 4 && memcmp(first, r.at, 4) == 0));
    r.problem = ks_stream_problem(stream);
    ks_stream_close(stream);
    return r;
}

static void compare(const uint8_t *bytes, size_t n, uint64_t limit, size_t piece)
{
    struct result one = expand(bytes, n, limit, piece), two = expand(bytes, n, limit, 1 << 16);
    FUZZ_CHECK(one.opened == two.opened && one.n == two.n && memcmp(one.at, two.at, one.n) == 0);
    FUZZ_CHECK(one.n == MOST || one.problem.code == two.problem.code);
    FUZZ_CHECK(fuzz_harmless(one.problem.message));
    if (one.opened && strcmp(one.compression, "none") == 0)
        FUZZ_CHECK(one.n == (n < MOST ? n : MOST) && memcmp(one.at, bytes, one.n) == 0);
    else
        FUZZ_CHECK(limit == 0 || one.n <= limit);
    free(one.at);
    free(two.at);
}

static void there_and_back(const uint8_t *bytes, size_t n, size_t piece)
{
    uLongf room = compressBound((uLong)n) + 32;
    uint8_t *packed = malloc(room);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)n, .next_out = packed, .avail_out = (uInt)room};
    FUZZ_CHECK(packed != NULL && deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    FUZZ_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    struct result back = expand(packed, z.total_out, 0, piece);
    FUZZ_CHECK(back.opened && ks_is_ok(back.problem) && strcmp(back.compression, "gzip") == 0);
    FUZZ_CHECK(back.n == n && (n == 0 || memcmp(back.at, bytes, n) == 0));
    FUZZ_CHECK(deflateEnd(&z) == Z_OK);
    free(back.at);
    free(packed);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 2 || n > MOST)
        return 0;
    size_t piece = (size_t)1 << (bytes[0] & 7);
    if ((bytes[0] & 0x80) != 0)
        there_and_back(bytes + 1, n - 1, piece);
    else
        compare(bytes + 1, n - 1, (bytes[0] & 8) != 0 ? 100 : MOST, piece);
    return 0;
}
