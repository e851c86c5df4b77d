/* The hint for the first run: the few keys from here to an exported knock. Any key goes on, and it does not come again. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "tui/app/app.h"
#include "tui/toolkit/layout.h"

enum { WIDE = 70, KEY_X = 2, WORDS_X = 10 };

static const struct {
    enum ks_action action;
    const char *words, *brief;
} lines[] = {
    {KS_DO_LOAD, "open a capture", "open a capture"}, /* only where none is open */
    {KS_DO_KNOCKS, "the knocks that were found, the surest first", "the knocks that were found"},
    {KS_DO_ENTER, "one knock: when it came, from where, what it opened", "one knock in full"},
    {KS_DO_EXPORT, "export it: report, packets, knockd, Suricata, Zeek", "export it"},
    {KS_DO_HELP, "all keys; the last line shows those of each screen", "all keys"},
};
enum { LINES = sizeof lines / sizeof *lines };

static void *welcome_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    (void)number;
    char *state = ks_zalloc(1, 1);
    if (state == NULL)
        ks_say_status(&app->model, ks_nomem("the first hint"));
    return state;
}

static void welcome_close(struct ks_app *app, void *state)
{
    (void)app;
    ks_free(state);
}

static void welcome_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    (void)state;
    bool empty = app->model.n_paths == 0;
    int h = LINES + 6 - (empty ? 0 : 1), w = canvas.w < WIDE ? canvas.w : WIDE;
    h = h < canvas.h ? h : canvas.h;
    struct ks_rect at = {(canvas.w - w) / 2, (canvas.h - h) / 2, w, h};
    ks_fill(canvas, at, KS_ROLE_TEXT);
    struct ks_canvas in = ks_box(canvas, at, KS_ROLE_FOCUS, "Welcome");
    bool wide = in.w >= 64;
    bool low = in.h < LINES + 4; /* no room for air */
    int y = low ? 0 : 1;
    ks_put_in(in, 2, y, in.w - 2, KS_LEFT, KS_ROLE_TEXT, "From here to an exported knock:");
    y += low ? 1 : 2;
    for (size_t i = empty ? 0 : 1; i < LINES; i++, y++) {
        char key[32];
        ks_put_in(in, KEY_X, y, WORDS_X - KEY_X - 1, KS_LEFT, KS_ROLE_KEY | KS_BOLD, ks_action_key_label(key, sizeof key, lines[i].action));
        ks_put_in(in, WORDS_X, y, in.w - WORDS_X, KS_LEFT, KS_ROLE_TEXT, wide ? lines[i].words : lines[i].brief);
    }
    if (in.h > y)
        ks_put_in(in, 2, in.h - 1, in.w - 2, KS_LEFT, KS_ROLE_FAINT, wide ? "Any key goes on. This comes once; :welcome shows it again." : "Any key goes on.");
}

/* Keys that only close; any other is also done, for the box has just taught it. */
static bool only_closes(uint32_t code)
{
    return code == KS_KEY_ESCAPE || code == KS_KEY_ENTER || code == ' ' || code == 'q' || code == KS_KEY_BACKSPACE ||
           code == ('c' | KS_KEY_CTRL) || (code >= KS_KEY_CLICK && code <= KS_KEY_NONE);
}

static unsigned welcome_key(struct ks_app *app, void *state, struct ks_key key)
{
    (void)state;
    struct ks_settings *settings = &app->model.settings;
    unsigned effects = KS_FX_CLOSE | KS_FX_DONE;
    if (key.code == KS_KEY_RESIZE || key.code == KS_KEY_NONE)
        return KS_FX_DONE;
    if (settings->habits.welcome) {
        settings->habits.welcome = false;
        settings->kept |= 1u << KS_SET_WELCOME;
        effects |= KS_FX_SAVE;
    }
    ks_app_effects(app, effects); /* state is gone from here on */
    if (!only_closes(key.code))
        ks_app_key(app, key);
    return KS_FX_DONE;
}

const struct ks_screen_ops ks_screen_welcome = {
    .name = "welcome",
    .title = "Welcome",
    .place = KS_ON_ANY,
    .overlay = true,
    .open = welcome_open,
    .close = welcome_close,
    .draw = welcome_draw,
    .key = welcome_key,
};
