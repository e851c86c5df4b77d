#include "config.h"

#include "base/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"

#ifdef HAVE_LINUX_LANDLOCK_H
#include <linux/landlock.h>
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KS_INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define KS_INSTRUMENTED 1
#endif
#endif

static struct ks_sandbox_state entered;

const struct ks_sandbox_state *ks_sandbox_state(void)
{
    return &entered;
}

#ifdef HAVE_LINUX_LANDLOCK_H

/* Rights by the ABI that brought them; older headers lack the newer names (linux/landlock.h, Documentation/userspace-api/landlock). */
enum { RIGHTS_1 = 13 };
static const uint64_t right_refer = UINT64_C(1) << 13, right_truncate = UINT64_C(1) << 14, right_ioctl = UINT64_C(1) << 15;
static const uint64_t net_bind = 1, net_connect = 2, scope_abstract = 1, scope_signal = 2;

/* struct landlock_ruleset_attr as of ABI 6; the kernel takes shorter ones. */
struct ruleset {
    uint64_t fs, net, scoped;
};

static int landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi > 0 ? (int)abi : 0;
}

static uint64_t all_rights(int abi)
{
    uint64_t rights = (UINT64_C(1) << RIGHTS_1) - 1;
    if (abi >= 2)
        rights |= right_refer;
    if (abi >= 3)
        rights |= right_truncate;
    if (abi >= 5)
        rights |= right_ioctl;
    return rights;
}

/* Allows what `rights` names below a path; a file takes fewer rights than a folder. */
static int allow(int ruleset, const char *path, uint64_t rights)
{
    struct stat info;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -1 : 0; /* not there, or not for this user: nothing to reach */
    if (fstat(fd, &info) == 0 && !S_ISDIR(info.st_mode))
        rights &= LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE | right_truncate | right_ioctl;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights, .parent_fd = fd};
    long failed = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    int error = errno;
    close(fd);
    errno = error;
    return failed != 0 && errno != EBADFD ? -1 : 0; /* a pipe is in no folder and needs no rule */
}

static int allow_all(int ruleset, const struct ks_sandbox_paths *paths, uint64_t handled)
{
    /* The terminal's descriptions and devices are needed late: when the explorer starts, or starts again after a suspension. The system's
     * names of ports, protocols, networks and hosts are those that a filter may use. */
    static const char *const always[] = {"/usr/share/terminfo", "/usr/lib/terminfo", "/lib/terminfo", "/etc/terminfo", "/etc/nsswitch.conf",
                                         "/etc/services", "/etc/protocols", "/etc/networks", "/etc/hosts", "/etc/ethers"};
    static const char *const devices[] = {"/dev/tty", "/dev/null", "/dev/pts", "/dev/full", "/dev/zero"};
    const uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    const uint64_t writing = (reading | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
                              LANDLOCK_ACCESS_FS_MAKE_DIR | right_refer | right_truncate) & handled;
    const uint64_t device = (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | right_truncate | right_ioctl) & handled;
    int failed = 0;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        failed |= allow(ruleset, always[i], reading);
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        failed |= allow(ruleset, devices[i], device);
    const char *own = getenv("TERMINFO"), *home = getenv("HOME");
    if (own != NULL && own[0] != '\0')
        failed |= allow(ruleset, own, reading);
    char path[4096];
    if (home != NULL && snprintf(path, sizeof path, "%s/.terminfo", home) < (int)sizeof path)
        failed |= allow(ruleset, path, reading);
#ifdef KS_INSTRUMENTED
    failed |= allow(ruleset, "/proc", reading); /* the sanitizers read the process's own maps */
#endif
    for (size_t i = 0; i < paths->n_read; i++)
        failed |= allow(ruleset, paths->read[i], reading);
    for (size_t i = 0; i < paths->n_write; i++)
        failed |= allow(ruleset, paths->write[i], writing);
    return failed;
}

static struct ks_status bound_files(const struct ks_sandbox_paths *paths, struct ks_sandbox_state *state)
{
    state->landlock = landlock_abi();
    if (state->landlock == 0) {
        snprintf(state->note, sizeof state->note, "this kernel has no Landlock: files are not bounded");
        return ks_ok();
    }
    struct ruleset attr = {.fs = all_rights(state->landlock),
                           .net = state->landlock >= 4 ? net_bind | net_connect : 0,
                           .scoped = state->landlock >= 6 ? scope_abstract | scope_signal : 0};
    size_t size = state->landlock >= 6 ? 24 : state->landlock >= 4 ? 16 : 8;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, size, 0);
    if (ruleset < 0)
        return ks_fail(KS_FAILED, "Landlock refuses its rules: %s", strerror(errno));
    struct ks_status status = ks_ok();
    if (allow_all(ruleset, paths, attr.fs) != 0 || syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        status = ks_fail(KS_FAILED, "Landlock: %s", strerror(errno));
    else
        state->files = true;
    close(ruleset);
    return status;
}

#else

static int landlock_abi(void)
{
    return 0;
}

static struct ks_status bound_files(const struct ks_sandbox_paths *paths, struct ks_sandbox_state *state)
{
    (void)paths;
    snprintf(state->note, sizeof state->note, "built without Landlock: files are not bounded");
    return ks_ok();
}

#endif

/* System calls that this program never needs and an intruder would want first. Refused, not killed for: a library that tries one
 * (ncurses looks for a mouse daemon) goes on without. */
static struct ks_status refuse_calls(struct ks_sandbox_state *state)
{
    static const int refused[] = {
        SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind),
        SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(io_uring_setup), SCMP_SYS(bpf), SCMP_SYS(keyctl), SCMP_SYS(add_key),
        SCMP_SYS(request_key), SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(perf_event_open),
        SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(kexec_load), SCMP_SYS(init_module), SCMP_SYS(finit_module),
#ifndef KS_INSTRUMENTED
        SCMP_SYS(ptrace), /* the leak checker traces its own process */
#endif
    };
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (filter == NULL)
        return ks_nomem("the system call filter");
    int failed = 0;
    for (size_t i = 0; i < sizeof refused / sizeof *refused && failed == 0; i++)
        if (refused[i] >= 0)
            failed = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), refused[i], 0);
    if (failed == 0)
        failed = seccomp_load(filter);
    seccomp_release(filter);
    if (failed == 0) {
        state->programs = state->network = true;
        return ks_ok();
    }
    size_t used = strlen(state->note);
    snprintf(state->note + used, sizeof state->note - used, "%sno system call filter (%s)", used > 0 ? "; " : "", strerror(-failed));
    return ks_ok();
}

struct ks_status ks_sandbox_enter(const struct ks_sandbox_paths *paths, struct ks_sandbox_state *state)
{
    *state = (struct ks_sandbox_state){0};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return ks_fail(KS_FAILED, "cannot give up new privileges: %s", strerror(errno));
    state->no_new_privs = true;
    KS_TRY(bound_files(paths, state));
    KS_TRY(refuse_calls(state));
    entered = *state;
    return ks_ok();
}

struct ks_sandbox_state ks_sandbox_probe(void)
{
    struct ks_sandbox_state state = {.no_new_privs = true, .programs = true, .network = true};
    state.landlock = landlock_abi();
    state.files = state.landlock > 0;
    if (!state.files)
        snprintf(state.note, sizeof state.note, "no Landlock here: files are not bounded");
    return state;
}

char *ks_sandbox_words(char *out, size_t cap, const struct ks_sandbox_state *state)
{
    if (!state->no_new_privs) {
        snprintf(out, cap, "no sandbox");
        return out;
    }
    char files[48] = "";
    if (state->files)
        snprintf(files, sizeof files, ", files by Landlock (ABI %d)", state->landlock);
    snprintf(out, cap, "no new privileges%s%s%s%s%s", files, state->programs ? ", no programs" : "", state->network ? ", no network" : "",
             state->note[0] != '\0' ? "; " : "", state->note);
    return out;
}

struct ks_status ks_drop_privileges(char *who, size_t cap)
{
    const char *uid_text = getenv("SUDO_UID"), *gid_text = getenv("SUDO_GID"), *name = getenv("SUDO_USER");
    uint64_t uid = 0, gid = 0;
    if (who != NULL && cap > 0)
        who[0] = '\0';
    if (geteuid() != 0)
        return ks_ok();
    if (uid_text == NULL || gid_text == NULL || !ks_parse_u64(uid_text, 1, UINT32_MAX - 1, &uid) ||
        !ks_parse_u64(gid_text, 0, UINT32_MAX - 1, &gid)) {
        if (who != NULL)
            snprintf(who, cap, "root");
        return ks_ok();
    }
    struct passwd *user = getpwuid((uid_t)uid);
    if (user != NULL)
        name = user->pw_name;
    if ((name != NULL && user != NULL ? initgroups(name, (gid_t)gid) : setgroups(0, NULL)) != 0 ||
        setresgid((gid_t)gid, (gid_t)gid, (gid_t)gid) != 0 || setresuid((uid_t)uid, (uid_t)uid, (uid_t)uid) != 0)
        return ks_fail(KS_FAILED, "cannot go back to user %llu: %s", (unsigned long long)uid, strerror(errno));
    if (setuid(0) == 0 || geteuid() != uid)
        return ks_fail(KS_FAILED, "root's privileges did not go away");
    struct stat home;
    const char *given = getenv("HOME"); /* root's, as sudo sets it: the user's settings and allow list are not there */
    if (user != NULL && user->pw_dir[0] == '/' && (given == NULL || stat(given, &home) != 0 || home.st_uid != uid))
        (void)setenv("HOME", user->pw_dir, 1);
    if (who != NULL)
        snprintf(who, cap, "user %llu", (unsigned long long)uid);
    return ks_ok();
}
