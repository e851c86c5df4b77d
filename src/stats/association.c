#include "stats/association.h"

#include <float.h>
#include <math.h>

#include <gsl/gsl_sf_erf.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_version.h>

#include "base/limits.h"
#include "base/memory.h"
#include "mining/sort.h"
#include "stats/terms.h"

const char *ks_stats_libraries(void)
{
    return "GSL " GSL_VERSION;
}

/* P(N = k) + P(N = k+1) + ... over P(N = k). Only from k >= mean on, where each term is at most about the one
 * before (doc/statistics.md: begun below the mean the series overflows). */
static double series_up(double l, double x, double y, double k)
{
    double sum = 1, term = 1, rest = l - x - y;
    double last = fmin(x, y);
    for (; k < last && term > sum * 1e-17; k++) {
        term *= (x - k) * (y - k) / ((k + 1) * (rest + k + 1));
        sum += term;
    }
    return sum;
}

/* The same downwards, from k <= mean. */
static double series_down(double l, double x, double y, double k)
{
    double sum = 1, term = 1, rest = l - x - y;
    double last = fmax(0, -rest);
    for (; k > last && term > sum * 1e-17; k--) {
        term *= k * (rest + k) / ((x - k + 1) * (y - k + 1));
        sum += term;
    }
    return sum;
}

double ks_fisher_ln_p(uint32_t l, uint32_t x, uint32_t y, uint32_t xy)
{
    if (x > l || y > l)
        return NAN;
    if (xy > (x < y ? x : y))
        return -INFINITY;
    if (xy == 0 || xy <= (int64_t)x + y - l)
        return 0;
    if ((uint64_t)xy * l > (uint64_t)x * y)
        return fmin(0, ks_ln_hypergeometric(l, x, y, xy) + log(series_up(l, x, y, xy)));
    double below = ks_ln_hypergeometric(l, x, y, xy - 1) + log(series_down(l, x, y, xy - 1));
    return ks_ln_complement(fmin(0, below));
}

struct ks_status ks_benjamini_hochberg(const double *ln_p, const double *weight, size_t n, double m,
                                       double *ln_q)
{
    if (n > ks_limits()->tests)
        return ks_fail(KS_LIMIT, "the false-discovery correction takes at most %llu different tests",
                       (unsigned long long)ks_limits()->tests);
    struct ks_keyed *ranked = ks_alloc(n, sizeof *ranked), *spare = ks_alloc(n, sizeof *spare);
    struct ks_status status = ks_nomem("the false-discovery correction");
    if (ranked != NULL && spare != NULL) {
        double tests = 0;
        for (size_t i = 0; i < n; i++) {
            ranked[i] = (struct ks_keyed){ks_real_key(isnan(ln_p[i]) ? 0 : ln_p[i]), (uint32_t)i};
            tests += weight[i];
        }
        ks_radix_sort(ranked, spare, n, NULL);
        double ln_m = log(fmax(m, tests)), least = 0;
        for (size_t i = n; i-- > 0; tests -= weight[ranked[i].value]) {
            /* The rank counts every test with this p-value or a smaller one; equal ones are met first and so
             * rank together. */
            if (tests > 0)
                least = fmin(least, ln_p[ranked[i].value] + ln_m - log(tests));
            ln_q[ranked[i].value] = least;
        }
        status = ks_ok();
    }
    ks_free(ranked);
    ks_free(spare);
    return status;
}

/* ln P(Poisson(mu) = n), n >= 0. */
static double ln_poisson(double ln_mu, double n)
{
    double mu = exp(ln_mu);
    if (n <= 0)
        return -mu;
    double deviance = mu > 1e-290 ? ks_deviance(n, mu) : n * (log(n) - ln_mu - 1);
    return -ks_stirling(n) - deviance - 0.5 * log(2 * M_PI * n);
}

enum { LONGEST_SERIES = 1000000 };

/* Temme's uniform expansion of the incomplete gamma function (SIAM J. Math. Anal. 10, 1979) with its first
 * term: relative error about 1/n, used only for n beyond LONGEST_SERIES. */
static double ln_poisson_tail_large(double mu, double n)
{
    double gap = (mu - n) / n;
    double eta = copysign(sqrt(2 * ks_deviance(n, mu) / n), gap);
    double c0 = fabs(eta) < 1e-3 ? -1 / 3.0 + eta * (1 / 12.0 - eta * 2 / 135) : 1 / gap - 1 / eta;
    double x = fabs(eta) * sqrt(n);
    ks_gsl_ready();
    double part = gsl_sf_hazard(x) * c0 / sqrt(n);
    double ln_side = gsl_sf_log_erfc(x / M_SQRT2) - M_LN2;
    return gap < 0 ? ln_side + log1p(-part) : ks_ln_complement(fmin(0, ln_side + log1p(part)));
}

double ks_poisson_tail_ln(double ln_mu, uint64_t n)
{
    if (n == 0)
        return 0;
    double mu = exp(ln_mu), k = (double)n, sum = 1, term = 1;
    if (!(mu <= DBL_MAX))
        return isnan(mu) ? NAN : 0;
    if (k > LONGEST_SERIES && mu > k / 2 && mu < 2 * k)
        return ln_poisson_tail_large(mu, k);
    if (k > mu) {
        for (double i = k + 1; term > sum * 1e-17; i++) {
            term *= mu / i;
            sum += term;
        }
        return fmin(0, ln_poisson(ln_mu, k) + log(sum));
    }
    for (double i = k - 1; i > 0 && term > sum * 1e-17; i--) {
        term *= i / mu;
        sum += term;
    }
    return ks_ln_complement(fmin(0, ln_poisson(ln_mu, k - 1) + log(sum)));
}

double ks_sequence_ln_mu(double t, double w, const double *n, size_t m)
{
    if (m == 0 || !(t > 0) || !(w > 0))
        return NAN;
    ks_gsl_ready();
    double sum = log(t);
    for (size_t i = 0; i < m; i++)
        sum += log(n[i] / t);
    return sum + (double)(m - 1) * log(w) - gsl_sf_lngamma((double)m);
}

double ks_order_ln_p(uint32_t m, uint32_t r, uint32_t x)
{
    if (x == 0 || (m <= 1 && x <= r))
        return 0;
    if (x > r)
        return -INFINITY;
    ks_gsl_ready();
    double ln_orders = gsl_sf_lngamma(m + 1.0);
    if (x == r)
        return -(r - 1.0) * ln_orders;
    struct ks_odds odds = {.p = exp(-ln_orders), .ln_p = -ln_orders, .ln_q = ks_ln_complement(-ln_orders)};
    odds.q = exp(odds.ln_q);
    return fmin(0, ln_orders + ks_ln_binomial_tail(x, r, &odds));
}

double ks_ln_choose(double n, double k)
{
    if (isnan(n) || isnan(k))
        return NAN;
    if (!(k >= 0 && k <= n))
        return -INFINITY;
    double rest = n - k;
    if (k <= 0 || rest <= 0)
        return 0;
    ks_gsl_ready();
    if (k < 1 || rest < 1)
        return gsl_sf_lngamma(n + 1) - gsl_sf_lngamma(k + 1) - gsl_sf_lngamma(rest + 1);
    double few = fmin(k, rest), many = n - few;
    double value = few * log(n / few) + many * log1p(few / many);
    return value + ks_stirling(n) - ks_stirling(few) - ks_stirling(many) -
           0.5 * log(2 * M_PI * few * (many / n));
}
