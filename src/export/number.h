/* Numbers as the exported languages want them. */
#ifndef KS_EXPORT_NUMBER_H
#define KS_EXPORT_NUMBER_H

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds as exact decimal seconds without trailing zeros: "1337604807.104233", "-0.5", "3". Returns out
 * (cap >= 24). */
char *ks_format_seconds(char *out, size_t cap, int64_t ns);

/* Nanoseconds as whole seconds, rounded up. */
uint64_t ks_ceil_seconds(int64_t ns);

#endif
