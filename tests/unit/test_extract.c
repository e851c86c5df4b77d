/* src/capture/extract: packets copied unchanged, and every way in which the capture may not be what it was. */
#include "config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/text.h"
#include "capture/extract.h"

enum { PACKETS = 5 };
static char path[64], other[64];

static int64_t time_of(int i)
{
    return INT64_C(1400000000000000000) + i * INT64_C(1000001000);
}

/* Five packets of i + 60 bytes, of which i + 20 were captured. */
static void write_capture(const char *name, int link_type, int64_t shift)
{
    uint8_t bytes[128];
    pcap_t *dead = pcap_open_dead_with_tstamp_precision(link_type, 65535, PCAP_TSTAMP_PRECISION_NANO);
    pcap_dumper_t *dumper = pcap_dump_open(dead, name);
    assert_non_null(dumper);
    for (int i = 0; i < PACKETS; i++) {
        int64_t time = time_of(i) + shift;
        struct pcap_pkthdr header = {.caplen = (bpf_u_int32)(20 + i), .len = (bpf_u_int32)(60 + i)};
        header.ts.tv_sec = time / 1000000000;
        header.ts.tv_usec = time % 1000000000;
        memset(bytes, 'a' + i, sizeof bytes);
        pcap_dump((u_char *)dumper, &header, bytes);
    }
    pcap_dump_close(dumper);
    pcap_close(dead);
}

static int make_captures(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "/tmp/ks-extract-XXXXXX");
    snprintf(other, sizeof other, "/tmp/ks-extract-XXXXXX");
    int a = mkstemp(path), b = mkstemp(other);
    if (a < 0 || b < 0)
        return -1;
    close(a);
    close(b);
    write_capture(path, DLT_EN10MB, 0);
    write_capture(other, DLT_EN10MB, 0);
    return 0;
}

static int remove_captures(void **state)
{
    (void)state;
    return unlink(path) + unlink(other);
}

static struct ks_text got;
static size_t taken; /* bytes that the writer still takes */

static bool take(void *context, const void *bytes, size_t n)
{
    (void)context;
    if (n > taken)
        return false;
    taken -= n;
    ks_text_addn(&got, bytes, n);
    return !got.failed;
}

/* Extracts packets of path and other; what was written is in `got`. */
static struct ks_status extract(const struct ks_extract_packet *packets, size_t n, struct ks_progress *progress, uint64_t *copied)
{
    const char *paths[] = {path, other};
    struct ks_extract what = {.paths = paths, .n_paths = 2, .packets = packets, .n = n, .write = take};
    ks_text_free(&got);
    taken = SIZE_MAX;
    return ks_extract(&what, progress, copied);
}

/* Checks packet i of a capture in memory. */
static void has_packet(pcap_t *pcap, int i)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    assert_int_equal(pcap_next_ex(pcap, &header, &bytes), 1);
    assert_int_equal(header->caplen, 20 + i);
    assert_int_equal(header->len, 60 + i);
    assert_true((int64_t)header->ts.tv_sec * 1000000000 + (int64_t)header->ts.tv_usec == time_of(i));
    for (unsigned b = 0; b < header->caplen; b++)
        assert_int_equal(bytes[b], 'a' + i);
}

static pcap_t *reopened(void)
{
    char words[PCAP_ERRBUF_SIZE];
    FILE *file = fmemopen(got.at, got.n, "rb");
    assert_non_null(file);
    pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, words);
    assert_non_null(pcap);
    return pcap;
}

static void packets_are_copied_as_they_are(void **state)
{
    (void)state;
    struct ks_extract_packet packets[] = {{2, time_of(1)}, {5, time_of(4)}, {5, time_of(4)}, {6, time_of(0)}};
    uint64_t copied;
    assert_true(ks_is_ok(extract(packets, 4, NULL, &copied)));
    assert_int_equal(copied, 4);
    pcap_t *pcap = reopened();
    assert_int_equal(pcap_datalink(pcap), DLT_EN10MB);
    has_packet(pcap, 1);
    has_packet(pcap, 4); /* once, though it was named twice */
    has_packet(pcap, 0); /* the first of the second file */
    struct pcap_pkthdr *header;
    const u_char *bytes;
    assert_int_equal(pcap_next_ex(pcap, &header, &bytes), PCAP_ERROR_BREAK);
    pcap_close(pcap);
    ks_text_free(&got);
}

struct taken {
    uint32_t number[4], length[4];
    size_t n, most;
};

static bool take_packet(void *context, const struct ks_extract_packet *packet, int link_type, uint32_t length, const uint8_t *bytes,
                        size_t n)
{
    struct taken *t = context;
    assert_int_equal(link_type, DLT_EN10MB);
    assert_true(n + 40 == length); /* the capture holds 40 bytes less than there were */
    for (size_t i = 0; i < n; i++)
        assert_int_equal(bytes[i], 'a' + (int)(n - 20));
    t->number[t->n] = packet->number;
    t->length[t->n++] = length;
    return t->n < t->most;
}

static void packets_are_handed_out_one_by_one(void **state)
{
    (void)state;
    const char *paths[] = {path, other};
    struct ks_extract_packet packets[] = {{2, time_of(1)}, {5, time_of(4)}, {6, time_of(0)}};
    struct taken t = {.most = 3};
    struct ks_extract what = {.paths = paths, .n_paths = 2, .packets = packets, .n = 3, .take = take_packet, .context = &t};
    assert_true(ks_is_ok(ks_extract(&what, NULL, NULL)));
    assert_int_equal(t.n, 3);
    assert_int_equal(t.number[1], 5);
    assert_int_equal(t.length[1], 64);
    assert_int_equal(t.number[2], 6);
    t = (struct taken){.most = 1}; /* wants no more after the first: no failure */
    assert_true(ks_is_ok(ks_extract(&what, NULL, NULL)));
    assert_int_equal(t.n, 1);
}

static void microseconds_stay_microseconds(void **state)
{
    (void)state;
    struct ks_extract_packet packets[] = {{1, time_of(0)}, {2, time_of(1)}};
    assert_true(ks_is_ok(extract(packets, 2, NULL, NULL)));
    uint32_t magic;
    memcpy(&magic, got.at, sizeof magic);
    assert_true(magic == 0xa1b2c3d4); /* both times are whole microseconds */
    ks_text_free(&got);
    write_capture(path, DLT_EN10MB, 7);
    packets[0].time += 7;
    packets[1].time += 7;
    assert_true(ks_is_ok(extract(packets, 2, NULL, NULL)));
    memcpy(&magic, got.at, sizeof magic);
    assert_true(magic == 0xa1b23c4d);
    ks_text_free(&got);
}

static void a_changed_capture_is_noticed(void **state)
{
    (void)state;
    struct ks_extract_packet late = {2, time_of(1) + 1000}, beyond = {11, time_of(0)};
    struct ks_status status = extract(&late, 1, NULL, NULL);
    assert_int_equal(status.code, KS_INPUT);
    assert_non_null(strstr(status.message, "another time"));
    status = extract(&beyond, 1, NULL, NULL);
    assert_int_equal(status.code, KS_INPUT);
    assert_non_null(strstr(status.message, "no longer in the capture"));
    ks_text_free(&got);
}

static void a_missing_or_broken_file_is_named(void **state)
{
    (void)state;
    const char *paths[] = {"/nonexistent/a.pcap", path};
    struct ks_extract_packet packet = {2, time_of(1)};
    struct ks_extract what = {.paths = paths, .n_paths = 2, .packets = &packet, .n = 1, .write = take};
    taken = SIZE_MAX;
    /* It was missing when the capture was loaded too: its packets are not in the count. */
    assert_true(ks_is_ok(ks_extract(&what, NULL, NULL)));
    what.n_paths = 1;
    struct ks_status status = ks_extract(&what, NULL, NULL);
    assert_int_equal(status.code, KS_INPUT);
    assert_non_null(strstr(status.message, "/nonexistent/a.pcap"));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs("no capture at all, only words", file);
    fclose(file);
    paths[0] = path;
    status = ks_extract(&what, NULL, NULL);
    assert_int_equal(status.code, KS_INPUT);
    assert_non_null(strstr(status.message, path));
    ks_text_free(&got);
}

static void standard_input_cannot_be_read_again(void **state)
{
    (void)state;
    const char *paths[] = {"-"};
    struct ks_extract_packet packet = {1, 0};
    struct ks_extract what = {.paths = paths, .n_paths = 1, .packets = &packet, .n = 1, .write = take};
    assert_int_equal(ks_extract(&what, NULL, NULL).code, KS_USAGE);
}

static void link_types_do_not_mix(void **state)
{
    (void)state;
    write_capture(other, DLT_RAW, 0);
    struct ks_extract_packet packets[] = {{1, time_of(0)}, {6, time_of(0)}};
    struct ks_status status = extract(packets, 2, NULL, NULL);
    assert_int_equal(status.code, KS_USAGE);
    assert_non_null(strstr(status.message, "EN10MB, RAW"));
    assert_true(ks_is_ok(extract(packets + 1, 1, NULL, NULL))); /* those of one do */
    pcap_t *pcap = reopened();
    assert_int_equal(pcap_datalink(pcap), DLT_RAW);
    pcap_close(pcap);
    ks_text_free(&got);
}

static void copying_can_be_cancelled_and_refused(void **state)
{
    (void)state;
    struct ks_progress progress = {0};
    const char *paths[] = {path};
    struct ks_extract_packet packet = {3, time_of(2)};
    atomic_store(&progress.cancel, true);
    assert_int_equal(extract(&packet, 1, &progress, NULL).code, KS_CANCELLED);
    struct ks_extract what = {.paths = paths, .n_paths = 1, .packets = &packet, .n = 1, .write = take};
    taken = 10; /* the writer has failed: that is told by the writer */
    assert_true(ks_is_ok(ks_extract(&what, NULL, NULL)));
    ks_text_free(&got);
}

static bool take_and_cancel(void *context, const struct ks_extract_packet *packet, int link_type, uint32_t length, const uint8_t *bytes, size_t n)
{
    (void)packet, (void)link_type, (void)length, (void)bytes, (void)n;
    atomic_store((atomic_bool *)context, true);
    return true;
}

static void copying_can_be_cancelled_between_two_packets(void **state)
{
    (void)state;
    struct ks_progress progress = {0};
    const char *paths[] = {path};
    struct ks_extract_packet packets[] = {{1, time_of(0)}, {4, time_of(3)}};
    struct ks_extract what = {.paths = paths, .n_paths = 1, .packets = packets, .n = 2, .take = take_and_cancel, .context = &progress.cancel};
    uint64_t copied;
    assert_int_equal(ks_extract(&what, &progress, &copied).code, KS_CANCELLED);
    assert_int_equal(copied, 1);
}

/* Near 1970, where a time may be read with and without a sign. */
static void an_early_capture_that_changed_is_noticed(void **state)
{
    (void)state;
    write_capture(path, DLT_EN10MB, INT64_C(100000000000) - time_of(0));
    struct ks_extract_packet there = {1, INT64_C(100000000000)}, late = {1, INT64_C(100000000001)};
    assert_int_equal(extract(&there, 1, NULL, NULL).code, KS_OK);
    struct ks_status status = extract(&late, 1, NULL, NULL);
    assert_int_equal(status.code, KS_INPUT);
    assert_non_null(strstr(status.message, "another time"));
    ks_text_free(&got);
}

static void memory_may_run_out(void **state)
{
    (void)state;
    struct ks_extract_packet packet = {3, time_of(2)};
    bool done = false;
    for (size_t n = 1; !done && n < 100; n++) {
        const char *paths[] = {path};
        struct ks_extract what = {.paths = paths, .n_paths = 1, .packets = &packet, .n = 1, .write = take};
        ks_text_free(&got);
        taken = SIZE_MAX;
        ks_memory_fail_from(n);
        struct ks_status status = ks_extract(&what, NULL, NULL);
        done = ks_memory_asked() < n;
        ks_memory_fail_from(0);
        assert_true(ks_is_ok(status) || status.code == KS_NOMEM);
        assert_true(!ks_is_ok(status) || done || got.failed);
    }
    assert_true(done);
    ks_text_free(&got);
}

#define with_captures(test) cmocka_unit_test_setup_teardown(test, make_captures, remove_captures)

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_captures(packets_are_copied_as_they_are),
        with_captures(packets_are_handed_out_one_by_one),
        with_captures(microseconds_stay_microseconds),
        with_captures(a_changed_capture_is_noticed),
        with_captures(a_missing_or_broken_file_is_named),
        cmocka_unit_test(standard_input_cannot_be_read_again),
        with_captures(link_types_do_not_mix),
        with_captures(copying_can_be_cancelled_and_refused),
        with_captures(copying_can_be_cancelled_between_two_packets),
        with_captures(an_early_capture_that_changed_is_noticed),
        with_captures(memory_may_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
