/* What a script can look at: the cells of the screen, and the model behind it. */
#include "tui/app/dump.h"

#include "base/memory.h"
#include "export/safe_file.h"

static struct ks_status write_text(const char *path, struct ks_text *text)
{
    struct ks_safe_file *file = NULL;
    struct ks_status status = text->failed ? ks_nomem("the dump") : ks_safe_file_create(path, true, &file);
    if (ks_is_ok(status)) {
        status = ks_safe_file_write(file, ks_text_get(text), text->n);
        if (ks_is_ok(status))
            status = ks_safe_file_commit(file);
        else
            ks_safe_file_discard(file);
    }
    ks_text_free(text);
    return status;
}

/* Runs of one style: "y x-x role attributes". */
static void add_attributes(const struct ks_grid *grid, struct ks_text *text)
{
    for (int y = 0; y < grid->h; y++)
        for (int x = 0; x < grid->w;) {
            unsigned style = ks_cells_at(grid, x, y)->style;
            int from = x;
            while (x < grid->w && ks_cells_at(grid, x, y)->style == style)
                x++;
            if (style == KS_ROLE_TEXT)
                continue;
            ks_text_addf(text, "%d %d-%d %s%s%s%s%s\n", y, from, x - 1, ks_theme_role_name((enum ks_cell_role)(style & KS_ROLE_MASK)),
                         style & KS_BOLD ? " bold" : "", style & KS_REVERSE ? " reverse" : "",
                         style & KS_UNDERLINE ? " underline" : "", style & KS_DIM ? " dim" : "");
        }
    if (grid->cursor_x >= 0)
        ks_text_addf(text, "cursor %d %d\n", grid->cursor_y, grid->cursor_x);
}

struct ks_status ks_dump_screen(struct ks_app *app, const char *path, bool attributes)
{
    struct ks_text text = {0};
    ks_app_draw(app); /* as it is now, the command's own line no longer on it */
    app->dirty = true;
    size_t cap = (size_t)app->grid.w * 8 + 1;
    char *row = ks_alloc(cap, 1);
    if (row == NULL)
        return ks_nomem("the dump");
    for (int y = 0; y < app->grid.h; y++) {
        size_t n = ks_cells_row(&app->grid, y, row, cap);
        ks_text_addn(&text, row, n);
        ks_text_addn(&text, "\n", 1);
    }
    ks_free(row);
    if (attributes)
        add_attributes(&app->grid, &text);
    return write_text(path, &text);
}

struct ks_status ks_dump_model(struct ks_app *app, const char *path)
{
    struct ks_text text = {0};
    ks_model_dump(&app->model, &text);
    for (size_t i = 0; i < app->depth; i++) {
        const struct ks_screen *s = &app->stack[i];
        ks_text_addf(&text, "screen %s\n", s->ops->name);
        if (s->ops->dump != NULL)
            s->ops->dump(app, s->state, &text);
    }
    return write_text(path, &text);
}
