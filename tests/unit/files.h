/* Files for tests: scratch files, compression, pcapng, and what libpcap itself makes of some bytes. */
#ifndef KS_TESTS_FILES_H
#define KS_TESTS_FILES_H

#include <archive.h>
#include <archive_entry.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "packets.h"

/* A scratch file with these bytes; its name is to be removed and freed. */
static inline char *scratch(const void *bytes, size_t n)
{
    char *name = strdup("scratch-XXXXXX");
    int fd = name != NULL ? mkstemp(name) : -1;
    if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || close(fd) != 0)
        abort();
    return name;
}

static inline void scratch_free(char *name)
{
    unlink(name);
    free(name);
}

/* The bytes compressed by libarchive's filter of this number, appended to *out. */
static inline void compressed(struct packets *out, int filter, const void *bytes, size_t n)
{
    size_t cap = n + 65536, used = 0;
    char *buffer = malloc(cap);
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    if (buffer == NULL || archive == NULL || entry == NULL)
        abort();
    archive_entry_set_pathname(entry, "data");
    archive_entry_set_filetype(entry, AE_IFREG);
    if (archive_write_add_filter(archive, filter) != ARCHIVE_OK || archive_write_set_format_raw(archive) != ARCHIVE_OK ||
        archive_write_set_bytes_in_last_block(archive, 1) != ARCHIVE_OK ||
        archive_write_open_memory(archive, buffer, cap, &used) != ARCHIVE_OK ||
        archive_write_header(archive, entry) != ARCHIVE_OK || archive_write_data(archive, bytes, n) != (la_ssize_t)n ||
        archive_write_close(archive) != ARCHIVE_OK)
        abort();
    archive_entry_free(entry);
    archive_write_free(archive);
    packets_raw(out, buffer, used);
    free(buffer);
}

/* Packets of a capture as a bare libpcap loop counts them; -1 where it does not open. *failed: the loop ended by an error. */
static inline long libpcap_counts(const void *bytes, size_t n, bool *failed)
{
    char words[PCAP_ERRBUF_SIZE];
    *failed = true;
    char *copy = malloc(n != 0 ? n : 1);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, n);
    FILE *file = n != 0 ? fmemopen(copy, n, "rb") : NULL;
    pcap_t *pcap = file != NULL ? pcap_fopen_offline(file, words) : NULL;
    long count = -1;
    if (pcap != NULL) {
        struct pcap_pkthdr *header;
        const u_char *data;
        int got;
        for (count = 0; (got = pcap_next_ex(pcap, &header, &data)) == 1;)
            count++;
        *failed = got != PCAP_ERROR_BREAK;
        pcap_close(pcap);
    } else if (file != NULL) {
        fclose(file);
    }
    free(copy);
    return count;
}

/* pcapng in either byte order. */
struct ng {
    struct packets out;
    bool big;
};

static inline void ng_16(struct packets *out, bool big, unsigned value)
{
    uint8_t bytes[2] = {(uint8_t)(big ? value >> 8 : value), (uint8_t)(big ? value : value >> 8)};
    packets_raw(out, bytes, 2);
}

static inline void ng_32(struct packets *out, bool big, uint32_t value)
{
    ng_16(out, big, big ? value >> 16 : value & 0xffff);
    ng_16(out, big, big ? value & 0xffff : value >> 16);
}

static inline void ng_block(struct ng *ng, uint32_t type, const struct packets *body)
{
    static const uint8_t zeros[4] = {0};
    size_t padding = (4 - body->n % 4) % 4;
    uint32_t length = (uint32_t)(12 + body->n + padding);
    ng_32(&ng->out, ng->big, type);
    ng_32(&ng->out, ng->big, length);
    packets_raw(&ng->out, body->at, body->n);
    packets_raw(&ng->out, zeros, padding);
    ng_32(&ng->out, ng->big, length);
}

static inline void ng_section(struct ng *ng)
{
    struct packets body = {0};
    ng_32(&body, ng->big, 0x1a2b3c4d);
    ng_16(&body, ng->big, 1);
    ng_16(&body, ng->big, 0);
    ng_32(&body, ng->big, UINT32_MAX);
    ng_32(&body, ng->big, UINT32_MAX);
    ng_block(ng, 0x0a0d0d0a, &body);
    packets_free(&body);
}

/* An interface with times in nanoseconds and a name with an escape sequence. */
static inline void ng_interface(struct ng *ng, unsigned link_type)
{
    struct packets body = {0};
    ng_16(&body, ng->big, link_type);
    ng_16(&body, ng->big, 0);
    ng_32(&body, ng->big, 65535);
    ng_16(&body, ng->big, 2); /* name */
    ng_16(&body, ng->big, 4);
    packets_raw(&body, "\033[2J", 4);
    ng_16(&body, ng->big, 9); /* resolution of time */
    ng_16(&body, ng->big, 1);
    packets_raw(&body, "\011\0\0\0", 4);
    ng_32(&body, ng->big, 0);
    ng_block(ng, 1, &body);
    packets_free(&body);
}

static inline void ng_packet(struct ng *ng, uint32_t interface, int64_t time, const struct frame *frame)
{
    static const uint8_t zeros[4] = {0};
    struct packets body = {0};
    ng_32(&body, ng->big, interface);
    ng_32(&body, ng->big, (uint32_t)((uint64_t)time >> 32));
    ng_32(&body, ng->big, (uint32_t)time);
    ng_32(&body, ng->big, (uint32_t)frame->n);
    ng_32(&body, ng->big, (uint32_t)frame->n);
    packets_raw(&body, frame->at, frame->n);
    packets_raw(&body, zeros, (4 - frame->n % 4) % 4);
    ng_block(ng, 6, &body);
    packets_free(&body);
}

#endif
