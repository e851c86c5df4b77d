/* What options mean together. */
#ifndef KS_CLI_SETTLE_H
#define KS_CLI_SETTLE_H

#include "base/status.h"
#include "cli/asked.h"

/* Settles the format of a batch command's output (--as, --format, the extension of -o, text) and holds the options of the export against
 * it. KS_USAGE: two that contradict each other, a name that says no format, an option that the format does not heed. */
struct ks_status ks_cli_settle_format(struct ks_cli *cli);

/* A comma-separated list of reals, or from:to:step; KS_USAGE, KS_NOMEM. *values is freed by ks_free. */
struct ks_status ks_cli_values(const char *text, double **values, size_t *n);

#endif
