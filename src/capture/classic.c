#include "capture/classic.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "capture/cursor.h"
#include "capture/decode.h"

enum { FILE_HEADER = 24, RECORD_HEADER = 16, CHUNK = 1 << 17, BLOCK = CHUNK + RECORD_HEADER + KS_CLASSIC_CAPLEN_MAX };
static const uint32_t micro_big = 0xa1b2c3d4, micro_little = 0xd4c3b2a1;
static const uint32_t nano_big = 0xa1b23c4d, nano_little = 0x4d3cb2a1;

/* libpcap's view of a file header: it is given just these bytes. */
static pcap_t *judge(uint8_t *header)
{
    FILE *file = fmemopen(header, FILE_HEADER, "rb");
    if (file == NULL)
        return NULL;
    char words[PCAP_ERRBUF_SIZE];
    pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, words);
    if (pcap == NULL)
        fclose(file);
    return pcap;
}

struct ks_status ks_classic_open(struct ks_classic *reader, struct ks_stream *stream, pcap_t **pcap)
{
    memset(reader, 0, sizeof *reader);
    *pcap = NULL;
    const uint8_t *header = ks_stream_peek(stream, FILE_HEADER);
    if (header == NULL)
        return ks_ok();
    struct ks_cursor cursor = {.at = header, .end = header + FILE_HEADER};
    const struct ks_bytes4 *bytes = KS_TAKE(&cursor, 4);
    uint32_t magic = bytes != NULL ? KS_BE32(bytes, 0) : 0;
    if (magic != micro_big && magic != micro_little && magic != nano_big && magic != nano_little)
        return ks_ok();
    memcpy(reader->header, header, FILE_HEADER);
    pcap_t *view = judge(reader->header);
    if (view == NULL)
        return ks_ok(); /* libpcap is to say what is wrong with the file */
    if (pcap_major_version(view) != 2 || pcap_minor_version(view) != 4 || !ks_decode_knows(pcap_datalink(view)) ||
        pcap_snapshot(view) <= 0) {
        pcap_close(view);
        return ks_ok();
    }
    reader->block = ks_alloc(BLOCK, 1);
    if (reader->block == NULL) {
        pcap_close(view);
        return ks_nomem("a read buffer");
    }
    reader->stream = stream;
    reader->big = magic == micro_big || magic == nano_big;
    reader->nano = magic == nano_big || magic == nano_little;
    reader->snapshot = (uint32_t)pcap_snapshot(view);
    (void)ks_stream_read(stream, reader->block, FILE_HEADER); /* the bytes that were looked at */
    *pcap = view;
    return ks_ok();
}

void ks_classic_free(struct ks_classic *reader)
{
    ks_free(reader->block);
    reader->block = NULL;
}

/* Moves what is left to the front and reads a chunk more, until `want` bytes are there. The chunk is small enough to be still in the cache
 * when it is looked at; a block holds it and the longest record. */
static void refill(struct ks_classic *reader, size_t want)
{
    memmove(reader->block, reader->block + reader->at, reader->n - reader->at);
    reader->n -= reader->at;
    reader->at = 0;
    while (reader->n < want && !reader->ended) {
        ssize_t got = ks_stream_read(reader->stream, reader->block + reader->n, CHUNK);
        reader->n += got > 0 ? (size_t)got : 0;
        reader->ended = got <= 0;
    }
}

static int fail(struct ks_classic *reader, const char *what, size_t want, size_t got)
{
    snprintf(reader->words, sizeof reader->words, "the file ends inside %s: %zu bytes of %zu are there", what, got, want);
    return -1;
}

/* The next record's header; 1, 0 at the end of the file, -1 when it is cut or impossible. */
static int next_header(struct ks_classic *reader, struct pcap_pkthdr *header, uint32_t *stored)
{
    if (reader->n - reader->at < RECORD_HEADER)
        refill(reader, RECORD_HEADER);
    struct ks_cursor cursor = {.at = reader->block + reader->at, .end = reader->block + reader->n};
    if (ks_left(&cursor) == 0)
        return 0;
    const struct ks_bytes16 *bytes = KS_TAKE(&cursor, 16);
    if (bytes == NULL)
        return fail(reader, "a packet's header", RECORD_HEADER, ks_left(&cursor));
    uint32_t seconds = reader->big ? KS_BE32(bytes, 0) : KS_LE32(bytes, 0);
    uint32_t fraction = reader->big ? KS_BE32(bytes, 4) : KS_LE32(bytes, 4);
    *stored = reader->big ? KS_BE32(bytes, 8) : KS_LE32(bytes, 8);
    header->len = reader->big ? KS_BE32(bytes, 12) : KS_LE32(bytes, 12);
    header->ts.tv_sec = seconds;
    header->ts.tv_usec = (suseconds_t)((uint64_t)fraction * (reader->nano ? 1 : 1000));
    header->caplen = *stored < reader->snapshot ? *stored : reader->snapshot;
    if (*stored <= KS_CLASSIC_CAPLEN_MAX)
        return 1;
    snprintf(reader->words, sizeof reader->words, "a packet of %lu captured bytes, more than the %d that a capture can hold",
             (unsigned long)*stored, KS_CLASSIC_CAPLEN_MAX);
    return -1;
}

int ks_classic_dispatch(struct ks_classic *reader, int count, pcap_handler handler, u_char *user)
{
    for (int i = 0; i < count; i++) {
        struct pcap_pkthdr header;
        uint32_t stored;
        int got = next_header(reader, &header, &stored);
        if (got <= 0)
            return got < 0 ? got : i;
        size_t whole = RECORD_HEADER + (size_t)stored;
        if (reader->n - reader->at < whole)
            refill(reader, whole);
        if (reader->n - reader->at < whole)
            return fail(reader, "a packet", stored, reader->n - reader->at - RECORD_HEADER);
        handler(user, &header, reader->block + reader->at + RECORD_HEADER);
        reader->at += whole;
    }
    return count;
}
