#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"

/* Containers this deep get a line for each element; deeper ones stay on one line. */
enum { LINES_TO = 2 };

static void string(FILE *out, const char *s)
{
    fputc('"', out);
    while (*s != '\0') {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\') {
            fprintf(out, "\\%c", c);
            s++;
        } else if (c < 0x20 || c == 0x7f) {
            fprintf(out, "\\u%04x", c);
            s++;
        } else if (c < 0x80) {
            fputc(c, out);
            s++;
        } else {
            size_t len = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2, n = strnlen(s, len);
            char checked[8];
            /* ks_sanitise knows UTF-8: what it keeps is well formed. */
            if (n == len && ks_sanitise(checked, sizeof checked, s, len) == len) {
                fputs(checked, out);
                s += len;
            } else {
                fputs("\\ufffd", out);
                s++;
            }
        }
    }
    fputc('"', out);
}

static void begin(struct ks_json *json, const char *key)
{
    if (json->depth > 0) {
        bool *filled = &json->filled[json->depth - 1];
        if (*filled)
            fputc(',', json->out);
        if (json->depth <= LINES_TO)
            fprintf(json->out, "\n%*s", (int)json->depth * 2, "");
        else if (*filled)
            fputc(' ', json->out);
        *filled = true;
    }
    if (key != NULL) {
        string(json->out, key);
        fputs(": ", json->out);
    }
}

static void open(struct ks_json *json, const char *key, char opener, char closer)
{
    begin(json, key);
    fputc(opener, json->out);
    if (json->depth < KS_JSON_DEPTH) {
        json->filled[json->depth] = false;
        json->closer[json->depth] = closer;
        json->depth++;
    }
}

void ks_json_object(struct ks_json *json, const char *key)
{
    open(json, key, '{', '}');
}

void ks_json_array(struct ks_json *json, const char *key)
{
    open(json, key, '[', ']');
}

void ks_json_close(struct ks_json *json)
{
    if (json->depth == 0)
        return;
    json->depth--;
    if (json->depth < LINES_TO && json->filled[json->depth])
        fprintf(json->out, "\n%*s", (int)json->depth * 2, "");
    fputc(json->closer[json->depth], json->out);
    if (json->depth == 0)
        fputc('\n', json->out);
}

void ks_json_string(struct ks_json *json, const char *key, const char *value)
{
    if (value == NULL) {
        ks_json_null(json, key);
        return;
    }
    begin(json, key);
    string(json->out, value);
}

void ks_json_int(struct ks_json *json, const char *key, int64_t value)
{
    begin(json, key);
    fprintf(json->out, "%" PRId64, value);
}

void ks_json_uint(struct ks_json *json, const char *key, uint64_t value)
{
    begin(json, key);
    fprintf(json->out, "%" PRIu64, value);
}

void ks_json_count(struct ks_json *json, const char *key, struct ks_count value)
{
    char text[64];
    begin(json, key);
    fputs(ks_count_format(text, sizeof text, value, false), json->out);
}

void ks_json_real(struct ks_json *json, const char *key, double value)
{
    char text[40];
    begin(json, key);
    fputs(isfinite(value) ? ks_format_real(text, sizeof text, value) : "null", json->out);
}

void ks_json_bool(struct ks_json *json, const char *key, bool value)
{
    begin(json, key);
    fputs(value ? "true" : "false", json->out);
}

void ks_json_null(struct ks_json *json, const char *key)
{
    begin(json, key);
    fputs("null", json->out);
}

void ks_json_seconds(struct ks_json *json, const char *key, int64_t ns)
{
    begin(json, key);
    uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    fprintf(json->out, "%s%" PRIu64 ".%09" PRIu64, ns < 0 ? "-" : "", magnitude / 1000000000, magnitude % 1000000000);
}
