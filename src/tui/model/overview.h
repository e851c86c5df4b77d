/* A capture at a glance: events over time, ports and hosts with their numbers. Made in the background, once for each capture and kind of item. */
#ifndef KS_TUI_MODEL_OVERVIEW_H
#define KS_TUI_MODEL_OVERVIEW_H

#include <stddef.h>
#include <stdint.h>

#include "tui/model/model.h"

enum { KS_OVERVIEW_SLOTS = 2048 };

struct ks_overview_port {
    ks_item item;
    uint64_t events, closed; /* events of the stream; attempts in vain */
};

struct ks_overview_host {
    uint32_t host; /* index into the log's hosts */
    uint64_t tried, received, closed; /* attempts from it, to it, and to it in vain */
};

struct ks_overview {
    struct ks_capture *capture; /* held */
    enum ks_items items;
    int64_t from, to;           /* ns; the slots cover [from, to] evenly */
    uint32_t events[KS_OVERVIEW_SLOTS], closed[KS_OVERVIEW_SLOTS]; /* all events; attempts in vain */
    struct ks_overview_port *ports; /* by events, most first */
    size_t n_ports;
    struct ks_overview_host *hosts; /* by attempts received and sent, most first */
    size_t n_hosts;
};

/* The overview of what the model shows, or NULL while it is being made (asks for it). Only from handlers and layout. */
const struct ks_overview *ks_overview_want(struct ks_model *model);
void ks_overview_free(struct ks_overview *overview);

#endif
