#include "export/json.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include <jansson.h>

#include "base/memory.h"
#include "base/text.h"
#include "export/number.h"

void ks_json_start(struct ks_json *json, struct ks_out *out, unsigned open)
{
    *json = (struct ks_json){.out = out, .open = open};
    json->first[0] = true;
}

static void indent(struct ks_json *json)
{
    static const char spaces[] = "                                ";
    ks_out_putn(json->out, "\n", 1);
    ks_out_putn(json->out, spaces,
                2 * (size_t)json->depth < sizeof spaces ? 2 * (size_t)json->depth : sizeof spaces - 1);
}

/* Separator, line and name before a value. */
static void lead(struct ks_json *json, const char *key)
{
    if (!json->first[json->depth])
        ks_out_put(json->out, json->depth <= json->open ? "," : ", ");
    json->first[json->depth] = false;
    if (json->depth > 0 && json->depth <= json->open)
        indent(json);
    if (key != NULL) {
        ks_out_putn(json->out, "\"", 1);
        ks_out_put(json->out, key);
        ks_out_put(json->out, "\": ");
    }
}

static void begin(struct ks_json *json, const char *key, bool array)
{
    lead(json, key);
    if (json->depth == KS_JSON_DEPTH) {
        ks_out_fail(json->out, ks_fail(KS_FAILED, "JSON is nested too deeply"));
        return;
    }
    ks_out_put(json->out, array ? "[" : "{");
    json->depth++;
    json->first[json->depth] = true;
    json->array[json->depth] = array;
}

void ks_json_object(struct ks_json *json, const char *key)
{
    begin(json, key, false);
}

void ks_json_array(struct ks_json *json, const char *key)
{
    begin(json, key, true);
}

void ks_json_end(struct ks_json *json)
{
    if (json->depth == 0)
        return;
    bool empty = json->first[json->depth], array = json->array[json->depth],
         lines = json->depth <= json->open;
    json->depth--;
    if (lines && !empty)
        indent(json);
    ks_out_put(json->out, array ? "]" : "}");
    if (json->depth == 0)
        ks_out_putn(json->out, "\n", 1);
}

static int dump_part(const char *bytes, size_t n, void *out)
{
    ks_out_putn(out, bytes, n);
    return 0;
}

/* Whether the text can stand between quotes as it is. */
static bool plain(const char *text)
{
    for (; *text != '\0'; text++)
        if (*text < 0x20 || *text > 0x7e || *text == '"' || *text == '\\')
            return false;
    return true;
}

void ks_json_text(struct ks_json *json, const char *key, const char *text)
{
    if (text == NULL) {
        ks_json_null(json, key);
        return;
    }
    lead(json, key);
    if (plain(text)) {
        ks_out_putn(json->out, "\"", 1);
        ks_out_put(json->out, text);
        ks_out_putn(json->out, "\"", 1);
        return;
    }
    size_t n = strlen(text);
    char *harmless = ks_alloc(n + 1, 1);
    json_t *value = NULL;
    if (harmless != NULL) {
        size_t length = ks_sanitise(harmless, n + 1, text, n);
        value = json_stringn(harmless, length);
    }
    if (value == NULL || json_dump_callback(value, dump_part, json->out, JSON_ENCODE_ANY) != 0)
        ks_out_fail(json->out, ks_nomem("a JSON text"));
    json_decref(value);
    ks_free(harmless);
}

void ks_json_uint(struct ks_json *json, const char *key, uint64_t value)
{
    lead(json, key);
    ks_out_putf(json->out, "%" PRIu64, value);
}

void ks_json_int(struct ks_json *json, const char *key, int64_t value)
{
    lead(json, key);
    ks_out_putf(json->out, "%" PRId64, value);
}

void ks_json_count(struct ks_json *json, const char *key, struct ks_count value)
{
    char text[64];
    lead(json, key);
    ks_out_put(json->out, ks_count_format(text, sizeof text, value, false));
}

void ks_json_real(struct ks_json *json, const char *key, double value)
{
    char text[40];
    lead(json, key);
    ks_out_put(json->out, isfinite(value) ? ks_format_real(text, sizeof text, value) : "null");
}

void ks_json_bool(struct ks_json *json, const char *key, bool value)
{
    lead(json, key);
    ks_out_put(json->out, value ? "true" : "false");
}

void ks_json_null(struct ks_json *json, const char *key)
{
    lead(json, key);
    ks_out_put(json->out, "null");
}

void ks_json_seconds(struct ks_json *json, const char *key, int64_t ns)
{
    char text[40];
    lead(json, key);
    ks_out_put(json->out, ks_format_seconds(text, sizeof text, ns));
}
