#include "config.h"

#include "cli/table.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/memory.h"

enum { BLOCK_ROWS = 500 };

size_t ks_display_width(const char *text)
{
    size_t width = 0, left = strlen(text);
    mbstate_t state;
    memset(&state, 0, sizeof state);
    while (left > 0) {
        wchar_t c;
        size_t n = mbrtowc(&c, text, left, &state);
        if (n == (size_t)-1 || n == (size_t)-2 || n == 0) {
            memset(&state, 0, sizeof state);
            n = 1;
            width++;
        } else {
            int w = wcwidth(c);
            width += w > 0 ? (size_t)w : 0;
        }
        text += n;
        left -= n;
    }
    return width;
}

void ks_table_begin(struct ks_table *table, struct ks_out *out, const char *const *titles)
{
    *table = (struct ks_table){.out = out};
    for (; titles[table->columns] != NULL && table->columns < KS_TABLE_COLUMNS; table->columns++) {
        const char *title = titles[table->columns];
        table->left[table->columns] = title[0] == '<';
        table->titles[table->columns] = title[0] == '<' ? title + 1 : title;
        table->width[table->columns] = ks_display_width(table->titles[table->columns]);
    }
}

static void print_cell(const struct ks_table *table, size_t column, const char *text)
{
    size_t width = ks_display_width(text), want = table->width[column];
    int pad = width < want ? (int)(want - width) : 0;
    bool last = column + 1 == table->columns;
    if (table->left[column])
        ks_out_putf(table->out, "%s%*s", text, last ? 0 : pad, "");
    else
        ks_out_putf(table->out, "%*s%s", pad, "", text);
    ks_out_put(table->out, last ? "\n" : "  ");
}

static void flush(struct ks_table *table)
{
    for (size_t i = 0; i < table->n; i++) {
        size_t width = ks_display_width(table->cells[i]), column = i % table->columns;
        if (width > table->width[column])
            table->width[column] = width;
    }
    if (!table->titled)
        for (size_t c = 0; c < table->columns; c++)
            print_cell(table, c, table->titles[c]);
    table->titled = true;
    for (size_t i = 0; i < table->n; i++) {
        print_cell(table, i % table->columns, table->cells[i]);
        ks_free(table->cells[i]);
    }
    table->n = 0;
}

void ks_table_cell(struct ks_table *table, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    char *copy = n >= 0 ? ks_strdup(text) : NULL;
    if (copy == NULL || !ks_reserve((void **)&table->cells, &table->cap, table->n + 1, sizeof *table->cells)) {
        ks_free(copy);
        table->failed = true;
        return;
    }
    if (table->failed) { /* a lost cell would shift all that follow */
        ks_free(copy);
        return;
    }
    table->cells[table->n++] = copy;
    if (table->n == BLOCK_ROWS * table->columns)
        flush(table);
}

bool ks_table_end(struct ks_table *table)
{
    flush(table);
    ks_free(table->cells);
    table->cells = NULL;
    table->cap = 0;
    return !table->failed;
}
