/* What was found before, by all that it was found from: words for words, compared one by one. Growing asks the same
 * again and again, for any two ports of a knock are a seed. Internal to src/knocks. */
#ifndef KS_KNOCKS_MEMO_H
#define KS_KNOCKS_MEMO_H

#include <stddef.h>
#include <stdint.h>

struct ks_memo;

/* NULL: no memory. */
struct ks_memo *ks_memo_new(void);
void ks_memo_free(struct ks_memo *memo);
void ks_memo_clear(struct ks_memo *memo);

/* What was added last for a key of n words, and what was added for it before that; NULL where nothing was. Good until
 * the next is added. */
const uint32_t *ks_memo_find(struct ks_memo *memo, const uint32_t *key, size_t n);
const uint32_t *ks_memo_before(const struct ks_memo *memo, const uint32_t *found, const uint32_t *key, size_t n);

/* Room for so many words for a key, which is the one that was looked for last. Gives where they are (see ks_memo_at); 0
 * where there is no room: then it is not remembered, which does no harm. O(n). */
size_t ks_memo_add(struct ks_memo *memo, const uint32_t *key, size_t n, size_t n_value);
uint32_t *ks_memo_at(struct ks_memo *memo, size_t at);

#endif
