#include "knocks/verdicts/build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/attempts/halves.h"
#include "knocks/attempts/ports.h"
#include "stats/association.h"

void ks_knock_free(struct ks_knock *k)
{
    for (size_t i = 0; i < k->n_activations; i++)
        ks_free(k->activations[i].events);
    ks_free(k->activations);
    ks_free(k->ports);
    ks_free(k->opened);
    ks_free(k->set_aside);
    ks_free(k->verdict);
    ks_free(k->why);
    *k = (struct ks_knock){0};
}

void ks_cases_free(struct ks_cases *cases)
{
    for (size_t i = 0; i < cases->n; i++)
        ks_knock_free(&cases->at[i].knock);
    ks_free(cases->at);
    *cases = (struct ks_cases){0};
}

struct ks_case *ks_case_new(struct ks_cases *out, enum ks_knock_kind kind)
{
    if (!ks_reserve((void **)&out->at, &out->cap, out->n + 1, sizeof *out->at))
        return NULL;
    out->at[out->n] = (struct ks_case){.knock = {.kind = kind}, .regular = NAN};
    return &out->at[out->n++];
}

/* Sets the knock's ports from the case's items. */
bool ks_case_set_ports(struct ks_case *c, const struct ks_tries *t, const uint32_t *place, size_t m)
{
    c->knock.ports = ks_alloc(m, sizeof *c->knock.ports);
    if (c->knock.ports == NULL)
        return false;
    c->knock.n_ports = m;
    for (size_t j = 0; j < m; j++) {
        c->items[j] = t->places[place[j]].item;
        c->knock.ports[j] = ks_item_wide(c->items[j]);
    }
    return true;
}

static int by_value(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static int by_length(const void *x, const void *y)
{
    const int64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* Distinct values among n, which it sorts. */
static uint32_t distinct(uint32_t *values, size_t n)
{
    if (n == 0)
        return 0;
    qsort(values, n, sizeof *values, by_value);
    uint32_t d = 1;
    for (size_t i = 1; i < n; i++)
        d += values[i] != values[i - 1];
    return d;
}

size_t ks_try_of(const struct ks_tries *t, uint32_t event)
{
    int64_t time = t->log->time[event];
    size_t low = ks_tries_from(t, time);
    while (low + 1 < t->n && t->at[low].event != event && t->at[low + 1].time == time)
        low++;
    return low;
}

/* An activation from its tries in time order (KS_NONE left out). */
bool ks_activation_set(struct ks_activation *a, const struct ks_tries *t, const uint32_t *tries, size_t n)
{
    uint32_t there[KS_KNOCK_MAX] = {0}, sources[KS_KNOCK_MAX] = {0}; /* one at least is there */
    size_t kept = 0;
    for (size_t j = 0; j < n && kept < KS_KNOCK_MAX; j++)
        if (tries[j] != KS_NONE)
            there[kept++] = tries[j];
    qsort(there, kept, sizeof *there, by_value);
    a->events = ks_alloc(kept + 1, sizeof *a->events);
    if (a->events == NULL)
        return false;
    for (size_t j = 0; j < kept; j++) {
        a->events[j] = t->at[there[j]].event;
        sources[j] = ks_try_source(t, &t->at[there[j]]);
    }
    a->n_events = kept;
    a->time = t->at[there[0]].time;
    a->source = sources[0];
    a->target = t->goals[t->at[there[0]].goal].host;
    a->missing = (uint32_t)(n - kept);
    a->n_sources = distinct(sources, kept);
    return true;
}

void ks_activation_set_opening(struct ks_activation *a, const struct ks_tries *t, uint32_t opening, bool back,
                               int64_t last)
{
    const struct ks_try *o = &t->at[opening];
    a->opened = true;
    a->opening = (struct ks_opening){.item = ks_item_wide(t->places[o->place].item),
                                     .after = o->time - last,
                                     .event = o->event,
                                     .back = back,
                                     .closes = t->links[o->link].last_vain > o->time};
}

/* How regular the times between activations of the same source at the same target are, and how much of the
 * capture they span. n spare durations. */
static void measure_rhythm(struct ks_case *c, const struct ks_tries *t, int64_t *pauses)
{
    enum { BACK = 64 };
    const struct ks_activation *at = c->knock.activations;
    size_t n = 0, near = 0, last = c->knock.n_activations - 1;
    double sum = 0, squares = 0;
    for (size_t i = 1; i <= last; i++)
        for (size_t k = i; k-- > 0 && i - k <= BACK;)
            if (at[k].source == at[i].source && at[k].target == at[i].target) {
                pauses[n++] = at[i].time - at[k].time;
                sum += (double)pauses[n - 1] / 1e9;
                squares += (double)pauses[n - 1] / 1e9 * ((double)pauses[n - 1] / 1e9);
                break;
            }
    if (n < 2)
        return;
    double mean = sum / (double)n, variance = squares / (double)n - mean * mean;
    c->regular = mean > 0 ? sqrt(variance > 0 ? variance : 0) / mean : NAN;
    c->covers = (double)(at[last].time - at[0].time) / 1e9 / t->seconds;
    qsort(pauses, n, sizeof *pauses, by_length);
    for (size_t i = 0; i < n; i++)
        near += llabs(pauses[i] - pauses[n / 2]) <= pauses[n / 2] / 12;
    c->in_time = (double)near / (double)n;
}

/* What can be read off the finished activations. */
struct ks_status ks_case_summarise(struct ks_case *c, const struct ks_tries *t)
{
    struct ks_knock *k = &c->knock;
    struct ks_evidence *e = &k->evidence;
    const struct ks_log *log = t->log;
    size_t n = k->n_activations;
    uint32_t *hosts = ks_alloc(2 * n + 1, sizeof *hosts);
    int64_t *spans = ks_alloc(n + 1, sizeof *spans);
    if (hosts == NULL || spans == NULL) {
        ks_free(hosts);
        ks_free(spans);
        return ks_nomem("the evidence");
    }
    e->activations = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        const struct ks_activation *a = &k->activations[i];
        hosts[i] = a->source;
        hosts[n + i] = a->target;
        e->spoofed |= a->n_sources > 1;
        e->opened += a->opened;
        for (size_t j = 0; j < a->n_events; j++) {
            enum ks_outcome outcome = ks_log_outcome(log, a->events[j]);
            e->attempts++;
            e->closed += outcome != KS_OPEN;
            c->open_tries += outcome == KS_OPEN;
            c->udp += outcome == KS_SILENT && ks_log_proto(log, a->events[j]) != KS_TCP;
            int64_t gap = j > 0 ? log->time[a->events[j]] - log->time[a->events[j - 1]] : 0;
            e->gap_max = gap > e->gap_max ? gap : e->gap_max;
        }
        spans[i] = log->time[a->events[a->n_events - 1]] - a->time;
    }
    qsort(spans, n, sizeof *spans, by_length);
    e->span_median = spans[n / 2];
    e->sources = distinct(hosts, n);
    e->targets = distinct(hosts + n, n);
    c->door_item = c->door.there ? t->places[c->door.place].item : 0;
    c->door_udp = c->door.there && t->places[c->door.place].item >> 16 == KS_UDP;
    e->monotone = ks_ports_monotone(c->items, k->n_ports);
    for (size_t j = 0; j < k->n_ports; j++)
        e->registered += ks_port_registered(c->items[j]);
    measure_rhythm(c, t, spans);
    ks_free(hosts);
    ks_free(spans);
    return ks_ok();
}

/* Which ports others try in vain too, and how many answer at some time. pairs: those of the knock, sorted. */
static void find_common(struct ks_case *c, const struct ks_tries *t, const uint32_t *pairs, size_t n)
{
    c->alive = 0;
    for (size_t j = 0; n > 0 && j < c->knock.n_ports; j++) {
        uint32_t place = ks_tries_place(t, t->pairs[pairs[0]].goal, c->items[j]);
        c->alive += place != KS_NONE && t->places[place].open > 0;
    }
    for (size_t j = 0; j < c->knock.n_ports; j++) {
        uint32_t own = 0, all = 0, last = KS_NONE;
        for (size_t i = 0; i < n; i++) {
            if (pairs[i] == last)
                continue;
            last = pairs[i];
            uint32_t place = ks_tries_place(t, t->pairs[last].goal, c->items[j]);
            uint32_t link = place != KS_NONE ? ks_tries_link(t, last, place) : KS_NONE;
            own += link != KS_NONE && t->links[link].open == 0;
            all = place != KS_NONE ? t->popular[t->places[place].same] : all;
        }
        uint32_t others = all > own ? all - own : 0;
        c->common[j] = others >= 3 && others > 2 * t->typical;
    }
}

/* How much else the knock's sources do at the target. */
void ks_case_look_around(struct ks_case *c, const struct ks_tries *t, const uint32_t *pairs, size_t n)
{
    uint64_t all = 0;
    uint32_t last = KS_NONE;
    for (size_t i = 0; i < n; i++) {
        if (pairs[i] == last)
            continue;
        last = pairs[i];
        const struct ks_pair *pair = &t->pairs[pairs[i]];
        all += pair->fresh;
        if (pair->tried > c->tried)
            c->tried = pair->tried;
        if (pair->closed_places > c->scanned)
            c->scanned = pair->closed_places;
        if (t->fan_closed[pair->source] > c->fan_closed)
            c->fan_closed = t->fan_closed[pair->source];
        c->many |= t->goals[pair->goal].many;
    }
    find_common(c, t, pairs, n);
    double share = all > 0 ? (double)c->knock.evidence.attempts / (double)all : 0;
    c->knock.evidence.focus = share > 1 ? 1 : share;
}

void ks_knock_name(char *out, size_t cap, const struct ks_knock *knock)
{
    char item[32];
    size_t at = 0;
    out[0] = '\0';
    for (size_t j = 0; j < knock->n_ports && at + 24 < cap; j++)
        at += (size_t)snprintf(out + at, cap - at, "%s%s", j > 0 ? "," : "",
                               ks_item_format(item, sizeof item, knock->ports[j]));
}

/* Adds one opened port to the list if it is new. */
bool ks_knock_add_opened(struct ks_knock *k, ks_item item)
{
    for (size_t i = 0; i < k->n_opened; i++)
        if (k->opened[i] == item)
            return true;
    ks_item *larger = ks_resize(k->opened, k->n_opened + 1, sizeof *larger);
    if (larger == NULL)
        return false;
    k->opened = larger;
    k->opened[k->n_opened++] = item;
    return true;
}

static int by_items(const struct ks_tries *t, const struct ks_candidate *a, const struct ks_candidate *b)
{
    if (a->m != b->m)
        return a->m < b->m ? -1 : 1;
    for (size_t j = 0; j < a->m; j++) {
        uint32_t x = t->places[a->place[j]].item, y = t->places[b->place[j]].item;
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

/* Adds a candidate's activations to a case. The door's tries are not kept. */
static struct ks_status add_candidate(const struct ks_tries *t, struct ks_case *c,
                                      const struct ks_candidate *candidate, struct ks_door door)
{
    struct ks_knock *k = &c->knock;
    struct ks_status status = ks_ok();
    size_t n = k->n_activations;
    struct ks_activation *larger = ks_resize(k->activations, n + candidate->n, sizeof *larger);
    uint32_t *pairs = ks_alloc(candidate->n * KS_KNOCK_MAX + 1, sizeof *pairs);
    if (larger == NULL || pairs == NULL) {
        if (larger != NULL)
            k->activations = larger;
        ks_free(pairs);
        return ks_nomem("the activations");
    }
    k->activations = larger;
    size_t n_pairs = 0;
    for (size_t i = 0; i < candidate->n; i++) {
        const struct ks_occurrence *o = &candidate->at[i];
        struct ks_activation *a = &k->activations[k->n_activations];
        *a = (struct ks_activation){0};
        if (!ks_activation_set(a, t, o->tries, candidate->m)) {
            status = ks_nomem("the activations");
            break;
        }
        k->n_activations++;
        a->exact = o->missing == 0 && o->in_order;
        k->evidence.in_order += o->in_order;
        for (size_t j = 0; j < candidate->m; j++)
            if (o->tries[j] != KS_NONE) {
                pairs[n_pairs++] = t->at[o->tries[j]].pair;
                c->scan += t->at[o->tries[j]].scan;
            }
        ks_case_runs_on(c, t, o->tries, candidate->m);
        if (door.tries[i] != KS_NONE)
            ks_activation_set_opening(a, t, door.tries[i], door.back, t->at[o->last].time);
    }
    if (ks_is_ok(status) && door.there && !door.varying &&
        !ks_knock_add_opened(k, ks_item_wide(t->places[door.place].item)))
        status = ks_nomem("the openings");
    for (size_t i = n; i < k->n_activations && ks_is_ok(status); i++)
        if (k->activations[i].opened && !ks_knock_add_opened(k, k->activations[i].opening.item))
            status = ks_nomem("the openings");
    uint32_t attempts = k->evidence.attempts;
    k->evidence.attempts = (uint32_t)n_pairs;
    if (n_pairs > 0)
        qsort(pairs, n_pairs, sizeof *pairs, by_value);
    ks_case_look_around(c, t, pairs, n_pairs);
    k->evidence.attempts = attempts;
    door.tries = NULL;
    if (door.there && (!c->door.there || door.ln_p < c->door.ln_p)) {
        size_t hits = c->door.hits;
        c->door = door;
        c->door.hits += hits;
    } else {
        c->door.hits += door.hits;
        c->door.weak |= door.weak;
    }
    k->ln_p += candidate->ln_p;
    c->ln_mu = n == 0 ? candidate->ln_mu : fmax(c->ln_mu, candidate->ln_mu);
    ks_free(pairs);
    return status;
}

static int by_time(const void *x, const void *y)
{
    const struct ks_activation *a = x, *b = y;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return (a->events[0] > b->events[0]) - (a->events[0] < b->events[0]);
}

/* The doors of all candidates found. */
struct doors {
    const struct ks_hunt *hunt;
    struct ks_door *at; /* by candidate */
    struct ks_status status[2];
};

/* Those with even numbers, or those with odd ones. */
static void find_doors(void *context, unsigned half)
{
    struct doors *doors = context;
    const struct ks_candidates *found = &doors->hunt->found;
    for (size_t i = half; i < found->n && ks_is_ok(doors->status[half]); i += 2)
        doors->status[half] = ks_door_find(doors->hunt, &found->at[i], &doors->at[i]);
}

/* The case that begins with candidate i: all candidates with its ports. */
static struct ks_status make_case(const struct ks_hunt *hunt, size_t i, const struct ks_door *doors, bool *taken,
                                  struct ks_cases *out)
{
    const struct ks_candidates *found = &hunt->found;
    const struct ks_candidate *first = &found->at[i];
    struct ks_case *c = ks_case_new(out, KS_KNOCK_RECURRING);
    if (c == NULL || !ks_case_set_ports(c, hunt->t, first->place, first->m))
        return ks_nomem("the knocks");
    for (size_t k = i; k < found->n; k++) {
        if (taken[k] || by_items(hunt->t, first, &found->at[k]) != 0)
            continue;
        taken[k] = true;
        KS_TRY(add_candidate(hunt->t, c, &found->at[k], doors[k]));
    }
    for (size_t k = 0; k < found->n; k++)
        c->alike += found->at[k].goal == first->goal && found->at[k].n * 2 >= first->n;
    qsort(c->knock.activations, c->knock.n_activations, sizeof *c->knock.activations, by_time);
    struct ks_status status = ks_case_summarise(c, hunt->t);
    c->knock.evidence.ln_mu = c->ln_mu;
    c->knock.evidence.order_ln_p =
        ks_order_ln_p((uint32_t)c->knock.n_ports, c->knock.evidence.activations, c->knock.evidence.in_order);
    return status;
}

struct ks_status ks_cases_recurring(struct ks_hunt *hunt, struct ks_cases *out)
{
    size_t n = hunt->found.n;
    bool *taken = ks_zalloc(n + 1, sizeof *taken);
    struct doors doors = {.hunt = hunt, .at = ks_zalloc(n + 1, sizeof *doors.at)};
    struct ks_status status = taken != NULL && doors.at != NULL ? ks_ok() : ks_nomem("the knocks");
    if (ks_is_ok(status)) {
        ks_halves(hunt->two && n > 1, find_doors, &doors);
        status = ks_is_ok(doors.status[0]) ? doors.status[1] : doors.status[0];
    }
    for (size_t i = 0; i < n && ks_is_ok(status); i++)
        if (!taken[i])
            status = make_case(hunt, i, doors.at, taken, out);
    for (size_t i = 0; i < n && doors.at != NULL; i++)
        ks_door_free(&doors.at[i]);
    ks_free(doors.at);
    ks_free(taken);
    return status;
}

struct ks_status ks_cases_measure(const struct ks_log *log, struct ks_cases *cases)
{
    struct ks_session *list = NULL;
    size_t n = 0, cap = 0;
    bool failed = false;
    for (size_t i = 0; i < cases->n; i++)
        for (size_t k = 0; k < cases->at[i].knock.n_activations && !failed; k++) {
            const struct ks_activation *a = &cases->at[i].knock.activations[k];
            failed = !ks_reserve((void **)&list, &cap, n + a->n_events + 1, sizeof *list);
            for (size_t j = 0; j < a->n_events && !failed; j++)
                if (ks_log_proto(log, a->events[j]) == KS_UDP ||
                    (ks_log_proto(log, a->events[j]) == KS_TCP &&
                     ks_log_outcome(log, a->events[j]) == KS_OPEN))
                    list[n++] = (struct ks_session){.event = a->events[j]};
            if (a->opened && !failed)
                list[n++] = (struct ks_session){.event = a->opening.event};
        }
    struct ks_status status = failed ? ks_nomem("measuring connections") : ks_sessions_measure(log, list, n);
    for (size_t i = 0; i < cases->n && ks_is_ok(status); i++)
        for (size_t k = 0; k < cases->at[i].knock.n_activations; k++) {
            struct ks_activation *a = &cases->at[i].knock.activations[k];
            for (size_t j = 0; j < a->n_events; j++) {
                const struct ks_session *s = ks_session_of(list, n, a->events[j]);
                cases->at[i].open_data +=
                    s != NULL && s->data && ks_log_outcome(log, a->events[j]) == KS_OPEN;
                cases->at[i].streams +=
                    s != NULL && s->packets > 4 && ks_log_proto(log, a->events[j]) == KS_UDP;
            }
            if (a->opened) {
                const struct ks_session *s = ks_session_of(list, n, a->opening.event);
                a->opening.packets = s != NULL ? s->packets : 0;
                a->opening.lasted = s != NULL ? s->lasted : 0;
            }
        }
    ks_free(list);
    return status;
}
