/* Text files of the user, read whole: none keeps the program waiting for good, and none is without an end. */
#ifndef KS_BASE_FILE_H
#define KS_BASE_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/status.h"
#include "base/text.h"

/* Opens a file that must be a regular one (or /dev/null), of `most` bytes or fewer, for reading. NULL with *status KS_INPUT ("PATH: ...") otherwise;
 * errno is then the system's reason, 0 where there is none. */
FILE *ks_file_open(const char *path, size_t most, struct ks_status *status);

/* Appends a file to `out`: a regular one, or with `pipes` any; a signal ends the wait for whoever writes to a pipe. KS_INPUT ("PATH: ..."), KS_NOMEM,
 * KS_CANCELLED. */
struct ks_status ks_file_read(const char *path, bool pipes, size_t most, struct ks_text *out);

/* Puts something that can neither be read nor written in the place of a standard stream that is closed, so that no file opened later takes it: what
 * is printed would go there, and what is read would come from there. To be called first of all. */
void ks_file_keep_streams(void);

#endif
