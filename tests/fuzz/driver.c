/* Runs a fuzz target where there is no libFuzzer: fuzz_TARGET [-runs=N] [-seed=N] FOLDER|FILE... Every file is run as it is, then N changed ones; the same
 * seed gives the same runs. An input that ends the program is left in crash-input. */
#include "config.h" /* nftw */

#include <ftw.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { FILES_MAX = 4096, BYTES_MAX = 1 << 16 };

static struct input {
    uint8_t *bytes;
    size_t n;
} inputs[FILES_MAX];
static size_t n_inputs;
static uint64_t state = 1;

/* A target may do without. */
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)walk;
    (void)status;
    if (type != FTW_F || n_inputs == FILES_MAX)
        return 0;
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(BYTES_MAX);
    if (file == NULL || bytes == NULL)
        abort();
    inputs[n_inputs].n = fread(bytes, 1, BYTES_MAX, file);
    inputs[n_inputs++].bytes = bytes;
    fclose(file);
    return 0;
}

static void keep(const uint8_t *bytes, size_t n)
{
    FILE *file = fopen("crash-input", "wb");
    if (file == NULL || fwrite(bytes, 1, n, file) != n || fclose(file) != 0)
        abort();
}

/* From a buffer of exactly the input's size, so that a read beyond it is seen. */
static void run(const uint8_t *bytes, size_t n)
{
    uint8_t *copy = malloc(n != 0 ? n : 1);
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, n);
    keep(bytes, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

/* Some bytes changed, a piece doubled or taken out, a piece of another input put in, or the end cut. */
static size_t change(uint8_t *bytes, size_t n)
{
    static const uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, 4, 6, 17, 0x45, 0x60};
    for (uint64_t i = 0, changes = 1 + next() % 4; i < changes && n != 0; i++) {
        size_t at = (size_t)(next() % n), length = 1 + (size_t)(next() % 16);
        if (length > n - at)
            length = n - at;
        const struct input *other = &inputs[next() % n_inputs];
        switch (next() % 6) {
        case 0:
            bytes[at] = (uint8_t)next();
            break;
        case 1:
            bytes[at] = telling[next() % sizeof telling];
            break;
        case 2:
            bytes[at] ^= (uint8_t)(1U << next() % 8);
            break;
        case 3:
            memmove(bytes + at, bytes + at + length, n - at - length);
            n -= length;
            break;
        case 4:
            if (other->n >= length)
                memcpy(bytes + at, other->bytes + next() % (other->n - length + 1), length);
            break;
        default:
            if (next() % 4 == 0)
                n = at;
            else if (n + length <= BYTES_MAX) {
                memmove(bytes + at + length, bytes + at, n - at);
                n += length;
            }
            break;
        }
    }
    return n;
}

int main(int argc, char **argv)
{
    static uint8_t bytes[BYTES_MAX];
    unsigned long runs = 0;
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "-runs=", 6) == 0)
            runs = strtoul(argv[i] + 6, NULL, 10);
        else if (strncmp(argv[i], "-seed=", 6) == 0)
            state = strtoul(argv[i] + 6, NULL, 10) * 0x9e3779b97f4a7c15U | 1;
        else if (argv[i][0] != '-')
            nftw(argv[i], visit, 16, FTW_PHYS);
    }
    if (n_inputs == 0) {
        fprintf(stderr, "usage: %s [-runs=N] [-seed=N] FOLDER|FILE...\n", argv[0]);
        return 2;
    }
    for (size_t i = 0; i < n_inputs; i++)
        run(inputs[i].bytes, inputs[i].n);
    for (unsigned long i = 0; i < runs; i++) {
        const struct input *input = &inputs[next() % n_inputs];
        memcpy(bytes, input->bytes, input->n);
        run(bytes, change(bytes, input->n));
    }
    remove("crash-input");
    printf("%zu inputs and %lu changed ones\n", n_inputs, runs);
    for (size_t i = 0; i < n_inputs; i++)
        free(inputs[i].bytes);
    return 0;
}
