/* What is known about ports beforehand: registered services, and the lists of ports that ordinary clients try
 * one after another. Internal to src/knocks. */
#ifndef KS_KNOCKS_PORTS_H
#define KS_KNOCKS_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "knocks/attempts/item.h"

/* Whether a port (see item.h) belongs to a service that ordinary clients look for, or an ICMP request is of a
 * size that programs send by themselves. */
bool ks_port_registered(uint32_t item);

/* Sets the bits of all registered TCP and UDP ports, by ks_item_index, and clears the others. */
void ks_ports_mark(uint64_t bits[KS_ITEMS_PORTS / 64]);

/* The group of services ("mail", "printers" ...) to which at least all but one of the n distinct ports belong
 * (all of them for n < 4); NULL where there is none. */
const char *ks_ports_group(const uint32_t *items, size_t n);

/* Whether ports ascend or descend in equal steps, or all lie within a run of neighbours: what a scan does. n
 * >= 3. */
bool ks_ports_monotone(const uint32_t *items, size_t n);

/* Whether three ports and more are equal steps of a hundred at least apart, as a person chooses (7000, 8000,
 * 9000), no client or scan. */
bool ks_ports_round(const uint32_t *items, size_t n);

#endif
