/* Rules and knocks made ready for the writers that batch output and exports share. */
#ifndef KS_CLI_SELECT_H
#define KS_CLI_SELECT_H

#include "cli/batch.h"
#include "export/selection.h"

/* What a selection refers to. Zero-initialise; ks_selected_free frees it. */
struct ks_selected {
    struct ks_selection selection;
    struct ks_provenance provenance;
    struct ks_rules *rules;
    struct ks_knocks knocks;
    struct ks_picked *picked;
    struct ks_capture *before; /* the baseline; NULL: none */
    struct ks_knocks knocks_before;
    const struct ks_knock **gone;
    struct ks_compared_knocks compared;
    char (*sha256)[65];
};

/* Ranks the rules at the chosen thresholds; the first `top` of them are selected (0: all). */
struct ks_status ks_select_rules(struct ks_batch *batch, uint64_t top, struct ks_selected *out);
/* Finds knocks; the first `top` are selected (0: all), those set aside included. ranks: "1,3" picks these, NULL all. */
struct ks_status ks_select_knocks(struct ks_batch *batch, uint64_t top, const char *ranks, struct ks_selected *out);
/* Compares the selected knocks with those of --baseline, which is read for it. KS_INPUT where it cannot be. After ks_select_knocks. */
struct ks_status ks_select_baseline(struct ks_batch *batch, struct ks_selected *out);
/* The SHA-256 of every file, for the provenance (reads them again; standard input has none). */
struct ks_status ks_select_hashes(struct ks_batch *batch, struct ks_selected *out);
/* Brings the provenance up to date; call it last. */
void ks_select_finish(struct ks_batch *batch, struct ks_selected *out);
void ks_selected_free(struct ks_selected *selected);

#endif
