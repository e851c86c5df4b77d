/* Prints what loading makes of captures, for oracles outside: log_driver FILE...
 *
 *     packets N
 *     skipped REASON N
 *     event PACKET PROTOCOL SPORT DPORT FLAGS MARK      (protocol: tcp, udp, icmp, icmp6; numbers in decimal)
 *
 * Exit status 0, also for a capture that was read only in part ("partial"); 1 where nothing could be read ("unread WHY"). */
#include <inttypes.h>
#include <stdio.h>

#include "capture/load.h"

int main(int argc, char **argv)
{
    static const char *const protocol[] = {"tcp", "udp", "icmp", "icmp6"};
    struct ks_load_options options = {.paths = (const char *const *)argv + 1, .n_paths = (size_t)argc - 1};
    struct ks_log log;
    struct ks_capture_info info;
    struct ks_status status = ks_load(&options, NULL, NULL, &log, &info);
    if (!ks_is_ok(status))
        printf("%s %s\n", status.code == KS_PARTIAL ? "partial" : "unread", status.message);
    printf("packets %" PRIu64 "\n", info.packets);
    for (size_t i = 0; i < info.n_files; i++)
        printf("link %s\n", info.files[i].link);
    for (int i = KS_SKIP_NONE + 1; i < KS_SKIP_N; i++)
        if (info.skipped[i] != 0)
            printf("skipped %s %" PRIu64 "\n", ks_skip_name((enum ks_skip)i), info.skipped[i]);
    for (size_t i = 0; i < log.n; i++)
        printf("event %" PRIu32 " %s %u %u %u %u\n", log.packet[i], protocol[ks_log_proto(&log, i)], log.sport[i], log.dport[i],
               log.flags[i], log.mark[i]);
    ks_log_free(&log);
    ks_capture_info_free(&info);
    return ks_is_ok(status) || status.code == KS_PARTIAL ? 0 : 1;
}
