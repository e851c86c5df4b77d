/* Settings: the habits of the user and the parameters of the analysis, by name and as text. The one table is settings.def. */
#ifndef KS_TUI_MODEL_SETTINGS_H
#define KS_TUI_MODEL_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/params.h"
#include "base/status.h"
#include "tui/toolkit/theme.h"

enum ks_setting_id {
#define S(id, name, type, range, standard, effects, help) KS_SET_##id,
#include "tui/model/settings.def"
#undef S
    KS_SET_N
};

enum ks_setting_type { KS_TYPE_CHOICE, KS_TYPE_SWITCH, KS_TYPE_COUNT, KS_TYPE_REAL, KS_TYPE_AUTO, KS_TYPE_WINDOW };

struct ks_setting_info {
    const char *name, *range, *standard, *help;
    enum ks_setting_type type;
    unsigned effects;
};

enum ks_glyphs { KS_GLYPHS_AUTO, KS_GLYPHS_UNICODE, KS_GLYPHS_ASCII };

/* The habits. */
struct ks_habits {
    enum ks_theme theme;
    enum ks_glyphs glyphs;
    bool mouse, local_time, clipboard, welcome;
};

/* Everything that has a name in the table. */
struct ks_settings {
    struct ks_habits habits;
    struct ks_params params;
    uint32_t kept; /* bit per setting that the next save writes: habits of the file or changed since, parameters only when asked for */
};

const struct ks_setting_info *ks_setting_info(enum ks_setting_id id);
/* By name or unique beginning; false for none. */
bool ks_setting_find(const char *name, enum ks_setting_id *out);
/* Whether it is a parameter of the analysis (can be undone) and not a habit. */
bool ks_setting_is_parameter(enum ks_setting_id id);
/* The value as text that ks_setting_set reads back. Returns out. */
char *ks_setting_get(const struct ks_settings *settings, enum ks_setting_id id, char *out, size_t cap);
/* Changes a value; KS_USAGE says what is allowed, with nothing changed. */
struct ks_status ks_setting_set(struct ks_settings *settings, enum ks_setting_id id, const char *text);
/* Moves a value up or down: choices and switches to the next word, counts by `step`, probabilities by tens, windows through usual sizes. At the end of a
 * range it stays. */
void ks_setting_step(struct ks_settings *settings, enum ks_setting_id id, int step);
/* The effects of everything that differs between two sets of parameters. */
unsigned ks_params_effects(const struct ks_params *a, const struct ks_params *b);

/* Every habit's bit of `kept`. */
uint32_t ks_settings_habits(void);

/* The habits' standard values. */
struct ks_habits ks_habits_standard(void);

/* $XDG_CONFIG_HOME/knockscope/NAME, or under ~/.config; the folder is made where `make` is set. False where neither variable is set or the
 * folder cannot be made. */
bool ks_config_path(char *out, size_t cap, const char *name, bool make);
/* A path as people write it: ~ for the home folder, nothing that a terminal would obey. Returns out. */
char *ks_config_shown(char *out, size_t cap, const char *path);
/* Reads "name = value" lines, and those for keys (keymap.h); # starts a comment. What is not understood and keys in conflict are reported by `complain`
 * with the file and the line, and skipped. A missing file is no failure (*found tells). parameters: also read those of the analysis. */
struct ks_status ks_settings_read(struct ks_settings *settings, const char *path, bool parameters, bool *found,
                                  void (*complain)(void *context, const char *text), void *context);
/* Writes the settings in `kept` and the keys that were typed into the file, all at once or not at all. Its other lines, and their order, stay. */
struct ks_status ks_settings_write(const struct ks_settings *settings, const char *path);

#endif
