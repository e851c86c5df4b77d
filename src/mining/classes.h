/* Classes of items with equal window sets. */
#ifndef KS_MINING_CLASSES_H
#define KS_MINING_CLASSES_H

#include "base/progress.h"
#include "base/status.h"
#include "mining/windows.h"

/* Items with the same window set form one class. Classes are numbered ascending by (n, smallest item number); items in
 * no window are in no class (class_of KS_NONE). Classes of equal n form a level. */
struct ks_classes {
    const struct ks_window_sets *sets;
    uint32_t n;              /* classes */
    uint32_t *class_of;      /* u */
    uint32_t *member_start;  /* n + 1: class c's items are member[member_start[c] ..], ascending */
    uint32_t *member;
    uint32_t *count;         /* n: windows of the class */
    uint32_t levels;         /* distinct counts */
    uint32_t *level_first;   /* levels + 1: level v's classes are level_first[v] .. level_first[v + 1] - 1 */
    size_t *row_start;       /* l + 1: window w's classes are row[row_start[w] ..], ascending */
    uint32_t *row;
};

/* Makes classes. KS_NOMEM, KS_CANCELLED. Freed by ks_classes_free whatever the result. */
struct ks_status ks_classes_make(const struct ks_window_sets *sets, struct ks_progress *progress, struct ks_classes *out);
void ks_classes_free(struct ks_classes *classes);

/* The level whose count is n, or `levels` where there is none. */
uint32_t ks_classes_level(const struct ks_classes *classes, uint32_t n);

/* How many items a class has. */
static inline uint32_t ks_class_size(const struct ks_classes *classes, uint32_t c)
{
    return classes->member_start[c + 1] - classes->member_start[c];
}

/* The windows of a class, ascending: count[c] of them. */
static inline const uint32_t *ks_class_windows(const struct ks_classes *classes, uint32_t c)
{
    return classes->sets->windows + classes->sets->start[classes->member[classes->member_start[c]]];
}

#endif
