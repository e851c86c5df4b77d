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
    struct ks_status status = ks_allow_read(path, false, &model->allow);
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
    ks_model_allow_no_redo(model);
}

/* What others wrote to the file meanwhile counts. A file that cannot be read any more is not written over. */
static struct ks_status refresh(struct ks_model *model)
{
    struct ks_allow *fresh = NULL;
    if (model->allow_path != NULL && access(model->allow_path, F_OK) == 0) {
        struct ks_status status = ks_allow_read(model->allow_path, false, &fresh);
        if (!ks_is_ok(status)) {
            ks_allow_free(fresh);
            return status;
        }
        ks_allow_free(model->allow);
        model->allow = fresh;
    }
    return model->allow == NULL ? ks_allow_parse("", 0, "", &model->allow) : ks_ok();
}

/* Keeps the list as it is now on a pile, to come back to. */
static struct ks_status remember(const struct ks_model *model, char **pile, size_t *n)
{
    struct ks_text text = {0};
    ks_allow_print(model->allow, &text);
    char *copy = text.failed ? NULL : ks_strdup(ks_text_get(&text));
    ks_text_free(&text);
    if (copy == NULL)
        return ks_nomem("the allow list");
    if (*n == KS_ALLOW_UNDO) {
        ks_free(pile[0]);
        memmove(pile, pile + 1, (KS_ALLOW_UNDO - 1) * sizeof *pile);
        --*n;
    }
    pile[(*n)++] = copy;
    return ks_ok();
}

static struct ks_status remember_before(struct ks_model *model)
{
    return remember(model, model->allow_before, &model->n_allow_before);
}

static void forget_last(struct ks_model *model)
{
    ks_free(model->allow_before[--model->n_allow_before]);
}

static struct ks_status write_file(const struct ks_model *model)
{
    struct ks_text text = {0};
    ks_allow_print(model->allow, &text);
    struct ks_status status = text.failed ? ks_nomem("the allow list") : ks_safe_file_update(model->allow_path, ks_text_get(&text), text.n);
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
static unsigned put_in_force(struct ks_model *model, const char *what, bool undoable)
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
        ks_say(model, KS_SAY_INFO, "%s%s (%s)", what, undoable ? "; u undoes" : "", where);
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
        status = remember_before(model);
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
    ks_model_did(model, true);
    return put_in_force(model, what, true);
}

unsigned ks_model_allow_remove(struct ks_model *model, size_t entry)
{
    char what[400], name[300];
    if (entry >= ks_allow_count(model->allow))
        return KS_FX_HANDLED;
    snprintf(name, sizeof name, "%s", ks_allow_entry(model->allow, entry).what);
    struct ks_status status = refresh(model);
    if (ks_is_ok(status))
        status = remember_before(model);
    if (!ks_is_ok(status)) {
        ks_say_status(model, status);
        return KS_FX_DONE;
    }
    for (size_t i = ks_allow_count(model->allow); i-- > 0;)
        if (strcmp(ks_allow_entry(model->allow, i).what, name) == 0)
            ks_allow_remove(model->allow, i);
    snprintf(what, sizeof what, "%s is allowed no more", name);
    ks_model_did(model, true);
    return put_in_force(model, what, true);
}

/* Takes the last list of one pile and puts what is in force on the other. */
static bool swap(struct ks_model *model, char **from, size_t *n_from, char **to, size_t *n_to)
{
    struct ks_allow *other = NULL;
    const char *text = from[*n_from - 1];
    struct ks_status status = ks_allow_parse(text, strlen(text), "the allow list", &other);
    if (ks_is_ok(status))
        status = remember(model, to, n_to);
    if (!ks_is_ok(status)) {
        ks_allow_free(other);
        ks_say_status(model, status);
        return false;
    }
    ks_free(from[--*n_from]);
    ks_allow_free(model->allow);
    model->allow = other;
    return true;
}

unsigned ks_model_allow_undo(struct ks_model *model)
{
    if (!swap(model, model->allow_before, &model->n_allow_before, model->allow_after, &model->n_allow_after))
        return KS_FX_DONE;
    model->did_at--;
    return put_in_force(model, "the allow list is as it was before", false);
}

unsigned ks_model_allow_redo(struct ks_model *model)
{
    if (model->n_allow_after == 0)
        return KS_FX_HANDLED;
    if (!swap(model, model->allow_after, &model->n_allow_after, model->allow_before, &model->n_allow_before))
        return KS_FX_DONE;
    model->did_at++;
    return put_in_force(model, "done again: the allow list", true);
}
