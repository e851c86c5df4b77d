/* From the log to the tries, numbered, laid out and counted. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "knocks/attempts/halves.h"
#include "knocks/attempts/pings.h"
#include "knocks/attempts/ports.h"
#include "knocks/attempts/tries.h"
#include "mining/sort.h"

static bool passes(const struct ks_log *log, size_t event, const bool *host_in,
                   const struct ks_narrow *narrow)
{
    if (narrow == NULL)
        return true;
    if (narrow->by_time && (log->time[event] < narrow->from || log->time[event] >= narrow->to))
        return false;
    return !narrow->by_host || host_in[log->source[event]] || host_in[log->target[event]];
}

enum { NAMES = 53, MANY_NAMES = 300 };

/* What a host sends from the port of name servers. */
struct names {
    uint32_t target; /* of the first such datagram, + 1; 0: there is none */
    uint32_t n;
    bool server; /* it sends many, or to several machines, or is asked itself */
};

/* For every host, or NULL where memory runs out. Packet tools send datagrams from port 53 unless told
 * otherwise, so those of a host that is no name server may be a knock. */
static struct names *find_names(const struct ks_log *log)
{
    struct names *names = ks_zalloc(log->n_hosts + 1, sizeof *names);
    for (size_t i = 0; i < log->n_attempts && names != NULL; i++) {
        uint32_t event = log->attempts[i], target = log->target[event];
        if (ks_log_proto(log, event) != KS_UDP)
            continue;
        struct names *source = &names[log->source[event]];
        names[target].server |= log->dport[event] == NAMES;
        if (log->sport[event] != NAMES)
            continue;
        source->server |= (source->target != 0 && source->target != target + 1) || ++source->n > MANY_NAMES;
        source->target = target + 1;
    }
    return names;
}

/* A datagram from a service's port to one that no service has is an answer whose question was elsewhere (to a
 * multicast address, before the capture), not an attempt. Tools that knock from such a port send nothing in
 * it, or are no name servers. */
static bool is_reply(const struct ks_log *log, const struct names *names, uint32_t event)
{
    if (ks_log_proto(log, event) != KS_UDP || (log->mark[event] & KS_MARK_EMPTY) != 0 ||
        (log->sport[event] == NAMES && !names[log->source[event]].server))
        return false;
    uint32_t from = (uint32_t)KS_UDP << 16 | log->sport[event],
             to = (uint32_t)KS_UDP << 16 | log->dport[event];
    return ks_port_registered(from) && !ks_port_registered(to) && log->dport[event] >= 1024;
}

/* Makes *now the try that an event is, before it is laid out. */
static inline void make_try(const struct ks_log *log, uint32_t event, struct ks_try *now)
{
    *now = (struct ks_try){.time = 0};
    now->time = log->time[event];
    now->event = event;
    now->outcome = ks_log_proto(log, event) < KS_ICMP ? (uint8_t)ks_log_outcome(log, event) : KS_SILENT;
}

/* Sorts tries by time, stable. */
static bool order_by_time(const struct ks_log *log, struct ks_try *at, size_t n)
{
    struct ks_keyed *keyed = ks_alloc(2 * n, sizeof *keyed);
    for (size_t i = 0; i < n && keyed != NULL; i++) /* before the epoch comes first */
        keyed[i] = (struct ks_keyed){(uint64_t)at[i].time ^ (UINT64_C(1) << 63), at[i].event};
    bool done = keyed != NULL && ks_radix_sort(keyed, keyed + n, n, NULL);
    for (size_t i = 0; i < n && done; i++)
        make_try(log, (uint32_t)keyed[i].value, &at[i]);
    ks_free(keyed);
    return done;
}

static int64_t within(const struct ks_narrow *narrow, int64_t time)
{
    if (narrow == NULL || !narrow->by_time)
        return time;
    return time < narrow->from ? narrow->from : time > narrow->to ? narrow->to : time;
}

/* Time of the first or last event that a log goes on to from one, without a pause so long that a clock was set: such
 * packets tell nothing of how long the others were looked at. */
static int64_t reach(const struct ks_log *log, size_t event, bool back)
{
    const int64_t most = 86400 * KS_SECOND;
    while (back ? event > 0 : event + 1 < log->n) {
        size_t next = back ? event - 1 : event + 1;
        if (llabs(log->time[next] - log->time[event]) > most)
            break;
        event = next;
    }
    return log->time[event];
}

/* The seconds that were looked at, 1 at least: those without an attempt count, too. */
static double observed(const struct ks_log *log, const struct ks_narrow *narrow, const struct ks_tries *tries)
{
    int64_t first = tries->first, last = tries->last;
    if (tries->n > 0) {
        int64_t begin = within(narrow, reach(log, tries->at[0].event, true));
        int64_t end = within(narrow, reach(log, tries->at[tries->n - 1].event, false));
        first = begin < first ? begin : first;
        last = end > last ? end : last;
    }
    double seconds = (double)(last - first) / 1e9;
    return seconds < 1 ? 1 : seconds;
}

/* Fills in the tries in time order; pings: the n_pings ICMP requests to take with the attempts. */
static struct ks_status collect(const struct ks_log *log, const struct ks_narrow *narrow,
                                const uint32_t *pings, size_t n_pings, struct ks_tries *out)
{
    bool *host_in = NULL;
    if (narrow != NULL && narrow->by_host) {
        host_in = ks_zalloc(log->n_hosts + 1, sizeof *host_in);
        if (host_in == NULL)
            return ks_nomem("narrowing to a host");
        for (size_t i = 0; i < log->n_hosts; i++)
            host_in[i] =
                log->hosts[i].version == narrow->host.version &&
                memcmp(log->hosts[i].bytes, narrow->host.bytes, narrow->host.version == 4 ? 4 : 16) == 0;
    }
    size_t n = log->n_attempts + n_pings, ping = 0, kept = 0;
    struct ks_try *at = out->at = ks_alloc(n + 1, sizeof *at);
    struct names *names = find_names(log);
    bool ordered = true, done = at != NULL && names != NULL;
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < n && done; i++) {
        bool next = ping < n_pings && (i - ping == log->n_attempts || pings[ping] < log->attempts[i - ping]);
        uint32_t event = next ? pings[ping] : log->attempts[i - ping];
        ping += next;
        if (!passes(log, event, host_in, narrow) || is_reply(log, names, event))
            continue;
        make_try(log, event, &at[kept++]);
        ordered = ordered && log->time[event] >= last;
        last = log->time[event];
    }
    done = done && (ordered || order_by_time(log, at, kept));
    ks_free(names);
    ks_free(host_in);
    if (!done)
        return ks_nomem("the attempts");
    out->n = kept;
    if (kept > 0) {
        out->first = out->at[0].time;
        out->last = out->at[kept - 1].time;
    }
    out->seconds = observed(log, narrow, out);
    return ks_ok();
}

/* A port of a target that many connections use: part of the scenery. */
static bool is_busy(const struct ks_place *p)
{
    return p->open > 40 && p->open * 2 > p->n;
}

/* Whether the source port of a try served another port of the target since a try before it. */
static bool sport_moved(const struct ks_tries *t, const struct ks_try *before, const struct ks_try *now)
{
    enum { LOOKED_AT = 16 };
    uint16_t sport = t->log->sport[now->event];
    for (uint32_t p = now->at_pair, steps = 0; p-- > before->at_pair + 1 && steps < LOOKED_AT; steps++) {
        const struct ks_try *x = &t->at[t->by_pair[p]];
        if (x->link != now->link && t->log->sport[x->event] == sport)
            return true;
    }
    return false;
}

/* Whether a try in vain is the one before it at the same port again: a datagram from the same source port, or sent by
 * a scanner that waits for an answer and then tries once more from the next one. (What the system sends again of TCP
 * has the same initial sequence number, and is no attempt of its own.) */
static bool sent_again(const struct ks_tries *t, const struct ks_try *before, const struct ks_try *now)
{
    int from = t->log->sport[before->event], to = t->log->sport[now->event];
    if (from == to)
        return t->places[now->place].item >> 16 != KS_TCP && !sport_moved(t, before, now);
    return to == from + 1 && before->outcome == KS_SILENT && now->outcome == KS_SILENT &&
           now->time - before->time <= 3 * KS_SECOND / 2 && t->places[now->place].item >> 16 == KS_TCP;
}

/* Marks repeats: the same source at the same port again within three seconds, with nothing between but
 * attempts at busy services, or a datagram by the same source port within ten seconds unless a tool uses that source
 * port for everything. */
static void mark_repeats(struct ks_tries *t)
{
    for (uint32_t p = 0; p < t->n_pairs; p++) {
        const struct ks_pair *pair = &t->pairs[p];
        if (pair->n < 2)
            continue;
        const struct ks_try *last = NULL; /* last fresh try off the busy services */
        int64_t last_time = 0;            /* of it or of its last repeat */
        for (uint32_t i = pair->first; i < pair->first + pair->n; i++) {
            struct ks_try *now = &t->at[t->by_pair[i]];
            if (now->probe || (now->outcome == KS_OPEN && t->places[now->place].busy))
                continue;
            if (last != NULL && last->link == now->link && now->time - last_time <= 3 * KS_SECOND &&
                now->time - last->time <= 12 * KS_SECOND &&
                (now->outcome == KS_OPEN) == (last->outcome == KS_OPEN)) {
                now->repeat = true;
                last_time = now->time;
                continue;
            }
            last = now;
            last_time = now->time;
        }
        for (uint32_t l = pair->first_link; l < pair->first_link + pair->n_links; l++) {
            const struct ks_link *link = &t->links[l];
            const struct ks_try *before = NULL;
            if (link->n < 2)
                continue;
            for (uint32_t i = link->first; i < link->first + link->n; i++) {
                struct ks_try *now = &t->at[t->by_link[i]];
                if (before != NULL && !now->repeat && now->outcome != KS_OPEN && before->outcome != KS_OPEN &&
                    now->time - before->time <= 10 * KS_SECOND)
                    now->repeat = sent_again(t, before, now);
                before = now;
            }
        }
    }
}

/* False: no memory. */
static bool mark_scans(struct ks_tries *t)
{
    struct ks_scan_work *work = ks_scan_work_new();
    bool done = work != NULL;
    for (uint32_t p = 0; p < t->n_pairs && done; p++)
        done = ks_scans_mark(t, p, work);
    ks_scan_work_free(work);
    return done;
}

/* Tells the kinds of a target's ports. What a service hands out lies among many others. */
static void find_ranges(struct ks_tries *t, struct ks_goal *goal)
{
    enum { NEAR = 64, CROWD = 10 };
    uint32_t low = goal->first_place, high = low, end = low + goal->n_places, open = 0; /* open in low..high-1 */
    for (uint32_t p = low; p < end; p++) {
        struct ks_place *place = &t->places[p];
        while (high < end && t->places[high].item <= place->item + NEAR)
            open += t->places[high++].open > 0;
        while (t->places[low].item + NEAR < place->item)
            open -= t->places[low++].open > 0;
        uint32_t port = place->item & 0xffff;
        place->range = place->item >> 16 != KS_TCP   ? KS_DATAGRAMS
                       : port < 1024                 ? KS_SERVICES
                       : place->open > 0 && open > CROWD ? KS_CROWDED
                       : port < 32768                ? KS_REGISTERED
                                                     : KS_EPHEMERAL;
        goal->open_places[place->range] += place->open > 0 && !ks_always_open(t, place->open, place->first_open);
    }
}

/* Counts the tries of one link, for it and for what it belongs to. */
static void count_link(struct ks_tries *t, struct ks_link *link, struct ks_pair *pair)
{
    struct ks_place *place = &t->places[link->place];
    uint32_t rare = 0;
    bool closed = false; /* the time before */
    for (uint32_t i = link->first; i < link->first + link->n; i++) {
        struct ks_try *now = &t->at[t->by_link[i]];
        bool open = now->outcome == KS_OPEN;
        now->flips = open && closed && place->item >> 16 == KS_TCP;
        if (open && link->open++ == 0)
            link->first_open = t->by_link[i];
        if (!open)
            link->last_vain = now->time;
        closed = ks_try_closed(t, now);
        if (closed)
            link->last_closed = now->time;
        pair->probes += now->probe;
        if (now->repeat)
            continue;
        link->fresh++;
        if (!open || !place->busy) {
            rare++;
            pair->scan += ks_try_in_scan(now);
        }
    }
    struct ks_goal *goal = &t->goals[pair->goal];
    place->fresh += link->fresh;
    pair->fresh += link->fresh;
    pair->rare += rare;
    goal->rare += rare;
    if (link->open > 0)
        t->opens[pair->source] = pair->answers = goal->answers = true;
    if (link->open > 0 && !ks_always_open(t, link->open, t->at[link->first_open].time)) {
        pair->open_links[place->range]++;
        goal->open_links[place->range]++;
    }
    if (place->range == KS_CROWDED) {
        pair->crowded += link->open;
        goal->crowded += link->open;
    }
    if (ks_item_icmp(place->item)) {
        pair->pings++;
    } else if (link->open == 0) {
        pair->closed_places++;
        pair->tried += link->fresh > 0;
    }
}

static void count_fresh(struct ks_tries *t)
{
    for (uint32_t p = 0; p < t->n_pairs; p++) {
        struct ks_pair *pair = &t->pairs[p];
        for (uint32_t l = pair->first_link; l < pair->first_link + pair->n_links; l++)
            count_link(t, &t->links[l], pair);
        t->fan_out[pair->source]++;
        if (pair->closed_places > 0 && pair->closed_places + pair->pings == pair->n_links)
            t->fan_closed[pair->source]++;
    }
}

/* How many pairs of hosts try each item in vain: what many try is no secret. What a port scanner tries says
 * nothing of that: it tries them all. */
static void count_popular(struct ks_tries *t)
{
    enum { MOST = 1024 };
    uint32_t count[MOST] = {0}, all = 0, sum = 0;
    uint64_t registered[KS_ITEMS_PORTS / 64];
    ks_ports_mark(registered);
    for (uint32_t l = 0; l < t->n_links; l++) {
        if (t->links[l].open > 0 || t->links[l].fresh == 0)
            continue;
        const struct ks_place *place = &t->places[t->links[l].place];
        uint32_t before = t->popular[place->same]++;
        if (ks_item_icmp(place->item))
            continue;
        all += before == 0;
        count[before < MOST ? before : MOST - 1]--; /* count[0] is of no use */
        count[before + 1 < MOST ? before + 1 : MOST - 1]++;
    }
    for (uint32_t k = 1; k < MOST && sum * 2 < all; k++) {
        sum += count[k];
        t->typical = k;
    }
    for (uint32_t p = 0; p < t->n_places; p++) {
        uint32_t tried = t->popular[t->places[p].same], here = t->places[p].sources;
        uint32_t others = tried > here ? tried - here : 0;
        t->places[p].sought = others >= 3 && others > 2 * t->typical;
        uint32_t item = t->places[p].item;
        t->places[p].registered =
            item < KS_ITEMS_PORTS ? registered[item / 64] >> item % 64 & 1 : ks_port_registered(item);
    }
}

/* What was sent is looked up in the log while the tries are laid out. */
struct parts {
    struct ks_tries *t;
    bool two;
    struct ks_status status[2];
};

static void lay_out(void *context, unsigned half)
{
    struct parts *parts = context;
    parts->status[half] = half == 0 ? ks_tries_lay_out(parts->t, parts->two) : ks_tries_data(parts->t);
}

struct ks_status ks_tries_make(const struct ks_log *log, const struct ks_narrow *narrow, bool two,
                               struct ks_progress *progress, struct ks_tries *out)
{
    *out = (struct ks_tries){.log = log};
    uint32_t *pings;
    size_t n_pings;
    struct ks_status status = ks_pings_find(log, &pings, &n_pings);
    if (ks_is_ok(status))
        status = collect(log, narrow, pings, n_pings, out);
    ks_free(pings);
    if (ks_is_ok(status) && ks_cancelled(progress))
        status = ks_fail(KS_CANCELLED, "cancelled");
    if (!ks_is_ok(status))
        return status;
    struct parts parts = {.t = out, .two = two};
    ks_halves(two, lay_out, &parts);
    KS_TRY(parts.status[0]);
    KS_TRY(parts.status[1]);
    out->fan_out = ks_zalloc(log->n_hosts + 1, sizeof *out->fan_out);
    out->fan_closed = ks_zalloc(log->n_hosts + 1, sizeof *out->fan_closed);
    out->opens = ks_zalloc(log->n_hosts + 1, sizeof *out->opens);
    out->popular = ks_zalloc((size_t)out->n_items + 1, sizeof *out->popular);
    if (out->fan_out == NULL || out->fan_closed == NULL || out->opens == NULL || out->popular == NULL)
        return ks_nomem("the sources' targets");
    for (size_t i = 0; i < out->n; i++) {
        const struct ks_try *now = &out->at[i];
        if (now->outcome != KS_OPEN)
            continue;
        struct ks_place *place = &out->places[now->place];
        place->open++;
        if (now->time < place->first_open)
            place->first_open = now->time;
    }
    for (uint32_t p = 0; p < out->n_places; p++)
        out->places[p].busy = is_busy(&out->places[p]);
    for (uint32_t g = 0; g < out->n_goals; g++)
        find_ranges(out, &out->goals[g]);
    status = ks_probes_mark(out);
    if (!ks_is_ok(status))
        return status;
    mark_repeats(out);
    if (!mark_scans(out))
        return ks_nomem("the scans");
    count_fresh(out);
    count_popular(out);
    KS_TRY(ks_tries_probes(out));
    return ks_tries_lean(out);
}
