#include "cli/asked.h"

static const struct {
    const char *name, *help;
} commands[KS_COMMAND_N] = {
    [KS_COMMAND_EXPLORE] = {"", "open the explorer"},
    [KS_COMMAND_STATS] = {"stats", "what the capture holds: packets, events, items, windows, skipped packets (Table 1)"},
    [KS_COMMAND_CURVE] = {"curve", "how many windows a port is expected in, what was observed, and the suggested minSupp (Eq. 6-8)"},
    [KS_COMMAND_SWEEP] = {"sweep", "rule counts as a threshold rises, with the count expected by chance beside each (Table 2)"},
    [KS_COMMAND_RULES] = {"rules", "ranked rules with all measures"},
    [KS_COMMAND_KNOCKS] = {"knocks", "ranked knocks with their activations and evidence"},
    [KS_COMMAND_EVALUATE] = {"evaluate", "recall and precision against a known knock over a grid of parameters (Tables 3 and 4)"},
    [KS_COMMAND_WHY] = {"why", "why a rule or a sequence passes or fails, window by window"},
    [KS_COMMAND_EXPORT] = {"export", "what rules or knocks selected, in the forms that other tools take"},
};

const char *ks_command_name(enum ks_command command)
{
    return commands[command].name;
}

const char *ks_command_help(enum ks_command command)
{
    return commands[command].help;
}
