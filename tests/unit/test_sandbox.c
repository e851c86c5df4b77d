/* src/base/sandbox: after entering, what lies outside is out of reach. Each case runs in a process of its own, for there is no way back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/sandbox.h"

static char folder[] = "/tmp/ks-sandbox-XXXXXX";
static char inside[64], outside[] = "/etc/passwd", victim[] = "/tmp/ks-sandbox-victim-XXXXXX";

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

/* Other ways out that the filter names: other processes, mounts, namespaces, keys, what runs in the kernel. Refused, not killed for. */
static int other_ways(const struct ks_sandbox_state *state)
{
    if (!state->programs)
        return MISSING;
    static const long calls[] = {SYS_mount, SYS_umount2, SYS_unshare, SYS_setns, SYS_bpf, SYS_keyctl, SYS_add_key, SYS_perf_event_open, SYS_io_uring_setup,
                                 SYS_process_vm_readv, SYS_process_vm_writev, SYS_kexec_load, SYS_init_module, SYS_socketpair, SYS_connect, SYS_bind, SYS_execveat};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        errno = 0;
        if (syscall(calls[i], 0, 0, 0, 0, 0, 0) != -1 || errno != EPERM)
            return FAILED;
    }
    return PASSED;
}

/* Another process may be made (the loader's threads are made the same way), but it is in the same sandbox and gets no further. */
static int child_of_child(const struct ks_sandbox_state *state)
{
    if (!state->files || !state->programs)
        return MISSING;
    pid_t child = fork();
    if (child == 0)
        _exit(open_outside(state) == PASSED && run_program(state) == PASSED && open_socket(state) == PASSED ? PASSED : FAILED);
    int status;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : FAILED;
}

/* Nobody can be traced; a sanitizer's leak checker traces itself, so that it stays allowed there. */
static int trace_another(const struct ks_sandbox_state *state)
{
    const char *flags = getenv("KS_SANITIZED");
    if (!state->programs || (flags != NULL && strstr(flags, "sanitize") != NULL))
        return MISSING;
    return ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == -1 && errno == EPERM && ptrace(PTRACE_TRACEME, 0, NULL, NULL) == -1 && errno == EPERM ? PASSED : FAILED;
}

/* Names that lead out: links, renames, hard links, truncation of what lies outside, device files. */
static int lead_out(const struct ks_sandbox_state *state)
{
    char name[96];
    if (!state->files)
        return MISSING;
    snprintf(name, sizeof name, "%s/way-out", folder);
    bool held = symlink(outside, name) != 0 || open(name, O_RDONLY) < 0;
    (void)unlink(name);
    held = held && link(victim, name) != 0 && rename(victim, name) != 0 && rename(folder, "/tmp/ks-sandbox-moved") != 0;
    held = held && mknod(name, S_IFCHR | 0600, makedev(1, 8)) != 0; /* /dev/random */
    held = held && (state->landlock < 3 || truncate(victim, 0) != 0);
    snprintf(name, sizeof name, "%s/../../etc/passwd", folder);
    held = held && open(name, O_RDONLY) < 0 && open("/proc/self/root/etc/passwd", O_RDONLY) < 0;
    return held ? PASSED : FAILED;
}

/* There is no way back: a second set of rules only takes more away. */
static int enter_again(const struct ks_sandbox_state *state)
{
    if (!state->files)
        return MISSING;
    const char *read[] = {"/"};
    struct ks_sandbox_paths paths = {.read = read, .n_read = 1};
    struct ks_sandbox_state again;
    (void)ks_sandbox_enter(&paths, &again);
    return open_outside(state) == PASSED && run_program(state) == PASSED ? PASSED : FAILED;
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

static void other_processes_mounts_and_keys_are_out_of_reach(void **state)
{
    (void)state;
    judge(enter_and(other_ways));
}

static void a_child_is_in_the_same_sandbox(void **state)
{
    (void)state;
    judge(enter_and(child_of_child));
}

static void nobody_can_be_traced(void **state)
{
    (void)state;
    judge(enter_and(trace_another));
}

static void no_name_leads_out(void **state)
{
    (void)state;
    judge(enter_and(lead_out));
}

static void there_is_no_way_back(void **state)
{
    (void)state;
    judge(enter_and(enter_again));
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

/* sudo leaves root's home in the environment: settings and the allow list are looked for in the user's own, unless what is named is his. */
static int take_home(void)
{
    const struct passwd *user = getpwuid(1);
    if (user == NULL || chown(folder, 1, 1) != 0)
        return MISSING;
    char home[256];
    snprintf(home, sizeof home, "%s", user->pw_dir);
    setenv("HOME", "/root", 1);
    setenv("SUDO_UID", "1", 1);
    setenv("SUDO_GID", "1", 1);
    pid_t child = fork();
    if (child == 0) {
        setenv("HOME", folder, 1);
        _exit(ks_drop_privileges(NULL, 0).code == KS_OK && strcmp(getenv("HOME"), folder) == 0 ? PASSED : FAILED);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0)
        return FAILED;
    return ks_drop_privileges(NULL, 0).code == KS_OK && strcmp(getenv("HOME"), home) == 0 ? PASSED : FAILED;
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

static int as_root(int (*attempt)(void))
{
    if (geteuid() != 0) {
        print_message("needs root\n");
        skip();
    }
    pid_t child = fork();
    if (child == 0)
        _exit(attempt());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void sudo_goes_back_to_the_invoking_user(void **state)
{
    (void)state;
    assert_int_equal(as_root(become_invoker), PASSED);
}

static void sudo_goes_back_to_the_users_home(void **state)
{
    (void)state;
    judge(as_root(take_home));
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
        cmocka_unit_test(other_processes_mounts_and_keys_are_out_of_reach),
        cmocka_unit_test(a_child_is_in_the_same_sandbox),
        cmocka_unit_test(nobody_can_be_traced),
        cmocka_unit_test(no_name_leads_out),
        cmocka_unit_test(there_is_no_way_back),
        cmocka_unit_test(without_it_all_of_this_works),
        cmocka_unit_test(what_the_kernel_has_is_in_force),
        cmocka_unit_test(sudo_goes_back_to_the_invoking_user),
        cmocka_unit_test(sudo_goes_back_to_the_users_home),
        cmocka_unit_test(plain_root_is_told),
        cmocka_unit_test(the_state_is_told_in_words),
    };
    int fd = mkstemp(victim);
    if (mkdtemp(folder) == NULL || fd < 0 || write(fd, "x", 1) != 1 || close(fd) != 0)
        return 1;
    snprintf(inside, sizeof inside, "%s/file", folder);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(victim);
    rmdir(folder);
    return failed;
}
