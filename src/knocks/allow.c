#include "knocks/allow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

struct entry {
    ks_item *ports;
    size_t n_ports, cap_ports;
    struct ks_address hosts[2];
    size_t n_hosts;
    char *what, *reason;
    size_t line; /* index into lines */
};

struct ks_allow {
    struct entry *at;
    size_t n, cap;
    char **lines; /* of the file, without line ends; those taken away are NULL */
    size_t n_lines, cap_lines;
};

static void free_entry(struct entry *entry)
{
    ks_free(entry->ports);
    ks_free(entry->what);
    ks_free(entry->reason);
    *entry = (struct entry){0};
}

void ks_allow_free(struct ks_allow *allow)
{
    if (allow == NULL)
        return;
    for (size_t i = 0; i < allow->n; i++)
        free_entry(&allow->at[i]);
    for (size_t i = 0; i < allow->n_lines; i++)
        ks_free(allow->lines[i]);
    ks_free(allow->at);
    ks_free(allow->lines);
    ks_free(allow);
}

/* Reads "999,888 udp/53": ports. False where one is no item. */
static bool read_ports(char *word, struct entry *entry, bool *nomem)
{
    char *save = NULL;
    for (char *port = strtok_r(word, ",", &save); port != NULL; port = strtok_r(NULL, ",", &save)) {
        ks_item item;
        if (!ks_item_parse(port, &item))
            return false;
        if (!ks_reserve((void **)&entry->ports, &entry->cap_ports, entry->n_ports + 1,
                        sizeof *entry->ports)) {
            *nomem = true;
            return false;
        }
        entry->ports[entry->n_ports++] = item;
    }
    return true;
}

/* "445,139 192.168.20.11". */
static char *words_of(const struct entry *entry)
{
    struct ks_text text = {0};
    char word[64];
    for (size_t i = 0; i < entry->n_ports; i++)
        ks_text_addf(&text, "%s%s", i > 0 ? "," : "", ks_item_format(word, sizeof word, entry->ports[i]));
    for (size_t i = 0; i < entry->n_hosts; i++)
        ks_text_addf(&text, "%s%s", text.n > 0 ? " " : "",
                     ks_format_address(word, sizeof word, &entry->hosts[i]));
    char *copy = text.failed ? NULL : ks_strdup(ks_text_get(&text));
    ks_text_free(&text);
    return copy;
}

/* One line without its line end (it is cut up). A line of blanks or only a comment leaves the entry empty. */
static struct ks_status read_line(char *line, const char *path, size_t number, struct entry *entry)
{
    char *hash = strchr(line, '#');
    const char *reason = "";
    if (hash != NULL) {
        *hash = '\0';
        reason = hash + 1 + strspn(hash + 1, " \t");
    }
    char *save = NULL;
    bool nomem = false;
    for (char *word = strtok_r(line, " \t\r", &save); word != NULL; word = strtok_r(NULL, " \t\r", &save)) {
        struct ks_address address;
        if (ks_parse_address(word, &address)) {
            if (entry->n_hosts == 2)
                return ks_fail(KS_USAGE, "%s, line %zu: more than two addresses", path, number);
            entry->hosts[entry->n_hosts++] = address;
        } else if (!read_ports(word, entry, &nomem)) {
            return nomem ? ks_nomem("the allow list")
                         : ks_fail(KS_USAGE, "%s, line %zu: '%s' is neither a port nor an address", path,
                                   number, word);
        }
    }
    if (entry->n_ports == 0 && entry->n_hosts == 0)
        return ks_ok();
    char clean[240];
    size_t n = strlen(reason);
    while (n > 0 && (reason[n - 1] == '\r' || reason[n - 1] == ' ' || reason[n - 1] == '\t'))
        n--;
    n = ks_shorten(clean, sizeof clean, reason, n);
    entry->reason = ks_strdup(n > 0 ? clean : "no reason given");
    entry->what = words_of(entry);
    return entry->reason == NULL || entry->what == NULL ? ks_nomem("the allow list") : ks_ok();
}

/* Takes over a line, and the entry that it may hold. After a failure nothing has changed. */
static struct ks_status take_line(struct ks_allow *allow, const char *text, size_t n, const char *path)
{
    struct entry entry = {.line = allow->n_lines};
    char *line = ks_alloc(n + 1, 1), *cut = ks_alloc(n + 1, 1);
    if (line == NULL || cut == NULL ||
        !ks_reserve((void **)&allow->lines, &allow->cap_lines, allow->n_lines + 1, sizeof *allow->lines) ||
        !ks_reserve((void **)&allow->at, &allow->cap, allow->n + 1, sizeof *allow->at)) {
        ks_free(line);
        ks_free(cut);
        return ks_nomem("the allow list");
    }
    if (n > 0)
        memcpy(line, text, n);
    line[n] = '\0';
    memcpy(cut, line, n + 1);
    struct ks_status status = read_line(cut, path, allow->n_lines + 1, &entry);
    ks_free(cut);
    if (!ks_is_ok(status)) {
        free_entry(&entry);
        ks_free(line);
        return status;
    }
    allow->lines[allow->n_lines++] = line;
    if (entry.reason != NULL)
        allow->at[allow->n++] = entry;
    return status;
}

struct ks_status ks_allow_parse(const char *text, size_t n, const char *name, struct ks_allow **out)
{
    struct ks_status status = ks_ok();
    *out = ks_zalloc(1, sizeof **out);
    if (*out == NULL)
        return ks_nomem("the allow list");
    while (n > 0 && ks_is_ok(status)) {
        const char *end = memchr(text, '\n', n);
        size_t len = end != NULL ? (size_t)(end - text) : n, step = len + (end != NULL);
        status = memchr(text, '\0', len) != NULL
                     ? ks_fail(KS_USAGE, "%s, line %zu: this is no text", name, (*out)->n_lines + 1)
                     : take_line(*out, text, len, name);
        text += step;
        n -= step;
    }
    return status;
}

struct ks_status ks_allow_read(const char *path, bool pipes, struct ks_allow **out)
{
    enum { MOST = 64 << 20 };
    struct ks_text text = {0};
    *out = NULL;
    struct ks_status status = ks_file_read(path, pipes, MOST, &text);
    if (ks_is_ok(status))
        status = ks_allow_parse(ks_text_get(&text), text.n, path, out);
    ks_text_free(&text);
    return status;
}

size_t ks_allow_count(const struct ks_allow *allow)
{
    return allow != NULL ? allow->n : 0;
}

struct ks_allow_entry ks_allow_entry(const struct ks_allow *allow, size_t i)
{
    const struct entry *e = &allow->at[i];
    size_t line = 1;
    for (size_t k = 0; k < e->line; k++)
        line += allow->lines[k] != NULL;
    return (struct ks_allow_entry){e->what, e->reason, line};
}

struct ks_status ks_allow_add(struct ks_allow *allow, const char *line)
{
    size_t n = allow->n;
    if (strpbrk(line, "\r\n") != NULL)
        return ks_fail(KS_USAGE, "an entry is one line");
    KS_TRY(take_line(allow, line, strlen(line), "the new entry"));
    if (allow->n == n) {
        ks_free(allow->lines[--allow->n_lines]);
        return ks_fail(KS_USAGE, "an entry names ports or addresses: 445,139 192.168.20.11 # the reason");
    }
    for (size_t i = 0; i < n; i++)
        if (strcmp(allow->at[i].what, allow->at[n].what) == 0) {
            ks_allow_remove(allow, n);
            return ks_fail(KS_USAGE, "%s is on the allow list already: %s", allow->at[i].what,
                           allow->at[i].reason);
        }
    return ks_ok();
}

void ks_allow_remove(struct ks_allow *allow, size_t i)
{
    size_t line = allow->at[i].line;
    free_entry(&allow->at[i]);
    allow->n--;
    memmove(allow->at + i, allow->at + i + 1, (allow->n - i) * sizeof *allow->at);
    ks_free(allow->lines[line]);
    allow->lines[line] = NULL;
    while (allow->n_lines > 0 && allow->lines[allow->n_lines - 1] == NULL)
        allow->n_lines--;
}

void ks_allow_print(const struct ks_allow *allow, struct ks_text *out)
{
    for (size_t i = 0; i < allow->n_lines; i++)
        if (allow->lines[i] != NULL) {
            ks_text_add(out, allow->lines[i]);
            ks_text_add(out, "\n");
        }
}

static bool same_address(const struct ks_address *a, const struct ks_address *b)
{
    return a->version == b->version && memcmp(a->bytes, b->bytes, a->version == 4 ? 4 : 16) == 0;
}

/* Whether every activation has the address as its source or target. */
static bool all_at(const struct ks_log *log, const struct ks_knock *knock, const struct ks_address *address)
{
    for (size_t i = 0; i < knock->n_activations; i++)
        if (!same_address(&log->hosts[knock->activations[i].source], address) &&
            !same_address(&log->hosts[knock->activations[i].target], address))
            return false;
    return true;
}

static bool matches(const struct entry *e, const struct ks_log *log, const struct ks_knock *knock)
{
    bool match = true;
    for (size_t h = 0; h < e->n_hosts && match; h++)
        match = all_at(log, knock, &e->hosts[h]);
    for (size_t p = 0; p < knock->n_ports && match && e->n_ports > 0; p++) {
        match = false;
        for (size_t k = 0; k < e->n_ports && !match; k++)
            match = e->ports[k] == knock->ports[p];
    }
    return match;
}

size_t ks_allow_find(const struct ks_allow *allow, const struct ks_log *log, const struct ks_knock *knock)
{
    for (size_t i = 0; i < ks_allow_count(allow); i++)
        if (matches(&allow->at[i], log, knock))
            return i;
    return SIZE_MAX;
}
