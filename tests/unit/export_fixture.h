/* A log with two activations of one knock, made by hand: 10.0.0.1 tries 999, 888 and udp/777 of 10.0.0.2, which answers by resets and an ICMP
 * unreachable, and then opens 1234. Between them a host that has nothing to do with it. */
#ifndef KS_TESTS_EXPORT_FIXTURE_H
#define KS_TESTS_EXPORT_FIXTURE_H

#include <stdint.h>
#include <string.h>

#include "export/selection.h"

enum { FIXTURE_EVENTS = 26, FIXTURE_HOSTS = 3 };

struct fixture {
    struct ks_log log;
    int64_t time[FIXTURE_EVENTS];
    uint32_t source[FIXTURE_EVENTS], target[FIXTURE_EVENTS], packet[FIXTURE_EVENTS], attempts[FIXTURE_EVENTS];
    uint16_t sport[FIXTURE_EVENTS], dport[FIXTURE_EVENTS];
    uint8_t flags[FIXTURE_EVENTS], mark[FIXTURE_EVENTS];
    struct ks_address hosts[FIXTURE_HOSTS];
    ks_item ports[3], opened[1];
    uint32_t events[2][3];
    struct ks_activation activations[2];
    struct ks_knock knock;
    struct ks_picked picked;
    struct ks_file_info file;
    struct ks_capture_info info;
    char sha256[1][65];
    struct ks_param params[2];
    const char *definitions[1];
    struct ks_provenance provenance;
    struct ks_selection selection;
};

#define FIXTURE_T0 INT64_C(1337604807104233000)
#define MS INT64_C(1000000)

static inline uint32_t fixture_event(struct fixture *f, int64_t ms, uint32_t source, uint32_t target, unsigned sport, unsigned dport,
                                     unsigned flags, unsigned mark)
{
    uint32_t i = (uint32_t)f->log.n++;
    f->time[i] = FIXTURE_T0 + ms * MS;
    f->source[i] = source;
    f->target[i] = target;
    f->sport[i] = (uint16_t)sport;
    f->dport[i] = (uint16_t)dport;
    f->flags[i] = (uint8_t)flags;
    f->mark[i] = (uint8_t)mark;
    f->packet[i] = i + 11; /* ten packets before them were skipped */
    if ((mark & KS_MARK_ATTEMPT) != 0)
        f->attempts[f->log.n_attempts++] = i;
    return i;
}

static inline unsigned fixture_mark(enum ks_proto proto, enum ks_outcome outcome)
{
    return (unsigned)proto | (unsigned)outcome << 2 | KS_MARK_ATTEMPT;
}

/* Thirteen events. */
static inline void fixture_activation(struct fixture *f, unsigned number, int64_t ms)
{
    enum { CLIENT, SERVER, OTHER };
    unsigned at = number * 100;
    struct ks_activation *a = &f->activations[number];
    a->events = f->events[number];
    a->events[0] = fixture_event(f, ms, CLIENT, SERVER, 40000 + at, 999, KS_SYN, fixture_mark(KS_TCP, KS_REFUSED));
    fixture_event(f, ms + 1, SERVER, CLIENT, 999, 40000 + at, KS_RST | KS_ACK, KS_TCP);
    fixture_event(f, ms + 2, OTHER, SERVER, 50000, 80, KS_SYN, fixture_mark(KS_TCP, KS_SILENT));
    a->events[1] = fixture_event(f, ms + 500, CLIENT, SERVER, 40001 + at, 888, KS_SYN, fixture_mark(KS_TCP, KS_REFUSED));
    fixture_event(f, ms + 501, SERVER, CLIENT, 888, 40001 + at, KS_RST | KS_ACK, KS_TCP);
    a->events[2] = fixture_event(f, ms + 1000, CLIENT, SERVER, 40002 + at, 777, 0, fixture_mark(KS_UDP, KS_UNREACHABLE));
    fixture_event(f, ms + 1001, SERVER, CLIENT, 0x0303, 37, 0, KS_ICMP);
    fixture_event(f, ms + 1500, CLIENT, SERVER, 40009 + at, 22, KS_SYN, fixture_mark(KS_TCP, KS_REFUSED)); /* no part of it */
    a->opening.event = fixture_event(f, ms + 3000, CLIENT, SERVER, 40003 + at, 1234, KS_SYN, fixture_mark(KS_TCP, KS_OPEN));
    fixture_event(f, ms + 3001, SERVER, CLIENT, 1234, 40003 + at, KS_SYN | KS_ACK, KS_TCP);
    fixture_event(f, ms + 3002, CLIENT, SERVER, 40003 + at, 1234, KS_ACK, KS_TCP);
    fixture_event(f, ms + 4000, SERVER, CLIENT, 1234, 40003 + at, KS_ACK | KS_FIN, KS_TCP);
    fixture_event(f, ms + 20000, CLIENT, SERVER, 40010 + at, 999, KS_SYN, fixture_mark(KS_TCP, KS_REFUSED)); /* too late for it */
    a->time = f->time[a->events[0]];
    a->n_events = 3;
    a->source = CLIENT;
    a->target = SERVER;
    a->n_sources = 1;
    a->exact = true;
    a->opened = true;
    a->opening.item = f->opened[0];
    a->opening.after = 2000 * MS;
    a->opening.packets = 4;
    a->opening.lasted = 1000 * MS;
}

static inline void fixture_log(struct fixture *f)
{
    struct ks_log *log = &f->log;
    log->time = f->time;
    log->source = f->source;
    log->target = f->target;
    log->sport = f->sport;
    log->dport = f->dport;
    log->flags = f->flags;
    log->mark = f->mark;
    log->packet = f->packet;
    log->attempts = f->attempts;
    log->hosts = f->hosts;
    log->n_hosts = FIXTURE_HOSTS;
    ks_parse_address("10.0.0.1", &f->hosts[0]);
    ks_parse_address("10.0.0.2", &f->hosts[1]);
    ks_parse_address("10.0.0.9", &f->hosts[2]);
}

static inline void fixture_knock(struct fixture *f)
{
    struct ks_knock *knock = &f->knock;
    knock->ports = f->ports;
    knock->n_ports = 3;
    knock->activations = f->activations;
    knock->n_activations = 2;
    knock->opened = f->opened;
    knock->n_opened = 1;
    knock->ln_p = -70.5;
    knock->ln_q = -69.0;
    knock->evidence = (struct ks_evidence){.activations = 2, .in_order = 2, .order_ln_p = -1.5, .attempts = 6, .closed = 6,
                                           .opened = 2, .span_median = 1000 * MS, .gap_max = 500 * MS, .sources = 1, .targets = 1,
                                           .focus = 0.75, .ln_mu = -40, .score = 12.5};
}

static inline void fixture_make(struct fixture *f)
{
    memset(f, 0, sizeof *f);
    f->ports[0] = ks_item_port(KS_TCP, 999);
    f->ports[1] = ks_item_port(KS_TCP, 888);
    f->ports[2] = ks_item_port(KS_UDP, 777);
    f->opened[0] = ks_item_port(KS_TCP, 1234);
    fixture_log(f);
    fixture_activation(f, 0, 0);
    fixture_activation(f, 1, 600000);
    fixture_knock(f);
    f->picked = (struct ks_picked){.knock = &f->knock, .rank = 1};
    memcpy(f->file.name, "a.pcap", 7);
    f->file.format = "pcap";
    f->file.compression = "none";
    memcpy(f->file.link, "EN10MB", 7);
    f->file.packets = 36;
    f->file.bytes = 4096;
    f->info.files = &f->file;
    f->info.n_files = 1;
    f->info.packets = 36;
    f->info.skipped[KS_SKIP_NOT_IP] = 10;
    f->info.first = FIXTURE_T0;
    f->info.last = f->time[FIXTURE_EVENTS - 1];
    memset(f->sha256[0], 'a', 64);
    f->params[0] = (struct ks_param){.name = "preset", .kind = KS_PARAM_TEXT, .text = "hunt"};
    f->params[1] = (struct ks_param){.name = "min_supp", .kind = KS_PARAM_REAL, .real = 0.3};
    f->definitions[0] = "interest as printed";
    f->provenance = (struct ks_provenance){.capture = &f->info, .sha256 = (const char(*)[65])f->sha256, .filter = "tcp or udp",
                                           .params = f->params, .n_params = 2, .definitions = f->definitions, .n_definitions = 1};
    f->selection = (struct ks_selection){.log = &f->log, .knocks = &f->picked, .n_knocks = 1, .windows = 20,
                                         .provenance = &f->provenance};
}

#endif
