/* Aligned columns for text output, printed in blocks so that long lists need little memory. */
#ifndef KS_CLI_TABLE_H
#define KS_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "export/out.h"

enum { KS_TABLE_COLUMNS = 20 };

struct ks_table {
    struct ks_out *out;
    size_t columns;
    const char *titles[KS_TABLE_COLUMNS];
    bool left[KS_TABLE_COLUMNS]; /* text columns; numbers are aligned on the right */
    size_t width[KS_TABLE_COLUMNS];
    char **cells;
    size_t n, cap; /* cells held */
    size_t next;   /* column of the next cell */
    bool titled, failed;
};

/* titles: a NULL-terminated list; those that begin with '<' are columns of text. */
void ks_table_begin(struct ks_table *table, struct ks_out *out, const char *const *titles);
/* The next cell; rows fill from the left. Blocks of rows are printed as they fill up. */
void ks_table_cell(struct ks_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Prints what is held and frees. False when memory ran out (rows are missing then). */
bool ks_table_end(struct ks_table *table);

/* Columns that a UTF-8 text takes on a terminal. */
size_t ks_display_width(const char *text);

#endif
