/* The explorer as a whole: the model, a stack of screens, and what passes between them. To add a screen see screen.h. */
#ifndef KS_TUI_APP_APP_H
#define KS_TUI_APP_APP_H

#include "tui/toolkit/actions.h"
#include "tui/toolkit/edit.h"
#include "tui/model/effects.h"
#include "tui/toolkit/grid.h"
#include "tui/toolkit/key.h"
#include "tui/app/loading.h"
#include "tui/model/model.h"
#include "tui/app/screen.h"

enum { KS_STACK = 16 };

struct ks_term;

struct ks_app {
    struct ks_model model;
    struct ks_grid grid;
    struct ks_screen stack[KS_STACK]; /* stack[0] is a main screen; the last has the keys */
    size_t depth;
    struct ks_screen main[KS_MAIN_SCREENS]; /* main screens once opened: they keep their state */
    struct ks_history commands, searches, filters, files, whys;
    char search[KS_EDIT_MAX];
    struct ks_term *term; /* NULL without a terminal */
    bool dirty;           /* a frame is due */
    bool repaint;         /* every cell is to be sent again */
    bool quit;
    bool suspend;         /* the loop shall stop the program (Ctrl-Z) */
    int status;           /* exit status */
    uint64_t told;        /* messages that the user has seen: the footer shows newer ones */
    struct ks_pace pace;  /* of the load under way */
    int64_t paced_load;   /* the load (its load_began) that the pace is of */
    char settings_path[4096]; /* empty: settings are not kept */
    bool settings_found;  /* there is a settings file */
    char allow_path[4096];    /* the allow list beside them */
    bool force_ascii;     /* by option or locale */
    char *copy;           /* text waiting to be sent to the terminal's clipboard, or NULL */
};

/* Sets up screens and the first one. */
struct ks_status ks_app_init(struct ks_app *app, const struct ks_tui_options *options);
void ks_app_free(struct ks_app *app);

/* Gives a key or mouse event to whoever it concerns. */
void ks_app_key(struct ks_app *app, struct ks_key key);
/* Does an action as if its key was pressed on the screen that has the keys; `text` is what follows it at `:` (NULL by key). */
void ks_app_act(struct ks_app *app, const struct ks_request *request);
/* Runs one `:` command (without the colon). KS_USAGE for what is not known; what the command itself finds wrong it says in the last line. */
struct ks_status ks_app_command(struct ks_app *app, const char *line);
/* Carries out effects that a handler returned. */
void ks_app_effects(struct ks_app *app, unsigned effects);
/* Collects results of the worker and tells the screens. */
void ks_app_collect(struct ks_app *app);
/* Draws everything into app->grid at its present size. */
void ks_app_draw(struct ks_app *app);
/* Only fits the screens to it, as before a frame; the cells are blank then and nothing can be clicked. */
void ks_app_layout(struct ks_app *app);

/* Opens a screen by its name ("rule", "knock", "export" ...) on top; text and number say what it shows. Returns effects. */
unsigned ks_open(struct ks_app *app, const char *screen, const char *text, int64_t number);
/* Goes to a main screen, closing what is above. Returns effects. */
unsigned ks_goto(struct ks_app *app, const char *screen);
/* Asks for a line in the last row. accept gets it (effects returned); history and complete may be NULL; complete writes the candidates for the word
 * that starts at byte *from (see prompt.h). changed is called at each key, for searching while typing. */
struct ks_prompt_options;
unsigned ks_ask(struct ks_app *app, const struct ks_prompt_options *options);

/* Whether there is what an action works on (its `when`). */
bool ks_app_ready(const struct ks_app *app, enum ks_action action);
/* Whether an action makes sense now: that, and the screen's own word. */
bool ks_app_can(const struct ks_app *app, enum ks_action action);
/* Puts text on the terminal's clipboard (OSC 52) with the next frame, if the user has not switched that off. Effects. */
unsigned ks_copy(struct ks_app *app, const char *text);
/* The screen that has the keys. */
struct ks_screen *ks_app_top(struct ks_app *app);
/* Moves `direction` to the next match of the last search on the top screen, and says when there is none. Effects. */
unsigned ks_app_search(struct ks_app *app, int direction);

#endif
