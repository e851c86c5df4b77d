/* What was asked for on the command line. */
#ifndef KS_CLI_ASKED_H
#define KS_CLI_ASKED_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/analysis.h"
#include "base/text.h"
#include "export/export.h"

/* Commands, in the order of the help. */
enum ks_command {
    KS_COMMAND_EXPLORE, KS_COMMAND_STATS, KS_COMMAND_CURVE, KS_COMMAND_SWEEP, KS_COMMAND_RULES, KS_COMMAND_KNOCKS,
    KS_COMMAND_EVALUATE, KS_COMMAND_WHY, KS_COMMAND_EXPORT, KS_COMMAND_N
};

/* "stats"; "" for the explorer. */
const char *ks_command_name(enum ks_command command);
/* What it gives, in one line. */
const char *ks_command_help(enum ks_command command);

struct ks_cli {
    enum ks_command command;
    struct ks_load_options load; /* paths point into argv */
    const char **paths;
    struct ks_params params;
    bool params_given; /* some of them were named on the command line */
    const char *mining; /* the last named option of how rules are mined or sorted, which does not change knocks; NULL: none */
    struct ks_knock_options knocks;
    enum ks_format format; /* of the output: what --as, --format or the name of the output says */
    bool format_given;     /* with --format */
    struct ks_text filter_text; /* a filter read back with --params */
    const char *output; /* NULL: standard output */
    bool force;         /* overwrite */
    bool quiet, verbose, help, version;
    enum ks_axis axis;  /* what sweep moves */
    double *values;     /* given with --values; n_values = 0: the command's own */
    size_t n_values;
    const char *values_text; /* as given */
    const char *truth;  /* evaluate: comma-separated labels */
    const char *baseline; /* knocks: a capture from before */
    const char *items;  /* why: comma-separated labels */
    const char *as;     /* export: format */
    struct ks_export_options export;
    const char *select; /* export: what */
    const char *script, *theme, *colour;
    bool ascii, no_settings, no_sandbox;
    const char *describe; /* hidden: tables for the manual and the completions */
    unsigned threads;
};

#endif
