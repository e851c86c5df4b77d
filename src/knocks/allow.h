/* The allow list: knocks that an analyst knows and does not want to see standing. A text file, one entry a
 * line:
 *
 *     445,139 192.168.20.11   # printers ask the file server
 *     udp/27960               # a game
 *
 * Ports (items as everywhere: 445, tcp/445, udp/53, icmp/8/64) stand together or apart; at most two
 * addresses. A knock is set aside by the first entry that it matches: every port of the knock is among the
 * entry's (an entry without ports takes any), and every activation has each of the entry's addresses as its
 * source or target. What follows # is the reason. Empty lines and lines of comment only are kept as they are.
 */
#ifndef KS_KNOCKS_ALLOW_H
#define KS_KNOCKS_ALLOW_H

#include "base/text.h"
#include "capture/log.h"
#include "knocks/knocks.h"

/* Reads the file, a regular one, or with `pipes` any (see ks_file_read), of 64 MiB at most. KS_INPUT (not readable), KS_USAGE (an entry is
 * wrong: file and line in the message), KS_NOMEM, KS_CANCELLED. Freed by ks_allow_free whatever the result. */
struct ks_status ks_allow_read(const char *path, bool pipes, struct ks_allow **out);
/* The same from n bytes; `name` stands for the file in messages. */
struct ks_status ks_allow_parse(const char *text, size_t n, const char *name, struct ks_allow **out);
void ks_allow_free(struct ks_allow *allow);

/* One entry as it reads; strings are the list's. */
struct ks_allow_entry {
    const char *what;   /* ports and addresses, "445,139 192.168.20.11" */
    const char *reason; /* "no reason given" where there is none */
    size_t line;        /* in the file, from 1 */
};
size_t ks_allow_count(const struct ks_allow *allow); /* NULL: 0 */
/* Entry i < ks_allow_count. */
struct ks_allow_entry ks_allow_entry(const struct ks_allow *allow, size_t i);

/* Adds a line at the end. KS_USAGE where it is no entry or there already, KS_NOMEM; then nothing is changed.
 */
struct ks_status ks_allow_add(struct ks_allow *allow, const char *line);
/* Takes entry i away, with its line. */
void ks_allow_remove(struct ks_allow *allow, size_t i);
/* The whole file as it is now. */
void ks_allow_print(const struct ks_allow *allow, struct ks_text *out);

/* The first entry that the knock matches, or SIZE_MAX. */
size_t ks_allow_find(const struct ks_allow *allow, const struct ks_log *log, const struct ks_knock *knock);

#endif
