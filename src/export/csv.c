#include "export/csv.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "export/number.h"

void ks_csv_start(struct ks_csv *csv, struct ks_out *out)
{
    *csv = (struct ks_csv){.out = out};
}

static void separate(struct ks_csv *csv)
{
    if (csv->begun)
        ks_out_putn(csv->out, ",", 1);
    csv->begun = true;
}

/* Whether a spreadsheet may take the cell for a formula (OWASP, CSV injection). */
static bool like_formula(const char *text)
{
    text += strspn(text, " ");
    return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
}

void ks_csv_text(struct ks_csv *csv, const char *text)
{
    separate(csv);
    if (text == NULL || text[0] == '\0')
        return;
    size_t n = strlen(text);
    char *harmless = ks_alloc(n + 1, 1);
    if (harmless == NULL) {
        ks_out_fail(csv->out, ks_nomem("a cell"));
        return;
    }
    bool formula = like_formula(text);
    ks_sanitise(harmless, n + 1, text, n);
    bool quote = strpbrk(harmless, ",\"") != NULL || harmless[0] == ' ';
    ks_out_put(csv->out, quote ? formula ? "\"'" : "\"" : formula ? "'" : "");
    for (const char *at = harmless; *at != '\0';) {
        size_t plain = strcspn(at, "\"");
        ks_out_putn(csv->out, at, plain);
        at += plain;
        if (*at == '"') {
            ks_out_put(csv->out, "\"\"");
            at++;
        }
    }
    if (quote)
        ks_out_putn(csv->out, "\"", 1);
    ks_free(harmless);
}

void ks_csv_uint(struct ks_csv *csv, uint64_t value)
{
    ks_csv_count(csv, ks_count_of(value));
}

void ks_csv_count(struct ks_csv *csv, struct ks_count value)
{
    char text[64];
    separate(csv);
    ks_out_put(csv->out, ks_count_format(text, sizeof text, value, false));
}

void ks_csv_real(struct ks_csv *csv, double value)
{
    char text[40];
    separate(csv);
    if (isfinite(value))
        ks_out_put(csv->out, ks_format_real(text, sizeof text, value));
}

void ks_csv_seconds(struct ks_csv *csv, int64_t ns)
{
    char text[40];
    separate(csv);
    ks_out_put(csv->out, ks_format_seconds(text, sizeof text, ns));
}

void ks_csv_end_row(struct ks_csv *csv)
{
    ks_out_putn(csv->out, "\n", 1);
    csv->begun = false;
}

void ks_csv_head(struct ks_csv *csv, const char *names)
{
    ks_out_put(csv->out, names);
    ks_csv_end_row(csv);
}
