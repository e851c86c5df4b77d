/* gzip, expanded to the last byte that there is: of a file that was cut, libarchive would give up to 64 KiB less. RFC 1952. */
#ifndef KS_CAPTURE_GUNZIP_H
#define KS_CAPTURE_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Gives up to n bytes of input; 0 at its end, -1 on failure. */
typedef ssize_t ks_gunzip_source(void *user, void *out, size_t n);

struct ks_gunzip;

/* Starts on an input of one or more gzip members. NULL when out of memory. */
struct ks_gunzip *ks_gunzip_new(ks_gunzip_source *source, void *user);

/* Up to n expanded bytes; 0 at the end; -1 when the input fails, is cut or is damaged (*words then says how; NULL when the input
 * failed or memory ran out). What can be expanded before that is given first. */
ssize_t ks_gunzip_read(struct ks_gunzip *gunzip, void *out, size_t n, const char **words);

/* Whether it failed because memory ran out. */
bool ks_gunzip_starved(const struct ks_gunzip *gunzip);

void ks_gunzip_free(struct ks_gunzip *gunzip);

#endif
