#include "capture/hold.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

enum { MOST = 256, FLAGS = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK };

static struct {
    char *path;
    int fd;
} held[MOST];
static size_t n_held;

struct ks_status ks_hold(const char *path)
{
    int fd = strcmp(path, "-") == 0 || n_held == MOST ? -1 : open(path, FLAGS);
    if (fd < 0)
        return ks_ok();
    held[n_held].path = ks_strdup(path);
    held[n_held].fd = fd;
    if (held[n_held].path == NULL) {
        close(fd);
        return ks_nomem("a file name");
    }
    n_held++;
    return ks_ok();
}

int ks_open_capture(const char *path)
{
    int fd = open(path, FLAGS), why = errno;
    for (size_t i = 0; fd < 0 && (why == EACCES || why == EPERM) && i < n_held; i++) {
        if (strcmp(held[i].path, path) != 0)
            continue;
        fd = fcntl(held[i].fd, F_DUPFD_CLOEXEC, 0);
        if (fd >= 0)
            (void)lseek(fd, 0, SEEK_SET);
    }
    if (fd < 0)
        errno = why;
    return fd;
}
