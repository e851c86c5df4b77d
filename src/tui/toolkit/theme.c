#include "tui/toolkit/theme.h"

#include <stdint.h>
#include <string.h>

#include "tui/toolkit/grid.h"

static const char *const role_names[] = {
#define R(id, name) name,
    KS_ROLES(R)
#undef R
};

static const char *const theme_names[] = {"dark", "light", "contrast", "mono"};

/* One look in 256 colours and in 8 (16 where a number is above 7 and the terminal has them). */
struct paint {
    short fg, bg, fg8, bg8;
    uint16_t attr;
};

#define P(fg, bg, fg8, bg8, attr) {fg, bg, fg8, bg8, attr}
#define PLAIN P(-1, -1, -1, -1, 0)

/* On a dark background: the terminal's own background is kept everywhere but in bars of text. */
static const struct paint dark[KS_ROLE_N] = {
    [KS_ROLE_NONE] = PLAIN,
    [KS_ROLE_TEXT] = PLAIN,
    [KS_ROLE_FAINT] = P(245, -1, -1, -1, 0),
    [KS_ROLE_STRONG] = P(231, -1, 7, -1, KS_BOLD),
    [KS_ROLE_TITLE] = P(250, -1, 6, -1, 0),
    [KS_ROLE_BORDER] = P(240, -1, -1, -1, 0),
    [KS_ROLE_FOCUS] = P(80, -1, 6, -1, KS_BOLD),
    [KS_ROLE_HEADER] = P(252, 236, 7, 4, 0),
    [KS_ROLE_TAB] = P(16, 80, 0, 6, KS_BOLD),
    [KS_ROLE_FOOTER] = P(250, 236, 7, 4, 0),
    [KS_ROLE_KEY] = P(80, 236, 6, 4, KS_BOLD),
    [KS_ROLE_SELECTED] = P(231, 24, 7, 4, KS_BOLD),
    [KS_ROLE_MARKED] = P(220, -1, 3, -1, KS_BOLD),
    [KS_ROLE_NUMBER] = PLAIN,
    [KS_ROLE_GOOD] = P(114, -1, 2, -1, 0),
    [KS_ROLE_WARN] = P(221, -1, 3, -1, 0),
    [KS_ROLE_BAD] = P(210, -1, 1, -1, KS_BOLD),
    [KS_ROLE_KNOCK] = P(215, -1, 3, -1, KS_BOLD),
    [KS_ROLE_OPENED] = P(114, -1, 2, -1, KS_BOLD),
    [KS_ROLE_REFUSED] = P(210, -1, 1, -1, 0),
    [KS_ROLE_SILENT] = P(248, -1, -1, -1, 0),
    [KS_ROLE_UNREACHABLE] = P(176, -1, 5, -1, 0),
    [KS_ROLE_CHANCE] = P(147, -1, 5, -1, 0),
    [KS_ROLE_BAR] = P(74, -1, 4, -1, 0),
    [KS_ROLE_CURVE] = P(80, -1, 6, -1, 0),
    [KS_ROLE_OBSERVED] = P(221, -1, 3, -1, 0),
    [KS_ROLE_RANGE] = P(114, -1, 2, -1, 0),
    [KS_ROLE_CURSOR] = P(231, -1, 7, -1, KS_BOLD),
    [KS_ROLE_HEAT_1] = P(61, -1, 4, -1, 0),
    [KS_ROLE_HEAT_2] = P(67, -1, 6, -1, 0),
    [KS_ROLE_HEAT_3] = P(179, -1, 3, -1, 0),
    [KS_ROLE_HEAT_4] = P(209, -1, 1, -1, 0),
    [KS_ROLE_INPUT] = P(231, 238, 7, 4, 0),
    [KS_ROLE_MATCH] = P(16, 221, 0, 3, 0),
};

static const struct paint light[KS_ROLE_N] = {
    [KS_ROLE_NONE] = PLAIN,
    [KS_ROLE_TEXT] = PLAIN,
    [KS_ROLE_FAINT] = P(241, -1, -1, -1, 0),
    [KS_ROLE_STRONG] = P(16, -1, 0, -1, KS_BOLD),
    [KS_ROLE_TITLE] = P(238, -1, 4, -1, 0),
    [KS_ROLE_BORDER] = P(246, -1, -1, -1, 0),
    [KS_ROLE_FOCUS] = P(24, -1, 4, -1, KS_BOLD),
    [KS_ROLE_HEADER] = P(16, 252, 7, 4, 0),
    [KS_ROLE_TAB] = P(231, 24, 0, 6, KS_BOLD),
    [KS_ROLE_FOOTER] = P(236, 252, 7, 4, 0),
    [KS_ROLE_KEY] = P(24, 252, 7, 4, KS_BOLD),
    [KS_ROLE_SELECTED] = P(16, 153, 7, 4, KS_BOLD),
    [KS_ROLE_MARKED] = P(94, -1, 5, -1, KS_BOLD),
    [KS_ROLE_NUMBER] = PLAIN,
    [KS_ROLE_GOOD] = P(22, -1, 2, -1, 0),
    [KS_ROLE_WARN] = P(94, -1, 5, -1, 0),
    [KS_ROLE_BAD] = P(124, -1, 1, -1, KS_BOLD),
    [KS_ROLE_KNOCK] = P(130, -1, 1, -1, KS_BOLD),
    [KS_ROLE_OPENED] = P(22, -1, 2, -1, KS_BOLD),
    [KS_ROLE_REFUSED] = P(124, -1, 1, -1, 0),
    [KS_ROLE_SILENT] = P(240, -1, -1, -1, 0),
    [KS_ROLE_UNREACHABLE] = P(90, -1, 5, -1, 0),
    [KS_ROLE_CHANCE] = P(55, -1, 5, -1, 0),
    [KS_ROLE_BAR] = P(25, -1, 4, -1, 0),
    [KS_ROLE_CURVE] = P(24, -1, 4, -1, 0),
    [KS_ROLE_OBSERVED] = P(94, -1, 1, -1, 0),
    [KS_ROLE_RANGE] = P(22, -1, 2, -1, 0),
    [KS_ROLE_CURSOR] = P(16, -1, 0, -1, KS_BOLD),
    [KS_ROLE_HEAT_1] = P(61, -1, 4, -1, 0),
    [KS_ROLE_HEAT_2] = P(24, -1, 4, -1, 0),
    [KS_ROLE_HEAT_3] = P(130, -1, 5, -1, 0),
    [KS_ROLE_HEAT_4] = P(124, -1, 1, -1, 0),
    [KS_ROLE_INPUT] = P(16, 254, 7, 4, 0),
    [KS_ROLE_MATCH] = P(16, 222, 0, 3, 0),
};

/* High contrast: black ground, few and strong colours, attributes do the rest. */
static const struct paint contrast[KS_ROLE_N] = {
    [KS_ROLE_NONE] = P(15, 16, 7, 0, 0),
    [KS_ROLE_TEXT] = P(231, 16, 7, 0, 0),
    [KS_ROLE_FAINT] = P(252, 16, 7, 0, 0),
    [KS_ROLE_STRONG] = P(231, 16, 7, 0, KS_BOLD),
    [KS_ROLE_TITLE] = P(231, 16, 7, 0, KS_BOLD),
    [KS_ROLE_BORDER] = P(252, 16, 7, 0, 0),
    [KS_ROLE_FOCUS] = P(226, 16, 3, 0, KS_BOLD),
    [KS_ROLE_HEADER] = P(16, 231, 0, 7, 0),
    [KS_ROLE_TAB] = P(16, 226, 0, 3, KS_BOLD),
    [KS_ROLE_FOOTER] = P(16, 231, 0, 7, 0),
    [KS_ROLE_KEY] = P(16, 231, 0, 7, KS_BOLD | KS_UNDERLINE),
    [KS_ROLE_SELECTED] = P(16, 226, 0, 3, KS_BOLD),
    [KS_ROLE_MARKED] = P(226, 16, 3, 0, KS_BOLD | KS_UNDERLINE),
    [KS_ROLE_NUMBER] = P(231, 16, 7, 0, 0),
    [KS_ROLE_GOOD] = P(120, 16, 2, 0, KS_BOLD),
    [KS_ROLE_WARN] = P(226, 16, 3, 0, KS_BOLD),
    [KS_ROLE_BAD] = P(217, 16, 1, 0, KS_BOLD | KS_UNDERLINE),
    [KS_ROLE_KNOCK] = P(226, 16, 3, 0, KS_BOLD),
    [KS_ROLE_OPENED] = P(120, 16, 2, 0, KS_BOLD),
    [KS_ROLE_REFUSED] = P(217, 16, 1, 0, KS_BOLD),
    [KS_ROLE_SILENT] = P(231, 16, 7, 0, 0),
    [KS_ROLE_UNREACHABLE] = P(225, 16, 5, 0, KS_BOLD),
    [KS_ROLE_CHANCE] = P(225, 16, 5, 0, 0),
    [KS_ROLE_BAR] = P(159, 16, 6, 0, 0),
    [KS_ROLE_CURVE] = P(159, 16, 6, 0, KS_BOLD),
    [KS_ROLE_OBSERVED] = P(226, 16, 3, 0, KS_BOLD),
    [KS_ROLE_RANGE] = P(120, 16, 2, 0, KS_BOLD),
    [KS_ROLE_CURSOR] = P(16, 231, 0, 7, KS_BOLD),
    [KS_ROLE_HEAT_1] = P(159, 16, 6, 0, 0),
    [KS_ROLE_HEAT_2] = P(120, 16, 2, 0, 0),
    [KS_ROLE_HEAT_3] = P(226, 16, 3, 0, 0),
    [KS_ROLE_HEAT_4] = P(231, 16, 7, 0, KS_BOLD),
    [KS_ROLE_INPUT] = P(16, 231, 0, 7, 0),
    [KS_ROLE_MATCH] = P(16, 226, 0, 3, KS_UNDERLINE),
};

/* Without colours: bold, reverse and underline only; outcomes differ by them, dim where nothing answered. */
static const uint16_t mono[KS_ROLE_N] = {
    [KS_ROLE_STRONG] = KS_BOLD,      [KS_ROLE_TITLE] = KS_BOLD,    [KS_ROLE_FOCUS] = KS_BOLD,
    [KS_ROLE_HEADER] = KS_REVERSE,   [KS_ROLE_TAB] = KS_BOLD,      [KS_ROLE_FOOTER] = KS_REVERSE,
    [KS_ROLE_KEY] = KS_REVERSE | KS_BOLD, [KS_ROLE_SELECTED] = KS_REVERSE | KS_BOLD,
    [KS_ROLE_MARKED] = KS_BOLD | KS_UNDERLINE, [KS_ROLE_WARN] = KS_BOLD, [KS_ROLE_BAD] = KS_BOLD | KS_UNDERLINE,
    [KS_ROLE_KNOCK] = KS_BOLD,       [KS_ROLE_OPENED] = KS_BOLD,   [KS_ROLE_CURSOR] = KS_REVERSE,
    [KS_ROLE_HEAT_4] = KS_BOLD,      [KS_ROLE_OBSERVED] = KS_BOLD, [KS_ROLE_INPUT] = KS_UNDERLINE,
    [KS_ROLE_MATCH] = KS_REVERSE,    [KS_ROLE_SILENT] = KS_DIM,    [KS_ROLE_UNREACHABLE] = KS_UNDERLINE,
};

const char *ks_theme_role_name(enum ks_cell_role role)
{
    return role_names[role];
}

const char *ks_theme_name(enum ks_theme theme)
{
    return theme_names[theme];
}

bool ks_theme_parse(const char *name, enum ks_theme *out)
{
    for (unsigned i = 0; i < KS_THEME_N; i++)
        if (strcmp(name, theme_names[i]) == 0) {
            *out = (enum ks_theme)i;
            return true;
        }
    return false;
}

struct ks_look ks_theme_look(enum ks_theme theme, enum ks_cell_role role, int colours)
{
    if (theme == KS_THEME_MONO || colours < 8)
        return (struct ks_look){-1, -1, mono[role]};
    const struct paint *p = theme == KS_THEME_LIGHT      ? &light[role]
                            : theme == KS_THEME_CONTRAST ? &contrast[role]
                                                         : &dark[role];
    if (colours >= 256)
        return (struct ks_look){p->fg, p->bg, p->attr};
    return (struct ks_look){p->fg8, p->bg8, p->attr};
}
