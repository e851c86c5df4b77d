/* One rule's detail from the inside. For screen_rule*.c only. */
#ifndef KS_TUI_SCREENS_RULE_H
#define KS_TUI_SCREENS_RULE_H

#include "analysis/why.h"
#include "tui/app/app.h"
#include "tui/toolkit/layout.h"
#include "tui/model/scale.h"

struct ks_rule_screen {
    ks_item side[2][KS_MAX_LEN]; /* X and Y by code, so that the rule survives other windows */
    uint8_t n[2];
    uint64_t row; /* in the list; left and right go to its neighbours */

    uint64_t mined_at, rules_at; /* generations */
    bool known;                  /* all items occur in the present windows */
    struct ks_rule rule;         /* item numbers and counts of X => Y */
    uint32_t *windows[3];        /* of X, of Y, of both; ascending */
    size_t n_windows[3];
    struct ks_rule_window {
        uint32_t window;
        uint8_t holds; /* bit 0: X, bit 1: Y */
        bool split;    /* X here and Y in the window beside it: a border cut them apart */
    } *held;           /* windows that hold X or Y, ascending */
    size_t n_held;
    uint32_t splits;   /* such pairs of windows */
    double ln_p, ln_q, shift_p;  /* shift_p NAN: not for this rule; < 0: too much to count */
    bool has_q;
    char label[2][160];
    bool all;             /* the list has all windows that hold X or Y, not only those that hold both */
    struct ks_list list;
    int scroll, gap; /* rows left free between the parts: none on small screens */
};

/* Works out everything that is drawn from the present windows. */
void ks_rule_work(const struct ks_model *model, struct ks_rule_screen *s);
/* The 2 x 2 table of windows; 5 rows of up to w columns. Returns the columns used. */
int ks_rule_table(const struct ks_rule_screen *s, struct ks_canvas in, int y, int w);
/* The strips of windows: X, Y, both, in w columns from x on; 6 rows. */
void ks_rule_strips(const struct ks_rule_screen *s, struct ks_canvas in, int x, int y, int w);
/* Formulas with their numbers, chance, the reverse rule; returns the rows used. */
int ks_rule_formulas(const struct ks_model *model, const struct ks_rule_screen *s, struct ks_canvas in, int y);
/* The window of row i of the list. */
const struct ks_rule_window *ks_rule_window_at(const struct ks_rule_screen *s, uint64_t i);
/* Which thresholds fail, "minInte, minConf"; "" where all pass. Returns out. */
char *ks_rule_fails(const struct ks_model *model, const struct ks_counts *n, char *out, size_t cap);

enum { KS_RULE_TABLE_ROWS = 6, KS_RULE_FORMULA_ROWS = 9 };

#endif
