/* The explorer's door: everything that the command line hands over. */
#ifndef KS_TUI_TUI_H
#define KS_TUI_TUI_H

#include <stdbool.h>

#include "analysis/params.h"
#include "capture/load.h"

enum ks_colour { KS_COLOUR_AUTO, KS_COLOUR_ALWAYS, KS_COLOUR_NEVER };

/* What the explorer starts with. Strings and arrays need to live as long as ks_tui_main runs. */
struct ks_tui_options {
    struct ks_load_options load; /* n_paths = 0: starts empty and offers to open a capture */
    struct ks_params params;
    bool params_given;      /* on the command line: those of the settings file are not taken */
    const char *script;     /* run these steps without a terminal and leave; "-" is standard input; NULL: a terminal */
    const char *theme;      /* "dark", "light", "contrast", "mono"; NULL: from the settings */
    enum ks_colour colour;  /* auto: colours unless NO_COLOR is set or the terminal has none */
    bool ascii;             /* plain ASCII even where the locale has UTF-8 */
    bool plain_settings;    /* neither read nor write the settings file */
    const char *allow_path; /* allow list of knocks; NULL: the one beside the settings file */
    unsigned threads;       /* for mining; 0: one per processor, at most 8 */
};

/* Runs the explorer until the user leaves. The exit status of the program: 0; 1 no terminal, or a step of the script failed; 3 the capture
 * could not be read (script only); 4 it was read in part (script only). Messages go to standard error. */
int ks_tui_main(const struct ks_tui_options *options);

/* Prints, for the manual page and the shells' completions, one line per row of the explorer's own tables, fields separated by tabs. what:
 * "actions" (name, keys, where, group, argument, help), "settings" (name, type, range, default, help), "keys" (keys, where, help),
 * "man" (the manual page's section in man(7) form). False for another word. */
bool ks_tui_describe(const char *what);

#endif
