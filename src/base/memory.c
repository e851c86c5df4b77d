#include "base/memory.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Blocks from this size on ask the system for large pages: fewer faults when they are filled, fewer misses when they are read, and less to
 * give back at the end. */
enum { LARGE_FROM = 4 << 20, PAGE = 4096 };

static atomic_size_t asked;
static atomic_size_t fail_from;

static bool refused(void)
{
    size_t turn = atomic_fetch_add_explicit(&asked, 1, memory_order_relaxed) + 1;
    size_t from = atomic_load_explicit(&fail_from, memory_order_relaxed);
    return from != 0 && turn >= from;
}

void ks_memory_fail_from(size_t n)
{
    atomic_store(&asked, 0);
    atomic_store(&fail_from, n);
}

size_t ks_memory_asked(void)
{
    return atomic_load(&asked);
}

static void *with_large_pages(void *block, size_t bytes)
{
    if (block == NULL || bytes < LARGE_FROM)
        return block;
    /* The whole of its pages, and so of its mapping: in one piece it can be moved without a copy. It is a wish: without it all is the same,
     * but slower. */
    uintptr_t from = (uintptr_t)block & ~(uintptr_t)(PAGE - 1);
    uintptr_t to = ((uintptr_t)block + bytes + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
    (void)madvise((void *)from, to - from, MADV_HUGEPAGE);
    return block;
}

void *ks_alloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > PTRDIFF_MAX || refused())
        return NULL;
    return with_large_pages(malloc(bytes != 0 ? bytes : 1), bytes);
}

void *ks_zalloc(size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > PTRDIFF_MAX || refused())
        return NULL;
    return with_large_pages(calloc(bytes != 0 ? bytes : 1, 1), bytes);
}

void *ks_resize(void *old, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes) || bytes > PTRDIFF_MAX || refused())
        return NULL;
    return with_large_pages(realloc(old, bytes != 0 ? bytes : 1), bytes);
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

bool ks_reserve(void **items, size_t *cap, size_t want, size_t size)
{
    if (want <= *cap)
        return true;
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
