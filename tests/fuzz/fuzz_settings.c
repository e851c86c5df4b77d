/* The reader of the settings file. What it takes is told back and set again to the same; what it does not is complained about. */
#include "config.h" /* memfd_create */

#include <string.h>

#include "base/text.h"
#include "fuzz_file.h"
#include "tui/settings.h"

static void complain(void *context, const char *text)
{
    unsigned *complaints = context;
    FUZZ_CHECK(text[0] != '\0' && fuzz_harmless(text));
    ++*complaints;
}

static struct ks_settings standard(void)
{
    return (struct ks_settings){.habits = ks_habits_standard(), .params = ks_params_preset(KS_PRESET_HUNT)};
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ks_settings read = standard(), again = standard();
    unsigned complaints = 0;
    FUZZ_CHECK(ks_is_ok(ks_settings_read(&read, fuzz_file(bytes, n), true, complain, &complaints)));
    FUZZ_CHECK(read.kept >> KS_SET_N == 0);
    struct ks_text text = {0};
    for (unsigned i = 0; i < KS_SET_N; i++) {
        char value[64];
        enum ks_setting_id id = (enum ks_setting_id)i;
        ks_setting_get(&read, id, value, sizeof value);
        FUZZ_CHECK(value[0] != '\0' && fuzz_harmless(value));
        if ((read.kept >> i & 1) != 0)
            ks_text_addf(&text, "%s = %s\n", ks_setting_info(id)->name, value);
    }
    FUZZ_CHECK(!text.failed);
    complaints = 0;
    FUZZ_CHECK(ks_is_ok(ks_settings_read(&again, fuzz_file((const uint8_t *)ks_text_get(&text), text.n), true, complain, &complaints)));
    FUZZ_CHECK(complaints == 0 && again.kept == read.kept);
    for (unsigned i = 0; i < KS_SET_N; i++) {
        char one[64], two[64];
        enum ks_setting_id id = (enum ks_setting_id)i;
        FUZZ_CHECK(strcmp(ks_setting_get(&read, id, one, sizeof one), ks_setting_get(&again, id, two, sizeof two)) == 0);
    }
    ks_text_free(&text);
    return 0;
}
