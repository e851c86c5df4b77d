/* The Tune screen from the inside: its panes are drawn by files of their own. For tune.c and tune_*.c only. */
#ifndef KS_TUI_SCREENS_TUNE_PANES_H
#define KS_TUI_SCREENS_TUNE_PANES_H

#include "tui/model/advice.h"
#include "tui/app/app.h"
#include "tui/toolkit/layout.h"
#include "tui/model/scale.h"

enum ks_tune_pane { KS_PANE_PARAMS, KS_PANE_TABLE, KS_PANE_HEAT, KS_PANE_FINDS, KS_PANES };

/* Rows of the parameters pane. */
enum ks_tune_param {
    KS_TUNE_PRESET, KS_TUNE_ITEMS, KS_TUNE_WINDOW, KS_TUNE_SCOPE, KS_TUNE_SUPP, KS_TUNE_INTE, KS_TUNE_CONF, KS_TUNE_LENGTH,
    KS_TUNE_INTEREST, KS_TUNE_MIN_COUNT, KS_TUNE_ACTIVATIONS, KS_TUNE_PARAMS
};

/* A row of Table 2 as shown: the sweep's, and one more where the present minInte lies between two of them. */
struct ks_tune_row {
    struct ks_sweep_row row;
    bool here;   /* the present minInte */
    bool clear;  /* more rules than any rotation gave */
};

enum { KS_TUNE_ROWS = KS_SWEEP_ROWS + 1, KS_TUNE_RULES = 64, KS_HEAT_W = 160, KS_HEAT_H = 48 };

struct ks_tune {
    enum ks_tune_pane pane; /* the one that has the keys */
    struct ks_rect at[KS_PANES]; /* outer rectangles; w = 0: hidden */
    struct ks_list params;
    /* scales, by mined_generation and the meaning of interest */
    struct ks_scale scale;
    uint64_t scale_mined;
    /* Table 2 */
    struct ks_tune_row rows[KS_TUNE_ROWS];
    size_t n_rows;
    struct ks_list table;
    char verdict[320]; /* what stands clear of chance, in words */
    /* heat map */
    uint64_t *heat; /* heat_h rows of heat_w; row 0 has the smallest minSupp */
    int heat_w, heat_h;
    uint32_t heat_count[KS_HEAT_H];
    double heat_inte[KS_HEAT_W];
    uint64_t heat_most, heat_mined;
    struct ks_thresholds heat_at;
    /* findings */
    struct ks_list finds;
    size_t n_knocks, knock_lines;
    struct ks_rule rules[KS_TUNE_RULES];
    size_t n_rules;
    struct ks_advice advice;
    uint64_t advice_at; /* generation */
    bool empty;         /* no rule passes: the advice stands in the findings */
};

/* Each pane: fits itself into its rectangle; draws into it; does an action when it has the keys or was clicked (0: not its business). */
void ks_tune_params_draw(const struct ks_app *app, const struct ks_tune *t, struct ks_canvas in);
unsigned ks_tune_params_act(struct ks_app *app, struct ks_tune *t, const struct ks_request *request);

void ks_tune_table_layout(struct ks_app *app, struct ks_tune *t);
void ks_tune_table_draw(const struct ks_app *app, const struct ks_tune *t, struct ks_canvas in);
unsigned ks_tune_table_act(struct ks_app *app, struct ks_tune *t, const struct ks_request *request);

void ks_tune_heat_layout(struct ks_app *app, struct ks_tune *t);
void ks_tune_heat_draw(const struct ks_app *app, const struct ks_tune *t, struct ks_canvas in);
unsigned ks_tune_heat_act(struct ks_app *app, struct ks_tune *t, const struct ks_request *request);

void ks_tune_finds_layout(struct ks_app *app, struct ks_tune *t);
void ks_tune_finds_draw(const struct ks_app *app, const struct ks_tune *t, struct ks_canvas in);
unsigned ks_tune_finds_act(struct ks_app *app, struct ks_tune *t, const struct ks_request *request);

/* The number of a zone on row i of a pane, and back. */
static inline int64_t ks_tune_zone(enum ks_tune_pane pane, int64_t i)
{
    return ((int64_t)pane + 1) << 32 | i;
}

/* A count of rules by chance: its mean ("0.4", "151") and spread ("± 0.6"), each "" where it is not known; *independent tells that it is only
 * the quick one. */
void ks_tune_chance(char *mean, size_t cap, char *sd, size_t sd_cap, const struct ks_sweep_row *row, bool *independent);

#endif
