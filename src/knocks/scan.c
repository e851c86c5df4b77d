/* Which attempts are parts of scans, and which of them are nothing but that. */
#include "knocks/tries.h"

enum { SCAN_WINDOW = 64, SCAN_PORTS = 20 };
#define SCAN_TIME (120 * KS_SECOND)

/* The last attempts in vain of a pair: a ring with the number of distinct ports in it. */
struct ring {
    uint32_t try[SCAN_WINDOW];
    uint32_t first, n, distinct;
};

static void ring_drop(struct ks_tries *t, struct ring *ring)
{
    struct ks_link *link = &t->links[t->at[ring->try[ring->first]].link];
    ring->distinct -= --link->in_window == 0;
    ring->first = (ring->first + 1) % SCAN_WINDOW;
    ring->n--;
}

/* Marks scans: at least SCAN_PORTS different ports tried in vain by one source within SCAN_WINDOW such
 * attempts and SCAN_TIME. */
static void mark_scan_tries(struct ks_tries *t, const struct ks_pair *pair)
{
    struct ring ring = {.n = 0};
    for (uint32_t i = pair->first; i < pair->first + pair->n; i++) {
        struct ks_try *now = &t->at[t->by_pair[i]];
        if (now->repeat || now->outcome == KS_OPEN)
            continue;
        while (ring.n > 0 &&
               (ring.n == SCAN_WINDOW || now->time - t->at[ring.try[ring.first]].time > SCAN_TIME))
            ring_drop(t, &ring);
        ring.try[(ring.first + ring.n++) % SCAN_WINDOW] = t->by_pair[i];
        ring.distinct += t->links[now->link].in_window++ == 0;
        if (ring.distinct < SCAN_PORTS)
            continue;
        /* Those before the last marked one are marked already. */
        for (uint32_t k = ring.n; k-- > 0;) {
            struct ks_try *x = &t->at[ring.try[(ring.first + k) % SCAN_WINDOW]];
            if (x->scan)
                break;
            x->scan = true;
        }
    }
    while (ring.n > 0)
        ring_drop(t, &ring);
}

/* A scanner that tries ports again within seconds as a rule: its second tries are repeats. True for a link
 * that was revisited. */
static bool revisited(struct ks_tries *t, const struct ks_link *link, bool mark)
{
    const struct ks_try *before = NULL;
    bool again = false;
    for (uint32_t i = link->first; i < link->first + link->n; i++) {
        struct ks_try *now = &t->at[t->by_link[i]];
        if (!now->scan)
            continue;
        if (before != NULL && now->time - before->time <= 5 * KS_SECOND) {
            again = true;
            now->repeat |= mark;
        }
        before = now;
    }
    return again;
}

enum { MOST_VISITS = 256, TYPICAL = 20 };

/* Marks what is plain in the scans of a pair: ports visited as often as at least TYPICAL others. */
static void mark_plain(struct ks_tries *t, const struct ks_pair *pair)
{
    uint32_t count[MOST_VISITS] = {0}, scanned = 0, again = 0, end = pair->first_link + pair->n_links;
    for (uint32_t l = pair->first_link; l < end; l++) {
        bool any = false;
        for (uint32_t i = t->links[l].first; i < t->links[l].first + t->links[l].n && !any; i++)
            any = t->at[t->by_link[i]].scan;
        scanned += any;
        again += any && revisited(t, &t->links[l], false);
    }
    if (scanned == 0)
        return;
    for (uint32_t l = pair->first_link; l < end; l++) {
        struct ks_link *link = &t->links[l];
        if (again * 3 > scanned)
            revisited(t, link, true);
        link->visits = 0;
        for (uint32_t i = link->first; i < link->first + link->n; i++) {
            const struct ks_try *now = &t->at[t->by_link[i]];
            link->visits += now->scan && !now->repeat;
        }
        if (link->visits >= MOST_VISITS)
            link->visits = MOST_VISITS - 1;
        count[link->visits]++;
    }
    for (uint32_t l = pair->first_link; l < end; l++) {
        const struct ks_link *link = &t->links[l];
        if (link->visits == 0 || count[link->visits] < TYPICAL)
            continue;
        for (uint32_t i = link->first; i < link->first + link->n; i++)
            t->at[t->by_link[i]].plain = t->at[t->by_link[i]].scan;
    }
}

void ks_scans_mark(struct ks_tries *t, uint32_t number)
{
    struct ks_pair *pair = &t->pairs[number];
    if (pair->n_links < SCAN_PORTS)
        return;
    mark_scan_tries(t, pair);
    mark_plain(t, pair);
}
