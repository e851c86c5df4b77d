#include "export/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

char *ks_format_seconds(char *out, size_t cap, int64_t ns)
{
    uint64_t size = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
    int n = snprintf(out, cap, "%s%" PRIu64 ".%09" PRIu64, ns < 0 ? "-" : "", size / 1000000000,
                     size % 1000000000);
    if (n > 0 && (size_t)n < cap) {
        while (out[n - 1] == '0')
            out[--n] = '\0';
        if (out[n - 1] == '.')
            out[n - 1] = '\0';
    }
    return out;
}

uint64_t ks_ceil_seconds(int64_t ns)
{
    return ns <= 0 ? 0 : ((uint64_t)ns + 999999999) / 1000000000;
}
