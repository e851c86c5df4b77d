/* Text inside Markdown. */
#ifndef KS_EXPORT_MARKDOWN_H
#define KS_EXPORT_MARKDOWN_H

#include "export/out.h"

/* Foreign text made harmless (ks_sanitise) and escaped, so that it is shown as it is, in a paragraph and in a
 * table's cell (GitHub's Markdown, CommonMark 0.30, 2.4: backslash escapes; < and & as entities). */
void ks_markdown_text(struct ks_out *out, const char *text);

#endif
