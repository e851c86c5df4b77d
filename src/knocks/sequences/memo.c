#include "knocks/sequences/memo.h"

#include <string.h>

#include "base/memory.h"

enum { HEADS = 1024, MOST = 1 << 18 }; /* 1 MiB stays in a cache */

/* Entries one after the other: the next one with the same head, two words of hash, the length of the key, the key, what
 * it stands for. Word 0 belongs to none. */
enum { NEXT, HASH, LENGTH = 3, KEY };

struct ks_memo {
    uint32_t head[HEADS]; /* where the last entry of each is, or 0 */
    uint32_t *word;
    size_t n, cap;
    uint64_t hash; /* of the key that was looked for last */
};

struct ks_memo *ks_memo_new(void)
{
    return ks_zalloc(1, sizeof(struct ks_memo));
}

void ks_memo_free(struct ks_memo *memo)
{
    if (memo == NULL)
        return;
    ks_free(memo->word);
    ks_free(memo);
}

void ks_memo_clear(struct ks_memo *memo)
{
    if (memo->n > 0)
        memset(memo->head, 0, sizeof memo->head);
    memo->n = 0;
}

static uint64_t pair_of(const uint32_t *words)
{
    uint64_t pair;
    memcpy(&pair, words, sizeof pair);
    return pair;
}

/* Two chains side by side, so that neither waits for the other's multiplications. */
static uint64_t hash_of(const uint32_t *key, size_t n)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t a = n, b = odd;
    for (; n >= 4; n -= 4, key += 4) {
        a = (a ^ pair_of(key)) * odd;
        b = (b ^ pair_of(key + 2)) * odd;
        a ^= a >> 29;
        b ^= b >> 31;
    }
    for (; n > 0; n--)
        a = (a ^ *key++) * odd;
    a = (a ^ (b >> 32 | b << 32)) * odd;
    return a ^ a >> 32;
}

static const uint32_t *find_from(const struct ks_memo *memo, uint32_t at, const uint32_t *key, size_t n)
{
    for (; at != 0; at = memo->word[at + NEXT]) {
        const uint32_t *entry = memo->word + at;
        if (pair_of(entry + HASH) == memo->hash && entry[LENGTH] == n && memcmp(entry + KEY, key, n * sizeof *key) == 0)
            return entry + KEY + n;
    }
    return NULL;
}

const uint32_t *ks_memo_find(struct ks_memo *memo, const uint32_t *key, size_t n)
{
    memo->hash = hash_of(key, n);
    return find_from(memo, memo->head[memo->hash % HEADS], key, n);
}

const uint32_t *ks_memo_before(const struct ks_memo *memo, const uint32_t *found, const uint32_t *key, size_t n)
{
    return find_from(memo, (found - n - KEY)[NEXT], key, n);
}

size_t ks_memo_add(struct ks_memo *memo, const uint32_t *key, size_t n, size_t n_value)
{
    size_t at = memo->n > 0 ? memo->n : 1;
    if (n > MOST || n_value > MOST || at + KEY + n + n_value > MOST ||
        !ks_reserve((void **)&memo->word, &memo->cap, at + KEY + n + n_value, sizeof *memo->word))
        return 0;
    uint32_t *entry = memo->word + at, *head = &memo->head[memo->hash % HEADS];
    entry[NEXT] = *head;
    memcpy(entry + HASH, &memo->hash, sizeof memo->hash);
    entry[LENGTH] = (uint32_t)n;
    memcpy(entry + KEY, key, n * sizeof *key);
    *head = (uint32_t)at;
    memo->n = at + KEY + n + n_value;
    return at + KEY + n;
}

uint32_t *ks_memo_at(struct ks_memo *memo, size_t at)
{
    return memo->word + at;
}
