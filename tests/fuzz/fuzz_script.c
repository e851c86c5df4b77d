/* Scripts of the explorer: keys and `:` commands over a small capture, as --script runs them. Nothing that is said or drawn may harm a terminal. The
 * process enters the sandbox first, with only the working folder to write to, and plays in a new folder there: commands write files, and their names are
 * the fuzzer's. Exports are synced, so a working folder in memory is faster. */
#include "config.h" /* nftw */

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/sandbox.h"
#include "engine_memo.h"
#include "fuzz.h"
#include "tui/toolkit/keymap.h"
#include "tui/loop.h"
#include "unit/knock_capture.h"

/* The linker puts this in place of fsync: what is exported here need not outlive the machine. */
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    struct stat status;
    return fstat(fd, &status);
}

/* Of the frames between the keys of a line every fourth is drawn, where nothing is clicked on: what a key changes stays to be seen. */
enum { FRAMES = 4 };
static bool every_frame;
static unsigned frames;
void __real_ks_app_draw(struct ks_app *app);
void __wrap_ks_app_draw(struct ks_app *app);
void __wrap_ks_app_draw(struct ks_app *app)
{
    if (every_frame || frames++ % FRAMES == 0)
        __real_ks_app_draw(app);
    else
        ks_app_layout(app);
}

enum { CELLS_MAX = 20000, BYTES_MAX = 4096 }; /* larger screens and longer scripts only take time */

static char folder[] = "play-XXXXXX";
static char without_entropy[] = "-entropic=0"; /* weighing inputs by their rare features took longer than running them */
static char without_names[] = "-print_funcs=0"; /* libFuzzer finds them by a program, which the sandbox does not start */
static int home = -1, play = -1;
static struct stat as_written; /* the capture */

static void write_capture(void)
{
    struct packets p = {0};
    knock_capture(&p);
    int fd = openat(play, "c.pcap", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    FUZZ_CHECK(fd >= 0 && write(fd, p.at, p.n) == (ssize_t)p.n && fstat(fd, &as_written) == 0 && close(fd) == 0);
    packets_free(&p);
}

static int remove_visited(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    if (walk->level > 0)
        (void)remove(path);
    return 0;
}

/* Whether there is only the capture, as it was written: exports replace files, so another is another inode. */
static bool is_tidy(void)
{
    struct stat now;
    unsigned n = 0;
    DIR *dir = opendir(".");
    FUZZ_CHECK(dir != NULL);
    while (n < 4 && readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n == 3 && lstat("c.pcap", &now) == 0 && now.st_ino == as_written.st_ino && now.st_size == as_written.st_size;
}

/* As it was: only the capture. */
static void tidy(void)
{
    if (is_tidy())
        return;
    nftw(".", remove_visited, 8, FTW_PHYS | FTW_DEPTH);
    write_capture();
}

static void leave(void)
{
    if (fchdir(play) == 0)
        nftw(".", remove_visited, 8, FTW_PHYS | FTW_DEPTH);
    if (fchdir(home) == 0)
        (void)rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *write[64] = {"."};
    char **arguments = malloc(((size_t)*argc + 3) * sizeof *arguments);
    size_t n = 1;
    FUZZ_CHECK(arguments != NULL);
    memcpy(arguments, *argv, (size_t)*argc * sizeof *arguments);
    arguments[(*argc)++] = without_names;
    arguments[(*argc)++] = without_entropy;
    arguments[*argc] = NULL;
    *argv = arguments;
    signal(SIGPIPE, SIG_IGN);
    FUZZ_CHECK(mkdtemp(folder) != NULL);
    atexit(leave);
    home = open(".", O_DIRECTORY | O_CLOEXEC);
    play = open(folder, O_DIRECTORY | O_CLOEXEC);
    FUZZ_CHECK(home >= 0 && play >= 0);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    FUZZ_CHECK(null >= 0 && dup2(null, STDIN_FILENO) == STDIN_FILENO);
    for (int i = 1; i < *argc && n < 64; i++)
        if ((*argv)[i][0] != '-')
            write[n++] = (*argv)[i];
    setlocale(LC_CTYPE, "C.UTF-8");
    unsetenv("HOME");
    unsetenv("XDG_CONFIG_HOME");
    if (getenv("KS_FUZZ_BARE") != NULL) /* to see a stack with names; only where nothing can be lost */
        return 0;
    struct ks_sandbox_paths paths = {.write = write, .n_write = n};
    struct ks_sandbox_state state;
    struct ks_status status = ks_sandbox_enter(&paths, &state);
    if (!ks_is_ok(status) || !state.files) {
        printf("SKIP: without Landlock scripts could write anywhere\n");
        exit(0);
    }
    return 0;
}

static bool large(const char *text)
{
    for (const char *x = strchr(text, 'x'); x != NULL; x = strchr(x + 1, 'x')) {
        const char *from = x;
        while (from > text && from[-1] >= '0' && from[-1] <= '9')
            from--;
        if (from < x && strtod(from, NULL) * strtod(x + 1, NULL) > CELLS_MAX)
            return true;
    }
    return false;
}

static void check(struct ks_app *app)
{
    static char row[8 * 10000 + 1];
    for (uint64_t i = 0; i < KS_MESSAGES && i < app->model.n_messages; i++)
        FUZZ_CHECK(fuzz_harmless(app->model.messages[i].text));
    every_frame = true;
    ks_app_draw(app);
    for (int y = 0; y < app->grid.h; y++) {
        ks_cells_row(&app->grid, y, row, sizeof row);
        FUZZ_CHECK(fuzz_harmless(row));
    }
}

static void run(const char *text, size_t n)
{
    struct ks_app *app = ks_zalloc(1, sizeof *app);
    const char *paths[] = {"c.pcap"};
    struct ks_tui_options options = {.load = {.paths = paths, .n_paths = 1}, .params = ks_params_preset(KS_PRESET_HUNT),
                                     .script = "-", .threads = 1};
    char *said = NULL;
    size_t n_said = 0;
    FILE *before = stdin, *script = fmemopen((void *)(uintptr_t)text, n, "r");
    FILE *terminal = stderr, *errors = open_memstream(&said, &n_said);
    FUZZ_CHECK(app != NULL && script != NULL && errors != NULL);
    options.params.rotations = 2;
    ks_keymap_reset();
    FUZZ_CHECK(ks_is_ok(ks_app_init(app, &options)));
    app->model.settings.habits = ks_habits_standard();
    snprintf(app->settings_path, sizeof app->settings_path, "settings");
    ks_app_effects(app, ks_model_load(&app->model, paths, 1, NULL));
    stdin = script;
    bool all_taken;
    stderr = errors; /* what was refused is said there: as good as the terminal */
    struct ks_status status = ks_script_run(app, "-", &all_taken);
    stdin = before;
    stderr = terminal;
    FUZZ_CHECK(fclose(errors) == 0);
    for (char *rest = said, *line; (line = strsep(&rest, "\n")) != NULL;)
        FUZZ_CHECK(fuzz_harmless(line));
    free(said);
    FUZZ_CHECK(status.code != KS_NOMEM && status.code != KS_FAILED && fuzz_harmless(status.message));
    check(app);
    ks_app_free(app);
    ks_free(app);
    fclose(script);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = malloc(n + 1);
    FUZZ_CHECK(text != NULL);
    if (n != 0)
        memcpy(text, bytes, n);
    text[n] = '\0';
    if (n != 0 && n <= BYTES_MAX && !large(text)) {
        FUZZ_CHECK(fchdir(play) == 0);
        tidy();
        /* One input of sixteen goes the whole way, whatever was done before, and draws every frame. */
        unsigned sum = 0;
        for (size_t i = 0; i < n; i++)
            sum = sum * 31 + bytes[i];
        engine_memo(sum % 16 != 0, &as_written);
        every_frame = sum % 16 == 0 || strstr(text, "<Cl") != NULL || strstr(text, "<Do") != NULL || strstr(text, "<Wh") != NULL;
        frames = 0;
        run(text, n);
        FUZZ_CHECK(fchdir(home) == 0);
    }
    free(text);
    return 0;
}
