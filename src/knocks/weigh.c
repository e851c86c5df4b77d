/* What speaks for a one-shot knock, added up. */
#include <math.h>

#include "knocks/judge.h"
#include "knocks/ports.h"

enum { SCAN_PORTS = 15, WIDE = 20 };

double ks_score_one_shot(const struct ks_case *c)
{
    const struct ks_evidence *e = &c->knock.evidence;
    const struct ks_door *d = &c->door;
    size_t distinct;
    double score = ks_port_points(c, &distinct);
    if (d->was_closed)
        score += 6;
    if (d->shut_to_others)
        score += 3;
    if (d->before == 0)
        score += c->all_new ? 2 : 1;
    else if (!d->was_closed)
        score -= 6;
    if (d->before_others > 0 && !d->was_closed)
        score -= 2;
    double again = 3 * log2(e->activations);
    score += again > 12 ? 12 : again;
    double strength = -c->knock.ln_p / 2 - 2;
    score += strength > 3 ? 3 : strength;
    if (c->ln_dense > log(0.05))
        score -= c->ln_dense > log(0.3) ? 4 : 1.5;
    if (e->registered * 2 >= c->knock.n_ports && !d->was_closed)
        score -= 2;
    if (e->monotone)
        score -= 4;
    if (distinct > 12)
        score -= 0.5 * (double)(distinct - 12);
    if (c->tried > SCAN_PORTS + distinct && c->knock.n_activations == 1)
        score -= 4;
    if (c->fan_closed > WIDE)
        score -= 6;
    if (c->door_udp)
        score -= 3;
    if (e->spoofed)
        score -= 2;
    return score;
}
