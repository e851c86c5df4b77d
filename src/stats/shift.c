/* The exact shift p-value: how often two window sets overlap as much when one is rotated against the other.
 * */
#include "stats/association.h"

#include <math.h>
#include <string.h>

#include <gsl/gsl_fft_halfcomplex.h>
#include <gsl/gsl_fft_real.h>

#include "base/memory.h"
#include "stats/terms.h"

static uint32_t overlap(const uint32_t *x, size_t nx, const uint32_t *y, size_t ny)
{
    uint32_t n = 0;
    for (size_t i = 0, j = 0; i < nx && j < ny;) {
        n += x[i] == y[j];
        if (x[i] < y[j])
            i++;
        else if (x[i] > y[j])
            j++;
        else
            i++, j++;
    }
    return n;
}

/* Every pair of windows votes for the rotation that brings them together. O(l + nx ny). */
static double by_votes(uint32_t l, const uint32_t *x, size_t nx, const uint32_t *y, size_t ny, uint32_t least)
{
    uint32_t *votes = ks_zalloc(l, sizeof *votes);
    if (votes == NULL)
        return NAN;
    for (size_t i = 0; i < nx; i++)
        for (size_t j = 0; j < ny; j++)
            votes[y[j] >= x[i] ? y[j] - x[i] : y[j] + l - x[i]]++;
    uint32_t reach = 0;
    for (uint32_t d = 0; d < l; d++)
        reach += votes[d] >= least;
    ks_free(votes);
    return (double)reach / l;
}

/* fx <- conj(fx) fy, both in GSL's half-complex order. */
static void correlate(double *fx, const double *fy, size_t size)
{
    fx[0] *= fy[0];
    fx[size / 2] *= fy[size / 2];
    for (size_t k = 1; k < size / 2; k++) {
        double re = fx[k] * fy[k] + fx[size - k] * fy[size - k];
        double im = fx[k] * fy[size - k] - fx[size - k] * fy[k];
        fx[k] = re;
        fx[size - k] = im;
    }
}

/* The overlaps of all rotations at once, by the correlation theorem; they are whole numbers below 2^31, so
 * rounding is exact. O(l log l). */
static double by_transform(uint32_t l, const uint32_t *x, size_t nx, const uint32_t *y, size_t ny,
                           size_t size, uint32_t least)
{
    double *fx = ks_zalloc(size, sizeof *fx), *fy = ks_zalloc(size, sizeof *fy);
    double p = NAN;
    if (fx == NULL || fy == NULL)
        goto out;
    for (size_t i = 0; i < nx; i++)
        fx[x[i]] = 1;
    for (size_t j = 0; j < ny; j++)
        fy[y[j]] = 1;
    ks_gsl_ready();
    gsl_fft_real_radix2_transform(fx, 1, size);
    gsl_fft_real_radix2_transform(fy, 1, size);
    correlate(fx, fy, size);
    gsl_fft_halfcomplex_radix2_inverse(fx, 1, size);
    uint32_t reach = 0;
    for (uint32_t d = 0; d < l; d++)
        reach += fx[d] + (d == 0 ? 0 : fx[size - l + d]) > least - 0.5;
    p = (double)reach / l;
out:
    ks_free(fx);
    ks_free(fy);
    return p;
}

double ks_shift_p(uint32_t l, const uint32_t *x, size_t nx, const uint32_t *y, size_t ny)
{
    uint32_t least = overlap(x, nx, y, ny);
    if (least == 0)
        return 1;
    size_t size = 2;
    double steps = 1;
    for (; size < 2 * (size_t)l; size *= 2)
        steps++;
    /* A step of the transform costs about as much as `fair` votes. */
    const double fair = 16;
    if ((double)nx * (double)ny > fair * steps * (double)size)
        return by_transform(l, x, nx, y, ny, size, least);
    return by_votes(l, x, nx, y, ny, least);
}
