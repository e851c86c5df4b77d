/* The writers behind the table of formats; each writes the whole selection in one language. Errors as in
 * ks_export_write. */
#ifndef KS_EXPORT_WRITERS_H
#define KS_EXPORT_WRITERS_H

#include "base/status.h"
#include "export/evidence.h"
#include "export/out.h"
#include "export/selection.h"

struct ks_status ks_write_markdown(const struct ks_selection *selection,
                                   const struct ks_export_options *options, struct ks_out *out);
struct ks_status ks_write_pcap(const struct ks_selection *selection, const struct ks_export_options *options,
                               struct ks_out *out);
struct ks_status ks_write_wireshark(const struct ks_selection *selection,
                                    const struct ks_export_options *options, struct ks_out *out);
struct ks_status ks_write_bpf(const struct ks_selection *selection, const struct ks_export_options *options,
                              struct ks_out *out);
struct ks_status ks_write_suricata(const struct ks_selection *selection,
                                   const struct ks_export_options *options, struct ks_out *out);
struct ks_status ks_write_zeek(const struct ks_selection *selection, const struct ks_export_options *options,
                               struct ks_out *out);
struct ks_status ks_write_knockd(const struct ks_selection *selection,
                                 const struct ks_export_options *options, struct ks_out *out);

/* What stands beside a pcap or a display filter, which have no place for comments: JSON with provenance and,
 * for each evidence packet, its number in the capture, its file and number there, its time, role, knock and
 * activation ("knockscope.evidence/1"). */
struct ks_status ks_write_evidence(const struct ks_selection *selection,
                                   const struct ks_export_options *options, struct ks_out *out);

/* The file (index into provenance->capture->files) and the number in it of packet `packet` of the capture;
 * false where that is not known. */
bool ks_packet_in_file(const struct ks_provenance *provenance, uint32_t packet, size_t *file,
                       uint32_t *number);

/* Distinct items of all selected rules, ascending. KS_USAGE for more than KS_RULE_ITEMS_MAX of them (nobody
 * wants such a filter), KS_NOMEM. *items is freed by ks_free. */
enum { KS_RULE_ITEMS_MAX = 1000 };
struct ks_status ks_rule_items(const struct ks_selection *selection, ks_item **items, size_t *n);

#endif
