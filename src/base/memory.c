#include "base/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static atomic_size_t asked;
static atomic_size_t fail_from, fail_to;

static bool refused(void)
{
    size_t turn = atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed) + 1;
    size_t from = atomic_load_explicit(&fail_from, memory_order_relaxed);
    return from != 0 && turn >= from && turn <= atomic_load_explicit(&fail_to, memory_order_relaxed);
}

void ks_memory_fail_from(size_t n)
{
    ks_memory_fail_between(n, SIZE_MAX);
}

void ks_memory_fail_between(size_t n, size_t last)
{
    atomic_store(&asked, 0);
    atomic_store(&fail_to, last);
    atomic_store(&fail_from, n);
}

size_t ks_memory_asked(void)
{
    return atomic_load(&asked);
}

void *ks_alloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > PTRDIFF_MAX || refused())
        return NULL;
    return malloc(bytes != 0 ? bytes : 1);
}

void *ks_zalloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > PTRDIFF_MAX || refused())
        return NULL;
    return calloc(bytes != 0 ? bytes : 1, 1);
}

void *ks_resize(void *old, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > PTRDIFF_MAX || refused())
        return NULL;
    return realloc(old, bytes != 0 ? bytes : 1);
}

void ks_free(void *pointer)
{
    free(pointer);
}

char *ks_strdup(const char *text)
{
    size_t n = strlen(text) + 1;
    char *copy = ks_alloc(n, 1);
    if (copy != NULL)
        memcpy(copy, text, n);
    return copy;
}

bool ks_reserve_more(void **items, size_t *cap, size_t want, size_t size)
{
    size_t grown = *cap < 16 ? 16 : *cap;
    while (grown < want) {
        if (grown > SIZE_MAX - grown / 2)
            return false;
        grown += grown / 2;
    }
    void *moved = ks_resize(*items, grown, size);
    if (moved == NULL)
        return false;
    *items = moved;
    *cap = grown;
    return true;
}
