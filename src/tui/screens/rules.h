/* The rules screen from the inside: filtering, marking and searching have a file of their own. For screen_rules*.c only. */
#ifndef KS_TUI_SCREENS_RULES_H
#define KS_TUI_SCREENS_RULES_H

#include "tui/model/advice.h"
#include "tui/app/app.h"
#include "tui/toolkit/layout.h"
#include "tui/model/scale.h"

enum ks_rules_column {
    KS_RULES_MARK, KS_RULES_NUMBER, KS_RULES_IF, KS_RULES_THEN, KS_RULES_COUNT, KS_RULES_COUNT_IF, KS_RULES_COUNT_THEN,
    KS_RULES_CPIR, KS_RULES_INTEREST, KS_RULES_CORRELATION, KS_RULES_SUPPORT, KS_RULES_CONFIDENCE, KS_RULES_P, KS_RULES_Q, KS_RULES_BEFORE,
    KS_RULES_COLUMNS
};

struct ks_rules_screen {
    struct ks_list list;
    uint64_t generation; /* rules_generation of the list */
    struct ks_rule *rows; /* the visible ones, from list.top on */
    size_t n_rows, cap_rows;
    struct ks_column columns[KS_RULES_COLUMNS];
    char words[3][24];    /* the thresholds of the list */
    bool keep;            /* the next ranking keeps the cursor on its rule */
    bool at_pair;         /* at_items is the pair rule under the cursor (not on the first row: there the cursor stays on top) */
    ks_item at_items[2];
    bool ranging;         /* a range is being marked, from this row on */
    uint64_t range;
    bool typing;          /* the filter is being typed: what it was, how it reads now, what is wrong with it */
    char before[256], typed[256], wrong[320];
    bool empty;           /* no rule passes the thresholds: the advice stands in the list */
    struct ks_advice advice;
    uint64_t advice_at;
};

/* Asks for the filter, which acts while it is typed. Effects. */
unsigned ks_rules_filter(struct ks_app *app, struct ks_rules_screen *s, const struct ks_request *request);
/* Marks the row, a range, or all. Effects. */
unsigned ks_rules_mark(struct ks_app *app, struct ks_rules_screen *s, enum ks_action action);
/* Moves to the next rule that holds the item `text`, or whose text holds it. */
bool ks_rules_search(struct ks_app *app, struct ks_rules_screen *s, const char *text, int direction);

#endif
