/* The sandbox for this command line: which folders it needs. */
#ifndef KS_CLI_PROTECT_H
#define KS_CLI_PROTECT_H

#include "base/status.h"
#include "cli/asked.h"

/* Gives up what this run does not need, before anything foreign is read: reading stays possible below the captures' folders, the working folder and the
 * files named by options; writing in the folder of -o, and for the explorer in the working folder and the settings folder. With --no-sandbox nothing
 * happens. KS_NOMEM, KS_FAILED. */
struct ks_status ks_protect(const struct ks_cli *cli);

/* The folder of the settings, "$XDG_CONFIG_HOME/knockscope" or "~/.config/knockscope"; false where neither variable is set. */
bool ks_settings_folder(char *out, size_t cap);

#endif
