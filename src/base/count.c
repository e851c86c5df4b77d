#include "base/count.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const ks_u128 largest = ((ks_u128)1 << 127) - 1;

static struct ks_count power_of(double log10)
{
    return (struct ks_count){.n = largest, .log10 = log10, .power = true};
}

static double log10_of(struct ks_count a)
{
    if (a.power)
        return a.log10;
    return a.n == 0 ? -INFINITY : log10((double)a.n);
}

struct ks_count ks_count_of(uint64_t n)
{
    return (struct ks_count){.n = n};
}

struct ks_count ks_count_add(struct ks_count a, struct ks_count b)
{
    if (!a.power && !b.power && a.n <= largest - b.n)
        return (struct ks_count){.n = a.n + b.n};
    double x = log10_of(a), y = log10_of(b);
    double high = x > y ? x : y, low = x > y ? y : x;
    return power_of(high + log10(1 + pow(10, low - high)));
}

struct ks_count ks_count_mul(struct ks_count a, struct ks_count b)
{
    if ((!a.power && a.n == 0) || (!b.power && b.n == 0))
        return ks_count_of(0);
    if (!a.power && !b.power && a.n <= largest / b.n)
        return (struct ks_count){.n = a.n * b.n};
    return power_of(log10_of(a) + log10_of(b));
}

struct ks_count ks_count_choose(uint64_t n, uint64_t k)
{
    if (k > n)
        return ks_count_of(0);
    if (k > n - k)
        k = n - k;
    ks_u128 c = 1;
    for (uint64_t i = 1; i <= k; i++) {
        ks_u128 factor = n - k + i;
        if (c > largest / factor)
            return power_of((lgamma((double)n + 1) - lgamma((double)k + 1) - lgamma((double)(n - k) + 1)) / M_LN10);
        c = c * factor / i; /* exact: i consecutive factors are divisible by i! */
    }
    return (struct ks_count){.n = c};
}

int ks_count_compare(struct ks_count a, struct ks_count b)
{
    if (a.power || b.power) {
        double x = log10_of(a), y = log10_of(b);
        return (x > y) - (x < y);
    }
    return (a.n > b.n) - (a.n < b.n);
}

double ks_count_real(struct ks_count a)
{
    return a.power ? pow(10, a.log10) : (double)a.n;
}

uint64_t ks_count_clamp(struct ks_count a)
{
    return a.power || a.n > (ks_u128)INT64_MAX ? (uint64_t)INT64_MAX : (uint64_t)a.n;
}

char *ks_count_format(char *out, size_t cap, struct ks_count a, bool separators)
{
    if (a.power) {
        double whole = floor(a.log10);
        snprintf(out, cap, "%.1fe%.0f", pow(10, a.log10 - whole), whole);
        return out;
    }
    char digits[64];
    size_t at = sizeof digits - 1, written = 0;
    digits[at] = '\0';
    ks_u128 n = a.n;
    do {
        if (separators && written > 0 && written % 3 == 0)
            digits[--at] = ',';
        digits[--at] = (char)('0' + (int)(n % 10));
        n /= 10;
        written++;
    } while (n != 0);
    snprintf(out, cap, "%s", digits + at);
    return out;
}
