/* The scales on which thresholds are drawn: sliders and the heat map share them, so that a knob and its cross-hair stand at the same share. */
#ifndef KS_TUI_MODEL_SCALE_H
#define KS_TUI_MODEL_SCALE_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/analysis.h"

/* minSupp by the logarithm of the windows an item may be in; minInte by the logarithm of the shared windows that it asks for; minConf as it is. */
struct ks_scale {
    uint32_t l;              /* windows; 0: nothing mined */
    uint32_t n_max;          /* the largest n(X) of an item that meets another one */
    double c_max;            /* shared windows that the largest interest of any rule asks for */
    enum ks_interest interest;
    uint64_t rules_max;      /* rules with no threshold at all: the widest number that a count can become */
};

/* Reads the ends of the scales off the triples. One pass. */
struct ks_scale ks_scale_make(const struct ks_mined *mined, enum ks_interest interest);
/* Where a value stands, 0..1, and the value that stands at a share. */
double ks_scale_share(const struct ks_scale *scale, enum ks_axis axis, double value);
double ks_scale_value(const struct ks_scale *scale, enum ks_axis axis, double share);
/* Shared windows that a minInte asks for at least, as a real number (interest when n(X) = n(Y) = n(XY)). */
double ks_scale_together(const struct ks_scale *scale, double min_inte);
/* A threshold with as many decimals as l windows can tell apart. Returns out. */
char *ks_format_threshold(char *out, size_t cap, enum ks_axis axis, double value, uint32_t l);

#endif
