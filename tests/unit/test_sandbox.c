/* src/base/sandbox: after entering, what lies outside is out of reach. Each case runs in a process of its own, for there is no way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"

static char folder[] = "/tmp/ks-sandbox-XXXXXX";
static char inside[64], outside[] = "/etc/passwd";

enum { PASSED = 0, FAILED = 1, MISSING = 2 };

/* What the child finds out, as its exit status. */
static int enter_and(int (*attempt)(const struct ks_sandbox_state *))
{
    pid_t child = fork();
    if (child == 0) {
        const char *write[] = {folder};
        struct ks_sandbox_paths paths = {.write = write, .n_write = 1};
        struct ks_sandbox_state state;
        int result = FAILED;
        if (ks_sandbox_enter(&paths, &state).code == KS_OK)
            result = attempt(&state);
        _exit(result);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void judge(int result)
{
    if (result == MISSING) {
        print_message("the kernel lacks this protection\n");
        skip();
    }
    assert_int_equal(result, PASSED);
}

static int open_outside(const struct ks_sandbox_state *state)
{
    if (!state->files)
        return MISSING;
    int fd = open(outside, O_RDONLY);
    return fd < 0 && errno == EACCES ? PASSED : FAILED;
}

static int write_outside(const struct ks_sandbox_state *state)
{
    if (!state->files)
        return MISSING;
    int fd = open("/tmp/ks-sandbox-escape", O_WRONLY | O_CREAT, 0600);
    return fd < 0 && errno == EACCES ? PASSED : FAILED;
}

static int use_inside(const struct ks_sandbox_state *state)
{
    (void)state;
    int fd = open(inside, O_WRONLY | O_CREAT, 0600);
    char moved[80];
    snprintf(moved, sizeof moved, "%s.moved", inside);
    if (fd < 0 || write(fd, "x", 1) != 1 || close(fd) != 0 || rename(inside, moved) != 0 || unlink(moved) != 0)
        return FAILED;
    return open("/dev/null", O_WRONLY) >= 0 ? PASSED : FAILED;
}

static int run_program(const struct ks_sandbox_state *state)
{
    if (!state->programs)
        return MISSING;
    char *argv[] = {(char[]){"true"}, NULL};
    execv("/bin/true", argv);
    return errno == EPERM || errno == EACCES ? PASSED : FAILED;
}

static int open_socket(const struct ks_sandbox_state *state)
{
    if (!state->network)
        return MISSING;
    return socket(AF_INET, SOCK_STREAM, 0) < 0 && errno == EPERM && socket(AF_INET, SOCK_DGRAM, 0) < 0 && errno == EPERM &&
                   socket(AF_UNIX, SOCK_STREAM, 0) < 0 && errno == EPERM
               ? PASSED
               : FAILED;
}

static void a_file_outside_cannot_be_opened(void **state)
{
    (void)state;
    judge(enter_and(open_outside));
}

static void a_file_outside_cannot_be_created(void **state)
{
    (void)state;
    judge(enter_and(write_outside));
}

static void files_in_a_named_folder_can_be_written_renamed_removed(void **state)
{
    (void)state;
    judge(enter_and(use_inside));
}

static void no_program_can_be_started(void **state)
{
    (void)state;
    judge(enter_and(run_program));
}

static void no_socket_can_be_opened(void **state)
{
    (void)state;
    judge(enter_and(open_socket));
}

static int become_invoker(void)
{
    char who[32];
    setenv("SUDO_UID", "12345", 1);
    setenv("SUDO_GID", "54321", 1);
    if (ks_drop_privileges(who, sizeof who).code != KS_OK || geteuid() != 12345 || getuid() != 12345 || getegid() != 54321)
        return FAILED;
    return setuid(0) != 0 && strcmp(who, "user 12345") == 0 && open("/etc/shadow", O_RDONLY) < 0 ? PASSED : FAILED;
}

/* The attempts above are such as succeed without the sandbox: that they fail in it shows something. */
static void without_it_all_of_this_works(void **state)
{
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        int fd = open(outside, O_RDONLY), made = open("/tmp/ks-sandbox-escape", O_WRONLY | O_CREAT, 0600);
        int plug = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0 || made < 0 || plug < 0)
            _exit(FAILED);
        unlink("/tmp/ks-sandbox-escape");
        char *argv[] = {(char[]){"true"}, NULL};
        execv("/bin/true", argv);
        _exit(FAILED);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), PASSED);
}

/* Nothing is skipped above that the kernel has. */
static int all_that_can_be(const struct ks_sandbox_state *state)
{
    struct ks_sandbox_state can = ks_sandbox_probe();
    return state->no_new_privs && state->files == (can.landlock > 0) && state->programs == can.programs && state->network == can.network &&
                   (state->files || state->note[0] != '\0')
               ? PASSED
               : FAILED;
}

static void what_the_kernel_has_is_in_force(void **state)
{
    (void)state;
    assert_int_equal(enter_and(all_that_can_be), PASSED);
}

static void sudo_goes_back_to_the_invoking_user(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("needs root\n");
        skip();
    }
    pid_t child = fork();
    if (child == 0)
        _exit(become_invoker());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), PASSED);
}

static void plain_root_is_told(void **state)
{
    (void)state;
    char who[32];
    unsetenv("SUDO_UID");
    assert_int_equal(ks_drop_privileges(who, sizeof who).code, KS_OK);
    assert_string_equal(who, geteuid() == 0 ? "root" : "");
}

static void the_state_is_told_in_words(void **state)
{
    (void)state;
    char words[300];
    struct ks_sandbox_state s = {.no_new_privs = true, .landlock = 7, .files = true, .programs = true, .network = true};
    assert_string_equal(ks_sandbox_words(words, sizeof words, &s), "no new privileges, files by Landlock (ABI 7), no programs, no network");
    assert_string_equal(ks_sandbox_words(words, sizeof words, &(struct ks_sandbox_state){0}), "no sandbox");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_outside_cannot_be_opened),
        cmocka_unit_test(a_file_outside_cannot_be_created),
        cmocka_unit_test(files_in_a_named_folder_can_be_written_renamed_removed),
        cmocka_unit_test(no_program_can_be_started),
        cmocka_unit_test(no_socket_can_be_opened),
        cmocka_unit_test(without_it_all_of_this_works),
        cmocka_unit_test(what_the_kernel_has_is_in_force),
        cmocka_unit_test(sudo_goes_back_to_the_invoking_user),
        cmocka_unit_test(plain_root_is_told),
        cmocka_unit_test(the_state_is_told_in_words),
    };
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(inside, sizeof inside, "%s/file", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
