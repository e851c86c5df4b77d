/* A knock as a detector sees it: steps, time allowed, targets, what it opens. For the languages that watch
 * for it to come again. */
#ifndef KS_EXPORT_SIGNATURE_H
#define KS_EXPORT_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/text.h"
#include "export/out.h"
#include "export/selection.h"

struct ks_signature {
    size_t rank;
    const ks_item *steps; /* the knock's ports, in order, with repeats */
    size_t n_steps;
    int64_t longest; /* ns from first to last attempt, the longest seen (of the exact activations, where there
                        are any) */
    uint64_t seconds;  /* allowed for the whole sequence: twice the longest seen and 5 s more */
    uint64_t follow;   /* s within which the opening counts: twice the longest seen, at least 300 */
    uint32_t *targets; /* distinct hosts, ascending */
    size_t n_targets;
    const ks_item *opened;
    size_t n_opened;
    bool back;        /* the openings were connections back from the target */
    bool distributed; /* sources vary within an activation: steps of different sources count together */
};

/* Why a knock has no signature in the language (one-time sequence, ICMP where it is not wanted), or NULL. */
const char *ks_signature_refusal(const struct ks_knock *knock, bool icmp);

/* Makes the signature of a knock. KS_NOMEM. Freed by ks_signature_free whatever the result. */
struct ks_status ks_signature_make(const struct ks_log *log, const struct ks_picked *picked,
                                   struct ks_signature *out);
void ks_signature_free(struct ks_signature *signature);

/* Calls `write` for every selected knock that has a signature; says in a comment (led by prefix) which have
 * none and why. KS_USAGE where none has. */
typedef struct ks_status ks_signature_writer(const struct ks_signature *signature,
                                             const struct ks_selection *selection,
                                             const struct ks_export_options *options, void *context,
                                             struct ks_out *out);
struct ks_status ks_signatures_write(const struct ks_selection *selection,
                                     const struct ks_export_options *options, bool icmp, const char *language,
                                     const char *prefix, ks_signature_writer *write, void *context,
                                     struct ks_out *out);

/* One line about a signature, without its end: "knock 1: 999 888 777, 5 activations, longest 4.0 s, opens
 * 1234". */
void ks_signature_headline(const struct ks_signature *signature, const struct ks_picked *picked,
                           struct ks_out *out);

#endif
