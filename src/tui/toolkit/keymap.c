#include "tui/toolkit/keymap.h"

#include <stdio.h>
#include <string.h>

#include "tui/toolkit/key.h"

static struct ks_binding user[KS_BINDINGS];
static size_t n_user;

void ks_keymap_reset(void)
{
    n_user = 0;
}

const struct ks_binding *ks_keymap_bindings(size_t *n)
{
    *n = n_user;
    return user;
}

void ks_keymap_saved(void)
{
    for (size_t i = 0; i < n_user; i++)
        user[i].unsaved = false;
}

static unsigned where(const struct ks_binding *b)
{
    return b->action == KS_DO_NOTHING ? ~0u : ks_action_info(b->action)->where;
}

/* The newest of the user's lines for a key that is known at the place (every bit of `where` is asked at once). */
static const struct ks_binding *find_user(uint32_t code, unsigned place)
{
    for (size_t i = n_user; i-- > 0;)
        if (user[i].code == code && user[i].action != KS_DO_NOTHING && (where(&user[i]) & place) != 0)
            return &user[i];
    return NULL;
}

static bool unbound(uint32_t code)
{
    for (size_t i = 0; i < n_user; i++)
        if (user[i].code == code && user[i].action == KS_DO_NOTHING)
            return true;
    return false;
}

/* Whether one of the user's lines takes this key from an action of the table. */
static bool taken(uint32_t code, enum ks_action action)
{
    const struct ks_binding *b;
    if (unbound(code))
        return true;
    unsigned at = ks_action_info(action)->where;
    return (b = find_user(code, at | KS_ON_ANY)) != NULL && (b->action != action || b->text[0] != '\0');
}

enum ks_action ks_keymap_find(uint32_t code, unsigned place, const char **text)
{
    const struct ks_binding *b = find_user(code, place);
    if (text != NULL)
        *text = NULL;
    if (b == NULL)
        b = find_user(code, KS_ON_ANY);
    if (b != NULL) {
        if (text != NULL && b->text[0] != '\0')
            *text = b->text;
        return b->action;
    }
    enum ks_action action = ks_action_of_key(code, place);
    return action != KS_DO_NOTHING && unbound(code) ? KS_DO_NOTHING : action;
}

static void add_key(uint32_t out[KS_KEYS_MAX], size_t *n, uint32_t code)
{
    for (size_t i = 0; i < *n; i++)
        if (out[i] == code)
            return;
    if (*n < KS_KEYS_MAX)
        out[(*n)++] = code;
}

size_t ks_keymap_keys(enum ks_action action, uint32_t out[KS_KEYS_MAX])
{
    const char *keys = ks_action_info(action)->keys;
    struct ks_key key;
    size_t n = 0;
    for (size_t i = n_user; i-- > 0;)
        if (user[i].action == action && user[i].text[0] == '\0')
            add_key(out, &n, user[i].code);
    while (*keys != '\0')
        if (*keys == ' ')
            keys++;
        else if (!ks_key_parse(&keys, &key))
            break;
        else if (!taken(key.code, action))
            add_key(out, &n, key.code);
    return n;
}

/* What terminals send alike is one key. */
static uint32_t usual(uint32_t code)
{
    uint32_t letter = code & ~(uint32_t)KS_KEY_CTRL;
    if (code & KS_KEY_CTRL && letter >= 'A' && letter <= 'Z') /* Ctrl knows no capitals */
        code += 'a' - 'A';
    switch (code) {
    case 'm' | KS_KEY_CTRL:
    case 'j' | KS_KEY_CTRL:
        return KS_KEY_ENTER;
    case 'i' | KS_KEY_CTRL:
        return KS_KEY_TAB;
    case 'h' | KS_KEY_CTRL:
        return KS_KEY_BACKSPACE;
    case '[' | KS_KEY_CTRL:
        return KS_KEY_ESCAPE;
    default:
        return code;
    }
}

/* Steps over one word and the blanks behind it; its length. */
static size_t next_word(const char **at, const char **word)
{
    *word = *at;
    size_t n = strcspn(*at, " \t");
    *at += n;
    *at += strspn(*at, " \t");
    return n;
}

static struct ks_status read_key(const char *word, size_t len, uint32_t *out)
{
    char name[64], harmless[64];
    struct ks_key key;
    snprintf(name, sizeof name, "%.*s", (int)(len < sizeof name ? len : sizeof name - 1), word);
    const char *at = name;
    if (len == 0)
        return ks_fail(KS_USAGE, "a key must follow, as in: bind <F5> export");
    ks_sanitise(harmless, sizeof harmless, name, strlen(name));
    if (!ks_key_parse(&at, &key) || *at != '\0' || (key.code >= KS_KEY_CLICK && key.code <= KS_KEY_NONE))
        return ks_fail(KS_USAGE, "no key is called %s (a, <F5>, <C-e>, <M-x>, <PageUp>, <Space>)", harmless);
    *out = usual(key.code);
    return ks_ok();
}

static struct ks_status parse(const char *words, struct ks_binding *out)
{
    const char *at = words + strspn(words, " \t"), *word;
    char harmless[64];
    size_t n = next_word(&at, &word);
    bool bind = n == 4 && strncmp(word, "bind", 4) == 0;
    if (!bind && !(n == 6 && strncmp(word, "unbind", 6) == 0))
        return ks_fail(KS_USAGE, "bind KEY ACTION, or unbind KEY");
    n = next_word(&at, &word);
    KS_TRY(read_key(word, n, &out->code));
    if (!bind)
        return *at == '\0' ? ks_ok() : ks_fail(KS_USAGE, "unbind is followed by one key");
    n = next_word(&at, &word);
    if (n == 0)
        return ks_fail(KS_USAGE, "an action must follow the key; the help (?) names them all");
    out->action = ks_action_find(word, n);
    ks_sanitise(harmless, sizeof harmless, word, n < 40 ? n : 40);
    if (out->action == KS_DO_NOTHING || ks_action_info(out->action)->name[n] != '\0')
        return ks_fail(KS_USAGE, "no action is called %s", harmless);
    n = strlen(at);
    while (n > 0 && (at[n - 1] == ' ' || at[n - 1] == '\t'))
        n--;
    if (n > 0 && ks_action_info(out->action)->argument == KS_ARG_NONE)
        return ks_fail(KS_USAGE, "%s takes nothing after it", ks_action_info(out->action)->name);
    if (n >= sizeof out->text)
        return ks_fail(KS_USAGE, "what follows %s is too long", ks_action_info(out->action)->name);
    /* It is shown, and said. */
    if (ks_sanitise(out->text, sizeof out->text, at, n) != n || memcmp(out->text, at, n) != 0)
        return ks_fail(KS_USAGE, "what follows %s has characters that cannot be shown", ks_action_info(out->action)->name);
    return ks_ok();
}

/* Whether a newer line makes an older one void. What was unbound stays so where the newer action is not known. */
static bool voids(const struct ks_binding *newer, const struct ks_binding *older)
{
    return older->code == newer->code && (where(older) & where(newer)) != 0 &&
           (older->action != KS_DO_NOTHING || newer->action == KS_DO_NOTHING);
}

/* Actions of the table that had a key before and have none now, in words. */
static void tell_keyless(const bool had[KS_DO_N], char *note, size_t cap)
{
    uint32_t keys[KS_KEYS_MAX];
    for (unsigned i = 1; i < KS_DO_N; i++)
        if (had[i] && ks_keymap_keys((enum ks_action)i, keys) == 0 && note[0] == '\0')
            snprintf(note, cap, "%s has no key now (:%s does it)", ks_action_info((enum ks_action)i)->name,
                     ks_action_info((enum ks_action)i)->name);
}

struct ks_status ks_keymap_take(const char *words, unsigned line, char *note, size_t cap)
{
    struct ks_binding b = {.line = line, .unsaved = line == 0}, former[KS_BINDINGS];
    uint32_t keys[KS_KEYS_MAX];
    bool had[KS_DO_N] = {false};
    size_t n_former = n_user, kept = 0;
    char name[32];
    note[0] = '\0';
    KS_TRY(parse(words, &b));
    memcpy(former, user, n_user * sizeof *user);
    for (unsigned i = 1; i < KS_DO_N; i++)
        had[i] = ks_keymap_keys((enum ks_action)i, keys) > 0;
    for (size_t i = 0; i < n_user; i++) {
        if (!voids(&b, &user[i])) {
            user[kept++] = user[i];
            continue;
        }
        bool same = user[i].action == b.action && strcmp(user[i].text, b.text) == 0;
        if (!same && line != 0 && user[i].action != KS_DO_NOTHING && b.action != KS_DO_NOTHING)
            snprintf(note, cap, "%s was %s in line %u; this line holds", ks_key_name(name, sizeof name, b.code),
                     ks_action_info(user[i].action)->name, user[i].line);
    }
    n_user = kept;
    struct ks_status status = ks_ok();
    if (n_user == KS_BINDINGS)
        status = ks_fail(KS_USAGE, "there are %d lines for keys already", KS_BINDINGS);
    else
        user[n_user++] = b;
    if (ks_is_ok(status) && ks_keymap_keys(KS_DO_QUIT, keys) + ks_keymap_keys(KS_DO_BACK, keys) + ks_keymap_keys(KS_DO_COMMAND, keys) == 0)
        status = ks_fail(KS_USAGE, "refused: no key would be left to quit");
    if (!ks_is_ok(status)) {
        memcpy(user, former, n_former * sizeof *user);
        n_user = n_former;
        return status;
    }
    if (b.action != KS_DO_NOTHING) /* who unbinds means it */
        tell_keyless(had, note, cap);
    return status;
}

char *ks_action_key_label(char *out, size_t cap, enum ks_action action)
{
    uint32_t keys[KS_KEYS_MAX];
    if (cap > 0)
        out[0] = '\0';
    return ks_keymap_keys(action, keys) > 0 ? ks_key_label(out, cap, keys[0]) : out;
}

char *ks_keymap_labels(char *out, size_t cap, enum ks_action action)
{
    uint32_t keys[KS_KEYS_MAX];
    size_t n = ks_keymap_keys(action, keys), used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        char label[32];
        ks_key_label(label, sizeof label, keys[i]);
        if (used + strlen(label) + 2 > cap)
            break;
        used += (size_t)snprintf(out + used, cap - used, "%s%s", i > 0 ? " " : "", label);
    }
    return out;
}

char *ks_binding_text(char *out, size_t cap, const struct ks_binding *b)
{
    char key[32];
    ks_key_name(key, sizeof key, b->code);
    if (b->action == KS_DO_NOTHING)
        snprintf(out, cap, "unbind %s", key);
    else
        snprintf(out, cap, "bind %s %s%s%s", key, ks_action_info(b->action)->name, b->text[0] != '\0' ? " " : "", b->text);
    return out;
}

bool ks_keymap_replaces(const char *words)
{
    struct ks_binding b = {0};
    if (!ks_is_ok(parse(words, &b)))
        return false;
    for (size_t i = 0; i < n_user; i++)
        if (user[i].unsaved && voids(&user[i], &b))
            return true;
    return false;
}
