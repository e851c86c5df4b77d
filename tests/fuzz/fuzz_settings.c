/* The reader of the settings file. What it takes is told back and set again to the same; what it does not is complained about. Keys that are
 * bound are read back, too. */
#include "config.h" /* memfd_create */

#include <string.h>

#include "base/text.h"
#include "fuzz_file.h"
#include "tui/toolkit/keymap.h"
#include "tui/model/settings.h"

static void complain(void *context, const char *text)
{
    (void)context;
    FUZZ_CHECK(text[0] != '\0' && fuzz_harmless(text));
}

/* Settings and keys as a file would hold them; freed by the caller. */
static struct ks_text written(const struct ks_settings *settings)
{
    struct ks_text text = {0};
    char line[200];
    size_t n;
    for (unsigned i = 0; i < KS_SET_N; i++) {
        enum ks_setting_id id = (enum ks_setting_id)i;
        ks_setting_get(settings, id, line, 64);
        FUZZ_CHECK(line[0] != '\0' && fuzz_harmless(line));
        ks_text_addf(&text, "%s = %s\n", ks_setting_info(id)->name, line);
    }
    const struct ks_binding *bindings = ks_keymap_bindings(&n);
    FUZZ_CHECK(n <= KS_BINDINGS);
    for (size_t i = 0; i < n; i++) {
        FUZZ_CHECK(fuzz_harmless(ks_binding_text(line, sizeof line, &bindings[i])));
        ks_text_addf(&text, "%s\n", line);
    }
    FUZZ_CHECK(!text.failed);
    return text;
}

static struct ks_settings read_from(const uint8_t *bytes, size_t n)
{
    struct ks_settings settings = {.habits = ks_habits_standard(), .params = ks_params_preset(KS_PRESET_HUNT)};
    bool found;
    ks_keymap_reset();
    FUZZ_CHECK(ks_is_ok(ks_settings_read(&settings, fuzz_file(bytes, n), true, &found, complain, NULL)) && found);
    FUZZ_CHECK((settings.kept & ~ks_settings_habits()) == 0);
    return settings;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct ks_settings read = read_from(bytes, n);
    struct ks_text one = written(&read);
    read = read_from((const uint8_t *)one.at, one.n);
    struct ks_text two = written(&read);
    FUZZ_CHECK(strcmp(one.at, two.at) == 0);
    ks_text_free(&one);
    ks_text_free(&two);
    return 0;
}
