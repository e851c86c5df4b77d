/* PPP and its relatives on serial lines, for the other layers of the decoder. */
#ifndef KS_CAPTURE_PPP_H
#define KS_CAPTURE_PPP_H

#include "capture/layers.h"

/* From the PPP protocol field on, with or without the address and control bytes of HDLC framing (RFC 1661, RFC 1662). */
enum ks_skip ks_decode_ppp(struct ks_cursor *cursor, struct ks_packet *out);
/* PPP in HDLC framing, or Cisco HDLC, as the first byte says. */
enum ks_skip ks_decode_ppp_serial(struct ks_cursor *cursor, struct ks_packet *out);
/* A direction byte before PPP. */
enum ks_skip ks_decode_ppp_direction(struct ks_cursor *cursor, struct ks_packet *out);
/* From the PPPoE header on (RFC 2516). */
enum ks_skip ks_decode_pppoe(struct ks_cursor *cursor, struct ks_packet *out);
/* Cisco HDLC (RFC 1547's relative), and the same behind a direction byte. */
enum ks_skip ks_decode_chdlc(struct ks_cursor *cursor, struct ks_packet *out);
enum ks_skip ks_decode_chdlc_direction(struct ks_cursor *cursor, struct ks_packet *out);
/* Frame relay (RFC 2427), and the same behind a direction byte. */
enum ks_skip ks_decode_frame_relay(struct ks_cursor *cursor, struct ks_packet *out);
enum ks_skip ks_decode_frame_relay_direction(struct ks_cursor *cursor, struct ks_packet *out);

#endif
