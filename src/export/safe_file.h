/* The one safe way to write a file: complete under its name, or not there at all. */
#ifndef KS_EXPORT_SAFE_FILE_H
#define KS_EXPORT_SAFE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct ks_safe_file; /* a file that is being written under a temporary name */

/* From now on the files at these paths, captures that are read, are never replaced: ks_safe_file_create refuses
 * them under any name, asked to replace or not. "-" is the file that standard input comes from. A path where nothing
 * is, is no matter. KS_NOMEM. Any thread. */
struct ks_status ks_safe_file_keep(const char *const *paths, size_t n);

/* Starts a file that shall be `path`: creates ".NAME.XXXXXXXX" beside it (O_EXCL, mode 0600, no symbolic link
 * followed). Without `replace` a path that exists already is refused at once, and again at the commit. With
 * it, a symbolic link at `path` is itself replaced, never its target; what is there must be a regular file or
 * a link. KS_IO with the reason (no such folder, read-only, a folder, exists, is read), KS_NOMEM. *out is NULL on
 * failure. */
struct ks_status ks_safe_file_create(const char *path, bool replace, struct ks_safe_file **out);

/* Appends bytes. KS_IO (disk full, quota, ...). After a failure the file can only be discarded. */
struct ks_status ks_safe_file_write(struct ks_safe_file *file, const void *bytes, size_t n);

/* Gives the file the umask's mode (of the replaced file, where one is replaced), syncs, closes with every
 * result checked, renames it (refusing to replace what appeared meanwhile, unless asked) and syncs the
 * folder. The file is released whatever the result; on failure nothing is left behind. */
struct ks_status ks_safe_file_commit(struct ks_safe_file *file);

/* Writes a file of the user's own that the program keeps up to date (settings, an allow list), whole or not at all: what is
 * there is replaced. Where the path is a symbolic link, the file that it leads to is the one that is replaced, and the link
 * stays. KS_IO (also where the link leads nowhere), KS_NOMEM. */
struct ks_status ks_safe_file_update(const char *path, const void *bytes, size_t n);

/* Removes the temporary file and releases it; NULL is fine. */
void ks_safe_file_discard(struct ks_safe_file *file);

#endif
