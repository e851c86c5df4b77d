/* Reading whole captures: formats, compression, several files, standard input, filters, what is no capture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>

#include "loads.h"

static void all_forms_of_pcap_read_the_same(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log, other;
    struct ks_capture_info info;
    mixed(&p, MANY);
    assert_int_equal(load_bytes(&p, &log, &info).code, KS_OK);
    assert_int_equal(info.packets, MANY);
    assert_int_equal(info.skipped[KS_SKIP_PROTOCOL], MANY / 6);
    assert_int_equal(info.first, 1700000000 * SECOND);
    assert_int_equal(info.last, 1700000000 * SECOND + (MANY - 1) * 3 * MS);
    assert_int_equal(info.snapped, 0);
    assert_int_equal(info.n_files, 1);
    assert_string_equal(info.files[0].format, "pcap");
    assert_string_equal(info.files[0].compression, "none");
    assert_string_equal(info.files[0].link, "RAW");
    assert_string_equal(info.files[0].name, "memory");
    ks_capture_info_free(&info);
    for (unsigned form = 0; form < 4; form++) {
        struct packets q = {0};
        reformat(&p, form & 1, form & 2, &q);
        assert_int_equal(load_bytes(&q, &other, &info).code, KS_OK);
        assert_same_log(&log, &other);
        release(&other, &info);
        packets_free(&q);
    }
    ks_log_free(&log);
    packets_free(&p);
}

static void pcapng_reads_in_both_byte_orders(void **state)
{
    (void)state;
    for (int big = 0; big < 2; big++) {
        struct ng ng = {.big = big};
        struct ks_log log;
        struct ks_capture_info info;
        ng_section(&ng);
        ng_interface(&ng, 1);
        ng_interface(&ng, 1);
        struct frame frame = frame_of("020000000001 020000000002 0800");
        frame_ipv4(&frame, 1, 2, 6, 20);
        frame_tcp(&frame, 40000, 999, 1, 0, KS_SYN);
        ng_packet(&ng, 0, 1700000000 * SECOND + 1, &frame);
        ng_packet(&ng, 1, 1700000000 * SECOND + 999999999, &frame);
        assert_int_equal(load_bytes(&ng.out, &log, &info).code, KS_OK);
        assert_int_equal(log.n, 2);
        assert_int_equal(log.time[0], 1700000000 * SECOND + 1);
        assert_int_equal(log.time[1], 1700000000 * SECOND + 999999999);
        assert_string_equal(info.files[0].format, "pcapng");
        assert_string_equal(info.files[0].link, "EN10MB");
        release(&log, &info);
        packets_free(&ng.out);
    }
}

static void interfaces_of_different_link_types_stop_the_file_in_libpcaps_words(void **state)
{
    (void)state;
    struct ng ng = {0};
    struct ks_log log;
    struct ks_capture_info info;
    ng_section(&ng);
    ng_interface(&ng, 101);
    struct frame frame = {0};
    frame_ipv4(&frame, 1, 2, 6, 20);
    frame_tcp(&frame, 40000, 999, 1, 0, KS_SYN);
    ng_packet(&ng, 0, SECOND, &frame);
    ng_interface(&ng, 1);
    ng_packet(&ng, 0, SECOND, &frame);
    struct ks_status status = load_bytes(&ng.out, &log, &info);
    assert_int_equal(status.code, KS_PARTIAL);
    assert_int_equal(log.n, 1);
    assert_true(info.partial);
    assert_string_equal(info.stopped, status.message);
    assert_non_null(strstr(info.stopped, "after packet 1"));
    assert_non_null(strstr(info.stopped, "interface"));
    assert_non_null(strstr(info.stopped, "one link type in a file"));
    release(&log, &info);
    packets_free(&ng.out);
}

static void every_compression_is_found_by_content(void **state)
{
    (void)state;
    static const struct {
        int filter;
        const char *name;
    } filters[] = {{ARCHIVE_FILTER_GZIP, "gzip"}, {ARCHIVE_FILTER_ZSTD, "zstd"}, {ARCHIVE_FILTER_XZ, "xz"},
                   {ARCHIVE_FILTER_LZ4, "lz4"},   {ARCHIVE_FILTER_BZIP2, "bzip2"}};
    struct packets p = {0};
    struct ks_log log, other;
    struct ks_capture_info info;
    mixed(&p, MANY);
    assert_int_equal(load_bytes(&p, &log, &info).code, KS_OK);
    ks_capture_info_free(&info);
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
        struct packets whole = {0}, parts = {0};
        compressed(&whole, filters[i].filter, p.at, p.n);
        assert_int_equal(load_bytes(&whole, &other, &info).code, KS_OK);
        assert_string_equal(info.files[0].compression, filters[i].name);
        assert_same_log(&log, &other);
        release(&other, &info);
        /* In two members, as parts compressed one by one and put together are. */
        compressed(&parts, filters[i].filter, p.at, p.n / 3);
        compressed(&parts, filters[i].filter, p.at + p.n / 3, p.n - p.n / 3);
        assert_int_equal(load_bytes(&parts, &other, &info).code, KS_OK);
        assert_same_log(&log, &other);
        release(&other, &info);
        /* Under any name. */
        char *name = scratch(whole.at, whole.n);
        const char *const paths[] = {name};
        assert_int_equal(load_paths(paths, 1, &other, &info).code, KS_OK);
        assert_same_log(&log, &other);
        assert_int_equal(info.files[0].bytes, whole.n);
        release(&other, &info);
        scratch_free(name);
        packets_free(&whole);
        packets_free(&parts);
    }
    ks_log_free(&log);
    packets_free(&p);
}

/* Runs a load with these bytes on standard input. */
static struct ks_status load_piped(const struct packets *packets, const char *const *paths, size_t n, struct ks_log *log,
                                   struct ks_capture_info *info)
{
    int ends[2], old = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_true(packets->n <= 65536); /* a pipe holds it */
    assert_int_equal(write(ends[1], packets->at, packets->n), packets->n);
    close(ends[1]);
    assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
    close(ends[0]);
    struct ks_status status = load_paths(paths, n, log, info);
    assert_true(dup2(old, STDIN_FILENO) >= 0);
    close(old);
    return status;
}

static void standard_input_is_read_plain_and_compressed(void **state)
{
    (void)state;
    struct packets p = {0}, z = {0};
    struct ks_log log, other;
    struct ks_capture_info info;
    const char *const paths[] = {"-"};
    mixed(&p, 600);
    assert_int_equal(load_bytes(&p, &log, &info).code, KS_OK);
    ks_capture_info_free(&info);
    assert_int_equal(load_piped(&p, paths, 1, &other, &info).code, KS_OK);
    assert_same_log(&log, &other);
    assert_string_equal(info.files[0].name, "-");
    assert_int_equal(info.files[0].bytes, 0);
    release(&other, &info);
    compressed(&z, ARCHIVE_FILTER_GZIP, p.at, p.n);
    assert_int_equal(load_piped(&z, paths, 1, &other, &info).code, KS_OK);
    assert_same_log(&log, &other);
    release(&other, &info);
    /* Nothing comes: said in words. */
    struct packets none = {.at = p.at};
    struct ks_status status = load_piped(&none, paths, 1, &other, &info);
    assert_int_equal(status.code, KS_INPUT);
    assert_string_equal(status.message, "standard input: empty: there is no capture in it");
    release(&other, &info);
    ks_log_free(&log);
    packets_free(&p);
    packets_free(&z);
}

static void files_are_read_in_the_order_given(void **state)
{
    (void)state;
    struct packets p = {0}, q = {0};
    struct ks_log log;
    struct ks_capture_info info;
    packets_tcp(&p, SECOND, 1, 1000, 2, 80, KS_SYN, 5, 0);
    packets_tcp(&q, 2 * SECOND, 2, 80, 1, 1000, KS_SYN | KS_ACK, 5, 6);
    packets_tcp(&q, 3 * SECOND, 1, 1000, 2, 80, KS_SYN, 5, 0);
    q.at[20] = 228; /* another link type: IPv4 */
    char *first = scratch(p.at, p.n), *second = scratch(q.at, q.n);
    const char *const paths[] = {first, second};
    assert_int_equal(load_paths(paths, 2, &log, &info).code, KS_OK);
    assert_int_equal(info.n_files, 2);
    assert_string_equal(info.files[0].name, first);
    assert_string_equal(info.files[0].link, "RAW");
    assert_string_equal(info.files[1].link, "IPV4");
    assert_int_equal(info.files[0].packets, 1);
    assert_int_equal(info.files[1].packets, 2);
    assert_int_equal(log.packet[2], 3);
    /* Connections go on from file to file. */
    assert_int_equal(log.n_attempts, 1);
    assert_int_equal(ks_log_outcome(&log, 0), KS_OPEN);
    release(&log, &info);
    scratch_free(first);
    scratch_free(second);
    packets_free(&p);
    packets_free(&q);
}

static void a_file_that_cannot_be_read_leaves_the_others(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    struct ks_capture_info info;
    mixed(&p, 12);
    char *whole = scratch(p.at, p.n), *cut = scratch(p.at, p.n - 1);
    const char *const paths[] = {whole, "no-such-file", cut, whole};
    struct ks_status status = load_paths(paths, 4, &log, &info);
    assert_int_equal(status.code, KS_PARTIAL);
    assert_true(info.partial);
    assert_string_equal(info.stopped, "no-such-file: No such file or directory (and 1 more inputs not read whole)");
    assert_int_equal(info.n_files, 3);
    assert_int_equal(info.packets, 12 + 11 + 12);
    release(&log, &info);
    /* Nothing at all. */
    const char *const nothing[] = {"no-such-file", "neither"};
    status = load_paths(nothing, 2, &log, &info);
    assert_int_equal(status.code, KS_INPUT);
    assert_int_equal(info.n_files, 0);
    release(&log, &info);
    scratch_free(whole);
    scratch_free(cut);
    packets_free(&p);
}

static void what_is_no_capture_is_said_in_words(void **state)
{
    (void)state;
    struct ks_log log;
    struct ks_capture_info info;
    char *empty = scratch("", 0), *garbage = scratch("#!/bin/sh\necho this is no capture at all\n", 41);
    char *zeros = scratch("\0\0\0\0\0\0\0\0", 8);
    assert_int_equal(mkdir("scratch-directory", 0700), 0);
    const struct {
        const char *path, *words;
    } cases[] = {
        {empty, "empty: there is no capture in it"},
        {"/dev/null", "empty: there is no capture in it"},
        {garbage, "not a packet capture (unknown file format)"},
        {zeros, "not a packet capture (unknown file format)"},
        {"scratch-directory", "a directory: name the captures in it"},
        {"scratch-directory/none", "No such file or directory"},
        {"", "No such file or directory"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ks_status status = load_paths(&cases[i].path, 1, &log, &info);
        assert_int_equal(status.code, KS_INPUT);
        assert_non_null(strstr(status.message, cases[i].words));
        assert_int_equal(log.n, 0);
        assert_false(info.partial);
        release(&log, &info);
    }
    assert_int_equal(load_paths(NULL, 0, &log, &info).code, KS_USAGE);
    release(&log, &info);
    assert_int_equal(rmdir("scratch-directory"), 0);
    scratch_free(empty);
    scratch_free(garbage);
    scratch_free(zeros);
}

static void *write_to_fifo(void *user)
{
    struct packets *packets = user;
    int fd = open("scratch-fifo", O_WRONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? write(fd, packets->at, packets->n) : -1;
    if (fd >= 0)
        close(fd);
    return n == (ssize_t)packets->n ? packets : NULL;
}

static void a_named_pipe_waits_for_its_writer_but_not_for_ever(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    struct ks_capture_info info;
    const char *const paths[] = {"scratch-fifo"};
    mixed(&p, 60);
    unlink("scratch-fifo");
    assert_int_equal(mkfifo("scratch-fifo", 0600), 0);
    pthread_t writer;
    void *wrote;
    assert_int_equal(pthread_create(&writer, NULL, write_to_fifo, &p), 0);
    assert_int_equal(load_paths(paths, 1, &log, &info).code, KS_OK);
    assert_int_equal(info.packets, 60);
    release(&log, &info);
    assert_int_equal(pthread_join(writer, &wrote), 0);
    assert_non_null(wrote);
    struct ks_status status = load_paths(paths, 1, &log, &info);
    assert_int_equal(status.code, KS_INPUT);
    assert_string_equal(status.message, "scratch-fifo: a named pipe that nobody writes to");
    release(&log, &info);
    unlink("scratch-fifo");
    packets_free(&p);
}

static void a_zstd_file_may_begin_with_a_frame_to_skip(void **state)
{
    (void)state;
    struct packets p = {0}, z = {0};
    struct ks_log log;
    struct ks_capture_info info;
    mixed(&p, 60);
    packets_raw(&z, "\x50\x2a\x4d\x18\3\0\0\0xyz", 11); /* RFC 8878, 3.1.2 */
    compressed(&z, ARCHIVE_FILTER_ZSTD, p.at, p.n);
    assert_int_equal(load_bytes(&z, &log, &info).code, KS_OK);
    assert_int_equal(info.packets, 60);
    assert_string_equal(info.files[0].compression, "zstd");
    release(&log, &info);
    packets_free(&p);
    packets_free(&z);
}

static void hosts_of_both_versions_are_told_apart(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    struct ks_capture_info info;
    for (unsigned i = 0; i < 4000; i++) { /* 500 hosts of IPv6, 500 of IPv4, each seen four times */
        struct frame frame = {0};
        if (i % 2 != 0) {
            frame_ipv4(&frame, i % 1000, 5000, 17, 8);
        } else {
            frame_hex(&frame, "60000000 0008 11 40 20010db8 00000000 00000000");
            frame_be32(&frame, i % 1000);
            frame_hex(&frame, "20010db8 00000000 00000001 00000000");
        }
        frame_hex(&frame, "1000 0035 0008 0000");
        packets_add(&p, SECOND, &frame);
    }
    assert_int_equal(load_bytes(&p, &log, &info).code, KS_OK);
    assert_int_equal(log.n_hosts, 1002);
    for (size_t i = 0; i < log.n; i++) {
        assert_int_equal(log.hosts[log.source[i]].version, i % 2 != 0 ? 4 : 6);
        assert_int_equal(log.source[i], log.source[i % 1000]);
        const uint8_t *low = log.hosts[log.source[i]].bytes + (i % 2 != 0 ? 2 : 14);
        assert_int_equal(low[0] << 8 | low[1], i % 1000);
    }
    release(&log, &info);
    packets_free(&p);
}

static void the_beginning_of_a_log_can_be_copied(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log, copy;
    struct ks_capture_info info;
    mixed(&p, 600);
    assert_int_equal(load_bytes(&p, &log, &info).code, KS_OK);
    for (size_t n = 0; n <= log.n + 1; n += 7) {
        assert_int_equal(ks_log_copy(&log, n, &copy).code, KS_OK);
        assert_int_equal(copy.n, n < log.n ? n : log.n);
        assert_int_equal(copy.n_hosts, log.n_hosts);
        size_t attempts = 0;
        while (attempts < log.n_attempts && log.attempts[attempts] < n)
            attempts++;
        assert_int_equal(copy.n_attempts, attempts);
        assert_memory_equal(copy.attempts, log.attempts, attempts * sizeof *log.attempts);
        assert_memory_equal(copy.packet, log.packet, copy.n * sizeof *log.packet);
        ks_log_free(&copy);
    }
    assert_int_equal(ks_log_copy(&log, SIZE_MAX, &copy).code, KS_OK);
    assert_same_log(&log, &copy);
    ks_log_free(&copy);
    release(&log, &info);
    packets_free(&p);
}

static void a_filter_leaves_packets_out_and_counts_them(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    struct ks_capture_info info;
    mixed(&p, MANY);
    struct ks_load_options options = {.filter = "tcp and dst host 10.0.0.2"};
    assert_int_equal(ks_load_bytes(p.at, p.n, &options, &log, &info).code, KS_OK);
    assert_balanced(&log, &info);
    assert_int_equal(info.packets, MANY / 3);
    assert_int_equal(info.filtered, MANY - MANY / 3);
    assert_int_equal(info.files[0].packets, MANY);
    assert_int_equal(log.packet[1], 3); /* numbers are those of the capture */
    release(&log, &info);
    options.filter = "tcp port (";
    struct ks_status status = ks_load_bytes(p.at, p.n, &options, &log, &info);
    assert_int_equal(status.code, KS_USAGE);
    assert_non_null(strstr(status.message, "syntax error"));
    assert_int_equal(info.n_files, 0);
    release(&log, &info);
    packets_free(&p);
}

static void a_link_type_that_is_not_decoded_is_counted(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    struct ks_capture_info info;
    mixed(&p, 12);
    p.at[20] = 195; /* IEEE 802.15.4 */
    assert_int_equal(load_bytes(&p, &log, &info).code, KS_OK);
    assert_int_equal(info.skipped[KS_SKIP_LINK_TYPE], 12);
    assert_string_equal(info.files[0].link, "IEEE802_15_4");
    release(&log, &info);
    packets_free(&p);
}

static void a_file_has_its_sha256(void **state)
{
    (void)state;
    char digest[65];
    char *name = scratch("abc", 3);
    assert_int_equal(ks_file_sha256(name, NULL, digest).code, KS_OK);
    assert_string_equal(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* FIPS 180-4 */
    struct ks_progress progress = {0};
    atomic_store(&progress.cancel, true);
    assert_int_equal(ks_file_sha256(name, &progress, digest).code, KS_CANCELLED);
    assert_string_equal(digest, "");
    scratch_free(name);
    assert_int_equal(ks_file_sha256("no-such-file", NULL, digest).code, KS_INPUT);
    assert_int_equal(ks_file_sha256("-", NULL, digest).code, KS_INPUT);
    assert_int_equal(ks_file_sha256(".", NULL, digest).code, KS_INPUT);
}

static void addresses_and_names_read_back(void **state)
{
    (void)state;
    static const char *const texts[] = {"10.0.0.1", "255.255.255.255", "2001:db8::1", "::", "fe80::1:2", "::ffff:1.2.3.4"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ks_address address;
        char text[64];
        assert_true(ks_parse_address(texts[i], &address));
        assert_string_equal(ks_format_address(text, sizeof text, &address), texts[i]);
        assert_int_equal(address.version, strchr(texts[i], ':') != NULL ? 6 : 4);
    }
    struct ks_address address;
    assert_false(ks_parse_address("", &address));
    assert_false(ks_parse_address("10.0.0", &address));
    assert_false(ks_parse_address("10.0.0.1 ", &address));
    assert_false(ks_parse_address("host", &address));
    assert_string_equal(ks_outcome_name(KS_SILENT), "silent");
    assert_string_equal(ks_outcome_name(KS_OPEN), "open");
    assert_string_equal(ks_outcome_name(KS_REFUSED), "refused");
    assert_string_equal(ks_outcome_name(KS_UNREACHABLE), "unreachable");
    for (int i = 0; i < KS_SKIP_N; i++) {
        assert_string_not_equal(ks_skip_name((enum ks_skip)i), "");
        assert_string_not_equal(ks_skip_text((enum ks_skip)i), "");
    }
    assert_non_null(strstr(ks_capture_libraries(), "libpcap"));
    assert_non_null(strstr(ks_capture_libraries(), "libarchive"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_forms_of_pcap_read_the_same),
        cmocka_unit_test(pcapng_reads_in_both_byte_orders),
        cmocka_unit_test(interfaces_of_different_link_types_stop_the_file_in_libpcaps_words),
        cmocka_unit_test(every_compression_is_found_by_content),
        cmocka_unit_test(standard_input_is_read_plain_and_compressed),
        cmocka_unit_test(files_are_read_in_the_order_given),
        cmocka_unit_test(a_file_that_cannot_be_read_leaves_the_others),
        cmocka_unit_test(what_is_no_capture_is_said_in_words),
        cmocka_unit_test(a_named_pipe_waits_for_its_writer_but_not_for_ever),
        cmocka_unit_test(a_zstd_file_may_begin_with_a_frame_to_skip),
        cmocka_unit_test(hosts_of_both_versions_are_told_apart),
        cmocka_unit_test(the_beginning_of_a_log_can_be_copied),
        cmocka_unit_test(a_filter_leaves_packets_out_and_counts_them),
        cmocka_unit_test(a_link_type_that_is_not_decoded_is_counted),
        cmocka_unit_test(a_file_has_its_sha256),
        cmocka_unit_test(addresses_and_names_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
