/* A line of text asked for in the last row, with history and completion. */
#include <string.h>

#include "base/memory.h"
#include "tui/app/prompt.h"

struct prompt {
    struct ks_prompt_options options;
    struct ks_edit edit;
    struct ks_candidates candidates;
    size_t shown; /* which candidate stands in the line; n: what was typed */
    char typed[256];
};

/* Set by ks_ask for the open that follows at once: a screen's open only takes text and a number. */
static const struct ks_prompt_options *asked;

unsigned ks_ask(struct ks_app *app, const struct ks_prompt_options *options)
{
    asked = options;
    unsigned effects = ks_open(app, "prompt", NULL, 0);
    asked = NULL;
    return effects;
}

static void *prompt_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)text;
    (void)number;
    struct prompt *p = asked != NULL ? ks_zalloc(1, sizeof *p) : NULL;
    if (p == NULL) {
        ks_say_status(&app->model, ks_nomem("the prompt"));
        return NULL;
    }
    p->options = *asked;
    p->edit.history = asked->history;
    ks_edit_set(&p->edit, asked->initial != NULL ? asked->initial : "");
    p->options.initial = NULL;
    return p;
}

static void prompt_close(struct ks_app *app, void *state)
{
    (void)app;
    ks_free(state);
}

static void forget_candidates(struct prompt *p)
{
    p->candidates.n = 0;
}

static void complete(const struct ks_app *app, struct prompt *p, int direction)
{
    struct ks_candidates *c = &p->candidates;
    if (p->options.complete == NULL)
        return;
    if (c->n == 0) {
        *c = (struct ks_candidates){0};
        p->options.complete(app, p->edit.text, p->edit.at, c);
        size_t len = p->edit.at - c->from;
        if (c->n == 0 || len >= sizeof p->typed)
            return;
        memcpy(p->typed, p->edit.text + c->from, len);
        p->typed[len] = '\0';
        p->shown = direction > 0 ? c->n : 0;
    }
    size_t all = c->n + 1;
    p->shown = (p->shown + (direction > 0 ? 1 : all - 1)) % all;
    ks_edit_replace(&p->edit, c->from, p->shown == c->n ? p->typed : c->text[p->shown]);
    if (c->n == 1)
        forget_candidates(p);
}

static unsigned tell(struct ks_app *app, struct prompt *p, const char *text)
{
    return p->options.changed != NULL ? p->options.changed(app, p->options.context, text) : 0;
}

static unsigned give_up(struct ks_app *app, struct prompt *p)
{
    return tell(app, p, NULL) | KS_FX_CLOSE | KS_FX_DONE;
}

static unsigned prompt_key(struct ks_app *app, void *state, struct ks_key key)
{
    struct prompt *p = state;
    struct ks_prompt_options options = p->options;
    char text[KS_EDIT_MAX];
    switch (key.code) {
    case KS_KEY_ENTER:
        memcpy(text, p->edit.text, sizeof text);
        if (options.history != NULL)
            ks_history_add(options.history, text);
        ks_app_effects(app, KS_FX_CLOSE); /* frees p; what accept opens stands on the screen below */
        return options.accept(app, options.context, text) | KS_FX_DONE;
    case KS_KEY_ESCAPE:
    case 'c' | KS_KEY_CTRL:
    case 'g' | KS_KEY_CTRL:
        return give_up(app, p);
    case KS_KEY_BACKSPACE:
        if (p->edit.n == 0)
            return give_up(app, p);
        break;
    case KS_KEY_TAB:
    case KS_KEY_BACKTAB:
        complete(app, p, key.code == KS_KEY_TAB ? 1 : -1);
        return KS_FX_DONE;
    default:
        break;
    }
    if (!ks_edit_key(&p->edit, key))
        return KS_FX_DONE; /* the prompt has all keys */
    forget_candidates(p);
    return tell(app, p, p->edit.text) | KS_FX_DONE;
}

static void prompt_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    (void)app;
    const struct prompt *p = state;
    int y = canvas.h - 1, x = 0;
    const struct ks_candidates *c = &p->candidates;
    if (c->n > 1 && y > 0) {
        /* The one in the line stands where it can be seen: candidates before it scroll away. */
        ks_fill(canvas, (struct ks_rect){0, y - 1, canvas.w, 1}, KS_ROLE_FOOTER);
        size_t first = 0;
        for (size_t i = 0; i < c->n && i <= p->shown; i++) {
            x += ks_width(canvas.grid, c->text[i]) + 2;
            if (x > canvas.w - 1 && p->shown < c->n) {
                first = i;
                x = ks_width(canvas.grid, c->text[i]) + 2;
            }
        }
        x = 1;
        for (size_t i = first; i < c->n && x < canvas.w; i++)
            x = ks_put(canvas, x, y - 1, i == p->shown ? KS_ROLE_SELECTED : KS_ROLE_FOOTER, c->text[i]) + 2;
    }
    ks_fill(canvas, (struct ks_rect){0, y, canvas.w, 1}, KS_ROLE_INPUT);
    x = ks_put(canvas, 0, y, KS_ROLE_INPUT | KS_BOLD, p->options.label);
    ks_edit_draw(&p->edit, canvas, x, y, canvas.w - x);
}

const struct ks_screen_ops ks_screen_prompt = {
    .name = "prompt",
    .title = "Prompt",
    .place = KS_ON_PROMPT,
    .overlay = true,
    .open = prompt_open,
    .close = prompt_close,
    .draw = prompt_draw,
    .key = prompt_key,
};
