/* The settings file: where it is, how it is read and written. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"
#include "export/safe_file.h"
#include "tui/toolkit/keymap.h"
#include "tui/model/settings.h"

enum {
    LINE_MAX_LENGTH = 512, /* what is longer counts as several lines, of which the later ones are not understood */
    MOST = 1 << 20         /* bytes of the file */
};

bool ks_config_path(char *out, size_t cap, const char *name, bool make)
{
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char folder[3840];
    int n;
    if (base != NULL && base[0] == '/')
        n = snprintf(folder, sizeof folder, "%s", base);
    else if (home != NULL && home[0] == '/')
        n = snprintf(folder, sizeof folder, "%s/.config", home);
    else
        return false;
    if (n < 0 || (size_t)n + 16 >= sizeof folder)
        return false;
    if (make)
        (void)mkdir(folder, 0700); /* what is wrong with it shows in the next step */
    snprintf(folder + n, sizeof folder - (size_t)n, "/knockscope");
    if (make && mkdir(folder, 0700) != 0 && errno != EEXIST)
        return false;
    n = snprintf(out, cap, "%s/%s", folder, name);
    return n > 0 && (size_t)n < cap;
}

static char *trim(char *text)
{
    text += strspn(text, " \t");
    size_t n = strlen(text);
    while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
        text[--n] = '\0';
    return text;
}

static bool is_key_line(const char *text)
{
    size_t n = strcspn(text, " \t=");
    return (n == 4 && strncmp(text, "bind", n) == 0) || (n == 6 && strncmp(text, "unbind", n) == 0);
}

/* The setting that a line gives a value to; *value points behind the = of the line, which is cut there. */
static bool is_setting_line(char *text, enum ks_setting_id *id, const char **value)
{
    char *equals = strchr(text, '=');
    if (text[0] == '#' || equals == NULL)
        return false;
    *equals = '\0';
    *value = trim(equals + 1);
    const char *name = trim(text);
    return ks_setting_find(name, id) && strcmp(ks_setting_info(*id)->name, name) == 0;
}

/* One line of the file; the complaint about it, or an empty text. */
static void read_line(struct ks_settings *settings, char *line, unsigned number, bool parameters, char *complaint, size_t cap)
{
    complaint[0] = '\0';
    char *text = trim(line);
    struct ks_status status = ks_ok();
    enum ks_setting_id id;
    const char *value;
    if (text[0] == '#' || text[0] == '\0')
        return;
    if (is_key_line(text)) {
        status = ks_keymap_take(text, number, complaint, cap);
    } else if (strchr(text, '=') == NULL) {
        status = ks_fail(KS_USAGE, "neither name = value nor bind or unbind");
    } else if (!is_setting_line(text, &id, &value)) {
        char harmless[64];
        ks_sanitise(harmless, sizeof harmless, text, strlen(text));
        status = ks_fail(KS_USAGE, "no setting is called %s", harmless);
    } else {
        if (!ks_setting_is_parameter(id))
            settings->kept |= 1u << id;
        if (!ks_setting_is_parameter(id) || parameters)
            status = ks_setting_set(settings, id, value);
    }
    if (!ks_is_ok(status))
        snprintf(complaint, cap, "%s", status.message);
}

char *ks_config_shown(char *out, size_t cap, const char *path)
{
    const char *home = getenv("HOME");
    size_t n = home != NULL ? strlen(home) : 0;
    bool below = n > 1 && strncmp(path, home, n) == 0 && path[n] == '/';
    char text[4200];
    snprintf(text, sizeof text, "%s%s", below ? "~" : "", below ? path + n : path);
    ks_shorten(out, cap, text, strlen(text));
    return out;
}

struct ks_status ks_settings_read(struct ks_settings *settings, const char *path, bool parameters, bool *found,
                                  void (*complain)(void *context, const char *text), void *context)
{
    struct ks_status status;
    FILE *file = ks_file_open(path, MOST, &status);
    *found = file != NULL || errno != ENOENT;
    if (file == NULL)
        return errno == ENOENT ? ks_ok() : status;
    char line[LINE_MAX_LENGTH], complaint[340], shown[200], text[600];
    for (unsigned number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        read_line(settings, line, number, parameters, complaint, sizeof complaint);
        if (complaint[0] != '\0') {
            snprintf(text, sizeof text, "%s, line %u: %s", ks_config_shown(shown, sizeof shown, path), number, complaint);
            complain(context, text);
        }
    }
    bool failed = ferror(file) != 0;
    fclose(file);
    return failed ? ks_fail(KS_IO, "%s cannot be read", path) : ks_ok();
}

static void put_setting(struct ks_text *text, const struct ks_settings *settings, enum ks_setting_id id)
{
    char value[64];
    ks_text_addf(text, "%s = %s\n", ks_setting_info(id)->name, ks_setting_get(settings, id, value, sizeof value));
}

/* The file as it is, line by line, with the values of now in it; *done gets a bit per setting that stands there. */
static void put_former(struct ks_text *text, const struct ks_settings *settings, FILE *file, uint32_t *done)
{
    char line[LINE_MAX_LENGTH], copy[LINE_MAX_LENGTH];
    enum ks_setting_id id;
    const char *value;
    while (fgets(line, sizeof line, file) != NULL) {
        snprintf(copy, sizeof copy, "%s", line);
        char *words = trim(copy);
        if (is_key_line(words)) {
            if (!ks_keymap_replaces(words))
                ks_text_addf(text, "%s\n", words);
        } else if (!is_setting_line(words, &id, &value) || (settings->kept >> id & 1) == 0) {
            ks_text_add(text, line); /* comments, and what is not understood, stay as they are */
        } else if ((*done >> id & 1) == 0) {
            put_setting(text, settings, id);
            *done |= 1u << id;
        }
    }
    if (text->n > 0 && text->at[text->n - 1] != '\n')
        ks_text_add(text, "\n");
}

static void put_new(struct ks_text *text, const struct ks_settings *settings, uint32_t done)
{
    size_t n;
    const struct ks_binding *b = ks_keymap_bindings(&n);
    char line[200];
    if (text->n == 0)
        ks_text_add(text, "# Settings of knockscope, written by itself. Lines can be changed, added or taken out; comments stay.\n");
    for (unsigned i = 0; i < KS_SET_N; i++) {
        const struct ks_setting_info *info = ks_setting_info((enum ks_setting_id)i);
        if ((settings->kept & ~done) >> i & 1) {
            ks_text_addf(text, "\n# %s (%s; standard: %s)\n", info->help, info->range, info->standard);
            put_setting(text, settings, (enum ks_setting_id)i);
        }
    }
    for (size_t i = 0; i < n; i++)
        if (b[i].unsaved)
            ks_text_addf(text, "%s\n", ks_binding_text(line, sizeof line, &b[i]));
}

struct ks_status ks_settings_write(const struct ks_settings *settings, const char *path)
{
    struct ks_text text = {0};
    uint32_t done = 0;
    struct ks_status status;
    FILE *former = ks_file_open(path, MOST, &status);
    if (former == NULL && errno != ENOENT)
        return ks_fail(KS_IO, "%s, so it was left as it is", status.message);
    if (former != NULL) {
        put_former(&text, settings, former, &done);
        bool failed = ferror(former) != 0;
        fclose(former);
        if (failed) {
            ks_text_free(&text);
            return ks_fail(KS_IO, "%s cannot be read, so it was left as it is", path);
        }
    }
    put_new(&text, settings, done);
    status = text.failed ? ks_nomem("the settings") : ks_safe_file_update(path, text.at, text.n);
    ks_text_free(&text);
    if (ks_is_ok(status))
        ks_keymap_saved();
    return status;
}
