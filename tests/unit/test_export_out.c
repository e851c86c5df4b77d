/* src/export: the safe file, the outputs, JSON and CSV. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>

#include "base/memory.h"
#include "export/csv.h"
#include "export/json.h"
#include "export/number.h"
#include "export/out.h"
#include "export/safe_file.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/ks-export-XXXXXX");
    return mkdtemp(folder) == NULL;
}

/* Names in the folder, how many. */
static unsigned entries(void)
{
    unsigned n = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        n += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static int clear_folder(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    if (dir == NULL)
        return -1;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (unlinkat(dirfd(dir), entry->d_name, 0) != 0)
            (void)unlinkat(dirfd(dir), entry->d_name, AT_REMOVEDIR);
    closedir(dir);
    return rmdir(folder);
}

static const char *in_folder(const char *name)
{
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static const char *content(const char *path)
{
    static char text[256];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static struct ks_status write_file(const char *path, const char *text, bool replace)
{
    struct ks_safe_file *file;
    KS_TRY(ks_safe_file_create(path, replace, &file));
    struct ks_status status = ks_safe_file_write(file, text, strlen(text));
    if (!ks_is_ok(status)) {
        ks_safe_file_discard(file);
        return status;
    }
    return ks_safe_file_commit(file);
}

static void a_file_appears_whole_with_the_umasks_mode(void **state)
{
    (void)state;
    struct ks_safe_file *file;
    struct stat st;
    mode_t old = umask(027);
    assert_true(ks_is_ok(ks_safe_file_create(in_folder("a.txt"), false, &file)));
    assert_int_equal(entries(), 1);
    assert_int_not_equal(access(in_folder("a.txt"), F_OK), 0); /* not before it is complete */
    assert_true(ks_is_ok(ks_safe_file_write(file, "hello", 5)));
    assert_true(ks_is_ok(ks_safe_file_commit(file)));
    umask(old);
    assert_int_equal(entries(), 1);
    assert_string_equal(content(in_folder("a.txt")), "hello");
    assert_int_equal(stat(in_folder("a.txt"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0640);
}

static void while_written_a_file_is_private(void **state)
{
    (void)state;
    struct ks_safe_file *file;
    struct stat st;
    assert_true(ks_is_ok(ks_safe_file_create(in_folder("a.txt"), false, &file)));
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        if (entry->d_name[0] == '.' && strncmp(entry->d_name, ".a.txt.", 7) == 0) {
            assert_int_equal(fstatat(dirfd(dir), entry->d_name, &st, 0), 0);
            assert_int_equal(st.st_mode & 0777, 0600);
        }
    closedir(dir);
    ks_safe_file_discard(file);
    assert_int_equal(entries(), 0);
}

static void nothing_is_replaced_unless_asked(void **state)
{
    (void)state;
    const char *path = in_folder("a.txt");
    struct stat st;
    assert_true(ks_is_ok(write_file(path, "one", false)));
    struct ks_status status = write_file(path, "two", false);
    assert_int_equal(status.code, KS_IO);
    assert_non_null(strstr(status.message, "exists already"));
    assert_string_equal(content(path), "one");
    assert_int_equal(chmod(path, 0604), 0);
    assert_true(ks_is_ok(write_file(path, "two", true)));
    assert_string_equal(content(path), "two");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0604); /* keeps its mode */
    assert_int_equal(entries(), 1);
}

static void what_appears_meanwhile_is_not_replaced(void **state)
{
    (void)state;
    struct ks_safe_file *file;
    const char *path = in_folder("a.txt");
    assert_true(ks_is_ok(ks_safe_file_create(path, false, &file)));
    assert_true(ks_is_ok(ks_safe_file_write(file, "mine", 4)));
    assert_true(ks_is_ok(write_file(path, "theirs", false)));
    struct ks_status status = ks_safe_file_commit(file);
    assert_int_equal(status.code, KS_IO);
    assert_non_null(strstr(status.message, "exists already"));
    assert_string_equal(content(path), "theirs");
    assert_int_equal(entries(), 1);
}

static void a_symbolic_link_is_replaced_itself(void **state)
{
    (void)state;
    char target[128];
    struct stat st;
    snprintf(target, sizeof target, "%s/precious", folder);
    assert_true(ks_is_ok(write_file(target, "keep", false)));
    assert_int_equal(symlink(target, in_folder("link")), 0);
    assert_int_equal(write_file(in_folder("link"), "new", false).code, KS_IO);
    assert_true(ks_is_ok(write_file(in_folder("link"), "new", true)));
    assert_string_equal(content(target), "keep");
    assert_int_equal(lstat(in_folder("link"), &st), 0);
    assert_true(S_ISREG(st.st_mode));
}

static void impossible_places_are_named(void **state)
{
    (void)state;
    struct ks_safe_file *file;
    char path[128];
    struct ks_status status = ks_safe_file_create(in_folder("missing/a.txt"), false, &file);
    assert_null(file);
    assert_non_null(strstr(status.message, "no such folder"));
    status = ks_safe_file_create(folder, true, &file);
    assert_non_null(strstr(status.message, "it is a folder"));
    snprintf(path, sizeof path, "%s/", folder);
    status = ks_safe_file_create(path, true, &file);
    assert_non_null(strstr(status.message, "it is a folder"));
    status = ks_safe_file_create("", false, &file);
    assert_non_null(strstr(status.message, "its name is empty"));
    assert_true(ks_is_ok(write_file(in_folder("plain"), "x", false)));
    status = ks_safe_file_create(in_folder("plain/a.txt"), false, &file);
    assert_non_null(strstr(status.message, "not a folder"));
    char longer[400];
    memset(longer, 'n', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    snprintf(path, sizeof path, "%s/", folder);
    memcpy(longer, path, strlen(path));
    status = ks_safe_file_create(longer, false, &file);
    assert_int_equal(status.code, KS_IO);
    assert_null(file);
    assert_int_equal(entries(), 1);
}

static void the_longest_name_that_there_is_works(void **state)
{
    (void)state;
    char path[400];
    size_t used = (size_t)snprintf(path, sizeof path, "%s/", folder);
    memset(path + used, 'n', 255);
    path[used + 255] = '\0';
    assert_true(ks_is_ok(write_file(path, "x", false)));
    assert_string_equal(content(path), "x");
}

static void a_folder_without_permission_is_told(void **state)
{
    (void)state;
    assert_int_equal(chmod(folder, 0555), 0);
    pid_t child = fork();
    if (child == 0) { /* as nobody: root may write anywhere */
        struct ks_safe_file *file;
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(2);
        struct ks_status status = ks_safe_file_create(in_folder("a.txt"), false, &file);
        _exit(status.code == KS_IO && strstr(status.message, "no permission") != NULL ? 0 : 1);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    chmod(folder, 0755);
    assert_true(WIFEXITED(how));
    assert_int_equal(WEXITSTATUS(how), 0);
}

/* In a mount namespace of its own; 77 where that is not allowed. */
static int on_small_disk(int (*run)(const char *path))
{
    char path[128];
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", folder, "tmpfs", 0, "size=64k") != 0)
        return 77;
    snprintf(path, sizeof path, "%s/big", folder);
    return run(path);
}

static int fill_disk(const char *path)
{
    struct ks_out *out;
    struct ks_status status = ks_out_open(path, false, NULL, &out);
    if (!ks_is_ok(status))
        return 1;
    for (int i = 0; i < 30000; i++)
        ks_out_put(out, "0123456789");
    status = ks_out_close(out);
    if (status.code != KS_IO || strstr(status.message, "the disk is full") == NULL)
        return 2;
    return entries() == 0 ? 0 : 3; /* nothing is left behind */
}

static int read_only_disk(const char *path)
{
    struct ks_safe_file *file;
    if (mount("none", folder, NULL, MS_REMOUNT | MS_RDONLY, NULL) != 0)
        return 77;
    struct ks_status status = ks_safe_file_create(path, false, &file);
    return status.code == KS_IO && strstr(status.message, "read-only") != NULL ? 0 : 1;
}

static void in_child(int (*run)(const char *path))
{
    pid_t child = fork();
    if (child == 0)
        _exit(on_small_disk(run));
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    if (WEXITSTATUS(how) == 77)
        skip();
    assert_int_equal(WEXITSTATUS(how), 0);
}

static void a_full_disk_leaves_nothing_behind(void **state)
{
    (void)state;
    in_child(fill_disk);
}

static void a_read_only_disk_is_told(void **state)
{
    (void)state;
    in_child(read_only_disk);
}

static void a_full_device_is_told(void **state)
{
    (void)state;
    struct ks_out *out;
    assert_true(ks_is_ok(ks_out_open("/dev/full", false, NULL, &out)));
    assert_false(ks_out_is_file(out));
    ks_out_put(out, "x");
    struct ks_status status = ks_out_close(out);
    assert_int_equal(status.code, KS_IO);
    assert_non_null(strstr(status.message, "the disk is full"));
}

static void a_closed_pipe_ends_quietly(void **state)
{
    (void)state;
    struct ks_out *out;
    int ends[2];
    void (*old)(int) = signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_true(ks_is_ok(ks_out_open_fd(ends[1], "a pipe", NULL, &out)));
    for (int i = 0; i < 10000; i++)
        ks_out_put(out, "0123456789");
    assert_true(ks_out_stopped(out));
    assert_true(ks_is_ok(ks_out_close(out)));
    close(ends[1]);
    signal(SIGPIPE, old);
}

static void cancelling_removes_the_file(void **state)
{
    (void)state;
    struct ks_progress progress = {0};
    struct ks_out *out;
    assert_true(ks_is_ok(ks_out_open(in_folder("a.txt"), false, &progress, &out)));
    ks_out_put(out, "begun");
    atomic_store(&progress.cancel, true);
    assert_int_equal(ks_out_close(out).code, KS_CANCELLED);
    assert_int_equal(entries(), 0);
}

static void a_writer_can_make_the_file_fail(void **state)
{
    (void)state;
    struct ks_out *out;
    assert_true(ks_is_ok(ks_out_open(in_folder("a.txt"), false, NULL, &out)));
    ks_out_put(out, "begun");
    ks_out_fail(out, ks_fail(KS_USAGE, "no"));
    ks_out_fail(out, ks_fail(KS_FAILED, "a later failure does not hide the first"));
    assert_true(ks_out_stopped(out));
    assert_int_equal(ks_out_status(out).code, KS_USAGE);
    assert_int_equal(ks_out_close(out).code, KS_USAGE);
    assert_int_equal(entries(), 0);
    assert_true(ks_is_ok(ks_out_open(in_folder("a.txt"), false, NULL, &out)));
    ks_out_discard(out);
    assert_int_equal(entries(), 0);
}

static void a_preview_keeps_its_limit(void **state)
{
    (void)state;
    struct ks_text text = {0};
    struct ks_out *out;
    assert_true(ks_is_ok(ks_out_open_text(&text, 10, NULL, &out)));
    for (int i = 0; i < 5; i++)
        ks_out_put(out, "abc");
    assert_true(ks_out_stopped(out));
    assert_true(ks_is_ok(ks_out_close(out)));
    assert_string_equal(ks_text_get(&text), "abcabcabca");
    ks_text_free(&text);
}

static void long_lines_and_foreign_bytes_pass(void **state)
{
    (void)state;
    char longer[2000];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    struct ks_text text = {0};
    struct ks_out *out;
    assert_true(ks_is_ok(ks_out_open_text(&text, 0, NULL, &out)));
    ks_out_putf(out, "%s|", longer);
    ks_out_put_foreign(out, "a\x1b]0;b\n");
    assert_true(ks_is_ok(ks_out_close(out)));
    assert_int_equal(text.n, 1999 + 1 + 7);
    assert_string_equal(ks_text_get(&text) + 1999, "|a?]0;b?");
    ks_text_free(&text);
}

static struct ks_text captured;

static struct ks_out *capture(void)
{
    struct ks_out *out;
    assert_true(ks_is_ok(ks_out_open_text(&captured, 0, NULL, &out)));
    return out;
}

static void json_is_streamed_and_reads_back(void **state)
{
    (void)state;
    struct ks_json json;
    struct ks_out *out = capture();
    ks_json_start(&json, out, 2);
    ks_json_object(&json, NULL);
    ks_json_text(&json, "text", "quote \" slash \\ bell \x07 \xc3\xa9 \xff");
    ks_json_null(&json, "none");
    ks_json_text(&json, "nothing", NULL);
    ks_json_real(&json, "tenth", 0.1);
    ks_json_real(&json, "nan", NAN);
    ks_json_real(&json, "minus", -INFINITY);
    ks_json_seconds(&json, "time", INT64_C(1337604807104233001));
    ks_json_seconds(&json, "before", -500000000);
    ks_json_count(&json, "pairs", ks_count_choose(65535, 5));
    ks_json_array(&json, "rows");
    for (int i = 0; i < 2; i++) {
        ks_json_object(&json, NULL);
        ks_json_int(&json, "n", -i);
        ks_json_bool(&json, "odd", i == 1);
        ks_json_end(&json);
    }
    ks_json_end(&json);
    ks_json_object(&json, "empty");
    ks_json_end(&json);
    ks_json_end(&json);
    assert_true(ks_is_ok(ks_out_close(out)));
    assert_string_equal(ks_text_get(&captured),
                        "{\n  \"text\": \"quote \\\" slash \\\\ bell ? \xc3\xa9 ?\",\n  \"none\": null,\n  \"nothing\": null,\n"
                        "  \"tenth\": 0.1,\n  \"nan\": null,\n  \"minus\": null,\n  \"time\": 1337604807.104233001,\n"
                        "  \"before\": -0.5,\n  \"pairs\": 10072076186482751684607,\n  \"rows\": [\n"
                        "    {\"n\": 0, \"odd\": false},\n    {\"n\": -1, \"odd\": true}\n  ],\n  \"empty\": {}\n}\n");
    json_t *read = json_loads(strstr(ks_text_get(&captured), "{\"n\""), JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(read);
    json_decref(read);
    ks_text_free(&captured);
}

static void json_reals_read_back_exactly(void **state)
{
    (void)state;
    double values[] = {1.0 / 3, 5e-324, 1.7976931348623157e308, -1e16, 123456789.125};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct ks_json json;
        struct ks_out *out = capture();
        ks_json_start(&json, out, 0);
        ks_json_real(&json, NULL, values[i]);
        assert_true(ks_is_ok(ks_out_close(out)));
        json_t *read = json_loads(ks_text_get(&captured), JSON_DECODE_ANY, NULL);
        assert_true(json_number_value(read) == values[i]);
        json_decref(read);
        ks_text_free(&captured);
    }
}

static void csv_is_safe_in_a_spreadsheet(void **state)
{
    (void)state;
    static const char *const cells[][2] = {
        {"plain", "plain"},           {"a,b", "\"a,b\""},       {"say \"x\"", "\"say \"\"x\"\"\""},
        {"=1+1", "'=1+1"},            {"+1", "'+1"},            {"-cmd", "'-cmd"},
        {"@SUM(A1)", "'@SUM(A1)"},    {"\t=1", "'?=1"},         {"\rx", "'?x"},
        {"  =1+1", "\"'  =1+1\""},    {"=1,2", "\"'=1,2\""},    {"two\nlines", "two?lines"},
        {"bell\x07", "bell?"},        {"", ""},                 {"1-2", "1-2"},
    };
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        struct ks_csv csv;
        struct ks_out *out = capture();
        ks_csv_start(&csv, out);
        ks_csv_text(&csv, cells[i][0]);
        assert_true(ks_is_ok(ks_out_close(out)));
        assert_string_equal(ks_text_get(&captured), cells[i][1]);
        ks_text_free(&captured);
    }
}

static void csv_numbers_stay_numbers(void **state)
{
    (void)state;
    struct ks_csv csv;
    struct ks_out *out = capture();
    ks_csv_start(&csv, out);
    ks_csv_head(&csv, "a,b");
    ks_csv_real(&csv, -0.25);
    ks_csv_real(&csv, NAN);
    ks_csv_uint(&csv, UINT64_MAX);
    ks_csv_seconds(&csv, -1500000000);
    ks_csv_text(&csv, NULL);
    ks_csv_end_row(&csv);
    ks_csv_uint(&csv, 1);
    ks_csv_end_row(&csv);
    assert_true(ks_is_ok(ks_out_close(out)));
    assert_string_equal(ks_text_get(&captured), "a,b\n-0.25,,18446744073709551615,-1.5,\n1\n");
    ks_text_free(&captured);
}

static void seconds_are_exact(void **state)
{
    (void)state;
    char text[40];
    assert_string_equal(ks_format_seconds(text, sizeof text, 0), "0");
    assert_string_equal(ks_format_seconds(text, sizeof text, 10000000000), "10");
    assert_string_equal(ks_format_seconds(text, sizeof text, 1), "0.000000001");
    assert_string_equal(ks_format_seconds(text, sizeof text, INT64_MIN), "-9223372036.854775808");
    assert_int_equal(ks_ceil_seconds(0), 0);
    assert_int_equal(ks_ceil_seconds(1), 1);
    assert_int_equal(ks_ceil_seconds(2000000000), 2);
    assert_int_equal(ks_ceil_seconds(INT64_MAX), 9223372037);
}

static void no_memory_leaves_no_file(void **state)
{
    (void)state;
    for (size_t n = 1; n < 4; n++) {
        struct ks_out *out;
        ks_memory_fail_from(n);
        struct ks_status status = ks_out_open(in_folder("a.txt"), false, NULL, &out);
        ks_memory_fail_from(0);
        assert_int_equal(status.code, KS_NOMEM);
        assert_null(out);
        assert_int_equal(entries(), 0);
    }
}

#define with_folder(test) cmocka_unit_test_setup_teardown(test, make_folder, clear_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_folder(a_file_appears_whole_with_the_umasks_mode),
        with_folder(while_written_a_file_is_private),
        with_folder(nothing_is_replaced_unless_asked),
        with_folder(what_appears_meanwhile_is_not_replaced),
        with_folder(a_symbolic_link_is_replaced_itself),
        with_folder(impossible_places_are_named),
        with_folder(the_longest_name_that_there_is_works),
        with_folder(a_folder_without_permission_is_told),
        with_folder(a_full_disk_leaves_nothing_behind),
        with_folder(a_read_only_disk_is_told),
        cmocka_unit_test(a_full_device_is_told),
        cmocka_unit_test(a_closed_pipe_ends_quietly),
        with_folder(cancelling_removes_the_file),
        with_folder(a_writer_can_make_the_file_fail),
        cmocka_unit_test(a_preview_keeps_its_limit),
        cmocka_unit_test(long_lines_and_foreign_bytes_pass),
        cmocka_unit_test(json_is_streamed_and_reads_back),
        cmocka_unit_test(json_reals_read_back_exactly),
        cmocka_unit_test(csv_is_safe_in_a_spreadsheet),
        cmocka_unit_test(csv_numbers_stay_numbers),
        cmocka_unit_test(seconds_are_exact),
        with_folder(no_memory_leaves_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
