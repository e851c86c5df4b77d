#include "capture/load.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/text.h"
#include "capture/pipeline.h"
#include "capture/plain.h"
#include "capture/publish.h"
#include "capture/stream.h"

static const uint64_t events_max = UINT32_MAX - 1;

struct loader {
    const struct ks_load_options *options;
    struct ks_progress *progress;
    struct ks_capture_info *info; /* filled by the pipeline; ours between its batches */
    struct ks_meter meter;
    struct ks_publish *publish; /* may be NULL */
    struct ks_pipeline *pipeline;
    struct ks_batch *batch; /* the one being filled */
    uint64_t max_events, events;
    uint64_t captured;      /* bytes of the packets of all files, as the captures hold them */
    uint64_t read;          /* packets of all files, before the filter */
    uint64_t read_before;   /* of the files before this one */
    size_t problems;        /* files that could not be read to their end */
    struct ks_status first; /* the first of these problems */
    bool filtering;
    struct bpf_program filter;
    size_t path;               /* which of the paths is being read */
    int link_type;             /* of its file */
    bool ethernet;             /* it is that of Ethernet */
    bool old;                  /* pcap, not pcapng: its seconds are 32 bits */
};

/* An opened capture. */
struct source {
    pcap_t *pcap;
    struct ks_stream *stream;
};

/* Time in nanoseconds, within KS_TIME_MIN..KS_TIME_MAX. A classic file's seconds are without sign. */
static inline int64_t time_of(const struct loader *loader, const struct pcap_pkthdr *header)
{
    const int64_t second = 1000000000, far = KS_TIME_MAX / second - 1;
    int64_t seconds = header->ts.tv_sec, ns;
    if (seconds >= 0 && seconds <= far && header->ts.tv_usec >= 0 && header->ts.tv_usec < second)
        return seconds * second + header->ts.tv_usec;
    if (loader->old && seconds < 0)
        seconds += (int64_t)1 << 32;
    if (__builtin_mul_overflow(seconds, second, &ns) || __builtin_add_overflow(ns, (int64_t)header->ts.tv_usec, &ns))
        return seconds < 0 ? KS_TIME_MIN : KS_TIME_MAX;
    return ns < KS_TIME_MIN ? KS_TIME_MIN : ns > KS_TIME_MAX ? KS_TIME_MAX : ns;
}

static void count(struct ks_tally *tally, const struct pcap_pkthdr *header, int64_t time)
{
    if (tally->packets == 0 || time < tally->first)
        tally->first = time;
    if (tally->packets == 0 || time > tally->last)
        tally->last = time;
    tally->packets++;
    tally->bytes += header->len;
    tally->snapped += header->caplen < header->len;
}

/* Whether there is no room for one more event. */
static inline bool full(const struct loader *loader)
{
    return loader->events >= loader->max_events || loader->read > UINT32_MAX;
}

/* Every packet that ks_plain does not take. */
static __attribute__((noinline)) void decode(struct loader *loader, const struct pcap_pkthdr *header, const u_char *bytes, int64_t time)
{
    struct ks_batch *batch = loader->batch;
    struct ks_packet packet;
    enum ks_skip skip = ks_decode(loader->link_type, bytes, header->caplen, &packet);
    if (skip == KS_SKIP_NONE && full(loader))
        skip = KS_SKIP_LIMIT;
    if (skip != KS_SKIP_NONE) {
        batch->tally.skipped[skip]++;
        return;
    }
    loader->events++;
    ks_batch_add(batch, &packet, time, (uint32_t)loader->read);
}

static void on_packet(u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
    struct loader *loader = (struct loader *)(void *)user;
    struct ks_batch *batch = loader->batch;
    struct ks_tally *tally = &batch->tally;
    tally->read++;
    loader->read++;
    loader->captured += header->caplen;
    if (loader->filtering && pcap_offline_filter(&loader->filter, header, bytes) == 0) {
        tally->filtered++;
        return;
    }
    int64_t time = time_of(loader, header);
    count(tally, header, time);
    if (loader->ethernet && !full(loader) && ks_plain(bytes, header->caplen, &batch->at[batch->n])) {
        ks_batch_plain(batch, time, (uint32_t)loader->read);
        loader->events++;
        return;
    }
    decode(loader, header, bytes, time);
}

static int dispatch(struct loader *loader, struct source *source)
{
    /* Few enough that the batch cannot overflow, were they all errors with quotes. */
    enum { MANY = KS_BATCH_QUOTES - 1 };
    return pcap_dispatch(source->pcap, MANY, on_packet, (u_char *)loader);
}

/* What helps where libpcap refuses a pcapng file for what its interfaces are. */
static const char *advice(const char *words)
{
    if (strstr(words, "different from the snapshot length") != NULL)
        return " (editcap -F pcap makes a file without that)";
    if (strstr(words, "different from the type") != NULL)
        return " (libpcap reads one link type in a file)";
    return "";
}

/* Why a file's packets ended: success at the end of the file. */
static struct ks_status ending(const struct loader *loader, const struct source *source, int n)
{
    struct ks_status problem = ks_stream_problem(source->stream);
    unsigned long long packets = loader->read - loader->read_before;
    if (n > 0 || problem.code == KS_CANCELLED)
        return ks_fail(KS_CANCELLED, "cancelled after packet %llu", packets);
    if (!ks_is_ok(problem))
        return ks_fail(problem.code == KS_NOMEM ? KS_NOMEM : KS_PARTIAL, "stopped after packet %llu: %s", packets, problem.message);
    if (n == 0)
        return ks_ok();
    const char *words = pcap_geterr(source->pcap);
    return ks_fail(KS_PARTIAL, "stopped after packet %llu: %s%s", packets, words, advice(words));
}

/* How many events all inputs will give if they go on as they began; 0 where it is not known how long they are. */
static uint64_t expected(const struct loader *loader, const struct ks_stream *stream)
{
    enum { RECORD = 16 }; /* before each packet */
    uint64_t bytes = loader->captured + loader->read * RECORD;
    if (bytes == 0 || strcmp(ks_stream_compression(stream), "none") != 0)
        return 0;
    double events = (double)loader->meter.total / (double)bytes * (double)loader->events;
    return events < (double)loader->max_events ? (uint64_t)events : loader->max_events;
}

/* A pipe has nothing more for now: what came is to be seen meanwhile. Once it is silent nobody comes back here, so that all is given unasked. */
static void on_idle(void *user, bool silent)
{
    struct loader *loader = user;
    if (silent && loader->publish != NULL)
        ks_publish_request(loader->publish);
    if (loader->batch->tally.read == 0 && !ks_publish_wanted(loader->publish))
        return;
    (void)ks_pipeline_submit(loader->pipeline, loader->batch, true); /* its status comes again with the next */
    loader->batch = ks_pipeline_batch(loader->pipeline);
}

static struct ks_status read_packets(struct loader *loader, struct source *source)
{
    struct ks_status status = ks_ok();
    int n = 1;
    while (ks_is_ok(status) && n > 0 && !ks_cancelled(loader->progress)) {
        loader->batch = ks_pipeline_batch(loader->pipeline);
        ks_stream_on_idle(source->stream, on_idle, loader);
        do
            n = dispatch(loader, source);
        while (n > 0 && !ks_batch_near_full(loader->batch));
        ks_stream_on_idle(source->stream, NULL, NULL);
        ks_stream_advance(source->stream);
        loader->batch->expect = expected(loader, source->stream);
        status = ks_pipeline_submit(loader->pipeline, loader->batch, false);
    }
    struct ks_status drained = ks_pipeline_drain(loader->pipeline);
    if (ks_is_ok(drained))
        return ending(loader, source, n);
    const struct ks_file_info *file = &loader->info->files[loader->info->n_files - 1];
    return ks_fail(drained.code, "stopped after packet %llu: %s", (unsigned long long)file->packets, drained.message);
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
    ks_shorten(file->name, sizeof file->name, path, strlen(path));
    file->path = loader->path;
    file->format = loader->old ? "pcap" : "pcapng";
    file->compression = ks_stream_compression(stream);
    file->bytes = ks_stream_size(stream);
    file->link_type = pcap_datalink(pcap);
    const char *link = pcap_datalink_val_to_name(file->link_type);
    if (link != NULL)
        snprintf(file->link, sizeof file->link, "%s", link);
    else
        snprintf(file->link, sizeof file->link, "%d", file->link_type);
    loader->link_type = file->link_type;
    loader->ethernet = file->link_type == DLT_EN10MB;
    loader->read_before = loader->read;
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

/* Reads an opened capture to its end. */
static struct ks_status read_source(struct loader *loader, const char *path, struct source *source)
{
    struct ks_status status = compile_filter(loader, source->pcap);
    if (ks_is_ok(status))
        status = describe(loader, path, source->stream, source->pcap);
    if (ks_is_ok(status))
        status = read_packets(loader, source);
    if (loader->filtering)
        pcap_freecode(&loader->filter);
    loader->filtering = false;
    return status;
}

/* Opens a stream for libpcap. */
static struct ks_status open_pcap(struct source *source)
{
    FILE *file = ks_stream_file(source->stream);
    if (file == NULL)
        return ks_stream_problem(source->stream);
    char words[PCAP_ERRBUF_SIZE] = "";
    source->pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, words);
    if (source->pcap != NULL)
        return ks_ok();
    fclose(file);
    struct ks_status problem = ks_stream_problem(source->stream);
    return ks_is_ok(problem) ? ks_fail(KS_INPUT, "not a packet capture (%s)", words) : problem;
}

static struct ks_status read_stream(struct loader *loader, const char *path, struct ks_stream *stream)
{
    static const uint8_t pcapng[4] = {0x0a, 0x0d, 0x0d, 0x0a};
    const uint8_t *magic = ks_stream_peek(stream, sizeof pcapng);
    loader->old = magic == NULL || memcmp(magic, pcapng, sizeof pcapng) != 0;
    struct source source = {.stream = stream};
    struct ks_status status = open_pcap(&source);
    if (ks_is_ok(status))
        status = read_source(loader, path, &source);
    if (source.pcap != NULL)
        pcap_close(source.pcap); /* closes its file too */
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

static struct ks_status read_bytes(struct loader *loader, const uint8_t *bytes, size_t n)
{
    struct ks_stream *stream;
    struct ks_status status = ks_stream_open_bytes(bytes, n, loader->options->max_expanded, &loader->meter, &stream);
    if (ks_is_ok(status)) {
        status = read_stream(loader, "memory", stream);
        ks_stream_close(stream);
    }
    return status;
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
        status = ks_fail(status.code, "%s (and %zu more inputs not read whole)", status.message, loader->problems - 1);
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

/* Starts a load; KS_NOMEM. */
static struct ks_status begin(struct loader *loader, const struct ks_load_options *options, struct ks_publish *publish,
                              struct ks_log *log, struct ks_capture_info *info)
{
    memset(log, 0, sizeof *log);
    memset(info, 0, sizeof *info);
    memset(loader, 0, sizeof *loader);
    loader->options = options;
    loader->info = info;
    loader->publish = publish;
    loader->first = ks_ok();
    loader->max_events = options->max_events != 0 && options->max_events < events_max ? options->max_events : events_max;
    loader->pipeline = ks_pipeline_start(log, info, publish);
    return loader->pipeline != NULL ? ks_ok() : ks_nomem("reading");
}

struct ks_status ks_load(const struct ks_load_options *options, struct ks_progress *progress, struct ks_publish *publish,
                         struct ks_log *log, struct ks_capture_info *info)
{
    struct loader loader;
    KS_TRY(begin(&loader, options, publish, log, info));
    loader.progress = progress;
    loader.meter = (struct ks_meter){.progress = progress, .total = total_of(options)};
    if (options->n_paths == 0)
        loader.first = ks_fail(KS_USAGE, "no capture is named");
    for (size_t i = 0; i < options->n_paths && goes_on(&loader, read_path(&loader, options->paths[i])); i++)
        loader.path = i + 1;
    (void)ks_pipeline_finish(loader.pipeline); /* its status was that of the last file */
    return conclude(&loader);
}

struct ks_status ks_load_bytes(const uint8_t *bytes, size_t n, const struct ks_load_options *options, struct ks_log *log,
                               struct ks_capture_info *info)
{
    struct loader loader;
    KS_TRY(begin(&loader, options, NULL, log, info));
    goes_on(&loader, read_bytes(&loader, bytes, n));
    (void)ks_pipeline_finish(loader.pipeline);
    return conclude(&loader);
}
