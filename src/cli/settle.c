#include "cli/settle.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"

struct ks_status ks_cli_values(const char *text, double **values, size_t *n)
{
    size_t cap = 0;
    *values = NULL;
    *n = 0;
    char part[64];
    double range[3];
    size_t parts = 0;
    char separator = strchr(text, ':') != NULL ? ':' : ',';
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, separator == ':' ? ":" : ",");
        double v;
        if (len >= sizeof part)
            return ks_fail(KS_USAGE, "--values %s: a number is too long", text);
        memcpy(part, at, len);
        part[len] = '\0';
        if (!ks_parse_real(part, 0, 1, &v))
            return ks_fail(KS_USAGE, "--values %s: numbers from 0 to 1 as A,B,C or FROM:TO:STEP", text);
        if (separator == ':' && parts < 3)
            range[parts] = v;
        parts++;
        if (separator == ',') {
            if (!ks_reserve((void **)values, &cap, *n + 1, sizeof **values))
                return ks_nomem("the values");
            (*values)[(*n)++] = v;
        }
        at += len;
        if (*at == '\0')
            break;
    }
    if (separator == ',')
        return ks_ok();
    if (parts != 3 || range[2] <= 0 || range[1] < range[0] || (range[1] - range[0]) / range[2] > 10000)
        return ks_fail(KS_USAGE, "--values %s: FROM:TO:STEP with FROM <= TO and at most 10,000 steps", text);
    for (size_t i = 0; range[0] + (double)i * range[2] <= range[1] + 1e-9; i++) {
        if (!ks_reserve((void **)values, &cap, *n + 1, sizeof **values))
            return ks_nomem("the values");
        double v = range[0] + (double)i * range[2];
        (*values)[(*n)++] = round(v * 1e12) / 1e12; /* 0.15, not 0.15000000000000002 */
    }
    return ks_ok();
}

/* An option of the export that its format does not heed. */
static struct ks_status heeded(const struct ks_cli *cli)
{
    const struct ks_export_options *o = &cli->export;
    const struct {
        bool given;
        unsigned takes;
        const char *name;
    } options[] = {
        {o->any_host, KS_TAKES_ANY_HOST, "any-host"}, {o->frames, KS_TAKES_FRAMES, "frames"}, {o->vlan, KS_TAKES_VLAN, "vlan"},
        {o->sid != 0, KS_TAKES_SID, "sid"},           {o->command != NULL, KS_TAKES_COMMAND, "run"},
    };
    char formats[128];
    const struct ks_format_info *info = ks_format_info(cli->format);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given && (info->takes & options[i].takes) == 0)
            return ks_fail(KS_USAGE, "--%s goes with --as %s, not with %s", options[i].name,
                           ks_formats_taking(formats, sizeof formats, options[i].takes), info->name);
    if (o->frames && o->any_host)
        return ks_fail(KS_USAGE, "--frames picks the packets of this file, --any-host drops what ties a filter to it: one or the other");
    return ks_ok();
}

struct ks_status ks_cli_settle_format(struct ks_cli *cli)
{
    bool exports = cli->command == KS_COMMAND_EXPORT, file = cli->output != NULL && strcmp(cli->output, "-") != 0;
    enum ks_format named;
    if (cli->as != NULL && cli->format_given)
        return ks_fail(KS_USAGE, "--as and --format both name the form of the output: give one of them");
    if (cli->as != NULL) {
        if (!ks_format_parse(cli->as, &cli->format))
            return ks_fail(KS_USAGE, "--as %s: no such format; --as help lists them", cli->as);
    } else if (!cli->format_given && file) {
        bool known = ks_format_of_path(cli->output, &named);
        if (!known && exports)
            return ks_fail(KS_USAGE, "-o %s: its name says no format (txt, csv, json, md, pcap ...): give one with --as (--as help lists them)",
                           cli->output);
        if (known && !exports && named > KS_FORMAT_JSON)
            return ks_fail(KS_USAGE, "-o %s: %s writes text, csv or json (--format); `knockscope export` writes %s", cli->output,
                           ks_command_name(cli->command), ks_format_info(named)->name);
        if (known)
            cli->format = named;
    }
    return exports ? heeded(cli) : ks_ok();
}
