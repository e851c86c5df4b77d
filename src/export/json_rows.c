/* Rules and knocks as JSON (doc/json.md). */
#include <math.h>

#include "base/text.h"
#include "export/evidence.h"
#include "export/rows.h"

static void items_json(struct ks_json *json, const char *key, const ks_item *items, size_t n)
{
    char label[32];
    ks_json_array(json, key);
    for (size_t i = 0; i < n; i++)
        ks_json_text(json, NULL, ks_item_format(label, sizeof label, items[i]));
    ks_json_end(json);
}

void ks_json_rule(struct ks_json *json, const struct ks_rule_row *row)
{
    items_json(json, "if", row->items, row->n_if);
    items_json(json, "then", row->items + row->n_if, row->n_then);
    ks_json_uint(json, "count", row->counts.xy);
    ks_json_uint(json, "count_if", row->counts.x);
    ks_json_uint(json, "count_then", row->counts.y);
    ks_json_real(json, "support", ks_support(row->counts));
    ks_json_real(json, "confidence", ks_confidence(row->counts));
    ks_json_real(json, "cpir", ks_cpir(row->counts));
    ks_json_real(json, "interest", ks_interest(row->counts));
    ks_json_real(json, "correlation", ks_correlation(row->counts));
    ks_json_real(json, "ln_p", row->ln_p);
    ks_json_real(json, "q", exp(row->ln_q));
}

static void address_json(struct ks_json *json, const char *key, const struct ks_log *log, uint32_t host)
{
    char text[64];
    ks_json_text(json, key, ks_format_address(text, sizeof text, &log->hosts[host]));
}

static void opening_json(struct ks_json *json, const struct ks_log *log,
                         const struct ks_activation *activation)
{
    char label[32];
    if (!activation->opened) {
        ks_json_null(json, "opened");
        return;
    }
    const struct ks_opening *opening = &activation->opening;
    ks_json_text(json, "opened", ks_item_format(label, sizeof label, opening->item));
    ks_json_object(json, "opening");
    ks_json_seconds(json, "after", opening->after);
    ks_json_uint(json, "packet", log->packet[opening->event]);
    address_json(json, "source", log, log->source[opening->event]);
    address_json(json, "target", log, log->target[opening->event]);
    ks_json_bool(json, "back", opening->back);
    ks_json_bool(json, "closes", opening->closes);
    ks_json_uint(json, "packets", opening->packets);
    ks_json_seconds(json, "lasted", opening->lasted);
    ks_json_end(json);
}

static void activation_json(struct ks_json *json, const struct ks_log *log,
                            const struct ks_activation *activation)
{
    char label[32];
    ks_json_object(json, NULL);
    ks_json_seconds(json, "time", activation->time);
    address_json(json, "source", log, activation->source);
    address_json(json, "target", log, activation->target);
    ks_json_array(json, "delays");
    for (size_t i = 1; i < activation->n_events; i++)
        ks_json_seconds(json, NULL, log->time[activation->events[i]] - log->time[activation->events[i - 1]]);
    ks_json_end(json);
    opening_json(json, log, activation);
    ks_json_array(json, "outcomes");
    for (size_t i = 0; i < activation->n_events; i++)
        ks_json_text(json, NULL, ks_outcome_name(ks_log_outcome(log, activation->events[i])));
    ks_json_end(json);
    ks_json_array(json, "ports");
    for (size_t i = 0; i < activation->n_events; i++)
        ks_json_text(json, NULL,
                     ks_item_format(label, sizeof label, ks_event_item(log, activation->events[i])));
    ks_json_end(json);
    ks_json_array(json, "packets");
    for (size_t i = 0; i < activation->n_events; i++)
        ks_json_uint(json, NULL, log->packet[activation->events[i]]);
    ks_json_end(json);
    if (activation->n_sources > 1) {
        ks_json_array(json, "sources");
        for (size_t i = 0; i < activation->n_events; i++)
            address_json(json, NULL, log, log->source[activation->events[i]]);
        ks_json_end(json);
    }
    ks_json_bool(json, "exact", activation->exact);
    ks_json_uint(json, "missing", activation->missing);
    ks_json_end(json);
}

static void evidence_json(struct ks_json *json, const struct ks_evidence *evidence)
{
    ks_json_object(json, "evidence");
    ks_json_uint(json, "activations", evidence->activations);
    ks_json_uint(json, "in_order", evidence->in_order);
    ks_json_real(json, "order_ln_p", evidence->order_ln_p);
    ks_json_uint(json, "attempts", evidence->attempts);
    ks_json_uint(json, "closed", evidence->closed);
    ks_json_uint(json, "opened", evidence->opened);
    ks_json_seconds(json, "span_median", evidence->span_median);
    ks_json_seconds(json, "gap_max", evidence->gap_max);
    ks_json_uint(json, "sources", evidence->sources);
    ks_json_uint(json, "targets", evidence->targets);
    ks_json_bool(json, "spoofed", evidence->spoofed);
    ks_json_uint(json, "registered", evidence->registered);
    ks_json_bool(json, "monotone", evidence->monotone);
    ks_json_real(json, "focus", evidence->focus);
    ks_json_real(json, "ln_mu", evidence->ln_mu);
    ks_json_real(json, "score", evidence->score);
    ks_json_end(json);
}

void ks_json_knock(struct ks_json *json, const struct ks_log *log, const struct ks_picked *picked)
{
    const struct ks_knock *knock = picked->knock;
    ks_json_uint(json, "rank", picked->rank);
    items_json(json, "ports", knock->ports, knock->n_ports);
    ks_json_text(json, "kind", knock->kind == KS_KNOCK_ONE_SHOT ? "one-shot" : "recurring");
    ks_json_bool(json, "one_time", knock->one_time);
    items_json(json, "opened", knock->opened, knock->n_opened);
    ks_json_array(json, "activations");
    for (size_t i = 0; i < knock->n_activations && !ks_out_stopped(json->out); i++)
        activation_json(json, log, &knock->activations[i]);
    ks_json_end(json);
    evidence_json(json, &knock->evidence);
    ks_json_real(json, "ln_p", knock->ln_p);
    ks_json_real(json, "q", exp(knock->ln_q));
    ks_json_text(json, "set_aside", knock->set_aside);
    ks_json_text(json, "why", knock->why);
}

static const char *schema_of(const struct ks_selection *selection)
{
    if (selection->n_knocks > 0 && selection->n_rules > 0)
        return "knockscope.export/1";
    return selection->rule_at == NULL ? "knockscope.knocks/1" : "knockscope.rules/1";
}

static void baseline_json(struct ks_json *json, const struct ks_compared_knocks *c)
{
    ks_json_object(json, "baseline");
    ks_json_array(json, "files");
    for (size_t i = 0; i < c->capture->n_files; i++)
        ks_json_text(json, NULL, c->capture->files[i].name);
    ks_json_end(json);
    ks_json_uint(json, "packets", c->capture->packets);
    ks_json_bool(json, "partial", c->capture->partial);
    ks_json_uint(json, "knocks", c->knocks);
    ks_json_uint(json, "new", c->n_new);
    ks_json_array(json, "gone");
    for (size_t i = 0; i < c->n_gone; i++) {
        ks_json_object(json, NULL);
        items_json(json, "ports", c->gone[i]->ports, c->gone[i]->n_ports);
        items_json(json, "opened", c->gone[i]->opened, c->gone[i]->n_opened);
        ks_json_uint(json, "activations", c->gone[i]->n_activations);
        ks_json_end(json);
    }
    ks_json_end(json);
    ks_json_end(json);
}

static void scans_json(struct ks_json *json, const struct ks_log *log, const struct ks_knocks *found)
{
    ks_json_array(json, "scans");
    for (size_t i = 0; i < found->n_scans; i++) {
        const struct ks_scan *scan = &found->scans[i];
        ks_json_object(json, NULL);
        address_json(json, "source", log, scan->source);
        address_json(json, "target", log, scan->target);
        ks_json_uint(json, "probes", scan->probes);
        ks_json_uint(json, "ports", scan->ports);
        ks_json_seconds(json, "first", scan->first);
        ks_json_seconds(json, "last", scan->last);
        ks_json_end(json);
    }
    ks_json_end(json);
    ks_json_uint(json, "scans_in_all", found->all_scans);
    ks_json_uint(json, "probes_in_all", found->all_probes);
}

struct ks_status ks_write_json(const struct ks_selection *selection, const char *schema, struct ks_out *out)
{
    static const struct ks_provenance none = {0};
    struct ks_json json;
    if (schema == NULL)
        schema = schema_of(selection);
    ks_json_start(&json, out, 2);
    ks_json_object(&json, NULL);
    ks_provenance_json(selection->provenance != NULL ? selection->provenance : &none, schema, &json);
    if (selection->rule_at != NULL) {
        ks_json_uint(&json, "windows", selection->windows);
        ks_json_count(&json, "total", selection->total_rules);
        ks_json_array(&json, "rules");
        struct ks_rule_row row;
        for (uint64_t i = 0; i < selection->n_rules && !ks_out_stopped(out); i++) {
            if (!ks_selection_rule(selection, i, &row, out))
                break;
            ks_json_object(&json, NULL);
            ks_json_rule(&json, &row);
            ks_json_end(&json);
        }
        ks_json_end(&json);
    }
    if (selection->compared != NULL)
        baseline_json(&json, selection->compared);
    if (selection->log != NULL) {
        ks_json_array(&json, "knocks");
        for (size_t i = 0; i < selection->n_knocks && !ks_out_stopped(out); i++) {
            ks_json_object(&json, NULL);
            ks_json_knock(&json, selection->log, &selection->knocks[i]);
            if (selection->compared != NULL) {
                ks_json_bool(&json, "new", selection->knocks[i].before == 0);
                ks_json_uint(&json, "baseline_activations", selection->knocks[i].before);
            }
            ks_json_end(&json);
        }
        ks_json_end(&json);
        if (selection->found != NULL)
            scans_json(&json, selection->log, selection->found);
    }
    ks_json_end(&json);
    return ks_out_status(out);
}
