#include "config.h" /* fopencookie */

#include "capture/stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio_ext.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "capture/gunzip.h"
#include "capture/hold.h"

enum { BLOCK = 1 << 20, FILE_BUFFER = 1 << 18, PIPE = 1 << 20, HEAD = 16, CANCEL_MS = 100, SILENT_MS = 1000, WRITER_MS = 3000 };

struct ks_stream {
    int fd; /* -1: bytes in memory */
    bool owned;   /* fd is ours to close */
    bool waits;   /* reading may block: ask before */
    bool fifo;    /* a named pipe, which may have no writer yet */
    bool probed;  /* it had a writer when nothing came for a while: that one's end is told */
    int waited;   /* for its writer, ms */
    bool regular; /* a file on disk, which can be read from any place */
    bool handed;  /* a FILE of its own reads it */
    const uint8_t *memory;
    size_t memory_left;
    uint64_t size, taken;       /* bytes of input: on disk, read so far */
    uint8_t head[HEAD];         /* what was read to find out the kind of input */
    size_t head_at, head_n;
    uint8_t *block;             /* input for the decompressor, */
    size_t block_n;             /* the last that it got, */
    uint64_t fed;               /* and all of it */
    struct archive *archive;    /* expands all but gzip; both NULL: not compressed */
    bool over;                  /* it has given all */
    const uint8_t *piece;       /* what it gave last and is not yet taken */
    size_t piece_n;
    struct ks_gunzip *gunzip;
    const char *compression;
    uint8_t first[KS_STREAM_PEEK]; /* the same for the expanded bytes */
    size_t first_at, first_n;
    uint64_t given, max_given;  /* expanded bytes, and how many may be */
    char *file_buffer;
    struct ks_meter *meter;
    void (*idle)(void *user, bool silent); /* NULL: nobody wants to know */
    void *idle_user;
    struct ks_status problem;
};

static ssize_t fail(struct ks_stream *stream, struct ks_status status)
{
    if (ks_is_ok(stream->problem))
        stream->problem = status;
    return -1;
}

/* Waits until a pipe has bytes or ends, or for a while: reading then says which. False after a cancel or a failure. After a second nothing wakes it but
 * bytes and a cancel. */
static bool await(struct ks_stream *stream)
{
    struct pollfd wanted[2] = {{.fd = stream->fd, .events = POLLIN}, {.fd = ks_progress_wake(stream->meter->progress), .events = POLLIN}};
    bool early = stream->fifo && stream->taken == 0;
    int silent = 0; /* ms */
    for (int patience = 0;; patience = silent >= SILENT_MS && wanted[1].fd >= 0 ? -1 : CANCEL_MS) {
        if (ks_cancelled(stream->meter->progress)) {
            fail(stream, ks_fail(KS_CANCELLED, "cancelled"));
            return false;
        }
        int ready = poll(wanted, 2, patience);
        if (ready < 0 && errno != EINTR) {
            fail(stream, ks_fail(KS_INPUT, "%s", strerror(errno)));
            return false;
        }
        if (wanted[0].revents != 0)
            return true;
        if (ready != 0 || patience == 0)
            continue;
        bool now = silent < SILENT_MS && silent + patience >= SILENT_MS;
        silent += silent < SILENT_MS ? patience : 0;
        if (stream->idle != NULL)
            stream->idle(stream->idle_user, now);
        if (early)
            return true;
        if (stream->fifo && !stream->probed) { /* that a writer is gone since before it was opened, only reading tells */
            stream->probed = true;
            return true;
        }
    }
}

/* A named pipe seems ended before anything came: its writer may be late. False when it was waited for long enough. */
static bool writer_may_come(struct ks_stream *stream)
{
    if (stream->waited >= WRITER_MS) {
        fail(stream, ks_fail(KS_INPUT, "a named pipe that nobody writes to"));
        return false;
    }
    stream->waited += CANCEL_MS;
    (void)poll(NULL, 0, CANCEL_MS);
    return true;
}

static ssize_t from_memory(struct ks_stream *stream, void *out, size_t n)
{
    if (n > stream->memory_left)
        n = stream->memory_left;
    if (n != 0)
        memcpy(out, stream->memory, n);
    stream->memory += n;
    stream->memory_left -= n;
    stream->taken += n;
    return (ssize_t)n;
}

/* Bytes of the input itself. */
static ssize_t take(struct ks_stream *stream, void *out, size_t n)
{
    if (stream->fd < 0)
        return from_memory(stream, out, n);
    for (;;) {
        if (stream->waits && !await(stream))
            return -1;
        if (ks_cancelled(stream->meter->progress))
            return fail(stream, ks_fail(KS_CANCELLED, "cancelled"));
        ssize_t got = read(stream->fd, out, n);
        if (got < 0 && (errno == EINTR || (errno == EAGAIN && stream->waits)))
            continue;
        if (got < 0)
            return fail(stream, ks_fail(KS_INPUT, "%s", strerror(errno)));
        if (got == 0 && stream->fifo && stream->taken == 0) {
            if (!writer_may_come(stream))
                return -1;
            continue;
        }
        stream->taken += (uint64_t)got;
        stream->meter->done += (uint64_t)got;
        ks_progress_set(stream->meter->progress, stream->meter->done, stream->meter->total);
        return got;
    }
}

/* The same, beginning with what was read to find out the kind. */
static ssize_t take_all(struct ks_stream *stream, void *out, size_t n)
{
    size_t ready = stream->head_n - stream->head_at;
    if (ready == 0)
        return take(stream, out, n);
    if (n > ready)
        n = ready;
    memcpy(out, stream->head + stream->head_at, n);
    stream->head_at += n;
    return (ssize_t)n;
}

static bool fill_head(struct ks_stream *stream)
{
    while (stream->head_n < HEAD) {
        size_t had = stream->head_n;
        ssize_t n = take(stream, stream->head + had, HEAD - had);
        if (n < 0)
            return false;
        stream->head_n += (size_t)n;
        if (stream->head_n == had)
            break;
    }
    return true;
}

/* The compression that the first bytes name; NULL where they name none. */
static const char *compression_of(const uint8_t *head, size_t n)
{
    static const struct {
        const char *name;
        uint8_t n, bytes[6];
    } known[] = {
        {"gzip", 2, {0x1f, 0x8b}},
        {"zstd", 4, {0x28, 0xb5, 0x2f, 0xfd}},
        {"xz", 6, {0xfd, '7', 'z', 'X', 'Z', 0}},
        {"lz4", 4, {0x04, 0x22, 0x4d, 0x18}},
        {"lz4", 4, {0x02, 0x21, 0x4c, 0x18}}, /* the legacy frame */
        {"bzip2", 3, {'B', 'Z', 'h'}},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (n >= known[i].n && memcmp(head, known[i].bytes, known[i].n) == 0)
            return known[i].name;
    /* A zstd file may begin with a frame to be skipped (RFC 8878, 3.1.2). */
    if (n >= 4 && (head[0] & 0xf0) == 0x50 && head[1] == 0x2a && head[2] == 0x4d && head[3] == 0x18)
        return "zstd";
    return NULL;
}

static la_ssize_t on_archive_read(struct archive *archive, void *user, const void **out)
{
    struct ks_stream *stream = user;
    *out = stream->block;
    ssize_t n = take_all(stream, stream->block, BLOCK);
    if (n < 0)
        archive_set_error(archive, EIO, "%s", stream->problem.message);
    if (n > 0) {
        stream->block_n = (size_t)n;
        stream->fed += (uint64_t)n;
    }
    return n;
}

static struct ks_status archive_problem(struct ks_stream *stream)
{
    if (!ks_is_ok(stream->problem))
        return stream->problem;
    const char *words = archive_error_string(stream->archive);
    return ks_fail(KS_INPUT, "damaged %s data: %s", stream->compression, words != NULL ? words : "unknown error");
}

static struct ks_status open_archive(struct ks_stream *stream)
{
    stream->block = ks_alloc(BLOCK, 1);
    stream->archive = stream->block != NULL ? archive_read_new() : NULL;
    struct archive *archive = stream->archive;
    if (archive == NULL)
        return ks_nomem("decompression");
    archive_read_support_filter_gzip(archive); /* within another compression */
    archive_read_support_filter_zstd(archive);
    archive_read_support_filter_xz(archive);
    archive_read_support_filter_lz4(archive);
    archive_read_support_filter_bzip2(archive);
    archive_read_support_format_raw(archive);
    archive_read_support_format_empty(archive);
    struct archive_entry *entry;
    if (archive_read_open(archive, stream, NULL, on_archive_read, NULL) < ARCHIVE_WARN)
        return archive_problem(stream);
    int got = archive_read_next_header(archive, &entry);
    stream->over = got == ARCHIVE_EOF; /* nothing was compressed */
    return got == ARCHIVE_EOF || got >= ARCHIVE_WARN ? ks_ok() : archive_problem(stream);
}

static ssize_t on_gunzip_read(void *user, void *out, size_t n)
{
    return take_all(user, out, n);
}

static struct ks_status open_gunzip(struct ks_stream *stream)
{
    stream->gunzip = ks_gunzip_new(on_gunzip_read, stream);
    return stream->gunzip != NULL ? ks_ok() : ks_nomem("decompression");
}

static bool all_zero(const uint8_t *bytes, size_t n)
{
    return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}

/* Whether nothing follows the compressed data, or only zeros, as on a tape. Some decompressors stop at anything else without a word, be it another part of
 * which the first bytes are damaged. */
static bool ends_cleanly(struct ks_stream *stream)
{
    la_int64_t taken = archive_filter_bytes(stream->archive, -1);
    uint64_t left = taken >= 0 && (uint64_t)taken < stream->fed ? stream->fed - (uint64_t)taken : 0;
    if (left > stream->block_n || !all_zero(stream->block + (stream->block_n - left), (size_t)left))
        return false;
    for (ssize_t n; (n = take_all(stream, stream->block, BLOCK)) > 0;)
        if (!all_zero(stream->block, (size_t)n))
            return false;
    return true;
}

static ssize_t from_ended(struct ks_stream *stream)
{
    if (!stream->over && !ends_cleanly(stream))
        return fail(stream, ks_fail(KS_INPUT, "damaged %s data: something else follows their end", stream->compression));
    stream->over = true;
    return ks_is_ok(stream->problem) ? 0 : -1;
}

/* By the library's own blocks: its archive_read_data would drop what it copied before the data turn out to be damaged. */
static ssize_t from_archive(struct ks_stream *stream, void *out, size_t n)
{
    while (stream->piece_n == 0) {
        const void *block = NULL;
        size_t size = 0;
        la_int64_t offset;
        int got = stream->over ? ARCHIVE_EOF : archive_read_data_block(stream->archive, &block, &size, &offset);
        if (got == ARCHIVE_EOF)
            return from_ended(stream);
        if (got < ARCHIVE_WARN)
            return fail(stream, archive_problem(stream));
        stream->piece = block;
        stream->piece_n = size;
    }
    if (n > stream->piece_n)
        n = stream->piece_n;
    memcpy(out, stream->piece, n);
    stream->piece += n;
    stream->piece_n -= n;
    return (ssize_t)n;
}

static ssize_t expand_any(struct ks_stream *stream, void *out, size_t n)
{
    if (stream->gunzip == NULL)
        return from_archive(stream, out, n);
    const char *words;
    ssize_t got = ks_gunzip_read(stream->gunzip, out, n, &words);
    if (got < 0 && ks_gunzip_starved(stream->gunzip))
        return fail(stream, ks_nomem("decompression"));
    if (got < 0 && words != NULL)
        return fail(stream, ks_fail(KS_INPUT, "damaged gzip data: %s", words));
    return got;
}

/* Expanded bytes, as long as they are within bounds. */
static ssize_t expand(struct ks_stream *stream, void *out, size_t n)
{
    if (!ks_is_ok(stream->problem))
        return -1;
    if (stream->max_given != 0 && stream->given >= stream->max_given)
        return fail(stream, ks_fail(KS_LIMIT, "the limit of %llu expanded bytes is reached",
                                    (unsigned long long)stream->max_given));
    if (stream->given > KS_RATIO_FROM && stream->given / KS_RATIO_MAX > stream->taken)
        return fail(stream, ks_fail(KS_LIMIT, "expands more than %d-fold: taken for a decompression bomb after %llu bytes",
                                    KS_RATIO_MAX, (unsigned long long)stream->given));
    if (stream->max_given != 0 && n > stream->max_given - stream->given)
        n = (size_t)(stream->max_given - stream->given);
    ssize_t got = expand_any(stream, out, n);
    stream->given += got > 0 ? (uint64_t)got : 0;
    return got;
}

static ssize_t read_on(struct ks_stream *stream, void *out, size_t n)
{
    return stream->compression != NULL ? expand(stream, out, n) : take_all(stream, out, n);
}

ssize_t ks_stream_read(struct ks_stream *stream, void *out, size_t n)
{
    size_t ready = stream->first_n - stream->first_at;
    if (ready == 0)
        return read_on(stream, out, n);
    if (n > ready)
        n = ready;
    memcpy(out, stream->first + stream->first_at, n);
    stream->first_at += n;
    return (ssize_t)n;
}

const uint8_t *ks_stream_peek(struct ks_stream *stream, size_t n)
{
    while (stream->first_n < n) {
        ssize_t got = n <= KS_STREAM_PEEK ? read_on(stream, stream->first + stream->first_n, n - stream->first_n) : 0;
        if (got <= 0)
            return NULL;
        stream->first_n += (size_t)got;
    }
    return stream->first;
}

const char *ks_stream_compression(const struct ks_stream *stream)
{
    return stream->compression != NULL ? stream->compression : "none";
}

uint64_t ks_stream_size(const struct ks_stream *stream)
{
    return stream->size;
}

struct ks_status ks_stream_problem(const struct ks_stream *stream)
{
    return stream->problem;
}

static ssize_t on_file_read(void *cookie, char *out, size_t n)
{
    return ks_stream_read(cookie, out, n);
}

/* A plain file's own FILE, from the first byte on. libpcap takes two small pieces for each packet: glibc gives them from such a FILE in half
 * the time that it needs with a cookie. */
static FILE *open_plain(struct ks_stream *stream)
{
    int fd = fcntl(stream->fd, F_DUPFD_CLOEXEC, 0);
    FILE *file = fd >= 0 && lseek(fd, -(off_t)stream->head_n, SEEK_CUR) >= 0 ? fdopen(fd, "rb") : NULL;
    if (file == NULL)
        fail(stream, ks_fail(KS_INPUT, "%s", strerror(errno)));
    if (file == NULL && fd >= 0)
        close(fd);
    stream->handed = file != NULL;
    return file;
}

FILE *ks_stream_file(struct ks_stream *stream)
{
    cookie_io_functions_t calls = {.read = on_file_read};
    bool plain = stream->regular && stream->compression == NULL;
    stream->file_buffer = ks_alloc(FILE_BUFFER, 1);
    FILE *file = stream->file_buffer == NULL ? NULL : plain ? open_plain(stream) : fopencookie(stream, "rb", calls);
    if (file == NULL) {
        fail(stream, ks_nomem("a read buffer")); /* unless it is something else */
        return NULL;
    }
    setvbuf(file, stream->file_buffer, _IOFBF, FILE_BUFFER);
    __fsetlocking(file, FSETLOCKING_BYCALLER); /* one thread reads it */
    return file;
}

/* Opens what a path names and finds out how it is to be read. */
static struct ks_status open_path(struct ks_stream *stream, const char *path)
{
    bool standard = strcmp(path, "-") == 0;
    if (standard && isatty(STDIN_FILENO))
        return ks_fail(KS_INPUT, "standard input is a terminal: pipe a capture into it");
    stream->fd = standard ? STDIN_FILENO : ks_open_capture(path);
    stream->owned = !standard;
    if (stream->fd < 0)
        return ks_fail(KS_INPUT, "%s", errno == ENXIO ? "a socket, not a capture" : strerror(errno));
    struct stat status;
    if (fstat(stream->fd, &status) != 0)
        return ks_fail(KS_INPUT, "%s", strerror(errno));
    if (S_ISDIR(status.st_mode))
        return ks_fail(KS_INPUT, "a directory: name the captures in it");
    stream->waits = !S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode);
    stream->fifo = S_ISFIFO(status.st_mode) && !standard;
    stream->regular = S_ISREG(status.st_mode);
    if (S_ISFIFO(status.st_mode))
        (void)fcntl(stream->fd, F_SETPIPE_SZ, PIPE); /* fewer turns between its ends; as it was where that is not allowed */
    if (stream->regular) {
        stream->size = (uint64_t)status.st_size;
        (void)posix_fadvise(stream->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    return ks_ok();
}

/* The part of opening that memory and files share. On failure the stream is closed. */
static struct ks_status begin(struct ks_stream *stream, struct ks_status status, struct ks_stream **out)
{
    if (ks_is_ok(status) && !fill_head(stream))
        status = stream->problem;
    if (ks_is_ok(status) && stream->head_n == 0)
        status = ks_fail(KS_INPUT, "empty: there is no capture in it");
    if (ks_is_ok(status)) {
        stream->compression = compression_of(stream->head, stream->head_n);
        if (stream->compression != NULL)
            status = strcmp(stream->compression, "gzip") == 0 ? open_gunzip(stream) : open_archive(stream);
    }
    if (!ks_is_ok(status)) {
        ks_stream_close(stream);
        return status;
    }
    *out = stream;
    return ks_ok();
}

struct ks_status ks_stream_open(const char *path, uint64_t max_expanded, struct ks_meter *meter, struct ks_stream **out)
{
    *out = NULL;
    struct ks_stream *stream = ks_zalloc(1, sizeof *stream);
    if (stream == NULL)
        return ks_nomem("an input");
    stream->fd = -1;
    stream->meter = meter;
    stream->max_given = max_expanded;
    return begin(stream, open_path(stream, path), out);
}

struct ks_status ks_stream_open_bytes(const uint8_t *bytes, size_t n, uint64_t max_expanded, struct ks_meter *meter,
                                      struct ks_stream **out)
{
    *out = NULL;
    struct ks_stream *stream = ks_zalloc(1, sizeof *stream);
    if (stream == NULL)
        return ks_nomem("an input");
    stream->fd = -1;
    stream->memory = bytes;
    stream->memory_left = n;
    stream->size = n;
    stream->meter = meter;
    stream->max_given = max_expanded;
    return begin(stream, ks_ok(), out);
}

void ks_stream_on_idle(struct ks_stream *stream, void (*idle)(void *user, bool silent), void *user)
{
    stream->idle = idle;
    stream->idle_user = user;
}

void ks_stream_advance(struct ks_stream *stream)
{
    off_t at = stream->handed ? lseek(stream->fd, 0, SEEK_CUR) : -1; /* the FILE's descriptor shares it */
    if (at < 0 || (uint64_t)at <= stream->taken)
        return;
    stream->meter->done += (uint64_t)at - stream->taken;
    stream->taken = (uint64_t)at;
    ks_progress_set(stream->meter->progress, stream->meter->done, stream->meter->total);
}

void ks_stream_close(struct ks_stream *stream)
{
    if (stream->archive != NULL)
        archive_read_free(stream->archive);
    ks_gunzip_free(stream->gunzip);
    if (stream->owned && stream->fd >= 0)
        close(stream->fd);
    ks_free(stream->block);
    ks_free(stream->file_buffer);
    ks_free(stream);
}
