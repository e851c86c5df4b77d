#include "knocks/allow.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

struct entry {
    ks_item *ports;
    size_t n_ports, cap_ports;
    struct ks_address hosts[2];
    size_t n_hosts;
    char *reason;
};

struct ks_allow {
    struct entry *at;
    size_t n, cap;
};

void ks_allow_free(struct ks_allow *allow)
{
    if (allow == NULL)
        return;
    for (size_t i = 0; i < allow->n; i++) {
        ks_free(allow->at[i].ports);
        ks_free(allow->at[i].reason);
    }
    ks_free(allow->at);
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

/* One line without its line end. A line of blanks or only a comment leaves the entry empty. */
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
    ks_sanitise(clean, sizeof clean, reason, strcspn(reason, "\r\n"));
    entry->reason = ks_strdup(clean[0] != '\0' ? clean : "no reason given");
    return entry->reason == NULL ? ks_nomem("the allow list") : ks_ok();
}

static struct ks_status read_all(FILE *file, const char *path, struct ks_allow *allow)
{
    char *line = NULL; /* by getline, so freed by free */
    size_t cap = 0, number = 0;
    ssize_t n;
    struct ks_status status = ks_ok();
    while (ks_is_ok(status) && (n = getline(&line, &cap, file)) >= 0) {
        number++;
        if (n > 0 && line[n - 1] == '\n')
            line[n - 1] = '\0';
        if (!ks_reserve((void **)&allow->at, &allow->cap, allow->n + 1, sizeof *allow->at)) {
            status = ks_nomem("the allow list");
            break;
        }
        allow->at[allow->n] = (struct entry){0};
        status = read_line(line, path, number, &allow->at[allow->n]);
        if (!ks_is_ok(status) || allow->at[allow->n].reason != NULL)
            allow->n++; /* a broken one too, so that it is freed */
        else
            ks_free(allow->at[allow->n].ports);
    }
    if (ks_is_ok(status) && ferror(file))
        status = ks_fail(KS_INPUT, "%s: %s", path, strerror(errno));
    free(line);
    return status;
}

struct ks_status ks_allow_read(const char *path, struct ks_allow **out)
{
    *out = ks_zalloc(1, sizeof **out);
    if (*out == NULL)
        return ks_nomem("the allow list");
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return ks_fail(KS_INPUT, "%s: %s", path, strerror(errno));
    struct ks_status status = read_all(file, path, *out);
    fclose(file);
    return status;
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

const char *ks_allow_match(const struct ks_allow *allow, const struct ks_log *log,
                           const struct ks_knock *knock)
{
    for (size_t i = 0; allow != NULL && i < allow->n; i++) {
        const struct entry *e = &allow->at[i];
        bool match = true;
        for (size_t h = 0; h < e->n_hosts && match; h++)
            match = all_at(log, knock, &e->hosts[h]);
        for (size_t p = 0; p < knock->n_ports && match && e->n_ports > 0; p++) {
            match = false;
            for (size_t k = 0; k < e->n_ports && !match; k++)
                match = e->ports[k] == knock->ports[p];
        }
        if (match)
            return e->reason;
    }
    return NULL;
}
