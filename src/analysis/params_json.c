#include "analysis/params_json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/memory.h"

/* A list that is being filled. */
struct list {
    struct ks_param *at;
    size_t n;
};

static struct ks_param *add(struct list *list, const char *name, enum ks_param_kind kind)
{
    struct ks_param *param = &list->at[list->n++];
    *param = (struct ks_param){.name = name, .kind = kind};
    return param;
}

static void add_text(struct list *list, const char *name, const char *text)
{
    struct ks_param *param = add(list, name, KS_PARAM_TEXT);
    snprintf(param->text, sizeof param->text, "%s", text);
}

/* JSON readers take integers up to 2^63 - 1; larger ones are written as text. */
static void add_uint(struct list *list, const char *name, uint64_t value)
{
    char digits[24];
    if (value <= INT64_MAX) {
        add(list, name, KS_PARAM_UINT)->count = value;
        return;
    }
    snprintf(digits, sizeof digits, "%" PRIu64, value);
    add_text(list, name, digits);
}

static void add_real(struct list *list, const char *name, double value)
{
    add(list, name, KS_PARAM_REAL)->real = value;
}

/* The value in force of a threshold, as far as it is known. */
static void add_setting(struct list *list, const char *name, struct ks_setting setting, const double *chosen)
{
    if (setting.automatic && chosen == NULL)
        add_text(list, name, "auto");
    else
        add_real(list, name, setting.automatic ? *chosen : setting.value);
}

/* The names of the thresholds that are automatic. */
static void add_automatic(struct list *list, const struct ks_params *params)
{
    struct ks_param *param = add(list, "auto", KS_PARAM_NAMES);
    const char *const names[] = {params->min_supp.automatic ? "min_supp" : NULL,
                                 params->min_inte.automatic ? "min_inte" : NULL,
                                 params->min_conf.automatic ? "min_conf" : NULL};
    size_t n = 0;
    for (size_t i = 0; i < 3; i++)
        if (names[i] != NULL)
            n += (size_t)snprintf(param->text + n, sizeof param->text - n, "%s%s", n > 0 ? "," : "", names[i]);
}

static void add_narrow(struct list *list, const struct ks_narrow *narrow)
{
    char text[64];
    if (narrow->by_host)
        add_text(list, "host", ks_format_address(text, sizeof text, &narrow->host));
    else
        add(list, "host", KS_PARAM_NULL);
    add(list, "from_ns", narrow->by_time ? KS_PARAM_INT : KS_PARAM_NULL)->whole = narrow->from;
    add(list, "to_ns", narrow->by_time ? KS_PARAM_INT : KS_PARAM_NULL)->whole = narrow->to;
}

size_t ks_params_list(const struct ks_params *params, const struct ks_choice *choice,
                      struct ks_param out[KS_PARAMS_MAX])
{
    struct list list = {.at = out};
    char window[64];
    add_text(&list, "preset", ks_preset_name(params->preset));
    add_text(&list, "items", ks_items_name(params->items));
    add_text(&list, "window", ks_windowing_format(window, sizeof window, &params->windowing));
    if (params->windowing.cut == KS_CUT_COUNT)
        add_uint(&list, "stride", params->windowing.stride);
    else
        add(&list, "stride", KS_PARAM_NULL);
    add_text(&list, "scope", ks_scope_name(params->windowing.scope));
    add_narrow(&list, &params->narrow);
    add_setting(&list, "min_supp", params->min_supp, choice != NULL ? &choice->min_supp : NULL);
    add_setting(&list, "min_inte", params->min_inte, choice != NULL ? &choice->min_inte : NULL);
    add_setting(&list, "min_conf", params->min_conf, choice != NULL ? &choice->min_conf : NULL);
    add_automatic(&list, params);
    add_uint(&list, "min_count", params->min_count);
    add_uint(&list, "max_len", params->max_len);
    add_text(&list, "interest", ks_interest_name(params->interest));
    add_uint(&list, "activations", params->activations);
    add_text(&list, "sort", ks_sort_name(params->sort));
    add(&list, "reverse", KS_PARAM_BOOL)->flag = params->reverse;
    add_uint(&list, "top", params->top);
    add_uint(&list, "seed", params->seed);
    add_uint(&list, "rotations", params->rotations);
    add_real(&list, "epsilon", params->epsilon);
    add(&list, "max_events", params->max_events != 0 ? KS_PARAM_UINT : KS_PARAM_NULL)->count = params->max_events;
    add(&list, "max_expanded", params->max_expanded != 0 ? KS_PARAM_UINT : KS_PARAM_NULL)->count = params->max_expanded;
    return list.n;
}

size_t ks_knock_options_list(const struct ks_knock_options *options, struct ks_param *out)
{
    struct list list = {.at = out};
    /* 0 is "chosen by the search" and written as null. */
    add(&list, "knock_gap_ns", options->gap != 0 ? KS_PARAM_INT : KS_PARAM_NULL)->whole = options->gap;
    add(&list, "knock_follow_ns", options->follow != 0 ? KS_PARAM_INT : KS_PARAM_NULL)->whole =
        options->follow;
    add(&list, "knock_q", options->q_gate != 0 ? KS_PARAM_REAL : KS_PARAM_NULL)->real = options->q_gate;
    if (options->allow_path != NULL)
        add_text(&list, "allow_list", options->allow_path);
    else
        add(&list, "allow_list", KS_PARAM_NULL);
    return list.n;
}

size_t ks_params_definitions(const struct ks_params *params, const char *out[KS_DEFINITIONS_MAX])
{
    size_t n = 0;
    out[n++] = params->interest == KS_INTEREST_JOINT
                   ? "minInte is held against support(XY) = n(XY)/l (the reading that reproduces the paper's "
                     "Table 2)"
                   : "minInte is held against interest = |n(XY) l - n(X) n(Y)| / l^2 (Wu, as printed)";
    switch (params->windowing.cut) {
    case KS_CUT_COUNT:
        out[n++] = "a window is a number of consecutive events; a last, shorter window is kept; l is the "
                   "number of windows formed";
        break;
    case KS_CUT_TIME:
        out[n++] = "a window is a time slice of the capture's own clock; only slices with events count";
        break;
    case KS_CUT_SESSION:
        out[n++] = "a window ends when nothing came for the given time; l is the number of windows formed";
        break;
    }
    static const char *const scope[] = {"windows are cut over the whole capture",
                                        "windows are cut for each target by itself",
                                        "windows are cut for each pair of source and target by itself"};
    out[n++] = scope[params->windowing.scope];
    out[n++] = "infrequent: 1 <= n <= floor(minSupp l + 1e-9); minSupp is an upper bound, inclusive";
    out[n++] = "CPIR(Y|X) = (n(XY) l - n(X) n(Y)) / (n(X) (l - n(Y)))";
    return n;
}

/* Reading. Each key has one reader; it says what is wrong in `wrong`, or returns NULL. */
typedef const char *reader(const json_t *value, struct ks_params *params);

static const char *text_of(const json_t *value)
{
    return json_is_string(value) ? json_string_value(value) : NULL;
}

/* A whole number in [low, high], or its digits as text. */
static bool natural(const json_t *value, uint64_t low, uint64_t high, uint64_t *out)
{
    if (json_is_string(value))
        return ks_parse_u64(json_string_value(value), low, high, out);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return false;
    uint64_t n = (uint64_t)json_integer_value(value);
    if (n < low || n > high)
        return false;
    *out = n;
    return true;
}

/* A whole number in [low, high]. */
static bool whole(const json_t *value, int64_t low, int64_t high, int64_t *out)
{
    if (!json_is_integer(value) || json_integer_value(value) < low || json_integer_value(value) > high)
        return false;
    *out = json_integer_value(value);
    return true;
}

static const char *read_preset(const json_t *value, struct ks_params *params)
{
    (void)params; /* taken before all others */
    const char *text = text_of(value);
    return text != NULL && (strcmp(text, "hunt") == 0 || strcmp(text, "paper") == 0)
               ? NULL
               : "must be \"hunt\" or \"paper\"";
}

static const char *read_items(const json_t *value, struct ks_params *params)
{
    const char *text = text_of(value);
    return text != NULL && ks_items_parse(text, &params->items) ? NULL
                                                                : "must be tcp, attempts, syn, udp or icmp";
}

static const char *read_window(const json_t *value, struct ks_params *params)
{
    const char *text = text_of(value);
    return text != NULL && ks_is_ok(ks_windowing_parse(text, &params->windowing))
               ? NULL
               : "must be a window such as \"1000\", \"30s\" or \"session:30s\"";
}

static const char *read_stride(const json_t *value, struct ks_params *params)
{
    uint64_t n;
    if (json_is_null(value))
        return NULL;
    if (!natural(value, 1, UINT64_MAX, &n))
        return "must be a number of events, 1 or more";
    params->windowing.stride = n;
    return NULL;
}

static const char *read_scope(const json_t *value, struct ks_params *params)
{
    const char *text = text_of(value);
    return text != NULL && ks_scope_parse(text, &params->windowing.scope) ? NULL
                                                                          : "must be capture, target or pair";
}

static const char *read_host(const json_t *value, struct ks_params *params)
{
    const char *text = text_of(value);
    params->narrow.by_host = text != NULL;
    return json_is_null(value) || (text != NULL && ks_parse_address(text, &params->narrow.host))
               ? NULL
               : "must be an address or null";
}

static const char *read_from(const json_t *value, struct ks_params *params)
{
    params->narrow.by_time = !json_is_null(value);
    return json_is_null(value) || whole(value, INT64_MIN, INT64_MAX, &params->narrow.from)
               ? NULL
               : "must be nanoseconds since the epoch, or null";
}

static const char *read_to(const json_t *value, struct ks_params *params)
{
    if (params->narrow.by_time == json_is_null(value))
        return "must be given exactly where from_ns is";
    if (json_is_null(value))
        return NULL;
    if (!whole(value, INT64_MIN, INT64_MAX, &params->narrow.to))
        return "must be nanoseconds since the epoch, or null";
    return params->narrow.from < params->narrow.to ? NULL : "must be later than from_ns";
}

static const char *read_setting(const json_t *value, double low, double high, struct ks_setting *setting)
{
    const char *text = text_of(value);
    if (text != NULL && strcmp(text, "auto") == 0) {
        *setting = (struct ks_setting){.automatic = true};
        return NULL;
    }
    double v = json_number_value(value);
    if (!json_is_number(value) || !(v >= low && v <= high))
        return low < 0 ? "must be \"auto\" or a number from -1 to 1"
                       : "must be \"auto\" or a number from 0 to 1";
    *setting = (struct ks_setting){.value = v + 0.0}; /* -0.0 would be written as "-0", which reads back as 0 */
    return NULL;
}

static const char *read_min_supp(const json_t *value, struct ks_params *params)
{
    return read_setting(value, 0, 1, &params->min_supp);
}

static const char *read_min_inte(const json_t *value, struct ks_params *params)
{
    return read_setting(value, 0, 1, &params->min_inte);
}

static const char *read_min_conf(const json_t *value, struct ks_params *params)
{
    return read_setting(value, -1, 1, &params->min_conf);
}

/* Comes after the thresholds: what it names was chosen by the program, which is to choose again. */
static const char *read_automatic(const json_t *value, struct ks_params *params)
{
    static const char wrong[] = "must be a list of min_supp, min_inte, min_conf";
    size_t i;
    const json_t *name;
    if (!json_is_array(value))
        return wrong;
    json_array_foreach(value, i, name)
    {
        const char *text = text_of(name);
        struct ks_setting *setting = text == NULL                     ? NULL
                                     : strcmp(text, "min_supp") == 0 ? &params->min_supp
                                     : strcmp(text, "min_inte") == 0 ? &params->min_inte
                                     : strcmp(text, "min_conf") == 0 ? &params->min_conf
                                                                     : NULL;
        if (setting == NULL)
            return wrong;
        *setting = (struct ks_setting){.automatic = true};
    }
    return NULL;
}

static const char *read_min_count(const json_t *value, struct ks_params *params)
{
    uint64_t n;
    if (!natural(value, 1, UINT32_MAX, &n))
        return "must be a whole number, 1 or more";
    params->min_count = (uint32_t)n;
    return NULL;
}

static const char *read_max_len(const json_t *value, struct ks_params *params)
{
    uint64_t n;
    if (!natural(value, 2, KS_MAX_LEN, &n))
        return "must be from 2 to 10";
    params->max_len = (unsigned)n;
    return NULL;
}

static const char *read_interest(const json_t *value, struct ks_params *params)
{
    const char *text = text_of(value);
    bool joint = text != NULL && strcmp(text, "joint") == 0;
    params->interest = joint ? KS_INTEREST_JOINT : KS_INTEREST_WU;
    return joint || (text != NULL && strcmp(text, "wu") == 0) ? NULL : "must be \"wu\" or \"joint\"";
}

static const char *read_activations(const json_t *value, struct ks_params *params)
{
    uint64_t n;
    if (!natural(value, 0, UINT32_MAX, &n))
        return "must be a whole number, 0 or more";
    params->activations = (uint32_t)n;
    return NULL;
}

static const char *read_sort(const json_t *value, struct ks_params *params)
{
    const char *text = text_of(value);
    return text != NULL && ks_sort_parse(text, &params->sort) ? NULL : "is no key to sort by";
}

static const char *read_reverse(const json_t *value, struct ks_params *params)
{
    params->reverse = json_is_true(value);
    return json_is_boolean(value) ? NULL : "must be true or false";
}

static const char *read_top(const json_t *value, struct ks_params *params)
{
    uint64_t n;
    if (!natural(value, 0, UINT64_MAX, &n))
        return "must be a whole number, 0 or more";
    params->top = n;
    return NULL;
}

static const char *read_seed(const json_t *value, struct ks_params *params)
{
    uint64_t n;
    if (!natural(value, 0, UINT64_MAX, &n))
        return "must be a whole number, 0 or more";
    params->seed = n;
    return NULL;
}

static const char *read_rotations(const json_t *value, struct ks_params *params)
{
    uint64_t n;
    if (!natural(value, 0, KS_ROTATIONS_MAX, &n))
        return "must be a whole number from 0 to 4,096";
    params->rotations = (unsigned)n;
    return NULL;
}

static const char *read_epsilon(const json_t *value, struct ks_params *params)
{
    params->epsilon = json_number_value(value);
    return json_is_number(value) && params->epsilon > 0 && params->epsilon < 1
               ? NULL
               : "must be a number between 0 and 1";
}

static const char *read_max_events(const json_t *value, struct ks_params *params)
{
    uint64_t n = 0;
    if (!json_is_null(value) && !natural(value, 1, UINT32_MAX - 1, &n))
        return "must be a number of events, 1 or more, or null";
    params->max_events = n;
    return NULL;
}

static const char *read_max_expanded(const json_t *value, struct ks_params *params)
{
    params->max_expanded = 0;
    return json_is_null(value) || natural(value, 1, INT64_MAX, &params->max_expanded) ? NULL : "must be a number of bytes, 1 or more, or null";
}

/* In the order in which they take effect: the window before its stride. */
static const struct {
    const char *name;
    reader *read;
} keys[] = {
    {"preset", read_preset},
    {"items", read_items},
    {"window", read_window},
    {"stride", read_stride},
    {"scope", read_scope},
    {"host", read_host},
    {"from_ns", read_from},
    {"to_ns", read_to},
    {"min_supp", read_min_supp},
    {"min_inte", read_min_inte},
    {"min_conf", read_min_conf},
    {"auto", read_automatic},
    {"min_count", read_min_count},
    {"max_len", read_max_len},
    {"interest", read_interest},
    {"activations", read_activations},
    {"sort", read_sort},
    {"reverse", read_reverse},
    {"top", read_top},
    {"seed", read_seed},
    {"rotations", read_rotations},
    {"epsilon", read_epsilon},
    {"max_events", read_max_events},
    {"max_expanded", read_max_expanded},
};

static bool known(const char *name)
{
    /* The _chosen ones stood beside a value "auto" before there was a list of that name. */
    static const char *const others[] = {"filter",          "min_supp_chosen", "min_inte_chosen",
                                         "min_conf_chosen", "knock_gap_ns",    "knock_follow_ns",
                                         "knock_q",         "allow_list"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (strcmp(keys[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(others[i], name) == 0)
            return true;
    return false;
}

static struct ks_status read_knock_options(const json_t *object, const char *name,
                                           struct ks_knock_options *options)
{
    const json_t *gap = json_object_get(object, "knock_gap_ns"),
                 *follow = json_object_get(object, "knock_follow_ns"),
                 *q = json_object_get(object, "knock_q");
    int64_t n = 0;
    if (gap != NULL) {
        if (!json_is_null(gap) && !whole(gap, 0, INT64_MAX, &n))
            return ks_fail(KS_USAGE, "%s: knock_gap_ns must be nanoseconds, 0 or more", name);
        options->gap = n;
    }
    n = 0;
    if (follow != NULL) {
        if (!json_is_null(follow) && !whole(follow, 0, INT64_MAX, &n))
            return ks_fail(KS_USAGE, "%s: knock_follow_ns must be nanoseconds, 0 or more", name);
        options->follow = n;
    }
    if (q != NULL) {
        if (!json_is_null(q) &&
            (!json_is_number(q) || !(json_number_value(q) >= 0 && json_number_value(q) <= 1)))
            return ks_fail(KS_USAGE, "%s: knock_q must be a number from 0 to 1", name);
        options->q_gate = json_number_value(q); /* 0 for null */
    }
    options->allow_asked = json_is_string(json_object_get(object, "allow_list"));
    return ks_ok();
}

static struct ks_status read_object(json_t *object, const char *name, struct ks_params *params,
                                    struct ks_knock_options *options, struct ks_text *filter)
{
    struct ks_params read = *params;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (!known(key))
            return ks_fail(KS_USAGE, "%s: unknown parameter \"%s\"", name, key);
    }
    const char *preset = text_of(json_object_get(object, "preset"));
    if (preset != NULL)
        read = ks_params_preset(strcmp(preset, "paper") == 0 ? KS_PRESET_PAPER : KS_PRESET_HUNT);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        value = json_object_get(object, keys[i].name);
        const char *wrong = value != NULL ? keys[i].read(value, &read) : NULL;
        if (wrong != NULL)
            return ks_fail(KS_USAGE, "%s: parameter \"%s\" %s", name, keys[i].name, wrong);
    }
    if ((json_object_get(object, "from_ns") == NULL) != (json_object_get(object, "to_ns") == NULL))
        return ks_fail(KS_USAGE, "%s: parameters \"from_ns\" and \"to_ns\" go together", name);
    value = json_object_get(object, "filter");
    if (value != NULL && !json_is_null(value) && !json_is_string(value))
        return ks_fail(KS_USAGE, "%s: parameter \"filter\" must be a text or null", name);
    struct ks_knock_options knocks = options != NULL ? *options : (struct ks_knock_options){0};
    KS_TRY(read_knock_options(object, name, &knocks));
    if (filter != NULL && value != NULL && json_is_string(value)) {
        ks_text_add(filter, json_string_value(value));
        if (filter->failed)
            return ks_nomem("the filter");
    }
    *params = read;
    if (options != NULL)
        *options = knocks;
    return ks_ok();
}

/* "knockscope.COMMAND/1"; another version may mean something else by the same key. */
static struct ks_status known_schema(const json_t *root, const char *name)
{
    static const char ours[] = "knockscope.";
    const json_t *value = json_object_get(root, "schema");
    const char *schema = text_of(value), *version = schema != NULL ? strrchr(schema, '/') : NULL;
    if (value == NULL)
        return ks_ok();
    if (version == NULL || strncmp(schema, ours, sizeof ours - 1) != 0)
        return ks_fail(KS_USAGE, "%s is no output of knockscope (its schema is not knockscope.COMMAND/1)", name);
    if (strcmp(version, "/1") != 0)
        return ks_fail(KS_USAGE, "%s is of version %.20s of its schema; this program reads version 1", name, version + 1);
    return ks_ok();
}

static struct ks_status read_root(json_t *root, const char *name, struct ks_params *params, struct ks_knock_options *options,
                                  struct ks_text *filter)
{
    json_t *object = json_object_get(root, "params");
    KS_TRY(known_schema(root, name));
    if (object == NULL && json_is_object(root) && json_object_get(root, "schema") == NULL)
        object = root;
    if (!json_is_object(object))
        return ks_fail(KS_USAGE, "%s holds no parameters (no object \"params\")", name);
    if (json_object_size(object) == 0)
        return ks_fail(KS_USAGE, "%s holds no parameters: the object is empty", name);
    return read_object(object, name, params, options, filter);
}

struct ks_status ks_params_read_text(const char *json, size_t n, const char *name, struct ks_params *params,
                                     struct ks_knock_options *options, struct ks_text *filter)
{
    json_error_t error;
    json_t *root = json_loadb(json, n, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        if (json_error_code(&error) == json_error_out_of_memory)
            return ks_nomem("the parameters");
        return ks_fail(KS_USAGE, "%s is not JSON: line %d, column %d: %s", name, error.line, error.column,
                       error.text);
    }
    struct ks_status status = read_root(root, name, params, options, filter);
    json_decref(root);
    return status;
}

struct ks_status ks_params_read_file(const char *path, struct ks_params *params,
                                     struct ks_knock_options *options, struct ks_text *filter)
{
    enum { PART = 65536, MOST = 1 << 28 };
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "re");
    if (file == NULL)
        return ks_fail(KS_INPUT, "cannot read %s: %s", path, strerror(errno));
    struct ks_text text = {0};
    struct ks_status status = ks_ok();
    char part[PART];
    for (size_t n; ks_is_ok(status) && (n = fread(part, 1, sizeof part, file)) > 0;) {
        ks_text_addn(&text, part, n);
        if (text.failed)
            status = ks_nomem("the parameters");
        else if (text.n > MOST)
            status = ks_fail(KS_INPUT, "%s is larger than 256 MiB: no file of parameters", path);
    }
    if (ks_is_ok(status) && ferror(file))
        status = ks_fail(KS_INPUT, "cannot read %s: %s", path, strerror(errno));
    if (!standard)
        fclose(file);
    if (ks_is_ok(status))
        status = ks_params_read_text(ks_text_get(&text), text.n, standard ? "standard input" : path, params,
                                     options, filter);
    ks_text_free(&text);
    return status;
}
