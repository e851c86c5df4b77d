/* Allocation with checked sizes, and a switch by which tests make any of them fail. */
#ifndef KS_BASE_MEMORY_H
#define KS_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* n elements of size bytes, not initialised; NULL when n*size overflows or memory is exhausted. n = 0 gives a valid
 * pointer. Freed by ks_free. */
void *ks_alloc(size_t n, size_t size) __attribute__((alloc_size(1, 2), warn_unused_result));

/* The same, zeroed. */
void *ks_zalloc(size_t n, size_t size) __attribute__((alloc_size(1, 2), warn_unused_result));

/* Changes an allocation to n elements of size bytes, keeping its contents; on NULL the old one is unchanged. */
void *ks_resize(void *old, size_t n, size_t size) __attribute__((warn_unused_result));

void ks_free(void *pointer);

/* A copy of a string; NULL when memory is exhausted. */
char *ks_strdup(const char *text) __attribute__((warn_unused_result));

/* The part of ks_reserve where want > *cap. */
bool ks_reserve_more(void **items, size_t *cap, size_t want, size_t size) __attribute__((warn_unused_result));

/* Makes room for want elements in *items (capacity *cap), growing by half. False, with everything unchanged, when memory
 * is exhausted. Call as ks_reserve((void **)&v->at, &v->cap, v->n + 1, sizeof *v->at). */
__attribute__((warn_unused_result)) static inline bool ks_reserve(void **items, size_t *cap, size_t want, size_t size)
{
    return want <= *cap || ks_reserve_more(items, cap, want, size);
}

/* For tests: the n-th allocation from now (1 = the next) and all after it fail; 0 switches that off. Not thread safe. */
void ks_memory_fail_from(size_t n);

/* The same, but only the n-th to the last-th fail: memory runs out and is there again. */
void ks_memory_fail_between(size_t n, size_t last);

/* For tests: allocations asked for since the last ks_memory_fail_from. */
size_t ks_memory_asked(void);

#endif
