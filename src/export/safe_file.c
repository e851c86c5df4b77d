#include "config.h" /* renameat2 is an extension */

#include "export/safe_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

struct ks_safe_file {
    char *path;              /* as given, for messages */
    const char *name;        /* its last part, inside path */
    char temp[NAME_MAX + 1]; /* name beside it; empty once renamed */
    int folder, fd;
    mode_t mode; /* that the finished file shall have */
    bool replace;
};

/* The files that are read: whoever writes a result over its own source has lost both. */
static struct {
    pthread_mutex_t lock;
    struct source {
        dev_t device;
        ino_t number;
    } * at;
    size_t n, cap;
} sources = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct ks_status ks_safe_file_keep(const char *const *paths, size_t n)
{
    pthread_mutex_lock(&sources.lock);
    bool done = ks_reserve((void **)&sources.at, &sources.cap, sources.n + n, sizeof *sources.at);
    for (size_t i = 0; i < n && done; i++) {
        struct stat st;
        if ((strcmp(paths[i], "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(paths[i], &st)) == 0)
            sources.at[sources.n++] = (struct source){st.st_dev, st.st_ino};
    }
    pthread_mutex_unlock(&sources.lock);
    return done ? ks_ok() : ks_nomem("the names of what is read");
}

/* Whether it is one of them. */
static bool is_source(const struct stat *st)
{
    bool found = false;
    pthread_mutex_lock(&sources.lock);
    for (size_t i = 0; i < sources.n && !found; i++)
        found = sources.at[i].device == st->st_dev && sources.at[i].number == st->st_ino;
    pthread_mutex_unlock(&sources.lock);
    return found;
}

/* A failed system call in words that say what to do about it. */
static struct ks_status io_failure(const char *path, const char *doing, int error)
{
    const char *why = strerror(error);
    switch (error) {
    case ENOSPC:
        why = "the disk is full";
        break;
    case EDQUOT:
        why = "the disk quota is used up";
        break;
    case EROFS:
        why = "the file system is read-only";
        break;
    case EACCES:
    case EPERM:
        why = "no permission";
        break;
    case ENOENT:
        why = "no such folder";
        break;
    case ENOTDIR:
        why = "a part of the path is not a folder";
        break;
    case EEXIST:
        why = "it exists already";
        break;
    case EISDIR:
        why = "it is a folder";
        break;
    default:
        break;
    }
    return ks_fail(KS_IO, "cannot %s %s: %s", doing, path, why);
}

/* Opens the folder that holds the last part of path; sets the last part. */
static struct ks_status open_folder(struct ks_safe_file *file)
{
    char *slash = strrchr(file->path, '/');
    file->name = slash != NULL ? slash + 1 : file->path;
    if (file->name[0] == '\0' || strcmp(file->name, ".") == 0 || strcmp(file->name, "..") == 0)
        return ks_fail(KS_IO, "cannot write %s: %s", file->path[0] != '\0' ? file->path : "to a file",
                       file->path[0] != '\0' ? "it is a folder" : "its name is empty");
    const char *folder = slash == NULL ? "." : slash == file->path ? "/" : file->path;
    if (slash != NULL && slash != file->path)
        *slash = '\0';
    file->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = errno;
    if (slash != NULL && slash != file->path)
        *slash = '/';
    return file->folder >= 0 ? ks_ok() : io_failure(file->path, "write", error);
}

/* Whether the place is free, or may be replaced; takes over the mode of what is replaced. */
static struct ks_status look_at_place(struct ks_safe_file *file, bool *there)
{
    struct stat st;
    *there = fstatat(file->folder, file->name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (!*there)
        return errno == ENOENT ? ks_ok() : io_failure(file->path, "write", errno);
    if (S_ISDIR(st.st_mode))
        return io_failure(file->path, "write", EISDIR);
    if (!file->replace)
        return io_failure(file->path, "write", EEXIST);
    if (is_source(&st))
        return ks_fail(KS_IO, "cannot replace %s: it is what is being read", file->path);
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return ks_fail(KS_IO, "cannot replace %s: it is not a regular file", file->path);
    if (S_ISREG(st.st_mode))
        file->mode = st.st_mode & 0777;
    else
        *there = false;
    return ks_ok();
}

/* A new name beside the file; at most NAME_MAX bytes long. */
static bool choose_temp_name(struct ks_safe_file *file)
{
    static const char digit[] = "abcdefghijklmnopqrstuvwxyz012345";
    unsigned char noise[8];
    if (getrandom(noise, sizeof noise, 0) != (ssize_t)sizeof noise)
        return false;
    char suffix[sizeof noise + 1];
    for (size_t i = 0; i < sizeof noise; i++)
        suffix[i] = digit[noise[i] & 31];
    suffix[sizeof noise] = '\0';
    snprintf(file->temp, sizeof file->temp, ".%.200s.%s", file->name, suffix);
    return true;
}

/* Creates a file that was not there (O_EXCL follows no link either); fills in file->temp. */
static int create_temp(struct ks_safe_file *file, mode_t mode)
{
    for (int tries = 0; tries < 100; tries++) {
        if (!choose_temp_name(file))
            break;
        int fd = openat(file->folder, file->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    file->temp[0] = '\0';
    return -1;
}

/* The mode that the umask gives a new file here, learnt from an empty one: the umask itself cannot be read
 * without a race between threads. */
static bool learn_mode(struct ks_safe_file *file)
{
    int fd = create_temp(file, 0666);
    if (fd < 0)
        return false;
    struct stat st;
    bool known = fstat(fd, &st) == 0;
    int error = errno;
    file->mode = known ? st.st_mode & 0777 : 0600;
    close(fd);
    unlinkat(file->folder, file->temp, 0);
    file->temp[0] = '\0';
    errno = error;
    return known;
}

struct ks_status ks_safe_file_create(const char *path, bool replace, struct ks_safe_file **out)
{
    *out = NULL;
    struct ks_safe_file *file = ks_zalloc(1, sizeof *file);
    if (file == NULL)
        return ks_nomem("a file");
    *file = (struct ks_safe_file){.folder = -1, .fd = -1, .replace = replace, .path = ks_strdup(path)};
    if (file->path == NULL) {
        ks_free(file);
        return ks_nomem("a file name");
    }
    bool there = false;
    struct ks_status status = open_folder(file);
    if (ks_is_ok(status))
        status = look_at_place(file, &there);
    if (ks_is_ok(status) && !there && !learn_mode(file))
        status = io_failure(file->path, "write", errno);
    if (ks_is_ok(status)) {
        file->fd = create_temp(file, 0600);
        if (file->fd < 0)
            status = io_failure(file->path, "write", errno);
    }
    if (!ks_is_ok(status)) {
        ks_safe_file_discard(file);
        return status;
    }
    *out = file;
    return status;
}

struct ks_status ks_safe_file_write(struct ks_safe_file *file, const void *bytes, size_t n)
{
    const char *at = bytes;
    while (n > 0) {
        ssize_t written = write(file->fd, at, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return io_failure(file->path, "write", written < 0 ? errno : ENOSPC);
        at += written;
        n -= (size_t)written;
    }
    return ks_ok();
}

/* Renames without replacing: in one step where the file system can, otherwise over an empty file that is
 * created exclusively first. */
static int rename_to_free_name(struct ks_safe_file *file)
{
    if (renameat2(file->folder, file->temp, file->folder, file->name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    int claim = openat(file->folder, file->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (claim < 0)
        return -1;
    close(claim);
    return renameat(file->folder, file->temp, file->folder, file->name);
}

struct ks_status ks_safe_file_commit(struct ks_safe_file *file)
{
    struct ks_status status = ks_ok();
    /* Some file systems cannot sync or change modes (EINVAL, ENOTSUP, EPERM on a mount without owners): what
     * they can is enough. */
    if (fchmod(file->fd, file->mode) != 0 && errno != EPERM && errno != ENOTSUP)
        status = io_failure(file->path, "set the mode of", errno);
    else if (fsync(file->fd) != 0 && errno != EINVAL)
        status = io_failure(file->path, "write", errno);
    int fd = file->fd;
    file->fd = -1;
    if (close(fd) != 0 && errno != EINTR && ks_is_ok(status))
        status = io_failure(file->path, "write", errno);
    if (ks_is_ok(status)) {
        bool there;
        status = look_at_place(file, &there);
    }
    if (ks_is_ok(status)) {
        int failed = file->replace ? renameat(file->folder, file->temp, file->folder, file->name)
                                   : rename_to_free_name(file);
        if (failed != 0)
            status = io_failure(file->path, "write", errno);
        else
            file->temp[0] = '\0';
    }
    if (ks_is_ok(status) && fsync(file->folder) != 0 && errno != EINVAL)
        status = io_failure(file->path, "sync the folder of", errno);
    ks_safe_file_discard(file);
    return status;
}

struct ks_status ks_safe_file_update(const char *path, const void *bytes, size_t n)
{
    struct stat st;
    struct ks_safe_file *file = NULL;
    char target[PATH_MAX];
    if (lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
        if (realpath(path, target) == NULL)
            return ks_fail(KS_IO, "cannot write %s: it is a link to what is not there", path);
        path = target;
    }
    struct ks_status status = ks_safe_file_create(path, true, &file);
    if (file == NULL)
        return status;
    status = ks_safe_file_write(file, bytes, n);
    if (ks_is_ok(status))
        return ks_safe_file_commit(file);
    ks_safe_file_discard(file);
    return status;
}

void ks_safe_file_discard(struct ks_safe_file *file)
{
    if (file == NULL)
        return;
    if (file->fd >= 0)
        close(file->fd);
    if (file->temp[0] != '\0')
        unlinkat(file->folder, file->temp, 0);
    if (file->folder >= 0)
        close(file->folder);
    ks_free(file->path);
    ks_free(file);
}
