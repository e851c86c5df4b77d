#include "tui/toolkit/layout.h"

#include "tui/toolkit/actions.h"

/* How much of `have` a cut of n takes. */
static int cut(int have, int n)
{
    int size = n < 0 ? (n < -have ? have : -n) : n;
    return have < 0 ? 0 : size > have ? have : size;
}

struct ks_rect ks_take_rows(struct ks_rect *rest, int n)
{
    struct ks_rect part = *rest;
    part.h = cut(rest->h, n);
    rest->h -= part.h;
    if (n < 0)
        part.y = rest->y + rest->h;
    else
        rest->y += part.h;
    return part;
}

struct ks_rect ks_take_columns(struct ks_rect *rest, int n)
{
    struct ks_rect part = *rest;
    part.w = cut(rest->w, n);
    rest->w -= part.w;
    if (n < 0)
        part.x = rest->x + rest->w;
    else
        rest->x += part.w;
    return part;
}

void ks_columns_fit(struct ks_column *columns, size_t n, int width, int gap)
{
    int need = 0, weight = 0;
    for (size_t i = 0; i < n; i++) {
        columns[i].w = columns[i].min > 0 ? columns[i].min : 1;
        need += columns[i].w + (i > 0 ? gap : 0);
    }
    while (need > width) {
        size_t worst = n;
        for (size_t i = 0; i < n; i++)
            if (columns[i].w > 0 && columns[i].rank > 0 && (worst == n || columns[i].rank >= columns[worst].rank))
                worst = i;
        if (worst == n)
            break;
        need -= columns[worst].w + gap;
        columns[worst].w = 0;
    }
    for (size_t i = 0; i < n; i++)
        weight += columns[i].w > 0 ? columns[i].grow : 0;
    int spare = width > need ? width - need : 0;
    int x = 0;
    for (size_t i = 0; i < n; i++) {
        if (columns[i].w == 0)
            continue;
        if (weight > 0 && columns[i].grow > 0) {
            int extra = spare * columns[i].grow / weight;
            columns[i].w += extra;
            spare -= extra;
            weight -= columns[i].grow;
        }
        columns[i].x = x;
        if (x + columns[i].w > width)
            columns[i].w = width > x ? width - x : 0;
        x += columns[i].w + gap;
    }
}

void ks_columns_head(struct ks_canvas canvas, int y, const struct ks_column *columns, size_t n, size_t sorted, bool reverse)
{
    for (size_t i = 0; i < n; i++) {
        const struct ks_column *c = &columns[i];
        ks_put_in(canvas, c->x, y, c->w, c->align, KS_ROLE_TITLE | (i == sorted ? KS_UNDERLINE : 0u), c->title);
        if (i == sorted && c->w > 0) /* beside the title, in the gap where there is one */
            ks_put_char(canvas, c->x + c->w, y, KS_ROLE_TITLE, reverse ? 0x25b2 : 0x25bc);
    }
}

void ks_column_put(struct ks_canvas canvas, int y, const struct ks_column *column, ks_style style, const char *text)
{
    ks_put_in(canvas, column->x, y, column->w, column->align, style, text);
}

void ks_list_fit(struct ks_list *list, uint64_t n, int visible)
{
    uint64_t page = visible > 0 ? (uint64_t)visible : 1;
    list->n = n;
    list->visible = (int)page;
    if (list->at >= n)
        list->at = n > 0 ? n - 1 : 0;
    if (list->at < list->top)
        list->top = list->at;
    if (list->at - list->top >= page)
        list->top = list->at - page + 1;
    if (n <= page)
        list->top = 0;
    else if (list->top > n - page)
        list->top = n - page;
}

bool ks_list_act(struct ks_list *list, int action, int64_t number)
{
    uint64_t last = list->n > 0 ? list->n - 1 : 0;
    uint64_t page = list->visible > 0 ? (uint64_t)list->visible : 1;
    uint64_t step = 0;
    bool down = false;
    switch (action) {
    case KS_DO_UP:
    case KS_DO_DOWN:
        step = number > 1 ? (uint64_t)number : 1;
        down = action == KS_DO_DOWN;
        break;
    case KS_DO_PAGE_UP:
    case KS_DO_PAGE_DOWN:
        step = page;
        down = action == KS_DO_PAGE_DOWN;
        break;
    case KS_DO_HALF_UP:
    case KS_DO_HALF_DOWN:
        step = page > 1 ? page / 2 : 1;
        down = action == KS_DO_HALF_DOWN;
        break;
    case KS_DO_TOP:
        list->at = 0;
        break;
    case KS_DO_BOTTOM:
        list->at = last;
        break;
    case KS_DO_SELECT:
        list->at = number < 0 ? 0 : (uint64_t)number > last ? last : (uint64_t)number;
        break;
    default:
        return false;
    }
    if (down)
        list->at = last - list->at > step ? list->at + step : last;
    else
        list->at = list->at > step ? list->at - step : 0;
    ks_list_fit(list, list->n, list->visible);
    return true;
}
