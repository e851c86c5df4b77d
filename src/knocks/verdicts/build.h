/* From candidates and one-shot bursts to cases that can be judged. Internal to src/knocks. */
#ifndef KS_KNOCKS_BUILD_H
#define KS_KNOCKS_BUILD_H

#include "knocks/verdicts/judge.h"
#include "knocks/openings/session.h"

struct ks_cases {
    struct ks_case *at;
    size_t n, cap;
};

/* One case for every sequence of items; the same items at several targets make one. KS_NOMEM. */
struct ks_status ks_cases_recurring(struct ks_hunt *hunt, struct ks_cases *out);

/* One case for every target and opened port. KS_NOMEM. */
struct ks_status ks_cases_one_shot(struct ks_hunt *hunt, const struct ks_shots *shots, struct ks_cases *out);

/* Measures the connections of all cases. KS_NOMEM. */
struct ks_status ks_cases_measure(const struct ks_log *log, struct ks_cases *cases);

/* The parts that both use. A new case at the end, or NULL; the knock's ports and items from places, an
 * activation from its tries (KS_NONE where missing) and its opening, the ports that opened: false where
 * memory ran out. */
struct ks_case *ks_case_new(struct ks_cases *out, enum ks_knock_kind kind);
bool ks_case_set_ports(struct ks_case *c, const struct ks_tries *t, const uint32_t *place, size_t m);
bool ks_activation_set(struct ks_activation *a, const struct ks_tries *t, const uint32_t *tries, size_t n);
void ks_activation_set_opening(struct ks_activation *a, const struct ks_tries *t, uint32_t opening, bool back,
                               int64_t last);
bool ks_knock_add_opened(struct ks_knock *k, ks_item item);

/* The number of the try that was made from an event. */
size_t ks_try_of(const struct ks_tries *t, uint32_t event);

/* What can be read off the finished activations (KS_NOMEM), and how much else the sources of the given pairs
 * (sorted) do at the target. */
struct ks_status ks_case_summarise(struct ks_case *c, const struct ks_tries *t);
void ks_case_look_around(struct ks_case *c, const struct ks_tries *t, const uint32_t *pairs, size_t n);

/* Counts, of ports in equal steps or close together, whether the attempts around an activation go on in the
 * same way (c->runs_on): a part of a sweep. tries: the activation's, n, KS_NONE where missing. */
void ks_case_runs_on(struct ks_case *c, const struct ks_tries *t, const uint32_t *tries, size_t n);

/* Whether all activations (of the first 8) are copies of the first: what is tried elsewhere around them came
 * in the same way then, to the millisecond. For recurring knocks. */
bool ks_case_is_copied(const struct ks_case *c, const struct ks_tries *t);

/* Several knocks may open the same ports: where nothing was found to open after an activation, names a port
 * that other activations open and that its source uses afterwards. For recurring knocks. KS_NOMEM. */
struct ks_status ks_cases_share_doors(const struct ks_hunt *hunt, struct ks_cases *cases);

/* The same once claims are settled, for activations of knocks that open something which are without an opening, most
 * because it turned out to be another's: what is nobody's and comes as late as usual. KS_NOMEM. */
struct ks_status ks_cases_share_lost(const struct ks_hunt *hunt, struct ks_cases *cases);

/* Whether an opening so many ns after activation number i comes about as late as after the knock's other ones. */
bool ks_opens_as_usual(const struct ks_log *log, const struct ks_knock *k, size_t i, int64_t after);

/* An opening, and the recurring knock and its activation that it belongs to. */
struct ks_opener {
    uint32_t event, number, activation;
};

/* The openings of recurring knocks, of those that stand only where `standing`, by event and number of the case: *n
 * rows, freed by ks_free; NULL: no memory. */
struct ks_opener *ks_openers(const struct ks_cases *cases, bool standing, size_t *n);

/* The first of n such rows whose event is not before `event`; n where none is. O(log n). */
size_t ks_openers_from(const struct ks_opener *rows, size_t n, uint32_t event);

/* An opening belongs to one knock: takes it from the recurring knocks of other sources where a one-shot knock
 * that would stand is its user's, and from the earlier of two recurring ones where the later is surer. KS_NOMEM. */
struct ks_status ks_claims_settle(const struct ks_log *log, struct ks_cases *cases);

/* Finds the cases that close what another one opens, and says so in both: they follow its openings, with its
 * ports backwards, or the port is found closed afterwards and they open nothing. KS_NOMEM. */
struct ks_status ks_closings_mark(const struct ks_log *log, struct ks_cases *cases);

/* Once all are judged: sets recurring knocks aside that are tries, one right after the other, at a one-shot
 * knock with more ports, which opened something at last, or what several one-shot knocks begin with; and one-shot
 * knocks that are the last activation of such tries and no more. KS_NOMEM. */
struct ks_status ks_retries_mark(const struct ks_log *log, struct ks_cases *cases);

/* Once all are judged: sets one-shot knocks aside whose openings a standing recurring knock explains.
 * KS_NOMEM. */
struct ks_status ks_leftovers_mark(const struct ks_log *log, struct ks_cases *cases);

/* The knock's ports with commas, as many as there is room for. */
void ks_knock_name(char *out, size_t cap, const struct ks_knock *knock);

void ks_cases_free(struct ks_cases *cases);
void ks_knock_free(struct ks_knock *knock);

#endif
