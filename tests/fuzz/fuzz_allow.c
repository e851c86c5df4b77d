/* The reader of allow lists (--allow FILE), what its entries match, and the list written back: it reads the same, whatever is added or taken away. */
#include <string.h>

#include "fuzz.h"
#include "knocks/allow.h"
#include "unit/make_log.h"

/* Two activations of 999 888 udp/53 from 10.0.0.1 to 10.0.0.2. */
static size_t match(const struct ks_allow *allow)
{
    static struct make_log made;
    ks_item ports[] = {999, 888, (ks_item)KS_UDP << 32 | 53};
    struct ks_activation activations[2] = {{.n_sources = 1, .target = 1}, {.n_sources = 1, .target = 1}};
    if (made.log.n == 0)
        make_try(&made, 0, 1, 2, 4000, 999, KS_SILENT);
    struct ks_knock knock = {.ports = ports, .n_ports = 3, .activations = activations, .n_activations = 2};
    return ks_allow_find(allow, &made.log, &knock);
}

static void check_entries(const struct ks_allow *allow)
{
    for (size_t i = 0; i < ks_allow_count(allow); i++) {
        struct ks_allow_entry e = ks_allow_entry(allow, i);
        FUZZ_CHECK(e.what[0] != '\0' && fuzz_harmless(e.what) && e.reason[0] != '\0' && fuzz_harmless(e.reason));
        FUZZ_CHECK(i == 0 || e.line > ks_allow_entry(allow, i - 1).line);
    }
}

static void check_same(const struct ks_allow *a, const struct ks_allow *b)
{
    FUZZ_CHECK(ks_allow_count(a) == ks_allow_count(b));
    for (size_t i = 0; i < ks_allow_count(a); i++) {
        struct ks_allow_entry x = ks_allow_entry(a, i), y = ks_allow_entry(b, i);
        FUZZ_CHECK(strcmp(x.what, y.what) == 0 && strcmp(x.reason, y.reason) == 0 && x.line == y.line);
    }
    FUZZ_CHECK(match(a) == match(b));
}

static void check_printed(const struct ks_allow *allow)
{
    struct ks_text text = {0};
    struct ks_allow *again = NULL;
    ks_allow_print(allow, &text);
    FUZZ_CHECK(!text.failed && ks_is_ok(ks_allow_parse(ks_text_get(&text), text.n, "output", &again)));
    check_same(allow, again);
    ks_allow_free(again);
    ks_text_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ks_allow *allow = NULL;
    struct ks_status status = ks_allow_parse(n != 0 ? (const char *)bytes : "", n, "input", &allow);
    FUZZ_CHECK(status.code == KS_OK || status.code == KS_USAGE);
    FUZZ_CHECK(fuzz_harmless(status.message) && (status.message[0] == '\0') == (status.code == KS_OK));
    if (status.code == KS_OK) {
        size_t had = ks_allow_count(allow), found = match(allow);
        FUZZ_CHECK(found == SIZE_MAX || found < had);
        check_entries(allow);
        check_printed(allow);
        status = ks_allow_add(allow, "7001,8002 10.9.9.9 # added");
        FUZZ_CHECK(ks_is_ok(status) ? ks_allow_count(allow) == had + 1 : status.code == KS_USAGE && ks_allow_count(allow) == had);
        check_printed(allow);
        if (n != 0 && ks_allow_count(allow) != 0)
            ks_allow_remove(allow, bytes[0] % ks_allow_count(allow));
        check_entries(allow);
        check_printed(allow);
    }
    ks_allow_free(allow);
    return 0;
}
