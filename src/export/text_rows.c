/* Rules and knocks for people to read. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "export/evidence.h"
#include "export/number.h"
#include "export/rows.h"

/* Puts a list of items; widths are filled with spaces. */
static void put_items(struct ks_out *out, const ks_item *items, size_t n, const char *separator, size_t width)
{
    struct ks_text text = {0};
    ks_knock_ports_text(&text, items, n, separator);
    if (text.failed)
        ks_out_fail(out, ks_nomem("a list of ports"));
    ks_out_put(out, ks_text_get(&text));
    for (size_t used = text.n; used < width; used++)
        ks_out_putn(out, " ", 1);
    ks_text_free(&text);
}

static void rules_text(const struct ks_selection *selection, struct ks_out *out)
{
    char total[64], ln_p[32], ln_q[32];
    ks_out_putf(out, "%s rules in %" PRIu32 " windows",
                ks_count_format(total, sizeof total, selection->total_rules, true), selection->windows);
    if (ks_count_compare(selection->total_rules, ks_count_of(selection->n_rules)) > 0)
        ks_out_putf(out, ", the first %s of them", ks_format_count(total, sizeof total, selection->n_rules));
    ks_out_put(out,
               "\n\nif             then           n(XY)   n(X)   n(Y)  support     conf     CPIR interest   "
               "correlation  p        q\n");
    struct ks_rule_row row;
    for (uint64_t i = 0; i < selection->n_rules && !ks_out_stopped(out); i++) {
        if (!ks_selection_rule(selection, i, &row, out))
            break;
        put_items(out, row.items, row.n_if, ",", 14);
        ks_out_put(out, " ");
        put_items(out, row.items + row.n_if, row.n_then, ",", 13);
        ks_out_putf(out, " %6" PRIu32 " %6" PRIu32 " %6" PRIu32 " %8.6f %8.6f %8.5f %8.6f %13.6g  %-8s %s\n",
                    row.counts.xy, row.counts.x, row.counts.y, ks_support(row.counts),
                    ks_confidence(row.counts), ks_cpir(row.counts), ks_interest(row.counts),
                    ks_correlation(row.counts), ks_format_ln_p(ln_p, sizeof ln_p, row.ln_p),
                    ks_format_ln_p(ln_q, sizeof ln_q, row.ln_q));
    }
}

/* "5 x refused" or "refused, refused, open". */
static void put_outcomes(struct ks_out *out, const struct ks_log *log, const struct ks_activation *activation)
{
    bool same = true;
    for (size_t i = 1; i < activation->n_events; i++)
        same &= ks_log_outcome(log, activation->events[i]) == ks_log_outcome(log, activation->events[0]);
    if (same && activation->n_events > 0) {
        const char *name = ks_outcome_name(ks_log_outcome(log, activation->events[0]));
        ks_out_putf(out, activation->n_events > 1 ? "all %s" : "%s", name);
        return;
    }
    for (size_t i = 0; i < activation->n_events; i++)
        ks_out_putf(out, "%s%s", i > 0 ? ", " : "",
                    ks_outcome_name(ks_log_outcome(log, activation->events[i])));
}

static void activation_text(struct ks_out *out, const struct ks_log *log,
                            const struct ks_activation *activation)
{
    char time[48], source[64], target[64], span[48], label[32];
    ks_out_putf(out, "    %s UTC  %s -> %s", ks_format_time(time, sizeof time, activation->time, 6),
                ks_format_address(source, sizeof source, &log->hosts[activation->source]),
                ks_format_address(target, sizeof target, &log->hosts[activation->target]));
    if (activation->n_sources > 1)
        ks_out_putf(out, " (%" PRIu32 " sources)", activation->n_sources);
    ks_out_put(out, "\n      ");
    for (size_t i = 0; i < activation->n_events; i++) {
        uint32_t event = activation->events[i];
        if (i > 0)
            ks_out_putf(
                out, " +%s ",
                ks_format_span(span, sizeof span, log->time[event] - log->time[activation->events[i - 1]]));
        ks_out_put(out, ks_item_format(label, sizeof label, ks_event_item(log, event)));
    }
    ks_out_put(out, "  ");
    put_outcomes(out, log, activation);
    ks_out_put(out, "; packets");
    for (size_t i = 0; i < activation->n_events; i++)
        ks_out_putf(out, " %" PRIu32, log->packet[activation->events[i]]);
    if (!activation->exact)
        ks_out_putf(out, "; not exact, %" PRIu32 " missing", activation->missing);
    ks_out_put(out, "\n");
    if (activation->opened)
        ks_out_putf(out, "      opened %s%s after %s, %" PRIu32 " packets\n",
                    ks_item_format(label, sizeof label, activation->opening.item),
                    activation->opening.back ? " back" : "",
                    ks_format_span(span, sizeof span, activation->opening.after),
                    activation->opening.packets);
}

/* Foreign text in lines of at most WIDTH columns, broken behind a semicolon or at a blank, each behind as many blanks. */
static void put_wrapped(struct ks_out *out, const char *lead, const char *text)
{
    enum { WIDTH = 110, INDENT = 5 };
    char part[512];
    size_t used = INDENT + strlen(lead);
    ks_out_putf(out, "%*s%s", INDENT, "", lead);
    while (text[0] != '\0') {
        size_t room = used < WIDTH ? WIDTH - used : 1, n = strlen(text), skip = 0;
        if (n > room) {
            for (n = room; n > room / 2 && !(text[n] == ' ' && text[n - 1] == ';');)
                n--;
            for (n = n > room / 2 ? n : room; n > 0 && text[n] != ' ';)
                n--;
            if (n == 0) /* one word longer than a line */
                n = strcspn(text, " ");
            skip = text[n] == ' ';
        }
        for (size_t at = 0; at < n; at += sizeof part - 1) {
            snprintf(part, sizeof part, "%.*s", (int)(n - at), text + at);
            ks_out_put_foreign(out, part);
        }
        text += n + skip;
        used = INDENT;
        if (text[0] != '\0')
            ks_out_putf(out, "\n%*s", INDENT, "");
    }
    ks_out_put(out, "\n");
}

/* "10.0.0.9 -> 10.0.0.1" of the first activation, and how many others there are. */
static void hosts_text(struct ks_out *out, const struct ks_log *log, const struct ks_knock *knock)
{
    const struct ks_activation *a = &knock->activations[0];
    char source[64], target[64];
    ks_out_putf(out, "%s", ks_format_address(source, sizeof source, &log->hosts[a->source]));
    if (knock->evidence.sources > 1)
        ks_out_putf(out, " and %" PRIu32 " more", knock->evidence.sources - 1);
    ks_out_putf(out, " -> %s", ks_format_address(target, sizeof target, &log->hosts[a->target]));
    if (knock->evidence.targets > 1)
        ks_out_putf(out, " and %" PRIu32 " more", knock->evidence.targets - 1);
}

/* The sequence, what it opens, how it was found and how often. */
static void head_text(struct ks_out *out, const struct ks_selection *selection, const struct ks_picked *picked, size_t most)
{
    const struct ks_knock *knock = picked->knock;
    size_t n = knock->n_ports > most + 1 ? most : knock->n_ports;
    ks_out_putf(out, "%3zu  ", picked->rank);
    put_items(out, knock->ports, n, " ", 0);
    if (n < knock->n_ports)
        ks_out_putf(out, " ... (%zu ports)", knock->n_ports);
    if (knock->n_opened > 0) {
        ks_out_put(out, "  opens ");
        put_items(out, knock->opened, knock->n_opened, " ", 0);
    }
    ks_out_putf(out, "  (%s%s, %" PRIu32 " activation%s", knock->kind == KS_KNOCK_ONE_SHOT ? "one-shot" : "recurring",
                knock->one_time ? ", another sequence each time" : "", knock->evidence.activations,
                knock->evidence.activations == 1 ? "" : "s");
    if (selection->compared != NULL && picked->before == 0)
        ks_out_put(out, ", new");
    else if (selection->compared != NULL)
        ks_out_putf(out, ", %zu in the baseline", picked->before);
    ks_out_put(out, ")");
}

static void knock_text(struct ks_out *out, const struct ks_selection *selection, const struct ks_picked *picked)
{
    const struct ks_knock *knock = picked->knock;
    struct ks_text why = {0};
    char q[64];
    ks_out_put(out, "\n");
    head_text(out, selection, picked, SIZE_MAX - 1);
    ks_out_put(out, "\n");
    if (knock->set_aside != NULL)
        put_wrapped(out, "set aside: ", knock->set_aside);
    ks_text_addf(&why, "%s; q %s", knock->why, ks_format_ln_p(q, sizeof q, knock->ln_q));
    if (why.failed)
        ks_out_fail(out, ks_nomem("a reason"));
    put_wrapped(out, "", ks_text_get(&why));
    ks_text_free(&why);
    for (size_t i = 0; i < knock->n_activations && !ks_out_stopped(out); i++)
        activation_text(out, selection->log, &knock->activations[i]);
}

/* Whether both reasons have the same name, which is what stands before the colon. */
static bool same_reason(const char *a, const char *b)
{
    size_t n = a != NULL ? strcspn(a, ":") : 0;
    return a != NULL && b != NULL && strcspn(b, ":") == n && strncmp(a, b, n) == 0;
}

/* What is set aside for one reason, from the first of them on, without activations. */
static void reason_text(struct ks_out *out, const struct ks_selection *selection, size_t first)
{
    enum { PORTS = 10 };
    const char *reason = selection->knocks[first].knock->set_aside;
    const char *detail = reason + strcspn(reason, ":");
    char name[256], time[48];
    size_t n = 0;
    bool uniform = true; /* then it is said once, at the top */
    for (size_t k = first; k < selection->n_knocks; k++)
        if (same_reason(reason, selection->knocks[k].knock->set_aside)) {
            uniform = uniform && strcmp(reason, selection->knocks[k].knock->set_aside) == 0;
            n++;
        }
    snprintf(name, sizeof name, "%.*s", (int)(detail - reason), reason);
    ks_out_put(out, "\nset aside as ");
    ks_out_put_foreign(out, name);
    ks_out_putf(out, " (%zu)\n", n);
    if (uniform && detail[0] != '\0')
        put_wrapped(out, "", detail + strspn(detail, ": "));
    for (size_t k = first; k < selection->n_knocks && !ks_out_stopped(out); k++) {
        const struct ks_knock *knock = selection->knocks[k].knock;
        if (!same_reason(reason, knock->set_aside))
            continue;
        head_text(out, selection, &selection->knocks[k], PORTS);
        ks_out_putf(out, "  %s UTC  ", ks_format_time(time, sizeof time, knock->activations[0].time, 0));
        hosts_text(out, selection->log, knock);
        ks_out_put(out, "\n");
        detail = knock->set_aside + strcspn(knock->set_aside, ":");
        if (!uniform && detail[0] != '\0')
            put_wrapped(out, "", detail + strspn(detail, ": "));
    }
}

static void aside_text(struct ks_out *out, const struct ks_selection *selection)
{
    for (size_t i = 0; i < selection->n_knocks && !ks_out_stopped(out); i++) {
        const char *reason = selection->knocks[i].knock->set_aside;
        bool told = reason == NULL;
        for (size_t k = 0; k < i && !told; k++)
            told = same_reason(reason, selection->knocks[k].knock->set_aside);
        if (!told)
            reason_text(out, selection, i);
    }
}

static void scans_text(struct ks_out *out, const struct ks_log *log, const struct ks_knocks *found)
{
    enum { SCANS = 10 };
    char time[48], a[64], b[64], n[32];
    if (found->all_scans == 0)
        return;
    ks_out_putf(out, "\nprobes of port scanners, taken out before (%s)\n", ks_format_count(n, sizeof n, found->all_probes));
    for (size_t i = 0; i < found->n_scans && i < SCANS; i++) {
        const struct ks_scan *scan = &found->scans[i];
        ks_out_putf(out, "     %s UTC  %s -> %s  ", ks_format_time(time, sizeof time, scan->first, 0),
                    ks_format_address(a, sizeof a, &log->hosts[scan->source]), ks_format_address(b, sizeof b, &log->hosts[scan->target]));
        ks_out_putf(out, "%s probes", ks_format_count(n, sizeof n, scan->probes));
        ks_out_putf(out, " at %" PRIu32 " ports in %s\n", scan->ports, ks_format_span(time, sizeof time, scan->last - scan->first));
    }
    if (found->all_scans > SCANS)
        ks_out_putf(out, "     and %s more\n", ks_format_count(n, sizeof n, found->all_scans - SCANS));
}

static void baseline_text(struct ks_out *out, const struct ks_compared_knocks *c)
{
    char n[32];
    ks_out_put(out, "against the baseline ");
    for (size_t i = 0; i < c->capture->n_files; i++) {
        ks_out_put(out, i > 0 ? ", " : "");
        ks_out_put_foreign(out, c->capture->files[i].name);
    }
    ks_out_putf(out, " (%s packets%s): %zu new, %zu gone\n", ks_format_count(n, sizeof n, c->capture->packets),
                c->capture->partial ? ", READ ONLY IN PART" : "", c->n_new, c->n_gone);
}

static void gone_text(struct ks_out *out, const struct ks_compared_knocks *c)
{
    for (size_t i = 0; i < c->n_gone; i++) {
        const struct ks_knock *k = c->gone[i];
        ks_out_put(out, i == 0 ? "\ngone, in the baseline only:\n  " : "  ");
        put_items(out, k->ports, k->n_ports, " ", 0);
        ks_out_putf(out, "  (%zu activation%s)\n", k->n_activations, k->n_activations == 1 ? "" : "s");
    }
}

/* "1 knock, 100 of 432 candidates set aside with the reason", where not all are listed. */
static void summary_text(struct ks_out *out, const struct ks_selection *selection)
{
    const struct ks_knocks *found = selection->found;
    size_t aside = 0;
    for (size_t k = 0; k < selection->n_knocks; k++)
        aside += selection->knocks[k].knock->set_aside != NULL;
    size_t standing = selection->n_knocks - aside, all = found != NULL ? found->standing : standing;
    size_t all_aside = found != NULL ? found->n - found->standing : aside;
    ks_out_put(out, selection->rule_at != NULL ? "\n" : "");
    if (standing < all)
        ks_out_putf(out, "%zu of ", standing);
    ks_out_putf(out, "%zu knock%s", all, all == 1 ? "" : "s");
    if (all_aside > 0) {
        ks_out_put(out, ", ");
        if (aside < all_aside)
            ks_out_putf(out, "%zu of ", aside);
        ks_out_putf(out, "%zu candidate%s set aside with the reason", all_aside, all_aside == 1 ? "" : "s");
    }
    if (standing < all || aside < all_aside)
        ks_out_put(out, " (--top 0 lists all)");
    ks_out_put(out, "\n");
}

struct ks_status ks_write_text(const struct ks_selection *selection, const struct ks_export_options *options,
                               struct ks_out *out)
{
    if (!options->no_title && selection->provenance != NULL) {
        ks_provenance_comment(selection->provenance, "", out);
        ks_out_put(out, "\n");
    }
    if (selection->rule_at != NULL)
        rules_text(selection, out);
    if (selection->log != NULL) {
        summary_text(out, selection);
        if (selection->compared != NULL)
            baseline_text(out, selection->compared);
        for (size_t k = 0; k < selection->n_knocks && !ks_out_stopped(out); k++)
            if (!options->brief || selection->knocks[k].knock->set_aside == NULL)
                knock_text(out, selection, &selection->knocks[k]);
        if (options->brief)
            aside_text(out, selection);
        if (selection->found != NULL)
            scans_text(out, selection->log, selection->found);
        if (selection->compared != NULL)
            gone_text(out, selection->compared);
    }
    return ks_out_status(out);
}
