/* From candidates and one-shot bursts to cases that can be judged. Internal to src/knocks. */
#ifndef KS_KNOCKS_BUILD_H
#define KS_KNOCKS_BUILD_H

#include "knocks/judge.h"
#include "knocks/session.h"

struct ks_cases {
    struct ks_case *at;
    size_t n, cap;
};

/* One case for every sequence of items; the same items at several targets make one. KS_NOMEM. */
struct ks_status ks_cases_recurring(struct ks_hunt *hunt, struct ks_cases *out);

/* One case for every target and opened port. KS_NOMEM. */
struct ks_status ks_cases_one_shot(struct ks_hunt *hunt, const struct ks_shots *shots, struct ks_cases *out);

/* Measures the connections of all cases. KS_NOMEM. */
struct ks_status ks_cases_measure(const struct ks_log *log, struct ks_cases *cases);

void ks_cases_free(struct ks_cases *cases);
void ks_knock_free(struct ks_knock *knock);

static inline ks_item ks_item_wide(uint32_t item)
{
    return (ks_item)(item >> 16) << 32 | (item & 0xffff);
}

#endif
