/* A Wireshark display filter. It says what evidence.h says in Wireshark's words (hosts, ports, flags, times),
 * so that it selects exactly the evidence packets and can be read, edited and used on another capture of the
 * same traffic; frame numbers would be as exact but fit one file and tell nobody anything, so they are an
 * option. Sources: wireshark-filter(4), Wireshark 3.6 and later (sets with commas).
 * Where Wireshark looks into what this program skips (tunnels) or gives up on a broken header, the two can
 * differ: then frame numbers are exact. */
#include <inttypes.h>

#include "base/memory.h"
#include "export/groups.h"
#include "export/number.h"
#include "export/writers.h"

/* What clauses are joined into. */
struct filter {
    const struct ks_selection *selection;
    struct ks_out *out;
    bool begun;
};

static void clause(struct filter *filter)
{
    if (filter->begun)
        ks_out_put(filter->out, " || ");
    filter->begun = true;
}

static const char *ip(const struct filter *filter, uint32_t host)
{
    return filter->selection->log->hosts[host].version == 6 ? "ipv6" : "ip";
}

static void host_is(const struct filter *filter, uint32_t host, const char *side)
{
    char text[64];
    ks_out_putf(filter->out, "%s.%s == %s", ip(filter, host), side,
                ks_format_address(text, sizeof text, &filter->selection->log->hosts[host]));
}

static void sources_are(const struct filter *filter, const struct ks_trace *trace, const char *side)
{
    char text[64];
    if (trace->n_sources == 1) {
        host_is(filter, trace->sources[0], side);
        return;
    }
    ks_out_putf(filter->out, "%s.%s in {", ip(filter, trace->target), side);
    for (size_t i = 0; i < trace->n_sources; i++)
        ks_out_putf(filter->out, "%s%s", i > 0 ? ", " : "",
                    ks_format_address(text, sizeof text, &filter->selection->log->hosts[trace->sources[i]]));
    ks_out_put(filter->out, "}");
}

/* "tcp.dstport in {888, 999}" */
static void ports_are(const struct filter *filter, const ks_item *items, size_t n, enum ks_proto proto,
                      const char *side)
{
    bool first = true;
    ks_out_putf(filter->out, "%s.%s in {", proto == KS_TCP ? "tcp" : "udp", side);
    for (size_t i = 0; i < n; i++) {
        if (ks_item_proto(items[i]) != proto)
            continue;
        ks_out_putf(filter->out, "%s%u", first ? "" : ", ", (unsigned)ks_item_number(items[i]));
        first = false;
    }
    ks_out_put(filter->out, "}");
}

/* Times of all members of a group from `from`; those that touch are one. */
static void times_are(const struct filter *filter, const struct ks_trace *const *members, size_t n)
{
    char from[40], to[40];
    ks_out_put(filter->out, n > 1 ? " && (" : " && ");
    for (size_t i = 0; i < n; i++) {
        int64_t end = members[i]->to;
        size_t first = i;
        while (i + 1 < n && members[i + 1]->from <= end) {
            i++;
            if (members[i]->to > end)
                end = members[i]->to;
        }
        ks_out_putf(filter->out, "%s(frame.time_epoch >= %s && frame.time_epoch <= %s)",
                    first > 0 ? " || " : "", ks_format_seconds(from, sizeof from, members[first]->from),
                    ks_format_seconds(to, sizeof to, end));
    }
    ks_out_put(filter->out, n > 1 ? ")" : "");
}

/* From a source to the target. */
static void there(const struct filter *filter, const struct ks_trace *trace)
{
    sources_are(filter, trace, "src");
    ks_out_put(filter->out, " && ");
    host_is(filter, trace->target, "dst");
}

static void back(const struct filter *filter, const struct ks_trace *trace)
{
    host_is(filter, trace->target, "src");
    ks_out_put(filter->out, " && ");
    sources_are(filter, trace, "dst");
}

static void ports_clause(struct filter *filter, const struct ks_trace *const *members, size_t n,
                         enum ks_proto proto)
{
    const struct ks_trace *trace = members[0];
    if (!ks_trace_has(trace, proto))
        return;
    clause(filter);
    ks_out_put(filter->out, "(((");
    there(filter, trace);
    ks_out_put(filter->out, " && ");
    ports_are(filter, trace->ports, trace->n_ports, proto, "dstport");
    ks_out_put(filter->out, ") || (");
    back(filter, trace);
    ks_out_put(filter->out, " && ");
    ports_are(filter, trace->ports, trace->n_ports, proto, "srcport");
    ks_out_put(filter->out, "))");
    if (proto == KS_TCP)
        ks_out_put(filter->out, " && (tcp.flags.syn == 1 || tcp.flags.reset == 1)");
    /* An ICMP error quotes a header, whose fields Wireshark finds as well. */
    ks_out_put(filter->out, " && !icmp && !icmpv6");
    times_are(filter, members, n);
    ks_out_put(filter->out, ")");
}

static void icmp_is(const struct filter *filter, ks_item item, bool reply)
{
    bool v6 = ks_item_proto(item) == KS_ICMP6;
    unsigned type =
        reply ? ks_icmp_reply_type(ks_item_proto(item), ks_item_icmp_type(item)) : ks_item_icmp_type(item);
    ks_out_putf(filter->out, "%s.type == %u", v6 ? "icmpv6" : "icmp", type);
    if (!reply)
        ks_out_putf(filter->out, " && %s.code == %u", v6 ? "icmpv6" : "icmp",
                    (unsigned)ks_item_icmp_code(item));
    if (v6)
        ks_out_putf(filter->out, " && ipv6.plen == %u", ks_item_number(item) + 8u);
    else
        ks_out_putf(filter->out, " && ip.len == %u", ks_item_number(item) + 28u);
}

static void icmp_clauses(struct filter *filter, const struct ks_trace *const *members, size_t n)
{
    const struct ks_trace *trace = members[0];
    for (size_t i = 0; i < trace->n_ports; i++) {
        if (ks_item_proto(trace->ports[i]) < KS_ICMP)
            continue;
        clause(filter);
        ks_out_put(filter->out, "(((");
        there(filter, trace);
        ks_out_put(filter->out, " && ");
        icmp_is(filter, trace->ports[i], false);
        ks_out_put(filter->out, ") || (");
        back(filter, trace);
        ks_out_put(filter->out, " && ");
        icmp_is(filter, trace->ports[i], true);
        ks_out_put(filter->out, "))");
        times_are(filter, members, n);
        ks_out_put(filter->out, ")");
    }
    if (trace->unreachable) {
        clause(filter);
        bool v6 = filter->selection->log->hosts[trace->target].version == 6;
        ks_out_put(filter->out, v6 ? "(icmpv6.type == 1 && " : "(icmp.type == 3 && ");
        sources_are(filter, trace, "dst");
        times_are(filter, members, n);
        ks_out_put(filter->out, ")");
    }
}

static void connection_clause(struct filter *filter, const struct ks_trace *trace)
{
    char from[40], to[40];
    const char *name = ip(filter, trace->connection.server),
               *proto = trace->connection.proto == KS_TCP ? "tcp" : "udp";
    char client[64], server[64];
    const struct ks_address *hosts = filter->selection->log->hosts;
    if (!trace->opened || trace->connection.proto > KS_UDP)
        return;
    clause(filter);
    ks_format_address(client, sizeof client, &hosts[trace->connection.client]);
    ks_format_address(server, sizeof server, &hosts[trace->connection.server]);
    for (int way = 0; way < 2; way++)
        ks_out_putf(filter->out, "%s%s.src == %s && %s.dst == %s && %s.srcport == %u && %s.dstport == %u",
                    way == 0 ? "(((" : ") || (", name, way == 0 ? client : server, name,
                    way == 0 ? server : client, proto,
                    (unsigned)(way == 0 ? trace->connection.sport : trace->connection.dport), proto,
                    (unsigned)(way == 0 ? trace->connection.dport : trace->connection.sport));
    ks_out_putf(filter->out, ")) && !icmp && !icmpv6 && frame.time_epoch >= %s && frame.time_epoch <= %s)",
                ks_format_seconds(from, sizeof from, trace->connection.from),
                ks_format_seconds(to, sizeof to, trace->connection.to));
}

/* Attempts at any of the items, whatever the hosts. `packets`: every packet to them (rules of every TCP
 * packet). */
static void items_clause(struct filter *filter, const ks_item *items, size_t n, bool packets)
{
    bool has[4] = {false};
    for (size_t i = 0; i < n; i++)
        has[ks_item_proto(items[i])] = true;
    for (int proto = KS_TCP; proto <= KS_UDP; proto++) {
        if (!has[proto])
            continue;
        clause(filter);
        ks_out_put(filter->out, "(");
        ports_are(filter, items, n, (enum ks_proto)proto, "dstport");
        if (proto == KS_TCP && !packets)
            ks_out_put(filter->out, " && tcp.flags.syn == 1 && tcp.flags.ack == 0");
        ks_out_put(filter->out, " && !icmp && !icmpv6)");
    }
    for (size_t i = 0; i < n; i++) {
        if (ks_item_proto(items[i]) < KS_ICMP)
            continue;
        clause(filter);
        ks_out_put(filter->out, "(");
        icmp_is(filter, items[i], false);
        ks_out_put(filter->out, ")");
    }
}

static struct ks_status frames_filter(struct filter *filter, const struct ks_evidence_list *list)
{
    size_t file = 0, its_file = 0;
    uint32_t number = 0, from = 0, to = 0;
    if (list->n_packets == 0)
        return ks_fail(KS_USAGE, "only packets of knocks have frame numbers: choose knocks");
    ks_out_put(filter->out, "frame.number in {");
    for (size_t i = 0; i < list->n_packets; i++) {
        if (!ks_packet_in_file(filter->selection->provenance, list->packets[i].packet, &its_file, &number))
            return ks_fail(KS_USAGE, "the frame numbers are not known");
        if (i > 0 && its_file != file)
            return ks_fail(KS_USAGE, "frame numbers are those of one file, and the evidence lies in several: "
                                     "export without frame numbers");
        file = its_file;
        if (i > 0 && number == to + 1) {
            to = number;
            continue;
        }
        if (i > 0)
            ks_out_putf(filter->out, from == to ? "%" PRIu32 ", " : "%" PRIu32 "..%" PRIu32 ", ", from, to);
        from = to = number;
    }
    ks_out_putf(filter->out, from == to ? "%" PRIu32 "}" : "%" PRIu32 "..%" PRIu32 "}", from, to);
    filter->begun = true;
    return ks_ok();
}

static struct ks_status evidence_filter(struct filter *filter, const struct ks_evidence_list *list)
{
    struct ks_groups groups;
    struct ks_status status = ks_groups_make(list, &groups);
    for (size_t g = 0; ks_is_ok(status) && g < groups.n; g++) {
        const struct ks_trace *const *members = groups.members + groups.start[g];
        size_t n = groups.start[g + 1] - groups.start[g];
        ports_clause(filter, members, n, KS_TCP);
        ports_clause(filter, members, n, KS_UDP);
        icmp_clauses(filter, members, n);
    }
    for (size_t i = 0; ks_is_ok(status) && i < list->n_traces; i++)
        connection_clause(filter, &list->traces[i]);
    ks_groups_free(&groups);
    return status;
}

static struct ks_status rules_filter(struct filter *filter)
{
    ks_item *items;
    size_t n;
    struct ks_status status = ks_rule_items(filter->selection, &items, &n);
    if (ks_is_ok(status))
        items_clause(filter, items, n, filter->selection->items == KS_ITEMS_TCP);
    ks_free(items);
    return status;
}

struct ks_status ks_write_wireshark(const struct ks_selection *selection,
                                    const struct ks_export_options *options, struct ks_out *out)
{
    struct filter filter = {.selection = selection, .out = out};
    struct ks_evidence_list list = {0};
    struct ks_status status = ks_ok();
    if (options->any_host) {
        for (size_t k = 0; k < selection->n_knocks; k++)
            items_clause(&filter, selection->knocks[k].knock->ports, selection->knocks[k].knock->n_ports,
                         false);
    } else {
        status = ks_evidence_gather(selection, options->progress, &list);
        if (ks_is_ok(status))
            status = options->frames ? frames_filter(&filter, &list) : evidence_filter(&filter, &list);
    }
    if (ks_is_ok(status) && selection->n_rules > 0 && !options->frames)
        status = rules_filter(&filter);
    ks_evidence_list_free(&list);
    if (!ks_is_ok(status))
        return status;
    if (!filter.begun)
        return ks_fail(KS_USAGE, "nothing is selected that a filter could match");
    ks_out_put(out, "\n");
    return ks_out_status(out);
}
