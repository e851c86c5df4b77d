#include "tui/toolkit/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "tui/toolkit/glyph.h"

static const struct {
    uint32_t code;
    const char *name, *label;
} names[] = {
    {KS_KEY_UP, "Up", "↑"},          {KS_KEY_DOWN, "Down", "↓"},       {KS_KEY_LEFT, "Left", "←"},
    {KS_KEY_RIGHT, "Right", "→"},    {KS_KEY_HOME, "Home", "Home"},    {KS_KEY_END, "End", "End"},
    {KS_KEY_PAGE_UP, "PageUp", "PgUp"}, {KS_KEY_PAGE_DOWN, "PageDown", "PgDn"}, {KS_KEY_INSERT, "Insert", "Ins"},
    {KS_KEY_DELETE, "Del", "Del"},   {KS_KEY_ENTER, "Enter", "Enter"}, {KS_KEY_TAB, "Tab", "Tab"},
    {KS_KEY_BACKTAB, "S-Tab", "S-Tab"}, {KS_KEY_BACKSPACE, "BS", "Backspace"}, {KS_KEY_ESCAPE, "Esc", "Esc"},
    {' ', "Space", "Space"},         {'<', "lt", "<"},                 {KS_KEY_CLICK, "Click", "Click"},
    {KS_KEY_DOUBLE, "Double", "Double"}, {KS_KEY_WHEEL_UP, "WheelUp", "WheelUp"},
    {KS_KEY_WHEEL_DOWN, "WheelDown", "WheelDown"}, {KS_KEY_RESIZE, "Resize", "Resize"},
};
enum { NAMES = sizeof names / sizeof *names };

/* Reads what stands between the brackets. */
static bool parse_name(const char *name, struct ks_key *out)
{
    uint32_t flags = 0;
    for (;;) {
        if ((name[0] == 'C' || name[0] == 'c') && name[1] == '-' && name[2] != '\0')
            flags |= KS_KEY_CTRL;
        else if ((name[0] == 'M' || name[0] == 'm' || name[0] == 'A' || name[0] == 'a') && name[1] == '-' && name[2] != '\0')
            flags |= KS_KEY_ALT;
        else
            break;
        name += 2;
    }
    size_t len = strcspn(name, ":");
    for (size_t i = 0; i < NAMES; i++)
        if (strlen(names[i].name) == len && strncasecmp(names[i].name, name, len) == 0) {
            out->code = names[i].code | flags;
            return name[len] == '\0' || sscanf(name + len, ":%5d,%5d", &out->x, &out->y) == 2;
        }
    if ((name[0] == 'F' || name[0] == 'f') && name[1] >= '1' && name[1] <= '9') {
        long n = strtol(name + 1, NULL, 10);
        out->code = (KS_KEY_F1 + (uint32_t)n - 1) | flags;
        return n <= 12;
    }
    uint32_t c = ks_utf8_next(&name);
    out->code = c | flags;
    return c != 0 && *name == '\0' && flags != 0;
}

bool ks_key_parse(const char **text, struct ks_key *out)
{
    *out = (struct ks_key){.code = KS_KEY_NONE};
    const char *at = *text;
    if (*at == '\0')
        return false;
    if (*at != '<') {
        out->code = ks_utf8_next(text);
        return true;
    }
    const char *end = strchr(at, '>');
    char name[40];
    if (end == NULL || end == at + 1 || (size_t)(end - at - 1) >= sizeof name)
        return false;
    memcpy(name, at + 1, (size_t)(end - at - 1));
    name[end - at - 1] = '\0';
    if (!parse_name(name, out))
        return false;
    *text = end + 1;
    return true;
}

static const char *plain_name(uint32_t code, bool label, char small[8])
{
    for (size_t i = 0; i < NAMES; i++)
        if (names[i].code == code)
            return label ? names[i].label : names[i].name;
    if (code >= KS_KEY_F1 && code <= KS_KEY_F12)
        snprintf(small, 8, "F%u", (unsigned)(code - KS_KEY_F1 + 1));
    else
        small[code < 0x110000 ? ks_utf8_put(small, code) : 0] = '\0';
    return small;
}

char *ks_key_name(char *out, size_t cap, uint32_t code)
{
    char small[8];
    uint32_t plain = code & ~(uint32_t)(KS_KEY_CTRL | KS_KEY_ALT);
    const char *name = plain_name(plain, false, small);
    bool bare = plain == code && name == small && plain < 0x110000;
    snprintf(out, cap, bare ? "%s%s%s" : "<%s%s%s>", code & KS_KEY_CTRL ? "C-" : "", code & KS_KEY_ALT ? "M-" : "", name);
    return out;
}

char *ks_key_label(char *out, size_t cap, uint32_t code)
{
    char small[8];
    uint32_t plain = code & ~(uint32_t)(KS_KEY_CTRL | KS_KEY_ALT);
    snprintf(out, cap, "%s%s%s", code & KS_KEY_CTRL ? "^" : "", code & KS_KEY_ALT ? "M-" : "", plain_name(plain, true, small));
    return out;
}

bool ks_paste_takes(struct ks_paste *paste, bool begins, bool ends, int64_t now)
{
    enum { PAUSE = 5000 };
    if (begins || ends || (paste->under_way && now - paste->last > PAUSE))
        paste->under_way = begins;
    paste->last = now;
    return paste->under_way || ends;
}
