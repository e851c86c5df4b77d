#include "export/signature.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/ascending.h"
#include "base/memory.h"
#include "export/evidence.h"
#include "export/number.h"
#include "export/rows.h"

const char *ks_signature_refusal(const struct ks_knock *knock, bool icmp)
{
    if (knock->one_time)
        return "uses another sequence each time";
    if (knock->n_ports == 0)
        return "has no ports";
    for (size_t i = 0; i < knock->n_ports && !icmp; i++)
        if (ks_item_proto(knock->ports[i]) >= KS_ICMP)
            return "has ICMP steps";
    return NULL;
}

static int64_t span_of(const struct ks_log *log, const struct ks_activation *activation)
{
    if (activation->n_events == 0)
        return 0;
    return log->time[activation->events[activation->n_events - 1]] - log->time[activation->events[0]];
}

struct ks_status ks_signature_make(const struct ks_log *log, const struct ks_picked *picked,
                                   struct ks_signature *out)
{
    const struct ks_knock *knock = picked->knock;
    *out = (struct ks_signature){.rank = picked->rank,
                                 .steps = knock->ports,
                                 .n_steps = knock->n_ports,
                                 .opened = knock->opened,
                                 .n_opened = knock->n_opened,
                                 .distributed = knock->evidence.spoofed};
    out->targets = ks_alloc(knock->n_activations, sizeof *out->targets);
    if (out->targets == NULL)
        return ks_nomem("a signature");
    int64_t longest = -1, longest_exact = -1, latest = 0;
    for (size_t i = 0; i < knock->n_activations; i++) {
        const struct ks_activation *activation = &knock->activations[i];
        int64_t span = span_of(log, activation);
        if (span > longest)
            longest = span;
        if (activation->exact && span > longest_exact)
            longest_exact = span;
        if (activation->opened && activation->opening.after > latest)
            latest = activation->opening.after;
        out->back |= activation->opened && activation->opening.back;
        out->targets[i] = activation->target;
    }
    out->longest = longest_exact >= 0 ? longest_exact : longest >= 0 ? longest : 0;
    out->seconds = 2 * ks_ceil_seconds(out->longest) + 5;
    out->follow = 2 * ks_ceil_seconds(latest);
    if (out->follow < 300)
        out->follow = 300;
    if (knock->n_activations > 0)
        qsort(out->targets, knock->n_activations, sizeof *out->targets, ks_compare_u32);
    for (size_t i = 0; i < knock->n_activations; i++)
        if (i == 0 || out->targets[i] != out->targets[i - 1])
            out->targets[out->n_targets++] = out->targets[i];
    return ks_ok();
}

void ks_signature_free(struct ks_signature *signature)
{
    ks_free(signature->targets);
    *signature = (struct ks_signature){0};
}

void ks_signature_headline(const struct ks_signature *signature, const struct ks_picked *picked,
                           struct ks_out *out)
{
    struct ks_text ports = {0}, opened = {0};
    char span[48];
    ks_knock_ports_text(&ports, signature->steps, signature->n_steps, " ");
    ks_knock_ports_text(&opened, signature->opened, signature->n_opened, " ");
    if (ports.failed || opened.failed)
        ks_out_fail(out, ks_nomem("an export"));
    ks_out_putf(out, "knock %zu: %s, %" PRIu32 " activation%s, longest %s%s%s", picked->rank,
                ks_text_get(&ports), picked->knock->evidence.activations,
                picked->knock->evidence.activations == 1 ? "" : "s",
                ks_format_span(span, sizeof span, signature->longest),
                signature->n_opened == 0 ? ""
                : signature->back        ? ", connects back to "
                                         : ", opens ",
                ks_text_get(&opened));
    ks_text_free(&ports);
    ks_text_free(&opened);
}

struct ks_status ks_signatures_write(const struct ks_selection *selection,
                                     const struct ks_export_options *options, bool icmp, const char *language,
                                     const char *prefix, ks_signature_writer *write, void *context,
                                     struct ks_out *out)
{
    size_t written = 0;
    const char *refusal = NULL;
    for (size_t i = 0; i < selection->n_knocks && !ks_out_stopped(out); i++) {
        const struct ks_picked *picked = &selection->knocks[i];
        const char *why = ks_signature_refusal(picked->knock, icmp);
        if (why != NULL) {
            ks_out_putf(out, "%sknock %zu is left out: it %s, which %s cannot express\n", prefix,
                        picked->rank, why, language);
            refusal = why;
            continue;
        }
        struct ks_signature signature;
        struct ks_status status = ks_signature_make(selection->log, picked, &signature);
        if (ks_is_ok(status)) {
            ks_out_putf(out, "\n%s", prefix);
            ks_signature_headline(&signature, picked, out);
            ks_out_put(out, "\n");
            status = write(&signature, selection, options, context, out);
        }
        ks_signature_free(&signature);
        if (!ks_is_ok(status))
            return status;
        written++;
    }
    if (written == 0 && refusal != NULL)
        return ks_fail(KS_USAGE, "no selected knock can be expressed as %s: it %s", language, refusal);
    return ks_out_status(out);
}
