/* Characters as they are drawn, and the ASCII twin of each. */
#ifndef KS_TUI_TOOLKIT_GLYPH_H
#define KS_TUI_TOOLKIT_GLYPH_H

#include <stddef.h>
#include <stdint.h>

/* Reads one character of NUL-terminated UTF-8 and steps over it; 0 at the end; '?' for malformed bytes and control characters. */
uint32_t ks_utf8_next(const char **text);
/* Writes a character as UTF-8 (no NUL); returns its 1..4 bytes. */
size_t ks_utf8_put(char out[4], uint32_t c);
/* Columns of a character: 0 (combining), 1 or 2. */
int ks_char_width(uint32_t c);
/* The ASCII twin, "->" for an arrow; "?" for what has none. */
const char *ks_ascii_twin(uint32_t c);

#endif
