/* What all screens show, and the only functions that change it. Screens read it freely while drawing; in handlers they call the functions below
 * and return the effects that these give.
 *
 * How results come: ks_model_apply turns effects into work. Counts (`count`, `sweep[].rules`) are there at once; `mined`, `rules`, `knocks`, `chance`
 * come from the worker, and until then the older ones stay in use (ks_model_pending says what is under way). Any pointer below may be
 * NULL: before a capture is loaded, while it is being mined, or when memory ran out. */
#ifndef KS_TUI_MODEL_MODEL_H
#define KS_TUI_MODEL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/analysis.h"
#include "knocks/allow.h"
#include "tui/model/settings.h"
#include "tui/options.h"
#include "tui/model/worker.h"

struct ks_overview;
struct ks_bytes;
struct ks_baseline;

enum { KS_SWEEP_ROWS = 32, KS_MESSAGES = 200, KS_UNDO = 200, KS_SNAPSHOTS = 9, KS_ALLOW_UNDO = 20, KS_DID = KS_UNDO + KS_ALLOW_UNDO };

enum ks_level { KS_SAY_INFO, KS_SAY_WARN, KS_SAY_BAD, KS_SAY_QUIET /* for the log alone */ };

struct ks_message {
    enum ks_level level;
    int64_t at; /* ns since the epoch; 0 in scripts, so that they repeat exactly */
    char text[320];
};

/* The shifted null, shared between jobs. Counted in the loop's thread only. */
struct ks_null {
    struct ks_shifted *shifted;
    struct ks_mined *mined;
    unsigned refs;
};

/* Parameters kept under a name with what they gave. */
struct ks_snapshot {
    char name[40];
    struct ks_params params;
    struct ks_choice choice;
    uint64_t t;
    uint32_t u, l;
    struct ks_count rules;
    struct ks_expected expected;
    size_t standing;
    char strongest[128]; /* the first knock, in words; empty where there is none */
};

struct ks_model {
    /* What was asked for */
    struct ks_settings settings; /* habits and params in force */
    struct ks_params history[KS_UNDO]; /* oldest first; history[now] equals settings.params */
    char history_what[KS_UNDO][40];    /* the change that led to it, "min-supp" */
    size_t n_history, now;
    struct ks_snapshot snapshots[KS_SNAPSHOTS];
    size_t n_snapshots;
    struct ks_knock_options knock_options; /* of the search for knocks */
    char filter[256];            /* of the rules, as typed; empty: none */
    const char *allow_path;      /* where the allow list is kept; NULL: nowhere */
    struct ks_allow *allow;      /* NULL: empty */
    char *allow_before[KS_ALLOW_UNDO]; /* the list before each of the last changes, newest last */
    char *allow_after[KS_ALLOW_UNDO];  /* the list after each change that was undone, first to do again last */
    size_t n_allow_before, n_allow_after;
    bool did_allow[KS_DID];      /* changes that can be undone or done again, oldest first: of the allow list, or of parameters */
    size_t n_did, did_at;        /* the first did_at are in force */
    unsigned threads;

    /* The capture */
    char **paths; /* of `capture`, or before there is one of the load under way */
    size_t n_paths;
    char *bpf;
    struct ks_coming {  /* of a load under way while an older capture shows; they replace the above when something was read */
        char **paths;
        size_t n_paths;
        char *bpf;
        bool waiting;
    } coming;
    uint64_t max_events, max_expanded; /* limits of loading, see load.h */
    struct ks_capture *capture;
    bool loading;
    int64_t load_began; /* ns, monotonic */
    struct ks_status load_status; /* how the last load ended */
    struct ks_publish *publish;

    /* Results */
    struct ks_mined *mined;
    struct ks_choice choice;   /* thresholds in force with their reasons */
    struct ks_count count;     /* rules at the choice */
    double independent;        /* expected under independent placement; NAN while unknown */
    struct ks_expected expected; /* by the shifted null; rotations = 0 while unknown */
    struct ks_sweep_row sweep[KS_SWEEP_ROWS]; /* Table 2: `rules` at once, chance (NAN, rotations 0 until then) later */
    size_t n_sweep;
    struct ks_thresholds chance_at; /* the thresholds for which the sweep's chance was found; minInte does not matter */
    unsigned chance_len;            /* ... with this max_len */
    uint64_t chance_mined;          /* mined_generation then; 0: it holds no more */
    struct ks_rules *rules;
    struct ks_knocks *knocks;
    struct ks_null *null_model;
    struct ks_bytes *bytes;    /* packets read again last, see bytes.h */
    struct ks_baseline *baseline; /* the capture to compare with, see baseline.h; NULL: none */
    struct ks_overview *overview; /* of the Capture screen, see overview.h */
    double *steps[3];          /* by enum ks_axis: values at which the count changes; NULL: not asked for yet */
    size_t n_steps[3];
    struct ks_thresholds steps_at[3]; /* the thresholds they were made for */
    uint64_t steps_mined[3];   /* mined_generation they were made for */
    unsigned stopped;          /* bit per enum ks_job_kind: the user stopped it, and its result is older than the parameters or missing */
    const struct ks_capture *sought_in; /* the capture that knocks were last looked for in, for comparing only; NULL: none */
    struct ks_narrow sought_narrow;     /* what it was narrowed to then */
    uint64_t plane_mined;      /* mined_generation of the plane that was just counted in the background, see plane.h; else 0 */
    uint64_t generation;       /* counts up with every change of any result: caches compare it */
    uint64_t mined_generation, rules_generation, knocks_generation;

    /* Marks for export: knocks by the text of their ports ("999 888 777"), pair rules by item codes; both survive re-mining. */
    char **marked_knocks;
    size_t n_marked_knocks, cap_marked_knocks;
    struct ks_rule_mark {
        ks_item items[KS_MAX_LEN];
        uint8_t n_if, n_then;
    } *marked_rules;
    size_t n_marked_rules, cap_marked_rules;

    /* Messages: a ring of the newest */
    struct ks_message messages[KS_MESSAGES];
    uint64_t n_messages; /* ever said; the newest is messages[(n_messages - 1) % KS_MESSAGES] */

    struct ks_worker *worker;
    bool scripted; /* no clock on the screen, so that scripts repeat exactly */
};

/* Starts from the command line's options and the settings read so far; the worker's owner must be the model. KS_NOMEM ... */
struct ks_status ks_model_init(struct ks_model *model, const struct ks_tui_options *options);
void ks_model_free(struct ks_model *model);

/* Says something in the last line and in the log. */
void ks_say(struct ks_model *model, enum ks_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Says a failure; nothing for success or a cancellation. */
void ks_say_status(struct ks_model *model, struct ks_status status);

/* Starts to read captures in the background (the old capture stays until something was read). Effects. */
unsigned ks_model_load(struct ks_model *model, const char *const *paths, size_t n_paths, const char *bpf);
/* Stops reading and keeps what was read. */
unsigned ks_model_stop_loading(struct ks_model *model);
/* While loading: asks for and takes over what was read so far, so that it can be explored. Called by the loop's timer. Effects. */
unsigned ks_model_peek(struct ks_model *model);

/* Replaces the parameters and remembers the old ones for undo. what: the parameter changed, "min-supp". merge: a series of changes of the same one is
 * one undo step. Effects. */
unsigned ks_model_change(struct ks_model *model, const struct ks_params *params, const char *what, bool merge);
/* Back by one change, of a parameter or of the allow list, whichever was the last; and forth again. Effects. */
unsigned ks_model_undo(struct ks_model *model);
unsigned ks_model_redo(struct ks_model *model);
/* Notes a change, so that it can be undone; what was undone before it cannot be done again any more. For the model's own files. */
void ks_model_did(struct ks_model *model, bool allow);
/* `:set NAME VALUE`. Effects; the status says what was wrong. */
struct ks_status ks_model_set(struct ks_model *model, const char *name, const char *value, unsigned *effects);
/* Moves a threshold by `steps` values at which the count changes (negative: down); KS_SET_MIN_SUPP, _INTE, _CONF. Effects. */
unsigned ks_model_step(struct ks_model *model, enum ks_setting_id threshold, int steps);
/* Sets one to a value, not automatic; a series of values is one undo step. Effects. */
unsigned ks_model_set_threshold(struct ks_model *model, enum ks_setting_id threshold, double value);
/* The value of a threshold in force, automatic or given. */
double ks_model_threshold(const struct ks_model *model, enum ks_setting_id threshold);

/* Turns KS_FX_REMINE, RECOUNT, RERANK, RESHIFT into work and new counts. The loop calls it with what handlers return. */
void ks_model_apply(struct ks_model *model, unsigned effects);
/* Stops all work but loading; results stay as they are. */
void ks_model_stop(struct ks_model *model);
/* What is under way, in words ("mining", "chance ..."), or NULL. */
const char *ks_model_pending(const struct ks_model *model);

/* Keeps the present under a name (NULL: numbered); the oldest of nine goes. Effects. */
unsigned ks_model_snapshot(struct ks_model *model, const char *name);

/* Reads the allow list of a path (NULL: there is none; kept); where the file is not there yet it is made with its first entry. */
void ks_model_allow_open(struct ks_model *model, const char *path);
void ks_model_allow_free(struct ks_model *model);
/* Adds an entry as the file has it ("445,139 192.168.20.11 # why"), takes one away, goes back or forth by one change: written at once, knocks judged again. Effects. */
unsigned ks_model_allow_add(struct ks_model *model, const char *line);
unsigned ks_model_allow_remove(struct ks_model *model, size_t entry);
unsigned ks_model_allow_undo(struct ks_model *model);
unsigned ks_model_allow_redo(struct ks_model *model);
/* Forgets what was undone. */
void ks_model_allow_no_redo(struct ks_model *model);
/* How many knocks an entry sets aside now. */
size_t ks_model_allow_count(const struct ks_model *model, size_t entry);
/* Puts the list in force on knocks that are new. */
void ks_model_allow_judge(struct ks_model *model);

/* Marks. `toggle` returns the new state. */
bool ks_model_knock_marked(const struct ks_model *model, const struct ks_knock *knock);
bool ks_model_knock_toggle(struct ks_model *model, const struct ks_knock *knock);
bool ks_model_rule_marked(const struct ks_model *model, const struct ks_rule *rule);
bool ks_model_rule_toggle(struct ks_model *model, const struct ks_rule *rule);
void ks_model_unmark(struct ks_model *model);

/* "999 › 888 › 777". Returns out. */
char *ks_knock_text(char *out, size_t cap, const struct ks_knock *knock);
/* The result in words: "14 rules · 1 knock". Returns out. */
char *ks_model_summary(const struct ks_model *model, char *out, size_t cap);
/* What is incomplete, in words, for line 1; "" where nothing is. Returns out. */
char *ks_model_incomplete(const struct ks_model *model, char *out, size_t cap);
/* Everything as "name value" lines. */
void ks_model_dump(const struct ks_model *model, struct ks_text *out);

#endif
