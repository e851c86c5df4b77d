#include "tui/app/complete.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void ks_candidate_add(struct ks_candidates *out, const char *word, size_t len, const char *text, const char *tail)
{
    if (out->n < KS_CANDIDATES && strncmp(text, word, len) == 0) {
        int n = snprintf(out->text[out->n], sizeof out->text[0], "%s%s", text, tail);
        if (n >= 0 && (size_t)n < sizeof out->text[0])
            out->n++;
    }
}

static void complete_setting(const struct ks_app *app, const char *text, size_t at, struct ks_candidates *out)
{
    const char *end = text + at, *name_end = strpbrk(text, " =");
    if (name_end == NULL || name_end >= end) {
        for (unsigned i = 0; i < KS_SET_N; i++)
            ks_candidate_add(out, text, at, ks_setting_info((enum ks_setting_id)i)->name, " ");
        return;
    }
    char name[64], value[64];
    enum ks_setting_id id;
    snprintf(name, sizeof name, "%.*s", (int)(name_end - text), text);
    const char *word = name_end + strspn(name_end, " =");
    if (word > end || !ks_setting_find(name, &id))
        return;
    out->from += (size_t)(word - text);
    size_t len = (size_t)(end - word);
    const struct ks_setting_info *info = ks_setting_info(id);
    ks_candidate_add(out, word, len, ks_setting_get(&app->model.settings, id, value, sizeof value), "");
    if (info->type == KS_TYPE_AUTO)
        ks_candidate_add(out, word, len, "auto", "");
    for (const char *one = info->range; (info->type == KS_TYPE_CHOICE || info->type == KS_TYPE_SWITCH) && *one != '\0';) {
        size_t n = strcspn(one, " ");
        snprintf(name, sizeof name, "%.*s", (int)n, one);
        if (strcmp(name, value) != 0)
            ks_candidate_add(out, word, len, name, "");
        one += n + (one[n] == ' ');
    }
}

static void complete_words(const char *words, const char *text, size_t at, struct ks_candidates *out)
{
    while (*words != '\0') {
        char one[64];
        size_t n = strcspn(words, " ");
        snprintf(one, sizeof one, "%.*s", (int)n, words);
        ks_candidate_add(out, text, at, one, "");
        words += n + (words[n] == ' ');
    }
}

/* The action behind the key of `:bind`. */
static void complete_binding(const char *text, size_t at, struct ks_candidates *out)
{
    size_t key = strcspn(text, " ");
    const char *word = text + key + strspn(text + key, " ");
    if (key == 0 || word > text + at || word == text + key)
        return;
    out->from += (size_t)(word - text);
    for (unsigned i = 1; i < KS_DO_N; i++)
        ks_candidate_add(out, word, (size_t)(text + at - word), ks_action_info((enum ks_action)i)->name, "");
}

void ks_complete_command(const struct ks_app *app, const char *text, size_t at, struct ks_candidates *out)
{
    size_t len = strcspn(text, " ");
    if (at <= len) {
        for (unsigned i = 1; i < KS_DO_N; i++) {
            const struct ks_action_info *info = ks_action_info((enum ks_action)i);
            ks_candidate_add(out, text, at, info->name, info->argument == KS_ARG_NONE ? "" : " ");
        }
        return;
    }
    enum ks_action action = ks_action_find(text, len);
    const char *rest = text + len + strspn(text + len, " ");
    if (action == KS_DO_NOTHING || rest > text + at)
        return;
    size_t before = out->from;
    out->from = (size_t)(rest - text);
    size_t rest_at = at - out->from;
    switch (ks_action_info(action)->argument) {
    case KS_ARG_SETTING:
        complete_setting(app, rest, rest_at, out);
        return;
    case KS_ARG_SETTING_NAME:
        for (unsigned i = 0; i < KS_SET_N; i++)
            ks_candidate_add(out, rest, rest_at, ks_setting_info((enum ks_setting_id)i)->name, "");
        return;
    case KS_ARG_BIND:
        complete_binding(rest, rest_at, out);
        return;
    case KS_ARG_FILE:
    case KS_ARG_FILES:
        out->from = before;
        ks_complete_path(app, text, at, out);
        return;
    case KS_ARG_SORT:
        complete_words(ks_setting_info(KS_SET_SORT)->range, rest, rest_at, out);
        return;
    case KS_ARG_PRESET:
        complete_words("hunt paper", rest, rest_at, out);
        return;
    case KS_ARG_NARROW:
        complete_words("host time", rest, rest_at, out);
        return;
    default:
        return;
    }
}

/* Takes the backslashes of "\ " away. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (*from == '\\' && from[1] != '\0')
            from++;
        *to++ = *from;
    }
    *to = '\0';
}

static void escape(char *out, size_t cap, const char *text)
{
    size_t n = 0;
    for (; *text != '\0' && n + 3 < cap; text++) {
        if (*text == ' ' || *text == '\\')
            out[n++] = '\\';
        out[n++] = *text;
    }
    out[n] = '\0';
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

void ks_complete_path(const struct ks_app *app, const char *text, size_t at, struct ks_candidates *out)
{
    (void)app;
    char word[KS_EDIT_MAX], folder[KS_EDIT_MAX], full[2 * KS_EDIT_MAX + 2], escaped[512];
    size_t from = at;
    while (from > 0 && !(text[from - 1] == ' ' && (from < 2 || text[from - 2] != '\\')))
        from--;
    snprintf(word, sizeof word, "%.*s", (int)(at - from), text + from);
    unescape(word);
    const char *slash = strrchr(word, '/');
    const char *name = slash != NULL ? slash + 1 : word;
    snprintf(folder, sizeof folder, "%.*s", (int)(name - word), word);
    if (folder[0] == '~' && folder[1] == '/' && getenv("HOME") != NULL)
        snprintf(full, sizeof full, "%s%s", getenv("HOME"), folder + 1);
    else
        snprintf(full, sizeof full, "%s", folder[0] != '\0' ? folder : ".");
    /* Only the part after the last slash is offered and replaced. */
    size_t tail = at;
    while (tail > from && text[tail - 1] != '/')
        tail--;
    out->from = tail;
    DIR *dir = opendir(full);
    if (dir == NULL)
        return;
    size_t base = strlen(full);
    for (const struct dirent *e; (e = readdir(dir)) != NULL && out->n < KS_CANDIDATES;) {
        struct stat info;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || (e->d_name[0] == '.' && name[0] != '.'))
            continue;
        if (strncmp(e->d_name, name, strlen(name)) != 0)
            continue;
        snprintf(full + base, sizeof full - base, "/%s", e->d_name);
        bool is_folder = stat(full, &info) == 0 && S_ISDIR(info.st_mode);
        escape(escaped, sizeof escaped, e->d_name);
        ks_candidate_add(out, "", 0, escaped, is_folder ? "/" : "");
    }
    closedir(dir);
    qsort(out->text, out->n, sizeof out->text[0], by_text);
}
