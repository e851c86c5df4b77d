/* Every parameter of an analysis, its presets and its text forms. */
#ifndef KS_ANALYSIS_PARAMS_H
#define KS_ANALYSIS_PARAMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"
#include "mining/item.h"
#include "mining/measures.h"
#include "mining/ranking.h"
#include "mining/windows.h"

/* A threshold that is given or chosen automatically. */
struct ks_setting {
    bool automatic;
    double value; /* where not automatic */
};

enum ks_preset { KS_PRESET_HUNT, KS_PRESET_PAPER };

struct ks_params {
    enum ks_preset preset;
    enum ks_items items;
    struct ks_windowing windowing;
    struct ks_narrow narrow;
    struct ks_setting min_supp, min_inte, min_conf;
    uint32_t min_count;
    unsigned max_len;
    enum ks_interest interest;
    uint32_t activations; /* assumed number of activations, Eq. 6; 0: not assumed (2 is used where a number is needed) */
    enum ks_sort sort;
    bool reverse;
    uint64_t top; /* rows in batch; 0: all */
    uint64_t seed;
    unsigned rotations; /* of the shifted null */
    double epsilon;     /* of the suggested range */
    uint64_t max_events; /* of loading: events after these are not taken; 0: all */
    uint64_t max_expanded; /* of loading: bytes that a compressed file may expand to; 0: all */
};

/* The preset's values: hunt (attempts, session:30s by pair, everything automatic) or paper (every TCP packet, 1000-packet windows). */
struct ks_params ks_params_preset(enum ks_preset preset);
const char *ks_preset_name(enum ks_preset preset);
const char *ks_interest_name(enum ks_interest interest);

#endif
