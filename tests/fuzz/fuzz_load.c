/* The whole reader: one byte of options, then a file. Every packet must be accounted for, the log must be sound, and for files that are not compressed libpcap must
 * find the same number of packets. */
#include <pcap/pcap.h>
#include <string.h>

#include "capture/load.h"
#include "fuzz.h"

/* Packets as a bare libpcap loop counts them; -1 where it does not open. */
static long libpcap_counts(const uint8_t *bytes, size_t n)
{
    char words[PCAP_ERRBUF_SIZE];
    FILE *file = n != 0 ? fmemopen((void *)(uintptr_t)bytes, n, "rb") : NULL;
    if (file == NULL)
        return -1;
    pcap_t *pcap = pcap_fopen_offline(file, words);
    if (pcap == NULL) {
        fclose(file);
        return -1;
    }
    struct pcap_pkthdr *header;
    const u_char *data;
    long count = 0;
    while (pcap_next_ex(pcap, &header, &data) == 1)
        count++;
    pcap_close(pcap);
    return count;
}

static void check_log(const struct ks_log *log, const struct ks_capture_info *info)
{
    uint64_t decoded = 0, skipped = 0, read = 0;
    for (size_t i = 0; i < 4; i++)
        decoded += info->decoded[i];
    for (size_t i = 0; i < KS_SKIP_N; i++)
        skipped += info->skipped[i];
    for (size_t i = 0; i < info->n_files; i++)
        read += info->files[i].packets;
    FUZZ_CHECK(log->n == decoded);
    FUZZ_CHECK(info->packets == decoded + skipped);
    FUZZ_CHECK(read == info->packets + info->filtered);
    size_t attempts = 0;
    for (size_t i = 0; i < log->n; i++) {
        FUZZ_CHECK(log->source[i] < log->n_hosts && log->target[i] < log->n_hosts);
        FUZZ_CHECK(log->packet[i] >= 1 && log->packet[i] <= read && (i == 0 || log->packet[i] > log->packet[i - 1]));
        FUZZ_CHECK(log->time[i] >= info->first && log->time[i] <= info->last);
        unsigned mark = log->mark[i];
        if ((mark & (KS_MARK_ATTEMPT | KS_MARK_AGAIN)) == 0) {
            FUZZ_CHECK((mark & KS_MARK_OUTCOME) == 0 || (mark & KS_MARK_REQUEST) != 0);
            continue;
        }
        FUZZ_CHECK((mark & KS_MARK_PROTO) <= KS_UDP);
        FUZZ_CHECK(attempts < log->n_attempts && log->attempts[attempts] == i);
        attempts++;
    }
    FUZZ_CHECK(attempts == log->n_attempts);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    if (n < 1)
        return 0;
    struct ks_load_options options = {.max_expanded = 8 << 20};
    if ((bytes[0] & 1) != 0)
        options.filter = "tcp or icmp";
    if ((bytes[0] & 2) != 0)
        options.max_events = 3;
    struct ks_log log;
    struct ks_capture_info info;
    struct ks_status status = ks_load_bytes(bytes + 1, n - 1, &options, &log, &info);
    FUZZ_CHECK(status.code == KS_OK || status.code == KS_INPUT || status.code == KS_PARTIAL || status.code == KS_USAGE);
    FUZZ_CHECK((status.code == KS_OK) == (status.message[0] == '\0'));
    FUZZ_CHECK(info.partial == (status.code == KS_PARTIAL));
    check_log(&log, &info);
    if (info.n_files == 0) {
        FUZZ_CHECK(status.code == KS_INPUT || status.code == KS_USAGE);
        FUZZ_CHECK(status.code == KS_USAGE || libpcap_counts(bytes + 1, n - 1) < 0);
    } else if (strcmp(info.files[0].compression, "none") == 0) {
        FUZZ_CHECK(libpcap_counts(bytes + 1, n - 1) == (long)info.files[0].packets);
    }
    ks_log_free(&log);
    ks_capture_info_free(&info);
    return 0;
}
