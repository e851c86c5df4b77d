/* From candidates to knocks: evidence, score, and what is set aside why. Internal to src/knocks. */
#ifndef KS_KNOCKS_JUDGE_H
#define KS_KNOCKS_JUDGE_H

#include "knocks/sequences/candidate.h"
#include "knocks/bursts/oneshot.h"
#include "knocks/openings/opening.h"

/* Below this score a candidate is listed, but set aside. */
#define KS_LINE_RECURRING 12.0
#define KS_LINE_ONE_SHOT 4.6

/* What decides a knock's place beside its public evidence. */
struct ks_case {
    struct ks_knock knock;
    uint32_t items[KS_KNOCK_MAX]; /* see item.h; in order */
    struct ks_door door;          /* tries not used */
    uint32_t door_item;           /* the opened port */
    bool door_udp;                /* the opened port is a UDP one: any service's answer looks like that */
    uint32_t fan_closed;          /* most targets at which one of its sources met closed ports only */
    uint32_t tried;               /* most ports that one of its sources tried in vain at the target */
    uint32_t scanned;             /* the same, a port scanner's probes counted in */
    bool common[KS_KNOCK_MAX]; /* by port: other pairs of hosts try it in vain too, more than is usual here */
    double ln_dense;           /* one-shot: that the attempts come so close together by chance, on average */
    double ln_loosest;         /* one-shot: the same of the burst that is most likely by chance */
    double ln_alone;           /* the same, among those that belong to no other burst before the port */
    double ln_reopens;         /* one-shot: that a closed port opens again so soon by chance, on average */
    uint32_t unused;           /* one-shot: openings over which nothing was sent */
    uint32_t closed_again;     /* one-shot: bursts whose ports follow the opening backwards */
    uint32_t apart;            /* one-shot: bursts that are told apart from a scan by the same source */
    uint32_t later;            /* one-shot: openings by the same source long after the last burst */
    bool all_new;              /* one-shot: each time the port had never been open to the source before */
    uint32_t alike;            /* candidates of the same pair with no more activations: a scan's */
    uint32_t streams;          /* attempts of the knock that began a stream of datagrams */
    uint32_t udp;              /* attempts of the knock by UDP or ICMP that nothing answered */
    uint32_t scan;             /* attempts of the knock inside a scan */
    uint32_t open_data;        /* open attempts of the knock whose connection carried data */
    uint32_t open_tries;       /* open attempts of the knock */
    uint32_t alive;            /* ports of the knock that answer somebody at some time */
    uint32_t runs_on; /* equal steps: activations whose source goes on to the next ports or came from them */
    bool many;        /* sent to a multicast or broadcast address */
    bool faint;       /* set aside for being weak, and for nothing else */
    char closes[200]; /* the ports of the knock that opens what this one closes, or empty */
    char closed_by[200]; /* those of the knock that closes what this one opens, or empty */
    double regular; /* deviation of the pauses between activations of two hosts over their mean; NAN where too
                       few */
    double in_time; /* share of these pauses that hardly differ from the median one */
    double covers;  /* share of the capture's time between first and last activation */
    double ln_mu;   /* largest among the targets */
};

/* The evidence for a one-shot knock, and whether its opening may be due to chance. */
double ks_score_one_shot(const struct ks_case *c);
bool ks_one_shot_by_chance(const struct ks_case *c);

/* What the rank is made of; the case's measurements of connections may be missing still. */
double ks_score(const struct ks_case *c);

/* Fills evidence.score and, where the knock has to stand aside, verdict; and why. `gate` is the largest q.
 * KS_NOMEM. */
struct ks_status ks_judge(struct ks_case *c, double gate);

/* Sets a case aside as copies of one activation. KS_NOMEM. */
struct ks_status ks_judge_copied(struct ks_case *c);

#endif
