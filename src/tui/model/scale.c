#include "tui/model/scale.h"

#include <math.h>
#include <stdio.h>

static double need(enum ks_interest interest, double min_inte)
{
    if (min_inte <= 0)
        return 0;
    return interest == KS_INTEREST_JOINT ? min_inte : min_inte >= 0.25 ? 0.5 + (min_inte - 0.25) : (1 - sqrt(1 - 4 * min_inte)) / 2;
}

struct ks_scale ks_scale_make(const struct ks_mined *mined, enum ks_interest interest)
{
    size_t n;
    const struct ks_triple *t = ks_pairs_triples(mined->pairs, &n);
    struct ks_scale scale = {.l = mined->sets.l, .interest = interest, .n_max = 1};
    double most = 0;
    for (size_t i = 0; i < n; i++) {
        struct ks_counts c = {.x = t[i].x, .y = t[i].y, .xy = t[i].xy, .l = scale.l};
        if (ks_excess(c) <= 0)
            continue;
        double v = ks_interest_value(c, interest);
        most = v > most ? v : most;
        scale.n_max = c.y > scale.n_max ? c.y : scale.n_max;
        if (__builtin_add_overflow(scale.rules_max, 2 * t[i].pairs, &scale.rules_max))
            scale.rules_max = UINT64_MAX;
    }
    scale.c_max = fmax(1, need(interest, most) * scale.l);
    return scale;
}

double ks_scale_together(const struct ks_scale *scale, double min_inte)
{
    return need(scale->interest, min_inte) * scale->l;
}

static double unit(double share)
{
    return !(share > 0) ? 0 : share > 1 ? 1 : share;
}

double ks_scale_share(const struct ks_scale *scale, enum ks_axis axis, double value)
{
    if (axis == KS_AXIS_CONF)
        return unit(value);
    if (scale->l == 0)
        return 0;
    if (axis == KS_AXIS_INTE)
        return unit(log1p(ks_scale_together(scale, value)) / log1p(scale->c_max));
    double n = value * scale->l + 1e-9;
    return n < 1 || scale->n_max < 2 ? 0 : unit(log(n) / log(scale->n_max));
}

double ks_scale_value(const struct ks_scale *scale, enum ks_axis axis, double share)
{
    share = unit(share);
    if (axis == KS_AXIS_CONF || scale->l == 0)
        return share;
    if (axis == KS_AXIS_INTE) {
        double s = expm1(share * log1p(scale->c_max)) / scale->l;
        return scale->interest == KS_INTEREST_JOINT ? s : s > 0.5 ? 0.25 : s - s * s;
    }
    return fmin(1, round(exp(share * log(scale->n_max))) / scale->l);
}

char *ks_format_threshold(char *out, size_t cap, enum ks_axis axis, double value, uint32_t l)
{
    int digits = l > 1 ? (int)ceil(log10(l)) : 0;
    int decimals = axis == KS_AXIS_INTE ? digits + 1 : axis == KS_AXIS_SUPP ? digits : 4;
    int least = axis == KS_AXIS_INTE ? 4 : 2, most = axis == KS_AXIS_CONF ? 4 : 7;
    if (axis == KS_AXIS_CONF && fabs(value * 100 - round(value * 100)) < 1e-9)
        decimals = 2;
    decimals = decimals < least ? least : decimals > most ? most : decimals;
    snprintf(out, cap, "%.*f", decimals, value);
    return out;
}
