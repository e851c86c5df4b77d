/* The part of the model that runs the engine; for model.c and the loop only. */
#ifndef KS_TUI_MODEL_MODEL_JOBS_H
#define KS_TUI_MODEL_MODEL_JOBS_H

#include "tui/model/model.h"

/* Releases the capture and all results. The worker must have stopped. */
void ks_model_free_results(struct ks_model *model);
/* Frees the names of captures, loaded and coming. */
void ks_model_free_paths(struct ks_model *model);
/* Takes over a capture (its reference too) and starts mining it. */
void ks_model_adopt(struct ks_model *model, struct ks_capture *capture);
/* Forgets the knocks: they name events and hosts of a capture that goes. */
void ks_model_drop_knocks(struct ks_model *model);
/* The values of an axis at which the count changes, kept until the other thresholds move. NULL, *n = 0 where there are none. */
const double *ks_model_steps(struct ks_model *model, enum ks_axis axis, size_t *n);

#endif
