#include "config.h"

#include "cli/protect.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sandbox.h"
#include "capture/hold.h"
#include "export/safe_file.h"

struct list {
    char **at;
    size_t n, cap;
    bool failed;
};

static void add(struct list *list, const char *path, size_t n)
{
    char *copy = ks_alloc(n + 1, 1);
    if (copy == NULL || !ks_reserve((void **)&list->at, &list->cap, list->n + 1, sizeof *list->at)) {
        ks_free(copy);
        list->failed = true;
        return;
    }
    memcpy(copy, path, n);
    copy[n] = '\0';
    list->at[list->n++] = copy;
}

/* The folder that a path lies in: what comes before its last slash. */
static void add_folder_of(struct list *list, const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    if (path == NULL || strcmp(path, "-") == 0)
        return;
    if (slash == NULL)
        add(list, ".", 1);
    else
        add(list, path, slash == path ? 1 : (size_t)(slash - path));
    /* The file itself, too: it may be a link to somewhere else. */
    add(list, path, strlen(path));
}

/* The folder of what a link leads to: the file there is replaced, not the link. */
static void add_target_of(struct list *list, const char *path)
{
    char target[PATH_MAX];
    struct stat info;
    if (path != NULL && lstat(path, &info) == 0 && S_ISLNK(info.st_mode) && realpath(path, target) != NULL)
        add_folder_of(list, target);
}

/* A file in the settings' folder. */
static void add_kept(struct list *list, const char *folder, const char *name)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (n > 0 && (size_t)n < sizeof path)
        add_target_of(list, path);
}

static void free_list(struct list *list)
{
    for (size_t i = 0; i < list->n; i++)
        ks_free(list->at[i]);
    ks_free(list->at);
}

bool ks_settings_folder(char *out, size_t cap)
{
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int n;
    if (base != NULL && base[0] == '/')
        n = snprintf(out, cap, "%s/knockscope", base);
    else if (home != NULL && home[0] == '/')
        n = snprintf(out, cap, "%s/.config/knockscope", home);
    else
        return false;
    return n > 0 && (size_t)n < cap;
}

/* Made now, for a folder that does not exist yet cannot be named in a rule. */
static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0700);
        *slash = '/';
    }
    (void)mkdir(path, 0700); /* what could not be made is told when settings are written */
}

/* Through sudo: the captures are opened with root's rights, then these are given up. Plain root is told, for nothing says who else to be. */
static struct ks_status go_back(const struct ks_cli *cli)
{
    char who[48];
    if (geteuid() != 0)
        return ks_ok();
    for (size_t i = 0; i < cli->load.n_paths; i++)
        KS_TRY(ks_hold(cli->load.paths[i]));
    if (cli->baseline != NULL)
        KS_TRY(ks_hold(cli->baseline));
    KS_TRY(ks_drop_privileges(who, sizeof who));
    if (cli->verbose && !cli->quiet)
        fprintf(stderr, "knockscope: running as %s\n", who);
    return ks_ok();
}

struct ks_status ks_protect(const struct ks_cli *cli)
{
    struct list read = {0}, write = {0};
    char settings[4096];
    KS_TRY(ks_safe_file_keep(cli->load.paths, cli->load.n_paths));
    if (cli->baseline != NULL)
        KS_TRY(ks_safe_file_keep(&cli->baseline, 1));
    KS_TRY(go_back(cli));
    if (cli->no_sandbox)
        return ks_ok();
    for (size_t i = 0; i < cli->load.n_paths; i++)
        add_folder_of(&read, cli->load.paths[i]);
    add_folder_of(&read, cli->knocks.allow_path);
    add_folder_of(&read, cli->baseline);
    add(&read, ".", 1);
    add_folder_of(&write, cli->output);
#ifdef KS_COUNTS
    add(&write, KS_COUNTS, strlen(KS_COUNTS));
#endif
    if (cli->command == KS_COMMAND_EXPLORE) {
        add(&write, ".", 1);
        add_folder_of(&write, cli->knocks.allow_path); /* a knock can be put on it */
        add_target_of(&write, cli->knocks.allow_path);
        add_folder_of(&write, cli->script); /* what a script dumps lies beside it */
        if (!cli->no_settings && ks_settings_folder(settings, sizeof settings)) {
            make_folders(settings);
            add(&write, settings, strlen(settings));
            add_kept(&write, settings, "settings");
            add_kept(&write, settings, "allow");
        }
    }
    struct ks_status status = ks_nomem("the sandbox's rules");
    struct ks_sandbox_state state;
    if (!read.failed && !write.failed) {
        struct ks_sandbox_paths paths = {(const char *const *)read.at, read.n, (const char *const *)write.at, write.n};
        status = ks_sandbox_enter(&paths, &state);
    }
    free_list(&read);
    free_list(&write);
    return status;
}
