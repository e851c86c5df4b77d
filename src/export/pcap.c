/* The evidence packets as a pcap file, and the account of where each comes from. */
#include "base/memory.h"
#include "capture/extract.h"
#include "export/writers.h"

static bool put(void *context, const void *bytes, size_t n)
{
    struct ks_out *out = context;
    ks_out_putn(out, bytes, n);
    return !ks_out_stopped(out);
}

struct ks_status ks_write_pcap(const struct ks_selection *selection, const struct ks_export_options *options,
                               struct ks_out *out)
{
    if (selection->n_knocks == 0)
        return ks_fail(KS_USAGE, "only knocks have packets to export: choose knocks");
    if (options->n_paths == 0)
        return ks_fail(KS_USAGE, "the captures to copy the packets from are not known");
    struct ks_evidence_list list;
    struct ks_status status = ks_evidence_gather(selection, options->progress, &list);
    struct ks_extract_packet *packets = ks_is_ok(status) ? ks_alloc(list.n_packets, sizeof *packets) : NULL;
    if (ks_is_ok(status) && packets == NULL)
        status = ks_nomem("the evidence");
    if (ks_is_ok(status)) {
        for (size_t i = 0; i < list.n_packets; i++)
            packets[i] = (struct ks_extract_packet){list.packets[i].packet,
                                                    selection->log->time[list.packets[i].event]};
        struct ks_extract extract = {.paths = options->paths,
                                     .n_paths = options->n_paths,
                                     .packets = packets,
                                     .n = list.n_packets,
                                     .write = put,
                                     .context = out};
        status = ks_extract(&extract, options->progress, NULL);
    }
    ks_free(packets);
    ks_evidence_list_free(&list);
    return ks_is_ok(status) ? ks_out_status(out) : status;
}

struct ks_status ks_write_evidence(const struct ks_selection *selection,
                                   const struct ks_export_options *options, struct ks_out *out)
{
    static const struct ks_provenance none = {0};
    const struct ks_provenance *provenance = selection->provenance != NULL ? selection->provenance : &none;
    struct ks_evidence_list list;
    struct ks_json json;
    struct ks_status status = ks_evidence_gather(selection, options->progress, &list);
    if (ks_is_ok(status)) {
        ks_json_start(&json, out, 2);
        ks_json_object(&json, NULL);
        ks_provenance_json(provenance, "knockscope.evidence/1", &json);
        ks_json_array(&json, "packets");
        for (size_t i = 0; i < list.n_packets && !ks_out_stopped(out); i++) {
            const struct ks_evidence_packet *packet = &list.packets[i];
            const struct ks_trace *trace = &list.traces[packet->trace];
            size_t file;
            uint32_t number;
            ks_json_object(&json, NULL);
            ks_json_uint(&json, "number", i + 1);
            ks_json_uint(&json, "packet", packet->packet);
            if (provenance->capture != NULL && ks_packet_in_file(provenance, packet->packet, &file, &number)) {
                ks_json_text(&json, "file", provenance->capture->files[file].name);
                ks_json_uint(&json, "packet_in_file", number);
            }
            ks_json_seconds(&json, "time", selection->log->time[packet->event]);
            ks_json_text(&json, "role", ks_role_name(packet->role));
            ks_json_uint(&json, "knock", selection->knocks[trace->knock].rank);
            ks_json_uint(&json, "activation", (uint64_t)trace->activation + 1);
            ks_json_end(&json);
        }
        ks_json_end(&json);
        ks_json_end(&json);
    }
    ks_evidence_list_free(&list);
    return ks_is_ok(status) ? ks_out_status(out) : status;
}
