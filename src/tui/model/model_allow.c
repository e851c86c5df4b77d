/* The allow list: read at the start, changed from the screens, written at once, and what it sets aside. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "export/safe_file.h"
#include "tui/model/effects.h"
#include "tui/model/model.h"

void ks_model_allow_open(struct ks_model *model, const char *path)
{
    model->allow_path = path;
    if (path == NULL || (access(path, F_OK) != 0 && errno == ENOENT))
        return; /* it is made with its first entry */
    struct ks_status status = ks_allow_read(path, &model->allow);
    if (ks_is_ok(status))
        return;
    ks_allow_free(model->allow);
    model->allow = NULL;
    ks_say(model, KS_SAY_BAD, "the allow list is not in force: %s", status.message);
}

void ks_model_allow_free(struct ks_model *model)
{
    ks_allow_free(model->allow);
    model->allow = NULL;
    for (size_t i = 0; i < model->n_allow_before; i++)
        ks_free(model->allow_before[i]);
    model->n_allow_before = 0;
}

/* What others wrote to the file meanwhile counts. A file that cannot be read any more is not written over. */
static struct ks_status refresh(struct ks_model *model)
{
    struct ks_allow *fresh = NULL;
    if (model->allow_path != NULL && access(model->allow_path, F_OK) == 0) {
        struct ks_status status = ks_allow_read(model->allow_path, &fresh);
        if (!ks_is_ok(status)) {
            ks_allow_free(fresh);
            return status;
        }
        ks_allow_free(model->allow);
        model->allow = fresh;
    }
    return model->allow == NULL ? ks_allow_parse("", 0, "", &model->allow) : ks_ok();
}

/* Keeps the list as it is now, to go back to. */
static struct ks_status remember(struct ks_model *model)
{
    struct ks_text text = {0};
    ks_allow_print(model->allow, &text);
    char *copy = text.failed ? NULL : ks_strdup(ks_text_get(&text));
    ks_text_free(&text);
    if (copy == NULL)
        return ks_nomem("the allow list");
    if (model->n_allow_before == KS_ALLOW_UNDO) {
        ks_free(model->allow_before[0]);
        memmove(model->allow_before, model->allow_before + 1, (KS_ALLOW_UNDO - 1) * sizeof *model->allow_before);
        model->n_allow_before--;
    }
    model->allow_before[model->n_allow_before++] = copy;
    return ks_ok();
}

static void forget_last(struct ks_model *model)
{
    ks_free(model->allow_before[--model->n_allow_before]);
}

static struct ks_status write_file(const struct ks_model *model)
{
    struct ks_text text = {0};
    struct ks_safe_file *file = NULL;
    ks_allow_print(model->allow, &text);
    struct ks_status status = text.failed ? ks_nomem("the allow list") : ks_safe_file_create(model->allow_path, true, &file);
    if (ks_is_ok(status)) {
        status = ks_safe_file_write(file, ks_text_get(&text), text.n);
        if (ks_is_ok(status))
            status = ks_safe_file_commit(file);
        else
            ks_safe_file_discard(file);
    }
    ks_text_free(&text);
    return status;
}

void ks_model_allow_judge(struct ks_model *model)
{
    if (model->knocks == NULL || model->capture == NULL)
        return;
    ks_say_status(model, ks_knocks_allow(model->knocks, &model->capture->log, model->allow));
    model->knocks_generation = ++model->generation;
}

/* Judges again, writes, and says what was done. */
static unsigned put_in_force(struct ks_model *model, const char *what)
{
    char where[400];
    ks_model_allow_judge(model);
    if (model->allow_path == NULL) {
        ks_say(model, KS_SAY_WARN, "%s; until the end only: --allow FILE names a file to keep it in", what);
        return KS_FX_DONE;
    }
    struct ks_status status = write_file(model);
    snprintf(where, sizeof where, "%s", model->allow_path);
    if (ks_is_ok(status))
        ks_say(model, KS_SAY_INFO, "%s%s (%s)", what, model->allow_last ? "; u undoes" : "", where);
    else
        ks_say(model, KS_SAY_BAD, "%s, but not written: %s", what, status.message);
    return KS_FX_DONE;
}

size_t ks_model_allow_count(const struct ks_model *model, size_t entry)
{
    size_t n = 0;
    for (size_t i = 0; model->knocks != NULL && model->capture != NULL && i < model->knocks->n; i++)
        n += ks_allow_find(model->allow, &model->capture->log, &model->knocks->at[i]) == entry;
    return n;
}

unsigned ks_model_allow_add(struct ks_model *model, const char *line)
{
    char what[400];
    struct ks_status status = refresh(model);
    if (ks_is_ok(status))
        status = remember(model);
    if (ks_is_ok(status)) {
        status = ks_allow_add(model->allow, line);
        if (!ks_is_ok(status))
            forget_last(model);
    }
    if (!ks_is_ok(status)) {
        ks_say_status(model, status);
        return KS_FX_DONE;
    }
    size_t last = ks_allow_count(model->allow) - 1, n = ks_model_allow_count(model, last);
    snprintf(what, sizeof what, "allowed %s: %zu knock%s set aside", ks_allow_entry(model->allow, last).what, n, n == 1 ? "" : "s");
    model->allow_last = true;
    return put_in_force(model, what);
}

unsigned ks_model_allow_remove(struct ks_model *model, size_t entry)
{
    char what[400], name[300];
    if (entry >= ks_allow_count(model->allow))
        return KS_FX_HANDLED;
    snprintf(name, sizeof name, "%s", ks_allow_entry(model->allow, entry).what);
    struct ks_status status = refresh(model);
    if (ks_is_ok(status))
        status = remember(model);
    if (!ks_is_ok(status)) {
        ks_say_status(model, status);
        return KS_FX_DONE;
    }
    for (size_t i = ks_allow_count(model->allow); i-- > 0;)
        if (strcmp(ks_allow_entry(model->allow, i).what, name) == 0)
            ks_allow_remove(model->allow, i);
    snprintf(what, sizeof what, "%s is allowed no more", name);
    model->allow_last = true;
    return put_in_force(model, what);
}

unsigned ks_model_allow_undo(struct ks_model *model)
{
    struct ks_allow *before = NULL;
    if (model->n_allow_before == 0)
        return KS_FX_HANDLED;
    const char *text = model->allow_before[model->n_allow_before - 1];
    struct ks_status status = ks_allow_parse(text, strlen(text), "the allow list", &before);
    if (!ks_is_ok(status)) {
        ks_allow_free(before);
        ks_say_status(model, status);
        return KS_FX_DONE;
    }
    forget_last(model);
    ks_allow_free(model->allow);
    model->allow = before;
    model->allow_last = model->n_allow_before > 0;
    return put_in_force(model, "the allow list is as it was before");
}
