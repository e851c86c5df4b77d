/* What the program gives up before it looks at foreign bytes: privileges, other files, other programs, the network. */
#ifndef KS_BASE_SANDBOX_H
#define KS_BASE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/* Folders (or files) that stay reachable; everything below them, too. Ones that do not exist are passed over. */
struct ks_sandbox_paths {
    const char *const *read;
    size_t n_read;
    const char *const *write; /* reading and writing */
    size_t n_write;
};

/* What is in force. */
struct ks_sandbox_state {
    bool no_new_privs;
    int landlock;      /* the kernel's Landlock ABI, 0: not there */
    bool files;        /* Landlock bounds which files can be reached */
    bool programs;     /* no other program can be started */
    bool network;      /* no socket can be opened */
    char note[160];    /* what is missing and why; empty when nothing is */
};

/* Restricts this process for good. Call once, before threads are started. What the kernel lacks is left out and said in
 * state->note. KS_FAILED where the kernel has a protection but refuses it. */
struct ks_status ks_sandbox_enter(const struct ks_sandbox_paths *paths, struct ks_sandbox_state *state);

/* The state as entered (zero before), for -V and the Capture screen. */
const struct ks_sandbox_state *ks_sandbox_state(void);

/* What could be in force here, without entering: for -V. */
struct ks_sandbox_state ks_sandbox_probe(void);

/* One line in words: "no new privileges, files by Landlock (ABI 7), no programs, no network". Returns out. */
char *ks_sandbox_words(char *out, size_t cap, const struct ks_sandbox_state *state);

/* Started through sudo: goes back to the invoking user for good (groups, group, user; verified), HOME too unless what it names is that user's. Started as
 * plain root or without privileges: does nothing. who (may be NULL) gets "user 1000", "root" or "". KS_FAILED when privileges could not be given up. */
struct ks_status ks_drop_privileges(char *who, size_t cap);

#endif
