/* Growths remembered. Most seeds of one knock grow to the same sequence: where one comes to what another one has come
 * to before, all that follows would be the same again. Internal to src/knocks. */
#ifndef KS_KNOCKS_TRAILS_H
#define KS_KNOCKS_TRAILS_H

#include "knocks/sequences/growth.h"

struct ks_trails;

/* NULL: no memory. */
struct ks_trails *ks_trails_new(void);
void ks_trails_free(struct ks_trails *trails);

/* Forgets all: before the seeds of another target, or of mixed sources after those of one. */
void ks_trails_clear(struct ks_trails *trails);

/* A growth that is about to choose its next port. True where another one stood exactly there (what its ports and
 * occurrences do not say was the same, or made no difference) and took less work from there to its end than is left:
 * that much is charged, and this one may stop, for all that comes of it is known. Else it is remembered. */
bool ks_trail_reaches(struct ks_trails *trails, const struct ks_growth *growth);

/* The same for a growth whose activations are about to be looked for: of its occurrences no more than the longest pause
 * allowed counts from there on. */
bool ks_trail_finds(struct ks_trails *trails, const struct ks_growth *growth, int64_t gap);

/* A growth is at its end, or known: on what it depended, beside its ports and occurrences, is remembered. */
void ks_trail_shaped(struct ks_trails *trails, const struct ks_growth *growth);

/* All that comes of the growth is found, its branches too. It is forgotten where the work ran out. */
void ks_trail_close(struct ks_trails *trails, const struct ks_hunt *hunt);

#endif
