#include "tui/toolkit/glyph.h"

#include <stdbool.h>
#include <wchar.h>

struct twin {
    uint32_t c;
    const char *ascii;
};

/* Ascending by code: looked up by bisection. */
static const struct twin twins[] = {
    {0xa0, " "},    {0xb0, "o"},    {0xb1, "+-"},   {0xb2, "^2"},   {0xb5, "u"},    {0xb7, "."},    {0xd7, "x"},
    {0x3a3, "sum"}, {0x3b5, "eps"}, {0x3bb, "lambda"}, {0x3bc, "mu"},  {0x3c3, "sd"},  {0x2013, "-"},  {0x2014, "-"},
    {0x2018, "'"},  {0x2019, "'"},  {0x201c, "\""}, {0x201d, "\""}, {0x2020, "+"},  {0x2022, "*"},  {0x2026, "~"},
    {0x2030, "%."}, {0x203a, ">"},  {0x2070, "^0"}, {0x207b, "^-"}, {0x2190, "<-"}, {0x2191, "^"},  {0x2192, "->"},
    {0x2193, "v"},  {0x2194, "<->"}, {0x21b5, "Enter"}, {0x21d2, "=>"}, {0x2208, "in"}, {0x2212, "-"},  {0x221a, "sqrt"},
    {0x221e, "inf"}, {0x2229, "&"},  {0x222a, "u"},  {0x2248, "~"},  {0x2260, "!="}, {0x2264, "<="}, {0x2265, ">="},
    {0x226a, "<<"}, {0x226b, ">>"}, {0x22c5, "."},  {0x2318, "#"},  {0x2500, "-"},  {0x2502, "|"},  {0x250c, "+"},
    {0x2510, "+"},  {0x2514, "+"},  {0x2518, "+"},  {0x251c, "+"},  {0x2524, "+"},  {0x252c, "+"},  {0x2534, "+"},
    {0x253c, "+"},  {0x2550, "="},  {0x256d, "+"},  {0x256e, "+"},  {0x256f, "+"},  {0x2570, "+"},  {0x2574, "-"},
    {0x2576, "-"},  {0x2581, "_"},  {0x2582, "_"},  {0x2583, "."},  {0x2584, "."},  {0x2585, "-"},  {0x2586, "="},
    {0x2587, "="},  {0x2588, "#"},  {0x2589, "#"},  {0x258a, "#"},  {0x258b, "="},  {0x258c, "="},  {0x258d, "-"},
    {0x258e, "-"},  {0x258f, "-"},  {0x2591, "."},  {0x2592, ":"},  {0x2593, "%"},  {0x25a0, "#"},  {0x25a1, "o"},
    {0x25aa, "*"},  {0x25ab, "o"},  {0x25b2, "^"},  {0x25b6, ">"},  {0x25b8, ">"},  {0x25bc, "v"},  {0x25be, "v"},
    {0x25c0, "<"},  {0x25c2, "<"},  {0x25c6, "*"},  {0x25c7, "o"},  {0x25cb, "o"},  {0x25cf, "O"},  {0x2605, "*"},
    {0x2713, "v"},  {0x2714, "v"},  {0x2717, "x"},  {0x2718, "x"},
};

uint32_t ks_utf8_next(const char **text)
{
    const unsigned char *s = (const unsigned char *)*text;
    if (s[0] == 0)
        return 0;
    if (s[0] < 0x80) {
        (*text)++;
        return s[0] < 0x20 || s[0] == 0x7f ? '?' : s[0];
    }
    int len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    uint32_t c = s[0] & (0x7fu >> len);
    int i = 1;
    while (i < len && (s[i] & 0xc0) == 0x80) /* a NUL ends this, so nothing is read beyond it */
        c = c << 6 | (s[i++] & 0x3fu);
    bool bad = s[0] < 0xc2 || s[0] > 0xf4 || i < len || (len == 3 && c < 0x800) || (len == 4 && (c < 0x10000 || c > 0x10ffff)) ||
               (c >= 0xd800 && c <= 0xdfff) || (c >= 0x80 && c < 0xa0);
    *text += bad ? 1 : len;
    return bad ? '?' : c;
}

size_t ks_utf8_put(char out[4], uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = len - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)((0xf00u >> len & 0xf0u) | c);
    return len;
}

int ks_char_width(uint32_t c)
{
    if (c < 0x80)
        return 1;
    int w = wcwidth((wchar_t)c);
    /* -1: not known to this locale; one column is what terminals do with it. */
    return w < 0 ? 1 : w > 2 ? 2 : w;
}

const char *ks_ascii_twin(uint32_t c)
{
    size_t low = 0, high = sizeof twins / sizeof *twins;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (twins[mid].c == c)
            return twins[mid].ascii;
        if (twins[mid].c < c)
            low = mid + 1;
        else
            high = mid;
    }
    return c >= 0x2800 && c <= 0x28ff ? "." : "?";
}
