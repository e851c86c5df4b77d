/* Two threads for work that falls into two halves. Internal to src/knocks. */
#ifndef KS_KNOCKS_HALVES_H
#define KS_KNOCKS_HALVES_H

#include <stdbool.h>

/* work(context, 0) and work(context, 1): at the same time where `two` and a thread is to be had and starts before
 * the first is done, else one after the other. Neither half reads what the other one writes, so that it makes no difference. Returns when both are
 * done. */
void ks_halves(bool two, void (*work)(void *context, unsigned half), void *context);

#endif
