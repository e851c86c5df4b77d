/* Rectangles cut into parts, columns fitted into a width, and the position in a long list. Total at any size. */
#ifndef KS_TUI_TOOLKIT_LAYOUT_H
#define KS_TUI_TOOLKIT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/toolkit/grid.h"

/* Cuts n rows (columns) off the top (left) or, for n < 0, off the bottom (right) of *rest; never more than there are. */
struct ks_rect ks_take_rows(struct ks_rect *rest, int n);
struct ks_rect ks_take_columns(struct ks_rect *rest, int n);

/* One column of a table. */
struct ks_column {
    const char *title;
    int min;             /* columns it needs */
    int grow;            /* weight with which it takes what is left; 0: stays at min */
    enum ks_align align; /* numbers: KS_RIGHT */
    int rank;            /* when there is no room the highest rank goes first; 0 stays to the end */
    int x, w;            /* result; w = 0: not shown */
};

/* Gives each column its x and w within `width`, `gap` blanks between them. Columns that do not fit are hidden by rank. */
void ks_columns_fit(struct ks_column *columns, size_t n, int width, int gap);
/* Draws the titles of fitted columns into row y. sorted: index of the column that sorts (marked with an arrow), or n. */
void ks_columns_head(struct ks_canvas canvas, int y, const struct ks_column *columns, size_t n, size_t sorted, bool reverse);
/* Puts one cell of a row. */
void ks_column_put(struct ks_canvas canvas, int y, const struct ks_column *column, ks_style style, const char *text);

/* A place in a list of n rows of which some are visible. Keep one per list; call ks_list_fit before drawing. */
struct ks_list {
    uint64_t n;   /* rows */
    uint64_t at;  /* the row under the cursor, < n (0 when empty) */
    uint64_t top; /* the first visible row */
    int visible;  /* rows that fit, as of the last ks_list_fit */
};

/* Takes the new number of rows and of visible rows, keeps the cursor in view. */
void ks_list_fit(struct ks_list *list, uint64_t n, int visible);
/* Does the moving actions (enum ks_action: KS_DO_UP ... KS_DO_BOTTOM, KS_DO_SELECT with a row number); false for any other. */
bool ks_list_act(struct ks_list *list, int action, int64_t number);

#endif
