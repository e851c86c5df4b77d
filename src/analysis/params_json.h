/* Parameters as the "params" object of every JSON output, and back from it (--params FILE). */
#ifndef KS_ANALYSIS_PARAMS_JSON_H
#define KS_ANALYSIS_PARAMS_JSON_H

#include <stddef.h>

#include "analysis/analysis.h"
#include "analysis/params.h"
#include "base/status.h"
#include "base/text.h"
#include "export/provenance.h"

enum { KS_PARAMS_MAX = 32, KS_DEFINITIONS_MAX = 8 };

/* Every parameter in force as name and value, in the order of the keys; returns how many were written (<=
 * KS_PARAMS_MAX). A threshold gives the value in force: the chosen one where it is automatic, or "auto" while
 * nothing is chosen (`choice` NULL). "auto" names those that are automatic. */
size_t ks_params_list(const struct ks_params *params, const struct ks_choice *choice,
                      struct ks_param out[KS_PARAMS_MAX]);

/* The knock options in force (null where the search chooses), to follow the list of parameters: writes
 * KS_KNOCK_PARAMS entries at out; returns that. An allow returns that. An allow list is named (its path cut
 * to what fits) but not read back: it is the analyst's own. */
enum { KS_KNOCK_PARAMS = 4 };
size_t ks_knock_options_list(const struct ks_knock_options *options, struct ks_param *out);

/* The definitions chosen, as static sentences for struct ks_provenance; returns how many (<=
 * KS_DEFINITIONS_MAX). */
size_t ks_params_definitions(const struct ks_params *params, const char *out[KS_DEFINITIONS_MAX]);

/* Reads the "params" object of a JSON text that this program wrote (any command, or the object alone) into
 * *params; keys that are not there keep the preset's value (the object's own preset, or that of *params).
 * A threshold that "auto" names stays automatic, whatever its value: the same capture gives the same choice.
 * Knock options go to `options` (may be NULL), the BPF filter, if any, is appended to `filter` (may be NULL).
 * `name` is for messages. KS_USAGE: not JSON, a schema of another version, no parameters, a key that is unknown or has a
 * wrong value, each with its place; *params and *options are then unchanged. KS_NOMEM. */
struct ks_status ks_params_read_text(const char *json, size_t n, const char *name, struct ks_params *params,
                                     struct ks_knock_options *options, struct ks_text *filter);

/* The same from a file ("-" is standard input). KS_INPUT where it cannot be read. */
struct ks_status ks_params_read_file(const char *path, struct ks_params *params,
                                     struct ks_knock_options *options, struct ks_text *filter);

#endif
