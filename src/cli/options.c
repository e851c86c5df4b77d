#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analysis/params_json.h"
#include "base/memory.h"
#include "base/text.h"
#include "cli/settle.h"

enum {
    E = 1u << KS_COMMAND_EXPLORE, S = 1u << KS_COMMAND_STATS, C = 1u << KS_COMMAND_CURVE, W = 1u << KS_COMMAND_SWEEP,
    R = 1u << KS_COMMAND_RULES, K = 1u << KS_COMMAND_KNOCKS, V = 1u << KS_COMMAND_EVALUATE, Y = 1u << KS_COMMAND_WHY,
    X = 1u << KS_COMMAND_EXPORT, ALL = E | S | C | W | R | K | V | Y | X, BATCH = ALL & ~E,
    LISTS = E | R | K | X,
};

enum option_id {
    OPT_READ = 'r', OPT_FILTER = 'f', OPT_OUTPUT = 'o', OPT_QUIET = 'q', OPT_VERBOSE = 'v', OPT_VERSION = 'V', OPT_HELP = 'h',
    OPT_ITEMS = 256, OPT_WINDOW, OPT_STRIDE, OPT_SCOPE, OPT_MIN_SUPP, OPT_MIN_INTE, OPT_MIN_CONF, OPT_MIN_COUNT, OPT_MAX_LEN,
    OPT_INTEREST, OPT_ACTIVATIONS, OPT_PRESET, OPT_SORT, OPT_REVERSE, OPT_TOP, OPT_FORMAT, OPT_FORCE, OPT_SEED, OPT_ROTATIONS,
    OPT_EPSILON, OPT_HOST, OPT_FROM, OPT_TO, OPT_OVER, OPT_VALUES, OPT_TRUTH, OPT_OF, OPT_AS, OPT_SELECT, OPT_GAP, OPT_FOLLOW, OPT_ALLOW, OPT_BASELINE,
    OPT_SCRIPT, OPT_THEME, OPT_COLOUR, OPT_ASCII, OPT_NO_SETTINGS, OPT_NO_SANDBOX, OPT_MAX_EVENTS, OPT_MAX_EXPANDED, OPT_THREADS, OPT_PARAMS, OPT_ANY_HOST, OPT_FRAMES, OPT_VLAN, OPT_SID, OPT_RUN, OPT_DESCRIBE
};

static const struct row {
    int id;
    const char *name, *argument; /* argument NULL: takes none */
    unsigned commands;
    const char *help;
} table[] = {
    {OPT_READ, "read", "FILE", ALL, "a capture to read (the same as a plain FILE; - is standard input; several are read in order)"},
    {OPT_FILTER, "filter", "BPF", ALL, "only packets that pass this capture filter"},
    {OPT_PRESET, "preset", "hunt|paper", ALL, "hunt (default): attempts in session windows; paper: every TCP packet in windows of 1000"},
    {OPT_PARAMS, "params", "FILE", ALL, "take the parameters from any JSON output of knockscope; other options change them"},
    {OPT_ITEMS, "items", "KIND", ALL, "what is mined: tcp, attempts, syn, udp or icmp"},
    {OPT_WINDOW, "window", "N|SPAN|session:SPAN", ALL, "N events, a time slice (30s), or sessions that end after a pause (session:30s)"},
    {OPT_STRIDE, "stride", "N", ALL, "windows of N events start every so many events (default: no overlap)"},
    {OPT_SCOPE, "scope", "capture|target|pair", ALL, "cut windows over the whole capture, per target, or per source and target"},
    {OPT_MIN_SUPP, "min-supp", "X|auto", ALL, "an item in at most this share of the windows is infrequent"},
    {OPT_MIN_INTE, "min-inte", "X|auto", ALL, "least interest of every split of an itemset"},
    {OPT_MIN_CONF, "min-conf", "X|auto", ALL, "least CPIR of a rule"},
    {OPT_MIN_COUNT, "min-count", "N", ALL, "least number of windows that hold an itemset (default 1)"},
    {OPT_MAX_LEN, "max-len", "K", ALL, "longest itemset, 2 to 10 (default 2)"},
    {OPT_INTEREST, "interest", "wu|joint", ALL, "wu: |P(XY) - P(X)P(Y)| (default); joint: P(XY), which reproduces the paper's Table 2"},
    {OPT_ACTIVATIONS, "activations", "K", ALL, "assumed number of activations: minSupp is at least K / l (Eq. 6)"},
    {OPT_EPSILON, "epsilon", "P", ALL, "probability that bounds the suggested minSupp (default 0.001)"},
    {OPT_HOST, "host", "ADDRESS", ALL, "only events from or to this address"},
    {OPT_FROM, "from", "TIME", ALL, "only events from this time on: seconds since the epoch"},
    {OPT_TO, "to", "TIME", ALL, "only events before this time: seconds since the epoch"},
    {OPT_SEED, "seed", "N", ALL, "seed of everything drawn at random (default 1)"},
    {OPT_ROTATIONS, "rotations", "R", ALL, "rotations of the shifted null, 0 to 4096 (default 20; 0: none)"},
    {OPT_SORT, "sort", "KEY", LISTS, "rank by cpir, confidence, support, interest, correlation, count, count_if, count_then, length or ln_p"},
    {OPT_REVERSE, "reverse", NULL, LISTS, "rank the other way round"},
    {OPT_TOP, "top", "N", LISTS, "at most N rows (default 100; 0: all)"},
    {OPT_OVER, "over", "min-inte|min-supp|min-conf", W, "the threshold that sweep moves (default min-inte)"},
    {OPT_VALUES, "values", "LIST", W | V, "its values: A,B,C or FROM:TO:STEP"},
    {OPT_TRUTH, "truth", "ITEMS", V, "the true knock, as 999,888,777"},
    {OPT_OF, "of", "ITEMS", Y, "two items (A,B asks for the rule A => B) or a sequence"},
    {OPT_GAP, "gap", "SPAN", E | K | X, "longest pause inside a knock (default: found from the data)"},
    {OPT_FOLLOW, "follow", "SPAN", E | K | X, "how long after a knock an opened port counts (default 5 min)"},
    {OPT_ALLOW, "allow", "FILE", E | K | X, "allow list: knocks and hosts that are known, with the reason"},
    {OPT_BASELINE, "baseline", "FILE", E | K, "a capture from before: which knocks are new against it, and which are gone"},
    {OPT_AS, "as", "FORMAT", X, "export format (--as help lists them)"},
    {OPT_SELECT, "select", "rules|knocks|N,M", X, "what to export: rules, knocks (default), or the ranks of some knocks"},
    {OPT_ANY_HOST, "any-host", NULL, X, "filters and rules for the ports whatever the hosts"},
    {OPT_FRAMES, "frames", NULL, X, "Wireshark filter by frame number: exact in this file only"},
    {OPT_VLAN, "vlan", NULL, X, "capture filter that also looks behind a VLAN tag"},
    {OPT_SID, "sid", "N", X, "number of the first Suricata rule (default 9120501)"},
    {OPT_RUN, "run", "COMMAND", X, "what the knockd configuration runs (default: a line in the system log)"},
    {OPT_FORMAT, "format", "text|csv|json", BATCH, "form of the output (default: what the name after -o says, else text)"},
    {OPT_OUTPUT, "output", "FILE", BATCH, "write to FILE, whole or not at all"},
    {OPT_FORCE, "force", NULL, BATCH, "overwrite FILE"},
    {OPT_MAX_EVENTS, "max-events", "N", ALL, "stop taking events after N (told in the output)"},
    {OPT_MAX_EXPANDED, "max-expanded", "BYTES", ALL, "stop reading a compressed file after so many bytes (told in the output)"},
    {OPT_THREADS, "threads", "N", ALL, "threads for mining (default: one per processor, at most 8); for knocks two of them at most"},
    {OPT_SCRIPT, "script", "FILE", E, "run keys and : commands from FILE without a terminal"},
    {OPT_THEME, "theme", "NAME", E, "dark, light, contrast or mono"},
    {OPT_COLOUR, "color", "auto|always|never", E, "colours (default auto; NO_COLOR is respected)"},
    {OPT_ASCII, "ascii", NULL, ALL, "draw with plain ASCII only"},
    {OPT_NO_SETTINGS, "no-settings", NULL, E, "neither read nor write the settings file"},
    {OPT_NO_SANDBOX, "no-sandbox", NULL, ALL, "do not restrict what the program may do (see -V)"},
    {OPT_QUIET, "quiet", NULL, ALL, "no notes on standard error"},
    {OPT_VERBOSE, "verbose", NULL, ALL, "what takes how long, on standard error"},
    {OPT_VERSION, "version", NULL, ALL, "version, libraries and protections"},
    {OPT_HELP, "help", NULL, ALL, "this text; after a command, its own"},
    {OPT_DESCRIBE, "describe", "WHAT", 0, "tables for the manual and the completions"},
};
enum { N_OPTIONS = sizeof table / sizeof *table };

static struct ks_status wrong(const struct row *row, const char *given, const char *wanted)
{
    return ks_fail(KS_USAGE, "--%s %s: %s", row->name, given, wanted);
}

static struct ks_status threshold(const struct row *row, const char *text, struct ks_setting *out)
{
    if (strcmp(text, "auto") == 0) {
        *out = (struct ks_setting){.automatic = true};
        return ks_ok();
    }
    if (!ks_parse_real(text, 0, 1, &out->value))
        return wrong(row, text, "a number from 0 to 1, or auto");
    out->automatic = false;
    return ks_ok();
}

static struct ks_status number(const struct row *row, const char *text, uint64_t low, uint64_t high, uint64_t *out)
{
    if (ks_parse_u64(text, low, high, out))
        return ks_ok();
    return ks_fail(KS_USAGE, "--%s %s: a whole number from %llu to %llu", row->name, text, (unsigned long long)low,
                   (unsigned long long)high);
}

static struct ks_status moment(const struct row *row, const char *text, int64_t *out)
{
    return ks_parse_moment(text, out) ? ks_ok() : wrong(row, text, "seconds since the epoch");
}

/* Options of the mining itself. KS_OK with *mine = false when the option is another kind. */
static struct ks_status take_mining(const struct row *row, const char *arg, struct ks_params *p, bool *scope_given, uint64_t *stride,
                                    bool *mine)
{
    uint64_t n = 0;
    *mine = true;
    switch (row->id) {
    case OPT_PRESET:
    case OPT_PARAMS:
        return ks_ok(); /* taken in the first pass */
    case OPT_ITEMS:
        return ks_items_parse(arg, &p->items) ? ks_ok() : wrong(row, arg, "tcp, attempts, syn, udp or icmp");
    case OPT_WINDOW:
        return ks_windowing_parse(arg, &p->windowing);
    case OPT_STRIDE:
        return number(row, arg, 1, UINT32_MAX, stride);
    case OPT_SCOPE:
        *scope_given = true;
        return ks_scope_parse(arg, &p->windowing.scope) ? ks_ok() : wrong(row, arg, "capture, target or pair");
    case OPT_MIN_SUPP:
        return threshold(row, arg, &p->min_supp);
    case OPT_MIN_INTE:
        return threshold(row, arg, &p->min_inte);
    case OPT_MIN_CONF:
        return threshold(row, arg, &p->min_conf);
    case OPT_MIN_COUNT:
        KS_TRY(number(row, arg, 1, UINT32_MAX, &n));
        p->min_count = (uint32_t)n;
        return ks_ok();
    case OPT_MAX_LEN:
        KS_TRY(number(row, arg, 2, KS_MAX_LEN, &n));
        p->max_len = (unsigned)n;
        return ks_ok();
    case OPT_INTEREST:
        if (strcmp(arg, "wu") != 0 && strcmp(arg, "joint") != 0)
            return wrong(row, arg, "wu or joint");
        p->interest = arg[0] == 'w' ? KS_INTEREST_WU : KS_INTEREST_JOINT;
        return ks_ok();
    case OPT_ACTIVATIONS:
        KS_TRY(number(row, arg, 1, UINT32_MAX, &n));
        p->activations = (uint32_t)n;
        return ks_ok();
    case OPT_EPSILON:
        return ks_parse_real(arg, 1e-300, 0.5, &p->epsilon) ? ks_ok() : wrong(row, arg, "a probability above 0 and up to 0.5");
    case OPT_HOST:
        p->narrow.by_host = true;
        return ks_parse_address(arg, &p->narrow.host) ? ks_ok() : wrong(row, arg, "an IPv4 or IPv6 address");
    case OPT_FROM:
        if (!p->narrow.by_time)
            p->narrow.to = INT64_MAX;
        p->narrow.by_time = true;
        return moment(row, arg, &p->narrow.from);
    case OPT_TO:
        if (!p->narrow.by_time)
            p->narrow.from = INT64_MIN;
        p->narrow.by_time = true;
        return moment(row, arg, &p->narrow.to);
    case OPT_SEED:
        return number(row, arg, 0, UINT64_MAX, &p->seed);
    case OPT_ROTATIONS:
        KS_TRY(number(row, arg, 0, KS_ROTATIONS_MAX, &n));
        p->rotations = (unsigned)n;
        return ks_ok();
    case OPT_SORT:
        return ks_sort_parse(arg, &p->sort) ? ks_ok() : wrong(row, arg, "no such key; see --help");
    case OPT_REVERSE:
        p->reverse = true;
        return ks_ok();
    case OPT_TOP:
        return number(row, arg, 0, INT64_MAX, &p->top);
    default:
        *mine = false;
        return ks_ok();
    }
}

static struct ks_status add_path(struct ks_cli *cli, const char *path)
{
    const char **more = ks_resize(cli->paths, cli->load.n_paths + 1, sizeof *more);
    if (more == NULL)
        return ks_nomem("the file names");
    cli->paths = more;
    cli->paths[cli->load.n_paths++] = path;
    cli->load.paths = cli->paths;
    return ks_ok();
}

static struct ks_status take_other(const struct row *row, const char *arg, struct ks_cli *cli)
{
    uint64_t n = 0;
    switch (row->id) {
    case OPT_READ: return add_path(cli, arg);
    case OPT_FILTER: cli->load.filter = arg; break;
    case OPT_OUTPUT: cli->output = arg; break;
    case OPT_FORCE: cli->force = true; break;
    case OPT_QUIET: cli->quiet = true; break;
    case OPT_VERBOSE: cli->verbose = true; break;
    case OPT_VERSION: cli->version = true; break;
    case OPT_HELP: cli->help = true; break;
    case OPT_TRUTH: cli->truth = arg; break;
    case OPT_OF: cli->items = arg; break;
    case OPT_ANY_HOST: cli->export.any_host = true; break;
    case OPT_FRAMES: cli->export.frames = true; break;
    case OPT_VLAN: cli->export.vlan = true; break;
    case OPT_SID:
        KS_TRY(number(row, arg, 1, UINT32_MAX - 1000000, &n));
        cli->export.sid = (uint32_t)n;
        break;
    case OPT_RUN:
        for (const char *at = arg; *at != '\0'; at++)
            if ((unsigned char)*at < 32 || *at == 127)
                return ks_fail(KS_USAGE, "--run: a command of one line, without control characters");
        cli->export.command = arg;
        break;
    case OPT_AS: cli->as = arg; break;
    case OPT_SELECT: cli->select = arg; break;
    case OPT_ALLOW: cli->knocks.allow_path = arg; break;
    case OPT_BASELINE:
        if (strcmp(arg, "-") == 0)
            return wrong(row, arg, "the baseline must be a file");
        cli->baseline = arg;
        break;
    case OPT_SCRIPT: cli->script = arg; break;
    case OPT_THEME:
        if (strcmp(arg, "dark") != 0 && strcmp(arg, "light") != 0 && strcmp(arg, "contrast") != 0 && strcmp(arg, "mono") != 0)
            return wrong(row, arg, "dark, light, contrast or mono");
        cli->theme = arg;
        break;
    case OPT_ASCII: cli->ascii = true; break;
    case OPT_NO_SETTINGS: cli->no_settings = true; break;
    case OPT_NO_SANDBOX: cli->no_sandbox = true; break;
    case OPT_DESCRIBE: cli->describe = arg; break;
    case OPT_MAX_EVENTS: return number(row, arg, 1, UINT32_MAX - 1, &cli->params.max_events);
    case OPT_MAX_EXPANDED: return number(row, arg, 1, INT64_MAX, &cli->params.max_expanded);
    case OPT_THREADS:
        KS_TRY(number(row, arg, 1, 64, &n));
        cli->threads = cli->knocks.threads = (unsigned)n;
        break;
    case OPT_GAP: return ks_parse_span(arg, &cli->knocks.gap) ? ks_ok() : wrong(row, arg, "a span such as 500ms, 30s, 5m");
    case OPT_FOLLOW: return ks_parse_span(arg, &cli->knocks.follow) ? ks_ok() : wrong(row, arg, "a span such as 500ms, 30s, 5m");
    case OPT_VALUES: cli->values_text = arg; return ks_cli_values(arg, &cli->values, &cli->n_values);
    case OPT_COLOUR:
        if (strcmp(arg, "auto") != 0 && strcmp(arg, "always") != 0 && strcmp(arg, "never") != 0)
            return wrong(row, arg, "auto, always or never");
        cli->colour = arg;
        break;
    case OPT_OVER:
        if (strcmp(arg, "min-inte") != 0 && strcmp(arg, "min-supp") != 0 && strcmp(arg, "min-conf") != 0)
            return wrong(row, arg, "min-inte, min-supp or min-conf");
        cli->axis = arg[4] == 'i' ? KS_AXIS_INTE : arg[4] == 's' ? KS_AXIS_SUPP : KS_AXIS_CONF;
        break;
    case OPT_FORMAT:
        if (strcmp(arg, "text") != 0 && strcmp(arg, "csv") != 0 && strcmp(arg, "json") != 0)
            return wrong(row, arg, "text, csv or json");
        cli->format_given = true;
        cli->format = arg[0] == 't' ? KS_FORMAT_TEXT : arg[0] == 'c' ? KS_FORMAT_CSV : KS_FORMAT_JSON;
        break;
    default: return ks_fail(KS_FAILED, "option --%s is not handled", row->name);
    }
    return ks_ok();
}

static const struct row *row_of(int id)
{
    for (int i = 0; i < N_OPTIONS; i++)
        if (table[i].id == id)
            return &table[i];
    return NULL;
}

/* A file that an option names, before the capture is read for nothing. */
static struct ks_status readable(const char *option, const char *path)
{
    struct stat info;
    if (path == NULL)
        return ks_ok();
    if (stat(path, &info) != 0 || access(path, R_OK) != 0)
        return ks_fail(KS_USAGE, "--%s %s: %s", option, path, strerror(errno));
    if (S_ISDIR(info.st_mode))
        return ks_fail(KS_USAGE, "--%s %s: it is a folder", option, path);
    return ks_ok();
}

/* The preset or a parameter file is a base that the other options change, wherever they stand: so they are looked for first. */
static struct ks_status find_base(int argc, char **argv, const char *shorts, const struct option *longs, struct ks_cli *cli)
{
    int id;
    const char *file = NULL;
    struct ks_params *params = &cli->params;
    *params = ks_params_preset(KS_PRESET_HUNT);
    opterr = 0;
    optind = 0;
    while ((id = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (id == OPT_PARAMS)
            file = optarg;
        if (id != OPT_PRESET)
            continue;
        if (strcmp(optarg, "hunt") != 0 && strcmp(optarg, "paper") != 0)
            return ks_fail(KS_USAGE, "--preset %s: hunt or paper", optarg);
        *params = ks_params_preset(optarg[0] == 'h' ? KS_PRESET_HUNT : KS_PRESET_PAPER);
    }
    if (file == NULL)
        return ks_ok();
    if (strcmp(file, "-") != 0)
        KS_TRY(readable("params", file));
    struct ks_status status = ks_params_read_file(file, params, &cli->knocks, &cli->filter_text);
    if (status.code == KS_INPUT) /* what a user named wrongly; the capture is another matter */
        status.code = KS_USAGE;
    KS_TRY(status);
    if (cli->filter_text.n > 0)
        cli->load.filter = cli->filter_text.at;
    return ks_ok();
}

/* A word where the explorer expects a capture: most likely a command that is misspelt or not in its place. */
static struct ks_status no_command(const struct ks_cli *cli)
{
    const char *word = cli->load.n_paths > 0 ? cli->load.paths[0] : "-";
    if (strpbrk(word, "/.-") != NULL || access(word, F_OK) == 0)
        return ks_ok();
    for (int c = KS_COMMAND_EXPLORE + 1; c < KS_COMMAND_N; c++)
        if (strcmp(word, ks_command_name((enum ks_command)c)) == 0)
            return ks_fail(KS_USAGE, "a command comes before its options: knockscope %s ...", word);
    return ks_fail(KS_USAGE, "'%s' is neither a command nor a file", word);
}

static struct ks_status finish(struct ks_cli *cli, bool scope_given, bool window_given, uint64_t stride)
{
    struct ks_windowing *w = &cli->params.windowing;
    cli->load.max_events = cli->params.max_events;
    cli->load.max_expanded = cli->params.max_expanded;
    if (window_given && !scope_given)
        w->scope = w->cut == KS_CUT_SESSION ? KS_SCOPE_PAIR : KS_SCOPE_CAPTURE;
    if (stride != 0 && w->cut != KS_CUT_COUNT)
        return ks_fail(KS_USAGE, "--stride goes with windows of a number of events (--window N)");
    if (w->cut == KS_CUT_COUNT && (stride != 0 || window_given))
        w->stride = stride != 0 ? stride : w->size; /* else as in the preset or the file of --params */
    if (cli->params.narrow.by_time && cli->params.narrow.from >= cli->params.narrow.to)
        return ks_fail(KS_USAGE, "--from must be before --to");
    bool judges = cli->command == KS_COMMAND_KNOCKS || cli->command == KS_COMMAND_EXPORT;
    if (judges && cli->knocks.allow_asked && cli->knocks.allow_path == NULL)
        return ks_fail(KS_USAGE, "the file of --params was made with an allow list: name it with --allow (or --allow /dev/null for none)");
    if (cli->help || cli->version || cli->describe != NULL)
        return ks_ok();
    if (cli->command == KS_COMMAND_EXPLORE) {
        if (cli->script != NULL && strcmp(cli->script, "-") != 0)
            KS_TRY(readable("script", cli->script));
        return no_command(cli);
    }
    if (cli->command == KS_COMMAND_EXPORT && cli->as != NULL && strcmp(cli->as, "help") == 0)
        return ks_ok();
    if (cli->load.n_paths == 0)
        return ks_fail(KS_USAGE, "%s needs a capture: knockscope %s FILE", ks_command_name(cli->command), ks_command_name(cli->command));
    if (cli->command == KS_COMMAND_EVALUATE && cli->truth == NULL)
        return ks_fail(KS_USAGE, "evaluate needs the true knock: --truth 999,888,777");
    if (cli->command == KS_COMMAND_WHY && cli->items == NULL)
        return ks_fail(KS_USAGE, "why needs items: --of 999,888");
    KS_TRY(readable("allow", cli->knocks.allow_path));
    return ks_cli_settle_format(cli);
}

static struct ks_status bad_option(int argc, char **argv, const char *shorts, int id)
{
    const char *word = optind > 0 && optind <= argc ? argv[optind - 1] : "?";
    if (id == ':')
        return ks_fail(KS_USAGE, "%s needs an argument", word);
    if (optopt > 0 && optopt < 256 && strchr(shorts, optopt) == NULL)
        return ks_fail(KS_USAGE, "no such option: -%c", optopt);
    return ks_fail(KS_USAGE, "no such option, or not one only: %s", word);
}

struct ks_status ks_cli_parse(int argc, char **argv, struct ks_cli *out)
{
    static struct option longs[N_OPTIONS + 1];
    static const char shorts[] = ":r:f:o:qvVh";
    *out = (struct ks_cli){.axis = KS_AXIS_INTE};
    for (int i = 0; i < N_OPTIONS; i++)
        longs[i] = (struct option){table[i].name, table[i].argument != NULL ? required_argument : no_argument, NULL, table[i].id};
    if (argc > 1)
        for (int c = KS_COMMAND_EXPLORE + 1; c < KS_COMMAND_N; c++)
            if (strcmp(argv[1], ks_command_name((enum ks_command)c)) == 0)
                out->command = (enum ks_command)c;
    if (out->command != KS_COMMAND_EXPLORE) {
        argv++;
        argc--;
    }
    KS_TRY(find_base(argc, argv, shorts, longs, out));
    bool scope_given = false, window_given = false;
    uint64_t stride = 0;
    int id;
    optind = 0;
    while ((id = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (id == '?' || id == ':')
            return bad_option(argc, argv, shorts, id);
        const struct row *row = row_of(id);
        if (row == NULL)
            return ks_fail(KS_FAILED, "option table is out of step");
        if (row->commands != 0 && (row->commands & 1u << out->command) == 0)
            return ks_fail(KS_USAGE, "--%s does not go with %s", row->name,
                           out->command == KS_COMMAND_EXPLORE ? "the explorer" : ks_command_name(out->command));
        bool mining;
        window_given |= id == OPT_WINDOW;
        if ((id >= OPT_ITEMS && id <= OPT_ACTIVATIONS) || id == OPT_SORT || id == OPT_REVERSE || id == OPT_EPSILON)
            out->mining = row->name;
        KS_TRY(take_mining(row, optarg, &out->params, &scope_given, &stride, &mining));
        out->params_given |= mining && id != OPT_HOST && id != OPT_FROM && id != OPT_TO;
        if (!mining)
            KS_TRY(take_other(row, optarg, out));
    }
    for (; optind < argc; optind++)
        KS_TRY(add_path(out, argv[optind]));
    return finish(out, scope_given, window_given, stride);
}

void ks_cli_free(struct ks_cli *cli)
{
    ks_free(cli->paths);
    ks_free(cli->values);
    ks_text_free(&cli->filter_text);
    *cli = (struct ks_cli){0};
}

static void option_line(FILE *out, const struct row *row)
{
    char left[64];
    char small[8] = "    ";
    if (row->id < 256)
        snprintf(small, sizeof small, "-%c, ", row->id);
    snprintf(left, sizeof left, "%s--%s%s%s", small, row->name, row->argument != NULL ? " " : "",
             row->argument != NULL ? row->argument : "");
    if (strlen(left) > 26)
        fprintf(out, "  %s\n  %-26s %s\n", left, "", row->help);
    else
        fprintf(out, "  %-26s %s\n", left, row->help);
}

void ks_cli_help(FILE *out, enum ks_command command)
{
    if (command == KS_COMMAND_EXPLORE) {
        fputs("knockscope finds port-knock sequences in packet captures.\n\n"
              "  knockscope [OPTION...] [FILE...]            open the explorer\n"
              "  knockscope COMMAND [OPTION...] FILE...      batch: the same engine, no terminal needed\n\nCommands:\n",
              out);
        for (int c = KS_COMMAND_EXPLORE + 1; c < KS_COMMAND_N; c++)
            fprintf(out, "  %-10s %s\n", ks_command_name((enum ks_command)c), ks_command_help((enum ks_command)c));
        fputs("\nFiles are pcap or pcapng, plain or compressed (gzip, zstd, xz, lz4), - is standard input.\n", out);
    } else {
        fprintf(out, "knockscope %s [OPTION...] FILE...\n\n%s\n", ks_command_name(command), ks_command_help(command));
    }
    fputs("\nOptions:\n", out);
    for (int i = 0; i < N_OPTIONS; i++)
        if (table[i].commands & (command == KS_COMMAND_EXPLORE ? ALL : 1u << command))
            option_line(out, &table[i]);
    fputs("\nExit status: 0 done; 1 failed; 2 wrong usage; 3 the capture could not be read; 4 it was read only in part.\n", out);
}

bool ks_cli_describe(const char *what, FILE *out)
{
    if (strcmp(what, "commands") == 0) {
        for (int c = KS_COMMAND_EXPLORE + 1; c < KS_COMMAND_N; c++)
            fprintf(out, "%s\t%s\n", ks_command_name((enum ks_command)c), ks_command_help((enum ks_command)c));
        return true;
    }
    if (strcmp(what, "options") != 0)
        return false;
    for (int i = 0; i < N_OPTIONS; i++) {
        if (table[i].commands == 0)
            continue;
        fprintf(out, "--%s\t%c\t%s\t", table[i].name, table[i].id < 256 ? table[i].id : ' ',
                table[i].argument != NULL ? table[i].argument : "");
        if (table[i].commands == ALL) {
            fputs("all", out);
        } else {
            bool first = true;
            for (int c = 0; c < KS_COMMAND_N; c++)
                if (table[i].commands & 1u << c) {
                    fprintf(out, "%s%s", first ? "" : ",", c == 0 ? "explorer" : ks_command_name((enum ks_command)c));
                    first = false;
                }
        }
        fprintf(out, "\t%s\n", table[i].help);
    }
    return true;
}
