/* Roles: what a cell means. How a role looks is a table (theme.c), one column per theme. */
#ifndef KS_TUI_TOOLKIT_THEME_H
#define KS_TUI_TOOLKIT_THEME_H

#include <stdbool.h>
#include <stddef.h>

/* Whether to use colours; auto: unless NO_COLOR is set or the terminal has none. */
enum ks_colour { KS_COLOUR_AUTO, KS_COLOUR_ALWAYS, KS_COLOUR_NEVER };

/* Pick the role that says what the text is, never a colour. Meaning must also be readable without colour: by words,
 * glyphs or position. R(ID, name) */
#define KS_ROLES(R)                                                                                          \
    R(NONE, "none") /* for ks_restyle: keep each role */                                                     \
    R(TEXT, "text")                                                                                          \
    R(FAINT, "faint") /* labels, units, what may be overlooked */                                            \
    R(STRONG, "strong") /* what the eye should find first */                                                 \
    R(TITLE, "title") /* of a box or a column */                                                             \
    R(BORDER, "border")                                                                                      \
    R(FOCUS, "focus") /* the border and title of the pane that has the keys */                               \
    R(HEADER, "header") /* line 1 */                                                                         \
    R(TAB, "tab") /* the current screen in line 1 */                                                         \
    R(FOOTER, "footer") /* the last line */                                                                  \
    R(KEY, "key") /* a key's name */                                                                         \
    R(SELECTED, "selected") /* the row under the cursor */                                                   \
    R(MARKED, "marked") /* a row marked for export */                                                        \
    R(NUMBER, "number")                                                                                      \
    R(GOOD, "good")                                                                                          \
    R(WARN, "warn")                                                                                          \
    R(BAD, "bad")                                                                                            \
    R(KNOCK, "knock") /* ports of a knock */                                                                 \
    R(OPENED, "opened") /* the port that a knock opened, outcome open */                                     \
    R(REFUSED, "refused")                                                                                    \
    R(SILENT, "silent")                                                                                      \
    R(UNREACHABLE, "unreachable")                                                                            \
    R(CHANCE, "chance") /* what chance alone would give */                                                   \
    R(BAR, "bar")                                                                                            \
    R(CURVE, "curve") /* the model's curve */                                                                \
    R(OBSERVED, "observed") /* the observed histogram */                                                     \
    R(RANGE, "range") /* the suggested range */                                                              \
    R(CURSOR, "cursor") /* cross-hairs and cursors in plots */                                               \
    R(HEAT_1, "heat-1")                                                                                      \
    R(HEAT_2, "heat-2")                                                                                      \
    R(HEAT_3, "heat-3")                                                                                      \
    R(HEAT_4, "heat-4")                                                                                      \
    R(INPUT, "input") /* the line being edited */                                                            \
    R(MATCH, "match") /* what a search found */

enum ks_cell_role {
#define R(id, name) KS_ROLE_##id,
    KS_ROLES(R)
#undef R
    KS_ROLE_N
};

const char *ks_theme_role_name(enum ks_cell_role role);

enum ks_theme { KS_THEME_DARK, KS_THEME_LIGHT, KS_THEME_CONTRAST, KS_THEME_MONO, KS_THEME_N };
const char *ks_theme_name(enum ks_theme theme);
bool ks_theme_parse(const char *name, enum ks_theme *out);

/* How a role looks: colours as palette numbers, -1 the terminal's own; attributes as in grid.h. */
struct ks_look {
    short fg, bg;
    unsigned attr;
};

/* The look of a role with so many colours (0 or less than 8: the monochrome theme's, whatever the theme). */
struct ks_look ks_theme_look(enum ks_theme theme, enum ks_cell_role role, int colours);

#endif
