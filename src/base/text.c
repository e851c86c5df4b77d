#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"

void ks_text_addn(struct ks_text *text, const char *bytes, size_t n)
{
    if (text->failed || n > SIZE_MAX - text->n - 1 ||
        !ks_reserve((void **)&text->at, &text->cap, text->n + n + 1, 1)) {
        text->failed = true;
        return;
    }
    memcpy(text->at + text->n, bytes, n);
    text->n += n;
    text->at[text->n] = '\0';
}

void ks_text_add(struct ks_text *text, const char *string)
{
    ks_text_addn(text, string, strlen(string));
}

void ks_text_addf(struct ks_text *text, const char *format, ...)
{
    char small[256];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof small) {
        ks_text_addn(text, small, (size_t)n);
    } else if (n < 0 || text->failed ||
               !ks_reserve((void **)&text->at, &text->cap, text->n + (size_t)n + 1, 1)) {
        text->failed = true;
    } else {
        vsnprintf(text->at + text->n, (size_t)n + 1, format, again);
        text->n += (size_t)n;
    }
    va_end(again);
}

const char *ks_text_get(const struct ks_text *text)
{
    return text->at != NULL ? text->at : "";
}

void ks_text_free(struct ks_text *text)
{
    ks_free(text->at);
    *text = (struct ks_text){0};
}

/* Reads one UTF-8 character (RFC 3629) of at most n bytes; its length, or 0 where the bytes are malformed. */
static size_t utf8_read(const unsigned char *s, size_t n, uint32_t *code)
{
    if (s[0] < 0x80) {
        *code = s[0];
        return 1;
    }
    size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || len > n)
        return 0;
    uint32_t c = s[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    if ((len == 3 && c < 0x800) || (len == 4 && (c < 0x10000 || c > 0x10ffff)) || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *code = c;
    return len;
}

static bool harmful(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff0 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe0fff) || c == 0x061c ||
           (c >= 0x180b && c <= 0x180f) || (c >= 0xfe00 && c <= 0xfe0f) || c == 0x034f || c == 0x115f || c == 0x1160 ||
           c == 0x17b4 || c == 0x17b5 || c == 0x3164 || c == 0xffa0 || (c >= 0x1bca0 && c <= 0x1bca3) ||
           (c >= 0x1d173 && c <= 0x1d17a);
}

size_t ks_sanitise(char *out, size_t cap, const char *bytes, size_t n)
{
    size_t used = 0;
    for (size_t i = 0; i < n;) {
        uint32_t code = 0;
        size_t len = utf8_read((const unsigned char *)bytes + i, n - i, &code);
        bool bad = len == 0 || harmful(code);
        size_t emit = bad ? 1 : len;
        if (used + emit >= cap)
            break;
        if (bad)
            out[used] = '?';
        else
            memcpy(out + used, bytes + i, len);
        used += emit;
        i += len != 0 ? len : 1;
    }
    out[used] = '\0';
    return used;
}

/* How many bytes the character at s takes of the n that are there, and how many it gives in ks_sanitise. */
static size_t taken(const char *s, size_t n, size_t *gives)
{
    uint32_t code = 0;
    size_t len = utf8_read((const unsigned char *)s, n, &code);
    *gives = len == 0 || harmful(code) ? 1 : len;
    return len != 0 ? len : 1;
}

size_t ks_shorten(char *out, size_t cap, const char *bytes, size_t n)
{
    static const char gap[] = " ... ";
    size_t whole = 0, gives;
    for (size_t i = 0; i < n; whole += gives)
        i += taken(bytes + i, n - i, &gives);
    if (whole < cap || cap < 4 * sizeof gap)
        return ks_sanitise(out, cap, bytes, n);
    size_t room = cap - sizeof gap, head = room / 3, from = 0;
    for (size_t left = whole; left > room - head; left -= gives)
        from += taken(bytes + from, n - from, &gives);
    size_t used = ks_sanitise(out, head + 1, bytes, n);
    memcpy(out + used, gap, sizeof gap - 1);
    used += sizeof gap - 1;
    return used + ks_sanitise(out + used, cap - used, bytes + from, n - from);
}

char *ks_format_count(char *out, size_t cap, uint64_t n)
{
    char digits[32];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, n);
    size_t used = 0;
    for (int i = 0; i < len && used + 2 < cap; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            out[used++] = ',';
        if (used + 1 < cap)
            out[used++] = digits[i];
    }
    if (cap > 0)
        out[used] = '\0';
    return out;
}

char *ks_format_bytes(char *out, size_t cap, uint64_t n)
{
    static const char *const unit[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    double v = (double)n;
    size_t i = 0;
    while (v >= 999.5 && i + 1 < sizeof unit / sizeof *unit) {
        v /= 1000;
        i++;
    }
    snprintf(out, cap, i == 0 || v >= 99.5 ? "%.0f %s" : "%.1f %s", v, unit[i]);
    return out;
}

char *ks_format_span(char *out, size_t cap, int64_t ns)
{
    const char *sign = ns < 0 ? "-" : "";
    double s = fabs((double)ns) / 1e9;
    if (s == 0)
        snprintf(out, cap, "0 s");
    else if (s < 999.5e-6)
        snprintf(out, cap, "%s%.0f us", sign, s * 1e6);
    else if (s < 0.9995)
        snprintf(out, cap, s < 9.95e-3 ? "%s%.1f ms" : "%s%.0f ms", sign, s * 1e3);
    else if (s < 59.95)
        snprintf(out, cap, s < 9.95 ? "%s%.1f s" : "%s%.0f s", sign, s);
    else if (s < 3599.5)
        snprintf(out, cap, "%s%d min %02d s", sign, (int)((s + 0.5) / 60), (int)(s + 0.5) % 60);
    else if (s < 172770)
        snprintf(out, cap, "%s%d h %02d min", sign, (int)((s + 30) / 3600), (int)((s + 30) / 60) % 60);
    else
        snprintf(out, cap, "%s%.0f d %02d h", sign, floor((s + 1800) / 86400), (int)fmod((s + 1800) / 3600, 24));
    return out;
}

char *ks_format_time(char *out, size_t cap, int64_t ns, int decimals)
{
    int64_t sec = ns / 1000000000, rest = ns % 1000000000;
    if (rest < 0) {
        rest += 1000000000;
        sec--;
    }
    struct tm tm;
    time_t when = (time_t)sec;
    char date[48], fraction[16];
    if (gmtime_r(&when, &tm) == NULL || strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        snprintf(date, sizeof date, "%" PRId64 " s", sec);
    snprintf(fraction, sizeof fraction, "%09" PRId64, rest);
    if (decimals <= 0)
        snprintf(out, cap, "%s", date);
    else
        snprintf(out, cap, "%s.%.*s", date, decimals > 9 ? 9 : decimals, fraction);
    return out;
}

/* How many digits of a number in exponent form are left without the zeros at their end. */
static int significant(const char *text)
{
    int digits = 0, kept = 1;
    for (; *text != 'e' && *text != '\0'; text++)
        if (isdigit((unsigned char)*text)) {
            digits++;
            kept = *text != '0' ? digits : kept;
        }
    return kept;
}

char *ks_format_real(char *out, size_t cap, double value)
{
    if (!isfinite(value)) {
        snprintf(out, cap, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return out;
    }
    /* Numbers of 15 digits and less are all different where doubles are normal: that many tell how many it has. */
    int digits = 1;
    if (fabs(value) >= DBL_MIN) {
        char longest[32];
        snprintf(longest, sizeof longest, "%.14e", value);
        digits = strtod(longest, NULL) == value ? significant(longest) : 16;
    }
    for (; digits <= 17; digits++) {
        snprintf(out, cap, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return out;
}

char *ks_format_ln_p(char *out, size_t cap, double ln_p)
{
    double log10_p = ln_p / M_LN10;
    if (isnan(ln_p))
        snprintf(out, cap, "-");
    else if (ln_p >= 0)
        snprintf(out, cap, "1");
    else if (log10_p > -2.5)
        snprintf(out, cap, "%.2g", exp(ln_p));
    else if (isinf(log10_p))
        snprintf(out, cap, "0");
    else
        snprintf(out, cap, "1e%.0f", floor(log10_p + 0.5));
    return out;
}

bool ks_parse_u64(const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
    if (text[0] < '0' || text[0] > '9')
        return false;
    char *end;
    errno = 0;
    unsigned long long v = strtoull(text, &end, 10);
    if (errno != 0 || *end != '\0' || v < low || v > high)
        return false;
    *out = v;
    return true;
}

/* strtod without its locale, hexadecimal, infinity and NaN forms. */
static bool real_prefix(const char *text, double *out, const char **rest)
{
    size_t n = strspn(text, "0123456789.eE+-");
    char copy[64];
    if (n == 0 || n >= sizeof copy)
        return false;
    /* An exponent must not swallow nothing: the longest prefix that strtod accepts counts. */
    memcpy(copy, text, n);
    copy[n] = '\0';
    char *end;
    double v = strtod(copy, &end);
    if (end == copy || !isfinite(v))
        return false;
    *out = v;
    *rest = text + (end - copy);
    return true;
}

bool ks_parse_real(const char *text, double low, double high, double *out)
{
    double v;
    const char *rest;
    if (!real_prefix(text, &v, &rest) || *rest != '\0' || !(v >= low && v <= high))
        return false;
    *out = v + 0.0; /* "-0" is 0, so that what is written reads back the same */
    return true;
}

/* The whole part exactly, the rest to the nanosecond. */
bool ks_parse_moment(const char *text, int64_t *ns)
{
    const char *point = strchr(text, '.');
    double v, fraction = 0;
    bool digits = point == NULL || (point[1] != '\0' && point[1 + strspn(point + 1, "0123456789")] == '\0');
    if (!digits || !ks_parse_real(text, -9e9, 9e9, &v))
        return false;
    if (point != NULL)
        (void)ks_parse_real(point, 0, 1, &fraction);
    int64_t nanos = (int64_t)(fraction * 1e9 + 0.5);
    *ns = (int64_t)trunc(v) * 1000000000 + (text[0] == '-' ? -nanos : nanos);
    return true;
}

bool ks_parse_span(const char *text, int64_t *ns)
{
    static const struct {
        const char *unit;
        double ns;
    } units[] = {{"ns", 1},  {"us", 1e3},   {"ms", 1e6},    {"s", 1e9},
                 {"m", 6e10}, {"min", 6e10}, {"h", 3.6e12}, {"d", 8.64e13}};
    double v;
    const char *rest;
    if (!real_prefix(text, &v, &rest) || v <= 0)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(rest, units[i].unit) == 0) {
            double total = v * units[i].ns;
            if (total < 1 || total > 9e18)
                return false;
            *ns = (int64_t)(total + 0.5);
            return true;
        }
    return false;
}
