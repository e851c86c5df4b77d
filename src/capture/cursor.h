/* The one way to wire bytes: a place that knows its end. A header is taken whole, with one check, as a type of its own size; its fields are
 * then read by constant offset, which the compiler holds against that size. */
#ifndef KS_CAPTURE_CURSOR_H
#define KS_CAPTURE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ks_cursor {
    const uint8_t *at, *end; /* at <= end */
    unsigned depth;          /* frames within frames entered so far */
};

static inline size_t ks_left(const struct ks_cursor *cursor)
{
    return (size_t)(cursor->end - cursor->at);
}

/* The next n bytes, which are then behind the cursor; NULL, with nothing taken, where fewer are left. */
static inline const uint8_t *ks_take(struct ks_cursor *cursor, size_t n)
{
    if (ks_left(cursor) < n)
        return NULL;
    const uint8_t *bytes = cursor->at;
    cursor->at += n;
    return bytes;
}

/* The next n bytes without taking them, or NULL. */
static inline const uint8_t *ks_peek(const struct ks_cursor *cursor, size_t n)
{
    return ks_left(cursor) < n ? NULL : cursor->at;
}

static inline bool ks_skip_bytes(struct ks_cursor *cursor, size_t n)
{
    return ks_take(cursor, n) != NULL;
}

/* Moves the end so that at most n bytes are left. */
static inline void ks_cut(struct ks_cursor *cursor, size_t n)
{
    if (ks_left(cursor) > n)
        cursor->end = cursor->at + n;
}

/* Headers by their size. */
#define KS_BYTES(n)                                                                                                    \
    struct ks_bytes##n {                                                                                               \
        uint8_t b[n];                                                                                                  \
    }
KS_BYTES(1);
KS_BYTES(2);
KS_BYTES(3);
KS_BYTES(4);
KS_BYTES(5);
KS_BYTES(6);
KS_BYTES(8);
KS_BYTES(12);
KS_BYTES(13);
KS_BYTES(14);
KS_BYTES(16);
KS_BYTES(18);
KS_BYTES(20);
KS_BYTES(24);
KS_BYTES(40);
KS_BYTES(44);
KS_BYTES(48);
#undef KS_BYTES

/* The next n bytes as such a header, taken or only looked at; NULL where fewer are left. */
#define KS_TAKE(cursor, n) ((const struct ks_bytes##n *)(const void *)ks_take(cursor, n))
#define KS_PEEK(cursor, n) ((const struct ks_bytes##n *)(const void *)ks_peek(cursor, n))

/* Fields of a header by constant offset, in network order (BE) or the other (LE). A field beyond the header does not compile. */
#define KS_U8(header, i)                                                                                               \
    ((header)->b[(i) + 0 * sizeof(struct {                                                                             \
                     _Static_assert((i) < sizeof((header)->b), "a field beyond its header");                           \
                     char unused;                                                                                      \
                 })])
#define KS_BE16(header, i) ((uint16_t)((unsigned)KS_U8(header, i) << 8 | (unsigned)KS_U8(header, (i) + 1)))
#define KS_BE32(header, i) ((uint32_t)KS_BE16(header, i) << 16 | (uint32_t)KS_BE16(header, (i) + 2))
#define KS_LE16(header, i) ((uint16_t)((unsigned)KS_U8(header, i) | (unsigned)KS_U8(header, (i) + 1) << 8))
#define KS_LE32(header, i) ((uint32_t)KS_LE16(header, i) | (uint32_t)KS_LE16(header, (i) + 2) << 16)

#endif
