/* The explorer's door: everything that the command line hands over. */
#ifndef KS_TUI_TUI_H
#define KS_TUI_TUI_H

#include <stdbool.h>

#include "tui/options.h"

/* Runs the explorer until the user leaves. The exit status of the program: 0; 1 no terminal, or a step of the script failed; 3 the capture
 * could not be read (script only); 4 it was read in part (script only). Messages go to standard error. */
int ks_tui_main(const struct ks_tui_options *options);

/* Prints, for the manual page and the shells' completions, one line per row of the explorer's own tables, fields separated by tabs. what:
 * "actions" (name, keys, where, group, argument, help), "settings" (name, type, range, default, help), "keys" (keys, where, help),
 * "man" (the manual page's section in man(7) form). False for another word. */
bool ks_tui_describe(const char *what);

#endif
