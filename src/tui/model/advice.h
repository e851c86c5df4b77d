/* What to do when no rule passes: which one parameter to loosen, by how much, and how many rules that would give. */
#ifndef KS_TUI_MODEL_ADVICE_H
#define KS_TUI_MODEL_ADVICE_H

#include "tui/model/model.h"

enum { KS_ADVICE_MAX = 4 };

struct ks_advice {
    char why[200]; /* why nothing passes, in one sentence */
    struct ks_advice_way {
        char text[160];          /* "lower minInte from 0.19 to 0.17: 14 rules" */
        struct ks_params params; /* what it would change to */
        const char *what;        /* the parameter's name, for undo */
    } way[KS_ADVICE_MAX];
    size_t n;
};

/* Works it out from the mined pairs (a few passes over the triples: call it once per change, and only where the count is 0). */
void ks_advice_make(const struct ks_model *model, struct ks_advice *out);
/* Does a way. Effects. */
unsigned ks_advice_take(struct ks_model *model, const struct ks_advice *advice, size_t way);

#endif
