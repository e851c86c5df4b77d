/* A Zeek script: a state machine for each (source, target), which is what a knock daemon does itself.
 * Sources: Zeek's documentation of the events connection_SYN_packet, new_connection, icmp_echo_request,
 * connection_established and of the notice framework. */
#include <inttypes.h>
#include <string.h>

#include "export/evidence.h"
#include "export/signature.h"
#include "export/writers.h"

/* The name of a step as the script's events make it: "999/tcp", "53/udp", "icmp/8/0/56". */
static void put_step(ks_item item, struct ks_out *out)
{
    char label[40];
    if (ks_item_proto(item) <= KS_UDP)
        ks_out_putf(out, "\"%u/%s\"", (unsigned)ks_item_number(item),
                    ks_item_proto(item) == KS_TCP ? "tcp" : "udp");
    else
        ks_out_putf(out, "\"%s\"", ks_item_format(label, sizeof label, item));
}

static void put_steps(const char *begin, const ks_item *items, size_t n, bool distinct, struct ks_out *out)
{
    bool first = true;
    ks_out_put(out, begin);
    for (size_t i = 0; i < n; i++) {
        bool again = false;
        for (size_t j = 0; j < i && distinct && !again; j++)
            again = items[j] == items[i];
        if (again)
            continue;
        ks_out_put(out, first ? "" : ", ");
        put_step(items[i], out);
        first = false;
    }
    ks_out_put(out, ")");
}

/* Zeek raises an event with the payload for echo requests only. */
static bool beyond_echo(const struct ks_signature *signature)
{
    for (size_t i = 0; i < signature->n_steps; i++)
        if (ks_item_proto(signature->steps[i]) >= KS_ICMP && ks_item_icmp_type(signature->steps[i]) != 8 &&
            ks_item_icmp_type(signature->steps[i]) != 128)
            return true;
    return false;
}

static struct ks_status zeek_knock(const struct ks_signature *signature, const struct ks_selection *selection,
                                   const struct ks_export_options *options, void *context, struct ks_out *out)
{
    char host[64];
    (void)context;
    if (beyond_echo(signature))
        ks_out_put(out, "# Zeek has no event for ICMP requests other than echo: it will not see all steps of this one.\n");
    ks_out_putf(out, "redef KnockScope::sequences += {\n\t[\"knock %zu\"] = [", signature->rank);
    put_steps("$steps=vector(", signature->steps, signature->n_steps, false, out);
    put_steps(",\n\t\t$doors=set(", signature->steps, signature->n_steps, true, out);
    ks_out_put(out, ",\n\t\t$targets=set(");
    for (size_t i = 0; i < signature->n_targets && !options->any_host; i++) {
        const struct ks_address *address = &selection->log->hosts[signature->targets[i]];
        ks_out_putf(out, address->version == 6 ? "%s[%s]" : "%s%s", i > 0 ? ", " : "",
                    ks_format_address(host, sizeof host, address));
    }
    put_steps("),\n\t\t$opens=set(", signature->opened, signature->n_opened, true, out);
    ks_out_putf(out, ",\n\t\t$span=%" PRIu64 "sec, $follow=%" PRIu64 "sec, $distributed=%s]\n};\n",
                signature->seconds, signature->follow, signature->distributed ? "T" : "F");
    return ks_ok();
}

static const char machine[] =
    "@load base/frameworks/notice\n"
    "\n"
    "module KnockScope;\n"
    "\n"
    "export {\n"
    "\tredef enum Notice::Type += {\n"
    "\t\t## A source has tried all ports of a sequence in order.\n"
    "\t\tPort_Knock,\n"
    "\t\t## After a knock, a connection between the same hosts was established on a port that it opens.\n"
    "\t\tPort_Knock_Followed,\n"
    "\t};\n"
    "\n"
    "\ttype Sequence: record {\n"
    "\t\tsteps: vector of string;   # in order: \"999/tcp\", \"53/udp\", \"icmp/8/0/56\"\n"
    "\t\tdoors: set[string];        # the same, each once\n"
    "\t\ttargets: set[addr];        # empty: any\n"
    "\t\topens: set[string];        # ports that it opens; empty: unknown\n"
    "\t\tspan: interval;            # allowed from the first step to the last\n"
    "\t\tfollow: interval;          # how long after it an opening counts\n"
    "\t\tdistributed: bool;         # steps of different sources count together\n"
    "\t};\n"
    "\n"
    "\tconst sequences: table[string] of Sequence = {} &redef;\n"
    "}\n"
    "\n"
    "type State: record {\n"
    "\tstep: count;      # steps done\n"
    "\tstarted: time;\n"
    "\tuid: string;      # the connection of the last step: a retransmission is no step\n"
    "};\n"
    "\n"
    "global states: table[string, addr, addr] of State &write_expire=1day;\n"
    "global knocked: table[string, addr, addr] of time &write_expire=1day;\n"
    "\n"
    "function attempt(key: string, src: addr, dst: addr, uid: string)\n"
    "\t{\n"
    "\tfor ( name in sequences )\n"
    "\t\t{\n"
    "\t\tlocal s = sequences[name];\n"
    "\n"
    "\t\tif ( key !in s$doors || (|s$targets| > 0 && dst !in s$targets) )\n"
    "\t\t\tnext;\n"
    "\n"
    "\t\tlocal who = s$distributed ? 0.0.0.0 : src;\n"
    "\t\tlocal done = 0;\n"
    "\t\tlocal started = network_time();\n"
    "\n"
    "\t\tif ( [name, who, dst] in states )\n"
    "\t\t\t{\n"
    "\t\t\tlocal before = states[name, who, dst];\n"
    "\n"
    "\t\t\tif ( before$uid == uid )\n"
    "\t\t\t\tnext;\n"
    "\n"
    "\t\t\tif ( network_time() - before$started <= s$span )\n"
    "\t\t\t\t{\n"
    "\t\t\t\tdone = before$step;\n"
    "\t\t\t\tstarted = before$started;\n"
    "\t\t\t\t}\n"
    "\t\t\t}\n"
    "\n"
    "\t\tif ( done > 0 && key != s$steps[done] )\n"
    "\t\t\t{\n"
    "\t\t\t# Some clients try a port again when it is refused; any other door begins anew.\n"
    "\t\t\tif ( key == s$steps[done - 1] )\n"
    "\t\t\t\tnext;\n"
    "\n"
    "\t\t\tdone = 0;\n"
    "\t\t\tstarted = network_time();\n"
    "\t\t\t}\n"
    "\n"
    "\t\tif ( key != s$steps[done] )\n"
    "\t\t\t{\n"
    "\t\t\tdelete states[name, who, dst];\n"
    "\t\t\tnext;\n"
    "\t\t\t}\n"
    "\n"
    "\t\tif ( done + 1 < |s$steps| )\n"
    "\t\t\t{\n"
    "\t\t\tstates[name, who, dst] = State($step=done + 1, $started=started, $uid=uid);\n"
    "\t\t\tnext;\n"
    "\t\t\t}\n"
    "\n"
    "\t\tdelete states[name, who, dst];\n"
    "\t\tknocked[name, src, dst] = network_time();\n"
    "\t\tNOTICE([$note=Port_Knock, $src=src, $dst=dst, $identifier=cat(name, src, dst),\n"
    "\t\t\t$msg=fmt(\"port knock (%s) by %s at %s\", name, src, dst)]);\n"
    "\t\t}\n"
    "\t}\n"
    "\n"
    "event connection_SYN_packet(c: connection, pkt: SYN_packet)\n"
    "\t{\n"
    "\tif ( pkt$is_orig )\n"
    "\t\tattempt(fmt(\"%s\", c$id$resp_p), c$id$orig_h, c$id$resp_h, c$uid);\n"
    "\t}\n"
    "\n"
    "event new_connection(c: connection)\n"
    "\t{\n"
    "\tif ( get_port_transport_proto(c$id$resp_p) == udp )\n"
    "\t\tattempt(fmt(\"%s\", c$id$resp_p), c$id$orig_h, c$id$resp_h, c$uid);\n"
    "\t}\n"
    "\n"
    "event connection_established(c: connection)\n"
    "\t{\n"
    "\tlocal key = fmt(\"%s\", c$id$resp_p);\n"
    "\n"
    "\tfor ( name in sequences )\n"
    "\t\t{\n"
    "\t\tlocal s = sequences[name];\n"
    "\n"
    "\t\tif ( key !in s$opens )\n"
    "\t\t\tnext;\n"
    "\n"
    "\t\tlocal there = [name, c$id$orig_h, c$id$resp_h] in knocked &&\n"
    "\t\t\tnetwork_time() - knocked[name, c$id$orig_h, c$id$resp_h] <= s$follow;\n"
    "\t\tlocal back = [name, c$id$resp_h, c$id$orig_h] in knocked &&\n"
    "\t\t\tnetwork_time() - knocked[name, c$id$resp_h, c$id$orig_h] <= s$follow;\n"
    "\n"
    "\t\tif ( there || back )\n"
    "\t\t\tNOTICE([$note=Port_Knock_Followed, $conn=c, $identifier=cat(name, c$id$orig_h, c$id$resp_h),\n"
    "\t\t\t\t$msg=fmt(\"connection to %s after a port knock (%s)\", c$id$resp_p, name)]);\n"
    "\t\t}\n"
    "\t}\n";

static const char pings[] =
    "\n"
    "event icmp_echo_request(c: connection, info: icmp_info, id: count, seq: count, payload: string)\n"
    "\t{\n"
    "\tattempt(fmt(\"%s/%d/%d/%d\", info$v6 ? \"icmp6\" : \"icmp\", info$itype, info$icode, |payload|),\n"
    "\t\tc$id$orig_h, c$id$resp_h, cat(c$uid, seq));\n"
    "\t}\n";

static bool any_ping(const struct ks_selection *selection)
{
    for (size_t k = 0; k < selection->n_knocks; k++)
        for (size_t i = 0; i < selection->knocks[k].knock->n_ports; i++)
            if (ks_item_proto(selection->knocks[k].knock->ports[i]) >= KS_ICMP)
                return true;
    return false;
}

struct ks_status ks_write_zeek(const struct ks_selection *selection, const struct ks_export_options *options,
                               struct ks_out *out)
{
    if (selection->provenance != NULL)
        ks_provenance_comment(selection->provenance, "# ", out);
    ks_out_put(out, machine);
    if (any_ping(selection))
        ks_out_put(out, pings);
    return ks_signatures_write(selection, options, true, "a Zeek script", "# ", zeek_knock, NULL, out);
}
