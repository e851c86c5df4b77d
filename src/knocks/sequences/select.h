/* Choosing among the candidates of a target. Internal to src/knocks. */
#ifndef KS_KNOCKS_SELECT_H
#define KS_KNOCKS_SELECT_H

#include "knocks/sequences/candidate.h"

/* Keeps, of the candidates found from number `from` on (all at one target), those that stand for what is
 * there, with their final activations, and marks their attempts in hunt->used. stamp: one zero for every try,
 * zero again afterwards. KS_NOMEM (then none of them is kept). */
struct ks_status ks_select(struct ks_hunt *hunt, size_t from, uint32_t *stamp);

#endif
