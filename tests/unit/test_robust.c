/* Captures that were made to break parsers, where they are there (../shared/captures beside the sources, or KS_CAPTURES): every one is read
 * without harm, every packet is accounted for, and as many packets are found as libpcap finds. */
#include "config.h" /* nftw */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <sys/stat.h>

#include "loads.h"

static size_t files, readable;

static void hold(const char *path)
{
    struct ks_log log;
    struct ks_capture_info info;
    struct packets p = {0};
    uint8_t block[65536];
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;)
        packets_raw(&p, block, n);
    fclose(file);
    bool failed;
    long count = libpcap_counts(p.at, p.n, &failed);
    struct ks_status status = load_paths(&path, 1, &log, &info);
    files++;
    if (count >= 0) {
        if (info.n_files != 1 || info.files[0].packets != (uint64_t)count || info.partial != failed)
            fail_msg("%s: libpcap reads %ld packets, we %llu (%s)", path, count,
                     info.n_files == 1 ? (unsigned long long)info.files[0].packets : 0, status.message);
        readable++;
    } else if (info.n_files == 0) {
        assert_int_equal(status.code, KS_INPUT); /* neither a capture for libpcap nor for us; a compressed one may be for us */
    }
    release(&log, &info);
    packets_free(&p);
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)walk;
    const char *name = strrchr(path, '/');
    bool text = name != NULL && (strstr(name, ".md") != NULL || strstr(name, ".txt") != NULL);
    if (type == FTW_F && S_ISREG(status->st_mode) && !text && status->st_size < 20000000)
        hold(path);
    return 0;
}

static char root[4000];

static void walk_folder(const char *folder)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", root, folder);
    files = readable = 0;
    nftw(path, visit, 16, FTW_PHYS);
    print_message("# %zu files in %s, %zu of them readable by libpcap itself\n", files, folder, readable);
    assert_true(files > 0);
}

static void captures_of_tcpdumps_tests(void **state)
{
    (void)state;
    walk_folder("tcpdump-tests");
}

static void captures_of_pcapplusplus_tests(void **state)
{
    (void)state;
    walk_folder("pcapplusplus-tests");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captures_of_tcpdumps_tests),
        cmocka_unit_test(captures_of_pcapplusplus_tests),
    };
    const char *captures = getenv("KS_CAPTURES"), *source = getenv("KS_SRC");
    if (captures != NULL)
        snprintf(root, sizeof root, "%s/robust", captures);
    else
        snprintf(root, sizeof root, "%s/../shared/captures/robust", source != NULL ? source : ".");
    if (access(root, R_OK) != 0) { /* the library's own skip() counts as a failure for automake */
        printf("1..0 # SKIP there are no captures in %s\n", root);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
