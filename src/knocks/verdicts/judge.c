/* The order of knocks. Significance is a gate; the score adds up evidence that can be said in one line each
 * (ranking by p-value would put scanners and mail clients above the knock). */
#include "knocks/verdicts/judge.h"

#include <math.h>

#include "base/memory.h"
#include "base/text.h"
#include "knocks/attempts/ports.h"

enum { SCAN_PORTS = 15, MANY_TARGETS = 5 };

/* 2 for every port that no ordinary client looks for (1 for UDP and ICMP: silence says little there), 0.5 for
 * every registered one; at most 12. */
static double port_points(const struct ks_case *c, size_t *distinct)
{
    double points = 0;
    *distinct = 0;
    for (size_t i = 0; i < c->knock.n_ports; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = c->items[k] == c->items[i];
        if (seen)
            continue;
        ++*distinct;
        points += ks_port_registered(c->items[i]) || c->common[i] ? 0.5 : c->items[i] >> 16 == KS_TCP ? 2 : 1;
    }
    return points > 12 ? 12 : points;
}

static double door_points(const struct ks_case *c)
{
    const struct ks_door *d = &c->door;
    if (!d->there)
        return 0;
    double points = 8 + 6 * (double)d->hits / (double)c->knock.n_activations;
    if (d->was_closed)
        points += 4;
    if (d->shut_to_others)
        points += 2;
    if (d->before > 0)
        points -= d->was_closed ? 2 : 8;
    if (d->others || c->door_udp)
        points -= 3;
    bool datagrams = c->door_udp;
    for (size_t i = 0; i < c->knock.n_ports; i++)
        datagrams = datagrams && c->items[i] >> 16 == KS_UDP;
    if (datagrams && d->varying) /* a client that asks a machine's ports until some answer */
        points -= 6;
    return points;
}

static double score_recurring(const struct ks_case *c)
{
    const struct ks_evidence *e = &c->knock.evidence;
    size_t distinct;
    double score = port_points(c, &distinct) + door_points(c);
    double again = 3 * log2(e->in_order > 0 ? e->in_order : 0.5);
    score += again > 12 ? 12 : again;
    score += 4.0 * (e->closed - 0.5 * c->udp) / e->attempts;
    score += 3.0 * e->in_order / e->activations;
    score += 2 * e->focus;
    double strength = -c->knock.ln_p / 15;
    score += strength > 5 ? 5 : strength;
    if (e->monotone && !ks_ports_round(c->items, c->knock.n_ports))
        score -= 4;
    if (distinct > 8)
        score -= 2.0 * (double)(distinct - 8);
    if (e->targets > 2)
        score -= e->targets - 2;
    if (c->scan * 2 > e->attempts && !c->door.there)
        score -= 6;
    if (!e->spoofed && e->sources == e->activations && !c->door.there)
        score -= 4; /* no source ever did it twice: a list that several know */
    if (c->open_tries > 0)
        score -= 6.0 * c->open_data / e->attempts;
    return score;
}

double ks_score(const struct ks_case *c)
{
    return c->knock.kind == KS_KNOCK_ONE_SHOT ? ks_score_one_shot(c) : score_recurring(c);
}

/* Whether the sources go on to the next ports, or come from those before, as a sweep does. */
static bool is_sweep(const struct ks_case *c)
{
    uint32_t n = c->knock.kind == KS_KNOCK_ONE_SHOT ? 1 : c->knock.evidence.activations;
    return c->knock.evidence.monotone && c->runs_on * 2 >= n;
}

/* Whether most activations are followed by an opening that hardly comes by chance: what a scan does not do.
 */
static bool opens_each_time(const struct ks_case *c)
{
    return c->door.there && !c->door_udp && !c->door.others && c->door.before == 0 &&
           c->door.hits * 2 > c->knock.n_activations && c->door.ln_p < log(0.01);
}

static void reason_scan(const struct ks_case *c, struct ks_text *reason)
{
    const struct ks_evidence *e = &c->knock.evidence;
    if (c->knock.n_ports > SCAN_PORTS && c->knock.kind == KS_KNOCK_RECURRING)
        ks_text_addf(reason, "scan: %zu ports in a row", c->knock.n_ports);
    else if (is_sweep(c) && c->tried > SCAN_PORTS && !opens_each_time(c) && c->apart == 0)
        ks_text_addf(reason,
                     "scan: ports in equal steps, by a source that tried %u ports of the target in vain",
                     c->tried);
    else if (c->alike > 8 && c->scan * 2 > e->attempts)
        ks_text_addf(reason, "scan: %u other sequences of the same hosts recur as often", c->alike - 1);
}

/* Whether the opened port belongs to the same service as the others: what a client does when a server comes
 * back. */
static bool door_in_group(const struct ks_case *c)
{
    const struct ks_knock *k = &c->knock;
    uint32_t all[KS_KNOCK_MAX + 1];
    size_t n = k->n_ports, opened = 0, in = 0;
    if (!c->door.there || c->door.back || n > 3)
        return false;
    for (size_t i = 0; i < n; i++)
        all[i] = c->items[i];
    if (!c->door.varying) {
        all[n] = c->door_item;
        return ks_ports_group(all, n + 1) != NULL;
    }
    for (size_t a = 0; a < k->n_activations; a++) {
        if (!k->activations[a].opened)
            continue;
        all[n] = ks_item_of_port(k->activations[a].opening.item);
        opened++;
        in += ks_ports_group(all, n + 1) != NULL;
    }
    return in * 5 >= opened * 4;
}

/* Whether nothing but datagrams is tried, upwards, most of them at ports that stand next to another of them
 * or to the one that answers. */
static bool is_enumeration(const struct ks_case *c)
{
    size_t n = c->knock.n_ports, next = 0, down = 0;
    for (size_t i = 0; i < n; i++) {
        if (c->items[i] >> 16 != KS_UDP)
            return false;
        down += i > 0 && c->items[i] < c->items[i - 1];
        bool beside = c->door.there && (c->items[i] + 1 == c->door_item || c->door_item + 1 == c->items[i]);
        for (size_t k = 0; k < n && !beside; k++)
            beside = c->items[i] + 1 == c->items[k] || c->items[k] + 1 == c->items[i];
        next += beside;
    }
    return next * 2 >= n && down <= n / 4; /* one list after another */
}

/* Whether the activations come by a clock, jitter of a tenth of the period allowed. Two alike pauses are soon
 * there by chance. */
static bool by_clock(const struct ks_case *c)
{
    enum { MANY = 12, VERY_MANY = 30 };
    uint32_t n = c->knock.evidence.activations;
    if (n >= MANY && c->in_time > (n < VERY_MANY ? 0.7 : 0.5)) /* others' pings come between at times */
        return true;
    return isfinite(c->regular) && c->regular < (n == 3 ? 0.03 : n < MANY ? 0.06 : 0.12);
}

/* Why a sequence of nothing but ICMP requests is ordinary; NULL where nothing says so. Who watches a machine
 * pings it in the same way each time: an opening, or times that are no clock's, and no replies, tell a knock
 * from that. */
static const char *ordinary_pings(const struct ks_case *c)
{
    enum { LARGE = 1200, SWEEP = 7, OFTEN = 12 };
    const struct ks_door *d = &c->door;
    size_t n = c->knock.n_ports, large = 0, up = 0, down = 0, sizes = 0;
    for (size_t i = 0; i < n; i++) {
        if (!ks_item_icmp(c->items[i]))
            return NULL;
        size_t k = 0;
        while (c->items[k] != c->items[i])
            k++;
        sizes += k == i;
        large += ks_item_low(c->items[i]) >= LARGE;
        up += i > 0 && ks_item_low(c->items[i]) > ks_item_low(c->items[i - 1]);
        down += i > 0 && ks_item_low(c->items[i]) < ks_item_low(c->items[i - 1]);
    }
    if (large * 2 > n)
        return "path MTU discovery: ICMP requests as large as a path may carry";
    size_t turns = n > SWEEP ? 2 : 1; /* in many, one that is none of them */
    if ((n >= SWEEP || (n > 2 && large > 0)) && (up + turns >= n || down + turns >= n))
        return "path MTU discovery: ICMP requests that grow or shrink step by step";
    bool each = d->hits == c->knock.n_activations && d->before == 0;
    bool secret = each && sizes > (ks_port_registered(c->door_item) && !d->back ? 4 : 2);
    bool opens = opens_each_time(c) && (secret || (d->was_closed && c->knock.evidence.activations < OFTEN));
    if (by_clock(c) && !opens)
        return "health check: pings at regular times";
    bool door = d->there && d->hits * 2 >= c->knock.n_activations;
    if (!door && c->knock.evidence.closed * 2 <= c->knock.evidence.attempts)
        return "ordinary pings: most requests were answered, and nothing opened";
    if (!door && sizes < 3)
        return "ordinary pings: two sizes in turn, and nothing opened";
    return NULL;
}

/* Whether pings of the usual sizes and registered ports are all there is: somebody looks whether a machine is
 * there. */
static bool is_discovery(const struct ks_case *c)
{
    size_t pings = 0;
    for (size_t i = 0; i < c->knock.n_ports; i++) {
        if (!ks_port_registered(c->items[i]))
            return false;
        pings += ks_item_icmp(c->items[i]);
    }
    return pings > 0 && !c->door.was_closed;
}

/* Whether a recurring sequence is of several ports that nobody else looks for (but for one in four, where the
 * others are several), closed each time, at one target, and hardly chance: no service that is watched or missed.
 * Datagrams alone say so by four ports or more. */
static bool is_secret(const struct ks_case *c)
{
    const struct ks_evidence *e = &c->knock.evidence;
    if (c->knock.kind != KS_KNOCK_RECURRING || e->closed < e->attempts || e->targets > 1 ||
        c->knock.ln_q > log(1e-2))
        return false;
    size_t datagrams = 0, known = 0;
    for (size_t i = 0; i < c->knock.n_ports; i++) {
        if (ks_item_icmp(c->items[i]) || c->common[i])
            return false;
        known += ks_port_registered(c->items[i]);
        datagrams += c->items[i] >> 16 == KS_UDP;
    }
    if (4 * known > c->knock.n_ports)
        return false;
    return datagrams * 2 <= c->knock.n_ports || (c->knock.n_ports > 3 && c->knock.ln_q < log(1e-5));
}

/* Whether two or three attempts done once come before a service that others use as well. */
static bool serves_others(const struct ks_case *c)
{
    return c->knock.kind == KS_KNOCK_ONE_SHOT && c->knock.n_activations == 1 && c->knock.n_ports < 4 &&
           c->door.before_others > 0 && ks_port_registered(c->door_item) && !c->door.back;
}

static void reason_ordinary(const struct ks_case *c, struct ks_text *reason)
{
    const struct ks_evidence *e = &c->knock.evidence;
    const char *group = ks_ports_group(c->items, c->knock.n_ports);
    bool opened =
        c->door.there && !c->door_udp && (c->door.was_closed || c->door.hits * 2 > c->knock.n_activations);
    /* That it was closed says something where it opens after most activations. */
    bool shut = c->door.was_closed &&
                (c->knock.kind == KS_KNOCK_ONE_SHOT || c->door.hits * 2 > c->knock.n_activations);
    bool one_number = true, ephemeral = true, doubled = false, datagrams = true;
    for (size_t i = 0; i < c->knock.n_ports; i++) {
        one_number =
            one_number && (uint16_t)c->items[i] == (uint16_t)c->items[0] && !ks_item_icmp(c->items[i]);
        doubled = doubled || (c->door.there && c->items[i] >> 16 == KS_UDP &&
                              (c->items[i] & 0xffff) == (c->door_item & 0xffff));
        ephemeral = ephemeral && c->items[i] >> 16 == KS_UDP && (uint16_t)c->items[i] >= 32768;
        datagrams = datagrams && c->items[i] >> 16 == KS_UDP;
    }
    /* Several ports that nobody looks for, within seconds: more than a peer that moved. */
    bool by_itself = c->knock.kind == KS_KNOCK_ONE_SHOT && e->closed == e->attempts && c->knock.n_ports > 3 &&
                     c->udp == 0 && e->registered == 0 && e->span_median < 5 * KS_SECOND;
    bool sought = c->knock.kind == KS_KNOCK_RECURRING || !ks_ports_round(c->items, c->knock.n_ports);
    size_t registered = 0;
    for (size_t i = 0; i < c->knock.n_ports; i++) {
        sought = sought && (ks_port_registered(c->items[i]) || c->common[i]);
        registered += ks_port_registered(c->items[i]);
    }
    /* Ports that scanners try, but no client does, before a port that is nobody's service nor others'. */
    bool own_door = c->knock.kind == KS_KNOCK_ONE_SHOT && registered == 0 && c->door.before_others == 0 &&
                    !c->door_udp && c->door.before == 0 && c->all_new;
    /* A port of the target answers each time. */
    bool each = opened && !c->door.varying && !c->door.back && c->door.hits > 1 &&
                c->door.hits == c->knock.n_activations;
    /* A port that was closed and answers each time says more than what kind of ports they are. */
    bool flips =
        c->knock.kind == KS_KNOCK_RECURRING && opens_each_time(c) && (c->door.was_closed || c->door.hits > 2);
    bool secret = is_secret(c);
    if (ordinary_pings(c) != NULL)
        ks_text_add(reason, ordinary_pings(c));
    else if (is_discovery(c))
        ks_text_add(reason, "host discovery: pings as usual, and registered services");
    else if (one_number && !flips)
        ks_text_add(reason, "one port number over two protocols");
    else if (doubled && datagrams && !flips)
        ks_text_add(reason, "peer-to-peer: the port that opened is tried by datagrams too");
    else if (is_enumeration(c) && !flips)
        ks_text_add(reason,
                    "enumeration: datagrams to ports that follow each other, as clients look for a server");
    else if (ephemeral && !flips && !each &&
             (c->knock.n_ports < 3 || (c->knock.kind == KS_KNOCK_ONE_SHOT ? c->door_udp : e->in_order < 3)))
        ks_text_add(reason,
                    "datagrams to ephemeral ports: answers whose question is not in the capture, or media");
    else if (group != NULL && (!(opened && c->door.was_closed) || door_in_group(c)))
        ks_text_addf(reason, "fallback list: ports of %s, which ordinary clients try one after another",
                     group);
    else if (registered == c->knock.n_ports && c->alive == c->knock.n_ports &&
             (!c->door.there || ks_port_registered(c->door_item)))
        ks_text_add(reason, "outage: services that answer at other times, as where a machine starts again");
    else if (sought && serves_others(c))
        ks_text_add(reason, "outage: services that are looked for before one answers again that others use, too");
    else if (sought && !shut && !own_door)
        ks_text_add(reason, "ordinary ports: registered services or ports that others try in vain too, and "
                            "nothing was closed before");
    else if (c->fan_closed > 50 && e->targets > MANY_TARGETS)
        ks_text_addf(reason, "worm or agent: the same ports at %u targets", e->targets);
    else if (e->targets > MANY_TARGETS && !opened)
        ks_text_addf(reason, "the same ports at %u targets", e->targets);
    else if (c->fan_closed > 100 && !opened && !by_itself && ((e->in_order < 3 && !secret) || e->targets > 1))
        ks_text_addf(reason, "peer-to-peer or scan: the source tried %u targets in vain", c->fan_closed);
    else if (!opened && !secret && isfinite(c->regular) && c->regular < 0.02 && e->activations >= 12 &&
             c->covers > 0.7)
        ks_text_addf(reason, "health check: strictly periodic over %.0f %% of the capture", 100 * c->covers);
    else if (e->closed == 0 && !opened)
        ks_text_addf(reason, "ordinary use: every port was open");
    else if (c->streams * 2 > e->attempts)
        ks_text_addf(reason, "ordinary use: streams of datagrams");
    else if (c->open_data * 2 > e->attempts)
        ks_text_addf(reason, "ordinary use: the connections carry data");
}

/* Which ports opened; where they are many, the first ones. */
static void explain_door(const struct ks_case *c, struct ks_text *why)
{
    enum { NAMED = 4 };
    const struct ks_knock *k = &c->knock;
    char text[64];
    size_t named = c->door.varying ? 1 : k->n_opened < NAMED ? k->n_opened : NAMED;
    ks_text_add(why, c->door.back ? "; the target connected back to" : named > 1 ? "; ports" : "; port");
    for (size_t i = 0; i < named; i++)
        ks_text_addf(why, "%s%s",
                     i == 0                                   ? " "
                     : i + 1 == named && named == k->n_opened ? " and "
                                                              : ", ",
                     ks_item_format(text, sizeof text, k->opened[i]));
    if (named < k->n_opened && !c->door.varying)
        ks_text_add(why, " and others");
    if (!c->door.back)
        ks_text_add(why, c->door.others && c->knock.kind == KS_KNOCK_ONE_SHOT ? " opened to another source"
                                                                              : " opened");
    if (c->door.varying && k->n_opened > 1)
        ks_text_add(why, " (another one each time)");
}

/* One line: what speaks for it, strongest first. */
static void explain(const struct ks_case *c, struct ks_text *why)
{
    const struct ks_knock *k = &c->knock;
    const struct ks_evidence *e = &k->evidence;
    char text[64];
    if (k->kind == KS_KNOCK_RECURRING)
        ks_text_addf(why, "%u of %u activations in the same order", e->in_order, e->activations);
    else if (k->n_activations > 1)
        ks_text_addf(why,
                     c->door.varying ? "%zu bursts, each before a port opened that was new to the source"
                                     : "%zu bursts, each before an opening of the same port",
                     k->n_activations);
    else
        ks_text_addf(why, "a burst of %zu attempts in vain before an opening", k->n_ports);
    if (!c->door.there && c->door.weak && k->n_opened > 0) {
        explain_door(c, why);
        ks_text_addf(why, " after %u, which chance could explain", e->opened);
    }
    if (c->door.there && k->n_opened > 0) {
        explain_door(c, why);
        if (k->n_activations > 1)
            ks_text_addf(why, " after %u", e->opened);
        if (c->door.was_closed)
            ks_text_add(why, ", closed to the source before");
        if (c->closed_again > 0)
            ks_text_add(why, ", closed again by the same ports backwards");
        else if (c->door.closes)
            ks_text_add(why, ", closed again later");
    }
    if (c->closed_by[0] != '\0')
        ks_text_addf(why, "; %s closes it again", c->closed_by);
    ks_text_addf(why, "; %u of %u attempts at closed ports", e->closed, e->attempts);
    if (c->apart > 0)
        ks_text_addf(why, "; apart from a scan by the same source, of %u ports in vain", c->scanned);
    if (e->registered > 0)
        ks_text_addf(why, "; %u registered", e->registered);
    if (e->spoofed)
        ks_text_add(why, "; sources change within an activation");
    else if (e->sources > 1)
        ks_text_addf(why, "; %u sources", e->sources);
    if (e->targets > 1)
        ks_text_addf(why, "; %u targets", e->targets);
    if (e->monotone)
        ks_text_add(why, "; equal steps");
    ks_text_addf(why, "; p %s", ks_format_ln_p(text, sizeof text, k->ln_p));
}

/* Whether the sources are the targets. */
static bool to_itself(const struct ks_knock *k)
{
    for (size_t i = 0; i < k->n_activations; i++)
        if (k->activations[i].source != k->activations[i].target)
            return false;
    return true;
}

/* What a knock would have to show for more weight. */
static void explain_weak(const struct ks_case *c, struct ks_text *reason)
{
    const struct ks_knock *k = &c->knock;
    const struct ks_evidence *e = &k->evidence;
    if (k->n_opened == 0)
        ks_text_add(reason, "; nothing opened");
    else if (!c->door.there || c->door.before > 0)
        ks_text_add(reason, "; what opened opens without it too");
    if (k->n_ports < 3)
        ks_text_addf(reason, "; only %zu ports", k->n_ports);
    if (k->kind == KS_KNOCK_RECURRING && e->activations < 3)
        ks_text_add(reason, "; only two activations");
    if (e->closed < e->attempts)
        ks_text_addf(reason, "; %u of %u attempts answered", e->attempts - e->closed, e->attempts);
    if (e->registered > 0)
        ks_text_addf(reason, "; %u registered port%s", e->registered, e->registered == 1 ? "" : "s");
}

/* An opening is evidence of its own: ln of what it helps over the gate; not for services that are missed as often by
 * chance anyway. */
static double ln_door(const struct ks_case *c)
{
    const double most = 7;
    bool none = !c->door.there || c->door.before > 0 || (c->door.others && !c->knock.evidence.spoofed) ||
                (c->knock.evidence.registered == c->knock.n_ports && c->knock.ln_q > log(0.5));
    return none ? 0 : fmax(c->door.ln_p, -most);
}

struct ks_status ks_judge(struct ks_case *c, double gate)
{
    struct ks_knock *k = &c->knock;
    bool one_shot = k->kind == KS_KNOCK_ONE_SHOT;
    struct ks_text why = {0}, reason = {0};
    char text[64];
    k->evidence.score = ks_score(c);
    explain(c, &why);
    if (c->many)
        ks_text_add(&reason, "sent to a multicast or broadcast address");
    else if (to_itself(k))
        ks_text_add(&reason, "a machine to itself");
    else if (c->closes[0] != '\0')
        ks_text_addf(&reason, "closing half of the knock %s: it follows its openings", c->closes);
    if (reason.n == 0)
        reason_scan(c, &reason);
    if (reason.n == 0)
        reason_ordinary(c, &reason);
    double door = one_shot ? 0 : ln_door(c); /* for a one-shot knock it is all there is */
    if (reason.n == 0 && !one_shot && k->ln_q + door > log(gate))
        ks_text_addf(&reason, "chance: q is %s", ks_format_ln_p(text, sizeof text, k->ln_q));
    if (reason.n == 0 && one_shot && ks_one_shot_by_chance(c))
        ks_text_addf(&reason, "chance: ports open to this source that often (p %s)",
                     ks_format_ln_p(text, sizeof text, k->ln_p));
    if (reason.n == 0 && k->evidence.score < (one_shot ? KS_LINE_ONE_SHOT : KS_LINE_RECURRING)) {
        ks_text_addf(&reason, "weak: evidence adds up to %.1f of the %.1f needed", k->evidence.score,
                     one_shot ? KS_LINE_ONE_SHOT : KS_LINE_RECURRING);
        explain_weak(c, &reason);
        c->faint = true;
    }
    bool failed = why.failed || reason.failed;
    if (!failed) {
        k->why = ks_strdup(ks_text_get(&why));
        failed = k->why == NULL;
        if (reason.n > 0 && !failed) {
            k->verdict = ks_strdup(ks_text_get(&reason));
            failed = k->verdict == NULL;
        }
    }
    ks_text_free(&why);
    ks_text_free(&reason);
    return failed ? ks_nomem("the reasons") : ks_ok();
}

struct ks_status ks_judge_copied(struct ks_case *c)
{
    c->knock.verdict = ks_strdup(
        "a recording played again: what is tried elsewhere meanwhile comes again at the same times, too");
    return c->knock.verdict == NULL ? ks_nomem("the reasons") : ks_ok();
}
