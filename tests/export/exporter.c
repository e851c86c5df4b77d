/* Exports a knock that is told by its ports, so that the formats can be tested whatever the search for knocks finds.
 *
 * usage: exporter FORMAT OUTPUT PORTS OPENED OPTIONS FILE...
 * PORTS: "999,888,udp/777"; OPENED: a port or "-"; OPTIONS: "-" or words out of any-host,frames,vlan,scattered,run=COMMAND */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "capture/load.h"
#include "export/evidence.h"
#include "export/export.h"

enum { STEPS = 32, ACTIVATIONS = 64 };
#define GAP INT64_C(10000000000)
#define FOLLOW INT64_C(60000000000)

static struct ks_log events;
static struct ks_capture_info info;
static char (*hashes)[65];
static ks_item ports[STEPS], opened[1];
static struct ks_activation activations[ACTIVATIONS];
static uint32_t steps[ACTIVATIONS][STEPS];
static bool scattered; /* the steps of an activation may come from several sources */
static struct ks_knock knock = {.ports = ports, .opened = opened, .activations = activations};

static int fail(const char *message)
{
    fprintf(stderr, "exporter: %s\n", message);
    return 1;
}

static bool read_ports(char *text)
{
    for (char *word = strtok(text, ","); word != NULL; word = strtok(NULL, ","))
        if (knock.n_ports == STEPS || !ks_item_parse(word, &ports[knock.n_ports++]))
            return false;
    return knock.n_ports > 0;
}

/* The attempt (or ICMP request) at an item, at event `from` or later, not later than `until`; by `source` at `target`, or by anyone where scattered. n where
 * there is none. */
static size_t next_attempt(ks_item item, uint32_t source, uint32_t target, size_t from, int64_t until)
{
    for (size_t i = from; i < events.n; i++)
        if ((events.mark[i] & (KS_MARK_ATTEMPT | KS_MARK_REQUEST)) != 0 && (scattered || events.source[i] == source) &&
            events.target[i] == target && events.time[i] <= until && ks_event_item(&events, i) == item)
            return i;
    return events.n;
}

static void find_opening(struct ks_activation *activation, size_t from)
{
    int64_t last = events.time[activation->events[activation->n_events - 1]];
    size_t event = next_attempt(opened[0], activation->source, activation->target, from, last + FOLLOW);
    if (event == events.n || ks_log_outcome(&events, event) != KS_OPEN)
        return;
    activation->opened = true;
    activation->opening =
        (struct ks_opening){.item = opened[0], .event = (uint32_t)event, .after = events.time[event] - last};
    for (size_t i = event; i < events.n; i++) {
        bool there = events.source[i] == events.source[event] && events.sport[i] == events.sport[event] &&
                     events.dport[i] == events.dport[event];
        bool back = events.target[i] == events.source[event] && events.dport[i] == events.sport[event] &&
                    events.sport[i] == events.dport[event];
        if (!there && !back)
            continue;
        activation->opening.packets++;
        activation->opening.lasted = events.time[i] - events.time[event];
    }
}

static void find_activations(void)
{
    for (size_t first = 0; first < events.n && knock.n_activations < ACTIVATIONS; first++) {
        struct ks_activation *activation = &activations[knock.n_activations];
        uint32_t source = events.source[first], target = events.target[first];
        if (next_attempt(ports[0], source, target, first, events.time[first]) != first)
            continue;
        uint32_t *found = steps[knock.n_activations];
        size_t n = 1, at = first;
        for (found[0] = (uint32_t)first; n < knock.n_ports; n++) {
            at = next_attempt(ports[n], source, target, at + 1, events.time[found[n - 1]] + GAP);
            if (at == events.n)
                break;
            found[n] = (uint32_t)at;
        }
        if (n < knock.n_ports)
            continue;
        *activation = (struct ks_activation){.time = events.time[first], .source = source, .target = target,
                                             .n_sources = scattered ? (uint32_t)n : 1, .events = found, .n_events = n, .exact = true};
        if (knock.n_opened > 0)
            find_opening(activation, at + 1);
        knock.n_activations++;
    }
}

static struct ks_status load(const char *const *paths, size_t n)
{
    struct ks_load_options options = {.paths = paths, .n_paths = n};
    KS_TRY(ks_load(&options, NULL, NULL, &events, &info));
    hashes = ks_zalloc(n, sizeof *hashes);
    if (hashes == NULL)
        return ks_nomem("the hashes");
    for (size_t i = 0; i < n; i++)
        KS_TRY(ks_file_sha256(paths[i], NULL, hashes[i]));
    return ks_ok();
}

static struct ks_status export_knock(enum ks_format format, const char *output, const char *options_text,
                                     const char *const *paths, size_t n)
{
    struct ks_provenance provenance = {.capture = &info, .sha256 = (const char(*)[65])hashes};
    struct ks_picked picked = {.knock = &knock, .rank = 1};
    struct ks_selection selection = {.log = &events, .knocks = &picked, .n_knocks = 1, .provenance = &provenance};
    const char *run = strstr(options_text, "run=");
    struct ks_export_options options = {.any_host = strstr(options_text, "any-host") != NULL,
                                        .frames = strstr(options_text, "frames") != NULL,
                                        .vlan = strstr(options_text, "vlan") != NULL,
                                        .command = run != NULL ? run + 4 : NULL,
                                        .paths = paths,
                                        .n_paths = n};
    return ks_export_file(format, &selection, &options, output, true);
}

int main(int argc, char **argv)
{
    enum ks_format format;
    if (argc < 7 || !ks_format_parse(argv[1], &format) || !read_ports(argv[3]))
        return fail("wrong arguments");
    if (strcmp(argv[4], "-") != 0) {
        if (!ks_item_parse(argv[4], &opened[0]))
            return fail("wrong port");
        knock.n_opened = 1;
    }
    const char *const *paths = (const char *const *)argv + 6;
    size_t n = (size_t)argc - 6;
    struct ks_status status = load(paths, n);
    if (ks_is_ok(status)) {
        scattered = strstr(argv[5], "scattered") != NULL;
        knock.evidence.spoofed = scattered;
        find_activations();
        knock.evidence.activations = (uint32_t)knock.n_activations;
        status = export_knock(format, argv[2], argv[5], paths, n);
    }
    ks_log_free(&events);
    ks_capture_info_free(&info);
    ks_free(hashes);
    return ks_is_ok(status) ? 0 : fail(status.message);
}
