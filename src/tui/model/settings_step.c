/* The next value of a setting, for screens where left and right change it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "tui/model/settings.h"

/* Windows that a step goes through, as `:set window` reads them. */
static const char *const windows[] = {"10",    "20",     "50",     "100", "200", "500", "1000", "2000", "5000",       "10000",
                                      "20000", "50000",  "100000", "1s",  "5s",  "10s", "30s",  "1m",   "5m",         "15m",
                                      "1h",    "session:1s", "session:5s", "session:10s", "session:30s", "session:1m", "session:5m",
                                      "session:15m"};
enum { WINDOWS = sizeof windows / sizeof *windows };

/* The place of the windowing in the list: an index, or halfway between two as 2 i + 1 (all doubled). */
static int window_place(const struct ks_windowing *now)
{
    int last = -1;
    for (int i = 0; i < WINDOWS; i++) {
        struct ks_windowing w = *now;
        if (!ks_is_ok(ks_windowing_parse(windows[i], &w)) || w.cut != now->cut)
            continue;
        bool count = w.cut == KS_CUT_COUNT;
        if (count ? w.size == now->size : w.ns == now->ns)
            return 2 * i;
        if (count ? w.size > now->size : w.ns > now->ns)
            return 2 * i - 1;
        last = i;
    }
    return 2 * last + 1;
}

static void step_window(struct ks_windowing *now, int step)
{
    int place = window_place(now);
    int to = step > 0 ? place / 2 + 1 : (place + 1) / 2 - 1;
    if (place < 0)
        to = step > 0 ? 0 : -1;
    if (to < 0 || to >= WINDOWS)
        return;
    struct ks_windowing w = *now;
    if (!ks_is_ok(ks_windowing_parse(windows[to], &w)))
        return;
    if (now->cut == KS_CUT_COUNT && w.cut == KS_CUT_COUNT && now->stride != now->size) { /* an overlap keeps its share */
        w.stride = (uint64_t)((double)w.size * (double)now->stride / (double)now->size);
        w.stride = w.stride < 1 ? 1 : w.stride;
    }
    *now = w;
}

/* The word beside the present one in the range, round at the ends. */
static void step_choice(const char *range, int step, char *value, size_t cap)
{
    const char *words[24];
    size_t n = 0, at = 0;
    for (const char *word = range; *word != '\0' && n < sizeof words / sizeof *words; n++) {
        size_t len = strcspn(word, " ");
        if (len == strlen(value) && strncmp(word, value, len) == 0)
            at = n;
        words[n] = word;
        word += len;
        word += *word == ' ';
    }
    if (n == 0)
        return;
    const char *to = words[(at + (step > 0 ? 1 : n - 1)) % n];
    snprintf(value, cap, "%.*s", (int)strcspn(to, " "), to);
}

static void step_count(const char *range, int step, char *value, size_t cap)
{
    uint64_t now, low = 0, high = UINT64_MAX;
    char from[32];
    const char *dots = strstr(range, "..");
    if (dots == NULL || !ks_parse_u64(value, 0, UINT64_MAX, &now))
        return;
    snprintf(from, sizeof from, "%.*s", (int)(dots - range), range);
    if (!ks_parse_u64(from, 0, UINT64_MAX, &low) || !ks_parse_u64(dots + 2, 0, UINT64_MAX, &high))
        return;
    uint64_t by = (uint64_t)(step < 0 ? -(int64_t)step : step);
    if (step < 0)
        now = now - low > by && now > low ? now - by : low;
    else
        now = high > now && high - now > by ? now + by : high;
    snprintf(value, cap, "%llu", (unsigned long long)now);
}

void ks_setting_step(struct ks_settings *settings, enum ks_setting_id id, int step)
{
    const struct ks_setting_info *info = ks_setting_info(id);
    char value[64];
    double real;
    ks_setting_get(settings, id, value, sizeof value);
    switch (info->type) {
    case KS_TYPE_WINDOW:
        for (int i = 0; i != step; i += step > 0 ? 1 : -1)
            step_window(&settings->params.windowing, step);
        return;
    case KS_TYPE_CHOICE:
    case KS_TYPE_SWITCH:
        step_choice(info->range, step, value, sizeof value);
        break;
    case KS_TYPE_COUNT:
        step_count(info->range, step, value, sizeof value);
        break;
    case KS_TYPE_REAL: /* a probability: by powers of ten */
        if (ks_parse_real(value, 0, 1, &real) && real > 0)
            ks_format_real(value, sizeof value, pow(10, round(log10(real)) + (step > 0 ? 1 : -1)));
        break;
    case KS_TYPE_AUTO: /* by hundredths; where something is mined the model steps where counts change */
        real = 0;
        if (strcmp(value, "auto") == 0 || ks_parse_real(value, 0, 1, &real))
            ks_format_real(value, sizeof value, fmin(1, fmax(0, (round(real * 100) + step) / 100)));
        break;
    }
    struct ks_status status = ks_setting_set(settings, id, value);
    (void)status; /* beyond the range nothing changes */
}
