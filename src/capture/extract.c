#include "config.h" /* fopencookie */

#include "capture/extract.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <string.h>

#include "capture/log.h"
#include "capture/stream.h"

enum { SNAPSHOT = 262144 };

struct copy {
    const struct ks_extract *what;
    struct ks_meter meter;
    size_t next;     /* the packet that is looked for */
    uint64_t number; /* of the last packet read, over all files */
    pcap_t *dead;    /* of the new file; NULL until its first packet is found */
    pcap_dumper_t *dumper;
    int link_type;
    bool nano;
    bool refused; /* the writer wants no more */
};

static ssize_t on_write(void *cookie, const char *bytes, size_t n)
{
    struct copy *copy = cookie;
    if (!copy->refused && !copy->what->write(copy->what->context, bytes, n))
        copy->refused = true;
    return (ssize_t)n; /* what was refused is told by the writer */
}

/* Whether some packet's time needs more than microseconds. */
static bool needs_nano(const struct ks_extract *what)
{
    for (size_t i = 0; i < what->n; i++)
        if (what->packets[i].time % 1000 != 0)
            return true;
    return false;
}

static struct ks_status begin_file(struct copy *copy, pcap_t *source)
{
    int snapshot = pcap_snapshot(source) > SNAPSHOT ? pcap_snapshot(source) : SNAPSHOT;
    copy->link_type = pcap_datalink(source);
    copy->nano = needs_nano(copy->what);
    copy->dead = pcap_open_dead_with_tstamp_precision(
        copy->link_type, snapshot, copy->nano ? PCAP_TSTAMP_PRECISION_NANO : PCAP_TSTAMP_PRECISION_MICRO);
    cookie_io_functions_t calls = {.write = on_write};
    FILE *file = copy->dead != NULL ? fopencookie(copy, "wb", calls) : NULL;
    if (file == NULL)
        return ks_nomem("a pcap file");
    copy->dumper = pcap_dump_fopen(copy->dead, file);
    if (copy->dumper != NULL)
        return ks_ok();
    fclose(file);
    return ks_fail(KS_FAILED, "cannot begin a pcap file: %s", pcap_geterr(copy->dead));
}

static const char *link_name(int link_type)
{
    const char *name = pcap_datalink_val_to_name(link_type);
    return name != NULL ? name : "of no name";
}

/* Whether a header's time is this one; a classic file's seconds may have been read with a sign. */
static bool same_time(const struct pcap_pkthdr *header, int64_t time)
{
    int64_t ns;
    for (int64_t seconds = header->ts.tv_sec, tries = 0; tries < 2; tries++, seconds += (int64_t)1 << 32)
        if (__builtin_mul_overflow(seconds, (int64_t)1000000000, &ns) ||
            __builtin_add_overflow(ns, (int64_t)header->ts.tv_usec, &ns) || ns < KS_TIME_MIN ||
            ns > KS_TIME_MAX)
            return tries == 0; /* the log holds the nearest time that fits */
        else if (ns == time)
            return true;
    return false;
}

/* Adds the packet to the new file. */
static struct ks_status write_packet(struct copy *copy, pcap_t *source, const struct pcap_pkthdr *header,
                                     const u_char *bytes)
{
    if (copy->dumper == NULL)
        KS_TRY(begin_file(copy, source));
    if (pcap_datalink(source) != copy->link_type)
        return ks_fail(KS_USAGE,
                       "the packets have different link types (%s, %s), which no pcap file can hold: choose "
                       "those of one",
                       link_name(copy->link_type), link_name(pcap_datalink(source)));
    struct pcap_pkthdr written = *header;
    if (!copy->nano)
        written.ts.tv_usec /= 1000;
    pcap_dump((u_char *)copy->dumper, &written, bytes);
    return ks_ok();
}

static struct ks_status copy_packet(struct copy *copy, pcap_t *source, const struct pcap_pkthdr *header,
                                    const u_char *bytes)
{
    const struct ks_extract *what = copy->what;
    const struct ks_extract_packet *wanted = &what->packets[copy->next];
    if (!same_time(header, wanted->time))
        return ks_fail(KS_INPUT,
                       "packet %llu has another time than when it was read: the capture has changed",
                       (unsigned long long)copy->number);
    if (what->take == NULL)
        KS_TRY(write_packet(copy, source, header, bytes));
    else if (!what->take(what->context, wanted, pcap_datalink(source), header->len, bytes, header->caplen))
        copy->refused = true;
    while (copy->next < what->n && what->packets[copy->next].number == copy->number)
        copy->next++;
    return ks_ok();
}

static struct ks_status read_file(struct copy *copy, pcap_t *source, struct ks_stream *stream)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    while (copy->next < copy->what->n && !copy->refused && pcap_next_ex(source, &header, &bytes) == 1) {
        if (++copy->number % 4096 == 0)
            ks_stream_advance(stream);
        if (ks_cancelled(copy->meter.progress))
            return ks_fail(KS_CANCELLED, "cancelled");
        if (copy->number == copy->what->packets[copy->next].number)
            KS_TRY(copy_packet(copy, source, header, bytes));
    }
    /* A capture that was read only in part ends here as it did then; whether a packet is missing is seen at
     * the end. */
    return ks_stream_problem(stream).code == KS_CANCELLED ? ks_stream_problem(stream) : ks_ok();
}

static struct ks_status read_path(struct copy *copy, const char *path)
{
    struct ks_stream *stream;
    if (strcmp(path, "-") == 0)
        return ks_fail(
            KS_USAGE,
            "the packets of standard input cannot be read a second time: save them in a file first");
    struct ks_status status = ks_stream_open(path, 0, &copy->meter, &stream);
    if (!ks_is_ok(status))
        return ks_within(status, path);
    FILE *file = ks_stream_file(stream);
    char words[PCAP_ERRBUF_SIZE] = "";
    pcap_t *source = file != NULL
                         ? pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, words)
                         : NULL;
    if (source != NULL) {
        status = ks_within(read_file(copy, source, stream), path);
        pcap_close(source);
    } else if (file != NULL) {
        fclose(file);
        status = ks_fail(KS_INPUT, "%s: %s", path, words);
    } else {
        status = ks_within(ks_stream_problem(stream), path);
    }
    ks_stream_close(stream);
    return status;
}

struct ks_status ks_extract(const struct ks_extract *extract, struct ks_progress *progress, uint64_t *copied)
{
    struct copy copy = {.what = extract, .meter = {.progress = progress}};
    struct ks_status status = ks_ok(), unread = ks_ok();
    for (size_t i = 0; i < extract->n_paths && copy.next < extract->n && !copy.refused && ks_is_ok(status);
         i++) {
        status = read_path(&copy, extract->paths[i]);
        /* A file that could not be read when the capture was loaded either has no packets in the count. */
        if (status.code == KS_INPUT && copy.next < extract->n && ks_is_ok(unread)) {
            unread = status;
            status = ks_ok();
        }
    }
    if (copy.dumper != NULL)
        pcap_dump_close(copy.dumper);
    if (copy.dead != NULL)
        pcap_close(copy.dead);
    if (copied != NULL)
        *copied = copy.next;
    if (ks_is_ok(status) && !copy.refused && copy.next < extract->n)
        return !ks_is_ok(unread)
                   ? unread
                   : ks_fail(KS_INPUT,
                             "packet %u is no longer in the capture: it has changed since it was read",
                             extract->packets[copy.next].number);
    return status;
}
