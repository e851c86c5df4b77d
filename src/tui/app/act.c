/* What a key, a click or a `:` line does: it is turned into an action, which the screen that has the keys gets first. The top of this folder: a `:`
 * line's action may ask for the next line. */
#include <stdio.h>
#include <string.h>

#include "tui/app/complete.h"
#include "tui/app/globals.h"
#include "tui/toolkit/keymap.h"

static const char *why_not(enum ks_when condition)
{
    switch (condition) {
    case KS_WHEN_CAPTURE:
        return "no capture is open yet; o opens one";
    case KS_WHEN_MINED:
        return "nothing is mined yet";
    case KS_WHEN_KNOCKS:
        return "there are no knocks";
    case KS_WHEN_MARKS:
        return "nothing is marked";
    case KS_WHEN_UNDO:
        return "there is nothing to undo";
    case KS_WHEN_REDO:
        return "there is nothing to do again";
    case KS_WHEN_SNAPSHOTS:
        return "there are no snapshots; S keeps one";
    case KS_WHEN_FILTERED:
        return "there is no filter";
    case KS_WHEN_STOPPED:
        return "nothing was stopped";
    case KS_WHEN_NARROWED:
        return "the whole capture is analysed already";
    case KS_WHEN_ALWAYS:
        break;
    }
    return "";
}

static unsigned run_command(struct ks_app *app, void *context, const char *text)
{
    (void)context;
    ks_say_status(&app->model, ks_app_command(app, text));
    return KS_FX_DONE;
}

static unsigned ask_command(struct ks_app *app)
{
    return ks_ask(app, &(struct ks_prompt_options){
                           .label = ":", .history = &app->commands, .accept = run_command, .complete = ks_complete_command});
}

void ks_app_act(struct ks_app *app, const struct ks_request *request)
{
    if (request->action <= KS_DO_NOTHING || request->action >= KS_DO_N)
        return;
    const struct ks_action_info *info = ks_action_info(request->action);
    if (!ks_app_ready(app, request->action)) {
        bool missing = info->when != KS_WHEN_UNDO && info->when != KS_WHEN_REDO && info->when != KS_WHEN_FILTERED &&
                       info->when != KS_WHEN_STOPPED && info->when != KS_WHEN_NARROWED; /* of these the wish is fulfilled already */
        ks_say(&app->model, request->command && missing ? KS_SAY_BAD : KS_SAY_INFO, "%s", why_not(info->when));
        app->dirty = true;
        return;
    }
    struct ks_screen *top = ks_app_top(app);
    unsigned effects = top->ops->act != NULL ? top->ops->act(app, top->state, request) : 0;
    if (effects == 0)
        effects = request->action == KS_DO_COMMAND ? ask_command(app) : ks_global_act(app, request);
    if (effects == 0 && request->command) {
        ks_say(&app->model, KS_SAY_BAD, "%s does nothing on this screen", info->name);
        effects = KS_FX_DONE;
    }
    ks_app_effects(app, effects);
}

static void click(struct ks_app *app, struct ks_key key)
{
    if (key.code == KS_KEY_WHEEL_UP || key.code == KS_KEY_WHEEL_DOWN) {
        ks_app_act(app, &(struct ks_request){.action = key.code == KS_KEY_WHEEL_UP ? KS_DO_UP : KS_DO_DOWN, .number = 3});
        return;
    }
    const struct ks_zone *zone = ks_cells_zone(&app->grid, key.x, key.y);
    if (zone == NULL)
        return;
    struct ks_request request = {.action = (enum ks_action)zone->action, .number = zone->number, .clicked = true,
                                 .x = key.x - zone->at.x, .y = key.y - zone->at.y};
    ks_app_act(app, &request);
    if (key.code == KS_KEY_DOUBLE && request.action == KS_DO_SELECT)
        ks_app_act(app, &(struct ks_request){.action = KS_DO_ENTER});
}

void ks_app_key(struct ks_app *app, struct ks_key key)
{
    if (app->told != app->model.n_messages) { /* a key takes the message away */
        app->told = app->model.n_messages;
        app->dirty = true;
    }
    struct ks_screen *top = ks_app_top(app);
    unsigned effects = top->ops->key != NULL ? top->ops->key(app, top->state, key) : 0;
    if (effects != 0) {
        ks_app_effects(app, effects);
        return;
    }
    if (key.code >= KS_KEY_CLICK && key.code <= KS_KEY_WHEEL_DOWN) {
        click(app, key);
        return;
    }
    const char *text;
    enum ks_action action = ks_keymap_find(key.code, top->ops->place, &text);
    if (action != KS_DO_NOTHING && text != NULL) {
        char line[160];
        snprintf(line, sizeof line, "%s %s", ks_action_info(action)->name, text);
        ks_say_status(&app->model, ks_app_command(app, line));
    } else if (action != KS_DO_NOTHING) {
        ks_app_act(app, &(struct ks_request){.action = action});
    }
}

struct ks_status ks_app_command(struct ks_app *app, const char *line)
{
    line += strspn(line, " :");
    size_t len = strcspn(line, " ");
    if (len == 0)
        return ks_ok();
    if (strspn(line, "0123456789") == len && line[len] == '\0') { /* `:25` goes to row 25 */
        uint64_t row;
        if (!ks_parse_u64(line, 0, INT64_MAX, &row))
            return ks_fail(KS_USAGE, "%s is no row", line);
        ks_app_act(app, &(struct ks_request){.action = KS_DO_SELECT, .text = line, .number = row > 0 ? (int64_t)row - 1 : 0});
        return ks_ok();
    }
    enum ks_action action = ks_action_find(line, len);
    if (action == KS_DO_NOTHING)
        return ks_fail(KS_USAGE, "no command is called %.*s; Tab after : shows them all", (int)(len < 60 ? len : 60), line);
    const char *text = line + len + strspn(line + len, " ");
    const struct ks_action_info *info = ks_action_info(action);
    if (info->argument == KS_ARG_NONE && text[0] != '\0')
        return ks_fail(KS_USAGE, "%s takes nothing after it", info->name);
    struct ks_request request = {.action = action, .text = text, .command = true};
    uint64_t number;
    if (info->argument == KS_ARG_NUMBER) {
        if (!ks_parse_u64(text, 1, INT64_MAX, &number))
            return ks_fail(KS_USAGE, "%s is followed by a number from 1", info->name);
        request.number = (int64_t)number - 1;
    }
    ks_app_act(app, &request);
    return ks_ok();
}
