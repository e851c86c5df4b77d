/* A capture filter (BPF) for tcpdump and whatever else uses libpcap. It knows hosts, ports and flags but no
 * times. The header bytes of TCP cannot be asked for in IPv6 (pcap-filter(7): "this primitive does not chase
 * the protocol header chain"), so every clause about flags has an IPv6 branch of its own, which looks at
 * fixed offsets and so misses packets with extension headers. */
#include <inttypes.h>

#include "base/memory.h"
#include "export/groups.h"
#include "export/writers.h"

struct bpf {
    const struct ks_selection *selection;
    struct ks_out *out;
    bool begun;
    bool fixed_offsets; /* a clause looks into IPv6 packets */
};

static void clause(struct bpf *bpf)
{
    ks_out_put(bpf->out, bpf->begun ? "\nor " : "");
    bpf->begun = true;
}

static bool is_v6(const struct bpf *bpf, uint32_t host)
{
    return bpf->selection->log->hosts[host].version == 6;
}

static void put_host(const struct bpf *bpf, const char *side, uint32_t host)
{
    char text[64];
    ks_out_putf(bpf->out, "%s host %s", side,
                ks_format_address(text, sizeof text, &bpf->selection->log->hosts[host]));
}

static void put_sources(const struct bpf *bpf, const char *side, const struct ks_trace *trace)
{
    ks_out_put(bpf->out, trace->n_sources > 1 ? "(" : "");
    for (size_t i = 0; i < trace->n_sources; i++) {
        ks_out_put(bpf->out, i > 0 ? " or " : "");
        put_host(bpf, side, trace->sources[i]);
    }
    ks_out_put(bpf->out, trace->n_sources > 1 ? ")" : "");
}

static void put_ports(const struct bpf *bpf, const char *side, const ks_item *items, size_t n,
                      enum ks_proto proto)
{
    bool first = true;
    ks_out_put(bpf->out, "(");
    for (size_t i = 0; i < n; i++) {
        if (ks_item_proto(items[i]) != proto)
            continue;
        ks_out_putf(bpf->out, "%s%s port %u", first ? "" : " or ", side, (unsigned)ks_item_number(items[i]));
        first = false;
    }
    ks_out_put(bpf->out, ")");
}

/* The TCP flags: those of `mask` are not all clear, or exactly `equal` where that is not 0. */
static void put_tcp(struct bpf *bpf, bool v6, unsigned mask, unsigned equal)
{
    bpf->fixed_offsets |= v6;
    ks_out_put(bpf->out, v6 ? "ip6 and ip6[6] == 6 and ip6[53]" : "ip and tcp[13]");
    if (equal != 0)
        ks_out_putf(bpf->out, " & 0x%02x == 0x%02x", mask, equal);
    else
        ks_out_putf(bpf->out, " & 0x%02x != 0", mask);
}

static void put_ways(const struct bpf *bpf, const struct ks_trace *trace, enum ks_proto proto)
{
    ks_out_put(bpf->out, "((");
    put_sources(bpf, "src", trace);
    ks_out_put(bpf->out, " and ");
    put_host(bpf, "dst", trace->target);
    ks_out_put(bpf->out, " and ");
    put_ports(bpf, "dst", trace->ports, trace->n_ports, proto);
    ks_out_put(bpf->out, ") or (");
    put_host(bpf, "src", trace->target);
    ks_out_put(bpf->out, " and ");
    put_sources(bpf, "dst", trace);
    ks_out_put(bpf->out, " and ");
    put_ports(bpf, "src", trace->ports, trace->n_ports, proto);
    ks_out_put(bpf->out, "))");
}

/* One ICMP request or the reply to it. */
static void put_icmp(struct bpf *bpf, ks_item item, bool reply)
{
    enum ks_proto proto = ks_item_proto(item);
    bpf->fixed_offsets |= proto == KS_ICMP6;
    unsigned type = reply ? ks_icmp_reply_type(proto, ks_item_icmp_type(item)) : ks_item_icmp_type(item);
    unsigned bytes = ks_item_number(item) + 8u;
    if (proto == KS_ICMP6)
        ks_out_putf(bpf->out, "ip6 and ip6[6] == 58 and ip6[40] == %u and ip6[4:2] == %u", type, bytes);
    else
        ks_out_putf(bpf->out, "icmp and icmp[0] == %u and ip[2:2] - ((ip[0] & 0xf) << 2) == %u", type, bytes);
    if (!reply)
        ks_out_putf(bpf->out, proto == KS_ICMP6 ? " and ip6[41] == %u" : " and icmp[1] == %u",
                    (unsigned)ks_item_icmp_code(item));
}

static void trace_clauses(struct bpf *bpf, const struct ks_trace *trace)
{
    bool v6 = is_v6(bpf, trace->target);
    if (ks_trace_has(trace, KS_TCP)) {
        clause(bpf);
        ks_out_put(bpf->out, "(");
        put_tcp(bpf, v6, KS_SYN | KS_RST, 0);
        ks_out_put(bpf->out, " and ");
        put_ways(bpf, trace, KS_TCP);
        ks_out_put(bpf->out, ")");
    }
    if (ks_trace_has(trace, KS_UDP)) {
        clause(bpf);
        ks_out_put(bpf->out, "(udp and ");
        put_ways(bpf, trace, KS_UDP);
        ks_out_put(bpf->out, ")");
    }
    for (size_t i = 0; i < trace->n_ports; i++) {
        if (ks_item_proto(trace->ports[i]) < KS_ICMP)
            continue;
        for (int reply = 0; reply < 2; reply++) {
            clause(bpf);
            ks_out_put(bpf->out, "(");
            put_icmp(bpf, trace->ports[i], reply == 1);
            ks_out_put(bpf->out, " and ");
            put_sources(bpf, reply == 1 ? "dst" : "src", trace);
            ks_out_put(bpf->out, " and ");
            put_host(bpf, reply == 1 ? "src" : "dst", trace->target);
            ks_out_put(bpf->out, ")");
        }
    }
    if (trace->unreachable) {
        clause(bpf);
        bpf->fixed_offsets |= v6;
        ks_out_put(bpf->out,
                   v6 ? "(ip6 and ip6[6] == 58 and ip6[40] == 1 and " : "(icmp and icmp[0] == 3 and ");
        put_sources(bpf, "dst", trace);
        ks_out_put(bpf->out, ")");
    }
}

static void connection_clause(struct bpf *bpf, const struct ks_trace *trace)
{
    if (!trace->opened || trace->connection.proto > KS_UDP)
        return;
    clause(bpf);
    for (int way = 0; way < 2; way++) {
        ks_out_putf(bpf->out, way == 0 ? "(%s and ((" : ") or (",
                    trace->connection.proto == KS_TCP ? "tcp" : "udp");
        put_host(bpf, way == 0 ? "src" : "dst", trace->connection.client);
        ks_out_put(bpf->out, " and ");
        put_host(bpf, way == 0 ? "dst" : "src", trace->connection.server);
        ks_out_putf(bpf->out, " and %s port %u and %s port %u", way == 0 ? "src" : "dst",
                    (unsigned)trace->connection.sport, way == 0 ? "dst" : "src",
                    (unsigned)trace->connection.dport);
    }
    ks_out_put(bpf->out, ")))");
}

/* Attempts at any of the items, whatever the hosts; `packets`: every packet to them. */
static void items_clauses(struct bpf *bpf, const ks_item *items, size_t n, bool packets)
{
    bool tcp = false, udp = false;
    for (size_t i = 0; i < n; i++) {
        tcp |= ks_item_proto(items[i]) == KS_TCP;
        udp |= ks_item_proto(items[i]) == KS_UDP;
    }
    for (int v6 = 0; v6 < 2 && tcp && !packets; v6++) {
        clause(bpf);
        ks_out_put(bpf->out, "(");
        put_tcp(bpf, v6 == 1, KS_SYN | KS_ACK, KS_SYN);
        ks_out_put(bpf->out, " and ");
        put_ports(bpf, "dst", items, n, KS_TCP);
        ks_out_put(bpf->out, ")");
    }
    if (tcp && packets) {
        clause(bpf);
        ks_out_put(bpf->out, "(tcp and ");
        put_ports(bpf, "dst", items, n, KS_TCP);
        ks_out_put(bpf->out, ")");
    }
    if (udp) {
        clause(bpf);
        ks_out_put(bpf->out, "(udp and ");
        put_ports(bpf, "dst", items, n, KS_UDP);
        ks_out_put(bpf->out, ")");
    }
    for (size_t i = 0; i < n; i++)
        if (ks_item_proto(items[i]) >= KS_ICMP) {
            clause(bpf);
            ks_out_put(bpf->out, "(");
            put_icmp(bpf, items[i], false);
            ks_out_put(bpf->out, ")");
        }
}

static struct ks_status evidence_clauses(struct bpf *bpf, struct ks_progress *progress)
{
    struct ks_evidence_list list;
    struct ks_groups groups = {0};
    struct ks_status status = ks_evidence_gather(bpf->selection, progress, &list);
    if (ks_is_ok(status))
        status = ks_groups_make(&list, &groups);
    for (size_t g = 0; ks_is_ok(status) && g < groups.n; g++)
        trace_clauses(bpf, groups.members[groups.start[g]]);
    for (size_t i = 0; ks_is_ok(status) && i < list.n_traces; i++)
        connection_clause(bpf, &list.traces[i]);
    ks_groups_free(&groups);
    ks_evidence_list_free(&list);
    return status;
}

static struct ks_status all_clauses(struct bpf *bpf, const struct ks_export_options *options)
{
    const struct ks_selection *selection = bpf->selection;
    bpf->begun = false;
    if (!options->any_host)
        KS_TRY(evidence_clauses(bpf, options->progress));
    for (size_t k = 0; k < selection->n_knocks && options->any_host; k++)
        items_clauses(bpf, selection->knocks[k].knock->ports, selection->knocks[k].knock->n_ports, false);
    if (selection->n_rules == 0)
        return ks_ok();
    ks_item *items;
    size_t n;
    struct ks_status status = ks_rule_items(selection, &items, &n);
    if (ks_is_ok(status))
        items_clauses(bpf, items, n, selection->items == KS_ITEMS_TCP);
    ks_free(items);
    return status;
}

struct ks_status ks_write_bpf(const struct ks_selection *selection, const struct ks_export_options *options,
                              struct ks_out *out)
{
    struct bpf bpf = {.selection = selection, .out = out};
    if (selection->provenance != NULL)
        ks_provenance_comment(selection->provenance, "# ", out);
    ks_out_put(
        out, "# For tcpdump -F THIS. It knows no times: the same hosts at the same ports match at any time.\n");
    ks_out_put(out, options->vlan ? "(\n" : "");
    KS_TRY(all_clauses(&bpf, options));
    if (!bpf.begun)
        return ks_fail(KS_USAGE, "nothing is selected that a filter could match");
    if (options->vlan) { /* what follows "vlan" is looked for behind the tag, so it has to be said again */
        ks_out_put(out, "\n) or (vlan and (\n");
        KS_TRY(all_clauses(&bpf, options));
        ks_out_put(out, "\n))");
    }
    ks_out_put(out, bpf.fixed_offsets
                        ? "\n# What it says of ip6 looks at fixed offsets and misses packets with extension headers.\n"
                        : "\n");
    return ks_out_status(out);
}
