#include "capture/batch.h"

#include <string.h>

#include "capture/flows.h"

static void add_quote(struct ks_batch *batch, const struct ks_packet *packet)
{
    struct ks_quoted *quoted = &batch->quotes[batch->n_quotes++];
    quoted->source = packet->quoted.source;
    quoted->target = packet->quoted.target;
    quoted->isn = packet->quoted.seq;
    quoted->sport = packet->quoted.sport;
    quoted->dport = packet->quoted.dport;
    quoted->proto = packet->quoted.proto;
    quoted->has_seq = packet->quoted.has_seq;
    quoted->port = packet->sport == (packet->proto == KS_ICMP6 ? 0x0104 : 0x0303);
}

void ks_batch_add(struct ks_batch *batch, const struct ks_packet *packet, int64_t time, uint32_t number)
{
    struct ks_staged *staged = &batch->at[batch->n++];
    staged->time = time;
    staged->number = number;
    staged->isn = ks_flows_answers(packet->flags) ? packet->ack - 1 : packet->seq;
    staged->sport = packet->sport;
    staged->dport = packet->dport;
    staged->flags = packet->flags;
    staged->mark = (uint8_t)((unsigned)packet->proto | (packet->request ? KS_MARK_REQUEST : 0U) |
                             (packet->payload == 0 ? KS_MARK_EMPTY : 0U));
    staged->version = packet->source.version;
    memcpy(staged->source, packet->source.bytes, sizeof staged->source);
    memcpy(staged->target, packet->target.bytes, sizeof staged->target);
    if (packet->quotes)
        add_quote(batch, packet);
    staged->quoted = packet->quotes ? (uint8_t)batch->n_quotes : 0;
    batch->tally.decoded[packet->proto]++;
}

void ks_tally_add(const struct ks_tally *tally, struct ks_capture_info *info)
{
    if (info->n_files != 0)
        info->files[info->n_files - 1].packets += tally->read;
    info->filtered += tally->filtered;
    if (tally->packets == 0)
        return;
    if (info->packets == 0 || tally->first < info->first)
        info->first = tally->first;
    if (info->packets == 0 || tally->last > info->last)
        info->last = tally->last;
    info->packets += tally->packets;
    info->bytes += tally->bytes;
    uint64_t snapped = info->snapped + tally->snapped;
    info->snapped = snapped < UINT32_MAX ? (uint32_t)snapped : UINT32_MAX;
    for (size_t i = 0; i < 4; i++)
        info->decoded[i] += tally->decoded[i];
    for (size_t i = 0; i < KS_SKIP_N; i++)
        info->skipped[i] += tally->skipped[i];
}
