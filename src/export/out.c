#include "export/out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "export/safe_file.h"

enum { BUFFER = 65536, CANCEL_MS = 100 };

struct ks_out {
    struct ks_safe_file *file; /* one of the three sinks */
    int fd;
    struct ks_text *text;
    bool own_fd;  /* closed with it */
    bool waits;   /* it may take nothing for a while */
    char *name;   /* of the descriptor, for messages */
    size_t limit; /* of the text; 0: none */
    struct ks_progress *progress;
    struct ks_status status; /* the first failure */
    bool ended;              /* nobody wants the rest */
    size_t n;                /* bytes in the buffer */
    char buffer[BUFFER];
};

static struct ks_status make(struct ks_progress *progress, struct ks_out **out)
{
    *out = ks_alloc(1, sizeof **out);
    if (*out == NULL)
        return ks_nomem("writing");
    struct ks_out *made = *out;
    made->file = NULL;
    made->fd = -1;
    made->text = NULL;
    made->own_fd = false;
    made->waits = false;
    made->name = NULL;
    made->limit = 0;
    made->progress = progress;
    made->status = ks_ok();
    made->ended = false;
    made->n = 0;
    return ks_ok();
}

struct ks_status ks_out_open_fd(int fd, const char *name, struct ks_progress *progress, struct ks_out **out)
{
    KS_TRY(make(progress, out));
    struct stat st;
    (*out)->fd = fd;
    (*out)->waits = fstat(fd, &st) == 0 && !S_ISREG(st.st_mode);
    (*out)->name = ks_strdup(name);
    if ((*out)->name == NULL) {
        ks_free(*out);
        *out = NULL;
        return ks_nomem("a file name");
    }
    return ks_ok();
}

/* Devices and named pipes are written to; they cannot be replaced by a rename. */
static struct ks_status open_special(const char *path, struct ks_progress *progress, struct ks_out **out)
{
    int fd;
    while ((fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) < 0 && errno == ENXIO) { /* nobody reads the pipe yet */
        if (ks_cancelled(progress))
            return ks_fail(KS_CANCELLED, "cancelled");
        (void)poll(NULL, 0, CANCEL_MS);
    }
    if (fd < 0)
        return ks_fail(KS_IO, "cannot write %s: %s", path, strerror(errno));
    struct ks_status status = ks_out_open_fd(fd, path, progress, out);
    if (ks_is_ok(status))
        (*out)->own_fd = true;
    else
        close(fd);
    return status;
}

struct ks_status ks_out_open(const char *path, bool replace, struct ks_progress *progress,
                             struct ks_out **out)
{
    *out = NULL;
    struct stat st;
    if (strcmp(path, "-") == 0)
        return ks_out_open_fd(STDOUT_FILENO, "standard output", progress, out);
    if (stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
        return open_special(path, progress, out);
    KS_TRY(make(progress, out));
    struct ks_status status = ks_safe_file_create(path, replace, &(*out)->file);
    if (!ks_is_ok(status)) {
        ks_free(*out);
        *out = NULL;
    }
    return status;
}

struct ks_status ks_out_open_text(struct ks_text *text, size_t limit, struct ks_progress *progress,
                                  struct ks_out **out)
{
    KS_TRY(make(progress, out));
    (*out)->text = text;
    (*out)->limit = limit;
    return ks_ok();
}

/* Waits until a pipe or a terminal takes PIPE_BUF bytes without holding the program up; false after a cancel. */
static bool await_room(struct ks_out *out)
{
    struct pollfd wanted[2] = {{.fd = out->fd, .events = POLLOUT}, {.fd = ks_progress_wake(out->progress), .events = POLLIN}};
    while (!ks_cancelled(out->progress)) {
        int ready = poll(wanted, 2, wanted[1].fd >= 0 ? -1 : CANCEL_MS);
        if (wanted[0].revents != 0 || (ready < 0 && errno != EINTR))
            return true; /* a failure is told by the writing */
    }
    out->status = ks_fail(KS_CANCELLED, "cancelled");
    return false;
}

static void write_fd(struct ks_out *out, const char *at, size_t n)
{
    while (n > 0) {
        if (out->waits && !await_room(out))
            return;
        ssize_t written = write(out->fd, at, out->waits && n > PIPE_BUF ? PIPE_BUF : n);
        if (written < 0 && (errno == EINTR || (errno == EAGAIN && out->waits)))
            continue;
        if (written < 0 && errno == EPIPE) {
            out->ended = true;
            return;
        }
        if (written <= 0) {
            out->status = ks_fail(KS_IO, "cannot write %s: %s", out->name,
                                  written < 0 && errno != ENOSPC ? strerror(errno) : "the disk is full");
            return;
        }
        at += written;
        n -= (size_t)written;
    }
}

static void write_text(struct ks_out *out, const char *at, size_t n)
{
    if (out->limit != 0 && n > out->limit - out->text->n) {
        n = out->limit - out->text->n;
        out->ended = true;
    }
    ks_text_addn(out->text, at, n);
    if (out->text->failed)
        out->status = ks_nomem("the text of an export");
}

static void flush(struct ks_out *out)
{
    size_t n = out->n;
    out->n = 0;
    if (ks_out_stopped(out))
        return;
    if (ks_cancelled(out->progress))
        out->status = ks_fail(KS_CANCELLED, "cancelled");
    else if (n == 0)
        return;
    else if (out->file != NULL)
        out->status = ks_safe_file_write(out->file, out->buffer, n);
    else if (out->text != NULL)
        write_text(out, out->buffer, n);
    else
        write_fd(out, out->buffer, n);
}

void ks_out_putn(struct ks_out *out, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0 && !ks_out_stopped(out)) {
        size_t part = n < BUFFER - out->n ? n : BUFFER - out->n;
        memcpy(out->buffer + out->n, at, part);
        out->n += part;
        at += part;
        n -= part;
        if (out->n == BUFFER || (out->limit != 0 && out->n >= out->limit))
            flush(out);
    }
}

void ks_out_put(struct ks_out *out, const char *text)
{
    ks_out_putn(out, text, strlen(text));
}

void ks_out_putf(struct ks_out *out, const char *format, ...)
{
    struct ks_text longer = {0};
    char small[512];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof small) {
        ks_out_putn(out, small, (size_t)n);
    } else if (n < 0 || !ks_reserve((void **)&longer.at, &longer.cap, (size_t)n + 1, 1)) {
        ks_out_fail(out, ks_nomem("a line of an export"));
    } else {
        vsnprintf(longer.at, longer.cap, format, again);
        ks_out_putn(out, longer.at, (size_t)n);
    }
    va_end(again);
    ks_text_free(&longer);
}

void ks_out_put_foreign(struct ks_out *out, const char *text)
{
    size_t n = strlen(text);
    char *harmless = ks_alloc(n + 1, 1);
    if (harmless == NULL) {
        ks_out_fail(out, ks_nomem("a text of an export"));
        return;
    }
    ks_out_putn(out, harmless, ks_sanitise(harmless, n + 1, text, n));
    ks_free(harmless);
}

bool ks_out_stopped(const struct ks_out *out)
{
    return out->ended || out->status.code != KS_OK;
}

bool ks_out_is_file(const struct ks_out *out)
{
    return out->file != NULL;
}

void ks_out_fail(struct ks_out *out, struct ks_status status)
{
    if (out->status.code == KS_OK)
        out->status = status;
}

struct ks_status ks_out_status(const struct ks_out *out)
{
    return out->status;
}

static void release(struct ks_out *out)
{
    ks_free(out->name);
    ks_free(out);
}

struct ks_status ks_out_close(struct ks_out *out)
{
    if (out == NULL)
        return ks_ok();
    flush(out);
    struct ks_status status = out->status;
    if (out->file != NULL) {
        if (ks_is_ok(status))
            status = ks_safe_file_commit(out->file);
        else
            ks_safe_file_discard(out->file);
    } else if (out->own_fd && close(out->fd) != 0 && ks_is_ok(status)) {
        status = ks_fail(KS_IO, "cannot write %s: %s", out->name, strerror(errno));
    }
    release(out);
    return status;
}

void ks_out_discard(struct ks_out *out)
{
    if (out == NULL)
        return;
    ks_safe_file_discard(out->file);
    if (out->own_fd)
        close(out->fd);
    release(out);
}
