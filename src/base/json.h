/* Writing JSON row by row, so that a million rows need no memory: reals in the shortest form that reads back exactly, integers of any size. (Reading
 * is jansson's.) */
#ifndef KS_BASE_JSON_H
#define KS_BASE_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/count.h"

enum { KS_JSON_DEPTH = 16 };

/* Set `out`, zero the rest. Errors of writing stay in the stream (ferror). */
struct ks_json {
    FILE *out;
    unsigned depth;
    bool filled[KS_JSON_DEPTH]; /* the container at this depth has an element */
    char closer[KS_JSON_DEPTH];
};

/* Every function takes the key of the member, or NULL for an element of an array (or the outermost value). */
void ks_json_object(struct ks_json *json, const char *key);
void ks_json_array(struct ks_json *json, const char *key);
/* Closes the innermost container; a newline after the outermost. */
void ks_json_close(struct ks_json *json);
/* Strings are taken as UTF-8; bytes that are not become U+FFFD. NULL gives null. */
void ks_json_string(struct ks_json *json, const char *key, const char *value);
void ks_json_int(struct ks_json *json, const char *key, int64_t value);
void ks_json_uint(struct ks_json *json, const char *key, uint64_t value);
void ks_json_count(struct ks_json *json, const char *key, struct ks_count value);
/* null where the value is not finite: JSON has no form for it. */
void ks_json_real(struct ks_json *json, const char *key, double value);
void ks_json_bool(struct ks_json *json, const char *key, bool value);
void ks_json_null(struct ks_json *json, const char *key);
/* Seconds with nine decimals from nanoseconds, exactly. */
void ks_json_seconds(struct ks_json *json, const char *key, int64_t ns);

#endif
