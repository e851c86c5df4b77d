#define KS_STATUS_C
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

struct ks_status ks_ok(void)
{
    struct ks_status status;
    status.code = KS_OK;
    status.message[0] = '\0';
    return status;
}

struct ks_status ks_fail(enum ks_code code, const char *format, ...)
{
    struct ks_status status = {.code = code};
    char raw[8192]; /* room for two paths: what is too long for the message is left out of its middle, not at its end where the reason stands */
    va_list args;
    va_start(args, format);
    int n = vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    if (n < 0)
        raw[0] = '\0';
    ks_shorten(status.message, sizeof status.message, raw, strlen(raw));
    return status;
}

struct ks_status ks_nomem(const char *what)
{
    return ks_fail(KS_NOMEM, "out of memory for %s", what);
}

struct ks_status ks_within(struct ks_status status, const char *prefix)
{
    if (status.code == KS_OK)
        return status;
    return ks_fail(status.code, "%s: %s", prefix, status.message);
}
