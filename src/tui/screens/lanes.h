/* Activations as lanes in time: one row each, the ports where they were tried. Shared by the screens that show knocks. */
#ifndef KS_TUI_SCREENS_LANES_H
#define KS_TUI_SCREENS_LANES_H

#include <stddef.h>
#include <stdint.h>

#include "analysis/analysis.h"
#include "tui/toolkit/grid.h"

/* The role of an attempt's port by its outcome. */
ks_style ks_outcome_style(enum ks_outcome outcome);

/* The longest span of any activation of a knock, ns: what a lane's width stands for. */
int64_t ks_lane_span(const struct ks_log *log, const struct ks_knock *knock);

/* Columns that the labels of an activation need at least. */
int ks_lane_width(const struct ks_log *log, const struct ks_activation *activation);

/* Draws one activation into w columns of row y: 999─888──777. span 0: evenly. Labels that would overlap move to the right. */
void ks_lane_draw(struct ks_canvas canvas, int x, int y, int w, const struct ks_log *log, const struct ks_activation *activation,
                  int64_t span);

/* A scale for lanes: "0 … 50 … 100 ms". */
void ks_lane_scale(struct ks_canvas canvas, int x, int y, int w, int64_t span);

/* What followed, in words: "+1.0 s 1234 opened, 34 packets, 6 s"; "" where nothing did. Of that as much as
 * fits into `room` cells, the port at least. Returns out. */
char *ks_lane_after(char *out, size_t cap, const struct ks_activation *activation, int room);

/* Time of day, or with the date where `dated`; local or UTC. Returns out (cap >= 32). */
char *ks_clock(char *out, size_t cap, int64_t ns, bool dated, bool local);

#endif
