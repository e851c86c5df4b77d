/* Frames for tests, put together from hexadecimal. */
#ifndef KS_TESTS_FRAME_H
#define KS_TESTS_FRAME_H

#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct frame {
    size_t n;
    uint8_t at[2048];
};

static inline void frame_byte(struct frame *frame, unsigned value)
{
    if (frame->n == sizeof frame->at)
        abort();
    frame->at[frame->n++] = (uint8_t)value;
}

static inline void frame_be16(struct frame *frame, unsigned value)
{
    frame_byte(frame, value >> 8 & 255);
    frame_byte(frame, value & 255);
}

static inline void frame_be32(struct frame *frame, uint32_t value)
{
    frame_be16(frame, value >> 16);
    frame_be16(frame, value & 0xffff);
}

static inline void frame_zeros(struct frame *frame, size_t n)
{
    while (n-- > 0)
        frame_byte(frame, 0);
}

/* Appends "c0 a8 0001": pairs of digits, blanks anywhere between pairs. */
static inline void frame_hex(struct frame *frame, const char *hex)
{
    static const char digits[] = "0123456789abcdef";
    for (; *hex != '\0'; hex++) {
        if (isspace((unsigned char)*hex))
            continue;
        const char *high = strchr(digits, hex[0]), *low = strchr(digits, hex[1]);
        if (high == NULL || low == NULL || hex[1] == '\0')
            abort();
        frame_byte(frame, (unsigned)(high - digits) << 4 | (unsigned)(low - digits));
        hex++;
    }
}

static inline struct frame frame_of(const char *hex)
{
    struct frame frame = {0};
    frame_hex(&frame, hex);
    return frame;
}

#endif
