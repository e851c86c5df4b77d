#include "stats/terms.h"

#include <math.h>
#include <pthread.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sf_log.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void handler_off(void)
{
    gsl_set_error_handler_off();
}

void ks_gsl_ready(void)
{
    pthread_once(&once, handler_off);
}

/* ks_stirling(1) .. ks_stirling(15), made by tests/oracle/stats_oracle.py. */
static const double stirling_small[16] = {
    0,
    0.08106146679532726,
    0.0413406959554093,
    0.02767792568499834,
    0.020790672103765093,
    0.016644691189821193,
    0.013876128823070748,
    0.01189670994589177,
    0.010411265261972096,
    0.009255462182712733,
    0.00833056343336287,
    0.007573675487951841,
    0.00694284010720953,
    0.006408994188004207,
    0.0059513701127588475,
    0.005554733551962801,
};

double ks_stirling(double n)
{
    if (n >= 16) {
        double v = 1 / (n * n);
        return (1 / 12.0 - v * (1 / 360.0 - v * (1 / 1260.0 -
                                                 v * (1 / 1680.0 - v * (1 / 1188.0 - v * 691 / 360360.0))))) /
               n;
    }
    int whole = (int)n;
    if (whole == n)
        return stirling_small[whole];
    ks_gsl_ready();
    return log(gsl_sf_gammastar(n));
}

double ks_deviance(double x, double m)
{
    double gap = m - x;
    if (fabs(gap) < 0.2 * (m + x))
        return -x * gsl_sf_log_1plusx_mx(gap / x);
    return x * log(x / m) + gap;
}

double ks_ln_complement(double a)
{
    return a > -M_LN2 ? log(-expm1(a)) : log1p(-exp(a));
}

struct ks_odds ks_odds_from_ln_q(double ln_q)
{
    return (struct ks_odds){
        .p = 0 - expm1(ln_q), .q = exp(ln_q), .ln_p = ks_ln_complement(ln_q), .ln_q = ln_q};
}

/* The deviance of x from n p where p may be too small for a double. */
static double deviance_from(double x, double n, double p, double ln_p)
{
    if (p > 1e-290)
        return ks_deviance(x, n * p);
    return x * (log(x / n) - ln_p - 1);
}

double ks_ln_binomial(double x, double n, const struct ks_odds *odds)
{
    if (x <= 0)
        return n <= 0 ? 0 : n * odds->ln_q;
    if (x >= n)
        return n * odds->ln_p;
    if (isinf(odds->ln_p) || isinf(odds->ln_q))
        return -INFINITY;
    double y = n - x;
    return ks_stirling(n) - ks_stirling(x) - ks_stirling(y) - deviance_from(x, n, odds->p, odds->ln_p) -
           deviance_from(y, n, odds->q, odds->ln_q) - 0.5 * log(2 * M_PI * x * (y / n));
}

double ks_ln_binomial_tail(double x, double n, const struct ks_odds *odds)
{
    if (x <= 0)
        return 0;
    if (x > n)
        return -INFINITY;
    double term = 1, sum = 1;
    if (x > n * odds->p) {
        double ratio = exp(odds->ln_p - odds->ln_q);
        for (double k = x; k < n && term > sum * 1e-17; k++) {
            term *= (n - k) / (k + 1) * ratio;
            sum += term;
        }
        return fmin(0, ks_ln_binomial(x, n, odds) + log(sum));
    }
    double ratio = exp(odds->ln_q - odds->ln_p);
    for (double k = x - 1; k > 0 && term > sum * 1e-17; k--) {
        term *= k / (n - k + 1) * ratio;
        sum += term;
    }
    return ks_ln_complement(fmin(0, ks_ln_binomial(x - 1, n, odds) + log(sum)));
}

/* P(k) = b(k; x, y/l) b(y - k; l - x, y/l) / b(y; l, y/l) with b the binomial law: every factor is near 1 or
 * a deviance, so nothing large cancels. */
double ks_ln_hypergeometric(double l, double x, double y, double k)
{
    double z = l - y;
    struct ks_odds odds = {.p = y / l, .q = z / l};
    odds.ln_p = 2 * y > l ? log1p(-z / l) : log(odds.p);
    odds.ln_q = 2 * y > l ? log(odds.q) : log1p(-y / l);
    double whole = ks_stirling(l) - ks_stirling(y) - ks_stirling(z) - 0.5 * log(2 * M_PI * y * (z / l));
    return ks_ln_binomial(k, x, &odds) + ks_ln_binomial(y - k, l - x, &odds) - whole;
}
