/* Which attempts are parts of scans, and which of them are nothing but that. */
#include "knocks/attempts/tries.h"

#include <stdlib.h>

#include "base/memory.h"

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
 * attempts and SCAN_TIME. Whether there are any. */
static bool mark_scan_tries(struct ks_tries *t, const struct ks_pair *pair)
{
    struct ring ring = {.n = 0};
    bool any = false;
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
            x->scan = any = true;
        }
    }
    while (ring.n > 0)
        ring_drop(t, &ring);
    return any;
}

/* ---- what is in a scan's time, but not of it ---- */

enum { LEAST = 12, NEAR_SPORT = 8, SPORTS = 1 << 16, SAMPLE = 255 };

/* Counts by source port, for one pair at a time. */
struct ks_scan_work {
    uint16_t sport[SPORTS];  /* ports tried from it in scans, LEAST at most */
    uint32_t *tries;         /* of one stretch */
    uint32_t *tail, *before; /* of the longest ascending sequence */
    size_t cap, tail_cap, before_cap;
};

struct ks_scan_work *ks_scan_work_new(void)
{
    return ks_zalloc(1, sizeof(struct ks_scan_work));
}

void ks_scan_work_free(struct ks_scan_work *w)
{
    if (w == NULL)
        return;
    ks_free(w->tries);
    ks_free(w->tail);
    ks_free(w->before);
    ks_free(w);
}

/* Whether a scan's probes come from this source port, or from one close by, as those that are sent again do.
 */
static bool is_scans_sport(const struct ks_scan_work *w, uint16_t sport)
{
    for (int d = -NEAR_SPORT; d <= NEAR_SPORT; d++)
        if (sport + d >= 0 && sport + d < SPORTS && w->sport[sport + d] >= LEAST)
            return true;
    return false;
}

/* Counts the source ports from which a port is tried in scans, each once. */
static void count_sports(const struct ks_tries *t, const struct ks_link *link, struct ks_scan_work *w)
{
    uint16_t seen[4];
    size_t n = 0;
    for (uint32_t i = link->first; i < link->first + link->n && n < 4; i++) {
        const struct ks_try *x = &t->at[t->by_link[i]];
        uint16_t sport = t->log->sport[x->event];
        bool known = !x->scan;
        for (size_t k = 0; k < n && !known; k++)
            known = seen[k] == sport;
        if (known)
            continue;
        seen[n++] = sport;
        if (w->sport[sport] < LEAST)
            w->sport[sport]++;
    }
}

/* A scanner often sends all its probes from one source port: attempts from others are not its own. Where it
 * takes a new one for each, several attempts from the same one are another tool's. */
static void spare_other_sports(struct ks_tries *t, const struct ks_pair *pair, struct ks_scan_work *w)
{
    uint32_t fixed = 0, others = 0;
    for (uint32_t l = pair->first_link; l < pair->first_link + pair->n_links; l++)
        count_sports(t, &t->links[l], w);
    for (uint32_t i = pair->first; i < pair->first + pair->n; i++) {
        const struct ks_try *x = &t->at[t->by_pair[i]];
        uint16_t sport = t->log->sport[x->event];
        bool own = x->scan && is_scans_sport(w, sport);
        fixed += own;
        others += x->scan && !own && w->sport[sport] < 3;
    }
    /* Of a second kind, many: a scan of its own. */
    bool spare_rest = fixed >= SCAN_PORTS && others < SCAN_PORTS;
    bool spare_same = fixed == 0;
    for (uint32_t i = pair->first; i < pair->first + pair->n; i++) {
        struct ks_try *x = &t->at[t->by_pair[i]];
        uint16_t sport = t->log->sport[x->event];
        if (x->scan && ((spare_rest && !is_scans_sport(w, sport)) || (spare_same && w->sport[sport] >= 3)))
            x->scan = false;
    }
    for (uint32_t i = pair->first; i < pair->first + pair->n; i++)
        w->sport[t->log->sport[t->at[t->by_pair[i]].event]] = 0;
}

static int by_span(const void *x, const void *y)
{
    const int64_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

/* The usual pause between a scan's attempts: the median of a sample. */
static int64_t usual_pause(const struct ks_tries *t, const struct ks_pair *pair)
{
    int64_t pause[SAMPLE];
    uint32_t step = 1 + pair->n / SAMPLE;
    size_t n = 0;
    for (uint32_t i = pair->first + 1; i < pair->first + pair->n && n < SAMPLE; i += step) {
        const struct ks_try *x = &t->at[t->by_pair[i]], *before = &t->at[t->by_pair[i - 1]];
        if (x->scan && before->scan)
            pause[n++] = x->time - before->time;
    }
    if (n == 0)
        return 0;
    qsort(pause, n, sizeof *pause, by_span);
    return pause[n / 2];
}

/* Goes through the stretches of a scan that pauses part: calls `each` with the numbers of their tries. */
static bool each_stretch(struct ks_tries *t, const struct ks_pair *pair, struct ks_scan_work *w,
                         int64_t pause,
                         bool (*each)(struct ks_tries *, struct ks_scan_work *, size_t, void *), void *what)
{
    size_t n = 0;
    int64_t last = 0;
    for (uint32_t i = pair->first; i < pair->first + pair->n; i++) {
        const struct ks_try *x = &t->at[t->by_pair[i]];
        if (!x->scan)
            continue;
        if (n > 0 && x->time - last > pause) {
            if (!each(t, w, n, what))
                return false;
            n = 0;
        }
        if (!ks_reserve((void **)&w->tries, &w->cap, n + 1, sizeof *w->tries))
            return false;
        w->tries[n++] = t->by_pair[i];
        last = x->time;
    }
    return n == 0 || each(t, w, n, what);
}

struct stretches {
    uint32_t large, small;
    bool spare;
};

/* Counts large and small stretches, or spares the small ones. */
static bool by_size(struct ks_tries *t, struct ks_scan_work *w, size_t n, void *what)
{
    struct stretches *s = what;
    s->large += n >= SCAN_PORTS;
    s->small += n <= LEAST;
    for (size_t i = 0; s->spare && n <= LEAST && i < n; i++)
        t->at[w->tries[i]].aside = true;
    return true;
}

/* The longest sequence of ascending (or descending) ports in a stretch: marks with KS_NONE in w->before what
 * is not in it. Returns its length; SIZE_MAX: no memory. */
static size_t longest_run(const struct ks_tries *t, struct ks_scan_work *w, size_t n, bool descending)
{
    if (!ks_reserve((void **)&w->tail, &w->tail_cap, n, sizeof *w->tail) ||
        !ks_reserve((void **)&w->before, &w->before_cap, 2 * n, sizeof *w->before))
        return SIZE_MAX;
    size_t length = 0;
    uint32_t *value = w->before + n;
    for (size_t i = 0; i < n; i++) {
        uint32_t item = t->places[t->at[w->tries[i]].place].item;
        value[i] = descending ? UINT32_MAX - item : item;
        size_t low = 0, high = length;
        while (low < high) { /* the first that is larger */
            size_t middle = low + (high - low) / 2;
            if (value[w->tail[middle]] <= value[i])
                low = middle + 1;
            else
                high = middle;
        }
        w->before[i] = low > 0 ? w->tail[low - 1] : KS_NONE;
        w->tail[low] = (uint32_t)i;
        length += low == length;
    }
    uint32_t at = length > 0 ? w->tail[length - 1] : KS_NONE;
    for (size_t i = n; i-- > 0;) {
        bool in = at == i;
        at = in ? w->before[i] : at;
        value[i] = in;
    }
    return length;
}

/* A scan in order: what is out of it is not its own. */
static bool by_order(struct ks_tries *t, struct ks_scan_work *w, size_t n, void *what)
{
    (void)what;
    if (n < SCAN_PORTS)
        return true;
    size_t up = 0;
    for (size_t i = 1; i < n; i++)
        up += t->places[t->at[w->tries[i]].place].item > t->places[t->at[w->tries[i - 1]].place].item;
    if (up * 4 > n && up * 4 < 3 * n)
        return true;
    size_t length = longest_run(t, w, n, up * 2 < n);
    for (size_t i = 0; length != SIZE_MAX && length * 4 >= n * 3 && i < n; i++)
        if (w->before[n + i] == 0)
            t->at[w->tries[i]].aside = true;
    return length != SIZE_MAX;
}

/* Takes the mark off what is in a scan's time, but not of it: attempts from other source ports; and marks as
 * standing aside few by themselves between pauses, or out of the order that the scan keeps. */
static bool spare_others(struct ks_tries *t, const struct ks_pair *pair, struct ks_scan_work *w)
{
    spare_other_sports(t, pair, w);
    int64_t pause = 8 * usual_pause(t, pair);
    if (pause < 300 * KS_SECOND / 1000)
        pause = 300 * KS_SECOND / 1000;
    struct stretches s = {0};
    if (!each_stretch(t, pair, w, pause, by_size, &s))
        return false;
    s.spare = s.large > 0 && s.small <= 2 * s.large;
    if (s.spare && !each_stretch(t, pair, w, pause, by_size, &s))
        return false;
    return each_stretch(t, pair, w, 10 * KS_SECOND + pause, by_order, NULL);
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
        /* Also those that are told apart from the scan: a port that is tried by itself too is not plain. */
        bool any = false;
        link->visits = 0;
        for (uint32_t i = link->first; i < link->first + link->n; i++) {
            const struct ks_try *now = &t->at[t->by_link[i]];
            any |= now->scan;
            link->visits += !now->repeat;
        }
        link->visits = any ? link->visits : 0;
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

bool ks_scans_mark(struct ks_tries *t, uint32_t number, struct ks_scan_work *work)
{
    struct ks_pair *pair = &t->pairs[number];
    if (pair->n_links < SCAN_PORTS || !mark_scan_tries(t, pair))
        return true;
    if (!spare_others(t, pair, work))
        return false;
    mark_plain(t, pair);
    return true;
}
