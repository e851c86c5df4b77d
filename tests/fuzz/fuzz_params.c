/* The reader of parameters (--params FILE). What it takes is written again and read back to the same. */
#include <string.h>

#include "analysis/params_json.h"
#include "fuzz.h"

/* The parameters as text; freed by the caller. */
static struct ks_text written(const struct ks_params *params, const struct ks_knock_options *knocks, const char *filter)
{
    struct ks_param list[KS_PARAMS_MAX];
    struct ks_text text = {0};
    struct ks_out *out;
    struct ks_json json;
    size_t n = ks_params_list(params, NULL, list);
    n += ks_knock_options_list(knocks, list + n);
    FUZZ_CHECK(n <= KS_PARAMS_MAX);
    struct ks_provenance provenance = {.params = list, .n_params = n, .filter = filter};
    FUZZ_CHECK(ks_is_ok(ks_out_open_text(&text, 0, NULL, &out)));
    ks_json_start(&json, out, 2);
    ks_json_object(&json, NULL);
    ks_provenance_json(&provenance, "knockscope.rules/1", &json);
    ks_json_end(&json);
    FUZZ_CHECK(ks_is_ok(ks_out_close(out)));
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ks_params params = ks_params_preset(KS_PRESET_HUNT);
    struct ks_knock_options knocks = {0};
    struct ks_text filter = {0};
    struct ks_status status = ks_params_read_text((const char *)bytes, n, "input", &params, &knocks, &filter);
    if (ks_is_ok(status)) {
        struct ks_text one = written(&params, &knocks, filter.at), again = {0};
        FUZZ_CHECK(ks_is_ok(ks_params_read_text(one.at, one.n, "output", &params, &knocks, &again)));
        struct ks_text two = written(&params, &knocks, again.at);
        FUZZ_CHECK(strcmp(one.at, two.at) == 0);
        ks_text_free(&one);
        ks_text_free(&two);
        ks_text_free(&again);
    } else {
        FUZZ_CHECK(status.code == KS_USAGE && status.message[0] != '\0');
        FUZZ_CHECK(filter.n == 0);
    }
    ks_text_free(&filter);
    return 0;
}
