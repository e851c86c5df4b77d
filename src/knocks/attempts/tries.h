/* The attempts of a log, laid out for finding knocks: by target, by pair of hosts, by port of a target, each
 * in time order. Internal to src/knocks. */
#ifndef KS_KNOCKS_TRIES_H
#define KS_KNOCKS_TRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/progress.h"
#include "base/status.h"
#include "capture/log.h"
#include "knocks/attempts/item.h"
#include "mining/windows.h"

#define KS_NONE UINT32_MAX
#define KS_SECOND INT64_C(1000000000)

/* An attempt, or an ICMP request: of these the outcome is left out, for a machine that answers pings is not
 * knocked at the less. What repeats an earlier attempt of the same source at the same port without another
 * rare port between (a retransmission with a new number, a client that tries again after a RST, one that
 * sends every knock twice) is marked, and so is what a port scanner sends: neither is part of a knock. */
struct ks_try {
    int64_t time;
    uint32_t event; /* in the log */
    uint32_t pair, place, link, goal;
    uint32_t at_pair, at_goal, at_link; /* where it stands in by_pair, by_goal and by_link */
    uint8_t outcome;
    bool repeat;
    bool probe; /* a repeat because it is a port scanner's probe */
    bool plain; /* in a scan, at a port that is tried as often as the scan's others */
    bool scan;  /* one of many different ports that its source tries in vain at that time */
    bool aside; /* and yet parted from the others by pauses, or out of the order that they keep */
    bool flips; /* answered, by TCP, at a port that its source had found closed the time before */
};

/* Ports fall into kinds that open at different rates: services, registered ones, those that systems hand out,
 * those that a service hands out (of a target's ports near by, many are open at some time: passive FTP, RPC), and
 * those of datagrams, which any answer makes look open. */
enum ks_range { KS_SERVICES, KS_REGISTERED, KS_EPHEMERAL, KS_CROWDED, KS_DATAGRAMS, KS_RANGES };

/* A target. */
struct ks_goal {
    uint32_t host;
    uint32_t first, n; /* in by_goal */
    uint32_t first_pair, n_pairs;
    uint32_t first_place, n_places;
    uint32_t rare;          /* its fresh attempts that are not at a busy service */
    uint32_t open_places[KS_RANGES]; /* ports that open to somebody; not those that are used all the time */
    uint32_t open_links[KS_RANGES];  /* of its sources together */
    bool answers;                    /* some port is open to somebody at some time */
    uint32_t crowded;                /* answered attempts at KS_CROWDED ports */
    uint32_t twice;                  /* ports that are no busy services, with two fresh attempts or more */
    bool many;              /* a multicast or broadcast address */
};

/* A source and a target. */
struct ks_pair {
    uint32_t source, goal;
    uint32_t first, n; /* in by_pair */
    uint32_t first_link, n_links;
    uint32_t fresh;         /* attempts that are not repeats */
    uint32_t rare;          /* of them, not at a busy service */
    uint32_t scan;          /* of them, in a scan */
    uint32_t open_links[KS_RANGES]; /* ports that open to it; not those that it uses all the time */
    bool answers;                   /* some port is open to it at some time */
    uint32_t crowded;               /* answered attempts at KS_CROWDED ports */
    uint32_t closed_places; /* distinct ports tried in vain, never open to this source */
    uint32_t tried;         /* of them, by more than a scanner's probes */
    uint32_t probes;        /* these probes */
    uint32_t twice;         /* ports tried twice or more that may be parts of knocks (see ks_link_lean) */
    uint32_t pings;         /* distinct ICMP requests */
};

/* A port of a target. */
struct ks_place {
    uint32_t goal;
    uint32_t item;        /* see item.h */
    uint32_t same;        /* a number that all places with this item have */
    uint32_t first, n;    /* in by_place */
    uint32_t fresh, open; /* attempts that are not repeats; of all, answered */
    int64_t first_open;   /* INT64_MAX where never */
    uint32_t sources;
    bool busy;   /* an open port that is used all the time */
    bool sought; /* many try it at other targets in vain: no secret */
    bool registered; /* a service's, see ports.h */
    uint8_t range; /* enum ks_range */
};

/* A port of a target as one source sees it. */
struct ks_link {
    uint32_t pair, place;
    uint32_t first, n; /* in by_link */
    uint32_t fresh, open;
    uint32_t first_open; /* its first answered try, or KS_NONE */
    int64_t last_vain;   /* time of its last try that was not answered, and of the last that shows that the */
    int64_t last_closed; /* port is closed; INT64_MIN: none */
    uint32_t quiet;      /* answered tries over which nothing was sent */
    uint32_t in_window, visits; /* used while scans are looked for */
};

struct ks_tries {
    const struct ks_log *log;
    struct ks_try *at;
    size_t n;
    uint32_t *by_goal, *by_pair, *by_place, *by_link; /* numbers of tries; within each group by time */
    struct ks_goal *goals;
    struct ks_pair *pairs;
    struct ks_place *places;
    struct ks_link *links;
    uint32_t n_goals, n_pairs, n_places, n_links, n_items;
    uint8_t *sends;                  /* by try: whether data was sent over it; see ks_try_sends */
    uint64_t *lean_pair, *lean_goal; /* a bit for each position of by_pair, by_goal: may be part of a knock */
    uint64_t *seed_pair, *seed_goal; /* of them: may begin a sequence, of one source or of mixed ones */
    uint64_t *fresh_pair, *fresh_goal; /* those that are no repeats */
    uint64_t *open_pair, *open_goal;   /* those that were answered */
    uint32_t *probes_pair,
        *probes_goal;     /* scanners' probes before each position of them; NULL: none at all */
    uint32_t *goal_of;    /* by host: its number as a target, or KS_NONE */
    uint32_t *fan_out;    /* by host: targets that it tried */
    uint32_t *fan_closed; /* by host: targets where it tried closed ports only */
    uint8_t *opens;       /* by host: whether something answers it */
    uint32_t *popular;    /* by `same` of the item's places: pairs of hosts that tried it in vain and never with success */
    double typical;       /* median of those that are not zero */
    int64_t first, last;  /* time of the first and last try */
    double seconds;       /* that were looked at, from the first event to the last: at least 1 */
};

/* Gathers the attempts that pass `narrow` (may be NULL); `two`: by two threads. O(n). KS_NOMEM, KS_CANCELLED.
 * Freed by ks_tries_free whatever the result. */
struct ks_status ks_tries_make(const struct ks_log *log, const struct ks_narrow *narrow, bool two,
                               struct ks_progress *progress, struct ks_tries *out);
void ks_tries_free(struct ks_tries *tries);

/* The link of a pair and a place, or KS_NONE. */
uint32_t ks_tries_link(const struct ks_tries *tries, uint32_t pair, uint32_t place);

/* The place of a target's item, or KS_NONE. */
uint32_t ks_tries_place(const struct ks_tries *tries, uint32_t goal, uint32_t item);

/* The pair of a source and a target (hosts), or KS_NONE. */
uint32_t ks_tries_pair(const struct ks_tries *tries, uint32_t source, uint32_t target);

/* Whether a port with so many answered tries, the first at that time, is used all the time: it was open before
 * the capture began, so that its first use there is no opening. */
bool ks_always_open(const struct ks_tries *tries, uint32_t open, int64_t first);

/* The first try that is not before a time, or n. O(log n). */
size_t ks_tries_from(const struct ks_tries *tries, int64_t time);

/* The same among the tries low..high-1; high where none of them is. */
size_t ks_tries_between(const struct ks_tries *tries, size_t low, size_t high, int64_t time);

/* The try before this one at the same link, or KS_NONE. */
static inline uint32_t ks_previous_at(const struct ks_tries *tries, uint32_t number)
{
    const struct ks_try *t = &tries->at[number];
    return t->at_link > tries->links[t->link].first ? tries->by_link[t->at_link - 1] : KS_NONE;
}

/* Fills in t->sends: one pass over the log; the tries need not be laid out. KS_NOMEM. */
struct ks_status ks_tries_data(struct ks_tries *tries);

/* A port that is tried oftener than this at a target begins and ends no sequence. */
enum { KS_TOO_OFTEN = 400 };

/* Fills in the bits of t->fresh_ and t->open_; t->lean_pair and t->lean_goal: all but repeats, connections that carry data
 * and what is tried once; and of them t->seed_pair and t->seed_goal: in vain only where the port never opens (to this
 * source, to anyone), answered only where it is not used all the time; a port that opens at times is a door, not a knock.
 * seed_pair: not what is tried too often; seed_goal: nor those in a scan or at ports that many try elsewhere in
 * vain. Counts links' quiet tries. KS_NOMEM. */
struct ks_status ks_tries_lean(struct ks_tries *tries);

/* Fills in t->probes_pair and t->probes_goal. KS_NOMEM. */
struct ks_status ks_tries_probes(struct ks_tries *tries);

/* The first position in from..end-1 whose bit is set; end where there is none. */
static inline uint32_t ks_lean_after(const uint64_t *bits, uint32_t from, uint32_t end)
{
    for (uint32_t word = from / 64; from < end; from = ++word * 64) {
        uint64_t left = bits[word] >> from % 64;
        if (left != 0) {
            uint32_t at = from + (uint32_t)__builtin_ctzll(left);
            return at < end ? at : end;
        }
    }
    return end;
}

/* The last position in from..end-1 whose bit is set; KS_NONE where there is none. */
static inline uint32_t ks_lean_before(const uint64_t *bits, uint32_t end, uint32_t from)
{
    while (end > from) {
        uint32_t word = (end - 1) / 64;
        uint64_t left = bits[word] << (63 - (end - 1) % 64);
        if (left != 0) {
            uint32_t at = end - 1 - (uint32_t)__builtin_clzll(left);
            return at >= from ? at : KS_NONE;
        }
        end = word * 64;
    }
    return KS_NONE;
}

/* Whether the source of an answered attempt sent anything over the connection within ten seconds. */
static inline bool ks_try_sends(const struct ks_tries *tries, uint32_t number)
{
    return tries->sends[number] != 0;
}

/* Whether an attempt is one of a scan, and nothing tells it apart. */
static inline bool ks_try_in_scan(const struct ks_try *t)
{
    return t->scan && !t->aside;
}

/* How long a system waits for an answer to a TCP attempt, sending it again, before a tool goes on to the next port. */
#define KS_WAIT (10 * KS_SECOND)

/* Whether a try is such an attempt that nobody answered. */
static inline bool ks_try_waits(const struct ks_tries *tries, uint32_t number)
{
    return tries->at[number].outcome == KS_SILENT && tries->places[tries->at[number].place].item >> 16 == KS_TCP;
}

/* Whether an attempt shows that its port is closed: for a datagram, silence does not. */
static inline bool ks_try_closed(const struct ks_tries *tries, const struct ks_try *t)
{
    return t->outcome != KS_OPEN && (t->outcome != KS_SILENT || tries->places[t->place].item >> 16 == KS_TCP);
}

/* The position in by_link of the first try of a link that is not before a time; the one after its last where none is. O(log n). */
uint32_t ks_link_from(const struct ks_tries *tries, const struct ks_link *link, int64_t time);

/* Whether the last try of a link before a time shows that the port is closed. O(log n). */
bool ks_link_closed_before(const struct ks_tries *tries, const struct ks_link *link, int64_t time);

/* How many attempts of a link may be parts of knocks: those over which nothing was sent. */
static inline uint32_t ks_link_lean(const struct ks_tries *tries, uint32_t link)
{
    return tries->links[link].open == 0 ? tries->links[link].fresh : tries->links[link].quiet;
}

static inline uint32_t ks_try_source(const struct ks_tries *tries, const struct ks_try *t)
{
    return tries->pairs[t->pair].source;
}

/* Marks port scanners' probes (probe, repeat). The links are made before. O(n). KS_NOMEM. */
struct ks_status ks_probes_mark(struct ks_tries *tries);

/* Lists whose probes were marked: scans, n_scans, all_scans and all_probes of *out. KS_NOMEM. */
struct ks_knocks;
struct ks_status ks_probes_list(const struct ks_tries *tries, struct ks_knocks *out);

/* Marks the tries of a pair that are parts of scans (scan, plain, and repeats in them); what comes in between
 * but is told apart from them stays unmarked. The tries' repeats are marked before. False: no memory. O(n log
 * n). The room for it (NULL: no memory) is for one pair after the other. */
struct ks_scan_work;
struct ks_scan_work *ks_scan_work_new(void);
void ks_scan_work_free(struct ks_scan_work *work);
bool ks_scans_mark(struct ks_tries *tries, uint32_t pair, struct ks_scan_work *work);

/* Lays tries that are in time order out: numbers targets, pairs of hosts, ports and links, and makes the four
 * orders; `two`: by two threads. O(n). KS_NOMEM. */
struct ks_status ks_tries_lay_out(struct ks_tries *tries, bool two);

#endif
