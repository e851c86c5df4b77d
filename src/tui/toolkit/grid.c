#include "tui/toolkit/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/toolkit/glyph.h"

enum { SIDE_MAX = 10000 };

static int clamp(int v, int low, int high)
{
    return v < low ? low : v > high ? high : v;
}

bool ks_cells_resize(struct ks_grid *grid, int w, int h)
{
    w = clamp(w, 1, SIDE_MAX);
    h = clamp(h, 1, SIDE_MAX);
    if (grid->cells == NULL || w != grid->w || h != grid->h) {
        struct ks_cell *cells = ks_alloc((size_t)w * (size_t)h, sizeof *cells);
        if (cells == NULL)
            return false;
        ks_free(grid->cells);
        grid->cells = cells;
        grid->w = w;
        grid->h = h;
    }
    ks_cells_clear(grid);
    return true;
}

void ks_cells_free(struct ks_grid *grid)
{
    ks_free(grid->cells);
    grid->cells = NULL;
    grid->w = grid->h = 0;
}

void ks_cells_clear(struct ks_grid *grid)
{
    size_t n = (size_t)grid->w * (size_t)grid->h;
    for (size_t i = 0; i < n; i++)
        grid->cells[i] = (struct ks_cell){.c = ' ', .style = KS_ROLE_TEXT, .width = 1};
    grid->n_zones = 0;
    grid->cursor_x = grid->cursor_y = -1;
}

const struct ks_cell *ks_cells_at(const struct ks_grid *grid, int x, int y)
{
    if (x < 0 || y < 0 || x >= grid->w || y >= grid->h)
        return NULL;
    return &grid->cells[(size_t)y * (size_t)grid->w + (size_t)x];
}

const struct ks_zone *ks_cells_zone(const struct ks_grid *grid, int x, int y)
{
    for (size_t i = grid->n_zones; i-- > 0;) {
        const struct ks_rect *r = &grid->zones[i].at;
        if (x >= r->x && y >= r->y && x - r->x < r->w && y - r->y < r->h)
            return &grid->zones[i];
    }
    return NULL;
}

size_t ks_cells_row(const struct ks_grid *grid, int y, char *out, size_t cap)
{
    size_t used = 0, end = 0;
    for (int x = 0; x < grid->w; x++) {
        const struct ks_cell *cell = ks_cells_at(grid, x, y);
        if (cell == NULL || cell->width == 0)
            continue;
        char bytes[8];
        size_t n = ks_utf8_put(bytes, cell->c);
        if (cell->mark != 0)
            n += ks_utf8_put(bytes + n, cell->mark);
        if (used + n >= cap)
            break;
        memcpy(out + used, bytes, n);
        used += n;
        if (cell->c != ' ')
            end = used;
    }
    out[end] = '\0';
    return end;
}

struct ks_canvas ks_canvas_all(struct ks_grid *grid)
{
    return (struct ks_canvas){grid, 0, 0, grid->w, grid->h, {0, 0, grid->w, grid->h}};
}

struct ks_rect ks_whole(struct ks_canvas canvas)
{
    return (struct ks_rect){0, 0, canvas.w, canvas.h};
}

struct ks_canvas ks_sub(struct ks_canvas canvas, struct ks_rect part)
{
    struct ks_canvas sub = canvas;
    sub.x = clamp(canvas.x + clamp(part.x, -SIDE_MAX, SIDE_MAX), -4 * SIDE_MAX, 4 * SIDE_MAX);
    sub.y = clamp(canvas.y + clamp(part.y, -SIDE_MAX, SIDE_MAX), -4 * SIDE_MAX, 4 * SIDE_MAX);
    sub.w = clamp(part.w, 0, SIDE_MAX);
    sub.h = clamp(part.h, 0, SIDE_MAX);
    const struct ks_rect *c = &canvas.clip;
    int left = clamp(sub.x, c->x, c->x + c->w), right = clamp(sub.x + sub.w, c->x, c->x + c->w);
    int top = clamp(sub.y, c->y, c->y + c->h), bottom = clamp(sub.y + sub.h, c->y, c->y + c->h);
    sub.clip = (struct ks_rect){left, top, right - left, bottom - top};
    return sub;
}

/* The cell that a canvas may touch at its own x, y; NULL where it may not. */
static struct ks_cell *cell_for(struct ks_canvas canvas, int x, int y)
{
    if (x < -SIDE_MAX || y < -SIDE_MAX || x > SIDE_MAX || y > SIDE_MAX)
        return NULL;
    int gx = canvas.x + x, gy = canvas.y + y;
    const struct ks_rect *c = &canvas.clip;
    if (gx < c->x || gy < c->y || gx >= c->x + c->w || gy >= c->y + c->h)
        return NULL;
    return &canvas.grid->cells[(size_t)gy * (size_t)canvas.grid->w + (size_t)gx];
}

/* Writing over half of a wide character blanks its other half. */
static void split_wide(struct ks_canvas canvas, struct ks_cell *cell)
{
    const struct ks_grid *grid = canvas.grid;
    if (cell->width == 1)
        return;
    size_t i = (size_t)(cell - grid->cells), column = i % (size_t)grid->w;
    if (cell->width == 0 && column > 0)
        grid->cells[i - 1] = (struct ks_cell){.c = ' ', .style = grid->cells[i - 1].style, .width = 1};
    if (cell->width == 2 && column + 1 < (size_t)grid->w)
        grid->cells[i + 1] = (struct ks_cell){.c = ' ', .style = grid->cells[i + 1].style, .width = 1};
}

static void set(struct ks_canvas canvas, int x, int y, ks_style style, uint32_t c, int width)
{
    struct ks_cell *cell = cell_for(canvas, x, y);
    if (cell == NULL)
        return;
    if (width == 2 && cell_for(canvas, x + 1, y) == NULL) {
        c = ' '; /* half a character does not fit at the border */
        width = 1;
    }
    split_wide(canvas, cell);
    if (width == 2) {
        split_wide(canvas, cell + 1);
        cell[1] = (struct ks_cell){.c = 0, .style = (uint16_t)style, .width = 0};
    }
    *cell = (struct ks_cell){.c = c, .style = (uint16_t)style, .width = (uint8_t)width};
}

void ks_put_char(struct ks_canvas canvas, int x, int y, ks_style style, uint32_t c)
{
    if (c >= 0x80 && canvas.grid->ascii)
        c = (uint8_t)ks_ascii_twin(c)[0];
    set(canvas, x, y, style, c, ks_char_width(c));
}

int ks_width(const struct ks_grid *grid, const char *text)
{
    int w = 0;
    for (uint32_t c; w < SIDE_MAX; ) {
        for (; *text >= 0x20 && *text < 0x7f; text++)
            w++;
        c = ks_utf8_next(&text);
        if (c == 0)
            break;
        w += c >= 0x80 && grid->ascii ? (int)strlen(ks_ascii_twin(c)) : ks_char_width(c);
    }
    return w;
}

/* Puts one character of text; returns the column after it. */
static int put_one(struct ks_canvas canvas, int x, int y, ks_style style, uint32_t c)
{
    if (c >= 0x80 && canvas.grid->ascii) {
        for (const char *twin = ks_ascii_twin(c); *twin != '\0'; twin++)
            set(canvas, x++, y, style, (uint8_t)*twin, 1);
        return x;
    }
    int width = ks_char_width(c);
    if (width == 0) {
        struct ks_cell *cell = x > 0 ? cell_for(canvas, x - 1, y) : NULL;
        if (cell != NULL && cell->width == 0 && x > 1)
            cell = cell_for(canvas, x - 2, y);
        if (cell != NULL && cell->mark == 0)
            cell->mark = c;
        return x;
    }
    set(canvas, x, y, style, c, width);
    return x + width;
}

int ks_put(struct ks_canvas canvas, int x, int y, ks_style style, const char *text)
{
    uint32_t c;
    while (x < SIDE_MAX && *text != '\0') {
        if (*text >= 0x20 && *text < 0x7f) {
            set(canvas, x++, y, style, (uint8_t)*text++, 1);
            continue;
        }
        c = ks_utf8_next(&text);
        x = put_one(canvas, x, y, style, c);
    }
    return x;
}

int ks_putf(struct ks_canvas canvas, int x, int y, ks_style style, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return ks_put(canvas, x, y, style, text);
}

void ks_put_in(struct ks_canvas canvas, int x, int y, int w, enum ks_align align, ks_style style, const char *text)
{
    if (w <= 0)
        return;
    ks_fill(canvas, (struct ks_rect){x, y, w, 1}, style);
    struct ks_canvas line = ks_sub(canvas, (struct ks_rect){x, y, w, 1});
    int width = ks_width(canvas.grid, text);
    if (width <= w) {
        ks_put(line, align == KS_LEFT ? 0 : align == KS_RIGHT ? w - width : (w - width) / 2, 0, style, text);
        return;
    }
    ks_put(line, 0, 0, style, text);
    ks_put_char(line, w - 1, 0, style, 0x2026);
}

void ks_putf_in(struct ks_canvas canvas, int x, int y, int w, enum ks_align align, ks_style style, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ks_put_in(canvas, x, y, w, align, style, text);
}

/* Lays words into rows of w columns; draws them where canvas is given. */
static int wrap(const struct ks_grid *grid, const struct ks_canvas *canvas, int x, int y, int w, int rows, ks_style style,
                const char *text)
{
    int row = 0, column = 0;
    if (w <= 0 || rows <= 0)
        return 0;
    while (*text != '\0' && row < rows) {
        if (*text == '\n') {
            row++;
            column = 0;
            text++;
            continue;
        }
        size_t n = *text == ' ' ? 1 : strcspn(text, " \n");
        char word[256];
        if (n >= sizeof word)
            n = sizeof word - 1;
        memcpy(word, text, n);
        word[n] = '\0';
        int width = ks_width(grid, word);
        if (column > 0 && *text != ' ' && column + width > w) {
            row++;
            column = 0;
            if (row >= rows)
                break;
        }
        if (!(column == 0 && *text == ' ' && row > 0)) { /* no blank at the start of a wrapped row */
            if (canvas != NULL)
                ks_put(ks_sub(*canvas, (struct ks_rect){x, y + row, w, 1}), column, 0, style, word);
            column += width;
        }
        text += n;
    }
    return row < rows ? row + (column > 0) : rows;
}

int ks_put_wrapped(struct ks_canvas canvas, int x, int y, int w, int rows, ks_style style, const char *text)
{
    return wrap(canvas.grid, &canvas, x, y, w, rows, style, text);
}

int ks_wrapped_rows(const struct ks_grid *grid, int w, const char *text)
{
    return wrap(grid, NULL, 0, 0, w, SIDE_MAX, 0, text);
}

void ks_fill(struct ks_canvas canvas, struct ks_rect rect, ks_style style)
{
    struct ks_rect c = ks_sub(canvas, rect).clip;
    for (int y = c.y; y < c.y + c.h && c.w > 0; y++) {
        struct ks_cell *row = &canvas.grid->cells[(size_t)y * (size_t)canvas.grid->w + (size_t)c.x];
        split_wide(canvas, &row[0]); /* wide characters that reach over the borders */
        split_wide(canvas, &row[c.w - 1]);
        for (int x = 0; x < c.w; x++)
            row[x] = (struct ks_cell){.c = ' ', .style = (uint16_t)style, .width = 1};
    }
}

void ks_restyle(struct ks_canvas canvas, struct ks_rect rect, ks_style style)
{
    struct ks_rect c = ks_sub(canvas, rect).clip;
    for (int y = c.y; y < c.y + c.h; y++)
        for (int x = c.x; x < c.x + c.w; x++) {
            struct ks_cell *cell = &canvas.grid->cells[(size_t)y * (size_t)canvas.grid->w + (size_t)x];
            if ((style & KS_ROLE_MASK) == KS_ROLE_NONE)
                cell->style = (uint16_t)(cell->style | style);
            else
                cell->style = (uint16_t)style;
        }
}

void ks_zone(struct ks_canvas canvas, struct ks_rect rect, int action, int64_t number)
{
    struct ks_grid *grid = canvas.grid;
    struct ks_rect at = ks_sub(canvas, rect).clip;
    if (grid->n_zones < KS_ZONES && at.w > 0 && at.h > 0)
        grid->zones[grid->n_zones++] = (struct ks_zone){at, action, number};
}

void ks_cursor(struct ks_canvas canvas, int x, int y)
{
    if (cell_for(canvas, x, y) == NULL)
        return;
    canvas.grid->cursor_x = canvas.x + x;
    canvas.grid->cursor_y = canvas.y + y;
}
