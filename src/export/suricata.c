/* Suricata rules: a chain of xbits, one rule for each step, and beside it one coarse rule that needs no
 * order. Sources: Suricata user guide, "xbits", "threshold", "TCP flags", "noalert". */
#include <inttypes.h>
#include <stdio.h>

#include "base/memory.h"
#include "export/evidence.h"
#include "export/rows.h"
#include "export/signature.h"
#include "export/writers.h"

static const char attack[] =
    "classtype:trojan-activity; reference:url,attack.mitre.org/techniques/T1205/001/; "
    "metadata:mitre_technique_id T1205.001, mitre_technique_name Port_Knocking;";

/* What a chain is written with. */
struct chain {
    const struct ks_signature *signature;
    struct ks_out *out;
    const char *targets; /* "any", "10.0.0.2" or "[10.0.0.2,10.0.0.3]" */
    const char *track;   /* of xbits */
    uint32_t name;       /* the first rule's number, which makes the names of the bits unique */
    uint32_t *sid;
};

static void targets_text(const struct ks_signature *signature, const struct ks_selection *selection, bool any,
                         struct ks_text *text)
{
    char host[64];
    if (any || signature->n_targets == 0) {
        ks_text_add(text, "any");
        return;
    }
    ks_text_add(text, signature->n_targets > 1 ? "[" : "");
    for (size_t i = 0; i < signature->n_targets; i++)
        ks_text_addf(text, "%s%s", i > 0 ? "," : "",
                     ks_format_address(host, sizeof host, &selection->log->hosts[signature->targets[i]]));
    ks_text_add(text, signature->n_targets > 1 ? "]" : "");
}

/* Header and the options that match one attempt at the item. */
static void match_item(const struct chain *chain, ks_item item, const char *message)
{
    struct ks_out *out = chain->out;
    switch (ks_item_proto(item)) {
    case KS_TCP:
        ks_out_putf(out, "alert tcp any any -> %s %u (%s; flow:stateless; flags:S,12; ", chain->targets,
                    (unsigned)ks_item_number(item), message);
        break;
    case KS_UDP:
        ks_out_putf(out, "alert udp any any -> %s %u (%s; flow:stateless; ", chain->targets,
                    (unsigned)ks_item_number(item), message);
        break;
    case KS_ICMP:
    case KS_ICMP6:
        ks_out_putf(out, "alert %s any any -> %s any (%s; itype:%u; icode:%u; dsize:%u; ",
                    ks_item_proto(item) == KS_ICMP ? "icmp" : "icmpv6", chain->targets, message,
                    (unsigned)ks_item_icmp_type(item), (unsigned)ks_item_icmp_code(item),
                    (unsigned)ks_item_number(item));
        break;
    }
}

static void end_rule(const struct chain *chain, const char *options)
{
    ks_out_putf(chain->out, "%s%ssid:%" PRIu32 "; rev:1;)\n", options, options[0] != '\0' ? " " : "",
                (*chain->sid)++);
}

/* Steps with a port that follows itself are one step: one packet would take both. */
static size_t steps_without_runs(const struct ks_signature *signature, ks_item *steps)
{
    size_t n = 0;
    for (size_t i = 0; i < signature->n_steps; i++)
        if (n == 0 || steps[n - 1] != signature->steps[i])
            steps[n++] = signature->steps[i];
    return n;
}

static void write_steps(const struct chain *chain, const ks_item *steps, size_t n, const char *ports)
{
    char message[160];
    for (size_t i = 0; i < n; i++) {
        bool last = i + 1 == n;
        if (last)
            snprintf(message, sizeof message, "msg:\"knockscope: port knock %.80s\"", ports);
        else
            snprintf(message, sizeof message, "msg:\"knockscope: knock %zu, step %zu of %zu\"",
                     chain->signature->rank, i + 1, n);
        match_item(chain, steps[i], message);
        if (i > 0)
            ks_out_putf(chain->out, "xbits:isset,ks%" PRIu32 ".%zu,track %s; ", chain->name, i, chain->track);
        ks_out_putf(chain->out, "xbits:set,ks%" PRIu32 ".%zu,track %s,expire %" PRIu64 "; ", chain->name,
                    i + 1, chain->track, last ? chain->signature->follow : chain->signature->seconds);
        end_rule(chain, last ? attack : "noalert;");
    }
}

/* The port that a finished knock opens, asked for by the same hosts in the time after it. */
static void write_openings(const struct chain *chain, size_t n)
{
    for (size_t i = 0; i < chain->signature->n_opened; i++) {
        ks_item item = chain->signature->opened[i];
        if (ks_item_proto(item) > KS_UDP)
            continue;
        const char *proto = ks_item_proto(item) == KS_TCP ? "tcp" : "udp";
        const char *flags = ks_item_proto(item) == KS_TCP ? "flags:S,12; " : "";
        unsigned port = ks_item_number(item);
        if (chain->signature->back)
            ks_out_putf(chain->out,
                        "alert %s %s any -> any %u (msg:\"knockscope: connection back after a port knock\"; ",
                        proto, chain->targets, port);
        else
            ks_out_putf(
                chain->out,
                "alert %s any any -> %s %u (msg:\"knockscope: port %u asked for after a port knock\"; ",
                proto, chain->targets, port, port);
        ks_out_putf(chain->out, "flow:stateless; %sxbits:isset,ks%" PRIu32 ".%zu,track %s; ", flags,
                    chain->name, n, chain->track);
        end_rule(chain, attack);
    }
}

/* As many attempts at the knock's ports as it has steps, in any order. */
static void write_coarse(const struct chain *chain, const ks_item *steps, size_t n, enum ks_proto proto)
{
    size_t count = 0, listed = 0;
    for (size_t i = 0; i < n; i++)
        count += ks_item_proto(steps[i]) == proto;
    if (count < 2)
        return;
    ks_out_putf(chain->out, "alert %s any any -> %s [", proto == KS_TCP ? "tcp" : "udp", chain->targets);
    for (size_t i = 0; i < n; i++) {
        bool again = ks_item_proto(steps[i]) != proto;
        for (size_t j = 0; j < i && !again; j++)
            again = steps[j] == steps[i];
        if (!again)
            ks_out_putf(chain->out, "%s%u", listed++ > 0 ? "," : "", (unsigned)ks_item_number(steps[i]));
    }
    ks_out_putf(chain->out,
                "] (msg:\"knockscope: attempts at the ports of knock %zu, in any order\"; flow:stateless; %s"
                "threshold:type both,track %s,count %zu,seconds %" PRIu64 "; ",
                chain->signature->rank, proto == KS_TCP ? "flags:S,12; " : "",
                chain->signature->distributed ? "by_dst" : "by_both", count, chain->signature->seconds);
    end_rule(chain, attack);
}

static struct ks_status suricata_knock(const struct ks_signature *signature,
                                       const struct ks_selection *selection,
                                       const struct ks_export_options *options, void *context,
                                       struct ks_out *out)
{
    struct ks_text targets = {0}, ports = {0};
    uint32_t *sid = context;
    ks_item *steps = ks_alloc(signature->n_steps, sizeof *steps);
    if (steps == NULL)
        return ks_nomem("the rules");
    size_t n = steps_without_runs(signature, steps);
    targets_text(signature, selection, options->any_host, &targets);
    ks_knock_ports_text(&ports, signature->steps, signature->n_steps, " ");
    struct chain chain = {.signature = signature,
                          .out = out,
                          .targets = ks_text_get(&targets),
                          .track = signature->distributed ? "ip_dst" : "ip_pair",
                          .name = *sid,
                          .sid = sid};
    struct ks_status status = targets.failed || ports.failed ? ks_nomem("the rules") : ks_ok();
    if (ks_is_ok(status)) {
        write_steps(&chain, steps, n, ks_text_get(&ports));
        write_openings(&chain, n);
        write_coarse(&chain, steps, n, KS_TCP);
        write_coarse(&chain, steps, n, KS_UDP);
    }
    ks_text_free(&targets);
    ks_text_free(&ports);
    ks_free(steps);
    return status;
}

struct ks_status ks_write_suricata(const struct ks_selection *selection,
                                   const struct ks_export_options *options, struct ks_out *out)
{
    uint32_t sid = options->sid != 0 ? options->sid : 9120501;
    if (selection->provenance != NULL)
        ks_provenance_comment(selection->provenance, "# ", out);
    ks_out_put(out, "# Each step sets a bit that the next one asks for. Suricata does not promise the order "
                    "in which its threads set and\n"
                    "# check bits, so a last rule for each knock counts attempts at its ports in any order. "
                    "A retransmission matches the\n"
                    "# same step again and goes no further.\n");
    return ks_signatures_write(selection, options, true, "Suricata rules", "# ", suricata_knock, &sid, out);
}
