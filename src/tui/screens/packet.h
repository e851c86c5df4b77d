/* Showing one packet of a list: what was decoded, and its bytes. For screens that list packets. */
#ifndef KS_TUI_SCREENS_PACKET_H
#define KS_TUI_SCREENS_PACKET_H

#include <stddef.h>
#include <stdint.h>

#include "tui/app/app.h"
#include "tui/model/bytes.h"

struct ks_packet_list {
    const struct ks_origin *origin; /* copied */
    const uint32_t *events;         /* of the log, in the capture's order; copied */
    size_t n, at;                   /* at: the one to show */
    const char *title;              /* what the list is: "activation 2 of 5"; copied */
};

/* Opens the screen of a packet. Going back selects the packet last shown in the list below. Effects. */
unsigned ks_show_packet(struct ks_app *app, const struct ks_packet_list *list);

/* "SYN ACK", or the protocol where there are no flags. Returns out. */
char *ks_flags_text(char *out, size_t cap, const struct ks_log *log, uint32_t event);
/* "10.0.0.7:40000", "[2001:db8::1]:53", or the address alone where there are no ports. Returns out. */
char *ks_endpoint_text(char *out, size_t cap, const struct ks_log *log, uint32_t host, uint32_t event, uint16_t port);

#endif
