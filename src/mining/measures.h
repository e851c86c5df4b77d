/* The measures of a rule X => Y from integer counts (doc/method.md; Wu, Zhang, Zhang 2004), and the comparisons with thresholds.
 * A triple is all that the measures of a pair depend on, beside l. */
#ifndef KS_MINING_MEASURES_H
#define KS_MINING_MEASURES_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* A value that equals its threshold passes, whatever the rounding of the last digits. */
#define KS_SLACK 1e-12

enum ks_interest { KS_INTEREST_WU, KS_INTEREST_JOINT };

struct ks_counts {
    uint32_t x, y, xy, l; /* n(X), n(Y), n(XY), windows; xy <= min(x, y), max(x, y) <= l < 2^31 */
};

/* n(XY) l - n(X) n(Y): positive exactly where correlation > 1. */
static inline int64_t ks_excess(struct ks_counts c)
{
    return (int64_t)c.xy * c.l - (int64_t)c.x * c.y;
}

static inline double ks_support(struct ks_counts c)
{
    return (double)c.xy / c.l;
}

static inline double ks_confidence(struct ks_counts c)
{
    return (double)c.xy / c.x;
}

static inline double ks_correlation(struct ks_counts c)
{
    return (double)((int64_t)c.xy * c.l) / (double)((int64_t)c.x * c.y);
}

static inline double ks_interest(struct ks_counts c)
{
    int64_t excess = ks_excess(c);
    return (double)(excess < 0 ? -excess : excess) / ((double)c.l * c.l);
}

/* CPIR(Y|X); -INFINITY where n(Y) = l: such a rule is never positively correlated. */
static inline double ks_cpir(struct ks_counts c)
{
    if (c.y == c.l)
        return -INFINITY;
    return (double)ks_excess(c) / (double)((int64_t)c.x * (c.l - c.y));
}

/* What minInte is held against: the printed formula (Wu), or support(XY) (joint). */
static inline double ks_interest_value(struct ks_counts c, enum ks_interest interest)
{
    return interest == KS_INTEREST_JOINT ? ks_support(c) : ks_interest(c);
}

/* floor(minSupp l + 1e-9): the largest n(X) of an infrequent item. */
static inline uint32_t ks_max_count(double min_supp, uint32_t l)
{
    double n = floor(min_supp * l + 1e-9);
    return n <= 0 ? 0 : n >= l ? l : (uint32_t)n;
}

/* What a rule must pass. Integers and reals as in doc/method.md. */
struct ks_thresholds {
    uint32_t max_count; /* of each item: ks_max_count(minSupp, l) */
    uint32_t min_count; /* of the itemset: --min-count, >= 1 */
    double min_inte;
    double min_conf;
    enum ks_interest interest;
};

/* Whether the rule X => Y with these counts passes: everything that thresholds ask, exactly as counting and ranking do it. */
static inline bool ks_pair_passes(struct ks_counts c, const struct ks_thresholds *t)
{
    return c.x <= t->max_count && c.y <= t->max_count && c.xy >= t->min_count && ks_excess(c) > 0 &&
           ks_interest_value(c, t->interest) + KS_SLACK >= t->min_inte && ks_cpir(c) + KS_SLACK >= t->min_conf;
}

/* A triple of counts with how many unordered item pairs have it. x <= y. */
struct ks_triple {
    uint32_t x, y, xy;
    uint64_t pairs;
};

#endif
