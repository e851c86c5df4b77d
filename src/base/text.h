/* Bounded text: a growing builder, numbers as people read them, and the one place where foreign bytes are made harmless. */
#ifndef KS_BASE_TEXT_H
#define KS_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A text that grows. After any failed append `failed` stays set and the text keeps what it had. Zero-initialise. */
struct ks_text {
    char *at; /* NUL-terminated, or NULL while empty */
    size_t n, cap;
    bool failed;
};

void ks_text_add(struct ks_text *text, const char *string);
void ks_text_addn(struct ks_text *text, const char *bytes, size_t n);
void ks_text_addf(struct ks_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text so far, never NULL. */
const char *ks_text_get(const struct ks_text *text);
void ks_text_free(struct ks_text *text);

/* Copies n foreign bytes into out[cap] (cap > 0) as harmless, NUL-terminated UTF-8: C0 and C1 controls, DEL, bidirectional
 * and other invisible format characters and malformed bytes become '?'. Cuts at a character's border. Returns the bytes written
 * without the NUL. */
size_t ks_sanitise(char *out, size_t cap, const char *bytes, size_t n);

/* The same, but where it does not fit the middle is left out, " ... " in its place: the end of a path and the reason of a failure stand last.
 * (In very little room, below 24 bytes, the end goes.) */
size_t ks_shorten(char *out, size_t cap, const char *bytes, size_t n);

/* The formatters below write NUL-terminated text into out[cap] and return out. */

/* 1234567 as "1,234,567". */
char *ks_format_count(char *out, size_t cap, uint64_t n);
/* Bytes as "1.2 MB" (powers of 1000). */
char *ks_format_bytes(char *out, size_t cap, uint64_t n);
/* Nanoseconds as "12 ms", "1.5 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". Negative values carry a minus sign. */
char *ks_format_span(char *out, size_t cap, int64_t ns);
/* Nanoseconds since the epoch as UTC, "2012-05-21 12:53:27.104233" (decimals 0 to 9). */
char *ks_format_time(char *out, size_t cap, int64_t ns, int decimals);
/* The shortest decimal that reads back as exactly this double; "nan", "inf", "-inf" otherwise. */
char *ks_format_real(char *out, size_t cap, double value);
/* exp(ln_p) for people: "0.031", "1e-31", "1e-1204". */
char *ks_format_ln_p(char *out, size_t cap, double ln_p);

/* Reads a whole decimal number in [low, high]; false, with *out unchanged, for anything else. */
bool ks_parse_u64(const char *text, uint64_t low, uint64_t high, uint64_t *out);
/* Reads a whole finite real in [low, high], in the C locale's form; false, with *out unchanged, for anything else. */
bool ks_parse_real(const char *text, double low, double high, double *out);
/* Seconds since the epoch, "1795386759.951465", to the nanosecond; from -9e9 to 9e9, no exponent beside a fraction. */
bool ks_parse_moment(const char *text, int64_t *ns);
/* Reads a span: a number with ms, s, m or min, h, d ("500ms", "1.5s", "2m"); nanoseconds, > 0. */
bool ks_parse_span(const char *text, int64_t *ns);

#endif
