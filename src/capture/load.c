#include "capture/load.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/text.h"
#include "capture/build.h"
#include "capture/publish.h"
#include "capture/stream.h"

enum { MAGIC_PCAPNG = 0x0a0d0d0a };
static const uint64_t events_max = UINT32_MAX - 1;

struct loader {
    const struct ks_load_options *options;
    struct ks_progress *progress;
    struct ks_publish *publish;
    struct ks_log *log;
    struct ks_capture_info *info;
    struct ks_meter meter;
    struct ks_builder *builder;
    uint64_t max_events;
    uint64_t read;          /* packets of all files, before the filter */
    size_t problems;        /* files that could not be read to their end */
    struct ks_status first; /* the first of these problems */
    bool filtering;
    struct bpf_program filter;
    struct ks_file_info *file; /* the one being read */
    bool classic;              /* pcap, whose seconds are 32 bits */
};

/* Time in nanoseconds; what does not fit (the years before 1677 and after 2262) becomes the nearest that does. A classic file's seconds
 * are without sign. */
static int64_t time_of(const struct loader *loader, const struct pcap_pkthdr *header)
{
    int64_t seconds = header->ts.tv_sec, ns;
    if (loader->classic && seconds < 0)
        seconds += (int64_t)1 << 32;
    if (__builtin_mul_overflow(seconds, (int64_t)1000000000, &ns) || __builtin_add_overflow(ns, (int64_t)header->ts.tv_usec, &ns))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    return ns;
}

static void count(struct ks_capture_info *info, const struct pcap_pkthdr *header, int64_t time)
{
    if (info->packets == 0 || time < info->first)
        info->first = time;
    if (info->packets == 0 || time > info->last)
        info->last = time;
    info->packets++;
    info->bytes += header->len;
    if (header->caplen < header->len && info->snapped != UINT32_MAX)
        info->snapped++;
}

static void on_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct loader *loader = (struct loader *)(void *)user;
    struct ks_capture_info *info = loader->info;
    loader->file->packets++;
    loader->read++;
    if (loader->filtering && pcap_offline_filter(&loader->filter, header, bytes) == 0) {
        info->filtered++;
        return;
    }
    int64_t time = time_of(loader, header);
    count(info, header, time);
    struct ks_packet *packet = ks_builder_next(loader->builder);
    enum ks_skip skip = ks_decode(loader->file->link_type, bytes, header->caplen, packet);
    if (skip == KS_SKIP_NONE && (loader->log->n + loader->builder->n >= loader->max_events || loader->read > UINT32_MAX))
        skip = KS_SKIP_LIMIT;
    if (skip != KS_SKIP_NONE) {
        info->skipped[skip]++;
        return;
    }
    info->decoded[packet->proto]++;
    ks_builder_add(loader->builder, time, (uint32_t)loader->read);
}

static struct ks_status read_packets(struct loader *loader, pcap_t *pcap, struct ks_stream *stream)
{
    for (;;) {
        struct ks_status room = ks_builder_room(loader->builder);
        if (!ks_is_ok(room))
            return room;
        int n = pcap_dispatch(pcap, KS_BATCH, on_packet, (u_char *)loader);
        ks_builder_flush(loader->builder);
        if (ks_publish_wanted(loader->publish))
            ks_publish_give(loader->publish, loader->log, loader->info);
        if (n > 0 && !ks_cancelled(loader->progress))
            continue;
        struct ks_status problem = ks_stream_problem(stream);
        if (n > 0 || problem.code == KS_CANCELLED)
            return ks_fail(KS_CANCELLED, "cancelled after packet %llu", (unsigned long long)loader->file->packets);
        if (ks_is_ok(problem) && n == 0)
            return ks_ok();
        return ks_fail(KS_PARTIAL, "stopped after packet %llu: %s", (unsigned long long)loader->file->packets,
                       ks_is_ok(problem) ? pcap_geterr(pcap) : problem.message);
    }
}

/* Adds the file to the account. */
static struct ks_status describe(struct loader *loader, const char *path, struct ks_stream *stream, pcap_t *pcap)
{
    struct ks_capture_info *info = loader->info;
    struct ks_file_info *files = ks_resize(info->files, info->n_files + 1, sizeof *files);
    if (files == NULL)
        return ks_nomem("the list of files");
    info->files = files;
    struct ks_file_info *file = &files[info->n_files++];
    memset(file, 0, sizeof *file);
    ks_sanitise(file->name, sizeof file->name, path, strlen(path));
    file->format = loader->classic ? "pcap" : "pcapng";
    file->compression = ks_stream_compression(stream);
    file->bytes = ks_stream_size(stream);
    file->link_type = pcap_datalink(pcap);
    const char *link = pcap_datalink_val_to_name(file->link_type);
    if (link != NULL)
        snprintf(file->link, sizeof file->link, "%s", link);
    else
        snprintf(file->link, sizeof file->link, "%d", file->link_type);
    loader->file = file;
    return ks_ok();
}

static struct ks_status compile_filter(struct loader *loader, pcap_t *pcap)
{
    const char *expression = loader->options->filter;
    if (expression == NULL || expression[0] == '\0')
        return ks_ok();
    if (pcap_compile(pcap, &loader->filter, expression, 1, PCAP_NETMASK_UNKNOWN) != 0)
        return ks_fail(KS_USAGE, "filter \"%.100s\": %s", expression, pcap_geterr(pcap));
    loader->filtering = true;
    return ks_ok();
}

static struct ks_status read_stream(struct loader *loader, const char *path, struct ks_stream *stream)
{
    loader->classic = ks_stream_magic(stream) != MAGIC_PCAPNG;
    FILE *file = ks_stream_file(stream);
    if (file == NULL)
        return ks_nomem("a read buffer");
    char words[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, words);
    if (pcap == NULL) {
        fclose(file);
        struct ks_status problem = ks_stream_problem(stream);
        return ks_is_ok(problem) ? ks_fail(KS_INPUT, "not a packet capture (%s)", words) : problem;
    }
    struct ks_status status = compile_filter(loader, pcap);
    if (ks_is_ok(status))
        status = describe(loader, path, stream, pcap);
    if (ks_is_ok(status))
        status = read_packets(loader, pcap, stream);
    if (loader->filtering)
        pcap_freecode(&loader->filter);
    loader->filtering = false;
    pcap_close(pcap); /* closes the file too */
    return status;
}

static struct ks_status read_path(struct loader *loader, const char *path)
{
    struct ks_stream *stream;
    struct ks_status status = ks_stream_open(path, loader->options->max_expanded, &loader->meter, &stream);
    if (ks_is_ok(status)) {
        status = read_stream(loader, path, stream);
        ks_stream_close(stream);
    }
    return status.code == KS_USAGE ? status : ks_within(status, strcmp(path, "-") == 0 ? "standard input" : path);
}

/* Whether the load goes on with the next file after this. A file that cannot be read does not keep those after it from being read. */
static bool goes_on(struct loader *loader, struct ks_status status)
{
    if (ks_is_ok(status))
        return true;
    if (loader->problems++ == 0 || status.code == KS_CANCELLED || status.code == KS_NOMEM)
        loader->first = status;
    return status.code != KS_CANCELLED && status.code != KS_NOMEM && (status.code != KS_USAGE || loader->info->n_files != 0);
}

static struct ks_status conclude(struct loader *loader)
{
    struct ks_capture_info *info = loader->info;
    struct ks_status status = loader->first;
    if (ks_is_ok(status) && info->skipped[KS_SKIP_LIMIT] != 0)
        status = ks_fail(KS_PARTIAL, "the limit of %llu events is reached: %llu packets after it are not in the log",
                         (unsigned long long)loader->max_events, (unsigned long long)info->skipped[KS_SKIP_LIMIT]);
    if (ks_is_ok(status) || (info->n_files == 0 && status.code != KS_CANCELLED && status.code != KS_NOMEM))
        return status.code == KS_PARTIAL || status.code == KS_LIMIT ? ks_fail(KS_INPUT, "%s", status.message) : status;
    if (status.code != KS_CANCELLED && status.code != KS_NOMEM)
        status.code = KS_PARTIAL;
    if (loader->problems > 1)
        status = ks_fail(status.code, "%.250s (and %zu more inputs not read whole)", status.message, loader->problems - 1);
    info->partial = true;
    memcpy(info->stopped, status.message, sizeof info->stopped);
    return status;
}

/* The bytes of all inputs, where each one is a plain file. */
static uint64_t total_of(const struct ks_load_options *options)
{
    uint64_t total = 0;
    for (size_t i = 0; i < options->n_paths; i++) {
        struct stat status;
        if (strcmp(options->paths[i], "-") == 0 || stat(options->paths[i], &status) != 0 || !S_ISREG(status.st_mode))
            return 0;
        total += (uint64_t)status.st_size;
    }
    return total;
}

struct ks_status ks_load(const struct ks_load_options *options, struct ks_progress *progress, struct ks_publish *publish,
                         struct ks_log *log, struct ks_capture_info *info)
{
    memset(log, 0, sizeof *log);
    memset(info, 0, sizeof *info);
    struct loader loader = {.options = options, .progress = progress, .publish = publish, .log = log, .info = info};
    loader.first = ks_ok();
    loader.max_events = options->max_events != 0 && options->max_events < events_max ? options->max_events : events_max;
    loader.meter = (struct ks_meter){.progress = progress, .total = total_of(options)};
    loader.builder = ks_alloc(1, sizeof *loader.builder);
    if (loader.builder == NULL)
        return ks_nomem("reading");
    if (options->n_paths == 0)
        loader.first = ks_fail(KS_USAGE, "no capture is named");
    ks_builder_start(loader.builder, log);
    for (size_t i = 0; i < options->n_paths && goes_on(&loader, read_path(&loader, options->paths[i])); i++)
        continue;
    ks_builder_finish(loader.builder);
    ks_free(loader.builder);
    return conclude(&loader);
}
