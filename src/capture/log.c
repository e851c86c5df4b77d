#include "capture/log.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "base/memory.h"

void ks_log_free(struct ks_log *log)
{
    ks_free(log->time);
    ks_free(log->source);
    ks_free(log->target);
    ks_free(log->sport);
    ks_free(log->dport);
    ks_free(log->flags);
    ks_free(log->mark);
    ks_free(log->packet);
    ks_free(log->attempts);
    ks_free(log->hosts);
    memset(log, 0, sizeof *log);
}

/* `column` points to a pointer of any type. */
static bool copy_column(void *column, const void *from, size_t n, size_t size)
{
    void *copy = ks_alloc(n, size);
    if (copy == NULL)
        return false;
    if (n != 0)
        memcpy(copy, from, n * size);
    memcpy(column, &copy, sizeof copy);
    return true;
}

struct ks_status ks_log_copy(const struct ks_log *log, size_t n, struct ks_log *out)
{
    memset(out, 0, sizeof *out);
    if (n > log->n)
        n = log->n;
    size_t attempts = 0;
    for (size_t high = log->n_attempts; attempts < high;) { /* the first attempt at or beyond n */
        size_t middle = attempts + (high - attempts) / 2;
        if (log->attempts[middle] < n)
            attempts = middle + 1;
        else
            high = middle;
    }
    struct ks_log copy = {.n = n, .n_attempts = attempts, .n_hosts = log->n_hosts};
    bool whole = copy_column(&copy.time, log->time, n, sizeof *log->time) &&
                 copy_column(&copy.source, log->source, n, sizeof *log->source) &&
                 copy_column(&copy.target, log->target, n, sizeof *log->target) &&
                 copy_column(&copy.sport, log->sport, n, sizeof *log->sport) &&
                 copy_column(&copy.dport, log->dport, n, sizeof *log->dport) &&
                 copy_column(&copy.flags, log->flags, n, sizeof *log->flags) &&
                 copy_column(&copy.mark, log->mark, n, sizeof *log->mark) &&
                 copy_column(&copy.packet, log->packet, n, sizeof *log->packet) &&
                 copy_column(&copy.attempts, log->attempts, attempts, sizeof *log->attempts) &&
                 copy_column(&copy.hosts, log->hosts, log->n_hosts, sizeof *log->hosts);
    if (!whole) {
        ks_log_free(&copy);
        return ks_nomem("a copy of the event log");
    }
    *out = copy;
    return ks_ok();
}

char *ks_format_address(char *out, size_t cap, const struct ks_address *address)
{
    if (inet_ntop(address->version == 6 ? AF_INET6 : AF_INET, address->bytes, out, (socklen_t)cap) == NULL && cap > 0)
        out[0] = '\0';
    return out;
}

bool ks_parse_address(const char *text, struct ks_address *out)
{
    struct ks_address address = {.version = 4};
    if (inet_pton(AF_INET, text, address.bytes) != 1) {
        address.version = 6;
        if (inet_pton(AF_INET6, text, address.bytes) != 1)
            return false;
    }
    *out = address;
    return true;
}

const char *ks_outcome_name(enum ks_outcome outcome)
{
    switch (outcome) {
    case KS_OPEN:
        return "open";
    case KS_REFUSED:
        return "refused";
    case KS_UNREACHABLE:
        return "unreachable";
    case KS_SILENT:
        break;
    }
    return "silent";
}
