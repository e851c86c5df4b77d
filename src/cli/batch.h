/* What all batch commands share: the capture read, the windows mined, where the output goes, how it begins. */
#ifndef KS_CLI_BATCH_H
#define KS_CLI_BATCH_H

#include "analysis/analysis.h"
#include "analysis/params_json.h"
#include "base/status.h"
#include "cli/asked.h"
#include "export/csv.h"
#include "export/json.h"
#include "export/out.h"
#include "export/provenance.h"

/* The exit statuses (README.md). */
enum { KS_EXIT_DONE = 0, KS_EXIT_FAILED = 1, KS_EXIT_USAGE = 2, KS_EXIT_INPUT = 3, KS_EXIT_PARTIAL = 4 };

/* A running command. Zero-initialise but for cli; ks_batch_end frees it. */
struct ks_batch {
    const struct ks_cli *cli;
    struct ks_progress *progress; /* cancelled by Ctrl-C */
    struct ks_out *out;
    bool utf8; /* the output's encoding takes more than ASCII */
    struct ks_capture *capture;
    bool partial;
    struct ks_mined *mined;
    struct ks_shifted *shifted;
    struct ks_choice choice;
    bool chosen;
    struct ks_param param[KS_PARAMS_MAX];
    const char *definition[KS_DEFINITIONS_MAX];
    const char *note[4]; /* limits that were reached */
    size_t n_notes;
    int64_t began; /* ns, of the last step, for -v */
};

/* Threads for mining: as given, or one per processor, at most 8. */
unsigned ks_cli_threads(const struct ks_cli *cli);

/* Reads the capture. One read in part is no failure: partial is set and told on standard error. */
struct ks_status ks_batch_load(struct ks_batch *batch);
/* Cuts windows and mines pairs. */
struct ks_status ks_batch_mine(struct ks_batch *batch);
/* Chooses the thresholds; the shifted null is drawn first where `chance` asks for it or an automatic minInte needs it. */
struct ks_status ks_batch_choose(struct ks_batch *batch, bool chance);
void ks_batch_end(struct ks_batch *batch);

/* Where the result comes from, as it stands now; refers to the batch. sha256 may be NULL. */
struct ks_provenance ks_batch_provenance(struct ks_batch *batch, const char (*sha256)[65]);
/* Opens the JSON object with schema, params and capture; the command adds its own members and ends it. */
void ks_batch_json(struct ks_batch *batch, struct ks_json *json);
/* The lines before a text output: which capture, what was cut how, which thresholds and why. */
void ks_batch_text(struct ks_batch *batch);

/* Notes on standard error, unless -q. */
void ks_batch_note(const struct ks_batch *batch, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A limit that was reached, text that stays: among the notes of the output and on standard error, with -q only where the output itself cannot say it (CSV). */
void ks_batch_limit(struct ks_batch *batch, const char *text);
/* How long the last step took, with -v. */
void ks_batch_took(struct ks_batch *batch, const char *what);

/* "every TCP packet", "sessions ended by 30 s of silence per source and target" ... */
const char *ks_items_words(enum ks_items items);
char *ks_windowing_words(char *out, size_t cap, const struct ks_windowing *windowing);

/* Runs a batch command with its output opened; returns the exit status. */
int ks_cli_run(const struct ks_cli *cli);

struct ks_status ks_cmd_stats(struct ks_batch *batch);
struct ks_status ks_cmd_curve(struct ks_batch *batch);
struct ks_status ks_cmd_sweep(struct ks_batch *batch);
struct ks_status ks_cmd_rules(struct ks_batch *batch);
struct ks_status ks_cmd_knocks(struct ks_batch *batch);
struct ks_status ks_cmd_evaluate(struct ks_batch *batch);
struct ks_status ks_cmd_why(struct ks_batch *batch);
struct ks_status ks_cmd_export(struct ks_batch *batch);

#endif
