/* The logarithms of single terms of the discrete laws, without the cancellation that differences of lnGamma
 * bring (GSL's own lnchoose loses 1e-9 at a million windows, doc/statistics.md). Used inside src/stats only.
 * */
#ifndef KS_STATS_TERMS_H
#define KS_STATS_TERMS_H

/* Turns off GSL's error handler, which would end the program; once, from any thread. Called before any
 * function of GSL that can fail. */
void ks_gsl_ready(void);

/* ln n! - ln(sqrt(2 pi n) (n/e)^n), n > 0, real: the logarithm of GSL's gammastar. */
double ks_stirling(double n);

/* x ln(x/m) + m - x >= 0 for x, m > 0: the deviance of x from its mean m (Loader 2000, "Fast and accurate
 * computation of binomial probabilities"). */
double ks_deviance(double x, double m);

/* ln(1 - e^a), a <= 0. */
double ks_ln_complement(double a);

/* A probability, its complement and their logarithms, which stay right where p or q underflow or round to 1.
 * */
struct ks_odds {
    double p, q, ln_p, ln_q;
};

/* From ln q <= 0. */
struct ks_odds ks_odds_from_ln_q(double ln_q);

/* ln P(X = x), X ~ binomial(n, p); x and n whole, 0 <= x <= n. -INFINITY where impossible. */
double ks_ln_binomial(double x, double n, const struct ks_odds *odds);

/* ln P(X >= x), X ~ binomial(n, p); x and n whole. */
double ks_ln_binomial_tail(double x, double n, const struct ks_odds *odds);

/* ln P(N = k), N ~ hypergeometric (l windows, x marked, y drawn); 0 < x, y < l and max(0, x + y - l) <= k <=
 * min(x, y). */
double ks_ln_hypergeometric(double l, double x, double y, double k);

#endif
