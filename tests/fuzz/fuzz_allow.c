/* The reader of allow lists (--allow FILE), and what its entries match. */
#include "config.h" /* memfd_create */

#include <string.h>

#include "fuzz_file.h"
#include "knocks/allow.h"
#include "unit/make_log.h"

/* Two activations of 999 888 udp/53 from 10.0.0.1 to 10.0.0.2. */
static const char *match(const struct ks_allow *allow)
{
    static struct make_log made;
    ks_item ports[] = {999, 888, (ks_item)KS_UDP << 32 | 53};
    struct ks_activation activations[2] = {{.n_sources = 1}, {.n_sources = 1}};
    if (made.log.n == 0) {
        uint32_t source = make_host(&made, 1), target = make_host(&made, 2);
        make_try(&made, 0, source + 1, target + 1, 4000, 999, KS_SILENT);
    }
    activations[0].target = activations[1].target = 1;
    struct ks_knock knock = {.ports = ports, .n_ports = 3, .activations = activations, .n_activations = 2};
    return ks_allow_match(allow, &made.log, &knock);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ks_allow *allow = NULL;
    struct ks_status status = ks_allow_read(fuzz_file(bytes, n), &allow);
    FUZZ_CHECK(status.code == KS_OK || status.code == KS_USAGE);
    FUZZ_CHECK(fuzz_harmless(status.message) && (status.message[0] == '\0') == (status.code == KS_OK));
    if (status.code == KS_OK) {
        const char *reason = match(allow);
        FUZZ_CHECK(reason == NULL || (reason[0] != '\0' && fuzz_harmless(reason)));
    }
    ks_allow_free(allow);
    return 0;
}
