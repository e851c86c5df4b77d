/* Counts that cannot overflow: exact up to 2^127, beyond that a power of ten. */
#ifndef KS_BASE_COUNT_H
#define KS_BASE_COUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 ks_u128;
__extension__ typedef __int128 ks_i128;

/* A number of rules or itemsets, >= 0. */
struct ks_count {
    ks_u128 n;   /* exact while `power` is false */
    double log10; /* of the value, where `power` is true */
    bool power;  /* too large for 127 bits: the value is 10^log10 */
};

struct ks_count ks_count_of(uint64_t n);
struct ks_count ks_count_add(struct ks_count a, struct ks_count b);
struct ks_count ks_count_mul(struct ks_count a, struct ks_count b);
/* n choose k. */
struct ks_count ks_count_choose(uint64_t n, uint64_t k);
/* < 0, 0 or > 0 as a < b, a = b, a > b. */
int ks_count_compare(struct ks_count a, struct ks_count b);
/* The value as a double (inf beyond its range). */
double ks_count_real(struct ks_count a);
/* The value if it fits 63 bits, otherwise UINT64_MAX/2 (that is 2^63-1). */
uint64_t ks_count_clamp(struct ks_count a);
/* Decimal digits, or "1.2e45" where only the power is known; for people with separators ("1,234"). Returns out. */
char *ks_count_format(char *out, size_t cap, struct ks_count a, bool separators);

#endif
