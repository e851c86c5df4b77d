/* Where a result comes from: captures, filter, parameters, definitions, what was skipped, version. Goes into
 * every export, so that a colleague gets the same result from the same file. */
#ifndef KS_EXPORT_PROVENANCE_H
#define KS_EXPORT_PROVENANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/load.h"
#include "export/json.h"
#include "export/out.h"

/* One parameter in force, ready to be written. Prepared by whoever knows the parameters
 * (analysis/params_json.h). */
enum ks_param_kind {
    KS_PARAM_TEXT,
    KS_PARAM_REAL,
    KS_PARAM_UINT,
    KS_PARAM_INT,
    KS_PARAM_BOOL,
    KS_PARAM_NAMES, /* several names; `text` holds them with commas between, or nothing */
    KS_PARAM_NULL
};
struct ks_param {
    const char *name; /* as the JSON key: "min_supp"; static */
    enum ks_param_kind kind;
    char text[96];
    double real;
    uint64_t count;
    int64_t whole;
    bool flag;
};

struct ks_provenance {
    const struct ks_capture_info *capture; /* or NULL */
    const char (*sha256)[65]; /* one for each of capture->files; an empty one is unknown (a pipe); or NULL */
    const char *filter;       /* BPF expression of the load, or NULL */
    const struct ks_param *params; /* every parameter in force, `filter` not among them */
    size_t n_params;
    const char *const *definitions; /* the definitions chosen, as sentences ("interest is |n(XY) l - n(X)
                                       n(Y)| / l^2 (Wu)") */
    size_t n_definitions;
    const char *const *notes; /* limits that were reached, as sentences */
    size_t n_notes;
    const char *date; /* only where asked for: exports of the same input are byte for byte the same without
                         it; or NULL */
};

/* Name and version of the program, "knockscope 0.1.0". Static. */
const char *ks_version_text(void);

/* SHA-256 of each of info->files, which were read from these paths (a path that could not be opened has no
 * file; standard input has an empty one). *out has info->n_files rows and is freed by ks_free, also after a
 * failure: KS_NOMEM, KS_INPUT, KS_CANCELLED. */
struct ks_status ks_provenance_hashes(const struct ks_capture_info *info, const char *const *paths,
                                      size_t n_paths, struct ks_progress *progress, char (**out)[65]);

/* The members "schema", "version", "date" (if given), "params" (with "filter"), "definitions", "notes" and
 * "capture" of an open JSON object. */
void ks_provenance_json(const struct ks_provenance *provenance, const char *schema, struct ks_json *json);

/* One fact a line, each led by `prefix` ("# ", "// ") and harmless inside a comment of any of the exported
 * languages. */
void ks_provenance_comment(const struct ks_provenance *provenance, const char *prefix, struct ks_out *out);

/* A Markdown section: tables of captures and parameters. */
void ks_provenance_markdown(const struct ks_provenance *provenance, struct ks_out *out);

#endif
