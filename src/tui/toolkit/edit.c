#include "tui/toolkit/edit.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "tui/toolkit/glyph.h"

void ks_history_add(struct ks_history *history, const char *line)
{
    if (line[0] == '\0' || (history->n > 0 && strcmp(history->line[history->n - 1], line) == 0))
        return;
    char *copy = ks_strdup(line);
    if (copy == NULL)
        return; /* a history with a gap is no failure */
    if (history->n == KS_HISTORY_MAX) {
        ks_free(history->line[0]);
        memmove(history->line, history->line + 1, (KS_HISTORY_MAX - 1) * sizeof *history->line);
        history->n--;
    }
    history->line[history->n++] = copy;
}

void ks_history_free(struct ks_history *history)
{
    for (size_t i = 0; i < history->n; i++)
        ks_free(history->line[i]);
    history->n = 0;
}

static void copy_text(char out[KS_EDIT_MAX], const char *text)
{
    size_t n = strlen(text);
    if (n >= KS_EDIT_MAX) {
        n = KS_EDIT_MAX - 1;
        while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
            n--;
    }
    memmove(out, text, n);
    out[n] = '\0';
}

void ks_edit_set(struct ks_edit *edit, const char *text)
{
    copy_text(edit->text, text);
    edit->n = edit->at = strlen(edit->text);
    edit->recall = edit->history != NULL ? edit->history->n : 0;
}

static size_t before(const struct ks_edit *edit, size_t at)
{
    if (at == 0)
        return 0;
    do
        at--;
    while (at > 0 && ((unsigned char)edit->text[at] & 0xc0) == 0x80);
    return at;
}

static size_t after(const struct ks_edit *edit, size_t at)
{
    if (at < edit->n)
        at++;
    while (at < edit->n && ((unsigned char)edit->text[at] & 0xc0) == 0x80)
        at++;
    return at;
}

static bool blank(char c)
{
    return c == ' ' || c == '/' || c == ',' || c == ':';
}

static size_t word_before(const struct ks_edit *edit)
{
    size_t at = edit->at;
    while (at > 0 && blank(edit->text[at - 1]))
        at--;
    while (at > 0 && !blank(edit->text[at - 1]))
        at--;
    return at;
}

static size_t word_after(const struct ks_edit *edit)
{
    size_t at = edit->at;
    while (at < edit->n && blank(edit->text[at]))
        at++;
    while (at < edit->n && !blank(edit->text[at]))
        at++;
    return at;
}

static void cut(struct ks_edit *edit, size_t from, size_t to)
{
    memmove(edit->text + from, edit->text + to, edit->n - to + 1);
    edit->n -= to - from;
    edit->at = from;
}

void ks_edit_replace(struct ks_edit *edit, size_t from, const char *text)
{
    size_t n = strlen(text);
    cut(edit, from, edit->at);
    if (n >= KS_EDIT_MAX - edit->n)
        return;
    memmove(edit->text + from + n, edit->text + from, edit->n - from + 1);
    memcpy(edit->text + from, text, n);
    edit->n += n;
    edit->at = from + n;
}

static void recall(struct ks_edit *edit, bool older)
{
    struct ks_history *h = edit->history;
    if (h == NULL || (older ? edit->recall == 0 : edit->recall >= h->n))
        return;
    if (edit->recall == h->n)
        copy_text(edit->draft, edit->text);
    size_t to = older ? edit->recall - 1 : edit->recall + 1;
    ks_edit_set(edit, to == h->n ? edit->draft : h->line[to]);
    edit->recall = to;
}

static bool edit_move(struct ks_edit *edit, uint32_t code)
{
    switch (code) {
    case KS_KEY_LEFT:
    case 'b' | KS_KEY_CTRL:
        edit->at = before(edit, edit->at);
        return true;
    case KS_KEY_RIGHT:
    case 'f' | KS_KEY_CTRL:
        edit->at = after(edit, edit->at);
        return true;
    case KS_KEY_HOME:
    case 'a' | KS_KEY_CTRL:
        edit->at = 0;
        return true;
    case KS_KEY_END:
    case 'e' | KS_KEY_CTRL:
        edit->at = edit->n;
        return true;
    case 'b' | KS_KEY_ALT:
    case KS_KEY_LEFT | KS_KEY_CTRL:
        edit->at = word_before(edit);
        return true;
    case 'f' | KS_KEY_ALT:
    case KS_KEY_RIGHT | KS_KEY_CTRL:
        edit->at = word_after(edit);
        return true;
    case KS_KEY_UP:
    case 'p' | KS_KEY_CTRL:
        recall(edit, true);
        return true;
    case KS_KEY_DOWN:
    case 'n' | KS_KEY_CTRL:
        recall(edit, false);
        return true;
    default:
        return false;
    }
}

bool ks_edit_key(struct ks_edit *edit, struct ks_key key)
{
    if (edit_move(edit, key.code))
        return true;
    switch (key.code) {
    case KS_KEY_BACKSPACE:
    case 'h' | KS_KEY_CTRL:
        cut(edit, before(edit, edit->at), edit->at);
        return true;
    case KS_KEY_DELETE:
    case 'd' | KS_KEY_CTRL: {
        size_t at = edit->at;
        cut(edit, at, after(edit, at));
        return true;
    }
    case 'w' | KS_KEY_CTRL:
        cut(edit, word_before(edit), edit->at);
        return true;
    case 'u' | KS_KEY_CTRL:
        cut(edit, 0, edit->at);
        return true;
    case 'k' | KS_KEY_CTRL:
        cut(edit, edit->at, edit->n);
        return true;
    default:
        break;
    }
    if (key.code < ' ' || key.code >= 0x110000)
        return false;
    char bytes[5];
    bytes[ks_utf8_put(bytes, key.code)] = '\0';
    ks_edit_replace(edit, edit->at, bytes);
    return true;
}

void ks_edit_draw(const struct ks_edit *edit, struct ks_canvas canvas, int x, int y, int w)
{
    char left[KS_EDIT_MAX];
    memcpy(left, edit->text, edit->at);
    left[edit->at] = '\0';
    int cursor = ks_width(canvas.grid, left);
    int shift = w > 0 && cursor >= w ? cursor - w + 1 : 0;
    struct ks_canvas line = ks_sub(canvas, (struct ks_rect){x, y, w, 1});
    ks_fill(line, ks_whole(line), KS_ROLE_INPUT);
    ks_put(line, -shift, 0, KS_ROLE_INPUT, edit->text);
    ks_cursor(line, cursor - shift, 0);
}
