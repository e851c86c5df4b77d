/* A report for a ticket: what was found, the evidence of each activation, what it is called in MITRE ATT&CK,
 * what to look at on the host, where it comes from. Sources: ATT&CK T1205.001 and its detection strategy
 * DET0302. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "export/markdown.h"
#include "export/number.h"
#include "export/rows.h"
#include "export/signature.h"
#include "export/writers.h"

static void ports(struct ks_out *out, const ks_item *items, size_t n, const char *separator)
{
    struct ks_text text = {0};
    ks_knock_ports_text(&text, items, n, separator);
    if (text.failed)
        ks_out_fail(out, ks_nomem("the report"));
    ks_out_put(out, ks_text_get(&text));
    ks_text_free(&text);
}

static void address(struct ks_out *out, const struct ks_log *log, uint32_t host)
{
    char text[64];
    ks_out_putf(out, "`%s`", ks_format_address(text, sizeof text, &log->hosts[host]));
}

/* Distinct hosts of all activations, at most a dozen by name. */
static void hosts(struct ks_out *out, const struct ks_log *log, const struct ks_knock *knock, bool sources)
{
    uint32_t shown[12];
    size_t n = 0;
    bool more = false;
    for (size_t a = 0; a < knock->n_activations; a++) {
        const struct ks_activation *activation = &knock->activations[a];
        for (size_t e = 0; e < (sources ? activation->n_events : 1); e++) {
            uint32_t host = sources ? log->source[activation->events[e]] : activation->target;
            bool known = false;
            for (size_t i = 0; i < n; i++)
                known |= shown[i] == host;
            if (known)
                continue;
            if (n == sizeof shown / sizeof *shown) {
                more = true;
                break;
            }
            ks_out_put(out, n > 0 ? ", " : "");
            address(out, log, host);
            shown[n++] = host;
        }
    }
    if (more)
        ks_out_put(out, " and more");
}

static void when(struct ks_out *out, const struct ks_knock *knock)
{
    char a[64], b[64];
    if (knock->n_activations == 0)
        return;
    ks_format_time(a, sizeof a, knock->activations[0].time, 0);
    ks_format_time(b, sizeof b, knock->activations[knock->n_activations - 1].time, 0);
    if (knock->n_activations == 1)
        ks_out_putf(out, " in this order, once, at %s UTC.", a);
    else
        ks_out_putf(out, " in this order, %zu times between %s and %s UTC.", knock->n_activations, a, b);
}

/* What came after the activations: a port that opened, a connection back, or nothing that was seen. */
static void followed(struct ks_out *out, const struct ks_knock *knock)
{
    size_t opened = 0, back = 0;
    for (size_t a = 0; a < knock->n_activations; a++)
        if (knock->activations[a].opened)
            ++*(knock->activations[a].opening.back ? &back : &opened);
    if (opened == 0 && back == 0) {
        ks_out_put(out, " No opening was seen after it.");
        return;
    }
    ks_out_put(out, " **After");
    if (opened > 0)
        ks_out_putf(out, " %zu of %zu a port opened", opened, knock->n_activations);
    if (back > 0)
        ks_out_putf(out, "%s %zu of %zu the target connected back", opened > 0 ? ", after" : "", back,
                    knock->n_activations);
    ks_out_put(out, ": ");
    ports(out, knock->opened, knock->n_opened, ", ");
    ks_out_put(out, ".**");
}

static void finding(struct ks_out *out, const struct ks_log *log, const struct ks_picked *picked)
{
    const struct ks_knock *knock = picked->knock;
    const struct ks_evidence *e = &knock->evidence;
    char a[64];
    ks_out_putf(out, "\n## Finding: knock %zu, ", picked->rank);
    ports(out, knock->ports, knock->n_ports, ", ");
    ks_out_put(out, "\n\n");
    if (knock->set_aside != NULL) {
        ks_out_put(out, "**Set aside by the program:** ");
        ks_markdown_text(out, knock->set_aside);
        ks_out_put(out, "\n\n");
    }
    hosts(out, log, knock, true);
    ks_out_putf(out, " tried %s%zu ports of ",
                knock->one_time ? "another sequence each time, first these " : "these ", knock->n_ports);
    hosts(out, log, knock, false);
    when(out, knock);
    ks_out_putf(out, " %" PRIu32 " of %" PRIu32 " attempts met a closed port.", e->closed, e->attempts);
    followed(out, knock);
    ks_out_put(out, "\n\n| evidence | value |\n| --- | --- |\n");
    ks_out_putf(out, "| activations in the same order | %" PRIu32 " of %" PRIu32 " |\n", e->in_order,
                e->activations);
    ks_out_putf(out, "| median time from first to last attempt | %s |\n",
                ks_format_span(a, sizeof a, e->span_median));
    ks_out_putf(out, "| longest pause inside an activation | %s |\n",
                ks_format_span(a, sizeof a, e->gap_max));
    ks_out_putf(out, "| sources, targets | %" PRIu32 ", %" PRIu32 "%s |\n", e->sources, e->targets,
                e->spoofed ? " (sources vary within an activation)" : "");
    ks_out_putf(out, "| share of the sources' attempts that belong to the knock | %.0f %% |\n",
                100 * e->focus);
    ks_out_putf(out, "| ports that are registered services | %" PRIu32 " of %zu |\n", e->registered,
                knock->n_ports);
    ks_out_putf(out, "| p-value | %s |\n", ks_format_ln_p(a, sizeof a, knock->ln_p));
    ks_out_putf(out, "| false discovery rate q | %s |\n", ks_format_ln_p(a, sizeof a, knock->ln_q));
    if (knock->why != NULL) {
        ks_out_put(out, "| why it stands here | ");
        ks_markdown_text(out, knock->why);
        ks_out_put(out, " |\n");
    }
}

static void activations(struct ks_out *out, const struct ks_log *log, const struct ks_knock *knock)
{
    char text[64];
    ks_out_put(
        out,
        "\n### Activations\n\n| # | time (UTC) | source | target | attempts (packet) | outcomes | then |\n"
        "| ---: | --- | --- | --- | --- | --- | --- |\n");
    for (size_t a = 0; a < knock->n_activations && !ks_out_stopped(out); a++) {
        const struct ks_activation *activation = &knock->activations[a];
        ks_out_putf(out, "| %zu | %s | ", a + 1, ks_format_time(text, sizeof text, activation->time, 6));
        address(out, log, activation->source);
        if (activation->n_sources > 1)
            ks_out_putf(out, " and %" PRIu32 " more", activation->n_sources - 1);
        ks_out_put(out, " | ");
        address(out, log, activation->target);
        ks_out_put(out, " | ");
        for (size_t e = 0; e < activation->n_events; e++) {
            uint32_t event = activation->events[e];
            ks_out_putf(out, "%s%s (%" PRIu32 ")", e > 0 ? ", " : "",
                        ks_item_format(text, sizeof text, ks_event_item(log, event)), log->packet[event]);
        }
        ks_out_put(out, " | ");
        for (size_t e = 0; e < activation->n_events; e++)
            ks_out_putf(out, "%s%s", e > 0 ? ", " : "",
                        ks_outcome_name(ks_log_outcome(log, activation->events[e])));
        ks_out_put(out, " | ");
        if (activation->opened) {
            const struct ks_opening *opening = &activation->opening;
            ks_out_putf(out, "%s %s ", opening->back ? "connected back to" : "opened",
                        ks_item_format(text, sizeof text, opening->item));
            ks_out_putf(out, "after %s (packet %" PRIu32 ", %" PRIu32 " packets",
                        ks_format_span(text, sizeof text, opening->after), log->packet[opening->event],
                        opening->packets);
            ks_out_putf(out, " in %s)", ks_format_span(text, sizeof text, opening->lasted));
        } else {
            ks_out_put(out, "nothing seen");
        }
        ks_out_put(out, activation->exact ? " |\n" : "; not the exact sequence |\n");
    }
}

static struct ks_status attack(struct ks_out *out, const struct ks_log *log, const struct ks_picked *picked)
{
    struct ks_signature signature;
    char text[64];
    KS_TRY(ks_signature_make(log, picked, &signature));
    ks_out_put(out,
               "\n### MITRE ATT&CK\n\nTechnique [T1205.001](https://attack.mitre.org/techniques/T1205/001/) "
               "Traffic Signaling: Port Knocking "
               "(defense evasion, persistence, command and control). Parameters for its detection strategy "
               "[DET0302](https://attack.mitre.org/detectionstrategies/DET0302/), as seen here:\n\n"
               "| parameter | value |\n| --- | --- |\n");
    ks_out_putf(out, "| MinSequenceLen | %zu (", signature.n_steps);
    ports(out, signature.steps, signature.n_steps, ", ");
    ks_out_put(out, ") |\n");
    /* From the first attempt to the use of what opened. */
    ks_out_putf(out, "| TimeWindow | %" PRIu64 " s (the longest sequence took %s) |\n",
                signature.n_opened > 0 ? signature.seconds + signature.follow : signature.seconds,
                ks_format_span(text, sizeof text, signature.longest));
    ks_out_putf(out, "| KnockTolerance (longest pause) | %s |\n",
                ks_format_span(text, sizeof text, picked->knock->evidence.gap_max));
    static const char *const opened[] = {"WatchedPorts", "ServicePort"};
    for (size_t i = 0; i < 2; i++) {
        ks_out_putf(out, "| %s (opened) | ", opened[i]);
        if (signature.n_opened > 0)
            ports(out, signature.opened, signature.n_opened, ", ");
        else
            ks_out_put(out, "not seen");
        ks_out_put(out, " |\n");
    }
    ks_signature_free(&signature);
    return ks_ok();
}

static void next_steps(struct ks_out *out, const struct ks_log *log, const struct ks_knock *knock)
{
    ks_out_put(out, "\n### What to check next\n\nA capture shows that ports were tried and what answered. "
                    "Whether something listened is on the host "
                    "that was knocked on (");
    hosts(out, log, knock, false);
    ks_out_put(out, "):\n\n");
    if (knock->n_opened > 0) {
        ks_out_put(out, "- [ ] Which process owns or owned port ");
        ports(out, knock->opened, knock->n_opened, ", ");
        ks_out_put(out, ": `ss -lntup`, the process table, its binary's hash and start time; deleted "
                        "binaries in `/proc/*/exe`.\n");
    }
    ks_out_put(out, "- [ ] Listeners without a port: raw and packet sockets (`ss -0 -w -p`, "
                    "`/proc/net/packet`, `/proc/net/raw`) and attached BPF "
                    "programs (`bpftool prog`).\n"
                    "- [ ] A knock daemon that is meant to be there (`knockd`, `fwknopd`, rules with "
                    "`recent` or sets): ask its owner; then put the "
                    "knock on the allow list.\n"
                    "- [ ] Changes of the firewall at the times above: `iptables-save`, `nft list ruleset`, "
                    "Windows events 2004 to 2006, "
                    "audit records of these commands.\n"
                    "- [ ] New persistence on the host from before the first activation: services, cron and "
                    "timers, loaded kernel modules, "
                    "preloaded libraries.\n"
                    "- [ ] Log-ins and commands on the host in the minutes after each activation.\n"
                    "- [ ] The same sequence elsewhere: export it as a Wireshark, tcpdump, Suricata or Zeek "
                    "filter without the hosts, and run "
                    "it over other captures and sensors.\n");
    ks_out_put(out, "- [ ] The knocking side (");
    hosts(out, log, knock, true);
    ks_out_put(out,
               "): whose it is, what else it did; its address may be spoofed where nothing was opened.\n");
}

static void put_side(struct ks_out *out, const ks_item *items, unsigned n)
{
    ports(out, items, n, ", ");
    ks_out_put(out, " | ");
}

static void rules(const struct ks_selection *selection, struct ks_out *out)
{
    char text[64];
    struct ks_rule_row row;
    ks_out_putf(out, "\n## Rules\n\n%s rules pass in %" PRIu32 " windows",
                ks_count_format(text, sizeof text, selection->total_rules, true), selection->windows);
    ks_out_putf(out, "; the first %s:\n\n", ks_format_count(text, sizeof text, selection->n_rules));
    ks_out_put(out, "| if | then | n(XY) | n(X) | n(Y) | confidence | CPIR | interest | correlation | q |\n"
                    "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    for (uint64_t i = 0; i < selection->n_rules && !ks_out_stopped(out); i++) {
        if (!ks_selection_rule(selection, i, &row, out))
            break;
        ks_out_put(out, "| ");
        put_side(out, row.items, row.n_if);
        put_side(out, row.items + row.n_if, row.n_then);
        ks_out_putf(out, "%" PRIu32 " | %" PRIu32 " | %" PRIu32 " | %.4f | %.4f | %.5f | %.4g | %s |\n",
                    row.counts.xy, row.counts.x, row.counts.y, ks_confidence(row.counts), ks_cpir(row.counts),
                    ks_interest(row.counts), ks_correlation(row.counts),
                    ks_format_ln_p(text, sizeof text, row.ln_q));
    }
}

struct ks_status ks_write_markdown(const struct ks_selection *selection,
                                   const struct ks_export_options *options, struct ks_out *out)
{
    (void)options;
    ks_out_putf(out, "# Port knocking: %zu finding%s\n", selection->n_knocks,
                selection->n_knocks == 1 ? "" : "s");
    for (size_t i = 0; i < selection->n_knocks && !ks_out_stopped(out); i++) {
        const struct ks_picked *picked = &selection->knocks[i];
        finding(out, selection->log, picked);
        activations(out, selection->log, picked->knock);
        KS_TRY(attack(out, selection->log, picked));
        next_steps(out, selection->log, picked->knock);
    }
    if (selection->rule_at != NULL)
        rules(selection, out);
    ks_out_put(out, "\n## Limits\n\nThis finds sequences of ports that recur, and single ones that are "
                    "followed by an opening. It cannot see "
                    "single-packet authorisation, signals hidden in header fields or sequence numbers, or "
                    "what the capture does not hold.\n");
    if (selection->provenance != NULL)
        ks_provenance_markdown(selection->provenance, out);
    return ks_out_status(out);
}
