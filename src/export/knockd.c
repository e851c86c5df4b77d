/* A knockd configuration that fires on the sequence (knockd.conf as in knockd 0.8's manual page). */
#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "export/evidence.h"
#include "export/signature.h"
#include "export/writers.h"

enum { KNOCKD_STEPS = 32 }; /* SEQ_MAX of knockd */

/* One section; the host is that of one target, or NULL for whatever address knockd's interface has. */
static void section(const struct ks_signature *signature, const char *name, const char *host,
                    const char *command, struct ks_out *out)
{
    bool tcp = false;
    ks_out_putf(out, "[%s]\n", name);
    if (host != NULL)
        ks_out_putf(out, "    target        = %s\n", host);
    ks_out_put(out, "    sequence      = ");
    for (size_t i = 0; i < signature->n_steps; i++) {
        bool udp = ks_item_proto(signature->steps[i]) == KS_UDP;
        tcp |= !udp;
        ks_out_putf(out, "%s%u%s", i > 0 ? "," : "", (unsigned)ks_item_number(signature->steps[i]),
                    udp ? ":udp" : "");
    }
    ks_out_putf(out, "\n    seq_timeout   = %" PRIu64 "\n", signature->seconds);
    if (tcp)
        ks_out_put(out, "    tcpflags      = syn,!ack\n");
    ks_out_put(out, "    command       = ");
    if (command != NULL)
        ks_out_put_foreign(out, command);
    else
        ks_out_putf(out, "/usr/bin/logger -t knockscope \"%s: knock from %%IP%%\"", name);
    ks_out_put(out, "\n");
}

static struct ks_status knockd_knock(const struct ks_signature *signature,
                                     const struct ks_selection *selection,
                                     const struct ks_export_options *options, void *context,
                                     struct ks_out *out)
{
    (void)context;
    char name[64], host[64];
    if (signature->n_steps > KNOCKD_STEPS)
        return ks_fail(KS_USAGE, "knock %zu has %zu steps, knockd takes at most %d", signature->rank,
                       signature->n_steps, KNOCKD_STEPS);
    if (options->any_host) {
        snprintf(name, sizeof name, "knock-%zu", signature->rank);
        section(signature, name, NULL, options->command, out);
        return ks_ok();
    }
    for (size_t i = 0; i < signature->n_targets; i++) {
        if (signature->n_targets > 1)
            snprintf(name, sizeof name, "knock-%zu-%zu", signature->rank, i + 1);
        else
            snprintf(name, sizeof name, "knock-%zu", signature->rank);
        section(signature, name,
                ks_format_address(host, sizeof host, &selection->log->hosts[signature->targets[i]]),
                options->command, out);
    }
    return ks_ok();
}

struct ks_status ks_write_knockd(const struct ks_selection *selection,
                                 const struct ks_export_options *options, struct ks_out *out)
{
    if (selection->provenance != NULL)
        ks_provenance_comment(selection->provenance, "# ", out);
    ks_out_put(out, "# Fires when a sequence comes again: knockd -c THIS -i INTERFACE. seq_timeout allows "
                    "twice the longest time seen.\n"
                    "[options]\n    UseSyslog\n");
    return ks_signatures_write(selection, options, false, "knockd configuration", "# ", knockd_knock, NULL,
                               out);
}
