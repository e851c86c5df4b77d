/* Boxes, bars, sliders, shades and dots: what is drawn on the grid beside text. */
#include "tui/toolkit/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tui/toolkit/glyph.h"

static double unit(double share)
{
    return !(share > 0) ? 0 : share > 1 ? 1 : share;
}

void ks_hline(struct ks_canvas canvas, int x, int y, int w, ks_style style)
{
    for (int i = 0; i < w && i < canvas.grid->w + 1; i++)
        ks_put_char(canvas, x + i, y, style, 0x2500);
}

void ks_vline(struct ks_canvas canvas, int x, int y, int h, ks_style style)
{
    for (int i = 0; i < h && i < canvas.grid->h + 1; i++)
        ks_put_char(canvas, x, y + i, style, 0x2502);
}

/* A title inside a horizontal line that starts at x and is w wide, corners included. */
static void line_title(struct ks_canvas canvas, int x, int y, int w, ks_style style, const char *title)
{
    if (title == NULL || title[0] == '\0' || w < 6)
        return;
    int width = ks_width(canvas.grid, title);
    if (width > w - 4)
        width = w - 4;
    ks_style role = style & KS_ROLE_MASK;
    ks_style title_style = role == KS_ROLE_BORDER ? KS_ROLE_TITLE : style;
    ks_put_char(canvas, x + 1, y, title_style, ' ');
    ks_put_in(canvas, x + 2, y, width, KS_LEFT, title_style, title);
    ks_put_char(canvas, x + 2 + width, y, title_style, ' ');
}

struct ks_canvas ks_box(struct ks_canvas canvas, struct ks_rect r, ks_style style, const char *title)
{
    if (r.w >= 2 && r.h >= 2) {
        ks_hline(canvas, r.x + 1, r.y, r.w - 2, style);
        ks_hline(canvas, r.x + 1, r.y + r.h - 1, r.w - 2, style);
        ks_vline(canvas, r.x, r.y + 1, r.h - 2, style);
        ks_vline(canvas, r.x + r.w - 1, r.y + 1, r.h - 2, style);
        ks_put_char(canvas, r.x, r.y, style, 0x256d);
        ks_put_char(canvas, r.x + r.w - 1, r.y, style, 0x256e);
        ks_put_char(canvas, r.x, r.y + r.h - 1, style, 0x2570);
        ks_put_char(canvas, r.x + r.w - 1, r.y + r.h - 1, style, 0x256f);
        line_title(canvas, r.x, r.y, r.w, style, title);
    }
    return ks_sub(canvas, (struct ks_rect){r.x + 1, r.y + 1, r.w > 2 ? r.w - 2 : 0, r.h > 2 ? r.h - 2 : 0});
}

void ks_box_split(struct ks_canvas canvas, struct ks_rect box, int y, ks_style style, const char *title)
{
    if (box.w < 2 || y <= 0 || y >= box.h - 1)
        return;
    ks_hline(canvas, box.x + 1, box.y + y, box.w - 2, style);
    ks_put_char(canvas, box.x, box.y + y, style, 0x251c);
    ks_put_char(canvas, box.x + box.w - 1, box.y + y, style, 0x2524);
    line_title(canvas, box.x, box.y + y, box.w, style, title);
}

void ks_bar(struct ks_canvas canvas, int x, int y, int w, ks_style style, double share)
{
    if (w <= 0)
        return;
    int eighths = (int)lround(unit(share) * w * 8);
    if (eighths == 0 && share > 0)
        eighths = 1; /* something is never drawn as nothing */
    for (int i = 0; eighths > 0; i++, eighths -= 8) {
        int n = eighths > 8 ? 8 : eighths;
        ks_put_char(canvas, x + i, y, style, 0x2590u - (uint32_t)n);
    }
}

void ks_slider(struct ks_canvas canvas, int x, int y, int w, ks_style style, double share)
{
    if (w <= 0)
        return;
    ks_hline(canvas, x, y, w, style);
    if (w >= 3) {
        ks_put_char(canvas, x, y, style, 0x251c);
        ks_put_char(canvas, x + w - 1, y, style, 0x2524);
    }
    int knob = w >= 3 ? 1 + (int)lround(unit(share) * (w - 3)) : 0;
    ks_put_char(canvas, x + knob, y, style | KS_BOLD, 0x25cf);
}

void ks_shade(struct ks_canvas canvas, int x, int y, double share)
{
    static const uint32_t glyph[] = {0xb7, 0x2591, 0x2592, 0x2593};
    if (!(share > 0)) {
        ks_put_char(canvas, x, y, KS_ROLE_TEXT, ' ');
        return;
    }
    int level = (int)(unit(share) * 4);
    level = level > 3 ? 3 : level;
    ks_put_char(canvas, x, y, (ks_style)(KS_ROLE_HEAT_1 + level), glyph[level]);
}

void ks_scrollbar(struct ks_canvas canvas, int x, int y, int h, uint64_t top, uint64_t visible, uint64_t n)
{
    if (h <= 0 || visible >= n)
        return;
    int size = (int)fmax(1, floor((double)visible / (double)n * h));
    double most = (double)(n - visible);
    int from = (int)lround(fmin((double)top, most) / most * (h - size));
    for (int i = 0; i < h; i++)
        ks_put_char(canvas, x, y + i, i >= from && i < from + size ? KS_ROLE_FOCUS : KS_ROLE_BORDER,
                    i >= from && i < from + size ? 0x2588 : 0x2502);
}

/* The bit of a braille dot (U+2800 block) at column 0..1, row 0..3. */
static uint32_t braille(int dx, int dy)
{
    static const uint8_t bit[4][2] = {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    return bit[dy][dx];
}

void ks_dot(struct ks_canvas canvas, int dx, int dy, ks_style style)
{
    if (dx < 0 || dy < 0 || dx >= 2 * canvas.w || dy >= 4 * canvas.h)
        return;
    int x = dx / 2, y = dy / 4;
    const struct ks_cell *cell = ks_cells_at(canvas.grid, canvas.x + x, canvas.y + y);
    if (cell == NULL)
        return;
    if (canvas.grid->ascii) {
        uint32_t half = dy % 4 < 2 ? '\'' : '.';
        if ((cell->c == '\'' || cell->c == '.' || cell->c == ':') && cell->c != half)
            half = ':';
        ks_put_char(canvas, x, y, style, half);
        return;
    }
    uint32_t old = cell->c >= 0x2800 && cell->c <= 0x28ff ? cell->c : 0x2800;
    ks_put_char(canvas, x, y, style, old | braille(dx % 2, dy % 4));
}

void ks_dot_line(struct ks_canvas canvas, int x0, int y0, int x1, int y1, ks_style style)
{
    /* Bresenham; the ends are brought near the canvas first so that the number of steps is bounded. */
    int far = 4 * 10000;
    x0 = x0 < -far ? -far : x0 > far ? far : x0;
    x1 = x1 < -far ? -far : x1 > far ? far : x1;
    y0 = y0 < -far ? -far : y0 > far ? far : y0;
    y1 = y1 < -far ? -far : y1 > far ? far : y1;
    int dx = abs(x1 - x0), dy = -abs(y1 - y0), sx = x0 < x1 ? 1 : -1, sy = y0 < y1 ? 1 : -1, error = dx + dy;
    for (;;) {
        ks_dot(canvas, x0, y0, style);
        if (x0 == x1 && y0 == y1)
            return;
        int twice = 2 * error;
        if (twice >= dy) {
            error += dy;
            x0 += sx;
        }
        if (twice <= dx) {
            error += dx;
            y0 += sy;
        }
    }
}
