/* Rule counts over minSupp x minInte for the heat map. The first plane after mining or a change of size is counted in the background. */
#ifndef KS_TUI_MODEL_PLANE_H
#define KS_TUI_MODEL_PLANE_H

#include "tui/model/model.h"

/* Fills out[i * n_inte + j] as ks_pairs_plane does, at the thresholds in force. False: it is being counted in the background, and the caller is laid out again
 * when it is there. Only from layout. */
bool ks_model_plane(struct ks_model *model, const uint32_t *max_count, size_t n_count, const double *min_inte, size_t n_inte, uint64_t *out);

#endif
