/* CSV as in RFC 4180 (lines end in a newline only), safe in a spreadsheet: a cell that a spreadsheet would
 * take for a formula is led by an apostrophe. */
#ifndef KS_EXPORT_CSV_H
#define KS_EXPORT_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/count.h"
#include "export/out.h"

struct ks_csv {
    struct ks_out *out;
    bool begun; /* the line has a field already */
};

void ks_csv_start(struct ks_csv *csv, struct ks_out *out);
/* A cell of text: made harmless, quoted where needed; NULL is an empty cell. One that starts with = + - @
 * (also after spaces), a tab or a carriage return is led by '. */
void ks_csv_text(struct ks_csv *csv, const char *text);
void ks_csv_uint(struct ks_csv *csv, uint64_t value);
void ks_csv_count(struct ks_csv *csv, struct ks_count value);
/* Shortest decimal that reads back exactly; empty where it is no finite number. Negative numbers stay
 * numbers. */
void ks_csv_real(struct ks_csv *csv, double value);
/* Nanoseconds as exact decimal seconds. */
void ks_csv_seconds(struct ks_csv *csv, int64_t ns);
void ks_csv_end_row(struct ks_csv *csv);
/* A row of column names, separated by commas, as given. */
void ks_csv_head(struct ks_csv *csv, const char *names);

#endif
