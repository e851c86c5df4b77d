#include "export/markdown.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"

void ks_markdown_text(struct ks_out *out, const char *text)
{
    size_t n = strlen(text);
    char *harmless = ks_alloc(n + 1, 1);
    if (harmless == NULL) {
        ks_out_fail(out, ks_nomem("a text of the report"));
        return;
    }
    ks_sanitise(harmless, n + 1, text, n);
    for (const char *at = harmless; *at != '\0'; at++) {
        if (*at == '<' || *at == '>' || *at == '&')
            ks_out_put(out, *at == '<' ? "&lt;" : *at == '>' ? "&gt;" : "&amp;");
        else if (strchr("\\`*_{}[]()#+!|~$@", *at) != NULL)
            ks_out_putf(out, "\\%c", *at);
        else
            ks_out_putn(out, at, 1);
    }
    ks_free(harmless);
}
