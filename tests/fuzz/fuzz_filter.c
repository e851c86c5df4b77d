/* The filter language of the rules screen: what a filter lets through holds its ports, and no more rules pass than without it. */
#include <string.h>

#include "fuzz.h"
#include "tui/model/filter.h"
#include "unit/make_log.h"

/* Twenty sessions: a knock of three ports in six of them, ordinary ports all over. */
static struct ks_mined *mined(void)
{
    static struct ks_mined *made;
    if (made != NULL)
        return made;
    struct make_log m = {0};
    int64_t time = 0;
    for (uint32_t i = 0; i < 20; i++) {
        time += 100000000000;
        for (uint32_t k = 0; k < 4; k++)
            make_try(&m, time += 100000000, 1 + i % 3, 9, (uint16_t)(4000 + i), (uint32_t[]){80, 443, 1U << 16 | 53, 22}[(i + k) % 4], KS_OPEN);
        for (uint32_t k = 0; k < 3 && i % 3 == 0; k++)
            make_try(&m, time += 100000000, 1 + i % 3, 9, (uint16_t)(5000 + i), (uint32_t[]){999, 888, 777}[k], KS_REFUSED);
    }
    struct ks_capture_info info = {0};
    struct ks_params params = ks_params_preset(KS_PRESET_HUNT);
    struct ks_capture *capture = ks_capture_wrap(&m.log, &info);
    FUZZ_CHECK(capture != NULL && ks_is_ok(ks_mine(capture, &params, 1, NULL, &made)));
    ks_capture_release(capture);
    return made;
}

static uint64_t rows(const struct ks_rule_filter *filter, const struct ks_filter *holds)
{
    struct ks_params params = ks_params_preset(KS_PRESET_HUNT);
    params.min_supp = params.min_inte = params.min_conf = (struct ks_setting){0};
    params.min_supp.value = 1;
    struct ks_choice choice = ks_choose(mined(), &params, NULL);
    struct ks_rules *rules = NULL;
    FUZZ_CHECK(ks_is_ok(ks_rules_make(mined(), &params, &choice, filter, NULL, &rules)));
    uint64_t n = ks_ranking_rows(rules->ranking);
    struct ks_rule rule;
    for (uint64_t i = 0; holds != NULL && i < n; i++) {
        FUZZ_CHECK(ks_ranking_row(rules->ranking, i, &rule));
        for (size_t k = 0; k < holds->n_must; k++) {
            bool there = false;
            for (unsigned j = 0; j < (unsigned)rule.n_if + rule.n_then; j++)
                there = there || rule.items[j] == holds->must[k];
            FUZZ_CHECK(there);
        }
    }
    ks_rules_free(rules);
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static uint64_t all;
    if (all == 0)
        all = rows(NULL, NULL);
    FUZZ_CHECK(all > 0);
    char *text = malloc(n + 1);
    FUZZ_CHECK(text != NULL);
    if (n != 0)
        memcpy(text, bytes, n);
    text[n] = '\0';
    struct ks_filter filter;
    struct ks_status status = ks_filter_make(text, mined(), &filter);
    FUZZ_CHECK(status.code == KS_OK || status.code == KS_USAGE);
    FUZZ_CHECK(fuzz_harmless(status.message) && (status.message[0] == '\0') == (status.code == KS_OK));
    if (status.code == KS_OK)
        FUZZ_CHECK(rows(ks_filter_rules(&filter), &filter) <= all);
    ks_filter_free(&filter);
    free(text);
    return 0;
}
