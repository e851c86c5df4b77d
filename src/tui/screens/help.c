/* Help, made from the table of actions: keys of the screen below first, then all others by group. Scrolls and is searched at any size. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "tui/app/app.h"
#include "tui/toolkit/keymap.h"
#include "tui/toolkit/layout.h"

/* One row: a heading, an action, one of the user's keys or plain text. */
struct row {
    enum { HEADING, ACTION, BINDING, WORDS } kind;
    enum ks_action action;
    const char *text;
    size_t binding; /* index among the user's lines */
};

enum { ROWS = KS_DO_N + 48 + KS_BINDINGS };

struct help {
    struct ks_list list;
    struct row rows[ROWS];
    size_t n;
    const char *place_title;
    int words;  /* rows at the beginning that the introduction takes, and one blank */
    int detail; /* rows below that tell the row under the cursor in full */
};

static const char introduction[] =
    "knockscope finds port knocks: sequences of connection attempts that recur and open a port. Tune shows what the parameters find, "
    "Knocks the sequences with their evidence, Rules the ports that belong together. Every key below can also be typed as a command "
    "after a colon.";

static void add(struct help *help, struct row row)
{
    if (help->n < ROWS)
        help->rows[help->n++] = row;
}

static void add_group(struct help *help, unsigned place, bool own, int group, const char *title)
{
    bool begun = false;
    for (unsigned i = 1; i < KS_DO_N; i++) {
        const struct ks_action_info *info = ks_action_info((enum ks_action)i);
        bool mine = (info->where & place) != 0;
        if (mine != own || (group >= 0 && (int)info->group != group))
            continue;
        if (!begun)
            add(help, (struct row){.kind = HEADING, .text = title});
        begun = true;
        add(help, (struct row){.kind = ACTION, .action = (enum ks_action)i});
    }
    if (begun)
        add(help, (struct row){.kind = WORDS, .text = ""});
}

/* What the user bound, told once more for itself. */
static void add_bindings(struct help *help)
{
    size_t n;
    ks_keymap_bindings(&n);
    if (n == 0)
        return;
    add(help, (struct row){.kind = HEADING, .text = "Your own keys"});
    for (size_t i = 0; i < n; i++)
        add(help, (struct row){.kind = BINDING, .binding = i});
    add(help, (struct row){.kind = WORDS, .text = ""});
}

static void *help_open(struct ks_app *app, const char *text, int64_t number)
{
    (void)number;
    struct help *help = ks_zalloc(1, sizeof *help);
    if (help == NULL) {
        ks_say_status(&app->model, ks_nomem("the help"));
        return NULL;
    }
    const struct ks_screen_ops *below = ks_app_top(app)->ops;
    help->place_title = below->title;
    if (below->place != KS_ON_HELP)
        add_group(help, below->place, true, -1, below->title);
    add_bindings(help);
    for (int group = 0; group < KS_GROUP_N; group++)
        add_group(help, below->place, false, group, ks_group_title((enum ks_group)group));
    while (help->list.at + 1 < help->n && help->rows[help->list.at].kind != ACTION)
        help->list.at++;
    if (text != NULL && text[0] != '\0') { /* `:help sort` starts at what holds the word */
        help->list.n = help->n;
        if (below->place != KS_ON_HELP)
            snprintf(app->search, sizeof app->search, "%s", text);
        ks_screen_help.search(app, help, text, 0);
    }
    return help;
}

static void help_close(struct ks_app *app, void *state)
{
    (void)app;
    ks_free(state);
}

static bool can_be_chosen(const struct help *help, uint64_t i)
{
    return help->rows[i].kind == ACTION || help->rows[i].kind == BINDING;
}

/* Makes room for so many rows at the beginning; the cursor stays on its row. */
static void fit_introduction(struct help *help, int words)
{
    if (words == help->words || help->n - (size_t)help->words + (size_t)words > ROWS)
        return;
    memmove(help->rows + words, help->rows + help->words, (help->n - (size_t)help->words) * sizeof *help->rows);
    for (int i = 0; i < words; i++)
        help->rows[i] = (struct row){.kind = WORDS, .text = ""};
    help->n = help->n - (size_t)help->words + (size_t)words;
    help->list.at = help->list.at < (uint64_t)help->words ? 0 : help->list.at - (uint64_t)help->words + (uint64_t)words;
    if (help->list.top > 0)
        help->list.top = help->list.top < (uint64_t)help->words ? 0 : help->list.top - (uint64_t)help->words + (uint64_t)words;
    help->words = words;
}

static void help_layout(struct ks_app *app, void *state, int w, int h)
{
    struct help *help = state;
    help->detail = w >= 80 ? 2 : 3;
    if (h - 2 < help->detail + 5)
        help->detail = h - 2 >= 6 ? 2 : 0;
    fit_introduction(help, ks_wrapped_rows(&app->grid, w - 4, introduction) + 1);
    uint64_t first = 0;
    while (first + 1 < help->n && !can_be_chosen(help, first))
        first++;
    ks_list_fit(&help->list, help->n, h - 2 - (help->detail > 0 ? help->detail + 1 : 0));
    if (help->list.at == first && help->list.visible > (int)first) /* the first one shows what stands above it */
        help->list.top = 0;
}

static void draw_binding(size_t i, struct ks_canvas in, int y, bool here)
{
    size_t n;
    const struct ks_binding *all = ks_keymap_bindings(&n);
    char key[32], text[200];
    ks_style style = here ? KS_ROLE_SELECTED : KS_ROLE_TEXT;
    if (i >= n)
        return;
    const struct ks_binding *b = &all[i];
    int first = in.w >= 60 ? 12 : 8;
    if (b->action == KS_DO_NOTHING)
        snprintf(text, sizeof text, "does nothing (:unbind)");
    else
        snprintf(text, sizeof text, ":%s%s%s", ks_action_info(b->action)->name, b->text[0] != '\0' ? " " : "", b->text);
    ks_put_in(in, 2, y, first, KS_LEFT, here ? style : KS_ROLE_STRONG, ks_key_label(key, sizeof key, b->code));
    ks_put_in(in, 3 + first, y, in.w - 3 - first, KS_LEFT, style, text);
}

static void draw_row(const struct row *row, struct ks_canvas in, int y, bool here)
{
    char keys[64], command[96];
    if (here)
        ks_fill(in, (struct ks_rect){0, y, in.w, 1}, KS_ROLE_SELECTED);
    if (row->kind == BINDING) {
        draw_binding(row->binding, in, y, here);
        return;
    }
    if (row->kind != ACTION) {
        ks_put(in, 1, y, row->kind == HEADING ? KS_ROLE_TITLE | KS_BOLD : KS_ROLE_TEXT, row->text);
        return;
    }
    const struct ks_action_info *info = ks_action_info(row->action);
    int first = in.w >= 60 ? 12 : 8, second = in.w >= 90 ? 30 : in.w >= 60 ? 18 : 0;
    ks_keymap_labels(keys, sizeof keys, row->action);
    snprintf(command, sizeof command, ":%s%s%s", info->name, info->argument != KS_ARG_NONE && second > 20 ? " " : "",
             second > 20 ? ks_argument_text(info->argument) : "");
    ks_style style = here ? KS_ROLE_SELECTED : KS_ROLE_TEXT;
    ks_put_in(in, 2, y, first, KS_LEFT, here ? style : KS_ROLE_STRONG, keys);
    ks_put_in(in, 3 + first, y, second, KS_LEFT, here ? style : KS_ROLE_FAINT, command);
    int x = 4 + first + second;
    ks_put_in(in, x, y, in.w - x, KS_LEFT, style, info->help);
}

/* Command and help of the row under the cursor, which its columns may have cut. */
static void draw_detail(const struct help *help, struct ks_canvas in, int y)
{
    const struct row *row = &help->rows[help->list.at];
    char text[400];
    if (row->kind != ACTION)
        return;
    const struct ks_action_info *info = ks_action_info(row->action);
    snprintf(text, sizeof text, ":%s%s%s  %s.", info->name, info->argument != KS_ARG_NONE ? " " : "", ks_argument_text(info->argument),
             info->help);
    ks_put_wrapped(in, 1, y, in.w - 2, help->detail, KS_ROLE_TEXT, text);
}

static void help_draw(const struct ks_app *app, const void *state, struct ks_canvas canvas)
{
    (void)app;
    const struct help *help = state;
    struct ks_canvas in = ks_box(canvas, ks_whole(canvas), KS_ROLE_FOCUS, canvas.w >= 60 ? "Help ── / searches, Enter does it, q goes back" : "Help");
    int room = in.h - (help->detail > 0 ? help->detail + 1 : 0);
    if (help->detail > 0) {
        ks_box_split(canvas, ks_whole(canvas), room + 1, KS_ROLE_FOCUS, "");
        draw_detail(help, in, room + 1);
    }
    struct ks_canvas list = ks_sub(in, (struct ks_rect){0, 0, in.w, room});
    if (help->list.top < (uint64_t)help->words)
        ks_put_wrapped(list, 1, -(int)help->list.top, list.w - 2, help->words, KS_ROLE_TEXT, introduction);
    for (int y = 0; y < room && help->list.top + (uint64_t)y < help->list.n; y++) {
        uint64_t i = help->list.top + (uint64_t)y;
        draw_row(&help->rows[i], in, y, i == help->list.at);
        ks_zone(in, (struct ks_rect){0, y, in.w, 1}, KS_DO_SELECT, (int64_t)i);
    }
    ks_scrollbar(canvas, canvas.w - 1, 1, room, help->list.top, (uint64_t)help->list.visible, help->list.n);
}

/* Whether text occurs in a row, letters of either case alike. */
static bool row_has(const struct row *row, const char *text)
{
    const char *in[3] = {row->text, NULL, NULL};
    if (row->kind == ACTION) {
        const struct ks_action_info *info = ks_action_info(row->action);
        in[0] = info->name;
        in[1] = info->help;
        in[2] = info->keys;
    }
    size_t len = strlen(text);
    for (size_t i = 0; i < 3; i++)
        for (const char *at = in[i]; at != NULL && *at != '\0'; at++)
            if (strncasecmp(at, text, len) == 0)
                return true;
    return false;
}

static bool help_search(struct ks_app *app, void *state, const char *text, int direction)
{
    (void)app;
    struct help *help = state;
    uint64_t n = help->n;
    for (uint64_t step = direction == 0 ? 0 : 1; step <= n; step++) {
        uint64_t i = direction < 0 ? (help->list.at + n - step) % n : (help->list.at + step) % n;
        if (help->rows[i].kind == ACTION && row_has(&help->rows[i], text)) {
            help->list.at = i;
            return true;
        }
    }
    return false;
}

/* Headings and blanks are passed over. */
static bool move(struct help *help, const struct ks_request *request)
{
    uint64_t before = help->list.at;
    if (!ks_list_act(&help->list, (int)request->action, request->number))
        return false;
    bool down = help->list.at > before;
    uint64_t i = help->list.at;
    while (!can_be_chosen(help, i) && (down ? i + 1 < help->n : i > 0))
        i = down ? i + 1 : i - 1;
    if (!can_be_chosen(help, i)) /* nothing on that side */
        for (i = help->list.at; !can_be_chosen(help, i) && (down ? i > 0 : i + 1 < help->n);)
            i = down ? i - 1 : i + 1;
    help->list.at = i;
    return true;
}

static unsigned help_act(struct ks_app *app, void *state, const struct ks_request *request)
{
    struct help *help = state;
    if (request->action == KS_DO_HELP && request->text == NULL)
        return KS_FX_CLOSE | KS_FX_DONE;
    if (request->action == KS_DO_ENTER) {
        const struct row *row = &help->rows[help->list.at];
        enum ks_action action = row->kind == ACTION ? row->action : KS_DO_NOTHING;
        if (action == KS_DO_NOTHING || action == KS_DO_ENTER || action == KS_DO_HELP || action == KS_DO_SELECT)
            return KS_FX_DONE;
        ks_app_effects(app, KS_FX_CLOSE); /* state is gone from here on */
        ks_app_act(app, &(struct ks_request){.action = action});
        return KS_FX_DONE;
    }
    return move(help, request) ? KS_FX_DONE : 0;
}

static void help_summary(const struct ks_app *app, const void *state, char *out, size_t cap)
{
    (void)app;
    const struct help *help = state;
    snprintf(out, cap, "%" PRIu64 " of %zu", help->list.at + 1, help->n);
}

const struct ks_screen_ops ks_screen_help = {
    .name = "help",
    .title = "Help",
    .place = KS_ON_HELP,
    .open = help_open,
    .close = help_close,
    .layout = help_layout,
    .draw = help_draw,
    .act = help_act,
    .search = help_search,
    .summary = help_summary,
};
