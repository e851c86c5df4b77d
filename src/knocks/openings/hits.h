/* The answered attempts after a candidate's activations, and how likely they come so by chance. Internal to
 * src/knocks. */
#ifndef KS_KNOCKS_HITS_H
#define KS_KNOCKS_HITS_H

#include "knocks/sequences/candidate.h"

/* How likely a port that is tried in vain just before a knock answers after it, but for the knock. */
#define KS_FLIPS 0.1

/* How much less likely a knock opens one of the ports that a service hands out. */
#define KS_CROWD 4

/* Whose answered attempts count: the knocking source's, anyone's, or the target's own towards the source. */
enum ks_who { KS_KNOCKER, KS_ANYONE, KS_TARGET };

/* An answered attempt in the time after an activation. */
struct ks_hit {
    uint32_t place, activation, try;
    int64_t after; /* ns since the activation's last attempt */
    bool flips;    /* the port was tried in vain shortly before; set by who chooses */
    double chance; /* ln of the chance that a port of its kind opens at such a time; set by ks_hits_choose
                      where it is taken */
    bool taken;    /* the one of its activation that is least due to chance; set by ks_hits_choose */
};

struct ks_hits {
    struct ks_hit *at;
    size_t n, cap;
    bool failed; /* memory ran out */
};

/* How many ports of each kind (enum ks_range) open to those who knock, the candidate's own left out, and how
 * often one of KS_CROWDED answers. */
struct ks_usual {
    uint32_t ports[KS_RANGES];
    double crowded;
};

struct ks_usual ks_usual_count(const struct ks_hunt *hunt, const struct ks_candidate *c, enum ks_who who);

/* Adds the answered attempts in the window after activation i, by time: at none of the candidate's ports but
 * its last. */
void ks_hits_gather(const struct ks_hunt *hunt, const struct ks_candidate *c, size_t i, enum ks_who who,
                    struct ks_hits *hits);

/* Sort them by place, activation and time; by activation and time. */
void ks_hits_by_place(struct ks_hit *at, size_t n);
void ks_hits_by_activation(struct ks_hit *at, size_t n);

/* ln of the chance that something that comes `rate` times a second comes within so many ns. */
double ks_hit_ln_within(double rate, int64_t ns);

/* Of n hits at one place, by activation: takes those that come most nearly as long after their activations as
 * one of them does. Returns ln of the chance that they are so alike at a rate per second; 0 where fewer than
 * two activations have one. */
double ks_hits_alike(struct ks_hit *at, size_t n, double rate);

/* Of n hits at ports that opened anew, by activation: takes one of each activation, that is the least due to
 * chance at the rates at which ports of each kind open apart from those that are taken; soon after the
 * activations, or about as long after each. Activations without one that chance hardly explains have none
 * then. Returns ln of the chance, and how many are taken. */
double ks_hits_choose(const struct ks_tries *t, struct ks_hit *at, size_t n, const struct ks_usual *usual,
                      size_t *taken);

#endif
