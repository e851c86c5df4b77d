/* The cell grid: screens draw characters with a role into it; only term.c knows how cells reach a terminal.
 *
 * How a screen draws: it gets a `struct ks_canvas`, a window into the grid with its own origin (0, 0), and calls the functions
 * below. Everything is clipped, at any size, so that no caller checks borders. Text is UTF-8; where the grid is ASCII every
 * character is replaced by its twin (see glyph.c), so a screen writes one text for both: measure with ks_width, never strlen.
 *
 *     struct ks_canvas inside = ks_box(canvas, ks_whole(canvas), KS_ROLE_BORDER, "Rules");
 *     ks_put(inside, 0, 0, KS_ROLE_TEXT, "999 ⇒ 888");
 *     ks_put_in(inside, 20, 0, 8, KS_RIGHT, KS_ROLE_NUMBER | KS_BOLD, "1,234");
 */
#ifndef KS_TUI_TOOLKIT_GRID_H
#define KS_TUI_TOOLKIT_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/toolkit/theme.h"

struct ks_rect {
    int x, y, w, h;
};

/* A style is a role (theme.h) or-ed with these. */
enum { KS_ROLE_MASK = 0xff, KS_BOLD = 0x100, KS_REVERSE = 0x200, KS_UNDERLINE = 0x400, KS_DIM = 0x800 };
typedef unsigned ks_style;

struct ks_cell {
    uint32_t c;     /* the character; 0 in the right half of a wide one */
    uint32_t mark;  /* one combining character on it, or 0 */
    uint16_t style; /* role and attributes */
    uint8_t width;  /* columns: 1 or 2; 0 in the right half */
};

/* Where the mouse does something: a click inside asks for `action` with `number`. */
struct ks_zone {
    struct ks_rect at;
    int action; /* enum ks_action */
    int64_t number;
};

enum { KS_ZONES = 512 };

struct ks_grid {
    int w, h; /* >= 1 */
    struct ks_cell *cells; /* h rows of w */
    bool ascii;
    int cursor_x, cursor_y; /* where the terminal's cursor shows; x < 0: hidden */
    struct ks_zone zones[KS_ZONES];
    size_t n_zones;
};

/* A view of the grid that a screen draws on. Coordinates start at 0, 0; w and h are its size (never negative). */
struct ks_canvas {
    struct ks_grid *grid;
    int x, y; /* origin in the grid */
    int w, h;
    struct ks_rect clip; /* in the grid: what may be touched */
};

enum ks_align { KS_LEFT, KS_RIGHT, KS_CENTRE };

/* Makes the grid w x h (each clamped to 1..10000), all blank. False when out of memory: the grid is as before. */
bool ks_cells_resize(struct ks_grid *grid, int w, int h);
void ks_cells_free(struct ks_grid *grid);
/* Blanks all cells, forgets zones and the cursor. */
void ks_cells_clear(struct ks_grid *grid);
/* The cell at x, y; NULL outside. */
const struct ks_cell *ks_cells_at(const struct ks_grid *grid, int x, int y);
/* The zone drawn last that holds x, y; NULL where there is none. */
const struct ks_zone *ks_cells_zone(const struct ks_grid *grid, int x, int y);
/* One row as UTF-8 without trailing blanks; returns the bytes written (cap > 0, always terminated). */
size_t ks_cells_row(const struct ks_grid *grid, int y, char *out, size_t cap);

/* The whole grid as a canvas; a canvas's own rectangle; a part of it (may reach outside: it is clipped). */
struct ks_canvas ks_canvas_all(struct ks_grid *grid);
struct ks_rect ks_whole(struct ks_canvas canvas);
struct ks_canvas ks_sub(struct ks_canvas canvas, struct ks_rect part);

/* Columns that a text takes on this grid. */
int ks_width(const struct ks_grid *grid, const char *text);

/* Writes text at x, y; returns the column after it (also where clipped). Control characters and broken UTF-8 become '?'. */
int ks_put(struct ks_canvas canvas, int x, int y, ks_style style, const char *text);
int ks_putf(struct ks_canvas canvas, int x, int y, ks_style style, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Writes text into w columns, aligned, padded with blanks of the style; cut with an ellipsis where it does not fit. */
void ks_put_in(struct ks_canvas canvas, int x, int y, int w, enum ks_align align, ks_style style, const char *text);
void ks_putf_in(struct ks_canvas canvas, int x, int y, int w, enum ks_align align, ks_style style, const char *format, ...)
    __attribute__((format(printf, 7, 8)));
/* Writes words into w columns from row y on, at most `rows` rows, breaking at blanks; returns the rows used (with NULL grid styles the
 * same). '\n' starts a new row. */
int ks_put_wrapped(struct ks_canvas canvas, int x, int y, int w, int rows, ks_style style, const char *text);
/* How many rows ks_put_wrapped would need. */
int ks_wrapped_rows(const struct ks_grid *grid, int w, const char *text);
/* Sets one character (no twin is looked up when it is ASCII). */
void ks_put_char(struct ks_canvas canvas, int x, int y, ks_style style, uint32_t c);

/* Fills a rectangle with blanks of a style. */
void ks_fill(struct ks_canvas canvas, struct ks_rect rect, ks_style style);
/* Changes the style of what is there (KS_ROLE_NONE keeps each role and only adds attributes). */
void ks_restyle(struct ks_canvas canvas, struct ks_rect rect, ks_style style);

/* Draws a frame with a title in its top line and gives what is inside (empty where there is no room). */
struct ks_canvas ks_box(struct ks_canvas canvas, struct ks_rect rect, ks_style style, const char *title);
/* A line with a title across a box at row y of the box's *outer* rectangle, joined to its sides: ├ title ───┤ */
void ks_box_split(struct ks_canvas canvas, struct ks_rect box, int y, ks_style style, const char *title);
void ks_hline(struct ks_canvas canvas, int x, int y, int w, ks_style style);
void ks_vline(struct ks_canvas canvas, int x, int y, int h, ks_style style);

/* A bar of `share` (0..1) of w columns, in eighths of a column (ASCII: # and -). Columns beyond it are left alone. */
void ks_bar(struct ks_canvas canvas, int x, int y, int w, ks_style style, double share);
/* ├────●──────┤ with the knob at `share` of w columns. */
void ks_slider(struct ks_canvas canvas, int x, int y, int w, ks_style style, double share);
/* One cell shaded by share (0: a blank, then 4 levels), in roles KS_ROLE_HEAT_1.. so that colour follows the shade. */
void ks_shade(struct ks_canvas canvas, int x, int y, double share);
/* A column of height h showing which part of n rows is in view; nothing where all are. */
void ks_scrollbar(struct ks_canvas canvas, int x, int y, int h, uint64_t top, uint64_t visible, uint64_t n);

/* Dots: each cell holds 2 x 4 (braille) or, in ASCII, 1 x 2. Coordinates count braille dots in both: 0..2w-1, 0..4h-1 from the top left. */
void ks_dot(struct ks_canvas canvas, int dx, int dy, ks_style style);
void ks_dot_line(struct ks_canvas canvas, int x0, int y0, int x1, int y1, ks_style style);

/* Makes a rectangle clickable. */
void ks_zone(struct ks_canvas canvas, struct ks_rect rect, int action, int64_t number);
/* Shows the terminal's cursor. */
void ks_cursor(struct ks_canvas canvas, int x, int y);

#endif
