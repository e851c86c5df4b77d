/* What the explorer starts with. */
#ifndef KS_TUI_OPTIONS_H
#define KS_TUI_OPTIONS_H

#include <stdbool.h>

#include "analysis/params.h"
#include "capture/load.h"
#include "knocks/knocks.h"
#include "tui/toolkit/theme.h"

/* Strings and arrays need to live as long as ks_tui_main runs. */
struct ks_tui_options {
    struct ks_load_options load; /* n_paths = 0: starts empty and offers to open a capture */
    struct ks_params params;
    bool params_given;      /* on the command line: those of the settings file are not taken */
    const char *script;     /* run these steps without a terminal and leave; "-" is standard input; NULL: a terminal */
    const char *theme;      /* "dark", "light", "contrast", "mono"; NULL: from the settings */
    enum ks_colour colour;  /* auto: colours unless NO_COLOR is set or the terminal has none */
    bool ascii;             /* plain ASCII even where the locale has UTF-8 */
    bool plain_settings;    /* neither read nor write the settings file */
    struct ks_knock_options knocks; /* its allow_path NULL: the list beside the settings file */
    const char *baseline;   /* a capture to compare with; NULL: none */
    unsigned threads;       /* for mining; 0: one per processor, at most 8 */
};

#endif
