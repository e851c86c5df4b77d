#include "config.h" /* O_PATH */

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool is_null(const struct stat *info)
{
    return S_ISCHR(info->st_mode) && major(info->st_rdev) == 1 && minor(info->st_rdev) == 3;
}

static struct ks_status too_large(const char *path, size_t most)
{
    return ks_fail(KS_INPUT, "%s: larger than %zu MiB", path, most >> 20);
}

/* Without waiting for anybody. -1 with *status. */
static int open_now(const char *path, bool pipes, size_t most, struct ks_status *status)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    *status = ks_ok();
    if (fd < 0 || fstat(fd, &info) != 0) {
        int why = errno;
        *status = ks_fail(KS_INPUT, "%s: %s", path, strerror(why));
        if (fd >= 0)
            close(fd);
        errno = why;
        return -1;
    }
    errno = S_ISDIR(info.st_mode) ? EISDIR : 0;
    if (S_ISDIR(info.st_mode))
        *status = ks_fail(KS_INPUT, "%s: %s", path, strerror(EISDIR));
    else if (!pipes && !S_ISREG(info.st_mode) && !is_null(&info))
        *status = ks_fail(KS_INPUT, "%s: it is not a regular file", path);
    else if (S_ISREG(info.st_mode) && info.st_size > 0 && (unsigned long long)info.st_size > most)
        *status = too_large(path, most);
    else
        return fd;
    int why = errno;
    close(fd);
    errno = why;
    return -1;
}

FILE *ks_file_open(const char *path, size_t most, struct ks_status *status)
{
    int fd = open_now(path, false, most, status);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (fd >= 0 && file == NULL) {
        *status = ks_nomem("a file");
        close(fd);
        errno = ENOMEM;
    }
    return file;
}

struct ks_status ks_file_read(const char *path, bool pipes, size_t most, struct ks_text *out)
{
    char part[4096];
    struct ks_status status;
    size_t before = out->n;
    int fd = open_now(path, pipes, most, &status);
    for (bool end = fd < 0; !end;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN}; /* a pipe is readable once somebody wrote to it, or everybody has closed it */
        ssize_t n = poll(&wait, 1, -1) < 0 ? -1 : read(fd, part, sizeof part);
        if (n > 0)
            ks_text_addn(out, part, (size_t)n);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            end = true;
        if (n < 0 && errno == EINTR)
            status = ks_fail(KS_CANCELLED, "%s: interrupted", path);
        else if (n < 0 && end)
            status = ks_fail(KS_INPUT, "%s: %s", path, strerror(errno));
        else if (out->failed)
            status = ks_nomem("a file");
        else if (out->n - before > most)
            status = too_large(path, most);
        end = end || !ks_is_ok(status);
    }
    if (fd >= 0)
        close(fd);
    return status;
}

void ks_file_keep_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_PATH) != fd) /* the lowest number that is free */
            (void)open("/", O_PATH);
}
