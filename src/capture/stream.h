/* Bytes of one input: a file, a pipe or standard input, expanded where its content says that it is compressed. */
#ifndef KS_CAPTURE_STREAM_H
#define KS_CAPTURE_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/progress.h"
#include "base/status.h"

/* The guard against decompression bombs: an input that has given this many bytes and more than so many times what it took is not read
 * further. Captures compress by 2 to 20, floods of equal packets by a
 * few hundred; a bomb of zeros by 1030 (gzip) and more. */
enum { KS_RATIO_MAX = 1000 };
#define KS_RATIO_FROM ((uint64_t)256 << 20)

/* How far reading has come over all inputs, for the progress display. */
struct ks_meter {
    struct ks_progress *progress; /* may be NULL */
    uint64_t done, total;         /* bytes of input; total 0 while unknown */
};

struct ks_stream;

/* Opens a path ("-" is standard input, which is never looked up as a name). max_expanded: bytes that may come out of decompression, 0: only
 * the guard above. KS_INPUT: cannot be opened, a directory, a terminal, empty, nobody writes to the pipe; KS_CANCELLED, KS_NOMEM. */
struct ks_status ks_stream_open(const char *path, uint64_t max_expanded, struct ks_meter *meter, struct ks_stream **out);

/* The same over bytes in memory, which must outlive the stream. */
struct ks_status ks_stream_open_bytes(const uint8_t *bytes, size_t n, uint64_t max_expanded, struct ks_meter *meter,
                                      struct ks_stream **out);

/* Up to n (expanded) bytes; 0 at the end, -1 after a problem. */
ssize_t ks_stream_read(struct ks_stream *stream, void *out, size_t n);

/* The first n expanded bytes (n <= KS_STREAM_PEEK) without taking them, NULL where there are fewer or after a problem. Only before the first
 * read; they stay where they are until then. */
enum { KS_STREAM_PEEK = 24 };
const uint8_t *ks_stream_peek(struct ks_stream *stream, size_t n);

/* "none", "gzip", "zstd", "xz", "lz4", "bzip2". */
const char *ks_stream_compression(const struct ks_stream *stream);

/* Size on disk, 0 where unknown. */
uint64_t ks_stream_size(const struct ks_stream *stream);

/* Why reading ended: success at the end of the input, otherwise KS_INPUT (the system's or the decompressor's words), KS_LIMIT,
 * KS_CANCELLED, KS_NOMEM. */
struct ks_status ks_stream_problem(const struct ks_stream *stream);

/* The rest of the stream as a FILE, which is closed by fclose before the stream; NULL with a problem. */
FILE *ks_stream_file(struct ks_stream *stream);

/* Has a function called whenever a pipe has given nothing for a tenth of a second, so that what came before need not wait for more. silent: a
 * second of that is over, and it will not be called again before bytes come. */
void ks_stream_on_idle(struct ks_stream *stream, void (*idle)(void *user, bool silent), void *user);

/* Brings the progress up to date with what the FILE has read. */
void ks_stream_advance(struct ks_stream *stream);

void ks_stream_close(struct ks_stream *stream);

#endif
