/* How fast reading goes, and the line that shows it while it lasts. */
#ifndef KS_TUI_APP_LOADING_H
#define KS_TUI_APP_LOADING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tui/toolkit/grid.h"

struct ks_app;

enum { KS_PACE_SAMPLES = 8 };

/* What was read when. Zero-initialise for each load. */
struct ks_pace {
    struct ks_pace_sample {
        int64_t at;              /* ns, monotonic */
        uint64_t bytes, packets; /* of input, so far */
    } sample[KS_PACE_SAMPLES];   /* oldest first, at least half a second apart but for the last */
    size_t n;
    uint64_t total;              /* bytes in all; 0: unknown, a pipe */
    int64_t began, moved;        /* ns: when reading began, and when something came last */
};

/* Takes what was read by now; a sample with a smaller count than the last begins anew. */
void ks_pace_take(struct ks_pace *pace, int64_t now, uint64_t bytes, uint64_t packets, uint64_t total);
/* Bytes and packets a second over the samples (the last four seconds); false while they are too close together. */
bool ks_pace_rate(const struct ks_pace *pace, double *bytes, double *packets);
/* Seconds to go at this rate, rounded up; < 0 while unknown. */
double ks_pace_left(const struct ks_pace *pace);

/* Whether the line is due: reading has gone on for a moment, in a terminal, and there is room for it. */
bool ks_loading_shows(const struct ks_app *app);
/* Draws it: a bar and time left where the size is known, what was read and the rate in any case, and how to stop. */
void ks_loading_draw(const struct ks_pace *pace, const char *stop_key, struct ks_canvas line);
/* Takes the loader's present counts. Returns whether anything was read since the last time. */
bool ks_loading_tick(struct ks_app *app, int64_t now);

#endif
