/* What a script can look at. */
#ifndef KS_TUI_APP_DUMP_H
#define KS_TUI_APP_DUMP_H

#include "tui/app/app.h"

/* :dump-screen and :dump-model. */
struct ks_status ks_dump_screen(struct ks_app *app, const char *path, bool attributes);
struct ks_status ks_dump_model(struct ks_app *app, const char *path);

#endif
