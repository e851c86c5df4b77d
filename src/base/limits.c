#include "base/limits.h"

#include <stddef.h>

static const struct ks_limits usual = {
    .windows = INT32_MAX,
    .items = UINT32_MAX - 1,
    .overlap = UINT64_C(1) << 30,
    .curve = 10000000,
    .ranking = UINT32_MAX,
    .tests = UINT32_MAX,
    .visits = 300000,
    .slices = 64 << 20,
};
static const struct ks_limits *in_force = &usual;

const struct ks_limits *ks_limits(void)
{
    return in_force;
}

void ks_limits_set(const struct ks_limits *limits)
{
    in_force = limits != NULL ? limits : &usual;
}
