#include "export/provenance.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "base/memory.h"
#include "base/text.h"
#include "export/markdown.h"

const char *ks_version_text(void)
{
    return PACKAGE_STRING;
}

struct ks_status ks_provenance_hashes(const struct ks_capture_info *info, const char *const *paths,
                                      size_t n_paths, struct ks_progress *progress, char (**out)[65])
{
    *out = ks_zalloc(info->n_files, sizeof **out);
    if (*out == NULL)
        return ks_nomem("the hashes");
    for (size_t i = 0; i < info->n_files; i++) {
        size_t path = info->files[i].path; /* those that could not be opened are not among the files */
        if (path < n_paths && strcmp(paths[path], "-") != 0)
            KS_TRY(ks_file_sha256(paths[path], progress, (*out)[i]));
    }
    return ks_ok();
}

static void names_json(const struct ks_param *param, struct ks_json *json)
{
    char name[sizeof param->text];
    ks_json_array(json, param->name);
    for (const char *at = param->text; *at != '\0';) {
        size_t n = strcspn(at, ",");
        memcpy(name, at, n);
        name[n] = '\0';
        ks_json_text(json, NULL, name);
        at += n + (at[n] == ',');
    }
    ks_json_end(json);
}

static void param_json(const struct ks_param *param, struct ks_json *json)
{
    switch (param->kind) {
    case KS_PARAM_TEXT:
        ks_json_text(json, param->name, param->text);
        break;
    case KS_PARAM_REAL:
        ks_json_real(json, param->name, param->real);
        break;
    case KS_PARAM_UINT:
        ks_json_uint(json, param->name, param->count);
        break;
    case KS_PARAM_INT:
        ks_json_int(json, param->name, param->whole);
        break;
    case KS_PARAM_BOOL:
        ks_json_bool(json, param->name, param->flag);
        break;
    case KS_PARAM_NAMES:
        names_json(param, json);
        break;
    case KS_PARAM_NULL:
        ks_json_null(json, param->name);
        break;
    }
}

/* The value for people. Returns out. */
static char *param_text(char *out, size_t cap, const struct ks_param *param)
{
    switch (param->kind) {
    case KS_PARAM_TEXT:
        snprintf(out, cap, "%s", param->text);
        break;
    case KS_PARAM_REAL:
        ks_format_real(out, cap, param->real);
        break;
    case KS_PARAM_UINT:
        snprintf(out, cap, "%" PRIu64, param->count);
        break;
    case KS_PARAM_INT:
        snprintf(out, cap, "%" PRId64, param->whole);
        break;
    case KS_PARAM_BOOL:
        snprintf(out, cap, "%s", param->flag ? "yes" : "no");
        break;
    case KS_PARAM_NAMES:
        snprintf(out, cap, "%s", param->text[0] != '\0' ? param->text : "none");
        break;
    case KS_PARAM_NULL:
        snprintf(out, cap, "none");
        break;
    }
    return out;
}

static const char *sha256_of(const struct ks_provenance *provenance, size_t file)
{
    return provenance->sha256 != NULL && provenance->sha256[file][0] != '\0' ? provenance->sha256[file]
                                                                             : NULL;
}

static void texts_json(struct ks_json *json, const char *key, const char *const *texts, size_t n)
{
    ks_json_array(json, key);
    for (size_t i = 0; i < n; i++)
        ks_json_text(json, NULL, texts[i]);
    ks_json_end(json);
}

static void capture_json(const struct ks_provenance *provenance, struct ks_json *json)
{
    const struct ks_capture_info *info = provenance->capture;
    if (info == NULL) {
        ks_json_null(json, "capture");
        return;
    }
    ks_json_object(json, "capture");
    ks_json_array(json, "files");
    for (size_t i = 0; i < info->n_files; i++) {
        const struct ks_file_info *file = &info->files[i];
        ks_json_object(json, NULL);
        ks_json_text(json, "name", file->name);
        ks_json_text(json, "sha256", sha256_of(provenance, i));
        ks_json_text(json, "format", file->format);
        ks_json_text(json, "compression", file->compression);
        ks_json_text(json, "link", file->link);
        ks_json_uint(json, "packets", file->packets);
        ks_json_uint(json, "bytes", file->bytes);
        ks_json_end(json);
    }
    ks_json_end(json);
    ks_json_uint(json, "packets", info->packets);
    ks_json_uint(json, "filtered", info->filtered);
    ks_json_uint(json, "bytes", info->bytes);
    ks_json_object(json, "decoded");
    static const char *const proto[] = {"tcp", "udp", "icmp", "icmp6"};
    for (size_t i = 0; i < sizeof proto / sizeof *proto; i++)
        ks_json_uint(json, proto[i], info->decoded[i]);
    ks_json_end(json);
    ks_json_object(json, "skipped");
    for (int i = KS_SKIP_NONE + 1; i < KS_SKIP_N; i++)
        ks_json_uint(json, ks_skip_name((enum ks_skip)i), info->skipped[i]);
    ks_json_end(json);
    ks_json_seconds(json, "first", info->first);
    ks_json_seconds(json, "last", info->last);
    ks_json_uint(json, "snapped", info->snapped);
    ks_json_bool(json, "partial", info->partial);
    ks_json_text(json, "stopped", info->partial ? info->stopped : NULL);
    ks_json_end(json);
}

void ks_provenance_json(const struct ks_provenance *provenance, const char *schema, struct ks_json *json)
{
    ks_json_text(json, "schema", schema);
    ks_json_text(json, "version", ks_version_text());
    if (provenance->date != NULL)
        ks_json_text(json, "date", provenance->date);
    ks_json_object(json, "params");
    for (size_t i = 0; i < provenance->n_params; i++)
        param_json(&provenance->params[i], json);
    ks_json_text(json, "filter", provenance->filter);
    ks_json_end(json);
    texts_json(json, "definitions", provenance->definitions, provenance->n_definitions);
    texts_json(json, "notes", provenance->notes, provenance->n_notes);
    capture_json(provenance, json);
}

/* Where a comment line begins and ends. */
static void line_begin(struct ks_out *out, const char *prefix, const char *name)
{
    ks_out_put(out, prefix);
    ks_out_put(out, name);
    ks_out_put(out, ": ");
}

static void line(struct ks_out *out, const char *prefix, const char *name, const char *value)
{
    line_begin(out, prefix, name);
    ks_out_put_foreign(out, value);
    ks_out_putn(out, "\n", 1);
}

static void capture_comment(const struct ks_provenance *provenance, const char *prefix, struct ks_out *out)
{
    const struct ks_capture_info *info = provenance->capture;
    char a[64], b[64];
    for (size_t i = 0; i < info->n_files; i++) {
        const char *sha = sha256_of(provenance, i);
        line(out, prefix, "capture", info->files[i].name);
        line(out, prefix, "sha256", sha != NULL ? sha : "unknown (not a file)");
    }
    line_begin(out, prefix, "packets");
    ks_out_putf(out, "%" PRIu64 " (%" PRIu64 " left out by the filter), %s to %s UTC\n", info->packets,
                info->filtered, ks_format_time(a, sizeof a, info->first, 6),
                ks_format_time(b, sizeof b, info->last, 6));
    line_begin(out, prefix, "skipped");
    const char *between = "";
    for (int i = KS_SKIP_NONE + 1; i < KS_SKIP_N; i++)
        if (info->skipped[i] != 0) {
            ks_out_putf(out, "%s%s %" PRIu64, between, ks_skip_name((enum ks_skip)i), info->skipped[i]);
            between = ", ";
        }
    ks_out_put(out, between[0] == '\0' ? "none\n" : "\n");
    if (info->partial)
        line(out, prefix, "read only in part", info->stopped);
}

void ks_provenance_comment(const struct ks_provenance *provenance, const char *prefix, struct ks_out *out)
{
    char value[160];
    line(out, prefix, "made by", ks_version_text());
    if (provenance->date != NULL)
        line(out, prefix, "date", provenance->date);
    if (provenance->capture != NULL)
        capture_comment(provenance, prefix, out);
    line(out, prefix, "filter", provenance->filter != NULL ? provenance->filter : "none");
    line_begin(out, prefix, "parameters");
    for (size_t i = 0; i < provenance->n_params; i++) {
        if (provenance->params[i].kind == KS_PARAM_NULL)
            continue;
        ks_out_putf(out, "%s%s=", i > 0 ? " " : "", provenance->params[i].name);
        ks_out_put_foreign(out, param_text(value, sizeof value, &provenance->params[i]));
    }
    ks_out_putn(out, "\n", 1);
    for (size_t i = 0; i < provenance->n_definitions; i++)
        line(out, prefix, "definition", provenance->definitions[i]);
    for (size_t i = 0; i < provenance->n_notes; i++)
        line(out, prefix, "note", provenance->notes[i]);
}

static void row(struct ks_out *out, const char *name, const char *value)
{
    ks_out_put(out, "| ");
    ks_markdown_text(out, name);
    ks_out_put(out, " | ");
    ks_markdown_text(out, value);
    ks_out_put(out, " |\n");
}

static void capture_markdown(const struct ks_provenance *provenance, struct ks_out *out)
{
    const struct ks_capture_info *info = provenance->capture;
    char a[64], b[64];
    ks_out_put(out,
               "\n| capture | SHA-256 | packets | bytes | link type |\n| --- | --- | ---: | ---: | --- |\n");
    for (size_t i = 0; i < info->n_files; i++) {
        const struct ks_file_info *file = &info->files[i];
        const char *sha = sha256_of(provenance, i);
        ks_out_put(out, "| ");
        ks_markdown_text(out, file->name);
        ks_out_putf(out, " | %s | %" PRIu64 " | %" PRIu64 " | %s |\n",
                    sha != NULL ? sha : "unknown (not a file)", file->packets, file->bytes, file->link);
    }
    ks_out_putf(out, "\n%" PRIu64 " packets from %s to %s UTC; left out by the filter: %" PRIu64 "; skipped:",
                info->packets, ks_format_time(a, sizeof a, info->first, 6),
                ks_format_time(b, sizeof b, info->last, 6), info->filtered);
    bool any = false;
    for (int i = KS_SKIP_NONE + 1; i < KS_SKIP_N; i++)
        if (info->skipped[i] != 0) {
            ks_out_putf(out, "%s %" PRIu64 " %s", any ? "," : "", info->skipped[i],
                        ks_skip_text((enum ks_skip)i));
            any = true;
        }
    ks_out_put(out, any ? ".\n" : " none.\n");
    if (info->partial) {
        ks_out_put(out, "\n**Read only in part:** ");
        ks_markdown_text(out, info->stopped);
        ks_out_put(out, "\n");
    }
}

void ks_provenance_markdown(const struct ks_provenance *provenance, struct ks_out *out)
{
    char value[160];
    ks_out_put(out, "\n## Provenance\n");
    if (provenance->capture != NULL)
        capture_markdown(provenance, out);
    ks_out_put(out, "\n| parameter | value |\n| --- | --- |\n");
    row(out, "version", ks_version_text());
    if (provenance->date != NULL)
        row(out, "date", provenance->date);
    row(out, "filter", provenance->filter != NULL ? provenance->filter : "none");
    for (size_t i = 0; i < provenance->n_params; i++)
        row(out, provenance->params[i].name, param_text(value, sizeof value, &provenance->params[i]));
    ks_out_put(out, "\n");
    for (size_t i = 0; i < provenance->n_definitions; i++) {
        ks_out_put(out, "- ");
        ks_markdown_text(out, provenance->definitions[i]);
        ks_out_put(out, "\n");
    }
    for (size_t i = 0; i < provenance->n_notes; i++) {
        ks_out_put(out, "- limit: ");
        ks_markdown_text(out, provenance->notes[i]);
        ks_out_put(out, "\n");
    }
}
