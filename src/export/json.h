/* JSON as a stream: nothing is held back, so a list of any length costs no memory. Strings go through
 * jansson; numbers read back exactly (shortest form). Values that are no finite number become null. */
#ifndef KS_EXPORT_JSON_H
#define KS_EXPORT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/count.h"
#include "export/out.h"

enum { KS_JSON_DEPTH = 16 };

/* Two spaces of indentation down to depth `open`, one line per value below it. */
struct ks_json {
    struct ks_out *out;
    unsigned depth, open;
    bool first[KS_JSON_DEPTH + 1], array[KS_JSON_DEPTH + 1];
};

/* Starts a document whose objects and arrays are spread over lines down to depth `open` (2 suits a list of
 * rows). */
void ks_json_start(struct ks_json *json, struct ks_out *out, unsigned open);

/* In the following, key is the member's name inside an object and NULL inside an array or at the top. */
void ks_json_object(struct ks_json *json, const char *key);
void ks_json_array(struct ks_json *json, const char *key);
/* Ends the innermost object or array; at the top also the line. */
void ks_json_end(struct ks_json *json);

/* text NULL gives null. Bytes that are harmful are made harmless (ks_sanitise). */
void ks_json_text(struct ks_json *json, const char *key, const char *text);
void ks_json_uint(struct ks_json *json, const char *key, uint64_t value);
void ks_json_int(struct ks_json *json, const char *key, int64_t value);
/* All digits; a power of ten beyond 2^127. */
void ks_json_count(struct ks_json *json, const char *key, struct ks_count value);
void ks_json_real(struct ks_json *json, const char *key, double value);
void ks_json_bool(struct ks_json *json, const char *key, bool value);
void ks_json_null(struct ks_json *json, const char *key);
/* Nanoseconds as exact decimal seconds (1337604807.104233): times and spans. */
void ks_json_seconds(struct ks_json *json, const char *key, int64_t ns);

#endif
