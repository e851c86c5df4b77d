/* The decoder's layers, for each other. Each uses those before it: network.c, mpls.c, ppp.c, ethernet.c, then what holds an EtherType or LLC
 * (serial.c, radio.c), and decode.c chooses by the link type. All take bytes from the cursor and fill *out. */
#ifndef KS_CAPTURE_LAYERS_H
#define KS_CAPTURE_LAYERS_H

#include "capture/cursor.h"
#include "capture/decode.h"

/* IPv4 or IPv6 as the first four bits say, or one of them for certain (RFC 791, RFC 8200). */
enum ks_skip ks_decode_ip(struct ks_cursor *cursor, struct ks_packet *out);
enum ks_skip ks_decode_ipv4(struct ks_cursor *cursor, struct ks_packet *out);
enum ks_skip ks_decode_ipv6(struct ks_cursor *cursor, struct ks_packet *out);

/* A label stack (RFC 3032); what is below is told by its first four bits, as routers do. */
enum ks_skip ks_decode_mpls(struct ks_cursor *cursor, struct ks_packet *out);

/* What follows an EtherType, or a length below 0x600 (then IEEE 802.2 LLC). */
enum ks_skip ks_decode_ethertype(uint16_t type, struct ks_cursor *cursor, struct ks_packet *out);
enum ks_skip ks_decode_ethernet(struct ks_cursor *cursor, struct ks_packet *out);
enum ks_skip ks_decode_llc(struct ks_cursor *cursor, struct ks_packet *out);

/* IEEE 802.11 and what is put before it. */
enum ks_skip ks_decode_wlan(struct ks_cursor *cursor, struct ks_packet *out);
enum ks_skip ks_decode_radiotap(struct ks_cursor *cursor, struct ks_packet *out);
enum ks_skip ks_decode_prism(struct ks_cursor *cursor, struct ks_packet *out);
enum ks_skip ks_decode_avs(struct ks_cursor *cursor, struct ks_packet *out);

/* A function that decodes one kind of frame. */
typedef enum ks_skip ks_decoder(struct ks_cursor *cursor, struct ks_packet *out);

#endif
