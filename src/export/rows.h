/* Rules and knocks as JSON members, CSV rows and lines of text: what `rules` and `knocks` print and what
 * exports hold is the same. */
#ifndef KS_EXPORT_ROWS_H
#define KS_EXPORT_ROWS_H

#include "base/status.h"
#include "export/csv.h"
#include "export/json.h"
#include "export/selection.h"

/* Documents with provenance and the list (doc/json.md: schema "knockscope.rules/1", "knockscope.knocks/1";
 * with both, "knockscope.export/1"). `schema` NULL chooses by what is selected. */
struct ks_status ks_write_json(const struct ks_selection *selection, const char *schema, struct ks_out *out);
struct ks_status ks_write_csv(const struct ks_selection *selection, const struct ks_export_options *options,
                              struct ks_out *out);
struct ks_status ks_write_text(const struct ks_selection *selection, const struct ks_export_options *options,
                               struct ks_out *out);

/* A selected rule (i < n_rules). False where memory ran out: then `out` has failed with that, for a list that ends early must
 * not pass for a whole one. */
bool ks_selection_rule(const struct ks_selection *selection, uint64_t i, struct ks_rule_row *row, struct ks_out *out);

/* The members of one rule or knock, inside an open object. */
void ks_json_rule(struct ks_json *json, const struct ks_rule_row *row);
void ks_json_knock(struct ks_json *json, const struct ks_log *log, const struct ks_picked *picked);

/* The ports of a knock in order, "999, 888, udp/777", appended to text. */
void ks_knock_ports_text(struct ks_text *text, const ks_item *ports, size_t n, const char *separator);

#endif
