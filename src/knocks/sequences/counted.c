/* Slots counted before. What is found beside a knock's port is mostly the same whichever other ports of it are there
 * already, and whichever the seed was. */
#include <string.h>

#include "base/memory.h"
#include "knocks/sequences/memo.h"
#include "knocks/sequences/slots.h"

enum { HEAD = 5, EACH = 2, MOST = HEAD + EACH * KS_SAMPLE };

/* Nothing would change while the unknown end of a stretch and its limit lie in between, all included. */
struct far {
    uint32_t low, high;  /* of the end */
    int64_t least, most; /* of the limit */
};

/* A counted slot as it is kept: before a `far` for each stretch, and its groups. */
struct counted {
    uint64_t work;
    size_t met, n;
};

enum { WORD = sizeof(uint32_t) };

/* What a slot depends on, in words: the places beside it, how many occurrences there are, the known ends of the
 * stretches of the sample; before the first port also when the first occurrence begins. */
static size_t key_of(const struct ks_growth *g, size_t k, const struct ks_span *spans, uint32_t key[MOST])
{
    const struct ks_candidate *c = g->c;
    uint32_t *word = key;
    *word++ = k > 0 ? c->place[k - 1] : KS_NONE;
    *word++ = k < c->m ? c->place[k] : KS_NONE;
    *word++ = k > 0 ? KS_NONE : c->at[0].first;
    *word++ = (uint32_t)c->n; /* there are no more than attempts */
    *word++ = g->open;
    for (size_t i = 0; i < ks_sample(c); i++) {
        bool both = spans[i].limit == INT64_MAX;
        *word++ = both || !spans[i].backward ? spans[i].from : KS_NONE;
        *word++ = both || spans[i].backward ? spans[i].to : KS_NONE;
    }
    return (size_t)(word - key);
}

static bool is_within(const struct ks_span *span, const struct far *far)
{
    uint32_t end = span->backward ? span->from : span->to;
    return end >= far->low && end <= far->high && span->limit >= far->least && span->limit <= far->most;
}

static struct far far_of(const struct ks_span *span)
{
    struct far far = {.high = UINT32_MAX, .least = span->within, .most = span->beyond};
    if (span->beyond < INT64_MAX)
        far.most--;
    if (span->to_end)
        far.low = far.high = span->backward ? span->from : span->to;
    else if (span->backward)
        far.high = span->reach;
    else
        far.low = span->reach + 1;
    return far;
}

/* Takes over what was counted; false: no memory. */
static bool take(struct ks_hunt *hunt, struct ks_slot *slot, const uint32_t *word, size_t sample)
{
    struct counted counted;
    memcpy(&counted, word, sizeof counted);
    if (!ks_reserve((void **)&slot->at, &slot->cap, counted.n, sizeof *slot->at))
        return false;
    slot->met = counted.met;
    slot->n = counted.n;
    if (counted.n > 0)
        memcpy(slot->at, word + (sizeof counted + sample * sizeof(struct far)) / WORD, counted.n * sizeof *slot->at);
    ks_charge(hunt, counted.work);
    return true;
}

bool ks_counted_find(struct ks_slots *s, struct ks_growth *g, size_t k, const struct ks_span *spans, bool *failed)
{
    uint32_t key[MOST];
    size_t n = key_of(g, k, spans, key), sample = ks_sample(g->c);
    const uint32_t *found = ks_memo_find(s->memo, key, n);
    for (; found != NULL; found = ks_memo_before(s->memo, found, key, n)) {
        bool alike = true;
        for (size_t i = 0; i < sample && alike; i++) {
            struct far far;
            memcpy(&far, found + (sizeof(struct counted) + i * sizeof far) / WORD, sizeof far);
            alike = is_within(&spans[i], &far);
        }
        if (!alike)
            continue;
        *failed = !take(g->hunt, &s->slot[k], found, sample);
        return !*failed;
    }
    return false;
}

void ks_counted_keep(struct ks_slots *s, const struct ks_growth *g, size_t k, const struct ks_span *spans, uint64_t work)
{
    uint32_t key[MOST];
    const struct ks_slot *slot = &s->slot[k];
    struct counted counted = {.work = work, .met = slot->met, .n = slot->n};
    size_t n = key_of(g, k, spans, key), sample = ks_sample(g->c);
    size_t at = ks_memo_add(s->memo, key, n,
                            (sizeof counted + sample * sizeof(struct far) + slot->n * sizeof *slot->at) / WORD);
    if (at == 0)
        return;
    uint32_t *word = ks_memo_at(s->memo, at);
    memcpy(word, &counted, sizeof counted);
    word += sizeof counted / WORD;
    for (size_t i = 0; i < sample; i++, word += sizeof(struct far) / WORD) {
        struct far far = far_of(&spans[i]);
        memcpy(word, &far, sizeof far);
    }
    if (slot->n > 0)
        memcpy(word, slot->at, slot->n * sizeof *slot->at);
}
