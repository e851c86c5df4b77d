/* Automatic thresholds, each with its reason in words. */
#include <math.h>
#include <stdio.h>

#include "analysis/analysis.h"
#include "base/memory.h"

/* Used where Eq. 8 has no lower tail to cut off: with many small windows nearly every item is rare. */
static const double fallback_supp = 0.1;
static const double usual_conf = 0.9;
enum { MOST_STEPS = 64 };

static double in_windows(uint32_t n, uint32_t l)
{
    return l > 0 ? (double)(n < l ? n : l) / l : 0;
}

/* In many small windows Eq. 8 expects a port in so few of them that a knock's ports would count as frequent: as many uses as one may
 * reasonably expect, but no more than a quarter of the windows. */
static uint32_t knock_uses(uint32_t l, uint32_t low)
{
    uint32_t uses = l / 4 < 20 ? l / 4 : 20;
    return uses > low ? uses : low;
}

static void choose_supp(const struct ks_mined *mined, const struct ks_params *params, struct ks_choice *choice)
{
    const struct ks_curve *curve = &mined->curve;
    uint32_t l = mined->sets.l, low = params->activations > 0 ? params->activations : 2;
    char *why = choice->why_supp;
    size_t cap = sizeof choice->why_supp;
    if (!params->min_supp.automatic) {
        choice->min_supp = params->min_supp.value;
        snprintf(why, cap, "given");
    } else if (l == 0) {
        choice->min_supp = fallback_supp;
        snprintf(why, cap, "no windows");
    } else if (mined->windowing.cut != KS_CUT_COUNT && (curve->l == 0 || !curve->has_high || curve->high < knock_uses(l, low))) {
        uint32_t uses = knock_uses(l, low);
        choice->min_supp = in_windows(uses, l);
        if (curve->l == 0)
            snprintf(why, cap, "a knock used up to %u times must count as rare; Eq. 8 is not computed for so many windows", uses);
        else
            snprintf(why, cap, "a knock used up to %u times must count as rare; Eq. 8, made for windows of one size, would end at %u", uses,
                 curve->has_high ? curve->high : 0);
    } else if (curve->l > 0 && curve->has_high && curve->high >= low) {
        choice->min_supp = in_windows(curve->high, l);
        snprintf(why, cap, "Eq. 8: a port is in %u of %u windows or fewer with probability <= %g", curve->high, l, curve->epsilon);
    } else if (curve->l == 0) {
        choice->min_supp = fmin(fmax(fallback_supp, in_windows(low, l)), 1);
        snprintf(why, cap, "Eq. 8 is not computed for so many windows; %g taken", choice->min_supp);
    } else {
        double supp = fmax(fallback_supp, in_windows(low, l));
        choice->min_supp = supp > 1 ? 1 : supp;
        snprintf(why, cap, "Eq. 8 expects a port in %.2g of %u windows: no lower tail to cut off; %g taken", curve->mean, l,
                 choice->min_supp);
    }
}

/* The interest that a pair reaches which lies in c windows, always together: the step at which c shared windows are needed. */
static double step_value(uint32_t c, uint32_t l, enum ks_interest interest)
{
    double share = (double)c / l;
    return interest == KS_INTEREST_JOINT ? share : share - share * share;
}

/* Steps to be tested: 1, 2, 3 ... shared windows, wider apart as they grow. */
static size_t steps(uint32_t most, uint32_t *out)
{
    size_t n = 0;
    for (uint32_t c = 1; c <= most && n < MOST_STEPS; c = c < 10 ? c + 1 : c + c / 5)
        out[n++] = c;
    return n;
}

/* By how much the capture's statistic must exceed the rotations' best: with 20 rotations symmetry alone would let one capture in 21 claim
 * something; the margin brings that to about one in a hundred. */
static const double clear_margin = 1.25;

/* The first step from two shared windows on where chance explains at most this share of the rules. */
static const double chance_share = 0.1;

/* Of the steps at which the capture has more rules than any rotation: the first where chance explains few of them, else the one where it explains
 * least. count: for each of n steps the rotations' counts, then the capture's. ratio: the capture's count and the rotations' mean there. */
static uint32_t clearest_step(const double *count, const uint32_t *step, size_t n, unsigned rotations, double ratio[2])
{
    uint32_t found = 0;
    double least = INFINITY;
    for (size_t i = 0; i < n && least > chance_share; i++) {
        const double *row = count + i * (rotations + 1);
        double mean = 0, most = 0;
        for (unsigned r = 0; r < rotations; r++) {
            mean += row[r] / rotations;
            most = fmax(most, row[r]);
        }
        if (row[rotations] <= most || (step[i] < 2 && n > 1) || mean / row[rotations] >= least)
            continue;
        least = mean / row[rotations];
        found = step[i];
        ratio[0] = row[rotations];
        ratio[1] = mean;
    }
    return found;
}

/* Finds the step at which the observed count stands clear of the shifted null. The capture and its R rotations are R + 1 draws; each has at each step a
 * deviation from the others' mean in units of their spread, and its largest one over all steps is its statistic. Only if the capture's is clearly the
 * largest of all is anything claimed: by symmetry that happens by chance with probability <= 1/(R + 1), however many steps are tried. */
static uint32_t stands_clear(const struct ks_mined *mined, const struct ks_shifted *shifted, struct ks_thresholds t, double ratio[2])
{
    unsigned rotations = ks_shifted_rotations(shifted), draws = rotations + 1;
    uint32_t step[MOST_STEPS];
    uint32_t l = mined->sets.l, most = t.max_count < l / 2 ? t.max_count : l / 2;
    size_t n = steps(most, step);
    double *count = ks_alloc((size_t)draws * (n > 0 ? n : 1), sizeof *count);
    double *best = ks_zalloc(draws, sizeof *best);
    for (size_t i = 0; i < n && count != NULL && best != NULL; i++) {
        double sum = 0, squares = 0, *row = count + i * draws;
        t.min_inte = step_value(step[i], l, t.interest);
        for (unsigned r = 0; r < draws; r++) {
            row[r] = (double)(r == rotations ? ks_pairs_count(mined->pairs, &t) : ks_shifted_rotation(shifted, r, &t));
            sum += row[r];
            squares += row[r] * row[r];
        }
        for (unsigned r = 0; r < draws; r++) {
            /* Against the other draws; a count is never surer than a Poisson one, so a lone rule far out says little. */
            double mean = (sum - row[r]) / rotations;
            double spread = fmax(0, (squares - row[r] * row[r]) / rotations - mean * mean);
            double z = (row[r] - mean) / sqrt(fmax(spread, mean) + 1);
            if (z > best[r])
                best[r] = z;
        }
    }
    bool clear = n > 0 && count != NULL && best != NULL && best[rotations] > 0;
    for (unsigned r = 0; r < rotations && clear; r++)
        clear = best[r] * clear_margin < best[rotations];
    uint32_t found = clear ? clearest_step(count, step, n, rotations, ratio) : 0;
    ks_free(count);
    ks_free(best);
    return found;
}

/* A count of rules, or a mean of such counts: a decimal where it is small. */
static const char *rules_text(char *out, size_t cap, double n, bool mean)
{
    if (mean && n < 99.95)
        snprintf(out, cap, "%.1f", n);
    else
        ks_format_count(out, cap, n < 9e18 ? (uint64_t)llround(n) : INT64_MAX);
    return out;
}

static void choose_inte(const struct ks_mined *mined, const struct ks_params *params, const struct ks_shifted *shifted,
                        struct ks_choice *choice)
{
    uint32_t l = mined->sets.l, found = 0;
    double ratio[2] = {0, 0};
    char *why = choice->why_inte;
    size_t cap = sizeof choice->why_inte;
    unsigned rotations = shifted != NULL ? ks_shifted_rotations(shifted) : 0;
    if (rotations >= 2 && l > 0)
        found = stands_clear(mined, shifted, choice->thresholds, ratio);
    choice->advice = found != 0;
    if (!params->min_inte.automatic) {
        choice->min_inte = params->min_inte.value;
        snprintf(why, cap, "given");
    } else if (found != 0) {
        choice->min_inte = step_value(found, l, params->interest);
        char a[32], b[32], windows[32], of[32];
        snprintf(why, cap, "together in %s of %s windows: %s rules against %s by chance (%u rotations)",
                 ks_format_count(windows, sizeof windows, found), ks_format_count(of, sizeof of, l), rules_text(a, sizeof a, ratio[0], false),
                 rules_text(b, sizeof b, ratio[1], true), rotations);
    } else if (rotations >= 2) {
        uint32_t c = l >= 4 ? 2 : 1;
        choice->min_inte = l > 0 ? step_value(c, l, params->interest) : 0;
        snprintf(why, cap, "no step stands clear of chance; together in %u windows taken", c);
    } else {
        choice->min_inte = 0;
        snprintf(why, cap, "chance is not known yet");
    }
}

struct ks_choice ks_choose(const struct ks_mined *mined, const struct ks_params *params, const struct ks_shifted *shifted)
{
    struct ks_choice choice = {0};
    choose_supp(mined, params, &choice);
    if (params->min_conf.automatic) {
        choice.min_conf = usual_conf;
        snprintf(choice.why_conf, sizeof choice.why_conf, "below 10 windows it asks that Y is in every window of X");
    } else {
        choice.min_conf = params->min_conf.value;
        snprintf(choice.why_conf, sizeof choice.why_conf, "given");
    }
    choice.thresholds = (struct ks_thresholds){
        .max_count = ks_max_count(choice.min_supp, mined->sets.l),
        .min_count = params->min_count,
        .min_conf = choice.min_conf,
        .interest = params->interest,
    };
    choose_inte(mined, params, shifted, &choice);
    choice.thresholds.min_inte = choice.min_inte;
    return choice;
}
