/* The table of formats. A new one is a writer (writers.h) and a row here. */
#include "export/export.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "base/text.h"
#include "export/rows.h"
#include "export/writers.h"

typedef struct ks_status writer(const struct ks_selection *selection, const struct ks_export_options *options,
                                struct ks_out *out);

static struct ks_status write_json(const struct ks_selection *selection,
                                   const struct ks_export_options *options, struct ks_out *out)
{
    (void)options;
    return ks_write_json(selection, NULL, out);
}

static const struct row {
    struct ks_format_info info;
    writer *write;
    bool beside; /* no place for comments: PATH.json says where it comes from */
    bool filter; /* for watching or picking packets: senseless without a knock or a rule */
} rows[KS_FORMAT_N] = {
    [KS_FORMAT_TEXT] = {{"text", "txt", true, true, false, "plain text for people", 0},
                        ks_write_text,
                        false,
                        false},
    [KS_FORMAT_CSV] = {{"csv", "csv", true, true, false,
                        "a table for spreadsheets, one line per rule or activation", 0},
                       ks_write_csv,
                       false,
                       false},
    [KS_FORMAT_JSON] = {{"json", "json", true, true, false, "everything, for programs", 0},
                        write_json,
                        false,
                        false},
    [KS_FORMAT_MARKDOWN] = {{"markdown", "md", true, true, false, "a report to paste into a ticket", 0},
                            ks_write_markdown,
                            false,
                            false},
    [KS_FORMAT_PCAP] = {{"pcap", "pcap", true, false, true, "the packets of the evidence, unchanged", 0},
                        ks_write_pcap,
                        true,
                        true},
    [KS_FORMAT_WIRESHARK] = {{"wireshark", "dfilter", true, true, false,
                              "a Wireshark display filter that selects the evidence", KS_TAKES_ANY_HOST | KS_TAKES_FRAMES},
                             ks_write_wireshark,
                             true,
                             true},
    [KS_FORMAT_BPF] = {{"bpf", "bpf", true, true, false, "a capture filter for tcpdump -F", KS_TAKES_ANY_HOST | KS_TAKES_VLAN},
                       ks_write_bpf,
                       false,
                       true},
    [KS_FORMAT_SURICATA] = {{"suricata", "rules", true, false, false,
                             "Suricata rules that follow the sequence", KS_TAKES_ANY_HOST | KS_TAKES_SID},
                            ks_write_suricata,
                            false,
                            true},
    [KS_FORMAT_ZEEK] = {{"zeek", "zeek", true, false, false, "a Zeek script that follows the sequence", KS_TAKES_ANY_HOST},
                        ks_write_zeek,
                        false,
                        true},
    [KS_FORMAT_KNOCKD] = {{"knockd", "conf", true, false, false,
                           "a knockd configuration that fires on the sequence", KS_TAKES_ANY_HOST | KS_TAKES_COMMAND},
                          ks_write_knockd,
                          false,
                          true},
};

const struct ks_format_info *ks_format_info(enum ks_format format)
{
    return &rows[format].info;
}

bool ks_format_parse(const char *name, enum ks_format *out)
{
    for (int i = 0; i < KS_FORMAT_N; i++)
        if (strcmp(name, rows[i].info.name) == 0) {
            *out = (enum ks_format)i;
            return true;
        }
    return false;
}

bool ks_format_of_path(const char *path, enum ks_format *out)
{
    const char *dot = strrchr(path, '.');
    if (dot == NULL || strchr(dot, '/') != NULL)
        return false;
    for (int i = 0; i < KS_FORMAT_N; i++)
        if (strcasecmp(dot + 1, rows[i].info.extension) == 0) {
            *out = (enum ks_format)i;
            return true;
        }
    return false;
}

char *ks_formats_taking(char *out, size_t cap, unsigned takes)
{
    size_t left = 0, used = 0;
    for (int i = 0; i < KS_FORMAT_N; i++)
        left += (rows[i].info.takes & takes) == takes;
    out[0] = '\0';
    for (int i = 0; i < KS_FORMAT_N && used < cap; i++) {
        if ((rows[i].info.takes & takes) != takes)
            continue;
        const char *between = used == 0 ? "" : left == 1 ? " and " : ", ";
        int n = snprintf(out + used, cap - used, "%s%s", between, rows[i].info.name);
        used += n > 0 ? (size_t)n : 0;
        left--;
    }
    return out;
}

/* The formats that can express rules. */
static const char rules_formats[] = "text, csv, json, markdown, wireshark or bpf";

struct ks_status ks_export_write(enum ks_format format, const struct ks_selection *selection,
                                 const struct ks_export_options *options, struct ks_out *out)
{
    static const struct ks_export_options defaults = {0};
    const struct ks_format_info *info = ks_format_info(format);
    if (!info->rules && selection->n_rules > 0 && selection->n_knocks == 0)
        return ks_fail(KS_USAGE, "rules cannot be written as %s: choose knocks, or %s", info->name,
                       rules_formats);
    if (rows[format].filter && selection->n_knocks == 0 && selection->n_rules == 0)
        return ks_fail(KS_FAILED, "no knock and no rule is selected: there is nothing to write as %s",
                       info->name);
    struct ks_status status = rows[format].write(selection, options != NULL ? options : &defaults, out);
    ks_out_fail(out, status);
    return status;
}

/* Ends an output according to how the writing went. */
static struct ks_status end(struct ks_out *out, struct ks_status status)
{
    struct ks_status closed = ks_out_close(out); /* discards the file after a failure */
    return ks_is_ok(status) ? closed : status;
}

static struct ks_status write_beside(const struct ks_selection *selection,
                                     const struct ks_export_options *options, const char *path, bool replace,
                                     struct ks_out **out)
{
    struct ks_text beside = {0};
    ks_text_addf(&beside, "%s.json", path);
    struct ks_status status = beside.failed
                                  ? ks_nomem("a file name")
                                  : ks_out_open(ks_text_get(&beside), replace, options->progress, out);
    ks_text_free(&beside);
    if (ks_is_ok(status)) {
        status = ks_write_evidence(selection, options, *out);
        ks_out_fail(*out, status);
    }
    return status;
}

struct ks_status ks_export_file(enum ks_format format, const struct ks_selection *selection,
                                const struct ks_export_options *options, const char *path, bool replace)
{
    static const struct ks_export_options defaults = {0};
    struct ks_out *out, *beside = NULL;
    if (options == NULL)
        options = &defaults;
    KS_TRY(ks_out_open(path, replace, options->progress, &out));
    struct ks_status status = ks_export_write(format, selection, options, out);
    /* Both files are written before either gets its name. */
    if (ks_is_ok(status) && rows[format].beside && ks_out_is_file(out))
        status = write_beside(selection, options, path, replace, &beside);
    ks_out_fail(out, status);
    if (beside != NULL)
        status = end(beside, status);
    ks_out_fail(out, status);
    return end(out, status);
}
