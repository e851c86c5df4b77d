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
    return l > 0 ? (double)n / l : 0;
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
    } else if (curve->l > 0 && curve->has_high && curve->high >= low) {
        choice->min_supp = in_windows(curve->high, l);
        snprintf(why, cap, "Eq. 8: a port is in %u of %u windows or fewer with probability <= %g", curve->high, l, curve->epsilon);
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

/* Finds the step at which the observed count stands clear of the shifted null. The capture and its R rotations are R + 1 draws; each has at each step a
 * deviation from their common mean in units of their common spread, and its largest one over all steps is its statistic. Only if the capture's is the
 * largest of all is anything claimed: by symmetry that happens by chance with probability <= 1/(R + 1), however many steps are tried. */
static uint32_t stands_clear(const struct ks_mined *mined, const struct ks_shifted *shifted, struct ks_thresholds t, double ratio[2])
{
    unsigned rotations = ks_shifted_rotations(shifted), draws = rotations + 1;
    uint32_t step[MOST_STEPS];
    uint32_t l = mined->sets.l, most = t.max_count < l / 2 ? t.max_count : l / 2;
    size_t n = steps(most, step);
    double *count = ks_alloc((size_t)draws * (n > 0 ? n : 1), sizeof *count);
    double *best = ks_zalloc(draws, sizeof *best);
    uint32_t found = 0;
    double strongest = 0;
    for (size_t i = 0; i < n && count != NULL && best != NULL; i++) {
        double mean = 0, spread = 0, *row = count + i * draws;
        t.min_inte = step_value(step[i], l, t.interest);
        for (unsigned r = 0; r < draws; r++) {
            row[r] = (double)(r == rotations ? ks_pairs_count(mined->pairs, &t) : ks_shifted_rotation(shifted, r, &t));
            mean += row[r] / draws;
        }
        for (unsigned r = 0; r < draws; r++)
            spread += (row[r] - mean) * (row[r] - mean) / draws;
        for (unsigned r = 0; r < draws; r++) {
            double z = spread > 0 ? (row[r] - mean) / sqrt(spread) : 0;
            if (z > best[r])
                best[r] = z;
            if (r == rotations && z > strongest) {
                strongest = z;
                found = step[i];
                ratio[0] = row[r];
                ratio[1] = (mean * draws - row[r]) / (rotations > 0 ? rotations : 1);
            }
        }
    }
    for (unsigned r = 0; r < rotations && found != 0; r++)
        if (best[r] >= best[rotations])
            found = 0;
    ks_free(count);
    ks_free(best);
    return found;
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
        snprintf(why, cap, "together in %u of %u windows: %.0f rules against %.3g by chance (%u rotations)", found, l, ratio[0], ratio[1],
                 rotations);
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
