/* What a screen waits for: work over a whole capture that would hold its keys up. */
#ifndef KS_TUI_MODEL_LATER_H
#define KS_TUI_MODEL_LATER_H

#include <stdbool.h>

#include "tui/model/model.h"
#include "tui/model/worker.h"

/* Below so many events work is done at once: it takes less than a frame. */
enum { KS_AT_ONCE = 50000 };

/* Shared by the screen and the job; in the loop's thread, but for the work itself. */
struct ks_later {
    void *work; /* what run reads and fills; `drop` frees it, unless who waits took it once ended and put NULL here */
    bool ended;
    struct ks_status status; /* once ended: of run, or KS_CANCELLED where the job was given up */
    void (*drop)(void *work);
    struct ks_status (*run)(void *work, struct ks_progress *progress);
    unsigned refs;
};

/* Hands work over. An older one of the kind is given up. NULL: memory ran out, which was said; the work is dropped. Left by ks_later_leave. */
struct ks_later *ks_later_start(struct ks_model *model, enum ks_job_kind kind, void *work,
                                struct ks_status (*run)(void *work, struct ks_progress *progress), void (*drop)(void *work));
/* The screen's end of it: what has not ended goes on unseen. NULL is fine. */
void ks_later_leave(struct ks_later *later);

/* Whether a screen waits, so that a key pressed now would find it empty. */
bool ks_later_waits(const struct ks_model *model);

#endif
