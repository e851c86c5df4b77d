/* Ports that several knocks open. */
#include "base/memory.h"
#include "knocks/verdicts/build.h"

/* The ports that activations were found to open: by place. */
static void mark_doors(const struct ks_tries *t, const struct ks_cases *cases, bool *is_door)
{
    for (size_t i = 0; i < cases->n; i++) {
        const struct ks_case *c = &cases->at[i];
        if (!c->door.there || c->door.back || c->knock.kind != KS_KNOCK_RECURRING)
            continue;
        for (size_t k = 0; k < c->knock.n_activations; k++) {
            const struct ks_activation *a = &c->knock.activations[k];
            const struct ks_try *x = a->opened ? &t->at[ks_try_of(t, a->opening.event)] : NULL;
            if (x != NULL && t->places[x->place].item >> 16 == KS_TCP && !t->places[x->place].busy)
                is_door[x->place] = true;
        }
    }
}

static bool is_port(const struct ks_case *c, uint32_t item)
{
    for (size_t j = 0; j < c->knock.n_ports; j++)
        if (c->items[j] == item)
            return true;
    return false;
}

/* What to take for an opening: ports that others open; where `lost`, only what is no other's (n rows of openings, by
 * event), and comes as late as usual. */
struct shared {
    bool *is_door;
    bool lost;
    struct ks_opener *rows;
    size_t n;
};

static bool is_owned(const struct shared *s, uint32_t event)
{
    size_t row = ks_openers_from(s->rows, s->n, event);
    return row < s->n && s->rows[row].event == event;
}

/* The first use of a door by the source of activation number i, after it and before `until`; KS_NONE: there is none.
 */
static uint32_t next_use(const struct ks_tries *t, const struct ks_case *c, size_t i, int64_t until, const struct shared *s)
{
    const struct ks_activation *a = &c->knock.activations[i];
    const struct ks_try *last = &t->at[ks_try_of(t, a->events[a->n_events - 1])];
    const struct ks_pair *pair = &t->pairs[last->pair];
    for (uint32_t p = last->at_pair + 1; p < pair->first + pair->n; p++) {
        const struct ks_try *x = &t->at[t->by_pair[p]];
        if (x->time >= until)
            break;
        if (x->outcome == KS_OPEN && s->is_door[x->place] && !is_port(c, t->places[x->place].item) &&
            (!s->lost || (!is_owned(s, x->event) && ks_opens_as_usual(t->log, &c->knock, i, x->time - last->time))))
            return t->by_pair[p];
    }
    return KS_NONE;
}

/* Names what opened after the activations of one knock. */
static bool fill_in(const struct ks_hunt *hunt, struct ks_case *c, const struct shared *s)
{
    const struct ks_tries *t = hunt->t;
    for (size_t k = 0; k < c->knock.n_activations; k++) {
        struct ks_activation *a = &c->knock.activations[k];
        int64_t last = t->log->time[a->events[a->n_events - 1]], until = last + hunt->follow;
        if (k + 1 < c->knock.n_activations && c->knock.activations[k + 1].time < until)
            until = c->knock.activations[k + 1].time;
        uint32_t opening = a->opened ? KS_NONE : next_use(t, c, k, until, s);
        if (opening == KS_NONE)
            continue;
        ks_activation_set_opening(a, t, opening, false, last);
        if (!ks_knock_add_opened(&c->knock, a->opening.item))
            return false;
        c->knock.evidence.opened++;
        c->door.weak |= !c->door.there;
    }
    return true;
}

static bool share(const struct ks_hunt *hunt, struct ks_cases *cases, bool lost)
{
    struct shared s = {.lost = lost, .is_door = ks_zalloc(hunt->t->n_places + 1, sizeof *s.is_door)};
    if (lost)
        s.rows = ks_openers(cases, false, &s.n);
    bool done = s.is_door != NULL && (!lost || s.rows != NULL);
    if (done)
        mark_doors(hunt->t, cases, s.is_door);
    for (size_t i = 0; i < cases->n && done; i++)
        if (cases->at[i].knock.kind == KS_KNOCK_RECURRING && !cases->at[i].door.back && (!lost || cases->at[i].door.there))
            done = fill_in(hunt, &cases->at[i], &s);
    ks_free(s.is_door);
    ks_free(s.rows);
    return done;
}

struct ks_status ks_cases_share_doors(const struct ks_hunt *hunt, struct ks_cases *cases)
{
    return share(hunt, cases, false) ? ks_ok() : ks_nomem("the openings");
}

struct ks_status ks_cases_share_lost(const struct ks_hunt *hunt, struct ks_cases *cases)
{
    return share(hunt, cases, true) ? ks_ok() : ks_nomem("the openings");
}
