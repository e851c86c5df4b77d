#include "tui/model/advice.h"

#include <stdio.h>
#include <string.h>

#include "tui/model/effects.h"
#include "tui/model/scale.h"

static struct ks_advice_way *add(const struct ks_model *model, struct ks_advice *out, const char *what)
{
    struct ks_advice_way *way = &out->way[out->n++];
    way->params = model->settings.params;
    way->what = what;
    return way;
}

/* Both values with as many decimals as it takes to tell them apart. Returns a. */
static const char *two_values(char *a, char *b, size_t cap, enum ks_axis axis, double from, double to, uint32_t l)
{
    ks_format_threshold(a, cap, axis, from, l);
    ks_format_threshold(b, cap, axis, to, l);
    for (int decimals = 4; strcmp(a, b) == 0 && decimals <= 15; decimals++) {
        snprintf(a, cap, "%.*f", decimals, from);
        snprintf(b, cap, "%.*f", decimals, to);
    }
    return a;
}

/* The nearest value of one threshold that lets a rule pass. */
static void loosen(const struct ks_model *model, enum ks_axis axis, struct ks_advice *out)
{
    static const char *const verb[] = {"raise minSupp", "lower minInte", "lower minConf"};
    enum { MANY = 512 };
    double values[MANY];
    const struct ks_mined *mined = model->mined;
    struct ks_thresholds t = model->choice.thresholds;
    size_t n = ks_pairs_steps(mined->pairs, &t, axis, values, MANY);
    if (n == 0 || out->n == KS_ADVICE_MAX)
        return;
    double now = axis == KS_AXIS_SUPP ? model->choice.min_supp : axis == KS_AXIS_INTE ? t.min_inte : t.min_conf;
    double to = axis == KS_AXIS_SUPP ? values[0] : values[n - 1];
    if (axis == KS_AXIS_SUPP)
        t.max_count = ks_max_count(to, mined->sets.l);
    else if (axis == KS_AXIS_INTE)
        t.min_inte = to;
    else
        t.min_conf = to;
    struct ks_advice_way *way =
        add(model, out, ks_setting_info((enum ks_setting_id)((int)KS_SET_MIN_SUPP + (int)axis))->name);
    struct ks_setting given = {.automatic = false, .value = to};
    if (axis == KS_AXIS_SUPP)
        way->params.min_supp = given;
    else if (axis == KS_AXIS_INTE)
        way->params.min_inte = given;
    else
        way->params.min_conf = given;
    char a[40], b[40], c[32];
    uint64_t rules = ks_pairs_count(mined->pairs, &t);
    snprintf(way->text, sizeof way->text, "%s from %s to %s: %s rule%s", verb[axis],
             two_values(a, b, sizeof a, axis, now, to, mined->sets.l), b,
             ks_format_count(c, sizeof c, rules), rules == 1 ? "" : "s");
}

static void all_three(const struct ks_model *model, struct ks_advice *out)
{
    const struct ks_mined *mined = model->mined;
    struct ks_thresholds t = {.max_count = mined->sets.l, .min_count = 1, .interest = model->choice.thresholds.interest};
    uint64_t rules = ks_pairs_count(mined->pairs, &t);
    if (rules == 0)
        return;
    char n[32];
    struct ks_advice_way *way = add(model, out, "loosen all");
    way->params.min_supp = (struct ks_setting){false, 1};
    way->params.min_inte = way->params.min_conf = (struct ks_setting){false, 0};
    way->params.min_count = 1;
    snprintf(way->text, sizeof way->text, "loosen all thresholds (minSupp 1, minInte 0, minConf 0): %s rules",
             ks_format_count(n, sizeof n, rules));
}

/* Other windows or items, where no threshold helps. */
static void cut_anew(const struct ks_model *model, struct ks_advice *out)
{
    const struct ks_params *p = &model->settings.params;
    if (p->preset != KS_PRESET_HUNT || p->items != KS_ITEMS_ATTEMPTS) {
        struct ks_advice_way *way = add(model, out, "preset");
        way->params = ks_params_preset(KS_PRESET_HUNT);
        way->params.narrow = p->narrow;
        snprintf(way->text, sizeof way->text, "take the preset hunt: attempts in sessions of each source and target");
    }
    if (p->items != KS_ITEMS_TCP && out->n < KS_ADVICE_MAX) {
        struct ks_advice_way *way = add(model, out, "preset");
        way->params = ks_params_preset(KS_PRESET_PAPER);
        way->params.narrow = p->narrow;
        snprintf(way->text, sizeof way->text, "take the preset paper: every TCP packet, windows of 1,000");
    }
}

void ks_advice_make(const struct ks_model *model, struct ks_advice *out)
{
    const struct ks_mined *mined = model->mined;
    *out = (struct ks_advice){0};
    if (mined == NULL)
        return;
    if (mined->sets.t == 0) {
        snprintf(out->why, sizeof out->why, "The capture holds no event of this kind (%s).", ks_items_name(mined->items));
        cut_anew(model, out);
    } else if (mined->sets.l < 4) {
        snprintf(out->why, sizeof out->why, "All events lie in %u window%s: too few for ports to be together more often than by chance.",
                 mined->sets.l, mined->sets.l == 1 ? "" : "s");
        cut_anew(model, out);
    } else {
        snprintf(out->why, sizeof out->why, "No rule passes all thresholds.");
        loosen(model, KS_AXIS_INTE, out);
        loosen(model, KS_AXIS_CONF, out);
        loosen(model, KS_AXIS_SUPP, out);
        if (out->n == 0)
            all_three(model, out);
        if (out->n == 0)
            cut_anew(model, out);
    }
}

unsigned ks_advice_take(struct ks_model *model, const struct ks_advice *advice, size_t way)
{
    if (way >= advice->n)
        return KS_FX_HANDLED;
    return ks_model_change(model, &advice->way[way].params, advice->way[way].what, false);
}
