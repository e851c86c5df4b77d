/* What speaks for a one-shot knock, added up. Each weight is the evidence's worth on generated networks,
 * where bursts of ordinary hosts have hardly a port that nobody else looks for, and knocks have hardly
 * another. */
#include <math.h>
#include <stdlib.h>

#include "knocks/verdicts/judge.h"
#include "knocks/attempts/ports.h"

enum { WIDE = 20, NEIGHBOUR = 4, NEAR_DOOR = 16, OPEN_ANYWAY = 3 };
#define USUAL 0.07 /* p of an opening that counts after any burst */

/* Whether the port goes on an enumeration: a few steps from another of the burst before it. */
static bool goes_on(const struct ks_case *c, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (c->items[k] >> 16 == c->items[i] >> 16 && c->items[k] != c->items[i] &&
            abs((int)(c->items[k] & 0xffff) - (int)(c->items[i] & 0xffff)) <= NEIGHBOUR)
            return true;
    return false;
}

/* Whether what opened is a next step of the burst, as in an enumeration. */
static bool door_is_near(const struct ks_case *c)
{
    for (size_t i = 0; i < c->knock.n_ports; i++)
        if (c->items[i] >> 16 == c->door_item >> 16 &&
            abs((int)(c->items[i] & 0xffff) - (int)(c->door_item & 0xffff)) <= NEAR_DOOR)
            return true;
    return false;
}

/* What the ports are worth: 2 for every one that no ordinary client looks for (1.5 where silence is the only
 * answer to datagrams), 1 for one that others try in vain too, 0.5 for every registered one (1.5 in a
 * series that a person chooses); for the next ones of an enumeration 1.25, and nothing where it goes on to
 * the opened port or over datagrams. */
static double port_points(const struct ks_case *c, size_t *secret)
{
    double points = 0;
    bool round = ks_ports_round(c->items, c->knock.n_ports);
    *secret = 0;
    for (size_t i = 0; i < c->knock.n_ports; i++) {
        bool seen = false;
        for (size_t k = 0; k < i && !seen; k++)
            seen = c->items[k] == c->items[i];
        if (seen)
            continue;
        if (goes_on(c, i)) {
            points += c->items[i] >> 16 == KS_TCP && !door_is_near(c) ? 1.25 : 0;
            continue;
        }
        bool registered = ks_port_registered(c->items[i]);
        if (registered || c->common[i]) {
            points += round ? 1.5 : registered ? 0.5 : 1;
            continue;
        }
        ++*secret;
        points += c->items[i] >> 16 == KS_UDP && c->udp > 0 ? 1.5 : 2;
    }
    return points;
}

/* Whether some of the attempts are datagrams. */
static bool by_udp(const struct ks_case *c)
{
    for (size_t i = 0; i < c->knock.n_ports; i++)
        if (c->items[i] >> 16 == KS_UDP)
            return true;
    return false;
}

static double within(double low, double x, double high)
{
    return x < low ? low : x > high ? high : x;
}

/* What the opening is worth: that it comes so soon, by how seldom ports open here; that it was closed before,
 * by how seldom closed ports open here. */
static double door_points(const struct ks_case *c)
{
    const struct ks_door *d = &c->door;
    double n = (double)c->knock.n_activations;
    double points = within(-3, -c->knock.ln_p / n / 2 - 2, 3);
    if (d->was_closed)
        points += within(0, -c->ln_reopens - 1, 6);
    if (d->shut_to_others)
        points += 3;
    if (d->before == 0)
        points += c->all_new ? 2 : 1;
    else
        points -= 6; /* it was open to the same source before any burst */
    if (d->before_others > 0 && !d->was_closed)
        points -= 2; /* it is open to others anyway */
    if (c->door_udp) /* any answered datagram looks like that, the more so after other datagrams */
        points -= by_udp(c) ? 3 : 1.5;
    if (d->others) /* nothing but the time ties it to the burst */
        points -= 2;
    if (c->later >= OPEN_ANYWAY && !d->closes)
        points -= 1.5; /* it goes on being used without another burst */
    if (!d->back && (size_t)c->unused * 2 > c->knock.n_activations)
        points -= 3; /* who opens a port uses it */
    if (!d->back && door_is_near(c))
        points -= 3;
    return points;
}

/* How far the attempts are a burst: not at all where attempts in vain are that dense anyway. Many bursts
 * before openings of one port are no company to each other. */
static double burst_share(const struct ks_case *c)
{
    double dense = c->knock.n_activations > 2 ? fmin(c->ln_dense, c->ln_alone) : c->ln_dense;
    return within(0, (-dense - 1) / 5, 1);
}

/* What it is worth that there are several: as far as they are bursts, or the port was closed before, or it
 * answers too soon after them for chance. */
static double again_points(const struct ks_case *c)
{
    double sure = c->door.was_closed ? 1 : fmax(burst_share(c), within(0, -c->knock.ln_p / 10, 1));
    return sure * within(0, 3 * log2(c->knock.evidence.activations), 12);
}

double ks_score_one_shot(const struct ks_case *c)
{
    const struct ks_evidence *e = &c->knock.evidence;
    size_t secret;
    double ports = port_points(c, &secret), score = burst_share(c) * within(0, ports, 12) + door_points(c);
    score += again_points(c);
    if ((size_t)e->registered * 2 >= c->knock.n_ports && !c->door.was_closed &&
        !ks_ports_round(c->items, c->knock.n_ports))
        score -= 2;
    if (ports > 12)
        score -= 0.25 * (ports - 12);
    /* A source that tries many ports or many targets in vain: what it does everywhere is no secret. */
    if (c->tried > WIDE + c->knock.n_ports && c->knock.n_activations == 1 && c->apart == 0)
        score -= 2;
    if (c->fan_closed > WIDE)
        score -= secret * 2 > c->knock.n_ports ? 2 : 6;
    if (e->spoofed)
        score -= 1;
    return score;
}

/* ln of the largest p at which what opens after bursts counts. The less chance explains bursts of ports that nobody
 * looks for, the more of their opening it may explain. */
static double ln_opening_limit(const struct ks_case *c)
{
    const double usual = log(USUAL), starts = 3, each = 4; /* ln of the burst's density */
    static const double most[] = {0, 0, 0.2, 0.5, 1};     /* by ports that nobody looks for */
    size_t secret;
    port_points(c, &secret);
    if (secret < 2)
        return usual;
    double limit = usual + within(0, (-c->ln_loosest - starts) / each, -usual);
    return fmin(limit, log(most[secret < 4 ? secret : 4]));
}

bool ks_one_shot_by_chance(const struct ks_case *c)
{
    size_t secret;
    if (c->knock.ln_p <= ln_opening_limit(c) || (c->door.was_closed && c->ln_reopens <= log(USUAL)))
        return false;
    /* A port that was never open to anybody else, and shut when it was tried before. */
    port_points(c, &secret);
    return !c->door.was_closed || !c->all_new || c->door.before_others > 0 ||
           c->knock.ln_p > log(secret > 2 ? 0.25 : 0.15);
}
