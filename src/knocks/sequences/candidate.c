#include "knocks/sequences/candidate.h"

#include "base/memory.h"

bool ks_occurrence_add(struct ks_candidate *c, const struct ks_occurrence *o)
{
    if (!ks_reserve((void **)&c->at, &c->cap, c->n + 1, sizeof *c->at))
        return false;
    c->at[c->n++] = *o;
    return true;
}

void ks_candidate_free(struct ks_candidate *c)
{
    ks_free(c->at);
    c->at = NULL;
    c->n = c->cap = 0;
}

void ks_candidates_free(struct ks_candidates *list)
{
    for (size_t i = 0; i < list->n; i++)
        ks_candidate_free(&list->at[i]);
    ks_free(list->at);
    *list = (struct ks_candidates){0};
}
