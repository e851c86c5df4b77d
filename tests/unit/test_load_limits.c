/* Captures that end early or are wrong, limits, cancelling and snapshots, and memory that runs out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "loads.h"

static void a_capture_cut_anywhere_gives_what_is_before_the_cut(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    struct ks_capture_info info;
    mixed(&p, 12);
    for (size_t n = 1; n < p.n; n++) {
        struct packets cut = {.at = p.at, .n = n};
        bool failed;
        long count = libpcap_counts(cut.at, cut.n, &failed);
        struct ks_status status = load_bytes(&cut, &log, &info);
        if (count < 0) {
            assert_int_equal(status.code, KS_INPUT);
            assert_int_equal(info.n_files, 0);
        } else {
            assert_int_equal(status.code, failed ? KS_PARTIAL : KS_OK);
            assert_int_equal(info.files[0].packets, count);
            assert_int_equal(info.partial, failed);
        }
        release(&log, &info);
    }
    packets_free(&p);
}

static void compressed_data_cut_or_damaged_are_told(void **state)
{
    (void)state;
    static const int filters[] = {ARCHIVE_FILTER_GZIP, ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_LZ4};
    struct packets p = {0};
    struct ks_log log;
    struct ks_capture_info info;
    mixed(&p, 200000); /* more than lz4 puts in a block */
    for (size_t i = 0; i < 4; i++) {
        struct packets z = {0};
        compressed(&z, filters[i], p.at, p.n);
        struct packets cut = {.at = z.at, .n = z.n * 9 / 10};
        struct ks_status status = load_bytes(&cut, &log, &info);
        assert_int_equal(status.code, KS_PARTIAL);
        assert_true(log.n > 60000);
        assert_non_null(strstr(info.stopped, "damaged"));
        release(&log, &info);
        cut.n = 20;
        assert_int_equal(load_bytes(&cut, &log, &info).code, KS_INPUT);
        release(&log, &info);
        packets_free(&z);
    }
    packets_free(&p);
}

/* The sum of a whole file is wrong, something else follows the data, zeros do. */
static void gzip_is_read_to_its_last_byte(void **state)
{
    (void)state;
    struct packets p = {0}, z = {0};
    struct ks_log log;
    struct ks_capture_info info;
    mixed(&p, 60);
    compressed(&z, ARCHIVE_FILTER_GZIP, p.at, p.n);
    for (size_t cut = 1; cut < z.n; cut++) { /* far less than a block, yet nearly all of it is there */
        struct packets part = {.at = z.at, .n = z.n - cut};
        struct ks_status status = load_bytes(&part, &log, &info);
        assert_true(status.code == KS_PARTIAL || status.code == KS_INPUT);
        if (cut <= 8) { /* only the sum and the length are missing */
            assert_int_equal(info.packets, 60);
            assert_non_null(strstr(info.stopped, "damaged gzip data: the data end too early"));
        } else if (cut <= z.n / 4) {
            assert_true(info.packets >= 20);
        }
        release(&log, &info);
    }
    z.at[z.n - 8] ^= 1;
    struct ks_status status = load_bytes(&z, &log, &info);
    assert_int_equal(status.code, KS_PARTIAL);
    assert_int_equal(info.packets, 60);
    assert_non_null(strstr(info.stopped, "damaged gzip data: incorrect data check"));
    release(&log, &info);
    z.at[z.n - 8] ^= 1;
    packets_raw(&z, "\0\0\0\0\0\0\0", 7);
    assert_int_equal(load_bytes(&z, &log, &info).code, KS_OK);
    release(&log, &info);
    packets_raw(&z, "tail", 4);
    assert_int_equal(load_bytes(&z, &log, &info).code, KS_PARTIAL);
    assert_int_equal(info.packets, 60);
    release(&log, &info);
    packets_free(&p);
    packets_free(&z);
}

/* Other data behind the compressed: told by all, also where a decompressor stops at them without a word. Zeros are a tape's
 * padding. */
static void what_follows_compressed_data_is_told(void **state)
{
    (void)state;
    static const int filters[] = {ARCHIVE_FILTER_ZSTD, ARCHIVE_FILTER_XZ, ARCHIVE_FILTER_LZ4, ARCHIVE_FILTER_BZIP2};
    static const uint8_t zeros[1 << 21], tail[] = "tail";
    struct packets p = {0};
    struct ks_log log;
    struct ks_capture_info info;
    mixed(&p, 600);
    for (size_t i = 0; i < 4; i++) {
        bool silent = i >= 2; /* the decompressor says nothing, and all packets are there */
        struct packets z = {0}, two = {0};
        compressed(&z, filters[i], p.at, p.n);
        packets_raw(&two, z.at, z.n);
        packets_raw(&two, z.at, z.n);
        two.at[z.n] ^= 0x55; /* the second part's first byte */
        assert_int_equal(load_bytes(&two, &log, &info).code, silent ? KS_PARTIAL : KS_INPUT); /* the part that was being expanded is lost */
        assert_true(!silent || strstr(info.stopped, "something else follows their end") != NULL);
        release(&log, &info);
        if (silent || filters[i] == ARCHIVE_FILTER_XZ) {
            packets_raw(&z, zeros, sizeof zeros);
            assert_int_equal(load_bytes(&z, &log, &info).code, KS_OK);
            assert_int_equal(info.packets, 600);
            release(&log, &info);
        }
        packets_raw(&z, tail, sizeof tail);
        assert_int_not_equal(load_bytes(&z, &log, &info).code, KS_OK);
        assert_int_equal(silent ? info.packets : 600, 600);
        release(&log, &info);
        packets_free(&z);
        packets_free(&two);
    }
    packets_free(&p);
}

/* What zstd, xz, lz4 and bzip2 make of an empty file: no capture, in words of our own. */
static void nothing_compressed_is_an_empty_file(void **state)
{
    (void)state;
    static const struct {
        size_t n;
        uint8_t bytes[32];
    } files[] = {
        {13, {0x28, 0xb5, 0x2f, 0xfd, 0x24, 0x00, 0x01, 0x00, 0x00, 0x99, 0xe9, 0xd8, 0x51}}, /* zstd */
        {32, {0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x04, 0xe6, 0xd6, 0xb4, 0x46, 0x00, 0x00, 0x00, 0x00, 0x1c, 0xdf, 0x44, 0x21,
              0x1f, 0xb6, 0xf3, 0x7d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x04, 0x59, 0x5a}}, /* xz */
        {15, {0x04, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7, 0x00, 0x00, 0x00, 0x00, 0x05, 0x5d, 0xcc, 0x02}}, /* lz4 */
        {14, {0x42, 0x5a, 0x68, 0x39, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90, 0x00, 0x00, 0x00, 0x00}}, /* bzip2 */
    };
    struct ks_log log;
    struct ks_capture_info info;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct packets p = {0};
        packets_raw(&p, files[i].bytes, files[i].n);
        struct ks_status status = load_bytes(&p, &log, &info);
        assert_int_equal(status.code, KS_INPUT);
        assert_non_null(strstr(status.message, "not a packet capture"));
        release(&log, &info);
        packets_free(&p);
    }
}

static void limits_are_told(void **state)
{
    (void)state;
    struct packets p = {0}, z = {0};
    struct ks_log log;
    struct ks_capture_info info;
    mixed(&p, MANY);
    struct ks_load_options options = {.max_events = 100};
    struct ks_status status = ks_load_bytes(p.at, p.n, &options, &log, &info);
    assert_balanced(&log, &info);
    assert_int_equal(status.code, KS_PARTIAL);
    assert_int_equal(log.n, 100);
    assert_int_equal(info.skipped[KS_SKIP_LIMIT], MANY * 5 / 6 - 100);
    assert_non_null(strstr(info.stopped, "the limit of 100 events is reached"));
    release(&log, &info);
    compressed(&z, ARCHIVE_FILTER_GZIP, p.at, p.n);
    options = (struct ks_load_options){.max_expanded = 10000};
    status = ks_load_bytes(z.at, z.n, &options, &log, &info);
    assert_balanced(&log, &info);
    assert_int_equal(status.code, KS_PARTIAL);
    assert_non_null(strstr(info.stopped, "the limit of 10000 expanded bytes is reached"));
    assert_in_range(log.n, 100, 200);
    release(&log, &info);
    packets_free(&p);
    packets_free(&z);
}

static void a_decompression_bomb_is_not_read_to_its_end(void **state)
{
    (void)state;
    struct packets p = {0}, z = {0}, many = {0};
    struct ks_log log;
    struct ks_capture_info info;
    static uint8_t zeros[262144];
    packets_start(&p, DLT_RAW);
    compressed(&many, ARCHIVE_FILTER_ZSTD, p.at, p.n);
    p.n = 0;
    for (int i = 0; i < 64; i++) {
        packets_le32(&p, 1);
        packets_le32(&p, 1);
        packets_le32(&p, sizeof zeros);
        packets_le32(&p, sizeof zeros);
        packets_raw(&p, zeros, sizeof zeros);
    }
    compressed(&z, ARCHIVE_FILTER_ZSTD, p.at, p.n);
    for (int i = 0; i < 40; i++) /* 40 times 16 MiB */
        packets_raw(&many, z.at, z.n);
    struct ks_status status = load_bytes(&many, &log, &info);
    assert_int_equal(status.code, KS_PARTIAL);
    assert_non_null(strstr(info.stopped, "decompression bomb"));
    assert_in_range(info.packets, 1000, 1200);
    release(&log, &info);
    packets_free(&p);
    packets_free(&z);
    packets_free(&many);
}

static void a_load_shows_its_progress_and_can_be_cancelled(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    struct ks_capture_info info;
    struct ks_progress progress = {0};
    mixed(&p, MANY);
    char *name = scratch(p.at, p.n);
    const char *const paths[] = {name, name};
    struct ks_load_options options = {.paths = paths, .n_paths = 2};
    assert_int_equal(ks_load(&options, &progress, NULL, &log, &info).code, KS_OK);
    assert_int_equal(atomic_load(&progress.done), p.n * 2);
    assert_int_equal(atomic_load(&progress.total), p.n * 2);
    release(&log, &info);
    atomic_store(&progress.cancel, true);
    assert_int_equal(ks_load(&options, &progress, NULL, &log, &info).code, KS_CANCELLED);
    assert_balanced(&log, &info);
    assert_int_equal(info.packets, 0);
    release(&log, &info);
    scratch_free(name);
    packets_free(&p);
}

/* A writer that sends the beginning of a capture, waits until it is seen in a snapshot, cancels the load and keeps the pipe open. */
struct silent_writer {
    struct packets *packets;
    struct ks_progress *progress;
    struct ks_publish *publish;
    uint64_t seen;
    int fd;
};

static void *write_and_cancel(void *user)
{
    struct silent_writer *writer = user;
    writer->fd = open("scratch-silent", O_WRONLY | O_CLOEXEC);
    if (writer->fd < 0 || write(writer->fd, writer->packets->at, writer->packets->n) != (ssize_t)writer->packets->n)
        return NULL;
    while (writer->seen < writer->packets->count) {
        struct ks_log log;
        struct ks_capture_info info;
        ks_publish_request(writer->publish);
        if (ks_publish_take(writer->publish, &log, &info)) {
            writer->seen = info.packets;
            release(&log, &info);
        }
        sched_yield();
    }
    atomic_store(&writer->progress->cancel, true);
    return writer;
}

static void what_a_slow_pipe_has_given_is_seen_and_waiting_can_be_cancelled(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    struct ks_capture_info info;
    struct ks_progress progress = {0};
    struct silent_writer writer = {.packets = &p, .progress = &progress, .publish = ks_publish_new()};
    const char *const paths[] = {"scratch-silent"};
    struct ks_load_options options = {.paths = paths, .n_paths = 1};
    assert_non_null(writer.publish);
    mixed(&p, 60);
    unlink(paths[0]);
    assert_int_equal(mkfifo(paths[0], 0600), 0);
    pthread_t thread;
    void *wrote;
    assert_int_equal(pthread_create(&thread, NULL, write_and_cancel, &writer), 0);
    struct ks_status status = ks_load(&options, &progress, writer.publish, &log, &info);
    assert_int_equal(pthread_join(thread, &wrote), 0);
    assert_non_null(wrote);
    assert_int_equal(status.code, KS_CANCELLED);
    assert_string_equal(status.message, "scratch-silent: cancelled after packet 60");
    assert_balanced(&log, &info);
    assert_int_equal(info.packets, 60);
    assert_int_equal(writer.seen, 60);
    release(&log, &info);
    ks_publish_free(writer.publish);
    close(writer.fd);
    unlink(paths[0]);
    packets_free(&p);
}

static void a_snapshot_of_a_running_load_is_its_beginning(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log, early;
    struct ks_capture_info info, early_info;
    mixed(&p, MANY);
    char *name = scratch(p.at, p.n);
    const char *const paths[] = {name};
    struct ks_load_options options = {.paths = paths, .n_paths = 1};
    struct ks_publish *publish = ks_publish_new();
    assert_non_null(publish);
    assert_false(ks_publish_take(publish, &early, &early_info));
    ks_publish_request(publish);
    assert_int_equal(ks_load(&options, NULL, publish, &log, &info).code, KS_OK);
    assert_true(ks_publish_take(publish, &early, &early_info));
    assert_false(ks_publish_take(publish, &early, &early_info));
    assert_balanced(&early, &early_info);
    assert_in_range(early.n, 1, log.n - 1);
    assert_memory_equal(early.time, log.time, early.n * sizeof *log.time);
    assert_memory_equal(early.dport, log.dport, early.n * sizeof *log.dport);
    assert_memory_equal(early.attempts, log.attempts, early.n_attempts * sizeof *log.attempts);
    assert_string_equal(early_info.files[0].name, name);
    release(&early, &early_info);
    release(&log, &info);
    /* One that nobody takes is freed with the hand-over. */
    ks_publish_request(publish);
    assert_int_equal(ks_load(&options, NULL, publish, &log, &info).code, KS_OK);
    release(&log, &info);
    ks_publish_free(publish);
    scratch_free(name);
    packets_free(&p);
}

static void memory_that_runs_out_leaves_what_was_read(void **state)
{
    (void)state;
    struct packets p = {0}, z = {0};
    struct ks_log log;
    struct ks_capture_info info;
    mixed(&p, 9000);
    compressed(&z, ARCHIVE_FILTER_GZIP, p.at, p.n);
    char *plain = scratch(p.at, p.n), *small = scratch(z.at, z.n);
    const char *const paths[] = {plain, small};
    struct ks_load_options options = {.paths = paths, .n_paths = 2};
    size_t with_some = 0;
    for (size_t n = 1;; n++) {
        struct ks_publish *publish = ks_publish_new();
        assert_non_null(publish);
        ks_publish_request(publish);
        ks_memory_fail_from(n);
        struct ks_status status = ks_load(&options, NULL, publish, &log, &info);
        size_t asked = ks_memory_asked();
        ks_memory_fail_from(0);
        assert_balanced(&log, &info);
        bool enough = status.code == KS_OK && asked < n;
        if (status.code == KS_OK) {
            assert_int_equal(info.packets, 18000);
        } else {
            assert_int_equal(status.code, KS_NOMEM);
            assert_true(info.packets < 18000);
            assert_string_not_equal(status.message, "");
            with_some += log.n != 0;
            if (log.n != 0)
                assert_string_equal(info.stopped, status.message);
        }
        release(&log, &info);
        ks_publish_free(publish);
        if (enough)
            break;
        assert_true(n < 2000);
    }
    assert_true(with_some > 10);
    scratch_free(plain);
    scratch_free(small);
    packets_free(&p);
    packets_free(&z);
}

/* Room is made for as many events as the beginning of a file suggests: short packets before long ones, and long before short, promise too many
 * and too few. */
static void a_file_may_go_on_unlike_it_began(void **state)
{
    (void)state;
    enum { EACH = 20000, LONG = 1000 };
    for (int first_long = 0; first_long < 2; first_long++) {
        struct packets p = {0};
        struct ks_log log, by_bytes;
        struct ks_capture_info info, info_by_bytes;
        for (unsigned i = 0; i < 2 * EACH; i++) {
            struct frame frame = {0};
            bool is_long = (i < EACH) == (first_long == 1);
            frame_ipv4(&frame, 1 + i % 50, 2, 6, is_long ? 20 + LONG : 20);
            frame_tcp(&frame, 1024 + i % 60000, 80, i, 0, KS_ACK);
            frame_zeros(&frame, is_long ? LONG : 0);
            packets_add(&p, (int64_t)i * MS, &frame);
        }
        char *name = scratch(p.at, p.n);
        const char *const paths[] = {name};
        assert_int_equal(load_paths(paths, 1, &log, &info).code, KS_OK);
        assert_int_equal(load_bytes(&p, &by_bytes, &info_by_bytes).code, KS_OK); /* where nothing is expected */
        assert_int_equal(log.n, 2 * EACH);
        assert_same_log(&log, &by_bytes);
        release(&log, &info);
        release(&by_bytes, &info_by_bytes);
        scratch_free(name);
        packets_free(&p);
    }
}

static void names_are_harmless_for_terminals(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    struct ks_capture_info info;
    const char *const paths[] = {"scratch-\033[2J\xc2\x9b", "none-\033]0;x\a"};
    mixed(&p, 12);
    char *name = scratch(p.at, p.n);
    assert_int_equal(rename(name, paths[0]), 0);
    free(name);
    struct ks_status status = load_paths(paths, 2, &log, &info);
    assert_int_equal(status.code, KS_PARTIAL);
    assert_string_equal(info.files[0].name, "scratch-?[2J?");
    assert_string_equal(info.stopped, "none-?]0;x?: No such file or directory");
    release(&log, &info);
    unlink(paths[0]);
    packets_free(&p);
}

static void times_beyond_what_fits_become_the_nearest(void **state)
{
    (void)state;
    struct packets p = {0};
    struct ks_log log;
    struct ks_capture_info info;
    for (int i = 0; i < 3; i++)
        packets_tcp(&p, SECOND, 1, 1000, 2, 80, KS_SYN, 5, 0);
    memset(p.at + 24, 0xff, 8); /* the latest second; a fraction of 2^32 - 1, which libpcap reads as -1 */
    assert_int_equal(load_bytes(&p, &log, &info).code, KS_OK);
    assert_int_equal(log.time[0], 4294967295 * SECOND - 1);
    assert_int_equal(info.first, SECOND);
    assert_int_equal(info.last, log.time[0]);
    release(&log, &info);
    struct ng ng = {0};
    struct frame frame = {0};
    frame_ipv4(&frame, 1, 2, 6, 20);
    frame_tcp(&frame, 40000, 999, 1, 0, KS_SYN);
    ng_section(&ng);
    ng_interface(&ng, 101);
    ng_packet(&ng, 0, -1, &frame); /* 2^64 - 1 nanoseconds: the year 2554 */
    assert_int_equal(load_bytes(&ng.out, &log, &info).code, KS_OK);
    assert_int_equal(log.time[0], KS_TIME_MAX);
    assert_true(KS_TIME_MAX - KS_TIME_MIN > 0); /* what any two are apart fits */
    release(&log, &info);
    packets_free(&ng.out);
    packets_free(&p);
}

/* Files with changed headers and records: as many packets as libpcap finds, and the end for the same reason or none. */
static void changed_files_read_as_far_as_libpcap_reads_them(void **state)
{
    (void)state;
    uint64_t x = 99;
    for (int round = 0; round < 1500; round++) {
        struct packets p = {0}, q = {0};
        struct ks_log log;
        struct ks_capture_info info;
        mixed(&p, 6);
        reformat(&p, round & 1, round & 2, &q);
        for (int change = 0; change < 2; change++) {
            x = x * 6364136223846793005U + 1442695040888963407U;
            size_t at = (size_t)(x >> 40) % ((round & 4) != 0 ? 60 : q.n);
            q.at[at] = (uint8_t)((x >> 33) % 4 != 0 ? x >> 25 : x >> 35 & 3);
        }
        bool failed;
        long count = libpcap_counts(q.at, q.n, &failed);
        struct ks_status status = load_bytes(&q, &log, &info);
        if (count < 0) {
            assert_int_equal(status.code, KS_INPUT);
        } else {
            assert_int_equal(info.n_files, 1);
            assert_int_equal(info.files[0].packets, count);
            assert_int_equal(status.code, failed ? KS_PARTIAL : KS_OK);
        }
        release(&log, &info);
        packets_free(&p);
        packets_free(&q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_capture_cut_anywhere_gives_what_is_before_the_cut),
        cmocka_unit_test(compressed_data_cut_or_damaged_are_told),
        cmocka_unit_test(what_follows_compressed_data_is_told),
        cmocka_unit_test(nothing_compressed_is_an_empty_file),
        cmocka_unit_test(gzip_is_read_to_its_last_byte),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(a_decompression_bomb_is_not_read_to_its_end),
        cmocka_unit_test(a_load_shows_its_progress_and_can_be_cancelled),
        cmocka_unit_test(what_a_slow_pipe_has_given_is_seen_and_waiting_can_be_cancelled),
        cmocka_unit_test(a_snapshot_of_a_running_load_is_its_beginning),
        cmocka_unit_test(memory_that_runs_out_leaves_what_was_read),
        cmocka_unit_test(a_file_may_go_on_unlike_it_began),
        cmocka_unit_test(names_are_harmless_for_terminals),
        cmocka_unit_test(times_beyond_what_fits_become_the_nearest),
        cmocka_unit_test(changed_files_read_as_far_as_libpcap_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
