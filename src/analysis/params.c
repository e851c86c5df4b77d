#include "analysis/params.h"

struct ks_params ks_params_preset(enum ks_preset preset)
{
    struct ks_params params = {
        .preset = preset,
        .min_supp = {.automatic = true},
        .min_inte = {.automatic = true},
        .min_conf = {.automatic = true},
        .min_count = 1,
        .max_len = 2,
        .interest = KS_INTEREST_WU,
        .sort = KS_SORT_INTEREST,
        .top = 100,
        .seed = 1,
        .rotations = 20,
        .epsilon = 1e-3,
    };
    if (preset == KS_PRESET_PAPER) {
        params.items = KS_ITEMS_TCP;
        params.windowing = (struct ks_windowing){.cut = KS_CUT_COUNT, .size = 1000, .stride = 1000, .scope = KS_SCOPE_CAPTURE};
    } else {
        params.items = KS_ITEMS_ATTEMPTS;
        params.windowing = (struct ks_windowing){.cut = KS_CUT_SESSION, .ns = 30 * INT64_C(1000000000), .scope = KS_SCOPE_PAIR};
    }
    return params;
}

const char *ks_preset_name(enum ks_preset preset)
{
    return preset == KS_PRESET_PAPER ? "paper" : "hunt";
}

const char *ks_interest_name(enum ks_interest interest)
{
    return interest == KS_INTEREST_JOINT ? "joint" : "wu";
}
