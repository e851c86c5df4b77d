/* Ctrl-C in a batch command: the work is cancelled and a half-written file removed before the program dies of
 * the signal. */
#ifndef KS_CLI_INTERRUPT_H
#define KS_CLI_INTERRUPT_H

#include "base/progress.h"

/* From now on SIGINT, SIGTERM and SIGHUP (where they are not ignored) set the cancel flag of the progress
 * that is returned; a second one kills at once. The progress lives as long as the program. */
struct ks_progress *ks_interrupt_watch(void);

/* Dies of the signal that came meanwhile, so that the caller's shell sees it; returns where none came. */
void ks_interrupt_finish(void);

#endif
