/* What a handler says must happen next. Handlers change the model or their own state and return these; they never draw, wait or run a loop. */
#ifndef KS_TUI_MODEL_EFFECTS_H
#define KS_TUI_MODEL_EFFECTS_H

enum {
    KS_FX_HANDLED = 1u << 0, /* the action was mine (0: it was not, ask the next one) */
    KS_FX_REDRAW = 1u << 1,  /* something visible changed */
    KS_FX_LOOK = 1u << 2,    /* theme or glyphs changed: repaint everything */
    KS_FX_RECOUNT = 1u << 3, /* thresholds changed: counts now, chance, rules and knocks in the background */
    KS_FX_RERANK = 1u << 4,  /* order or filter of the rules changed */
    KS_FX_REMINE = 1u << 5,  /* items, windows or narrowing changed */
    KS_FX_RESHIFT = 1u << 6, /* the shifted null must be made again */
    KS_FX_SAVE = 1u << 7,    /* a setting that is kept changed */
    KS_FX_CLOSE = 1u << 8,   /* close this screen */
    KS_FX_QUIT = 1u << 9,
    KS_FX_DONE = KS_FX_HANDLED | KS_FX_REDRAW /* the usual answer */
};

#endif
