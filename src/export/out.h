/* Where exports go: a file (safely), standard output, or a text in memory. The first failure sticks; what is
 * put afterwards is ignored, so that writers check once at the end (and in long loops, to stop early). */
#ifndef KS_EXPORT_OUT_H
#define KS_EXPORT_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/progress.h"
#include "base/status.h"
#include "base/text.h"

struct ks_out;

/* Opens path for writing; "-" is standard output. replace: an existing file may be replaced. progress may be
 * NULL; its cancel flag makes the next write fail with KS_CANCELLED. KS_IO, KS_NOMEM; *out is NULL on
 * failure. */
struct ks_status ks_out_open(const char *path, bool replace, struct ks_progress *progress,
                             struct ks_out **out);

/* Writes to an open descriptor, which stays open. The caller ignores SIGPIPE. */
struct ks_status ks_out_open_fd(int fd, const char *name, struct ks_progress *progress, struct ks_out **out);

/* Collects into a text (the preview of the export dialog). At most `limit` bytes are kept (0: all): what goes
 * beyond ends the writing early and quietly, as a closed pipe does. */
struct ks_status ks_out_open_text(struct ks_text *text, size_t limit, struct ks_progress *progress,
                                  struct ks_out **out);

void ks_out_put(struct ks_out *out, const char *text);
void ks_out_putn(struct ks_out *out, const void *bytes, size_t n);
void ks_out_putf(struct ks_out *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Foreign text made harmless (ks_sanitise), whatever its length. */
void ks_out_put_foreign(struct ks_out *out, const char *text);

/* Whether writing has stopped: failed, cancelled, or nobody reads any more. */
bool ks_out_stopped(const struct ks_out *out);

/* Makes the writing fail with this status, unless it has failed already (a writer that cannot go on). */
void ks_out_fail(struct ks_out *out, struct ks_status status);

/* Whether it becomes a file under a name (not standard output, a device or a text). */
bool ks_out_is_file(const struct ks_out *out);

/* The first failure so far, or KS_OK. */
struct ks_status ks_out_status(const struct ks_out *out);

/* Flushes; a file is committed under its name when nothing failed, otherwise discarded. Releases out (NULL is
 * fine). The first failure; KS_OK where the reader of a pipe went away (the rest was not wanted). */
struct ks_status ks_out_close(struct ks_out *out);

/* Gives up: a file is discarded. Releases out; NULL is fine. */
void ks_out_discard(struct ks_out *out);

#endif
