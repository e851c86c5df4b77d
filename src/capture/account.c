/* The account of a load: words for its numbers, and what else belongs to captures but not to reading packets. */
#include <archive.h>
#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <nettle/version.h>
#include <pcap/pcap.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "capture/hold.h"
#include "capture/load.h"

static const struct {
    const char *name, *text;
} skips[KS_SKIP_N] = {
    [KS_SKIP_NONE] = {"none", "taken in"},
    [KS_SKIP_LINK_TYPE] = {"link-type", "frames of a link type that is not decoded"},
    [KS_SKIP_NOT_IP] = {"not-ip", "ARP, STP and other packets without IP"},
    [KS_SKIP_TRUNCATED] = {"truncated", "cut by the capture before the ports"},
    [KS_SKIP_MALFORMED] = {"malformed", "lengths or versions contradict each other"},
    [KS_SKIP_FRAGMENT] = {"fragment", "IP fragments that do not carry the ports"},
    [KS_SKIP_PROTOCOL] = {"protocol", "IP protocols other than TCP, UDP and ICMP"},
    [KS_SKIP_TUNNEL] = {"tunnel", "tunnels (IP in IP, GRE), not looked into"},
    [KS_SKIP_ENCRYPTED] = {"encrypted", "encrypted below the ports (ESP, protected 802.11)"},
    [KS_SKIP_LIMIT] = {"limit", "beyond the limit of events"},
};

const char *ks_skip_name(enum ks_skip skip)
{
    return skip < KS_SKIP_N ? skips[skip].name : "unknown";
}

const char *ks_skip_text(enum ks_skip skip)
{
    return skip < KS_SKIP_N ? skips[skip].text : "unknown";
}

void ks_capture_info_free(struct ks_capture_info *info)
{
    ks_free(info->files);
    memset(info, 0, sizeof *info);
}

static struct ks_status digest(int fd, uint8_t *block, size_t size, struct ks_progress *progress, struct sha256_ctx *hash)
{
    struct stat status;
    uint64_t done = 0, total = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
    for (;;) {
        if (ks_cancelled(progress))
            return ks_fail(KS_CANCELLED, "cancelled");
        ssize_t n = read(fd, block, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ks_fail(KS_INPUT, "%s", strerror(errno));
        if (n == 0)
            return ks_ok();
        sha256_update(hash, (size_t)n, block);
        done += (uint64_t)n;
        ks_progress_set(progress, done, total);
    }
}

struct ks_status ks_file_sha256(const char *path, struct ks_progress *progress, char out[65])
{
    enum { BLOCK = 1 << 18 };
    out[0] = '\0';
    if (strcmp(path, "-") == 0)
        return ks_fail(KS_INPUT, "standard input cannot be read a second time");
    int fd = ks_open_capture(path);
    if (fd < 0)
        return ks_fail(KS_INPUT, "%s: %s", path, strerror(errno));
    uint8_t *block = ks_alloc(BLOCK, 1);
    struct sha256_ctx hash;
    sha256_init(&hash);
    struct ks_status status = block != NULL ? ks_within(digest(fd, block, BLOCK, progress, &hash), path) : ks_nomem("a digest");
    close(fd);
    ks_free(block);
    if (!ks_is_ok(status))
        return status;
    uint8_t sum[SHA256_DIGEST_SIZE];
    sha256_digest(&hash, sizeof sum, sum);
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < sizeof sum; i++) {
        out[i * 2] = digits[sum[i] >> 4];
        out[i * 2 + 1] = digits[sum[i] & 15];
    }
    out[64] = '\0';
    return ks_ok();
}

static char libraries[256];

static void write_libraries(void)
{
    snprintf(libraries, sizeof libraries, "%s; %s; nettle %d.%d", pcap_lib_version(), archive_version_details(),
             NETTLE_VERSION_MAJOR, NETTLE_VERSION_MINOR);
}

const char *ks_capture_libraries(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, write_libraries);
    return libraries;
}
