/* The settings file: where it is, how it is read and written. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "export/safe_file.h"
#include "tui/settings.h"

enum { LINE_MAX_LENGTH = 512 };

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

/* One line of the file; the complaint about it, or an empty text. */
static void read_line(struct ks_settings *settings, char *line, bool parameters, char *complaint, size_t cap)
{
    complaint[0] = '\0';
    char *text = trim(line);
    if (text[0] == '#' || text[0] == '\0')
        return;
    char *equals = strchr(text, '=');
    enum ks_setting_id id;
    if (equals == NULL) {
        snprintf(complaint, cap, "there is no = in it");
        return;
    }
    *equals = '\0';
    const char *name = trim(text);
    if (!ks_setting_find(name, &id) || strcmp(ks_setting_info(id)->name, name) != 0) {
        char harmless[64];
        ks_sanitise(harmless, sizeof harmless, name, strlen(name));
        snprintf(complaint, cap, "no setting is called %s", harmless);
        return;
    }
    settings->kept |= 1u << id;
    if (ks_setting_is_parameter(id) && !parameters)
        return;
    struct ks_status status = ks_setting_set(settings, id, trim(equals + 1));
    if (!ks_is_ok(status))
        snprintf(complaint, cap, "%s", status.message);
}

struct ks_status ks_settings_read(struct ks_settings *settings, const char *path, bool parameters,
                                  void (*complain)(void *context, const char *text), void *context)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return errno == ENOENT ? ks_ok() : ks_fail(KS_IO, "%s: %s", path, strerror(errno));
    char line[LINE_MAX_LENGTH], complaint[340], text[400];
    for (unsigned number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        read_line(settings, line, parameters, complaint, sizeof complaint);
        if (complaint[0] != '\0') {
            snprintf(text, sizeof text, "settings, line %u: %s", number, complaint);
            complain(context, text);
        }
    }
    bool failed = ferror(file) != 0;
    fclose(file);
    return failed ? ks_fail(KS_IO, "%s cannot be read", path) : ks_ok();
}

struct ks_status ks_settings_write(const struct ks_settings *settings, const char *path)
{
    struct ks_text text = {0};
    ks_text_add(&text, "# Settings of knockscope. It writes this file itself; a line can be changed or taken out.\n");
    for (unsigned i = 0; i < KS_SET_N; i++) {
        char value[64];
        const struct ks_setting_info *info = ks_setting_info((enum ks_setting_id)i);
        if ((settings->kept >> i & 1) == 0)
            continue;
        ks_text_addf(&text, "\n# %s (%s; standard: %s)\n%s = %s\n", info->help, info->range, info->standard, info->name,
                     ks_setting_get(settings, (enum ks_setting_id)i, value, sizeof value));
    }
    struct ks_safe_file *file = NULL;
    struct ks_status status = text.failed ? ks_nomem("the settings") : ks_safe_file_create(path, true, &file);
    if (ks_is_ok(status)) {
        status = ks_safe_file_write(file, text.at, text.n);
        if (ks_is_ok(status))
            status = ks_safe_file_commit(file);
        else
            ks_safe_file_discard(file);
    }
    ks_text_free(&text);
    return status;
}
