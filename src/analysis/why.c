#include "analysis/why.h"

#include <math.h>
#include <stdio.h>

#include "base/memory.h"
#include "base/text.h"

const char *ks_test_name(enum ks_test test)
{
    static const char *const names[KS_TEST_N] = {"min-supp", "min-count", "min-inte", "correlation", "min-conf"};
    return names[test];
}

/* The windows of X and Y merged: the overlap counted, those that hold one of them kept. */
static struct ks_status apart(const struct ks_window_sets *s, uint32_t x, uint32_t y, struct ks_why *why)
{
    size_t i = s->start[x], j = s->start[y], cap = (s->start[x + 1] - i) + (s->start[y + 1] - j);
    why->apart = ks_alloc(cap, sizeof *why->apart);
    if (why->apart == NULL)
        return ks_nomem("the windows of a rule");
    while (i < s->start[x + 1] || j < s->start[y + 1]) {
        uint32_t a = i < s->start[x + 1] ? s->windows[i] : UINT32_MAX, b = j < s->start[y + 1] ? s->windows[j] : UINT32_MAX;
        if (a == b) {
            why->counts.xy++;
            i++;
            j++;
            continue;
        }
        why->apart[why->n_apart++] = (struct ks_why_window){a < b ? a : b, a < b ? KS_APART_X : KS_APART_Y};
        if (a < b)
            i++;
        else
            j++;
    }
    for (size_t k = 0; k + 1 < why->n_apart; k++) {
        struct ks_why_window *one = &why->apart[k], *next = &why->apart[k + 1];
        if (one->apart != KS_APART_SPLIT && one->window + 1 == next->window && one->apart != next->apart) {
            one->apart = next->apart = KS_APART_SPLIT;
            why->splits++;
        }
    }
    return ks_ok();
}

static void judge(struct ks_why *why, const struct ks_thresholds *t, double min_supp)
{
    struct ks_counts c = why->counts;
    uint32_t most = c.x > c.y ? c.x : c.y;
    double share = c.l > 0 ? (double)most / c.l : 0;
    bool known = c.x > 0 && c.y > 0;
    why->value[KS_TEST_SUPP] = share;
    why->need[KS_TEST_SUPP] = min_supp;
    why->lets[KS_TEST_SUPP] = share;
    why->passes[KS_TEST_SUPP] = known && most <= t->max_count;
    why->value[KS_TEST_COUNT] = c.xy;
    why->need[KS_TEST_COUNT] = t->min_count;
    why->lets[KS_TEST_COUNT] = c.xy > 0 ? (double)c.xy : (double)NAN;
    why->passes[KS_TEST_COUNT] = c.xy >= t->min_count && c.xy > 0;
    why->value[KS_TEST_INTE] = known ? ks_interest_value(c, t->interest) : 0;
    why->need[KS_TEST_INTE] = t->min_inte;
    why->lets[KS_TEST_INTE] = why->value[KS_TEST_INTE];
    why->passes[KS_TEST_INTE] = known && why->value[KS_TEST_INTE] + KS_SLACK >= t->min_inte;
    why->value[KS_TEST_CORRELATION] = known ? ks_correlation(c) : 0;
    why->need[KS_TEST_CORRELATION] = 1;
    why->lets[KS_TEST_CORRELATION] = NAN; /* no parameter changes that */
    why->passes[KS_TEST_CORRELATION] = known && ks_excess(c) > 0;
    why->value[KS_TEST_CONF] = known ? ks_cpir(c) : -INFINITY;
    why->need[KS_TEST_CONF] = t->min_conf;
    why->lets[KS_TEST_CONF] = why->value[KS_TEST_CONF] > 0 ? why->value[KS_TEST_CONF] : (double)NAN;
    why->passes[KS_TEST_CONF] = known && why->value[KS_TEST_CONF] + KS_SLACK >= t->min_conf;
    why->all = true;
    for (int i = 0; i < KS_TEST_N; i++)
        why->all = why->all && why->passes[i];
}

struct ks_status ks_why_make(const struct ks_mined *mined, const struct ks_choice *choice, ks_item x, ks_item y, struct ks_why *out)
{
    const struct ks_window_sets *s = &mined->sets;
    *out = (struct ks_why){.x = x, .y = y, .counts.l = s->l};
    uint32_t a = ks_window_sets_find(s, x), b = ks_window_sets_find(s, y);
    out->present[0] = a != UINT32_MAX;
    out->present[1] = b != UINT32_MAX;
    if (out->present[0])
        out->counts.x = ks_window_sets_n(s, a);
    if (out->present[1])
        out->counts.y = ks_window_sets_n(s, b);
    if (out->present[0] && out->present[1])
        KS_TRY(apart(s, a, b, out));
    judge(out, &choice->thresholds, choice->min_supp);
    return ks_ok();
}

void ks_why_free(struct ks_why *why)
{
    ks_free(why->apart);
    *why = (struct ks_why){0};
}

char *ks_why_text(char *out, size_t cap, const struct ks_why *why)
{
    char x[40], y[40];
    size_t used = 0;
    out[0] = '\0';
    if (!why->present[0] || !why->present[1]) {
        snprintf(out, cap, "%s is not in this stream: change the items, or widen what was narrowed",
                 ks_item_format(x, sizeof x, why->present[0] ? why->y : why->x));
        return out;
    }
    if (why->all) {
        snprintf(out, cap, "passes");
        return out;
    }
    for (int i = 0; i < KS_TEST_N && used < cap; i++) {
        if (why->passes[i])
            continue;
        const char *sep = used > 0 ? "; " : "fails: ";
        int n;
        if (i == KS_TEST_CORRELATION)
            n = snprintf(out + used, cap - used, "%sthey are together no more than apart (correlation %.3g), which no parameter changes", sep,
                         why->value[i]);
        else if (i == KS_TEST_COUNT && why->counts.xy == 0)
            n = snprintf(out + used, cap - used, "%sno window holds both %s and %s: larger windows, or sessions, may", sep,
                         ks_item_format(x, sizeof x, why->x), ks_item_format(y, sizeof y, why->y));
        else if (isnan(why->lets[i]))
            n = snprintf(out + used, cap - used, "%s%s %.4g is not reached (%.4g), whatever its value", sep, ks_test_name((enum ks_test)i),
                         why->need[i], why->value[i]);
        else
            n = snprintf(out + used, cap - used, "%s%s is %.4g, --%s %.6g would let it pass", sep, ks_test_name((enum ks_test)i), why->need[i],
                         ks_test_name((enum ks_test)i), why->lets[i]);
        used += n > 0 ? (size_t)n : 0;
    }
    if (why->splits > 0 && used < cap)
        snprintf(out + used, cap - used, "; %u time%s a window's border cut them apart: a stride, or sessions, would not", why->splits,
                 why->splits == 1 ? "" : "s");
    return out;
}
