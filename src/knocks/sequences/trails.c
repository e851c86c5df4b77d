#include "knocks/sequences/trails.h"

#include <string.h>

#include "base/memory.h"
#include "knocks/sequences/memo.h"

/* What is known of a growth that stood somewhere. */
struct rest {
    uint64_t work; /* from there to the end of all */
    int64_t start_above, start_most; /* see ks_growth */
    uint32_t seed; /* where its first port was */
    bool seed_matters, known;
};

enum { REST = (sizeof(struct rest) + 3) / 4 }; /* words */

/* A growth before a step. */
struct stand {
    size_t at;     /* of what is known of it in the memo; 0: it is not remembered */
    uint64_t left; /* the work */
    uint32_t seed;
};

struct ks_trails {
    struct ks_memo *memo; /* by ports and occurrences */
    uint32_t *key;
    size_t key_cap;
    /* The growth on its way. */
    struct stand way[KS_KNOCK_MAX];
    size_t n;
    struct rest rest; /* from its last stand on */
};

struct ks_trails *ks_trails_new(void)
{
    struct ks_trails *s = ks_zalloc(1, sizeof *s);
    if (s != NULL)
        s->memo = ks_memo_new();
    if (s == NULL || s->memo != NULL)
        return s;
    ks_free(s);
    return NULL;
}

void ks_trails_free(struct ks_trails *s)
{
    if (s == NULL)
        return;
    ks_memo_free(s->memo);
    ks_free(s->key);
    ks_free(s);
}

/* For the next growth. */
static void begin(struct ks_trails *s)
{
    s->n = 0;
    s->rest = (struct rest){.start_above = INT64_MIN, .start_most = INT64_MAX};
}

void ks_trails_clear(struct ks_trails *s)
{
    ks_memo_clear(s->memo);
    begin(s);
}

/* All that a growth is, in words; 0: no memory. */
static size_t key_of(struct ks_trails *s, const struct ks_growth *g)
{
    enum { HEAD = 4 };
    const struct ks_candidate *c = g->c;
    size_t n = HEAD + c->m * (c->n + 1);
    if (!ks_reserve((void **)&s->key, &s->key_cap, n, sizeof *s->key))
        return 0;
    uint32_t *word = s->key;
    *word++ = (uint32_t)c->m;
    *word++ = (uint32_t)c->n;
    *word++ = (uint32_t)g->n_pairs;
    *word++ = g->open;
    for (size_t j = 0; j < c->m; j++)
        *word++ = c->place[j];
    for (size_t i = 0; i < c->n; i++)
        for (size_t j = 0; j < c->m; j++)
            *word++ = c->at[i].tries[j];
    return n;
}

/* The same before activations are looked for. */
static size_t shape_key_of(struct ks_trails *s, const struct ks_growth *g, int64_t gap)
{
    enum { HEAD = 6 };
    const struct ks_candidate *c = g->c;
    size_t n_pairs = c->mixed ? 0 : g->n_pairs, n = HEAD + c->m + n_pairs;
    if (!ks_reserve((void **)&s->key, &s->key_cap, n, sizeof *s->key))
        return 0;
    uint32_t *word = s->key;
    *word++ = 0; /* no growth has no ports */
    *word++ = (uint32_t)c->m;
    *word++ = (uint32_t)g->n_pairs;
    *word++ = g->open;
    *word++ = (uint32_t)gap;
    *word++ = (uint32_t)((uint64_t)gap >> 32);
    memcpy(word, c->place, c->m * sizeof *word);
    memcpy(word + c->m, g->pairs, n_pairs * sizeof *word);
    return n;
}

/* Looks a key of n words up; see ks_trail_reaches. */
static bool reaches(struct ks_trails *s, const struct ks_growth *g, size_t n)
{
    const uint32_t *found = n > 0 ? ks_memo_find(s->memo, s->key, n) : NULL;
    struct stand now = {.left = g->hunt->work, .seed = (uint32_t)g->seed};
    struct rest rest;
    for (; found != NULL; found = ks_memo_before(s->memo, found, s->key, n)) {
        memcpy(&rest, found, sizeof rest);
        if (rest.known && rest.work < now.left && (!rest.seed_matters || rest.seed == now.seed) &&
            g->start > rest.start_above && g->start <= rest.start_most) {
            ks_charge(g->hunt, rest.work);
            s->rest = rest;
            return true;
        }
    }
    now.at = n > 0 ? ks_memo_add(s->memo, s->key, n, REST) : 0;
    rest = (struct rest){.known = false};
    if (now.at > 0)
        memcpy(ks_memo_at(s->memo, now.at), &rest, sizeof rest);
    s->way[s->n++] = now;
    return false;
}

bool ks_trail_reaches(struct ks_trails *s, const struct ks_growth *g)
{
    return reaches(s, g, key_of(s, g));
}

bool ks_trail_finds(struct ks_trails *s, const struct ks_growth *g, int64_t gap)
{
    return reaches(s, g, shape_key_of(s, g, gap));
}

void ks_trail_shaped(struct ks_trails *s, const struct ks_growth *g)
{
    struct rest *rest = &s->rest; /* of a growth that goes on as another one did: what that one's depended on, too */
    rest->seed_matters = rest->seed_matters || g->seed_matters;
    rest->start_above = g->start_above > rest->start_above ? g->start_above : rest->start_above;
    rest->start_most = g->start_most < rest->start_most ? g->start_most : rest->start_most;
}

/* The work that is left now is less by the rest's where it was known. */
void ks_trail_close(struct ks_trails *s, const struct ks_hunt *hunt)
{
    for (size_t i = 0; i < s->n && hunt->work > 0; i++) {
        struct rest rest = s->rest;
        rest.work = s->way[i].left - hunt->work;
        rest.seed = s->way[i].seed;
        rest.known = true;
        if (s->way[i].at > 0)
            memcpy(ks_memo_at(s->memo, s->way[i].at), &rest, sizeof rest);
    }
    begin(s);
}
