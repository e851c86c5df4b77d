/* Keys and their names in bracket notation: a, <Down>, <C-l>, <Enter>, <lt> for <. */
#ifndef KS_TUI_TOOLKIT_KEY_H
#define KS_TUI_TOOLKIT_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Codes up to 0x10ffff are characters; these stand above them. Control characters are the character with KS_KEY_CTRL. */
enum {
    KS_KEY_UP = 0x110000, KS_KEY_DOWN, KS_KEY_LEFT, KS_KEY_RIGHT, KS_KEY_HOME, KS_KEY_END, KS_KEY_PAGE_UP,
    KS_KEY_PAGE_DOWN, KS_KEY_INSERT, KS_KEY_DELETE, KS_KEY_ENTER, KS_KEY_TAB, KS_KEY_BACKTAB, KS_KEY_BACKSPACE,
    KS_KEY_ESCAPE, KS_KEY_F1, KS_KEY_F12 = KS_KEY_F1 + 11, KS_KEY_CLICK, KS_KEY_DOUBLE, KS_KEY_WHEEL_UP,
    KS_KEY_WHEEL_DOWN, KS_KEY_RESIZE, KS_KEY_NONE,
    KS_KEY_CTRL = 0x1000000, KS_KEY_ALT = 0x2000000
};

struct ks_key {
    uint32_t code;
    int x, y; /* of mouse events, in the grid */
};

/* Reads one key from bracket notation and steps over it; false (nothing moved) at the end or for an unknown name. A click is
 * <Click:X,Y>, <Double:X,Y>, <WheelUp:X,Y>, <WheelDown:X,Y> with 0,0 the top left. A lone '<' that names nothing is an error. */
bool ks_key_parse(const char **text, struct ks_key *out);
/* The key's name; returns out (cap >= 32). */
char *ks_key_name(char *out, size_t cap, uint32_t code);
/* The name as people read it in a footer: ↑ ↓ ← → Enter Space ^L. */
char *ks_key_label(char *out, size_t cap, uint32_t code);

/* A text that is being pasted (bracketed paste); zeroed at first. */
struct ks_paste {
    bool under_way;
    int64_t last; /* ms, when the last of it came */
};
/* Whether what came at `now` (ms) is of a pasted text, which is no series of commands: its mark of beginning or end, or anything between. One whose end the
 * terminal does not send is over once nothing came for five seconds. */
bool ks_paste_takes(struct ks_paste *paste, bool begins, bool ends, int64_t now);

#endif
