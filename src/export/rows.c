#include "export/rows.h"

#include "base/text.h"

bool ks_selection_rule(const struct ks_selection *selection, uint64_t i, struct ks_rule_row *row, struct ks_out *out)
{
    if (selection->rule_at(selection->context, i, row))
        return true;
    ks_out_fail(out, ks_nomem("the rules"));
    return false;
}

void ks_knock_ports_text(struct ks_text *text, const ks_item *ports, size_t n, const char *separator)
{
    char label[32];
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            ks_text_add(text, separator);
        ks_text_add(text, ks_item_format(label, sizeof label, ports[i]));
    }
}
