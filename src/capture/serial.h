/* What runs on serial lines beside PPP alone: what is inside is told by an EtherType. */
#ifndef KS_CAPTURE_SERIAL_H
#define KS_CAPTURE_SERIAL_H

#include "capture/layers.h"

/* Cisco HDLC (RFC 1547's relative), and the same behind a direction byte. */
enum ks_skip ks_decode_chdlc(struct ks_cursor *cursor, struct ks_packet *out);
enum ks_skip ks_decode_chdlc_direction(struct ks_cursor *cursor, struct ks_packet *out);
/* PPP in HDLC framing, or Cisco HDLC, as the first byte says. */
enum ks_skip ks_decode_ppp_serial(struct ks_cursor *cursor, struct ks_packet *out);
/* Frame relay (RFC 2427), and the same behind a direction byte. */
enum ks_skip ks_decode_frame_relay(struct ks_cursor *cursor, struct ks_packet *out);
enum ks_skip ks_decode_frame_relay_direction(struct ks_cursor *cursor, struct ks_packet *out);

#endif
