/* The table of export formats, and the call that both front ends make. */
#ifndef KS_EXPORT_EXPORT_H
#define KS_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "export/out.h"
#include "export/selection.h"

enum ks_format {
    KS_FORMAT_TEXT,
    KS_FORMAT_CSV,
    KS_FORMAT_JSON,
    KS_FORMAT_MARKDOWN,
    KS_FORMAT_PCAP,
    KS_FORMAT_WIRESHARK,
    KS_FORMAT_BPF,
    KS_FORMAT_SURICATA,
    KS_FORMAT_ZEEK,
    KS_FORMAT_KNOCKD,
    KS_FORMAT_N
};

/* The members of struct ks_export_options that only some formats heed, as bits. */
enum {
    KS_TAKES_ANY_HOST = 1,
    KS_TAKES_FRAMES = 2,
    KS_TAKES_VLAN = 4,
    KS_TAKES_SID = 8,
    KS_TAKES_COMMAND = 16,
};

struct ks_format_info {
    const char *name;      /* of --as: "text", "csv" ... */
    const char *extension; /* of a file, without the dot */
    bool knocks, rules;    /* what it can express */
    bool binary;           /* not to be shown or sent to a terminal */
    const char *help;      /* one line, without a full stop */
    unsigned takes;        /* KS_TAKES_ bits */
};

/* A format's row of the table; used by the command line, the export dialog, the manual page and completion.
 */
const struct ks_format_info *ks_format_info(enum ks_format format);
/* The format of a name, or of a file name by its extension; false where there is none. */
bool ks_format_parse(const char *name, enum ks_format *out);
bool ks_format_of_path(const char *path, enum ks_format *out);
/* The names of the formats that take all of the KS_TAKES_ bits, as words: "bpf, suricata and zeek". */
char *ks_formats_taking(char *out, size_t cap, unsigned takes);

/* Writes the selection. Which of knocks and rules: what the format can express; KS_USAGE where nothing
 * selected can be expressed in it, and why (one-time sequences as knockd configuration, ICMP in knockd ...).
 * What single knocks cannot be expressed is said in a comment of the export. KS_NOMEM, KS_IO, KS_CANCELLED,
 * KS_INPUT (pcap: the capture could not be read again). Failures of out included. */
struct ks_status ks_export_write(enum ks_format format, const struct ks_selection *selection,
                                 const struct ks_export_options *options, struct ks_out *out);

/* The same into a file ("-": standard output), safely. A pcap is accompanied by PATH.json, which says for
 * each of its packets where it comes from. */
struct ks_status ks_export_file(enum ks_format format, const struct ks_selection *selection,
                                const struct ks_export_options *options, const char *path, bool replace);

#endif
