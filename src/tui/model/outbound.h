/* What is exported, copied out of the model so that writing can go on while the model changes. */
#ifndef KS_TUI_MODEL_OUTBOUND_H
#define KS_TUI_MODEL_OUTBOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/params_json.h"
#include "base/progress.h"
#include "base/status.h"
#include "export/export.h"
#include "tui/model/model.h"

enum ks_pick { KS_PICK_KNOCKS_MARKED, KS_PICK_KNOCK, KS_PICK_KNOCKS, KS_PICK_RULES_MARKED, KS_PICK_RULES, KS_PICK_N };

/* More rows than this are left to the batch command; what is left out is told. */
#define KS_OUTBOUND_RULES UINT64_C(100000)

struct ks_outbound {
    struct ks_selection selection;
    struct ks_provenance provenance;
    struct ks_export_options options;
    enum ks_format format;
    char *path;
    bool replace;
    /* owned copies */
    struct ks_capture *capture;
    struct ks_knock *knocks;
    struct ks_picked *picked;
    struct ks_rule_row *rules;
    char **paths;
    size_t n_paths;
    char *bpf;
    char (*sha256)[65];
    struct ks_param param[KS_PARAMS_MAX + KS_KNOCK_PARAMS];
    const char *definition[KS_DEFINITIONS_MAX];
    const char *note[2];
    char limit[128];
};

/* A copy of a knock with all that it owns but its verdict; false when out of memory. Freed by ks_knock_uncopy whatever the result. */
bool ks_knock_copy(struct ks_knock *to, const struct ks_knock *from);
void ks_knock_uncopy(struct ks_knock *copy);

/* How many things a pick stands for now; row: the knock under the cursor (KS_PICK_KNOCK), or SIZE_MAX. */
uint64_t ks_outbound_count(const struct ks_model *model, enum ks_pick pick, size_t row);

/* Copies what a pick stands for, at most `most` of it (0: up to the limit). KS_NOMEM; KS_USAGE where there is nothing. Freed by
 * ks_outbound_free whatever the result; *out is NULL when out of memory. */
struct ks_status ks_outbound_make(const struct ks_model *model, enum ks_pick pick, size_t row, uint64_t most,
                                  struct ks_outbound **out);
void ks_outbound_free(struct ks_outbound *outbound);

/* Hashes the captures and writes the file: for a job. KS_IO, KS_CANCELLED ... */
struct ks_status ks_outbound_write(struct ks_outbound *outbound, struct ks_progress *progress);

/* The first `limit` bytes of what would be written. */
struct ks_status ks_outbound_preview(struct ks_outbound *outbound, size_t limit, struct ks_text *text);

#endif
